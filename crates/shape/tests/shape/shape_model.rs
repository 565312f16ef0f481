//! Statistical shape models: of bodies that differ in two known ways, and of the real jaws.

use crate::common::{P, V, mesh, part};
use ossein_field::Field;
use ossein_geom::{Aabb, Job, Lps, Rigid, TriMesh};
use ossein_shape::shape_model::{
    BuildError, BuildOptions, Built, FileError, FitOptions, Specimen, build, fit,
};
use ossein_shape::{MeshSurface, ShapeModel, Surface};

/// An ellipsoid with two knobs: `long` moves its half axis along x, `out` the first knob.
struct Bone {
    long: f64,
    out: f64,
}

impl Field<Lps> for Bone {
    fn distance(&self, p: P) -> f64 {
        let axes = [40.0 + 4.0 * self.long, 28.0, 20.0];
        let q = V::new(p.x / axes[0], p.y / axes[1], p.z / axes[2]);
        let slope = V::new(q.x / axes[0], q.y / axes[1], q.z / axes[2]).norm().max(1e-6);
        let body = (q.norm() - 1.0) * q.norm() / slope;
        let knob = p.distance(P::new(0.0, 24.0 + 3.0 * self.out, 8.0)) - 12.0;
        let other = p.distance(P::new(16.0, -16.0, 12.0)) - 8.0;
        // Rounded where they meet, so that the surface has a normal everywhere.
        let round = |a: f64, b: f64| {
            let overlap = (6.0 - (a - b).abs()).max(0.0);
            a.min(b) - overlap * overlap / 24.0
        };
        round(round(body, knob), other)
    }
    fn bounds(&self) -> Aabb<Lps> {
        Aabb::new(P::new(-60.0, -40.0, -30.0), P::new(60.0, 55.0, 32.0))
    }
}

/// Ways in which the set differs: standard deviation one each, uncorrelated.
const WAYS: [[f64; 2]; 8] = [
    [1.4, 0.0],
    [-1.4, 0.0],
    [0.0, 1.4],
    [0.0, -1.4],
    [1.0, 1.0],
    [-1.0, -1.0],
    [1.0, -1.0],
    [-1.0, 1.0],
];

fn bone([long, out]: [f64; 2]) -> TriMesh<Lps> {
    mesh(&Bone { long, out }, 1.5)
}

fn options() -> BuildOptions {
    BuildOptions { vertex_count: 1500, mirrored: false, ..BuildOptions::default() }
}

fn built() -> Built<Lps> {
    let bones: Vec<TriMesh<Lps>> = WAYS.iter().map(|&way| bone(way)).collect();
    let set: Vec<Specimen<'_, Lps>> =
        bones.iter().enumerate().map(|(patient, mesh)| Specimen { mesh, patient }).collect();
    build(&set, &options(), &Job::quiet()).unwrap()
}

/// Root mean square distance of the second mesh from the first, mm.
fn rms_mm(from: &TriMesh<Lps>, to: &TriMesh<Lps>) -> f64 {
    let surface = MeshSurface::new(to);
    let away = |&p: &P| surface.nearest(p, 100.0).unwrap().point.distance(p).powi(2);
    let used: Vec<P> = used(from);
    (used.iter().map(away).sum::<f64>() / used.len() as f64).sqrt()
}

/// Vertices that triangles use.
fn used(mesh: &TriMesh<Lps>) -> Vec<P> {
    let mut seen = vec![false; mesh.vertices.len()];
    mesh.triangles.iter().flatten().for_each(|&v| seen[v as usize] = true);
    mesh.vertices.iter().zip(seen).filter(|(_, seen)| *seen).map(|(p, _)| *p).collect()
}

