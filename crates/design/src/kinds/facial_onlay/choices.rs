//! What can be chosen for an onlay of the face.

use ossein_geom::Choice;
use ossein_mechanics::material::Card;

use crate::kinds::{CORES, TITANIUM, material};

/// What an onlay may be made of.
pub const MATERIALS: &[&str] = &["peek", "peek_printed", "titanium"];

/// Regions by name; the jaw's own first.
pub const REGIONS: &[&str] = &[
    "chin",
    "angle_left",
    "angle_right",
    "malar_left",
    "malar_right",
    "para_nasal_left",
    "para_nasal_right",
    "forehead",
    "custom",
];

/// The card of the chosen material.
pub(super) fn card(choices: &ossein_geom::Choices) -> Card {
    material(choices.word("implant.material"), choices.word("mechanics.metal"))
}

/// Least thickness at the outline by material, mm: facts D2.24, the middle of 0.3 to 0.5 mm for
/// titanium.
pub(super) fn feather_mm(choices: &ossein_geom::Choices) -> f64 {
    match (choices.number("implant.edge_mm"), choices.word("implant.material")) {
        (chosen, _) if chosen > 0.0 => chosen,
        (_, "titanium") => 0.4,
        (_, "peek_printed") => 0.8,
        _ => 1.0,
    }
}

/// What a material needs at its edge at least, mm (facts D2.24).
pub(super) fn feather_mm_min(material: &str) -> f64 {
    match material {
        "titanium" => 0.3,
        "peek_printed" => 0.8,
        _ => 1.0,
    }
}

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::word(
        "plan",
        "region",
        "custom",
        REGIONS,
        "Where the onlay lies. chin and angle lie on the lower jaw, the others on the skull. Its \
         middle is held against that place: the side against the plane of symmetry, chin and angle \
         against the jaw's landmarks, the others against the vault where the scan has one.",
    ),
    Choice::mm(
        "plan",
        "reach_mm",
        [22.0, 6.0, 60.0],
        "With a target: how far around its centre the face is brought to it; over the outer two \
         fifths it fades into the bone. An estimate.",
    ),
    Choice::mm(
        "implant",
        "height_max_mm",
        [10.0, 3.0, 12.0],
        "A face that would stand higher above the bone is refused (facts D2.24: 3 to 12 mm).",
    ),
    Choice::mm(
        "implant",
        "smooth_mm",
        [1.0, 0.0, 3.0],
        "Bumps of the bone narrower than about this are not copied to the face: the standard \
         deviation of the blur. An estimate.",
    ),
    Choice::word(
        "implant",
        "material",
        "peek",
        MATERIALS,
        "What the onlay is made of (facts D2.24); `ossein materials` prints the cards.",
    ),
    Choice::mm(
        "implant",
        "gap_mm",
        [0.1, 0.0, 0.5],
        "Gap between onlay and bone (facts D2.39: 0 to 0.2 on bone).",
    ),
    Choice::mm(
        "implant",
        "edge_mm",
        [0.0, 0.0, 3.0],
        "Thickness at the outline; where the onlay would be thinner it is cut off. 0 for the \
         material's own: 0.4 titanium, 0.8 printed and 1.0 milled PEEK (facts D2.24).",
    ),
    Choice::mm(
        "implant",
        "nerve_clearance_mm",
        [3.0, 1.0, 8.0],
        "From a foramen, or from the canal where it comes to the surface, to the onlay; and from \
         canal and foramina to every screw (facts D2.24).",
    ),
    Choice::mm(
        "implant",
        "root_clearance_mm",
        [2.0, 1.0, 6.0],
        "From a screw to the teeth (facts D2.16).",
    ),
    Choice::flag(
        "implant",
        "two_piece",
        false,
        "Two pieces that join at the midline, as chins often are (facts D2.24).",
    ),
    Choice::mm(
        "implant",
        "joint_mm",
        [0.3, 0.25, 1.0],
        "Gap between the two pieces where they join. An estimate; more than a step of the mesh.",
    ),
    Choice::whole(
        "implant",
        "screw_count",
        [2, 0, 4],
        "Screws in each piece (facts D2.24: 1 or 2); 0 for none.",
    ),
    Choice::mm(
        "implant",
        "screw_diameter_mm",
        [1.5, 1.0, 2.4],
        "Outer diameter of the thread (facts D2.14: 1.5 midface, 2.0 mandible).",
    ),
    Choice::mm("implant", "screw_head_mm", [2.9, 1.5, 5.0], "Diameter of the screw's head."),
    Choice::mm(
        "implant",
        "screw_seat_mm",
        [1.5, 0.6, 4.0],
        "Material under the head's rim, along the screw: the onlay is nowhere thinner at a screw. \
         An estimate.",
    ),
    Choice::mm(
        "implant",
        "screw_edge_mm",
        [1.5, 0.5, 6.0],
        "Material between the head and the outline (facts D2.16).",
    ),
    Choice::mm(
        "implant",
        "screw_thread_mm",
        [6.0, 3.0, 12.0],
        "Longest thread in bone; shorter where the bone is thinner. An estimate.",
    ),
    Choice::word(
        "lattice",
        "cell",
        "none",
        CORES,
        "Unit cell of a porous core that is open to the bone; none for a solid onlay.",
    ),
    Choice::mm("lattice", "period_mm", [2.5, 1.0, 8.0], "Edge of a unit cell."),
    Choice::number(
        "lattice",
        "solid_fraction",
        "",
        [0.35, 0.05, 0.95],
        "Share of the core that is solid.",
    ),
    Choice::mm(
        "lattice",
        "skin_mm",
        [1.0, 0.4, 4.0],
        "Solid skin of the face and of the outline, over the porous core.",
    ),
    Choice::mm(
        "lattice",
        "transition_mm",
        [0.4, 0.05, 2.0],
        "Fillet where the lattice joins the skin.",
    ),
    Choice::word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        TITANIUM,
        "Card of the titanium, for material = \"titanium\" (facts D1.41 to D1.47).",
    ),
];
