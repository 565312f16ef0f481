//! Time of a construct: bone, a homogenised lattice with a solid rim, bone; seven load cases.

use std::time::Instant;

use ossein_geom::{Job, Mpa};
use ossein_mechanics::homogenized::{Cell, moduli};
use ossein_mechanics::loads::load_set;
use ossein_mechanics::{Loads, Model, SolveOptions, isotropic, solve_cases};

fn main() {
    let size = [60, 60, 160];
    let metal = isotropic(Mpa(114_000.0), 0.33);
    let lattice = moduli(Cell::GyroidNetwork, 0.30, Mpa(114_000.0)).expect("in range");
    let (spongy, shell) = (isotropic(Mpa(200.0), 0.3), isotropic(Mpa(8_000.0), 0.3));
    let at = |n: usize| {
        let [i, j, k] = [n % 60, n / 60 % 60, n / 3600];
        let [x, y] = [i, j].map(|c| (c as f64 - 29.5) / 29.5);
        let radius = (x * x + y * y).sqrt();
        match (radius, k) {
            (r, _) if r > 1.0 => [0.0; 3],
            (r, 50..110) if r > 0.85 => metal,
            (_, 50..54 | 106..110) => metal,
            (_, 50..110) => lattice,
            (r, _) if r > 0.92 => shell,
            _ => spongy,
        }
    };
    let model = Model { size, voxel_mm: 0.6, moduli: (0..size.iter().product()).map(at).collect() };
    let cases = load_set("thoracic_moments").and_then(|s| s.column_cases()).expect("listed");
    let start = Instant::now();
    let options = SolveOptions::default();
    let solutions = solve_cases(&model, &Loads::column(&model), &cases, &options, &Job::quiet());
    let solutions = solutions.expect("solved");
    println!("{} elements, {:.2?}", model.solid_count(), start.elapsed());
    for s in &solutions {
        println!(
            "{:15} {:3} iterations, residual {:.1e}, balance {:.1e}, {:?} N/mm, {:?} N m/deg",
            s.name,
            s.iterations,
            s.residual,
            s.balance_error,
            s.axial_stiffness_n_per_mm,
            s.rotational_stiffness_nm_per_deg
        );
    }
}
