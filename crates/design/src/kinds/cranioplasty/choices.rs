//! What can be chosen for a skull plate.

use ossein_geom::{Choice, Shape};

const fn mm(
    section: &'static str,
    key: &'static str,
    [default, min, max]: [f64; 3],
    help: &'static str,
) -> Choice {
    Choice { section, key, unit: "mm", shape: Shape::Number { default, min, max }, help }
}

const fn word(
    section: &'static str,
    key: &'static str,
    default: &'static str,
    words: &'static [&'static str],
    help: &'static str,
) -> Choice {
    Choice { section, key, unit: "", shape: Shape::Word { default, words }, help }
}

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    word(
        "plan",
        "method",
        "best",
        &["best", "mirror", "thin_plate"],
        "How the missing surface is drawn: from the other side's mirror image, by thin-plate \
         splines through the bone around, or by the one that rebuilds whole bone beside the hole \
         better (facts D2.19, D2.21).",
    ),
    mm(
        "plan",
        "collar_mm",
        [25.0, 8.0, 40.0],
        "Width of the bone around the hole that gives the missing surface its form.",
    ),
    word(
        "implant",
        "material",
        "peek",
        &["peek", "titanium"],
        "What the plate is made of (facts D2.17).",
    ),
    word(
        "implant",
        "thickness_from",
        "neighbour",
        &["neighbour", "chosen"],
        "Thickness as in the bone around the hole, or thickness_mm everywhere.",
    ),
    mm(
        "implant",
        "thickness_mm",
        [4.0, 0.8, 8.0],
        "Thickness of the plate with thickness_from = \"chosen\" (facts D2.17).",
    ),
    mm("implant", "thickness_max_mm", [6.0, 1.0, 12.0], "The plate is nowhere thicker."),
    mm("implant", "gap_mm", [0.5, 0.2, 2.0], "Gap between plate and bone (facts D2.17)."),
    mm(
        "implant",
        "edge_mm",
        [2.0, 0.4, 4.0],
        "Where the plate would end thinner than this, it is cut off (facts D2.17).",
    ),
    mm(
        "implant",
        "hole_diameter_mm",
        [2.5, 0.0, 5.0],
        "Diameter of the holes for drainage and sutures; 0 for none (facts D2.17).",
    ),
    mm("implant", "hole_pitch_mm", [12.0, 6.0, 40.0], "Distance between them (facts D2.17)."),
    mm("implant", "hole_edge_mm", [6.0, 3.0, 20.0], "Their distance from the edge, at least."),
    Choice {
        section: "implant",
        key: "tab_count",
        unit: "",
        shape: Shape::Whole { default: 6, min: 0, max: 24 },
        help: "Tabs that lie on the bone around, a screw in each; at least 4 hold a plate (facts \
               D2.17). 0 for a plate held by plates from stock.",
    },
    mm("implant", "tab_thickness_mm", [1.0, 0.5, 2.5], "Thickness of a tab."),
    mm("implant", "tab_width_mm", [6.0, 4.0, 12.0], "Width of a tab."),
    mm("implant", "tab_clearance_mm", [0.2, 0.0, 0.5], "Gap between a tab and the bone under it."),
    mm(
        "implant",
        "screw_edge_mm",
        [5.0, 3.0, 12.0],
        "From the edge of the bone to the middle of a screw.",
    ),
    mm(
        "implant",
        "screw_diameter_mm",
        [1.5, 1.0, 2.4],
        "Outer diameter of the thread (facts D2.14).",
    ),
    mm("implant", "screw_head_mm", [2.9, 1.5, 5.0], "Diameter of the screw's head."),
    mm(
        "implant",
        "screw_length_mm",
        [5.0, 3.0, 10.0],
        "Longest thread; shorter where the bone is thinner (facts D2.17).",
    ),
    word(
        "lattice",
        "cell",
        "none",
        &[
            "none",
            "gyroid",
            "gyroid-sheet",
            "diamond",
            "diamond-sheet",
            "primitive",
            "iwp",
            "bcc",
            "simple-cubic",
            "octet",
        ],
        "Unit cell of a porous core; none for a solid plate.",
    ),
    mm("lattice", "period_mm", [2.5, 1.0, 8.0], "Edge of a unit cell."),
    Choice {
        section: "lattice",
        key: "solid_fraction",
        unit: "",
        shape: Shape::Number { default: 0.35, min: 0.05, max: 0.95 },
        help: "Share of the core that is solid.",
    },
    mm("lattice", "rim_mm", [4.0, 1.0, 15.0], "Width of the solid rim around the porous core."),
    mm("lattice", "transition_mm", [0.4, 0.05, 2.0], "Fillet where the lattice joins the rim."),
    word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        &[
            "ti64_eli_lpbf_as_built",
            "ti64_eli_lpbf_hip_machined",
            "ti64_eli_lpbf_relieved_machined",
            "ti64_eli_ebm_as_built",
            "ti64_eli_ebm_hip_machined",
        ],
        "Card of the titanium, for material = \"titanium\" (facts D1.41 to D1.47).",
    ),
    mm(
        "mechanics",
        "voxel_mm",
        [0.5, 0.25, 1.5],
        "Edge of an element; the second resolution is coarser by half.",
    ),
    Choice {
        section: "mechanics",
        key: "safety_factor_min",
        unit: "",
        shape: Shape::Number { default: 1.5, min: 1.0, max: 5.0 },
        help: "Least safety factor of the plate; below it the check fails.",
    },
];
