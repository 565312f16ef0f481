//! Surfaces held against closed forms: a torus, the implant's field, edges with and without care,
//! the parts of a body that another one cuts.

use crate::implant::ImplantField;
use ossein_field::boolean::{Difference, Intersection, Solid};
use ossein_field::mesh_distance::MeshField;
use ossein_field::placed::Placed;
use ossein_field::primitive::{Cuboid, Torus};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Deg, Implant, Job, Mm, Point, Rigid, TriMesh, Vector, float};
use ossein_mesh::extract::{Vertices, extract_sharp, extract_with, samples_around};
use ossein_mesh::{Tree, check_watertight, extract, measure};

type P = Point<Implant>;
type Placement = Rigid<Implant, Implant>;

fn around(field: &dyn Field<Implant>, step_mm: f64) -> TriMesh<Implant> {
    extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap()
}

fn sharp(field: &dyn Field<Implant>, step_mm: f64) -> TriMesh<Implant> {
    let samples = samples_around(field, step_mm);
    extract_sharp(field, &samples, Deg(25.0), &Job::quiet()).unwrap().mesh
}

fn cuboid(half: [f64; 3]) -> Cuboid<Implant> {
    Cuboid { bounds: Aabb::new(P::from(half.map(|v| -v)), P::from(half)), round_mm: 0.0 }
}

/// A turn around z by `degrees` and a shift.
fn turned(degrees: f64, shift: [f64; 3]) -> Placement {
    let (s, c) = float::sin_cos(degrees.to_radians());
    Rigid::new([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]], shift)
}

/// Pappus: 2 pi^2 R r^2. FlyingEdges loses 2.3e-2 to 3.4e-4 of it at these steps, its samples
/// elsewhere.
#[test]
fn a_torus_has_its_volume() {
    let axis = Vector::new(0.0, 0.0, 1.0);
    let center = Point::new(0.13, 0.07, -0.21);
    let ring = Torus::<Implant> { center, axis, ring_radius_mm: 10.0, tube_radius_mm: 3.0 };
    let truth = 2.0 * std::f64::consts::PI.powi(2) * 10.0 * 9.0;
    let lost =
        [1.0, 0.5, 0.25, 0.125].map(|step| 1.0 - measure::volume_mm3(&around(&ring, step)) / truth);
    for (lost, peer) in lost.iter().zip([2.4e-2, 6e-3, 1.5e-3, 3.8e-4]) {
        assert!((0.0..peer).contains(lost), "{lost} {peer}");
    }
    for pair in lost.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((1.8..2.2).contains(&order), "{lost:?}");
    }
}

/// The cube of the implant at half the step has the same handles, and the volume of its field.
#[test]
fn a_cube_of_the_implant_is_the_same_at_half_the_step() {
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cuboid([6.4; 3]))]);
    let mesh = around(&part, 0.05);
    let volume = measure::volume_mm3(&mesh);
    assert!((volume / 714.8 - 1.0).abs() < 1e-3, "{volume}");
    let euler = mesh.vertices.len() as i64 - mesh.triangles.len() as i64 / 2;
    check_watertight(mesh).unwrap();
    assert_eq!(euler, -3382);
}

/// In the lattice, away from its rim and from where the samples end: all but one in a hundred
/// vertices, and places all over triangles, lie nearer to the field's zero than this, mm.
fn residuals(step: f64, vertices: Vertices) -> [f64; 2] {
    let count = (12.8 / step).round() as usize;
    let origin = Point::new(-6.41, -6.37, -6.43);
    let samples = Block { origin, step: [step; 3], size: [count; 3] };
    let mesh = extract_with(&ImplantField, &samples, vertices, &Job::quiet()).unwrap();
    let inner = samples.bounds().grow(-1.5 * step);
    let p99 = |places: &mut dyn Iterator<Item = P>| {
        let mut off: Vec<f64> =
            places.filter(|p| inner.contains(*p)).map(|p| ImplantField.distance(p).abs()).collect();
        assert!(off.len() > 50_000);
        off.sort_unstable_by(f64::total_cmp);
        off[off.len() * 99 / 100]
    };
    let at_vertices = p99(&mut mesh.vertices.iter().copied());
    let triangles = mesh.triangles.iter().enumerate();
    let on_triangles = p99(&mut triangles.map(|(n, t)| {
        let [a, b, c] = mesh.corners(*t);
        let (u, v) = ((n as f64 * 0.754_877_7).fract(), (n as f64 * 0.569_840_3).fract());
        let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
        a + (b - a) * u + (c - a) * v
    }));
    [at_vertices, on_triangles]
}

