//! Fields to triangle meshes, what can be measured on them, and the files that carry them.

pub mod check;
pub mod compare;
mod cube;
pub mod curvature;
pub mod extract;
pub mod files;
pub mod intersect;
pub mod iso;
pub mod measure;
pub mod model3mf;
pub mod obj;
pub mod ply;
pub mod repair;
pub mod simplify;
pub mod stl;
pub mod thickness;
pub mod topology;
pub mod tree;
pub mod triangle;
mod weld;

pub use check::{Defects, Watertight, check_watertight};
pub use compare::{CompareOptions, Comparison, compare};
pub use extract::extract;
pub use iso::iso_surface;
pub use repair::{RepairOptions, Repaired, repair};
pub use simplify::{Simplified, SimplifyError, SimplifyOptions, simplify};
pub use tree::Tree;
