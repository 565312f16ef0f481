//! Bodies that are hard to sample: touching, overlapping, thin, inside out, sealed.

use std::fmt::Write;
use std::path::Path;

use crate::common::{self, Folder, ossein};

const BLOCK: [[f64; 3]; 2] = [[0.0; 3], [10.0; 3]];
/// The edges of a block and of one of 5 x 6 x 6 mm on it, that lose half a square step of 0.5 mm.
const BLUNT_MM3: f64 = (12.0 * 10.0 + 4.0 * 5.0 + 8.0 * 6.0) * 0.5 * 0.5 * 0.5;

fn info(path: &str, status: i32) -> (f64, f64) {
    let (told, said) = ossein(&["mesh", "info", path, "--json"], status);
    let pieces = told["piece_count"].as_f64().unwrap_or_else(|| panic!("{told} {said}"));
    (told["volume_mm3"].as_f64().unwrap(), pieces)
}

/// Corners and faces as an STL file.
fn surface(corners: &[[f64; 3]], faces: &[[usize; 3]]) -> String {
    let mut text = String::from("solid s\n");
    for face in faces {
        text.push_str("facet normal 0 0 0\nouter loop\n");
        for &n in face {
            let [x, y, z] = corners[n];
            writeln!(text, "vertex {x} {y} {z}").unwrap();
        }
        text.push_str("endloop\nendfacet\n");
    }
    text + "endsolid s\n"
}

/// Faces that lie on planes of samples, where both bodies are zero.
#[test]
fn bodies_that_touch_become_one() {
    let folder = Folder::new("touching");
    let beside = [[10.0, 2.0, 2.0], [15.0, 8.0, 8.0]];
    folder.put("a.stl", common::stl(&[BLOCK])).put("b.stl", common::stl(&[beside]));
    folder.put("both.stl", common::stl(&[BLOCK, beside]));
    let path = |name: &str| folder.path(name);
    let (a, b, both, one) = (path("a.stl"), path("b.stl"), path("both.stl"), path("one.stl"));
    // Without `--sharp` an edge loses half a square step.
    for (sharp, lost) in [(&[][..], BLUNT_MM3), (&["--sharp"], 1.0)] {
        let words = ["mesh", "boolean", &a, &b, "--op", "union", "--step", "0.5", "-o", &one];
        ossein(&[&words[..], sharp].concat(), 0);
        let (volume, pieces) = info(&one, 0);
        assert_eq!(pieces, 1.0);
        assert!((1180.0 - lost..1181.0).contains(&volume), "{volume}");
    }
    ossein(
        &["lattice", &both, "--period", "4", "--porosity", "0.5", "--step", "0.25", "-o", &one],
        0,
    );
    let (volume, pieces) = info(&one, 0);
    assert_eq!(pieces, 1.0);
    assert!((volume / 590.0 - 1.0).abs() < 0.05, "{volume}");
}

/// An edge alone would bear nothing.
#[test]
fn bodies_that_touch_in_an_edge_stay_two() {
    let folder = Folder::new("edge");
    let beyond = [[10.0, 10.0, 0.0], [15.0, 15.0, 10.0]];
    folder.put("a.stl", common::stl(&[BLOCK])).put("b.stl", common::stl(&[beyond]));
    folder.put("both.stl", common::stl(&[BLOCK, beyond]));
    let path = |name: &str| folder.path(name);
    let (a, b, both, out) = (path("a.stl"), path("b.stl"), path("both.stl"), path("out.stl"));
    ossein(&["mesh", "boolean", &a, &b, "--op", "union", "--step", "0.5", "-o", &out], 0);
    assert_eq!(info(&out, 0).1, 2.0);
    ossein(&["mesh", "offset", &both, "--by", "0", "--step", "0.5", "-o", &out], 0);
    assert_eq!(info(&out, 0).1, 2.0);
}

#[test]
fn bodies_that_overlap_in_one_file_become_one() {
    let folder = Folder::new("overlapping");
    folder.put("both.stl", common::stl(&[BLOCK, [[5.0, 2.0, 2.0], [15.0, 8.0, 8.0]]]));
    let (both, one) = (folder.path("both.stl"), folder.path("one.stl"));
    ossein(&["mesh", "repair", &both, "--step", "0.5", "-o", &one], 0);
    let (volume, pieces) = info(&one, 0);
    assert_eq!(pieces, 1.0);
    assert!((1180.0 - BLUNT_MM3..1181.0).contains(&volume), "{volume}");
    // Both less 1 mm, and what a ball of that radius keeps of the corner between them.
    let truth = 8.0f64.powi(3) + 4.0 * 4.0 * 5.0 + 4.0 * 4.0 * (1.0 - 0.25 * std::f64::consts::PI);
    let words = ["mesh", "offset", &both, "--by", "-1", "--step", "0.25", "-o", &one];
    let (_, said) = ossein(&words, 0);
    assert!(said.contains("crosses itself") && said.contains("made anew"), "{said}");
    let (volume, pieces) = info(&one, 0);
    assert_eq!(pieces, 1.0);
    assert!((volume / truth - 1.0).abs() < 0.01, "{volume} {truth}");
    // In each layer both become one outline.
    let cli = folder.path("s.cli");
    for more in [&[][..], &["--contours"]] {
        let words = ["slice", &both, "--layer", "0.5", "-o", &cli, "--json"];
        let (told, said) = ossein(&[&words[..], more].concat(), 0);
        assert!(said.contains("crosses itself") && said.contains("cut once"), "{said}");
        let sliced = told["volume_mm3"].as_f64().unwrap();
        assert!((sliced / 1180.0 - 1.0).abs() < 1e-6, "{sliced}");
    }
}

