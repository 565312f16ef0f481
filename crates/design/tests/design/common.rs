//! A real label map; a test says so where it is absent.

use std::path::{Path, PathBuf};

use ossein_geom::Volume;
use ossein_scan::image::read_image;

/// A face with both jaws, their teeth and the mandibular canal.
pub fn cmf() -> Option<Volume<u16>> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from);
    let name = "PostDentalSurgery_Segmentation.nii.gz";
    let Ok(bytes) = std::fs::read(root.join("cmf-labels").join(name)) else {
        println!("skipped: no cmf-labels in the test data");
        return None;
    };
    Some(read_image(name, &bytes, 2_000_000_000).unwrap().to_labels().unwrap())
}
