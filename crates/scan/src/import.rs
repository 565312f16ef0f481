//! A folder or a file to a volume in Hounsfield units, with the gate's report.

mod budget;
mod headers;
mod image_file;
mod judge;
mod slices;

use ossein_geom::{Cancelled, Finding, Job, Volume};

use crate::decode::FrameDecoder;
use crate::dicom::header::{Header, strike};
use crate::gate;
use crate::image::ImageError;
use crate::report::{ScanReport, SeriesSummary, Verdict};
use crate::series;
use crate::source::Source;
use crate::stack;

/// What to read, and within which bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportOptions {
    /// Series by UID, number or description; the best fit if `None`. Among image files: a name.
    pub series: Option<String>,
    /// Today as `YYYYMMDD`, to judge the age of the scan.
    pub today: Option<String>,
    /// Most bytes that reading may hold at once: the volume, and the files and frames on their way
    /// into it. Some megabytes of working space come on top.
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
    /// Reading would outgrow the limit.
    #[error("reading needs {needed} bytes and {limit} are allowed")]
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
    let headers = headers::read_headers(source, options, &mut report, job)?;
    if headers.is_empty() {
        return image_file::import_image(source, options, report);
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
    judge::describe(&mut report, series, headers);
    let Some(stack) = judge::place(&mut report, series, headers) else {
        return Ok(finish(None, report));
    };
    gate::figures(&mut report, options.today.as_deref());
    let grid = if stack.tilt_deg > 0.0 { stack::right_angled(&stack) } else { stack.grid.clone() };
    let bytes_of = |size: [usize; 3]| size.iter().fold(2u64, |n, &s| n.saturating_mul(s as u64));
    let tilted = if stack.tilt_deg > 0.0 { bytes_of(grid.size) } else { 0 };
    let held = bytes_of(stack.grid.size);
    let (needed, limit) = (held.saturating_add(tilted), options.byte_count_max);
    if needed > limit {
        return Err(ImportError::TooLarge { needed, limit });
    }
    let values =
        slices::read_slices(source, decoder, options, headers, &stack, held, &mut report, job)?;
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
