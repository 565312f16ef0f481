//! The road of a skull plate.

pub mod design;
mod gallery;
pub mod plan;
pub mod verify;

use ossein_design::kinds::cranioplasty::{Design, KIND};
use ossein_dossier::pages;

use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, import, prepare};
use crate::choices::{DOSSIER, PRINT, REFINEMENT};
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Scan,
    shared: &[REFINEMENT, PRINT, DOSSIER],
    missing: |_| Vec::new(),
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: None,
    pages: pages::CRANIUM,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    import::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    verify::STEP,
    document::step(&["import", "plan", "design", "prepare", "verify"]),
];
