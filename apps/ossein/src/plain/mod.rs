//! Each capability on plain files, without a case: one command a file.

pub mod bench;
mod file;
pub mod homogenize;
mod image;
pub mod lattice;
pub mod materials;
pub mod mesh;
pub mod morphometry;
pub mod part;
pub mod permeability;
mod section;
pub mod slice;
pub mod solve;
