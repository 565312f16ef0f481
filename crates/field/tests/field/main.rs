//! Tests of the crate, in one program: they share its building and both cores.

mod band;
mod dirty_bands;
mod graded;
mod lattices;
mod laws;
mod mesh_field;
mod shapes;
