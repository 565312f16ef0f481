//! `ossein morphometry` and `ossein permeability` of a lattice's cell, without an image.

use crate::common::{Folder, npy, ossein, printed, stl};
use serde_json::Value;

#[track_caller]
fn near(value: &Value, exact: f64, part: f64) {
    let value = value.as_f64().unwrap();
    assert!((value / exact - 1.0).abs() < part, "{value} for {exact}");
}

/// The area of a primitive surface is 2.353 periods squared a cell (facts D3.7).
#[test]
fn a_cell_has_the_surface_of_its_lattice() {
    let words = ["morphometry", "--cell", "primitive", "--fraction", "0.5", "--period", "2"];
    let (json, _) = ossein(&[&words[..], &["--resolution", "64", "--json"]].concat(), 0);
    let figures = &json["morphometry"];
    near(&figures["BV/TV"], 0.5, 1e-4);
    near(&figures["TV"], 8.0, 1e-9);
    near(&figures["BS/TV"], 2.353 / 2.0, 0.01);
    // One labyrinth on each side, of genus 3: Euler number -2 a cell.
    assert_eq!(figures["Euler"]["by_faces"], -2, "{figures}");
    assert_eq!(json["pores"]["labyrinth_count"], 1, "{json}");
    assert_eq!(json["cell"], "primitive");
}

/// A mesh that fills its box is a whole body: nothing of it is cut, and there is no void.
#[test]
fn a_mesh_is_a_whole_body() {
    let folder = Folder::new("whole");
    folder.put("block.stl", stl(&[[[0.0; 3], [2.0, 2.0, 3.0]]]));
    let words = ["morphometry", &folder.path("block.stl"), "--voxel", "0.5"];
    let (json, _) = ossein(&[&words[..], &["--json"]].concat(), 0);
    let figures = &json["morphometry"];
    assert_eq!(json["edge"], "void");
    assert_eq!((&figures["TV"], &figures["BV/TV"]), (&Value::from(12.0), &Value::from(1.0)));
    assert_eq!((&figures["Tb.Sp"], &figures["Tb.N"]), (&Value::Null, &Value::Null));
    assert_eq!((&figures["Conn.D"], &figures["Euler"]["by_faces"]), (&0.0.into(), &1.into()));
    near(&figures["Tb.Th.max"], 2.0, 1e-6);
    assert!(figures["Tb.Th.p50"].as_f64() <= figures["Tb.Th.max"].as_f64(), "{figures}");
    assert!(json["pores"]["closed_mm3"].as_f64().unwrap().is_sign_positive(), "{json}");
    let text = printed(&words, 0);
    assert!(text.contains("Tb.Sp    none: there is no void"), "{text}");
    let (_, said) = ossein(&[&words[..], &["--edge", "unseen"]].concat(), 1);
    assert!(said.contains("nothing but solid: no sphere is bounded"), "{said}");
    let (_, said) = ossein(&[&words[..], &["--picture", "map.jpg"]].concat(), 1);
    assert!(said.contains("map.jpg") && said.contains("ends in .png"), "{said}");
}

