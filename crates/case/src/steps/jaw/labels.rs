//! The label map of a jaw in the place of a scan: read, cropped to what is named, kept.

use std::path::Path;

use ossein_anatomy::JawLabels;
use ossein_geom::{Finding, Grid, Job, Volume};
use ossein_scan::{Verdict, nifti};
use ossein_segment::LabelTable;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::load;
use crate::preview::Stands;
use crate::recipe::{Recipe, table_value};
use crate::step::{External, Outcome, StepContext, StepDef, StepError};
use crate::store::StoreError;

/// The labels that were named, around what they mark.
pub const FILE: &str = "labels.nii.gz";
/// Which number is what.
pub const NUMBERS_FILE: &str = "labels.json";
/// Air that is kept around the labels, mm.
const MARGIN_MM: f64 = 8.0;
/// Coarser voxels blur roots and canal, mm (facts D2.36).
const VOXEL_MM_GOOD: f64 = 1.0;
/// Names of the labels that are read: the jaw itself, its teeth, its nerve.
const NAMES: [&str; 3] = ["mandible", "lower_teeth", "mandibular_canal"];

/// The step.
pub const STEP: StepDef =
    StepDef { id: "import", title: "label map", version: 1, needs: &[], params, inputs, run };

/// Which number is what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    mandible: u16,
    teeth: Option<u16>,
    canal: Option<u16>,
}

impl Numbers {
    /// As the anatomy wants them.
    pub fn of<'a>(&self, volume: &'a Volume<u16>) -> JawLabels<'a> {
        let &Self { mandible, teeth, canal } = self;
        JawLabels { volume, mandible, teeth, canal }
    }
}

fn params(recipe: &Recipe) -> Value {
    json!({ "table": table_value(&recipe.segmentation.table) })
}

fn inputs(recipe: &Recipe, case_dir: &Path) -> Result<Vec<External>, StepError> {
    Ok(vec![External::new("labels", case_dir.join(&recipe.scan.path))])
}

/// What a person has yet to fill in.
pub fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !matches!(recipe.segmentation.table, LabelTable::Named(_)) {
        missing.push("[segmentation] table");
    }
    if recipe.plan.resection.is_none() {
        missing.push("[plan] resection or planes");
    }
    missing
}

fn numbers(recipe: &Recipe) -> Result<Numbers, StepError> {
    let number = |wanted: &str| match &recipe.segmentation.table {
        LabelTable::Named(names) => {
            names.iter().find(|(_, name)| *name == wanted).map(|(number, _)| *number)
        }
        _ => None,
    };
    let [mandible, teeth, canal] = NAMES.map(number);
    let mandible = mandible.ok_or_else(|| {
        let named = match &recipe.segmentation.table {
            LabelTable::Named(names) => names.values().cloned().collect::<Vec<_>>().join("`, `"),
            _ => String::new(),
        };
        StepError::new(format!(
            "[segmentation] table: no label is named `mandible`, there is `{named}`: the names that \
             are read are {}, such as {{ 2 = \"mandible\", 4 = \"lower_teeth\" }}",
            NAMES.join(", ")
        ))
    })?;
    Ok(Numbers { mandible, teeth, canal })
}

/// The label map of a recipe and its numbers.
///
/// # Errors
/// What the reader reports; a table or a map without a mandible.
fn map(recipe: &Recipe, bytes: &[u8]) -> Result<(Volume<u16>, Numbers), StepError> {
    let numbers = numbers(recipe)?;
    let path = &recipe.scan.path;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let whole = ossein_scan::read_image(&name, bytes, load::BYTE_COUNT_MAX)?.to_labels()?;
    if !whole.values.contains(&numbers.mandible) {
        let number = numbers.mandible;
        let text = format!("{}: no voxel carries label {number}, the mandible", path.display());
        return Err(StepError::new(text));
    }
    Ok((whole, numbers))
}

