//! What is cut out of a jaw, and the contour of what will be missing.

use ossein_anatomy::SURFACE_LEVEL;
use ossein_anatomy::jaw::solid_bone;
use ossein_anatomy::{Jaw, JawError, JawLabels, jaw};
use ossein_geom::{
    Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector, Volume,
};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::simplify::SimplifyError;
use ossein_shape::ShapeModel;
use serde::{Deserialize, Serialize};

use super::contour::{Contour, contour};
use super::cuts::{CutPlane, Resection, cuts};
use crate::sides::header;

/// Half the width of the bone beside its middle, mm: a ramus with its coronoid process, and less
/// than to the other side of the jaw.
pub(super) const BESIDE_MM: f64 = 30.0;
/// What is cut out and where the implant goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The jaw.
    pub jaw: Jaw,
    /// The cuts, the right end's first; the normals point into the bone that stays.
    pub cuts: [CutPlane; 2],
    /// Where they cross the jaw's curve, mm from the chin, positive to the left.
    pub along_mm: [f64; 2],
    /// Bone that is taken out, mm³.
    pub removed_mm3: f64,
    /// The contour of what will be missing.
    pub contour: Contour,
    /// From the patient to the implant: origin in the segment's middle, z to the head (the faces
    /// that must fit stand upright on the printer's plate), x from the right end to the left.
    pub placement: Rigid<Lps, Implant>,
}

impl Plan {
    /// How far a point lies outside the segment, mm; negative inside.
    pub fn outside_mm(&self, p: Point<Lps>) -> f64 {
        outside_mm(&self.jaw, &self.cuts, self.along_mm, p)
    }

    /// Length of the segment along the jaw's curve, mm.
    pub fn length_mm(&self) -> f64 {
        self.along_mm[1] - self.along_mm[0]
    }

    /// The same plan, the segment longer by `step_mm`, half at each end: a backup size (facts
    /// D2.7).
    pub fn resized(&self, step_mm: f64) -> Self {
        let mut plan = self.clone();
        for (cut, (along, sign)) in
            plan.cuts.iter_mut().zip(plan.along_mm.iter_mut().zip([-1.0, 1.0]))
        {
            cut.point = cut.point + cut.normal * (0.5 * step_mm);
            *along += sign * 0.5 * step_mm;
        }
        plan
    }
}

