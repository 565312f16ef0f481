//! Where the floor is broken, and what stood there after the other orbit.

use ossein_anatomy::Side;
use ossein_anatomy::orbit::{Closing, Inside, OrbitFrame, OrbitPoints, Tissue, inside};
use ossein_geom::{
    Choices, Finding, Found, Grid, Implant, Job, Lps, Point, Rigid, TriMesh, Volume, float,
};
use ossein_mesh::iso_surface;
use ossein_segment::distance::squared;
use ossein_shape::samples::Sample;
use ossein_shape::{
    IcpOptions, MeshSurface, Plane, Similarity, Surface, Symmetry, SymmetryOptions, register,
    symmetry_plane,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::errors::PlanError;
use super::floor::{Floors, Pair, floors};
use crate::metal::metal;
use crate::sides::header;

/// Distance between samples, mm.
const STEP_MM: f64 = 0.5;
/// Metal this near to the lower rim is looked for, mm.
const METAL_NEAR_MM: f64 = 35.0;
/// The room around an orbit in its own frame, mm.
const ROOM_MM: [[f64; 3]; 2] = [[-30.0, -14.0, -26.0], [30.0, 52.0, 44.0]];
/// Points on the rim may lie so far off the bone, mm.
const OFF_MM_MAX: f64 = 5.0;
/// The optic canal is a hole: its point may lie so far off, mm.
const CANAL_OFF_MM_MAX: f64 = 8.0;
/// Sides that differ by more in the mean are reported, mm (facts D2.28).
const ASYMMETRY_MM_MAX: f64 = 2.0;
/// An orbit holds so much, mL (facts D2.23: about 26 to 30; children and thin walls beside).
const ORBIT_ML: [f64; 2] = [15.0, 38.0];
/// A canal that may lie behind the apex is tried so much nearer, and again, mm.
const NEARER_MM: f64 = 3.0;
/// No nearer to the rim than this: no orbit of an adult is as short, mm.
const DEPTH_MM_MIN: f64 = 33.0;
/// A whole floor lies at most so far beneath the line from rim to canal, mm. An estimate.
const SAG_MM_MAX: f64 = 15.0;
/// The broken orbit's contents count so far beyond the mirrored walls, mm.
const WALL_MM: f64 = 2.0;
/// Smaller defects are none, mm².
const DEFECT_MM2_MIN: f64 = 30.0;
/// Defects are looked for from so far behind the rim, mm.
const FROM_MM: f64 = 3.0;
/// Strips narrower than twice this are no defect, mm.
const NARROW_MM: f64 = 1.0;
/// Points that register the mirror image.
const SAMPLE_COUNT: usize = 6000;
/// Share of the room around the other orbit that may lie outside the scan, percent.
const OFF_PERCENT_MAX: f64 = 2.0;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Points of the broken orbit.
    pub points: OrbitPoints,
    /// The surgeon's outline of the defect; found in the scan if empty.
    pub outline: Vec<Point<Lps>>,
}

/// How the mirror image was brought onto the rim and walls of the broken orbit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// Root mean square distance of the kept points, mm.
    pub rms_mm: f64,
    /// 95 % of all points with a partner are closer, mm.
    pub p95_mm: f64,
    /// Kept points.
    pub kept_count: usize,
    /// How far it moved the middle of the orbit, mm.
    pub moved_mm: f64,
}

/// Where the plate goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloorPlan {
    /// Bone and air.
    pub tissue: Tissue,
    /// What was asked for.
    pub wanted: Wanted,
    /// The broken side.
    pub side: Side,
    /// From the patient: origin on the lower rim, x to the left, y back to the canal, z up.
    pub placement: Rigid<Lps, Implant>,
    /// The optic canal.
    pub canal: Point<Implant>,
    /// The plane of symmetry.
    pub symmetry: Symmetry<Lps>,
    /// The mirror image on the broken side.
    pub local: Local,
    /// Both floors and the defect.
    pub floors: Floors,
    /// Volume of the other orbit, mL.
    pub other_ml: f64,
    /// Volume of the broken one, mL.
    pub broken_ml: f64,
    /// Area of the defect, seen along z, mm².
    pub defect_mm2: f64,
}