/// Reads the label map of a recipe; nothing is written.
///
/// # Errors
/// As the step, and what the disk reports.
pub fn check(recipe: &Recipe, case_dir: &Path) -> Result<(), StepError> {
    let path = case_dir.join(&recipe.scan.path);
    if path.is_dir() {
        let text = "is a folder: give one NIfTI, NRRD or MetaImage label map";
        return Err(StepError::new(format!("[scan] path: {} {text}", path.display())));
    }
    let bytes = std::fs::read(&path).map_err(StoreError::disk(&path))?;
    map(recipe, &bytes).map(|_| ())
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let recipe = context.recipe();
    let path = &recipe.scan.path;
    let bytes = context.read_input(path)?;
    let (whole, numbers) = map(recipe, &bytes)?;
    drop(bytes);
    job.step(0, 1)?;
    let findings = findings(&whole.grid, &numbers);
    let wanted = [Some(numbers.mandible), numbers.teeth, numbers.canal];
    let kept = cropped(&whole, &|label| label > 0 && wanted.contains(&Some(label)))
        .ok_or_else(|| StepError::new(format!("{}: it is empty", path.display())))?;
    context.write_bytes(FILE, &nifti::write_labels(&kept))?;
    context.write_json(NUMBERS_FILE, &numbers)?;
    let volume_mm3 = |label: Option<u16>| {
        let count = |label| kept.values.iter().filter(|&&v| v == label).count();
        label.map(|label| count(label) as f64 * kept.grid.voxel_mm3())
    };
    let row = |n: usize| {
        let label = wanted[n];
        json!({ "name": NAMES[n], "label": label, "volume_mm3": volume_mm3(label) })
    };
    let rows: Vec<Value> = (0..NAMES.len()).filter(|&n| wanted[n].is_some()).map(row).collect();
    let summary = json!({
        "scan": {
            "verdict": Verdict::of(&findings),
            "format": "label map",
            "spacing_mm": whole.grid.spacing,
            "size": whole.grid.size,
        },
        "labels": { "structures": rows, "kept_size": kept.grid.size, "frame": "LPS" },
    });
    Ok(Outcome { findings, summary })
}

fn findings(grid: &Grid, numbers: &Numbers) -> Vec<Finding> {
    let mut findings = Vec::new();
    let coarsest = grid.spacing.into_iter().fold(0.0, f64::max);
    if coarsest > VOXEL_MM_GOOD + 1e-4 {
        let message = format!(
            "voxels are up to {coarsest:.2} mm; {VOXEL_MM_GOOD} mm or less is asked for (facts D2.36)"
        );
        let finding = Finding::warning("labels.voxel", "label map", message);
        findings.push(finding.measured(coarsest, VOXEL_MM_GOOD, "mm"));
    }
    for (label, name) in [(numbers.teeth, NAMES[1]), (numbers.canal, NAMES[2])] {
        if label.is_none() {
            let message = format!("no label is named `{name}`: no screw is kept clear of it");
            findings.push(Finding::warning("labels.unnamed", name, message));
        }
    }
    let message = "a label map says nothing of the bone's density, and nothing of metal in the scan: \
                   look at the scan itself";
    findings.push(Finding::note("labels.no_scan", "label map", message));
    findings
}

/// The box around what is wanted, all else 0; none where nothing is.
fn cropped(whole: &Volume<u16>, wanted: &dyn Fn(u16) -> bool) -> Option<Volume<u16>> {
    let grid = &whole.grid;
    let mut bounds = [[usize::MAX, 0]; 3];
    for (n, _) in whole.values.iter().enumerate().filter(|(_, label)| wanted(**label)) {
        for (bound, at) in bounds.iter_mut().zip(grid.voxel(n)) {
            *bound = [bound[0].min(at), bound[1].max(at + 1)];
        }
    }
    if bounds[0][1] == 0 {
        return None;
    }
    let margin = grid.spacing.map(|mm| (MARGIN_MM / mm).ceil() as usize);
    let first = [0, 1, 2].map(|a| bounds[a][0].saturating_sub(margin[a]));
    let end = [0, 1, 2].map(|a| (bounds[a][1] + margin[a]).min(grid.size[a]));
    let size = [0, 1, 2].map(|a| end[a] - first[a]);
    let own = Grid { origin: grid.center(first), size, ..grid.clone() };
    let value = |n: usize| {
        let at = own.voxel(n);
        let label = whole.at([0, 1, 2].map(|a| first[a] + at[a]));
        if wanted(label) { label } else { 0 }
    };
    let values = (0..own.voxel_count()).map(value).collect();
    Some(Volume::new(own, values))
}

/// Labels and their numbers from bytes below `out/`.
fn read(bytes: &[u8]) -> Result<Volume<u16>, StepError> {
    Ok(ossein_scan::read_image(FILE, bytes, load::BYTE_COUNT_MAX)?.to_labels()?)
}

/// The labels of this case: from memory, or read again.
///
/// # Errors
/// What the disk or the reader report.
pub fn labels_of(
    context: &mut StepContext<'_>,
) -> Result<(std::sync::Arc<Volume<u16>>, Numbers), StepError> {
    let numbers = load::json(context, NUMBERS_FILE)?;
    let volume = load::kept(context, FILE, |context| read(&context.read(FILE)?))?;
    Ok((volume, numbers))
}

/// The same from what stands below `out/`.
///
/// # Errors
/// What the disk or the reader report.
pub fn labels_in(stands: &Stands<'_>) -> Result<(Volume<u16>, Numbers), StepError> {
    Ok((read(&stands.bytes(FILE)?)?, stands.json(NUMBERS_FILE)?))
}
