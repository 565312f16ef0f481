//! The screws on the rim.

use ossein_field::boolean::Solid;
use ossein_geom::{Choices, Implant, Point, Vector};
use serde::{Deserialize, Serialize};

use super::errors::DesignError;
use super::plate::Ground;
use crate::screws::{bone_along, countersunk};

/// Least thread in bone, mm.
const THREAD_MM_MIN: f64 = 3.0;
/// Bone around the plate is looked into so deep, mm.
const DEPTH_MM: f64 = 9.0;
/// A screw leans away from z by 45 degrees at most: cosine.
const LEAN_COSINE: f64 = 0.707;
/// And no more than this to the back, where no driver comes from: y of the way out.
const BACK_MAX: f64 = 0.2;
/// Material between head and outline, mm.
const EDGE_MM: f64 = 0.8;
/// Material between two heads, mm.
const BETWEEN_MM: f64 = 1.0;
/// Screws lie so far behind the rim's point at most, mm.
const BEHIND_MM: f64 = 5.0;
/// Fewer screws do not keep a plate from turning.
const SCREW_COUNT_MIN: usize = 2;

/// A screw through the flange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlangeScrew {
    /// Name in reports.
    pub id: String,
    /// Middle of its hole on the plate's under side.
    pub point: Point<Implant>,
    /// Into the bone; unit.
    pub direction: Vector<Implant>,
    /// Bone along it, mm.
    pub bone_mm: f64,
    /// Thread in bone, mm.
    pub thread_mm: f64,
    /// Length to order: thread and plate, whole mm.
    pub length_mm: f64,
}

/// Places the screws evenly over the flange, each as near to its even place as bone and outline
/// allow.
pub(super) fn screws(ground: &Ground, choices: &Choices) -> Result<Vec<FlangeScrew>, DesignError> {
    let head = choices.number("implant.screw_head_mm");
    let wanted = choices.whole("implant.screw_count").max(0) as usize;
    let (mut steep, mut shallow, mut place_count) = (0, 0, 0);
    let mut places: Vec<FlangeScrew> = Vec::new();
    let on = |n: &usize| ground.flange[*n] && ground.floors.at(*n)[1] <= BEHIND_MM;
    for n in (0..ground.mask.len()).filter(on) {
        let [x, y] = ground.floors.at(n);
        if ground.edge.at(x, y) > -(0.5 * head + EDGE_MM) || ground.cut_away(n) {
            continue;
        }
        place_count += 1;
        let normal = ground.normal(n);
        if normal.z < LEAN_COSINE || normal.y > BACK_MAX {
            steep += 1;
            continue;
        }
        let (point, direction) = (ground.under(n), -normal);
        let bone_mm = bone_along(ground.bone.volume(), point, direction, DEPTH_MM);
        let most = choices.number("implant.screw_thread_mm");
        let thread_mm = bone_mm.min(most);
        if thread_mm < THREAD_MM_MIN {
            shallow += 1;
            continue;
        }
        let length_mm = (thread_mm + ground.thickness_mm).floor();
        places.push(FlangeScrew {
            id: String::new(),
            point,
            direction,
            bone_mm,
            thread_mm,
            length_mm,
        });
    }
    let apart = head + BETWEEN_MM;
    let chosen = evenly(&places, wanted, apart);
    let found = chosen.len();
    if found < SCREW_COUNT_MIN {
        let thread_mm_min = THREAD_MM_MIN;
        return Err(DesignError::NoScrew {
            found,
            wanted,
            place_count,
            steep,
            shallow,
            thread_mm_min,
        });
    }
    Ok(chosen)
}

/// As many of the places, spread over their width, as lie far enough apart.
fn evenly(places: &[FlangeScrew], wanted: usize, apart: f64) -> Vec<FlangeScrew> {
    let xs = || places.iter().map(|p| p.point.x);
    let (low, high) = (xs().fold(f64::INFINITY, f64::min), xs().fold(f64::NEG_INFINITY, f64::max));
    let mut chosen: Vec<FlangeScrew> = Vec::new();
    for n in 0..wanted {
        let part = if wanted > 1 { n as f64 / (wanted - 1) as f64 } else { 0.5 };
        let target = low + part * (high - low);
        let far = |p: &&FlangeScrew| chosen.iter().all(|c| c.point.distance(p.point) >= apart);
        // Nearest to its even place; of those the one in front.
        let cost = |p: &FlangeScrew| (p.point.x - target).abs() + 0.5 * (p.point.y + 1.0).abs();
        let best = places.iter().filter(far).min_by(|a, b| cost(a).total_cmp(&cost(b)));
        if let Some(best) = best {
            chosen.push(best.clone());
        }
    }
    chosen.sort_by(|a, b| a.point.x.total_cmp(&b.point.x));
    for (n, screw) in chosen.iter_mut().enumerate() {
        screw.id = format!("S{}", n + 1);
    }
    chosen
}

/// The ways of screws and heads through the plate.
pub(super) fn ways(
    ground: &Ground,
    screws: &[FlangeScrew],
    choices: &Choices,
) -> Vec<Solid<Implant>> {
    let diameters =
        [choices.number("implant.screw_diameter_mm"), choices.number("implant.screw_head_mm")];
    let way = |s: &FlangeScrew| countersunk(s.point, -s.direction, ground.thickness_mm, diameters);
    screws.iter().flat_map(way).collect()
}
