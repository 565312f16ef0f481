//! `model.toml`: an image, what its voxels are made of, how it is held and what acts on it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    /// `[support]`; its defaults without it.
    pub support: Option<Support>,
    /// `[load_set]`: in place of `[[load]]` and `[support]`.
    pub load_set: Option<NamedSet>,
    /// `[[region]]`.
    #[serde(default)]
    pub region: Vec<Region>,
    /// `[[hold]]`.
    #[serde(default)]
    pub hold: Vec<RegionHold>,
    /// `[[load]]`.
    #[serde(default)]
    pub load: Vec<Load>,
    /// `[solver]`.
    #[serde(default)]
    pub solver: Solver,
}

impl Setup {
    /// How the planes are held.
    pub fn support(&self) -> Support {
        self.support.clone().unwrap_or_default()
    }
}

/// `[load_set]`: a set by its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedSet {
    /// Its name.
    pub name: String,
    /// What all its forces and moments are multiplied by.
    #[serde(default = "whole")]
    pub factor: f64,
    /// What the test blocks that it brings are made of; without it there are none.
    pub blocks: Option<String>,
}

fn whole() -> f64 {
    1.0
}

/// `[[region]]`: nodes by a name, for a load or a set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The name.
    pub name: String,
    /// Lowest and highest corner of a box, from the corner of the image: nodes in it, those of the
    /// surface alone where no material is named.
    pub within_mm: Option<[[f64; 3]; 2]>,
    /// Name of a material: its nodes.
    pub material: Option<String>,
}

/// `[[hold]]`: a region that stays where it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionHold {
    /// Name of the `[[region]]`.
    pub region: String,
    /// Axes along which it is held.
    #[serde(default = "all_axes")]
    pub axes: Vec<Axis>,
}

fn all_axes() -> Vec<Axis> {
    vec![Axis::X, Axis::Y, Axis::Z]
}

/// `[image]`: the voxels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSetup {
    /// The image, from the folder of `model.toml`: a file, a folder of TIFF slices or a mesh.
    pub path: PathBuf,
    /// Edge of a voxel, where the file does not state it; a mesh is cut into voxels of it.
    pub voxel_mm: Option<f64>,
    /// Name of the array, of an `.npz` that holds several.
    pub array: Option<String>,
    /// Grey value at and above which a voxel counts as label 1.
    pub threshold: Option<f64>,
    /// Edge of cubes to which the image is resampled, before the filter: voxels must be cubes.
    pub resample_mm: Option<f64>,
    /// Standard deviation of a Gaussian filter, in voxels; none at 0.
    #[serde(default)]
    pub smooth_voxels: f64,
    /// Takes every n-th voxel along each axis, after the filter.
    #[serde(default = "one")]
    pub every: usize,
}

impl ImageSetup {
    /// Edge of the cubes that are asked for.
    ///
    /// # Errors
    /// The key with its value, where that is no length.
    pub fn resample_mm(&self) -> Result<Option<f64>, String> {
        match self.resample_mm {
            Some(edge) if !(edge.is_finite() && edge > 0.0) => {
                Err(format!("[image] resample_mm = {edge}; above 0"))
            }
            edge => Ok(edge),
        }
    }
}

fn one() -> usize {
    1
}

/// Relative residual that double precision still reaches.
const TOLERANCE_MIN: f64 = 1e-12;
/// Poisson's ratio where none is stated.
pub const POISSON: f64 = 0.3;

/// `[[material]]`: an isotropic, cubic or orthotropic material, or a lattice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Value of its voxels.
    pub label: Option<i32>,
    /// In place of a label, a mesh or a mask from the folder of `model.toml`: the material takes what
    /// lies in it, whatever the image holds there.
    pub path: Option<PathBuf>,
    /// Name of the region in the report.
    pub name: Option<String>,
    /// Young's modulus of an isotropic material.
    pub modulus_mpa: Option<Amount>,
    /// C11, C12 and C44 of a cubic one along the image's axes, in place of modulus and Poisson's
    /// ratio: a homogenized lattice.
    pub cubic_mpa: Option<[f64; 3]>,
    /// Nine constants of an orthotropic one, in place of modulus and ratio.
    pub orthotropic: Option<Constants>,
    /// A lattice of the solid that `modulus_mpa` or `metal` names, homogenized.
    pub lattice: Option<Lattice>,
    /// Axes of the image along which x, y and z of the constants lie.
    pub axes: Option<[Axis; 3]>,
    /// Poisson's ratio.
    pub poisson: Option<f64>,
    /// Name of a metal's card, in place of modulus and ratio: safety factors come with it.
    pub metal: Option<String>,
}

