//! The solids of a skull plate.

use std::sync::Arc;

use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::lattice;
use ossein_field::main_part::MainPart;
use ossein_field::outline::Prism;
use ossein_field::primitive::Cone;
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Choices, Grid, Implant, Job, Mm, Point, Vector, Volume, float};
use ossein_mesh::iso::iso_surface;
use rayon::prelude::*;

use super::design::DesignError;
use super::fixation::{Fixation, TabScrew, fixation};
use super::places::{connected, signed};
use super::plan::VaultPlan;
use super::thickness::{Thickness, thickness};
use crate::near::{cropped, distances};
use crate::screws::bone_along;
use crate::swept::swept;

/// Distance between samples of the bone, mm.
const BONE_MM: f64 = 0.5;
/// Farther from bone than this, distance does not count, mm.
const NEAR_MM: f64 = 3.0;
/// Bone and plate are looked at this far above the outer and beneath the inner surface, mm.
const ABOVE_MM: f64 = 6.0;
/// Plates thinner than this are looked at between samples of the bone, mm.
const SHEET_MM: f64 = 1.8;
/// So often over their thickness.
const LOOK_COUNT: usize = 4;
/// Solid material between a hole and a tab, at least, mm.
const HOLE_TO_TAB_MM: f64 = 1.0;
/// How far the plate may reach past its trimmed edge: half of what a look at the edge resolves.
pub(super) const TRIM_MM: f64 = 0.5;

/// What a plate is fitted to: bone, and the surfaces drawn over the hole.
pub(super) struct Ground {
    /// Outer surface.
    pub outer: Raster,
    /// Inner surface of the plate.
    pub inner: Raster,
    /// Signed distance to the plate's edge, seen along the axis: negative inside.
    pub edge: Raster,
    /// Distance to the bone and to all that lies behind it as the plate comes in.
    pub swept: Arc<Sampled<Implant>>,
    /// Distance to the bone alone.
    pub bone: Arc<Sampled<Implant>>,
    /// Area behind bone that the plate cannot reach, mm².
    pub undercut_mm2: f64,
}

impl Ground {
    /// Samples the bone around a hole and finds where a plate can go in.
    pub fn new(
        plan: &VaultPlan,
        skull: &Volume<i16>,
        choices: &Choices,
        job: &Job,
    ) -> Result<Self, DesignError> {
        let outer = plan.outer.raster();
        let wanted = thickness(choices)?;
        let inner = inner(&outer, &plan.inner.raster(), &wanted);
        let bone = bone(plan, skull, &outer, &inner, job)?;
        let swept = swept(&bone);
        let least = (choices.number("implant.gap_mm"), wanted.edge_mm);
        let (edge, undercut_mm2) = edge(&outer, &inner, [&bone, &swept], least)?;
        let [bone, swept] = [bone, swept].map(|volume| Arc::new(Sampled::new(volume)));
        Ok(Self { outer, inner, edge, swept, bone, undercut_mm2 })
    }

    /// The outer surface moved out along its normal.
    pub fn raised(&self, by_mm: f64) -> Raster {
        moved(&self.outer, |_| by_mm)
    }

    /// The bone and what lies behind it, grown by `by_mm`.
    pub fn bone_and(&self, by_mm: f64) -> Solid<Implant> {
        Box::new(Grown { inner: self.swept.clone(), by_mm })
    }

    /// How far the plate reaches from the axis in a direction, mm.
    pub fn edge_along(&self, direction: [f64; 2]) -> f64 {
        edge_along(&self.edge, direction)
    }

    /// Bone along a line from its surface until the line leaves it, mm.
    pub fn bone_along(&self, from: Point<Implant>, along: Vector<Implant>) -> f64 {
        const DEPTH_MM: f64 = 20.0;
        bone_along(self.bone.volume(), from, along, DEPTH_MM)
    }
}

/// How far the inside of an edge reaches from the axis in a direction, mm.
pub(super) fn edge_along(edge: &Raster, [c, s]: [f64; 2]) -> f64 {
    let mut r = -edge.origin[0];
    while r > 0.0 && edge.at(r * c, r * s) > 0.0 {
        r -= 0.1;
    }
    r.max(0.0)
}

/// Heights moved along the surface's normal.
fn moved(raster: &Raster, by_mm: impl Fn(usize) -> f64) -> Raster {
    let [ni, nj] = raster.size;
    let slope = |n: usize, a: usize| {
        let (i, j) = (n % ni, n / ni);
        let [low, high] = match a {
            0 => [j * ni + i.saturating_sub(1), j * ni + (i + 1).min(ni - 1)],
            _ => [j.saturating_sub(1) * ni + i, (j + 1).min(nj - 1) * ni + i],
        };
        let across = if a == 0 { high - low } else { (high - low) / ni };
        let rise = f64::from(raster.values[high] - raster.values[low]);
        rise / (across as f64 * raster.step_mm)
    };
    let value = |n: usize| {
        let (dx, dy) = (slope(n, 0), slope(n, 1));
        raster.values[n] + (by_mm(n) * (1.0 + dx * dx + dy * dy).sqrt()) as f32
    };
    Raster { values: (0..ni * nj).map(value).collect(), ..raster.clone() }
}

