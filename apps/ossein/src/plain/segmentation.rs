//! Images and lattices made solid and void, for the commands on porous structures.

use std::path::{Path, PathBuf};

use ossein_geom::{Grid, Lps};
use ossein_porous::{Beyond, Voxels, VoxelsError};
use ossein_scan::resample::Content;
use ossein_scan::{Image, Values};

use super::image::{Wanted, is_mesh, read, two_copies, voxel_count};
use super::lattice_cell::{CellArguments, CellVoxels, LatticeCell};
use super::memory::{self, Memory};
use super::number::{finite, positive};
use super::resampling;
use crate::commands::AnyError;
use crate::progress;

/// Bytes a voxel while a lattice is sampled: distances, and a copy in order.
const CELL_BYTES: u64 = 12;

/// How an image or a lattice becomes solid and void.
#[derive(clap::Args)]
pub struct Segmentation {
    /// The image: NIfTI, NRRD, MetaImage, .npy, .npz, TIFF, a folder of TIFF slices, or a mesh.
    #[arg(conflicts_with_all = ["cell", "fraction", "resolution", "period"])]
    pub image: Option<PathBuf>,
    #[command(flatten)]
    pub cell: CellArguments,
    /// Edge of the lattice's cell.
    #[arg(long, value_name = "MM", default_value_t = 1.0, value_parser = positive)]
    pub period: f64,
    /// Values at and above it are solid; an image of two values needs none.
    #[arg(long, value_name = "VALUE", requires = "image", value_parser = finite)]
    pub threshold: Option<f64>,
    /// Edge of a voxel, where the file does not state it; a mesh is cut into voxels of it.
    #[arg(long, value_name = "MM", requires = "image", value_parser = positive)]
    pub voxel: Option<f64>,
    /// Name of the array, of an .npz that holds several.
    #[arg(long, value_name = "NAME", requires = "image")]
    pub array: Option<String>,
    /// Edge of cubes to which the image is resampled: voxels must be cubes.
    #[arg(long, value_name = "MM", requires = "image", value_parser = positive)]
    pub resample: Option<f64>,
    #[command(flatten)]
    pub memory: Memory,
}

impl Segmentation {
    /// What is measured: the path of the image, or the word of the lattice.
    pub fn name(&self) -> String {
        match (&self.image, &self.cell.cell) {
            (Some(path), _) => path.display().to_string(),
            (None, word) => word.clone().unwrap_or_default(),
        }
    }

    /// Solid and void of the image or of the lattice, for work that takes so many bytes a voxel
    /// beside them.
    ///
    /// # Errors
    /// What the file says; an image of more than two values without a threshold; one too large;
    /// voxels that are no cubes; a lattice that there is not; neither image nor lattice.
    pub fn voxels(&self, bytes_a_voxel: u64) -> Result<Voxels, AnyError> {
        match (&self.image, self.cell.chosen()) {
            (Some(path), _) => self.of_image(path, self.voxel, bytes_a_voxel),
            (None, Some(cell)) => self.of_lattice(&cell, self.cell.resolution, bytes_a_voxel),
            (None, None) => Err("give an image, or --cell and --fraction".into()),
        }
    }

    /// The same in voxels of half the edge: the field of a lattice or the inside of a mesh taken
    /// anew, voxels of an image split.
    ///
    /// # Errors
    /// As [`Segmentation::voxels`].
    pub fn finer(&self, voxels: &Voxels, bytes_a_voxel: u64) -> Result<Voxels, AnyError> {
        match (&self.image, self.cell.chosen()) {
            (None, Some(cell)) => self.of_lattice(&cell, 2 * voxels.size[0], bytes_a_voxel),
            (Some(path), _) if is_mesh(path) => {
                let half = voxels.edge_mm().map(|edge| 0.5 * edge);
                self.of_image(path, half, bytes_a_voxel)
            }
            _ => {
                let size = voxels.size.map(|n| 2 * n);
                let needed = voxel_count(size).saturating_mul(1 + bytes_a_voxel);
                memory::check(Path::new(&self.name()), size, needed, self.memory.bytes())?;
                Ok(split(voxels)?)
            }
        }
    }

