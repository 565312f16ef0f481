//! Finite-element kernels on active nodes.

mod coarse;
mod coarsen;
mod element;
mod envelope;
pub(crate) mod fine;
pub(crate) mod lanes;
pub(crate) mod level;
pub(crate) mod mesh;
pub(crate) mod multigrid;
pub(crate) mod operator;
pub(crate) mod pcg;
mod rigid;
mod smoother;
mod spectrum;
mod traffic;
mod transfer;

pub use element::element_matrix;
pub(crate) use element::{Coefficients, modal_forces, sign};
