//! The road of a vertebral body replacement.

pub mod anatomy;
pub mod design;
mod gallery;
mod maps;
mod pictures;
pub mod plan;
pub mod segment;
mod sizes;
pub mod verify;

use ossein_design::kinds::vertebral_body_replacement::{Design, KIND};
use ossein_dossier::pages;

use super::made::part_of;
use super::road::{Road, Start};
use super::{document, import, prepare};
use crate::choices::{DOSSIER, MECHANICS, PRINT, REFINEMENT};
use crate::recipe::Recipe;
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Scan,
    shared: &[ossein_design::plan::CHOICES, MECHANICS, REFINEMENT, PRINT, DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: design::preview,
    sizes: Some(sizes::write),
    pages: pages::VERTEBRA,
    pictures: gallery::pictures,
    captions: pictures::captions,
};

const STEPS: &[StepDef] = &[
    import::STEP,
    segment::STEP,
    anatomy::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    verify::STEP,
    document::step(&["import", "segment", "anatomy", "plan", "design", "prepare", "verify"]),
];

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if recipe.segmentation.labels.is_none() && recipe.segmentation.seeds.is_empty() {
        missing.push("[segmentation] seeds or labels");
    }
    if recipe.plan.resect.is_empty() {
        missing.push("[plan] resect");
    }
    missing
}
