//! `ossein lattice`: what it follows, what it is stretched between, what stays open, and beams.

use crate::common::{self, Folder, ossein};

/// Millimetres of the block's edge.
const EDGE: f64 = 12.0;

/// A block, and the volume of a lattice of it in slabs between heights.
struct Bench {
    folder: Folder,
}

impl Bench {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        folder.put("block.stl", common::stl(&[[[0.0; 3], [EDGE; 3]]]));
        Self { folder }
    }

    /// Makes a lattice of the body.
    #[track_caller]
    fn lattice(&self, body: &str, words: &[&str]) -> serde_json::Value {
        let (body, out) = (self.folder.path(body), self.folder.path("lattice.stl"));
        let words = [&["lattice", &body, "--json", "-o", &out], words].concat();
        ossein(&words, 0).0
    }

    /// What is solid between two corners, as a share of that box.
    #[track_caller]
    fn share(&self, corners: [[f64; 3]; 2]) -> f64 {
        self.folder.put("box.stl", common::stl(&[corners]));
        let path = |name: &str| self.folder.path(name);
        let (lattice, cut, out) = (path("lattice.stl"), path("box.stl"), path("cut.stl"));
        let words = ["mesh", "boolean", &lattice, &cut, "--op", "intersection", "--sharp"];
        let (told, _) =
            ossein(&[&words[..], &["--step", "0.15", "-o", &out, "--json"]].concat(), 0);
        let [low, high] = corners;
        let whole: f64 = (0..3).map(|a| high[a] - low[a]).product();
        told["volume_mm3"].as_f64().unwrap() / whole
    }

    /// The shares of two layers of whole cells of 3 mm inside the block, and where they begin.
    fn cells(&self, axis: usize) -> [(f64, f64); 2] {
        [3.0, 6.0].map(|begin| {
            let (mut low, mut high) = ([3.0; 3], [9.0; 3]);
            (low[axis], high[axis]) = (begin, begin + 3.0);
            (begin, self.share([low, high]))
        })
    }

    /// The share of the same cells of a lattice that is this solid everywhere.
    fn even_cells(&self, fraction: f64) -> f64 {
        let porosity = (1.0 - fraction).to_string();
        self.lattice("block.stl", &["--porosity", &porosity, "--period", "3", "--step", "0.2"]);
        self.cells(2)[0].1
    }

    /// The share between two heights, all across the block.
    #[track_caller]
    fn slab(&self, low: f64, high: f64) -> f64 {
        self.share([[0.0, 0.0, low], [EDGE, EDGE, high]])
    }
}

/// The solid fraction runs from one end to the other as asked.
#[test]
fn a_lattice_follows_an_axis() {
    let bench = Bench::new("lattice-axis");
    let words = ["--porosity", "0.8:0.5", "--period", "3", "--along", "z", "--step", "0.2"];
    let told = bench.lattice("block.stl", &words);
    assert_eq!(told["between"], serde_json::json!([0.0, EDGE]));
    let graded = bench.cells(2);
    for (low, share) in graded {
        let truth = bench.even_cells(0.2 + 0.3 * (low + 1.5) / EDGE);
        assert!((share - truth).abs() < 0.002, "{low}: {share} {truth}");
    }
}

