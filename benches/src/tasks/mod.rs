//! The tasks, one a file.

mod g3;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[&g3::TASK];
