//! What can be chosen for a skull plate.

use ossein_geom::Choice;

use crate::kinds::{CORES, SHRINKAGE, TITANIUM};

/// What a plate may be made of.
pub const MATERIALS: &[&str] =
    &["peek", "peek_printed", "titanium", "pmma", "hydroxyapatite", "beta_tcp"];

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::word(
        "plan",
        "method",
        "best",
        &["best", "mirror", "thin_plate"],
        "How the missing surface is drawn: from the other side's mirror image, by thin-plate \
         splines through the bone around, or by the one that rebuilds whole bone beside the hole \
         better (facts D2.19, D2.21).",
    ),
    Choice::mm(
        "plan",
        "collar_mm",
        [25.0, 8.0, 40.0],
        "Width of the bone around the hole that gives the missing surface its form.",
    ),
    Choice::word(
        "implant",
        "material",
        "peek",
        MATERIALS,
        "What the plate is made of (facts D2.17, D2.43); `ossein materials` prints the cards.",
    ),
    Choice::word(
        "implant",
        "thickness_from",
        "own",
        &["own", "neighbour", "chosen"],
        "Thickness as in the bone around the hole (neighbour), or thickness_mm everywhere (chosen), or \
         as the material has it (own): solid titanium is a sheet of thickness_mm, all else follows \
         the bone (facts D2.17).",
    ),
    Choice::mm(
        "implant",
        "thickness_mm",
        [0.0, 0.0, 8.0],
        "Thickness of a plate that is equally thick all over; 0 for the material's own: 1.0 solid \
         titanium, 4.0 all else. From 0.4 (facts D2.17).",
    ),
    Choice::mm("implant", "thickness_max_mm", [6.0, 1.0, 12.0], "The plate is nowhere thicker."),
    Choice::mm("implant", "gap_mm", [0.5, 0.2, 2.0], "Gap between plate and bone (facts D2.17)."),
    Choice::mm(
        "implant",
        "edge_mm",
        [0.0, 0.0, 4.0],
        "Where the plate would end thinner than this, it is cut off; 0 for the material's own: 0.4 \
         titanium, 2.0 all else, and no more than the plate is thick (facts D2.17).",
    ),
    Choice::mm(
        "implant",
        "hole_diameter_mm",
        [2.5, 0.0, 5.0],
        "Diameter of the holes for drainage and sutures; 0 for none (facts D2.17).",
    ),
    Choice::mm(
        "implant",
        "hole_pitch_mm",
        [12.0, 6.0, 40.0],
        "Distance between them (facts D2.17).",
    ),
    Choice::mm(
        "implant",
        "hole_edge_mm",
        [6.0, 3.0, 20.0],
        "Their distance from the edge, at least.",
    ),
    Choice::whole(
        "implant",
        "tab_count",
        [6, 0, 24],
        "Tabs that lie on the bone around, a screw in each; at least 4 hold a plate (facts \
               D2.17). 0 for a plate held by plates from stock.",
    ),
    Choice::mm("implant", "tab_thickness_mm", [1.0, 0.5, 2.5], "Thickness of a tab."),
    Choice::mm("implant", "tab_width_mm", [6.0, 4.0, 12.0], "Width of a tab."),
    Choice::mm(
        "implant",
        "tab_clearance_mm",
        [0.2, 0.0, 0.5],
        "Gap between a tab and the bone under it.",
    ),
    Choice::mm(
        "implant",
        "screw_edge_mm",
        [5.0, 3.0, 12.0],
        "From the edge of the bone to the middle of a screw.",
    ),
    Choice::mm(
        "implant",
        "screw_diameter_mm",
        [1.5, 1.0, 2.4],
        "Outer diameter of the thread (facts D2.14).",
    ),
    Choice::mm("implant", "screw_head_mm", [2.9, 1.5, 5.0], "Diameter of the screw's head."),
    Choice::mm(
        "implant",
        "screw_length_mm",
        [5.0, 3.0, 10.0],
        "Longest thread; shorter where the bone is thinner (facts D2.17).",
    ),
    Choice::word(
        "lattice",
        "cell",
        "none",
        CORES,
        "Unit cell of a porous core; none for a solid plate.",
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
        "rim_mm",
        [4.0, 1.0, 15.0],
        "Width of the solid rim around the porous core.",
    ),
    Choice::mm(
        "lattice",
        "transition_mm",
        [0.4, 0.05, 2.0],
        "Fillet where the lattice joins the rim.",
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
        [0.5, 0.25, 1.5],
        "Edge of an element, at most: a thinner plate has three over its thickness, of 0.25 mm or \
         more; the second resolution is coarser by half.",
    ),
    Choice::number(
        "mechanics",
        "safety_factor_min",
        "",
        [1.5, 1.0, 5.0],
        "Least safety factor of the plate; below it the check fails.",
    ),
    SHRINKAGE[0],
    SHRINKAGE[1],
    SHRINKAGE[2],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::material;

    #[test]
    fn every_material_has_a_card() {
        for titanium in TITANIUM {
            assert_eq!(material("titanium", titanium).id, *titanium);
            for word in MATERIALS {
                assert!(material(word, titanium).modulus_mpa.value > 1e3, "{word}");
            }
        }
    }
}
