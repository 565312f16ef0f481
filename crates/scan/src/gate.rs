//! The acquisition gate: what an implant asks of a scan, and what this scan gives.
//!
//! Limits follow facts D2.36 (slices of at most 1.25 mm, contiguous or overlapping, no gantry
//! tilt, sharp kernel, field of view with margin) and D5.18 and D9.1 (age of the scan).

use ossein_geom::{Finding, Volume};

use crate::date;
use crate::report::ScanReport;

/// Voxel edges and slice thickness up to this are accepted without a word, in mm (D2.36).
pub(crate) const SPACING_MM_GOOD: f64 = 1.25;
/// Voxel edges and slice thickness beyond this are refused, in mm: two voxels of 3 mm no longer
/// resolve a vertebral endplate or a pedicle.
pub(crate) const SPACING_MM_MAX: f64 = 3.0;
/// Fewer slices are no volume.
pub(crate) const SLICE_COUNT_MIN: usize = 10;
/// Slices may stand this part of their thickness apart before gaps count.
const GAP_FRACTION_MAX: f64 = 0.1;
/// Scans older than this are noted, in days (D9.1).
const AGE_DAYS_NOTE: f64 = 90.0;
/// Scans older than this are warned about, in days (D5.18, D9.1).
const AGE_DAYS_WARN: f64 = 180.0;
/// Part of the image border that tissue may touch.
const BORDER_TISSUE_MAX: f64 = 0.2;
/// Values below are no tissue and no air, in HU.
const HU_MIN: i16 = -1500;

/// Checks figures alone: spacing, thickness, count, kernel, age.
pub(crate) fn figures(report: &mut ScanReport, today: Option<&str>) {
    spacing(report);
    if let Some(thickness) = report.slice_thickness_mm {
        limit(report, "scan.slice_thickness", "the slice thickness", thickness);
        let step = report.spacing_mm[2];
        let gap = step - thickness;
        if gap > GAP_FRACTION_MAX * thickness && report.slice_count > 1 {
            let text = format!(
                "slices of {thickness:.2} mm stand {step:.2} mm apart: {gap:.2} mm between them \
                 were never scanned"
            );
            report.findings.push(Finding::warning("scan.slice_gap", "slices", text).measured(
                gap,
                GAP_FRACTION_MAX * thickness,
                "mm",
            ));
        }
    } else if report.format == "DICOM" {
        report.findings.push(Finding::note(
            "scan.thickness_unknown",
            "slices",
            "the scan does not state its slice thickness",
        ));
    }
    if report.slice_count < SLICE_COUNT_MIN {
        let count = report.slice_count;
        let text = format!("{count} slices make no volume; at least {SLICE_COUNT_MIN} are needed");
        report.findings.push(Finding::failure("scan.not_a_volume", "slices", text).measured(
            count as f64,
            SLICE_COUNT_MIN as f64,
            "",
        ));
    }
    kernel(report);
    age(report, today);
}

fn spacing(report: &mut ScanReport) {
    let [x, y, z] = report.spacing_mm;
    limit(report, "scan.pixel_size", "the pixel size", x.max(y));
    if report.slice_count > 1 {
        limit(report, "scan.slice_spacing", "the slice distance", z);
    }
}

fn limit(report: &mut ScanReport, code: &str, what: &str, value: f64) {
    // A header rounds to the last digit that it prints.
    if value > SPACING_MM_MAX + 1e-4 {
        let text = format!("{what} is {value:.3} mm; at most {SPACING_MM_MAX} mm can be used");
        let finding = Finding::failure(code, "scan", text);
        report.findings.push(finding.measured(value, SPACING_MM_MAX, "mm"));
    } else if value > SPACING_MM_GOOD + 1e-4 {
        let text = format!("{what} is {value:.3} mm; {SPACING_MM_GOOD} mm or less is asked for");
        let finding = Finding::warning(code, "scan", text);
        report.findings.push(finding.measured(value, SPACING_MM_GOOD, "mm"));
    }
}

/// Whether a kernel is made for bone; `None` where its name says nothing.
pub(crate) fn is_sharp(kernel: &str, manufacturer: &str) -> Option<bool> {
    let name = kernel.to_uppercase();
    let maker = manufacturer.to_uppercase();
    if ["BONE", "EDGE", "LUNG", "DETAIL", "SHARP", "ULTRA"].iter().any(|w| name.contains(w)) {
        return Some(true);
    }
    if ["STANDARD", "SOFT", "SMOOTH"].iter().any(|w| name.contains(w)) {
        return Some(false);
    }
    if maker.contains("PHILIPS") {
        let sharp = ["C", "D", "E", "L", "YA", "YB", "YC", "YD"];
        let soft = ["A", "B", "BRAIN", "UA", "UB"];
        let is = |list: &[&str]| list.contains(&name.as_str());
        return if is(&sharp) { Some(true) } else { is(&soft).then_some(false) };
    }
    let digits: String =
        name.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number: u32 = digits.parse().ok()?;
    if name.starts_with("FC") {
        return Some((30..=59).contains(&number) || (80..=89).contains(&number));
    }
    let siemens = ["B", "H", "T", "U", "I", "J", "Q"].iter().any(|w| name.starts_with(w));
    siemens.then_some(number >= 50)
}

