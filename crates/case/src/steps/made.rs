//! What a road designs, kept in memory: built once, and again where a run goes on without it.

use std::sync::Arc;

use ossein_design::Part;
use ossein_geom::{Found, Job};

use crate::load;
use crate::step::{StepContext, StepError};

/// Under which it is kept: a case has one.
const KEY: &str = "design";

/// The design of a kind, which its road builds from the files of the steps before.
pub trait Made: Sized + Send + Sync + 'static {
    /// Builds it.
    ///
    /// # Errors
    /// What the steps' files or the design report.
    fn build(context: &mut StepContext<'_>, job: &Job) -> Result<Found<Self>, StepError>;
}

/// A design that is one part.
pub trait OnePart: Made {
    /// The part to be made.
    fn part(&self) -> Part;
}

/// Keeps what was built.
pub fn keep<D: Made>(context: &mut StepContext<'_>, design: D) {
    context.put(KEY, Arc::new(design));
}

/// The design of this case: from memory, or built again.
///
/// # Errors
/// What building it reports.
pub fn design_of<D: Made>(context: &mut StepContext<'_>, job: &Job) -> Result<Arc<D>, StepError> {
    load::kept(context, KEY, |context| Ok(D::build(context, job)?.value))
}

/// The part to be made.
///
/// # Errors
/// What building the design reports.
pub fn part_of<D: OnePart>(context: &mut StepContext<'_>, job: &Job) -> Result<Part, StepError> {
    Ok(design_of::<D>(context, job)?.part())
}
