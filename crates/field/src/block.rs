//! Where a field is sampled, and between which bounds its values lie.

use ossein_geom::{Aabb, Frame, Point};

/// A box of samples along the axes of its frame, x fastest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block<F: Frame> {
    /// First sample.
    pub origin: Point<F>,
    /// Distance between samples along x, y, z, in mm.
    pub step: [f64; 3],
    /// Sample counts along x, y, z.
    pub size: [usize; 3],
}

/// The values between `min` and `max`, in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
}

impl Interval {
    /// Whether the surface may pass.
    pub fn holds_zero(self) -> bool {
        self.min <= 0.0 && self.max >= 0.0
    }
}

impl<F: Frame> Block<F> {
    /// Number of samples.
    pub fn sample_count(&self) -> usize {
        self.size[0] * self.size[1] * self.size[2]
    }

    /// A sample's place.
    #[inline(always)]
    pub fn point(&self, i: usize, j: usize, k: usize) -> Point<F> {
        Point::new(
            self.origin.x + self.step[0] * i as f64,
            self.origin.y + self.step[1] * j as f64,
            self.origin.z + self.step[2] * k as f64,
        )
    }

    /// The box around all samples.
    pub fn bounds(&self) -> Aabb<F> {
        let last = |a: usize| self.size[a].max(1) - 1;
        Aabb::new(self.origin, self.point(last(0), last(1), last(2)))
    }

    /// Writes `distance(point)` for every sample.
    ///
    /// # Panics
    /// If `distances` does not hold one value per sample.
    #[inline(always)]
    pub fn fill(&self, distances: &mut [f32], distance: impl Fn(Point<F>) -> f64) {
        assert_eq!(distances.len(), self.sample_count(), "one distance per sample");
        let [ni, nj, nk] = self.size;
        for k in 0..nk {
            for j in 0..nj {
                let row = &mut distances[(k * nj + j) * ni..][..ni];
                for (i, value) in row.iter_mut().enumerate() {
                    *value = distance(self.point(i, j, k)) as f32;
                }
            }
        }
    }
}
