//! Where screws go: through the onlay along the bone's normal, away from its edges, nerves and
//! roots.

use ossein_geom::{Choices, Implant, Point, Vector};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use super::error::DesignError;
use super::ground::Ground;
use super::heights::Heights;
use crate::screws::{bone_along, sink_mm};

/// Least thread in bone, mm.
pub(super) const THREAD_MM_MIN: f64 = 3.0;
/// A screwdriver comes in within about 40 degrees of the way on: cosine.
const ACCESS_MIN: f64 = 0.76;
/// Places that are compared.
const PLACE_COUNT: usize = 500;
/// Distance between looks along a thread, mm.
const LOOK_MM: f64 = 0.5;

/// A screw through an onlay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnlayScrew {
    /// Name in reports.
    pub id: String,
    /// Middle of its hole on the bone.
    pub point: Point<Implant>,
    /// Into the bone; unit.
    pub direction: Vector<Implant>,
    /// Bone along it, mm; no more is looked for than a thread of the greatest length needs.
    pub bone_mm: f64,
    /// Thread in bone, mm.
    pub thread_mm: f64,
    /// From the head's rim to the tip, mm.
    pub length_mm: f64,
    /// Height of the face over the bone there, mm.
    pub height_mm: f64,
    /// Least distance of the thread's surface from canal and foramina, mm; none where there are
    /// none.
    pub nerve_mm: Option<f64>,
    /// And from teeth.
    pub roots_mm: Option<f64>,
}

/// Why places are none, and how many.
#[derive(Clone, Copy, Default)]
struct Refused {
    thin: usize,
    slanted: usize,
    shallow: usize,
    near: usize,
}

