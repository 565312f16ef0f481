//! A column between two outlines that morph into each other.

use ossein_geom::{Aabb, Frame, Point};

use crate::Field;
use crate::height::Raster;

/// A column along z whose section is `lower` at `z_lower_mm` and `upper` at `z_upper_mm`.
///
/// Between the two the signed distances of the outlines are mixed, so that any two outlines join,
/// star-shaped or not; `waist_mm` draws the middle in along a parabola. Beyond its ends the column
/// goes on unchanged: cut it with the end faces.
#[derive(Clone, Debug)]
pub struct Loft {
    lower: Raster,
    upper: Raster,
    z_lower_mm: f64,
    z_upper_mm: f64,
    waist_mm: f64,
    scale: f64,
}

impl Loft {
    /// From the signed distance rasters of both outlines (x, y in mm).
    ///
    /// # Panics
    /// If the upper height does not lie above the lower one.
    pub fn new(
        lower: Raster,
        upper: Raster,
        z_lower_mm: f64,
        z_upper_mm: f64,
        waist_mm: f64,
    ) -> Self {
        let height = z_upper_mm - z_lower_mm;
        assert!(height > 0.0, "a loft has a height, not {height} mm");
        let mut gap: f64 = 0.0;
        for j in 0..lower.size[1] {
            for i in 0..lower.size[0] {
                let x = lower.origin[0] + i as f64 * lower.step_mm;
                let y = lower.origin[1] + j as f64 * lower.step_mm;
                gap = gap.max((lower.at(x, y) - upper.at(x, y)).abs());
            }
        }
        let rise = (gap + 4.0 * waist_mm.abs()) / height;
        // In its plane the mix of two bilinear rasters changes by at most sqrt(2) per mm.
        let scale = 1.0 / (2.0 + rise * rise).sqrt();
        Self { lower, upper, z_lower_mm, z_upper_mm, waist_mm, scale }
    }

    /// Signed in-plane distance to the section at height `z`, in mm: its zero is the side wall.
    #[inline(always)]
    pub fn section(&self, x: f64, y: f64, z: f64) -> f64 {
        let t = ((z - self.z_lower_mm) / (self.z_upper_mm - self.z_lower_mm)).clamp(0.0, 1.0);
        let (a, b) = (self.lower.at(x, y), self.upper.at(x, y));
        a + t * (b - a) + self.waist_mm * 4.0 * t * (1.0 - t)
    }
}

impl<F: Frame> Field<F> for Loft {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        self.section(p.x, p.y, p.z) * self.scale
    }
    fn bounds(&self) -> Aabb<F> {
        let corner = |r: &Raster, a: usize, far: bool| {
            r.origin[a] + if far { (r.size[a] - 1) as f64 * r.step_mm } else { 0.0 }
        };
        let low = |a: usize| corner(&self.lower, a, false).min(corner(&self.upper, a, false));
        let high = |a: usize| corner(&self.lower, a, true).max(corner(&self.upper, a, true));
        let far = 1e6;
        Aabb::new(Point::new(low(0), low(1), -far), Point::new(high(0), high(1), far))
    }
}

/// The column `inset_mm` inside (or outside, where negative) the side wall of a loft.
#[derive(Clone, Debug)]
pub struct Inset {
    /// The loft.
    pub loft: Loft,
    /// How far inside the wall the new wall lies, mm.
    pub inset_mm: f64,
}

impl<F: Frame> Field<F> for Inset {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        (self.loft.section(p.x, p.y, p.z) + self.inset_mm) * self.loft.scale
    }
    fn bounds(&self) -> Aabb<F> {
        Field::<F>::bounds(&self.loft).grow((-self.inset_mm).max(0.0))
    }
}
