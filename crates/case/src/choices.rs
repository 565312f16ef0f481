//! Choices of the tables that kinds share: `[mechanics]`, `[print]`, `[dossier]`.

use ossein_geom::Choice;
use ossein_mechanics::material::DensityKind;

use crate::steps::ROADS;

/// Every table of a recipe, in the order of its template.
pub const SECTIONS: &[&str] = &[
    "case",
    "scan",
    "segmentation",
    "plan",
    "implant",
    "model",
    "lattice",
    "guide",
    "mechanics",
    "print",
    "dossier",
];

/// Every choice of a kind's recipe, by table; for a kind that there is not, the shared tables.
pub fn all_choices(kind: &str) -> Vec<Choice> {
    let Some(road) = ROADS.iter().find(|road| road.kind.id == kind) else {
        return [MECHANICS, PRINT, DOSSIER].concat();
    };
    let shared = road.shared.iter().copied().flatten();
    let mut list: Vec<Choice> = road.kind.choices.iter().chain(shared).copied().collect();
    list.sort_by_key(|choice| SECTIONS.iter().position(|name| *name == choice.section));
    list
}

/// Choices of `[mechanics]`.
pub const MECHANICS: &[Choice] = &[
    Choice::word(
        "mechanics",
        "calibration",
        "none",
        &["none", "phantom", "phantomless", "uncalibrated_preset"],
        "How HU become bone density: a phantom's line, a line through the scan's own tissues (with \
         a note), or the explicit choice of a published line for another scanner (always with a \
         warning); with none, mechanics is refused (facts D1.53).",
    ),
    Choice::number(
        "mechanics",
        "calibration_slope_g_per_cm3_per_hu",
        "g/cm3/HU",
        [0.0008, 0.0003, 0.003],
        "Slope of the line; read with calibration = \"phantom\" or \"phantomless\" alone.",
    ),
    Choice::number(
        "mechanics",
        "calibration_intercept_g_per_cm3",
        "g/cm3",
        [0.0, -0.2, 0.3],
        "Density of the line at 0 HU.",
    ),
    Choice::word(
        "mechanics",
        "calibration_density",
        "qct_hydroxyapatite",
        &DensityKind::WORDS,
        "The density that the line gives.",
    ),
    Choice::number(
        "mechanics",
        "calibration_error_g_per_cm3",
        "g/cm3",
        [0.0043, 0.0, 0.2],
        "Error of a line through the scan's own tissues; said with it (facts D1.54).",
    ),
    Choice::word(
        "mechanics",
        "preset",
        "rho_vertebra",
        &["rho_vertebra", "rho_lower_limb", "pseudo_linear"],
        "The published line of calibration = \"uncalibrated_preset\" (facts D1.51 k, l).",
    ),
    Choice::word(
        "mechanics",
        "law",
        "morgan_vertebra",
        &[
            "morgan_vertebra",
            "kopperdahl_vertebra",
            "crawford_vertebra",
            "morgan_pooled",
            "morgan_femoral_neck",
            "morgan_proximal_tibia",
            "keller_general",
            "keyak_femur",
            "keyak_femur_piecewise",
            "carter_hayes",
            "pseudo_linear",
            "rho_vertebra",
        ],
        "Density to modulus of bone (facts D1.51).",
    ),
    Choice::word(
        "mechanics",
        "metal",
        "ti64_eli_lpbf_as_built",
        &[
            "ti64_eli_lpbf_as_built",
            "ti64_eli_lpbf_hip_machined",
            "ti64_eli_lpbf_relieved_machined",
            "ti64_eli_lpbf_untreated",
            "ti64_grade5_lpbf_as_built",
            "ti64_eli_ebm_as_built",
            "ti64_eli_ebm_hip_machined",
            "ti64_eli_wrought",
            "ti64_eli_bar",
            "ti64_grade5_wrought",
        ],
        "The metal's card (facts D1.41 to D1.47).",
    ),
    Choice::word(
        "mechanics",
        "loads",
        "thoracic_moments",
        &["thoracic_moments", "lumbar_combined", "pure_moments", "peak_compression", "own"],
        "The set of load cases; own: those of [[mechanics.cases]].",
    ),
    Choice::word(
        "mechanics",
        "virtual_tests",
        "both",
        &["none", "astm_f2077", "astm_f2267", "both"],
        "Standard tests in the computer: compression, shear and torsion between blocks; subsidence \
         into foam (facts D4.1, D4.2).",
    ),
    Choice::number(
        "mechanics",
        "voxel_mm",
        "mm",
        [1.0, 0.3, 3.0],
        "Edge of an element; the second resolution is coarser by half.",
    ),
    Choice::number(
        "mechanics",
        "safety_factor_min",
        "",
        [1.5, 1.0, 5.0],
        "Least safety factor of the metal; below it the check fails.",
    ),
];

