//! Bone: modulus and strength from density. The kind of density is part of each law.

use ossein_geom::{Mpa, float};

use super::MaterialError;
use super::confidence::Confidence;

/// What was weighed, and against which volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DensityKind {
    /// Wet tissue mass over bulk volume.
    Apparent,
    /// Ash mass over bulk volume.
    Ash,
    /// Mineral equivalent by CT against a hydroxyapatite phantom.
    QctHydroxyapatite,
    /// Mineral equivalent by CT against a dipotassium phosphate phantom.
    QctPotassiumPhosphate,
    /// What a line that belongs to no phantom reads from HU: no density that anyone weighed, and
    /// none that can be turned into one.
    Pseudo,
}

impl DensityKind {
    /// What recipes and model files call the kinds that a calibration can give.
    pub const WORDS: [&'static str; 4] = ["qct_hydroxyapatite", "qct_k2hpo4", "ash", "apparent"];

    /// The kind that one of [`Self::WORDS`] stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        let kinds =
            [Self::QctHydroxyapatite, Self::QctPotassiumPhosphate, Self::Ash, Self::Apparent];
        Self::WORDS.iter().zip(kinds).find(|(own, _)| **own == word).map(|(_, kind)| kind)
    }

    /// Words for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Apparent => "apparent density",
            Self::Ash => "ash density",
            Self::QctHydroxyapatite => "mineral density against hydroxyapatite",
            Self::QctPotassiumPhosphate => "mineral density against dipotassium phosphate",
            Self::Pseudo => "a pseudo-density that no phantom stands behind",
        }
    }
}

/// A density that knows its kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// Kind.
    pub kind: DensityKind,
    /// Value in g/cm³.
    pub g_per_cm3: f64,
}

impl Density {
    /// The ash density: `0.6 apparent`, `0.877 HA + 0.079`, `1.22 K2HPO4 + 0.0526` (facts D1.52).
    /// A pseudo density counts as apparent, which is what its users take it for.
    pub fn to_ash(self) -> Density {
        let rho = self.g_per_cm3;
        let g_per_cm3 = match self.kind {
            DensityKind::Ash => rho,
            DensityKind::Apparent | DensityKind::Pseudo => 0.6 * rho,
            DensityKind::QctHydroxyapatite => 0.877 * rho + 0.079,
            DensityKind::QctPotassiumPhosphate => 1.22 * rho + 0.0526,
        };
        Density { kind: DensityKind::Ash, g_per_cm3 }
    }

    /// The apparent density: ash density over 0.6 (facts D1.52).
    pub fn to_apparent(self) -> Density {
        let g_per_cm3 = match self.kind {
            DensityKind::Apparent | DensityKind::Pseudo => self.g_per_cm3,
            _ => self.to_ash().g_per_cm3 / 0.6,
        };
        Density { kind: DensityKind::Apparent, g_per_cm3 }
    }

    /// The density that a hydroxyapatite phantom would read: `ash = 0.877 HA + 0.079` (facts
    /// D1.52) read backwards, and no less than zero. A phantom's own density stays as it is.
    pub fn to_phantom(self) -> Density {
        match self.kind {
            DensityKind::QctHydroxyapatite | DensityKind::QctPotassiumPhosphate => {
                Density { g_per_cm3: self.g_per_cm3.max(0.0), ..self }
            }
            _ => {
                let g_per_cm3 = ((self.to_ash().g_per_cm3 - 0.079) / 0.877).max(0.0);
                Density { kind: DensityKind::QctHydroxyapatite, g_per_cm3 }
            }
        }
    }

    /// This density as a law wants it. Nothing turns ash or apparent density into that of a
    /// phantom, and the laws for phantoms take both kinds (facts D1.51 b).
    ///
    /// # Errors
    /// [`MaterialError::DensityKind`].
    fn for_law(self, law: &BoneLaw) -> Result<f64, MaterialError> {
        let phantom = |kind| {
            matches!(kind, DensityKind::QctHydroxyapatite | DensityKind::QctPotassiumPhosphate)
        };
        let pseudo = self.kind == DensityKind::Pseudo;
        match law.kind {
            wanted if pseudo != (wanted == DensityKind::Pseudo) => {
                Err(MaterialError::DensityKind { law: law.id, wanted, given: self.kind })
            }
            DensityKind::Pseudo => Ok(self.g_per_cm3),
            DensityKind::Ash => Ok(self.to_ash().g_per_cm3),
            DensityKind::Apparent => Ok(self.to_apparent().g_per_cm3),
            _ if phantom(self.kind) => Ok(self.g_per_cm3),
            wanted => Err(MaterialError::DensityKind { law: law.id, wanted, given: self.kind }),
        }
    }
}

