//! Every load set, and loads of one's own, through the program.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use ossein_mechanics::loads::{LOAD_SETS, LoadSet};
use serde_json::Value;

/// Voxels of the block along x, y, z, of 1 mm.
const SIZE: [usize; 3] = [20, 16, 16];

struct Bench(PathBuf);

impl Bench {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("ossein-sets-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        let [x, y, z] = SIZE;
        let head =
            format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({z}, {y}, {x}), }}");
        let mut npy = b"\x93NUMPY\x01\x00".to_vec();
        let padded = format!("{head:<117}\n");
        npy.extend((padded.len() as u16).to_le_bytes());
        npy.extend(padded.as_bytes());
        npy.extend(std::iter::repeat_n(1u8, x * y * z));
        fs::write(place.join("block.npy"), npy).unwrap();
        Self(place)
    }

    fn solve(&self, words: &str) -> Output {
        let model = self.0.join("model.toml");
        let text = format!(
            "[image]\npath = \"block.npy\"\nvoxel_mm = 1.0\n[[material]]\nlabel = 1\n\
             name = \"bone\"\nmodulus_mpa = 10000\n[solver]\nsecond_resolution = false\n{words}"
        );
        fs::write(&model, text).unwrap();
        let program = env!("CARGO_BIN_EXE_ossein");
        Command::new(program).args(["solve", "--json"]).arg(&model).output().unwrap()
    }

    fn figures(&self, words: &str) -> Value {
        let output = self.solve(words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, words: &str, said: &str) {
        let output = self.solve(words);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(said), "{text}");
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Boxes on the block's faces for every region that a set names: what holds below, what is loaded
/// above.
fn regions(set: &LoadSet) -> String {
    let cases = set.outline();
    let held: BTreeSet<String> =
        cases.iter().flat_map(|c| c.holds.iter().map(|hold| hold.region.clone())).collect();
    let loaded: BTreeSet<String> =
        cases.iter().flat_map(|c| c.actions.iter().map(|a| a.region.clone())).collect();
    let mut text = String::new();
    for (n, name) in held.iter().enumerate() {
        let x = 5 * (n % 4);
        let _ = writeln!(
            text,
            "[[region]]\nname = \"{name}\"\nwithin_mm = [[{x}, 0, -1], [{}, 16, 0.5]]",
            x + 4
        );
    }
    for (n, name) in loaded.iter().filter(|name| !held.contains(*name)).enumerate() {
        let (x, y) = (3 * (n % 6), 4 * (n / 6));
        let _ = writeln!(
            text,
            "[[region]]\nname = \"{name}\"\nwithin_mm = [[{x}, {y}, 15.5], [{}, {}, 17]]",
            x + 2,
            y + 3
        );
    }
    text
}

fn triple(value: &Value) -> [f64; 3] {
    [0, 1, 2].map(|n| value[n].as_f64().unwrap())
}

#[test]
fn every_load_set_runs_and_its_forces_arrive() {
    let bench = Bench::new("all");
    for set in LOAD_SETS {
        let column = set.column_cases().is_some();
        let places = if column { String::new() } else { regions(set) };
        let words = format!("[load_set]\nname = \"{}\"\nfactor = 0.5\n{places}", set.id);
        let report = bench.figures(&words);
        assert_eq!(report["load_set"]["source"], set.source);
        let Some(cases) = set.fixed() else { continue };
        assert_eq!(report["cases"].as_array().unwrap().len(), cases.len(), "{}", set.id);
        for (seen, case) in report["cases"].as_array().unwrap().iter().zip(&cases) {
            assert_eq!(seen["name"], case.name.as_str());
            assert_eq!(seen["converged"], true);
            assert!(seen["balance_error"].as_f64().unwrap() < 1e-5, "{}: {seen}", set.id);
            let (force, wanted) = (triple(&seen["force_n"]), case.force_n());
            let held = triple(&seen["reaction_force_n"]);
            for a in 0..3 {
                assert!((force[a] - 0.5 * wanted[a]).abs() < 1e-6, "{}: {seen}", set.id);
                assert!((held[a] + force[a]).abs() < 1e-2, "{}: {seen}", set.id);
            }
            assert!(seen["von_mises_mpa"]["p99"].as_f64().unwrap() > 0.0);
        }
    }
}

/// Middles on the left of a jaw at a sixth of its size, mm: the middle lies at x = 10.
const JAW_LEFT: [(&str, [i32; 3]); 11] = [
    ("condyle", [17, 14, 10]),
    ("molar", [14, 6, 5]),
    ("superficial_masseter", [18, 10, 4]),
    ("deep_masseter", [18, 12, 7]),
    ("medial_pterygoid", [16, 9, 3]),
    ("anterior_temporalis", [17, 8, 9]),
    ("middle_temporalis", [18, 9, 12]),
    ("posterior_temporalis", [18, 8, 10]),
    ("inferior_lateral_pterygoid", [17, 13, 8]),
    ("superior_lateral_pterygoid", [17, 13, 9]),
    ("digastric", [11, 1, 1]),
];

#[test]
fn a_clench_is_estimated_by_the_places_of_the_model() {
    let bench = Bench::new("jaw");
    let mut words = "[load_set]\nname = \"mandible_unilateral\"\nfactor = 0.5\n".to_owned();
    for (name, [x, y, z]) in JAW_LEFT {
        for (side, x) in [("left", x), ("right", 20 - x)] {
            // A node and no more: each lies where the estimate takes it to be.
            let (low, high) =
                ([x, y, z].map(|n| f64::from(n) - 0.1), [x, y, z].map(|n| f64::from(n) + 0.1));
            let _ = writeln!(
                words,
                "[[region]]\nname = \"{name}_{side}\"\nmaterial = \"bone\"\n\
                 within_mm = [{low:?}, {high:?}]"
            );
        }
    }
    let report = bench.figures(&words);
    let size = |f: [f64; 3]| f.iter().map(|f| f * f).sum::<f64>().sqrt();
    for (n, working) in [0, 1].into_iter().enumerate() {
        let (case, own) = (&report["cases"][n], &report["load_set"]["estimates"][n]);
        assert_eq!(case["name"], own["clench"]["name"]);
        assert_eq!(own["bite_n"], 500.0);
        let joints = [0, 1].map(|n| triple(&own["condyles_n"][n]));
        assert!(size(joints[working]) < size(joints[1 - working]), "{own}");
        // Muscles, joints and tooth cancel; half of it acts on the model.
        let muscles = triple(&case["force_n"]);
        for a in 0..3 {
            let bite = if a == 2 { -500.0 } else { 0.0 };
            let sum = 2.0 * muscles[a] + joints[0][a] + joints[1][a] + bite;
            assert!(sum.abs() < 0.1, "axis {a}: {sum} N of {own}");
        }
        let held = triple(&case["reaction_force_n"]);
        assert!((0..3).all(|a| (held[a] + muscles[a]).abs() < 1e-2), "{case}");
    }
    let gone = words.replace("name = \"digastric_left\"", "name = \"other\"");
    bench.refused(&gone, "`digastric_left`");
}

#[test]
fn a_load_of_ones_own_acts_on_a_region() {
    let bench = Bench::new("own");
    let side = "[[region]]\nname = \"side\"\nwithin_mm = [[19.5, 4, 8], [21, 12, 16]]\n";
    let words = |region: &str| {
        format!(
            "{side}[[load]]\nname = \"push\"\nforce_n = [-30, 0, 0]\nmoment_nmm = [0, 50, 0]\n\
             region = \"{region}\"\n"
        )
    };
    let report = bench.figures(&words("side"));
    assert!((triple(&report["cases"][0]["force_n"])[0] + 30.0).abs() < 1e-6, "{report}");
    // All of a material, as a body force.
    let whole = "[[region]]\nname = \"all\"\nmaterial = \"bone\"\n";
    let load = "[[load]]\nname = \"weight\"\nforce_n = [0, 0, -10]\nregion = \"all\"\n";
    let report = bench.figures(&format!("{whole}{load}"));
    assert!((triple(&report["cases"][0]["reaction_force_n"])[2] - 10.0).abs() < 1e-3);
    bench.refused(&words("sid"), "`sid`");
    let nowhere = side.replace("[[19.5, 4, 8], [21, 12, 16]]", "[[90, 90, 90], [91, 91, 91]]");
    bench.refused(&words("side").replace(side, &nowhere), "no nodes there");
    let upside = side.replace("[[19.5, 4, 8], [21, 12, 16]]", "[[9, 9, 9], [1, 1, 1]]");
    bench.refused(&words("side").replace(side, &upside), "is not below");
    bench.refused(&format!("{side}{}", words("side")), "twice");
    let bare = "[[region]]\nname = \"side\"\n";
    bench.refused(&words("side").replace(side, bare), "say where it is");
    let other = "[[region]]\nname = \"side\"\nmaterial = \"metal\"\n";
    bench.refused(&words("side").replace(side, other), "no material `metal`");
    bench.refused("[[load]]\nname = \"a\"\nstrain = -0.01\nregion = \"all\"\n", "there is none");
}

#[test]
fn a_wrong_set_is_named() {
    let bench = Bench::new("wrong");
    bench.refused("[load_set]\nname = \"iso_14802\"\n", "iso_14801");
    bench.refused("[load_set]\nname = \"iso_14801\"\n", "`loading_sphere`");
    bench.refused("[load_set]\nname = \"pure_moments\"\nfactor = -1\n", "above 0");
    let both = "[load_set]\nname = \"pure_moments\"\n[[load]]\nname = \"a\"\nstrain = -0.01\n";
    bench.refused(both, "leave out");
    let held = "[load_set]\nname = \"pure_moments\"\n[support]\nbottom = \"fixed\"\n";
    bench.refused(held, "leave out");
}

#[test]
fn a_metals_card_gives_moduli_and_safety() {
    let bench = Bench::new("card");
    let load = "[[load]]\nname = \"pull\"\nforce_n = [0, 0, 3200]\n";
    let card = "metal = \"ti64_eli_lpbf_as_built\"\n";
    let model = bench.0.join("model.toml");
    let image = "[image]\npath = \"block.npy\"\nvoxel_mm = 1.0\n[solver]\n\
                 second_resolution = false\n[support]\nbottom = \"sliding\"\n";
    let run = |material: &str| {
        let text = format!("{image}[[material]]\nlabel = 1\n{material}{load}");
        fs::write(&model, text).unwrap();
        let program = env!("CARGO_BIN_EXE_ossein");
        Command::new(program).args(["solve", "--json"]).arg(&model).output().unwrap()
    };
    let output = run(card);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // 3200 N on 320 mm2 are 10 MPa: 795 and 200 MPa over it (facts D1.42, D1.45).
    let safety = &report["cases"][0]["regions"][0]["safety"];
    assert!((safety["static_p99"].as_f64().unwrap() - 79.5).abs() < 1e-3, "{safety}");
    assert!((safety["fatigue_p99"].as_f64().unwrap() - 20.0).abs() < 1e-3, "{safety}");
    assert_eq!(safety["fatigue_confidence"], "medium");
    let said = |material: &str, words: &str| {
        let output = run(material);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(words), "{text}");
    };
    said("metal = \"steel\"\n", "ti64_eli_lpbf_as_built");
    said(&format!("{card}poisson = 0.3\n"), "one or the other");
    said("", "give modulus_mpa, cubic_mpa, orthotropic or metal");
}
