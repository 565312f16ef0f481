//! Porous structures from their voxels: morphometry, connectivity, permeability, powder drainage.

pub mod distance;
pub mod thickness;
pub mod voxels;

pub use thickness::{Spread, ThicknessError, ThicknessOptions, thickness, thickness_map};
pub use voxels::{Beyond, Phase, Voxels, VoxelsError};
