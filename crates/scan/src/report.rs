//! What the reader says about a scan.

use ossein_geom::{Finding, Severity};
use serde::{Deserialize, Serialize};

/// Whether a scan may be built upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every requirement holds.
    Accept,
    /// Usable, and a person should read the warnings first.
    Warn,
    /// Not fit for an implant: acquire again.
    Reject,
}

impl Verdict {
    /// The verdict that findings add up to.
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|f| f.severity).max() {
            Some(Severity::Failure) => Self::Reject,
            Some(Severity::Warning) => Self::Warn,
            _ => Self::Accept,
        }
    }
}

/// One series of a folder.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// Series instance UID.
    pub uid: String,
    /// Series number, if given.
    pub number: Option<i64>,
    /// Series description.
    pub description: String,
    /// DICOM modality: `CT`, `MR`, ...
    pub modality: String,
    /// Number of images.
    pub slice_count: usize,
    /// Columns and rows.
    pub size: [usize; 2],
    /// Distances between columns, rows and slices in mm; 0 where unknown.
    pub spacing_mm: [f64; 3],
    /// Slice thickness in mm.
    pub thickness_mm: Option<f64>,
    /// Reconstruction kernel.
    pub kernel: Option<String>,
    /// Whether its slices lie across the body axis.
    pub axial: bool,
    /// Whether it is the one that was read.
    pub chosen: bool,
}

/// What was read, what was found in it, and the verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// Accept, warn or reject.
    pub verdict: Verdict,
    /// `DICOM`, `NIfTI`, `NRRD` or `MetaImage`.
    pub format: String,
    /// Why, with figures.
    pub findings: Vec<Finding>,
    /// All series of the folder.
    pub series: Vec<SeriesSummary>,
    /// Voxel spacing along `i`, `j`, `k` in mm.
    pub spacing_mm: [f64; 3],
    /// Voxel counts along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Number of slices, duplicates left out.
    pub slice_count: usize,
    /// Nominal slice thickness in mm.
    pub slice_thickness_mm: Option<f64>,
    /// Angle between slice normal and stacking direction in degrees.
    pub tilt_deg: f64,
    /// Reconstruction kernel.
    pub kernel: Option<String>,
    /// Tube voltage in kV.
    pub kvp: Option<f64>,
    /// Maker of the scanner.
    pub manufacturer: Option<String>,
    /// Model of the scanner.
    pub model: Option<String>,
    /// Date of the scan, `YYYYMMDD`.
    pub study_date: Option<String>,
    /// Position on the table: `HFS`, ...
    pub patient_position: Option<String>,
    /// Transfer syntaxes of the files that were read.
    pub transfer_syntaxes: Vec<String>,
    /// Frame of all coordinates: `LPS`.
    pub frame: String,
    /// Files that were left out, each with the reason.
    pub ignored_files: Vec<(String, String)>,
}

impl ScanReport {
    /// A report that says nothing yet.
    pub(crate) fn empty(format: &str) -> Self {
        Self {
            verdict: Verdict::Accept,
            format: format.into(),
            findings: Vec::new(),
            series: Vec::new(),
            spacing_mm: [0.0; 3],
            size: [0; 3],
            slice_count: 0,
            slice_thickness_mm: None,
            tilt_deg: 0.0,
            kernel: None,
            kvp: None,
            manufacturer: None,
            model: None,
            study_date: None,
            patient_position: None,
            transfer_syntaxes: Vec::new(),
            frame: "LPS".into(),
            ignored_files: Vec::new(),
        }
    }

    /// Whether a finding with this code was made.
    pub fn has(&self, code: &str) -> bool {
        self.findings.iter().any(|f| f.code == code)
    }
}
