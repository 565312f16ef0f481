//! The tasks, one a file.

mod g1;
mod g3;
mod g3_streamed;
mod g3d;

use crate::task::Task;

/// Every task, in the order of the list.
pub const ALL: &[&Task] = &[&g1::TASK, &g3::TASK, &g3_streamed::TASK, &g3d::TASK];
