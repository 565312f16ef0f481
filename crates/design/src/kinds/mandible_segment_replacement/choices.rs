//! What can be chosen for a replaced segment of a lower jaw.

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
        "device_class",
        "replacement",
        &["replacement", "fixation", "filling"],
        "What the device bears: replacement all load, fixation the early load beside a graft, \
         filling nearly none (facts D2.1, D2.3).",
    ),
    word(
        "plan",
        "contour",
        "auto",
        &["auto", "mirror", "healthy"],
        "What the segment is shaped after: the other side's mirror image, the bone as scanned, or \
         (auto) the bone where both agree, else the mirror image (facts D2.19, D2.26).",
    ),
    mm(
        "plan",
        "deformed_mm",
        [1.5, 0.5, 5.0],
        "With contour = \"auto\": bone farther than this from the mirror image, in the mean, \
         counts as deformed.",
    ),
    mm(
        "implant",
        "gap_mm",
        [0.3, 0.0, 2.0],
        "Gap between the segment and each cut face of the bone that stays (facts D2.7, D2.39).",
    ),
    mm("implant", "plate_gap_mm", [0.1, 0.0, 0.5], "Gap between plate and bone (facts D2.39)."),
    mm("implant", "plate_thickness_mm", [2.3, 1.0, 3.5], "Thickness of the plate (facts D2.16)."),
    mm("implant", "plate_width_mm", [8.0, 5.0, 12.0], "Width of the plate (facts D2.16)."),
    mm(
        "implant",
        "plate_length_mm_max",
        [45.0, 20.0, 70.0],
        "The plate reaches at most so far over the bone from each cut.",
    ),
    Choice {
        section: "implant",
        key: "screws_per_side",
        unit: "",
        shape: Shape::Whole { default: 3, min: 2, max: 6 },
        help: "Screws in the bone on each side; at least 3 hold (facts D2.16).",
    },
    mm(
        "implant",
        "screw_diameter_mm",
        [2.4, 1.5, 3.0],
        "Outer diameter of the thread (facts D2.14).",
    ),
    mm("implant", "screw_head_mm", [4.0, 2.4, 6.0], "Diameter of the screw's head."),
    mm("implant", "screw_length_mm_max", [20.0, 6.0, 30.0], "Longest screw, from head to tip."),
    mm(
        "implant",
        "screw_bone_mm_min",
        [4.0, 3.0, 15.0],
        "Least thread in bone of a screw that ends between the walls.",
    ),
    Choice {
        section: "implant",
        key: "screw_tilt_deg_max",
        unit: "deg",
        shape: Shape::Number { default: 15.0, min: 0.0, max: 20.0 },
        help: "A screw may be tilted against the plate by this to pass beside teeth and canal, as \
               angle-stable systems allow.",
    },
    mm(
        "implant",
        "screw_tip_mm",
        [1.0, 0.0, 3.0],
        "How far a screw through both walls stands out.",
    ),
    mm(
        "implant",
        "screw_pitch_mm",
        [7.5, 3.0, 15.0],
        "Distance between screws, at least; 2.5 diameters or more (facts D2.16).",
    ),
    mm(
        "implant",
        "hole_edge_mm",
        [1.5, 1.0, 5.0],
        "From the edge of a screw's hole to the edge of the plate (facts D2.16).",
    ),
    mm(
        "implant",
        "first_screw_mm",
        [6.0, 3.0, 15.0],
        "From the cut to the nearest screw, at least (facts D2.16: 5 to 8 mm).",
    ),
    mm("implant", "root_clearance_mm", [2.0, 0.5, 8.0], "Screw to teeth, at least (facts D2.16)."),
    mm(
        "implant",
        "canal_clearance_mm",
        [2.0, 0.5, 8.0],
        "Screw to the mandibular canal, at least (facts D2.16).",
    ),
    mm(
        "implant",
        "tissue_hole_diameter_mm",
        [2.0, 0.0, 4.0],
        "Diameter of the holes to which soft tissue is sutured; 0 for none (facts D2.5).",
    ),
    mm("implant", "tissue_hole_pitch_mm", [7.0, 3.0, 30.0], "Distance between them."),
    mm("implant", "tissue_hole_edge_mm", [3.0, 1.5, 8.0], "Their middle from the lower border."),
    mm(
        "implant",
        "fillet_mm",
        [1.0, 0.0, 3.0],
        "Rounding of edges that meet soft tissue (facts D2.5).",
    ),
    mm(
        "implant",
        "size_step_mm",
        [2.0, 0.0, 5.0],
        "Backup sizes: the segment so much shorter and longer; 0 for none (facts D2.7).",
    ),
    word(
        "lattice",
        "cell",
        "gyroid",
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
        "Unit cell of the porous core; none for solid metal.",
    ),
    mm("lattice", "period_mm", [3.0, 1.0, 8.0], "Edge of a unit cell."),
    Choice {
        section: "lattice",
        key: "solid_fraction",
        unit: "",
        shape: Shape::Number { default: 0.30, min: 0.05, max: 0.95 },
        help: "Share of the core that is metal.",
    },
    mm(
        "lattice",
        "rim_mm",
        [1.5, 0.6, 6.0],
        "Thickness of the solid skin around the porous core; the faces to the bone are porous.",
    ),
    mm("lattice", "transition_mm", [0.4, 0.05, 2.0], "Fillet where the lattice joins solid metal."),
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
        "Card of the titanium (facts D1.41 to D1.47).",
    ),
    mm(
        "mechanics",
        "voxel_mm",
        [0.6, 0.25, 1.5],
        "Edge of an element; the second resolution is coarser by half.",
    ),
    Choice {
        section: "mechanics",
        key: "safety_factor_min",
        unit: "",
        shape: Shape::Number { default: 1.5, min: 1.0, max: 5.0 },
        help: "Least safety factor of the implant; below it the check fails.",
    },
];
