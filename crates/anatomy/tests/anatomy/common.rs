//! Real label maps and scans; a test says so where they are absent.

use std::path::{Path, PathBuf};

use ossein_geom::Volume;
use ossein_scan::image::read_image;

/// Most bytes that a volume may take.
pub const LIMIT: u64 = 2_000_000_000;

/// A folder of the shared data.
pub fn data(name: &str) -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from).join(name);
    if !path.exists() {
        println!("skipped: no {name} in the test data");
        return None;
    }
    Some(path)
}

/// A label map.
pub fn labels(path: &Path) -> Volume<u16> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    read_image(&name, &std::fs::read(path).unwrap(), LIMIT).unwrap().to_labels().unwrap()
}

/// A face with both jaws, their teeth and the mandibular canal.
pub fn cmf() -> Option<Volume<u16>> {
    Some(labels(&data("cmf-labels")?.join("PostDentalSurgery_Segmentation.nii.gz")))
}
