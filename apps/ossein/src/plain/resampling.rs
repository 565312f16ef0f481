//! Images whose voxels must be cubes: told how, and resampled where that is asked for.

use ossein_geom::{Finding, Grid, Lps};
use ossein_scan::Image;
use ossein_scan::resample::{Content, cubes, resample};

use super::image::voxel_count;

/// How cubes are asked for, before the number.
pub type Asked = &'static str;
/// On the command line.
pub const OPTION: Asked = "--resample ";
/// In a model file.
pub const KEY: Asked = "resample_mm = ";

/// Voxel edges that differ by more than this part are no cubes.
const CUBE_TOLERANCE: f64 = 1e-3;
/// A part of a voxel that the box of an image may lose or gain unsaid.
const SAME_BOX: f64 = 1e-3;

/// A length without what single precision adds to it.
pub fn short(mm: f64) -> f64 {
    (mm * 1e6).round() / 1e6
}

/// Three lengths in words.
pub fn sides(mm: [f64; 3]) -> String {
    mm.map(|mm| short(mm).to_string()).join(" x ")
}

/// The grid that [`made`] gives.
pub fn grid(from: &Grid<Lps>, edge_mm: Option<f64>) -> Grid<Lps> {
    edge_mm.map_or_else(|| from.clone(), |edge| cubes(from, edge))
}

/// Bytes that resampling takes: values before, between and after.
pub fn byte_count(from: &Grid<Lps>, edge_mm: Option<f64>) -> u64 {
    let Some(edge) = edge_mm else { return 0 };
    let (before, after) = (voxel_count(from.size), voxel_count(cubes(from, edge).size));
    before.saturating_add(after).saturating_mul(4)
}

/// An image in cubes of `edge_mm`, or as it is where they are cubes already; a finding says what its
/// box lost or gained. `option` is what asks for cubes.
///
/// # Errors
/// Voxels that are no cubes, with what makes them so.
pub fn made(
    image: Image,
    edge_mm: Option<f64>,
    content: Content,
    option: Asked,
) -> Result<Image, String> {
    let [x, y, z] = image.grid.spacing;
    let Some(edge) = edge_mm else {
        let is_cube = (y / x - 1.0).abs() < CUBE_TOLERANCE && (z / x - 1.0).abs() < CUBE_TOLERANCE;
        let least = short(x.min(y).min(z));
        return is_cube.then_some(image).ok_or_else(|| {
            let edges = sides([x, y, z]);
            format!("its voxels are {edges} mm and must be cubes: `{option}{least}` makes them so")
        });
    };
    if image.format == "mesh" {
        return Err(format!("a mesh is cut into cubes as it is read: leave `{option}{edge}` out"));
    }
    let to = cubes(&image.grid, edge);
    let box_mm = |grid: &Grid<Lps>| [0, 1, 2].map(|a| grid.size[a] as f64 * grid.spacing[a]);
    let (old, new) = (box_mm(&image.grid), box_mm(&to));
    let mut image = resample(image, &to, content);
    if (0..3).any(|a| (old[a] - new[a]).abs() > SAME_BOX * edge) {
        let text = format!(
            "cubes of {edge} mm take {} mm for the image's {} mm, around the same middle",
            sides(new),
            sides(old)
        );
        image.findings.push(Finding::warning("image.resampled", "image", text));
    }
    Ok(image)
}
