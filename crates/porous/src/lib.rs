//! Porous structures from their voxels: morphometry, connectivity, permeability, powder drainage.

pub mod anisotropy;
pub mod components;
pub mod distance;
pub mod euler;
mod patterns;
pub mod stokes;
pub mod surface;
pub mod thickness;
pub mod voxels;

pub use thickness::{Spread, ThicknessError, ThicknessOptions, thickness, thickness_map};
pub use voxels::{Beyond, Phase, Voxels, VoxelsError};
