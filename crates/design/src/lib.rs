//! Anatomy and choices to an implant.
//!
//! A kind of implant is one file (or folder) in `kinds/` and one word in its list.

pub mod end_face;
mod engraving;
pub mod guide;
mod kept;
pub mod kinds;
mod metal;
mod near;
pub mod part;
pub mod plan;
pub mod screws;
mod sides;
mod spread;
mod swept;

pub use near::NearError;
pub use part::Part;
pub use plan::{Plan, PlanError, PlanOptions, plan};
pub use spread::Spread;
