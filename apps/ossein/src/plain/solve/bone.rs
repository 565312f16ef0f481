//! `[bone]`: grey values to moduli, by a calibration on record.

use ossein_geom::{Finding, Found};
use ossein_mechanics::material::{
    BONE_LAWS, BoneLaw, BoneMap, BoneRange, Calibration, CalibrationRecord, DensityKind, PRESETS,
    Preset, bone_law, bone_map, preset,
};
use ossein_mechanics::{Moduli, cubic, isotropic};
use serde_json::{Value, json};

use super::setup::Bone;
use super::substance::POISSON_MAX;

/// The map from grey values to moduli, with a warning where the kind of density is not stated.
///
/// # Errors
/// The key with its value, and what would be right.
pub fn map(bone: &Bone) -> Result<Found<BoneMap>, String> {
    let told = |e: String| format!("[bone] {e}");
    let law = bone_law(&bone.law).ok_or_else(|| {
        let known = known(BONE_LAWS.iter().map(|law| law.id));
        told(format!("law = \"{}\": there are {known}", bone.law))
    })?;
    if !(bone.poisson > -1.0 && bone.poisson <= POISSON_MAX) {
        return Err(told(format!("poisson = {}; above -1, and up to {POISSON_MAX}", bone.poisson)));
    }
    let calibration = calibration(bone, law).map_err(told)?;
    let range = BoneRange::default();
    let mut found = bone_map(calibration.as_ref(), law, range).map_err(|e| told(e.to_string()))?;
    let silent = bone.density.is_none() && !matches!(law.kind, DensityKind::Pseudo);
    if silent && !matches!(calibration, Some(Calibration::UncalibratedPreset(_))) {
        let text = format!(
            "[bone] density is not stated: the calibration is taken to give {}, which `{}` reads",
            law.kind.words(),
            law.id
        );
        found.findings.push(Finding::warning("solve.density", "bone material", text));
    }
    Ok(found)
}

/// What is told of it.
pub fn figures(map: &BoneMap) -> Value {
    let BoneMap { law, calibration, .. } = map;
    json!({
        "law": law.id,
        "law_summary": law.summary(),
        "calibration": calibration.summary(),
        "density": calibration.density(0.0).kind.words(),
        "calibrated": !matches!(calibration, Calibration::UncalibratedPreset(_)),
    })
}

fn known<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// The calibration that the model file records; `None` where it records none.
fn calibration(bone: &Bone, law: &BoneLaw) -> Result<Option<Calibration>, String> {
    let Some(method) = method(bone)? else { return Ok(None) };
    let line = method == "phantom" || method == "phantomless";
    let preset = bone.preset.as_deref().map(of_id).transpose()?;
    for (given, wanted, key) in [
        (bone.slope_g_per_cm3_per_hu.is_some(), line, "slope_g_per_cm3_per_hu"),
        (preset.is_some(), method == "uncalibrated_preset", "preset"),
        (bone.error_g_per_cm3.is_some(), method == "phantomless", "error_g_per_cm3"),
    ] {
        if given != wanted {
            let how = if wanted { "needs" } else { "has no" };
            return Err(format!("calibration = \"{method}\" {how} {key}"));
        }
    }
    if bone.intercept_g_per_cm3.is_some() && !line {
        return Err(format!("calibration = \"{method}\" has no intercept_g_per_cm3"));
    }
    let kind = match (&bone.density, preset) {
        (Some(word), Some(preset)) => {
            let own = preset.kind.words();
            return Err(format!("density = \"{word}\": preset `{}` gives {own}", preset.id));
        }
        (Some(word), None) => DensityKind::from_word(word).ok_or_else(|| {
            format!("density = \"{word}\": there are {}", known(DensityKind::WORDS))
        })?,
        (None, _) => law.kind,
    };
    Ok(Calibration::of_record(&CalibrationRecord {
        method,
        slope: bone.slope_g_per_cm3_per_hu.unwrap_or_default(),
        intercept: bone.intercept_g_per_cm3.unwrap_or_default(),
        kind,
        error_g_per_cm3: bone.error_g_per_cm3.unwrap_or_default(),
        preset,
        source: bone.source.as_deref().unwrap_or("model.toml"),
    }))
}

/// How grey values become density: as stated, or by what is given.
fn method(bone: &Bone) -> Result<Option<&'static str>, String> {
    let Some(word) = &bone.calibration else {
        return match (bone.slope_g_per_cm3_per_hu, &bone.preset) {
            (Some(_), Some(_)) => Err("give a slope or a preset, not both".into()),
            (Some(_), None) => Ok(Some("phantom")),
            (None, Some(_)) => Ok(Some("uncalibrated_preset")),
            (None, None) => Ok(None),
        };
    };
    let own = Calibration::METHODS.into_iter().find(|method| method == word);
    let words = || known(Calibration::METHODS);
    own.map(Some).ok_or_else(|| format!("calibration = \"{word}\": there are {}", words()))
}

fn of_id(id: &str) -> Result<&'static Preset, String> {
    preset(id).ok_or_else(|| {
        format!("preset = \"{id}\": there are {}", known(PRESETS.iter().map(|own| own.id)))
    })
}

/// Moduli of each voxel, void where its value lies below `threshold`, and what should be looked at.
pub fn moduli<M: Moduli>(
    map: &BoneMap,
    poisson: f64,
    values: &[f32],
    threshold: Option<f64>,
) -> (Vec<M>, Vec<Finding>) {
    let inside = |value: f32| threshold.is_none_or(|t| f64::from(value) >= t);
    let one = |&value: &f32| {
        let modulus = Some(value).filter(|&v| inside(v)).and_then(|v| map.modulus(f64::from(v)));
        M::of(&cubic(modulus.map_or([0.0; 3], |modulus| isotropic(modulus, poisson))))
    };
    let bone = values.iter().copied().filter(|&value| inside(value));
    let doubts = map.doubts(["solve.bone_range", "solve.law_range"], bone);
    (values.iter().map(one).collect(), doubts)
}
