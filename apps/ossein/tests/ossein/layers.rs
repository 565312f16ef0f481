//! `ossein layers` reads back what `ossein slice` writes; `ossein mesh info` measures walls.

use crate::common::{self, Folder, ossein};

fn near(value: &serde_json::Value, truth: f64, off: f64) {
    let value = value.as_f64().unwrap();
    assert!((value / truth - 1.0).abs() < off, "{value} {truth}");
}

/// A tube of square section: its volume, the area of its walls over the hatch, and their length.
#[test]
fn layers_come_back_as_they_were_written() {
    let folder = Folder::new("layers");
    folder.put("block.stl", common::stl(&[[[0.0; 3], [8.0, 6.0, 4.0]]]));
    let path = |name: &str| folder.path(name);
    let (block, text, binary, stack) =
        (path("block.stl"), path("text.cli"), path("binary.cli"), path("stack.3mf"));
    for (file, more) in [(&text, &["--contours", "--ascii"][..]), (&binary, &[]), (&stack, &[])] {
        let words = ["slice", &block, "--layer", "0.1", "-o", file];
        ossein(&[&words[..], more].concat(), 0);
    }
    for file in [&text, &stack] {
        let (told, _) = ossein(&["layers", file, "--json"], 0);
        assert_eq!([&told["layer_count"], &told["contour_count"]], [40, 40]);
        near(&told["volume_mm3"], 192.0, 1e-6);
        near(&told["layer_mm"][0], 0.1, 1e-3);
    }
    let svg = path("layer.svg");
    let (told, _) = ossein(&["layers", &binary, "--json", "--at", "2", "--svg", &svg], 0);
    // Both passes run inside the outline, 0.04 and 0.12 mm deep; the hatch is 0.16 mm deep.
    let around = |deep: f64| 2.0 * (8.0 + 6.0 - 4.0 * deep);
    near(&told["vectors"]["contour_mm"], 40.0 * (around(0.04) + around(0.12)), 1e-3);
    near(&told["vectors"]["hatch_mm"], 40.0 * (8.0 - 0.32) * (6.0 - 0.32) / 0.08, 3e-3);
    assert!(told["volume_mm3"].is_null());
    assert!(std::fs::read_to_string(&svg).unwrap().contains("class=\"core\""));
    let (_, said) = ossein(&["layers", &binary, "--at", "5", "--svg", &svg], 1);
    assert!(said.contains("span 3.900 mm"), "{said}");
}

#[test]
fn layers_that_cannot_be_are_told() {
    let folder = Folder::new("layers-bad");
    let head = "$$HEADERSTART\n$$ASCII\n$$UNITS/1\n$$HEADEREND\n$$GEOMETRYSTART\n";
    let square = |direction: u8| format!("$$POLYLINE/1,{direction},5,0,0,4,0,4,4,0,4,0,0\n");
    let turned = "$$POLYLINE/1,0,5,0,0,0,4,4,4,4,0,0,0\n";
    let file = |name: &str, body: String| {
        folder.put(name, format!("{head}{body}$$GEOMETRYEND\n"));
        folder.path(name)
    };
    let ring = square(1);
    let falling = file("falling.cli", format!("$$LAYER/1\n{ring}$$LAYER/2\n{ring}$$LAYER/2\n"));
    let (_, said) = ossein(&["layers", &falling], 2);
    assert!(said.contains("layer 2") && said.contains("no higher"), "{said}");
    let hole = file("hole.cli", format!("$$LAYER/1\n{turned}"));
    assert!(ossein(&["layers", &hole], 2).1.contains("turn the wrong way"));
    let empty = file("empty.cli", String::new());
    assert!(ossein(&["layers", &empty], 1).1.contains("it holds no layer"));
    let cut = folder.path("cut.cli");
    folder.put("cut.cli", format!("{head}$$LAYER/1\n$$POLYLINE/1,1,5,0,0,4\n"));
    assert!(ossein(&["layers", &cut], 1).1.contains("line 7"));
}

/// A plate is as thick as drawn, and flat.
#[test]
fn walls_and_curvature_are_told() {
    let folder = Folder::new("walls");
    folder.put("plate.stl", common::stl(&[[[0.0; 3], [20.0, 20.0, 1.5]]]));
    let (plate, fine, bends) =
        (folder.path("plate.stl"), folder.path("fine.stl"), folder.path("bends.ply"));
    ossein(&["mesh", "offset", &plate, "--by", "1", "--step", "0.25", "-o", &fine], 0);
    let (told, _) = ossein(&["mesh", "info", &fine, "--json", "--curvature", &bends], 0);
    near(&told["wall_mm"]["p50"], 3.5, 0.01);
    // Its edges are round by 1 mm: half of that is their mean curvature.
    let bend = &told["mean_curvature_per_mm"];
    assert!(bend["p50"].as_f64().unwrap().abs() < 0.01, "{bend}");
    near(&bend["p95"], 0.5, 0.1);
    let header = std::fs::read(&bends).unwrap();
    assert!(String::from_utf8_lossy(&header[..400]).contains("mean_curvature_per_mm"));
}
