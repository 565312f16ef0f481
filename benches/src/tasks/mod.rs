//! The tasks, one a file.

mod field;
mod g1;
mod g1b;
mod g2;
mod g2_dirty;
mod g3;
mod g3_streamed;
mod g3d;
mod g4;
mod g5_layers;
mod g7;
mod t2;
mod t3;
mod t4;
mod voxel_solve;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[
    &g1b::TASK,
    &g2::BAND,
    &g2::OFFSET,
    &g2_dirty::TASK,
    &g7::TASK,
    &field::TASK,
    &g3::TASK,
    &g3d::TASK,
    &g5_layers::TASK,
    &g5_layers::TASK_FULL,
    &t2::T2,
    &t2::T2_SYMMETRY,
    &t3::T3,
    &t4::T4,
    &t4::T4_THICKNESS,
    &voxel_solve::T1,
    &voxel_solve::T1_256,
    &voxel_solve::T1_512,
    &voxel_solve::T1B,
    &g1::TASK,
    &g3_streamed::TASK,
    &g4::TASK,
];
