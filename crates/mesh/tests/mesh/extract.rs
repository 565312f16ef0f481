//! Surfaces with known answers: volume, Euler number, thin plates, the same for any thread count.

use std::f64::consts::PI;

use crate::implant;
use crate::implant::ImplantField;
use ossein_field::boolean::{Intersection, Union};
use ossein_field::lattice::{self, Network};
use ossein_field::primitive::{Cuboid, Sphere, Torus};
use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Job, Mm, Point, TriMesh, Vector};
use ossein_mesh::extract::{
    ExtractError, Vertices, extract_compact, extract_streamed, extract_with, samples_around,
};
use ossein_mesh::{check_watertight, extract, measure};

type P = Point<Implant>;

fn mesh(field: &dyn Field<Implant>, samples: &Block<Implant>) -> TriMesh<Implant> {
    extract(field, samples, &Job::quiet()).unwrap()
}

fn around(field: &dyn Field<Implant>, step_mm: f64) -> TriMesh<Implant> {
    mesh(field, &samples_around(field, step_mm))
}

/// Vertices less edges plus triangles of a mesh that is proven closed.
fn euler(mesh: TriMesh<Implant>) -> i64 {
    let euler = mesh.vertices.len() as i64 - mesh.triangles.len() as i64 / 2;
    check_watertight(mesh).unwrap();
    euler
}

fn least_area(mesh: &TriMesh<Implant>) -> f64 {
    let areas = mesh.triangles.iter().map(|&t| 0.5 * mesh.doubled_normal(t).norm());
    areas.fold(f64::INFINITY, f64::min)
}

fn cube(half: f64) -> Cuboid<Implant> {
    let bounds = Aabb::new(Point::new(-half, -half, -half), Point::new(half, half, half));
    Cuboid { bounds, round_mm: 0.0 }
}

/// A field of one closure, with no bound but its box.
struct Shape<T> {
    bounds: Aabb<Implant>,
    distance: T,
}