/// The same with what an image holds, and with the distance to another surface.
#[test]
fn a_lattice_follows_an_image_and_a_surface() {
    let bench = Bench::new("lattice-image");
    let size = 14;
    let header = format!(
        "NRRD0004\ntype: float\ndimension: 3\nsizes: {size} {size} {size}\n\
         space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n\
         space origin: (-0.5,-0.5,-0.5)\nencoding: raw\nendian: little\n\n"
    );
    let mut bytes = header.into_bytes();
    for n in 0..size * size * size {
        let x = f64::from(n % size) - 0.5;
        bytes.extend(((100.0 + 50.0 * x) as f32).to_le_bytes());
    }
    bench.folder.put("density.nrrd", bytes);
    bench.folder.put("beside.stl", common::stl(&[[[-3.0, -20.0, -20.0], [-2.0, 30.0, 30.0]]]));
    let truths = [4.5, 7.5].map(|middle| bench.even_cells(0.5 - 0.3 * middle / EDGE));
    for (name, between) in [("density.nrrd", "100:700"), ("beside.stl", "2:14")] {
        let along = bench.folder.path(name);
        let words = ["--porosity", "0.5:0.8", "--period", "3", "--step", "0.2"];
        let words = [&words[..], &["--along", &along, "--between", between]].concat();
        let told = bench.lattice("block.stl", &words);
        let beyond = told["findings"].to_string().contains("lattice.beyond");
        assert!(!beyond, "{told}");
        let cells = bench.cells(0);
        assert!((cells[0].1 - truths[0]).abs() < 0.002, "{name}: {cells:?} {truths:?}");
        assert!((cells[1].1 - truths[1]).abs() < 0.002, "{name}: {cells:?} {truths:?}");
    }
    // An image of a part of the body is told.
    let (body, along) = (bench.folder.path("wide.stl"), bench.folder.path("density.nrrd"));
    bench.folder.put("wide.stl", common::stl(&[[[0.0; 3], [EDGE, EDGE, 20.0]]]));
    let words = ["lattice", &body, "--porosity", "0.5:0.8", "--period", "3", "--step", "0.2"];
    let out = bench.folder.path("w.stl");
    let words = [&words[..], &["--along", &along, "-o", &out]].concat();
    assert!(ossein(&words, 0).1.contains("ends before the body"));
}

/// All of a block is as solid as its depth says: the integral over its shells.
#[test]
fn a_lattice_follows_its_depth() {
    let bench = Bench::new("lattice-depth");
    let words =
        ["--porosity", "0.8:0.5", "--period", "2.4", "--along", "depth", "--between", "0:3"];
    let told = bench.lattice("block.stl", &[&words[..], &["--step", "0.12"]].concat());
    let deep = (EDGE.powi(4) - (EDGE - 6.0).powi(4)) / 8.0;
    let truth = 0.2 + 0.3 * deep / 3.0 / EDGE.powi(3);
    let share = told["solid_fraction"].as_f64().unwrap();
    assert!((share - truth).abs() < 0.006, "{share} {truth}");
}

/// A period in which no whole number of cells fits is stretched until one does: slabs as high as a
/// cell are alike, down to parts of it.
#[test]
fn cells_end_whole_between_faces() {
    let bench = Bench::new("lattice-conformal");
    let words = ["--cell", "primitive", "--porosity", "0.6", "--period", "3.4", "--step", "0.15"];
    let unlike = |words: &[&str]| {
        bench.lattice("block.stl", words);
        // Primitive cells are the same upside down: so are both ends.
        (bench.slab(0.0, 0.6) - bench.slab(EDGE - 0.6, EDGE)).abs()
    };
    let stretched = unlike(&[&words[..], &["--conformal"]].concat());
    assert!(stretched < 0.01, "{stretched}");
    assert!(unlike(&words) > 0.05);
}

/// Young's modulus over that of the material is the ratio.
#[test]
fn a_modulus_is_that_of_its_material() {
    let bench = Bench::new("lattice-modulus");
    let words = ["--pore", "1.5", "--step", "0.2"];
    let told = |more: &[&str]| bench.lattice("block.stl", &[&words[..], more].concat());
    let (card, _) = ossein(&["materials", "cocr_lpbf", "--json"], 0);
    let solid_mpa = card[0]["modulus_mpa"]["value"].as_f64().unwrap();
    let modulus = told(&["--modulus", "14", "--material", "cocr_lpbf"]);
    let ratio = told(&["--modulus-ratio", &(14e3 / solid_mpa).to_string()]);
    let period = |told: &serde_json::Value| told["period_mm"].as_f64().unwrap();
    assert!((period(&modulus) / period(&ratio) - 1.0).abs() < 1e-9, "{modulus} {ratio}");
    assert!((modulus["modulus_gpa"].as_f64().unwrap() - 14.0).abs() < 1e-3);
}

