//! Bands of random dirty meshes against every triangle asked in turn.

use crate::shapes::*;
use ossein_field::Field;
use ossein_field::band::{Band, BandOptions, offset};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Job, Lps, Mm, Point, TriMesh, Vector};

/// What an exact distance in mm may be off by.
const EXACT_MM: f64 = 1e-4;

fn band_of(field: &MeshField<Lps>, level_mm: f64, step_mm: f64) -> Band<Lps> {
    let options = BandOptions { step: Mm(step_mm), half_width: Mm(3.0 * step_mm) };
    offset(field, Mm(level_mm), &options, &Job::quiet()).unwrap()
}

/// A sample of the grid near the surface at a level of a random triangle.
fn sample_near(mesh: &Mesh, reach_mm: f64, step_mm: f64, random: &mut Random) -> Point<Lps> {
    let count = mesh.triangles.len() as f64;
    let t = mesh.triangles[((random.unit() * count) as usize).min(mesh.triangles.len() - 1)];
    let [a, b, c] = mesh.corners(t);
    let (u, v) = (random.unit(), random.unit());
    let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
    let away = random.point(reach_mm) - Point::ORIGIN;
    let p = a + (b - a) * u + (c - a) * v + away;
    Point::from(p.array().map(|v| (v / step_mm).round() * step_mm))
}

/// Samples in and about the band are exact, and none is missing.
#[track_caller]
fn check(name: &str, mesh: &Mesh, level_mm: f64, step_mm: f64) {
    let field = MeshField::new(mesh).unwrap();
    let band = band_of(&field, level_mm, step_mm);
    let mut random = Random(31);
    let half_width = 3.0 * step_mm;
    let mut known = 0;
    for _ in 0..(200_000 / mesh.triangles.len()).clamp(60, 1000) {
        let p = sample_near(mesh, level_mm.abs() + 1.2 * half_width, step_mm, &mut random);
        let (unsigned, winding) = (distance(mesh, p), winding(mesh, p));
        let depth = winding.abs() - 0.5;
        if depth.abs() < 1e-4 || unsigned < 1e-9 {
            continue;
        }
        let side = if depth > 0.0 { -1.0 } else { 1.0 };
        // Near the cap of a hole the way to it counts; elsewhere the distance alone.
        let truth = if depth.abs() < 0.485 { field.distance(p) } else { side * unsigned };
        assert!(truth.signum() == side && truth.abs() <= unsigned + 1e-9, "{name}: {p:?}");
        let truth = (truth - level_mm).clamp(-half_width, half_width);
        let found = band.distance(p);
        // The way to a cap is known to a hundredth, here and there.
        let slack = if depth.abs() < 0.485 { 0.02 * unsigned } else { 0.0 };
        assert!((found - truth).abs() < EXACT_MM + slack, "{name}: {p:?}: {found} for {truth}");
        known += usize::from(found.abs() < half_width);
    }
    assert!(known > 20, "{name}: {known}");
}

fn check_levels(name: &str, mesh: &Mesh, step_mm: f64) {
    check(name, mesh, 0.0, step_mm);
    check(name, mesh, 4.0 * step_mm, step_mm);
    check(name, mesh, -3.5 * step_mm, step_mm);
}

/// Every corner moved at random.
fn shaken(mesh: &Mesh, by_mm: f64, seed: u64) -> Mesh {
    let mut random = Random(seed);
    let vertices =
        mesh.vertices.iter().map(|&v| v + (random.point(by_mm) - Point::ORIGIN)).collect();
    TriMesh { vertices, triangles: mesh.triangles.clone() }
}

fn stretched(mesh: &Mesh, by: [f64; 3]) -> Mesh {
    let stretch = |v: &Point<Lps>| Point::new(v.x * by[0], v.y * by[1], v.z * by[2]);
    let vertices = mesh.vertices.iter().map(stretch).collect();
    TriMesh { vertices, triangles: mesh.triangles.clone() }
}

fn moved(mesh: &Mesh, by: [f64; 3]) -> Mesh {
    let vertices = mesh.vertices.iter().map(|&v| v + Vector::from(by)).collect();
    TriMesh { vertices, triangles: mesh.triangles.clone() }
}