/// The plate's inner surface: the bone's own, or the outer one moved in.
fn inner(outer: &Raster, drawn: &Raster, wanted: &Thickness) -> Raster {
    if let Some(even_mm) = wanted.even_mm {
        return moved(outer, |_| -even_mm);
    }
    let (thickest, thinnest) =
        (moved(outer, |_| -wanted.most_mm), moved(outer, |_| -wanted.edge_mm));
    let value = |n: usize| drawn.values[n].clamp(thickest.values[n], thinnest.values[n]);
    Raster { values: (0..drawn.values.len()).map(value).collect(), ..outer.clone() }
}

/// Signed distance to the bone, less what is cut out, on a grid along the implant's axes.
fn bone(
    plan: &VaultPlan,
    skull: &Volume<i16>,
    outer: &Raster,
    inner: &Raster,
    job: &Job,
) -> Result<Volume<f32, Implant>, DesignError> {
    let (low, high) = (inner.extremes().0 - ABOVE_MM, outer.extremes().1 + ABOVE_MM);
    // The band's samples lie at whole multiples of its step: so do these.
    let low = (low / BONE_MM).floor() * BONE_MM;
    let min = Point::new(outer.origin[0], outer.origin[1], low);
    let side = outer.size[0];
    let size = [side, side, ((high - low) / BONE_MM).ceil() as usize + 1];
    let grid = Grid::<Implant>::aligned(min, [BONE_MM; 3], size);
    let around = cropped(&plan.cut(skull), &plan.placement, &grid.bounds().grow(4.0));
    let mesh = iso_surface(&around, plan.level_hu, job)?.into_mesh();
    Ok(distances(&mesh.placed(&plan.placement), &grid, NEAR_MM, job)?)
}

/// Where the plate ends, seen along its axis; and the area that undercuts take from it.
fn edge(
    outer: &Raster,
    inner: &Raster,
    [bone, swept]: [&Volume<f32, Implant>; 2],
    (gap, least): (f64, f64),
) -> Result<(Raster, f64), DesignError> {
    let side = outer.size[0];
    let thickness = |n: usize, free: &Volume<f32, Implant>| {
        let grid = &free.grid;
        let (top, bottom) = (f64::from(outer.values[n]), f64::from(inner.values[n]));
        let level = |k: usize| grid.origin.z + k as f64 * grid.spacing[2];
        if top - bottom < SHEET_MM {
            let [x, y] = [n % side, n / side].map(|i| i as f64 * outer.step_mm);
            let (x, y) = (outer.origin[0] + x, outer.origin[1] + y);
            let at =
                |look: usize| bottom + (look as f64 + 0.5) / LOOK_COUNT as f64 * (top - bottom);
            let open = |look: &usize| free.sample(Point::new(x, y, at(*look))) >= gap;
            let count = (0..LOOK_COUNT).filter(open).count();
            return count as f64 / LOOK_COUNT as f64 * (top - bottom);
        }
        let inside = |k: &usize| level(*k) <= top && level(*k) >= bottom;
        let open = |k: &usize| f64::from(free.values[grid.index([n % side, n / side, *k])]) >= gap;
        let (mut count, mut all) = (0usize, 0usize);
        for k in (0..grid.size[2]).filter(inside) {
            all += 1;
            count += usize::from(open(&k));
        }
        // Whole where every sample is free, else as many steps as are free.
        if count == all { top - bottom } else { count as f64 * grid.spacing[2] }
    };
    let wide = |free: &Volume<f32, Implant>| -> Vec<bool> {
        (0..side * side).into_par_iter().map(|n| thickness(n, free) >= least).collect()
    };
    let (reached, unswept) = (wide(swept), wide(bone));
    let middle = (side / 2) * side + side / 2;
    let near = |n: &usize| {
        let (i, j) = ((n % side) as f64, (n / side) as f64);
        let half = (side / 2) as f64;
        float::hypot(i - half, j - half) * outer.step_mm < 5.0
    };
    let start = if reached[middle] {
        Some(middle)
    } else {
        (0..reached.len()).filter(near).find(|&n| reached[n])
    };
    let plate = connected(side, start, |n| reached[n]);
    let border = (0..plate.len()).any(|n| {
        let (i, j) = (n % side, n / side);
        plate[n] && (i == 0 || j == 0 || i + 1 == side || j + 1 == side)
    });
    if start.is_none() || border {
        return Err(DesignError::NoRim { opens: border });
    }
    let whole = connected(side, start, |n| unswept[n]);
    let lost = plate.iter().zip(&whole).filter(|(plate, whole)| **whole && !**plate).count();
    Ok((signed(&plate, outer), lost as f64 * outer.step_mm * outer.step_mm))
}

