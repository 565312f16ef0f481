//! Materials of `ossein solve` that differ by axis, and lattices that stand in for their struts.

use crate::common::{Folder, npy, ossein};
use serde_json::Value;

#[track_caller]
fn near(value: &Value, expected: f64, share: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("a number for {expected}"));
    assert!((value / expected - 1.0).abs() <= share, "{value} for {expected}");
}

const NINE: &str = "orthotropic = { young_mpa = [1000, 2000, 4000], shear_mpa = [700, 800, 900], \
                    poisson = [0.2, 0.25, 0.3] }";

/// A block of one material, all faces periodic: exact whatever the grid.
fn block(material: &str, loads: &str) -> String {
    format!(
        "[image]\npath = \"block.npy\"\nvoxel_mm = 0.5\n[[material]]\nlabel = 1\n{material}\n\
         [support]\nperiodic = [\"x\", \"y\", \"z\"]\n{loads}"
    )
}

fn pulls() -> String {
    let one = |n: &str| format!("[[load]]\nname = \"{n}\"\nmean_strain = {{ {n} = 0.001 }}\n");
    ["xx", "yy", "zz", "yz", "xz", "xy"].map(one).concat()
}

/// Under one stress alone, the modulus is Young's or the shear modulus, and the sides give way by
/// Poisson's ratios.
#[test]
fn nine_constants_come_back() {
    let folder = Folder::new("nine");
    folder.put("block.npy", npy([4, 3, 5], &[1; 60]));
    let check = |axes: &str, moduli: [f64; 6], ratios: [(usize, usize, f64); 3]| {
        folder.put("model.toml", block(&format!("{NINE}\n{axes}"), &pulls()));
        let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
        for (n, modulus) in moduli.into_iter().enumerate() {
            near(&json["cases"][n]["mean_stress_mpa"][n], 0.001 * modulus, 1e-6);
        }
        for (along, across, ratio) in ratios {
            near(&json["cases"][along]["mean_strain"][across], -0.001 * ratio, 1e-6);
        }
    };
    let moduli = [1000.0, 2000.0, 4000.0, 700.0, 800.0, 900.0];
    check("", moduli, [(0, 1, 0.2), (1, 2, 0.25), (2, 0, 0.3)]);
    // The material's x lies along z of the image, its y along x, its z along y.
    let turned = [2000.0, 4000.0, 1000.0, 800.0, 900.0, 700.0];
    check("axes = [\"z\", \"x\", \"y\"]", turned, [(2, 0, 0.2), (0, 1, 0.25), (1, 2, 0.3)]);
}

/// Between smooth plates a column shows Young's modulus along z, bonded to mirrors its own.
#[test]
fn a_column_has_the_modulus_along_it() {
    let folder = Folder::new("column");
    folder.put("block.npy", npy([4, 4, 6], &[1; 96]));
    let load = "[[load]]\nname = \"press\"\nstrain = -0.01\n";
    let plates = "bottom = \"sliding\"\ntop = \"sliding\"\nsymmetric = [\"x_low\", \"y_low\"]";
    let text = block(NINE, load).replace("periodic = [\"x\", \"y\", \"z\"]", plates);
    folder.put("model.toml", text);
    let out = folder.path("out");
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--out", &out, "--json"], 0);
    near(&json["cases"][0]["apparent_modulus_mpa"], 4000.0, 1e-6);
    near(&json["cases"][0]["von_mises_mpa"]["p50"], 40.0, 1e-5);
}