/// Finds the defect.
///
/// # Errors
/// [`PlanError`], each with what would be right.
pub fn plan(
    hu: &Volume<i16>,
    skull: &Volume<i16>,
    wanted: &Wanted,
    bone_hu: f64,
    choices: &Choices,
    job: &Job,
) -> Result<Found<FloorPlan>, PlanError> {
    let mesh = iso_surface(skull, bone_hu, job)?.into_mesh();
    let surface = MeshSurface::new(&mesh);
    on_bone(hu, &surface, &wanted.points)?;
    let symmetry = symmetry_plane(&surface, &SymmetryOptions::default(), job)?;
    let frame = OrbitFrame::new(&wanted.points, &symmetry.plane)?;
    let mut findings = said(&frame, choices)?;
    let beside = |p: Point<Lps>| p.distance(wanted.points.rim) < METAL_NEAR_MM;
    findings.extend(metal(hu, beside, "orbit"));
    let tissue = Tissue {
        bone_hu,
        air_hu: choices.number("plan.air_hu"),
        gap_mm: choices.number("plan.wall_gap_mm"),
    };
    let closing = Closing::new(&wanted.points, &frame);
    let (map, local) = onto(&mesh, &surface, &symmetry.plane, &frame, job)?;
    let [own, mirror] = both(hu, &frame, &symmetry.plane, &map)?;
    let other = inside(&mirror, &closing, &tissue, None)
        .map_err(|error| PlanError::Bilateral { why: error.to_string() })?;
    let fallen_mm = choices.number("plan.fallen_mm");
    let within = within(&own.grid, &other, &closing, fallen_mm);
    let broken = inside(&own, &closing, &tissue, Some(&within))?;
    let pair = Pair {
        own: &own,
        mirror: &mirror,
        inside: [&broken, &other],
        closing: &closing,
        tissue: &tissue,
    };
    let mut floors = floors(&pair);
    whole(&pair, &floors)?;
    let defect_mm2 = mark(&mut floors, wanted, &frame, choices)?;
    findings.extend(looks(&symmetry, &local, &broken, &other));
    let value = FloorPlan {
        tissue,
        wanted: wanted.clone(),
        side: frame.side,
        placement: frame.placement,
        canal: closing.canal,
        symmetry,
        local,
        floors,
        other_ml: other.volume_ml,
        broken_ml: broken.volume_ml,
        defect_mm2,
    };
    Ok(Found { value, findings })
}

/// Refuses points that lie off the scan or off the bone.
fn on_bone(
    hu: &Volume<i16>,
    surface: &MeshSurface<'_, Lps>,
    points: &OrbitPoints,
) -> Result<(), PlanError> {
    let bounds = hu.grid.bounds();
    let all = [
        ("rim", points.rim, OFF_MM_MAX),
        ("upper_rim", points.upper_rim, OFF_MM_MAX),
        ("lateral_rim", points.lateral_rim, OFF_MM_MAX),
        ("canal", points.canal, CANAL_OFF_MM_MAX),
    ];
    for (what, p, limit_mm) in all {
        let at = p.array();
        if !bounds.contains(p) {
            let (min, max) = (bounds.min.array(), bounds.max.array());
            return Err(PlanError::OffScan { what, at, min, max });
        }
        let away = surface.nearest(p, 200.0).map_or(f64::INFINITY, |q| q.point.distance(p));
        if away > limit_mm {
            return Err(PlanError::OffBone { what, at, away_mm: away, limit_mm });
        }
    }
    Ok(())
}

/// The side that was said against the points'; a word where the header has the head turned.
fn said(frame: &OrbitFrame, choices: &Choices) -> Result<Vec<Finding>, PlanError> {
    let told = frame.side.word();
    let said = choices.word("plan.side");
    if said != "told" && said != told {
        return Err(PlanError::Side { said: said.into(), told });
    }
    Ok(header(&frame.sides).into_iter().collect())
}

