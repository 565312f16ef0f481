//! Images of the plain commands: image files, folders of TIFF slices, and meshes made into voxels.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ossein_field::Block;
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Aabb, Grid, Lps, Point};
use ossein_mesh::files;
use ossein_porous::Voxels;
use ossein_scan::head::read_head;
use ossein_scan::plain::{Known, read_plain};
use ossein_scan::{Image, Values, tiff_stack};

use super::memory;
use super::resampling::sides;
use super::{file, part};
use crate::commands::AnyError;
use crate::progress;

/// Slices of a folder at most.
const SLICE_COUNT_MAX: usize = 16_384;
/// Edges that differ by a smaller part are the same.
const SAME_EDGE: f64 = 1e-4;

/// An image to be read, and what the work on it takes.
pub struct Wanted<'a> {
    /// A file, a folder of TIFF slices, or a mesh.
    pub path: &'a Path,
    /// Edge of a voxel, where the file does not state it; a mesh is cut into voxels of it.
    pub voxel_mm: Option<f64>,
    /// Name of an array, of an archive that holds several.
    pub array: Option<&'a str>,
    /// Bytes that the work takes at least on voxels of this grid, their values among them.
    pub needs: &'a dyn Fn(&Grid<Lps>) -> u64,
    /// Bytes that it may take.
    pub byte_count_max: u64,
}

/// Bytes of an image of so many voxels beside a copy of it in single precision.
pub fn two_copies(grid: &Grid<Lps>) -> u64 {
    voxel_count(grid.size).saturating_mul(8)
}

/// Voxels of an image, or more than there can be.
pub fn voxel_count(size: [usize; 3]) -> u64 {
    size.iter().fold(1u64, |n, &s| n.saturating_mul(s as u64))
}

