//! Image files that carry no frame of a patient: NumPy arrays and TIFF stacks, beside the others.

use ossein_geom::{Finding, Grid, Lps};

use crate::image::{Image, ImageError, read_image};
use crate::{npy, raster, tiff_stack};

/// What a caller knows of an image file beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Edges of a voxel along `i`, `j`, `k`, in place of what the file says.
    pub spacing_mm: Option<[f64; 3]>,
    /// Name of an array in an archive of them.
    pub array: Option<&'a str>,
}

/// Formats that are told apart before those of [`read_image`].
pub(crate) enum Format {
    Npy,
    Npz,
    Tiff,
    Other,
}

impl Format {
    pub(crate) fn of(name: &str, start: &[u8]) -> Self {
        let name = name.to_lowercase();
        let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
        if ends(&[".npy"]) || start.starts_with(npy::MAGIC) {
            Self::Npy
        } else if ends(&[".npz"]) || start.starts_with(b"PK\x03\x04") {
            Self::Npz
        } else if ends(&[".tif", ".tiff"]) || tiff_stack::looks_like(start) {
            Self::Tiff
        } else {
            Self::Other
        }
    }
}

/// Reads any image file of ours by the ending of its name, or else by its first bytes.
///
/// A file that says nothing of its voxels, and of which nothing is known, gets 1 mm and a finding.
///
/// # Errors
/// [`ImageError`]: unknown, damaged, or larger than `byte_count_max` in memory.
pub fn read_plain(
    name: &str,
    bytes: &[u8],
    known: Known<'_>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let Known { spacing_mm, array } = known;
    match Format::of(name, bytes) {
        Format::Npy => return npy::read(bytes, spacing_mm, byte_count_max),
        Format::Npz => return npy::read_npz(bytes, array, spacing_mm, byte_count_max),
        Format::Tiff => return tiff_stack::read(&[bytes], spacing_mm, byte_count_max),
        Format::Other => {}
    }
    let mut image = read_image(name, bytes, byte_count_max)?;
    image.grid = with_spacing(image.grid, spacing_mm)?;
    Ok(image)
}

/// A grid with other edges of its voxels, where they are given.
pub(crate) fn with_spacing(
    grid: Grid<Lps>,
    spacing_mm: Option<[f64; 3]>,
) -> Result<Grid<Lps>, ImageError> {
    let Some(spacing) = spacing_mm else { return Ok(grid) };
    let steps = [0, 1, 2].map(|a| (grid.axes[a] * spacing[a]).array());
    raster::grid(grid.origin.array(), steps, grid.size)
}

/// A grid along the axes of its frame, from the origin; what was guessed goes to `findings`.
pub(crate) fn grid(
    size: [usize; 3],
    spacing_mm: Option<[f64; 3]>,
    findings: &mut Vec<Finding>,
) -> Result<Grid<Lps>, ImageError> {
    let [x, y, z] = spacing_mm.unwrap_or_else(|| {
        let text = "the file states no voxel size: 1 mm was taken";
        findings.push(Finding::warning("scan.spacing_unknown", "scan", text));
        [1.0; 3]
    });
    if [x, y, z].iter().any(|s| !(*s > 0.0)) {
        return Err(ImageError::Header { field: "spacing", found: format!("{:?}", [x, y, z]) });
    }
    raster::grid([0.0; 3], [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]], size)
}