/// The motion that brings the other side's mirror image onto rim, walls and roof of the broken
/// orbit, its floor left out.
fn onto(
    mesh: &TriMesh<Lps>,
    surface: &MeshSurface<'_, Lps>,
    plane: &Plane<Lps>,
    frame: &OrbitFrame,
    job: &Job,
) -> Result<(Rigid<Lps, Lps>, Local), PlanError> {
    let near = |p: Point<Implant>| {
        let aside = p.x.abs() < 26.0 && (-6.0..44.0).contains(&p.y) && (-6.0..38.0).contains(&p.z);
        // The floor itself may be broken: what lies behind the rim and low is left out.
        aside && !(p.y > 3.0 && p.z < 4.0)
    };
    let sample = |&triangle: &[u32; 3]| {
        let [a, b, c] = mesh.corners(triangle);
        let middle = a + ((b - a) + (c - a)) * (1.0 / 3.0);
        let point = plane.mirror(middle);
        let normal = plane.mirror_direction(mesh.doubled_normal(triangle));
        let good = near(frame.placement.apply(point)) && normal.norm() > 1e-9;
        good.then(|| Sample { point, normal: normal.unit() })
    };
    let all: Vec<Sample<Lps>> = mesh.triangles.iter().filter_map(sample).collect();
    let every = all.len().div_ceil(SAMPLE_COUNT).max(1);
    let moving: Vec<Sample<Lps>> = all.into_iter().step_by(every).collect();
    let options = IcpOptions { kept: 0.7, reach_mm: 6.0, ..IcpOptions::default() };
    let start = Similarity::rigid(Rigid::identity());
    let found = register(&moving, surface, &start, &options, job)?;
    let middle = frame.placement.inverse().apply(Point::new(0.0, 20.0, 12.0));
    let map = found.map.rigid;
    let local = Local {
        rms_mm: found.rms_mm,
        p95_mm: found.p95_mm,
        kept_count: found.kept_count,
        moved_mm: map.apply(middle).distance(middle),
    };
    Ok((map, local))
}

/// The grey values around the broken orbit, and those around the other, mirrored onto it.
fn both(
    hu: &Volume<i16>,
    frame: &OrbitFrame,
    plane: &Plane<Lps>,
    map: &Rigid<Lps, Lps>,
) -> Result<[Volume<i16, Implant>; 2], PlanError> {
    let [low, high] = ROOM_MM;
    let size = [0, 1, 2].map(|a| ((high[a] - low[a]) / STEP_MM) as usize + 1);
    let grid = Grid::<Implant>::aligned(low.into(), [STEP_MM; 3], size);
    let bounds = hu.grid.bounds();
    let (back, from) = (frame.placement.inverse(), map.inverse());
    let at = |n: usize| back.apply(grid.center(grid.voxel(n)));
    let read = |p: Point<Lps>| {
        if bounds.contains(p) { hu.sample(p).round() as i16 } else { i16::MIN }
    };
    let other = |n: usize| read(plane.mirror(from.apply(at(n))));
    let all = grid.voxel_count();
    let own: Vec<i16> = (0..all).into_par_iter().with_min_len(4096).map(|n| read(at(n))).collect();
    let mirror: Vec<i16> = (0..all).into_par_iter().with_min_len(4096).map(other).collect();
    // Before the rim and beneath the floor the scan may end; within the orbit it may not.
    let needed = |n: &usize| {
        let p = grid.center(grid.voxel(*n));
        p.x.abs() < 18.0 && (0.0..40.0).contains(&p.y) && (-14.0..30.0).contains(&p.z)
    };
    let off = (0..all).filter(needed).filter(|&n| mirror[n] == i16::MIN).count();
    let percent = 100.0 * off as f64 / (0..all).filter(needed).count().max(1) as f64;
    if percent > OFF_PERCENT_MAX {
        return Err(PlanError::OtherOff { percent });
    }
    Ok([own, mirror].map(|values| Volume::new(grid.clone(), values)))
}

/// Where the broken orbit's contents count: within the mirrored walls and a little beyond, and
/// beneath the mirrored floor.
fn within(grid: &Grid<Implant>, other: &Inside, closing: &Closing, fallen_mm: f64) -> Vec<bool> {
    let near = squared(&other.samples, grid.size, grid.spacing);
    let mut within: Vec<bool> = near.iter().map(|&d2| f64::from(d2) <= WALL_MM * WALL_MM).collect();
    let plane = grid.size[0] * grid.size[1];
    let down = (fallen_mm / grid.spacing[2]) as usize;
    for column in 0..plane {
        let lowest = (0..grid.size[2]).find(|k| other.samples[k * plane + column]);
        for k in lowest.map_or(0..0, |k| k.saturating_sub(down)..k) {
            let n = k * plane + column;
            within[n] |= closing.holds(grid.center(grid.voxel(n)));
        }
    }
    within
}

