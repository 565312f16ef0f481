//! What a solution says: figures for people and programs, fields for viewers.

use std::path::Path;

use ossein_mechanics::stress::{percentiles, principal, stress, von_mises};
use ossein_mechanics::{Model, Solution, vti};
use serde_json::{Value, json};

use super::second::Second;
use crate::commands::AnyError;
use crate::plain::file;

/// The model in numbers.
pub fn describe(model: &Model) -> Value {
    json!({
        "size": model.size,
        "voxel_mm": model.voxel_mm,
        "element_count": model.solid_count(),
        "unknown_count": 3 * (0..model.node_count()).filter(|&n| model.solid_around(model.node(n)) > 0).count(),
    })
}

/// Force along z over the box's section and strain: from the energy, where a motion drives it.
fn apparent_modulus_mpa(model: &Model, solution: &Solution) -> Option<f64> {
    let stiffness = solution.axial_stiffness_n_per_mm?;
    let [x, y, z] = model.size.map(|n| n as f64 * model.voxel_mm);
    Some(stiffness * z / (x * y))
}

/// The figures of one load, and how much they owe to the size of the elements.
pub fn figures(model: &Model, solution: &Solution, second: Option<&Second>) -> Value {
    let stresses = stress(model, solution);
    let solid: Vec<bool> = model.moduli.iter().map(|c| *c != [0.0; 3]).collect();
    let spread = |values: Vec<f32>| {
        percentiles(&values, &solid).map(
            |p| json!({ "p50": p.p50, "p95": p.p95, "p99": p.p99, "max": p.max, "count": p.count }),
        )
    };
    json!({
        "name": solution.name,
        "axial_stiffness_n_per_mm": solution.axial_stiffness_n_per_mm,
        "rotational_stiffness_nm_per_deg": solution.rotational_stiffness_nm_per_deg,
        "apparent_modulus_mpa": apparent_modulus_mpa(model, solution),
        "force_n": solution.force_n,
        "moment_nmm": solution.moment_nmm,
        "reaction_force_n": solution.reaction_force_n,
        "strain_energy_nmm": solution.strain_energy_nmm,
        "energy_error": solution.energy_error,
        "balance_error": solution.balance_error,
        "iterations": solution.iterations,
        "residual": solution.residual,
        "converged": solution.converged,
        "von_mises_mpa": spread(stresses.iter().map(von_mises).collect()),
        "principal_max_mpa": spread(stresses.iter().map(|s| principal(s)[0]).collect()),
        "second_resolution": second,
    })
}

/// Writes `DIR/NAME.vti`: stresses of the elements, displacements of the nodes.
///
/// # Errors
/// What the disk says.
pub fn write_fields(out: &Path, model: &Model, solution: &Solution) -> Result<(), AnyError> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let stresses = stress(model, solution);
    let mises: Vec<f32> = stresses.iter().map(von_mises).collect();
    let principals: Vec<f32> = stresses.iter().flat_map(principal).collect();
    let moved: Vec<f32> = solution.displacement_mm.iter().flatten().map(|&u| u as f32).collect();
    let stiff: Vec<f32> = model.moduli.iter().map(|c| c[0]).collect();
    let flat: Vec<f32> = stresses.into_iter().flatten().collect();
    let cells = [
        vti::Array { name: "c11_mpa", components: 1, values: &stiff },
        vti::Array { name: "von_mises_mpa", components: 1, values: &mises },
        vti::Array { name: "principal_mpa", components: 3, values: &principals },
        vti::Array { name: "stress_xx_yy_zz_yz_xz_xy_mpa", components: 6, values: &flat },
    ];
    let points = [vti::Array { name: "displacement_mm", components: 3, values: &moved }];
    let path = out.join(format!("{}.vti", solution.name));
    file::write(&path, |to| vti::write(to, model, [0.0; 3], &cells, &points))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}

/// The figures for people.
pub fn print(model: &Model, cases: &[Value]) {
    let [x, y, z] = model.size;
    println!("{} elements in {x} x {y} x {z} voxels of {} mm", model.solid_count(), model.voxel_mm);
    for case in cases {
        println!("{}", case["name"].as_str().unwrap_or_default());
        for (key, unit) in [
            ("apparent_modulus_mpa", "MPa"),
            ("axial_stiffness_n_per_mm", "N/mm"),
            ("rotational_stiffness_nm_per_deg", "N m/deg"),
            ("strain_energy_nmm", "N mm"),
            ("residual", ""),
            ("balance_error", ""),
            ("iterations", ""),
        ] {
            if let Some(value) = case[key].as_f64() {
                println!("  {key:<34} {value:.6e} {unit}");
            }
        }
        if let Some(p99) = case["von_mises_mpa"]["p99"].as_f64() {
            println!("  {:<34} {p99:.6e} MPa", "von_mises_mpa p99");
        }
        if let Some(error) = case["second_resolution"]["relative_error"].as_f64() {
            println!("  {:<34} {:.2} %", "estimated error of the energy", 100.0 * error);
        }
    }
}