impl<T: Fn(P) -> f64 + Send + Sync> Field<Implant> for Shape<T> {
    fn distance(&self, p: P) -> f64 {
        (self.distance)(p)
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
    fn range(&self, _: &Aabb<Implant>) -> Interval {
        Interval { min: f64::NEG_INFINITY, max: f64::INFINITY }
    }
}

#[test]
fn a_spheres_volume_and_area_converge_with_order_two() {
    let ball = Sphere { center: Point::<Implant>::new(0.13, 0.07, -0.21), radius_mm: 10.0 };
    let exact = [4_188.790_204_786_39, 1_256.637_061_435_92];
    let errors: Vec<[f64; 2]> = [1.0, 0.5, 0.25, 0.125]
        .map(|step| {
            let mesh = around(&ball, step);
            let found = [measure::volume_mm3(&mesh), measure::area_mm2(&mesh)];
            assert_eq!(euler(mesh), 2);
            [0, 1].map(|n| (1.0 - found[n] / exact[n]).abs())
        })
        .to_vec();
    // FlyingEdges on the same spheres loses 6.0e-3, 1.5e-3, 3.7e-4, 9.3e-5 of the volume.
    for (error, peer) in errors.iter().zip([6.1e-3, 1.53e-3, 3.8e-4, 9.5e-5]) {
        assert!(error[0] <= peer, "{errors:?}");
    }
    for pair in errors.windows(2) {
        for n in [0, 1] {
            assert!((3.5..4.6).contains(&(pair[0][n] / pair[1][n])), "{errors:?}");
        }
    }
}

fn ring(x: f64) -> Torus<Implant> {
    let axis = Vector::new(0.0, 0.0, 1.0);
    Torus { center: Point::new(x, 0.0, 0.0), axis, ring_radius_mm: 10.0, tube_radius_mm: 3.0 }
}

#[test]
fn a_torus_and_a_double_torus_have_their_handles() {
    for step in [2.0, 1.0, 0.5, 0.25] {
        assert_eq!(euler(around(&ring(0.1), step)), 0, "{step}");
        let both = Union::new(vec![Box::new(ring(-10.0)), Box::new(ring(10.2))]);
        assert_eq!(euler(around(&both, step)), -2, "{step}");
    }
}

/// Whether voxel `v` of a cube of noise is inside; the outermost voxels are not.
fn noise_inside(v: [i64; 3], n: i64) -> bool {
    if v.iter().any(|&x| x <= 0 || x >= n - 1) {
        return false;
    }
    let mut h = 17u64;
    for x in v {
        h = (h ^ x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        h ^= h >> 29;
    }
    h >> 13 & 1 == 0
}

/// Euler number of the surface by digital topology: twice that of the 6-connected outside, less
/// that of the sphere around everything.
fn digital_euler(n: i64, inside: impl Fn([i64; 3]) -> bool) -> i64 {
    let mut chi = 0;
    for k in 0..n {
        for j in 0..n {
            for i in 0..n {
                for cell in 0..8i64 {
                    let high = [i + (cell & 1), j + (cell >> 1 & 1), k + (cell >> 2 & 1)];
                    if high.iter().any(|&x| x >= n) {
                        continue;
                    }
                    let corners = (0..8i64).filter(|c| c & !cell == 0);
                    let outside = |c: i64| !inside([i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)]);
                    if corners.into_iter().all(outside) {
                        chi += if cell.count_ones() % 2 == 0 { 1 } else { -1 };
                    }
                }
            }
        }
    }
    2 * chi - 2
}

#[test]
fn noise_is_closed_and_has_the_euler_number_of_its_signs() {
    let n = 64;
    let at = |p: P| p.array().map(|v| v.round() as i64);
    let noise = Shape {
        bounds: Aabb::new(Point::ORIGIN, Point::new(63.0, 63.0, 63.0)),
        distance: |p: P| if noise_inside(at(p), n) { -1.0 } else { 1.0 },
    };
    let samples = Block { origin: Point::ORIGIN, step: [1.0; 3], size: [64; 3] };
    let mesh = mesh(&noise, &samples);
    assert!(mesh.triangles.len() > 500_000, "{}", mesh.triangles.len());
    assert!(least_area(&mesh) > 1e-4);
    assert_eq!(euler(mesh), digital_euler(n, |v| noise_inside(v, n)));
}

#[test]
fn a_cube_of_the_implant_has_its_handles() {
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube(6.4))]);
    let samples = samples_around(&part, 0.1);
    let mesh = mesh(&part, &samples);
    let volume = measure::volume_mm3(&mesh);
    assert!((volume / 714.8 - 1.0).abs() < 0.01, "{volume}");
    assert!(least_area(&mesh) > 0.0);
    assert_eq!(euler(mesh), -3382);
}

#[test]
fn the_implant_has_its_volume() {
    let mesh = mesh(&ImplantField, &implant::samples(0.2));
    let volume = measure::volume_mm3(&mesh);
    assert!((volume / implant::VOLUME_MM3 - 1.0).abs() < 0.006, "{volume}");
    assert!(mesh.triangles.len() > 8_000_000);
}

/// A plate `thick` steps thick, tilted, reaching beyond the samples: one piece, without holes.
#[test]
fn thin_plates_have_no_holes() {
    let normals = [[1.0, 0.0, 0.0], [0.3, 0.5, 0.81], [1.0, 1.0, 1.0], [0.02, 1.0, 0.7]];
    for normal in normals.map(|n| Vector::<Implant>::from(n).unit()) {
        for thick in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let half = 0.5 * thick;
            let plate = Shape {
                bounds: Aabb::new(Point::new(-12.0, -12.0, -12.0), Point::new(12.0, 12.0, 12.0)),
                distance: |p: P| {
                    let from = p - Point::new(0.31, 0.17, 0.05);
                    (normal.dot(from).abs() - half).max(from.norm() - 10.0)
                },
            };
            let watertight = check_watertight(around(&plate, 1.0)).unwrap();
            assert_eq!(watertight.component_count(), 1, "{thick} {normal:?}");
            assert_eq!(measure::genus(&watertight), 0, "{thick} {normal:?}");
        }
    }
}

