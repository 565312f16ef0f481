//! The tasks, one a file.

mod t3;
mod t4;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[&t3::T3, &t4::T4, &t4::T4_THICKNESS];
