//! A folder or a file to a volume in Hounsfield units, with the gate's report.

use ossein_geom::{Cancelled, Finding, Job, Volume};
use rayon::prelude::*;

use crate::decode::FrameDecoder;
use crate::dicom::file::FileError;
use crate::dicom::header::{Header, strike};
use crate::dicom::pixels::{self, HuFrames, PixelError};
use crate::image::{self, Image, ImageError};
use crate::report::{ScanReport, SeriesSummary, Verdict};
use crate::series::{self, Series};
use crate::source::Source;
use crate::stack::{self, Stack};
use crate::{gate, meta_image};

/// What to read, and within which bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportOptions {
    /// Series by UID, number or description; the best fit if `None`. Among image files: a name.
    pub series: Option<String>,
    /// Today as `YYYYMMDD`, to judge the age of the scan.
    pub today: Option<String>,
    /// Most bytes that the volume, and any file, may take.
    pub byte_count_max: u64,
}

/// A scan as it was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Hounsfield units; `None` when the scan was rejected.
    pub volume: Option<Volume<i16>>,
    /// What was found.
    pub report: ScanReport,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The folder holds no image.
    #[error("none of the {file_count} files is a readable image{reason}")]
    NoImage {
        /// Number of files that were looked at.
        file_count: usize,
        /// Why the first of them is none.
        reason: String,
    },
    /// No series of that name.
    #[error("there is no series {wanted}; the folder holds {have}")]
    UnknownSeries {
        /// What was asked for.
        wanted: String,
        /// What is there.
        have: String,
    },
    /// The volume would outgrow the limit.
    #[error("the volume needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// An image file is damaged.
    #[error("{name}: {error}")]
    Image {
        /// File name.
        name: String,
        /// What is wrong with it.
        error: ImageError,
    },
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Reads a scanner's folder, or a single NIfTI, NRRD or MetaImage file.
///
/// # Errors
/// [`ImportError`]; a scan that can be read and is not fit is no error, but rejected in the report.
pub fn import(
    source: &dyn Source,
    decoder: &dyn FrameDecoder,
    options: &ImportOptions,
    job: &Job,
) -> Result<Imported, ImportError> {
    let mut report = ScanReport::empty("DICOM");
    let headers = read_headers(source, options, &mut report, job)?;
    if headers.is_empty() {
        return import_image(source, options, report);
    }
    let mut secrets: Vec<String> = headers.iter().flat_map(|h| h.secrets.clone()).collect();
    secrets.sort();
    secrets.dedup();
    let imported = import_dicom(source, decoder, options, &headers, report, job);
    imported.map(|mut imported| {
        for (name, _) in &mut imported.report.ignored_files {
            *name = strike(name, &secrets);
        }
        imported
    })
}

fn read_headers(
    source: &dyn Source,
    options: &ImportOptions,
    report: &mut ScanReport,
    job: &Job,
) -> Result<Vec<Header>, ImportError> {
    let job = job.labelled("headers");
    let names = source.names();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| names[a].cmp(&names[b]));
    let read = |&n: &usize| -> Result<Header, String> {
        if source.byte_count(n) > options.byte_count_max {
            return Err(format!("larger than {} bytes", options.byte_count_max));
        }
        let bytes = source.read(n).map_err(|e| format!("cannot be read: {:?}", e.kind()))?;
        let header = Header::read(n, &bytes, options.byte_count_max);
        header.map_err(|e: FileError| e.to_string())?.ok_or("DICOM without an image".to_string())
    };
    let mut headers = Vec::new();
    // Blocks bound how many files are in memory at once.
    for block in order.chunks(64) {
        job.step(headers.len(), names.len())?;
        let results: Vec<_> = block.par_iter().map(read).collect();
        for (&n, result) in block.iter().zip(results) {
            match result {
                Ok(header) => headers.push(header),
                Err(reason) => report.ignored_files.push((names[n].clone(), reason)),
            }
        }
    }
    Ok(headers)
}

