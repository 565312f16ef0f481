//! Bone by its grey values with an implant of its own material in it, through the program.

use crate::common::{Folder, ossein, stl};
use ossein_geom::{Grid, Lps, Point, Vector, Volume};
use ossein_scan::nifti;
use serde_json::Value;

const IMPLANT_MPA: f64 = 3000.0;
/// The image's box in the patient's frame.
const BOX: [[f64; 3]; 2] = [[6.75, 7.75, 8.75], [8.75, 9.75, 12.75]];

/// 4 x 4 x 8 voxels of 0.5 mm in that box, along the patient's axes or with the first one mirrored.
fn grid(mirrored: bool) -> Grid<Lps> {
    let straight = Grid::aligned(Point::new(7.0, 8.0, 9.0), [0.5; 3], [4, 4, 8]);
    if !mirrored {
        return straight;
    }
    let [_, y, z] = straight.axes;
    let axes = [Vector::new(-1.0, 0.0, 0.0), y, z];
    Grid { origin: Point::new(8.5, 8.0, 9.0), axes, ..straight }
}

/// A scan of 500 HU in `folder`.
fn scan(folder: &Folder, mirrored: bool) {
    let grid = grid(mirrored);
    let values = vec![500i16; grid.voxel_count()];
    folder.put("ct.nii.gz", nifti::write_hu(&Volume::new(grid, values)));
}

fn model(more: &str) -> String {
    format!(
        "[image]\npath = \"ct.nii.gz\"\n\
         [bone]\nlaw = \"morgan_vertebra\"\nslope_g_per_cm3_per_hu = 0.0008\npoisson = 0\n\
         {more}\n[[load]]\nname = \"press\"\nstrain = -0.01\n\
         [solver]\nsecond_resolution = false\n"
    )
}

fn implant(path: &str) -> String {
    format!(
        "[[material]]\npath = \"{path}\"\nname = \"implant\"\n\
         modulus_mpa = {IMPLANT_MPA}\npoisson = 0"
    )
}

#[track_caller]
fn modulus(folder: &Folder, text: &str) -> (f64, Value, String) {
    folder.put("model.toml", text);
    let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    (json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap(), json, said)
}

/// Half of the box: above along z, or to the right along x, as a mesh and as a mask.
fn halves(folder: &Folder) {
    let [low, high] = BOX;
    let above = [[low[0], low[1], 10.75], high];
    let right = [low, [7.75, high[1], high[2]]];
    folder.put("above.stl", stl(&[above])).put("right.stl", stl(&[right]));
    let mask = |inside: &dyn Fn(Point<Lps>) -> bool| {
        // On voxels of another size whose faces lie where the halves meet.
        let fine = Grid::aligned(Point::new(6.125, 7.125, 8.125), [0.25; 3], [16, 16, 24]);
        let one = |n: usize| u16::from(inside(fine.center(fine.voxel(n))));
        nifti::write_labels(&Volume::new(fine.clone(), (0..16 * 16 * 24).map(one).collect()))
    };
    folder.put("above.nii.gz", mask(&|p| p.z > 10.75));
    folder.put("right.nii.gz", mask(&|p| p.x < 7.75));
}

#[test]
fn an_implant_takes_its_place_in_bone() {
    let folder = Folder::new("inlay");
    halves(&folder);
    for mirrored in [false, true] {
        scan(&folder, mirrored);
        let (bone, _, _) = modulus(&folder, &model(""));
        assert!(bone > 100.0 && bone < 0.9 * IMPLANT_MPA, "{bone}");
        let row = 2.0 / (1.0 / bone + 1.0 / IMPLANT_MPA);
        let beside = 0.5 * (bone + IMPLANT_MPA);
        for (name, exact) in [("above", row), ("right", beside)] {
            for ending in ["stl", "nii.gz"] {
                let path = format!("{name}.{ending}");
                let (found, json, said) = modulus(&folder, &model(&implant(&path)));
                assert!((found / exact - 1.0).abs() < 1e-5, "{path}: {found} for {exact}");
                let regions = &json["cases"][0]["regions"];
                assert_eq!(
                    (&regions[0]["name"], &regions[1]["name"]),
                    (&"bone".into(), &"implant".into())
                );
                assert_eq!(regions[1]["volume_mm3"], 8.0, "{regions}");
                assert!(!said.contains("beyond"), "{said}");
            }
        }
    }
}