/// No segment can be planned:
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The jaw cannot be measured.
    #[error(transparent)]
    Jaw(#[from] JawError),
    /// The condyle would go.
    #[error(
        "the resection takes the condyle: from the cut to the end of the jaw ({side}) nothing \
         would stay to hold an implant. That is a prosthesis of the temporomandibular joint, which \
         this kind leaves out (facts D2.1): give a second cut below the condyle, at most \
         {limit_mm:.0} mm from the chin along the curve"
    )]
    Condyle {
        /// `right` or `left`.
        side: &'static str,
        /// How far a cut may lie from the chin, mm.
        limit_mm: f64,
    },
    /// One plane that parts the jaw in two.
    #[error(
        "the one plane of [plan] planes cuts the jaw once, {along_mm:.0} mm from the chin (positive to \
         the left): whichever side is taken, a condyle goes with it. That is a prosthesis of the \
         temporomandibular joint, which this kind leaves out (facts D2.1): give a second plane \
         below the condyle, or one plane that crosses the jaw twice, its point between both crossings"
    )]
    OnePlane {
        /// Where it crosses the curve.
        along_mm: f64,
    },
    /// One plane that takes a rim of bone.
    #[error(
        "the one plane of [plan] planes takes {removed_mm3:.0} mm3 of bone and no piece of the jaw's \
         whole height: the middle of the bone lies {under_mm:.1} mm or more behind it. That is a \
         marginal resection: the jaw stays in one piece and bears its load, and there are no two \
         stumps between which a segment would stand and be screwed to. This kind makes segments \
         alone: give a plane that crosses the jaw twice, or a second one; the form that is lost \
         can be given back by a facial_onlay after a target surface"
    )]
    Marginal {
        /// Bone that would go.
        removed_mm3: f64,
        /// From the plane to the middle of the bone that stays, at least.
        under_mm: f64,
    },
    /// One plane that takes nothing.
    #[error(
        "the one plane of [plan] planes takes {removed_mm3:.1} mm3 of bone: it passes by the jaw; are \
         its point and normal LPS, in mm?"
    )]
    Misses {
        /// What it grazes.
        removed_mm3: f64,
    },
    /// One plane that crosses the jaw again and again.
    #[error(
        "the one plane of [plan] planes crosses the jaw {count} times: give two planes, one for each \
         cut"
    )]
    Winding {
        /// How often.
        count: usize,
    },
    /// Neither one nor two planes.
    #[error(
        "[plan] planes: {count} were given; give two, one for each cut, or one that crosses the jaw twice"
    )]
    PlaneCount {
        /// How many.
        count: usize,
    },
    /// A plane without a direction, or a number that is none.
    #[error("[plan] {what}: a value is no number, or a normal has no length")]
    NoNumber {
        /// Which.
        what: &'static str,
    },
    /// A plane that meets no jaw.
    #[error(
        "plane {number} of [plan] planes does not cross the jaw within {limit_mm:.0} mm of its \
         point"
    )]
    OffJaw {
        /// Its number, from 1.
        number: usize,
        /// The limit.
        limit_mm: f64,
    },
    /// A cut that runs along the bone.
    #[error(
        "cut {number} is tilted {tilt_deg:.0} degrees against the jaw's course; at most \
         {limit_deg} are taken for meant"
    )]
    Tilted {
        /// Its number, from 1.
        number: usize,
        /// Its tilt.
        tilt_deg: f64,
        /// The limit.
        limit_deg: f64,
    },
    /// Too short.
    #[error(
        "[plan] resection or planes: the segment between both cuts is {length_mm:.1} mm long; an \
         implant needs {least_mm} mm at least"
    )]
    TooShort {
        /// Its length.
        length_mm: f64,
        /// The least.
        least_mm: f64,
    },
    /// The mirror image was asked for, and there is none.
    #[error(
        "[plan] contour = \"mirror\": {reason}; choose \"healthy\" if the bone still has its form"
    )]
    NoMirror {
        /// Why.
        reason: String,
    },
    /// A shape model was asked for, and there is none.
    #[error("[plan] contour = \"shape_model\": give shape_model = \"jaws.npz\" beside it")]
    NoModel,
    /// The shape model does not fit the jaw.
    #[error("[plan] shape_model: {reason}; is it a model of lower jaws?")]
    Model {
        /// Why.
        reason: String,
    },
    /// A surface could not be made.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The contour could not be made smaller.
    #[error(transparent)]
    Simplify(#[from] SimplifyError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Measures the jaw, places the cuts and draws the contour of what they take out: by mirror image,
/// by a shape model of jaws where one is given and there is no mirror image, or as the bone is.
///
/// # Errors
/// [`PlanError`], each with what would be right.
pub fn plan(
    labels: &JawLabels,
    resection: &Resection,
    model: Option<&ShapeModel<Lps>>,
    choices: &Choices,
    job: &Job,
) -> Result<Found<Plan>, PlanError> {
    let jaw = jaw(labels, job)?;
    let bone = solid_bone(labels)?;
    let (cuts, along_mm) = cuts(&jaw, &bone, resection)?;
    let region = |p: Point<Lps>| outside_mm(&jaw, &cuts, along_mm, p);
    let contour = contour(&bone, &region, model, choices, job)?;
    let removed_mm3 = removed_mm3(&bone, &region);
    let placement = placement(&jaw, along_mm);
    let mut findings = contour.findings();
    findings.extend(header(&jaw.sides()));
    findings.extend(temporary(choices));
    let value = Plan { cuts, along_mm, removed_mm3, contour, placement, jaw };
    Ok(Found { value, findings })
}

/// How far a point lies outside what two cuts take out of a jaw.
fn outside_mm(jaw: &Jaw, cuts: &[CutPlane; 2], along_mm: [f64; 2], p: Point<Lps>) -> f64 {
    let beyond = cuts[0].height_mm(p).max(cuts[1].height_mm(p));
    if beyond > BESIDE_MM {
        return beyond;
    }
    let (from, to) = (along_mm[0] - 6.0, along_mm[1] + 6.0);
    let own = jaw.arch.stations.iter().filter(|s| (from..=to).contains(&s.along_mm));
    let away = own.map(|s| s.point.distance(p)).fold(f64::INFINITY, f64::min);
    beyond.max(away - BESIDE_MM)
}

fn removed_mm3(bone: &Volume<i16>, region: &dyn Fn(Point<Lps>) -> f64) -> f64 {
    let grid = &bone.grid;
    let full = 2.0 * SURFACE_LEVEL;
    let inside = (0..bone.values.len()).filter(|&n| bone.values[n] > 0);
    let taken = inside.filter(|&n| region(grid.center(grid.voxel(n))) < 0.0);
    taken.map(|n| f64::from(bone.values[n]) / full).sum::<f64>() * grid.voxel_mm3()
}

/// The implant's frame.
fn placement(jaw: &Jaw, along_mm: [f64; 2]) -> Rigid<Lps, Implant> {
    let [from, to] = along_mm.map(|s| jaw.arch.at(s).point);
    let middle = jaw.arch.at(0.5 * (along_mm[0] + along_mm[1])).point;
    let up = jaw.up;
    let level = |v: Vector<Lps>| v - up * up.dot(v);
    let chord = level(to - from);
    let x = if chord.norm() > 5.0 { chord.unit() } else { level(jaw.posterior).unit() };
    Rigid::from_axes(middle, x, up.cross(x), up)
}

/// What is said of a prosthesis that bears all load.
fn temporary(choices: &Choices) -> Option<Finding> {
    (choices.word("plan.device_class") == "replacement").then(|| {
        Finding::note(
            "plan.temporary",
            "device",
            "replacement prostheses of the mandible bear all load and often break or come through \
             the skin: meant for one to two years (facts D2.3)",
        )
    })
}
