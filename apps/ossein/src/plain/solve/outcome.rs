//! What a solution says: figures for people and programs, fields for viewers.

use std::path::Path;

use ossein_geom::{Finding, Grid, Lps};
use ossein_mechanics::material::Metal;
use ossein_mechanics::safety::{FATIGUE, STATIC, Safety, safety};
use ossein_mechanics::stress::{
    Percentiles, Strain, Stress, energy_density, percentiles, principal, principal_strain, strain,
    stress, von_mises,
};
use ossein_mechanics::{Elements, Moduli, Solution, vti};
use ossein_scan::nifti;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::refine::Study;
use super::specimen::Specimen;
use crate::commands::AnyError;
use crate::plain::file;

/// Displacements up to this part of the model are small.
const LARGE: f64 = 0.1;
/// Longest axis that a NIfTI file can state.
const NIFTI_AXIS_MAX: usize = 32_767;

/// The model in numbers.
pub fn describe<M: Moduli>(model: &Elements<M>) -> Value {
    let active = |n: &usize| model.solid_around(model.node(*n)) > 0;
    json!({
        "size": model.size,
        "voxel_mm": model.voxel_mm,
        "element_count": model.solid_count(),
        "unknown_count": 3 * (0..model.node_count()).filter(active).count(),
    })
}

/// Force along z over the box's section and strain: from the energy, where a motion drives it.
fn apparent_modulus_mpa<M>(model: &Elements<M>, solution: &Solution) -> Option<f64> {
    let stiffness = solution.axial_stiffness_n_per_mm?;
    let [x, y, z] = model.size.map(|n| n as f64 * model.voxel_mm);
    Some(stiffness * z / (x * y))
}

