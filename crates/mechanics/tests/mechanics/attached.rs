//! Loads keep their resultants where pieces are left out, forces that do not cancel fail, and
//! motions that nothing resists or that supports contradict are refused.

use crate::common::{assert_close, block, case, rollers, to};
use ossein_geom::{Job, Mpa, Severity};
use ossein_mechanics::loads::{Action, Hold, LoadError, RegionCase, Regions, nodal_load};
use ossein_mechanics::{
    Attached, HeldModel, Islands, Loads, Model, Motion, SolveError, SolveOptions, Support,
    isotropic, pressure_forces, solve_cases, solve_forces, solve_motion, solve_motions,
};

const E: f64 = 1000.0;

fn dropping() -> SolveOptions {
    SolveOptions { islands: Islands::Drop, ..to(1e-9) }
}

/// A column of 4 x 8 elements and 8 mm, and a slab of as many beside it that hangs in the air; both
/// reach the top.
fn column_and_slab() -> Model {
    let mut model = block([9, 8, 8], 1.0, isotropic(Mpa(E), 0.0));
    for (n, c) in model.moduli.iter_mut().enumerate() {
        let [i, k] = [n % 9, n / 72];
        if i == 4 || (i > 4 && k < 5) {
            *c = [0.0; 3];
        }
    }
    model
}

fn pushed(model: &Model, region: Vec<u32>) -> (Regions, RegionCase) {
    let floor = ("floor".to_owned(), model.bottom_nodes());
    let regions = Regions::from([floor, ("top".to_owned(), region)]);
    let action = Action { region: "top".into(), force_n: [0.0, 0.0, -100.0], moment_nmm: [0.0; 3] };
    let holds = vec![Hold { region: "floor".into(), axes: [true; 3] }];
    (regions, RegionCase { name: "push".into(), actions: vec![action], holds })
}

/// What acts arrives at the support, and shortens the column by `F L / (E A)`.
#[test]
fn a_load_on_a_region_with_loose_pieces_acts_in_full() {
    let model = column_and_slab();
    let (regions, case) = pushed(&model, model.top_nodes());
    let load = nodal_load(&model, &regions, &case).unwrap();
    let solved =
        solve_forces(&model, &load.loads, "push", &load.forces_n, &dropping(), &Job::quiet());
    let solution = solved.unwrap();
    assert_close(solution.force_n[2], -100.0, 1e-12);
    assert_close(solution.reaction_force_n[2], 100.0, 1e-7);
    assert!(solution.converged && solution.balance_error < 1e-7);
    let energy = 0.5 * 100.0 * 100.0 * 8.0 / (E * 32.0);
    assert_close(solution.strain_energy_nmm, energy, 1e-7);
}

#[test]
fn a_pressure_on_a_surface_with_loose_pieces_acts_on_what_stays() {
    let model = column_and_slab();
    let floor = Support { nodes: model.bottom_nodes(), axes: [true; 3] };
    let attached = Attached::new(&model, std::slice::from_ref(&floor)).unwrap();
    let (loaded, forces) = attached.pressure_forces(2.0, |face| face.center_mm[2] == 8.0);
    let loads = Loads { supports: vec![floor], loaded };
    let solution = solve_forces(&model, &loads, "press", &forces, &dropping(), &Job::quiet());
    let solution = solution.unwrap();
    assert_close(solution.force_n[2], -2.0 * 32.0, 1e-12);
    assert_close(solution.reaction_force_n[2], 64.0, 1e-7);
    assert_close(solution.strain_energy_nmm, 0.5 * 2.0 * 2.0 / E * 256.0, 1e-7);
    // Spread over all that there is, half of it would go with the slab.
    let (loaded, forces) = pressure_forces(&model, 2.0, |face| face.center_mm[2] == 8.0);
    let loads = Loads { loaded, ..loads };
    let lost = solve_forces(&model, &loads, "press", &forces, &dropping(), &Job::quiet());
    let error = lost.unwrap_err();
    assert!(matches!(error, SolveError::Lost { lost_n, .. } if (lost_n - 64.0).abs() < 1e-9));
}