/// A cell of a gyroid, resolved and homogenized, between periodic faces: the table has 128³ voxels
/// a cell, the image 32³.
#[test]
fn a_homogenized_lattice_is_as_stiff_as_its_cells() {
    let folder = Folder::new("lattice");
    let n = 32;
    let turn =
        |i: usize| ossein_geom::float::sin_cos(std::f64::consts::TAU * (i as f64 + 0.5) / n as f64);
    let value = |v: usize| {
        let ((sx, cx), (sy, cy), (sz, cz)) = (turn(v % n), turn(v / n % n), turn(v / (n * n)));
        sx * cy + sy * cz + sz * cx
    };
    let values: Vec<f64> = (0..n * n * n).map(value).collect();
    let mut sorted = values.clone();
    let rank = sorted.len() * 4 / 10;
    let limit = *sorted.select_nth_unstable_by(rank, f64::total_cmp).1;
    let labels: Vec<u8> = values.iter().map(|v| u8::from(*v <= limit)).collect();
    let share = labels.iter().filter(|l| **l == 1).count() as f64 / labels.len() as f64;
    let quick = "[solver]\nsecond_resolution = false\n";
    let pull = "[[load]]\nname = \"pull\"\nmean_strain = { zz = 0.001 }\n";
    let shear = "[[load]]\nname = \"shear\"\nmean_strain = { xy = 0.001 }\n";
    let stresses = |size: [usize; 3], labels: &[u8], material: &str| {
        folder.put("block.npy", npy(size, labels));
        folder.put("model.toml", block(material, &format!("{quick}{pull}{shear}")));
        let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
        let stress =
            |case: usize, n: usize| json["cases"][case]["mean_stress_mpa"][n].as_f64().unwrap();
        [stress(0, 2), stress(1, 5)]
    };
    let solid = "modulus_mpa = 110000\npoisson = 0.3";
    let resolved = stresses([n; 3], &labels, solid);
    let lattice =
        format!("modulus_mpa = 110000\nlattice = {{ cell = \"gyroid\", fraction = {share} }}");
    let smeared = stresses([4; 3], &[1; 64], &lattice);
    for (one, other) in resolved.into_iter().zip(smeared) {
        println!("gyroid of {share:.4}: {one:.3} MPa resolved, {other:.3} MPa homogenized");
        assert!((one / other - 1.0).abs() < 0.03, "{one} resolved, {other} homogenized");
    }
    let metal = lattice.replace("modulus_mpa = 110000", "metal = \"ti64_eli_lpbf_hip_machined\"");
    folder.put("block.npy", npy([4; 3], &[1; 64]));
    folder.put("model.toml", block(&metal, pull));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    assert_eq!(json["cases"][0]["regions"][0]["safety"], Value::Null);
}

#[track_caller]
fn refused(folder: &Folder, material: &str, words: &str) {
    folder.put("bad.toml", block(material, &pulls()));
    let (json, said) = ossein(&["solve", &folder.path("bad.toml"), "--json"], 1);
    assert!(said.contains(words), "`{words}` is not in:\n{said}");
    assert_eq!(json, Value::Null);
}

#[test]
fn materials_that_cannot_be_are_refused_with_their_numbers() {
    let folder = Folder::new("bad");
    folder.put("block.npy", npy([2; 3], &[1; 8]));
    let bad = |from: &str, to: &str| NINE.replace(from, to);
    let ratios = "ratios xy, yz, zx of [0.9, 0.25, 0.3] are not positive definite";
    refused(&folder, &bad("[0.2,", "[0.9,"), ratios);
    refused(&folder, &bad("[0.2, 0.25, 0.3]", "[0.5, 0.7, 1.0]"), "not positive definite");
    refused(&folder, &bad("2000", "-2000"), "orthotropic: a Young's modulus in MPa is -2000");
    refused(&folder, &bad("800", "0"), "a shear modulus in MPa is 0");
    refused(&folder, &bad("800", "nan"), "a shear modulus in MPa is NaN");
    refused(&folder, &format!("{NINE}\naxes = [\"x\", \"x\", \"z\"]"), "each of x, y, z once");
    refused(&folder, &format!("{NINE}\nmodulus_mpa = 3"), "one or the other");
    refused(&folder, "modulus_mpa = 3\naxes = [\"x\", \"y\", \"z\"]", "there are none");
    let lattice = "modulus_mpa = 3\nlattice = { cell = \"gyroid\", fraction = 0.99 }";
    refused(&folder, lattice, "lattice: a solid fraction of 0.99 lies outside");
    refused(&folder, &lattice.replace("gyroid", "foam"), "lattice.cell = \"foam\": there are");
    refused(&folder, &format!("{lattice}\npoisson = 0.4"), "holds for 0.3 alone");
    refused(&folder, "lattice = { cell = \"gyroid\", fraction = 0.3 }", "lattice with modulus_mpa");
}

/// What the specification asks of a metal stands on its card, and every law of bone in the list.
#[test]
fn cards_tell_the_condition_and_laws_are_listed() {
    let (cards, _) = ossein(&["materials", "ti64_eli_lpbf_hip_machined", "--json"], 0);
    let condition = &cards[0]["condition"];
    // ASTM F3001, class F (facts D1.42).
    assert_eq!(condition["tensile_strength_mpa"], 860.0, "{cards}");
    assert!(condition["treatment"].as_str().unwrap().contains("HIP"), "{cards}");
    let (laws, _) = ossein(&["materials", "--laws", "--json"], 0);
    let vertebra = laws.as_array().unwrap().iter().find(|l| l["id"] == "morgan_vertebra").unwrap();
    assert_eq!(vertebra["density"], "apparent density");
    assert!(vertebra["formula"].as_str().unwrap().contains("4730"), "{vertebra}");
}
