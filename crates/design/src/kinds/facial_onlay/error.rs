//! Why an onlay cannot be planned or designed.

use ossein_anatomy::JawError;
use ossein_field::lattice::LatticeError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;
use ossein_shape::symmetry::SymmetryError;

use crate::NearError;

/// No onlay can be planned:
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing says what is wanted.
    #[error(
        "[plan] says nothing of the wanted face: give [[plan.handles]] with at_mm, height_mm and \
         reach_mm, or target = \"mirror\" (or the path of a surface) with centre_mm"
    )]
    Nothing,
    /// There is no bone.
    #[error("there is no bone in the scan or label map: nothing for an onlay to lie on")]
    NoBone,
    /// A point that lies off the bone.
    #[error(
        "[plan] {what} at {at:?} lies {away_mm:.1} mm from the bone, whose nearest place is \
         {nearest:.1?}; at most {limit_mm} mm are taken for meant"
    )]
    OffBone {
        /// `handle 2`, `centre_mm`.
        what: String,
        /// The point, LPS.
        at: [f64; 3],
        /// Its distance.
        away_mm: f64,
        /// Nearest place on the bone, LPS.
        nearest: [f64; 3],
        /// The limit.
        limit_mm: f64,
    },
    /// A value outside what can be meant.
    #[error("[plan] {what}: {key} = {value} is not within {min} to {max} mm")]
    Range {
        /// `handle 2`.
        what: String,
        /// Key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// Least.
        min: f64,
        /// Most.
        max: f64,
    },
    /// Handles look to all sides.
    #[error(
        "the bone under handle {number} looks {angle_deg:.0} degrees away from the way on which \
         the onlay is put on; at most {limit_deg} can be reached: give [plan] way_on, or split the \
         onlay into two cases"
    )]
    Turned {
        /// Number of the handle, from 1.
        number: usize,
        /// The angle.
        angle_deg: f64,
        /// The limit.
        limit_deg: f64,
    },
    /// A direction without a length.
    #[error("[plan] way_on has no length")]
    NoWay,
    /// A mirror image or a midline is wanted, and there is no plane.
    #[error("{what} needs the plane of symmetry: {reason}")]
    NoPlane {
        /// What needs it.
        what: &'static str,
        /// Why there is none.
        reason: String,
    },
    /// The jaw cannot be measured.
    #[error(transparent)]
    Jaw(#[from] JawError),
    /// The plane cannot be found.
    #[error(transparent)]
    Symmetry(#[from] SymmetryError),
    /// The bone's surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// An onlay that cannot be designed:
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The lattice cannot be made.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// Distances could not be taken.
    #[error(transparent)]
    Near(#[from] NearError),
    /// The target is an open surface.
    #[error(
        "[plan] target: the surface has {open_edge_count} open edges; a closed one is needed, \
         such as the bone with the wanted face on it"
    )]
    OpenTarget {
        /// How many.
        open_edge_count: usize,
    },
    /// The target is a shell.
    #[error(
        "[plan] target: the surface is a shell: over {percent:.0} % of the bone it leaves a hollow, \
         {gap_mm:.1} mm wide at {at:.1?}; draw the wanted face as a solid that reaches into the bone"
    )]
    Hollow {
        /// Share of the bone, percent.
        percent: f64,
        /// The widest gap.
        gap_mm: f64,
        /// Where that is, LPS.
        at: [f64; 3],
    },
    /// The target lies elsewhere.
    #[error(
        "[plan] target: the surface lies {away_mm:.0} mm from centre_mm, and is {span_mm:.3} mm long; \
         within {reach_mm} mm of the centre there is none of it: {hint}"
    )]
    FarTarget {
        /// From the centre to its nearest place.
        away_mm: f64,
        /// Its longest edge.
        span_mm: f64,
        /// How far is looked.
        reach_mm: f64,
        /// What may be wrong.
        hint: &'static str,
    },
    /// No target surface was given.
    #[error("[plan] target: the plan asks for a surface, and none was given")]
    NoTarget,
    /// Nothing would be added.
    #[error(
        "there is nothing to add: {what} stands {mean_mm:.2} mm above the bone in the mean \
         (negative is beneath), {most_mm:.2} mm at most, within {reach_mm} mm of the centre; the \
         thinnest onlay of this material is {least_mm:.2} mm with its gap"
    )]
    NothingToAdd {
        /// `the mirror image`.
        what: &'static str,
        /// Mean height of the target above the bone.
        mean_mm: f64,
        /// Greatest.
        most_mm: f64,
        /// Around which.
        reach_mm: f64,
        /// What an onlay needs.
        least_mm: f64,
    },
    /// Too high.
    #[error(
        "the face would stand {height_mm:.1} mm above the bone at {at:.1?}; [implant] \
         height_max_mm allows {limit_mm} (facts D2.24: 3 to 12)"
    )]
    TooHigh {
        /// How high.
        height_mm: f64,
        /// Where, LPS.
        at: [f64; 3],
        /// The limit.
        limit_mm: f64,
    },
    /// Pieces.
    #[error(
        "the onlay falls apart: {share:.0} % of it ({loose_mm3:.0} mm3) hang on nothing, where \
         bone, a foramen or a thin place cuts it; move the handles, or make it higher between them"
    )]
    FallsApart {
        /// Share that is loose, percent.
        share: f64,
        /// Its volume.
        loose_mm3: f64,
    },
    /// The midline misses the onlay.
    #[error(
        "[implant] two_piece: the midline parts the onlay {least_percent:.0} to {most_percent:.0}; \
         a piece has at least {limit_percent} % of the whole"
    )]
    NoHalves {
        /// Share of the smaller piece, percent.
        least_percent: f64,
        /// Share of the other.
        most_percent: f64,
        /// The limit.
        limit_percent: f64,
    },
    /// No place for a screw.
    #[error(
        "no place for a screw in {piece}: of {place_count} places {thin} are too thin or too near \
         to the outline, {slanted} look away from the way on, {shallow} find less than \
         {thread_mm_min} mm of bone, {near} come too near to nerve or roots; choose [implant] \
         screw_count = 0 for an onlay that is held otherwise"
    )]
    NoScrew {
        /// `the onlay`, `the left piece`.
        piece: &'static str,
        /// Places looked at.
        place_count: usize,
        /// Of these.
        thin: usize,
        /// Of these.
        slanted: usize,
        /// Of these.
        shallow: usize,
        /// Of these.
        near: usize,
        /// Least thread.
        thread_mm_min: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
