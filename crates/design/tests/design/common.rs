//! A real label map and a real scan; a test says so where they are absent.

use std::path::{Path, PathBuf};

use ossein_geom::Volume;
use ossein_scan::image::{Image, read_image};

fn read(folder: &str, name: &str) -> Option<Image> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from);
    let Ok(bytes) = std::fs::read(root.join(folder).join(name)) else {
        println!("skipped: no {folder} in the test data");
        return None;
    };
    Some(read_image(name, &bytes, 2_000_000_000).unwrap())
}

/// A face with both jaws, their teeth and the mandibular canal.
pub fn cmf() -> Option<Volume<u16>> {
    Some(read("cmf-labels", "PostDentalSurgery_Segmentation.nii.gz")?.to_labels().unwrap())
}

/// A head; its header has the face behind.
pub fn cranium() -> Option<Volume<i16>> {
    Some(read("skull-ct", "cranium.nii.gz")?.into_hu())
}
