//! What can be chosen for a drill guide.

use ossein_geom::Choice;

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
    Choice::mm(
        "plan",
        "diameter_mm",
        [4.1, 2.5, 7.0],
        "Diameter of an implant that names none (estimate: 3.3 to 4.8 mm are usual).",
    ),
    Choice::mm(
        "plan",
        "length_mm",
        [10.0, 5.0, 20.0],
        "Length of an implant that names none (estimate: 8 to 13 mm are usual; facts D2.37 reckon \
         with 8 to 18 mm).",
    ),
    Choice::mm(
        "plan",
        "sunk_mm",
        [0.0, -2.0, 5.0],
        "So far under the crest lies the neck of an implant that a tooth alone places.",
    ),
    Choice::word(
        "plan",
        "sockets",
        "empty",
        &["empty", "healed"],
        "Whether the sockets of teeth that are taken out are empty when the drill comes, or have \
         become bone.",
    ),
    Choice::mm(
        "plan",
        "reach_mm",
        [18.0, 6.0, 70.0],
        "Teeth whose middle lies so near to an implant's axis carry the guide (estimate: two or \
         three to each side).",
    ),
    Choice::mm(
        "plan",
        "canal_clearance_mm",
        [2.0, 1.0, 5.0],
        "From implant to mandibular canal, at least (facts D2.16, D2.38).",
    ),
    Choice::mm(
        "plan",
        "tooth_clearance_mm",
        [1.5, 0.5, 5.0],
        "From implant to a tooth, at least (our default, as is usual: facts D2.16 ask for 2 mm of a \
         plate's screws).",
    ),
    Choice::mm(
        "plan",
        "implant_clearance_mm",
        [3.0, 1.0, 10.0],
        "From implant to implant, at least (our default, as is usual).",
    ),
    Choice::mm(
        "plan",
        "plate_mm",
        [1.0, 0.0, 3.0],
        "Bone beside an implant to cheek and tongue, at least; thinner is said (our default).",
    ),
    Choice::word(
        "guide",
        "seat",
        "teeth",
        &["teeth", "bone", "both"],
        "What it sits on: teeth, with the gum left free; bone that was laid bare; or both.",
    ),
    Choice::mm(
        "guide",
        "contact_mm",
        [0.1, 0.05, 0.15],
        "Gap between shell and teeth (facts D2.39: 0.05 to 0.15 mm).",
    ),
    Choice::mm(
        "guide",
        "bone_contact_mm",
        [0.1, 0.0, 0.2],
        "Gap between shell and bone that it sits on (facts D2.39: 0 to 0.2 mm).",
    ),
    Choice::mm(
        "guide",
        "gum_mm",
        [3.0, 0.5, 6.0],
        "A guide on teeth stays so far from bone: the gum's thickness and air (estimate).",
    ),
    Choice::mm("guide", "thickness_mm", [3.0, 2.5, 4.0], "Thickness of the shell (facts D2.39)."),
    Choice::mm(
        "guide",
        "skirt_mm",
        [5.5, 2.0, 12.0],
        "How far the shell reaches down from the cusps, or from the ridge of bone (estimate).",
    ),
    Choice::mm(
        "guide",
        "width_mm",
        [14.0, 8.0, 25.0],
        "Width of a shell over bone; over teeth it is as wide as they are.",
    ),
    Choice::word(
        "guide",
        "sleeve",
        "printed",
        &["printed", "metal"],
        "Whether the drill runs in the print itself or in a metal sleeve that is put in.",
    ),
    Choice::mm(
        "guide",
        "drill_mm",
        [2.2, 1.2, 6.0],
        "Diameter of the drill that is led, or of the handle that leads it; an implant can name its \
         own.",
    ),
    Choice::mm(
        "guide",
        "drill_tip_mm",
        [0.5, 0.0, 2.0],
        "How much deeper than the implant the drill's tip goes (estimate: drills are pointed).",
    ),
    Choice::mm(
        "guide",
        "drill_play_mm",
        [0.1, 0.02, 0.5],
        "How much wider than the drill the sleeve is: 0.05 to 0.1 mm in metal, 0.1 to 0.2 mm printed \
         (facts D2.39).",
    ),
    Choice::mm(
        "guide",
        "sleeve_length_mm",
        [5.0, 4.0, 10.0],
        "How long a sleeve leads the drill (facts D2.37: 4 to 7 mm, D2.39: 5 to 10 mm).",
    ),
    Choice::mm(
        "guide",
        "sleeve_offset_mm",
        [10.0, 6.0, 17.0],
        "From the sleeve's upper end to the implant's neck (facts D2.37: 6 to 17 mm).",
    ),
    Choice::mm(
        "guide",
        "sleeve_wall_mm",
        [1.5, 1.0, 3.0],
        "Wall around a sleeve; 1 mm in metal, 1.5 mm in polymer (facts D2.39).",
    ),
    Choice::mm(
        "guide",
        "metal_wall_mm",
        [0.5, 0.2, 2.0],
        "Wall of a metal sleeve: its seat is wider by it on each side (estimate: see its maker).",
    ),
    Choice::mm(
        "guide",
        "metal_play_mm",
        [0.05, 0.0, 0.2],
        "How much wider than a metal sleeve its seat is (estimate: room for glue).",
    ),
    Choice::mm(
        "guide",
        "handpiece_mm",
        [14.0, 8.0, 25.0],
        "Height of the handpiece's head over the drill, for the opening of the mouth (estimate).",
    ),
    Choice::mm(
        "guide",
        "opening_mm_max",
        [40.0, 20.0, 60.0],
        "The mouth opens so far at the site, at most (estimate: 40 to 50 mm at the front teeth, less \
         at the back).",
    ),
    Choice::mm(
        "guide",
        "window_mm",
        [3.0, 0.0, 5.0],
        "Diameter of windows over the teeth, to see the seat through; 0 for none (facts D2.39).",
    ),
    Choice::number(
        "guide",
        "density_g_per_cm3",
        "g/cm3",
        [1.2, 0.8, 9.0],
        "Density of the material, for the mass: resins about 1.2 (an estimate).",
    ),
];
