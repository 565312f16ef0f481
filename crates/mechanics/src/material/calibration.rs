//! From HU to modulus, with a calibration on record (facts D1.53).

use ossein_geom::{Finding, Found, Mpa};

use super::MaterialError;
use super::bone::{BoneLaw, DENSITY_MAX_G_PER_CM3, Density, DensityKind};
use super::confidence::Confidence;

/// A line from HU to density that belongs to no scanner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Short fixed name.
    pub id: &'static str,
    /// g/cm³ per HU.
    pub slope: f64,
    /// g/cm³ at 0 HU.
    pub intercept: f64,
    /// Kind of density that it gives.
    pub kind: DensityKind,
    /// Where it comes from.
    pub source: &'static str,
    /// How well it is known: of another scanner, never high.
    pub confidence: Confidence,
}

/// Every preset.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: "rho_vertebra",
        slope: 1.122e-3,
        intercept: 0.047,
        kind: DensityKind::Apparent,
        source: "Rho 1995, vertebra: rho = 47 + 1.122 HU kg/m3 (D1.51 l)",
        confidence: Confidence::Medium,
    },
    Preset {
        id: "rho_lower_limb",
        slope: 1.067e-3,
        intercept: 0.131,
        kind: DensityKind::Apparent,
        source: "Rho 1995, lower limb: rho = 131 + 1.067 HU kg/m3 (D1.51 l)",
        confidence: Confidence::Medium,
    },
    Preset {
        id: "pseudo_linear",
        slope: 1.017e-3,
        intercept: -0.0134,
        kind: DensityKind::Pseudo,
        source: "convention: rho = -13.4 + 1.017 HU kg/m3 (D1.51 k)",
        confidence: Confidence::Low,
    },
];

/// The preset with this name.
pub fn preset(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

/// How this scan's HU become density.
#[derive(Clone, Debug, PartialEq)]
pub enum Calibration {
    /// A phantom in or beside the scan.
    Phantom {
        /// g/cm³ per HU.
        slope: f64,
        /// g/cm³ at 0 HU.
        intercept: f64,
        /// Kind of density that the phantom stands for.
        kind: DensityKind,
        /// Phantom, scanner and protocol.
        source: String,
    },
    /// A line through tissues of the scan itself, such as air, blood, fat and muscle, with the
    /// error that its authors found (facts D1.54: 4 mg/cm³ in lumbar bodies).
    Phantomless {
        /// g/cm³ per HU.
        slope: f64,
        /// g/cm³ at 0 HU.
        intercept: f64,
        /// Kind of density that the line gives.
        kind: DensityKind,
        /// Root mean square error of the line in g/cm³.
        error_g_per_cm3: f64,
        /// Tissues, method and protocol.
        source: String,
    },
    /// A published line for another scanner: usable to compare designs, and always with a warning.
    UncalibratedPreset(Preset),
    /// No HU: the image holds density already, in g/cm³.
    DensityImage {
        /// Kind of density that it holds.
        kind: DensityKind,
        /// Where it comes from.
        source: String,
    },
}

/// What a recipe or a model file records of a calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationRecord<'a> {
    /// One of [`Calibration::METHODS`]; another word records none.
    pub method: &'a str,
    /// g/cm³ per HU, of a phantom's line or of one through tissues.
    pub slope: f64,
    /// g/cm³ at 0 HU.
    pub intercept: f64,
    /// Kind of density that the line gives, or the image holds.
    pub kind: DensityKind,
    /// Error of a line through tissues, g/cm³.
    pub error_g_per_cm3: f64,
    /// A published line.
    pub preset: Option<&'static Preset>,
    /// Who says so.
    pub source: &'a str,
}

