//! Label maps and surfaces that are not what the recipe says: refused with file, place and reason.

use std::fs;
use std::path::PathBuf;

use ossein_case::steps::{labels, road};
use ossein_case::{Recipe, RunOptions, run};
use ossein_geom::{Grid, Job, Point, Volume};
use ossein_scan::{InProcess, meta_image, nifti};

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("ossein-maps-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A block of bone (2), teeth in its top (4), teeth over them (3).
fn map(spacing: f64) -> Volume<u16> {
    let grid = Grid::aligned(Point::ORIGIN, [spacing; 3], [40, 20, 60]);
    let value = |n: usize| match grid.voxel(n) {
        [i, j, k] if i % 8 > 1 && (6..14).contains(&j) && (12..32).contains(&k) => 4,
        [i, j, k] if i % 8 > 1 && (6..14).contains(&j) && (34..54).contains(&k) => 3,
        [_, _, k] if k < 22 => 2,
        _ => 0,
    };
    Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect())
}

fn recipe(kind: &str, path: &str, rest: &str) -> Recipe {
    let text =
        format!("[case]\nid = \"x\"\nkind = \"{kind}\"\n[scan]\npath = \"{path}\"\n{rest}\n");
    Recipe::parse(&text, "case.toml").unwrap()
}

/// A jaw's table for a file of the folder; every part of `said` stands in the error.
#[track_caller]
fn refused(folder: &Folder, file: &str, table: &str, said: &[&str]) {
    let rest = format!("[segmentation]\ntable = {{ {table} }}");
    let recipe = recipe("mandible_segment_replacement", file, &rest);
    let error = labels::check(&recipe, &folder.0).expect_err("refused").to_string();
    for part in said {
        assert!(error.contains(part), "`{part}` is not in:\n{error}");
    }
}

const BOTH: &str = "2 = \"mandible\", 4 = \"lower_teeth\"";

#[test]
fn labels_that_the_map_has_not_or_has_twice_are_refused() {
    let folder = Folder::new("names");
    folder.write("map.nii.gz", &nifti::write_labels(&map(0.5)));
    let rest = format!("[segmentation]\ntable = {{ {BOTH} }}");
    let sound = recipe("mandible_segment_replacement", "map.nii.gz", &rest);
    assert!(labels::check(&sound, &folder.0).is_ok());
    let said =
        ["map.nii.gz", "no voxel carries label 7", "`mandibular_canal`", "there are 2, 3, 4"];
    refused(&folder, "map.nii.gz", &format!("{BOTH}, 7 = \"mandibular_canal\""), &said);
    let twice = format!("{BOTH}, 3 = \"lower_teeth\"");
    refused(&folder, "map.nii.gz", &twice, &["labels 3 and 4 are both named `lower_teeth`"]);
    let other = "2 = \"mandible\", 3 = \"lower_teeth\"";
    let said = ["map.nii.gz", "label 3", "`lower_teeth`", "0.0 %", "exchanged"];
    refused(&folder, "map.nii.gz", other, &said);
}

#[test]
fn values_that_are_no_labels_are_refused_with_their_voxel() {
    let folder = Folder::new("values");
    for value in [0.5f32, f32::NAN, -1.0, 70_000.0] {
        let head = "ObjectType = Image\nNDims = 3\nDimSize = 4 5 6\nElementSpacing = 2 2 2\n\
                    Offset = 0 0 0\nElementType = MET_FLOAT\nElementByteOrderMSB = False\n\
                    ElementDataFile = LOCAL\n";
        let mut values = vec![2.0f32; 120];
        values[4 * 5 * 2 + 4 * 3 + 1] = value;
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        folder.write("map.mha", &bytes);
        let said = ["map.mha", &format!("voxel (1, 3, 2) is {value}")];
        refused(&folder, "map.mha", "2 = \"mandible\"", &said);
    }
}

#[test]
fn a_map_in_metres_is_refused() {
    let folder = Folder::new("metres");
    folder.write("map.nii.gz", &nifti::write_labels(&map(0.0005)));
    refused(&folder, "map.nii.gz", BOTH, &["map.nii.gz", "0.030 mm long", "metres"]);
}

/// Runs a case up to its plan; every part of `said` stands in the error.
#[track_caller]
fn plan_refused(folder: &Folder, recipe: &Recipe, said: &[&str]) {
    let decoder = &InProcess;
    let options = RunOptions { until: Some("plan"), dry_run: false, decoder, listener: &|_| {} };
    let error = run(&folder.0, recipe, road(recipe).steps, &options, &Job::quiet()).unwrap_err();
    let error: &dyn std::error::Error = &error;
    let error = format!("{error} {}", error.source().map(|e| e.to_string()).unwrap_or_default());
    for part in said {
        assert!(error.contains(part), "`{part}` is not in:\n{error}");
    }
}

/// A ball of bone in air.
fn scan() -> Volume<i16> {
    let grid = Grid::aligned(Point::ORIGIN, [1.0; 3], [60; 3]);
    let middle = Point::new(29.0, 30.0, 31.0);
    let value =
        |n: usize| if grid.center(grid.voxel(n)).distance(middle) < 20.0 { 900 } else { -1000 };
    Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect())
}

#[test]
fn an_empty_defect_map_is_refused() {
    let folder = Folder::new("defect");
    folder.write("scan.mha", &meta_image::write(&scan()));
    folder.write("defect.nii.gz", &nifti::write_labels(&map(0.5).map(|_| 0)));
    let recipe = recipe("cranioplasty", "scan.mha", "[plan]\ndefect = \"defect.nii.gz\"");
    plan_refused(&folder, &recipe, &["defect.nii.gz", "every voxel is 0"]);
    // One that lies beside the scan.
    let mut far = map(0.5);
    far.grid.origin = Point::new(500.0, 0.0, 0.0);
    folder.write("defect.nii.gz", &nifti::write_labels(&far));
    plan_refused(&folder, &recipe, &["defect.nii.gz", "no bone lies in the label map"]);
}

#[test]
fn an_empty_target_is_refused_with_its_name() {
    let folder = Folder::new("target");
    folder.write("scan.mha", &meta_image::write(&scan()));
    let head = "ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\n\
                property float z\nelement face 0\nproperty list uchar int vertex_indices\nend_header\n";
    folder.write("face.ply", head.as_bytes());
    let plan = "[plan]\ntarget = \"face.ply\"\ncentre_mm = [49.0, 30.0, 31.0]";
    let recipe = recipe("facial_onlay", "scan.mha", plan);
    plan_refused(&folder, &recipe, &["[plan] target", "face.ply", "no triangle"]);
}
