//! Drill guide for dental implants: a shell on teeth or bone that leads drills along planned axes.
//!
//! Needs: a label map of a jaw, its teeth and canal, and where implants are planned. Gives: what
//! stands around each implant, the guide, and how far its drills may miss. Source: facts D2.16,
//! D2.37 to D2.39.

mod choices;
mod course;
mod design;
mod errors;
mod findings;
mod ground;
mod letters;
mod plan;
mod resolve;
mod sleeve;
mod support;

pub use choices::CHOICES;
pub use design::{Design, Inputs, PART_STEP_MM, Report, design};
pub use errors::{DesignError, PlanError};
pub use plan::{Between, GuideLabels, GuidePlan, JawParts, Planned, plan};
pub use resolve::{Ask, Asked};
pub use sleeve::{Pair, SleeveFigures};
pub use support::Support;

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "dental_drill_guide",
    title: "Drill guide for dental implants",
    asks: &["segmentation.table", "plan.implants", "plan.extracted_mm", "plan.put_on_from"],
    choices: CHOICES,
};
