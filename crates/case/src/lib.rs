//! A case: recipe, record, store, and the steps from scan to dossier.
//!
//! A case is a folder. [`Recipe`] reads its `case.toml`; [`run()`] computes every step that is out
//! of date and keeps the results by hash in `record.sqlite` and below `out/`. This crate alone
//! touches the disk.

pub mod canonical;
pub mod choices;
mod context;
pub mod demo;
pub mod hash;
pub mod limits;
pub mod load;
mod memory;
pub mod preview;
pub mod recipe;
pub mod record;
pub mod report;
pub mod run;
pub mod source;
pub mod standing;
pub mod step;
pub mod steps;
pub mod store;

pub use recipe::{Recipe, RecipeError};
pub use run::{Event, RunError, RunOptions, RunSummary, run};
pub use standing::Standing;
pub use step::{External, Outcome, StepContext, StepDef, StepError};
