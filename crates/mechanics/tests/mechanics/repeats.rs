//! Models with periodic faces against homogenization, exact laminates and exact columns.

use crate::cells::cell;
use crate::common::{assert_close, block, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    HomogenizeOptions, Islands, LabelModel, Loads, Model, PeriodicCase, Solution, SolveError,
    SolveOptions, Support, Voxels, cubic, homogenize, isotropic, solve_periodic,
};

const NOTHING: Loads = Loads { supports: Vec::new(), loaded: Vec::new() };

fn stretched(axes: [bool; 3], strain: [Option<f64>; 6]) -> PeriodicCase {
    PeriodicCase { name: "test".into(), axes, strain, translation_mm: [None; 3] }
}

fn unit(n: usize) -> [Option<f64>; 6] {
    std::array::from_fn(|m| Some(f64::from(u8::from(n == m))))
}

#[track_caller]
fn solved(model: &impl Voxels, loads: &Loads, case: &PeriodicCase) -> Solution {
    let options = SolveOptions { islands: Islands::Drop, ..to(1e-9) };
    solve_periodic(model, loads, case, &options, &Job::quiet()).unwrap()
}

/// Every column of the tensor, from unit strains of the solver with supports.
#[track_caller]
fn check_tensor(cell: &LabelModel, iterations_max: usize) {
    let options = HomogenizeOptions { tolerance: 1e-8, ..HomogenizeOptions::default() };
    let tensor = homogenize(cell, &options, &Job::quiet()).unwrap().value.stiffness;
    let most = tensor.0[0][0];
    for n in 0..6 {
        let solution = solved(cell, &NOTHING, &stretched([true; 3], unit(n)));
        println!("{:?} column {n}: {} iterations", cell.size, solution.iterations);
        assert!(solution.iterations <= iterations_max, "{}", solution.iterations);
        let stress = solution.mean.unwrap().stress_mpa;
        for (a, stress) in stress.iter().enumerate() {
            let entry = tensor.0[a][n];
            assert!((stress - entry).abs() < 1e-6 * most, "C{a}{n}: {stress} for {entry}");
        }
        let volume = cell.size.iter().product::<usize>() as f64 * cell.voxel_mm.powi(3);
        let energy = 0.5 * tensor.0[n][n] * volume;
        assert!((solution.strain_energy_nmm - energy).abs() < 1e-6 * most * volume, "{energy}");
        assert!(solution.balance_error < 1e-6, "{}", solution.balance_error);
        assert!(energy < 1e-6 * most * volume || solution.energy_error < 1e-6);
    }
}

#[test]
fn unit_strains_give_the_columns_of_the_homogenized_tensor() {
    check_tensor(&cell("G network", 0.3, 32), 80);
    check_tensor(&cell("IWP sheet", 0.3, 24), 80);
    // Grids that halve badly.
    check_tensor(&cell("G sheet", 0.4, 27), 80);
    check_tensor(&cell("G sheet", 0.4, 22), 80);
}

/// Two plates whose bumps meet in a single node, which carries force from one to the other, and a
/// third plate that touches nothing.
#[test]
fn plates_that_meet_in_a_corner_are_held_once() {
    let size = [6, 5, 8];
    let solid = |[i, j, k]: [usize; 3]| {
        k == 0 || k == 3 || k == 5 || [i, j, k] == [2, 2, 1] || [i, j, k] == [3, 3, 2]
    };
    let place = |n: usize| [n % 6, n / 6 % 5, n / 30];
    let labels = (0..240).map(|n| u8::from(solid(place(n)))).collect();
    let materials = vec![cubic(isotropic(Mpa(1000.0), 0.3))];
    check_tensor(&LabelModel { size, voxel_mm: 0.5, labels, materials }, 80);
}

#[test]
fn a_free_strain_leaves_no_stress() {
    let cell = cell("D network", 0.3, 16);
    let tensor = homogenize(&cell, &HomogenizeOptions::default(), &Job::quiet()).unwrap().value;
    let constants = tensor.stiffness.engineering().unwrap();
    let mut strain = [None; 6];
    strain[2] = Some(0.01);
    let mean = solved(&cell, &NOTHING, &stretched([true; 3], strain)).mean.unwrap();
    assert_close(mean.stress_mpa[2], 0.01 * constants.young_mpa[2], 1e-5);
    assert_close(mean.strain[0], -0.01 * constants.poisson_back[1], 1e-5);
    for n in [0, 1, 3, 4, 5] {
        assert!(mean.stress_mpa[n].abs() < 1e-7 * mean.stress_mpa[2], "{mean:?}");
    }
    let mut shear = [None; 6];
    shear[5] = Some(0.01);
    let mean = solved(&cell, &NOTHING, &stretched([true; 3], shear)).mean.unwrap();
    assert_close(mean.stress_mpa[5], 0.01 * constants.shear_mpa[2], 1e-5);
}

