//! Tests of the crate, in one program: they share its building and both cores.

mod plain_images;
mod real_data;
mod resample;
mod round_trip;
mod tilt;
