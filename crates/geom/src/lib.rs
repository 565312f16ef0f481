//! The words that all other crates speak: units, frames, grids, meshes, contours, jobs, findings.
//!
//! Inside Ossein every length is a millimetre and every patient point is LPS (x to the patient's
//! left, y to the back, z to the head).

pub mod choice;
pub mod contour;
pub mod finding;
pub mod float;
pub mod frame;
pub mod grid;
pub mod job;
pub mod level;
pub mod mesh;
pub mod root;
pub mod unit;

pub use choice::{Choice, Choices, Chosen, Shape, Value};
pub use contour::{Contour, Layer};
pub use finding::{Finding, Found, Severity};
pub use frame::{Aabb, Build, Frame, Implant, Lps, Point, Rigid, Vector};
pub use grid::{Grid, Volume};
pub use job::{Cancelled, Job};
pub use level::Level;
pub use mesh::TriMesh;
pub use root::RootSearch;
pub use unit::{Deg, Mm, Mpa, Newton};
