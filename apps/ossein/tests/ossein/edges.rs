//! Surfaces through the program, with their edges kept.

use crate::common::{self, Folder, ossein};

#[test]
fn a_block_less_another_keeps_its_edges() {
    let folder = Folder::new("boolean");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [10.0, 9.0, 8.0]]]));
    folder.put("cut.stl", common::stl(&[[[5.07, 4.11, -1.0], [12.0, 12.0, 3.13]]]));
    let path = |name: &str| folder.path(name);
    let (block, cut, left) = (path("block.stl"), path("cut.stl"), path("left.stl"));
    let words =
        ["mesh", "boolean", &block, &cut, "--op", "difference", "--step", "0.3", "-o", &left];
    let volume = |more: &[&str]| {
        let (told, said) = ossein(&[&words[..], more].concat(), 0);
        assert!(!said.contains("edges are kept in"), "{said}");
        told["volume_mm3"].as_f64().unwrap()
    };
    let truth = 10.0 * 9.0 * 8.0 - (10.0 - 5.07) * (9.0 - 4.11) * 3.13;
    // Faces on a plane of samples stand a thousandth of a step off it.
    let area = 2.0 * (10.0 * 9.0 + 9.0 * 8.0 + 8.0 * 10.0);
    let off = volume(&["--json", "--sharp"]) - truth;
    assert!(off.abs() < 1e-3 * 0.3 * area, "{off} mm3");
    let (info, _) = ossein(&["mesh", "info", &left, "--json"], 0);
    assert!(info["crossing_count"] == 0, "{info}");
    // An edge of 90 degrees is none of 100: it is cut off, as without the option.
    let blunt = volume(&["--json", "--sharp=100"]);
    assert!((blunt - truth).abs() > 5.0 * 1e-3 * 0.3 * area, "{blunt} mm3");
    let (_, said) = ossein(&[&words[..], &["--sharp=200"]].concat(), 1);
    assert!(said.contains("--sharp=200") && said.contains("5 to 170 degrees"), "{said}");
}

#[test]
fn a_block_offset_inwards_keeps_its_edges() {
    let folder = Folder::new("edges-offset");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [10.0, 9.0, 8.0]]]));
    let (block, less) = (folder.path("block.stl"), folder.path("less.stl"));
    let words = ["mesh", "offset", &block, "--by", "-1.03", "--step", "0.3", "-o", &less, "--json"];
    let volume = |more: &[&str]| {
        let (told, _) = ossein(&[&words[..], more].concat(), 0);
        told["volume_mm3"].as_f64().unwrap()
    };
    let [x, y, z] = [10.0, 9.0, 8.0].map(|size| size - 2.06);
    let (truth, area) = (x * y * z, 2.0 * (x * y + y * z + z * x));
    let off = volume(&["--sharp"]) - truth;
    assert!(off.abs() < 1e-3 * 0.3 * area, "{off} mm3");
    // What the option is for.
    assert!((volume(&[]) - truth).abs() > 1e-3 * 0.3 * area);
}

/// A fillet adds material near the skin, and none far from it.
#[test]
fn a_lattice_is_rounded_into_its_skin() {
    let folder = Folder::new("transition");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [9.0, 8.0, 10.0]]]));
    folder.put("middle.stl", common::stl(&[[[2.6, 2.6, 3.0], [6.4, 5.4, 7.0]]]));
    let path = |name: &str| folder.path(name);
    let (block, middle, porous, bar) =
        (path("block.stl"), path("middle.stl"), path("porous.stl"), path("bar.stl"));
    let words = ["lattice", &block, "--period", "3", "--porosity", "0.7", "--rim", "1"];
    let volumes = |more: &[&str]| {
        let words = [&words[..], &["--step", "0.2", "-o", &porous, "--json"], more].concat();
        let whole = ossein(&words, 0).0["volume_mm3"].as_f64().unwrap();
        let words = ["mesh", "boolean", &porous, &middle, "--op", "intersection", "--json"];
        let (told, _) = ossein(&[&words[..], &["--step", "0.1", "-o", &bar]].concat(), 0);
        [whole, told["volume_mm3"].as_f64().unwrap()]
    };
    let [none, small, large] =
        [&[][..], &["--transition", "0.5"], &["--transition", "1"]].map(volumes);
    assert!(none[0] < small[0] && small[0] < large[0], "{none:?} {small:?} {large:?}");
    assert!((none[1] / large[1] - 1.0).abs() < 1e-4, "{none:?} {large:?}");
    let without = ["lattice", &block, "--transition", "1", "-o", &porous];
    assert!(ossein(&without, 1).1.contains("--rim"));
}

/// The skin of a block: what of it lies around an upright edge is a square bar.
#[test]
fn a_lattice_keeps_the_edges_of_its_body() {
    let folder = Folder::new("edges-lattice");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [9.0, 8.0, 10.0]]]));
    folder.put("corner.stl", common::stl(&[[[-1.0, -1.0, 2.0], [0.63, 0.63, 8.0]]]));
    let path = |name: &str| folder.path(name);
    let (block, corner, porous, bar) =
        (path("block.stl"), path("corner.stl"), path("porous.stl"), path("bar.stl"));
    let words = ["lattice", &block, "--period", "3", "--porosity", "0.7", "--rim", "1"];
    let volume = |more: &[&str]| {
        let words = [&words[..], &["--step", "0.2", "-o", &porous], more].concat();
        let (_, said) = ossein(&words, 0);
        let (info, _) = ossein(&["mesh", "info", &porous, "--json"], 0);
        assert!(info["crossing_count"] == 0 && info["printable"] == true, "{info} {said}");
        let words = ["mesh", "boolean", &porous, &corner, "--op", "intersection", "--sharp"];
        let (told, _) =
            ossein(&[&words[..], &["--step", "0.07", "-o", &bar, "--json"]].concat(), 0);
        told["volume_mm3"].as_f64().unwrap()
    };
    let truth = 0.63 * 0.63 * 6.0;
    let off = volume(&["--sharp"]) / truth - 1.0;
    assert!(off.abs() < 2e-3, "{off}");
    assert!((volume(&[]) / truth - 1.0).abs() > 1e-2);
}

