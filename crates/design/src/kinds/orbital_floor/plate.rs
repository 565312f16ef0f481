//! The plate over the defect: where it lies, how high, and its solids.

use std::sync::Arc;

use ossein_field::boolean::{Difference, Solid, Union};
use ossein_field::height::Raster;
use ossein_field::main_part::MainPart;
use ossein_field::primitive::Cone;
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Aabb, Choices, Implant, Job, Point, Vector, Volume, float};
use ossein_mesh::iso_surface;

use super::errors::DesignError;
use super::fixation::{FlangeScrew, screws, ways};
use super::floor::Floors;
use super::plan::{FloorPlan, without};
use super::sheet::{Sheet, cosine};
use crate::near::{cropped, distances, grid};
use crate::swept::swept;

/// Distance between samples of the bone, mm.
const BONE_MM: f64 = 0.5;
/// Farther from bone than this, distance does not count, mm.
const NEAR_MM: f64 = 3.0;
/// The plate is lifted so far at most on its way out, mm.
pub(super) const LIFT_MM: f64 = 15.0;
/// Share of the plate that may meet bone on its way, percent: what the surgeon bends past.
pub(super) const BLOCKED_PERCENT: f64 = 2.0;
/// The plate is nowhere steeper: cosine of 60 degrees.
const COSINE_MIN: f32 = 0.5;
/// The flange's middle lies within this of the rim's point, mm.
const ASIDE_MM: f64 = 8.0;
/// Heights over the ledge are smoothed so many times over their neighbours: by 0.7 mm.
const BLUR_COUNT: usize = 8;
/// Solid material around a hole, at least, mm.
const AROUND_HOLE_MM: f64 = 1.0;

/// Where a plate lies.
pub(super) struct Ground<'a> {
    pub floors: &'a Floors,
    /// The columns that it covers.
    pub mask: Vec<bool>,
    /// Those of its flange.
    pub flange: Vec<bool>,
    /// The orbital face.
    pub top: Raster,
    /// Cosine of its slope.
    pub cosine: Raster,
    /// Signed distance to the outline, seen along z: negative inside.
    pub edge: Raster,
    /// Distance to the bone.
    pub bone: Arc<Sampled<Implant>>,
    /// Distance to the bone and to what lies under it.
    pub swept: Arc<Sampled<Implant>>,
    pub thickness_mm: f64,
    pub gap_mm: f64,
}

impl<'a> Ground<'a> {
    /// Finds the columns, draws the face and samples the bone.
    pub fn new(
        plan: &'a FloorPlan,
        hu: &Volume<i16>,
        choices: &Choices,
        job: &Job,
    ) -> Result<Self, DesignError> {
        let floors = &plan.floors;
        let thickness_mm = choices.number("implant.thickness_mm");
        let gap_mm = choices.number("implant.gap_mm");
        let blur = blur_count(floors, choices.number("implant.smooth_mm"));
        let drawn = smoothed(floors, filled(floors), blur);
        let columns = columns(plan, &drawn, choices)?;
        let sizes = [thickness_mm, gap_mm, margin(choices)];
        let top = |mask: &[bool]| top(floors, &drawn, mask, sizes);
        let first = top(&columns.mask);
        let bone = bone(plan, hu, &columns.mask, &first, job)?;
        let over = swept(&bone);
        let [bone, swept] = [bone, over].map(|volume| Arc::new(Sampled::new(volume)));
        // A plate's outline keeps out of bone by itself: what bone cuts would be ragged.
        let free = |n: usize| {
            let [x, y] = floors.at(n);
            let sunk = f64::from(first.values[n]) - 0.5 * thickness_mm;
            columns.may[n] && swept.volume().sample(Point::new(x, y, sunk)) >= gap_mm
        };
        let free: Vec<bool> = (0..columns.mask.len()).map(free).collect();
        let own = (0..free.len()).map(|n| columns.mask[n] && free[n]).collect::<Vec<bool>>();
        let mask = floors.largest(&rounded(floors, &own, &free));
        let flange = (0..mask.len()).map(|n| mask[n] && columns.flange[n]).collect();
        // What was raised is steeper, and so deeper along z: once more.
        let mut top = top(&mask);
        for _ in 0..2 {
            top = lifted(floors, &top, &mask, &swept, [thickness_mm, gap_mm]);
        }
        let (edge, cosine) = (edge(floors, &mask), cosine(&top));
        Ok(Self { floors, mask, flange, top, cosine, edge, bone, swept, thickness_mm, gap_mm })
    }

