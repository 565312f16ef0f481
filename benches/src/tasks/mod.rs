//! The tasks, one a file.

mod g4;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[&g4::TASK];