/// The figures of one load, and how much they owe to the size of the elements.
pub fn figures<M: Moduli>(
    specimen: &Specimen<M>,
    solution: &Solution,
    study: Option<&Study>,
) -> Value {
    let specimen = &*specimen.without(&solution.left_out);
    let model = &specimen.model;
    let scalars = Scalars::of(model, solution);
    let whole: Vec<bool> = specimen.regions.iter().map(|&r| r != 0).collect();
    let has_metal = specimen.metals.iter().any(Option::is_some);
    let stresses = if has_metal { stress(model, solution) } else { Vec::new() };
    let region = |(n, name): (usize, &String)| {
        let mask: Vec<bool> = specimen.regions.iter().map(|&r| usize::from(r) == n + 1).collect();
        let volume = mask.iter().filter(|&&m| m).count() as f64 * model.voxel_mm.powi(3);
        let mut value = scalars.spread(&mask);
        value["name"] = json!(name);
        value["volume_mm3"] = json!(volume);
        if let Some(metal) = specimen.metals[n] {
            value["safety"] = judged(metal, safety(&stresses, &mask, metal));
        }
        value
    };
    let mut value = json!({
        "name": solution.name,
        "axial_stiffness_n_per_mm": solution.axial_stiffness_n_per_mm,
        "rotational_stiffness_nm_per_deg": solution.rotational_stiffness_nm_per_deg,
        "apparent_modulus_mpa": apparent_modulus_mpa(model, solution),
        "force_n": solution.force_n,
        "moment_nmm": solution.moment_nmm,
        "reaction_force_n": solution.reaction_force_n,
        "reaction_moment_nmm": solution.reaction_moment_nmm,
        "mean_strain": solution.mean.map(|mean| mean.strain),
        "mean_stress_mpa": solution.mean.map(|mean| mean.stress_mpa),
        "strain_energy_nmm": solution.strain_energy_nmm,
        "energy_error": solution.energy_error,
        "balance_error": solution.balance_error,
        "iterations": solution.iterations,
        "residual": solution.residual,
        "converged": solution.converged,
        "left_out_count": solution.left_out.len(),
        "regions": specimen.names.iter().enumerate().map(region).collect::<Vec<_>>(),
        "refinement": study,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut value, scalars.spread(&whole)) {
        all.extend(more);
    }
    value
}

/// Safety factors of a region of metal, with its card; nothing for a region without elements.
fn judged(metal: &Metal, safety: Option<Safety>) -> Value {
    let Some(safety) = safety else { return Value::Null };
    let finite = |factor: f64| factor.is_finite().then_some(factor);
    let formulas = [STATIC, FATIGUE].map(|method| method.formula);
    json!({
        "metal": metal.id,
        "static_p99": finite(safety.static_p99),
        "fatigue_p99": finite(safety.fatigue_p99),
        "proof_stress_mpa": metal.proof_stress.0,
        "proof_stress_confidence": metal.strength_confidence.word(),
        "fatigue_mpa": metal.fatigue.0,
        "fatigue_confidence": metal.fatigue_confidence.word(),
        "specification": metal.specification,
        "treatment": metal.treatment,
        "source": metal.source,
        "formulas": formulas,
    })
}

/// Numbers of the elements whose spread is reported.
struct Scalars([(&'static str, Vec<f32>); 7]);

impl Scalars {
    fn of<M: Moduli>(model: &Elements<M>, solution: &Solution) -> Self {
        let stresses = stress(model, solution);
        let each = |of: fn(&Stress) -> f32| stresses.iter().map(of).collect::<Vec<f32>>();
        let strains = strain(model, solution);
        let strained = |of: fn(&Strain) -> f32| strains.iter().map(of).collect::<Vec<f32>>();
        Self([
            ("von_mises_mpa", each(von_mises)),
            ("principal_max_mpa", each(|s| principal(s)[0])),
            // Compression counts by its size.
            ("compression_max_mpa", each(|s| -principal(s)[2])),
            ("strain_energy_density_mpa", energy_density(model, solution)),
            ("principal_strain_max", strained(|e| principal_strain(e)[0])),
            ("compression_strain_max", strained(|e| -principal_strain(e)[2])),
            ("displacement_mm", displacement(model, solution)),
        ])
    }

    /// Percentiles of each over the elements of `mask`.
    fn spread(&self, mask: &[bool]) -> Value {
        let words = |p: Percentiles| {
            let Percentiles { count, p50, p95, p99, max } = p;
            json!({ "p50": p50, "p95": p95, "p99": p99, "max": max, "count": count })
        };
        let one = |(name, values): &(&str, Vec<f32>)| {
            ((*name).to_owned(), percentiles(values, mask).map_or(Value::Null, words))
        };
        Value::Object(self.0.iter().map(one).collect())
    }
}

/// Length of the mean displacement of each element's nodes in mm, `[k][j][i]`; zero where void.
fn displacement<M: Moduli>(model: &Elements<M>, solution: &Solution) -> Vec<f32> {
    let [ni, nj, _] = model.size;
    let one = |(n, moduli): (usize, &M)| {
        if moduli.is_void() {
            return 0.0;
        }
        let at = [n % ni, n / ni % nj, n / (ni * nj)];
        let mut mean = [0.0; 3];
        for bits in 0..8usize {
            let node = [0, 1, 2].map(|a| at[a] + (bits >> a & 1));
            let moved = solution.displacement_mm[model.node_index(node)];
            (0..3).for_each(|a| mean[a] += 0.125 * moved[a]);
        }
        mean.iter().map(|u| u * u).sum::<f64>().sqrt() as f32
    };
    model.moduli.par_iter().enumerate().map(one).collect()
}

/// A field over the elements or over the nodes.
struct Field {
    name: &'static str,
    components: usize,
    values: Vec<f32>,
}

impl Field {
    fn array(&self) -> vti::Array<'_> {
        vti::Array { name: self.name, components: self.components, values: &self.values }
    }
}

/// A vector along the grid's axes, in LPS.
fn turn(axes: &[[f64; 3]; 3], v: &[f64; 3]) -> [f32; 3] {
    [0, 1, 2].map(|a| (0..3).map(|n| v[n] * axes[n][a]).sum::<f64>() as f32)
}

/// A symmetric tensor along the grid's axes (xx, yy, zz, yz, xz, xy, the last three times `shear`)
/// in LPS, as viewers read it: xx, yy, zz, xy, yz, xz.
fn turn_tensor(axes: &[[f64; 3]; 3], six: &[f32; 6], shear: f64) -> [f32; 6] {
    let [xx, yy, zz, yz, xz, xy] = six.map(f64::from);
    let (yz, xz, xy) = (shear * yz, shear * xz, shear * xy);
    let own = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
    let one = |a: usize, b: usize| {
        let pairs = (0..9).map(|n| axes[n / 3][a] * own[n / 3][n % 3] * axes[n % 3][b]);
        pairs.sum::<f64>() as f32
    };
    [one(0, 0), one(1, 1), one(2, 2), one(0, 1), one(1, 2), one(0, 2)]
}

/// The fields of a solution in LPS: those of the elements, and the displacement of the nodes.
fn fields<M: Moduli>(specimen: &Specimen<M>, solution: &Solution) -> (Vec<Field>, Field) {
    let model = &specimen.model;
    let field = |name, components, values| Field { name, components, values };
    let stresses = stress(model, solution);
    let strains = strain(model, solution);
    let principals = stresses.iter().flat_map(principal).collect();
    let principal_strains = strains.iter().flat_map(principal_strain).collect();
    let axes = specimen.grid.axes.map(|a| a.array());
    let turned = |six: &[f32; 6], shear| turn_tensor(&axes, six, shear);
    let world_stresses = stresses.iter().flat_map(|s| turned(s, 1.0)).collect();
    // Engineering shears are twice those of the tensor, which viewers expect.
    let world_strains = strains.iter().flat_map(|s| turned(s, 0.5)).collect();
    let energies = energy_density(model, solution);
    let cells = vec![
        field("von_mises_mpa", 1, stresses.iter().map(von_mises).collect()),
        field("principal_mpa", 3, principals),
        field("strain_energy_density_mpa", 1, energies),
        field("stress_mpa", 6, world_stresses),
        field("strain", 6, world_strains),
        field("principal_strain", 3, principal_strains),
        field("c11_mpa", 1, model.moduli.iter().map(|c| c.orthotropic()[0]).collect()),
        field("region", 1, specimen.regions.iter().map(|&r| f32::from(r)).collect()),
    ];
    let moved = solution.displacement_mm.iter().flat_map(|u| turn(&axes, u)).collect();
    (cells, field("displacement_mm", 3, moved))
}

/// Checks that there is room for fields and picture, before any work.
///
/// # Errors
/// The path with what the disk says.
pub fn check_places(out: Option<&Path>, picture: Option<&Path>) -> Result<(), AnyError> {
    out.map_or(Ok(()), file::check_folder)?;
    picture.map_or(Ok(()), file::check_writable)
}

/// Displacements beyond small strains: what the elements compute is linear.
pub fn large<M>(model: &Elements<M>, solution: &Solution) -> Option<Finding> {
    // A mean strain is one to scale by.
    if solution.mean.is_some() {
        return None;
    }
    let size = |u: &[f64; 3]| (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]).sqrt();
    let most = solution.displacement_mm.iter().map(size).fold(0.0, f64::max);
    let longest = model.size.into_iter().max().unwrap_or(1) as f64 * model.voxel_mm;
    let part = most / longest;
    let text = format!(
        "`{}` moves nodes by {most:.3} mm, {:.0} % of the model's {longest:.3} mm: the figures are \
         those of small strains, to be scaled",
        solution.name,
        100.0 * part
    );
    let finding = Finding::warning("solve.large_displacement", &solution.name, text);
    (part > LARGE).then(|| finding.measured(part, LARGE, ""))
}

/// Checks that the fields can be written, before any work.
///
/// # Errors
/// An axis that NIfTI cannot state.
pub fn check_size<M>(model: &Elements<M>) -> Result<(), AnyError> {
    match model.size.iter().find(|&&n| n >= NIFTI_AXIS_MAX) {
        Some(n) => {
            Err(format!("{n} voxels along an axis; NIfTI fields hold less than 32767").into())
        }
        None => Ok(()),
    }
}

/// Writes `DIR/NAME.vti` with every field, and `DIR/NAME_FIELD.nii.gz` for each.
///
/// # Errors
/// What the disk says.
pub fn write_fields<M: Moduli>(
    out: &Path,
    specimen: &Specimen<M>,
    solution: &Solution,
) -> Result<(), AnyError> {
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let specimen = &*specimen.without(&solution.left_out);
    let (cells, moved) = fields(specimen, solution);
    let arrays: Vec<vti::Array<'_>> = cells.iter().map(Field::array).collect();
    let points = [moved.array()];
    let path = out.join(format!("{}.vti", solution.name));
    file::write(&path, |to| vti::write(to, &specimen.grid, &arrays, &points))?;
    eprintln!("  wrote {}", path.display());
    let nodes = specimen.nodes();
    for field in &cells {
        write_nifti(out, solution, &specimen.grid, field)?;
    }
    write_nifti(out, solution, &nodes, &moved)
}

fn write_nifti(
    out: &Path,
    solution: &Solution,
    grid: &Grid<Lps>,
    field: &Field,
) -> Result<(), AnyError> {
    let path = out.join(format!("{}_{}.nii.gz", solution.name, field.name));
    let bytes = nifti::write_field(grid, field.name, field.components, &field.values);
    file::write(&path, |to| std::io::Write::write_all(to, &bytes))?;
    eprintln!("  wrote {}", path.display());
    Ok(())
}

/// What the figures for people tell of each region, with its unit.
const SPREADS: [(&str, &str); 7] = [
    ("von_mises_mpa", "MPa"),
    ("principal_max_mpa", "MPa"),
    ("compression_max_mpa", "MPa"),
    ("principal_strain_max", ""),
    ("compression_strain_max", ""),
    ("displacement_mm", "mm"),
    ("strain_energy_density_mpa", "MPa"),
];

/// What is told of a load with a number for each axis, or for each strain.
const VECTORS: [(&str, &str); 6] = [
    ("force_n", "force, N (x y z)"),
    ("moment_nmm", "moment, N mm (x y z)"),
    ("reaction_force_n", "reaction force, N (x y z)"),
    ("reaction_moment_nmm", "reaction moment, N mm (x y z)"),
    ("mean_strain", "mean strain (xx yy zz yz xz xy)"),
    ("mean_stress_mpa", "mean stress, MPa (xx yy zz yz xz xy)"),
];

/// The figures for people.
pub fn print<M: Moduli>(model: &Elements<M>, cases: &[Value]) {
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
        for (key, words) in VECTORS {
            let parts = case[key].as_array().into_iter().flatten().filter_map(Value::as_f64);
            let parts: Vec<String> = parts.map(|v| format!("{v:.4e}")).collect();
            if !parts.is_empty() {
                println!("  {words:<34} {}", parts.join(" "));
            }
        }
        for region in case["regions"].as_array().into_iter().flatten() {
            let name = region["name"].as_str().unwrap_or_default();
            if let Some(volume) = region["volume_mm3"].as_f64() {
                println!("  {:<34} {volume:.6e} mm3", format!("volume, {name}"));
            }
            for (key, unit) in SPREADS {
                if let Some(p99) = region[key]["p99"].as_f64() {
                    let line = format!("  {:<34} {p99:.6e} {unit}", format!("{key} p99, {name}"));
                    println!("{}", line.trim_end());
                }
            }
            let metal = region["safety"]["metal"].as_str().unwrap_or_default();
            for (key, words) in [("static_p99", "static"), ("fatigue_p99", "fatigue")] {
                if let Some(factor) = region["safety"][key].as_f64() {
                    println!("  {:<34} {factor:.3}", format!("{words} safety, {metal}"));
                }
            }
        }
        let study = &case["refinement"];
        for step in study["resolutions"].as_array().into_iter().flatten() {
            if let (Some(edge), Some(value)) = (step["voxel_mm"].as_f64(), step["value"].as_f64()) {
                let figure = study["figure"].as_str().unwrap_or_default();
                println!("  {:<34} {value:.6e}", format!("{figure} at {edge:.5} mm"));
            }
        }
        if let Some(error) = study["relative_error"].as_f64() {
            let figure = study["figure"].as_str().unwrap_or_default();
            println!("  {:<34} {:.2} %", format!("estimated error, {figure}"), 100.0 * error);
            if let Some(limit) = study["extrapolated"].as_f64() {
                println!("  {:<34} {limit:.6e}", "with elements of no size");
            }
        }
    }
}