/// Layers across z of two materials, and a period of one voxel across them.
fn laminate(size: [usize; 3]) -> Model {
    let [stiff, soft] = [110_000.0, 17_000.0].map(|e| isotropic(Mpa(e), 0.3));
    let plane = size[0] * size[1];
    let moduli = (0..size.iter().product::<usize>())
        .map(|n| if n / plane < size[2] / 2 { stiff } else { soft })
        .collect();
    Model { size, voxel_mm: 0.25, moduli }
}

/// C11 and C33 of the laminate are exact on any grid (Backus, J. Geophys. Res. 67 (1962)
/// 4427-4440).
#[test]
fn a_laminate_is_exact_with_any_faces_periodic() {
    for size in [[6, 4, 8], [1, 2, 8], [3, 5, 2]] {
        for n in [0usize, 2] {
            let exact = [77_061.521, 0.0, 39_642.641][n];
            let mean = solved(&laminate(size), &NOTHING, &stretched([true; 3], unit(n)));
            assert_close(mean.mean.unwrap().stress_mpa[n], exact, 1e-6);
        }
        // Smooth plates press along z, the sides cannot give way.
        let model = laminate(size);
        let floor = Support { nodes: model.bottom_nodes(), axes: [false, false, true] };
        let loads = Loads { supports: vec![floor], loaded: model.top_nodes() };
        let height = size[2] as f64 * model.voxel_mm;
        let mut case = stretched([true, true, false], [None; 6]);
        case.translation_mm[2] = Some(-0.01 * height);
        for n in [0, 1, 5] {
            case.strain[n] = Some(0.0);
        }
        let held = solved(&model, &loads, &case);
        assert_close(held.mean.unwrap().stress_mpa[2], -0.01 * 39_642.641, 1e-6);
        let area = (size[0] * size[1]) as f64 * model.voxel_mm * model.voxel_mm;
        assert_close(held.force_n[2], -0.01 * 39_642.641 * area, 1e-6);
        assert!(held.balance_error < 1e-6 && held.energy_error < 1e-6, "{}", held.balance_error);
    }
}

/// Between smooth plates a solid with free periodic sides is a column without sides.
#[test]
fn a_solid_between_smooth_plates_has_its_modulus() {
    let model = block([4, 3, 5], 0.5, isotropic(Mpa(1000.0), 0.3));
    let floor = Support { nodes: model.bottom_nodes(), axes: [false, false, true] };
    let loads = Loads { supports: vec![floor], loaded: model.top_nodes() };
    for axes in [[true, false, false], [false, true, false], [true, true, false]] {
        let mut case = stretched(axes, [None; 6]);
        case.translation_mm[2] = Some(-0.025);
        let column = solved(&model, &loads, &case);
        let mean = column.mean.unwrap();
        assert_close(mean.stress_mpa[2], -10.0, 1e-6);
        for a in (0..2).filter(|&a| axes[a]) {
            assert_close(mean.strain[a], 0.003, 1e-6);
        }
        // The high face of a pair has moved as the low one, and by the mean strain.
        let [low, high] = [0, 4].map(|i| column.displacement_mm[model.node_index([i, 1, 2])]);
        assert_close(high[0] - low[0], 0.003 * 2.0, 1e-6);
    }
}

/// Layers that touch nothing but their own images are held by them; a loose lump is not.
#[test]
fn loose_parts_are_told_from_layers() {
    let solid = isotropic(Mpa(1000.0), 0.3);
    let mut layers = block([4, 4, 6], 1.0, solid);
    layers.moduli[48..].fill([0.0; 3]);
    let axes = [true; 3];
    let flat = stretched(axes, [Some(0.01), Some(0.0), Some(0.0), Some(0.0), Some(0.0), Some(0.0)]);
    let options = to(1e-9);
    let found = solve_periodic(&layers, &NOTHING, &flat, &options, &Job::quiet()).unwrap();
    // Half the box, in plane stress: E / (1 - nu^2).
    assert_close(found.mean.unwrap().stress_mpa[0], 0.5 * 0.01 * 1000.0 / 0.91, 1e-6);
    let free =
        solve_periodic(&layers, &NOTHING, &stretched(axes, [None; 6]), &options, &Job::quiet());
    assert!(matches!(free, Err(SolveError::Slack { strain: "zz" | "yz" | "xz" })), "{free:?}");
    let mut lump = layers.clone();
    lump.moduli[69] = solid;
    let refused = solve_periodic(&lump, &NOTHING, &flat, &options, &Job::quiet());
    assert!(matches!(refused, Err(SolveError::Unattached { voxel_count: 1, piece_count: 1, .. })));
    let across = stretched([true, false, false], flat.strain);
    let refused = solve_periodic(&layers, &NOTHING, &across, &options, &Job::quiet());
    assert!(matches!(refused, Err(SolveError::Value { .. })), "{refused:?}");
}
