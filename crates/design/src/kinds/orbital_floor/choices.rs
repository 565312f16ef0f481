//! What can be chosen for a plate of the orbit's floor.

use ossein_geom::Choice;

use crate::kinds::TITANIUM;

/// What a plate may be made of.
pub const MATERIALS: &[&str] = &["titanium", "peek", "peek_printed"];

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::word(
        "plan",
        "side",
        "told",
        &["told", "left", "right"],
        "The broken side; told from the points if not said, and refused if the points say otherwise.",
    ),
    Choice::mm(
        "plan",
        "drop_mm",
        [2.0, 1.0, 6.0],
        "The floor counts as broken where it lies so far beneath the other orbit's mirror image, or \
         is not there (facts D2.28: a difference of sides above 2 mm is reported).",
    ),
    Choice::mm(
        "plan",
        "fallen_mm",
        [8.0, 4.0, 15.0],
        "Soft tissue beneath the other orbit's mirrored floor counts as fallen out of the orbit so \
         deep; deeper lie the sinus and the fossa behind it. An estimate.",
    ),
    Choice::mm(
        "plan",
        "wall_gap_mm",
        [6.0, 3.0, 9.0],
        "Gaps in an orbit's walls up to this width are closed when its volume is taken: fissures, \
         foramina, bone too thin to be seen. An estimate.",
    ),
    Choice::number(
        "plan",
        "air_hu",
        "HU",
        [-250.0, -700.0, -150.0],
        "Air of a sinus begins here: it ends the orbit where the bone between is too thin to be \
         seen. An estimate.",
    ),
    Choice::word(
        "implant",
        "material",
        "titanium",
        MATERIALS,
        "What the plate is made of; `ossein materials` prints the cards.",
    ),
    Choice::mm(
        "implant",
        "thickness_mm",
        [0.6, 0.3, 1.0],
        "Thickness of the plate (facts D2.23: mesh 0.3 to 0.5, printed plates 0.5 to 1.0).",
    ),
    Choice::mm(
        "implant",
        "margin_mm",
        [4.0, 2.0, 8.0],
        "Width of the ledge of bone around the defect on which the plate rests. An estimate.",
    ),
    Choice::mm(
        "implant",
        "gap_mm",
        [0.2, 0.0, 1.0],
        "Gap between plate and bone where it rests (facts D2.39: 0 to 0.2 on bone).",
    ),
    Choice::mm(
        "implant",
        "smooth_mm",
        [1.5, 0.5, 3.0],
        "Bumps of the mirrored floor narrower than about this are not copied to the plate: the \
         standard deviation of the blur. An estimate.",
    ),
    Choice::mm(
        "implant",
        "reach_max_mm",
        [38.0, 15.0, 38.0],
        "The plate goes no farther back from the lower rim (facts D2.23: 30 to 38 mm).",
    ),
    Choice::mm(
        "implant",
        "canal_clearance_mm",
        [5.0, 5.0, 15.0],
        "From the plate to the optic canal at least (facts D2.23).",
    ),
    Choice::mm(
        "implant",
        "flange_width_mm",
        [22.0, 10.0, 34.0],
        "Width of the flange that lies on the lower rim. An estimate.",
    ),
    Choice::mm(
        "implant",
        "flange_mm",
        [5.0, 2.5, 8.0],
        "How far the flange goes in front of the lower rim's point. An estimate.",
    ),
    Choice::mm(
        "implant",
        "hole_diameter_mm",
        [1.6, 0.0, 3.0],
        "Diameter of the holes for drainage; 0 for none. An estimate.",
    ),
    Choice::mm("implant", "hole_pitch_mm", [4.5, 3.0, 12.0], "Distance between them. An estimate."),
    Choice::whole("implant", "screw_count", [3, 2, 3], "Screws in the flange. An estimate."),
    Choice::mm(
        "implant",
        "screw_diameter_mm",
        [1.3, 1.0, 1.5],
        "Outer diameter of the thread (facts D2.14: 1.0 to 1.3, 1.5 midface).",
    ),
    Choice::mm("implant", "screw_head_mm", [2.2, 1.3, 3.2], "Diameter of the screw's head."),
    Choice::mm(
        "implant",
        "screw_thread_mm",
        [5.0, 3.0, 8.0],
        "Longest thread in bone; shorter where the bone is thinner (facts D2.17).",
    ),
    Choice::word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        TITANIUM,
        "Card of the titanium, for material = \"titanium\" (facts D1.41 to D1.47).",
    ),
];
