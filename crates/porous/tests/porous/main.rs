//! Tests of the crate, in one program: they share its building and both cores.

mod flow;
mod functionals;
mod shapes;
mod thickness;
mod voids;
