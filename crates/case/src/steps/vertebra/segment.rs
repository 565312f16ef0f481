//! Labels: vertebral bodies, posterior elements, canal.

use std::path::Path;

use ossein_geom::{Finding, Found, Job, Severity};
use ossein_scan::nifti;
use ossein_segment::{
    SeedOptions, Segmentation, Structure, from_labels, from_seeds, structure::SegmentError,
};
use serde_json::{Value, json};

use crate::load;
use crate::recipe::{Recipe, table_value};
use crate::step::{External, Outcome, StepContext, StepDef, StepError};

/// Label of every voxel.
pub const LABELS_FILE: &str = "labels.nii.gz";
/// Figures of every label.
pub const STRUCTURES_FILE: &str = "work/structures.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "segment",
    title: "segmentation",
    version: 1,
    needs: &["import"],
    params,
    inputs,
    run,
};

fn params(recipe: &Recipe) -> Value {
    let segmentation = &recipe.segmentation;
    json!({
        "from_labels": segmentation.labels.is_some(),
        "table": segmentation.labels.as_ref().map(|_| table_value(&segmentation.table)),
        "seeds": segmentation.seeds,
        "threshold_hu": segmentation.threshold_hu,
    })
}

fn inputs(recipe: &Recipe, case_dir: &Path) -> Result<Vec<External>, StepError> {
    let labels = recipe.segmentation.labels.iter();
    Ok(labels.map(|path| External::new("labels", case_dir.join(path))).collect())
}

fn run(context: &mut StepContext, job: &Job) -> Result<Outcome, StepError> {
    let hu = load::volume(context)?;
    let wanted = &context.recipe().segmentation;
    let (found, method): (Found<Segmentation>, _) = match &wanted.labels {
        Some(path) => {
            let bytes = context.read_input(path)?;
            let labels = load::label_map(path, &bytes)?;
            drop(bytes);
            (from_labels(&hu, &labels, &wanted.table, job)?, "from a label map")
        }
        None if wanted.seeds.is_empty() => return Err(SegmentError::NoSeeds.into()),
        None => {
            let options =
                SeedOptions { seeds: wanted.seeds.clone(), threshold_hu: wanted.threshold_hu };
            (from_seeds(&hu, &options, job)?, "from one point per vertebral body")
        }
    };
    context.write_bytes(LABELS_FILE, &nifti::write_labels(&found.value.labels))?;
    context.write_json(STRUCTURES_FILE, &found.value.structures)?;
    let structure = |s: &Structure| structure(s, &found.findings);
    let structures: Vec<Value> = found.value.structures.iter().map(structure).collect();
    let summary = json!({ "segmentation": {
        "method": method,
        "seeds": wanted.seeds,
        "threshold_hu": wanted.threshold_hu,
        "structures": structures,
        "findings": found.findings,
        "frame": "LPS",
    } });
    Ok(Outcome { findings: found.findings, summary })
}

fn structure(s: &Structure, findings: &[Finding]) -> Value {
    let level = s.level.map(|level| level.to_string());
    let about =
        |finding: &&Finding| finding.place == s.name || Some(&finding.place) == level.as_ref();
    let doubtful = findings.iter().any(|f| about(&f) && f.severity > Severity::Note);
    let plausibility = match (&level, doubtful) {
        (_, true) => "see findings",
        (Some(_), false) => "plausible",
        (None, false) => "no norm",
    };
    json!({
        "name": s.name,
        "label": s.label,
        "level": level.clone().unwrap_or_else(|| "-".into()),
        "plausibility": plausibility,
        "voxel_count": s.voxel_count,
        "volume_mm3": s.volume_mm3,
        "centroid_mm": s.centroid,
        "bounds_mm": [s.bounds.min, s.bounds.max],
        "mean_hu": s.mean_hu,
        "findings": findings.iter().filter(about).collect::<Vec<_>>(),
    })
}
