//! Labelled bones to endplates, axes, canal and figures.
//!
//! [`measure`] takes a segmented scan and gives an [`Anatomy`]: per vertebra a frame, heights and
//! two endplates with their bone surface, and the spinal canal as a tube. All points are LPS in
//! mm. [`jaw()`] does the same for a lower jaw, [`vault`] for the vault of a skull, [`tooth`] for one
//! tooth; [`face`] measures how far bone stands out; [`orbit`] what an orbit holds; [`sides`] tells left
//! from right; [`site`] looks around a planned dental implant.

mod canal;
pub mod cephalometry;
pub mod face;
pub mod jaw;
mod linear;
mod measure;
mod nulls;
mod occupancy;
pub mod orbit;
mod plate;
mod rooted;
pub mod sides;
pub mod site;
pub mod tooth;
mod types;
mod vault;

pub use canal::CanalSolid;
pub use jaw::{Jaw, JawError, JawLabels, jaw};
pub use measure::{angle_between, judge, measure};
pub use occupancy::{SURFACE_LEVEL, alone, occupancy, smoothed, unsmoothed};
pub use rooted::rooted_share;
pub use sides::{Side, Sides};
pub use types::{Anatomy, AnatomyError, Angles, Canal, Endplate, HeightMap, Vertebra};
pub use vault::{Hole, Vault, VaultError, holes, vault};
