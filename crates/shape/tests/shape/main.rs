//! Tests of the crate, in one program: they share its building and both cores.

mod common;
mod completion;
mod fit;
mod icp;
mod shape_model;
mod spline;
mod symmetry;