impl Material {
    /// What tells it from the others, in words.
    pub fn title(&self) -> String {
        match (self.label, &self.path) {
            (Some(label), _) => format!("label {label}"),
            (None, Some(path)) => path.display().to_string(),
            (None, None) => "without label".to_owned(),
        }
    }
}

/// A number of all voxels, or an image that has one for each.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged, expecting = "a number, or the path of an image that holds one for each voxel")]
pub enum Amount {
    /// The same everywhere.
    Number(f64),
    /// From the folder of `model.toml`.
    Image(PathBuf),
}

/// `orthotropic`: as `ossein homogenize` prints them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// Young's moduli along x, y, z.
    pub young_mpa: [Amount; 3],
    /// Shear moduli yz, xz, xy.
    pub shear_mpa: [Amount; 3],
    /// Poisson's ratios xy, yz, zx.
    pub poisson: [Amount; 3],
}

/// `lattice`: a cell of the table of lattices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lattice {
    /// The cell's word.
    pub cell: String,
    /// Solid over volume.
    pub fraction: Amount,
}

fn poisson() -> f64 {
    POISSON
}

/// `[bone]`: a CT in Hounsfield units, or an image of density.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bone {
    /// How grey values become density: a word of the calibration record. Without it a slope is
    /// that of a phantom, and a preset says so itself.
    pub calibration: Option<String>,
    /// Kind of density that the calibration gives; the law's own without it.
    pub density: Option<String>,
    /// Error of a line through the scan's own tissues, g/cm³.
    pub error_g_per_cm3: Option<f64>,
    /// Phantom or tissues, scanner and protocol, for the report.
    pub source: Option<String>,
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

/// `[support]`: the planes that hold the model.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// How the lowest plane is held.
    #[serde(default)]
    pub bottom: Hold,
    /// How the highest plane is held sideways where a displacement is prescribed.
    #[serde(default)]
    pub top: Hold,
    /// Planes that mirror the model: their nodes stay in them.
    #[serde(default)]
    pub symmetric: Vec<Side>,
    /// Axes whose two faces move alike, but for a mean strain.
    #[serde(default)]
    pub periodic: Vec<Axis>,
}

impl Support {
    /// Whether each axis has periodic faces.
    pub fn periodic_axes(&self) -> [bool; 3] {
        [Axis::X, Axis::Y, Axis::Z].map(|axis| self.periodic.contains(&axis))
    }
}

/// An axis of the image.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Along `i`.
    #[default]
    X,
    /// Along `j`.
    Y,
    /// Along `k`.
    Z,
}

/// One of the four upright planes of the image.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Lowest `i`.
    XLow,
    /// Highest `i`.
    XHigh,
    /// Lowest `j`.
    YLow,
    /// Highest `j`.
    YHigh,
}

impl Side {
    /// As the file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::XLow => "x_low",
            Self::XHigh => "x_high",
            Self::YLow => "y_low",
            Self::YHigh => "y_high",
        }
    }

    /// Axis across the plane, and whether it is the high one.
    pub fn place(self) -> (usize, bool) {
        match self {
            Self::XLow => (0, false),
            Self::XHigh => (0, true),
            Self::YLow => (1, false),
            Self::YHigh => (1, true),
        }
    }
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
    /// Not held at all: other planes must hold the model.
    Free,
}

/// `[[load]]`: what acts on the highest plane, or a pressure on the surface.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Name in the report.
    pub name: String,
    /// Strain along z that the top plate imposes; negative is compression.
    pub strain: Option<f64>,
    /// Displacement of the top plate: along z, or along all three axes.
    pub displacement_mm: Option<Shift>,
    /// Strain between the faces of periodic pairs.
    pub mean_strain: Option<MeanStrain>,
    /// Small rotation of the top plate about the centroid of its nodes.
    pub rotation_deg: Option<[f64; 3]>,
    /// Resultant force on the top plane, or on a region.
    pub force_n: Option<[f64; 3]>,
    /// Resultant moment about the centroid of the loaded nodes.
    pub moment_nmm: Option<[f64; 3]>,
    /// The `[[region]]` on which force and moment act, or which is moved, in place of the top plane.
    pub region: Option<String>,
    /// Pressure on the outer and inner surface of the material, positive inwards.
    pub pressure_mpa: Option<f64>,
    /// Lowest and highest corner of the box, from the corner of the image, in which the pressure
    /// acts; everywhere without it.
    pub within_mm: Option<[[f64; 3]; 2]>,
    /// `[[load.action]]`: several that act at once, in place of one.
    #[serde(default)]
    pub action: Vec<LoadAction>,
}

