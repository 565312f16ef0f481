//! Why no root-analogue implant can be planned or designed.

use ossein_anatomy::tooth::ToothError;
use ossein_field::band::BandError;
use ossein_field::lattice::LatticeError;
use ossein_field::mesh_distance::MeshFieldError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;

/// No implant can be planned:
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No labels of teeth with their bone.
    #[error(
        "no jaw has labels for both its bone and its teeth: name `mandible` and `lower_teeth`, or \
         `maxilla` and `upper_teeth`"
    )]
    NoJaw,
    /// The tooth cannot be measured.
    #[error("[plan] tooth_mm: {0}")]
    Tooth(#[from] ToothError),
    /// Its roots lean apart.
    #[error(
        "the tooth's {count} roots lean {divergence_deg:.0} degrees apart: up to {limit_deg} \
         degrees an implant of all of them goes in along one way; [plan] roots = \"one\" copies \
         the largest alone"
    )]
    Divergent {
        /// Roots.
        count: usize,
        /// Largest angle between two.
        divergence_deg: f64,
        /// The limit.
        limit_deg: f64,
    },
    /// Too little root.
    #[error(
        "{root_mm:.1} mm of root stand in bone: less than {limit_mm} mm hold no implant; look at \
         the labels around it"
    )]
    Short {
        /// Root under the crest.
        root_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// No implant can be designed:
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The tooth cannot be measured.
    #[error(transparent)]
    Tooth(#[from] ToothError),
    /// A label that the plan was made with is gone.
    #[error("the plan's jaw has no labels: plan again")]
    NoJaw,
    /// The lattice cannot be made.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// The tooth's surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The surface is no solid.
    #[error(transparent)]
    Mesh(#[from] MeshFieldError),
    /// Distances could not be taken.
    #[error(transparent)]
    Band(#[from] BandError),
    /// Nothing is left for the abutment.
    #[error(
        "[implant] margin_mm = {margin_mm} and taper_deg = {taper_deg} leave an abutment \
         {width_mm:.1} mm wide at its top; at least {limit_mm} mm hold a crown: up to margin_mm = \
         {margin_mm_max:.1}, or a lower abutment_mm"
    )]
    Abutment {
        /// The margin chosen.
        margin_mm: f64,
        /// The taper chosen.
        taper_deg: f64,
        /// Width that is left.
        width_mm: f64,
        /// The least.
        limit_mm: f64,
        /// The widest margin that does.
        margin_mm_max: f64,
    },
    /// Undercuts take most of the root.
    #[error(
        "on the way in along the axis, undercuts take {:.0} % of the root; up to {:.0} % the rest \
         still fits its socket", 100.0 * share, 100.0 * limit
    )]
    Undercut {
        /// Share of the root's volume.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// The porous layer leaves no core.
    #[error(
        "[implant] layer_mm = {layer_mm} leaves a core {core_mm:.1} mm thick where the layer \
         begins; at least {limit_mm} mm: up to layer_mm = {layer_mm_max:.1}, or \
         surface = \"textured\""
    )]
    Core {
        /// The layer chosen.
        layer_mm: f64,
        /// The core's least width.
        core_mm: f64,
        /// The least allowed.
        limit_mm: f64,
        /// The thickest layer that does.
        layer_mm_max: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