/// Random tetrahedra, each closed, of both turns, one through the other.
fn tetrahedra(count: usize, reach_mm: f64, size_mm: f64, seed: u64) -> Mesh {
    let mut random = Random(seed);
    let mut mesh = Mesh { vertices: Vec::new(), triangles: Vec::new() };
    for _ in 0..count {
        let first = mesh.vertices.len() as u32;
        let center = random.point(reach_mm) - Point::ORIGIN;
        mesh.vertices.extend((0..4).map(|_| random.point(size_mm) + center));
        let faces = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        mesh.triangles.extend(faces.map(|f| f.map(|v| v + first)));
    }
    mesh
}

/// Loose triangles.
fn confetti(count: usize, reach_mm: f64, size_mm: f64, seed: u64) -> Mesh {
    let mut random = Random(seed);
    let mut vertices = Vec::new();
    for _ in 0..count {
        let center = random.point(reach_mm) - Point::ORIGIN;
        vertices.extend((0..3).map(|_| random.point(size_mm) + center));
    }
    let triangles = (0..count as u32).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
    Mesh { vertices, triangles }
}

/// With triangles twice, turned over, without area: points, lines, needles; and pieces left out.
fn soiled(mesh: &Mesh, seed: u64) -> Mesh {
    let mut random = Random(seed);
    let mut made = mesh.clone();
    for &[a, b, c] in &mesh.triangles {
        let add = match (random.unit() * 40.0) as usize {
            0 => vec![[a, b, c]],
            1 => vec![[a, c, b]],
            2 => vec![[a, a, b], [c, c, c]],
            3 => {
                let [p, q, _] = mesh.corners([a, b, c]);
                made.vertices.push(p.lerp(q, 0.4));
                let middle = made.vertices.len() as u32 - 1;
                vec![[a, middle, b], [b, middle, a]]
            }
            4 => {
                let [p, q, r] = mesh.corners([a, b, c]);
                // As flat as 1e-4 to 1e-11 of its length.
                let part = 10f64.powf(-4.0 - 7.0 * random.unit());
                made.vertices.push(p.lerp(q, 0.6) + (r - p) * part);
                let middle = made.vertices.len() as u32 - 1;
                vec![[a, b, middle]]
            }
            _ => continue,
        };
        made.triangles.extend(add);
    }
    made
}

#[test]
fn noise_and_folds() {
    let edge = 8.0 * 1.57 / 16.0;
    check_levels("shaken", &shaken(&bumpy(4), 0.2 * edge, 1), 0.35);
    check_levels("folded", &shaken(&bumpy(4), 0.8 * edge, 2), 0.35);
    check_levels("crumpled", &shaken(&bumpy(3), 4.0 * edge, 3), 0.35);
    check_levels("inside out", &inverted(&shaken(&bumpy(4), 0.8 * edge, 4)), 0.35);
}

#[test]
fn slivers_and_doubles() {
    check_levels("soiled", &soiled(&bumpy(4), 5), 0.35);
    check_levels("soiled noise", &soiled(&shaken(&bumpy(4), 0.3, 6), 7), 0.35);
    check_levels("soiled soup", &soiled(&soup(&shaken(&bumpy(4), 0.3, 6)), 7), 0.35);
    check_levels("needles", &stretched(&bumpy(4), [1.0, 0.002, 3.0]), 0.35);
    check_levels("twice", &both(&bumpy(4), &bumpy(4)), 0.35);
}

#[test]
fn large_and_small_triangles() {
    check_levels("large", &tetrahedra(12, 8.0, 60.0, 8), 0.45);
    check_levels("many", &tetrahedra(150, 8.0, 6.0, 9), 0.3);
    check_levels("small", &shaken(&bumpy(6), 0.03, 10), 1.2);
    check_levels("far away", &moved(&tetrahedra(10, 3.0, 8.0, 11), [9e5, -8e5, 7e5]), 0.3);
    check_levels("plain and long", &cuboid([-300.0, -2.0, -0.3], [300.0, 3.0, 0.4]), 0.5);
}

#[test]
fn open_pieces() {
    check("confetti", &confetti(30, 4.0, 2.5, 12), 0.0, 0.4);
    check("confetti", &confetti(30, 4.0, 2.5, 12), 1.0, 0.4);
    check("large confetti", &confetti(8, 3.0, 12.0, 13), 0.0, 0.7);
    check_levels("torn", &without(&shaken(&bumpy(4), 0.2, 14), |n| n % 5 == 0), 0.35);
    check("one", &confetti(1, 1.0, 9.0, 15), 0.5, 0.3);
}