#[test]
fn a_load_on_loose_pieces_alone_is_refused_by_name() {
    let model = column_and_slab();
    let slab = model.nodes_where(|[i, _, k]| i > 4 && k == 8);
    let (regions, case) = pushed(&model, slab);
    let error = nodal_load(&model, &regions, &case).unwrap_err();
    assert!(matches!(&error, LoadError::Loose { region, .. } if region == "top"), "{error}");
    assert!(error.to_string().contains("`push` acts on `top`"), "{error}");
}

/// A mirror and a plate are no surface: nothing presses on them.
#[test]
fn a_pressure_all_over_spares_mirrors_and_plates() {
    let model = block([4, 5, 6], 0.5, isotropic(Mpa(E), 0.3));
    let loads = rollers(&model);
    let attached = Attached::new(&model, &loads.supports).unwrap();
    let (loaded, forces) = attached.pressure_forces(5.0, |_| true);
    let loads = Loads { loaded, ..loads };
    let solution = solve_forces(&model, &loads, "p", &forces, &to(1e-9), &Job::quiet()).unwrap();
    for (a, area) in [7.5, 6.0, 5.0].into_iter().enumerate() {
        assert_close(solution.force_n[a], -5.0 * area, 1e-12);
        assert_close(solution.reaction_force_n[a], 5.0 * area, 1e-7);
    }
    // p^2 V / (2 K)
    let bulk = E / (3.0 * 0.4);
    assert_close(solution.strain_energy_nmm, 0.5 * 25.0 / bulk * 15.0, 1e-7);
}

/// A load that balances itself is measured by what it is made of, and costs no more for it.
#[test]
fn a_load_that_balances_itself_has_a_small_balance_error() {
    let model = block([8, 8, 8], 0.5, isotropic(Mpa(E), 0.3));
    let held = |node: [usize; 3], axes: [bool; 3]| Support {
        nodes: model.nodes_where(|n| n == node),
        axes,
    };
    let supports = vec![
        held([0, 0, 0], [true; 3]),
        held([8, 0, 0], [false, true, true]),
        held([0, 8, 0], [false, false, true]),
    ];
    let (loaded, forces) = pressure_forces(&model, 5.0, |_| true);
    let loads = Loads { supports, loaded };
    let solution = solve_forces(&model, &loads, "p", &forces, &to(1e-6), &Job::quiet()).unwrap();
    assert!(solution.converged && solution.findings.is_empty(), "{:?}", solution.findings);
    assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
    assert!(solution.iterations < 40, "{}", solution.iterations);
    assert_close(solution.strain_energy_nmm, 0.5 * 25.0 / (E / 1.2) * 64.0, 1e-6);
}

#[test]
fn forces_that_do_not_cancel_are_a_failure() {
    let model = block([4, 4, 8], 0.5, isotropic(Mpa(E), 0.3));
    let strict = SolveOptions { balance_tolerance: 1e-30, ..to(1e-6) };
    let loads = Loads::column(&model);
    let solved =
        solve_cases(&model, &loads, &[case([3.0, 0.0, -10.0], [0.0; 3])], &strict, &Job::quiet());
    let solution = solved.unwrap().remove(0);
    assert!(solution.residual < 1e-6 && !solution.converged);
    let finding = &solution.findings[0];
    assert_eq!((finding.code.as_str(), finding.severity), ("mechanics.balance", Severity::Failure));
    assert_eq!(finding.measured, Some(solution.balance_error));
}

fn along(name: &str, translation_mm: [Option<f64>; 3], rotation_rad: [f64; 3]) -> Motion {
    Motion { name: name.into(), translation_mm, rotation_rad }
}

const PRESS: [Option<f64>; 3] = [Some(0.0), Some(0.0), Some(-0.1)];