#[test]
fn two_ways_to_differ_are_two_modes_and_what_is_missing_follows_from_what_is_left() {
    let made = built();
    // The surfaces are facets of 1.5 mm: 0.05 mm off the body at most places.
    assert!(made.correspondence_mm.iter().all(|&mm| mm < 0.2), "{:?}", made.correspondence_mm);
    let shares = made.model.shares();
    assert!(shares[..2].iter().sum::<f64>() > 0.9, "{shares:?}");
    assert!(made.left_out_mm.iter().all(|&mm| mm < 0.5), "{:?}", made.left_out_mm);

    // A bone that was not in the set, its far end missing: its length is told by nothing but the
    // curve of what is left, its knob by the knob.
    let truth = bone([0.7, -0.6]);
    let missing = |p: P| 22.0 - p.x;
    let left = part(&truth, |p| missing(p) > 0.0);
    let taken = part(&truth, |p| missing(p) <= 0.0);
    let surface = MeshSurface::new(&left);
    let found =
        fit(&made.model, &surface, Some(&missing), &FitOptions::default(), &Job::quiet()).unwrap();
    let missed = rms_mm(&taken, &found.mesh);
    let by_mean = rms_mm(&taken, &made.model.mean);
    let whole = rms_mm(&left, &found.mesh);
    assert!(whole < 0.3 && missed < 0.6, "left {whole}, missing {missed}, mean {by_mean}");
    assert!(missed < 0.4 * by_mean, "{missed} of {by_mean}");
    // It is less sure of what it did not see.
    let sd = |inside: bool| {
        let at = |(p, sd): (&P, &f64)| ((missing(*p) < -8.0) == inside).then_some(*sd);
        let all: Vec<f64> = found.mesh.vertices.iter().zip(&found.sd_mm).filter_map(at).collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    assert!(sd(true) > sd(false), "{} {}", sd(true), sd(false));

    // Its file tells the same to a hundredth of a µm, and equal models give equal bytes.
    let bytes = made.model.to_bytes().unwrap();
    let again = ShapeModel::<Lps>::from_bytes(&bytes, 1 << 30).unwrap();
    assert_eq!(again.to_bytes().unwrap(), bytes);
    assert_eq!(again.mean.triangles, made.model.mean.triangles);
    let far = |a: &[P], b: &[P]| a.iter().zip(b).map(|(p, q)| p.distance(*q)).fold(0.0, f64::max);
    let weights = vec![1.0; again.modes.len()];
    assert!(far(&again.at(&weights).vertices, &made.model.at(&weights).vertices) < 1e-4);
    damaged(&bytes);
}

/// No damage gives a panic, and most of it an error that names the array.
fn damaged(bytes: &[u8]) {
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 10] {
        assert!(ShapeModel::<Lps>::from_bytes(&bytes[..cut], 1 << 30).is_err(), "{cut}");
    }
    let small = ShapeModel::<Lps>::from_bytes(bytes, 1000).unwrap_err();
    assert!(small.to_string().contains("array mean"), "{small}");
    for at in (0..bytes.len()).step_by(bytes.len() / 200) {
        let mut other = bytes.to_vec();
        other[at] ^= 0x5a;
        let _ = ShapeModel::<Lps>::from_bytes(&other, 1 << 30);
    }
}

#[test]
fn the_mean_has_about_as_many_vertices_as_are_asked_for() {
    let bones: Vec<TriMesh<Lps>> = WAYS[..3].iter().map(|&way| bone(way)).collect();
    let set: Vec<Specimen<'_, Lps>> =
        bones.iter().enumerate().map(|(patient, mesh)| Specimen { mesh, patient }).collect();
    let count = |vertex_count: usize| {
        let options = BuildOptions { vertex_count, tried: false, ..options() };
        build(&set, &options, &Job::quiet()).unwrap().model.mean.vertices.len() as f64
    };
    for wanted in [200, 300] {
        let share = count(wanted) / wanted as f64;
        assert!((0.8..=1.2).contains(&share), "{share} of {wanted}");
    }
}

#[test]
fn a_set_that_teaches_nothing_is_refused() {
    let one = bone([0.0, 0.0]);
    let twice = [0, 1].map(|patient| Specimen { mesh: &one, patient });
    let few = build(&twice, &options(), &Job::quiet()).unwrap_err();
    assert!(few.to_string().contains("2 patients"), "{few}");
    let moved = one.placed(&Rigid::shift(V::new(30.0, -4.0, 7.0)));
    let (long, out) = (bone([1.0, 0.0]), bone([0.0, 1.0]));
    let meshes = [&long, &one, &out, &moved];
    let again = [0, 1, 2, 3].map(|n| Specimen { mesh: meshes[n], patient: n });
    let again = build(&again, &options(), &Job::quiet()).unwrap_err();
    assert!(matches!(again, BuildError::Twice { first: 1, second: 3 }), "{again}");
    // The same body in other triangles.
    let turned = [0, 1, 2].map(|n| {
        let mut mesh = one.clone();
        mesh.triangles.rotate_left(n);
        mesh
    });
    let same = [0, 1, 2].map(|patient| Specimen { mesh: &turned[patient], patient });
    let none = build(&same, &options(), &Job::quiet()).unwrap_err();
    assert!(matches!(none, BuildError::Same), "{none}");
    let wrong = BuildOptions { kept: 1.5, ..options() };
    let told = build(&same, &wrong, &Job::quiet()).unwrap_err().to_string();
    assert!(told.contains("1.5"), "{told}");
    let other = ShapeModel::<Lps>::from_bytes(b"not an archive", 1000).unwrap_err();
    assert!(matches!(other, FileError::Array { name: "mean", .. }), "{other}");
}
