//! The steps from scan to dossier: one a file, and this list.

pub mod anatomy;
pub mod design;
pub mod document;
pub mod import;
pub mod plan;
pub mod prepare;
pub mod segment;
pub mod verify;

use crate::step::StepDef;

/// Every step, in the order in which they run.
pub const STEPS: &[StepDef] = &[
    import::STEP,
    segment::STEP,
    anatomy::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    verify::STEP,
    document::STEP,
];
