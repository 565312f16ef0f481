//! `[[material]]` by label: moduli and region of each voxel of an image.

use std::collections::BTreeMap;
use std::path::Path;

use ossein_mechanics::material::Metal;
use ossein_mechanics::{Moduli, Orthotropic};

use super::maps::Maps;
use super::setup::{ImageSetup, Material, Setup};
use super::substance::Substance;

/// Materials at most: one byte a voxel, which bone and two test blocks share.
const MATERIAL_COUNT_MAX: usize = 252;

/// A material of the model file.
pub struct Stuff<'s> {
    /// What the file says of it.
    pub material: &'s Material,
    /// What it is made of.
    pub substance: Substance,
    /// Its moduli, where all its voxels share them.
    same: Option<Orthotropic>,
}

impl<'s> Stuff<'s> {
    fn of(material: &'s Material) -> Result<Self, String> {
        let told = |e: String| format!("[[material]] {}: {e}", material.title());
        let substance = Substance::of(material).map_err(told)?;
        let same = match substance.images().next() {
            None => Some(substance.moduli(&Maps::default(), 0).map_err(told)?),
            Some(_) => None,
        };
        Ok(Self { material, substance, same })
    }

    /// Its name in the report, and its metal's card.
    pub fn part(&self) -> Part {
        let name = self.material.name.clone().unwrap_or_else(|| self.material.title());
        (name, self.substance.card())
    }

    /// Its moduli at an element, which `place` names.
    ///
    /// # Errors
    /// The material, the element, the key and the value.
    pub fn moduli(
        &self,
        maps: &Maps,
        element: usize,
        place: impl Fn(usize) -> String,
    ) -> Result<Orthotropic, String> {
        let told = |e: String| {
            format!("[[material]] {}: at {}, {e}", self.material.title(), place(element))
        };
        self.same.map_or_else(|| self.substance.moduli(maps, element).map_err(told), Ok)
    }
}

/// Name of a region, and its metal's card.
pub type Part = (String, Option<&'static Metal>);

/// The materials of the model file, each with a label or a path of its own.
///
/// # Errors
/// The material and its key, with what would be right.
pub fn materials(setup: &Setup) -> Result<Vec<Stuff<'_>>, String> {
    let count = setup.material.len();
    if count > MATERIAL_COUNT_MAX {
        return Err(format!("{count} [[material]]; up to {MATERIAL_COUNT_MAX} are possible"));
    }
    for (n, material) in setup.material.iter().enumerate() {
        let title = material.title();
        if material.label.is_some() == material.path.is_some() {
            return Err(format!("[[material]] {title}: give label or path, one of them"));
        }
        if setup.material[..n].iter().any(|m| m.label.is_some() && m.label == material.label) {
            return Err(format!("two [[material]] have {title}"));
        }
    }
    let mut stuff: Vec<Stuff<'_>> =
        setup.material.iter().map(Stuff::of).collect::<Result<_, _>>()?;
    // Regions of labels come first.
    stuff.sort_by_key(|own| own.material.path.is_some());
    Ok(stuff)
}

/// An image whose voxels are labels.
pub struct Labels<'a> {
    /// How it is read.
    pub setup: &'a ImageSetup,
    /// Where it comes from.
    pub path: &'a Path,
    /// What each voxel holds.
    pub values: &'a [f32],
}

/// Moduli and region of each voxel, by the labels of some materials; `place` names a voxel.
///
/// # Errors
/// A voxel that is no label or whose label has no material, a label that no voxel has, a constant
/// of a voxel that no stable material has.
pub fn regions<M: Moduli>(
    labels: &Labels<'_>,
    stuff: &[Stuff<'_>],
    maps: &Maps,
    place: impl Fn(usize) -> String,
) -> Result<(Vec<M>, Vec<u8>), String> {
    let (path, threshold) = (labels.path.display(), labels.setup.threshold);
    if threshold.is_none() {
        only_labels(labels, &place)?;
    }
    let of_label = |stuff: &Stuff<'_>| stuff.material.label;
    let known: BTreeMap<i32, usize> =
        stuff.iter().enumerate().filter_map(|(n, own)| Some((of_label(own)?, n))).collect();
    let label = |v: f32| match threshold {
        Some(threshold) => i32::from(f64::from(v) >= threshold),
        None => v.round() as i32,
    };
    let one = |(n, &v): (usize, &f32)| match (label(v), known.get(&label(v))) {
        (_, Some(&own)) => {
            let moduli = stuff[own].moduli(maps, n, &place)?;
            Ok((M::of(&moduli), own as u8 + 1))
        }
        (0, None) => Ok((M::of(&[0.0; 9]), 0)),
        (label, None) => {
            let known: Vec<String> = known.keys().map(i32::to_string).collect();
            let (at, known) = (place(n), known.join(", "));
            Err(format!(
                "no [[material]] has label {label}, which {at} of {path} has; there are {known}"
            ))
        }
    };
    let both: Result<Vec<_>, String> = labels.values.iter().enumerate().map(one).collect();
    let (moduli, regions): (Vec<M>, Vec<u8>) = both?.into_iter().unzip();
    let any = regions.iter().any(|&region| region != 0);
    for (label, &own) in &known {
        // Of an image without any material that is said instead.
        if any && !regions.contains(&(own as u8 + 1)) {
            return Err(format!("[[material]] label {label}: no voxel of {path} has it"));
        }
    }
    Ok((moduli, regions))
}

/// Whether values are what `[[material]]` can name: whole numbers that no filter has mixed.
fn only_labels(labels: &Labels<'_>, place: impl Fn(usize) -> String) -> Result<(), String> {
    let way = "give [image] threshold, from which on all is one material, or a label map";
    let Labels { setup, path, values } = *labels;
    let smooth_voxels = setup.smooth_voxels;
    if smooth_voxels != 0.0 {
        return Err(format!("[image] smooth_voxels = {smooth_voxels} mixes labels: {way}"));
    }
    match values.iter().position(|v| (v - v.round()).abs() > 1e-3) {
        Some(n) => {
            let (at, value, path) = (place(n), values[n], path.display());
            Err(format!("{at} of {path} holds {value}, which is no label: {way}"))
        }
        None => Ok(()),
    }
}
