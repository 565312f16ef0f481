//! Numbers that vary over space: what grades a lattice.

use std::sync::Arc;

use ossein_geom::{Frame, Point, Volume};

use crate::Field;

/// A number at every place.
pub trait Scalar<F: Frame>: Send + Sync {
    /// The number at a place.
    fn at(&self, p: Point<F>) -> f64;
    /// Lowest and highest number anywhere.
    fn extremes(&self) -> [f64; 2];
    /// The most that it changes per mm.
    fn slope_max(&self) -> f64;
}

/// The same number everywhere.
impl<F: Frame> Scalar<F> for f64 {
    fn at(&self, _: Point<F>) -> f64 {
        *self
    }
    fn extremes(&self) -> [f64; 2] {
        [*self; 2]
    }
    fn slope_max(&self) -> f64 {
        0.0
    }
}

/// A number that follows the distance to a solid, from one value to another: density towards an end
/// face, a transition to solid metal.
#[derive(Clone)]
pub struct Ramp<F: Frame> {
    /// The solid whose distance counts.
    pub of: Arc<dyn Field<F>>,
    /// Distances in mm at which the ramp starts and ends; the first is the lower.
    pub between_mm: [f64; 2],
    /// Values up to the first distance and from the second on.
    pub values: [f64; 2],
}

impl<F: Frame> Scalar<F> for Ramp<F> {
    fn at(&self, p: Point<F>) -> f64 {
        let [from, to] = self.between_mm;
        let t = ((self.of.distance(p) - from) / (to - from)).clamp(0.0, 1.0);
        self.values[0] + t * (self.values[1] - self.values[0])
    }
    fn extremes(&self) -> [f64; 2] {
        [self.values[0].min(self.values[1]), self.values[0].max(self.values[1])]
    }
    fn slope_max(&self) -> f64 {
        (self.values[1] - self.values[0]).abs() / (self.between_mm[1] - self.between_mm[0])
    }
}

/// A number that follows a volume, linear between voxel centres: bone density of a scan, stress of a
/// model.
#[derive(Clone)]
pub struct Mapping<F: Frame> {
    volume: Volume<f32, F>,
    measured: [f64; 2],
    values: [f64; 2],
    slope: f64,
}

impl<F: Frame> Mapping<F> {
    /// What the volume measures from `measured[0]` to `measured[1]` becomes `values[0]` to
    /// `values[1]`; beyond, the nearer of the two.
    pub fn new(volume: Volume<f32, F>, measured: [f64; 2], values: [f64; 2]) -> Self {
        let grid = &volume.grid;
        let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
        let factor = (values[1] - values[0]) / (measured[1] - measured[0]);
        let low = measured[0].min(measured[1]);
        let high = measured[0].max(measured[1]);
        let mut most = [0.0f64; 3];
        for (n, &here) in volume.values.iter().enumerate() {
            let voxel = grid.voxel(n);
            for a in 0..3 {
                if voxel[a] + 1 < grid.size[a] {
                    let next = f64::from(volume.values[n + strides[a]]).clamp(low, high);
                    let rise = (next - f64::from(here).clamp(low, high)).abs();
                    most[a] = most[a].max(rise / grid.spacing[a]);
                }
            }
        }
        let slope = (most[0] * most[0] + most[1] * most[1] + most[2] * most[2]).sqrt();
        // Linear between voxels of clamped values: the volume itself is clamped so that this holds.
        let volume = volume.map(|v| f64::from(v).clamp(low, high) as f32);
        Self { volume, measured, values, slope: slope * factor.abs() }
    }
}

impl<F: Frame> Scalar<F> for Mapping<F> {
    fn at(&self, p: Point<F>) -> f64 {
        let t = (self.volume.sample(p) - self.measured[0]) / (self.measured[1] - self.measured[0]);
        self.values[0] + t.clamp(0.0, 1.0) * (self.values[1] - self.values[0])
    }
    fn extremes(&self) -> [f64; 2] {
        [self.values[0].min(self.values[1]), self.values[0].max(self.values[1])]
    }
    fn slope_max(&self) -> f64 {
        self.slope
    }
}

/// A number that follows another, from 0 to 1, through values at even steps of it.
#[derive(Clone)]
pub struct Table<F: Frame> {
    /// What is followed; below 0 and above 1 the ends of the table count.
    pub of: Arc<dyn Scalar<F>>,
    /// Two values or more.
    pub values: Vec<f64>,
}

impl<F: Frame> Scalar<F> for Table<F> {
    fn at(&self, p: Point<F>) -> f64 {
        let last = self.values.len() - 1;
        let t = self.of.at(p).clamp(0.0, 1.0) * last as f64;
        let low = (t as usize).min(last - 1);
        self.values[low] + (t - low as f64) * (self.values[low + 1] - self.values[low])
    }
    fn extremes(&self) -> [f64; 2] {
        let fold = |f: fn(f64, f64) -> f64, start| self.values.iter().copied().fold(start, f);
        [fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY)]
    }
    fn slope_max(&self) -> f64 {
        let rise = self.values.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f64::max);
        rise * (self.values.len() - 1) as f64 * self.of.slope_max()
    }
}
