//! Voxels that two materials share, against layers in a row and a ball in a softer block.

use ossein_geom::{Job, Mpa};
use ossein_mechanics::composite::{Shared, normal};
use ossein_mechanics::{Loads, Orthotropic, OrthotropicModel, cubic, isotropic, solve};

use crate::common::{assert_close, case, to};

/// A block whose voxels take `shares` of the first material and the rest of the second; the mean of both
/// instead of their laminate where `is_mean`.
fn mixed(
    (size, voxel_mm): ([usize; 3], f64),
    shares: &[f32],
    moduli: [Orthotropic; 2],
    is_mean: bool,
) -> OrthotropicModel {
    let one = |n: usize| {
        let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
        let across = if is_mean { [0.0; 3] } else { normal(shares, size, at) };
        Shared { shares: [shares[n], 1.0 - shares[n]], moduli }.moduli(across)
    };
    let moduli = (0..shares.len()).map(one).collect();
    OrthotropicModel { size, voxel_mm, moduli }
}

fn stiffness(model: &OrthotropicModel) -> f64 {
    let loads = Loads::column(model);
    let press = case([0.0, 0.0, -1.0], [0.0; 3]);
    let solution = solve(model, &loads, &press, &to(1e-8), &Job::quiet()).unwrap();
    solution.axial_stiffness_n_per_mm.unwrap()
}

/// `K = A / (l1 / E1 + l2 / E2)`, wherever in a voxel both meet.
#[test]
fn layers_in_a_row_are_exact() {
    let moduli = [110_000.0, 300.0].map(|e| cubic(isotropic(Mpa(e), 0.0)));
    for meet_mm in [5.0, 5.1, 5.5, 5.83] {
        let share = |n: usize| (meet_mm - (n / 9) as f64).clamp(0.0, 1.0) as f32;
        let shares: Vec<f32> = (0..9 * 12).map(share).collect();
        let model = mixed(([3, 3, 12], 1.0), &shares, moduli, false);
        let expected = 9.0 / (meet_mm / 110_000.0 + (12.0 - meet_mm) / 300.0);
        assert_close(stiffness(&model), expected, 1e-5);
    }
}

/// A ball of metal in a block of bone: coarse voxels with laminates are nearer to fine voxels than those
/// with means, by a half at least.
#[test]
fn a_ball_in_bone_is_nearer_by_laminates() {
    let moduli = [110_000.0, 300.0].map(|e| cubic(isotropic(Mpa(e), 0.3)));
    let of = |count: usize, is_mean: bool| {
        let (h, points) = (10.0 / count as f64, 6);
        let share = |n: usize| {
            let at = [n % count, n / count % count, n / (count * count)];
            let inside = |m: usize| {
                let sub = [m % points, m / points % points, m / (points * points)];
                let square = |a: usize| {
                    let along = h * (at[a] as f64 + (sub[a] as f64 + 0.5) / points as f64);
                    (along - 5.0 - 0.07 * a as f64).powi(2)
                };
                (0..3).map(square).sum::<f64>() < 3.3 * 3.3
            };
            let count = points * points * points;
            (0..count).filter(|m| inside(*m)).count() as f32 / count as f32
        };
        let shares: Vec<f32> = (0..count * count * count).map(share).collect();
        stiffness(&mixed(([count; 3], h), &shares, moduli, is_mean))
    };
    let fine = of(48, false);
    let [laminate, mean] = [false, true].map(|is_mean| of(8, is_mean) / fine - 1.0);
    println!("laminates {laminate:.4}, means {mean:.4}");
    assert!(laminate.abs() < 0.5 * mean.abs(), "{laminate} {mean}");
}
