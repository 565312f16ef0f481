//! Each capability on plain files, without a case: one command a file.

mod file;
pub mod solve;
