//! Periodic homogenization against exact laminates, bounds and the figures of another program.

mod common;
#[path = "periodic/cells.rs"]
mod cells;

use cells::cell;
use common::slow_tests;
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
    assert!(found.stiffness.off_cubic() < 1e-6);
    let [bulk, _] = hashin_shtrikman(found.solid_fraction, 1.0, 0.3);
    assert!(found.stiffness.bulk_mpa() < bulk, "{name} {fraction}");
}

#[test]
fn cells_have_the_stiffness_that_another_program_found() {
    let some = ["G sheet 0.3", "D network 0.2", "P network 0.1", "IWP sheet 0.5", "octet strut 0.1"];
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
