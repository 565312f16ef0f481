//! The steps from scan to dossier: what all kinds share here, and one folder a road.

pub mod cranium;
pub mod document;
pub mod drill;
pub mod element_map;
pub mod face;
pub mod fields;
pub mod import;
pub mod jaw;
pub mod labels;
pub mod made;
pub mod model;
pub mod orbit;
pub mod prepare;
pub mod refinement;
pub mod resolution;
pub mod road;
mod strength;
pub mod tooth;
pub mod vertebra;

pub use road::{ROADS, Road, Start, road};