/// The solids of a plate.
pub(super) struct Shapes {
    pub part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// The plate without holes, tabs and lattice.
    pub body: Solid<Implant>,
    pub screws: Vec<TabScrew>,
    pub hole_count: usize,
}

/// Builds the plate.
pub(super) fn build(
    ground: &Ground,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Shapes, DesignError> {
    let fixation = fixation(ground, choices);
    let (holes, hole_count) = holes(ground, &fixation, choices);
    let body = || body(ground, choices, 0.0);
    let mut solid: Vec<Solid<Implant>> = vec![match choices.word("lattice.cell") {
        "none" => body(),
        cell => porous(ground, choices, cell)?,
    }];
    let mut cut: Vec<Solid<Implant>> = holes;
    let Fixation { tabs, holes, screws, .. } = fixation;
    solid.extend(tabs);
    cut.extend(holes);
    let from = Box::new(Union::new(solid));
    let part: Solid<Implant> = match cut.is_empty() {
        true => from,
        false => Box::new(Difference { from, cut: Box::new(Union::new(cut)) }),
    };

    let part = Arc::new(MainPart::new(part, part_step_mm, job)?);
    Ok(Shapes { part, body: body(), screws, hole_count })
}

/// Between the two surfaces, clear of the bone, within the edge drawn in by `inset_mm`.
fn body(ground: &Ground, choices: &Choices, inset_mm: f64) -> Solid<Implant> {
    let shift = (inset_mm - TRIM_MM) as f32;
    let values = ground.edge.values.iter().map(|d| d + shift).collect();
    let edge = Prism::new(Raster { values, ..ground.edge.clone() });
    let slab = Intersection(vec![
        Box::new(Terrain::new(ground.outer.clone(), false)),
        Box::new(Terrain::new(ground.inner.clone(), true)),
        Box::new(edge),
    ]);
    let cut = ground.bone_and(choices.number("implant.gap_mm"));
    Box::new(Difference { from: Box::new(slab), cut })
}

/// A porous core in a solid rim.
fn porous(ground: &Ground, choices: &Choices, cell: &str) -> Result<Solid<Implant>, DesignError> {
    let period = Mm(choices.number("lattice.period_mm"));
    let fraction = choices.number("lattice.solid_fraction");
    let plan = lattice::target::at(lattice::by_name(cell)?, period, fraction)?;
    let rim = Difference {
        from: body(ground, choices, 0.0),
        cut: body(ground, choices, choices.number("lattice.rim_mm")),
    };
    let metal = Blend {
        a: plan.solid(Point::ORIGIN),
        b: Box::new(rim),
        radius_mm: choices.number("lattice.transition_mm"),
    };
    Ok(Box::new(Intersection(vec![Box::new(metal), body(ground, choices, 0.0)])))
}

/// Holes for drainage and sutures, in a triangular grid, and how many.
fn holes(ground: &Ground, fixation: &Fixation, choices: &Choices) -> (Vec<Solid<Implant>>, usize) {
    let diameter = choices.number("implant.hole_diameter_mm");
    let pitch = choices.number("implant.hole_pitch_mm");
    let edge = choices.number("implant.hole_edge_mm") + 0.5 * diameter;
    let mut holes: Vec<Solid<Implant>> = Vec::new();
    if diameter <= 0.0 {
        return (holes, 0);
    }
    let reach = -ground.outer.origin[0];
    let rows = (reach / (pitch * 0.75f64.sqrt())) as i64;
    let columns = (reach / pitch) as i64 + 1;
    for row in -rows..=rows {
        for column in -columns..=columns {
            let x = (column as f64 + 0.5 * (row.rem_euclid(2)) as f64) * pitch;
            let y = row as f64 * pitch * 0.75f64.sqrt();
            let free = ground.edge.at(x, y) <= -edge
                && fixation.away_mm([x, y]) >= 0.5 * diameter + HOLE_TO_TAB_MM;
            if x.abs() < reach && y.abs() < reach && free {
                let end = |z: f64| Point::new(x, y, z);
                let (low, high) = (ground.inner.at(x, y) - 4.0, ground.outer.at(x, y) + 4.0);
                holes.push(Box::new(Cone::cylinder(end(low), end(high), 0.5 * diameter)));
            }
        }
    }
    let count = holes.len();
    (holes, count)
}
