//! NAFEMS LE1, LE10 and LE11 on voxels, read by the surface-stress post-processor (D8.4).
//!
//! They were set for curved meshes. On voxels the surface is a stair, which voxels filled in part
//! smooth, and the figures converge at the first order that it allows, or faster.
//!
//! Source: The Standard NAFEMS Benchmarks, TNSB rev. 3 (1990).

use crate::common::{filled, order, slow_tests, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::stress::stress;
use ossein_mechanics::surface_stress::surface_stress;
use ossein_mechanics::{Face, Loads, Model, Support, isotropic, pressure_forces, solve_forces};

const E: f64 = 210_000.0;

fn model(size: [usize; 3], h: f64, solid: impl Fn([f64; 3]) -> bool) -> Model {
    filled(size, h, isotropic(Mpa(E), 0.3), solid)
}

/// Nodes of a plane, held across it.
fn mirror(model: &Model, axis: usize, at: usize) -> Support {
    let nodes = model.nodes_where(|n| n[axis] == at);
    Support { nodes, axes: [0, 1, 2].map(|a| a == axis) }
}

fn ellipse(p: [f64; 3], a: f64, b: f64) -> f64 {
    (p[0] / a) * (p[0] / a) + (p[1] / b) * (p[1] / b)
}

/// The quarter between the two ellipses of LE1 and LE10; lengths in metres, as published.
fn membrane(n: usize, layers: usize, h: f64) -> Model {
    let between = |p: [f64; 3]| ellipse(p, 2.0, 1.0) >= 1.0 && ellipse(p, 3.25, 2.75) <= 1.0;
    model([65 * n, 55 * n, layers], h, between)
}

/// Whether a face lies on the outer ellipse: beyond the one in the middle between both.
fn is_outer(face: &Face) -> bool {
    let mirrored = (0..2).any(|a| face.normal[a] < 0.0 && face.center_mm[a] == 0.0);
    face.normal[2] == 0.0 && !mirrored && ellipse(face.center_mm, 2.625, 1.875) > 1.0
}

#[track_caller]
fn check(counts: [usize; 3], figure: impl Fn(usize) -> f64, exact: f64, error_max: f64) {
    let values = counts.map(figure);
    let (errors, order) = (values.map(|v| v / exact - 1.0), order(counts, values, exact));
    println!("{exact}: {values:.3?}, errors {errors:.4?}, order {order:.2}");
    assert!(errors[2].abs() < error_max, "{errors:?}");
    assert!(order > 0.8, "order {order} of {errors:?}");
}

/// An elliptic membrane under 10 MPa outwards on its outer edge: `sigma_yy(D) = 92.7 MPa`.
#[test]
fn le1_elliptic_membrane() {
    let at = |n: usize| {
        let h = 0.05 / n as f64;
        let model = membrane(n, 1, h);
        let supports = [0, 1, 2].map(|axis| mirror(&model, axis, 0)).to_vec();
        let (loaded, forces) = pressure_forces(&model, -10.0, is_outer);
        let loads = Loads { supports, loaded };
        let job = Job::quiet();
        let solution = solve_forces(&model, &loads, "LE1", &forces, &to(1e-8), &job).unwrap();
        let point = [2.0, 0.0, 0.5 * h];
        let on = surface_stress(&model, &stress(&model, &solution), point, [1.0, 0.0, 0.0]);
        f64::from(on.unwrap()[1])
    };
    check([1, 2, 4], at, 92.7, 0.01);
}

/// A thick plate under 1 MPa on its top, held around: `sigma_yy(D) = -5.38 MPa`.
#[test]
fn le10_thick_plate() {
    let at = |layers: usize| {
        let n = layers / 12;
        let h = 0.6 / layers as f64;
        let model = membrane(n, layers, h);
        let mut rim: Vec<u32> = Vec::new();
        let (nodes, _) = pressure_forces(&model, 1.0, is_outer);
        rim.extend(&nodes);
        let middle = |&&n: &&u32| model.node(n as usize)[2] == layers / 2;
        let line = nodes.iter().filter(middle).copied().collect();
        let supports = vec![
            mirror(&model, 0, 0),
            mirror(&model, 1, 0),
            Support { nodes: rim, axes: [true, true, false] },
            Support { nodes: line, axes: [false, false, true] },
        ];
        let top = |face: &Face| face.normal[2] > 0.0;
        let (loaded, forces) = pressure_forces(&model, 1.0, top);
        let loads = Loads { supports, loaded };
        let job = Job::quiet();
        let solution = solve_forces(&model, &loads, "LE10", &forces, &to(1e-8), &job).unwrap();
        let point = [2.0, 0.0, 0.6];
        let on = surface_stress(&model, &stress(&model, &solution), point, [1.0, 0.0, 0.0]);
        f64::from(on.unwrap()[1])
    };
    let counts = if slow_tests() { [12, 24, 48] } else { [12, 24, 36] };
    check(counts, at, -5.38, 0.02);
}

/// Profile of LE11 in radius and height: cylinder, sphere inside and out, taper.
fn le11_profile(r: f64, z: f64) -> bool {
    let rho = (r * r + z * z).sqrt();
    let corner = std::f64::consts::FRAC_1_SQRT_2;
    let inner = if z < corner { rho >= 1.0 } else { r >= corner };
    let outer = if z < 0.7 {
        rho <= 1.4
    } else if z < 1.39 {
        r <= 1.212_4 + (1.0 - 1.212_4) * (z - 0.7) / 0.69
    } else {
        r <= 1.0
    };
    inner && outer
}

/// A solid of revolution whose temperature is `r + z`, held between two planes:
/// `sigma_zz(A) = -105 MPa` on the sphere's equator.
#[test]
fn le11_heated_solid_of_revolution() {
    let stress_per_degree = E * 2.3e-4 / (1.0 - 0.6);
    let hot = |p: [f64; 3]| stress_per_degree * ((p[0] * p[0] + p[1] * p[1]).sqrt() + p[2]);
    let at = |layers: usize| {
        let h = 1.79 / layers as f64;
        let wide = (1.4 / h).ceil() as usize;
        let inside = |p: [f64; 3]| le11_profile((p[0] * p[0] + p[1] * p[1]).sqrt(), p[2]);
        let model = model([wide, wide, layers], h, inside);
        let planes = [(0, 0), (1, 0), (2, 0), (2, layers)];
        let supports = planes.map(|(axis, at)| mirror(&model, axis, at)).to_vec();
        // A hot element pushes with its thermal stress on all its faces.
        let mut forces = vec![[0.0; 3]; model.node_count()];
        let center = |e: usize| {
            let [ni, nj, _] = model.size;
            [e % ni, e / ni % nj, e / (ni * nj)]
        };
        let whole = isotropic(Mpa(E), 0.3)[0];
        let part = |e: usize| f64::from(model.moduli[e][0] / whole);
        for e in (0..model.element_count()).filter(|&e| model.moduli[e][0] > 0.0) {
            // A voxel that the body fills in part pushes in part.
            let push = part(e) * 0.25 * h * h * hot(center(e).map(|i| (i as f64 + 0.5) * h));
            for bits in 0..8usize {
                let high = [0, 1, 2].map(|a| bits >> a & 1);
                let node = model.node_index([0, 1, 2].map(|a| center(e)[a] + high[a]));
                (0..3).for_each(|a| forces[node][a] += if high[a] == 1 { push } else { -push });
            }
        }
        let loaded = model.nodes_where(|_| true);
        let forces: Vec<[f64; 3]> = loaded.iter().map(|&n| forces[n as usize]).collect();
        let loads = Loads { supports, loaded };
        let job = Job::quiet();
        let solution = solve_forces(&model, &loads, "LE11", &forces, &to(1e-8), &job).unwrap();
        let mut stresses = stress(&model, &solution);
        for (e, s) in stresses.iter_mut().enumerate().filter(|(_, s)| **s != [0.0; 6]) {
            let back = part(e) * hot(center(e).map(|i| (i as f64 + 0.5) * h));
            (0..3).for_each(|a| s[a] -= back as f32);
        }
        let on = surface_stress(&model, &stresses, [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]);
        f64::from(on.unwrap()[2])
    };
    let counts = if slow_tests() { [50, 100, 150] } else { [50, 68, 100] };
    check(counts, at, -105.0, 0.05);
}