    /// The columns that it covers.
    pub fn covered(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.mask.len()).filter(|&n| self.mask[n])
    }

    /// A place of the orbital face.
    pub fn face(&self, n: usize) -> Point<Implant> {
        let [x, y] = self.floors.at(n);
        Point::new(x, y, f64::from(self.top.values[n]))
    }

    /// Out of the orbital face.
    pub fn normal(&self, n: usize) -> Vector<Implant> {
        let p = self.face(n);
        let h = self.floors.step_mm;
        let dx = (self.top.at(p.x + h, p.y) - self.top.at(p.x - h, p.y)) / (2.0 * h);
        let dy = (self.top.at(p.x, p.y + h) - self.top.at(p.x, p.y - h)) / (2.0 * h);
        Vector::new(-dx, -dy, 1.0).unit()
    }

    /// The place of the under side beneath one of the face.
    pub fn under(&self, n: usize) -> Point<Implant> {
        self.face(n) - self.normal(n) * self.thickness_mm
    }

    /// Whether bone over it takes the plate away at a column.
    pub fn cut_away(&self, n: usize) -> bool {
        let middle = self.face(n) - self.normal(n) * (0.5 * self.thickness_mm);
        self.swept.volume().sample(middle) < self.gap_mm
    }

    /// The least lift with which the plate slides out over the rim, mm; or the share of it that is
    /// blocked at the highest, percent.
    pub fn lift(&self) -> Result<f64, f64> {
        const STEP_MM: f64 = 1.0;
        const LOOK_MM: f64 = 0.5;
        let bone = self.bone.volume();
        let front = bone.grid.origin.y;
        let count = self.covered().count().max(1);
        let mut percent = 100.0;
        let mut lift = 0.0;
        while lift <= LIFT_MM {
            let blocked = |n: &usize| {
                let p = self.face(*n) + Vector::new(0.0, 0.0, lift);
                let looks = ((p.y - front) / LOOK_MM) as usize;
                let at = |k: usize| p - Vector::new(0.0, k as f64 * LOOK_MM, 0.0);
                (1..looks).any(|k| bone.sample(at(k)) < 0.0)
            };
            percent = 100.0 * self.covered().filter(blocked).count() as f64 / count as f64;
            if percent <= BLOCKED_PERCENT {
                return Ok(lift);
            }
            lift += STEP_MM;
        }
        Err(percent)
    }
}

fn margin(choices: &Choices) -> f64 {
    choices.number("implant.margin_mm")
}

/// Mirrored heights everywhere: where there is none, those of the nearest column that has one.
fn filled(floors: &Floors) -> Raster {
    let mut heights: Vec<Option<f32>> = floors.columns.iter().map(|c| c.mirror).collect();
    let mut front: Vec<usize> = (0..heights.len()).filter(|&n| heights[n].is_some()).collect();
    let mut next = 0;
    while let Some(&n) = front.get(next) {
        next += 1;
        for other in floors.beside(n) {
            if heights[other].is_none() {
                heights[other] = heights[n];
                front.push(other);
            }
        }
    }
    floors.raster(|n| heights[n].unwrap_or(0.0))
}

/// Each height the mean of its own and its neighbours', so many times.
fn smoothed(floors: &Floors, mut heights: Raster, count: usize) -> Raster {
    for _ in 0..count {
        let mean = |n: usize| {
            let (mut sum, mut parts) = (4.0 * heights.values[n], 4.0);
            for other in floors.beside(n) {
                sum += heights.values[other];
                parts += 1.0;
            }
            sum / parts
        };
        heights = floors.raster(mean);
    }
    heights
}

