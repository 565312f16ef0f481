//! The scan: read, judged by the acquisition gate, kept in Hounsfield units.

use std::path::Path;

use ossein_geom::Job;
use ossein_scan::{FrameDecoder, ImportOptions, Imported, Verdict, letter, meta_image};
use serde_json::{Value, json};

use crate::load::BYTE_COUNT_MAX;
use crate::recipe::Recipe;
use crate::source::DiskSource;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};
use crate::store::StoreError;

/// What the reader says about the scan.
pub const REPORT_FILE: &str = "scan.json";
/// The scan in HU.
pub const VOLUME_FILE: &str = "work/volume.mha";
/// To radiology, where the scan was rejected.
pub const LETTER_FILE: &str = "letter_to_radiology.txt";

/// The step.
pub const STEP: StepDef =
    StepDef { id: "import", title: "scan", version: 1, needs: &[], params, inputs, run };

pub(super) fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "series": recipe.scan.series,
        "date": recipe.dossier.date,
    })
}

pub(super) fn inputs(recipe: &Recipe, case_dir: &Path) -> Result<Vec<External>, StepError> {
    let path = case_dir.join(&recipe.scan.path);
    if path.is_dir() {
        return Ok(vec![External::new("scan", path)]);
    }
    let source = DiskSource::open(&path).map_err(StoreError::disk(&path))?;
    Ok(source.paths().into_iter().map(|path| External::new("scan", path)).collect())
}

/// Reads and judges the scan of a recipe; nothing is written.
///
/// # Errors
/// What the disk or the reader report.
pub fn import(
    recipe: &Recipe,
    case_dir: &Path,
    decoder: &dyn FrameDecoder,
    job: &Job,
) -> Result<Imported, StepError> {
    let path = case_dir.join(&recipe.scan.path);
    let source = DiskSource::open(&path).map_err(StoreError::disk(&path))?;
    let date = recipe.dossier.date.replace('-', "");
    let options = ImportOptions {
        series: recipe.scan.series.clone(),
        today: Some(date).filter(|date| !date.is_empty()),
        byte_count_max: BYTE_COUNT_MAX,
    };
    Ok(ossein_scan::import(&source, decoder, &options, job)?)
}

pub(super) fn run(context: &mut StepContext, job: &Job) -> Result<Outcome, StepError> {
    let recipe = context.recipe();
    let imported = import(recipe, context.case_dir(), context.decoder(), job)?;
    let report = imported.report;
    context.write_json(REPORT_FILE, &report)?;
    if let Some(volume) = &imported.volume {
        context.write_bytes(VOLUME_FILE, &meta_image::write(volume))?;
    }
    if report.verdict == Verdict::Reject {
        let date = if recipe.dossier.date.is_empty() { "-" } else { &recipe.dossier.date };
        let text = letter(&report, context.case_id(), date);
        context.write_bytes(LETTER_FILE, text.as_bytes())?;
    }
    Ok(Outcome { findings: report.findings.clone(), summary: json!({ "scan": report }) })
}
