//! Affine fields are exact, whatever the cubic moduli.

use crate::common;
use crate::common::{block, to};
use ossein_geom::Job;
use ossein_mechanics::stress::stress;
use ossein_mechanics::{Loads, Motion, Support, element_matrix, solve_motion};

/// Confined compression, an affine field, holds to rounding at every node.
#[track_caller]
fn check(size: [usize; 3], moduli: [f32; 3]) {
    let model = block(size, 0.37, moduli);
    let strain = 0.013;
    let height = size[2] as f64 * 0.37;
    let motion = Motion {
        name: "confined".into(),
        translation_mm: [None, None, Some(strain * height)],
        rotation_rad: [0.0; 3],
    };
    let loads = common::confined(&model);
    let solution = solve_motion(&model, &loads, &motion, &to(1e-12), &Job::quiet()).unwrap();
    for (n, u) in solution.displacement_mm.iter().enumerate() {
        let expected = [0.0, 0.0, strain * model.node_mm(n)[2]];
        for a in 0..3 {
            let error = (u[a] - expected[a]).abs();
            assert!(error < 1e-10 * height, "node {n} axis {a}: off by {error:e}");
        }
    }
    let (c11, c12) = (f64::from(moduli[0]) * strain, f64::from(moduli[1]) * strain);
    for s in stress(&model, &solution) {
        for (a, expected) in [c12, c12, c11, 0.0, 0.0, 0.0].into_iter().enumerate() {
            assert!((f64::from(s[a]) - expected).abs() < 1e-6 * c11, "{s:?}");
        }
    }
}

#[test]
fn confined_compression_of_cubic_materials() {
    check([7, 5, 6], [160.0, 70.0, 50.0]);
    check([12, 13, 9], [16_000.0, -3000.0, 9000.0]);
    check([1, 1, 1], [3.0, 1.0, 4.0]);
    check([33, 17, 21], [110_000.0, 60_000.0, 20_000.0]);
}

/// Bottom clamped, top moved sideways, sides held at height: simple shear of `C44`.
#[test]
fn simple_shear_of_a_cubic_material() {
    let size = [9, 8, 7];
    let model = block(size, 0.5, [300.0, 90.0, 140.0]);
    let sides = model.nodes_where(|n| n[0] == 0 || n[0] == 9 || n[1] == 0 || n[1] == 8);
    let loads = Loads {
        supports: vec![
            Support { nodes: model.bottom_nodes(), axes: [true; 3] },
            Support { nodes: sides, axes: [false, true, true] },
        ],
        loaded: model.top_nodes(),
    };
    let motion = Motion {
        name: "shear".into(),
        translation_mm: [Some(0.02), Some(0.0), Some(0.0)],
        rotation_rad: [0.0; 3],
    };
    let solution = solve_motion(&model, &loads, &motion, &to(1e-12), &Job::quiet()).unwrap();
    let energy = 0.5 * 140.0 * (0.02f64 / 3.5).powi(2) * 9.0 * 8.0 * 7.0 * 0.125;
    common::assert_close(solution.strain_energy_nmm, energy, 1e-10);
}

/// The modal matrix against Gauss quadrature of the trilinear functions.
#[test]
fn the_element_matrix_is_the_gauss_integral() {
    let (c, h) = ([7.0, 3.0, 2.5], 1.7);
    let matrix = element_matrix(c, h);
    let at = 1.0 / 3f64.sqrt();
    let mut expected = [[0.0; 24]; 24];
    for point in 0..8 {
        let xi = [0, 1, 2].map(|a| if point >> a & 1 == 1 { at } else { -at });
        let gradient = |node: usize, axis: usize| {
            let s = |a: usize| if node >> a & 1 == 1 { 1.0 } else { -1.0 };
            let factor = |a: usize| if a == axis { s(a) } else { 1.0 + s(a) * xi[a] };
            factor(0) * factor(1) * factor(2) / 8.0 * (2.0 / h)
        };
        for row in 0..24 {
            for column in 0..24 {
                let (m, a, n, b) = (row / 3, row % 3, column / 3, column % 3);
                let mut sum = 0.0;
                if a == b {
                    for d in 0..3 {
                        let modulus = if d == a { c[0] } else { c[2] };
                        sum += modulus * gradient(m, d) * gradient(n, d);
                    }
                } else {
                    sum += c[1] * gradient(m, a) * gradient(n, b);
                    sum += c[2] * gradient(m, b) * gradient(n, a);
                }
                expected[row][column] += sum * (h / 2.0).powi(3);
            }
        }
    }
    for row in 0..24 {
        for column in 0..24 {
            let error = (matrix[row][column] - expected[row][column]).abs();
            assert!(error < 1e-13, "{row} {column}: {error:e}");
        }
    }
}
