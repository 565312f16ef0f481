//! How high the wanted face stands above the bone, place by place.

use std::sync::Arc;

use ossein_field::sampled::Sampled;
use ossein_geom::{Implant, Point, TriMesh, Vector};
use rayon::prelude::*;

use super::ground::{Ground, STEP_MM};

/// Distance between looks along a normal, mm.
const LOOK_MM: f64 = 0.25;
/// Bone that looks less than this along the way on carries nothing: cosine.
const FACING_MIN: f64 = 0.1;

/// The onlay seen from the bone: of every vertex of the bone's surface the height of the face over
/// it, 0 where there is no onlay.
pub struct Heights {
    /// The bone's surface around the onlay.
    pub mesh: TriMesh<Implant>,
    /// Out of the bone, at every vertex.
    pub normals: Vec<Vector<Implant>>,
    /// Height of the face above the bone, mm.
    pub height_mm: Vec<f32>,
    /// Part of the bone's surface that each vertex stands for, mm².
    pub area_mm2: Vec<f64>,
    /// Bone within the outline that bone in the way hides, mm².
    pub hidden_mm2: f64,
}

impl Heights {
    /// The vertices that carry the onlay.
    pub fn covered(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.height_mm.len()).filter(|&n| self.height_mm[n] > 0.0)
    }

    /// The face over a vertex.
    pub fn face(&self, n: usize) -> Point<Implant> {
        self.mesh.vertices[n] + self.normals[n] * f64::from(self.height_mm[n])
    }
}

/// Measures the face over every vertex of the bone.
pub(super) fn heights(ground: &Ground, least_mm: f64) -> Heights {
    let mesh = ground.mesh.clone();
    let look = |&p: &Point<Implant>| height(ground, p, least_mm);
    let seen: Vec<Seen> = mesh.vertices.par_iter().with_min_len(256).map(look).collect();
    let mut area_mm2 = vec![0.0; mesh.vertices.len()];
    for &triangle in &mesh.triangles {
        let third = mesh.doubled_normal(triangle).norm() / 6.0;
        triangle.iter().for_each(|&v| area_mm2[v as usize] += third);
    }
    let hidden = |(seen, area): (&Seen, &f64)| if seen.hidden { *area } else { 0.0 };
    Heights {
        hidden_mm2: seen.iter().zip(&area_mm2).map(hidden).sum(),
        normals: seen.iter().map(|s| s.normal).collect(),
        height_mm: seen.iter().map(|s| s.height_mm).collect(),
        area_mm2,
        mesh,
    }
}

/// Height of the face above a place on the bone, mm; 0 where there is no onlay.
pub(super) fn height_at(ground: &Ground, p: Point<Implant>, least_mm: f64) -> f32 {
    height(ground, p, least_mm).height_mm
}

struct Seen {
    normal: Vector<Implant>,
    height_mm: f32,
    hidden: bool,
}

fn height(ground: &Ground, p: Point<Implant>, least_mm: f64) -> Seen {
    let none = |normal| Seen { normal, height_mm: 0.0, hidden: false };
    let box_ = ground.smooth.grid.bounds();
    if !box_.grow(-2.0 * STEP_MM).contains(p) {
        return none(Vector::new(0.0, 0.0, 1.0));
    }
    let normal = ground.normal(p);
    let face = ground.face.volume();
    if normal.z < FACING_MIN || ground.outline.volume().sample(p) >= 0.0 {
        return none(normal);
    }
    let above = p + normal * least_mm;
    let shut = |p: Point<Implant>| {
        let exit = |exits: &Arc<Sampled<Implant>>| exits.volume().sample(p) < 0.0;
        ground.in_foramen(p) || ground.exits.as_ref().is_some_and(exit)
    };
    if shut(p) || shut(above) {
        return none(normal);
    }
    if ground.swept.volume().sample(above) < 0.5 * least_mm {
        return Seen { normal, height_mm: 0.0, hidden: true };
    }
    let at = |t: f64| face.sample(p + normal * t);
    let (mut t, mut before) = (0.0, at(0.0));
    let mut height = 0.0;
    while t < ground.near_mm && before < 0.0 {
        let next = at(t + LOOK_MM);
        if next >= 0.0 {
            height = t + LOOK_MM * before / (before - next);
        }
        (t, before) = (t + LOOK_MM, next);
    }
    if before < 0.0 {
        height = ground.near_mm;
    }
    Seen { normal, height_mm: height.max(least_mm) as f32, hidden: false }
}
