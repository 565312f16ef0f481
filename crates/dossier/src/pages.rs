//! Which sections a dossier has: names of templates, in their order.

/// A body between two vertebrae.
pub const VERTEBRA: &[&str] = &[
    "01-summary",
    "02-prescription",
    "03-scan",
    "04-segmentation",
    "05-plan",
    "06-implant",
    "07-contact",
    "08-screws",
    "09-lattice",
    "10-mechanics",
    "10b-judgement",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// A skull plate.
pub const CRANIUM: &[&str] = &[
    "20-summary-plate",
    "02-prescription",
    "03-scan",
    "21-plan-plate",
    "22-plate",
    "23-plate-mechanics",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// An anatomical model.
pub const MODEL: &[&str] = &[
    "40-summary-model",
    "02-prescription",
    "31-labels",
    "41-model",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// A root-analogue implant.
pub const TOOTH: &[&str] = &[
    "40-summary-tooth",
    "02-prescription",
    "31-labels",
    "41-plan-tooth",
    "42-tooth",
    "43-tooth-mechanics",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// A drill guide.
pub const DRILL: &[&str] = &[
    "60-summary-drill",
    "02-prescription",
    "31-labels",
    "61-plan-drill",
    "62-drill-guide",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// A jaw segment.
pub const JAW: &[&str] = &[
    "30-summary-jaw",
    "02-prescription",
    "31-labels",
    "32-plan-jaw",
    "33-jaw",
    "34-guide",
    "35-jaw-mechanics",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// An onlay of the face.
pub const FACE: &[&str] = &[
    "50-summary-onlay",
    "02-prescription",
    "51-source-onlay",
    "52-blueprint",
    "53-onlay",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];

/// A plate for the floor of an orbit.
pub const ORBIT: &[&str] = &[
    "60-summary-orbit",
    "02-prescription",
    "03-scan",
    "61-plan-orbit",
    "62-orbit",
    "63-volumes-orbit",
    "11-files",
    "12-findings",
    "13-limits",
    "14-provenance",
];
