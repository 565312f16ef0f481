//! Tests of the crate, in one program: they share its building and both cores.

mod anatomical_model;
mod common;
mod cranioplasty;
mod dental_drill_guide;
mod facial_onlay;
mod from_truth;
mod guide;
mod mandible_segment_replacement;
mod orbital_floor;
mod root_analogue;