fn import_dicom(
    source: &dyn Source,
    decoder: &dyn FrameDecoder,
    options: &ImportOptions,
    headers: &[Header],
    mut report: ScanReport,
    job: &Job,
) -> Result<Imported, ImportError> {
    let mut all = series::group(headers);
    let wanted = options.series.as_deref();
    let chosen = series::choose(&all, wanted).ok_or_else(|| ImportError::UnknownSeries {
        wanted: wanted.unwrap_or_default().into(),
        have: all.iter().map(|s| name(&s.summary)).collect::<Vec<_>>().join("; "),
    })?;
    all[chosen].summary.chosen = true;
    if all.len() > 1 {
        let how = if wanted.is_some() { "asked for" } else { "the best fit" };
        let text = format!("{} of {} series: {how}", name(&all[chosen].summary), all.len());
        report.findings.push(Finding::note("scan.series", "scan", text));
    }
    report.series = all.iter().map(|s| s.summary.clone()).collect();
    let series = &all[chosen];
    describe(&mut report, series, headers);
    let Some(stack) = place(&mut report, series, headers) else {
        return Ok(finish(None, report));
    };
    gate::figures(&mut report, options.today.as_deref());
    let grid = if stack.tilt_deg > 0.0 { stack::right_angled(&stack) } else { stack.grid.clone() };
    let voxels = grid.size.iter().fold(1u64, |n, &s| n.saturating_mul(s as u64));
    let needed = voxels.saturating_mul(if stack.tilt_deg > 0.0 { 4 } else { 2 });
    if needed > options.byte_count_max {
        return Err(ImportError::TooLarge { needed, limit: options.byte_count_max });
    }
    let values = read_slices(source, decoder, options, headers, &stack, &mut report, job)?;
    let volume = values.map(|values| {
        let mut volume = if stack.tilt_deg > 0.0 {
            stack::untilt(&stack, &values, &grid)
        } else {
            Volume::new(grid, values)
        };
        gate::values(&mut volume, &mut report);
        report.size = volume.grid.size;
        volume
    });
    Ok(finish(volume, report))
}

fn finish(volume: Option<Volume<i16>>, mut report: ScanReport) -> Imported {
    report.verdict = Verdict::of(&report.findings);
    let volume = volume.filter(|_| report.verdict != Verdict::Reject);
    Imported { volume, report }
}

fn name(s: &SeriesSummary) -> String {
    let number = s.number.map_or("without number".to_string(), |n| n.to_string());
    format!("series {number} \"{}\" ({} slices)", s.description, s.slice_count)
}

/// Copies what the headers say, and judges modality, encoding and scaling.
fn describe(report: &mut ScanReport, series: &Series, headers: &[Header]) {
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
fn place(report: &mut ScanReport, series: &Series, headers: &[Header]) -> Option<Stack> {
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
    let same_axes = series.headers.iter().flat_map(|&n| &headers[n].frames).all(|f| {
        let near = |o: [f64; 6]| {
            let own = series.orientation.unwrap_or_default();
            o.iter().zip(own).all(|(a, b)| (a - b).abs() < 2e-3)
        };
        f.orientation.is_some_and(near)
            && f.pixel_spacing
                .is_some_and(|s| s.iter().zip(spacing).all(|(a, b)| (a - b).abs() < 2e-3))
    });
    if !same_axes {
        return fail("the frames differ in orientation or pixel spacing");
    }
    let stack = stack::stack(slices, axes, spacing, series.summary.size);
    report.spacing_mm = stack.grid.spacing;
    report.size = stack.grid.size;
    report.slice_count = stack.slices.len();
    report.tilt_deg = stack.tilt_deg;
    report.findings.extend(stack.findings.iter().cloned());
    let stated = headers[series.headers[0]].tilt_deg.unwrap_or(0.0);
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
            return None;
        }
    } else if stated.abs() > 0.1 && stack.slices.len() > 1 {
        let text = format!(
            "the header states a gantry tilt of {stated:.1} degrees; the positions show none, and \
             they were followed"
        );
        report.findings.push(Finding::note("scan.tilt_tag", "slices", text));
    }
    Some(stack)
}

/// Decodes all slices in parallel; `None` with a failure if any cannot be read.
fn read_slices(
    source: &dyn Source,
    decoder: &dyn FrameDecoder,
    options: &ImportOptions,
    headers: &[Header],
    stack: &Stack,
    report: &mut ScanReport,
    job: &Job,
) -> Result<Option<Vec<i16>>, ImportError> {
    let job = job.labelled("slices");
    let [ni, nj, nk] = stack.grid.size;
    let slice_size = ni * nj;
    // What goes where: (header, frame, place, whether it doubles another slice).
    let mut places: Vec<(usize, usize, usize, bool)> =
        stack.slices.iter().enumerate().map(|(k, s)| (s.file, s.frame, k, false)).collect();
    places.extend(stack.doubles.iter().map(|(k, s)| (s.file, s.frame, *k, true)));
    places.sort_unstable();
    let mut files: Vec<usize> = places.iter().map(|p| p.0).collect();
    files.dedup();
    let read = |&n: &usize| -> Result<HuFrames, String> {
        let header = &headers[n];
        let bytes =
            source.read(header.file).map_err(|e| format!("cannot be read: {:?}", e.kind()))?;
        pixels::read_hu(&bytes, header, decoder, options.byte_count_max)
            .map_err(|e: PixelError| e.to_string())
    };
    let mut values = vec![0i16; slice_size * nk];
    let mut doubles: Vec<(usize, Vec<i16>)> = Vec::new();
    let (mut failed, mut done) = (false, 0);
    for block in files.chunks(16) {
        job.step(done, files.len())?;
        done += block.len();
        let results: Vec<_> = block.par_iter().map(read).collect();
        for (&n, result) in block.iter().zip(results) {
            let frames = match result {
                Ok(frames) => frames,
                Err(reason) => {
                    report
                        .ignored_files
                        .push((source.names()[headers[n].file].clone(), reason.clone()));
                    let text = format!("a slice of the series cannot be read: {reason}");
                    report.findings.push(Finding::failure("scan.damaged_slice", "series", text));
                    failed = true;
                    continue;
                }
            };
            let start = places.partition_point(|p| p.0 < n);
            for &(_, frame, k, is_double) in places[start..].iter().take_while(|p| p.0 == n) {
                let pixels = &frames.frames[frame];
                if is_double {
                    doubles.push((k, pixels.clone()));
                } else {
                    values[k * slice_size..][..slice_size].copy_from_slice(pixels);
                }
            }
        }
    }
    if failed {
        return Ok(None);
    }
    judge_doubles(&doubles, &values, slice_size, report);
    Ok(Some(values))
}

