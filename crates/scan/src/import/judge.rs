//! What the headers of a series say: modality, encoding, scaling, and where its slices lie.

use ossein_geom::Finding;

use crate::dicom::header::Header;
use crate::report::ScanReport;
use crate::series::{self, Series};
use crate::stack::{self, Stack};

/// Copies what the headers say, and judges modality, encoding and scaling.
pub(crate) fn describe(report: &mut ScanReport, series: &Series, headers: &[Header]) {
    let own: Vec<&Header> = series.headers.iter().map(|&n| &headers[n]).collect();
    let first = own[0];
    report.slice_thickness_mm = series.summary.thickness_mm;
    report.kernel = first.kernel.clone();
    report.kvp = first.kvp;
    report.manufacturer = first.manufacturer.clone();
    report.model = first.model.clone();
    report.study_date = first.date.clone();
    report.patient_position = first.patient_position.clone();
    report.transfer_syntaxes = own.iter().map(|h| h.syntax.clone()).collect();
    report.transfer_syntaxes.sort();
    report.transfer_syntaxes.dedup();
    let findings = &mut report.findings;
    if first.modality != "CT" {
        let text = format!("the series is {}, not CT: its values are no density", first.modality);
        findings.push(Finding::failure("scan.modality", "series", text));
    }
    if !series.is_original {
        let text = format!("the images are {}: no slices", first.image_type.join(", "));
        findings.push(Finding::failure("scan.not_slices", "series", text));
    }
    if own.iter().any(|h| h.lossy) {
        let text = "the images were compressed with loss: edges and densities have changed";
        findings.push(Finding::warning("scan.lossy", "series", text));
    }
    if first.photometric == "MONOCHROME1" {
        let text = "the display polarity is inverted (MONOCHROME1); values were taken as stored";
        findings.push(Finding::warning("scan.inverted", "series", text));
    } else if first.photometric != "MONOCHROME2" {
        let text = format!("the images are {}, not grey", first.photometric);
        findings.push(Finding::failure("scan.colour", "series", text));
    }
    let frames = || own.iter().flat_map(|h| &h.frames);
    if frames().any(|f| f.slope.is_none() || f.intercept.is_none()) {
        let text = "rescale slope or intercept is missing: stored values were taken as they are";
        findings.push(Finding::warning("scan.no_rescale", "series", text));
    }
    let slope = frames().filter_map(|f| f.slope).map(f64::abs).fold(0.0, f64::max);
    if slope > 4.0 {
        let text = format!("grey values are {slope:.1} HU apart: too coarse for bone");
        findings
            .push(Finding::failure("scan.coarse_grey", "series", text).measured(slope, 4.0, "HU"));
    }
}

/// The stack of a series, or a failure that says why there is none.
pub(crate) fn place(report: &mut ScanReport, series: &Series, headers: &[Header]) -> Option<Stack> {
    let mut fail = |text: &str| {
        report.findings.push(Finding::failure("scan.not_a_volume", "series", text));
        None
    };
    let slices = series::slices(series, headers);
    if slices.is_empty() {
        return fail("no image states its position in the patient");
    }
    let Some(axes) = series.orientation.and_then(stack::axes) else {
        return fail("the images do not state two directions at right angles");
    };
    let spacing = series.pixel_spacing.filter(|s| s.iter().all(|v| (1e-3..=100.0).contains(v)));
    let Some(spacing) = spacing else {
        return fail("the images do not state a usable pixel spacing");
    };
    if !frames_agree(series, headers) {
        return fail("the frames differ in orientation or pixel spacing");
    }
    let stack = stack::stack(slices, axes, spacing, series.summary.size);
    report.spacing_mm = stack.grid.spacing;
    report.size = stack.grid.size;
    report.slice_count = stack.slices.len();
    report.tilt_deg = stack.tilt_deg;
    report.findings.extend(stack.findings.iter().cloned());
    let stated = headers[series.headers[0]].tilt_deg.unwrap_or(0.0);
    lean(report, &stack, stated).then_some(stack)
}

/// Whether all frames have the orientation and the pixel spacing of their series.
fn frames_agree(series: &Series, headers: &[Header]) -> bool {
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-3);
    let (own_turn, own_spacing) =
        (series.orientation.unwrap_or_default(), series.pixel_spacing.unwrap_or_default());
    series.headers.iter().flat_map(|&n| &headers[n].frames).all(|f| {
        f.orientation.is_some_and(|o| near(&o, &own_turn))
            && f.pixel_spacing.is_some_and(|s| near(&s, &own_spacing))
    })
}

/// Judges the tilt of a stack; `false` if the slices do not stack along their normal.
fn lean(report: &mut ScanReport, stack: &Stack, stated: f64) -> bool {
    if stack.tilt_deg > 0.0 {
        let text = format!(
            "the slices lean {:.2} degrees against their stack (the header states {stated:.1}): \
             resampled to right angles",
            stack.tilt_deg
        );
        let finding = Finding::warning("scan.gantry_tilt", "slices", text);
        report.findings.push(finding.measured(stack.tilt_deg, 0.0, "deg"));
        if stack.tilt_deg > 45.0 {
            report.findings.push(Finding::failure(
                "scan.not_a_volume",
                "slices",
                "the images do not stack along their normal",
            ));
            return false;
        }
    } else if stated.abs() > 0.1 && stack.slices.len() > 1 {
        let text = format!(
            "the header states a gantry tilt of {stated:.1} degrees; the positions show none, and \
             they were followed"
        );
        report.findings.push(Finding::note("scan.tilt_tag", "slices", text));
    }
    true
}
