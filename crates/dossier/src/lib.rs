//! A case's figures and pictures as a PDF record: PDF/A-2a and PDF/UA-1, fonts embedded, nothing
//! downloaded.
//!
//! The pages are set by Typst from the templates in `template/`, one section a file. The report is
//! data to them: its words are shown, never run. A figure that the report does not hold is
//! printed as "not computed".

pub mod pages;
mod report;
mod shelf;

use std::collections::BTreeMap;

use ossein_geom::{Cancelled, Job};
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use report::Letters;
use shelf::Shelf;

/// Size of the sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 x 297 mm.
    #[default]
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

/// What goes into a dossier.
#[derive(Clone, Copy, Debug)]
pub struct Dossier<'a> {
    /// The report: `case`, `choices`, `scan`, `segmentation`, `anatomy`, `plan`, `implant`,
    /// `lattice`, `mechanics`, `print`, `files`, `steps`, `findings`, `versions`, `limits_of_use`,
    /// and `captions` of pictures. Every key may be missing.
    pub report: &'a serde_json::Value,
    /// PNG files by name, such as `segmentation/axial.png`. The folder is the section that shows
    /// them: `summary`, `scan`, `segmentation`, `plan`, `implant`, `contact`, `screws`, `lattice`,
    /// `mechanics`, `print`; names of other folders come at the end.
    pub pictures: &'a BTreeMap<String, Vec<u8>>,
    /// The sections, in their order: one of the lists in [`pages`].
    pub pages: &'a [&'a str],
    /// Year, month and day that the dossier carries.
    pub date: (i32, u8, u8),
    /// Size of the sheets.
    pub paper: Paper,
}

/// A dossier could not be written:
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// No such day.
    #[error("{0}-{1:02}-{2:02} is no date")]
    Date(i32, u8, u8),
    /// The pages could not be set.
    #[error("the pages could not be set: {0}")]
    Pages(String),
    /// The PDF file could not be made.
    #[error("the PDF file could not be made: {0}")]
    File(String),
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The bytes of the PDF file; equal input gives equal bytes.
///
/// Characters that no embedded font has are printed by their number, such as `[U+4E2D]`; pictures
/// that cannot be read are named in their place; a table longer than
/// [`ROW_COUNT_MAX`] rows is cut, and says so.
///
/// # Errors
/// [`DossierError`] for a date that does not exist, if pages or file could not be made, or if the
/// caller asked to stop.
pub fn pdf(dossier: &Dossier, job: &Job) -> Result<Vec<u8>, DossierError> {
    let (year, month, day) = dossier.date;
    let date = Datetime::from_ymd(year, month, day)
        .filter(|_| (1..=9999).contains(&year))
        .ok_or(DossierError::Date(year, month, day))?;
    job.step(0, 3)?;
    let first = write(dossier, date, Letters::Any, job);
    let bytes = match first {
        // Marks that exist in one font and their letters in another cannot be put together.
        Err(DossierError::File(_)) => write(dossier, date, Letters::Plain, job),
        done => done,
    };
    comemo::evict(0);
    bytes
}

pub use report::ROW_COUNT_MAX;

fn write(
    dossier: &Dossier,
    date: Datetime,
    letters: Letters,
    job: &Job,
) -> Result<Vec<u8>, DossierError> {
    let cleaned = report::clean(dossier.report, letters);
    let shelf = Shelf::new(dossier, &cleaned);
    job.step(1, 3)?;
    let document = typst::compile::<PagedDocument>(&shelf)
        .output
        .map_err(|errors| DossierError::Pages(listed(&errors)))?;
    job.step(2, 3)?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|e| DossierError::File(e.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(report::identity(dossier.report)),
        creator: Smart::Custom(Some(format!("Ossein {}", env!("CARGO_PKG_VERSION")))),
        timestamp: Some(Timestamp::new_utc(date)),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| DossierError::File(listed(&errors)))
}

/// The first messages, in one line.
fn listed(errors: &[SourceDiagnostic]) -> String {
    const MESSAGE_COUNT_MAX: usize = 5;
    let messages: Vec<String> = errors
        .iter()
        .take(MESSAGE_COUNT_MAX)
        .map(|e| {
            format!("{} {}", e.message, e.hints.iter().map(|h| h.v.as_str()).collect::<String>())
        })
        .collect();
    messages.join("; ")
}