/// `coefficient * rho ^ exponent + constant`, up to a density.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    up_to_g_per_cm3: f64,
    coefficient: f64,
    exponent: f64,
    constant: f64,
}

/// A law from density to Young's modulus in MPa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoneLaw {
    /// Short fixed name.
    pub id: &'static str,
    /// Bone that it was fitted to.
    pub site: &'static str,
    /// Kind of density that it reads.
    pub kind: DensityKind,
    /// The formula, for reports.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
    /// Apparent densities of the specimens it was fitted to, in g/cm³, where they are on record:
    /// beyond them the law is an extrapolation.
    pub fitted_g_per_cm3: Option<[f64; 2]>,
    pieces: &'static [Piece],
}

const fn power(coefficient: f64, exponent: f64) -> Piece {
    Piece { up_to_g_per_cm3: f64::INFINITY, coefficient, exponent, constant: 0.0 }
}

/// Wet apparent density of human vertebral cancellous bone, lowest and highest of the published
/// test series (review of Ohman-Magi 2022).
const VERTEBRA: [f64; 2] = [0.09, 0.35];

/// Every law, in the order in which menus show them: facts D1.51 a to l.
pub const BONE_LAWS: &[BoneLaw] = &[
    BoneLaw {
        id: "morgan_vertebra",
        site: "vertebra",
        kind: DensityKind::Apparent,
        formula: "E = 4730 rho^1.56",
        source: "Morgan 2003 (D1.51 a)",
        confidence: Confidence::High,
        fitted_g_per_cm3: Some(VERTEBRA),
        pieces: &[power(4730.0, 1.56)],
    },
    BoneLaw {
        id: "kopperdahl_vertebra",
        site: "vertebra, voxel",
        kind: DensityKind::QctHydroxyapatite,
        formula: "E = 2980 rho^1.05",
        source: "Kopperdahl 2002 (D1.51 b)",
        confidence: Confidence::High,
        fitted_g_per_cm3: Some(VERTEBRA),
        pieces: &[power(2980.0, 1.05)],
    },
    BoneLaw {
        id: "crawford_vertebra",
        site: "vertebra, voxel",
        kind: DensityKind::QctHydroxyapatite,
        formula: "E = max(0, 3230 rho - 34.7)",
        source: "Kopperdahl 2002, Crawford 2003 (D1.51 c)",
        confidence: Confidence::High,
        fitted_g_per_cm3: Some(VERTEBRA),
        pieces: &[Piece { constant: -34.7, ..power(3230.0, 1.0) }],
    },
    BoneLaw {
        id: "morgan_pooled",
        site: "pooled",
        kind: DensityKind::Apparent,
        formula: "E = 8920 rho^1.83",
        source: "Morgan 2003 (D1.51 d)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(8920.0, 1.83)],
    },
    BoneLaw {
        id: "morgan_femoral_neck",
        site: "femoral neck",
        kind: DensityKind::Apparent,
        formula: "E = 6850 rho^1.49",
        source: "Morgan 2003 (D1.51 e)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(6850.0, 1.49)],
    },
    BoneLaw {
        id: "morgan_proximal_tibia",
        site: "proximal tibia",
        kind: DensityKind::Apparent,
        formula: "E = 15520 rho^1.93",
        source: "Morgan 2003 (D1.51 f)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(15520.0, 1.93)],
    },
    BoneLaw {
        id: "keller_general",
        site: "general",
        kind: DensityKind::Ash,
        formula: "E = 10500 rho^2.29",
        source: "Keller 1994 (D1.51 g)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(10500.0, 2.29)],
    },
    BoneLaw {
        id: "keyak_femur",
        site: "femur",
        kind: DensityKind::Ash,
        formula: "E = 14900 rho^1.86",
        source: "Keyak 1994 (D1.51 h)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(14900.0, 1.86)],
    },
    BoneLaw {
        id: "keyak_femur_piecewise",
        site: "femur",
        kind: DensityKind::Ash,
        formula: "E = 33900 rho^2.20 to 0.27, 5307 rho + 469 to 0.6, 10200 rho^2.01 above",
        source: "Keyak 1998 (D1.51 i)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[
            Piece { up_to_g_per_cm3: 0.27, ..power(33900.0, 2.20) },
            Piece { up_to_g_per_cm3: 0.6, constant: 469.0, ..power(5307.0, 1.0) },
            power(10200.0, 2.01),
        ],
    },
    BoneLaw {
        id: "carter_hayes",
        site: "general, at a strain rate of 0.01 /s",
        kind: DensityKind::Apparent,
        formula: "E = 3790 rate^0.06 rho^3, rate 0.01 /s: 2875 rho^3",
        source: "Carter and Hayes 1977 (D1.51 j)",
        confidence: Confidence::High,
        fitted_g_per_cm3: None,
        pieces: &[power(2875.009, 3.0)],
    },
    BoneLaw {
        id: "pseudo_linear",
        site: "none: a line of HU that many papers share",
        kind: DensityKind::Pseudo,
        formula: "E = 5925 rho - 388.8, with rho = 0.001017 HU - 0.0134",
        source: "convention of many finite-element papers (D1.51 k)",
        confidence: Confidence::Low,
        fitted_g_per_cm3: None,
        pieces: &[Piece { constant: -388.8, ..power(5925.0, 1.0) }],
    },
    BoneLaw {
        id: "rho_vertebra",
        site: "vertebra, trabecular, along the axis",
        kind: DensityKind::Apparent,
        formula: "E = 0.63 rho^1.35 with rho in kg/m3: 7069 rho^1.35",
        source: "Rho 1995 (D1.51 l)",
        confidence: Confidence::Medium,
        fitted_g_per_cm3: Some(VERTEBRA),
        pieces: &[power(7_068.716_3, 1.35)],
    },
];

