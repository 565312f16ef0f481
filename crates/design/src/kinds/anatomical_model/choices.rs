//! What can be chosen for a model of anatomy.

use ossein_geom::Choice;

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::word(
        "model",
        "process",
        "fff",
        &["fff", "resin"],
        "How it is printed: melted filament or resin; decides how thin walls may be (0.8 and 0.5 mm: \
         two lines of a usual nozzle; an estimate).",
    ),
    Choice::mm(
        "model",
        "step_mm",
        [0.5, 0.2, 1.5],
        "Distance between the samples from which surfaces are taken; half the voxels of a map keep \
         all that is in it.",
    ),
    Choice::mm(
        "model",
        "simplify_mm",
        [0.03, 0.0, 0.3],
        "Triangles are joined where the surface stays within this; 0 keeps all.",
    ),
    Choice::whole(
        "model",
        "smooth",
        [0, 0, 2],
        "Rounds of smoothing by half a voxel beyond the one that takes off the voxels' steps; every \
         voxel keeps its side of the surface, so steps of thick slices stay.",
    ),
    Choice::flag(
        "model",
        "fill_voids",
        true,
        "Fill what no way leads into from outside, such as marrow without a label.",
    ),
    Choice::number(
        "model",
        "crumb_mm3",
        "mm3",
        [20.0, 0.0, 5000.0],
        "Loose parts smaller than this are left out, and chips that cuts leave.",
    ),
    Choice::flag(
        "model",
        "join",
        true,
        "Join loose parts by struts, so that they keep their places.",
    ),
    Choice::mm("model", "strut_mm", [4.0, 1.0, 12.0], "Diameter of a strut."),
    Choice::whole("model", "struts", [3, 1, 6], "Struts to each loose part, if there is room."),
    Choice::mm(
        "model",
        "wall_mm",
        [0.0, 0.0, 10.0],
        "Wall of a hollow model; 0: solid, which leaves the filling to the slicer.",
    ),
    Choice::mm("model", "drain_mm", [3.5, 1.0, 10.0], "Diameter of the two holes of each hollow."),
    Choice::mm(
        "model",
        "peg_mm",
        [5.0, 2.0, 15.0],
        "Diameter of a peg across a cut; down to 0.4 of it where the section has no room.",
    ),
    Choice::mm("model", "peg_length_mm", [6.0, 2.0, 20.0], "How far a peg stands out of its cut."),
    Choice::mm(
        "model",
        "peg_play_mm",
        [0.15, 0.0, 0.6],
        "Play between a peg and its hole, all round and at its end (an estimate: print one pair first).",
    ),
    Choice::whole("model", "pegs", [2, 0, 6], "Pegs across each cut, if there is room."),
    Choice::flag("model", "engrave", true, "Engrave the case's id and the number of the piece."),
    Choice::mm("model", "letter_mm", [5.0, 3.0, 15.0], "Height of a letter."),
    Choice::mm("model", "bed_x_mm", [250.0, 20.0, 2000.0], "Width of the printer's plate."),
    Choice::mm("model", "bed_y_mm", [210.0, 20.0, 2000.0], "Depth of the printer's plate."),
    Choice::mm("model", "bed_z_mm", [210.0, 20.0, 2000.0], "Height that the printer builds."),
    Choice::number(
        "model",
        "density_g_per_cm3",
        "g/cm3",
        [1.24, 0.8, 2.0],
        "Density of the material, for the mass: PLA 1.24, resins about 1.15 (an estimate).",
    ),
];
