//! Tests of the crate, in one program: they share its building and both cores.

mod actions;
mod blocks;
mod bodies;
mod bones;
mod calibration;
mod cli;
mod common;
mod constants;
mod edges;
mod fields;
mod holding;
mod homogenize;
mod inlay;
mod lattices;
mod layers;
mod load_sets;
mod materials;
mod microct;
mod periodic;
mod resampling;
mod solve;