/// Refuses another orbit that is no pattern.
fn whole(pair: &Pair, floors: &Floors) -> Result<(), PlanError> {
    let [least, most] = ORBIT_ML;
    let ml = pair.inside[1].volume_ml;
    if ml > most {
        behind(pair, ml)?;
    }
    if !(least..=most).contains(&ml) {
        let why = format!(
            "it holds {ml:.1} mL, and a whole orbit {least} to {most} (facts D2.23: about 26 to 30): \
             its floor or a wall is open or gone"
        );
        return Err(PlanError::Bilateral { why });
    }
    let own = floors.columns.iter().filter(|c| c.within).filter_map(|c| c.mirror);
    let sag = -f64::from(own.fold(0.0f32, f32::min));
    if sag > SAG_MM_MAX {
        let why = format!(
            "its floor lies up to {sag:.1} mm beneath the line from rim to canal, a whole one at most \
             {SAG_MM_MAX}"
        );
        return Err(PlanError::Bilateral { why });
    }
    Ok(())
}

/// Blames the canal's point where the other orbit, closed nearer to its rim, is one: what leaks out
/// then leaks behind the apex.
fn behind(pair: &Pair, volume_ml: f64) -> Result<(), PlanError> {
    let depth_mm = pair.closing.canal.y;
    let nearer = (1..).map(|n| depth_mm - f64::from(n) * NEARER_MM);
    for fits_mm in nearer.take_while(|mm| *mm >= DEPTH_MM_MIN) {
        let mut closing = *pair.closing;
        closing.canal.y = fits_mm;
        let other = inside(pair.mirror, &closing, pair.tissue, None)?;
        if (ORBIT_ML[0]..=ORBIT_ML[1]).contains(&other.volume_ml) {
            let fits_ml = other.volume_ml;
            return Err(PlanError::Behind { depth_mm, volume_ml, fits_mm, fits_ml });
        }
    }
    Ok(())
}

/// Marks the columns of the defect; their area, mm².
fn mark(
    floors: &mut Floors,
    wanted: &Wanted,
    frame: &OrbitFrame,
    choices: &Choices,
) -> Result<f64, PlanError> {
    let drop = choices.number("plan.drop_mm");
    let reach = choices.number("implant.reach_max_mm");
    let outline: Vec<[f64; 2]> =
        wanted.outline.iter().map(|&p| frame.placement.apply(p)).map(|p| [p.x, p.y]).collect();
    let flat = flat(floors);
    let low = |n: usize| {
        let (column, [x, y]) = (&floors.columns[n], floors.at(n));
        let (Some(mirror), true) = (column.mirror, column.within) else { return false };
        if !outline.is_empty() {
            return holds(&outline, [x, y]);
        }
        let fallen = column.own.is_some_and(|own| f64::from(mirror - own) >= drop);
        fallen && flat[n] && (FROM_MM..=reach).contains(&y)
    };
    let set: Vec<bool> = (0..floors.columns.len()).map(low).collect();
    let defect = if outline.is_empty() { opened(floors, &set) } else { floors.largest(&set) };
    let count = defect.iter().filter(|own| **own).count();
    let area_mm2 = count as f64 * floors.cell_mm2();
    if area_mm2 < DEFECT_MM2_MIN {
        if outline.is_empty() {
            let (reach_mm, drop_mm) = (reach, drop);
            return Err(PlanError::NoDefect { reach_mm, area_mm2: DEFECT_MM2_MIN, drop_mm });
        }
        let text = format!(
            "it holds {area_mm2:.0} mm2 of the orbit's floor behind the rim, and {DEFECT_MM2_MIN} are \
             the least: are the points given in LPS, mm, in their order along the edge?"
        );
        return Err(PlanError::Outline(text));
    }
    let cut = !outline.is_empty();
    for (column, own) in floors.columns.iter_mut().zip(defect) {
        column.defect = own;
        if own && cut {
            column.bone = None;
        }
    }
    Ok(area_mm2)
}

