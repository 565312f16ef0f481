//! A step: hashed inputs and parameters to hashed outputs, with findings.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use ossein_geom::{Finding, Job};
use serde_json::Value;

pub use crate::context::{StepContext, WriteSeek};
use crate::recipe::Recipe;

/// A file or folder from outside `out/`, which counts by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// What it is: `scan`, `tumour`.
    pub name: &'static str,
    /// Where it lies.
    pub path: PathBuf,
}

impl External {
    /// From its name and place.
    pub fn new(name: &'static str, path: PathBuf) -> Self {
        Self { name, path }
    }
}

/// What a step gives beside its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What someone should look at.
    pub findings: Vec<Finding>,
    /// An object; its keys go into the report.
    pub summary: Value,
}

/// Why a step could not be done: any error, with its sources.
pub struct StepError(Box<dyn Error + Send + Sync>);

impl StepError {
    /// From a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The error itself.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for StepError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Debug for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The files that a step reads from outside.
pub type InputsFn = fn(&Recipe, &Path) -> Result<Vec<External>, StepError>;
/// The work of a step.
pub type RunFn = fn(&mut StepContext<'_>, &Job) -> Result<Outcome, StepError>;

/// One step of the road from scan to dossier.
#[derive(Clone, Copy)]
pub struct StepDef {
    /// Short fixed name.
    pub id: &'static str,
    /// Grows when the step's results change.
    pub version: u32,
    /// Steps whose outputs it reads; each stands before it in the list.
    pub needs: &'static [&'static str],
    /// Name for people.
    pub title: &'static str,
    /// What it reads of the recipe, and no more.
    pub params: fn(&Recipe) -> Value,
    /// What it reads from outside.
    pub inputs: InputsFn,
    /// Its work.
    pub run: RunFn,
}

impl StepDef {
    /// For a step that reads nothing from outside.
    pub const NO_INPUTS: InputsFn = |_, _| Ok(Vec::new());
}
