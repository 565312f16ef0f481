//! A drawn surface that is a shell: bone over which it passes with nothing beneath it.

use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Finding, Implant, Point, TriMesh, Vector, Volume};
use ossein_shape::piece::pieces;

use super::error::DesignError;
use super::ground::{Ground, STEP_MM};
use super::heights::Heights;
use super::plan::OnlayPlan;
use super::target::{PLATEAU, Target};

/// Distance between looks along a normal, mm.
const LOOK_MM: f64 = 0.25;
/// What is drawn begins where the face is deeper than this, mm.
const DEEP_MM: f64 = 0.1;
/// A face that begins nearer to the bone than this leaves no hollow, mm.
const CLEAR_MM: f64 = 0.5;
/// Bone that looks this much along the way on counts: cosine.
const FACING_MIN: f64 = 0.5;
/// A surface with a hollow over more of the bone is a shell, percent.
const SHELL_PERCENT: f64 = 25.0;
/// Hollows over less of the bone nobody need hear of, percent.
const HOLLOW_PERCENT: f64 = 2.0;

/// Bone that gets no onlay, for the drawn face leaves a hollow over it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hollow {
    /// Share of the bone where the target counts in full, percent.
    percent: f64,
    /// The widest gap between bone and what is drawn, mm.
    gap_mm: f64,
    /// Where that is, on the bone.
    at: Point<Implant>,
}

/// The surface without pieces that lie within its largest: what they bound is filled. None where
/// there is none, or where the largest is open.
pub(super) fn filled(mesh: &TriMesh<Implant>) -> Option<TriMesh<Implant>> {
    let all = pieces(mesh);
    let wide = |piece: &TriMesh<Implant>| piece.bounds().size().norm();
    let largest = all.iter().max_by(|a, b| wide(a).total_cmp(&wide(b)))?;
    let solid = MeshField::new(largest).ok().filter(|solid| solid.is_closed())?;
    let stays = |piece: &&TriMesh<Implant>| {
        std::ptr::eq(*piece, largest)
            || piece.vertices.iter().any(|&p| ossein_field::Field::distance(&solid, p) >= 0.0)
    };
    let kept: Vec<&TriMesh<Implant>> = all.iter().filter(stays).collect();
    if kept.len() == all.len() {
        return None;
    }
    let mut joined = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    for piece in kept {
        let first = joined.vertices.len() as u32;
        joined.vertices.extend(&piece.vertices);
        joined.triangles.extend(piece.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    Some(joined)
}

/// Where the face of a drawn surface leaves a hollow over the bone; none where it leaves none, or
/// the face is drawn otherwise.
///
/// # Errors
/// [`DesignError::Hollow`] for a shell.
pub(super) fn hollow(
    plan: &OnlayPlan,
    ground: &Ground,
    heights: &Heights,
) -> Result<Option<Hollow>, DesignError> {
    let Target::Surface(centre) = &plan.target else { return Ok(None) };
    let centre = plan.placement.apply(*centre);
    let face = ground.face.volume();
    let bounds = face.grid.bounds().grow(-2.0 * STEP_MM);
    let (mut whole, mut open) = (0.0, 0.0);
    let mut widest: Option<(f64, Point<Implant>)> = None;
    for (n, &p) in heights.mesh.vertices.iter().enumerate() {
        let normal = heights.normals[n];
        let counts = bounds.contains(p)
            && p.distance(centre) < PLATEAU * plan.reach_mm
            && normal.z > FACING_MIN
            && ground.swept.volume().sample(p + normal * CLEAR_MM) > 0.0;
        if !counts {
            continue;
        }
        whole += heights.area_mm2[n];
        if let Some(gap_mm) = gap_mm(face, (p, normal), ground.near_mm) {
            open += heights.area_mm2[n];
            widest = widest.filter(|w| w.0 >= gap_mm).or(Some((gap_mm, p)));
        }
    }
    let Some((gap_mm, at)) = widest else { return Ok(None) };
    let percent = 100.0 * open / whole;
    if percent > SHELL_PERCENT {
        let at = plan.placement.inverse().apply(at).array();
        return Err(DesignError::Hollow { percent, gap_mm, at });
    }
    Ok(Some(Hollow { percent, gap_mm, at }))
}

/// How far above a place on the bone what is drawn begins; none where it begins at the bone, or
/// nowhere.
fn gap_mm(
    face: &Volume<f32, Implant>,
    (p, normal): (Point<Implant>, Vector<Implant>),
    near_mm: f64,
) -> Option<f64> {
    let at = |mm: f64| face.sample(p + normal * mm);
    if at(0.0) <= 0.0 || at(CLEAR_MM) <= 0.0 {
        return None;
    }
    let first = (CLEAR_MM / LOOK_MM) as u32;
    let last = (near_mm / LOOK_MM) as u32;
    (first..=last).map(|n| f64::from(n) * LOOK_MM).find(|&mm| at(mm) < -DEEP_MM)
}

impl Hollow {
    /// What someone should look at.
    pub fn finding(&self, plan: &OnlayPlan) -> Option<Finding> {
        if self.percent < HOLLOW_PERCENT {
            return None;
        }
        let at = plan.placement.inverse().apply(self.at).array();
        let message = format!(
            "over {:.0} % of the bone the drawn surface leaves a hollow, {:.1} mm wide at {at:.1?}: \
             there is no onlay there",
            self.percent, self.gap_mm
        );
        let finding = Finding::warning("design.hollow", "onlay", message);
        Some(finding.measured(self.percent, HOLLOW_PERCENT, "%"))
    }
}
