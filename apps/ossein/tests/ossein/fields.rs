//! `ossein morphometry` and `ossein permeability` of a lattice's cell, without an image.

use crate::common::{Folder, ossein};
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
    near(&figures["bone_share"], 0.5, 1e-4);
    near(&figures["total_mm3"], 8.0, 1e-9);
    near(&figures["surface_by_total_per_mm"], 2.353 / 2.0, 0.01);
    // One labyrinth on each side, of genus 3: Euler number -2 a cell.
    assert_eq!(figures["euler"]["by_faces"], -2, "{figures}");
    assert_eq!(json["pores"]["labyrinth_count"], 1, "{json}");
    assert_eq!(json["cell"], "primitive");
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
