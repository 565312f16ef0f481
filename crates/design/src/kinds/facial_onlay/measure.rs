//! The facial blueprint in figures: what the bone measures before and with the onlay.

use ossein_anatomy::face::{FaceFrame, JawMeasures, extent, jaw_measures};
use ossein_geom::{Implant, Job, Lps, Point, TriMesh, Volume};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso_surface;
use ossein_shape::Plane;
use ossein_shape::piece::largest_piece;
use serde::{Deserialize, Serialize};

use super::design::Inputs;
use super::ground::Ground;
use super::heights::Heights;
use crate::Spread;

/// A distance or an angle before and with the onlay, on bone and implant, without skin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// For people.
    pub name: String,
    /// `mm` or `deg`.
    pub unit: String,
    /// As scanned.
    pub before: f64,
    /// With the onlay.
    pub after: f64,
}

/// How far the covered bone, and the face over it, lie from the other side's mirror image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asymmetry {
    /// As scanned.
    pub before: Spread,
    /// With the onlay.
    pub after: Spread,
}

/// Distances and angles before and with the onlay.
pub(super) fn measures(
    inputs: &Inputs,
    heights: &Heights,
    job: &Job,
) -> Result<Vec<Measure>, ExtractError> {
    let plan = inputs.plan;
    let back = plan.placement.inverse();
    let bone: Vec<Point<Lps>> =
        heights.covered().map(|n| back.apply(heights.mesh.vertices[n])).collect();
    let face: Vec<Point<Lps>> = heights.covered().map(|n| back.apply(heights.face(n))).collect();
    let frame = match &plan.jaw {
        Some(jaw) => FaceFrame::of_jaw(jaw),
        None => FaceFrame::of_plane(plan.midplane()),
    };
    let mut rows = Vec::new();
    let mut row = |name: &str, unit: &str, before: f64, after: f64| {
        rows.push(Measure { name: name.into(), unit: unit.into(), before, after });
    };
    if let (Some(a), Some(b)) = (extent(&bone, &frame), extent(&face, &frame)) {
        // The origin of the frame says nothing: the covered bone's own foremost place does.
        row("foremost of the covered bone", "mm", 0.0, b.forward_mm - a.forward_mm);
        row("lowest of the covered bone, downwards", "mm", 0.0, b.down_mm - a.down_mm);
        if plan.symmetry.is_some() {
            let name = "midline to the farthest of the covered bone";
            row(name, "mm", a.lateral_mm, b.lateral_mm);
        }
    }
    if let Some(jaw) = &plan.jaw {
        let mesh: TriMesh<Lps> =
            largest_piece(&iso_surface(inputs.bone, plan.level, job)?.into_mesh());
        let mut points = mesh.vertices;
        let before = jaw_measures(&points, jaw);
        points.extend(face);
        if let (Ok(before), Ok(after)) = (before, jaw_measures(&points, jaw)) {
            rows.extend(of_jaw(&before, &after));
        }
    }
    Ok(rows)
}

fn of_jaw(before: &JawMeasures, after: &JawMeasures) -> Vec<Measure> {
    type Get = fn(&JawMeasures) -> f64;
    let rows: [(&str, &str, Get); 9] = [
        ("chin in front of the angles (pogonion, along the occlusal plane)", "mm", |m| {
            m.projection_mm
        }),
        ("chin from the midline (menton; positive to the left)", "mm", |m| m.deviation_mm),
        ("width between the angles (gonion to gonion)", "mm", |m| m.bigonial_mm),
        ("right body (gonion to menton)", "mm", |m| m.body_mm[0]),
        ("left body (gonion to menton)", "mm", |m| m.body_mm[1]),
        ("right ramus (condyle to gonion)", "mm", |m| m.ramus_mm[0]),
        ("left ramus (condyle to gonion)", "mm", |m| m.ramus_mm[1]),
        ("right gonial angle", "deg", |m| m.gonial_deg[0]),
        ("left gonial angle", "deg", |m| m.gonial_deg[1]),
    ];
    let row = |&(name, unit, get): &(&str, &str, Get)| Measure {
        name: name.into(),
        unit: unit.into(),
        before: get(before),
        after: get(after),
    };
    rows.iter().map(row).collect()
}

/// Left against right where the onlay is, each place against the other side as it then is; none
/// without a plane of symmetry.
pub(super) fn asymmetry(
    (ground, mirror): (&Ground, Option<&Volume<f32, Implant>>),
    heights: &Heights,
    plane: Option<Plane<Implant>>,
) -> Option<Asymmetry> {
    let (mirror, plane) = (mirror?, plane?);
    let before = |p| mirror.sample(p).abs();
    let after = |p| {
        let other = plane.mirror(p);
        let covered = ground.smooth.grid.bounds().contains(other)
            && ground.outline.volume().sample(other) < 0.0;
        if covered { ground.face.volume().sample(other).abs() } else { before(p) }
    };
    let of_bone = heights.covered().map(|n| before(heights.mesh.vertices[n])).collect();
    let of_face = heights.covered().map(|n| after(heights.face(n))).collect();
    Some(Asymmetry { before: Spread::of(of_bone)?, after: Spread::of(of_face)? })
}
