//! The gyroid network: `sin x cos y + sin y cos z + sin z cos x < c`.

use std::f64::consts::TAU;

use ossein_geom::{Aabb, Frame, Mm, Point, float};

use super::{CellFigures, LatticeError};
use crate::{Block, Field, Interval};

/// Level constant and solid fraction (facts D3.4, and D3.8 at the pinch-off).
const LEVELS: [(f64, f64); 9] = [
    (0.10, -1.197),
    (0.15, -1.058),
    (0.20, -0.914),
    (0.25, -0.767),
    (0.30, -0.617),
    (0.35, -0.464),
    (0.40, -0.310),
    (0.45, -0.155),
    (0.50, 0.0),
];

/// Solid fraction; pore, throat, strut and neck over the period (facts D3.12).
const SIZES: [(f64, [f64; 4]); 3] = [
    (0.20, [0.65, 0.62, 0.25, 0.24]),
    (0.30, [0.58, 0.55, 0.32, 0.31]),
    (0.40, [0.52, 0.49, 0.39, 0.38]),
];

/// The steepest gradient of the level function per radian, at its steepest point the origin.
const GRADIENT_MAX: f64 = 1.732_050_807_568_877_2;

/// Thinnest strut and narrowest throat that LPBF makes in Ti64 (facts D3.33, D9.1).
pub const STRUT_MM_MIN: f64 = 0.25;
/// Narrowest throat that can be cleared of powder (facts D3.33).
pub const THROAT_MM_MIN: f64 = 0.3;

/// The network gyroid as a solid. Unbounded: intersect it with a body.
#[derive(Clone, Copy, Debug)]
pub struct GyroidNetwork<F: Frame> {
    origin: Point<F>,
    wave: f64,
    level: f64,
}

impl<F: Frame> GyroidNetwork<F> {
    /// The gyroid of period `period` and `solid_fraction`, its cell corner at `origin`.
    ///
    /// # Errors
    /// [`LatticeError`] where it falls apart, or cannot be printed or cleared of powder.
    pub fn new(origin: Point<F>, period: Mm, solid_fraction: f64) -> Result<Self, LatticeError> {
        check(period, solid_fraction)?;
        Ok(Self { origin, wave: TAU / period.0, level: level(solid_fraction) })
    }

    #[inline(always)]
    fn scale(&self) -> f64 {
        1.0 / (self.wave * GRADIENT_MAX)
    }
}

/// Level constant `c` for a solid fraction: `F < c` fills that part of space (facts D3.4).
pub fn level(solid_fraction: f64) -> f64 {
    if solid_fraction > 0.5 {
        return -level(1.0 - solid_fraction); // F changes sign under half a period (facts D3.6)
    }
    let at = LEVELS.partition_point(|row| row.0 < solid_fraction).clamp(1, LEVELS.len() - 1);
    let ((p0, c0), (p1, c1)) = (LEVELS[at - 1], LEVELS[at]);
    c0 + (c1 - c0) * (solid_fraction - p0) / (p1 - p0)
}

/// Sizes to expect (facts D3.12, D3.7), linear between the rows of the table.
pub fn figures(period: Mm, solid_fraction: f64) -> CellFigures {
    let at = SIZES.partition_point(|row| row.0 < solid_fraction).clamp(1, SIZES.len() - 1);
    let ((p0, s0), (p1, s1)) = (SIZES[at - 1], SIZES[at]);
    let t = (solid_fraction - p0) / (p1 - p0);
    let size = |n: usize| (s0[n] + (s1[n] - s0[n]) * t) * period.0;
    // The area of F = c falls off from that of the minimal surface as the level moves from zero.
    let bend = level(solid_fraction);
    let surface_per_mm = 3.09 * (1.0 - 0.36 * bend * bend) / period.0;
    CellFigures {
        pore_mm: size(0),
        throat_mm: size(1),
        strut_mm: size(2),
        neck_mm: size(3),
        surface_per_mm,
    }
}

