//! Volume, area, overhang, genus.

use ossein_geom::{Deg, Frame, Point, TriMesh, Vector, float};
use rayon::prelude::*;

use crate::Watertight;

/// Triangles that one partial sum takes: fixed, so that sums do not depend on the thread count.
const CHUNK: usize = 65_536;

fn sum<F: Frame>(mesh: &TriMesh<F>, value: impl Fn([u32; 3]) -> f64 + Sync) -> f64 {
    let chunks = mesh.triangles.par_chunks(CHUNK);
    let parts: Vec<f64> = chunks.map(|c| c.iter().map(|&t| value(t)).sum()).collect();
    parts.iter().sum()
}

/// Enclosed volume in mm³, by the divergence theorem; positive where triangles face outwards.
pub fn volume_mm3<F: Frame>(mesh: &TriMesh<F>) -> f64 {
    let center = if mesh.vertices.is_empty() { Point::ORIGIN } else { mesh.bounds().center() };
    sum(mesh, |t| {
        let [a, b, c] = mesh.corners(t).map(|p| p - center);
        a.dot(b.cross(c)) / 6.0
    })
}

/// Surface area in mm².
pub fn area_mm2<F: Frame>(mesh: &TriMesh<F>) -> f64 {
    sum(mesh, |t| 0.5 * mesh.doubled_normal(t).norm())
}

/// Surface area in mm² that faces down within `angle` of straight down: what a printer must
/// support, where `up` is the unit vector along which layers grow.
pub fn overhang_mm2<F: Frame>(mesh: &TriMesh<F>, up: Vector<F>, angle: Deg) -> f64 {
    let steep = float::sin_cos(angle.0.to_radians()).1;
    sum(mesh, |t| {
        let normal = mesh.doubled_normal(t);
        let area = normal.norm();
        if -up.dot(normal) >= steep * area { 0.5 * area } else { 0.0 }
    })
}

/// Number of handles, summed over all pieces of a closed mesh.
pub fn genus<F: Frame>(mesh: &Watertight<F>) -> i64 {
    let vertices = mesh.mesh().vertices.len() as i64;
    let faces = mesh.mesh().triangles.len() as i64;
    let euler = vertices - faces / 2;
    mesh.component_count() as i64 - euler / 2
}
