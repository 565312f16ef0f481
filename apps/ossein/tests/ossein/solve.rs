//! `ossein solve`, `morphometry` and `permeability` as a person calls them, on small bodies.

use std::fs;
use std::path::Path;

use crate::common::{Folder, npy, ossein, stl, tiff};
use ossein_geom::{Grid, Lps, Point, Vector, Volume};
use ossein_scan::{Values, nifti};
use serde_json::Value;

/// A block of 4 x 4 x 6 voxels.
pub const SIZE: [usize; 3] = [4, 4, 6];

fn volume(size: [usize; 3], values: &[u16]) -> Volume<u16> {
    let grid: Grid<Lps> = Grid::aligned(Point::new(7.0, 8.0, 9.0), [0.5; 3], size);
    Volume::new(grid, values.to_vec())
}

/// Formats of the bodies below.
const IMAGES: [&str; 4] = ["body.npy", "slices", "body.stl", "body.nii.gz"];

/// A body of layers in every format, its boxes as a mesh.
fn body(name: &str, layers: [u8; 6], boxes: &[[[f64; 3]; 2]]) -> Folder {
    let folder = Folder::new(name);
    let labels: Vec<u8> = layers.iter().flat_map(|&l| [l; 16]).collect();
    let wide: Vec<u16> = labels.iter().map(|&l| u16::from(l)).collect();
    folder.put("body.npy", npy(SIZE, &labels)).put("body.stl", stl(boxes));
    folder.put("body.nii.gz", nifti::write_labels(&volume(SIZE, &wide)));
    fs::create_dir(folder.0.join("slices")).unwrap();
    for (k, &l) in layers.iter().enumerate() {
        folder.put(&format!("slices/{k}.tif"), tiff([l; 16]));
    }
    folder
}

fn block(name: &str) -> Folder {
    body(name, [1; 6], &[[[0.0; 3], [2.0, 2.0, 3.0]]])
}

pub fn setup(image: &str, rest: &str) -> String {
    format!(
        "[image]\npath = \"{image}\"\nvoxel_mm = 0.5\n\
         [[material]]\nlabel = 1\nmodulus_mpa = 1000\npoisson = 0\n{rest}"
    )
}

pub const PRESS: &str = "[[load]]\nname = \"press\"\nstrain = -0.01\n";

#[test]
fn every_format_gives_the_same_column() {
    let folder = block("column");
    for image in IMAGES {
        folder.put("model.toml", setup(image, PRESS));
        let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
        let modulus = json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap();
        assert!((modulus / 1000.0 - 1.0).abs() < 1e-6, "{image}: {modulus}");
        assert_eq!(json["model"]["element_count"], 96, "{image}");
        assert_eq!(json["cases"][0]["refinement"]["stands"], true, "{image}");
    }
    folder.put("model.toml", setup("body.stl", PRESS).replace("voxel_mm = 0.5\n", ""));
    let (_, said) = ossein(&["solve", &folder.path("model.toml")], 1);
    assert!(said.contains("body.stl: a mesh needs the edge of its voxels"), "{said}");
}

/// Two plates of 1 mm with a slit of 1 mm between them.
#[test]
fn every_format_gives_the_same_plates_and_the_same_flow() {
    let boxes = [[[0.0; 3], [2.0, 2.0, 1.0]], [[0.0, 0.0, 2.0], [2.0, 2.0, 3.0]]];
    let folder = body("plates", [1, 1, 0, 0, 1, 1], &boxes);
    let number = |value: &Value| value.as_f64().unwrap();
    for image in IMAGES {
        let path = folder.path(image);
        let arguments = ["morphometry", &path, "--voxel", "0.5", "--edge", "void", "--json"];
        let (json, _) = ossein(&arguments, 0);
        assert!((number(&json["morphometry"]["BV/TV"]) - 2.0 / 3.0).abs() < 1e-9, "{image}");
        let thickness = number(&json["morphometry"]["Tb.Th"]);
        assert!((thickness - 1.0).abs() < 1e-6, "{image}: {thickness}");
        let (json, _) = ossein(&["permeability", &path, "--voxel", "0.5", "--json"], 0);
        let tensor = &json["permeability"]["tensor_mm2"];
        // A third of the section flows; with two voxels across, each half a voxel from its wall,
        // both velocities are 0.5^2 / 2 of the gradient: half above the parabola's mean.
        let [along, across] = [number(&tensor[0][0]), number(&tensor[2][2])];
        assert!((3.0 * along / 0.125 - 1.0).abs() < 1e-9, "{image}: {tensor}");
        assert!(across.abs() < 1e-9, "{image}: {tensor}");
        assert_eq!(tensor[0][0], tensor[1][1], "{image}");
    }
    let slices = folder.path("slices");
    for command in ["morphometry", "permeability"] {
        let picture = folder.path(&format!("{command}.png"));
        ossein(&[command, &slices, "--voxel", "0.5", "--picture", &picture], 0);
        assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"), "{command}");
    }
    // Across the plates nothing flows, along x of an image on its side.
    let upright: Vec<u8> = (0..96).map(|n| u8::from(n % 4 < 2)).collect();
    folder.put("upright.npy", npy(SIZE, &upright));
    let (upright, picture) = (folder.path("upright.npy"), folder.path("none.png"));
    let arguments = ["permeability", &upright, "--voxel", "0.5", "--picture", &picture];
    let (_, said) = ossein(&arguments, 1);
    assert!(said.contains("none.png: nothing flows along x"), "{said}");
}

