//! Standard tests in the computer: blocks, and what the linear model says of them.

use ossein_geom::Mpa;

use crate::material::Confidence;
use crate::method::Method;

/// ASTM F2077.
pub const F2077: Method = Method {
    id: "astm_f2077",
    title: "ASTM F2077 in the computer: compression, 45 degree shear, torsion",
    formula: "stiffness K = load / motion of the upper block; load at first yield F_y = F min(R / \
              sigma_99) over solid metal and core; run-out load likewise with the fatigue \
              strengths, polyacetal blocks; relative stiffness K h^2 / (E V), h the distance of \
              the blocks and V the implant's envelope",
    source: "ASTM F2077 (facts D4.1); strengths as for the safety factors",
    limits: "bonded to the blocks, the upper one free to move and turn, small displacement, no \
             plastic flow: the load at the 2 % offset of a test lies above F_y. Torsion turns both \
             ways in the standard (R = -1), and its run-out load here is that of R = 0.1: too \
             high. For comparison; the standard sets no limit",
};

/// ASTM F2267.
pub const F2267: Method = Method {
    id: "astm_f2267",
    title: "ASTM F2267 in the computer: subsidence into foam",
    formula: "K_p = K_s K_i / (K_i - K_s), K_s between foam blocks and K_i between steel blocks; \
              first crush F_c = F s / p_95, p the foam's pressure at the contact and s its \
              strength; limit load s A",
    source: "ASTM F2267, foam ASTM F1839 grade 15 (facts D4.2)",
    limits: "linear foam: the yield load of a test lies between F_c and s A. For comparison, not \
             predictive in vivo",
};

/// What a test block is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockMaterial {
    /// Short fixed name.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Young's modulus.
    pub modulus: Mpa,
    /// Poisson's ratio.
    pub poisson: f64,
    /// Compressive strength.
    pub strength: Mpa,
    /// Where the values come from.
    pub source: &'static str,
    /// How well they are known.
    pub confidence: Confidence,
}

/// Stainless steel: blocks of static tests.
pub const STEEL: BlockMaterial = BlockMaterial {
    id: "steel",
    title: "stainless steel",
    modulus: Mpa(193_000.0),
    poisson: 0.3,
    strength: Mpa(205.0),
    source: "AISI 304, annealed, minimum of ASTM A240",
    confidence: Confidence::High,
};

/// Polyacetal: blocks of fatigue tests.
pub const POLYACETAL: BlockMaterial = BlockMaterial {
    id: "polyacetal",
    title: "polyacetal",
    modulus: Mpa(2_900.0),
    poisson: 0.35,
    strength: Mpa(65.0),
    source: "makers' data for homopolymer and copolymer, 2.6 to 3.1 GPa",
    confidence: Confidence::Medium,
};

/// Rigid polyurethane foam of 0.24 g/cm³, grade 15: blocks of subsidence tests.
pub const FOAM_GRADE_15: BlockMaterial = BlockMaterial {
    id: "foam_grade_15",
    title: "polyurethane foam, grade 15",
    modulus: Mpa(123.0),
    poisson: 0.3,
    strength: Mpa(4.9),
    source: "makers' data for foam of 0.24 g/cm3 after ASTM F1839",
    confidence: Confidence::Medium,
};

/// Stiffness of the foam alone from that of the system and of the device:
/// `K_p = K_s K_i / (K_i - K_s)`. `None` unless `0 < K_s < K_i`.
pub fn foam_stiffness(system: f64, device: f64) -> Option<f64> {
    (system > 0.0 && device > system).then(|| system * device / (device - system))
}

/// Stiffness over that of a prism of solid metal with the same height and volume:
/// `K h² / (E V)`.
pub fn relative_stiffness(
    stiffness_n_per_mm: f64,
    height_mm: f64,
    volume_mm3: f64,
    modulus: Mpa,
) -> f64 {
    stiffness_n_per_mm * height_mm * height_mm / (modulus.0 * volume_mm3)
}
