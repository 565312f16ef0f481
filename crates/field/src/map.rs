//! Maps that bend space: a solid drawn straight, and where it comes to lie.

use ossein_geom::{Aabb, Frame, Point, Vector};

use crate::Field;
use crate::height::Raster;

/// Takes a place to the place where the solid was drawn.
pub trait Map<F: Frame>: Send + Sync {
    /// The place where the solid was drawn.
    fn apply(&self, p: Point<F>) -> Point<F>;
    /// Rows of the derivative of [`Map::apply`]: how each coordinate changes per mm.
    fn slope(&self, p: Point<F>) -> [Vector<F>; 3];
    /// The most that a length may grow under [`Map::apply`].
    fn stretch_max(&self) -> f64;
    /// A box around all that is taken into `drawn`.
    fn bounds(&self, drawn: Aabb<F>) -> Aabb<F>;
}

/// A solid seen through a map. Distances are divided by the map's greatest stretch, so that they
/// never overestimate.
pub struct Mapped<M, T> {
    /// The map.
    pub map: M,
    /// The solid as it was drawn.
    pub inner: T,
}

impl<F: Frame, M: Map<F>, T: Field<F>> Field<F> for Mapped<M, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.inner.distance(self.map.apply(p)) / self.map.stretch_max()
    }
    fn bounds(&self) -> Aabb<F> {
        self.map.bounds(self.inner.bounds())
    }
}

/// Stretches what was drawn between the planes `z = 0` and `z = height` to lie between two surfaces
/// of heights: conformal to both.
///
/// Beyond the surfaces lengths along z change by one factor, the mean.
#[derive(Clone, Debug)]
pub struct Between {
    lower: Raster,
    upper: Raster,
    height_mm: f64,
    beyond: f64,
    stretch_max: f64,
}

/// Two surfaces that leave no room between them.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the surfaces come to {gap_mm:.3} mm of each other: at least {limit_mm:.3} mm are needed")]
pub struct NoRoom {
    /// Least height of the upper over the lower surface, mm.
    pub gap_mm: f64,
    /// Least that is allowed: a hundredth of the drawn height.
    pub limit_mm: f64,
}

impl Between {
    /// From the heights of both surfaces and the height of the drawing, mm.
    ///
    /// # Errors
    /// [`NoRoom`] where the surfaces touch or cross.
    pub fn new(lower: Raster, upper: Raster, height_mm: f64) -> Result<Self, NoRoom> {
        let (mut least, mut sum, mut count) = (f64::INFINITY, 0.0, 0.0);
        for raster in [&lower, &upper] {
            for n in 0..raster.size[0] * raster.size[1] {
                let x = raster.origin[0] + (n % raster.size[0]) as f64 * raster.step_mm;
                let y = raster.origin[1] + (n / raster.size[0]) as f64 * raster.step_mm;
                let gap = upper.at(x, y) - lower.at(x, y);
                least = least.min(gap);
                sum += gap;
                count += 1.0;
            }
        }
        let limit_mm = 0.01 * height_mm;
        if !(least >= limit_mm && limit_mm > 0.0) {
            return Err(NoRoom { gap_mm: least, limit_mm });
        }
        let beyond = height_mm / (sum / count);
        // Between raster points of the two rasters the gap may be a little less.
        let steep = lower.slope_max().max(upper.slope_max());
        let slack = 2.0 * steep * lower.step_mm.min(upper.step_mm);
        let along = (height_mm / (least - slack).max(0.5 * least)).max(beyond);
        let across = along * steep;
        let sum = 1.0 + across * across + along * along;
        let stretch_max = (0.5 * (sum + (sum * sum - 4.0 * along * along).sqrt())).sqrt();
        Ok(Self { lower, upper, height_mm, beyond, stretch_max })
    }

    /// How a raster changes along x and y.
    fn raster_slope(raster: &Raster, x: f64, y: f64) -> [f64; 2] {
        let h = 0.01 * raster.step_mm;
        let dx = raster.at(x + h, y) - raster.at(x - h, y);
        let dy = raster.at(x, y + h) - raster.at(x, y - h);
        [dx / (2.0 * h), dy / (2.0 * h)]
    }
}

impl<F: Frame> Map<F> for Between {
    fn apply(&self, p: Point<F>) -> Point<F> {
        let (low, high) = (self.lower.at(p.x, p.y), self.upper.at(p.x, p.y));
        let z = if p.z < low {
            (p.z - low) * self.beyond
        } else if p.z > high {
            self.height_mm + (p.z - high) * self.beyond
        } else {
            self.height_mm * (p.z - low) / (high - low)
        };
        Point::new(p.x, p.y, z)
    }

    fn slope(&self, p: Point<F>) -> [Vector<F>; 3] {
        let (low, high) = (self.lower.at(p.x, p.y), self.upper.at(p.x, p.y));
        let l = Self::raster_slope(&self.lower, p.x, p.y);
        let u = Self::raster_slope(&self.upper, p.x, p.y);
        let z = if p.z < low {
            Vector::new(-l[0] * self.beyond, -l[1] * self.beyond, self.beyond)
        } else if p.z > high {
            Vector::new(-u[0] * self.beyond, -u[1] * self.beyond, self.beyond)
        } else {
            let (t, rise) = ((p.z - low) / (high - low), self.height_mm / (high - low));
            let lean = |a: usize| -rise * (l[a] + t * (u[a] - l[a]));
            Vector::new(lean(0), lean(1), rise)
        };
        [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), z]
    }

    fn stretch_max(&self) -> f64 {
        self.stretch_max
    }

    fn bounds(&self, drawn: Aabb<F>) -> Aabb<F> {
        let ((low, low_max), (high_min, high)) = (self.lower.extremes(), self.upper.extremes());
        let below = drawn.min.z.min(0.0) / self.beyond;
        let above = (drawn.max.z - self.height_mm).max(0.0) / self.beyond;
        // What was drawn only below the top, or above the foot, stays there.
        let bottom = if drawn.min.z > self.height_mm { high_min } else { low };
        let top = if drawn.max.z < 0.0 { low_max } else { high };
        Aabb::new(
            Point::new(drawn.min.x, drawn.min.y, bottom + below),
            Point::new(drawn.max.x, drawn.max.y, top + above),
        )
    }
}