/// Faces that lie on planes of samples but for rounding are where pieces might be told apart
/// otherwise than the surface is made.
#[test]
fn a_sharp_lattice_of_torn_struts_is_one_piece() {
    let folder = Folder::new("edges-pieces");
    folder.put("block.stl", common::stl(&[[[0.1, 0.2, 0.3], [12.1, 10.2, 11.3]]]));
    let (block, porous) = (folder.path("block.stl"), folder.path("porous.stl"));
    for seed in ["1", "2", "3"] {
        let words = ["lattice", &block, "--cell", "voronoi", "--porosity", "0.8", "--pore", "2"];
        let more = ["--step", "0.4", "--sharp", "--seed", seed, "-o", &porous];
        let (_, said) = ossein(&[&words[..], &more].concat(), 0);
        assert!(said.contains("lattice.loose") && said.contains("lattice.coarse"), "{said}");
        let (info, _) = ossein(&["mesh", "info", &porous, "--json"], 0);
        assert!(info["printable"] == true && info["piece_count"] == 1, "{seed}: {info}");
    }
}

/// A block with round edges: few triangles where it is flat, as many as it needs where it bends.
#[test]
fn triangles_are_as_large_as_the_surface_allows() {
    let folder = Folder::new("edges-adaptive");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [10.0, 9.0, 8.0]]]));
    let path = |name: &str| folder.path(name);
    let (block, even, sized) = (path("block.stl"), path("even.stl"), path("sized.stl"));
    let words = ["mesh", "offset", &block, "--by", "2", "--step", "0.2", "--json", "-o"];
    let (fine, _) = ossein(&[&words[..], &[&even]].concat(), 0);
    let (few, _) = ossein(&[&words[..], &[&sized, "--adaptive", "0.02"]].concat(), 0);
    let count = |told: &serde_json::Value| told["triangle_count"].as_u64().unwrap();
    assert!(30 * count(&few) < count(&fine), "{few} {fine}");
    ossein(&["mesh", "compare", &even, &sized, "--limit", "0.02"], 0);
    let (info, _) = ossein(&["mesh", "info", &sized, "--json"], 0);
    assert!(info["printable"] == true && info["crossing_count"] == 0, "{info}");
    // Steiner's formula for the points within r of a block.
    let (pi, r) = (std::f64::consts::PI, 2.0);
    let (faces, edges) = (2.0 * (90.0 + 72.0 + 80.0), 27.0);
    let truth = 720.0 + faces * r + pi * r * r * edges + 4.0 / 3.0 * pi * r * r * r;
    let area = faces + 2.0 * pi * r * edges + 4.0 * pi * r * r;
    let off = few["volume_mm3"].as_f64().unwrap() - truth;
    assert!(off.abs() < 0.02 * area, "{off} mm3");
    let (_, said) = ossein(&[&words[..], &[&sized, "--adaptive", "0"]].concat(), 1);
    assert!(said.contains("--adaptive 0") && said.contains("0.0001 to 10 mm"), "{said}");
}

/// The points 2 mm from a block: vertices lie as near to them as was asked.
#[test]
fn vertices_lie_within_the_distance_that_was_asked() {
    let folder = Folder::new("edges-within");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [10.0, 9.0, 8.0]]]));
    let (block, grown) = (folder.path("block.stl"), folder.path("grown.obj"));
    let words = ["mesh", "offset", &block, "--by", "2", "--step", "0.25", "--json", "-o", &grown];
    let far = |more: &[&str]| {
        ossein(&[&words[..], more].concat(), 0);
        let text = std::fs::read_to_string(&grown).unwrap();
        let off = |line: &str| {
            let place = line.split_whitespace().map(|v| v.parse::<f64>().unwrap());
            let beyond = place.zip([10.0, 9.0, 8.0]).map(|(v, size)| v - v.clamp(0.0, size));
            (beyond.map(|v| v * v).sum::<f64>().sqrt() - 2.0).abs()
        };
        text.lines().filter_map(|line| line.strip_prefix("v ")).map(off).fold(0.0, f64::max)
    };
    let (near, plain) = (far(&["--within", "0.0002"]), far(&[]));
    // A thousandth of a step keeps vertices off the samples.
    assert!(near < 0.0002 + 0.001 * 0.25 && plain > 10.0 * near, "{near} {plain}");
    let (info, _) = ossein(&["mesh", "info", &grown, "--json"], 0);
    assert!(info["printable"] == true && info["crossing_count"] == 0, "{info}");
    let (_, said) = ossein(&[&words[..], &["--within", "0"]].concat(), 1);
    assert!(said.contains("--within 0") && said.contains("0.00001 to 10 mm"), "{said}");
}
