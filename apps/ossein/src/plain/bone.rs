//! Bones of the plain commands: meshes, label maps and scans as closed surfaces.

use std::path::Path;

use ossein_anatomy::{SURFACE_LEVEL, occupancy};
use ossein_geom::{Job, Lps, TriMesh, Volume};
use ossein_mesh::iso_surface;
use ossein_scan::Values;
use ossein_shape::piece::largest_piece;

use super::{image, memory, part};
use crate::commands::AnyError;
use crate::plain::number::finite;

/// What of an image is bone.
#[derive(clap::Args, Clone, Debug)]
pub struct Which {
    /// Labels of a label map that are the bone; without it all that are not nought.
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub label: Vec<u16>,
    /// Values of a scan from here on are bone, HU.
    #[arg(
        long,
        value_name = "HU",
        conflicts_with = "label",
        allow_negative_numbers = true,
        value_parser = finite
    )]
    pub level: Option<f64>,
}

/// A bone, and what it was cut out of.
pub struct Bone {
    /// Its surface.
    pub mesh: TriMesh<Lps>,
    /// The image and the value from which on it is bone; none of a mesh.
    pub image: Option<(Volume<i16>, f64)>,
}

/// Reads a bone's surface: a mesh as it is; of a label map or a scan the largest piece.
///
/// # Errors
/// The path with what is wrong: no bone in the image, a scan without a level.
pub fn read(path: &Path, which: &Which, job: &Job) -> Result<TriMesh<Lps>, AnyError> {
    read_with_image(path, which, job).map(|bone| bone.mesh)
}

/// Reads a bone as [`read`] does, and keeps its image.
///
/// # Errors
/// Those of [`read`].
pub fn read_with_image(path: &Path, which: &Which, job: &Job) -> Result<Bone, AnyError> {
    if image::is_mesh(path) {
        return Ok(Bone { mesh: part::read(path)?, image: None });
    }
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let (needs, byte_count_max) = (&image::two_copies, memory::available());
    let wanted = image::Wanted { path, voxel_mm: None, array: None, needs, byte_count_max };
    let image = image::read(&wanted)?;
    let (volume, level) = match which.level {
        Some(level) => (image.into_hu(), level),
        None if matches!(image.values, Values::F32(_)) => {
            return Err(told(&"it holds grey values: give --level"));
        }
        None => {
            let map = image.to_labels().map_err(|e| told(&e))?;
            (of_labels(&map, &which.label).map_err(|e| told(&e))?, SURFACE_LEVEL)
        }
    };
    let mesh = iso_surface(&volume, level, job).map_err(|e| told(&e))?.into_mesh();
    match mesh.triangles.is_empty() {
        true => Err(told(&format!("nothing in it reaches {level}"))),
        false => Ok(Bone { mesh: largest_piece(&mesh), image: Some((volume, level)) }),
    }
}

fn of_labels(map: &Volume<u16>, labels: &[u16]) -> Result<Volume<i16>, String> {
    let mut there: Vec<u16> = map.values.clone();
    there.sort_unstable();
    there.dedup();
    there.retain(|&label| label != 0);
    let wanted = if labels.is_empty() { &there } else { labels };
    if let Some(label) = wanted.iter().find(|label| !there.contains(label)) {
        return Err(format!("no voxel has label {label}; {there:?} are there"));
    }
    occupancy(map, wanted).ok_or_else(|| "every voxel is 0: there is no bone".to_owned())
}
