//! How the wanted face is given: handles, the other side, or a surface.

use ossein_geom::{Frame, Implant, Lps, Point};
use serde::{Deserialize, Serialize};

/// Inside this share of the reach a target counts in full.
pub(super) const PLATEAU: f64 = 0.6;

/// A place where the face shall stand so high above the bone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// On the bone or near it.
    pub at: Point<Lps>,
    /// Height above the bone there, mm.
    pub height_mm: f64,
    /// How far from there it fades to nothing, mm.
    pub reach_mm: f64,
}

/// What the face is drawn after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Heights at places.
    Handles(Vec<Handle>),
    /// The other side's mirror image around a centre.
    Mirror(Point<Lps>),
    /// A surface drawn elsewhere, around a centre.
    Surface(Point<Lps>),
}

/// From 0 to 1 over an interval, level at both ends.
pub(super) fn smooth_step(from: f64, to: f64, x: f64) -> f64 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How much a target counts so far from its centre: all of it, fading over the outer part.
pub(super) fn window(away_mm: f64, reach_mm: f64) -> f64 {
    1.0 - smooth_step(PLATEAU * reach_mm, reach_mm, away_mm)
}

/// The height that handles ask for at a place on the bone, mm: exactly each handle's own at its
/// place, nowhere above the highest, level there and where it ends.
///
/// Heights are weighed by `bell / distance²` and the whole falls as one minus the product of
/// `1 - bell`, with the bell `(1 - (distance / reach)²)²`.
///
/// # Source
/// Inverse distance weights: Shepard, Proc. 23rd ACM Nat. Conf. (1968) 517; the bell is his
/// local variant's order of smoothness.
pub(super) fn height_mm<F: Frame>(handles: &[(Point<F>, Handle)], p: Point<F>) -> f64 {
    const AT_MM2: f64 = 1e-12;
    let (mut sum, mut weight, mut rest) = (0.0, 0.0, 1.0);
    for (at, handle) in handles {
        let away2 = (p - *at).dot(p - *at);
        if away2 < AT_MM2 {
            return handle.height_mm;
        }
        let inside = 1.0 - away2 / (handle.reach_mm * handle.reach_mm);
        if inside > 0.0 {
            let bell = inside * inside;
            sum += handle.height_mm * bell / away2;
            weight += bell / away2;
            rest *= 1.0 - bell;
        }
    }
    if weight > 0.0 { (1.0 - rest) * sum / weight } else { 0.0 }
}

/// Handles at the place on the smoothed bone that they stand for.
pub(super) type Placed = Vec<(Point<Implant>, Handle)>;

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(x: f64, height_mm: f64, reach_mm: f64) -> (Point<Lps>, Handle) {
        let at = Point::new(x, 0.0, 0.0);
        (at, Handle { at, height_mm, reach_mm })
    }

    #[test]
    fn every_handle_gets_its_height_and_nothing_stands_higher() {
        let handles = [handle(0.0, 4.0, 18.0), handle(9.0, 6.0, 12.0), handle(14.0, 2.5, 15.0)];
        for (at, own) in &handles {
            assert_eq!(height_mm(&handles, *at), own.height_mm);
            let beside = height_mm(&handles, Point::new(at.x + 1e-4, 0.0, 0.0));
            assert!((beside - own.height_mm).abs() < 1e-6, "{beside}");
        }
        let mut before = 0.0;
        // No jumps: between two handles that differ by 3.5 mm over 5 mm it falls at most 2 in 1.
        for n in -3000..=4000 {
            let height = height_mm(&handles, Point::new(0.01 * f64::from(n), 0.3, 0.0));
            assert!((0.0..=6.0).contains(&height));
            assert!((height - before).abs() < 0.02, "{n}: {before} to {height}");
            before = height;
        }
        assert_eq!(height_mm(&handles, Point::new(-18.0, 0.0, 0.0)), 0.0);
    }

    #[test]
    fn one_handle_is_a_bell() {
        let one = [handle(0.0, 4.0, 10.0)];
        for r in [1.0f64, 3.0, 5.0, 9.0] {
            let wanted = 4.0 * (1.0 - 0.01 * r * r).powi(2);
            let height = height_mm(&one, Point::new(0.0, r, 0.0));
            assert!((height - wanted).abs() < 1e-12, "{r}: {height} {wanted}");
        }
    }
}