/// Choices of `[mechanics]` that all kinds with an evidence step share.
pub const REFINEMENT: &[Choice] = &[
    Choice::word(
        "mechanics",
        "refine",
        "none",
        &["none", "safety", "all"],
        "Go on to elements smaller by a third until the safety factors, or all figures, stand \
         within 5 %. Each time the model has 3.4 times as many elements.",
    ),
    Choice::whole(
        "mechanics",
        "element_count_max",
        [4_000_000, 10_000, 20_000_000],
        "With refine: elements up to which the model is refined.",
    ),
];

/// Choices of `[print]`.
pub const PRINT: &[Choice] = &[
    Choice::number("print", "layer_mm", "mm", [0.03, 0.02, 0.1], "Layer thickness."),
    Choice::number(
        "print",
        "contour_step_mm",
        "mm",
        [0.05, 0.02, 0.5],
        "Distance between samples in a layer, from which contours are taken.",
    ),
    Choice::number(
        "print",
        "contour_tolerance_mm",
        "mm",
        [0.002, 0.0001, 0.05],
        "Contour points closer than this to their neighbours' line are left out.",
    ),
    Choice::flag(
        "print",
        "scan_vectors",
        false,
        "Write contour passes and hatches too, in a file of their own, and take the time from them.",
    ),
    Choice::word(
        "print",
        "pattern",
        "stripes",
        &["lines", "stripes", "islands"],
        "How hatches are laid (facts D7.2).",
    ),
    Choice::number(
        "print",
        "pattern_width_mm",
        "mm",
        [5.0, 1.0, 50.0],
        "Width of a stripe, side of an island (facts D7.2).",
    ),
    Choice::number(
        "print",
        "hatch_mm",
        "mm",
        [0.14, 0.02, 0.5],
        "Distance between hatches (facts D7.1).",
    ),
    Choice::number(
        "print",
        "rotation_deg",
        "deg",
        [67.0, 0.0, 360.0],
        "Turn of the hatches from layer to layer (facts D7.2).",
    ),
    Choice::whole("print", "passes", [2, 0, 8], "Contour passes (facts D7.2)."),
    Choice::number(
        "print",
        "spot_mm",
        "mm",
        [0.04, 0.0, 0.2],
        "How far inside the part the first pass runs: half the width that the spot melts (facts D7.2).",
    ),
    Choice::number(
        "print",
        "machine_rate_per_h",
        "",
        [100.0, 0.0, 10_000.0],
        "Price of an hour of the machine, in your currency (facts D7.8).",
    ),
    Choice::number(
        "print",
        "powder_price_per_kg",
        "",
        [275.0, 0.0, 100_000.0],
        "Price of a kilogram of powder, in the same currency (facts D7.8).",
    ),
    Choice::number(
        "print",
        "set_up_h",
        "h",
        [2.0, 0.0, 24.0],
        "Hours of the machine to set up and take down (facts D7.8).",
    ),
    Choice::flag(
        "print",
        "cli_ascii",
        false,
        "Write the layers as readable CLI text too, beside the binary file.",
    ),
];

/// Choices of `[dossier]`.
pub const DOSSIER: &[Choice] =
    &[Choice::word("dossier", "paper", "a4", &["a4", "letter"], "Size of the sheets.")];
