//! Registration, symmetry, cephalometry and shape models through the program.

use crate::common;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Folder, ossein};
use serde_json::Value;

/// The real lower jaws, unless they are absent.
fn jaws() -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from).join("mandible-gt");
    if !data.is_dir() {
        println!("skipped: {} is absent", data.display());
    }
    data.is_dir().then_some(data)
}

/// Corners of a block of 60 x 40 x 20 with a smaller one on top, to one side; moved by `at`.
fn steps(at: impl Fn([f64; 3]) -> [f64; 3]) -> String {
    let mut text = String::new();
    let mut first = 1;
    for (low, high) in
        [([0.0, 0.0, 0.0], [60.0, 40.0, 20.0]), ([5.0, 5.0, 19.0], [25.0, 25.0, 35.0])]
    {
        for n in 0..8usize {
            let p = at([0, 1, 2].map(|a| if n >> a & 1 == 0 { low[a] } else { high[a] }));
            text += &format!("v {} {} {}\n", p[0], p[1], p[2]);
        }
        for face in
            [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
        {
            let corners: Vec<String> = face.iter().map(|n| (n + first).to_string()).collect();
            text += &format!("f {}\n", corners.join(" "));
        }
        first += 8;
    }
    text
}

/// A turn by 10 degrees about z and a shift.
fn moved([x, y, z]: [f64; 3]) -> [f64; 3] {
    let (s, c) = 10f64.to_radians().sin_cos();
    [c * x - s * y + 4.0, s * x + c * y - 7.0, z + 11.0]
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path}: {value}"))
}

#[test]
fn a_known_motion_is_found_by_surfaces_and_by_pairs() {
    let folder = Folder::new("register");
    folder.put("moving.obj", steps(|p| p)).put("fixed.obj", steps(moved));
    let (moving, fixed) = (folder.path("moving.obj"), folder.path("fixed.obj"));
    let (tfm, out) = (folder.path("m.tfm"), folder.path("out.stl"));
    let (found, _) =
        ossein(&["register", &moving, &fixed, "-o", &out, "--transform", &tfm, "--json"], 0);
    let [x, y, z] = moved([0.0; 3]);
    for (row, is) in [x, y, z].into_iter().enumerate() {
        assert!((number(&found, &format!("/matrix/{row}/3")) - is).abs() < 1e-2, "{found}");
    }
    assert!((number(&found, "/turned_deg") - 10.0).abs() < 0.01, "{found}");
    assert!(number(&found, "/surfaces/rms_mm") < 1e-2);
    // ITK keeps the way back: what it does to the moved origin is the origin.
    let text = fs::read_to_string(&tfm).unwrap();
    let line = text.lines().find(|l| l.starts_with("Parameters")).unwrap();
    let p: Vec<f64> = line.split(' ').skip(1).map(|v| v.parse().unwrap()).collect();
    for i in 0..3 {
        let at = p[3 * i] * x + p[3 * i + 1] * y + p[3 * i + 2] * z + p[9 + i];
        assert!(at.abs() < 1e-2, "{line}");
    }

    // Pairs alone, one of them misplaced by 3 mm.
    let row = |n: usize, p: [f64; 3]| format!("P{n},{},{},{}\n", p[0], p[1], p[2]);
    let places = [[0.0, 0.0, 0.0], [60.0, 0.0, 0.0], [0.0, 40.0, 0.0], [25.0, 25.0, 35.0]];
    let table = |at: fn([f64; 3]) -> [f64; 3]| -> String {
        places.iter().enumerate().map(|(n, p)| row(n, at(*p))).collect()
    };
    folder.put("a.csv", table(|p| p)).put("b.csv", table(moved));
    let (a, b) = (folder.path("a.csv"), folder.path("b.csv"));
    let words =
        ["register", &moving, &fixed, "--moving-points", &a, "--fixed-points", &b, "--points-only"];
    let (found, _) = ossein(&[&words[..], &["--frame", "lps", "--json"]].concat(), 0);
    assert!(number(&found, "/pairs_rms_mm") < 1e-9, "{found}");
    let (_, said) = ossein(&words, 1);
    assert!(said.contains("a.csv") && said.contains("LPS or RAS"), "{said}");
    let (_, said) = ossein(&["register", &moving, &folder.path("none.obj")], 1);
    assert!(said.contains("none.obj"), "{said}");
    for samples in ["0", "1"] {
        let (_, said) = ossein(&["register", &moving, &fixed, "--samples", samples], 1);
        assert!(said.contains(samples) && said.contains("100 to 1000000"), "{said}");
    }
}

