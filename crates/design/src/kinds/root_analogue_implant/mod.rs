//! Root-analogue implant: in the place of a tooth, its root's own shape, with an abutment.
//!
//! Needs: a label map of teeth and bone, and a point in the tooth. Gives: the tooth told apart and
//! measured, the implant of one piece. Source: facts D2.41 to D2.43.

mod choices;
mod design;
mod errors;
mod ground;
mod plan;
mod shape;

pub use choices::{CHOICES, MATERIALS, material};
pub use design::{Design, Inputs, PART_STEP_MM, Report, design};
pub use errors::{DesignError, PlanError};
pub use plan::{JawTeeth, RootPlan, plan};
pub use shape::{Fit, wanted_offset_mm};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "root_analogue_implant",
    title: "Root-analogue dental implant",
    asks: &["segmentation.table", "plan.tooth_mm"],
    choices: CHOICES,
};