#[test]
fn fields_and_regions_of_a_pressed_column() {
    let folder = Folder::new("fields");
    // The upper half is twice as stiff.
    let labels: Vec<u16> = (0..96).map(|n| if n < 48 { 1 } else { 2 }).collect();
    folder.put("two.nii.gz", nifti::write_labels(&volume(SIZE, &labels)));
    let stiff = "[[material]]\nlabel = 2\nname = \"metal\"\nmodulus_mpa = 2000\npoisson = 0\n";
    let load = "[[load]]\nname = \"pull\"\nforce_n = [0, 0, 40]\n";
    folder.put("model.toml", setup("two.nii.gz", &format!("{stiff}{load}")));
    let out = folder.path("out");
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--out", &out, "--json"], 0);
    let regions = json["cases"][0]["regions"].as_array().unwrap();
    assert_eq!((&regions[0]["name"], &regions[1]["name"]), (&"label 1".into(), &"metal".into()));
    let near = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value / expected - 1.0).abs() < 1e-5, "{value} for {expected}");
    };
    // 40 N on 4 mm2.
    for (region, modulus) in regions.iter().zip([1000.0, 2000.0]) {
        near(&region["von_mises_mpa"]["p95"], 10.0);
        near(&region["strain_energy_density_mpa"]["p50"], 0.5 * 100.0 / modulus);
        near(&region["volume_mm3"], 6.0);
        near(&region["principal_strain_max"]["p50"], 10.0 / modulus);
        assert!(region["compression_strain_max"]["max"].as_f64().unwrap().abs() < 1e-7);
    }
    // The bond at the foot; layers of 0.5 mm are moved by 0.005 mm each, and then by half of it.
    near(&regions[0]["displacement_mm"]["p50"], 0.0075);
    near(&regions[0]["displacement_mm"]["max"], 0.0125);
    near(&regions[1]["displacement_mm"]["p50"], 0.01875);
    near(&regions[1]["displacement_mm"]["max"], 0.02125);
    let read = |name: &str| {
        let bytes = fs::read(Path::new(&out).join(name)).unwrap();
        nifti::read(&bytes, 1 << 24).unwrap()
    };
    let mises = read("pull_von_mises_mpa.nii.gz");
    assert_eq!(mises.grid.center([0; 3]), Point::new(7.0, 8.0, 9.0));
    let Values::F32(values) = mises.values else { panic!("single precision") };
    assert!(values.iter().all(|v| (v - 10.0).abs() < 1e-3));
    let fields = ["displacement_mm", "strain", "principal_mpa"];
    let more = ["stress_mpa", "principal_strain", "region"];
    for field in fields.into_iter().chain(more) {
        assert!(Path::new(&out).join(format!("pull_{field}.nii.gz")).exists(), "{field}");
    }
    let vti = fs::read(Path::new(&out).join("pull.vti")).unwrap();
    let head = String::from_utf8_lossy(&vti[..3000]);
    assert!(head.contains("Origin=\"6.75 7.75 8.75\"") && head.contains("LPS"), "{head}");
}

