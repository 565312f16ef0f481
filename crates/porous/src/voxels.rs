//! A two-phase voxel image, and how the world goes on beyond its faces.

use ossein_field::{Block, Field};
use ossein_geom::{Frame, Job, Volume};

/// Solid and void on a regular grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Voxels {
    /// Voxel counts along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Edges of a voxel along `i`, `j`, `k`, in mm.
    pub spacing_mm: [f64; 3],
    /// Whether a voxel is solid; `[k][j][i]`, `i` fastest.
    pub solid: Vec<bool>,
}

/// One of the two phases of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Bone or metal.
    Solid,
    /// Pores.
    Void,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::Solid => "solid",
            Self::Void => "void",
        })
    }
}

/// What lies beyond the faces of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Void: the image holds a whole body.
    Void,
    /// More of the same, unseen: the image is cut from a larger sample.
    Unseen,
    /// The image again: it is one cell of a periodic structure.
    Periodic,
}

/// Most voxels along an axis: squared distances in voxels then fit 31 bits.
pub const AXIS_VOXEL_COUNT_MAX: usize = 16_384;

/// Why an image is no two-phase image.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VoxelsError {
    /// An axis without voxels, or with too many.
    #[error("the image has {size:?} voxels: each axis takes 1 to {AXIS_VOXEL_COUNT_MAX}")]
    Size {
        /// Voxel counts.
        size: [usize; 3],
    },
    /// A spacing that is not positive and finite.
    #[error("the voxel edges {spacing_mm:?} mm are not all positive and finite")]
    Spacing {
        /// Voxel edges in mm.
        spacing_mm: [f64; 3],
    },
    /// Not one value a voxel.
    #[error("{found} values for {needed} voxels")]
    Count {
        /// Values given.
        found: usize,
        /// Voxels of the grid.
        needed: usize,
    },
    /// A value that is not a number.
    #[error("voxel {index} holds {value}, which is no number")]
    Value {
        /// Place in the array.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// More memory than is allowed.
    #[error("the work needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ossein_geom::Cancelled),
}

impl Voxels {
    /// From flags, one a voxel.
    ///
    /// # Errors
    /// [`VoxelsError`]: a bad size or spacing, or not one flag a voxel.
    pub fn new(
        size: [usize; 3],
        spacing_mm: [f64; 3],
        solid: Vec<bool>,
    ) -> Result<Self, VoxelsError> {
        check_grid(size, spacing_mm)?;
        let needed = size.iter().product();
        if solid.len() != needed {
            return Err(VoxelsError::Count { found: solid.len(), needed });
        }
        Ok(Self { size, spacing_mm, solid })
    }

    /// The voxels of a volume whose values are `threshold` or more.
    ///
    /// # Errors
    /// [`VoxelsError`]: a bad size or spacing, or a value that is no number.
    pub fn from_volume<T: Copy + Into<f64>, F: Frame>(
        volume: &Volume<T, F>,
        threshold: f64,
    ) -> Result<Self, VoxelsError> {
        let flag = |(index, &value): (usize, &T)| {
            let value: f64 = value.into();
            if value.is_nan() {
                return Err(VoxelsError::Value { index, value });
            }
            Ok(value >= threshold)
        };
        let solid: Result<Vec<bool>, _> = volume.values.iter().enumerate().map(flag).collect();
        Self::new(volume.grid.size, volume.grid.spacing, solid?)
    }

