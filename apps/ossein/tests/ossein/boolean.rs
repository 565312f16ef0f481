//! Booleans of bodies through the program, with their edges kept.

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