/// An image that lies on its side, pressed along its last axis: stress, strain and movement are told
/// along the patient's axes, where that is y.
#[test]
fn fields_run_along_the_patients_axes() {
    let folder = Folder::new("side");
    let mut side = volume(SIZE, &[1; 96]);
    side.grid.axes = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]].map(Vector::from);
    folder
        .put("side.nii.gz", nifti::write_labels(&side))
        .put("model.toml", setup("side.nii.gz", PRESS));
    let out = folder.path("fields");
    ossein(&["solve", &folder.path("model.toml"), "--out", &out], 0);
    let vti = fs::read(Path::new(&out).join("press.vti")).unwrap();
    let mark = vti.windows(2).position(|w| w == b"\n_").unwrap() + 2;
    let head = std::str::from_utf8(&vti[..mark]).unwrap();
    let tuples = |name: &str, components: usize| {
        let line = head.lines().find(|l| l.contains(&format!("Name=\"{name}\""))).unwrap();
        let offset = line.split("offset=\"").nth(1).unwrap().split('"').next().unwrap();
        let at = mark + offset.parse::<usize>().unwrap();
        let bytes = u64::from_le_bytes(vti[at..at + 8].try_into().unwrap()) as usize;
        let numbers =
            vti[at + 8..at + 8 + bytes].as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        numbers.collect::<Vec<f32>>().chunks(components).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    for (name, along_y) in [("stress_mpa", -10.0), ("strain", -0.01)] {
        for six in tuples(name, 6) {
            let off = (0..6).map(|n| (six[n] - if n == 1 { along_y } else { 0.0 }).abs());
            assert!(off.fold(0.0, f32::max) < 1e-5 * along_y.abs(), "{name}: {six:?}");
        }
    }
    let moved = tuples("displacement_mm", 3);
    let most = moved.iter().map(|u| u[1]).fold(0.0, f32::min);
    assert!((most + 0.03).abs() < 1e-6, "{most}");
    assert!(moved.iter().all(|u| u[0].abs() + u[2].abs() < 1e-6));
    assert!(head.contains("ComponentName3=\"xy\" ComponentName4=\"yz\""), "{head}");
}

/// What is no label, and what would lock, is refused; what has no second resolution says so.
#[test]
fn what_cannot_be_told_is_not_passed_over() {
    let folder = block("told");
    let check = |text: String, status: i32, part: &str| {
        folder.put("model.toml", text);
        let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], status);
        assert!(said.contains(part), "{part}: {said}");
        json
    };
    let grid = Grid::aligned(Point::new(0.0, 0.0, 0.0), [0.5; 3], SIZE);
    let grey: Vec<f32> = (0..96).map(|n| if n < 48 { 1.0 } else { 0.7 }).collect();
    folder.put("grey.nii.gz", nifti::write_field(&grid, "grey", 1, &grey));
    check(setup("grey.nii.gz", PRESS), 1, "voxel (0, 0, 3) of ");
    check(
        setup("grey.nii.gz", PRESS),
        1,
        "grey.nii.gz holds 0.7, which is no label: give [image] threshold",
    );
    let smooth =
        setup("body.npy", PRESS).replace("voxel_mm = 0.5\n", "voxel_mm = 0.5\nsmooth_voxels = 1\n");
    check(smooth, 1, "smooth_voxels = 1 mixes labels");
    let locks = setup("body.npy", PRESS).replace("poisson = 0\n", "poisson = 0.4999\n");
    check(locks, 1, "poisson = 0.4999; above -1, and up to 0.495");
    folder.put("odd.npy", npy([5, 4, 6], &[1; 120]));
    let odd = setup("odd.npy", &format!("{PRESS}[solver]\nelement_count_max = 200\n"));
    let json = check(odd, 0, "no second resolution of `press`");
    assert_eq!(json["findings"][0]["code"], "solve.one_resolution", "{json}");
}

/// A strut two voxels thick bends 12 % too little: the model is refined until its energy stands.
#[test]
fn a_thin_strut_is_refined_until_it_stands() {
    let folder = Folder::new("strut");
    folder
        .put("strut.npy", npy([2, 2, 20], &[1; 80]))
        .put("strut.stl", stl(&[[[0.0; 3], [1.0, 1.0, 10.0]]]));
    let bend = "[[load]]\nname = \"bend\"\nforce_n = [1, 0, 0]\n[solver]\nerror_max = 0.03\n";
    // P L^3 / 3 E I + P L / kappa G A.
    let exact = 0.5 * (1000.0 / (3.0 * 1000.0 / 12.0) + 10.0 / (5.0 / 6.0 * 500.0));
    for (image, refined) in [("strut.npy", "elements"), ("strut.stl", "surface_and_elements")] {
        folder.put("model.toml", setup(image, bend));
        let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
        let case = &json["cases"][0];
        let study = &case["refinement"];
        assert!(study["resolutions"].as_array().unwrap().len() >= 3, "{study}");
        assert_eq!((&study["stands"], &study["refined"]), (&true.into(), &refined.into()));
        let energy = case["strain_energy_nmm"].as_f64().unwrap();
        assert!((energy / exact - 1.0).abs() < 0.03, "{energy} for {exact}");
    }
    folder.put("model.toml", setup("strut.npy", &format!("{bend}element_count_max = 700\n")));
    let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    assert_eq!(json["cases"][0]["refinement"]["stands"], false);
    assert!(said.contains("it does not stand within 3.0 %"), "{said}");
    assert_eq!(json["findings"][0]["code"], "solve.not_converged", "{json}");
}

