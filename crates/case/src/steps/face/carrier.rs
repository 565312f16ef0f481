//! The bone that carries an onlay: the skull out of a CT, or a bone of a label map.

use std::sync::Arc;

use ossein_anatomy::jaw::solid_bone;
use ossein_anatomy::{JawLabels, SURFACE_LEVEL, Sides, occupancy, unsmoothed};
use ossein_design::kinds::facial_onlay::Bone;
use ossein_geom::Volume;
use ossein_segment::skull;

use super::is_map;
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::StepError;
use crate::steps::labels::{Labels, labels_of};

/// In memory.
const CARRIER: &str = "carrier";
/// Where bone begins in a CT if the recipe does not say, HU.
const LEVEL_HU: f64 = 250.0;

/// The bone that carries an onlay, and what is around it.
pub struct Carrier {
    /// Its volume.
    pub volume: Volume<i16>,
    /// Where its surface lies.
    pub level: f64,
    /// What screws and onlay keep clear of, with the same level.
    pub keep_outs: Vec<(&'static str, Volume<i16>)>,
    /// The label map, and the numbers of the jaw, where it is one.
    labels: Option<(Labels, Option<u16>)>,
}

impl Carrier {
    /// As the plan wants it.
    pub fn bone(&self) -> Bone<'_> {
        let jaw = self.labels.as_ref().and_then(|(labels, jaw)| {
            jaw.map(|mandible| JawLabels {
                volume: &labels.volume,
                mandible,
                teeth: labels.number("lower_teeth"),
                canal: labels.number("mandibular_canal"),
            })
        });
        let arch = self.labels.as_ref().and_then(|(labels, _)| arch(labels));
        Bone { volume: &self.volume, level: self.level, jaw, arch }
    }
}

/// Left and right by the teeth of the upper jaw, or else of the lower one.
fn arch(labels: &Labels) -> Option<Sides> {
    let of = |name: &str| {
        let number = labels.number(name)?;
        let volume = &*labels.volume;
        let own = (0..volume.values.len()).filter(|&n| volume.values[n] == number);
        Sides::of_arch(own.map(|n| volume.grid.center(volume.grid.voxel(n))))
    };
    of("upper_teeth").or_else(|| of("lower_teeth"))
}

/// Where bone begins in a CT, HU.
pub fn level_hu(recipe: &Recipe) -> f64 {
    recipe.segmentation.threshold_hu.unwrap_or(LEVEL_HU)
}

/// The bone of this case: from memory, or made again.
///
/// # Errors
/// What the disk or the reader report; labels that do not name it.
pub fn carrier_of(standing: &mut Standing<'_>) -> Result<Arc<Carrier>, StepError> {
    load::kept(standing, CARRIER, |standing| {
        if is_map(standing.recipe()) {
            let labels = labels_of(standing)?;
            return of_labels(standing.recipe(), labels);
        }
        let hu = load::volume(standing)?;
        of_scan(standing.recipe(), &hu)
    })
}

fn of_scan(recipe: &Recipe, hu: &Volume<i16>) -> Result<Carrier, StepError> {
    let level = level_hu(recipe);
    Ok(Carrier { volume: skull(hu, level)?, level, keep_outs: Vec::new(), labels: None })
}

fn of_labels(recipe: &Recipe, labels: Labels) -> Result<Carrier, StepError> {
    let name = bone_name(recipe.choices.word("plan.region"), &labels)?;
    let number = labels.number(name);
    let none = || StepError::new(format!("[segmentation] table: no voxel carries `{name}`"));
    let number = number.ok_or_else(none)?;
    let teeth = [labels.number("lower_teeth"), labels.number("upper_teeth")];
    let teeth: Vec<u16> = teeth.into_iter().flatten().collect();
    let canal: Vec<u16> = labels.number("mandibular_canal").into_iter().collect();
    let near = |name: &'static str, numbers: &[u16]| {
        unsmoothed(&labels.volume, numbers).map(|volume| (name, volume))
    };
    let keep_outs = [near("canal", &canal), near("teeth", &teeth)].into_iter().flatten().collect();
    let is_jaw = name == "mandible";
    let mut made = Carrier {
        volume: occupancy(&labels.volume, &[number]).ok_or_else(none)?,
        level: SURFACE_LEVEL,
        keep_outs,
        labels: Some((labels, is_jaw.then_some(number))),
    };
    let solid = made.bone().jaw.map(|jaw| solid_bone(&jaw)).transpose()?;
    if let Some(solid) = solid {
        made.volume = solid;
    }
    Ok(made)
}

/// The bone on which a region lies.
fn bone_name(region: &str, labels: &Labels) -> Result<&'static str, StepError> {
    let [jaw, skull] = ["mandible", "skull"].map(|name| labels.number(name).is_some());
    let name = match region {
        "custom" if jaw && skull => {
            let text = "[plan] region = \"custom\": the table names mandible and skull; name only \
                        the bone that carries the onlay, or choose another region";
            return Err(StepError::new(text));
        }
        "custom" if jaw => "mandible",
        "chin" | "angle_left" | "angle_right" => "mandible",
        _ => "skull",
    };
    if (name == "mandible" && !jaw) || (name == "skull" && !skull) {
        let text = format!(
            "[segmentation] table: [plan] region = \"{region}\" lies on the {name}, and no label is \
             named so, such as {{ 2 = \"{name}\" }}"
        );
        return Err(StepError::new(text));
    }
    Ok(name)
}
