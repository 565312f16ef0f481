//! A column between two outlines that morph into each other.

use ossein_geom::{Aabb, Frame, Point};

use crate::height::Raster;
use crate::{Block, Field};

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
        let t = self.part(z);
        let (a, b) = (self.lower.at(x, y), self.upper.at(x, y));
        a + t * (b - a) + self.waist_mm * 4.0 * t * (1.0 - t)
    }
}

impl<F: Frame> Field<F> for Loft {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        self.section(p.x, p.y, p.z) * self.scale
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.fill(0.0, block, distances);
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

impl Loft {
    /// Signed distances to the wall `inset_mm` inside, one look at each raster per column.
    fn fill<F: Frame>(&self, inset_mm: f64, block: &Block<F>, distances: &mut [f32]) {
        let (lower, upper) = (self.lower.over(block), self.upper.over(block));
        for (k, plane) in distances.chunks_exact_mut(lower.len()).enumerate() {
            let t = self.part(block.point(0, 0, k).z);
            let shift = (self.waist_mm * 4.0 * t * (1.0 - t) + inset_mm) as f32;
            let (t, scale) = (t as f32, self.scale as f32);
            for ((value, a), b) in plane.iter_mut().zip(&lower).zip(&upper) {
                *value = (a + t * (b - a) + shift) * scale;
            }
        }
    }

    fn part(&self, z: f64) -> f64 {
        ((z - self.z_lower_mm) / (self.z_upper_mm - self.z_lower_mm)).clamp(0.0, 1.0)
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
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.loft.fill(self.inset_mm, block, distances);
    }
    fn bounds(&self) -> Aabb<F> {
        Field::<F>::bounds(&self.loft).grow((-self.inset_mm).max(0.0))
    }
}