impl Calibration {
    /// What recipes and model files call the ways to a calibration.
    pub const METHODS: [&'static str; 4] =
        ["phantom", "phantomless", "uncalibrated_preset", "density_image"];

    /// The calibration of a record; `None` where it records none.
    pub fn of_record(record: &CalibrationRecord<'_>) -> Option<Self> {
        let CalibrationRecord { slope, intercept, kind, error_g_per_cm3, preset, .. } = *record;
        let source = record.source.to_owned();
        match record.method {
            "phantom" => Some(Self::Phantom { slope, intercept, kind, source }),
            "phantomless" => {
                Some(Self::Phantomless { slope, intercept, kind, error_g_per_cm3, source })
            }
            "uncalibrated_preset" => preset.map(|preset| Self::UncalibratedPreset(*preset)),
            "density_image" => Some(Self::DensityImage { kind, source }),
            _ => None,
        }
    }

    /// Line, density, and where they come from, in words.
    pub fn summary(&self) -> String {
        match self {
            Self::Phantom { slope, intercept, kind, source } => {
                format!("phantom: rho = {slope} HU + {intercept} g/cm3, {kind:?}; {source}")
            }
            Self::Phantomless { slope, intercept, kind, error_g_per_cm3, source } => format!(
                "phantomless: rho = {slope} HU + {intercept} g/cm3, {kind:?}, good to \
                 {error_g_per_cm3} g/cm3; {source}"
            ),
            Self::UncalibratedPreset(preset) => format!(
                "uncalibrated preset: {}; confidence {}",
                preset.source,
                preset.confidence.word()
            ),
            Self::DensityImage { kind, source } => {
                format!("the image holds density in g/cm3, {kind:?}; {source}")
            }
        }
    }

    /// Density at `hu`; below zero where the line says so.
    pub fn density(&self, hu: f64) -> Density {
        let (slope, intercept, kind) = match self {
            Self::Phantom { slope, intercept, kind, .. }
            | Self::Phantomless { slope, intercept, kind, .. } => (*slope, *intercept, *kind),
            Self::UncalibratedPreset(preset) => (preset.slope, preset.intercept, preset.kind),
            Self::DensityImage { kind, .. } => (1.0, 0.0, *kind),
        };
        Density { kind, g_per_cm3: slope * hu + intercept }
    }

    fn check(&self) -> Result<(), MaterialError> {
        if matches!(self, Self::DensityImage { .. }) {
            return Ok(());
        }
        let slope = self.density(1.0).g_per_cm3 - self.density(0.0).g_per_cm3;
        let good = slope > 1e-5 && slope < 1e-1 && self.density(0.0).g_per_cm3.abs() < 1.0;
        let what = "the calibration's slope in g/cm3 per HU";
        if good { Ok(()) } else { Err(MaterialError::Value { what, value: slope }) }
    }
}

/// What becomes of voxels whose law gives less than the lowest modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowFloor {
    /// They take the lowest modulus: marrow and soft tissue carry a little.
    Floor,
    /// They leave the model.
    Void,
}

/// Moduli that a map from HU may give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoneRange {
    /// Lowest modulus of bone.
    pub modulus_min: Mpa,
    /// Highest modulus of bone: metal and streaks end here.
    pub modulus_max: Mpa,
    /// What becomes of less than the lowest.
    pub below: BelowFloor,
}

impl Default for BoneRange {
    /// From soft tissue at 1 MPa, kept, to compact bone at 20 GPa (facts D1.48).
    fn default() -> Self {
        let below = BelowFloor::Floor;
        Self { modulus_min: Mpa(1.0), modulus_max: Mpa(20_000.0), below }
    }
}

/// A map from HU to modulus with its calibration, law and range: what a report names.
#[derive(Clone, Debug, PartialEq)]
pub struct BoneMap {
    /// Calibration.
    pub calibration: Calibration,
    /// Law.
    pub law: BoneLaw,
    /// Range.
    pub range: BoneRange,
}

impl BoneMap {
    /// Young's modulus at `hu`, within the range; `None` where the voxel leaves the model.
    pub fn modulus(&self, hu: f64) -> Option<Mpa> {
        let density = self.calibration.density(hu);
        let g_per_cm3 = density.g_per_cm3.clamp(0.0, DENSITY_MAX_G_PER_CM3);
        // The kinds were checked when the map was made, and the density is in range.
        let modulus = self.law.modulus(Density { g_per_cm3, ..density }).map_or(0.0, |m| m.0);
        let BoneRange { modulus_min, modulus_max, below } = self.range;
        // An intercept of the ash line must not turn air into bone.
        let air = density.g_per_cm3 <= 0.0;
        match below {
            _ if modulus >= modulus_min.0 && !air => Some(Mpa(modulus.min(modulus_max.0))),
            BelowFloor::Floor => Some(modulus_min),
            BelowFloor::Void => None,
        }
    }
}

/// Part of the bone's voxels that may lie at an end of the range of moduli.
const CLIPPED_MAX: f64 = 0.1;

