//! Masks of bits, and the steps that make a clean one out of Hounsfield values.
//!
//! [`median`], [`threshold`], [`largest`], [`close`], [`fill_holes`] one after the other give a
//! bone mask. A row of 64 voxels is one word, so that a step touches an eighth of a byte a voxel.

mod ball;
mod bits;
mod median;
mod runs;

pub use ball::{Ball, BallError, close, dilate, erode};
pub use bits::{Mask, threshold};
pub use median::median;
pub use runs::{components, fill_holes, largest};
