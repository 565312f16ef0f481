//! The tasks, one a file.

mod field;
mod g3;
mod g5_layers;
mod t3;
mod t4;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[
    &field::TASK,
    &g3::TASK,
    &g5_layers::TASK,
    &g5_layers::TASK_FULL,
    &t3::T3,
    &t4::T4,
    &t4::T4_THICKNESS,
];