fn judge_doubles(
    doubles: &[(usize, Vec<i16>)],
    values: &[i16],
    slice_size: usize,
    report: &mut ScanReport,
) {
    let equal =
        |(k, pixels): &&(usize, Vec<i16>)| values[k * slice_size..][..slice_size] == *pixels;
    let same = doubles.iter().filter(equal).count();
    let other = doubles.len() - same;
    if same > 0 {
        let text = format!("{same} slices lie at the place of an equal one and were left out");
        report.findings.push(Finding::note("scan.duplicates", "slices", text));
    }
    if other > 0 {
        let text = format!(
            "{other} slices lie at the place of another with other pixels: which one is right \
             cannot be told"
        );
        let finding = Finding::failure("scan.conflicting_slices", "slices", text);
        report.findings.push(finding.measured(other as f64, 0.0, ""));
    }
}

fn import_image(
    source: &dyn Source,
    options: &ImportOptions,
    mut report: ScanReport,
) -> Result<Imported, ImportError> {
    let names = source.names();
    let mut images: Vec<usize> = (0..names.len())
        .filter(|&n| image::format(&names[n]).is_some())
        .filter(|&n| options.series.as_ref().is_none_or(|s| *s == names[n]) || names.len() == 1)
        .collect();
    if images.is_empty() && names.len() == 1 {
        images.push(0);
    }
    images.sort_by(|&a, &b| names[a].cmp(&names[b]));
    let Some(&n) = images.first() else {
        let reason = report.ignored_files.first().map_or(String::new(), |(_, r)| format!(": {r}"));
        return Err(ImportError::NoImage { file_count: names.len(), reason });
    };
    let wrap = |error| ImportError::Image { name: names[n].clone(), error };
    if source.byte_count(n) > options.byte_count_max {
        let needed = source.byte_count(n);
        return Err(ImportError::TooLarge { needed, limit: options.byte_count_max });
    }
    let read = |n: usize| source.read(n).map_err(|e| wrap(ImageError::Read(e.to_string())));
    let bytes = read(n)?;
    let image: Image = match meta_image::data_file(&bytes) {
        Some(raw_name) if names[n].to_lowercase().ends_with(".mhd") => {
            let folder = names[n].rfind('/').map_or("", |at| &names[n][..=at]);
            let wanted = format!("{folder}{raw_name}");
            let raw = names.iter().position(|m| *m == wanted || *m == raw_name);
            let raw = raw.map(read).transpose()?;
            let image = meta_image::read(&bytes, raw.as_deref(), options.byte_count_max);
            image.map_err(wrap)?
        }
        _ => image::read_image(&names[n], &bytes, options.byte_count_max).map_err(wrap)?,
    };
    report.format = image.format.into();
    report.ignored_files.retain(|(name, _)| *name != names[n]);
    report.findings.extend(image.findings.iter().cloned());
    if images.len() > 1 {
        let text = format!("{} of {} image files", names[n], images.len());
        report.findings.push(Finding::note("scan.series", "scan", text));
    }
    report.spacing_mm = image.grid.spacing;
    report.size = image.grid.size;
    let thick =
        (0..3).fold(2, |a, b| if report.spacing_mm[b] > report.spacing_mm[a] { b } else { a });
    report.slice_count = report.size[thick];
    gate::figures(&mut report, options.today.as_deref());
    let mut volume = image.to_hu();
    gate::values(&mut volume, &mut report);
    Ok(finish(Some(volume), report))
}