impl BoneMap {
    /// What someone should look at in the HU of a model's bone: voxels that take the least or the
    /// greatest modulus, and voxels beyond the densities that the law was fitted to. `codes` name
    /// both findings.
    pub fn doubts(
        &self,
        codes: [&'static str; 2],
        bone_hu: impl Iterator<Item = f32> + Clone,
    ) -> Vec<Finding> {
        let count = bone_hu.clone().count().max(1) as f64;
        let part = |of: &dyn Fn(f64) -> bool| {
            bone_hu.clone().filter(|&hu| of(f64::from(hu))).count() as f64 / count
        };
        let ends = [self.range.modulus_min.0, self.range.modulus_max.0];
        let clipped = part(&|hu| self.modulus(hu).is_some_and(|m| ends.contains(&m.0)));
        let message = format!(
            "{:.0} % of the bone's voxels take the lowest or highest modulus that bone may have, {} \
             or {} MPa: look at the calibration, and for metal or air in the bone",
            100.0 * clipped,
            ends[0],
            ends[1]
        );
        let finding = Finding::warning(codes[0], "bone material", message);
        let finding = finding.measured(clipped, CLIPPED_MAX, "");
        let clipped = (clipped > CLIPPED_MAX).then_some(finding);
        let beyond = self.law.fitted_g_per_cm3.and_then(|[min, max]| {
            let density = |hu: f64| self.calibration.density(hu).to_apparent().g_per_cm3;
            let part = part(&|hu| !(min..=max).contains(&density(hu)));
            let message = format!(
                "{:.0} % of the bone's voxels lie outside the {min} to {max} g/cm3 of apparent \
                 density that `{}` was fitted to: there it extrapolates, to cortex above and to \
                 marrow below",
                100.0 * part,
                self.law.id
            );
            let finding = Finding::note(codes[1], "bone material", message);
            (part > 0.0).then(|| finding.measured(part, 0.0, ""))
        });
        clipped.into_iter().chain(beyond).collect()
    }
}

/// A map from HU to modulus. An uncalibrated preset gives a warning beside it.
///
/// # Errors
/// [`MaterialError::NotCalibrated`] without a calibration; [`MaterialError::DensityKind`] where the
/// law reads another density; [`MaterialError::Value`] for a line or range that is not usable.
pub fn bone_map(
    calibration: Option<&Calibration>,
    law: &BoneLaw,
    range: BoneRange,
) -> Result<Found<BoneMap>, MaterialError> {
    let calibration = calibration.ok_or(MaterialError::NotCalibrated)?;
    calibration.check()?;
    let BoneRange { modulus_min, modulus_max, .. } = range;
    if !(modulus_min.0 > 0.0 && modulus_max.0 >= modulus_min.0 && modulus_max.0.is_finite()) {
        let what = "the lowest modulus of bone in MPa";
        return Err(MaterialError::Value { what, value: modulus_min.0 });
    }
    law.modulus(Density { g_per_cm3: 1.0, ..calibration.density(0.0) })?;
    let map = BoneMap { calibration: calibration.clone(), law: *law, range };
    let finding = match calibration {
        Calibration::Phantom { .. } | Calibration::DensityImage { .. } => {
            return Ok(Found::clean(map));
        }
        Calibration::Phantomless { error_g_per_cm3, source, .. } => {
            let text = format!(
                "bone density rests on a line through the scan's own tissues ({source}), good to \
                 {error_g_per_cm3} g/cm3"
            );
            Finding::note("mechanics.phantomless", "bone material", text)
        }
        Calibration::UncalibratedPreset(preset) => {
            let text = format!(
                "bone moduli rest on the uncalibrated preset `{}` ({}): compare designs with \
                 them, and take no absolute stress in bone from them",
                preset.id, preset.source
            );
            Finding::warning("mechanics.uncalibrated", "bone material", text)
        }
    };
    Ok(Found { value: map, findings: vec![finding] })
}

/// Young's modulus of bone at one HU; `None` where the voxel leaves the model. See [`bone_map`].
///
/// # Errors
/// Those of [`bone_map`].
pub fn hu_to_modulus(
    hu: f64,
    calibration: Option<&Calibration>,
    law: &BoneLaw,
    range: BoneRange,
) -> Result<Found<Option<Mpa>>, MaterialError> {
    let Found { value, findings } = bone_map(calibration, law, range)?;
    Ok(Found { value: value.modulus(hu), findings })
}
