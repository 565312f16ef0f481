//! Tests of the crate, in one program: they share its building and both cores.

mod analytic;
mod cephalometry;
mod common;
mod jaw;
mod orbit;
mod real;
mod sides;
mod tooth;