    /// The samples of `block` that lie inside a solid; rows are sampled plane by plane.
    ///
    /// # Errors
    /// [`VoxelsError`]: a bad size or spacing, more bytes than `byte_count_max`, a distance that is
    /// no number, or the job's end.
    pub fn from_field<F: Frame>(
        field: &dyn Field<F>,
        block: &Block<F>,
        byte_count_max: u64,
        job: &Job,
    ) -> Result<Self, VoxelsError> {
        let (size, spacing_mm) = (block.size, block.step);
        check_grid(size, spacing_mm)?;
        let plane_count = size[0] * size[1];
        let needed = (plane_count as u64) * (size[2] as u64 + 4);
        if needed > byte_count_max {
            return Err(VoxelsError::TooLarge { needed, limit: byte_count_max });
        }
        let mut solid = Vec::with_capacity(plane_count * size[2]);
        let mut distances = vec![0f32; plane_count];
        for k in 0..size[2] {
            job.step(k, size[2])?;
            let plane =
                Block { origin: block.point(0, 0, k), size: [size[0], size[1], 1], ..*block };
            field.sample(&plane, &mut distances);
            if let Some(n) = distances.iter().position(|d| d.is_nan()) {
                return Err(VoxelsError::Value { index: k * plane_count + n, value: f64::NAN });
            }
            solid.extend(distances.iter().map(|&d| d < 0.0));
        }
        Self::new(size, spacing_mm, solid)
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> usize {
        self.solid.len()
    }

    /// Number of solid voxels.
    pub fn solid_count(&self) -> usize {
        self.solid.iter().filter(|&&s| s).count()
    }

    /// Volume of a voxel in mm³.
    pub fn voxel_mm3(&self) -> f64 {
        self.spacing_mm.iter().product()
    }

    /// Place of a voxel in the array.
    #[inline(always)]
    pub fn index(&self, voxel: [usize; 3]) -> usize {
        (voxel[2] * self.size[1] + voxel[1]) * self.size[0] + voxel[0]
    }

    /// The voxel at a place in the array.
    #[inline(always)]
    pub fn voxel(&self, index: usize) -> [usize; 3] {
        let [ni, nj, _] = self.size;
        [index % ni, index / ni % nj, index / (ni * nj)]
    }

    /// The edge of a cubic voxel in mm, if all three edges agree to a thousandth.
    pub fn edge_mm(&self) -> Option<f64> {
        let [a, b, c] = self.spacing_mm;
        let alike = |x: f64| (x / a - 1.0).abs() <= 1e-3;
        (alike(b) && alike(c)).then_some((a + b + c) / 3.0)
    }

    /// Whether any voxel belongs to `phase`.
    pub fn holds(&self, phase: Phase) -> bool {
        let wanted = phase == Phase::Solid;
        self.solid.contains(&wanted)
    }

    /// The image with `margin` voxels of void around it.
    ///
    /// # Errors
    /// [`VoxelsError::Size`] if an axis grows too long.
    pub fn padded(&self, margin: usize, solid: bool) -> Result<Self, VoxelsError> {
        let size = self.size.map(|s| s.saturating_add(2 * margin));
        check_grid(size, self.spacing_mm)?;
        let mut out =
            Self { size, spacing_mm: self.spacing_mm, solid: vec![solid; size.iter().product()] };
        for k in 0..self.size[2] {
            for j in 0..self.size[1] {
                let from = self.index([0, j, k]);
                let to = out.index([margin, j + margin, k + margin]);
                let row = &self.solid[from..from + self.size[0]];
                out.solid[to..to + self.size[0]].copy_from_slice(row);
            }
        }
        Ok(out)
    }
}

fn check_grid(size: [usize; 3], spacing_mm: [f64; 3]) -> Result<(), VoxelsError> {
    if size.iter().any(|s| !(1..=AXIS_VOXEL_COUNT_MAX).contains(s)) {
        return Err(VoxelsError::Size { size });
    }
    if !spacing_mm.iter().all(|s| s.is_finite() && *s > 0.0) {
        return Err(VoxelsError::Spacing { spacing_mm });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_images_are_named() {
        let make = |size, spacing, count| Voxels::new(size, spacing, vec![true; count]);
        assert_eq!(make([0, 2, 2], [1.0; 3], 0), Err(VoxelsError::Size { size: [0, 2, 2] }));
        let nan = [1.0, f64::NAN, 1.0];
        assert!(matches!(make([2; 3], nan, 8), Err(VoxelsError::Spacing { .. })));
        assert!(matches!(make([2; 3], [1.0, -1.0, 1.0], 8), Err(VoxelsError::Spacing { .. })));
        assert_eq!(make([2; 3], [1.0; 3], 7), Err(VoxelsError::Count { found: 7, needed: 8 }));
        let huge = [1 << 20, 1 << 20, 1 << 20];
        assert_eq!(make(huge, [1.0; 3], 1), Err(VoxelsError::Size { size: huge }));
    }
}
