//! What can be chosen for a replaced segment of a lower jaw.

use ossein_geom::Choice;

use crate::kinds::{CORES, SIZE_LAYERS, TITANIUM};

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::word(
        "plan",
        "device_class",
        "replacement",
        &["replacement", "fixation", "filling"],
        "What the device bears: replacement all load, fixation the early load beside a graft, \
         filling nearly none (facts D2.1, D2.3).",
    ),
    Choice::word(
        "plan",
        "contour",
        "auto",
        &["auto", "mirror", "shape_model", "healthy"],
        "What the segment is shaped after: the other side's mirror image, a shape model of jaws, \
         the bone as scanned, or (auto) the bone where it agrees with the mirror image, else the \
         mirror image, or the model where there is no mirror image (facts D2.19, D2.21, D2.26).",
    ),
    Choice::mm(
        "plan",
        "deformed_mm",
        [1.5, 0.5, 5.0],
        "With contour = \"auto\": bone farther than this from the mirror image or the model, in \
         the mean, counts as deformed.",
    ),
    Choice::mm(
        "implant",
        "gap_mm",
        [0.3, 0.0, 2.0],
        "Gap between the segment and each cut face of the bone that stays (facts D2.7, D2.39).",
    ),
    Choice::mm(
        "implant",
        "plate_gap_mm",
        [0.1, 0.0, 0.5],
        "Gap between plate and bone (facts D2.39).",
    ),
    Choice::mm(
        "implant",
        "plate_thickness_mm",
        [2.3, 1.0, 3.5],
        "Thickness of the plate (facts D2.16).",
    ),
    Choice::mm("implant", "plate_width_mm", [8.0, 5.0, 12.0], "Width of the plate (facts D2.16)."),
    Choice::mm(
        "implant",
        "plate_length_mm_max",
        [45.0, 20.0, 70.0],
        "The plate reaches at most so far over the bone from each cut.",
    ),
    Choice::whole(
        "implant",
        "screws_per_side",
        [3, 2, 6],
        "Screws in the bone on each side; at least 3 hold (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "screw_diameter_mm",
        [2.4, 1.5, 3.0],
        "Outer diameter of the thread (facts D2.14).",
    ),
    Choice::mm("implant", "screw_head_mm", [4.0, 2.4, 6.0], "Diameter of the screw's head."),
    Choice::mm(
        "implant",
        "screw_length_mm_max",
        [20.0, 6.0, 30.0],
        "Longest screw, from head to tip.",
    ),
    Choice::mm(
        "implant",
        "screw_bone_mm_min",
        [4.0, 3.0, 15.0],
        "Least thread in bone of a screw that ends between the walls.",
    ),
    Choice::number(
        "implant",
        "screw_tilt_deg_max",
        "deg",
        [15.0, 0.0, 20.0],
        "A screw may be tilted against the plate by this to pass beside teeth and canal, as \
         angle-stable systems allow.",
    ),
    Choice::mm(
        "implant",
        "screw_tip_mm",
        [1.0, 0.0, 3.0],
        "How far a screw through both walls stands out.",
    ),
    Choice::mm(
        "implant",
        "screw_pitch_mm",
        [7.5, 3.0, 15.0],
        "Distance between screws, at least; 2.5 diameters or more (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "hole_edge_mm",
        [1.5, 1.0, 5.0],
        "From the edge of a screw's hole to the edge of the plate (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "first_screw_mm",
        [6.0, 3.0, 15.0],
        "From the cut to the nearest screw, at least (facts D2.16: 5 to 8 mm).",
    ),
    Choice::mm(
        "implant",
        "root_clearance_mm",
        [2.0, 0.5, 8.0],
        "Screw to teeth, at least (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "canal_clearance_mm",
        [2.0, 0.5, 8.0],
        "Screw to the mandibular canal, at least (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "tissue_hole_diameter_mm",
        [2.0, 0.0, 4.0],
        "Diameter of the holes to which soft tissue is sutured; 0 for none (facts D2.5).",
    ),
    Choice::mm("implant", "tissue_hole_pitch_mm", [7.0, 3.0, 30.0], "Distance between them."),
    Choice::mm(
        "implant",
        "tissue_hole_edge_mm",
        [3.0, 1.5, 8.0],
        "Their middle from the lower border.",
    ),
    Choice::mm(
        "implant",
        "fillet_mm",
        [1.0, 0.0, 3.0],
        "Rounding of edges that meet soft tissue (facts D2.5).",
    ),
    Choice::mm(
        "implant",
        "size_step_mm",
        [2.0, 0.0, 5.0],
        "Backup sizes: the segment so much shorter and longer; 0 for none (facts D2.7).",
    ),
    Choice::word(
        "lattice",
        "cell",
        "gyroid",
        CORES,
        "Unit cell of the porous core; none for solid metal.",
    ),
    Choice::mm("lattice", "period_mm", [3.0, 1.0, 8.0], "Edge of a unit cell."),
    Choice::number(
        "lattice",
        "solid_fraction",
        "",
        [0.30, 0.05, 0.95],
        "Share of the core that is metal.",
    ),
    Choice::mm(
        "lattice",
        "rim_mm",
        [1.5, 0.6, 6.0],
        "Thickness of the solid skin around the porous core; the faces to the bone are porous.",
    ),
    Choice::mm(
        "lattice",
        "transition_mm",
        [0.4, 0.05, 2.0],
        "Fillet where the lattice joins solid metal.",
    ),
    Choice::word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        TITANIUM,
        "Card of the titanium (facts D1.41 to D1.47).",
    ),
    Choice::mm(
        "mechanics",
        "voxel_mm",
        [0.6, 0.25, 1.5],
        "Edge of an element; the second resolution is coarser by half.",
    ),
    Choice::number(
        "mechanics",
        "safety_factor_min",
        "",
        [1.5, 1.0, 5.0],
        "Least safety factor of the implant; below it the check fails.",
    ),
    Choice::number(
        "mechanics",
        "cortical_mpa",
        "MPa",
        [12_000.0, 5000.0, 20_000.0],
        "Young's modulus of cortical bone: a label map says nothing of density (facts D1.48, D1.50).",
    ),
    Choice::number(
        "mechanics",
        "cancellous_mpa",
        "MPa",
        [500.0, 50.0, 3000.0],
        "Young's modulus of cancellous bone.",
    ),
    Choice::mm("mechanics", "cortex_mm", [2.0, 0.5, 5.0], "Thickness of the cortex."),
    SIZE_LAYERS,
];
