//! Tests of the crate, in one program: they share its building and both cores.

mod attached;
mod beams;
mod book;
mod calculix;
mod cells;
mod columns;
mod common;
mod composite;
mod concentration;
mod judgement;
mod lame;
mod laws;
mod loads;
mod nafems;
mod patch;
mod periodic;
mod reference;
mod repeats;
mod robust;
mod threads;
mod unilateral;