#[test]
fn a_lug_on_one_side_does_not_draw_the_plane_of_symmetry() {
    let folder = Folder::new("symmetry");
    // A wedge 60 mm wide with a lug of 16 x 14 x 3 mm on its left face.
    let mut voxels = Vec::new();
    for z in 0..34 {
        for y in 0..54 {
            for x in 0..76 {
                let block = (5..65).contains(&x) && y >= 5 && (5..25).contains(&z) && y + z < 50;
                let lug = (65..68).contains(&x) && (8..24).contains(&y) && (8..22).contains(&z);
                voxels.push(u8::from(block || lug));
            }
        }
    }
    folder.put("block.npy", common::npy([76, 54, 34], &voxels));
    let (map, picture) = (folder.path("map.ply"), folder.path("map.png"));
    let words =
        ["symmetry", &folder.path("block.npy"), "-o", &map, "--picture", &picture, "--json"];
    // The lug is six times what sides differ by: a defect.
    let (found, _) = ossein(&[&words[..], &["--scale", "0.5"]].concat(), 0);
    // Voxels 5 to 64 have their middle at 34.5.
    let normal = [0, 1, 2].map(|a| number(&found, &format!("/normal/{a}")));
    let point = [0, 1, 2].map(|a| number(&found, &format!("/point_mm/{a}")));
    let along = (0..3).map(|a| normal[a] * (point[a] - [34.5, 20.0, 14.5][a])).sum::<f64>();
    assert!(normal[0] > 0.9999 && along.abs() < 0.1, "{found}");
    assert!(number(&found, "/asymmetry/median_mm") < 0.1, "{found}");
    assert!(fs::metadata(&picture).unwrap().len() > 1000);
    let (info, _) = ossein(&["mesh", "info", &map, "--json"], 0);
    assert!(!info.is_null());
    let (_, said) = ossein(&["symmetry", &folder.path("block.npy"), "--label", "7"], 1);
    assert!(said.contains("no voxel has label 7") && said.contains("[1]"), "{said}");
    let (_, said) = ossein(&["symmetry", &folder.path("block.npy"), "-o", "map.stl"], 1);
    assert!(said.contains("map.stl"), "{said}");
}

/// A shell of 70 to 75 mm with two orbits, which look along y times `front`.
fn head(front: f64) -> Vec<u8> {
    let middle = [82.0, 84.0, 76.0];
    let far = |d: [f64; 3]| d.iter().map(|v| v * v).sum::<f64>().sqrt();
    let bone = |n: usize| {
        let [x, y, z] = [n % 164, n / 164 % 168, n / (164 * 168)].map(|v| v as f64);
        let d = [x - middle[0], y - middle[1], z - middle[2]];
        let orbit = far([d[0].abs() - 30.0, front * d[1] - 64.0, d[2] + 28.0]) - 26.0;
        let wall = 2.5 - (far(d) - 72.5).abs();
        u8::from(wall.max(2.5 - orbit.abs()).min(orbit) > 0.0)
    };
    (0..164 * 168 * 156).map(bone).collect()
}

/// Share of a picture's places that are as red as a remark.
fn red_share(bytes: &[u8]) -> f64 {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let places = pixels[..info.buffer_size()].chunks_exact(info.color_type.samples());
    let count = places.len() as f64;
    places.filter(|rgb| rgb[..3] == [176, 24, 24]).count() as f64 / count
}

