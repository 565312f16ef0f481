//! Cells of voxels, from lattices and from images.

use std::path::Path;

use ossein_field::Block;
use ossein_field::lattice::{self, CellFigures, Kind, Plan, Shape, sizes};
use ossein_geom::{Job, Lps, Mm, Mpa, Point};
use ossein_mechanics::periodic::{HomogenizeError, byte_count_min};
use ossein_mechanics::{LabelModel, Orthotropic, cubic, isotropic};
use rayon::prelude::*;

use super::Arguments;
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted};
use crate::progress;

/// Voxel edges that differ by more than this part are no cubes.
const CUBE_TOLERANCE: f64 = 1e-3;
/// Voxels along the edge of a lattice's cell.
const RESOLUTIONS: std::ops::RangeInclusive<usize> = 4..=512;
/// Distances are rounded to this part of the period, so that voxels that symmetry makes equal are.
const ROUNDING: f64 = 1e-6;

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

/// One cell of a lattice, `n` voxels an edge, of exactly this solid fraction but for voxels that
/// symmetry makes equal.
///
/// # Errors
/// A lattice, fraction or resolution that there is not.
pub fn of_lattice(
    word: &str,
    fraction: f64,
    n: usize,
    arguments: &Arguments,
    job: &Job,
) -> Result<LabelModel, AnyError> {
    let kind = lattice::by_name(word)?.with_seed(arguments.seed);
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(format!("--fraction {fraction}: it must lie between 0 and 1").into());
    }
    if !RESOLUTIONS.contains(&n) {
        let (low, high) = (RESOLUTIONS.start(), RESOLUTIONS.end());
        return Err(format!("{n} voxels an edge: it must be {low} to {high}").into());
    }
    let (needed, limit) = (byte_count_min([n; 3]), arguments.memory.bytes());
    if needed > limit {
        return Err(HomogenizeError::TooLarge { needed, limit }.into());
    }
    let materials = vec![material(arguments.modulus, arguments.poisson)?];
    let labels = voxels(kind, fraction, n, job)?;
    Ok(LabelModel { size: [n; 3], voxel_mm: 1.0 / n as f64, labels, materials })
}

/// The share of voxels whose centres lie deepest in the lattice.
fn voxels(kind: Kind, fraction: f64, n: usize, job: &Job) -> Result<Vec<u8>, AnyError> {
    let period = Mm(1.0);
    // What the shape does not depend on.
    let figures = CellFigures {
        pore_mm: 0.0,
        throat_mm: 0.0,
        strut_mm: 0.0,
        neck_mm: 0.0,
        surface_per_mm: 0.0,
    };
    let plan = Plan {
        kind,
        period_mm: period.0,
        solid_fraction: fraction,
        thickness_mm: sizes::thickness(kind, period, fraction),
        figures,
        modulus_ratio: None,
    };
    let solid = plan.solid::<Lps>(Point::ORIGIN);
    let span = match kind.cell.shape {
        Shape::Struts(skeleton) => skeleton(kind.seed).span,
        Shape::Level(_) => 1,
    };
    let step = span as f64 / n as f64;
    let plane = |k: usize| -> Result<Vec<i32>, AnyError> {
        job.labelled("sampling").step(k, n)?;
        let origin = Point::new(0.5 * step, 0.5 * step, (k as f64 + 0.5) * step);
        let block = Block { origin, step: [step; 3], size: [n, n, 1] };
        let mut distances = vec![0.0f32; n * n];
        solid.sample(&block, &mut distances);
        Ok(distances.iter().map(|&d| (f64::from(d) / ROUNDING).round_ties_even() as i32).collect())
    };
    let planes: Result<Vec<Vec<i32>>, AnyError> = (0..n).into_par_iter().map(plane).collect();
    let distances: Vec<i32> = planes?.into_iter().flatten().collect();
    let count = ((fraction * distances.len() as f64).round() as usize).max(1);
    let mut sorted = distances.clone();
    let limit = *sorted.select_nth_unstable(count - 1).1;
    // Voxels that symmetry makes equal come all or not at all, whichever is nearer.
    let below = distances.iter().filter(|&&d| d < limit).count();
    let up_to = distances.iter().filter(|&&d| d <= limit).count();
    let without = below > 0 && count - below < up_to - count;
    Ok(distances.iter().map(|&d| u8::from(d < limit || (d == limit && !without))).collect())
}

/// A cell from an image: two values, a threshold, or labels with their materials.
///
/// # Errors
/// What the file says; voxels that are no cubes; a label without a material.
pub fn of_image(path: &Path, arguments: &Arguments) -> Result<LabelModel, AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let needs = |size| image::two_copies(size).max(byte_count_min(size));
    let image = image::read(&Wanted {
        path,
        voxel_mm: arguments.voxel,
        array: arguments.array.as_deref(),
        needs: &needs,
        byte_count_max: arguments.memory.bytes(),
    })?;
    image.findings.iter().for_each(progress::finding);
    let [x, y, z] = image.grid.spacing;
    if (y / x - 1.0).abs() > CUBE_TOLERANCE || (z / x - 1.0).abs() > CUBE_TOLERANCE {
        let text =
            format!("its voxels are {x} x {y} x {z} mm; elements must be cubes: resample it");
        return Err(told(&text));
    }
    let values = image::numbers(image.values);
    let (labels, materials) = if arguments.material.is_empty() {
        let threshold = image::threshold(&values, arguments.threshold).map_err(|e| told(&e))?;
        let labels = values.iter().map(|&v| u8::from(f64::from(v) >= threshold)).collect();
        (labels, vec![material(arguments.modulus, arguments.poisson)?])
    } else {
        labelled(&values, &arguments.material).map_err(|e| told(&e))?
    };
    Ok(LabelModel { size: image.grid.size, voxel_mm: x, labels, materials })
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
