//! The places of the bone's outer face at which a screw could go in, and what stands in its way.

use ossein_field::sampled::Sampled;
use ossein_geom::{Choices, Implant, Point, Vector, float};
use rayon::prelude::*;

use super::errors::DesignError;
use super::ground::{Ground, Place, clear_mm};
use super::plan::Plan;
use crate::screws::{PLAY_MM, bone_along};

/// Distance between places that are looked at, along the jaw and across, mm.
pub(super) const SITE_MM: f64 = 1.0;
/// Lines are looked for so far over and under the middle of the bone, mm.
pub(super) const ACROSS_MM: f64 = 16.0;
/// A face is steeper than this against the way outwards where it turns over a rim: cosine.
const FACING_MIN: f64 = 0.5;
/// Over the plate's width the bone's face falls off by this at most, mm.
const FALL_MM_MAX: f64 = 2.0;
/// The plate reaches so far onto the segment's body, mm.
pub(super) const ROOT_MM: f64 = 9.0;
/// Solid metal is left between a head's sink and the plate's edge, mm.
const HEAD_EDGE_MM: f64 = 0.6;

/// Why no screw can go in at a place.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Block {
    Canal,
    Roots,
    Thin,
}

/// A place on the outer face.
pub(super) struct Site {
    pub point: Point<Implant>,
    pub normal: Vector<Implant>,
    pub from_cut_mm: f64,
    pub screw: Result<Thread, Block>,
}

/// A screw that a place can take.
#[derive(Clone, Copy)]
pub(super) struct Thread {
    pub into: Vector<Implant>,
    pub tip: Point<Implant>,
    pub length_mm: f64,
    pub bone_mm: f64,
    pub bicortical: bool,
    pub root_mm: Option<f64>,
    pub canal_mm: Option<f64>,
}

/// Lengths that screws and plate are chosen with.
pub(super) struct Sizes {
    pub count: usize,
    pub diameter_mm: f64,
    pub pitch_mm: f64,
    pub first_mm: f64,
    pub reach_mm: f64,
    pub half_width_mm: f64,
    /// From the bone's face to the top of the plate.
    pub standing_mm: f64,
    pub length_mm_max: f64,
    pub tip_mm: f64,
    pub bone_mm_min: f64,
    /// Tangent of the largest tilt.
    pub tilt_tan: f64,
    pub root_mm: f64,
    pub canal_mm: f64,
    /// Distances to teeth and canal are known so far.
    pub clear_mm: f64,
}

impl Sizes {
    /// Of these choices, if screws and plate fit each other.
    pub fn new(choices: &Choices) -> Result<Self, DesignError> {
        let number = |key: &str| choices.number(key);
        let diameter_mm = number("implant.screw_diameter_mm");
        let pitch_mm = number("implant.screw_pitch_mm");
        let head_mm = number("implant.screw_head_mm");
        let (width_mm, edge_mm) =
            (number("implant.plate_width_mm"), number("implant.hole_edge_mm"));
        let least_mm = (2.5 * diameter_mm).max(head_mm + PLAY_MM + HEAD_EDGE_MM);
        if pitch_mm < least_mm {
            return Err(DesignError::PitchTooSmall { pitch_mm, diameter_mm, least_mm });
        }
        let least_mm =
            (diameter_mm + PLAY_MM + 2.0 * edge_mm).max(head_mm + PLAY_MM + 2.0 * HEAD_EDGE_MM);
        if width_mm < least_mm {
            return Err(DesignError::PlateTooNarrow {
                width_mm,
                diameter_mm,
                head_mm,
                edge_mm,
                least_mm,
            });
        }
        let thickness_mm = number("implant.plate_thickness_mm");
        let (sine, cosine) = float::sin_cos(number("implant.screw_tilt_deg_max").to_radians());
        let tilt_tan = sine / cosine;
        Ok(Self {
            count: choices.whole("implant.screws_per_side").max(0) as usize,
            diameter_mm,
            pitch_mm,
            first_mm: number("implant.first_screw_mm"),
            reach_mm: number("implant.plate_length_mm_max"),
            half_width_mm: 0.5 * width_mm,
            standing_mm: thickness_mm + number("implant.plate_gap_mm"),
            length_mm_max: number("implant.screw_length_mm_max"),
            tip_mm: number("implant.screw_tip_mm"),
            bone_mm_min: number("implant.screw_bone_mm_min"),
            tilt_tan,
            root_mm: number("implant.root_clearance_mm"),
            canal_mm: number("implant.canal_clearance_mm"),
            clear_mm: clear_mm(choices),
        })
    }
}

/// Places of one end: so many steps from the cut (from `-ROOT_MM` on) and across.
pub(super) struct Sites {
    pub root_count: usize,
    pub along_count: usize,
    pub across_count: usize,
    pub all: Vec<Option<Site>>,
}