/// `E = l / (l1 / E1 + l2 / E2)`, wherever in an element bone and implant meet: there they are layers.
#[test]
fn an_implant_that_ends_within_an_element_is_exact() {
    let folder = Folder::new("inlay-layers");
    let [low, high] = BOX;
    for mirrored in [false, true] {
        scan(&folder, mirrored);
        let (bone, _, _) = modulus(&folder, &model(""));
        for from in [10.5, 10.625, 10.875, 11.125] {
            folder.put("part.stl", stl(&[[[low[0], low[1], from], high]]));
            let share = (high[2] - from) / (high[2] - low[2]);
            let exact = 1.0 / (share / IMPLANT_MPA + (1.0 - share) / bone);
            let (found, _, _) = modulus(&folder, &model(&implant("part.stl")));
            assert!((found / exact - 1.0).abs() < 1e-4, "{from}: {found} for {exact}");
        }
    }
}

/// A second implant takes the void that the first one leaves of an element, and then its place.
#[test]
fn implants_that_meet_within_an_element_fill_it() {
    let folder = Folder::new("inlay-both");
    let [low, high] = BOX;
    let grid = grid(false);
    folder.put("ct.nii.gz", nifti::write_hu(&Volume::new(grid.clone(), vec![-900; 128])));
    folder.put("low.stl", stl(&[[low, [high[0], high[1], 10.625]]]));
    folder.put("high.stl", stl(&[[[low[0], low[1], 10.625], high]]));
    let air = model(&format!("{}\n{}", implant("low.stl"), implant("high.stl")))
        .replace("[bone]", "threshold = 0\n[bone]");
    let (found, json, _) = modulus(&folder, &air);
    assert!((found / IMPLANT_MPA - 1.0).abs() < 1e-4, "{found}");
    assert_eq!(json["model"]["element_count"], 128, "{json}");
}

/// A card's safety factors come with an implant; what stands out of the image is told.
#[test]
fn an_implant_of_metal_is_judged() {
    let folder = Folder::new("inlay-metal");
    scan(&folder, false);
    folder.put("out.stl", stl(&[[[6.75, 7.75, 10.75], [8.75, 9.75, 14.0]]]));
    let metal = "[[material]]\npath = \"out.stl\"\nmetal = \"ti64_eli_lpbf_hip_machined\"";
    let (_, json, said) = modulus(&folder, &model(metal));
    assert!(said.contains("it reaches 1.250 mm beyond the image"), "{said}");
    let region = &json["cases"][0]["regions"][1];
    assert_eq!(region["name"], "out.stl");
    assert!(region["safety"]["static_p99"].as_f64().unwrap() > 1.0, "{region}");
}

#[test]
fn implants_that_are_none_are_named() {
    let folder = Folder::new("inlay-wrong");
    scan(&folder, false);
    folder.put("far.stl", stl(&[[[100.0; 3], [101.0; 3]]]));
    let refused = |more: &str, words: &str| {
        folder.put("model.toml", model(more));
        let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 1);
        assert!(said.contains(words), "`{words}` is not in:\n{said}");
        assert_eq!(json, Value::Null);
    };
    refused(&implant("far.stl"), "far.stl: no element of the image holds any of it");
    refused(&implant("none.stl"), "none.stl: ");
    let label = "[[material]]\nlabel = 1\nmodulus_mpa = 1000";
    refused(label, "[bone] reads grey values, and [[material]] labels");
    refused(&format!("{label}\npath = \"far.stl\""), "label 1: give label or path, one of them");
    refused("[[material]]\nmodulus_mpa = 1000", "give label or path, one of them");
    refused(&implant("far.stl").replace("3000", "0"), "[[material]] far.stl: modulus_mpa = 0");
}

