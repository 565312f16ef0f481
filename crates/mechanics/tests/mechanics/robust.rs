//! Contrast, thin struts, orthotropy, and models by label.

use crate::common;
use crate::common::{assert_close, block, press_column, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    Islands, LabelModel, LoadCase, Loads, Model, Motion, OrthotropicModel, SolveError,
    SolveOptions, Support, cubic, isotropic, solve_cases, solve_motion,
};

const E: f64 = 10_000.0;

/// Plates at both ends of `size`, and between them the elements that `keep` names.
fn between_plates(size: [usize; 3], keep: impl Fn([usize; 3]) -> bool) -> Model {
    let mut model = block(size, 1.0, isotropic(Mpa(E), 0.0));
    for (n, c) in model.moduli.iter_mut().enumerate() {
        let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
        if at[2] > 0 && at[2] + 1 < size[2] && !keep(at) {
            *c = [0.0; 3];
        }
    }
    model
}

/// Struts one voxel thick and one voxel apart: every coarse grid meets several in each cell, and
/// each strut still carries its own `E A / L`.
#[test]
fn separate_struts_stay_apart_on_every_grid() {
    let strut = |at: [usize; 3]| at[..2].iter().all(|a| a.is_multiple_of(2));
    let model = between_plates([16, 16, 34], strut);
    let solution = press_column(&model, -0.01, 1e-9);
    // The plates are not rigid, so the struts lose a little more than their own length.
    let rigid = E * 64.0 / 32.0;
    let stiffness = solution.axial_stiffness_n_per_mm.unwrap();
    assert!(stiffness < rigid && stiffness > 0.93 * rigid, "{stiffness} for {rigid}");
    assert!(solution.iterations < 100, "{} iterations", solution.iterations);
    assert!(solution.balance_error < 1e-6);
}

/// Bone beneath titanium, so small that the first iteration reaches more than it is asked for, and
/// leaves forces that do not cancel: it goes on.
#[test]
fn a_small_model_balances() {
    let mut model = block([4, 4, 8], 0.5, isotropic(Mpa(1133.0), 0.0));
    for c in &mut model.moduli[64..] {
        *c = isotropic(Mpa(114_000.0), 0.342);
    }
    let solution = press_column(&model, -0.01, 1e-6);
    assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
    assert!(solution.converged);
}

/// A frame of thin members that bend: period 7 voxels, members of one voxel.
#[test]
fn a_thin_frame_converges() {
    let member = |at: [usize; 3]| at.iter().filter(|&&a| a % 7 == 3).count() >= 2;
    let model = between_plates([28, 28, 30], member);
    let solution = press_column(&model, -0.01, 1e-8);
    println!("thin frame: {} iterations", solution.iterations);
    assert!(solution.iterations < 60, "{} iterations", solution.iterations);
    assert!(solution.balance_error < 1e-6 && solution.energy_error < 1e-6);
}

/// Stiff grains in a matrix 10 000 times softer, and the other way round. Mean moduli see stiff
/// grains joined on the coarse grids: many iterations, and still the right answer.
#[test]
fn a_contrast_of_ten_thousand_converges() {
    for (grain, matrix) in [(E, 1e-4 * E), (1e-4 * E, E)] {
        let mut model = block([30, 25, 33], 0.2, isotropic(Mpa(matrix), 0.3));
        for (n, c) in model.moduli.iter_mut().enumerate() {
            let at = [n % 30, n / 30 % 25, n / 750];
            if at.iter().all(|a| a % 6 < 4) {
                *c = isotropic(Mpa(grain), 0.3);
            }
        }
        let solution = press_column(&model, -0.01, 1e-8);
        println!("contrast: {} iterations", solution.iterations);
        assert!(solution.iterations < 400, "{} iterations", solution.iterations);
        assert!(solution.balance_error < 1e-6);
    }
}

#[test]
fn labels_and_moduli_give_the_same_bits() {
    let size = [9, 8, 14];
    let labels: Vec<u8> = (0..9 * 8 * 14).map(|n| 1 + u8::from(n % 5 == 2)).collect();
    let materials = [isotropic(Mpa(E), 0.3), [300.0, 90.0, 140.0]];
    let by_label =
        LabelModel { size, voxel_mm: 0.3, labels, materials: materials.map(cubic).to_vec() };
    let moduli = by_label.labels.iter().map(|l| materials[usize::from(*l) - 1]).collect();
    let by_moduli = Model { size, voxel_mm: 0.3, moduli };
    let loads = Loads::column(&by_moduli);
    let motion = plates(Some(-0.02));
    let one = solve_motion(&by_label, &loads, &motion, &to(1e-7), &Job::quiet()).unwrap();
    let other = solve_motion(&by_moduli, &loads, &motion, &to(1e-7), &Job::quiet()).unwrap();
    assert!(one == other);
    let bare = LabelModel { materials: vec![], ..by_label };
    let error = solve_motion(&bare, &loads, &motion, &to(1e-7), &Job::quiet()).unwrap_err();
    assert!(matches!(error, SolveError::Modulus { element: 0, .. }), "{error}");
}

