//! The tasks, one a file.

mod voxel_solve;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] =
    &[&voxel_solve::T1, &voxel_solve::T1_256, &voxel_solve::T1_512, &voxel_solve::T1B];
