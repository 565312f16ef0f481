//! Sharp edges and corners are kept, and nothing crosses itself.

use crate::implant::ImplantField;
use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::mesh_distance::MeshField;
use ossein_field::placed::Placed;
use ossein_field::primitive::{Cone, Cuboid, HalfSpace, Sphere, Torus};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Deg, Implant, Job, Point, Rigid, TriMesh, Vector, float};
use ossein_mesh::extract::{ExtractError, Sharp, extract_sharp, samples_around};
use ossein_mesh::intersect::self_crossings;
use ossein_mesh::{Tree, check_watertight, extract, measure};

type P = Point<Implant>;
type Placement = Rigid<Implant, Implant>;

fn cuboid(half: [f64; 3]) -> Cuboid<Implant> {
    Cuboid { bounds: Aabb::new(P::from(half.map(|v| -v)), P::from(half)), round_mm: 0.0 }
}

/// A turn around z by `a`, then around x by `b`, radians.
fn turned(a: f64, b: f64) -> Placement {
    let ((sa, ca), (sb, cb)) = (float::sin_cos(a), float::sin_cos(b));
    let rows = [[ca, -sa, 0.0], [cb * sa, cb * ca, -sb], [sb * sa, sb * ca, cb]];
    Rigid::new(rows, [0.013, -0.027, 0.041])
}

/// The surface with its creases of more than 25 degrees; proven closed, free of zero areas, of
/// crossings.
#[track_caller]
fn sharp(field: &dyn Field<Implant>, samples: &Block<Implant>) -> Sharp<Implant> {
    let sharp = extract_sharp(field, samples, Deg(25.0), &Job::quiet()).unwrap();
    let mesh = &sharp.mesh;
    let crossings = self_crossings(mesh, &Tree::new(mesh), &Job::quiet()).unwrap();
    let place = crossings.first().map(|c| c.place(mesh));
    assert_eq!(crossings.len(), 0, "the first at {place:?}");
    let areas = mesh.triangles.iter().map(|&t| mesh.doubled_normal(t).norm());
    assert!(areas.fold(f64::INFINITY, f64::min) > 0.0);
    check_watertight(mesh.clone()).unwrap();
    // So a file of single precision holds the very mesh that was proven.
    let mut numbers = mesh.vertices.iter().flat_map(|v| [v.x, v.y, v.z]);
    assert!(numbers.all(|v| v == f64::from(v as f32)));
    sharp
}

/// The largest distance from the edges and corners of a turned cube to a mesh, mm.
fn edge_gap(mesh: &TriMesh<Implant>, placement: &Placement, half: f64) -> f64 {
    let tree = Tree::new(mesh);
    let mut largest = 0.0f64;
    for n in 0..3 * 4 * 401 {
        let (axis, corner, along) = (n % 3, n / 3 % 4, (n / 12) as f64);
        let mut p = [0.0; 3];
        p[axis] = half * (along / 200.0 - 1.0);
        p[(axis + 1) % 3] = if corner & 1 == 1 { half } else { -half };
        p[(axis + 2) % 3] = if corner & 2 == 2 { half } else { -half };
        let p = placement.apply(Point::from(p));
        let near = tree.nearest(mesh, p, f64::INFINITY).expect("the mesh has triangles");
        largest = largest.max(near.point.distance(p));
    }
    largest
}

#[test]
fn a_turned_cube_keeps_its_volume_edges_and_corners() {
    let step = 0.3;
    for (a, b) in [(17f64.to_radians(), 0.3), (0.5, 0.9), (0.02, 0.01), (0.785, 0.6155), (0.0, 0.0)]
    {
        let placement = turned(a, b);
        let part = Placed::new(cuboid([5.0; 3]), &placement);
        let samples = samples_around(&part, step);
        let found = sharp(&part, &samples);
        assert_eq!(found.kept_count, found.crease_count);
        let volume = measure::volume_mm3(&found.mesh);
        assert!((volume / 1000.0 - 1.0).abs() < 1e-4, "{a} {b}: {volume} mm3");
        let gap = edge_gap(&found.mesh, &placement, 5.0);
        assert!(gap < 0.01 * step, "{a} {b}: {gap} mm");
        // What this is for: plain triangles cut the edges off.
        let plain = extract(&part, &samples, &Job::quiet()).unwrap();
        assert!(a == 0.0 || edge_gap(&plain, &placement, 5.0) > 0.2 * step);
        let closed = check_watertight(found.mesh).unwrap();
        assert_eq!((closed.component_count(), measure::genus(&closed)), (1, 0));
    }
}

struct Random(u64);

