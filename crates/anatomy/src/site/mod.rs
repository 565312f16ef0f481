//! The place of a planned dental implant: bone, plates, canal and teeth around it.

mod around;
mod bone;
mod bore;

pub use around::{BoneAround, Level, bone_around, runs_through};
pub use bone::{SiteLabels, Stuff, site, with_healed};
pub use bore::Bore;
