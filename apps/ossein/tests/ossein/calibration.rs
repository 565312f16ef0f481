//! `[bone]` of `ossein solve`: every kind of density, turned into the law's own or refused.

use crate::common::{Folder, ossein};
use ossein_geom::{Grid, Lps, Point, Volume};
use ossein_scan::nifti;
use serde_json::Value;

const SIZE: [usize; 3] = [2, 2, 4];
const HU: i16 = 200;

fn grid() -> Grid<Lps> {
    Grid::aligned(Point::new(0.0, 0.0, 0.0), [0.5; 3], SIZE)
}

fn model(image: &str, bone: &str) -> String {
    format!(
        "[image]\npath = \"{image}\"\n[bone]\npoisson = 0\n{bone}\n\
         [[load]]\nname = \"press\"\nstrain = -0.01\n[solver]\nsecond_resolution = false\n"
    )
}

fn scan(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.put("ct.nii.gz", nifti::write_hu(&Volume::new(grid(), vec![HU; 16])));
    folder
}

/// Modulus and report of a block of one density.
#[track_caller]
fn solved(folder: &Folder, image: &str, bone: &str) -> (f64, Value) {
    folder.put("model.toml", model(image, bone));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    (json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap(), json)
}

const LINE: &str = "slope_g_per_cm3_per_hu = 0.0008\nintercept_g_per_cm3 = 0.01";

/// 200 HU are 0.17 g/cm³ of what the phantom holds; facts D1.52 turn that into what a law reads.
#[test]
fn a_phantoms_density_becomes_the_laws_own() {
    let folder = scan("densities");
    let rho = 0.0008 * f64::from(HU) + 0.01;
    let ashes = [
        ("qct_hydroxyapatite", 0.877 * rho + 0.079),
        ("qct_k2hpo4", 1.22 * rho + 0.0526),
        ("ash", rho),
        ("apparent", 0.6 * rho),
    ];
    for (density, ash) in ashes {
        let laws = [
            ("morgan_vertebra", 4730.0 * (ash / 0.6).powf(1.56)),
            ("keller_general", 10_500.0 * ash.powf(2.29)),
        ];
        for (law, exact) in laws {
            let bone = format!("law = \"{law}\"\ndensity = \"{density}\"\n{LINE}");
            let (modulus, json) = solved(&folder, "ct.nii.gz", &bone);
            assert!((modulus / exact - 1.0).abs() < 1e-5, "{density}, {law}: {modulus}, {exact}");
            assert_eq!(json["bone"]["law"], law, "{json}");
            assert_eq!(json["bone"]["calibrated"], true, "{json}");
            assert!(!json["findings"].to_string().contains("solve.density"), "{json}");
        }
    }
    // Without a word for it the line gives what the law reads, and that is told.
    let (modulus, json) =
        solved(&folder, "ct.nii.gz", &format!("law = \"morgan_vertebra\"\n{LINE}"));
    assert!((modulus / (4730.0 * rho.powf(1.56)) - 1.0).abs() < 1e-5, "{modulus}");
    assert!(json["findings"].to_string().contains("taken to give apparent density"), "{json}");
}

/// A line through tissues says its error, and an image of density needs no line.
#[test]
fn other_ways_to_a_density_are_on_record() {
    let folder = scan("ways");
    let law = "law = \"morgan_vertebra\"\ndensity = \"qct_hydroxyapatite\"";
    let (_, json) = solved(
        &folder,
        "ct.nii.gz",
        &format!(
            "{law}\n{LINE}\ncalibration = \"phantomless\"\nerror_g_per_cm3 = 0.004\n\
             source = \"air, fat, muscle\""
        ),
    );
    let findings = json["findings"].to_string();
    assert!(
        findings.contains("air, fat, muscle") && findings.contains("0.004 g/cm3"),
        "{findings}"
    );
    let field = nifti::write_field(&grid(), "density", 1, &[0.17; 16]);
    folder.put("density.nii.gz", field);
    let image = format!("{law}\ncalibration = \"density_image\"");
    let (of_image, _) = solved(&folder, "density.nii.gz", &image);
    let (of_line, _) = solved(&folder, "ct.nii.gz", &format!("{law}\n{LINE}"));
    assert!((of_image / of_line - 1.0).abs() < 1e-5, "{of_image} {of_line}");
}

#[test]
fn a_record_that_says_too_little_or_too_much_is_refused() {
    let folder = scan("records");
    let refused = |bone: &str, words: &str| {
        folder.put("model.toml", model("ct.nii.gz", bone));
        let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 1);
        let named = said.contains("model.toml: [bone] ") && said.contains(words);
        assert!(named && json == Value::Null, "`{words}` is not in:\n{said}");
    };
    let law = "law = \"kopperdahl_vertebra\"\n";
    let ash = format!("{law}{LINE}\ndensity = \"ash\"");
    refused(&ash, "reads mineral density against hydroxyapatite, and ash density was given");
    refused(&ash.replace("\"ash\"", "\"wet\""), "density = \"wet\": there are qct_hydroxyapatite");
    refused(law, "no calibration from HU to density is recorded");
    let tissues = "\ncalibration = \"phantomless\"";
    refused(&format!("{law}{LINE}{tissues}"), "\"phantomless\" needs error_g_per_cm3");
    refused(&format!("{law}{LINE}\ncalibration = \"guess\""), "\"guess\": there are phantom, ");
    refused(&format!("{law}{LINE}\nerror_g_per_cm3 = 0.1"), "\"phantom\" has no error_g_per_cm3");
    refused(&format!("{law}calibration = \"phantom\""), "needs slope_g_per_cm3_per_hu");
    let image = format!("{law}calibration = \"density_image\"\nintercept_g_per_cm3 = 0.1");
    refused(&image, "\"density_image\" has no intercept_g_per_cm3");
    let preset = "law = \"morgan_vertebra\"\npreset = \"rho_vertebra\"\n";
    refused(&format!("{preset}density = \"ash\""), "preset `rho_vertebra` gives apparent density");
    refused(&format!("{preset}{LINE}"), "give a slope or a preset, not both");
}
