//! The tasks, one a file.

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[];
