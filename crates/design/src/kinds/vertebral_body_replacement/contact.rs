//! How an end face meets the bone.

use ossein_field::Field;
use ossein_field::height::Raster;
use ossein_geom::{Implant, Point};
use serde::{Deserialize, Serialize};

use super::Shapes;
use crate::end_face::EndFace;

/// Gap up to which bone and metal count as in contact, mm.
pub const CONTACT_GAP_MM: f64 = 0.5;
/// Gaps are looked for up to here, mm.
const GAP_MM_MAX: f64 = 6.0;

/// Figures of one end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Area of the endplate's outline, seen along the axis.
    pub endplate_mm2: f64,
    /// Area of the end face (metal and pores) within 0.5 mm of bone.
    pub area_mm2: f64,
    /// The part of it that is solid metal.
    pub solid_area_mm2: f64,
    /// Share of the end face within 0.5 mm of bone.
    pub fraction_within_0_5_mm: f64,
    /// Median gap.
    pub gap_p50_mm: f64,
    /// Gap that 95 % of the end face stay below.
    pub gap_p95_mm: f64,
    /// Largest gap.
    pub gap_max_mm: f64,
}

/// The gap under every point of an endplate: NaN where no metal faces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GapMap {
    /// x and y of the first sample in the implant's frame, mm.
    pub origin: [f64; 2],
    /// Distance between samples, mm.
    pub step_mm: f64,
    /// Sample counts along x and y.
    pub size: [usize; 2],
    /// `[y][x]`, mm.
    #[serde(skip)]
    pub gap_mm: Vec<f32>,
}

/// Measures one end; `up` is +1 for the cranial end, -1 for the caudal one.
pub fn measure(shapes: &Shapes, face: &EndFace, up: f64) -> (Contact, GapMap) {
    let Raster { origin, step_mm, size, .. } = face.heights.clone();
    let cell = step_mm * step_mm;
    let mut gap_mm = vec![f32::NAN; size[0] * size[1]];
    let (mut endplate_mm2, mut solid_area_mm2) = (0.0, 0.0);
    for n in 0..gap_mm.len() {
        let x = origin[0] + (n % size[0]) as f64 * step_mm;
        let y = origin[1] + (n / size[0]) as f64 * step_mm;
        if face.measured.values[n] < 0.5 || !face.outline.contains([x, y]) {
            continue;
        }
        endplate_mm2 += cell;
        let bone = f64::from(face.heights.values[n]);
        let Some(gap) = gap_at(&*shapes.hull, [x, y, bone], up) else { continue };
        let under = Point::new(x, y, bone - up * (gap + 0.05));
        if shapes.envelope.distance(under) > 0.0 {
            continue; // a hole: graft window or screw
        }
        gap_mm[n] = gap as f32;
        if gap <= CONTACT_GAP_MM && shapes.dense.distance(under) < 0.0 {
            solid_area_mm2 += cell;
        }
    }
    let mut gaps: Vec<f64> = gap_mm.iter().filter(|g| !g.is_nan()).map(|&g| f64::from(g)).collect();
    gaps.sort_by(f64::total_cmp);
    let percentile = |p: f64| match gaps.len() {
        0 => f64::NAN,
        count => gaps[((count - 1) as f64 * p).round() as usize],
    };
    let near = gaps.iter().filter(|&&g| g <= CONTACT_GAP_MM).count() as f64;
    let contact = Contact {
        endplate_mm2,
        area_mm2: near * cell,
        solid_area_mm2,
        fraction_within_0_5_mm: if gaps.is_empty() { 0.0 } else { near / gaps.len() as f64 },
        gap_p50_mm: percentile(0.5),
        gap_p95_mm: percentile(0.95),
        gap_max_mm: percentile(1.0),
    };
    (contact, GapMap { origin, step_mm, size, gap_mm })
}

/// Walks from the bone into the implant until the field turns negative.
fn gap_at(envelope: &dyn Field<Implant>, [x, y, bone]: [f64; 3], up: f64) -> Option<f64> {
    let at = |gap: f64| envelope.distance(Point::new(x, y, bone - up * gap));
    if at(0.0) < 0.0 {
        return Some(0.0);
    }
    const STEP: f64 = 0.05;
    let mut before = at(0.0);
    let mut gap = STEP;
    while gap <= GAP_MM_MAX {
        let here = at(gap);
        if here < 0.0 {
            return Some(gap - STEP * here / (here - before));
        }
        before = here;
        gap += STEP;
    }
    None
}