fn kernel(report: &mut ScanReport) {
    let maker = report.manufacturer.clone().unwrap_or_default();
    let text = match &report.kernel {
        None => "the reconstruction kernel is not stated".to_string(),
        Some(kernel) => match is_sharp(kernel, &maker) {
            Some(true) => format!("kernel {kernel}: sharp, as bone asks for"),
            Some(false) => format!("kernel {kernel}: soft; a bone kernel shows edges better"),
            None => format!("kernel {kernel}: whether it is sharp or soft is not known"),
        },
    };
    report.findings.push(Finding::note("scan.kernel", "scan", text));
}

fn age(report: &mut ScanReport, today: Option<&str>) {
    let Some(today) = today else { return };
    let days = report.study_date.as_deref().and_then(|then| date::age_days(then, today));
    let finding = match days {
        None => Finding::note("scan.age", "scan", "the scan does not state its date"),
        Some(days) if days < 0 => {
            let text = format!("the scan is dated {} days after today", -days);
            Finding::warning("scan.age", "scan", text).measured(days as f64, 0.0, "d")
        }
        Some(days) => {
            let age = days as f64;
            if age > AGE_DAYS_WARN {
                let text = format!("the scan is {days} days old: the anatomy may have changed");
                Finding::warning("scan.age", "scan", text).measured(age, AGE_DAYS_WARN, "d")
            } else if age > AGE_DAYS_NOTE {
                let text = format!("the scan is {days} days old");
                Finding::note("scan.age", "scan", text).measured(age, AGE_DAYS_NOTE, "d")
            } else {
                return;
            }
        }
    };
    report.findings.push(finding);
}

/// Checks the values: scale, air, and tissue that touches the border. Values that can be neither
/// air nor tissue become -1024.
pub(crate) fn values(volume: &mut Volume<i16>, report: &mut ScanReport) {
    let mut out_of_scale = 0usize;
    for value in &mut volume.values {
        if *value < HU_MIN {
            *value = crate::dicom::pixels::PADDING_HU;
            out_of_scale += 1;
        }
    }
    if out_of_scale > 0 {
        let text = format!(
            "{out_of_scale} voxels below {HU_MIN} HU lie outside the field of view; they were set \
             to -1024 HU"
        );
        report.findings.push(Finding::note("scan.padding", "scan", text));
    }
    scale(volume, report);
    border(volume, report);
}

fn scale(volume: &Volume<i16>, report: &mut ScanReport) {
    let mut histogram = vec![0usize; 1 << 16];
    for &v in &volume.values {
        histogram[(i32::from(v) + 32768) as usize] += 1;
    }
    let count_max = volume.values.len() / 1000;
    let mut sum = 0;
    let low = histogram.iter().position(|n| {
        sum += n;
        sum > count_max
    });
    let low = low.unwrap_or(0) as f64 - 32768.0;
    let in_air: usize = (-1100..=-850).map(|v: i32| histogram[(v + 32768) as usize]).sum();
    let finding = if low > -20.0 {
        Finding::failure(
            "scan.hu_scale",
            "scan",
            format!(
                "nothing is lighter than water: the lowest values are {low:.0}, so the values are \
                 no Hounsfield units (air is -1000, fat -100)"
            ),
        )
        .measured(low, -20.0, "HU")
    } else if in_air * 1000 < volume.values.len() {
        Finding::warning(
            "scan.no_air",
            "scan",
            format!(
                "no air is in view (lowest values {low:.0} HU): the Hounsfield scale cannot be \
                 checked, and the field of view may cut the body"
            ),
        )
        .measured(low, -850.0, "HU")
    } else {
        return;
    };
    report.findings.push(finding);
}

fn border(volume: &Volume<i16>, report: &mut ScanReport) {
    let [ni, nj, nk] = volume.grid.size;
    let (mut tissue, mut total) = (0usize, 0usize);
    let mut look = |i: usize, j: usize, k: usize| {
        total += 1;
        tissue += usize::from(volume.at([i, j, k]) > -300);
    };
    for k in 0..nk {
        for i in 0..ni {
            look(i, 0, k);
            look(i, nj - 1, k);
        }
        for j in 1..nj.saturating_sub(1) {
            look(0, j, k);
            look(ni - 1, j, k);
        }
    }
    let fraction = tissue as f64 / total.max(1) as f64;
    if fraction > BORDER_TISSUE_MAX {
        let text = format!(
            "{:.0} % of the image border lies in tissue: the field of view cuts the body",
            fraction * 100.0
        );
        report.findings.push(Finding::warning("scan.field_of_view", "scan", text).measured(
            fraction,
            BORDER_TISSUE_MAX,
            "",
        ));
    }
}
