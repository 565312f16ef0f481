//! Anatomy that is missing, completed from what is there.

pub mod chart;
pub mod middle;
pub mod mirror;
pub mod sheet;
pub mod thin_plate;
pub mod vault;
