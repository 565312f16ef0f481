//! Periodic homogenization against exact laminates, bounds and the figures of another program.

use crate::cells::cell;
use crate::common::slow_tests;
use ossein_geom::{Job, Mpa, Severity};
use ossein_mechanics::periodic::{HomogenizeError, hashin_shtrikman, modulus_along};
use ossein_mechanics::{
    HomogenizeOptions, Homogenized, LabelModel, SolveError, cubic, homogenize, isotropic,
};

fn to(tolerance: f64) -> HomogenizeOptions {
    HomogenizeOptions { tolerance, ..HomogenizeOptions::default() }
}

fn solve(cell: &LabelModel, options: &HomogenizeOptions) -> Homogenized {
    homogenize(cell, options, &Job::quiet()).unwrap().value
}

/// A row of the reference: cell, solid fraction, C11, C12, C44 over the solid's modulus.
type Row = (String, f64, [f64; 3]);

fn rows(n: usize) -> Vec<Row> {
    let text = match n {
        64 => include_str!("periodic/reference_64.txt"),
        _ => include_str!("periodic/reference_128.txt"),
    };
    let row = |line: &str| {
        let (name, rest) = line.split_at(14);
        let numbers: Vec<f64> = rest.split_whitespace().map_while(|w| w.parse().ok()).collect();
        (name.trim().to_owned(), numbers[0], [numbers[1], numbers[2], numbers[3]])
    };
    text.lines().skip(1).map(row).collect()
}

/// Holds a row against the same voxels: to the digits that are printed.
fn check_row(n: usize, (name, fraction, expected): &Row) {
    let wanted = (fraction * 10.0).round() / 10.0;
    let cell = cell(name, wanted, n);
    let start = std::time::Instant::now();
    let found = solve(&cell, &to(1e-8));
    let cubic = found.stiffness.cubic();
    println!(
        "{name} {wanted}: {:.6} {cubic:.6?} {:?} its, {} loads, {:.1e}, {:.2?}",
        found.solid_fraction,
        found.iterations,
        found.solved_count,
        found.stress_error,
        start.elapsed()
    );
    assert!((found.solid_fraction - fraction).abs() < 6e-7, "{name} {}", found.solid_fraction);
    for (c, expected) in cubic.iter().zip(expected) {
        assert!((c - expected).abs() < 0.6e-6, "{name} {fraction}: {c} for {expected}");
    }
    assert!(cubic[0] < 1e-9 || found.stiffness.off_cubic() < 1e-6);
    let [bulk, _] = hashin_shtrikman(found.solid_fraction, 1.0, 0.3);
    assert!(found.stiffness.bulk_mpa() < bulk, "{name} {fraction}");
}

#[test]
fn cells_have_the_stiffness_that_another_program_found() {
    let some =
        ["G sheet 0.3", "D network 0.2", "P network 0.1", "IWP sheet 0.5", "octet strut 0.1"];
    for row in rows(64) {
        let word = format!("{} {:.1}", row.0, row.1);
        if slow_tests() || some.contains(&word.as_str()) {
            check_row(64, &row);
        }
    }
}

#[test]
fn finer_cells_have_the_stiffness_that_another_program_found() {
    if !slow_tests() {
        println!("skipped: set SLOW_TESTS=1");
        return;
    }
    rows(128).iter().for_each(|row| check_row(128, row));
}

