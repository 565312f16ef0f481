//! Image files that carry no frame of a patient: NumPy arrays and TIFF stacks, beside the others.

use ossein_geom::{Finding, Grid, Lps};

use crate::image::{Image, ImageError, read_image};
use crate::{npy, raster, tiff_stack};

/// Reads any image file of ours by the ending of its name, or else by its first bytes.
///
/// `spacing_mm` holds along `i`, `j`, `k` and replaces what the file says; a file that says nothing
/// gets 1 mm and a finding.
///
/// # Errors
/// [`ImageError`]: unknown, damaged, or larger than `byte_count_max` in memory.
pub fn read_plain(
    name: &str,
    bytes: &[u8],
    spacing_mm: Option<[f64; 3]>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let name = name.to_lowercase();
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&[".npy"]) || bytes.starts_with(npy::MAGIC) {
        return npy::read(bytes, spacing_mm, byte_count_max);
    }
    if ends(&[".npz"]) || bytes.starts_with(b"PK\x03\x04") {
        return npy::read_npz(bytes, None, spacing_mm, byte_count_max);
    }
    if ends(&[".tif", ".tiff"]) || tiff_stack::looks_like(bytes) {
        return tiff_stack::read(&[bytes], spacing_mm, byte_count_max);
    }
    let mut image = read_image(&name, bytes, byte_count_max)?;
    if let Some(spacing) = spacing_mm {
        let steps = [0, 1, 2].map(|a| (image.grid.axes[a] * spacing[a]).array());
        image.grid = raster::grid(image.grid.origin.array(), steps, image.grid.size)?;
    }
    Ok(image)
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
