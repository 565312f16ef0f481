//! An onlay of the face: chin, cheek, angle of the jaw, beside the nose, forehead.
//!
//! Needs: bone (a CT, or a label map of skull or mandible) and a wanted face: heights at handles,
//! the other side's mirror image, or a surface. Gives: the onlay between bone and face, its
//! feathered outline, screws, one or two pieces, and the figures of the facial blueprint. Source:
//! facts D2.14 to D2.17, D2.24 to D2.29.

mod choices;
mod design;
mod error;
mod ground;
mod heights;
mod hollow;
mod lie;
mod measure;
mod plan;
mod region;
mod shape;
mod sites;
mod target;

pub use choices::{CHOICES, MATERIALS, REGIONS};
pub use design::{Design, HandleHeight, Inputs, PART_STEP_MM, Report, design, part};
pub use error::{DesignError, PlanError};
pub use heights::Heights;
pub use measure::{Asymmetry, Measure};
pub use plan::{Bone, OnlayPlan, Wanted, plan};
pub use sites::OnlayScrew;
pub use target::{Handle, Target};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "facial_onlay",
    title: "Facial onlay (chin, cheek, jaw angle)",
    asks: &[
        "segmentation.table",
        "segmentation.threshold_hu",
        "plan.target",
        "plan.centre_mm",
        "plan.handles",
        "plan.foramina_mm",
        "plan.way_on",
    ],
    choices: CHOICES,
};