/// Half one material, half another, in layers across z: exact on any grid (Backus, J. Geophys.
/// Res. 67 (1962) 4427-4440).
#[test]
fn a_laminate_is_exact() {
    let materials: Vec<_> = [110_000.0, 17_000.0].map(|e| cubic(isotropic(Mpa(e), 0.3))).to_vec();
    let size = [6, 4, 12];
    let labels = (0..size.iter().product()).map(|n: usize| 1 + u8::from(n / 24 % 12 < 6)).collect();
    let cell = LabelModel { size, voxel_mm: 0.1, labels, materials };
    let found = solve(&cell, &to(1e-11));
    let part = |f: &dyn Fn(f64, f64) -> f64| {
        cell.materials.iter().map(|c| f(f64::from(c[0]), f64::from(c[6]))).sum::<f64>() / 2.0
    };
    let lame = |c: f64, mu: f64| c - 2.0 * mu;
    let c33 = 1.0 / part(&|c, _| 1.0 / c);
    let slip = part(&|c, mu| lame(c, mu) / c);
    let c13 = slip * c33;
    let c11 = part(&|c, mu| c - lame(c, mu) * lame(c, mu) / c) + slip * slip * c33;
    let c12 = part(&|c, mu| lame(c, mu) - lame(c, mu) * lame(c, mu) / c) + slip * slip * c33;
    let (c44, c66) = (1.0 / part(&|_, mu| 1.0 / mu), part(&|_, mu| mu));
    let expected = [
        [c11, c12, c13, 0.0, 0.0, 0.0],
        [c12, c11, c13, 0.0, 0.0, 0.0],
        [c13, c13, c33, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, c44, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, c44, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, c66],
    ];
    let printed = [77_061.521, 28_215.367, 16_989.703, 39_642.641, 11_326.469, 24_423.077];
    for (exact, printed) in [c11, c12, c13, c33, c44, c66].into_iter().zip(printed) {
        assert!((exact / printed - 1.0).abs() < 1e-7, "{exact} {printed}");
    }
    for (a, row) in expected.iter().enumerate() {
        for (b, exact) in row.iter().enumerate() {
            let c = found.stiffness.0[a][b];
            assert!((c - exact).abs() < 1e-10 * c11, "C{}{}: {c} for {exact}", a + 1, b + 1);
        }
    }
    // Three mirrors: the box is longer along x than along y.
    assert_eq!(found.symmetry_count, 8);
}

#[test]
fn a_cell_without_void_is_its_solid() {
    let material = cubic(isotropic(Mpa(110_000.0), 0.3));
    let cell = LabelModel {
        size: [5, 3, 1],
        voxel_mm: 1.0,
        labels: vec![1; 15],
        materials: vec![material],
    };
    let found = solve(&cell, &HomogenizeOptions::default());
    assert_eq!(found.iterations, [0; 6]);
    let constants = found.stiffness.engineering().unwrap();
    for (e, g) in constants.young_mpa.iter().zip(constants.shear_mpa) {
        assert!((e / 110_000.0 - 1.0).abs() < 1e-6 && (g / 42_307.692 - 1.0).abs() < 1e-6);
    }
    assert!(constants.poisson.iter().all(|nu| (nu - 0.3).abs() < 1e-6));
    let compliance = found.stiffness.compliance().unwrap();
    for n in [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.36, 0.48, 0.8]] {
        assert!((modulus_along(&compliance, n) / 110_000.0 - 1.0).abs() < 1e-6);
    }
}

/// Simulation of a network gyroid by another group (facts D3.14).
#[test]
fn a_network_gyroid_is_as_stiff_as_published() {
    let found = solve(&cell("G network", 0.5, 64), &HomogenizeOptions::default());
    let young = found.stiffness.engineering().unwrap().young_mpa[0];
    println!("network gyroid, half solid: {young:.4} for 0.2077");
    assert!((young / 0.2077 - 1.0).abs() < 0.01, "{young}");
}

/// Blocks of two materials and void without any symmetry.
fn lopsided() -> LabelModel {
    let size = [12, 10, 7];
    let label = |n: usize| {
        let [i, j, k] = [n % 12, n / 12 % 10, n / 120];
        match () {
            () if i < 3 || (j < 4 && k < 2) => 1,
            () if k == 3 || (i + j) % 7 == 0 => 2,
            () => 0,
        }
    };
    let materials = [1000.0, 50.0].map(|e| cubic(isotropic(Mpa(e), 0.25))).to_vec();
    LabelModel { size, voxel_mm: 1.0, labels: (0..840).map(label).collect(), materials }
}

