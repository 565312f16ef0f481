//! What can be chosen for a guide.

use ossein_geom::Choice;

/// Every choice, in the order in which forms show them.
pub const CHOICES: &[Choice] = &[
    Choice::flag("guide", "make", true, "Make a guide for drills and saw."),
    Choice::mm("guide", "thickness_mm", [3.0, 2.5, 5.0], "Thickness of the shell (facts D2.39)."),
    Choice::mm("guide", "width_mm", [14.0, 8.0, 25.0], "Width of the shell over the bone."),
    Choice::mm(
        "guide",
        "contact_mm",
        [0.1, 0.0, 0.3],
        "Gap between shell and bone (facts D2.39: 0 to 0.2 mm on bone).",
    ),
    Choice::mm(
        "guide",
        "sleeve_length_mm",
        [8.0, 4.0, 15.0],
        "How long a sleeve leads the drill, from the bone (facts D2.39).",
    ),
    Choice::mm(
        "guide",
        "sleeve_wall_mm",
        [1.5, 1.0, 3.0],
        "Wall of a sleeve; 1 mm in metal, 1.5 mm in polymer (facts D2.39).",
    ),
    Choice::mm(
        "guide",
        "drill_play_mm",
        [0.15, 0.02, 0.5],
        "How much wider a sleeve is than the drill: 0.1 to 0.2 mm printed (facts D2.39).",
    ),
    Choice::mm("guide", "blade_mm", [0.6, 0.2, 1.5], "Thickness of the saw's blade with its set."),
    Choice::mm(
        "guide",
        "blade_play_mm",
        [0.25, 0.1, 0.5],
        "How much wider a slot is than the blade (facts D2.39: 0.2 to 0.3 mm).",
    ),
    Choice::mm(
        "guide",
        "slot_depth_mm",
        [8.0, 8.0, 20.0],
        "How deep a slot leads the blade before it meets bone (facts D2.39: 8 mm or more).",
    ),
    Choice::mm("guide", "slot_wall_mm", [2.5, 1.5, 5.0], "Wall beside a slot."),
    Choice::mm(
        "guide",
        "window_mm",
        [3.0, 0.0, 8.0],
        "Diameter of windows to see the seat through; 0 for none (facts D2.39).",
    ),
];
