//! What a road designs, kept in memory: built once, and again where a run goes on without it.

use std::sync::Arc;

use ossein_design::Part;
use ossein_geom::{self as geom, Choices, Found, Job};
use serde::Serialize;
use serde_json::{Value, json};

use crate::load;
use crate::preview::Preview;
use crate::standing::Standing;
use crate::step::{Outcome, StepContext, StepError};

/// Where the figures of an implant are kept.
pub const FILE: &str = "implant/design.json";

/// Under which a design is kept: a case has one.
const KEY: &str = "design";

/// The design of a kind, which its road builds from what stands of the case.
pub trait Made: Sized + Send + Sync + 'static {
    /// Builds it.
    ///
    /// # Errors
    /// What the case's files or the design report.
    fn build(standing: &mut Standing<'_>, job: &Job) -> Result<Found<Self>, StepError>;
}

/// A design that is one part.
pub trait OnePart: Made {
    /// The part to be made.
    fn part(&self) -> Part;
}

/// A design that is one part, at any step between its samples.
pub trait Sampled: Sized + Send + Sync + 'static {
    /// Its figures.
    type Report: Serialize;
    /// Between samples of the part that is made, mm.
    const STEP_MM: f64;
    /// Choices that the report of the case tells beside the figures: key there (with a dot where
    /// it lies in a table), `section.key`.
    const TOLD: &'static [(&'static str, &'static str)];

    /// Builds it with samples `step_mm` apart.
    ///
    /// # Errors
    /// What the case's files or the design report.
    fn sampled(
        standing: &mut Standing<'_>,
        step_mm: f64,
        job: &Job,
    ) -> Result<Found<Self>, StepError>;

    /// The part with samples `step_mm` apart, where only its shape is asked for.
    ///
    /// # Errors
    /// As [`Sampled::sampled`].
    fn shape(standing: &mut Standing<'_>, step_mm: f64, job: &Job) -> Result<Part, StepError> {
        Ok(Sampled::part(&Self::sampled(standing, step_mm, job)?.value))
    }

    /// The part to be made.
    fn part(&self) -> Part;

    /// Its figures.
    fn report(&self) -> &Self::Report;
}

impl<D: Sampled> Made for D {
    fn build(standing: &mut Standing<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        D::sampled(standing, D::STEP_MM, job)
    }
}

impl<D: Sampled> OnePart for D {
    fn part(&self) -> Part {
        Sampled::part(self)
    }
}

/// The work of a design step: builds, writes the figures to [`FILE`] and keeps the design.
///
/// # Errors
/// What building or the disk report.
pub fn run<D: Sampled>(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = D::build(context, job)?;
    context.write_json(FILE, design.report())?;
    let mut implant = serde_json::to_value(design.report())?;
    for (key, choice) in D::TOLD {
        let place = key.split('.').fold(&mut implant, |place, key| &mut place[key]);
        *place = chosen(context.choices(), choice);
    }
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "implant": implant }) })
}

fn chosen(choices: &Choices, name: &str) -> Value {
    match choices.value(name) {
        geom::Value::Word(word) => json!(word),
        geom::Value::Flag(flag) => json!(flag),
        geom::Value::Number(_) | geom::Value::Whole(_) => json!(choices.number(name)),
    }
}

/// The part with samples `step_mm` apart.
///
/// # Errors
/// What building it reports.
pub fn preview<D: Sampled>(
    standing: &mut Standing<'_>,
    step_mm: f64,
    job: &Job,
) -> Result<Preview, StepError> {
    Preview::of(&D::shape(standing, step_mm, job)?, job)
}

/// Keeps what was built.
pub fn keep<D: Made>(standing: &mut Standing<'_>, design: D) {
    standing.put(KEY, Arc::new(design));
}

/// The design of this case: from memory, or built again.
///
/// # Errors
/// What building it reports.
pub fn design_of<D: Made>(standing: &mut Standing<'_>, job: &Job) -> Result<Arc<D>, StepError> {
    load::kept(standing, KEY, |standing| Ok(D::build(standing, job)?.value))
}

/// The part to be made.
///
/// # Errors
/// What building the design reports.
pub fn part_of<D: OnePart>(standing: &mut Standing<'_>, job: &Job) -> Result<Part, StepError> {
    Ok(design_of::<D>(standing, job)?.part())
}
