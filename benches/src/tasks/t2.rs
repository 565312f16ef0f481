//! T2: periodic homogenization of a sheet-gyroid cell.

use ossein_geom::{Job, Mpa};
use ossein_mechanics::{HomogenizeOptions, LabelModel, cubic, homogenize, isotropic};
use serde_json::json;

use crate::arrays;
use crate::meter::{Figures, Meter};
use crate::task::{Task, nothing};

/// Six strains of a cell of 128³ voxels, each solved, void exactly nothing.
///
/// FANS, which does the same with the same elements and the same preconditioner, has no package:
/// its survey on two idle cores of such a machine stands in the figures.
pub const T2: Task = Task {
    name: "t2",
    what: "stiffness of a sheet-gyroid cell, 128^3 voxels, six strains, residual 1e-6",
    prepare: nothing,
    ours: |_| measure(false),
    peers: &[],
    rounds: 3,
};

/// The same, with the symmetry of the cell used.
pub const T2_SYMMETRY: Task = Task {
    name: "t2_symmetry",
    what: "the same as t2, strains that symmetry makes equal solved once",
    prepare: nothing,
    ours: |_| measure(true),
    peers: &[],
    rounds: 3,
};

/// What FANS took in a survey: wall seconds on two cores, CPU seconds, bytes per unknown.
const FANS: [f64; 3] = [28.1, 55.0, 72.0];

fn measure(use_symmetry: bool) -> Result<Figures, String> {
    let voxels = arrays::t2(128);
    let cell = LabelModel {
        size: voxels.size,
        voxel_mm: 1.0 / 128.0,
        labels: voxels.solid.iter().map(|s| u8::from(*s)).collect(),
        materials: vec![cubic(isotropic(Mpa(110_000.0), 0.3))],
    };
    drop(voxels);
    let options = HomogenizeOptions { use_symmetry, ..HomogenizeOptions::default() };
    let meter = Meter::start();
    let found = homogenize(&cell, &options, &Job::quiet()).map_err(|e| e.to_string())?.value;
    let mut figures = meter.stop();
    // Unknowns of the whole grid, as FANS counts them.
    let unknowns = 3 * cell.labels.len();
    let peak = figures["peak_mib"].as_f64().unwrap_or(0.0) * 1_048_576.0;
    let cubic = found.stiffness.cubic().map(|c| c / 1000.0);
    let wall = figures["wall_s"].as_f64().unwrap_or(f64::NAN);
    let cpu = figures["cpu_s"].as_f64().unwrap_or(f64::NAN);
    for (name, value) in [
        ("C11, C12, C44 in GPa", json!(cubic)),
        ("iterations", json!(found.iterations)),
        ("residual", json!(found.residual)),
        ("stress against energy", json!(found.stress_error)),
        ("bytes per unknown", json!(peak / unknowns as f64)),
        ("unknowns", json!(unknowns)),
        ("FANS surveyed, wall over ours", json!(FANS[0] / wall)),
        ("FANS surveyed, CPU over ours", json!(FANS[1] / cpu)),
        ("FANS surveyed, bytes per unknown", json!(FANS[2])),
    ] {
        figures.insert(name.into(), value);
    }
    Ok(figures)
}