#[test]
fn energy_and_mean_stress_agree_and_the_tensor_is_symmetric() {
    let found = solve(&lopsided(), &to(1e-9));
    assert_eq!((found.symmetry_count, found.solved_count), (1, 6));
    // The matrix by stresses is not symmetric by construction: it agrees with the one by energies.
    assert!(found.stress_error < 1e-8, "{}", found.stress_error);
    assert!(found.stiffness.off_cubic() > 1e-2);
    assert!(found.stiffness.compliance().is_some());
}

#[test]
fn symmetry_saves_work_and_changes_nothing() {
    for (name, count, solved) in
        [("G sheet", 48, 2), ("G network", 24, 2), ("IWP network", 48, 2), ("octet strut", 48, 2)]
    {
        let cell = cell(name, 0.35, 24);
        let with = solve(&cell, &to(1e-9));
        assert_eq!((with.symmetry_count, with.solved_count), (count, solved), "{name}");
        let without = solve(&cell, &HomogenizeOptions { use_symmetry: false, ..to(1e-9) });
        assert_eq!(without.solved_count, 6);
        let pairs = with.stiffness.0.iter().flatten().zip(without.stiffness.0.iter().flatten());
        for (a, b) in pairs {
            assert!((a - b).abs() < 1e-9 * with.stiffness.0[0][0], "{name}: {a} {b}");
        }
    }
}

#[test]
fn threads_change_no_byte() {
    let cell = lopsided();
    let on = |count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        pool.install(|| solve(&cell, &HomogenizeOptions::default()))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn a_cell_that_falls_apart_has_no_stiffness_and_a_finding() {
    let cell = cell("P network", 0.1, 24);
    let found = homogenize(&cell, &HomogenizeOptions::default(), &Job::quiet()).unwrap();
    assert_eq!(found.findings[0].severity, Severity::Failure);
    assert_eq!(found.findings[0].code, "cell.falls_apart");
    assert!(found.value.stiffness.0.iter().flatten().all(|c| c.abs() < 1e-9));
    assert!(found.value.stiffness.engineering().is_none());
}

#[test]
fn what_cannot_be_homogenized_is_refused() {
    let refused = |cell: &LabelModel, options: &HomogenizeOptions| {
        homogenize(cell, options, &Job::quiet()).unwrap_err()
    };
    let good = lopsided();
    let plain = HomogenizeOptions::default();
    let empty = LabelModel { labels: vec![0; 840], ..good.clone() };
    assert!(matches!(refused(&empty, &plain), HomogenizeError::Cell(SolveError::Empty)));
    for modulus in [0.0, f32::NAN, -1.0] {
        let bad = LabelModel { materials: vec![[modulus; 9]; 2], ..good.clone() };
        let error = refused(&bad, &plain);
        assert!(matches!(error, HomogenizeError::Cell(SolveError::Modulus { .. })), "{error}");
    }
    let unknown = LabelModel { materials: good.materials[..1].to_vec(), ..good.clone() };
    assert!(matches!(refused(&unknown, &plain), HomogenizeError::Cell(SolveError::Modulus { .. })));
    let wrong = LabelModel { size: [12, 10, 8], ..good.clone() };
    assert!(matches!(refused(&wrong, &plain), HomogenizeError::Cell(SolveError::Size { .. })));
    let little = HomogenizeOptions { memory_bytes_max: 1000, ..plain.clone() };
    let error = refused(&good, &little);
    assert!(
        matches!(error, HomogenizeError::TooLarge { needed: 10_000.., limit: 1000 }),
        "{error}"
    );
    assert!(matches!(refused(&good, &to(0.0)), HomogenizeError::Tolerance(_)));
    let short = HomogenizeOptions { iteration_count_max: 2, ..plain };
    assert!(matches!(refused(&good, &short), HomogenizeError::NotConverged { .. }));
    let job = Job::quiet();
    job.cancel();
    let stopped = homogenize(&good, &HomogenizeOptions::default(), &job).unwrap_err();
    assert!(matches!(stopped, HomogenizeError::Cancelled(_)));
}