/// A skin around a body without flat ends keeps its powder.
#[test]
fn pores_that_a_skin_seals_fail() {
    let folder = Folder::new("sealed");
    let (mut corners, mut faces) = (Vec::new(), Vec::new());
    for n in 0..6 {
        let mut corner = [0.0; 3];
        corner[n / 2] = if n % 2 == 0 { 12.0 } else { -12.0 };
        corners.push(corner);
    }
    for n in 0..8usize {
        let [x, y, z] = [0, 1, 2].map(|a| 2 * a + (n >> a & 1));
        let odd = n.count_ones() % 2 == 1;
        faces.push(if odd { [x, z, y] } else { [x, y, z] });
    }
    folder.put("tip.stl", surface(&corners, &faces));
    let (tip, porous) = (folder.path("tip.stl"), folder.path("porous.stl"));
    let words = ["lattice", &tip, "--period", "4", "--porosity", "0.6", "--step", "0.4"];
    let words = [&words[..], &["-o", &porous, "--json"]].concat();
    ossein(&words, 0);
    let (told, said) = ossein(&[&words[..], &["--rim", "1"]].concat(), 2);
    assert!(said.contains("no way leads out of") && said.contains("--open"), "{said}");
    let codes = told["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str());
    assert!(codes.into_iter().any(|code| code == Some("lattice.sealed")), "{told}");
}

#[test]
fn what_samples_lose_is_told() {
    let folder = Folder::new("thin");
    folder.put("plate.stl", common::stl(&[[[0.03; 3], [10.0, 10.0, 0.18]]]));
    folder.put("block.stl", common::stl(&[BLOCK]));
    let path = |name: &str| folder.path(name);
    let (plate, block, out) = (path("plate.stl"), path("block.stl"), path("out.stl"));
    let words = ["mesh", "boolean", &plate, &block, "--op", "difference", "--step"];
    let (_, said) = ossein(&["mesh", "offset", &plate, "--by", "0.3", "-o", &out], 0);
    assert!(said.contains("walls below 0.150 mm, thinner than --step 0.2"), "{said}");
    let (_, said) = ossein(&["mesh", "offset", &block, "--by", "0.3", "-o", &out], 0);
    assert!(!said.contains("walls below"), "{said}");
    std::fs::remove_file(&out).unwrap();
    ossein(&[&words[..], &["0.5", "-o", &out]].concat(), 1);
    let words = ["lattice", &plate, "--period", "3", "--porosity", "0.7", "--step", "1"];
    let (_, said) = ossein(&[&words[..], &["-o", &out]].concat(), 1);
    assert!(said.contains("nothing is left of the body"), "{said}");
    assert!(!Path::new(&out).exists(), "an empty file");
}

#[test]
fn a_body_inside_out_is_no_body() {
    let folder = Folder::new("inside-out");
    let turned = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        let first = lines.iter().position(|l| l.trim().starts_with("outer")).unwrap() + 1;
        let step = lines[first..].iter().position(|l| l.trim().starts_with("outer")).unwrap() + 1;
        (first..lines.len() - 2).step_by(step).for_each(|n| lines.swap(n, n + 1));
        lines.join("\n")
    };
    folder.put("out.stl", turned(common::stl(&[BLOCK])));
    let (out, right) = (folder.path("out.stl"), folder.path("right.stl"));
    assert!((info(&out, 2).0 + 1000.0).abs() < 1e-9);
    let (_, said) = ossein(&["slice", &out, "-o", &folder.path("s.cli")], 1);
    assert!(said.contains("inside out") && said.contains("mesh repair"), "{said}");
    ossein(&["mesh", "repair", &out, "-o", &right], 0);
    assert!((info(&right, 0).0 - 1000.0).abs() < 1e-9);
}

#[test]
fn numbers_that_mean_nothing_and_slices_for_meshes_are_refused() {
    let folder = Folder::new("numbers");
    folder.put("block.stl", common::stl(&[BLOCK]));
    let (block, out) = (folder.path("block.stl"), folder.path("s.3mf"));
    for (words, wanted) in [
        (vec!["slice", &block, "--rotation", "nan", "-o", &out], "a finite number"),
        (vec!["slice", &block, "--layer", "0", "-o", &out], "a number above 0"),
        (vec!["slice", &block, "--at", "50", "-o", &out], "10.000 mm high"),
        (vec!["mesh", "compare", &block, &block, "--limit", "nan"], "0 or a number above"),
        (vec!["mesh", "simplify", &block, "--error", "inf", "-o", &out], "a number above 0"),
    ] {
        let (_, said) = ossein(&words, 1);
        assert!(said.contains(wanted), "{words:?}: {said}");
    }
    ossein(&["slice", &block, "--layer", "0.5", "-o", &out], 0);
    let (_, said) = ossein(&["mesh", "info", &out], 1);
    assert!(said.contains("told by its slices alone"), "{said}");
}
