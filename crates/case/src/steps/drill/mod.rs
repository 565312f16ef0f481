//! The road of a drill guide for dental implants.

pub mod design;
mod gallery;
pub mod plan;

use ossein_design::kinds::dental_drill_guide::{Design, GuideLabels, JawParts, KIND};
use ossein_dossier::pages;

use super::labels::{self, Labels, Wanted};
use super::made::{part_of, preview};
use super::road::{Road, Start};
use super::{document, prepare};
use crate::choices::DOSSIER;
use crate::recipe::Recipe;
use crate::step::StepDef;

/// The road.
pub const ROAD: Road = Road {
    kind: &KIND,
    steps: STEPS,
    start: Start::Labels(&LABELS),
    shared: &[DOSSIER],
    missing,
    part: Some(part_of::<Design>),
    preview: preview::<Design>,
    sizes: None,
    pages: pages::DRILL,
    pictures: gallery::pictures,
    captions: gallery::captions,
};

const STEPS: &[StepDef] = &[
    labels::STEP,
    plan::STEP,
    design::STEP,
    prepare::STEP,
    document::step(&["import", "plan", "design", "prepare"]),
];

/// Both jaws with their teeth, and the nerve of the lower one.
const LABELS: [Wanted; 5] = [
    Wanted { name: "mandible", without: Some("no guide for the lower jaw can be made") },
    Wanted { name: "lower_teeth", without: Some("nothing is kept clear of lower teeth") },
    Wanted { name: "mandibular_canal", without: Some("no implant is kept clear of it") },
    Wanted { name: "maxilla", without: Some("no guide for the upper jaw can be made") },
    Wanted { name: "upper_teeth", without: Some("nothing is kept clear of upper teeth") },
];

/// As the design wants them.
fn guide_labels(labels: &Labels) -> GuideLabels<'_> {
    let parts = |bone: &str, teeth: &str| JawParts {
        bone: labels.number(bone),
        teeth: labels.number(teeth),
    };
    GuideLabels {
        volume: &labels.volume,
        lower: parts("mandible", "lower_teeth"),
        upper: parts("maxilla", "upper_teeth"),
        canal: labels.number("mandibular_canal"),
    }
}

fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let mut missing = labels::missing(recipe);
    if recipe.plan.guide.implants.is_empty() {
        missing.push("[plan] implants");
    }
    missing
}