/// `[[load.action]]`: one of several forces, moments and pressures that act at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadAction {
    /// As that of a load.
    pub force_n: Option<[f64; 3]>,
    /// As that of a load.
    pub moment_nmm: Option<[f64; 3]>,
    /// As that of a load.
    pub region: Option<String>,
    /// As that of a load.
    pub pressure_mpa: Option<f64>,
    /// As that of a load.
    pub within_mm: Option<[[f64; 3]; 2]>,
}

/// `mean_strain`: those that are prescribed; the others are free. Shears as engineers count them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeanStrain {
    /// Along x.
    pub xx: Option<f64>,
    /// Along y.
    pub yy: Option<f64>,
    /// Along z.
    pub zz: Option<f64>,
    /// Between y and z.
    pub yz: Option<f64>,
    /// Between x and z.
    pub xz: Option<f64>,
    /// Between x and y.
    pub xy: Option<f64>,
}

impl MeanStrain {
    /// In the order of the solver.
    pub fn all(self) -> [Option<f64>; 6] {
        [self.xx, self.yy, self.zz, self.yz, self.xz, self.xy]
    }
}

/// A displacement along z, or along x, y and z.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum Shift {
    /// Along z.
    Axial(f64),
    /// Along x, y, z.
    Vector([f64; 3]),
}

/// `[solver]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Solver {
    /// Relative residual to reach.
    pub tolerance: f64,
    /// Pieces that nothing holds: `true` takes them out with a finding, `false` refuses. Without a
    /// choice, specks are taken out and larger pieces refused.
    pub drop_loose: Option<bool>,
    /// Solve at a second resolution too, and estimate the error from both.
    pub second_resolution: bool,
    /// Go on to smaller elements until the figure stands.
    pub refine: bool,
    /// The figure that must stand.
    pub figure: Figure,
    /// Error, as a part of the figure, up to which it stands.
    pub error_max: f64,
    /// Elements with material up to which the model is refined.
    pub element_count_max: usize,
    /// MiB that the solution may take; without it, what the machine has free.
    pub memory_mib_max: Option<u64>,
}

impl Default for Solver {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            drop_loose: None,
            second_resolution: true,
            refine: true,
            figure: Figure::StrainEnergy,
            error_max: 0.05,
            element_count_max: 4_000_000,
            memory_mib_max: None,
        }
    }
}

impl Solver {
    /// Checks its numbers.
    ///
    /// # Errors
    /// The key, its value, and what would be right.
    pub fn check(&self) -> Result<(), String> {
        let Self { tolerance, error_max, element_count_max, .. } = *self;
        if !(TOLERANCE_MIN..1.0).contains(&tolerance) {
            return Err(format!("[solver] tolerance = {tolerance:e}; {TOLERANCE_MIN:e} to 1"));
        }
        if !(error_max.is_finite() && error_max > 0.0) {
            return Err(format!("[solver] error_max = {error_max}; above 0"));
        }
        if element_count_max == 0 {
            return Err("[solver] element_count_max = 0; above 0".into());
        }
        Ok(())
    }
}

/// A figure of a load whose error is estimated.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Strain energy in N mm: the stiffness has the same error.
    #[default]
    StrainEnergy,
    /// 99th percentile of the von Mises stress in MPa.
    #[serde(rename = "von_mises_p99")]
    VonMises,
    /// 99th percentile of the largest principal stress in MPa.
    #[serde(rename = "principal_max_p99")]
    PrincipalMax,
}

impl Figure {
    /// Words for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::StrainEnergy => "strain energy",
            Self::VonMises => "von Mises stress (p99)",
            Self::PrincipalMax => "largest principal stress (p99)",
        }
    }
}
