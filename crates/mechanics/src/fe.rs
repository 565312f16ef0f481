//! Finite-element kernels on active nodes.

mod coarse;
mod coarsen;
mod element;
pub(crate) mod fine;
mod lanes;
pub(crate) mod level;
pub(crate) mod mesh;
pub(crate) mod multigrid;
mod operator;
pub(crate) mod pcg;
mod smoother;
mod spectrum;
mod transfer;

pub use element::element_matrix;