/// A ball of 3.3 mm about `middle`, as triangles between circles of latitude.
fn ball(middle: [f64; 3]) -> String {
    const LONG: usize = 48;
    const LAT: usize = 24;
    let at = |lat: usize, long: usize| {
        let (polar, turn) = (
            std::f64::consts::PI * lat as f64 / LAT as f64,
            std::f64::consts::TAU * (long % LONG) as f64 / LONG as f64,
        );
        let unit = [polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos()];
        [0, 1, 2].map(|a| middle[a] + 3.3 * unit[a])
    };
    let mut text = "solid ball\n".to_owned();
    let mut triangle = |corners: [[f64; 3]; 3]| {
        text += "facet normal 0 0 0\nouter loop\n";
        for [x, y, z] in corners {
            text += &format!("vertex {x} {y} {z}\n");
        }
        text += "endloop\nendfacet\n";
    };
    for lat in 0..LAT {
        for long in 0..LONG {
            let [a, b] = [at(lat, long), at(lat, long + 1)];
            let [c, d] = [at(lat + 1, long), at(lat + 1, long + 1)];
            if lat > 0 {
                triangle([a, d, b]);
            }
            if lat + 1 < LAT {
                triangle([a, c, d]);
            }
        }
    }
    text + "endsolid ball\n"
}

/// A ball of metal in 10 mm of soft bone: elements that both share, as laminates, are nearer to fine
/// elements than whole ones, by a quarter at least, in bone by labels or by grey values.
#[test]
fn elements_that_bone_and_implant_share_are_laminates() {
    let folder = Folder::new("inlay-shared");
    // Voxels whose outer faces lie at 0 and 10 mm.
    let grid = |count: usize| {
        let edge = 10.0 / count as f64;
        Grid::<Lps>::aligned(Point::new(0.5 * edge, 0.5 * edge, 0.5 * edge), [edge; 3], [count; 3])
    };
    let middle = [5.0, 5.07, 5.14];
    folder.put("ball.stl", ball(middle));
    let stiff = |count: usize, path: &str, grey: bool| {
        let grid = grid(count);
        let values = vec![500i16; grid.voxel_count()];
        let whole = |n: usize| {
            let p = grid.center(grid.voxel(n)).array();
            u16::from((0..3).map(|a| (p[a] - middle[a]).powi(2)).sum::<f64>() < 3.3 * 3.3)
        };
        let whole = (0..grid.voxel_count()).map(whole).collect();
        folder.put("whole.nii.gz", nifti::write_labels(&Volume::new(grid.clone(), whole)));
        folder.put("ct.nii.gz", nifti::write_hu(&Volume::new(grid, values)));
        let metal = format!(
            "[[material]]\npath = \"{path}\"\nname = \"ball\"\nmodulus_mpa = 110000\npoisson = 0.3"
        );
        let bone = "[[material]]\nlabel = 500\nname = \"bone\"\nmodulus_mpa = 300\npoisson = 0.3\n";
        let text = match grey {
            true => model(&metal),
            false => {
                let law = model(&format!("{bone}{metal}"));
                let end = law.find("[bone]").unwrap()..law.find("[[material]]").unwrap();
                law.replacen(&law[end], "", 1)
            }
        };
        modulus(&folder, &text).0
    };
    for grey in [false, true] {
        let fine = stiff(40, "ball.stl", grey);
        let [shared, whole] =
            ["ball.stl", "whole.nii.gz"].map(|path| stiff(8, path, grey) / fine - 1.0);
        println!("grey {grey}: shared {shared:.4}, whole {whole:.4} of {fine}");
        assert!(shared.abs() < 0.75 * whole.abs(), "shared {shared}, whole {whole}");
    }
}
