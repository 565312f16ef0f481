//! Voxel finite elements, material laws and load sets.
//!
//! A [`Model`] is a regular grid of cubic-elastic voxels. [`solve_cases`] clamps it, loads it and
//! gives displacements with their residual and balance; [`stress`] and [`safety`] read them.

mod body;
pub mod boundary;
pub mod composite;
pub mod convergence;
mod fe;
pub mod homogenized;
pub mod ingrowth;
pub mod least_squares;
pub mod loads;
pub mod material;
pub mod method;
pub mod micromotion;
pub mod model;
mod patch;
pub mod periodic;
mod pieces;
pub mod pressure;
pub mod safety;
pub mod shielding;
pub mod solve;
pub mod stress;
mod strips;
pub mod subsidence;
pub mod surface_stress;
pub mod virtual_test;
pub mod voxels;
pub mod vti;
mod windings;

pub use body::memory_bytes_min;
pub use boundary::{LoadCase, Loads, Motion, Support};
pub use convergence::{Resolution, second_resolution};
pub use fe::element_matrix;
pub use model::{Model, isotropic};
pub use periodic::{HomogenizeOptions, Homogenized, Stiffness, homogenize};
pub use pressure::{Face, pressure_forces, traction_forces};
pub use solve::{
    Attached, HeldModel, Islands, Keep, MeanState, PeriodicCase, Solution, SolveError,
    SolveOptions, Unconverged, solve, solve_cases, solve_forces, solve_motion, solve_motions,
    solve_periodic, solve_periodic_cases,
};
pub use voxels::{Elements, LabelModel, Moduli, Orthotropic, OrthotropicModel, Voxels, cubic};