impl Random {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((self.0 >> 33) as f64 / f64::from(1u32 << 31))
    }
    fn vector(&mut self) -> Vector<Implant> {
        let mut v = || self.between(-1.0, 1.0);
        Vector::new(v(), v(), v())
    }
    fn solid(&mut self) -> Solid<Implant> {
        let (center, along) = (P::ORIGIN + self.vector(), self.vector().unit());
        match self.between(0.0, 5.0) as usize {
            0 => Box::new(Sphere { center, radius_mm: self.between(0.5, 1.8) }),
            1 => {
                let half = [0; 3].map(|_| self.between(0.05, 1.5));
                let turn = Placement::about(P::ORIGIN, along, self.between(0.0, 3.0));
                let placement = turn.then(&Rigid::shift(center - P::ORIGIN));
                Box::new(Placed::new(cuboid(half), &placement))
            }
            2 => {
                let end = center + along * self.between(0.1, 2.5);
                Box::new(Cone::cylinder(center, end, self.between(0.2, 1.5)))
            }
            3 => Box::new(Cone {
                from: center,
                to: center + along * self.between(0.5, 2.5),
                from_radius_mm: self.between(0.3, 1.5),
                to_radius_mm: 0.0,
            }),
            _ => Box::new(Torus {
                center,
                axis: along,
                ring_radius_mm: self.between(0.6, 1.4),
                tube_radius_mm: self.between(0.15, 0.5),
            }),
        }
    }
    fn pair(&mut self, n: usize) -> Solid<Implant> {
        let (from, cut) = (self.solid(), self.solid());
        match n % 3 {
            0 => Box::new(Union::new(vec![from, cut])),
            1 => Box::new(Intersection(vec![from, cut])),
            _ => Box::new(Difference { from, cut }),
        }
    }
}

#[test]
fn edges_of_cubes_turned_at_random_lie_within_a_hundredth_of_a_step() {
    let mut random = Random(7);
    for n in 0..100 {
        let placement = turned(random.between(0.0, 3.2), random.between(0.0, 3.2));
        let step = random.between(0.17, 0.5);
        let part = Placed::new(cuboid([2.0; 3]), &placement);
        let gap = edge_gap(&sharp(&part, &samples_around(&part, step)).mesh, &placement, 2.0);
        assert!(gap < 0.01 * step, "cube {n}: {gap} mm at steps of {step} mm");
    }
}

/// A roof that bends by 30 degrees along an axis: every cell of the ridge sees the same of it.
#[test]
fn a_low_ridge_along_the_samples_is_found_wherever_it_lies() {
    let (sine, cosine) = float::sin_cos(15f64.to_radians());
    for n in 0..40 {
        let part = f64::from(n);
        let ridge = P::new(0.05 * part + 0.013, 0.0, 1.0 + 0.037 * part);
        let slope = |side: f64| -> Solid<Implant> {
            let normal = Vector::new(side * sine, 0.0, cosine);
            Box::new(HalfSpace { point: ridge, normal })
        };
        let roof = Intersection(vec![Box::new(cuboid([4.2; 3])), slope(1.0), slope(-1.0)]);
        let samples = Block { origin: P::new(-6.0, -6.0, -6.0), step: [1.0; 3], size: [13; 3] };
        let mesh = sharp(&roof, &samples).mesh;
        let tree = Tree::new(&mesh);
        for y in -40..=40 {
            let p = P::new(ridge.x, 0.1 * f64::from(y), ridge.z);
            let gap = tree.nearest(&mesh, p, f64::INFINITY).unwrap().point.distance(p);
            assert!(gap < 0.01, "ridge {n}: {gap} steps at {y}");
        }
    }
}

/// Plates, needles, apexes, touching faces among them: walls thinner than a step too.
#[test]
fn pairs_of_random_solids_cross_nowhere_and_keep_their_creases() {
    let mut random = Random(11);
    let (mut crease_count, mut kept_count) = (0, 0);
    for n in 0..150 {
        let part = random.pair(n);
        let step = random.between(0.06, 0.25);
        let found = sharp(&part, &samples_around(&part, step));
        crease_count += found.crease_count;
        kept_count += found.kept_count;
    }
    assert!(kept_count as f64 > 0.99 * crease_count as f64, "{kept_count} of {crease_count}");
}

/// A body as it comes from a scan: thousands of facets, some all but parallel, some meeting at a
/// point; far from the origin, where single precision is coarse.
#[test]
fn faceted_bodies_are_cut_without_crossings() {
    let mut random = Random(23);
    let (mut crease_count, mut kept_count) = (0, 0);
    for n in 0..40 {
        let body = random.pair(n);
        let far = Rigid::shift(Vector::new(180.0, -90.0, 120.0));
        let body = Placed::new(body, &far);
        let facets = extract(&body, &samples_around(&body, 0.2), &Job::quiet()).unwrap();
        let Ok(from) = MeshField::new(&facets) else { continue };
        let turn = turned(random.between(0.0, 3.2), random.between(0.0, 3.2)).then(&far);
        let half = [0; 3].map(|_| random.between(0.3, 1.5));
        let cut = Box::new(Placed::new(cuboid(half), &turn));
        let part = Difference { from: Box::new(from), cut };
        let step = random.between(0.08, 0.3);
        let found = sharp(&part, &samples_around(&part, step));
        crease_count += found.crease_count;
        kept_count += found.kept_count;
    }
    println!("{kept_count} of {crease_count} creases of facets kept");
    assert!(crease_count > 5_000);
    assert!(kept_count as f64 > 0.97 * crease_count as f64, "{kept_count} of {crease_count}");
}

