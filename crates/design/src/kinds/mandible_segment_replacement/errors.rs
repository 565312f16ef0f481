//! Why a segment cannot be designed.

use ossein_anatomy::JawError;
use ossein_field::lattice::LatticeError;
use ossein_field::text::TextError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;

use crate::NearError;

/// A segment that cannot be designed.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The bone.
    #[error(transparent)]
    Jaw(#[from] JawError),
    /// The lattice cannot be made.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// Distances could not be taken.
    #[error(transparent)]
    Near(#[from] NearError),
    /// Screws too near each other.
    #[error(
        "[implant] screw_pitch_mm = {pitch_mm}: screws of {diameter_mm} mm stand at least \
         {least_mm:.1} mm apart (2.5 diameters, facts D2.16)"
    )]
    PitchTooSmall {
        /// As chosen.
        pitch_mm: f64,
        /// Diameter of the screws.
        diameter_mm: f64,
        /// The least.
        least_mm: f64,
    },
    /// A plate that is too narrow for its screws.
    #[error(
        "[implant] plate_width_mm = {width_mm}: screws of {diameter_mm} mm with heads of \
         {head_mm} mm and {edge_mm} mm from hole to edge need {least_mm:.1} mm"
    )]
    PlateTooNarrow {
        /// As chosen.
        width_mm: f64,
        /// Diameter of the screws.
        diameter_mm: f64,
        /// Diameter of their heads.
        head_mm: f64,
        /// Hole to edge.
        edge_mm: f64,
        /// The least.
        least_mm: f64,
    },
    /// A stump on which no plate has room.
    #[error(
        "the bone that stays at the {end} end is too short for a plate: {room_mm:.0} mm beyond \
         the cut can carry one, and {count} screws need {needed_mm:.0} mm"
    )]
    StumpTooShort {
        /// `right` or `left` along the jaw.
        end: &'static str,
        /// Bone that could carry a plate, mm from the cut.
        room_mm: f64,
        /// Screws that were wanted.
        count: usize,
        /// What they need, mm.
        needed_mm: f64,
    },
    /// Too few screws find a place.
    #[error(
        "at the {end} end only {placed} of {wanted} screws find a place, 3 are needed: of the \
         places that were tried {canal} % come within {canal_mm} mm of the mandibular canal, \
         {roots} % within {root_mm} mm of a tooth, and {thin} % find too little bone; {help}"
    )]
    ScrewsBlocked {
        /// `right` or `left` along the jaw.
        end: &'static str,
        /// Screws that were placed.
        placed: usize,
        /// Screws that were wanted.
        wanted: usize,
        /// Percent of the places that the canal blocks.
        canal: usize,
        /// Percent that teeth block.
        roots: usize,
        /// Percent with too little bone.
        thin: usize,
        /// Clearance to the canal.
        canal_mm: f64,
        /// Clearance to teeth.
        root_mm: f64,
        /// What would help.
        help: &'static str,
    },
    /// The segment cannot be put in.
    #[error(
        "the segment cannot be put in: on its best way, {way}, bone that stays holds it back by \
         {blocked_mm:.1} mm (at most {limit_mm} mm can be eased); tilt the cuts so that they open \
         to the side, or shorten the plate"
    )]
    Blocked {
        /// The way, in words.
        way: String,
        /// How deep bone stands in the way.
        blocked_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// Nothing is left.
    #[error("nothing is left of the segment between two gaps of {gap_mm} mm")]
    Empty {
        /// The gap.
        gap_mm: f64,
    },
    /// A letter that cannot be engraved.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
