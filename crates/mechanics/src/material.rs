//! Material laws: one list.

mod bone;
mod calibration;
mod card;
mod confidence;
mod laminate;
mod orthotropic;
mod titanium;

pub use bone::{BONE_LAWS, BoneLaw, Density, DensityKind, bone_law, local_yield_mpa};
pub use calibration::{
    BelowFloor, BoneMap, BoneRange, Calibration, CalibrationRecord, PRESETS, Preset, bone_map,
    hu_to_modulus, preset,
};
pub use card::{
    BETA_TCP, COCR_LPBF, Card, Figure, HYDROXYAPATITE, Limit, PEEK_MACHINED, PEEK_PRINTED, PMMA,
    UHMWPE, ZIRCONIA, card, cards,
};
pub use confidence::Confidence;
pub use laminate::laminate;
pub use orthotropic::{OrthotropicConstants, turned};
pub use titanium::{
    METALS, Metal, Surface, TI64_ELI_LPBF_AS_BUILT, TI64_ELI_LPBF_HIP_MACHINED, Usual, metal,
};

/// Why a material figure could not be given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MaterialError {
    /// HU without a calibration say nothing about density.
    #[error(
        "no calibration from HU to density is recorded: give a phantom's line, or name an \
         uncalibrated preset"
    )]
    NotCalibrated,
    /// A density of another kind than the law was fitted to.
    #[error(
        "law `{law}` reads {}, and {} was given, which nothing on record turns into it",
        wanted.words(),
        given.words()
    )]
    DensityKind {
        /// Name of the law.
        law: &'static str,
        /// Kind that the law was fitted to.
        wanted: DensityKind,
        /// Kind that was given.
        given: DensityKind,
    },
    /// A density outside the fitted or physical range.
    #[error("density {density_g_per_cm3} g/cm3 lies outside {min} to {max} g/cm3")]
    OutOfRange {
        /// The density.
        density_g_per_cm3: f64,
        /// Lowest usable.
        min: f64,
        /// Highest usable.
        max: f64,
    },
    /// Elastic constants of no stable material.
    #[error(
        "Young's moduli of {young_mpa:?} MPa with Poisson's ratios xy, yz, zx of {poisson:?} are \
         not positive definite: no stable material has them"
    )]
    NotPositiveDefinite {
        /// Along x, y, z.
        young_mpa: [f64; 3],
        /// Ratios xy, yz, zx.
        poisson: [f64; 3],
    },
    /// A number that is not usable.
    #[error("{what} is {value}")]
    Value {
        /// What was given.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}