/// The rim of a cylinder is a circle: the distance to it falls with the square of the step.
#[test]
fn a_circular_edge_is_met_to_second_order() {
    let axis = Vector::new(0.1, 0.2, 0.97).unit();
    let (from, to) = (P::ORIGIN + axis * -2.0, P::ORIGIN + axis * 2.0);
    let pin = Cone::cylinder(from, to, 3.0);
    let side = axis.any_perpendicular().unit();
    let other = axis.cross(side);
    let gap = |step: f64| {
        let mesh = sharp(&pin, &samples_around(&pin, step)).mesh;
        let tree = Tree::new(&mesh);
        let away = |n: usize| {
            let (s, c) = float::sin_cos(n as f64 * 0.01);
            let p = to + (side * c + other * s) * 3.0;
            tree.nearest(&mesh, p, f64::INFINITY).unwrap().point.distance(p)
        };
        (0..628).map(away).fold(0.0, f64::max)
    };
    // A chord of two steps lies step^2 / 2 / radius below its arc.
    for step in [0.4, 0.2, 0.1] {
        let gap = gap(step);
        assert!(gap < 0.5 * step * step / 3.0 + 0.003 * step, "{gap} mm at steps of {step} mm");
    }
}

#[test]
fn a_field_without_creases_gives_the_plain_surface() {
    let ball = Sphere { center: P::new(0.1, 0.2, 0.3), radius_mm: 4.0 };
    let axis = Vector::new(0.0, 0.6, 0.8);
    let ring = Torus { center: P::ORIGIN, axis, ring_radius_mm: 4.0, tube_radius_mm: 1.0 };
    for step in [0.25, 0.4, 0.8] {
        for part in [&ball as &dyn Field<Implant>, &ring] {
            let samples = samples_around(part, step);
            let found = sharp(part, &samples);
            assert_eq!(found.crease_count, 0, "at steps of {step} mm");
            let mut plain = extract(part, &samples, &Job::quiet()).unwrap();
            let single = |v: &P| P::from([v.x, v.y, v.z].map(|v| f64::from(v as f32)));
            plain.vertices.iter_mut().for_each(|v| *v = single(v));
            assert!(found.mesh == plain);
        }
    }
}

/// Walls of 0.25 mm at steps of 0.1 mm, cut by faces along the samples and across them.
#[test]
fn cubes_of_the_implant_keep_their_edges() {
    for placement in [Placement::identity(), turned(0.3, 0.4)] {
        let cube = Placed::new(cuboid([3.2; 3]), &placement);
        let part = Intersection(vec![Box::new(ImplantField), Box::new(cube)]);
        let found = sharp(&part, &samples_around(&part, 0.1));
        assert!(found.crease_count > 6_000, "{} creases", found.crease_count);
        let kept = found.kept_count as f64 / found.crease_count as f64;
        assert!(kept > 0.995, "{kept}");
    }
}

#[test]
fn the_mesh_is_the_same_on_any_number_of_threads() {
    let cube = Placed::new(cuboid([1.6; 3]), &turned(0.3, 0.4));
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube)]);
    let samples = samples_around(&part, 0.1);
    let on = |count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        pool.install(|| extract_sharp(&part, &samples, Deg(25.0), &Job::quiet()).unwrap().mesh)
    };
    let one = on(1);
    assert!(one.triangles.len() > 10_000 && one == on(2) && one == on(7));
}

/// The implant's field works out some points together.
#[test]
fn the_implant_tells_many_points_what_it_tells_one() {
    let mut random = Random(5);
    let points: Vec<P> = (0..4003).map(|_| P::ORIGIN + random.vector() * 16.0).collect();
    let (mut distances, mut told) = (vec![0.0; points.len()], vec![(0.0, None); points.len()]);
    ImplantField.distances(&points, &mut distances);
    ImplantField.distances_and_slopes(&points, &mut told);
    for (n, &at) in points.iter().enumerate() {
        assert_eq!(distances[n], ImplantField.distance(at), "at {at:?}");
        assert_eq!(told[n], ImplantField.distance_and_slope(at), "at {at:?}");
    }
}

#[test]
fn samples_that_cannot_be_held_are_refused() {
    let ball = Sphere { center: P::ORIGIN, radius_mm: 1.0 };
    let many = Block { origin: P::ORIGIN, step: [1e-3; 3], size: [16_000; 3] };
    let refused = extract_sharp(&ball, &many, Deg(25.0), &Job::quiet());
    assert!(matches!(refused, Err(ExtractError::TooMany { .. })));
}
