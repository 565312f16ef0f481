//! Each capability on plain files, without a case: one command a file.

pub mod bench;
mod body;
pub mod bone;
pub mod cephalometry;
pub mod file;
pub mod homogenize;
mod image;
pub mod lattice;
mod lattice_cell;
pub mod layers;
pub mod materials;
mod memory;
pub mod mesh;
pub mod morphometry;
mod number;
pub mod part;
pub mod permeability;
mod points;
pub mod register;
mod resampling;
mod section;
mod segmentation;
pub mod shape_model;
pub mod slice;
pub mod solve;
mod surface;
pub mod symmetry;