    fn of_lattice(
        &self,
        cell: &LatticeCell<'_>,
        n: usize,
        bytes_a_voxel: u64,
    ) -> Result<Voxels, AnyError> {
        let needed = voxel_count([n; 3]).saturating_mul(1 + bytes_a_voxel.max(CELL_BYTES));
        memory::check(Path::new(cell.word), [n; 3], needed, self.memory.bytes())?;
        let CellVoxels { solid, step_periods } = cell.voxels(n, &progress::job())?;
        Ok(Voxels::new([n; 3], [self.period * step_periods; 3], solid)?)
    }

    fn of_image(
        &self,
        path: &Path,
        voxel_mm: Option<f64>,
        bytes_a_voxel: u64,
    ) -> Result<Voxels, AnyError> {
        let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let needs = |grid: &Grid<Lps>| {
            let work = voxel_count(resampling::grid(grid, self.resample).size);
            let resampled = resampling::byte_count(grid, self.resample);
            work.saturating_mul(1 + bytes_a_voxel).max(two_copies(grid)).max(resampled)
        };
        let image = read(&Wanted {
            path,
            voxel_mm,
            array: self.array.as_deref(),
            needs: &needs,
            byte_count_max: self.memory.bytes(),
        })?;
        // Two values become many where voxels do not lie as before.
        let (image, values) = numbers(image);
        let threshold = threshold(&values, self.threshold).map_err(|e| told(&e))?;
        let image = Image { values: Values::F32(values), ..image };
        let image = resampling::made(image, self.resample, Content::Grey, resampling::OPTION);
        let (image, values) = numbers(image.map_err(|e| told(&e))?);
        image.findings.iter().for_each(progress::finding);
        let solid = values.iter().map(|&v| f64::from(v) >= threshold).collect();
        Ok(Voxels::new(image.grid.size, image.grid.spacing, solid)?)
    }
}

/// Each voxel as eight.
fn split(voxels: &Voxels) -> Result<Voxels, VoxelsError> {
    let size = voxels.size.map(|n| 2 * n);
    let whole = |n: usize| {
        let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
        voxels.solid[voxels.index(at.map(|i| i / 2))]
    };
    let solid = (0..size.iter().product()).map(whole).collect();
    Voxels::new(size, voxels.spacing_mm.map(|s| 0.5 * s), solid)
}

/// An image without its values, and those in single precision.
fn numbers(mut image: Image) -> (Image, Vec<f32>) {
    let values = std::mem::replace(&mut image.values, Values::F32(Vec::new()));
    (image, values.into_f32())
}

/// The value at and above which voxels are solid: the stated one, or the middle of two values.
///
/// # Errors
/// An image of more than two values without a stated one.
pub fn threshold(values: &[f32], stated: Option<f64>) -> Result<f64, String> {
    stated.or_else(|| between(values)).ok_or_else(|| {
        let (low, high) = range(values);
        format!("it holds grey values from {low} to {high}: give --threshold")
    })
}

fn range(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)))
}

/// The middle between the values of an image that has two at most.
fn between(values: &[f32]) -> Option<f64> {
    let (low, high) = range(values);
    let two = values.iter().all(|&v| v == low || v == high);
    // An image of one value is all solid unless that value is nought.
    let middle = if low == high { f64::from(high) - 0.5 } else { f64::from(low + high) / 2.0 };
    two.then_some(if high == 0.0 { 0.5 } else { middle })
}

/// What lies beyond the faces of an image.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Edge {
    /// The image holds a whole body.
    Void,
    /// The image is cut from a larger sample.
    Unseen,
    /// The image is one cell of a periodic structure.
    Periodic,
}

impl Edge {
    /// As the command line has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Unseen => "unseen",
            Self::Periodic => "periodic",
        }
    }
}

impl From<Edge> for Beyond {
    fn from(edge: Edge) -> Self {
        match edge {
            Edge::Void => Self::Void,
            Edge::Unseen => Self::Unseen,
            Edge::Periodic => Self::Periodic,
        }
    }
}