/// Between smooth plates a cubic material shows `E = C11 - 2 C12^2 / (C11 + C12)`.
#[test]
fn a_lattice_stands_in_as_a_cubic_material() {
    let folder = block("cubic");
    let hold = "[support]\nbottom = \"sliding\"\ntop = \"sliding\"\n";
    let text = setup("body.npy", &format!("{hold}{PRESS}"));
    folder.put(
        "model.toml",
        text.replace("modulus_mpa = 1000\npoisson = 0", "cubic_mpa = [900, 500, 333]"),
    );
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let modulus = json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap();
    let exact = 900.0 - 2.0 * 500.0 * 500.0 / 1400.0;
    assert!((modulus / exact - 1.0).abs() < 1e-6, "{modulus} for {exact}");
}

/// Mirrors at two sides: a quarter of a column has the column's modulus and its Poisson effect.
#[test]
fn mirrors_and_smooth_plates_hold_a_quarter() {
    let folder = block("mirrors");
    let hold = "[support]\nbottom = \"sliding\"\ntop = \"sliding\"\n\
                symmetric = [\"x_low\", \"y_low\"]\n";
    let text = setup("body.npy", &format!("{hold}{PRESS}")).replace("poisson = 0", "poisson = 0.3");
    folder.put("model.toml", text);
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let modulus = json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap();
    assert!((modulus / 1000.0 - 1.0).abs() < 1e-6, "{modulus}");
}

/// Pressure on the top face, inside a box, against the same force.
#[test]
fn a_pressure_acts_where_the_box_says() {
    let folder = block("box");
    let load = "[[load]]\nname = \"up\"\npressure_mpa = -3\n\
                within_mm = [[0, 0, 2.99], [2, 2, 3.01]]\n";
    folder.put("model.toml", setup("body.npy", load));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let case = &json["cases"][0];
    assert!((case["force_n"][2].as_f64().unwrap() - 12.0).abs() < 1e-9, "{case}");
    assert!((case["von_mises_mpa"]["p50"].as_f64().unwrap() - 3.0).abs() < 1e-4, "{case}");
}

/// The model `text` on an image of `labels` is refused with these words, before any work.
#[track_caller]
pub fn refused(name: &str, labels: &[u8], text: &str, words: &str) {
    let folder = Folder::new(name);
    folder.put("block.npy", npy(SIZE, labels)).put("model.toml", text);
    let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 1);
    assert!(said.contains(words), "`{words}` is not in:\n{said}");
    assert_eq!(json, Value::Null);
}

