//! What can be chosen for a root-analogue implant.

use ossein_geom::Choice;
use ossein_mechanics::material::{Card, card};

use crate::kinds::{SHRINKAGE, TITANIUM};

/// What an implant may be made of.
pub const MATERIALS: &[&str] = &["titanium", "zirconia"];

/// The card of a material's word, and of the titanium where that is the word.
pub fn material(word: &str, titanium: &str) -> Card {
    let id = if word == "titanium" { titanium } else { word };
    card(id).expect("every word of a list has a card")
}

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::number(
        "plan",
        "neck",
        "",
        [0.85, 0.6, 0.97],
        "A contact thinner than this share of the thinner tooth's depth parts two teeth (estimate: \
         it parts all 14 lower teeth of a real label map, and 10 of 14 upper ones).",
    ),
    Choice::word(
        "plan",
        "roots",
        "all",
        &["all", "one"],
        "Which roots are copied: all, refused where they lean apart, or the largest alone.",
    ),
    Choice::word(
        "implant",
        "material",
        "titanium",
        MATERIALS,
        "What the implant is made of (facts D1.41, D2.43); `ossein materials` prints the cards.",
    ),
    Choice::mm(
        "implant",
        "ligament_mm",
        [0.0, 0.0, 0.4],
        "The root is grown by this everywhere: the ligament's width, where the socket's wall lies \
         that far from the root and the label map does not show it (estimate: 0.15 to 0.3 mm).",
    ),
    Choice::mm(
        "implant",
        "press_fit_mm",
        [0.1, 0.0, 0.3],
        "Larger than the socket by this on the sides that face the neighbours (facts D2.41 names \
         the place; the size is an estimate).",
    ),
    Choice::mm(
        "implant",
        "relief_mm",
        [0.2, 0.0, 0.3],
        "Smaller than the socket by this at the thin plate of bone (facts D2.41: 0.1 to 0.3 mm).",
    ),
    Choice::word(
        "implant",
        "relief_side",
        "thin",
        &["thin", "cheek", "tongue", "both"],
        "Where the relief is: at the thinner plate, or at a side; tongue means the palate too.",
    ),
    Choice::mm(
        "implant",
        "groove_depth_mm",
        [0.3, 0.0, 0.6],
        "Depth of the retention grooves on the sides that face the neighbours; 0 for none (facts \
         D2.41; the size is an estimate).",
    ),
    Choice::mm("implant", "groove_pitch_mm", [1.5, 0.8, 4.0], "From one groove to the next."),
    Choice::word(
        "implant",
        "surface",
        "porous",
        &["porous", "textured", "plain"],
        "The root's surface: a porous layer on a solid core, shallow pits, or smooth.",
    ),
    Choice::mm(
        "implant",
        "layer_mm",
        [0.8, 0.4, 1.5],
        "Thickness of the porous layer (estimate: ingrowth needs two or three pores).",
    ),
    Choice::mm(
        "implant",
        "texture_mm",
        [0.08, 0.03, 0.2],
        "Depth of the pits of a textured surface (estimate; a printed surface has an Sa of about \
         13 um by itself, facts D2.41).",
    ),
    Choice::mm("implant", "texture_pitch_mm", [0.7, 0.4, 2.0], "From one pit to the next."),
    Choice::mm(
        "implant",
        "solid_neck_mm",
        [3.0, 0.5, 6.0],
        "Under the crest the root stays smooth and solid for so far: bone may be lost there (facts \
         D2.42 reckon with 3 mm).",
    ),
    Choice::mm(
        "implant",
        "collar_mm",
        [1.5, 0.5, 4.0],
        "Height of the collar through the gum over the crest (estimate).",
    ),
    Choice::mm(
        "implant",
        "margin_mm",
        [0.8, 0.3, 1.5],
        "Width of the shoulder that the crown ends on (estimate).",
    ),
    Choice::mm(
        "implant",
        "abutment_mm",
        [5.0, 3.0, 8.0],
        "Height of the abutment over its margin.",
    ),
    Choice::number(
        "implant",
        "taper_deg",
        "degrees",
        [6.0, 2.0, 15.0],
        "How much each side of the abutment leans inwards (estimate: 4 to 8 degrees hold a crown).",
    ),
    Choice::number(
        "implant",
        "tilt_along_deg",
        "degrees",
        [0.0, -25.0, 25.0],
        "Tilt of the abutment along the arch, positive to x of the implant.",
    ),
    Choice::number(
        "implant",
        "tilt_out_deg",
        "degrees",
        [0.0, -25.0, 25.0],
        "Tilt of the abutment across the arch, positive to the cheek.",
    ),
    Choice::mm(
        "implant",
        "canal_clearance_mm",
        [2.0, 1.0, 5.0],
        "From implant to mandibular canal, at least (facts D2.16, D2.38).",
    ),
    Choice::mm(
        "implant",
        "neighbour_clearance_mm",
        [0.5, 0.2, 3.0],
        "From the root to the neighbours' roots, at least (estimate: the tooth's own root stood \
         there).",
    ),
    Choice::word(
        "lattice",
        "cell",
        "gyroid",
        &["gyroid", "gyroid-sheet", "diamond", "diamond-sheet", "primitive", "iwp"],
        "Unit cell of a porous layer.",
    ),
    Choice::mm("lattice", "period_mm", [1.2, 0.6, 3.0], "Edge of a unit cell."),
    Choice::number(
        "lattice",
        "solid_fraction",
        "",
        [0.4, 0.15, 0.8],
        "Share of the layer that is solid.",
    ),
    Choice::mm(
        "lattice",
        "transition_mm",
        [0.2, 0.05, 1.0],
        "Fillet where the lattice joins the core.",
    ),
    Choice::word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        TITANIUM,
        "Card of the titanium, for material = \"titanium\" (facts D1.41 to D1.47).",
    ),
    Choice::mm(
        "mechanics",
        "voxel_mm",
        [0.15, 0.1, 0.5],
        "Edge of an element; the second resolution is coarser by half.",
    ),
    Choice::number(
        "mechanics",
        "bite_n",
        "N",
        [200.0, 50.0, 800.0],
        "Highest force on the tooth, at 30 degrees (facts D2.42 give the angle; the force is an \
         estimate: 100 N at incisors to 300 N at molars, facts D2.30).",
    ),
    Choice::number(
        "mechanics",
        "safety_factor_min",
        "",
        [1.5, 1.0, 5.0],
        "Least safety factor of the implant; below it the check fails.",
    ),
    SHRINKAGE[0],
    SHRINKAGE[1],
    SHRINKAGE[2],
];
