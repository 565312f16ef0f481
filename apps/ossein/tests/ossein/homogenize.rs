//! `ossein homogenize` as a person calls it.

use crate::common;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn folder() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("homogenize");
    fs::create_dir_all(&path).unwrap();
    path
}

/// Runs the command, asks for an exit status, and gives what it prints and says.
#[track_caller]
fn run(arguments: &[&str], status: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ossein"));
    let output = command.arg("homogenize").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{said}");
    (printed, said)
}

#[track_caller]
fn refused(arguments: &[&str], part: &str) {
    let (_, said) = run(arguments, 1);
    assert!(said.contains(part), "`{part}` is not in: {said}");
}

/// An `.npy` image of bytes, `[k][j][i]`.
fn npy(name: &str, [i, j, k]: [usize; 3], value: impl Fn(usize) -> u8) -> String {
    let mut header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({k}, {j}, {i}), }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend((0..i * j * k).map(value));
    let path = folder().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().into()
}

/// Layers of two materials across z, exact on any grid.
#[test]
fn a_laminate_from_an_image_is_exact() {
    let image = npy("laminate.npy", [3, 4, 8], |n| 1 + u8::from(n / 12 < 4));
    let materials = ["--material", "1:110000:0.3", "--material", "2:17000:0.3"];
    let arguments: Vec<&str> = [image.as_str(), "--json"].into_iter().chain(materials).collect();
    let (printed, _) = run(&arguments, 0);
    let figures: Value = serde_json::from_str(&printed).unwrap();
    let entry = |a: usize, b: usize| figures["stiffness_mpa"][a][b].as_f64().unwrap();
    for (a, b, exact) in [(0, 0, 77_061.521), (2, 2, 39_642.641), (0, 2, 16_989.703)] {
        assert!((entry(a, b) / exact - 1.0).abs() < 1e-6, "{a} {b}: {}", entry(a, b));
    }
    refused(&[&image, "--material", "1:110000:0.3"], "--material names 1");
    refused(&[&image, "--material", "1:0:0.3"], "a Young's modulus of 0 MPa");
    refused(&[&image, "--material", "1:9"], "LABEL:E:NU");
}

#[test]
fn a_lattice_is_homogenized_and_drawn() {
    let picture = folder().join("surface.png");
    let path = picture.to_str().unwrap();
    let arguments = ["--cell", "gyroid", "--fraction", "0.3", "--resolution", "16", "--json"];
    let (printed, _) = run(&[&arguments[..], &["--picture", path]].concat(), 0);
    let figures: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(figures["strains_solved"], 2);
    let bulk = figures["bulk_mpa"].as_f64().unwrap();
    assert!(bulk > 0.0 && bulk < figures["bulk_bound_mpa"].as_f64().unwrap());
    assert!(figures["relative_change"].as_f64().unwrap() < 0.5);
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_is_wrong_is_named() {
    let (printed, said) =
        run(&["--cell", "primitive", "--fraction", "0.1", "--resolution", "16"], 2);
    assert!(said.contains("does not hold together"), "{said}");
    assert!(printed.contains("0.00"));
    refused(&["--cell", "gyroid"], "give an image, or --cell and --fraction");
    refused(&["--cell", "nothing", "--fraction", "0.3"], "lattices are gyroid");
    refused(&["--cell", "gyroid", "--fraction", "1.5"], "--fraction 1.5");
    refused(&["--cell", "gyroid", "--fraction", "0.3", "--poisson", "0.5"], "ratio of 0.5");
    refused(&["--cell", "gyroid", "--fraction", "0.3", "--resolution", "3"], "3 voxels");
    refused(&["--cell", "gyroid", "--fraction", "0.3", "--memory", "1"], "1048576 are allowed");
    refused(&["nowhere.npy"], "nowhere.npy");
    let void = npy("void.npy", [4, 4, 4], |_| 0);
    refused(&[&void], "");
}

/// Layers of solid and void as a folder of TIFF slices, and as a mesh: along the layers half the
/// solid's plane-stress stiffness, across them none.
#[test]
fn slices_and_meshes_are_cells_too() {
    let folder = common::Folder::new("cells");
    std::fs::create_dir(folder.path("slices")).unwrap();
    for k in 0..4 {
        folder.put(&format!("slices/{k}.tif"), common::tiff([u8::from(k < 2); 16]));
    }
    // Two layers of 4 x 4 x 2 mm with as much void above each.
    let boxes = [[[0.0; 3], [4.0, 4.0, 2.0]], [[0.0, 0.0, 4.0], [4.0, 4.0, 5.0]]];
    folder.put("layers.stl", common::stl(&boxes));
    let plate = 1000.0 / (1.0 - 0.09);
    for (image, share) in [("slices", 0.5), ("layers.stl", 0.6)] {
        let path = folder.path(image);
        let arguments = [&path, "--voxel", "1", "--modulus", "1000", "--json"];
        let (printed, said) = run(&arguments, 2);
        assert!(said.contains("does not hold together"), "{said}");
        let figures: Value = serde_json::from_str(&printed).unwrap();
        let near = |a: usize, b: usize, expected: f64| {
            let c = figures["stiffness_mpa"][a][b].as_f64().unwrap();
            assert!((c - expected).abs() < 1e-3, "{image} C{a}{b}: {c} for {expected}");
        };
        near(0, 0, share * plate);
        near(1, 1, share * plate);
        near(0, 1, share * 0.3 * plate);
        near(5, 5, share * 1000.0 / 2.6);
        near(2, 2, 0.0);
    }
    // One slab in a mesh fills its own box: it is its solid.
    folder.put("slab.stl", common::stl(&[[[0.0; 3], [3.0, 2.0, 1.0]]]));
    let arguments = [&folder.path("slab.stl"), "--voxel", "0.5", "--modulus", "1000", "--json"];
    let (printed, _) = run(&arguments, 0);
    let figures: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(figures["size"], serde_json::json!([6, 4, 2]));
    for axis in 0..3 {
        let young = figures["engineering"]["young_mpa"][axis].as_f64().unwrap();
        assert!((young / 1000.0 - 1.0).abs() < 1e-5, "{young}");
    }
    refused(&[&folder.path("slab.stl")], "a mesh needs the edge of its voxels");
}
