//! A segment of the lower jaw, replaced: body, plate and screws between two cuts.
//!
//! Needs: a label map with the mandible, better also lower teeth and the mandibular canal, and one
//! or two planes of resection. Gives: the contour of what is missing, a body of that contour with
//! a porous core, a plate on the bone of both sides and its screws. Source: facts D2.1 to D2.16.

mod choices;
mod contour;
mod cuts;
mod design;
mod errors;
mod findings;
mod fixation;
mod ground;
mod insertion;
mod mark;
mod plan;
mod ribbon;
mod shape;
mod sites;

pub use choices::CHOICES;
pub use contour::{Contour, ContourSource};
pub use cuts::{CutPlane, Resection};
pub use design::{Backup, Design, Inputs, PART_STEP_MM, Report, Size, Wing, design, part};
pub use errors::DesignError;
pub use fixation::JawScrew;
pub use insertion::Insertion;
pub use plan::{Plan, PlanError, plan};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "mandible_segment_replacement",
    title: "Lower jaw segment",
    asks: &[
        "segmentation.table",
        "plan.resection",
        "plan.planes",
        "plan.shape_model",
        "mechanics.cases",
        "mechanics.clenches",
    ],
    choices: CHOICES,
};
