//! The tasks, one a file.

mod g5_layers;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[&g5_layers::TASK, &g5_layers::TASK_FULL];
