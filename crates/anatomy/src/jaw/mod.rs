//! A lower jaw: its frame, landmarks, the curve along its body, and the places where muscles, teeth
//! and joints act.
//!
//! The frame is the jaw's own: x to the left across its plane of symmetry, z at right angles to the
//! occlusal plane, which Downs (Am. J. Orthod. 34 (1948) 812) found 12.6 degrees above the
//! mandibular plane in the mean (cant 9.3 against 21.9 degrees to the Frankfort plane).

mod arch;
mod bone;
mod landmarks;
mod regions;

pub use arch::{Arch, Station};
pub(crate) use bone::with_marrow;
pub use bone::{JawLabels, solid_bone};
pub use regions::{JawRegion, REGION_NAMES};

use crate::{SURFACE_LEVEL, Sides};
use ossein_geom::{Cancelled, Job, Lps, Point, Vector};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso_surface;
use ossein_shape::piece::largest_piece;
use ossein_shape::symmetry::SymmetryError;
use ossein_shape::{MeshSurface, Plane, Symmetry, SymmetryOptions, symmetry_plane};
use serde::{Deserialize, Serialize};

/// A lower jaw, measured. Pairs are right, then left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jaw {
    /// Its plane of symmetry; the normal points to the left.
    pub symmetry: Symmetry<Lps>,
    /// Unit, to the patient's left.
    pub left: Vector<Lps>,
    /// Unit, to the back, along the occlusal plane.
    pub posterior: Vector<Lps>,
    /// Unit, to the head, at right angles to the occlusal plane.
    pub up: Vector<Lps>,
    /// Top and rear of the condyles.
    pub condyles: [Point<Lps>; 2],
    /// Tips of the coronoid processes.
    pub coronoids: [Point<Lps>; 2],
    /// Angles of the jaw: lowest and rearmost of the ramus.
    pub gonia: [Point<Lps>; 2],
    /// Lowest point of the chin in the midline.
    pub menton: Point<Lps>,
    /// Foremost point of the chin in the midline.
    pub pogonion: Point<Lps>,
    /// The curve through the middle of the bone from the right condyle to the left one.
    pub arch: Arch,
    /// Where joints, muscles and teeth act, by the names that load sets use.
    pub regions: Vec<JawRegion>,
}

impl Jaw {
    /// The plane of symmetry.
    pub fn midplane(&self) -> Plane<Lps> {
        self.symmetry.plane
    }

    /// Where its left is, told by chin and condyles, and whether the header has it there.
    pub fn sides(&self) -> Sides {
        Sides::new(self.posterior, self.up)
    }

    /// The region of a name.
    pub fn region(&self, name: &str) -> Option<&JawRegion> {
        self.regions.iter().find(|region| region.name == name)
    }
}

/// A lower jaw that cannot be measured:
#[derive(Debug, thiserror::Error)]
pub enum JawError {
    /// Too little or too much of the label.
    #[error(
        "label {label} holds {volume_mm3:.0} mm3; lower jaws have {least_mm3:.0} to \
         {most_mm3:.0} mm3: which label is the mandible?"
    )]
    Volume {
        /// The label.
        label: u16,
        /// Its volume.
        volume_mm3: f64,
        /// The least.
        least_mm3: f64,
        /// The most.
        most_mm3: f64,
    },
    /// A condyle is missing, or the bone is none.
    #[error(
        "no {side} condyle: the bone ends {above_mm:.0} mm above its lower border there, \
         {behind_mm:.0} mm behind the chin (at least {above_least_mm} and {behind_least_mm} mm are \
         needed); is this a whole mandible, upright in the patient's frame?"
    )]
    NoCondyle {
        /// `right` or `left`.
        side: &'static str,
        /// Height of the highest and rearmost point over the chin's lowest, mm.
        above_mm: f64,
        /// How far it lies behind the foremost, mm.
        behind_mm: f64,
        /// What is needed.
        above_least_mm: f64,
        /// What is needed.
        behind_least_mm: f64,
    },
    /// There is no way through the bone from condyle to condyle.
    #[error("no bone leads from one condyle to the other: the jaw is in pieces")]
    Broken,
    /// The condyles are nothing like each other's mirror image.
    #[error(
        "the bone's ends behind lie {away_mm:.0} mm from each other's mirror image (at most \
         {limit_mm} mm): one condyle is missing, or this is no lower jaw"
    )]
    Lopsided {
        /// The distance.
        away_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// Nothing in the midline.
    #[error("no bone of a chin lies within {within_mm} mm of the plane of symmetry")]
    NoChin {
        /// Half the width in which it was looked for.
        within_mm: f64,
    },
    /// No plane of symmetry.
    #[error(transparent)]
    Symmetry(#[from] SymmetryError),
    /// Its surface cannot be made.
    #[error(transparent)]
    Surface(#[from] ExtractError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Points that find the plane of symmetry: their standard error is a hundredth of a mm.
const SAMPLE_COUNT: usize = 2500;

/// Measures the lower jaw of a label map that lies about as patients do (within 40 degrees of LPS), or
/// turned half a circle about its height: [`Jaw::sides`] says which.
///
/// # Errors
/// [`JawError`], each with what would be right.
pub fn jaw(labels: &JawLabels, job: &Job) -> Result<Jaw, JawError> {
    let bone = solid_bone(labels)?;
    let surface = largest_piece(&iso_surface(&bone, SURFACE_LEVEL, job)?.into_mesh());
    let tree = MeshSurface::new(&surface);
    let center = surface.bounds().center();
    let start = Some(Plane { point: center, normal: Vector::new(1.0, 0.0, 0.0) });
    let options = SymmetryOptions { start, sample_count: SAMPLE_COUNT, ..Default::default() };
    let mut symmetry = symmetry_plane(&tree, &options, job)?;
    let marks = landmarks::find(&surface.vertices, &symmetry.plane)?;
    symmetry.plane.normal = marks.frame.left;
    let arch = arch::through(&bone, &marks, job)?;
    let regions = regions::find(labels, &surface.vertices, &marks, &arch);
    Ok(Jaw {
        symmetry,
        left: marks.frame.left,
        posterior: marks.frame.posterior,
        up: marks.frame.up,
        condyles: marks.condyles,
        coronoids: marks.coronoids,
        gonia: marks.gonia,
        menton: marks.menton,
        pogonion: marks.pogonion,
        arch,
        regions,
    })
}

/// Landmarks of a jaw; pairs are right, then left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JawMarks {
    /// Top and rear of the condyles.
    pub condyles: [Point<Lps>; 2],
    /// Angles of the jaw.
    pub gonia: [Point<Lps>; 2],
    /// Lowest point of the chin in the midline.
    pub menton: Point<Lps>,
    /// Foremost point of the chin in the midline.
    pub pogonion: Point<Lps>,
}

/// The landmarks among some points, looked for along the axes of a jaw that was measured: what
/// changes between two sets of points is the shape, not the frame.
///
/// # Errors
/// [`JawError::NoChin`] and [`JawError::NoCondyle`].
pub fn marks(points: &[Point<Lps>], jaw: &Jaw) -> Result<JawMarks, JawError> {
    let Jaw { left, posterior, up, .. } = *jaw;
    let frame = landmarks::JawFrame { origin: jaw.midplane().point, left, posterior, up };
    let found = landmarks::in_frame(points, frame)?;
    let landmarks::Landmarks { condyles, gonia, menton, pogonion, .. } = found;
    Ok(JawMarks { condyles, gonia, menton, pogonion })
}