impl Sites {
    pub fn new(ground: &Ground, plan: &Plan, sizes: &Sizes, n: usize) -> Self {
        let sign = if n == 0 { -1.0 } else { 1.0 };
        let root_count = (ROOT_MM / SITE_MM) as usize;
        let along_count = root_count + (sizes.reach_mm / SITE_MM) as usize + 1;
        let across_count = 2 * (ACROSS_MM / SITE_MM) as usize + 1;
        let ends = plan.jaw.arch.ends_mm();
        let one = |at: usize| {
            let (i, j) = (at / across_count, at % across_count);
            let along = plan.along_mm[n] + sign * (i as f64 - root_count as f64) * SITE_MM;
            let within = (ends[0]..=ends[1]).contains(&along);
            let up = j as f64 * SITE_MM - ACROSS_MM;
            within.then(|| site(ground, sizes, n, &ground.at(along), up)).flatten()
        };
        let all = (0..along_count * across_count).into_par_iter().map(one).collect();
        Self { root_count, along_count, across_count, all }
    }

    pub fn at(&self, i: usize, across_mm: f64) -> Option<&Site> {
        let j = ((across_mm + ACROSS_MM) / SITE_MM).round();
        let inside = j >= 0.0 && (j as usize) < self.across_count && i < self.along_count;
        inside.then(|| self.all[i * self.across_count + j as usize].as_ref()).flatten()
    }

    /// The place of a plate's middle, if bone carries it over its whole width there.
    pub fn carried(&self, i: usize, across_mm: f64, half_width_mm: f64) -> Option<&Site> {
        let middle = self.at(i, across_mm)?;
        let rim = 0.85 * half_width_mm;
        for beside in [-rim, rim] {
            let edge = self.at(i, across_mm + beside)?;
            let fall = (middle.point - edge.point).dot(middle.normal);
            if fall > FALL_MM_MAX || edge.normal.dot(middle.normal) < FACING_MIN {
                return None;
            }
        }
        Some(middle)
    }
}

fn site(ground: &Ground, sizes: &Sizes, n: usize, place: &Place, up_mm: f64) -> Option<Site> {
    let point = ground.face(place, up_mm)?;
    let normal = ground.normal(point);
    if normal.dot(place.outward) < FACING_MIN {
        return None;
    }
    let from_cut_mm = ground.region.cuts[n].height_mm(point);
    let screw = best_thread(ground, sizes, place, point, -normal);
    Some(Site { point, normal, from_cut_mm, screw })
}

/// The thread straight across the plate, or else tilted as little as brings it through both walls.
fn best_thread(
    ground: &Ground,
    sizes: &Sizes,
    place: &Place,
    point: Point<Implant>,
    into: Vector<Implant>,
) -> Result<Thread, Block> {
    let mut best = thread(ground, sizes, point, into);
    for part in [0.5, 1.0] {
        for aside in [place.up, -place.up, place.along, -place.along] {
            if best.as_ref().is_ok_and(|thread| thread.bicortical) || sizes.tilt_tan <= 0.0 {
                return best;
            }
            let level = (aside - into * into.dot(aside)).unit();
            let tilted = (into + level * (part * sizes.tilt_tan)).unit();
            let other = thread(ground, sizes, point, tilted);
            let better = match (&best, &other) {
                (Err(_), Ok(_)) => true,
                (Ok(a), Ok(b)) => b.bicortical || b.length_mm > a.length_mm + 2.0,
                _ => false,
            };
            if better {
                best = other;
            }
        }
    }
    best
}

/// The longest screw along a direction that bone, teeth and canal leave room for.
fn thread(
    ground: &Ground,
    sizes: &Sizes,
    point: Point<Implant>,
    into: Vector<Implant>,
) -> Result<Thread, Block> {
    let bone_mm = bone_along(ground.bone.volume(), point, into, 30.0);
    if bone_mm < sizes.bone_mm_min {
        return Err(Block::Thin);
    }
    let radius = 0.5 * sizes.diameter_mm;
    let through = (sizes.standing_mm + bone_mm + sizes.tip_mm).floor();
    let mut length = through.min(sizes.length_mm_max.floor());
    let mut block = Block::Thin;
    while length - sizes.standing_mm >= sizes.bone_mm_min {
        let depth = length - sizes.standing_mm;
        let tip = point + into * depth;
        let away =
            |solid: &Option<_>| clearance(solid.as_deref(), point, tip, [radius, sizes.clear_mm]);
        let (root_mm, canal_mm) = (away(&ground.teeth), away(&ground.canal));
        let near = |away: Option<f64>, least: f64| away.is_some_and(|away| away < least);
        let bicortical = depth >= bone_mm;
        block = if near(canal_mm, sizes.canal_mm) {
            Block::Canal
        } else if near(root_mm, sizes.root_mm) {
            Block::Roots
        } else {
            let length_mm = length;
            return Ok(Thread { into, tip, length_mm, bone_mm, bicortical, root_mm, canal_mm });
        };
        length -= 1.0;
    }
    Err(block)
}

/// Least distance from a thread to a solid, mm; up to what the samples know.
fn clearance(
    solid: Option<&Sampled<Implant>>,
    from: Point<Implant>,
    to: Point<Implant>,
    [radius_mm, clear_mm]: [f64; 2],
) -> Option<f64> {
    let volume = solid?.volume();
    let count = (from.distance(to) / 0.25).ceil().max(1.0);
    let at = |n: usize| {
        let p = from.lerp(to, n as f64 / count);
        if volume.grid.bounds().contains(p) { volume.sample(p) } else { clear_mm }
    };
    Some((0..=count as usize).map(at).fold(clear_mm, f64::min) - radius_mm)
}