/// A cell of twice the period has four times the permeability, and that of the image of it.
#[test]
fn a_cell_is_as_permeable_as_its_image() {
    let folder = Folder::new("cell-flow");
    let words = ["permeability", "--cell", "bcc", "--fraction", "0.2", "--resolution", "16"];
    let tensor = |words: &[&str]| {
        let (json, _) = ossein(&[words, &["--json"]].concat(), 0);
        json["permeability"]["tensor_mm2"][0][0].as_f64().unwrap()
    };
    let (one, two) = (tensor(&words), tensor(&[&words[..], &["--period", "2"]].concat()));
    assert!((two / one / 4.0 - 1.0).abs() < 1e-9, "{one} {two}");
    let (_, said) = ossein(&[&words[..], &["--memory", "1"]].concat(), 1);
    assert!(said.contains("bcc: 16 x 16 x 16 voxels need at least 2 MiB, and 1 MiB are"), "{said}");
    let picture = folder.path("speed.png");
    ossein(&[&words[..], &["--picture", &picture]].concat(), 0);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn cells_that_are_none_are_named() {
    for command in ["morphometry", "permeability"] {
        let (_, said) = ossein(&[command], 1);
        assert!(said.contains("give an image, or --cell and --fraction"), "{said}");
        let (_, said) = ossein(&[command, "--cell", "gyroid"], 1);
        assert!(said.contains("--fraction"), "{said}");
        let (_, said) = ossein(&[command, "--cell", "gyroidd", "--fraction", "0.3"], 1);
        assert!(said.contains("gyroidd"), "{said}");
        let (_, said) = ossein(&[command, "x.npy", "--cell", "gyroid", "--fraction", "0.3"], 1);
        assert!(said.contains("cannot be used with"), "{said}");
        let (_, said) = ossein(&[command, "--cell", "bcc", "--fraction", "1.5"], 1);
        assert!(said.contains("--fraction 1.5: it must lie between 0 and 1"), "{said}");
    }
}

/// Two plates of 2 mm with a slit of 2 mm between them, in voxels of 0.5 mm.
#[test]
fn a_second_resolution_is_carried_to_voxels_of_no_size() {
    let folder = Folder::new("second");
    let slit: Vec<u8> = (0..96).map(|n| u8::from(n / 16 >= 4)).collect();
    folder.put("slit.npy", npy([4, 4, 6], &slit));
    let (path, words) = (folder.path("slit.npy"), ["--second-resolution", "--voxel", "0.5"]);
    let words = [&["permeability", &path], &words[..]].concat();
    let (json, _) = ossein(&[&words[..], &["--json"]].concat(), 0);
    // Two thirds of the section flow, h^2 / 12 of it, and with n voxels across 2 / n^2 more.
    let exact = |n: f64| 2.0 / 3.0 * 2.0 * 2.0 / 12.0 * (1.0 + 2.0 / (n * n));
    let (coarse, fine) = (exact(4.0), exact(8.0));
    near(&json["permeability"]["tensor_mm2"][1][1], coarse, 1e-5);
    let second = &json["second_resolution"];
    near(&second["voxel_mm"], 0.25, 1e-9);
    near(&second["tensor_mm2"][1][1], fine, 1e-5);
    near(&second["extrapolated_mm2"][1][1], 2.0 * fine - coarse, 1e-4);
    near(&second["relative_error"], coarse / (2.0 * fine - coarse) - 1.0, 1e-3);
    let cell = ["permeability", "--cell", "bcc", "--fraction", "0.2", "--resolution", "12"];
    let figure = |resolution: &str, more: &[&str]| {
        let words = [&cell[..6], &[resolution, "--json"], more].concat();
        ossein(&words, 0).0
    };
    let (both, fine) = (figure("12", &["--second-resolution"]), figure("24", &[]));
    let anew = fine["permeability"]["tensor_mm2"][0][0].as_f64().unwrap();
    near(&both["second_resolution"]["tensor_mm2"][0][0], anew, 1e-12);
}

/// A square bore of 4 x 4 voxels along z through a block.
#[test]
fn a_sample_flows_along_its_bore_alone() {
    let folder = Folder::new("sample");
    let size = [12, 12, 40];
    let solid = |n: usize| {
        let bore = |i: usize| (4..8).contains(&i);
        u8::from(!(bore(n % 12) && bore(n / 12 % 12)))
    };
    let values: Vec<u8> = (0..12 * 12 * 40).map(solid).collect();
    folder.put("bore.npy", npy(size, &values));
    let path = folder.path("bore.npy");
    let words = ["permeability", &path, "--voxel", "0.1", "--sample", "--second-resolution"];
    let (json, _) = ossein(&[&words[..], &["--json"]].concat(), 0);
    let (along, second) = (&json["sample"], &json["second_resolution"]);
    assert_eq!(along[0]["permeability_mm2"], 0.0, "{along}");
    assert_eq!(along[1]["permeability_mm2"], 0.0, "{along}");
    // A ninth of the section flows: 0.035144 of the bore's section in the series for a square duct,
    // 11 / 256 of it on four voxels across; its ends resist as 3 % of its length do.
    let exact = |share: f64| 0.16 * share / 9.0 / 1.03;
    near(&along[2]["permeability_mm2"], exact(11.0 / 256.0), 0.02);
    near(&second["tensor_mm2"][2][2], exact(0.035144), 0.06);
    assert_eq!(json["reservoir_mm"], serde_json::json!([0.4, 0.4, 1.0]));
    let (json, _) = ossein(&[&words[..5], &["--reservoir", "0.6", "--json"]].concat(), 0);
    near(&json["reservoir_mm"][2], 0.6, 1e-9);
    let (_, said) = ossein(&[&words[..4], &["--reservoir", "0.6"]].concat(), 1);
    assert!(said.contains("--sample"), "{said}");
}

/// What programs are told, people are told too: sizes, throats and ways out.
#[test]
fn people_are_told_of_pores_and_powder() {
    let folder = Folder::new("told");
    // A closed box of 2 voxels and a bore in a block of 9 x 9 x 9 voxels.
    let hole = |[i, j, k]: [usize; 3]| {
        let closed = (2..4).contains(&i) && (2..4).contains(&j) && (2..4).contains(&k);
        let bore = (5..8).contains(&i) && (5..8).contains(&j);
        closed || bore
    };
    let values: Vec<u8> = (0..729).map(|n| u8::from(!hole([n % 9, n / 9 % 9, n / 81]))).collect();
    folder.put("block.npy", npy([9, 9, 9], &values));
    let path = folder.path("block.npy");
    let words = ["morphometry", &path, "--voxel", "0.5", "--edge", "void", "--throat", "1"];
    let told = printed(&words, 2);
    for line in [
        "size     9 x 9 x 9 voxels of 0.5 mm",
        "TV       91.12500 mm3",
        ", 2 parts",
        "closed   1 part, 1.00000 mm3",
        "solid    1 part",
        "pore 1   10.12500 mm3",
        "kept in 1 pocket\n",
        "pocket 1 1.00000 mm3",
        "closed\n",
        "drained ",
    ] {
        assert!(told.contains(line), "`{line}` is not in:\n{told}");
    }
}
