//! `ossein shape-model ...`: what many bones of a kind have in common.

mod build;
mod fit;

use std::path::Path;

use ossein_geom::Lps;
use ossein_shape::ShapeModel;

use super::file;
use crate::Exit;
use crate::commands::AnyError;

/// What can be done.
#[derive(clap::Subcommand)]
pub enum Command {
    /// A model from a folder of meshes, label maps or scans.
    Build(build::Arguments),
    /// A model fitted to a bone, or to what is left of one.
    Fit(fit::Arguments),
}

/// Runs the command.
pub fn run(command: &Command) -> Exit {
    match command {
        Command::Build(arguments) => build::run(arguments),
        Command::Fit(arguments) => fit::run(arguments),
    }
}

/// Reads a model.
///
/// # Errors
/// The path with what is wrong.
fn read(path: &Path) -> Result<ShapeModel<Lps>, AnyError> {
    let bytes = file::read(path)?;
    ShapeModel::from_bytes(&bytes, file::BYTE_COUNT_MAX)
        .map_err(|e| format!("{}: {e}", path.display()).into())
}
