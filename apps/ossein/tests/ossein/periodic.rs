//! `ossein solve` between periodic faces, against `ossein homogenize` and exact laminates.

use crate::common::{Folder, npy, ossein};
use serde_json::Value;

#[track_caller]
fn near(value: &Value, expected: f64, error: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("a number for {expected}"));
    assert!((value - expected).abs() <= error, "{value} for {expected}");
}

/// Boxes in a cell of 8 x 8 x 8 voxels: its rods join across all faces, and differ by axis.
fn frame() -> Vec<u8> {
    let place = |n: usize| [n % 8, n / 8 % 8, n / 64];
    let rod = |[i, j, k]: [usize; 3]| ((i < 2 || j < 3) && k < 4) || (i < 3 && j < 3);
    (0..512).map(|n| u8::from(rod(place(n)))).collect()
}

const FRAME: &str = "[image]\npath = \"cell.npy\"\nvoxel_mm = 0.125\n\
                     [[material]]\nlabel = 1\nmodulus_mpa = 110000\npoisson = 0.3\n\
                     [solver]\nsecond_resolution = false\ntolerance = 1e-8\n\
                     [support]\nperiodic = [\"x\", \"y\", \"z\"]\n";

fn load(name: &str, what: &str) -> String {
    format!("[[load]]\nname = \"{name}\"\n{what}\n")
}

#[test]
fn unit_strains_give_the_columns_of_the_tensor() {
    let folder = Folder::new("tensor");
    folder.put("cell.npy", npy([8; 3], &frame()));
    let names = ["xx", "yy", "zz", "yz", "xz", "xy"];
    let mut text = FRAME.to_owned();
    for name in names {
        let one = |n: &str| format!("{n} = {}", if n == name { 0.001 } else { 0.0 });
        let all: Vec<String> = names.iter().map(|n| one(n)).collect();
        text += &load(name, &format!("mean_strain = {{ {} }}", all.join(", ")));
    }
    text += &load("pull", "mean_strain = { zz = 0.001 }");
    folder.put("model.toml", text);
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let cell = folder.path("cell.npy");
    let arguments = ["homogenize", &cell, "--voxel", "0.125", "--tolerance", "1e-8", "--json"];
    let (figures, _) = ossein(&arguments, 0);
    let tensor = &figures["stiffness_mpa"];
    let most = tensor[0][0].as_f64().unwrap();
    for n in 0..6 {
        let case = &json["cases"][n];
        for a in 0..6 {
            let entry = tensor[a][n].as_f64().unwrap();
            near(&case["mean_stress_mpa"][a], 0.001 * entry, 1e-9 * most);
        }
        let energy = 0.5 * 1e-6 * tensor[n][n].as_f64().unwrap();
        near(&case["strain_energy_nmm"], energy, 1e-6 * energy);
    }
    // The strains that are not named are free.
    let pull = &json["cases"][6];
    let young = figures["engineering"]["young_mpa"][2].as_f64().unwrap();
    near(&pull["mean_stress_mpa"][2], 0.001 * young, 1e-6 * young * 0.001);
    near(&pull["mean_stress_mpa"][0], 0.0, 1e-8 * young);
    let ratio = figures["engineering"]["poisson"][2].as_f64().unwrap();
    near(&pull["mean_strain"][0], -0.001 * ratio, 1e-9);
}

