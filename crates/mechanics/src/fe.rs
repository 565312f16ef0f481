//! Finite-element kernels on padded grids.

pub(crate) mod coarse;
mod element;
mod lanes;
pub(crate) mod level;
pub(crate) mod multigrid;
mod operator;
pub(crate) mod pcg;
mod transfer;

pub use element::element_matrix;
