//! Cephalometry: angles, lengths and asymmetry of face and skull from landmarks.
//!
//! Angles are those of a side view: points are projected onto the mid-sagittal plane first, both
//! sides taken in the middle, as the norms were measured. Lengths are in space.

mod doubts;
mod landmark;
mod measures;
mod midline;

pub use landmark::{LANDMARKS, Landmark, Side, landmark, named};
pub use measures::{Measure, Norm};
pub use midline::{Midline, MidlineError};

use std::collections::BTreeMap;

use ossein_geom::{Finding, Lps, Point};
use ossein_shape::{Plane, asymmetry_index};
use serde::Serialize;

/// Landmarks and where they lie.
pub type Points = BTreeMap<(&'static str, Side), Point<Lps>>;

/// A pair of landmarks and how they differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Its sign.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Distance of the right one from the plane, mm.
    pub right_mm: f64,
    /// Distance of the left one from the plane, mm.
    pub left_mm: f64,
    /// How far one lies from the other's mirror image, mm.
    pub index_mm: f64,
}

/// A landmark of the midline and how far it lies off the plane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deviation {
    /// Its sign.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// To the patient's left where positive, mm.
    pub left_mm: f64,
}

/// What the landmarks say.
#[derive(Clone, Debug, Serialize)]
pub struct Cephalometry {
    /// The mid-sagittal plane; its normal points to the left.
    pub midline: Midline,
    /// Angles and lengths whose landmarks are all there.
    pub measures: Vec<Measure>,
    /// Pairs.
    pub pairs: Vec<Pair>,
    /// Landmarks of the midline.
    pub deviations: Vec<Deviation>,
}

/// Differences between the sides beyond this are reported, mm (facts D2.28).
pub const REPORTED_MM: f64 = 2.0;
/// A chin beyond this is seen by lay people, mm (facts D2.28).
pub const SEEN_MM: f64 = 4.0;
/// Landmarks are placed again within so much, mm (facts D2.29).
pub const REPEATABLE_MM: f64 = 1.0;

/// Angles, lengths and asymmetry of a set of landmarks about `symmetry`, or about the plane of the
/// landmarks themselves where no plane of the bone is given.
///
/// # Errors
/// [`MidlineError`]: too few landmarks fix a plane.
pub fn cephalometry(
    points: &Points,
    symmetry: Option<Plane<Lps>>,
) -> Result<(Cephalometry, Vec<Finding>), MidlineError> {
    let midline = Midline::of(points, symmetry)?;
    let measures = measures::all(points, &midline.plane);
    let pairs: Vec<Pair> =
        LANDMARKS.iter().filter_map(|l| pair(l, points, &midline.plane)).collect();
    let deviation = |l: &Landmark| {
        let p = points.get(&(l.id, Side::Middle))?;
        Some(Deviation { id: l.id, title: l.title, left_mm: midline.plane.height_mm(*p) })
    };
    let deviations: Vec<Deviation> = LANDMARKS.iter().filter_map(deviation).collect();
    let found = Cephalometry { midline, measures, pairs, deviations };
    let mut all = doubts::findings(points, &found);
    all.extend(findings(&found));
    Ok((found, all))
}

fn pair(l: &Landmark, points: &Points, plane: &Plane<Lps>) -> Option<Pair> {
    let right = *points.get(&(l.id, Side::Right))?;
    let left = *points.get(&(l.id, Side::Left))?;
    Some(Pair {
        id: l.id,
        title: l.title,
        right_mm: -plane.height_mm(right),
        left_mm: plane.height_mm(left),
        index_mm: asymmetry_index(plane, left, right),
    })
}

fn findings(found: &Cephalometry) -> Vec<Finding> {
    let mut all = Vec::new();
    for pair in found.pairs.iter().filter(|pair| pair.index_mm > REPORTED_MM) {
        let message = format!(
            "{} differs by {:.1} mm between the sides ({:.1} mm right, {:.1} mm left of the plane)",
            pair.title, pair.index_mm, pair.right_mm, pair.left_mm
        );
        let finding = Finding::note("cephalometry.asymmetry", pair.id, message);
        all.push(finding.measured(pair.index_mm, REPORTED_MM, "mm"));
    }
    for own in found.deviations.iter().filter(|d| ["Pog", "Gn", "Me"].contains(&d.id)) {
        let away = own.left_mm.abs();
        if away > REPORTED_MM {
            let side = if own.left_mm > 0.0 { "left" } else { "right" };
            let who =
                if away > SEEN_MM { "lay people see that too" } else { "clinicians see that" };
            let message = format!("{} lies {away:.1} mm to the {side}: {who}", own.title);
            let finding = Finding::note("cephalometry.chin", own.id, message);
            all.push(finding.measured(away, REPORTED_MM, "mm"));
        }
    }
    all.extend(found.midline.findings());
    all
}
