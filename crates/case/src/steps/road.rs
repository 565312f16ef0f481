//! The road of an implant kind: its steps, and what the steps that all kinds share ask of it.

use ossein_design::Part;
use ossein_design::kinds::Kind;
use ossein_geom::{Choice, Finding, Job};
use ossein_segment::LabelTable;
use serde_json::Value;

use super::document::Pictures;
use super::labels::Wanted;
use super::{cranium, drill, face, jaw, model, orbit, tooth, vertebra};
use crate::preview::Preview;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{StepContext, StepDef, StepError};

/// Sizes beside the one that was planned: writes their files, returns a row for each.
pub type SizesFn = fn(&mut StepContext<'_>, &mut Vec<Finding>, &Job) -> Result<Value, StepError>;

/// What a road begins with.
pub enum Start {
    /// A scan, which the acquisition gate judges.
    Scan,
    /// A label map with these labels; none: labels of any name.
    Labels(&'static [Wanted]),
    /// A label map with these where the recipe's table names labels, else a scan.
    Either(&'static [Wanted]),
}

impl Start {
    /// The labels that a recipe's map is read for; none where it begins with a scan.
    pub fn labels(&self, recipe: &Recipe) -> Option<&'static [Wanted]> {
        match self {
            Self::Scan => None,
            Self::Labels(wanted) => Some(wanted),
            Self::Either(wanted) => {
                matches!(recipe.segmentation.table, LabelTable::Named(_)).then_some(wanted)
            }
        }
    }
}

/// The part of a case.
pub type PartFn = fn(&mut Standing<'_>, &Job) -> Result<Part, StepError>;

/// How a kind of implant comes from the scan to its dossier.
pub struct Road {
    /// The kind.
    pub kind: &'static Kind,
    /// Its steps, in the order in which they run.
    pub steps: &'static [StepDef],
    /// What it begins with.
    pub start: Start,
    /// Tables of choices that it shares with other kinds.
    pub shared: &'static [&'static [Choice]],
    /// What a person has yet to fill in before the case can run to its end.
    pub missing: fn(&Recipe) -> Vec<&'static str>,
    /// The part to be made: from memory, or built again; none for a road that writes its own files.
    pub part: Option<PartFn>,
    /// The part with samples so far apart, mm, from what stands below `out/`.
    pub preview: fn(&mut Standing<'_>, f64, &Job) -> Result<Preview, StepError>,
    /// Other sizes, where the kind has them and the recipe wants their files.
    pub sizes: Option<SizesFn>,
    /// The dossier's pages, in their order.
    pub pages: &'static [&'static str],
    /// The dossier's pictures.
    pub pictures: fn(&mut StepContext<'_>, &Job) -> Result<Pictures, StepError>,
    /// What stands beneath pictures whose names do not say enough.
    pub captions: fn() -> Value,
}

impl Road {
    /// The step before the design: what must stand for choices to be tried.
    pub fn before_design(&self) -> &'static str {
        let ids = self.steps.windows(2).find(|pair| pair[1].id == "design");
        ids.map_or(self.steps[0].id, |pair| pair[0].id)
    }
}

/// Every road, in the order of [`ossein_design::kinds::KINDS`].
pub const ROADS: &[&Road] = &[
    &vertebra::ROAD,
    &cranium::ROAD,
    &jaw::ROAD,
    &face::ROAD,
    &orbit::ROAD,
    &tooth::ROAD,
    &drill::ROAD,
    &model::ROAD,
];

/// The road of the recipe's kind.
///
/// # Panics
/// For a kind without a road: no recipe of one is ever read.
pub fn road(recipe: &Recipe) -> &'static Road {
    let own = |road: &&&Road| road.kind.id == recipe.case.kind;
    ROADS.iter().find(own).expect("every kind has a road")
}
