//! A plate for the broken floor of an orbit, drawn after the other orbit.
//!
//! Needs: the skull in a CT with both orbits, four points on the broken one. Gives: the mirrored
//! floor, the defect, the plate over it with its flange on the rim and its screws, both orbits'
//! volumes. Source: facts D2.14, D2.23, D2.26.

mod choices;
mod design;
mod errors;
mod fixation;
mod floor;
mod plan;
mod plate;
mod sheet;

pub use choices::{CHOICES, MATERIALS};
pub use design::{Design, Inputs, PART_STEP_MM, Report, Rest, Volumes, design};
pub use errors::{DesignError, PlanError};
pub use fixation::FlangeScrew;
pub use floor::{Column, Floors};
pub use plan::{FloorPlan, Local, Wanted, plan};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "orbital_floor",
    title: "Plate for the floor of an orbit",
    asks: &["segmentation.threshold_hu", "plan.orbit", "plan.outline_mm"],
    choices: CHOICES,
};
