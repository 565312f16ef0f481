//! The road of an anatomical model.

pub mod design;
mod gallery;

use ossein_design::kinds::anatomical_model::KIND;
use ossein_dossier::pages;

use super::road::{Road, Start};
use super::{document, labels};
use crate::choices::DOSSIER;
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Labels(&[]),
    shared: &[DOSSIER],
    missing: labels::missing,
    part: None,
    preview: design::preview,
    sizes: None,
    pages: pages::MODEL,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[labels::STEP, design::STEP, document::step(&["import", "design"])];
