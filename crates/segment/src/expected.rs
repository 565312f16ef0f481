//! Sizes that a vertebra is expected to have: a sanity range, never a patient's truth.

use ossein_geom::Level;

/// Mean size of a vertebral body, in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodySize {
    /// Width of the cranial endplate.
    pub cranial_width_mm: f64,
    /// Depth of the cranial endplate.
    pub cranial_depth_mm: f64,
    /// Width of the caudal endplate.
    pub caudal_width_mm: f64,
    /// Depth of the caudal endplate.
    pub caudal_depth_mm: f64,
    /// Height of the posterior wall.
    pub posterior_height_mm: f64,
    /// Height of the disc below.
    pub disc_height_mm: f64,
}

/// Half-width of the plausible range around a mean, as a ratio (facts D8.13).
pub const PLAUSIBLE_RATIO: f64 = 0.35;

/// First row T1, last row L5: widths and depths of the endplates, posterior height, disc below.
///
/// Discs: the middle of the ranges of facts D1.6.
const THORACOLUMBAR: [[f64; 6]; 17] = [
    [24.5, 18.5, 27.8, 19.7, 14.1, 4.0],
    [24.9, 19.6, 27.4, 21.6, 15.6, 4.0],
    [24.6, 22.7, 25.9, 23.3, 15.7, 4.0],
    [24.5, 23.3, 26.0, 24.5, 16.2, 4.0],
    [24.9, 24.3, 27.0, 25.8, 16.2, 4.0],
    [26.2, 26.0, 28.2, 26.9, 17.4, 4.0],
    [27.8, 27.4, 29.1, 28.5, 18.2, 4.0],
    [29.5, 27.9, 30.5, 29.4, 18.7, 4.5],
    [30.6, 29.3, 33.0, 31.0, 19.3, 5.0],
    [31.9, 30.5, 35.4, 31.6, 20.2, 6.0],
    [34.9, 31.9, 39.1, 31.8, 21.3, 6.0],
    [39.0, 32.8, 42.1, 33.4, 22.7, 7.0],
    [41.2, 34.1, 43.3, 35.3, 23.8, 8.0],
    [42.6, 34.6, 45.5, 34.9, 24.3, 9.0],
    [44.1, 35.2, 48.0, 34.8, 23.8, 10.0],
    [46.6, 35.5, 49.5, 33.9, 24.1, 11.0],
    [47.3, 34.7, 49.4, 33.2, 22.9, 11.0],
];

/// Mean body size of a thoracic or lumbar level; `None` for cervical levels and the sacrum.
///
/// T13 takes the row of T12, L6 that of L5.
///
/// # Source
/// Panjabi et al.: Spine 16 (1991) 888-901 and Spine 17 (1992) 299-306, twelve spines each
/// (facts D1.1).
pub fn body_size(level: Level) -> Option<BodySize> {
    let row = match level.verse() {
        n @ 8..=24 => usize::from(n) - 8,
        25 => 16,
        28 => 11,
        _ => return None,
    };
    let [cranial_width_mm, cranial_depth_mm, caudal_width_mm, caudal_depth_mm, height, disc] =
        THORACOLUMBAR[row];
    Some(BodySize {
        cranial_width_mm,
        cranial_depth_mm,
        caudal_width_mm,
        caudal_depth_mm,
        posterior_height_mm: height,
        disc_height_mm: disc,
    })
}

/// Body size to start a search with: the table's, or for cervical levels a smaller T1.
///
/// Cervical bodies are about 0.85 as high and as deep as T1 and 0.75 as wide; the sacrum starts
/// as L5. These starts are never used to judge a result.
pub fn search_size(level: Level) -> BodySize {
    if let Some(size) = body_size(level) {
        return size;
    }
    if level.verse() < 8 {
        return BodySize {
            cranial_width_mm: 18.0,
            cranial_depth_mm: 15.5,
            caudal_width_mm: 19.0,
            caudal_depth_mm: 16.5,
            posterior_height_mm: 12.5,
            disc_height_mm: 5.0,
        };
    }
    body_size(Level::from_verse(24).expect("L5")).expect("the table holds L5")
}

impl BodySize {
    /// Mean width of both endplates.
    pub fn width_mm(&self) -> f64 {
        0.5 * (self.cranial_width_mm + self.caudal_width_mm)
    }

    /// Mean depth of both endplates.
    pub fn depth_mm(&self) -> f64 {
        0.5 * (self.cranial_depth_mm + self.caudal_depth_mm)
    }

    /// Volume of an elliptic cylinder with mean width, mean depth and posterior height, less the
    /// twelfth that waist and concave endplates take.
    pub fn volume_mm3(&self) -> f64 {
        let area = std::f64::consts::FRAC_PI_4 * self.width_mm() * self.depth_mm();
        area * self.posterior_height_mm * (11.0 / 12.0)
    }
}

/// Whether `measured` lies within [`PLAUSIBLE_RATIO`] of `mean`.
pub fn is_plausible(measured: f64, mean: f64) -> bool {
    (measured / mean - 1.0).abs() <= PLAUSIBLE_RATIO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_belong_to_their_levels() {
        let height = |name: &str| body_size(name.parse().unwrap()).map(|s| s.posterior_height_mm);
        assert_eq!(height("T1"), Some(14.1));
        assert_eq!(height("T12"), Some(22.7));
        assert_eq!(height("L5"), Some(22.9));
        assert_eq!(height("C7"), None);
        assert_eq!(height("T13"), height("T12"));
    }

    #[test]
    fn centimetres_are_not_plausible() {
        assert!(is_plausible(20.0, 24.5));
        assert!(!is_plausible(2.45, 24.5));
    }
}
