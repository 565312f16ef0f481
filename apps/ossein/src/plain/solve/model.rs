//! From an image to a voxel model.

use std::collections::BTreeMap;
use std::path::Path;

use ossein_geom::{Finding, Mpa};
use ossein_mechanics::material::{
    BONE_LAWS, BoneMap, BoneRange, Calibration, PRESETS, bone_law, bone_map,
};
use ossein_mechanics::{Model, isotropic};
use ossein_scan::Image;

use super::setup::{Bone, Setup};
use crate::commands::AnyError;
use crate::plain::image;

/// Voxel edges that differ by more than this part are no cubes.
const CUBE_TOLERANCE: f64 = 1e-3;

/// The model of `setup`, with what should be looked at.
///
/// # Errors
/// An image that cannot be read or has no cubic voxels; labels without a material.
pub fn build(setup: &Setup, folder: &Path) -> Result<(Model, Vec<Finding>), AnyError> {
    let path = folder.join(&setup.image.path);
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let image = image::read(&path)?;
    let voxel_mm = edge(&image, setup.image.voxel_mm).map_err(|e| told(&e))?;
    let values = image::numbers(&image.values);
    let (moduli, findings) = match (&setup.bone, setup.material.is_empty()) {
        (Some(bone), true) => of_bone(bone, &values, setup.image.threshold)?,
        (None, false) => (of_labels(setup, &values).map_err(|e| told(&e))?, Vec::new()),
        (Some(_), false) => return Err("give [bone] or [[material]], not both".into()),
        (None, true) => return Err("no [[material]] and no [bone]: nothing is stiff".into()),
    };
    Ok((Model { size: image.grid.size, voxel_mm, moduli }, findings))
}

fn edge(image: &Image, stated: Option<f64>) -> Result<f64, String> {
    if let Some(voxel_mm) = stated {
        return Ok(voxel_mm);
    }
    let [x, y, z] = image.grid.spacing;
    let cubic = (y / x - 1.0).abs() < CUBE_TOLERANCE && (z / x - 1.0).abs() < CUBE_TOLERANCE;
    if cubic {
        Ok(x)
    } else {
        Err(format!("its voxels are {x} x {y} x {z} mm; elements must be cubes: resample it"))
    }
}

fn of_labels(setup: &Setup, values: &[f32]) -> Result<Vec<[f32; 3]>, String> {
    let materials: BTreeMap<i32, [f32; 3]> = setup
        .material
        .iter()
        .map(|m| (m.label, isotropic(Mpa(m.modulus_mpa), m.poisson)))
        .collect();
    let label = |v: f32| match setup.image.threshold {
        Some(threshold) => i32::from(f64::from(v) >= threshold),
        None => v.round() as i32,
    };
    let one = |&v: &f32| match (label(v), materials.get(&label(v))) {
        (_, Some(&moduli)) => Ok(moduli),
        (0, None) => Ok([0.0; 3]),
        (label, None) => {
            let known: Vec<String> = materials.keys().map(i32::to_string).collect();
            Err(format!("label {label} has no [[material]]; there are {}", known.join(", ")))
        }
    };
    values.iter().map(one).collect()
}

type Moduli = (Vec<[f32; 3]>, Vec<Finding>);

fn of_bone(bone: &Bone, values: &[f32], threshold: Option<f64>) -> Result<Moduli, AnyError> {
    let law = bone_law(&bone.law).ok_or_else(|| {
        let known: Vec<&str> = BONE_LAWS.iter().map(|l| l.id).collect();
        format!("[bone] law = \"{}\": there are {}", bone.law, known.join(", "))
    })?;
    let calibration = match (bone.slope_g_per_cm3_per_hu, &bone.preset) {
        (Some(slope), None) => Some(Calibration::Phantom {
            slope,
            intercept: bone.intercept_g_per_cm3.unwrap_or(0.0),
            kind: law.kind,
            source: "model.toml".into(),
        }),
        (None, Some(id)) => Some(preset(id)?),
        (None, None) => None,
        (Some(_), Some(_)) => return Err("[bone]: give a slope or a preset, not both".into()),
    };
    let map = bone_map(calibration.as_ref(), law, BoneRange::default())?;
    let one = |&hu: &f32| {
        let outside = threshold.is_some_and(|t| f64::from(hu) < t);
        if outside { [0.0; 3] } else { stiff(&map.value, hu, bone.poisson) }
    };
    Ok((values.iter().map(one).collect(), map.findings))
}

fn stiff(map: &BoneMap, hu: f32, poisson: f64) -> [f32; 3] {
    map.modulus(f64::from(hu)).map_or([0.0; 3], |modulus| isotropic(modulus, poisson))
}

fn preset(id: &str) -> Result<Calibration, AnyError> {
    let found = PRESETS.iter().find(|p| p.id == id).copied();
    let known: Vec<&str> = PRESETS.iter().map(|p| p.id).collect();
    let preset =
        found.ok_or_else(|| format!("[bone] preset = \"{id}\": there are {}", known.join(", ")))?;
    Ok(Calibration::UncalibratedPreset(preset))
}

/// The model with voxels of twice the edge, each the mean of its eight; `None` below four voxels.
pub fn coarser(model: &Model) -> Option<Model> {
    let size = model.size.map(|n| n.div_ceil(2));
    if size.iter().any(|&n| n < 2) || model.size.iter().any(|n| n % 2 == 1) {
        return None;
    }
    let [ni, nj, _] = model.size;
    let mut moduli = Vec::with_capacity(size.iter().product());
    for k in 0..size[2] {
        for j in 0..size[1] {
            for i in 0..size[0] {
                let mut sum = [0.0f32; 3];
                for bits in 0..8usize {
                    let at = [2 * i + (bits & 1), 2 * j + (bits >> 1 & 1), 2 * k + (bits >> 2)];
                    let c = model.moduli[(at[2] * nj + at[1]) * ni + at[0]];
                    (0..3).for_each(|n| sum[n] += 0.125 * c[n]);
                }
                moduli.push(sum);
            }
        }
    }
    Some(Model { size, voxel_mm: 2.0 * model.voxel_mm, moduli })
}

/// The model with voxels of half the edge: the same solid in smaller elements. `None` beyond
/// `element_count_max` elements with material.
pub fn finer(model: &Model, element_count_max: usize) -> Option<Model> {
    if model.solid_count() * 8 > element_count_max {
        return None;
    }
    let [ni, nj, _] = model.size;
    let size = model.size.map(|n| 2 * n);
    let mut moduli = Vec::with_capacity(size.iter().product());
    for k in 0..size[2] {
        for j in 0..size[1] {
            let row = ((k / 2) * nj + j / 2) * ni;
            moduli.extend((0..size[0]).map(|i| model.moduli[row + i / 2]));
        }
    }
    Some(Model { size, voxel_mm: 0.5 * model.voxel_mm, moduli })
}