#[test]
fn the_surface_comes_to_the_field_to_second_order() {
    let [coarse, fine] = [0.1, 0.05].map(|step| residuals(step, Vertices::Linear));
    assert!(fine[0] < 1e-3 && fine[1] < 2e-3, "{coarse:?} {fine:?}");
    for n in [0, 1] {
        let order = (coarse[n] / fine[n]).log2();
        assert!((1.8..2.2).contains(&order), "{coarse:?} {fine:?}");
    }
    let near = residuals(0.1, Vertices::Within(Mm(1e-4)));
    assert!(near[0] <= 1e-4, "{near:?}");
}

/// Edges of a turned cube away from its corners: without care a chord between the sides of a cell
/// cuts them off, by the height of half a square of the step at most; with care they are met.
#[test]
fn edges_are_as_near_as_told() {
    let step = 0.3;
    let placement = turned(17.0, [0.013, -0.027, 0.041]);
    let part = Placed::new(cuboid([5.0; 3]), &placement);
    let far = |mesh: &TriMesh<Implant>| {
        let tree = Tree::new(mesh);
        let mut largest = 0.0f64;
        for n in 0..12 * 401 {
            let (axis, corner, along) = (n % 3, n / 3 % 4, (n / 12) as f64);
            let side = |bit: usize| if corner & bit == 0 { -5.0 } else { 5.0 };
            let mut p = [0.0; 3];
            p[axis] = (5.0 - step) * (along / 200.0 - 1.0);
            (p[(axis + 1) % 3], p[(axis + 2) % 3]) = (side(1), side(2));
            let p = placement.apply(P::from(p));
            let near = tree.nearest(mesh, p, f64::INFINITY).unwrap();
            largest = largest.max(near.point.distance(p));
        }
        largest
    };
    let (plain, kept) = (far(&around(&part, step)), far(&sharp(&part, step)));
    assert!(plain < 0.5f64.sqrt() * step && plain > 0.05 * step, "{plain}");
    assert!(kept < 0.05 * step, "{kept}");
}

/// What a body loses to another and what both share are the whole body, up to what keeps crossings
/// off the samples (`MARGIN`, over both surfaces): cubes that share a face, an edge, part of a face
/// from within, nothing but touch; the other one as a closed form and as a mesh.
#[test]
fn what_is_cut_and_what_is_kept_are_the_whole() {
    const MARGIN: f64 = 1e-3;
    let step = 0.5;
    for (degrees, shift) in [
        // None of these leaves a part that is thinner than samples can see.
        (17.0, [4.1, 2.2, 1.21]),
        (0.0, [2.03, 1.57, 1.21]),
        (0.0, [5.0, 0.0, 0.0]),
        (0.0, [10.0, 0.0, 0.0]),
        (0.0, [10.0, 10.0, 0.0]),
        (0.0, [0.0, 0.0, 2.5]),
    ] {
        let other = || Placed::new(cuboid([5.0; 3]), &turned(degrees, shift));
        let tools: [&dyn Fn() -> Solid<Implant>; 2] =
            [&|| Box::new(other()), &|| Box::new(MeshField::new(&sharp(&other(), step)).unwrap())];
        // The other one's mesh has lost the margin once before.
        for (times, tool) in [1.01, 2.02].into_iter().zip(tools) {
            let [rest, both] = cut_and_kept(tool, step);
            let off = rest.0 + both.0 - 1000.0;
            // The areas are those of surfaces that have lost the margin.
            let most = times * MARGIN * step * (rest.1 + both.1);
            assert!(
                off.abs() <= most,
                "{shift:?}: {rest:?} and {both:?}, off by {off:e} of {most}"
            );
        }
    }
}

/// Volume and area of what is cut from a cube of 10 mm, and of what is kept.
fn cut_and_kept(tool: &dyn Fn() -> Solid<Implant>, step: f64) -> [(f64, f64); 2] {
    let whole = || -> Solid<Implant> { Box::new(cuboid([5.0; 3])) };
    let parts: [Solid<Implant>; 2] = [
        Box::new(Difference { from: whole(), cut: tool() }),
        Box::new(Intersection(vec![whole(), tool()])),
    ];
    parts.map(|part| {
        let mesh = sharp(&*part, step);
        (measure::volume_mm3(&mesh), measure::area_mm2(&mesh))
    })
}
