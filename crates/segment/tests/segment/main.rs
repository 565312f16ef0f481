//! Tests of the crate, in one program: they share its building and both cores.

mod mask;
mod phantom_surface;
mod real;
mod refused;