/// A roof is an end face, too: a skin leaves it open, and none of its walls.
#[test]
fn a_skin_is_open_at_sloping_ends() {
    let bench = Bench::new("lattice-roof");
    // 8.5 degrees: 1.8 mm lower at one side.
    let mut text = common::stl(&[[[0.0; 3], [EDGE; 3]]]);
    text = text.replace("12 12 12", "12 12 10.2").replace("0 12 12", "0 12 10.2");
    bench.folder.put("shed.stl", &text);
    let words = ["--porosity", "0.7", "--period", "3", "--rim", "1", "--step", "0.2"];
    bench.lattice("shed.stl", &words);
    let wall = bench.share([[2.0, 0.0, 1.0], [10.0, 0.7, 9.0]]);
    assert!(wall > 0.985, "{wall}");
    // Beneath the roof and above the floor as much is solid as in the middle, and not all.
    let open = bench.share([[3.0, 3.0, 0.0], [9.0, 9.0, 3.0]]);
    assert!((open - 0.3).abs() < 0.02, "{open}");
    let roof = bench.share([[3.0, 8.9, 9.9], [9.0, 9.1, 10.5]]);
    assert!(roof < 0.6, "{roof}");
}

/// Struts on the edges of cubes: each line is cut where it meets others and where it leaves.
#[test]
fn struts_are_beams() {
    let bench = Bench::new("lattice-beams");
    bench.folder.put("part.stl", common::stl(&[[[0.5; 3], [9.5; 3]]]));
    let beams = bench.folder.path("beams.3mf");
    let words = ["--cell", "simple-cubic", "--period", "3", "--thickness", "0.6", "--step", "0.2"];
    let told = bench.lattice("part.stl", &[&words[..], &["--beams", &beams]].concat());
    // Three by three lines along each axis, each in four parts.
    assert_eq!(told["beam_count"], 108);
    assert!(std::fs::metadata(&beams).unwrap().len() > 500);
    let (body, out) = (bench.folder.path("part.stl"), bench.folder.path("no.stl"));
    let refused = |words: &[&str], why: &str| {
        let words = [&["lattice", &body, "-o", &out, "--beams", &beams], words].concat();
        let (_, said) = ossein(&words, 1);
        assert!(said.contains(why), "{said}");
    };
    refused(&["--period", "3", "--porosity", "0.7"], "has no struts");
    let octet = ["--cell", "octet", "--period", "4", "--thickness", "0.6"];
    refused(&[&octet[..], &["--rim", "1"]].concat(), "a skin is no beam");
}

/// Wishes that change and nothing to follow, the other way round, and what is no file.
#[test]
fn what_a_lattice_cannot_follow_is_refused() {
    let bench = Bench::new("lattice-refused");
    let (body, out) = (bench.folder.path("block.stl"), bench.folder.path("no.stl"));
    for (words, why) in [
        (&["--porosity", "0.8:0.5"][..], "--along says what the lattice follows"),
        (&["--porosity", "0.8", "--along", "z"], "nothing changes"),
        (&["--porosity", "0.8:0.5", "--along", "nowhere.nii"], "there is no such file"),
        (&["--porosity", "0.8:0.999", "--along", "z"], "cannot be printed"),
        (&["--modulus", "5", "--material", "wood"], "there are ti64"),
    ] {
        let words = [&["lattice", &body, "--period", "3", "-o", &out], words].concat();
        let (_, said) = ossein(&words, 1);
        assert!(said.contains(why), "{said}");
    }
    let words = ["lattice", &body, "--porosity", "0.8:", "--period", "3", "-o", &out];
    assert!(ossein(&words, 1).1.contains("a number above 0"));
}
