//! The road of a jaw segment.

pub mod design;
mod gallery;
mod guide;
pub mod plan;
mod sizes;
pub mod verify;

use ossein_anatomy::JawLabels;
use ossein_design::kinds::mandible_segment_replacement::{Design, KIND};
use ossein_dossier::pages;

use super::labels::{self, Labels, Wanted};
use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, prepare};
use crate::choices::{DOSSIER, PRINT, REFINEMENT};
use crate::recipe::Recipe;
use crate::step::{StepDef, StepError};

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Labels(&LABELS),
    shared: &[ossein_design::guide::CHOICES, REFINEMENT, PRINT, DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: Some(sizes::write),
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

/// The jaw itself, its teeth, its nerve.
const LABELS: [Wanted; 3] = [
    Wanted { name: "mandible", without: None },
    Wanted { name: "lower_teeth", without: Some("no screw is kept clear of it") },
    Wanted { name: "mandibular_canal", without: Some("no screw is kept clear of it") },
];

/// As the anatomy wants them.
fn jaw_labels(labels: &Labels) -> Result<JawLabels<'_>, StepError> {
    let [mandible, teeth, canal] = LABELS;
    Ok(JawLabels {
        volume: &labels.volume,
        mandible: labels.needed(mandible.name)?,
        teeth: labels.number(teeth.name),
        canal: labels.number(canal.name),
    })
}

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let mut missing = labels::missing(recipe);
    if recipe.plan.resection.is_none() {
        missing.push("[plan] resection or planes");
    }
    missing
}