#[test]
fn bad_models_are_refused_by_name() {
    let full = [1u8; 96];
    let plain = setup("block.npy", PRESS);
    let zero = plain.replace("modulus_mpa = 1000", "modulus_mpa = 0");
    refused("zero", &full, &zero, "label 1: modulus_mpa = 0");
    refused("void", &[0; 96], &plain, "the modulus is zero everywhere");
    let mut floating = full;
    floating[..16].fill(0);
    refused("floor", &floating, &plain, "the lowest plane of the image holds no material");
    let free = plain.replace("[[load]]", "[support]\nbottom = \"free\"\n[[load]]");
    let force = free.replace("strain = -0.01", "force_n = [0, 0, 1]");
    let held = "no support holds 96 voxels of 96, in 1 piece; the largest has element [0, 0, 0] \
                (i, j, k, from 0): hold it by [support] or [[hold]]\n";
    refused("free", &full, &force, held);
    let mut apart = full;
    apart[32..48].fill(0);
    let force = plain.replace("strain = -0.01", "force_n = [0, 0, 1]");
    let drop = "no support holds 48 voxels of 80, in 1 piece; the largest has element [0, 0, 3] \
                (i, j, k, from 0): hold it by [support] or [[hold]], or leave it out by \
                drop_loose = true in [solver]\n";
    refused("apart", &apart, &force, drop);
    let mut low = full;
    low[80..].fill(0);
    refused("nothing", &low, &plain, "the highest plane of the image holds no material");
    let none = plain.replace("strain = -0.01", "force_n = [0, 0, 0]");
    refused("force", &full, &none, "load `press`: all its numbers are zero");
    let nowhere = "pressure_mpa = 1\nwithin_mm = [[9, 9, 9], [10, 10, 10]]";
    let nowhere = plain.replace("strain = -0.01", nowhere);
    refused("nowhere", &full, &nowhere, "`press` presses on nothing");
    let idle = plain.replace("strain = -0.01\n", "");
    refused("idle", &full, &idle, "load `press`: it does nothing");
    refused("loads", &full, &setup("block.npy", ""), "no [[load]] says what acts");
    let small = plain.replace("[image]", "[solver]\nmemory_mib_max = 0\n[image]");
    refused("memory", &full, &small, "0 MiB are allowed");
    let both = plain.replace("modulus_mpa = 1000", "modulus_mpa = 1000\ncubic_mpa = [3, 1, 1]");
    refused("both", &full, &both, "label 1: give modulus_mpa, cubic_mpa, orthotropic or metal");
    let soft = plain.replace("modulus_mpa = 1000\npoisson = 0", "cubic_mpa = [1, 2, 1]");
    refused("soft", &full, &soft, "[1.0, 2.0, 1.0], which no stable material has");
    let nan = plain.replace("strain = -0.01", "strain = nan");
    refused("nan", &full, &nan, "load `press`: it holds a number that is NaN");
}

/// Nothing of an image is read whose head says that it is too large: these files end behind it.
#[test]
fn images_too_large_are_refused_by_their_heads() {
    let folder = Folder::new("large");
    let mut head = [0u8; 352];
    head[..4].copy_from_slice(&348i32.to_le_bytes());
    for (n, number) in [3i16, 2000, 1000, 1500].into_iter().enumerate() {
        head[40 + 2 * n..][..2].copy_from_slice(&number.to_le_bytes());
    }
    for at in [80, 84, 88] {
        head[at..at + 4].copy_from_slice(&0.5f32.to_le_bytes());
    }
    head[70..72].copy_from_slice(&512i16.to_le_bytes());
    head[108..112].copy_from_slice(&352f32.to_le_bytes());
    head[344..348].copy_from_slice(b"n+1\0");
    folder.put("a.nii", head).put("a.npy", npy([2000, 1000, 1500], &[]));
    for image in ["a.nii", "a.npy"] {
        // 3e9 voxels: a number and a copy of it, or what the measurement or the cell takes.
        let path = folder.path(image);
        let limited = ["--memory", "20000"];
        folder.put("model.toml", setup(image, &format!("{PRESS}[solver]\nmemory_mib_max = 20000")));
        let (model, image) = (folder.path("model.toml"), format!("{image}: "));
        let says = |words: &[&str], least: u64| {
            let (_, said) = ossein(words, 1);
            let text = format!("{image}2000 x 1000 x 1500 voxels need at least");
            assert!(said.contains(&text) && said.contains("and 20000 MiB are allowed"), "{said}");
            let needed = said.split("at least ").nth(1).unwrap().split(' ').next().unwrap();
            assert!(needed.parse::<u64>().unwrap() > (3_000_000_000 * least) >> 20, "{said}");
        };
        says(&["solve", &model], 3 * 8);
        says(&[&["morphometry", &path], &limited[..]].concat(), 26);
        says(&[&["permeability", &path], &limited[..]].concat(), 280);
        says(&[&["homogenize", &path], &limited[..]].concat(), 8);
    }
}

#[test]
fn an_image_with_no_number_is_refused() {
    let folder = Folder::new("nan");
    let mut values = [100.0f32; 96];
    values[17] = f32::NAN;
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4, 4), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    folder.put("grey.npy", bytes);
    folder.put("model.toml", setup("grey.npy", &format!("{PRESS}[solver]\nrefine = false\n")));
    let (_, said) = ossein(&["solve", &folder.path("model.toml")], 1);
    assert!(said.contains("grey.npy: voxel (1, 0, 1) is NaN"), "{said}");
}