fn plates(z: Option<f64>) -> Motion {
    let translation_mm = [Some(0.0), Some(0.0), z];
    Motion { name: "plates".into(), translation_mm, rotation_rad: [0.0; 3] }
}

/// Sheared between plates with its sides held at height, an orthotropic block shows C55 and C44;
/// pressed with its sides held, C33. Elements differ by more than a factor, one by one.
#[test]
fn an_orthotropic_block_shows_its_moduli() {
    let c = [300.0f32, 220.0, 180.0, 90.0, 70.0, 50.0, 40.0, 60.0, 80.0];
    let size = [9, 8, 7];
    let model = OrthotropicModel { size, voxel_mm: 0.5, moduli: vec![c; 504] };
    let shape = block(size, 0.5, [1.0, 0.0, 0.5]);
    let sides = shape.nodes_where(|n| n[0] == 0 || n[0] == 9 || n[1] == 0 || n[1] == 8);
    let check = |shift: [f64; 3], held: [bool; 3], modulus: f64| {
        let loads = Loads {
            supports: vec![
                Support { nodes: shape.bottom_nodes(), axes: [true; 3] },
                Support { nodes: sides.clone(), axes: held },
            ],
            loaded: shape.top_nodes(),
        };
        let motion = Motion {
            name: "orthotropic".into(),
            translation_mm: shift.map(Some),
            rotation_rad: [0.0; 3],
        };
        let solution = solve_motion(&model, &loads, &motion, &to(1e-11), &Job::quiet()).unwrap();
        let strain = shift.iter().sum::<f64>() / 3.5;
        let energy = 0.5 * modulus * strain * strain * 504.0 * 0.125;
        assert_close(solution.strain_energy_nmm, energy, 1e-9);
    };
    check([0.02, 0.0, 0.0], [false, true, true], 60.0);
    check([0.0, 0.02, 0.0], [true, false, true], 40.0);
    check([0.0, 0.0, 0.02], [true, true, false], 180.0);
}

/// Layers of different orthotropy in series follow Reuss along their normal, run by run or mixed.
#[test]
fn orthotropic_layers_and_lanes_are_exact() {
    let size = [6, 5, 12];
    let layer = |k: usize| if k.is_multiple_of(2) { 200.0f32 } else { 50.0 };
    let moduli = (0..360).map(|n| {
        let (i, k) = (n % 6, n / 30);
        // Lateral moduli differ element by element and do no work.
        let side = 300.0 + i as f32;
        [side, side + 7.0, layer(k), 20.0, 0.0, 0.0, 30.0 + i as f32, 25.0, 15.0]
    });
    let model = OrthotropicModel { size, voxel_mm: 1.0, moduli: moduli.collect() };
    let shape = block(size, 1.0, [1.0, 0.0, 0.5]);
    let loads = common::confined(&shape);
    let motion = Motion {
        name: "press".into(),
        translation_mm: [None, None, Some(0.01)],
        rotation_rad: [0.0; 3],
    };
    let solution = solve_motion(&model, &loads, &motion, &to(1e-11), &Job::quiet()).unwrap();
    let reuss = 2.0 / (1.0 / 200.0 + 1.0 / 50.0);
    assert_close(solution.axial_stiffness_n_per_mm.unwrap(), reuss * 30.0 / 12.0, 1e-9);
}

/// A hundred struts, one voxel thick, between plates: too thin for every coarse grid. Pushed
/// sideways and twisted they bend, and the grids alone do not get there in 500 iterations.
#[test]
fn thin_struts_that_bend_converge() {
    let mut seed = 8u64;
    let mut any = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let size = [40, 40, 42];
    let struts: Vec<(usize, [usize; 2])> = (0..60).map(|_| (any(3), [any(40), any(40)])).collect();
    let of_strut = |at: [usize; 3]| {
        struts.iter().any(|&(axis, across)| {
            let others = [(axis + 1) % 3, (axis + 2) % 3];
            at[others[0]] == across[0] && at[others[1]] == across[1]
        })
    };
    let model = between_plates(size, of_strut);
    let options = SolveOptions { islands: Islands::Drop, ..to(1e-6) };
    let loads = Loads::column(&model);
    let cases = [
        LoadCase { name: "push".into(), force_n: [10.0, 0.0, 0.0], moment_nmm: [0.0; 3] },
        LoadCase { name: "twist".into(), force_n: [0.0; 3], moment_nmm: [0.0, 0.0, 10.0] },
    ];
    let solutions = solve_cases(&model, &loads, &cases, &options, &Job::quiet()).unwrap();
    for solution in solutions {
        println!("{}: {} iterations", solution.name, solution.iterations);
        assert!(solution.converged && solution.iterations < 250, "{}", solution.iterations);
        assert!(solution.energy_error < 1e-6, "{}", solution.energy_error);
    }
}
