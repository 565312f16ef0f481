//! Cranioplasty: a plate for a hole in the vault of the skull.
//!
//! Needs: the skull alone out of a CT, a hole in it or one that is planned. Gives: the missing
//! surface, the plate, its tabs and screws. Source: facts D2.14, D2.17 to D2.19.

mod choices;
mod design;
mod fixation;
mod places;
mod plan;
mod plate;
mod thickness;

pub use choices::{CHOICES, MATERIALS};
pub use design::{Design, DesignError, Inputs, PART_STEP_MM, Report, design};
pub use fixation::TabScrew;
pub use plan::{Heights, PlannedHole, VaultPlan, VaultPlanError, plan};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "cranioplasty",
    title: "Skull plate (cranioplasty)",
    asks: &["segmentation.threshold_hu", "plan.hole", "plan.defect"],
    choices: CHOICES,
};
