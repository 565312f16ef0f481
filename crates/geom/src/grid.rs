//! Regular grids of voxels, and values on them.

use serde::{Deserialize, Serialize};

use crate::frame::{Aabb, Frame, Lps, Point, Vector};

/// A regular grid of voxels: `i` runs fastest, then `j`, then `k`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Grid<F: Frame = Lps> {
    /// Centre of voxel `[0, 0, 0]`, in mm.
    pub origin: Point<F>,
    /// Unit directions in which `i`, `j` and `k` grow: orthonormal, right- or left-handed.
    pub axes: [Vector<F>; 3],
    /// Distances between neighbouring voxel centres along `i`, `j`, `k`, in mm.
    pub spacing: [f64; 3],
    /// Voxel counts along `i`, `j`, `k`.
    pub size: [usize; 3],
}

impl<F: Frame> Grid<F> {
    /// A grid along the axes of its frame.
    pub fn aligned(origin: Point<F>, spacing: [f64; 3], size: [usize; 3]) -> Self {
        let axes =
            [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
        Self { origin, axes, spacing, size }
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> usize {
        self.size[0] * self.size[1] * self.size[2]
    }

    /// Volume of a voxel in mm³.
    pub fn voxel_mm3(&self) -> f64 {
        self.spacing[0] * self.spacing[1] * self.spacing[2]
    }

    /// Place of `voxel` in an array.
    #[inline(always)]
    pub fn index(&self, voxel: [usize; 3]) -> usize {
        (voxel[2] * self.size[1] + voxel[1]) * self.size[0] + voxel[0]
    }

    /// The voxel at a place in an array.
    #[inline(always)]
    pub fn voxel(&self, index: usize) -> [usize; 3] {
        let [ni, nj, _] = self.size;
        [index % ni, index / ni % nj, index / (ni * nj)]
    }

    /// Centre of a voxel.
    pub fn center(&self, voxel: [usize; 3]) -> Point<F> {
        self.point(voxel.map(|n| n as f64))
    }

    /// The point at whole or fractional voxel coordinates.
    pub fn point(&self, at: [f64; 3]) -> Point<F> {
        let step = |a: usize| self.axes[a] * (at[a] * self.spacing[a]);
        self.origin + step(0) + step(1) + step(2)
    }

    /// Fractional voxel coordinates of a point; whole numbers at voxel centres.
    pub fn coordinates(&self, p: Point<F>) -> [f64; 3] {
        let from_origin = p - self.origin;
        [0, 1, 2].map(|a| self.axes[a].dot(from_origin) / self.spacing[a])
    }

    /// The voxel that holds `p`, if any does.
    pub fn voxel_at(&self, p: Point<F>) -> Option<[usize; 3]> {
        let mut voxel = [0; 3];
        for (a, at) in self.coordinates(p).into_iter().enumerate() {
            let rounded = (at + 0.5).floor();
            if !(rounded >= 0.0 && rounded < self.size[a] as f64) {
                return None;
            }
            voxel[a] = rounded as usize;
        }
        Some(voxel)
    }

    /// The box around all voxel centres.
    pub fn bounds(&self) -> Aabb<F> {
        let corner = |bits: usize| {
            let at =
                [0, 1, 2].map(|a| if bits >> a & 1 == 1 { self.size[a].max(1) - 1 } else { 0 });
            self.center(at)
        };
        Aabb::around((0..8).map(corner))
    }
}

/// A value per voxel.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume<T, F: Frame = Lps> {
    /// Where the voxels lie.
    pub grid: Grid<F>,
    /// `[k][j][i]`, `i` fastest.
    pub values: Vec<T>,
}

impl<T: Copy, F: Frame> Volume<T, F> {
    /// From a grid and its values.
    ///
    /// # Panics
    /// If there are not as many values as voxels.
    pub fn new(grid: Grid<F>, values: Vec<T>) -> Self {
        assert_eq!(grid.voxel_count(), values.len(), "one value per voxel");
        Self { grid, values }
    }

    /// The same value everywhere.
    pub fn filled(grid: Grid<F>, value: T) -> Self {
        let values = vec![value; grid.voxel_count()];
        Self { grid, values }
    }

    /// The value of a voxel.
    #[inline(always)]
    pub fn at(&self, voxel: [usize; 3]) -> T {
        self.values[self.grid.index(voxel)]
    }

    /// A volume on the same grid, each value made from the old one.
    pub fn map<U: Copy>(&self, f: impl Fn(T) -> U) -> Volume<U, F> {
        Volume { grid: self.grid.clone(), values: self.values.iter().map(|&v| f(v)).collect() }
    }
}

impl<T: Copy + Into<f64>, F: Frame> Volume<T, F> {
    /// The value at any point, linear between voxel centres; the nearest border value outside.
    pub fn sample(&self, p: Point<F>) -> f64 {
        self.sample_at(self.grid.coordinates(p))
    }

    /// The value at fractional voxel coordinates, linear between voxel centres.
    pub fn sample_at(&self, at: [f64; 3]) -> f64 {
        let mut low = [0usize; 3];
        let mut part = [0.0; 3];
        for a in 0..3 {
            let last = (self.grid.size[a] - 1) as f64;
            let clamped = at[a].clamp(0.0, last);
            low[a] = (clamped as usize).min(self.grid.size[a].saturating_sub(2));
            part[a] = clamped - low[a] as f64;
        }
        let mut sum = 0.0;
        for corner in 0..8usize {
            let mut weight = 1.0;
            let mut voxel = low;
            for a in 0..3 {
                let high = corner >> a & 1 == 1;
                weight *= if high { part[a] } else { 1.0 - part[a] };
                voxel[a] = (low[a] + usize::from(high)).min(self.grid.size[a] - 1);
            }
            if weight > 0.0 {
                sum += weight * self.at(voxel).into();
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voxel_and_its_centre_agree() {
        let grid = Grid::<Lps> {
            origin: Point::new(5.0, -3.0, 2.0),
            axes: [
                Vector::new(0.0, 1.0, 0.0),
                Vector::new(0.0, 0.0, -1.0),
                Vector::new(1.0, 0.0, 0.0),
            ],
            spacing: [0.5, 0.7, 2.0],
            size: [4, 5, 6],
        };
        for index in 0..grid.voxel_count() {
            let voxel = grid.voxel(index);
            assert_eq!(grid.index(voxel), index);
            assert_eq!(grid.voxel_at(grid.center(voxel)), Some(voxel));
        }
        assert_eq!(grid.voxel_at(Point::new(100.0, 0.0, 0.0)), None);
    }

    #[test]
    fn a_linear_function_is_sampled_exactly() {
        let grid = Grid::<Lps>::aligned(Point::ORIGIN, [1.0, 2.0, 3.0], [4, 4, 4]);
        let values = (0..64).map(|n| {
            let p = grid.center(grid.voxel(n));
            p.x + 2.0 * p.y - p.z
        });
        let volume = Volume::new(grid.clone(), values.collect());
        assert!((volume.sample(Point::new(1.3, 2.9, 4.1)) - (1.3 + 5.8 - 4.1)).abs() < 1e-12);
    }
}
