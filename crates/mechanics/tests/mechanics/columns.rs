//! Columns with closed-form stiffness.

use crate::common;
use crate::common::{assert_close, block, case, load_column, to};
use ossein_geom::{Job, Mpa, Severity};
use ossein_mechanics::stress::{percentiles, principal, stress, von_mises};
use ossein_mechanics::{
    Islands, Loads, Motion, SolveError, SolveOptions, Unconverged, isotropic, second_resolution,
    solve, solve_cases, solve_motion,
};

#[test]
fn a_clamped_bar_without_lateral_strain_has_ea_over_l() {
    let model = block([6, 8, 30], 0.5, isotropic(Mpa(1000.0), 0.0));
    let solution = load_column(&model, [0.0, 0.0, -50.0], [0.0; 3], 1e-11);
    let stiffness = solution.axial_stiffness_n_per_mm.unwrap();
    assert_close(stiffness, 1000.0 * 12.0 / 15.0, 1e-7);
    assert!(solution.balance_error < 1e-9, "{}", solution.balance_error);
    assert_close(solution.reaction_force_n[2], 50.0, 1e-9);
}

#[test]
fn rollers_give_ea_over_l_and_a_confined_bar_its_c11() {
    let moduli = isotropic(Mpa(2000.0), 0.3);
    let model = block([10, 7, 13], 0.4, moduli);
    let load = case([0.0, 0.0, -10.0], [0.0; 3]);
    let free = solve(&model, &common::rollers(&model), &load, &to(1e-10), &Job::quiet()).unwrap();
    let (area, length) = (4.0 * 2.8, 5.2);
    assert_close(free.axial_stiffness_n_per_mm.unwrap(), 2000.0 * area / length, 1e-6);
    let held = solve(&model, &common::confined(&model), &load, &to(1e-10), &Job::quiet()).unwrap();
    let c11 = f64::from(moduli[0]);
    assert_close(held.axial_stiffness_n_per_mm.unwrap(), c11 * area / length, 1e-9);
    let stresses = stress(&model, &free);
    let equivalent: Vec<f32> = stresses.iter().map(von_mises).collect();
    let spread = percentiles(&equivalent, &vec![true; equivalent.len()]).unwrap();
    assert_close(f64::from(spread.max), 10.0 / area, 1e-5);
    assert_close(f64::from(principal(&stresses[100])[2]), -10.0 / area, 1e-5);
}

/// Confined layers in series: the exact mean is Reuss's, on any grid.
#[test]
fn layers_in_series_give_reuss_exactly() {
    let mut model = block([5, 6, 16], 0.25, common::titanium());
    let soft = isotropic(Mpa(17_000.0), 0.3);
    let per_layer = 30;
    model.moduli[8 * per_layer..].fill(soft);
    let load = case([0.0, 0.0, 100.0], [0.0; 3]);
    let loads = common::confined(&model);
    let solution = solve(&model, &loads, &load, &to(1e-11), &Job::quiet()).unwrap();
    // 39.642641 GPa: C33 of the half-and-half laminate (Backus).
    let area_over_length = 1.25 * 1.5 / 4.0;
    let c33 = solution.axial_stiffness_n_per_mm.unwrap() / area_over_length;
    assert_close(c33, 39_642.641, 2e-8);
}

/// Side by side without lateral strain: Voigt.
#[test]
fn bars_side_by_side_share_the_load() {
    let mut model = block([8, 4, 12], 0.5, isotropic(Mpa(114_000.0), 0.0));
    let soft = isotropic(Mpa(500.0), 0.0);
    for (n, c) in model.moduli.iter_mut().enumerate() {
        if n % 8 >= 4 {
            *c = soft;
        }
    }
    let solution = common::press_column(&model, -0.01, 1e-10);
    let expected = (114_000.0 + 500.0) / 2.0 * 8.0 / 6.0;
    assert_close(solution.axial_stiffness_n_per_mm.unwrap(), expected, 1e-7);
    assert!(solution.energy_error < 1e-8);
}

#[test]
fn combined_cases_equal_their_direct_solution() {
    let model = block([6, 6, 12], 1.0, isotropic(Mpa(1000.0), 0.3));
    let loads = Loads::column(&model);
    let cases = ossein_mechanics::loads::load_set("thoracic_moments").unwrap();
    let cases = cases.column_cases().unwrap();
    let solutions = solve_cases(&model, &loads, &cases, &to(1e-8), &Job::quiet()).unwrap();
    assert_eq!(solutions.len(), 7);
    for solution in &solutions {
        assert!(solution.converged && solution.residual <= 1e-8);
        assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
        assert_close(solution.reaction_force_n[2], 200.0, 1e-6);
    }
    let (left, right) = (&solutions[5], &solutions[6]);
    assert_close(left.top.rotation_rad[2], -right.top.rotation_rad[2], 1e-9);
    let stiffness = |n: usize| solutions[n].rotational_stiffness_nm_per_deg.unwrap();
    assert_close(stiffness(1), stiffness(2), 1e-9);
    assert_close(stiffness(1), stiffness(3), 1e-6);
}