impl Wanted<'_> {
    fn told(&self, error: &dyn std::fmt::Display) -> AnyError {
        format!("{}: {error}", self.path.display()).into()
    }

    /// Refuses an image whose work needs too much; `reading` is what reading alone takes.
    fn check(&self, grid: &Grid<Lps>, reading: u64) -> Result<(), AnyError> {
        let needed = reading.max((self.needs)(grid));
        Ok(memory::check(self.path, grid.size, needed, self.byte_count_max)?)
    }

    fn spacing_mm(&self) -> Option<[f64; 3]> {
        self.voxel_mm.map(|edge| [edge; 3])
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Reads an image: NIfTI, NRRD, MetaImage, NumPy, a TIFF stack, a folder of TIFF slices in the
/// order of their names, or a mesh whose inside becomes label 1 in voxels of `voxel_mm`. What is too
/// large is refused by its head, before its values are read.
///
/// # Errors
/// The path with what is wrong; the first voxel that is no number; a mesh without `voxel_mm`;
/// [`TooLarge`](memory::TooLarge).
pub fn read(wanted: &Wanted<'_>) -> Result<Image, AnyError> {
    let told = |e: &dyn std::fmt::Display| wanted.told(e);
    let voxel_mm = wanted.voxel_mm;
    if let Some(voxel_mm) = voxel_mm
        && !(voxel_mm.is_finite() && voxel_mm > 0.0)
    {
        return Err(told(&format!("a voxel of {voxel_mm} mm")));
    }
    if is_mesh(wanted.path) {
        let step = voxel_mm.ok_or_else(|| told(&"a mesh needs the edge of its voxels in mm"))?;
        return voxelised(wanted, step);
    }
    let image = if wanted.path.is_dir() { slices(wanted)? } else { one_file(wanted)? };
    if let Values::F32(values) = &image.values
        && let Some(at) = values.iter().position(|v| !v.is_finite())
    {
        let [i, j, k] = image.grid.voxel(at);
        return Err(told(&format!("voxel ({i}, {j}, {k}) is {}", values[at])));
    }
    Ok(image)
}

fn one_file(wanted: &Wanted<'_>) -> Result<Image, AnyError> {
    let told = |e: &dyn std::fmt::Display| wanted.told(e);
    let name = wanted.name();
    let silent = states_no_edge(wanted.path);
    let known = Known { spacing_mm: wanted.spacing_mm().filter(|_| silent), array: wanted.array };
    let mut from = BufReader::new(File::open(wanted.path).map_err(|e| told(&e))?);
    let head = read_head(&name, &mut from, known).map_err(|e| told(&e))?;
    wanted.check(&head.grid, head.byte_count)?;
    let bytes = file::read(wanted.path)?;
    let read = read_plain(&name, &bytes, known, wanted.byte_count_max);
    let image = read.map_err(|e| told(&e))?;
    if let Some(edge) = wanted.voxel_mm.filter(|_| !silent) {
        agree(&image, edge).map_err(|e| told(&e))?;
    }
    Ok(image)
}

/// That the edge given is that of a file that states its own.
fn agree(image: &Image, voxel_mm: f64) -> Result<(), String> {
    let stated = image.grid.spacing;
    match stated.iter().all(|mm| (mm / voxel_mm - 1.0).abs() < SAME_EDGE) {
        true => Ok(()),
        false => Err(format!(
            "its voxels are {} mm by its own word; {voxel_mm} mm is not: leave that out",
            sides(stated)
        )),
    }
}

/// Whether a file is of a format that does not state the edge of its voxels, by its name.
pub fn states_no_edge(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    ["npy", "npz", "tif", "tiff"].iter().any(|ending| name.ends_with(ending)) || path.is_dir()
}

/// Whether a file is a mesh, by the ending of its name.
pub fn is_mesh(path: &Path) -> bool {
    files::format_of(&path.to_string_lossy()).is_some()
}

/// A folder's TIFF files as one stack, in the order of their names.
fn slices(wanted: &Wanted<'_>) -> Result<Image, AnyError> {
    let told = |e: &dyn std::fmt::Display| wanted.told(e);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(wanted.path).map_err(|e| told(&e))? {
        let path = entry.map_err(|e| told(&e))?.path();
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if ending == "tif" || ending == "tiff" {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() || paths.len() > SLICE_COUNT_MAX {
        let count = paths.len();
        return Err(told(&format!("{count} TIFF files; 1 to {SLICE_COUNT_MAX} are possible")));
    }
    let open = |n: usize| File::open(&paths[n]).map(BufReader::new);
    let head = tiff_stack::read_head(paths.len(), open, wanted.spacing_mm());
    let head = head.map_err(|e| told(&e))?;
    wanted.check(&head.grid, head.byte_count)?;
    let bytes: Result<Vec<Vec<u8>>, AnyError> = paths.iter().map(|path| file::read(path)).collect();
    let bytes = bytes?;
    let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    let read = tiff_stack::read(&parts, wanted.spacing_mm(), wanted.byte_count_max);
    read.map_err(|e| told(&e))
}

/// The inside of a mesh as label 1, in cubes of the largest edge up to `step_mm` that divides its
/// height.
fn voxelised(wanted: &Wanted<'_>, step_mm: f64) -> Result<Image, AnyError> {
    let told = |e: &dyn std::fmt::Display| wanted.told(e);
    let solid = MeshField::new(&part::read(wanted.path)?).map_err(|e| told(&e))?;
    if !solid.is_closed() {
        let count = solid.open_edge_count();
        let hint = "`ossein mesh repair` makes a closed one";
        return Err(told(&format!("{count} edges are open: what is inside is a guess; {hint}")));
    }
    let block = voxels_of(&ossein_field::Field::bounds(&solid), step_mm)
        .ok_or_else(|| told(&format!("voxels of {step_mm} mm: it has no height")))?;
    let grid = Grid::aligned(block.origin, block.step, block.size);
    wanted.check(&grid, two_copies(&grid))?;
    let job = progress::job().labelled("voxels");
    let voxels = Voxels::from_field(&solid, &block, wanted.byte_count_max, &job);
    let voxels = voxels.map_err(|e| told(&e))?;
    progress::clear();
    if voxels.solid_count() == 0 {
        return Err(told(&format!("no voxel of {} mm has its middle inside", block.step[0])));
    }
    Ok(Image {
        format: "mesh",
        grid,
        values: Values::I16(voxels.solid.iter().map(|&s| i16::from(s)).collect()),
        findings: Vec::new(),
    })
}

/// The middles of cubes that fill a box: as many layers as fit its height exactly, and so many
/// across that both sides stand out alike.
fn voxels_of(bounds: &Aabb<Lps>, step_mm: f64) -> Option<Block<Lps>> {
    let extent = bounds.size().array();
    // A box whose edge is a whole number of steps has that many, whatever the rounding.
    let count = |length: f64, step: f64| (length / step - 1e-6).ceil().max(1.0);
    let step = extent[2] / count(extent[2], step_mm);
    if !(step > 0.0) {
        return None;
    }
    let counts = extent.map(|length| count(length, step));
    let middle = bounds.center().array();
    let first = [0, 1, 2].map(|a| middle[a] - 0.5 * (counts[a] - 1.0) * step);
    let [x, y, z] = first;
    Some(Block { origin: Point::new(x, y, z), step: [step; 3], size: counts.map(|n| n as usize) })
}
