//! Images whose voxels are no cubes, as scanners make them: refused by name, and resampled on demand.

use crate::common::{Folder, ossein};
use ossein_geom::{Grid, Lps, Point, Volume};
use ossein_scan::nifti;

/// Labels in voxels of 0.4 x 0.4 x 0.8 mm.
fn labels(size: [usize; 3], label: impl Fn([usize; 3]) -> u16) -> Vec<u8> {
    let grid: Grid<Lps> = Grid::aligned(Point::new(7.0, 8.0, 9.0), [0.4, 0.4, 0.8], size);
    let values = (0..grid.voxel_count()).map(|n| label(grid.voxel(n))).collect();
    nifti::write_labels(&Volume::new(grid, values))
}

/// A column of two materials, one above the other: springs in a row.
#[test]
fn a_column_of_thick_slices_is_solved_in_cubes() {
    let folder = Folder::new("thick");
    folder.put("ct.nii.gz", labels([6, 6, 6], |[_, _, k]| if k < 3 { 5 } else { 9 }));
    let model = |image: &str| {
        let material = |label, modulus| {
            format!("[[material]]\nlabel = {label}\nmodulus_mpa = {modulus}\npoisson = 0\n")
        };
        let load = "[[load]]\nname = \"press\"\nstrain = -0.01\n";
        let image = format!("[image]\npath = \"ct.nii.gz\"\n{image}\n");
        let text = image + &material(5, 1000) + &material(9, 3000) + load;
        folder.put("model.toml", text);
        folder.path("model.toml")
    };
    let (_, said) = ossein(&["solve", &model("")], 1);
    let words = "ct.nii.gz: its voxels are 0.4 x 0.4 x 0.8 mm and must be cubes";
    // The file states its edges in single precision.
    assert!(
        said.contains("must be cubes") && said.contains("`resample_mm = 0.4"),
        "{said} {words}"
    );
    for (edge, size) in [(0.4, [6, 6, 12]), (0.8, [3, 3, 6])] {
        let (json, _) = ossein(&["solve", &model(&format!("resample_mm = {edge}")), "--json"], 0);
        assert_eq!(json["model"]["size"], serde_json::json!(size), "{json}");
        let modulus = json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap();
        assert!((modulus / 1500.0 - 1.0).abs() < 1e-5, "{edge}: {modulus}");
        assert_eq!(json["findings"], serde_json::json!([]), "{json}");
    }
    // 2.4 x 2.4 x 4.8 mm in cubes of 0.7 mm.
    let (json, said) = ossein(&["solve", &model("resample_mm = 0.7"), "--json"], 0);
    assert_eq!(json["model"]["size"], serde_json::json!([3, 3, 7]));
    assert!(said.contains("take 2.1 x 2.1 x 4.9 mm for the image's 2.4 x 2.4 x 4.8 mm"), "{said}");
    let (_, said) = ossein(&["solve", &model("resample_mm = 0")], 1);
    assert!(said.contains("[image] resample_mm = 0; above 0"), "{said}");
}

/// Two plates of 1.6 mm with a slit of 1.6 mm between them, seen in slices of 0.8 mm.
#[test]
fn plates_of_thick_slices_are_measured_in_cubes() {
    let folder = Folder::new("thick-plates");
    folder.put("ct.nii.gz", labels([8, 8, 6], |[_, _, k]| u16::from(k / 2 != 1)));
    let path = folder.path("ct.nii.gz");
    for command in ["morphometry", "permeability", "homogenize"] {
        let (_, said) = ossein(&[command, &path], 1);
        assert!(said.contains("must be cubes: `--resample 0.4` makes them so"), "{said}");
    }
    let resample = ["--resample", "0.4", "--json"];
    let words = [&["morphometry", &path, "--edge", "void"], &resample[..]].concat();
    let (json, _) = ossein(&words, 0);
    assert_eq!(json["size"], serde_json::json!([8, 8, 12]));
    let near = |value: &serde_json::Value, exact: f64, part: f64| {
        let value = value.as_f64().unwrap();
        assert!((value / exact - 1.0).abs() < part, "{value} for {exact}");
    };
    near(&json["morphometry"]["BV/TV"], 2.0 / 3.0, 1e-9);
    near(&json["morphometry"]["Tb.Th"], 1.6, 1e-5);
    let (json, _) = ossein(&[&["permeability", &path], &resample[..]].concat(), 0);
    // A third of the section flows, h^2 / 12 of it, and with n voxels across 2 / n^2 of that more:
    // the mean of a parabola's values in their middles.
    let exact = 1.6 * 1.6 / 12.0 / 3.0 * (1.0 + 2.0 / 16.0);
    near(&json["permeability"]["tensor_mm2"][0][0], exact, 1e-4);
    // Two plates apart.
    let (json, _) = ossein(&[&["homogenize", &path], &resample[..]].concat(), 2);
    near(&json["solid_fraction"], 2.0 / 3.0, 1e-9);
    let (_, said) = ossein(&["morphometry", &path, "--resample=-1"], 1);
    assert!(said.contains("a number above 0"), "{said}");
}