/// Two materials in layers across z, pressed between smooth plates while the sides keep their
/// distance: C33 of the laminate, exact on any grid; and along the layers, C11.
#[test]
fn a_laminate_between_plates_is_exact() {
    let folder = Folder::new("laminate");
    let layers: Vec<u8> = (0..4 * 3 * 6).map(|n| 1 + u8::from(n / 12 >= 3)).collect();
    folder.put("layers.npy", npy([4, 3, 6], &layers));
    let head = "[image]\npath = \"layers.npy\"\nvoxel_mm = 0.5\n\
                [[material]]\nlabel = 1\nmodulus_mpa = 110000\n\
                [[material]]\nlabel = 2\nmodulus_mpa = 17000\n";
    let press = "strain = -0.01\nmean_strain = { xx = 0, yy = 0, xy = 0 }";
    let plates = "[support]\nbottom = \"sliding\"\ntop = \"sliding\"\nperiodic = [\"x\", \"y\"]\n";
    folder.put("press.toml", format!("{head}{plates}{}", load("press", press)));
    let (json, _) = ossein(&["solve", &folder.path("press.toml"), "--json"], 0);
    let case = &json["cases"][0];
    near(&case["mean_stress_mpa"][2], -396.426_41, 4e-4);
    near(&case["force_n"][2], -396.426_41 * 3.0, 2e-3);
    near(&case["apparent_modulus_mpa"], 39_642.641, 0.05);
    assert!(case["balance_error"].as_f64().unwrap() < 1e-6, "{case}");
    let all = "mean_strain = { xx = 0.01, yy = 0, zz = 0, yz = 0, xz = 0, xy = 0 }";
    let faces = "[support]\nperiodic = [\"x\", \"y\", \"z\"]\n";
    folder.put("along.toml", format!("{head}{faces}{}", load("along", all)));
    let (json, _) = ossein(&["solve", &folder.path("along.toml"), "--json"], 0);
    near(&json["cases"][0]["mean_stress_mpa"][0], 770.615_21, 8e-4);
    near(&json["cases"][0]["mean_stress_mpa"][2], 169.897_03, 8e-4);
    // Bonded plates keep the sides where they are: the same column as above.
    let bonded = plates.replace("sliding", "fixed");
    folder.put("bonded.toml", format!("{head}{bonded}{}", load("press", "strain = -0.01")));
    let (json, _) = ossein(&["solve", &folder.path("bonded.toml"), "--json"], 0);
    near(&json["cases"][0]["mean_stress_mpa"][2], -396.426_41, 4e-4);
}

#[track_caller]
fn refused(folder: &Folder, support: &str, what: &str, words: &str) {
    let text = FRAME.replace("periodic = [\"x\", \"y\", \"z\"]", support);
    folder.put("bad.toml", text + &load("bad", what));
    let (json, said) = ossein(&["solve", &folder.path("bad.toml"), "--json"], 1);
    assert!(said.contains(words), "`{words}` is not in:\n{said}");
    assert_eq!(json, Value::Null);
}

#[test]
fn what_does_not_go_with_periodic_faces_is_refused() {
    let folder = Folder::new("refused");
    folder.put("cell.npy", npy([8; 3], &frame()));
    let all = "periodic = [\"x\", \"y\", \"z\"]";
    refused(
        &folder,
        all,
        "force_n = [0, 0, 1]",
        "a load is strain, displacement_mm or mean_strain",
    );
    refused(&folder, all, "strain = 0.01", "z is periodic, so no plate moves");
    refused(&folder, "periodic = [\"x\"]", "mean_strain = { xy = 0.1 }", "those faces are free");
    let bonded = "periodic = [\"x\", \"y\"]";
    refused(&folder, bonded, "mean_strain = { xx = 0.1 }", "a bonded plate does not stretch");
    refused(&folder, "bottom = \"fixed\"", "mean_strain = { xx = 0.1 }", "name them in [support]");
    let mirror = "periodic = [\"x\"]\nsymmetric = [\"x_low\"]";
    refused(&folder, mirror, "strain = 0.1", "cannot be a mirror and periodic");
    refused(&folder, all, "mean_strain = { xx = 0.1, pressure = 1 }", "unknown field `pressure`");
    refused(&folder, "periodic = [\"w\"]", "strain = 0.1", "unknown variant `w`");
    let mut apart = frame();
    apart.iter_mut().enumerate().for_each(|(n, v)| *v &= u8::from(n / 64 != 6));
    folder.put("cell.npy", npy([8; 3], &apart));
    let pull = "mean_strain = { zz = 0.1, xx = 0 }";
    refused(&folder, all, pull, "nothing resists the mean strain");
}
