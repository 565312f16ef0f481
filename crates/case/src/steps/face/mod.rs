//! The road of an onlay of the face: from a CT, or from a label map where the recipe's table names
//! labels.

mod carrier;
pub mod design;
mod gallery;
mod pieces;
pub mod plan;

use std::path::Path;

use ossein_design::kinds::facial_onlay::{Design, KIND};
use ossein_dossier::pages;
use ossein_geom::Job;
use serde_json::Value;

use super::labels::{self, Wanted};
use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, import, prepare};
use crate::choices::{DOSSIER, PRINT};
use crate::recipe::Recipe;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: START,
    shared: &[PRINT, DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: None,
    pages: pages::FACE,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    IMPORT,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    pieces::STEP,
    document::step(&["import", "plan", "design", "prepare", "pieces"]),
];

const START: Start = Start::Either(&LABELS);

/// The bones that carry onlays, and what screws keep clear of.
const LABELS: [Wanted; 5] = [
    Wanted { name: "mandible", without: Some("no onlay can lie on chin or angle of the jaw") },
    Wanted { name: "skull", without: Some("no onlay can lie on cheek, nose or forehead") },
    Wanted { name: "lower_teeth", without: Some("no screw is kept clear of it") },
    Wanted { name: "upper_teeth", without: Some("no screw is kept clear of it") },
    Wanted { name: "mandibular_canal", without: Some("no screw is kept clear of it") },
];

/// Scan or label map, as the recipe has it.
const IMPORT: StepDef = StepDef {
    id: "import",
    title: "scan or label map",
    version: 1,
    needs: &[],
    params: import_params,
    inputs: import_inputs,
    run: import_run,
};

/// Whether a recipe begins with a label map.
fn is_map(recipe: &Recipe) -> bool {
    START.labels(recipe).is_some()
}

fn import_params(recipe: &Recipe) -> Value {
    if is_map(recipe) { labels::params(recipe) } else { import::params(recipe) }
}

fn import_inputs(recipe: &Recipe, case_dir: &Path) -> Result<Vec<External>, StepError> {
    if is_map(recipe) { labels::inputs(recipe, case_dir) } else { import::inputs(recipe, case_dir) }
}

fn import_run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    if is_map(context.recipe()) { labels::run(context, job) } else { import::run(context, job) }
}

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let target = recipe.plan.onlay.as_ref().and_then(|onlay| onlay.wanted.target.as_ref());
    if target.is_some() { Vec::new() } else { vec!["[plan] handles or target"] }
}
