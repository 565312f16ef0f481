//! What can be chosen for a vertebral body replacement.

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
    mm(
        "implant",
        "inset_mm",
        [1.5, 0.0, 6.0],
        "Distance of the side wall from the endplates' outlines.",
    ),
    mm("implant", "gap_mm", [0.2, 0.0, 1.0], "Gap between the end faces and the bone surfaces."),
    mm("implant", "waist_mm", [1.0, 0.0, 4.0], "How far the side wall is drawn in at half height."),
    mm(
        "implant",
        "rim_width_mm",
        [2.5, 1.0, 5.0],
        "Width of the solid rim at each end, on the ring apophysis (facts D1.7, D9.1).",
    ),
    mm("implant", "rim_height_mm", [1.5, 0.5, 5.0], "Height of the solid rim."),
    Choice {
        section: "implant",
        key: "column_count",
        unit: "",
        shape: Shape::Whole { default: 4, min: 0, max: 8 },
        help: "Solid load columns from end to end (facts D1.22); 0 for none.",
    },
    mm("implant", "column_diameter_mm", [2.5, 1.0, 6.0], "Diameter of a load column."),
    word(
        "implant",
        "smooth_side",
        "posterior_and_anterior",
        &["none", "posterior", "posterior_and_anterior", "all"],
        "Sides with a closed skin, towards cord and vessels (facts D1.22).",
    ),
    mm("implant", "skin_mm", [0.9, 0.3, 2.0], "Thickness of the closed skin."),
    mm(
        "implant",
        "graft_window_mm",
        [6.0, 0.0, 20.0],
        "Diameter of the graft window along the axis; 0 for none.",
    ),
    word(
        "implant",
        "approach",
        "anterior",
        &["anterior", "left", "right"],
        "Side from which the end-face screws are driven; the leading edge lies opposite.",
    ),
    Choice {
        section: "implant",
        key: "screws_per_end",
        unit: "",
        shape: Shape::Whole { default: 2, min: 0, max: 2 },
        help: "End-face screws at each end.",
    },
    mm("implant", "screw_diameter_mm", [4.0, 2.7, 6.5], "Outer diameter of the thread."),
    mm("implant", "screw_head_diameter_mm", [6.0, 4.0, 10.0], "Diameter of the head's recess."),
    mm("implant", "screw_length_mm", [12.0, 6.0, 30.0], "Length of the thread in bone."),
    mm(
        "implant",
        "screw_spacing_mm",
        [9.0, 6.0, 25.0],
        "Distance between the two screws of an end at their heads.",
    ),
    Choice {
        section: "implant",
        key: "screw_angle_deg",
        unit: "deg",
        shape: Shape::Number { default: 38.0, min: 15.0, max: 60.0 },
        help: "Angle between a screw and the implant's axis.",
    },
    mm(
        "implant",
        "boss_hole_mm",
        [4.5, 0.0, 8.0],
        "Cross hole in the posterior boss for the link to the rods (facts D1.20, D1.21); 0 for no boss.",
    ),
    mm("implant", "boss_wall_mm", [1.8, 1.0, 4.0], "Solid wall around the cross hole."),
    mm("implant", "chamfer_mm", [1.5, 0.0, 5.0], "Chamfer of the leading edge at both ends."),
    mm(
        "implant",
        "letter_height_mm",
        [2.5, 2.0, 5.0],
        "Height of the engraved letters (facts D7.7).",
    ),
    mm(
        "implant",
        "letter_stroke_mm",
        [0.6, 0.4, 1.0],
        "Width of an engraved stroke; it is half as deep.",
    ),
    mm(
        "implant",
        "ladder_step_mm",
        [2.0, 0.5, 5.0],
        "Step of the size ladder: one rung lower and one higher (facts D1.22, D2.7).",
    ),
    word(
        "lattice",
        "cell",
        "gyroid",
        &[
            "gyroid",
            "gyroid-sheet",
            "diamond",
            "diamond-sheet",
            "primitive",
            "primitive-sheet",
            "iwp",
            "iwp-sheet",
            "bcc",
            "simple-cubic",
            "octet",
        ],
        "Unit cell of the porous core: networks, walls (`-sheet`) and struts (facts D1.27).",
    ),
    mm("lattice", "period_mm", [1.5, 0.5, 6.0], "Edge of a unit cell (facts D9.1)."),
    Choice {
        section: "lattice",
        key: "solid_fraction",
        unit: "",
        shape: Shape::Number { default: 0.30, min: 0.05, max: 0.95 },
        help: "Share of the core that is metal (facts D3.17, D9.1).",
    },
    mm("lattice", "transition_mm", [0.3, 0.05, 2.0], "Fillet where the lattice joins solid metal."),
    Choice {
        section: "print",
        key: "ladder_files",
        unit: "",
        shape: Shape::Flag { default: true },
        help: "Write the size below and the one above as files to print, too.",
    },
];
