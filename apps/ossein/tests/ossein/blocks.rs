//! Virtual ASTM F2077 and F2267 on plain files: blocks that conform to a body's end faces.

use crate::common::{Folder, npy, ossein, printed, stl};
use serde_json::Value;

fn model(image: &str, set: &str, blocks: &str, more: &str) -> String {
    format!(
        "[image]\npath = \"{image}\"\nvoxel_mm = 1.0\n\
         [[material]]\nlabel = 1\nname = \"cage\"\nmetal = \"ti64_eli_lpbf_hip_machined\"\n\
         [load_set]\nname = \"{set}\"\nblocks = \"{blocks}\"\n\
         [solver]\nsecond_resolution = false\n{more}"
    )
}

#[track_caller]
fn figures(folder: &Folder, text: &str) -> Value {
    folder.put("model.toml", text);
    ossein(&["solve", &folder.path("model.toml"), "--json"], 0).0
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// A prism of titanium, 10 x 10 x 8 mm.
fn prism(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.put("prism.stl", stl(&[[[0.0; 3], [10.0, 10.0, 8.0]]]));
    folder
}

#[test]
fn blocks_stand_above_and_below_a_prism() {
    let folder = prism("blocks");
    let json = figures(&folder, &model("prism.stl", "astm_f2077", "steel", ""));
    // 4 mm on each side, 10 mm above and below.
    assert_eq!(json["model"]["size"], serde_json::json!([18, 18, 28]));
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    let volumes: Vec<f64> = cases[0]["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| number(&region["volume_mm3"]))
        .collect();
    let block = 18.0 * 18.0 * 10.0;
    for (found, exact) in volumes.iter().zip([800.0, block, block]) {
        assert!((found / exact - 1.0).abs() < 1e-9, "{volumes:?}");
    }
    let tests = json["virtual_test"]["tests"].as_array().unwrap();
    assert_eq!((&tests[0]["unit"], &tests[2]["unit"]), (&"N".into(), &"N m".into()));
    // Softer than the prism alone, and than the blocks in a row with it were they as narrow.
    let stiffness = number(&tests[0]["stiffness"]);
    let alone = 114_000.0 * 100.0 / 8.0;
    assert!(stiffness < alone, "{stiffness} {alone}");
    assert!(stiffness > 1.0 / (1.0 / alone + 20.0 / (193_000.0 * 100.0)), "{stiffness} {alone}");
    // 1 kN on 100 mm2 are 10 MPa, more at its edges: yield and run-out are those of the metal.
    let factor = number(&cases[0]["regions"][0]["safety"]["static_p99"]);
    assert!((number(&tests[0]["first_yield"]) / (1000.0 * factor) - 1.0).abs() < 1e-9, "{tests:?}");
    // Shear pulls on a side: what is pulled often bears less.
    assert!(number(&tests[1]["run_out"]) < number(&tests[1]["first_yield"]), "{tests:?}");
    let told = printed(&["solve", &folder.path("model.toml")], 0);
    assert!(told.contains("between blocks of stainless steel (astm_f2077)"), "{told}");
}

/// The punch of a flat square face on foam: all of it in contact, and springs in a row.
#[test]
fn foam_gives_way_beneath_a_prism() {
    let folder = prism("foam");
    let json = figures(&folder, &model("prism.stl", "astm_f2267", "foam_grade_15", ""));
    let foam = &json["virtual_test"]["tests"][0]["foam"];
    let [device, system, own] =
        ["device_n_per_mm", "system_n_per_mm", "foam_n_per_mm"].map(|key| number(&foam[key]));
    assert!((1.0 / own - (1.0 / system - 1.0 / device)).abs() < 1e-9 / own, "{foam}");
    // Between a column of foam as wide as the prism and one as wide as the block, twice 10 mm.
    assert!(own > 123.0 * 100.0 / 20.0 && own < 123.0 * 324.0 / 20.0, "{own}");
    for end in foam["ends"].as_array().unwrap() {
        assert_eq!(end["contact_mm2"], 100.0, "{end}");
        assert!((number(&end["limit_n"]) - 490.0).abs() < 1e-9, "{end}");
        // No pressure is more even than the mean.
        let crush = number(&end["first_crush_n"]);
        assert!(crush < 490.0 && crush > 0.5 * 490.0, "{end}");
    }
}

/// A block follows a step of the end face, bridges a pore, and leaves a wide opening's inside free.
#[test]
fn blocks_conform_to_the_end_faces() {
    let folder = Folder::new("conform");
    let [ni, nj, nk] = [12, 8, 10];
    let solid = |n: usize| {
        let [i, j, k] = [n % ni, n / ni % nj, n / (ni * nj)];
        // Two layers of the image are void below, and a step down runs along the upper face.
        let step = if i < 6 { 10 } else { 8 };
        // One voxel wide through the left half, and a floor deep in a pit on the right.
        let pore = [i, j] == [3, 4];
        let pit = (8..11).contains(&i) && (2..6).contains(&j) && k >= 4;
        u8::from(k >= 2 && k < step && !pore && !pit)
    };
    let values: Vec<u8> = (0..ni * nj * nk).map(solid).collect();
    folder.put("body.npy", npy([ni, nj, nk], &values));
    let json = figures(&folder, &model("body.npy", "astm_f2077", "polyacetal", ""));
    // 8 layers of body between 10 of block.
    assert_eq!(json["model"]["size"], serde_json::json!([20, 16, 28]));
    let regions = &json["cases"][0]["regions"];
    let volume = |n: usize| number(&regions[n]["volume_mm3"]);
    assert_eq!(volume(0), values.iter().filter(|&&v| v == 1).count() as f64);
    // Flat below: the pore is bridged there.
    assert_eq!((&regions[1]["name"], volume(1)), (&"lower block".into(), 20.0 * 16.0 * 10.0));
    // Half of the section is two layers deeper above, the pit's and the margin's columns with it.
    assert_eq!(volume(2), 20.0 * 16.0 * 10.0 + 2.0 * 10.0 * 16.0, "{regions}");
}

#[test]
fn blocks_that_cannot_be_are_named() {
    let folder = prism("no-blocks");
    let refused = |text: &str, words: &str| {
        folder.put("model.toml", text);
        let (_, said) = ossein(&["solve", &folder.path("model.toml")], 1);
        assert!(said.contains(words), "`{words}` is not in:\n{said}");
    };
    let wood = model("prism.stl", "astm_f2077", "wood", "");
    refused(&wood, "blocks = \"wood\": there are steel, polyacetal, foam_grade_15");
    refused(&model("prism.stl", "iso_14801", "steel", ""), "`iso_14801` loads other places");
    let region = "[[region]]\nname = \"upper_section\"\nwithin_mm = [[0, 0, 0], [1, 1, 1]]\n";
    let own = model("prism.stl", "astm_f2077", "steel", region);
    refused(&own, "leave out [[region]]");
    let named = model("prism.stl", "astm_f2077", "steel", "").replace("cage", "upper block");
    refused(&named, "a [[material]] is named as lower block or upper block");
}
