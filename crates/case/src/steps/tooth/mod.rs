//! The road of a root-analogue implant.

pub mod design;
mod gallery;
pub mod plan;
pub mod verify;

use ossein_design::kinds::root_analogue_implant::{Design, JawTeeth, KIND};
use ossein_dossier::pages;

use super::labels::{self, Labels, Wanted};
use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, prepare};
use crate::choices::{DOSSIER, PRINT, REFINEMENT};
use crate::recipe::Recipe;
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Labels(&LABELS),
    shared: &[REFINEMENT, PRINT, DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: None,
    pages: pages::TOOTH,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    labels::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    verify::STEP,
    document::step(&["import", "plan", "design", "prepare", "verify"]),
];

const NO_LOWER: &str = "no lower tooth can be replaced";
const NO_UPPER: &str = "no upper tooth can be replaced, nothing is known of the opposing teeth";

/// Both jaws with their teeth, and the nerve of the lower one.
const LABELS: [Wanted; 5] = [
    Wanted { name: "mandible", without: Some(NO_LOWER) },
    Wanted { name: "lower_teeth", without: Some(NO_LOWER) },
    Wanted { name: "mandibular_canal", without: Some("the implant is not kept clear of it") },
    Wanted { name: "maxilla", without: Some(NO_UPPER) },
    Wanted { name: "upper_teeth", without: Some(NO_UPPER) },
];

/// As the design wants them.
fn jaw_teeth(labels: &Labels) -> JawTeeth<'_> {
    let both = |teeth: &str, bone: &str| Some([labels.number(teeth)?, labels.number(bone)?]);
    JawTeeth {
        volume: &labels.volume,
        lower: both("lower_teeth", "mandible"),
        upper: both("upper_teeth", "maxilla"),
        canal: labels.number("mandibular_canal"),
    }
}

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let mut missing = labels::missing(recipe);
    if recipe.plan.tooth_mm.is_none() {
        missing.push("[plan] tooth_mm");
    }
    missing
}