#[test]
fn threads_and_pieces_change_nothing() {
    let samples = implant::samples(0.4);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| extract_compact(&ImplantField, &samples, &Job::quiet()).unwrap())
    };
    let whole = with(1);
    assert!(with(2) == whole && with(5) == whole);
    let (vertices, triangles) = streamed(&samples, Vertices::Linear);
    assert!(vertices == whole.vertices && triangles == whole.triangles);
}

/// The vertices and triangles of the implant's pieces, one after the other.
fn streamed(samples: &Block<Implant>, vertices: Vertices) -> (Vec<[f32; 3]>, Vec<[u32; 3]>) {
    let (mut all, mut triangles, mut before) = (Vec::new(), Vec::new(), 0);
    extract_streamed(&ImplantField, samples, vertices, &Job::quiet(), |piece| {
        assert_eq!(piece.first_vertex as usize, all.len());
        all.extend_from_slice(piece.vertices);
        let used = piece.triangles.iter().flatten();
        assert!(used.clone().all(|&v| v >= before && (v as usize) < all.len()));
        before = piece.first_vertex;
        triangles.extend_from_slice(piece.triangles);
        Ok::<(), ExtractError>(())
    })
    .unwrap();
    (all, triangles)
}

/// Brought onto the field, vertices stay on their edges: the triangles are the same, also where
/// slabs meet, on any number of threads.
#[test]
fn vertices_within_a_distance_keep_their_triangles() {
    let samples = implant::samples(0.4);
    let within = Vertices::Within(Mm(1e-4));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let made = || extract_with(&ImplantField, &samples, within, &Job::quiet()).unwrap();
        pool.install(made)
    };
    let (plain, near) = (mesh(&ImplantField, &samples), with(1));
    assert!(near == with(2) && near == with(5));
    assert_eq!(near.triangles, plain.triangles);
    for (a, b) in near.vertices.iter().zip(&plain.vertices) {
        let moved = [0, 1, 2].map(|axis| (a[axis] - b[axis]).abs());
        assert!(moved.iter().filter(|v| **v > 0.0).count() < 2 && moved.iter().all(|v| *v < 0.4));
    }
    let far = |mesh: &TriMesh<Implant>| {
        let off = mesh.vertices.iter().map(|v| ImplantField.distance(*v).abs());
        off.fold(0.0, f64::max)
    };
    // What keeps them off the samples: a thousandth of a step.
    assert!(far(&near) < 1e-4 + 0.4e-3 && far(&plain) > 0.02, "{} {}", far(&near), far(&plain));
    let (vertices, triangles) = streamed(&samples, within);
    assert_eq!(triangles, near.triangles);
    let place = |v: &[f32; 3]| samples.origin + Vector::from(v.map(f64::from));
    assert!(vertices.iter().map(place).eq(near.vertices.iter().copied()));
    check_watertight(near).unwrap();
}

/// The table of the field's checks: vertices of a ball within 1e-5, whatever the step.
#[test]
fn a_ball_can_have_its_vertices_on_it() {
    let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 10.0 };
    for (step, peer) in [(1.0, 6.1e-3), (0.5, 1.53e-3), (0.25, 3.8e-4), (0.125, 9.5e-5)] {
        let mut samples = samples_around(&ball, step);
        // So that few of them lie on the ball.
        samples.origin = samples.origin + Vector::new(0.137, 0.261, 0.319) * step;
        let within = Vertices::Within(Mm(5e-6));
        let mesh = extract_with(&ball, &samples, within, &Job::quiet()).unwrap();
        let off = mesh.vertices.iter().map(|v| ball.distance(*v).abs()).fold(0.0, f64::max);
        let lost = 1.0 - measure::volume_mm3(&mesh) / (4.0 / 3.0 * PI * 1e3);
        assert!(off < 1e-5 + 1e-3 * step && (0.0..peer).contains(&lost), "{step}: {off} {lost}");
        let near = mesh.vertices.iter().filter(|v| ball.distance(**v).abs() < 1e-5).count();
        assert!(near as f64 > 0.99 * mesh.vertices.len() as f64, "{step}: {near}");
    }
}

