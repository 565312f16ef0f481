//! Surfaces brought together: registration, planes of symmetry, and anatomy completed where it is
//! missing.

pub mod asymmetry;
pub mod bends;
pub mod completion;
pub mod fit;
pub mod icp;
pub mod known;
mod kriging;
pub mod piece;
pub mod plane;
pub mod samples;
pub mod shape_model;
pub mod spline;
pub mod surface;
pub mod symmetry;
pub mod warp;

pub use asymmetry::{asymmetry_index, asymmetry_map};
pub use fit::{FitError, Freedom, PairFit, Similarity, fit_pairs};
pub use icp::{IcpOptions, Registration, register};
pub use plane::Plane;
pub use shape_model::ShapeModel;
pub use surface::{FieldSurface, MeshSurface, Place, Surface};
pub use symmetry::{Symmetry, SymmetryOptions, Weights, symmetry_plane};
