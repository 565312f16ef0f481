//! `model.toml`: an image, what its voxels are made of, how it is held and what acts on it.

use std::path::PathBuf;

use serde::Deserialize;

/// The whole file. Lengths are mm, forces N, moments N mm, stresses MPa.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// `[image]`.
    pub image: ImageSetup,
    /// `[[material]]`, one per label.
    #[serde(default)]
    pub material: Vec<Material>,
    /// `[bone]`: grey values to moduli.
    pub bone: Option<Bone>,
    /// `[support]`.
    #[serde(default)]
    pub support: Support,
    /// `[[load]]`.
    #[serde(default)]
    pub load: Vec<Load>,
    /// `[solver]`.
    #[serde(default)]
    pub solver: Solver,
}

/// `[image]`: the voxels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSetup {
    /// The image, from the folder of `model.toml`.
    pub path: PathBuf,
    /// Edge of a voxel, where the file does not state it.
    pub voxel_mm: Option<f64>,
    /// Grey value at and above which a voxel counts as label 1.
    pub threshold: Option<f64>,
}

/// `[[material]]`: an isotropic material.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Value of its voxels.
    pub label: i32,
    /// Young's modulus.
    pub modulus_mpa: f64,
    /// Poisson's ratio.
    #[serde(default = "poisson")]
    pub poisson: f64,
}

fn poisson() -> f64 {
    0.3
}

/// `[bone]`: a CT in Hounsfield units.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bone {
    /// Density per HU in g/cm³.
    pub slope_g_per_cm3_per_hu: Option<f64>,
    /// Density at 0 HU in g/cm³.
    pub intercept_g_per_cm3: Option<f64>,
    /// Name of a published line that stands in for a calibration.
    pub preset: Option<String>,
    /// Law from density to modulus.
    pub law: String,
    /// Poisson's ratio.
    #[serde(default = "poisson")]
    pub poisson: f64,
}

/// `[support]`: the lowest plane of the image.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// How the lowest plane is held.
    #[serde(default)]
    pub bottom: Hold,
    /// How the highest plane is held sideways where a displacement is prescribed.
    #[serde(default)]
    pub top: Hold,
}

/// How a plane is held.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Bonded to a rigid plate.
    #[default]
    Fixed,
    /// On a smooth plate: free sideways.
    Sliding,
}

/// `[[load]]`: what acts on the highest plane.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Name in the report.
    pub name: String,
    /// Strain along z that the top plate imposes; negative is compression.
    pub strain: Option<f64>,
    /// Displacement of the top plate along z.
    pub displacement_mm: Option<f64>,
    /// Resultant force.
    pub force_n: Option<[f64; 3]>,
    /// Resultant moment about the centroid of the loaded nodes.
    pub moment_nmm: Option<[f64; 3]>,
}

/// `[solver]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solver {
    /// Relative residual to reach.
    #[serde(default = "tolerance")]
    pub tolerance: f64,
    /// Pieces that nothing holds: `true` takes them out with a finding, `false` refuses.
    #[serde(default = "yes")]
    pub drop_loose: bool,
    /// Solve at twice the voxel edge too, and report the difference.
    #[serde(default = "yes")]
    pub second_resolution: bool,
    /// MiB that the solution may take.
    #[serde(default = "memory")]
    pub memory_mib_max: u64,
}

impl Default for Solver {
    fn default() -> Self {
        Self {
            tolerance: tolerance(),
            drop_loose: true,
            second_resolution: true,
            memory_mib_max: memory(),
        }
    }
}

fn tolerance() -> f64 {
    1e-6
}

fn yes() -> bool {
    true
}

fn memory() -> u64 {
    16 << 10
}