#[test]
fn motions_that_nothing_resists_are_refused() {
    let whole = block([6, 6, 9], 1.0, isotropic(Mpa(E), 0.3));
    let mut gap = whole.clone();
    gap.moduli[36 * 4..36 * 5].fill([0.0; 3]);
    let run = |model: &Model, loads: &Loads, motion: &Motion| {
        solve_motion(model, loads, motion, &to(1e-8), &Job::quiet())
    };
    let refused = |model: &Model, loads: &Loads, motion: &Motion| {
        let error = run(model, loads, motion).unwrap_err();
        assert!(matches!(error, SolveError::Unresisted { .. }), "{error}");
    };
    let press = along("press", PRESS, [0.0; 3]);
    let column = Loads::column(&whole);
    assert!(run(&whole, &column, &press).is_ok());
    // Two slabs: the one is held, the other moved.
    refused(&gap, &column, &press);
    // No support at all, or one that gives way to the motion.
    let free = Loads { supports: vec![], ..column.clone() };
    refused(&whole, &free, &press);
    let floor = |axes| Loads {
        supports: vec![Support { nodes: whole.bottom_nodes(), axes }],
        ..column.clone()
    };
    refused(&whole, &floor([true, true, false]), &press);
    let smooth = floor([false, false, true]);
    refused(&whole, &smooth, &along("turn", [Some(0.0); 3], [0.0, 0.0, 0.01]));
    assert!(run(&whole, &smooth, &press).is_ok());
    assert!(run(&whole, &column, &along("turn", [Some(0.0); 3], [0.0, 0.0, 0.01])).is_ok());
    // One strut one voxel wide is enough to resist.
    gap.moduli[36 * 4 + 14] = isotropic(Mpa(E), 0.3);
    assert!(run(&gap, &column, &press).is_ok());
}

#[test]
fn motions_of_nodes_that_are_held_are_refused() {
    let model = block([6, 6, 9], 1.0, isotropic(Mpa(E), 0.3));
    let mirrored = rollers(&model);
    for motion in [
        along("pull", [Some(0.1), Some(0.0), Some(0.1)], [0.0; 3]),
        along("turn", [Some(0.0); 3], [0.0, 0.0, 0.01]),
    ] {
        let error = solve_motion(&model, &mirrored, &motion, &to(1e-8), &Job::quiet());
        let error = error.unwrap_err();
        assert!(matches!(error, SolveError::Held { axis: "x", .. }), "{error}");
        assert!(error.to_string().contains(&format!("`{}`", motion.name)), "{error}");
    }
    // Along the mirrors nothing contradicts.
    let motion = along("press", [None, None, Some(-0.1)], [0.0; 3]);
    let solution = solve_motion(&model, &mirrored, &motion, &to(1e-10), &Job::quiet()).unwrap();
    assert_close(solution.axial_stiffness_n_per_mm.unwrap(), E * 36.0 / 9.0, 1e-7);
}

/// One set-up for all gives the bits of one for each.
#[test]
fn loads_that_share_a_set_up_are_those_alone() {
    let model = block([7, 6, 11], 0.5, isotropic(Mpa(E), 0.3));
    let loads = Loads::column(&model);
    let options = to(1e-8);
    let (job, forces) = (Job::quiet(), [case([1.0, 0.0, -9.0], [5.0, 0.0, 0.0])]);
    let (pressed, pressure) = pressure_forces(&model, 2.0, |face| face.center_mm[0] == 0.0);
    let mut held = HeldModel::new(&model, &loads.supports, &options, 2).unwrap();
    let first = held.solve_cases(&loads.loaded, &forces, &job).unwrap();
    let second = held.solve_forces("p", &pressed, &pressure, &job).unwrap();
    assert_eq!(first, solve_cases(&model, &loads, &forces, &options, &job).unwrap());
    let own = Loads { loaded: pressed, ..loads.clone() };
    assert_eq!(second, solve_forces(&model, &own, "p", &pressure, &options, &job).unwrap());
    let motions = [
        along("press", PRESS, [0.0; 3]),
        along("slide", [None, None, Some(-0.1)], [0.0; 3]),
        along("turn", [Some(0.0); 3], [0.0, 0.0, 0.01]),
    ];
    let together = solve_motions(&model, &loads, &motions, &options, &job).unwrap();
    for (motion, solution) in motions.iter().zip(&together) {
        assert_eq!(solution, &solve_motion(&model, &loads, motion, &options, &job).unwrap());
    }
}