/// The columns where the mirrored floor is a floor, not a wall: seen over 4 mm to both sides it
/// rises by less than 55 degrees.
fn flat(floors: &Floors) -> Vec<bool> {
    const TANGENT_MAX: f64 = 1.43;
    let [w, h] = floors.size;
    let by = (4.0 / floors.step_mm) as usize;
    let height = |i: usize, j: usize| floors.columns[j * w + i].mirror.map(f64::from);
    let rise = |a: Option<f64>, b: Option<f64>| {
        a.zip(b).map_or(0.0, |(a, b)| (b - a) / (2.0 * by as f64 * floors.step_mm))
    };
    let own = |n: usize| {
        let (i, j) = (n % w, n / w);
        if i < by || j < by || i + by >= w || j + by >= h {
            return false;
        }
        let dx = rise(height(i - by, j), height(i + by, j));
        let dy = rise(height(i, j - by), height(i, j + by));
        float::hypot(dx, dy) < TANGENT_MAX
    };
    (0..w * h).map(own).collect()
}

/// The largest piece of a set without its narrow strips.
fn opened(floors: &Floors, set: &[bool]) -> Vec<bool> {
    let rest: Vec<bool> = set.iter().map(|own| !own).collect();
    let limit = (NARROW_MM * NARROW_MM) as f32;
    let core: Vec<bool> = floors.away_2(&rest).iter().map(|&d2| d2 > limit).collect();
    if !core.iter().any(|own| *own) {
        return core;
    }
    let near = floors.away_2(&floors.largest(&core));
    set.iter().zip(near).map(|(own, d2)| *own && d2 <= limit).collect()
}

/// Whether a polygon holds a place: an odd count of edges lies to its right.
fn holds(polygon: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let mut inside = false;
    for (n, a) in polygon.iter().enumerate() {
        let b = polygon[(n + 1) % polygon.len()];
        if (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
            inside = !inside;
        }
    }
    inside
}

/// What someone should look at.
fn looks(symmetry: &Symmetry<Lps>, local: &Local, broken: &Inside, other: &Inside) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (code, what, mm) in [
        ("plan.asymmetry", "the skull lies from its own mirror image", symmetry.rms_mm),
        ("plan.local", "rim and walls lie from the other orbit's mirror image", local.rms_mm),
    ] {
        if mm > ASYMMETRY_MM_MAX {
            let message =
                format!("{what} {mm:.1} mm away (root mean square): the floor may be off");
            let finding = Finding::warning(code, "orbit", message);
            findings.push(finding.measured(mm, ASYMMETRY_MM_MAX, "mm"));
        }
    }
    if broken.volume_ml < other.volume_ml {
        let message = format!(
            "the broken orbit holds {:.1} mL, less than the other's {:.1}: there is nothing that a \
             plate would give back in volume",
            broken.volume_ml, other.volume_ml
        );
        findings.push(Finding::warning("plan.smaller", "orbit", message));
    }
    findings
}

/// The bone around the plate, less what the defect takes out: volume in the patient's frame.
pub(super) fn without(plan: &FloorPlan, mut around: Volume<i16>) -> Volume<i16> {
    const ABOVE_MM: f64 = 3.0;
    const BENEATH_MM: f64 = 6.0;
    if plan.wanted.outline.is_empty() {
        return around;
    }
    let floors = &plan.floors;
    let set: Vec<bool> = floors.columns.iter().map(|c| c.defect).collect();
    let grid = around.grid.clone();
    let column = |x: f64, y: f64| {
        let at = |v: f64, a: usize| ((v - floors.origin[a]) / floors.step_mm).round();
        let (i, j) = (at(x, 0), at(y, 1));
        let inside =
            i >= 0.0 && j >= 0.0 && (i as usize) < floors.size[0] && (j as usize) < floors.size[1];
        inside.then(|| j as usize * floors.size[0] + i as usize)
    };
    for (n, value) in around.values.iter_mut().enumerate() {
        let p = plan.placement.apply(grid.center(grid.voxel(n)));
        let Some(own) = column(p.x, p.y).filter(|&own| set[own]) else { continue };
        let z = floors.columns[own].mirror.map_or(f64::NAN, f64::from);
        if (z - BENEATH_MM..z + ABOVE_MM).contains(&p.z) {
            *value = (*value).min(plan.tissue.air_hu as i16);
        }
    }
    around
}
