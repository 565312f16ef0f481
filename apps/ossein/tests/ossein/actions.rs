//! `[[load.action]]`: forces, moments and pressures that act at once.

use crate::common::{Folder, npy, ossein};
use crate::solve::{SIZE, refused, setup};
use serde_json::Value;

const FULL: [u8; 96] = [1; 96];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn cases(name: &str, text: &str) -> Vec<Value> {
    let folder = Folder::new(name);
    folder.put("block.npy", npy(SIZE, &FULL)).put("model.toml", setup("block.npy", text));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    json["cases"].as_array().unwrap().clone()
}

/// 60 N on the highest plane, 15 MPa on its 4 mm² and 60 N on a region of it are 180 N together:
/// they store nine times `F² L / (2 E A)` of one.
#[test]
fn what_acts_at_once_is_one_load() {
    let top = "within_mm = [[0, 0, 2.9], [2, 2, 3.1]]";
    let text = format!(
        "[solver]\nsecond_resolution = false\ntolerance = 1e-9\n\
         [[region]]\nname = \"top\"\n{top}\n\
         [[load]]\nname = \"one\"\nforce_n = [0, 0, -60]\n\
         [[load]]\nname = \"stance\"\n\
         [[load.action]]\nforce_n = [0, 0, -60]\n\
         [[load.action]]\npressure_mpa = 15\n{top}\n\
         [[load.action]]\nforce_n = [0, 0, -60]\nregion = \"top\"\n\
         [[load]]\nname = \"twisted\"\n\
         [[load.action]]\nforce_n = [0, 0, -60]\n\
         [[load.action]]\nmoment_nmm = [0, 0, 40]\nregion = \"top\"\n"
    );
    let cases = cases("stance", &text);
    let energy = |n: usize| number(&cases[n]["strain_energy_nmm"]);
    let exact = 60.0 * 60.0 * 3.0 / (2.0 * 1000.0 * 4.0);
    assert!((energy(0) / exact - 1.0).abs() < 1e-6, "{}", energy(0));
    assert!((energy(1) / exact - 9.0).abs() < 1e-5, "{}", energy(1));
    assert!((number(&cases[1]["force_n"][2]) + 180.0).abs() < 1e-9, "{}", cases[1]);
    assert!((number(&cases[1]["reaction_force_n"][2]) - 180.0).abs() < 1e-4, "{}", cases[1]);
    assert!((number(&cases[2]["force_n"][2]) + 60.0).abs() < 1e-9, "{}", cases[2]);
    assert!((number(&cases[2]["moment_nmm"][2]) - 40.0).abs() < 1e-9, "{}", cases[2]);
    assert!((number(&cases[2]["reaction_moment_nmm"][2]) + 40.0).abs() < 1e-4, "{}", cases[2]);
    // Tension and torsion of a straight bar do not meet: their energies add.
    assert!(energy(2) > energy(0), "{}", energy(2));
}

#[test]
fn an_action_that_cannot_be_is_named() {
    let load = |rest: &str| setup("block.npy", &format!("[[load]]\nname = \"l\"\n{rest}"));
    let push = "[[load.action]]\nforce_n = [0, 0, 1]\n";
    let both = load(&format!("force_n = [0, 0, 1]\n{push}"));
    refused("beside", &FULL, &both, "load `l`: its [[load.action]] say all that acts at once");
    let moved = load(&format!("strain = 0.1\n{push}"));
    refused("moved", &FULL, &moved, "a motion is a load of its own");
    let mixed = load("[[load.action]]\nforce_n = [0, 0, 1]\npressure_mpa = 1\n");
    refused("mixed", &FULL, &mixed, "load `l`: action 1: either a force and moment, or a pressure");
    let idle = load(&format!("{push}[[load.action]]\nforce_n = [0, 0, 0]\n"));
    refused("idle-action", &FULL, &idle, "load `l`: action 2: all its numbers are zero");
    let none = load(&format!("{push}[[load.action]]\n"));
    refused("no-action", &FULL, &none, "it does nothing: give force_n, moment_nmm or pressure_mpa");
    let against = load(&format!("{push}[[load.action]]\nforce_n = [0, 0, -1]\n"));
    refused("cancel", &FULL, &against, "the actions of `l` cancel at every node");
    let unknown = load(&format!("{push}[[load.action]]\nforce_n = [0, 1, 0]\nregion = \"r\"\n"));
    refused("unknown-action", &FULL, &unknown, "load `l`: [[region]] `r` is not there");
    let turned = load(&format!("{push}[[load.action]]\nrotation_deg = [0, 0, 1]\n"));
    refused("turned", &FULL, &turned, "unknown field `rotation_deg`");
}