/// Columns for a plate.
struct Columns {
    /// That it covers.
    mask: Vec<bool>,
    /// That it may cover at all.
    may: Vec<bool>,
    /// Of its flange.
    flange: Vec<bool>,
}

/// The columns that the plate shall cover, if bone lets it.
fn columns(plan: &FloorPlan, drawn: &Raster, choices: &Choices) -> Result<Columns, DesignError> {
    const LOST_PERCENT_MAX: f64 = 25.0;
    let floors = &plan.floors;
    let number = |name: &str| choices.number(name);
    let (reach_mm, canal_mm) =
        (number("implant.reach_max_mm"), number("implant.canal_clearance_mm"));
    let clear_mm = canal_mm + number("implant.thickness_mm") + floors.step_mm;
    let slope = cosine(drawn);
    let allowed = |n: usize| {
        let [x, y] = floors.at(n);
        let p = Point::new(x, y, f64::from(drawn.values[n]));
        y <= reach_mm && p.distance(plan.canal) >= clear_mm
    };
    let defect: Vec<bool> = floors.columns.iter().map(|c| c.defect).collect();
    let all: Vec<usize> = (0..defect.len()).filter(|&n| defect[n]).collect();
    let lost = all.iter().filter(|&&n| !allowed(n)).count();
    let percent = 100.0 * lost as f64 / all.len().max(1) as f64;
    if percent > LOST_PERCENT_MAX {
        return Err(DesignError::TooFar { percent, reach_mm, canal_mm });
    }
    let near = floors.away_2(&defect);
    let margin_2 = margin(choices).powi(2) as f32;
    let middle = all.iter().map(|&n| floors.at(n)[0]).sum::<f64>() / all.len().max(1) as f64;
    let middle = middle.clamp(-ASIDE_MM, ASIDE_MM);
    let first = all.iter().map(|&n| floors.at(n)[1]).fold(f64::INFINITY, f64::min);
    let (half, before) = (0.5 * number("implant.flange_width_mm"), number("implant.flange_mm"));
    let on_flange = |n: usize| {
        let [x, y] = floors.at(n);
        (x - middle).abs() <= half && (-before..=first + 2.0).contains(&y)
    };
    let may = |n: usize| {
        allowed(n) && floors.columns[n].mirror.is_some() && slope.values[n] >= COSINE_MIN
    };
    let may: Vec<bool> = (0..defect.len()).map(may).collect();
    let own =
        |n: usize| may[n] && (floors.columns[n].within && near[n] <= margin_2 || on_flange(n));
    let set: Vec<bool> = (0..defect.len()).map(own).collect();
    let mask = floors.largest(&rounded(floors, &floors.largest(&set), &may));
    let flange = (0..mask.len()).map(on_flange).collect();
    Ok(Columns { mask, may, flange })
}

/// A set without arms and notches narrower than 5 mm, within what may be.
fn rounded(floors: &Floors, set: &[bool], may: &[bool]) -> Vec<bool> {
    const RADIUS_2: f32 = 2.5 * 2.5;
    let not = |set: &[bool]| -> Vec<bool> { set.iter().map(|own| !own).collect() };
    let grown = |set: &[bool]| -> Vec<bool> {
        floors.away_2(set).iter().map(|d2| *d2 <= RADIUS_2).collect()
    };
    // Opening, then closing.
    let opened = grown(&not(&grown(&not(set))));
    let closed = not(&grown(&not(&grown(&opened))));
    closed.iter().zip(may).map(|(own, may)| *own && *may).collect()
}

/// How often to smooth for a blur of this standard deviation: each time adds a quarter of a step
/// squared to its variance along each axis.
fn blur_count(floors: &Floors, sigma_mm: f64) -> usize {
    (4.0 * sigma_mm * sigma_mm / (floors.step_mm * floors.step_mm)).round() as usize
}

