//! Sharp edges and corners are kept, and nothing crosses itself.

#[path = "../../../benches/src/implant.rs"]
mod implant;

use implant::ImplantField;
use ossein_field::boolean::{Difference, Intersection};
use ossein_field::placed::Placed;
use ossein_field::primitive::{Cone, Cuboid, Sphere};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Deg, Implant, Job, Point, Rigid, TriMesh, Vector, float};
use ossein_mesh::extract::{extract_sharp, samples_around};
use ossein_mesh::{check_watertight, extract, measure};

type P = Point<Implant>;
type V = Vector<Implant>;

fn cube(half: f64) -> Cuboid<Implant> {
    let bounds = Aabb::new(Point::new(-half, -half, -half), Point::new(half, half, half));
    Cuboid { bounds, round_mm: 0.0 }
}

/// A turn around z by `a`, then around x by `b`, radians.
fn turned(a: f64, b: f64) -> Rigid<Implant, Implant> {
    let ((sa, ca), (sb, cb)) = (float::sin_cos(a), float::sin_cos(b));
    let rows = [[ca, -sa, 0.0], [cb * sa, cb * ca, -sb], [sb * sa, sb * ca, cb]];
    Rigid::new(rows, [0.013, -0.027, 0.041])
}

fn sharp(field: &dyn Field<Implant>, samples: &Block<Implant>) -> TriMesh<Implant> {
    extract_sharp(field, samples, Deg(25.0), &Job::quiet()).unwrap()
}

fn side(t: [P; 3], p: P) -> f64 {
    (t[1] - t[0]).cross(t[2] - t[0]).dot(p - t[0])
}

/// Whether the open segment from `a` to `b` crosses the open triangle.
fn crosses(t: [P; 3], a: P, b: P) -> bool {
    if side(t, a) * side(t, b) >= 0.0 {
        return false;
    }
    let turns = [0, 1, 2].map(|n| side([a, t[n], t[(n + 1) % 3]], b));
    turns.iter().all(|&v| v > 0.0) || turns.iter().all(|&v| v < 0.0)
}

/// Pairs of triangles that cross, found by buckets of `size` mm.
fn crossing_count(mesh: &TriMesh<Implant>, size: f64) -> usize {
    let bucket = |v: f64| (v / size).floor() as i64;
    let mut entries = Vec::new();
    for (n, &t) in mesh.triangles.iter().enumerate() {
        let bounds = Aabb::around(mesh.corners(t));
        for k in bucket(bounds.min.z)..=bucket(bounds.max.z) {
            for j in bucket(bounds.min.y)..=bucket(bounds.max.y) {
                for i in bucket(bounds.min.x)..=bucket(bounds.max.x) {
                    entries.push(([k, j, i], n));
                }
            }
        }
    }
    entries.sort_unstable();
    let mut count = 0;
    for group in entries.chunk_by(|a, b| a.0 == b.0) {
        for &(_, m) in group {
            for &(_, n) in group {
                let (s, t) = (mesh.triangles[m], mesh.triangles[n]);
                let corners = mesh.corners(t);
                count += usize::from((0..3).any(|e| {
                    let (a, b) = (s[e], s[(e + 1) % 3]);
                    let apart = !t.contains(&a) && !t.contains(&b);
                    let [a, b] = [a, b].map(|v| mesh.vertices[v as usize]);
                    apart && crosses(corners, a, b)
                }));
            }
        }
    }
    count
}

fn to_triangle([a, b, c]: [P; 3], p: P) -> f64 {
    let n = (b - a).cross(c - a);
    let turn = |u: P, v: P| n.dot((v - u).cross(p - u));
    if turn(a, b) >= 0.0 && turn(b, c) >= 0.0 && turn(c, a) >= 0.0 {
        return n.unit().dot(p - a).abs();
    }
    let to_edge = |u: P, v: P| {
        let along: V = v - u;
        let t = ((p - u).dot(along) / along.dot(along)).clamp(0.0, 1.0);
        (p - (u + along * t)).norm()
    };
    to_edge(a, b).min(to_edge(b, c)).min(to_edge(c, a))
}

/// The largest and the mean distance from the edges of a turned cube to a mesh, mm.
fn edge_gaps(mesh: &TriMesh<Implant>, placement: &Rigid<Implant, Implant>, half: f64) -> [f64; 2] {
    let (mut largest, mut sum, mut count) = (0.0f64, 0.0, 0);
    for axis in 0..3 {
        for corner in 0..4 {
            for n in 0..=60 {
                let mut p = [0.0; 3];
                p[axis] = half * (n as f64 / 30.0 - 1.0);
                p[(axis + 1) % 3] = if corner & 1 == 1 { half } else { -half };
                p[(axis + 2) % 3] = if corner & 2 == 2 { half } else { -half };
                let p = placement.apply(Point::from(p));
                let gaps = mesh.triangles.iter().map(|&t| to_triangle(mesh.corners(t), p));
                let gap = gaps.fold(f64::INFINITY, f64::min);
                (largest, sum, count) = (largest.max(gap), sum + gap, count + 1);
            }
        }
    }
    [largest, sum / f64::from(count)]
}

#[test]
fn a_turned_cube_keeps_its_volume_edges_and_corners() {
    let step = 0.3;
    for (a, b) in [(17f64.to_radians(), 0.3), (0.5, 0.9), (0.02, 0.01), (0.785, 0.6155)] {
        let placement = turned(a, b);
        let part = Placed::new(cube(5.0), &placement);
        let mesh = sharp(&part, &samples_around(&part, step));
        let volume = measure::volume_mm3(&mesh);
        let gaps = edge_gaps(&mesh, &placement, 5.0);
        let crossings = crossing_count(&mesh, step);
        println!("{a:.3} {b:.3}: {volume} mm3, gaps {gaps:?} mm, {crossings} crossings");
        assert!((volume / 1000.0 - 1.0).abs() < 1e-4, "{volume}");
        assert!(gaps[0] < 0.01 * step, "{gaps:?}");
        assert_eq!(crossings, 0);
        let watertight = check_watertight(mesh).unwrap();
        assert_eq!((watertight.component_count(), measure::genus(&watertight)), (1, 0));
    }
}

#[test]
fn curved_creases_are_kept_and_smooth_parts_stay_as_they_are() {
    let up = Vector::new(0.1, 0.2, 0.97).unit();
    let pin = Cone::cylinder(Point::ORIGIN + up * -4.0, Point::ORIGIN + up * 4.0, 3.0);
    let ball = Sphere { center: Point::new(1.0, 0.5, 3.1), radius_mm: 2.0 };
    let part = Difference { from: Box::new(pin), cut: Box::new(ball) };
    let mesh = sharp(&part, &samples_around(&part, 0.25));
    assert_eq!(crossing_count(&mesh, 0.25), 0);
    check_watertight(mesh).unwrap();
    let ball = Sphere { center: Point::<Implant>::ORIGIN, radius_mm: 4.0 };
    let samples = samples_around(&ball, 0.25);
    assert!(sharp(&ball, &samples) == extract(&ball, &samples, &Job::quiet()).unwrap());
}

#[test]
fn a_cube_of_the_implant_keeps_its_edges_without_crossings() {
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube(3.2))]);
    let samples = samples_around(&part, 0.1);
    let mesh = sharp(&part, &samples);
    assert_eq!(crossing_count(&mesh, 0.15), 0);
    let areas = mesh.triangles.iter().map(|&t| mesh.doubled_normal(t).norm());
    assert!(areas.fold(f64::INFINITY, f64::min) > 0.0);
    check_watertight(mesh).unwrap();
}
