//! Tests of the crate, in one program: they share its building and both cores.

mod extract;
mod files;
#[path = "../../../../benches/src/implant.rs"]
mod implant;
mod iso;
mod known;
mod overhang;
mod repair;
mod sharp;
mod simplify;