/// Whether a gyroid network of these choices holds together and can be made.
///
/// # Errors
/// [`LatticeError`] with the nearest choice that would do.
pub fn check(period: Mm, solid_fraction: f64) -> Result<(), LatticeError> {
    if !(0.10..=0.90).contains(&solid_fraction) {
        let (min, max) = (0.10, 0.90);
        return Err(LatticeError::FallsApart {
            cell: "gyroid network",
            fraction: solid_fraction,
            min,
            max,
        });
    }
    let sizes = figures(period, solid_fraction);
    if sizes.neck_mm < STRUT_MM_MIN {
        return Err(LatticeError::StrutTooThin {
            strut_mm: sizes.neck_mm,
            limit_mm: STRUT_MM_MIN,
            period_min_mm: period.0 * STRUT_MM_MIN / sizes.neck_mm,
        });
    }
    if sizes.throat_mm < THROAT_MM_MIN {
        return Err(LatticeError::ThroatTooNarrow {
            throat_mm: sizes.throat_mm,
            limit_mm: THROAT_MM_MIN,
            period_min_mm: period.0 * THROAT_MM_MIN / sizes.throat_mm,
        });
    }
    Ok(())
}

impl<F: Frame> Field<F> for GyroidNetwork<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let phase = (p - self.origin) * self.wave;
        let ((sx, cx), (sy, cy), (sz, cz)) =
            (float::sin_cos(phase.x), float::sin_cos(phase.y), float::sin_cos(phase.z));
        (sx * cy + sy * cz + sz * cx - self.level) * self.scale()
    }

    fn bounds(&self) -> Aabb<F> {
        let far = 1e6;
        Aabb::new(Point::new(-far, -far, -far), Point::new(far, far, far))
    }

    /// One sine and cosine per row, column and plane; three products per sample.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let axis = |a: usize| -> Vec<(f32, f32)> {
            let phase = |n: usize| {
                (block.origin[a] + block.step[a] * n as f64 - self.origin[a]) * self.wave
            };
            let narrow = |(s, c): (f64, f64)| (s as f32, c as f32);
            (0..block.size[a]).map(|n| narrow(float::sin_cos(phase(n)))).collect()
        };
        let (xs, ys, zs) = (axis(0), axis(1), axis(2));
        let (level, scale) = (self.level as f32, self.scale() as f32);
        let mut rows = distances.chunks_exact_mut(block.size[0]);
        for &(sz, cz) in &zs {
            for &(sy, cy) in &ys {
                let row = rows.next().expect("one row per y and z");
                let rest = sy * cz - level;
                for (value, &(sx, cx)) in row.iter_mut().zip(&xs) {
                    *value = (sx * cy + rest + sz * cx) * scale;
                }
            }
        }
    }

    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        // |F| never exceeds 1.5.
        let (low, high) = ((-1.5 - self.level) * self.scale(), (1.5 - self.level) * self.scale());
        Interval { min: (middle - reach).max(low), max: (middle + reach).min(high) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Implant;

    #[test]
    fn solid_fraction_is_as_asked() {
        for fraction in [0.15, 0.2, 0.3, 0.4, 0.5, 0.7] {
            let lattice = GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(2.0), fraction).unwrap();
            let n = 120;
            let block = Block {
                origin: Point::new(0.5 / 60.0, 0.5 / 60.0, 0.5 / 60.0),
                step: [1.0 / 60.0; 3],
                size: [n; 3],
            };
            let mut values = vec![0.0; n * n * n];
            lattice.sample(&block, &mut values);
            let solid = values.iter().filter(|&&v| v < 0.0).count() as f64 / (n * n * n) as f64;
            assert!((solid - fraction).abs() < 0.001, "{fraction}: {solid}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_refused() {
        assert!(matches!(check(Mm(1.5), 0.05), Err(LatticeError::FallsApart { .. })));
        assert!(matches!(check(Mm(0.6), 0.3), Err(LatticeError::StrutTooThin { .. })));
        assert!(matches!(check(Mm(0.62), 0.48), Err(LatticeError::ThroatTooNarrow { .. })));
        assert!(check(Mm(1.5), 0.3).is_ok());
    }
}