/// The distance of a level set is a lower bound: its vertices are near by its slope, too.
#[test]
fn vertices_are_near_where_distances_are_lower_bounds() {
    let lattice::Shape::Level(surface) = lattice::by_name("neovius").unwrap().cell.shape else {
        panic!()
    };
    let network = Network::new(surface, Point::<Implant>::ORIGIN, Mm(4.0), 0.0);
    let part = Intersection(vec![Box::new(network), Box::new(cube(3.0))]);
    let samples = samples_around(&part, 0.1);
    let within = Vertices::Within(Mm(1e-3));
    let mesh = extract_with(&part, &samples, within, &Job::quiet()).unwrap();
    let inner = mesh.vertices.iter().filter(|v| v.array().iter().all(|c| c.abs() < 2.9));
    let off = inner.map(|v| {
        let (distance, slope) = network.distance_and_slope(*v);
        distance.abs() / slope.unwrap().norm()
    });
    let far = off.fold(0.0, f64::max);
    assert!(far < 1e-3 + 1e-4, "{far}");
}

#[test]
fn a_distance_that_is_none_is_refused() {
    for mm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let within = Vertices::Within(Mm(mm));
        let made = extract_with(&ImplantField, &implant::samples(2.0), within, &Job::quiet());
        assert!(matches!(made, Err(ExtractError::Tolerance { .. })), "{mm}");
    }
}

#[test]
fn a_shift_by_a_voxel_keeps_every_triangle() {
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube(6.4))]);
    let at = |shift: f64, more: usize| {
        let low = -6.75 - 0.25 * shift;
        let samples =
            Block { origin: Point::new(low, low, low), step: [0.25; 3], size: [55 + more; 3] };
        mesh(&part, &samples)
    };
    let (one, other) = (at(0.0, 0), at(3.0, 3));
    assert_eq!(one.triangles, other.triangles);
    let moved = one.vertices.iter().zip(&other.vertices).map(|(a, b)| a.distance(*b));
    assert!(moved.fold(0.0, f64::max) < 1e-4);
}

#[test]
fn what_leaves_the_samples_is_cut_off_at_their_border() {
    let ball = Sphere { center: Point::<Implant>::ORIGIN, radius_mm: 10.0 };
    let samples = Block { origin: Point::new(-4.0, -4.0, -4.0), step: [0.5; 3], size: [17; 3] };
    let mesh = mesh(&ball, &samples);
    let volume = measure::volume_mm3(&mesh);
    // A cube of 8 mm whose edges are bevelled by one step: 512 - 12 * 7 * 0.125 - 8 * 5/6 * 0.125.
    assert!((volume - 500.67).abs() < 0.25, "{volume}");
    assert_eq!(euler(mesh), 2);
}

#[test]
fn values_that_are_no_numbers_and_steps_that_are_no_lengths() {
    let strange = Shape {
        bounds: Aabb::new(Point::new(-5.0, -5.0, -5.0), Point::new(5.0, 5.0, 5.0)),
        distance: |p: P| match p.array().map(|v| (v * 3.0) as i64 & 3) {
            [0, 1, _] => f64::NAN,
            [2, ..] => f64::NEG_INFINITY,
            [_, _, 3] => f64::INFINITY,
            _ => -p.x,
        },
    };
    let mesh = mesh(&strange, &samples_around(&strange, 0.3));
    assert!(mesh.vertices.iter().all(|v| v.array().iter().all(|c| c.is_finite())));
    euler(mesh);
    let refused = |step: f64, size: usize| {
        let samples = Block { origin: Point::ORIGIN, step: [1.0, step, 1.0], size: [size; 3] };
        extract(&strange, &samples, &Job::quiet()).unwrap_err()
    };
    assert!(matches!(refused(0.0, 3), ExtractError::Step { .. }));
    assert!(matches!(refused(f64::NAN, 3), ExtractError::Step { .. }));
    assert!(matches!(refused(1.0, 20_000), ExtractError::TooMany { sample_count: 20_000 }));
    let stopped = Job::quiet();
    stopped.cancel();
    let samples = samples_around(&strange, 0.3);
    let result = extract(&strange, &samples, &stopped);
    assert!(matches!(result, Err(ExtractError::Cancelled(_))));
}
