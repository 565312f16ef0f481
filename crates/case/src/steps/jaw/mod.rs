//! The road of a jaw segment.

pub mod design;
mod gallery;
mod guide;
pub mod labels;
pub mod plan;
pub mod verify;

use ossein_design::kinds::mandible_segment_replacement::KIND;
use ossein_dossier::pages;

use super::road::Road;
use super::{document, prepare};
use crate::choices::{DOSSIER, PRINT};
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    gated: false,
    shared: &[ossein_design::guide::CHOICES, PRINT, DOSSIER],
    missing: labels::missing,
    part: design::part_of,
    preview: design::preview,
    sizes: None,
    pages: pages::JAW,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    labels::STEP,
    plan::STEP,
    design::STEP,
    guide::STEP,
    prepare::STEP,
    verify::STEP,
    document::step(&["import", "plan", "design", "guide", "prepare", "verify"]),
];