#[test]
fn islands_are_refused_or_dropped() {
    let mut model = block([9, 9, 9], 1.0, [0.0; 3]);
    for (n, c) in model.moduli.iter_mut().enumerate() {
        let [i, j, k] = [n % 9, n / 9 % 9, n / 81];
        let column = i < 4 && j < 4;
        if column || (i > 6 && j > 6 && (4..8).contains(&k)) {
            *c = [10.0, 3.0, 4.0];
        }
    }
    let loads = Loads::column(&model);
    let load = case([1.0, 0.0, -1.0], [0.0; 3]);
    let error = solve(&model, &loads, &load, &to(1e-6), &Job::quiet()).unwrap_err();
    let text = "no support holds 16 voxels of 160, in 1 piece; the largest has element [7, 7, 4]";
    assert!(matches!(error, SolveError::Unattached { .. }), "{error}");
    assert!(error.to_string().starts_with(text), "{error}");
    let options = SolveOptions { islands: Islands::Drop, ..to(1e-6) };
    let solution = solve(&model, &loads, &load, &options, &Job::quiet()).unwrap();
    assert_eq!(solution.findings[0].measured, Some(16.0));
    let block = |k: u32| [7, 8].into_iter().flat_map(move |j| [7, 8].map(|i| (k * 9 + j) * 9 + i));
    assert_eq!(solution.left_out, (4..8).flat_map(block).collect::<Vec<u32>>());
}

/// The stiffness is told from the energy, and the moment that turns the plate from the reactions.
#[test]
fn a_rotation_has_a_rotational_stiffness() {
    let model = block([6, 6, 12], 0.5, [10.0, 3.0, 4.0]);
    let loads = Loads::column(&model);
    let turned = |translation_mm, rotation_rad| {
        let motion = Motion { name: "turn".into(), translation_mm, rotation_rad };
        solve_motion(&model, &loads, &motion, &to(1e-10), &Job::quiet()).unwrap()
    };
    for axis in 0..3 {
        let mut angle = [0.0; 3];
        angle[axis] = 0.01;
        let solution = turned([Some(0.0); 3], angle);
        let nm_per_deg = solution.moment_nmm[axis] / 1000.0 / 0.01f64.to_degrees();
        assert_close(solution.rotational_stiffness_nm_per_deg.unwrap(), nm_per_deg, 1e-8);
        assert_eq!(solution.axial_stiffness_n_per_mm, None);
    }
    let both = turned([Some(0.0), Some(0.0), Some(0.1)], [0.0, 0.0, 0.01]);
    assert_eq!(both.rotational_stiffness_nm_per_deg, None);
}

#[test]
fn bad_input_is_refused_by_name() {
    let good = block([3, 3, 3], 1.0, [10.0, 3.0, 4.0]);
    let load = case([0.0, 0.0, 1.0], [0.0; 3]);
    let run = |model: &ossein_mechanics::Model, loads: &Loads| {
        solve(model, loads, &load, &SolveOptions::default(), &Job::quiet()).unwrap_err()
    };
    let loads = Loads::column(&good);
    let mut short = good.clone();
    short.moduli.pop();
    assert!(matches!(run(&short, &loads), SolveError::Size { modulus_count: 26, .. }));
    let mut bad = good.clone();
    bad.moduli[7] = [10.0, f32::NAN, 4.0];
    assert!(matches!(run(&bad, &loads), SolveError::Modulus { element: 7, .. }));
    let empty = block([3, 3, 3], 1.0, [0.0; 3]);
    assert!(matches!(run(&empty, &loads), SolveError::Empty));
    let stray = Loads { loaded: vec![64], ..loads.clone() };
    assert!(matches!(run(&good, &stray), SolveError::Patch { .. } | SolveError::Node { .. }));
    let free = Loads { supports: vec![], ..loads.clone() };
    assert!(matches!(run(&good, &free), SolveError::Unattached { voxel_count: 27, .. }));
    let line = Loads { loaded: vec![48, 49, 50], ..loads.clone() };
    assert!(matches!(run(&good, &line), SolveError::Patch { node_count: 3 }));
    let options = SolveOptions { memory_bytes_max: 1000, ..SolveOptions::default() };
    let error = solve(&good, &loads, &load, &options, &Job::quiet()).unwrap_err();
    assert!(matches!(error, SolveError::Memory { .. }));
    let options = SolveOptions { iteration_count_max: 1, ..to(1e-12) };
    let big = block([20, 20, 20], 1.0, [10.0, 3.0, 4.0]);
    let error = solve(&big, &Loads::column(&big), &load, &options, &Job::quiet()).unwrap_err();
    assert!(matches!(error, SolveError::NotConverged { iterations: 1, .. }), "{error}");
    let options = SolveOptions { unconverged: Unconverged::Keep, ..options };
    let kept = solve(&big, &Loads::column(&big), &load, &options, &Job::quiet()).unwrap();
    assert!(!kept.converged && kept.residual > options.tolerance);
    assert_eq!(kept.findings[0].code, "mechanics.not_converged");
    assert_eq!(kept.findings[0].severity, Severity::Failure);
    let job = Job::quiet();
    job.cancel();
    let error = solve(&big, &Loads::column(&big), &load, &to(1e-6), &job).unwrap_err();
    assert!(matches!(error, SolveError::Cancelled(_)));
}

#[test]
fn two_resolutions_give_an_error() {
    let value = |h: f64| 5.0 + 0.3 * h * h;
    let found = second_resolution((1.0, value(1.0)), (0.5, value(0.5)), 2.0).unwrap();
    assert_close(found.extrapolated, 5.0, 1e-12);
    assert_close(found.relative_error, 0.3 * 0.25 / 5.0, 1e-9);
    assert!(second_resolution((0.5, 1.0), (1.0, 1.0), 1.0).is_none());
    // Nothing at both sizes is no error; nothing at one of them cannot be judged.
    assert_eq!(second_resolution((1.0, 0.0), (0.5, 0.0), 1.0).unwrap().relative_error, 0.0);
    assert!(second_resolution((1.0, 2.0), (0.5, 0.0), 1.0).is_none());
}
