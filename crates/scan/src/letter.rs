//! The letter to radiology: what was wrong, in figures, and what to acquire instead.

use std::fmt::Write;

use ossein_geom::Severity;

use crate::gate::{SPACING_MM_GOOD, SPACING_MM_MAX};
use crate::report::{ScanReport, Verdict};

/// A plain-text letter to radiology about a scan; it names the case by its id alone.
///
/// # Source
/// Requirements: facts D2.36 and D5.18.
pub fn letter(report: &ScanReport, case_id: &str, date: &str) -> String {
    let verdict = match report.verdict {
        Verdict::Accept => "The scan can be used as it is.",
        Verdict::Warn => "The scan can be used, with the reservations below.",
        Verdict::Reject => "The scan cannot be used for an implant. Please acquire it again.",
    };
    let [x, y, z] = report.spacing_mm;
    let mut out = format!(
        "Date: {date}\nCase: {case_id}\nTo:   Radiology\n\nCT for a patient-matched implant\n\n\
         {verdict}\n\nWhat we received\n  {} slices of {} x {} pixels, pixel {x:.3} x {y:.3} mm, \
         slice distance {z:.3} mm\n",
        report.slice_count, report.size[0], report.size[1],
    );
    let thickness = report.slice_thickness_mm.map_or("not stated".into(), |t| format!("{t:.2} mm"));
    let kernel = report.kernel.as_deref().unwrap_or("not stated");
    let _ = writeln!(out, "  Slice thickness {thickness}, kernel {kernel}");
    for (title, severity) in
        [("Why it cannot be used", Severity::Failure), ("Reservations", Severity::Warning)]
    {
        let found: Vec<_> = report.findings.iter().filter(|f| f.severity == severity).collect();
        if !found.is_empty() {
            let _ = writeln!(out, "\n{title}");
        }
        for finding in found {
            let _ = writeln!(out, "  - {}", finding.message);
        }
    }
    let _ = write!(
        out,
        "\nWhat we ask for\n  - Slice thickness at most {SPACING_MM_GOOD} mm, better 0.625 to \
         1.0 mm; beyond {SPACING_MM_MAX} mm cannot be used\n  - Slices contiguous or overlapping, \
         at equal distances, none missing\n  - No gantry tilt\n  - Axial originals, no reformats; \
         uncompressed or losslessly compressed\n  - A sharp (bone) kernel, and a soft one \
         besides\n  - The field of view tight around the region, with a margin of air or healthy \
         anatomy;\n    two vertebrae above and below the level\n  - Metal artefact reduction \
         recorded, if used\n  - Scanned at most 180 days before use\n"
    );
    out
}