#[test]
fn a_header_that_has_the_head_turned_is_told_on_the_picture_of_symmetry() {
    let folder = Folder::new("turned");
    let size = [164, 168, 156];
    let drawn = ["agrees", "turned"].map(|name| {
        let front = if name == "agrees" { -1.0 } else { 1.0 };
        folder.put("head.npy", common::npy(size, &head(front)));
        let picture = folder.path(&format!("{name}.png"));
        let words = ["symmetry", &folder.path("head.npy"), "--picture", &picture, "--json"];
        let (found, said) = ossein(&words, 0);
        assert!(number(&found, "/normal/0").abs() > 0.999, "{found}");
        let told = found["findings"].as_array().unwrap().iter();
        let codes: Vec<&str> = told.map(|f| f["code"].as_str().unwrap()).collect();
        assert_eq!(said.contains("compare with the patient"), name == "turned", "{said}");
        assert_eq!(codes, if name == "turned" { vec!["symmetry.header"] } else { vec![] });
        red_share(&fs::read(&picture).unwrap())
    });
    // Two lines of red letters.
    assert!(drawn[0] == 0.0 && drawn[1] > 5e-4, "{drawn:?}");
}

#[test]
fn landmarks_of_a_side_view_become_angles() {
    let folder = Folder::new("cephalometry");
    // SNA 82 and SNB 80 degrees, the chin 5 mm to the left; RAS, as Slicer shows it.
    let at = |deg: f64, mm: f64| [mm * deg.to_radians().cos(), -mm * deg.to_radians().sin()];
    let ([ay, az], [by, bz]) = (at(82.0, 55.0), at(80.0, 95.0));
    let csv = format!(
        "name,x,y,z\nN,0,66,0\nS,0,0,0\nBa,0,-22,-30\nA,0,{},{az}\nB,0,{},{bz}\nMe,-5,48,-110\n\
         Go_L,-48,-9,-70\nGo_R,48,-9,-74\nF-7,1,2,3\n",
        66.0 - ay,
        66.0 - by
    );
    folder.put("face.csv", csv);
    let words = ["cephalometry", &folder.path("face.csv"), "--frame", "ras", "--json"];
    let (found, _) = ossein(&words, 0);
    let measures = found["cephalometry"]["measures"].as_array().unwrap();
    for (name, is) in [("SNA", 82.0), ("SNB", 80.0), ("ANB", 2.0)] {
        let own = measures.iter().find(|m| m["name"] == name).unwrap();
        assert!((own["value"].as_f64().unwrap() - is).abs() < 1e-9, "{own}");
    }
    let pair = &found["cephalometry"]["pairs"][0];
    assert!((number(pair, "/index_mm") - 4.0).abs() < 1e-9, "{pair}");
    let findings = found["findings"].to_string();
    assert!(findings.contains("5.0 mm to the left") && findings.contains("gonion"), "{findings}");
    assert_eq!(found["not_known"][0], "F-7");
}

#[test]
fn a_model_of_real_jaws_is_built_and_fitted() {
    let Some(jaws) = jaws() else { return };
    let folder = Folder::new("shape-model");
    // Three patients, one reader: what the whole set gives stands in the book.
    let set = folder.0.join("jaws");
    fs::create_dir(&set).unwrap();
    let patients = ["0522c0017", "0522c0161", "0522c0251"];
    for patient in patients {
        let name = format!("test_oncologist_{patient}_Mandible.nrrd");
        fs::copy(jaws.join(&name), set.join(&name)).unwrap();
    }
    let (set, model) = (set.to_string_lossy().into_owned(), folder.path("jaws.npz"));
    let words = ["shape-model", "build", &set, "-o", &model, "--vertices", "1500"];
    let (built, _) = ossein(&[&words[..], &["--patient-field", "3", "--json"]].concat(), 0);
    assert_eq!(number(&built, "/shape_count"), 6.0);
    for bone in built["bones"].as_array().unwrap() {
        assert!(number(bone, "/correspondence_mm") < 0.5, "{bone}");
    }
    assert!(number(&built, "/residual_mm") < 4.0, "{built}");
    let jaw = jaws.join("test_radiographer_0522c0251_Mandible.nrrd");
    let (jaw, out) = (jaw.to_string_lossy().into_owned(), folder.path("whole.ply"));
    let (fitted, _) = ossein(&["shape-model", "fit", &model, &jaw, "-o", &out, "--json"], 0);
    assert!(number(&fitted, "/rms_mm") < 1.0, "{fitted}");
    let (_, said) = ossein(&["shape-model", "fit", &jaw, &jaw, "-o", &out], 1);
    assert!(said.contains("array mean"), "{said}");
}