/// The orbital face: the mirrored floor over the defect, and over the ledge the bone's own height
/// with gap and plate on it.
fn top(
    floors: &Floors,
    drawn: &Raster,
    mask: &[bool],
    [thickness, gap, margin]: [f64; 3],
) -> Raster {
    let defect: Vec<bool> = floors.columns.iter().map(|c| c.defect).collect();
    let near = floors.away_2(&defect);
    let slope = cosine(drawn);
    let rest = |n: usize| {
        let bone = floors.columns[n].bone.filter(|_| mask[n] && !defect[n])?;
        Some(f64::from(bone) + gap + thickness / f64::from(slope.values[n].max(COSINE_MIN)))
    };
    let height = |n: usize| {
        let own = f64::from(drawn.values[n]);
        let Some(rest) = rest(n) else { return own as f32 };
        let weight = (f64::from(near[n]).sqrt() / (0.7 * margin)).min(1.0);
        (own + weight * (rest - own)).max(rest.min(own + 1.0)) as f32
    };
    let mut heights = smoothed(floors, floors.raster(height), BLUR_COUNT);
    // No lower than the bone allows, where the smoothing went beneath.
    for n in 0..heights.values.len() {
        if let Some(rest) = rest(n) {
            heights.values[n] = heights.values[n].max((rest as f32).min(heights.values[n] + 0.5));
        }
    }
    smoothed(floors, heights, 2)
}

/// The face raised where bone would reach into the plate: bone cuts no holes into it.
fn lifted(
    floors: &Floors,
    top: &Raster,
    mask: &[bool],
    swept: &Sampled<Implant>,
    [thickness, gap]: [f64; 2],
) -> Raster {
    const LIFT_MAX_MM: f32 = 1.5;
    const STEP_MM: f32 = 0.05;
    const ROUND_COUNT: usize = 12;
    let slope = cosine(top);
    let needed = |n: usize| {
        let [x, y] = floors.at(n);
        let deep = thickness / f64::from(slope.values[n].max(COSINE_MIN));
        let under = f64::from(top.values[n]) - deep;
        let clear = |lift: &f32| {
            let p = Point::new(x, y, under + f64::from(*lift));
            swept.volume().sample(p) >= gap
        };
        let count = (LIFT_MAX_MM / STEP_MM) as usize;
        let lift = (0..=count).map(|k| k as f32 * STEP_MM).find(clear);
        if mask[n] { lift.unwrap_or(0.0) } else { 0.0 }
    };
    let needed: Vec<f32> = (0..mask.len()).map(needed).collect();
    let mut lift = floors.raster(|n| needed[n]);
    // Around what is raised the face rises gently.
    for _ in 0..ROUND_COUNT {
        let soft = smoothed(floors, lift, 1);
        lift = floors.raster(|n| soft.values[n].max(needed[n]));
    }
    floors.raster(|n| top.values[n] + lift.values[n])
}

/// Signed distance to the edge of a set, negative inside.
fn edge(floors: &Floors, mask: &[bool]) -> Raster {
    let not: Vec<bool> = mask.iter().map(|own| !own).collect();
    let (inside, outside) = (floors.away_2(&not), floors.away_2(mask));
    let half = 0.5 * floors.step_mm as f32;
    let distance = |n: usize| {
        if mask[n] { half - inside[n].sqrt() } else { outside[n].sqrt() - half }
    };
    smoothed(floors, floors.raster(distance), 2 * BLUR_COUNT)
}

