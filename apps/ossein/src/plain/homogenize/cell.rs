//! Cells of voxels, from lattices and from images.

use std::path::Path;

use ossein_geom::{Grid, Job, Lps, Mpa};
use ossein_mechanics::periodic::{HomogenizeError, byte_count_min};
use ossein_mechanics::{LabelModel, Orthotropic, cubic, isotropic};
use ossein_scan::Values;
use ossein_scan::resample::Content;

use super::Arguments;
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted};
use crate::plain::lattice_cell::{CellVoxels, LatticeCell};
use crate::plain::{resampling, segmentation};
use crate::progress;

/// Moduli of an isotropic material.
///
/// # Errors
/// A modulus or Poisson's ratio of no material.
fn material(modulus: f64, poisson: f64) -> Result<Orthotropic, AnyError> {
    if !(modulus > 1e-6 && modulus < 1e9) {
        return Err(format!("a Young's modulus of {modulus} MPa: it must be above 0").into());
    }
    if !(poisson > -0.9 && poisson < 0.495) {
        return Err(format!("a Poisson's ratio of {poisson}: it must lie in -0.9..0.495").into());
    }
    Ok(cubic(isotropic(Mpa(modulus), poisson)))
}

/// One cell of a lattice, `n` voxels an edge; see [`LatticeCell::voxels`].
///
/// # Errors
/// A lattice, fraction or resolution that there is not.
pub fn of_lattice(
    cell: &LatticeCell<'_>,
    n: usize,
    arguments: &Arguments,
    job: &Job,
) -> Result<LabelModel, AnyError> {
    let (needed, limit) = (byte_count_min([n; 3]), arguments.memory.bytes());
    if needed > limit {
        return Err(HomogenizeError::TooLarge { needed, limit }.into());
    }
    let materials = vec![material(arguments.modulus, arguments.poisson)?];
    let CellVoxels { solid, step_periods } = cell.voxels(n, job)?;
    let labels = solid.into_iter().map(u8::from).collect();
    Ok(LabelModel { size: [n; 3], voxel_mm: step_periods, labels, materials })
}

/// A cell from an image: two values, a threshold, or labels with their materials.
///
/// # Errors
/// What the file says; voxels that are no cubes; a label without a material.
pub fn of_image(path: &Path, arguments: &Arguments) -> Result<LabelModel, AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let edge_mm = arguments.resample;
    let needs = |grid: &Grid<Lps>| {
        let work = byte_count_min(resampling::grid(grid, edge_mm).size);
        image::two_copies(grid).max(resampling::byte_count(grid, edge_mm)).max(work)
    };
    let mut image = image::read(&Wanted {
        path,
        voxel_mm: arguments.voxel,
        array: arguments.array.as_deref(),
        needs: &needs,
        byte_count_max: arguments.memory.bytes(),
    })?;
    let labels = !arguments.material.is_empty();
    let mut threshold = None;
    if !labels {
        // Two values become many where voxels do not lie as before.
        let values = image.values.into_f32();
        threshold =
            Some(segmentation::threshold(&values, arguments.threshold).map_err(|e| told(&e))?);
        image.values = Values::F32(values);
    }
    let content = if labels { Content::Labels } else { Content::Grey };
    let image =
        resampling::made(image, edge_mm, content, resampling::OPTION).map_err(|e| told(&e))?;
    image.findings.iter().for_each(progress::finding);
    let voxel_mm = image.grid.spacing[0];
    let values = image.values.into_f32();
    let (labels, materials) = if let Some(threshold) = threshold {
        let labels = values.iter().map(|&v| u8::from(f64::from(v) >= threshold)).collect();
        (labels, vec![material(arguments.modulus, arguments.poisson)?])
    } else {
        labelled(&values, &arguments.material).map_err(|e| told(&e))?
    };
    Ok(LabelModel { size: image.grid.size, voxel_mm, labels, materials })
}

/// Labels and materials from `LABEL:E:NU` words.
fn labelled(values: &[f32], words: &[String]) -> Result<(Vec<u8>, Vec<Orthotropic>), AnyError> {
    let mut names: Vec<i32> = Vec::new();
    let mut materials = Vec::new();
    for word in words {
        let parts: Vec<&str> = word.split(':').collect();
        let [label, modulus, poisson] = parts[..] else {
            return Err(format!("--material {word}: it must be LABEL:E:NU").into());
        };
        let told = |e: &dyn std::fmt::Display| format!("--material {word}: {e}");
        let label: i32 = label.parse().map_err(|e| told(&e))?;
        let modulus = modulus.parse().map_err(|e| told(&e))?;
        let poisson = poisson.parse().map_err(|e| told(&e))?;
        if names.contains(&label) || names.len() == 255 {
            return Err(told(&"one material a label, and 255 at most").into());
        }
        names.push(label);
        materials.push(material(modulus, poisson).map_err(|e| told(&e))?);
    }
    let one = |(at, &value): (usize, &f32)| -> Result<u8, AnyError> {
        match names.iter().position(|&name| name as f32 == value) {
            Some(n) => Ok(n as u8 + 1),
            None if value == 0.0 => Ok(0),
            None => {
                let known: Vec<String> = names.iter().map(i32::to_string).collect();
                let known = known.join(", ");
                Err(format!("voxel {at} holds {value}; --material names {known}").into())
            }
        }
    };
    let labels: Result<Vec<u8>, AnyError> = values.iter().enumerate().map(one).collect();
    Ok((labels?, materials))
}