/// The law with this name.
pub fn bone_law(id: &str) -> Option<&'static BoneLaw> {
    BONE_LAWS.iter().find(|law| law.id == id)
}

/// Densities beyond that of mineral are no densities of bone.
pub(super) const DENSITY_MAX_G_PER_CM3: f64 = 3.2;

fn in_range(g_per_cm3: f64) -> Result<f64, MaterialError> {
    let (min, max) = (0.0, DENSITY_MAX_G_PER_CM3);
    if g_per_cm3 >= min && g_per_cm3 <= max {
        return Ok(g_per_cm3);
    }
    Err(MaterialError::OutOfRange { density_g_per_cm3: g_per_cm3, min, max })
}

impl BoneLaw {
    /// Formula, density, source and confidence in words.
    pub fn summary(&self) -> String {
        let confidence = self.confidence.word();
        format!(
            "{}, {:?} density: {}; confidence {confidence}",
            self.formula, self.kind, self.source
        )
    }

    /// Young's modulus of bone of this density; zero where the law gives less than zero.
    ///
    /// # Errors
    /// [`MaterialError::DensityKind`] where the density cannot be turned into the law's kind,
    /// [`MaterialError::OutOfRange`] where it is negative or beyond that of mineral.
    pub fn modulus(&self, density: Density) -> Result<Mpa, MaterialError> {
        in_range(density.g_per_cm3)?;
        let rho = density.for_law(self)?;
        let piece = self.pieces.iter().find(|piece| rho <= piece.up_to_g_per_cm3);
        let piece = piece.unwrap_or(&self.pieces[self.pieces.len() - 1]);
        let modulus = piece.coefficient * float::pow(rho, piece.exponent) + piece.constant;
        Ok(Mpa(modulus.max(0.0)))
    }
}

/// Compressive yield stress of vertebral cancellous bone from CT density: `37.4 rho^1.39` MPa
/// (Kopperdahl 2002; facts D1.51 b, D1.60).
///
/// # Errors
/// [`MaterialError::DensityKind`] for ash or apparent density; [`MaterialError::OutOfRange`].
pub fn local_yield_mpa(density: Density) -> Result<Mpa, MaterialError> {
    let law = &BONE_LAWS[1];
    let rho = in_range(density.for_law(law)?)?;
    Ok(Mpa(37.4 * float::pow(rho, 1.39)))
}
