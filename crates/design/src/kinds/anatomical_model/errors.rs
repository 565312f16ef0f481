//! Why a model cannot be made.

use ossein_field::band::BandError;
use ossein_field::mesh_distance::MeshFieldError;
use ossein_field::text::TextError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;
use ossein_mesh::{Defects, SimplifyError};

/// No model can be made:
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No voxel carries a label that is modelled.
    #[error("no voxel carries a label that is modelled")]
    Nothing,
    /// All is crumbs.
    #[error(
        "all {count} parts are smaller than {crumb_mm3} mm3 and would be left out: take a smaller \
         [model] crumb_mm3"
    )]
    Crumbs {
        /// The limit, mm³.
        crumb_mm3: f64,
        /// How many there are.
        count: usize,
    },
    /// A cut that meets nothing.
    #[error(
        "[plan] cuts: cut {number} meets nothing: the model reaches from {low_mm:.1} to \
         {high_mm:.1} mm along its normal, seen from its point"
    )]
    Missed {
        /// Number of the cut, from 1.
        number: usize,
        /// Lowest place along its normal, mm.
        low_mm: f64,
        /// Highest.
        high_mm: f64,
    },
    /// A letter that cannot be engraved.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A surface is not closed.
    #[error(transparent)]
    Open(#[from] Defects),
    /// A surface could not be simplified.
    #[error(transparent)]
    Simplify(#[from] SimplifyError),
    /// Distances could not be had.
    #[error(transparent)]
    Mesh(#[from] MeshFieldError),
    /// Distances could not be kept.
    #[error(transparent)]
    Band(#[from] BandError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
