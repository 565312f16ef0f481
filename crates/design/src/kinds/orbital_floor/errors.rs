//! Why a plate of the orbit's floor cannot be planned or designed.

use ossein_anatomy::orbit::OrbitError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;
use ossein_shape::icp::IcpError;
use ossein_shape::symmetry::SymmetryError;

use crate::NearError;

/// No plate can be planned:
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No points.
    #[error(
        "[plan] orbit is not given: {{ rim = [x, y, z], upper_rim = [..], lateral_rim = [..], \
         canal = [..] }} on the bone of the broken orbit, LPS, mm"
    )]
    Nothing,
    /// A point lies off the scan.
    #[error(
        "[plan] orbit: {what} at {at:?} lies outside the scan, which goes from {min:.0?} to {max:.0?}"
    )]
    OffScan {
        /// Which.
        what: &'static str,
        /// The point, LPS.
        at: [f64; 3],
        /// The scan's lower corner.
        min: [f64; 3],
        /// The scan's upper corner.
        max: [f64; 3],
    },
    /// A point lies off the bone.
    #[error(
        "[plan] orbit: {what} at {at:?} lies {away_mm:.1} mm from the bone; at most {limit_mm} mm \
         are taken for meant"
    )]
    OffBone {
        /// Which.
        what: &'static str,
        /// The point, LPS.
        at: [f64; 3],
        /// How far.
        away_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// The side that was said is not that of the points.
    #[error(
        "[plan] side = \"{said}\", and the points lie on the {told}, as the face has it: correct one \
         of them"
    )]
    Side {
        /// In the recipe.
        said: String,
        /// From the points.
        told: &'static str,
    },
    /// The points are none of an orbit.
    #[error(transparent)]
    Orbit(#[from] OrbitError),
    /// No plane of symmetry.
    #[error("no mirror image can be taken: {0}")]
    Symmetry(#[from] SymmetryError),
    /// The other orbit lies outside the scan.
    #[error(
        "the other orbit is not whole in the scan: {percent:.0} % of the room around it lie outside; \
         without it there is nothing to draw the floor after"
    )]
    OtherOff {
        /// Share outside.
        percent: f64,
    },
    /// The mirror image does not come onto the broken side.
    #[error("the other orbit's mirror image could not be brought onto the broken one: {0}")]
    Register(#[from] IcpError),
    /// The other orbit is no orbit.
    #[error(
        "the other orbit cannot stand as a pattern: {why}; a floor that is broken on both sides \
         cannot be drawn after a mirror image (facts D2.21)"
    )]
    Bilateral {
        /// What is wrong with it.
        why: String,
    },
    /// The canal's point lies behind the orbit.
    #[error(
        "[plan] orbit: canal lies {depth_mm:.1} mm behind rim; closed there the other orbit holds \
         {volume_ml:.1} mL, more than any, and closed {fits_mm:.0} mm behind rim {fits_ml:.1} mL: \
         is that point behind the optic canal's opening into the orbit?"
    )]
    Behind {
        /// From rim to canal along the orbit.
        depth_mm: f64,
        /// Volume of the other orbit.
        volume_ml: f64,
        /// A depth at which it is closed.
        fits_mm: f64,
        /// Its volume then.
        fits_ml: f64,
    },
    /// There is nothing to repair.
    #[error(
        "no defect: nowhere within {reach_mm} mm of the rim does a floor of {area_mm2:.0} mm2 or more \
         lie {drop_mm} mm or more beneath the other orbit's mirror image; give [plan] \
         outline_mm for \
         bone that is yet to be taken out"
    )]
    NoDefect {
        /// How far was looked.
        reach_mm: f64,
        /// Least area.
        area_mm2: f64,
        /// The limit.
        drop_mm: f64,
    },
    /// An outline that is none.
    #[error("[plan] outline_mm: {0}")]
    Outline(String),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// No plate can be designed:
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The defect goes too far back or too near to the canal.
    #[error(
        "{percent:.0} % of the defect lie farther than {reach_mm} mm behind the rim or nearer than \
         {canal_mm} mm to the optic canal (facts D2.23): no plate may cover them"
    )]
    TooFar {
        /// Share of the defect.
        percent: f64,
        /// Greatest reach.
        reach_mm: f64,
        /// Least distance to the canal.
        canal_mm: f64,
    },
    /// Nothing to rest on.
    #[error(
        "no bone to rest on {place}: {percent:.0} % of the plate's edge there lie within {near_mm} mm \
         of bone, and at least {percent_min:.0} % must; choose a wider [implant] margin_mm, or a \
         plate that is held otherwise"
    )]
    NoRest {
        /// `on the rim`.
        place: &'static str,
        /// Share that rests.
        percent: f64,
        /// Near.
        near_mm: f64,
        /// Least share.
        percent_min: f64,
    },
    /// Bone is in the way.
    #[error(
        "the way in is blocked: lifted by up to {lift_mm} mm and drawn out over the rim, {percent:.0} \
         % of the plate meet bone; at most {percent_max} % may"
    )]
    Blocked {
        /// Highest lift that was tried.
        lift_mm: f64,
        /// Share that is blocked.
        percent: f64,
        /// Greatest share.
        percent_max: f64,
    },
    /// No place for screws.
    #[error(
        "{found} of {wanted} screws find a place on the rim: of {place_count} places {steep} look \
         to where no driver comes from (45 degrees off, or backwards), {shallow} find less than \
         {thread_mm_min} mm of bone, the others lie too near \
         to the edge or to each other; choose a wider [implant] flange_width_mm"
    )]
    NoScrew {
        /// Placed.
        found: usize,
        /// Asked for.
        wanted: usize,
        /// Looked at.
        place_count: usize,
        /// Of these.
        steep: usize,
        /// Of these.
        shallow: usize,
        /// Least thread.
        thread_mm_min: f64,
    },
    /// Pieces.
    #[error("the plate falls apart: {loose_mm3:.0} mm3 of it hang on nothing, where bone cuts it")]
    FallsApart {
        /// Loose volume.
        loose_mm3: f64,
    },
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// Distances could not be taken.
    #[error(transparent)]
    Near(#[from] NearError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
