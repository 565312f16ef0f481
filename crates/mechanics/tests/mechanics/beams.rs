//! Bending and torsion against beam theory, with the order of convergence.

use crate::common::{assert_close, block, load_column};
use ossein_geom::Mpa;
use ossein_mechanics::isotropic;

const E: f64 = 10_000.0;

/// Tip displacement of a square cantilever with `n` voxels across, edge 4 mm and length 40 mm.
fn cantilever(n: usize, nu: f64) -> f64 {
    let model = block([n, n, 10 * n], 4.0 / n as f64, isotropic(Mpa(E), nu));
    let solution = load_column(&model, [1.0, 0.0, 0.0], [0.0; 3], 1e-9);
    assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
    solution.top.translation_mm[0]
}

#[test]
fn a_cantilever_bends_as_timoshenko_says() {
    // Without lateral strain the clamp disturbs nothing: `P L^3 / 3 E I + P L / kappa G A`.
    let inertia = 4f64.powi(4) / 12.0;
    let exact = 40f64.powi(3) / (3.0 * E * inertia) + 40.0 / (5.0 / 6.0 * 0.5 * E * 16.0);
    let errors = [4, 8, 16].map(|n| 1.0 - cantilever(n, 0.0) / exact);
    println!("cantilever errors {errors:?}");
    // Full integration is too stiff by about 0.5 / n^2.
    assert!(errors[0] > 0.02 && errors[0] < 0.04, "{errors:?}");
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 2.0).abs() < 0.1, "order {order} of {errors:?}");
    }
}

#[test]
fn a_moment_bends_by_its_curvature() {
    let n = 12;
    let model = block([n, n, 4 * n], 4.0 / n as f64, isotropic(Mpa(E), 0.0));
    let solution = load_column(&model, [0.0; 3], [100.0, 0.0, 0.0], 1e-9);
    let turn = 100.0 * 16.0 / (E * 4f64.powi(4) / 12.0);
    // Stiffer by the element's bending error alone: 1 / n^2 of shear at nu = 0 is half of it.
    assert_close(solution.top.rotation_rad[0], turn, 0.6 / (n * n) as f64);
    let per_degree = 100.0 / turn * std::f64::consts::PI / 180.0 / 1000.0;
    assert_close(solution.rotational_stiffness_nm_per_deg.unwrap(), per_degree, 0.005);
}

/// Twist of the middle half of a square bar, away from its clamp and its load, per mm and N mm.
fn twist(n: usize) -> f64 {
    let model = block([n, n, 4 * n], 4.0 / n as f64, isotropic(Mpa(E), 0.3));
    let solution = load_column(&model, [0.0; 3], [0.0, 0.0, 1000.0], 1e-8);
    let angle = |k: usize| {
        // Of the middles of the four sides, which warping does not move in the plane.
        let at = |i: usize, j: usize| solution.displacement_mm[model.node_index([i, j, k])];
        let half = n / 2;
        let sum = at(n, half)[1] - at(0, half)[1] - at(half, n)[0] + at(half, 0)[0];
        sum / 4.0 / 2.0
    };
    (angle(3 * n) - angle(n)) / 8.0 / 1000.0
}

#[test]
fn a_square_bar_twists_as_the_series_says() {
    let pi = std::f64::consts::PI;
    let term = |m: usize| {
        let m = (2 * m + 1) as f64;
        (m * pi / 2.0).tanh() / m.powi(5)
    };
    let series: f64 = (0..30).map(term).sum();
    let j = 4f64.powi(4) / 3.0 * (1.0 - 192.0 / pi.powi(5) * series);
    let exact = 1.0 / (E / 2.6 * j);
    let errors = [8, 16].map(|n| twist(n) / exact - 1.0);
    println!("torsion errors {errors:?}");
    assert!(errors[1].abs() < 0.006, "{errors:?}");
    assert!(errors[0].abs() / errors[1].abs() > 2.8, "{errors:?}");
}
