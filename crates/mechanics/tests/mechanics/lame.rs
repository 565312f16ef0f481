//! Lamé's tube and sphere under internal pressure, on voxels.

use crate::common::to;
use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    Face, LabelModel, Loads, Support, Voxels, cubic, isotropic, pressure_forces, solve_forces,
};

/// Inner radius 1 mm, outer radius 2 mm; Young's modulus 1000 MPa.
fn ring(n: usize, layers: usize, radius: impl Fn([f64; 3]) -> f64) -> LabelModel {
    let size = [2 * n, 2 * n, layers];
    let h = 1.0 / n as f64;
    let label = |v: usize| {
        let at = [v % size[0], v / size[0] % size[1], v / (size[0] * size[1])];
        let r = radius(at.map(|i| (i as f64 + 0.5) * h));
        u8::from((1.0..=2.0).contains(&r))
    };
    let labels = (0..size.iter().product()).map(label).collect();
    LabelModel { size, voxel_mm: h, labels, materials: vec![cubic(isotropic(Mpa(1000.0), 0.3))] }
}

/// Mirrors at the three low faces, and at the high z face of a tube; 1 MPa inside.
fn energy(model: &LabelModel, tube: bool, radius: impl Fn([f64; 3]) -> f64) -> f64 {
    let [ni, nj, nk] = model.size().map(|n| n + 1);
    let plane = |axis: usize, at: usize| {
        let on = |n: &usize| [n % ni, n / ni % nj, n / (ni * nj)][axis] == at;
        let nodes = (0..ni * nj * nk).filter(on).map(|n| n as u32).collect();
        Support { nodes, axes: [0, 1, 2].map(|a| a == axis) }
    };
    let mut supports = vec![plane(0, 0), plane(1, 0), plane(2, 0)];
    if tube {
        supports.push(plane(2, nk - 1));
    }
    let inside = |face: &Face| {
        let mirror = (0..3).any(|a| face.normal[a] < 0.0 && face.center_mm[a] == 0.0);
        let end = tube && face.normal[2] != 0.0;
        !mirror && !end && radius(face.center_mm) < 1.5
    };
    let (loaded, forces) = pressure_forces(model, 1.0, inside);
    let loads = Loads { supports, loaded };
    let solution = solve_forces(model, &loads, "bore", &forces, &to(1e-8), &Job::quiet()).unwrap();
    assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
    assert!(solution.energy_error < 1e-6);
    solution.strain_energy_nmm
}

#[track_caller]
fn check(values: [f64; 3], exact: f64) {
    let errors = values.map(|v| (v / exact - 1.0).abs());
    let order = 0.5 * (errors[0] / errors[2]).log2();
    println!("Lamé errors {errors:?}, order {order:.2}");
    assert!(errors[2] < 0.03, "{errors:?}");
    // The stairs of a curved surface leave the first order of their size.
    assert!((order - 1.0).abs() < 0.15, "order {order} of {errors:?}");
}

/// Plane strain: `E u(a) = 1.906667 p`; a quarter of a tube one layer long.
#[test]
fn a_tube_swells_as_lame_says() {
    let radius = |p: [f64; 3]| (p[0] * p[0] + p[1] * p[1]).sqrt();
    let swell = std::f64::consts::FRAC_PI_2 * 1.906_667e-3;
    let error = |n: usize| energy(&ring(n, 1, radius), true, radius) * n as f64;
    check([8, 16, 32].map(error), 0.5 * swell);
}

/// `E u(a) = 0.8 p` for radii 1 and 2 at a Poisson's ratio of 0.3; an eighth of a sphere.
#[test]
fn a_sphere_swells_as_lame_says() {
    let radius = |p: [f64; 3]| p.iter().map(|x| x * x).sum::<f64>().sqrt();
    let swell = std::f64::consts::FRAC_PI_2 * 0.8e-3;
    let error = |n: usize| energy(&ring(n, 2 * n, radius), false, radius);
    check([6, 12, 24].map(error), 0.5 * swell);
}
