//! Fields to triangle meshes, what can be measured on them, and the files that carry them.

pub mod check;
mod cube;
pub mod extract;
pub mod iso;
pub mod measure;
pub mod model3mf;
pub mod stl;

pub use check::{Defects, Watertight, check_watertight};
pub use extract::extract;
pub use iso::iso_surface;
