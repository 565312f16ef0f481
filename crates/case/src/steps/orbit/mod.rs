//! The road of a plate for the floor of an orbit.

pub mod design;
mod gallery;
pub mod plan;

use ossein_design::kinds::orbital_floor::{Design, KIND};
use ossein_dossier::pages;

use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, import, prepare};
use crate::choices::{DOSSIER, PRINT};
use crate::recipe::Recipe;
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Scan,
    shared: &[PRINT, DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: None,
    pages: pages::ORBIT,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    import::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    document::step(&["import", "plan", "design", "prepare"]),
];

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    if recipe.plan.orbit.is_some() { Vec::new() } else { vec!["[plan] orbit"] }
}
