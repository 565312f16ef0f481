//! A solid given as distances on a grid.

use ossein_geom::{Aabb, Frame, Point, Volume};

use crate::{Field, Interval};

/// Signed distances on a grid, linear between samples.
#[derive(Clone, Debug)]
pub struct Sampled<F: Frame> {
    distances: Volume<f32, F>,
    scale: f64,
    corners: Aabb<F>,
}

impl<F: Frame> Sampled<F> {
    /// From signed distances in mm, negative inside.
    ///
    /// Values that change faster than distance are scaled down as a whole, so that the field never
    /// overestimates; its zero stays where it is. Beyond the grid the solid ends.
    pub fn new(distances: Volume<f32, F>) -> Self {
        let grid = &distances.grid;
        let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
        let mut steepest2: f64 = 1.0;
        for (n, &here) in distances.values.iter().enumerate() {
            let voxel = grid.voxel(n);
            let slope = |a: usize| {
                let ahead = voxel[a] + 1 < grid.size[a];
                let next = if ahead { distances.values[n + strides[a]] } else { here };
                f64::from(next - here) / grid.spacing[a]
            };
            let sum = [0, 1, 2].map(slope).iter().map(|s| s * s).sum::<f64>();
            steepest2 = steepest2.max(sum);
        }
        let corners = grid.bounds();
        Self { scale: 1.0 / steepest2.sqrt(), corners, distances }
    }

    /// The grid's own values.
    pub fn volume(&self) -> &Volume<f32, F> {
        &self.distances
    }
}

impl<F: Frame> Field<F> for Sampled<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let beyond = self.corners.distance(p);
        let here = self.distances.sample(p) * self.scale;
        if beyond > 0.0 { here.max(0.0).max(beyond) } else { here }
    }
    fn bounds(&self) -> Aabb<F> {
        self.corners
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = self.distance(region.center());
        let reach = 0.5 * region.size().norm();
        Interval { min: middle - reach, max: middle + reach }
    }
}
