//! Porous structures from their voxels: morphometry, connectivity, permeability, powder drainage.

pub mod anisotropy;
pub mod components;
pub mod distance;
pub mod drainage;
pub mod euler;
mod flood;
pub mod morphometry;
mod patterns;
pub mod pores;
pub mod stokes;
pub mod surface;
pub mod thickness;
mod throat;
pub mod voxels;

pub use morphometry::{Morphometry, MorphometryOptions, morphometry};
pub use thickness::{Spread, ThicknessError, ThicknessOptions, thickness, thickness_map};
pub use voxels::{Beyond, Phase, Voxels, VoxelsError};