/// The screws of an onlay, or of both its pieces.
pub(super) fn screws(
    ground: &Ground,
    heights: &Heights,
    joint: Option<Plane<Implant>>,
    choices: &Choices,
) -> Result<Vec<OnlayScrew>, DesignError> {
    let wanted = choices.whole("implant.screw_count").max(0) as usize;
    let pieces: &[(&'static str, f64)] = match joint {
        None => &[("the onlay", 0.0)],
        Some(_) => &[("the right piece", -1.0), ("the left piece", 1.0)],
    };
    let mut screws: Vec<OnlayScrew> = Vec::new();
    if wanted == 0 {
        return Ok(screws);
    }
    for &(piece, sign) in pieces {
        let own = |p: Point<Implant>| joint.map_or(f64::INFINITY, |j| sign * j.height_mm(p));
        let (places, refused, place_count) = places(ground, heights, &own, choices);
        if places.is_empty() {
            let Refused { thin, slanted, shallow, near } = refused;
            let thread_mm_min = THREAD_MM_MIN;
            return Err(DesignError::NoScrew {
                piece,
                place_count,
                thin,
                slanted,
                shallow,
                near,
                thread_mm_min,
            });
        }
        for mut screw in spread(places, wanted, 2.5 * choices.number("implant.screw_head_mm")) {
            screw.id = format!("S{}", screws.len() + 1);
            screws.push(screw);
        }
    }
    Ok(screws)
}

/// Places that can take a screw, evenly out of all that carry the onlay.
fn places(
    ground: &Ground,
    heights: &Heights,
    own: &dyn Fn(Point<Implant>) -> f64,
    choices: &Choices,
) -> (Vec<OnlayScrew>, Refused, usize) {
    let all: Vec<usize> =
        heights.covered().filter(|&n| own(heights.mesh.vertices[n]) > 0.0).collect();
    let stride = all.len().div_ceil(PLACE_COUNT).max(1);
    let mut refused = Refused::default();
    let mut found = Vec::new();
    let mut count = 0;
    for &n in all.iter().step_by(stride) {
        count += 1;
        match place(ground, heights, n, own, choices) {
            Ok(screw) => found.push(screw),
            Err(Why::Thin) => refused.thin += 1,
            Err(Why::Slanted) => refused.slanted += 1,
            Err(Why::Shallow) => refused.shallow += 1,
            Err(Why::Near) => refused.near += 1,
        }
    }
    (found, refused, count)
}

enum Why {
    Thin,
    Slanted,
    Shallow,
    Near,
}

fn place(
    ground: &Ground,
    heights: &Heights,
    n: usize,
    own: &dyn Fn(Point<Implant>) -> f64,
    choices: &Choices,
) -> Result<OnlayScrew, Why> {
    let number = |key: &str| choices.number(key);
    let (point, normal) = (heights.mesh.vertices[n], heights.normals[n]);
    let height_mm = f64::from(heights.height_mm[n]);
    let diameters = [number("implant.screw_diameter_mm"), number("implant.screw_head_mm")];
    let [radius, head] = diameters.map(|d| 0.5 * d);
    let (gap, seat) = (number("implant.gap_mm"), number("implant.screw_seat_mm"));
    let beside = head + number("implant.screw_edge_mm");
    if normal.z < ACCESS_MIN {
        return Err(Why::Slanted);
    }
    let thick = height_mm - gap >= seat + sink_mm(diameters);
    if !thick || own(point) < beside || !is_inside(heights, point, normal, beside) {
        return Err(Why::Thin);
    }
    let longest = number("implant.screw_thread_mm");
    let bone_mm = bone_along(ground.bone.volume(), point, -normal, longest);
    let length_mm = (seat + gap + bone_mm).floor();
    let thread_mm = length_mm - seat - gap;
    if thread_mm < THREAD_MM_MIN {
        return Err(Why::Shallow);
    }
    let clear = |name: &str| {
        let count = (length_mm / LOOK_MM).ceil() as usize;
        let at = |n: usize| point + normal * (seat + gap - length_mm * n as f64 / count as f64);
        let least = (0..=count).map(|n| ground.clear_mm(name, at(n))).fold(f64::INFINITY, f64::min);
        least - radius
    };
    let nerve = clear("canal").min(clear("foramen"));
    let roots = clear("teeth");
    let head_free = ground.exits.as_ref().is_none_or(|e| e.volume().sample(point) > head);
    let clearance = number("implant.nerve_clearance_mm");
    if nerve < clearance || roots < number("implant.root_clearance_mm") || !head_free {
        return Err(Why::Near);
    }
    Ok(OnlayScrew {
        id: String::new(),
        point,
        direction: -normal,
        bone_mm,
        thread_mm,
        length_mm,
        height_mm,
        nerve_mm: Some(nerve).filter(|mm| mm.is_finite()),
        roots_mm: Some(roots).filter(|mm| mm.is_finite()),
    })
}

/// Whether all bone around a place that looks about the same way carries the onlay.
fn is_inside(
    heights: &Heights,
    point: Point<Implant>,
    normal: Vector<Implant>,
    within_mm: f64,
) -> bool {
    let mut all = heights.mesh.vertices.iter().zip(&heights.normals).zip(&heights.height_mm);
    all.all(|((p, own), &height)| {
        height > 0.0 || own.dot(normal) < 0.0 || p.distance(point) > within_mm
    })
}

/// Up to `count` of the places, far from each other; one alone goes near their middle.
fn spread(places: Vec<OnlayScrew>, count: usize, apart_mm: f64) -> Vec<OnlayScrew> {
    let none = Vector::new(0.0, 0.0, 0.0);
    let sum = places.iter().fold(none, |s, p| s + (p.point - Point::ORIGIN));
    let middle = Point::<Implant>::ORIGIN + sum * (1.0 / places.len() as f64);
    let nearest = |p: &&OnlayScrew, q: &&OnlayScrew| {
        p.point.distance(middle).total_cmp(&q.point.distance(middle))
    };
    let Some(central) = places.iter().min_by(nearest) else { return Vec::new() };
    if count == 1 {
        return vec![central.clone()];
    }
    let mut widest = (0, 0, 0.0);
    for a in 0..places.len() {
        for b in a + 1..places.len() {
            let apart = places[a].point.distance(places[b].point);
            if apart > widest.2 {
                widest = (a, b, apart);
            }
        }
    }
    if widest.2 < apart_mm {
        return vec![central.clone()];
    }
    let mut chosen = vec![places[widest.0].clone(), places[widest.1].clone()];
    while chosen.len() < count {
        let away = |p: &OnlayScrew| {
            chosen.iter().map(|c| c.point.distance(p.point)).fold(f64::INFINITY, f64::min)
        };
        let next = places.iter().max_by(|p, q| away(p).total_cmp(&away(q)));
        match next.filter(|p| away(p) >= apart_mm) {
            Some(place) => chosen.push(place.clone()),
            None => break,
        }
    }
    chosen
}