/// Signed distance to the bone around and above the plate.
fn bone(
    plan: &FloorPlan,
    hu: &Volume<i16>,
    mask: &[bool],
    top: &Raster,
    job: &Job,
) -> Result<Volume<f32, Implant>, DesignError> {
    const AROUND_MM: f64 = 4.0;
    const FRONT_MM: f64 = 8.0;
    const DEEP_MM: f64 = 9.0;
    let own = (0..mask.len()).filter(|&n| mask[n]).map(|n| {
        let [x, y] = plan.floors.at(n);
        Point::new(x, y, f64::from(top.values[n]))
    });
    let near = Aabb::around(own);
    let (down, up) = (
        Vector::new(AROUND_MM, AROUND_MM + FRONT_MM, DEEP_MM),
        Vector::new(AROUND_MM, AROUND_MM, LIFT_MM + 1.0),
    );
    let grid = grid(Aabb::new(near.min - down, near.max + up), BONE_MM);
    let around = cropped(hu, &plan.placement, &grid.bounds().grow(4.0));
    let mesh = iso_surface(&without(plan, around), plan.tissue.bone_hu, job)?.into_mesh();
    Ok(distances(&mesh.placed(&plan.placement), &grid, NEAR_MM, job)?)
}

/// The solids of a plate.
pub(super) struct Shapes {
    pub part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// The plate without holes.
    pub body: Solid<Implant>,
    pub screws: Vec<FlangeScrew>,
    pub hole_count: usize,
}

/// Builds the plate.
pub(super) fn build(
    ground: &Ground,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Shapes, DesignError> {
    let screws = screws(ground, choices)?;
    let (mut cut, hole_count) = holes(ground, &screws, choices);
    cut.extend(ways(ground, &screws, choices));
    let from = body(ground);
    let part: Solid<Implant> = Box::new(Difference { from, cut: Box::new(Union::new(cut)) });
    let part = Arc::new(MainPart::new(part, part_step_mm, job)?);
    Ok(Shapes { part, body: body(ground), screws, hole_count })
}

/// The sheet with its round edge, clear of the bone.
fn body(ground: &Ground) -> Solid<Implant> {
    let half = 0.5 * ground.thickness_mm;
    let middle = |n: usize| {
        let steep = ground.cosine.values[n].max(COSINE_MIN);
        ground.top.values[n] - half as f32 / steep
    };
    let drawn_in = |n: usize| ground.edge.values[n] + half as f32;
    let (middle, edge) = (ground.floors.raster(middle), ground.floors.raster(drawn_in));
    let sheet = Sheet::new(middle, edge, ground.thickness_mm);
    let cut = Grown { inner: ground.swept.clone(), by_mm: ground.gap_mm };
    Box::new(Difference { from: Box::new(sheet), cut: Box::new(cut) })
}

/// Holes for drainage in a triangular pattern, and how many.
fn holes(
    ground: &Ground,
    screws: &[FlangeScrew],
    choices: &Choices,
) -> (Vec<Solid<Implant>>, usize) {
    let diameter = choices.number("implant.hole_diameter_mm");
    let pitch = choices.number("implant.hole_pitch_mm").max(diameter + 2.0 * AROUND_HOLE_MM);
    let head = choices.number("implant.screw_head_mm");
    let mut holes: Vec<Solid<Implant>> = Vec::new();
    if diameter <= 0.0 {
        return (holes, 0);
    }
    let bounds = Aabb::around(ground.covered().map(|n| ground.face(n)));
    let rise = pitch * 0.75f64.sqrt();
    let rows = ((bounds.max.y - bounds.min.y) / rise) as usize + 1;
    let columns = ((bounds.max.x - bounds.min.x) / pitch) as usize + 2;
    for row in 0..rows {
        for column in 0..columns {
            let x = bounds.min.x + (column as f64 - 0.5 * (row % 2) as f64) * pitch;
            let y = bounds.min.y + row as f64 * rise;
            let away = |s: &FlangeScrew| float::hypot(s.point.x - x, s.point.y - y);
            let screw = screws.iter().map(away).fold(f64::INFINITY, f64::min);
            let free = ground.edge.at(x, y) <= -(0.5 * diameter + AROUND_HOLE_MM)
                && screw >= 0.5 * (diameter + head) + AROUND_HOLE_MM;
            if free {
                let z = ground.top.at(x, y);
                let end = |by: f64| Point::new(x, y, z + by);
                holes.push(Box::new(Cone::cylinder(end(-4.0), end(3.0), 0.5 * diameter)));
            }
        }
    }
    let count = holes.len();
    (holes, count)
}
