//! Anatomy that is missing, completed from what is there: one method a file.
//!
//! The vault of a skull is seen from the middle of its cavity ([`middle`]): over a map of directions
//! ([`chart`]) each table is a height ([`sheet`]). A hole is closed ([`vault`]) by splines through
//! its collar ([`thin_plate`]) or by the other side ([`mirror`]), and comes back as solids and
//! surfaces ([`solid`]) with the error that the same method makes beside the hole. A segment of a
//! jaw is closed by warping a whole one onto what is left ([`segment`]).

pub mod chart;
pub mod find;
pub mod middle;
pub mod mirror;
pub mod segment;
pub mod sheet;
pub mod solid;
pub mod thin_plate;
pub mod trial;
pub mod vault;

pub use chart::Chart;
pub use find::{Opening, openings};
pub use middle::cavity_middle;
pub use segment::{Segment, SegmentError, SegmentOptions, Source, complete_segment};
pub use solid::Table;
pub use vault::{ClosedVault, CompletionError, Method, Trials, Vault, VaultOptions};
