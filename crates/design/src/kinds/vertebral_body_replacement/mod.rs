//! Vertebral body replacement: a titanium body between the two endplates that stay.
//!
//! Needs: two endplates, the canal, the scan. Gives: the solid, its screws, its contact. Source:
//! facts D1.19 to D1.27, D3, D9.1.

mod choices;
mod contact;
mod design;
mod lettering;
mod screws;
mod shape;

pub use choices::CHOICES;
pub use contact::{Contact, GapMap};
pub use design::{Design, DesignError, Inputs, Report, Rung, design, ladder};
pub use screws::Screw;
pub use shape::{PART_STEP_MM, Shapes};

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "vertebral_body_replacement",
    title: "Vertebral body replacement",
    asks: &[
        "segmentation.labels",
        "segmentation.table",
        "segmentation.frame",
        "segmentation.seeds",
        "segmentation.threshold_hu",
        "plan.resect",
        "plan.tumour",
        "mechanics.cases",
    ],
    choices: CHOICES,
};
