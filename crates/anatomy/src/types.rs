//! What is measured on a spine: plain data, in the patient's frame, in mm.

use ossein_geom::{Cancelled, Level, Lps, Point, Vector};
use serde::{Deserialize, Serialize};

/// A spine's segment: its vertebrae and its canal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anatomy {
    /// Cranial to caudal.
    pub vertebrae: Vec<Vertebra>,
    /// The spinal canal along these vertebrae.
    pub canal: Canal,
}

impl Anatomy {
    /// The vertebra of a level, if it was measured.
    pub fn vertebra(&self, level: Level) -> Option<&Vertebra> {
        self.vertebrae.iter().find(|v| v.level == level)
    }
}

/// One vertebra: its body's frame, size and endplates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vertebra {
    /// Which.
    pub level: Level,
    /// Centroid of the body.
    pub centroid: Point<Lps>,
    /// Volume of the body.
    pub body_volume_mm3: f64,
    /// Unit, towards cranial: mean of both endplates' normals.
    pub axis: Vector<Lps>,
    /// Unit, to the patient's left, perpendicular to `axis`.
    pub left: Vector<Lps>,
    /// Unit, to the back, perpendicular to both.
    pub posterior: Vector<Lps>,
    /// Cranial endplate.
    pub cranial: Endplate,
    /// Caudal endplate.
    pub caudal: Endplate,
    /// Height of the anterior wall.
    pub height_anterior_mm: f64,
    /// Height of the posterior wall.
    pub height_posterior_mm: f64,
    /// Height in the middle, between the endplate's bone surfaces.
    pub height_mid_mm: f64,
    /// Angle between the endplates in the sagittal plane; positive where the body is lower in
    /// front.
    pub wedge_deg: f64,
    /// Mean grey value of the spongy core in HU.
    pub body_mean_hu: f64,
}

/// The end face of a vertebral body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endplate {
    /// Middle of the outline, in the plane.
    pub center: Point<Lps>,
    /// Unit normal of the plane, pointing out of the body.
    pub normal: Vector<Lps>,
    /// Unit, to the patient's left along the plane.
    pub u: Vector<Lps>,
    /// Unit, to the back along the plane.
    pub v: Vector<Lps>,
    /// Height of the bone surface above the plane.
    pub heights: HeightMap,
    /// Closed polygon in (u, v) mm about `center`, counter-clockwise in (u, v).
    pub outline: Vec<[f64; 2]>,
    /// Extent along `u`.
    pub width_mm: f64,
    /// Extent along `v`.
    pub depth_mm: f64,
    /// Area of the outline.
    pub area_mm2: f64,
    /// Depth of the deepest point below the plane of the rim.
    pub concavity_mm: f64,
    /// Mean width of the raised rim, from the outline to half of the concavity.
    pub rim_width_mm: f64,
    /// Root mean square height of the rim above its plane.
    pub fit_rms_mm: f64,
}

/// Heights on a regular grid in an endplate's plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeightMap {
    /// (u, v) of the first sample in mm about the endplate's centre.
    pub origin: [f64; 2],
    /// Distance between samples.
    pub step_mm: f64,
    /// Sample counts along u and v.
    pub size: [usize; 2],
    /// `[v][u]`, u fastest: height above the plane along the normal in mm; NaN outside, written
    /// as null.
    #[serde(with = "crate::nulls")]
    pub heights_mm: Vec<f32>,
}

impl HeightMap {
    /// Height at (u, v), linear between samples; `None` outside the end face.
    pub fn sample(&self, u: f64, v: f64) -> Option<f64> {
        let at = [(u - self.origin[0]) / self.step_mm, (v - self.origin[1]) / self.step_mm];
        let inside = |a: usize| at[a] >= 0.0 && at[a] <= self.size[a] as f64 - 1.0;
        if !(inside(0) && inside(1)) {
            return None;
        }
        let low = [0, 1].map(|a| (at[a] as usize).min(self.size[a].saturating_sub(2)));
        let part = [0, 1].map(|a| at[a] - low[a] as f64);
        let mut sum = 0.0;
        for corner in 0..4usize {
            let step = [corner & 1, corner >> 1];
            let weight = [0, 1].map(|a| if step[a] == 1 { part[a] } else { 1.0 - part[a] });
            if weight[0] * weight[1] > 0.0 {
                let index = (low[1] + step[1]) * self.size[0] + low[0] + step[0];
                sum += weight[0] * weight[1] * f64::from(*self.heights_mm.get(index)?);
            }
        }
        sum.is_finite().then_some(sum)
    }
}

/// The spinal canal as a tube.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canal {
    /// Cranial to caudal, about 1 mm apart.
    pub centerline: Vec<Point<Lps>>,
    /// Radius of the largest disc inside the canal at each point of `centerline`.
    pub radius_mm: Vec<f64>,
    /// Unit, to the patient's left across the canal, per point of `centerline`.
    pub left: Vec<Vector<Lps>>,
    /// Unit, to the back across the canal, per point of `centerline`.
    pub posterior: Vec<Vector<Lps>>,
    /// `[slice][direction]`: distance from the centre to the canal's surface in mm; the directions
    /// go round from `left` over `posterior` in equal steps.
    pub wall_mm: Vec<Vec<f64>>,
}

/// Angles between two endplates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Angles {
    /// In the sagittal plane; positive is kyphosis: the planes meet in front.
    pub sagittal_deg: f64,
    /// In the coronal plane; positive where the planes meet on the patient's right.
    pub coronal_deg: f64,
}

/// Why a spine could not be measured.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnatomyError {
    /// Nothing to measure.
    #[error("the segmentation holds no vertebral body")]
    NoBody,
    /// Too little of a body's end is in view or was found.
    #[error(
        "the {which} endplate of {level} has {area_mm2:.0} mm² in view; at least {least:.0} \
             are needed"
    )]
    NoEndplate {
        /// Level of the body.
        level: Level,
        /// `cranial` or `caudal`.
        which: &'static str,
        /// Area that was found.
        area_mm2: f64,
        /// Area that is needed.
        least: f64,
    },
    /// No canal along the vertebrae.
    #[error("the segmentation holds no spinal canal along its bodies")]
    NoCanal,
    /// A surface could not be made.
    #[error(transparent)]
    Segment(#[from] ossein_segment::SegmentError),
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
