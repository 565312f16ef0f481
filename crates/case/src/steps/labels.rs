//! A label map in the place of a scan: read, cropped to what is named, kept.

mod checks;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ossein_geom::{Finding, Grid, Job, Volume};
use ossein_scan::{Verdict, nifti};
use ossein_segment::LabelTable;
use serde_json::{Value, json};

use super::road::road;
use crate::load;
use crate::recipe::{Recipe, table_value};
use crate::standing::Standing;
use crate::step::{External, Outcome, StepContext, StepDef, StepError};
use crate::store::StoreError;

/// The labels that were named, around what they mark.
pub const FILE: &str = "labels.nii.gz";
/// Which number is what.
pub const NAMES_FILE: &str = "labels.json";
/// Air that is kept around the labels, mm.
const MARGIN_MM: f64 = 8.0;
/// Coarser voxels blur roots and canal, mm (facts D2.36).
const VOXEL_MM_GOOD: f64 = 1.0;

/// The step.
pub const STEP: StepDef =
    StepDef { id: "import", title: "label map", version: 1, needs: &[], params, inputs, run };

/// A label that a road reads.
pub struct Wanted {
    /// Its name in `[segmentation] table`.
    pub name: &'static str,
    /// What is not done without it; none where nothing can be done.
    pub without: Option<&'static str>,
}

/// A label map, and which number in it is what.
pub struct Labels {
    /// The numbers.
    pub volume: Arc<Volume<u16>>,
    /// Their names; no others are in the map.
    pub names: BTreeMap<u16, String>,
}

impl Labels {
    /// The number of a name.
    pub fn number(&self, name: &str) -> Option<u16> {
        self.names.iter().find(|(_, own)| *own == name).map(|(number, _)| *number)
    }

    /// The number of a name that must be there.
    ///
    /// # Errors
    /// It is not.
    pub fn needed(&self, name: &str) -> Result<u16, StepError> {
        self.number(name).ok_or_else(|| StepError::new(format!("out/{NAMES_FILE}: no {name}")))
    }
}

/// What the road reads; nothing: labels of any name.
fn wanted(recipe: &Recipe) -> &'static [Wanted] {
    road(recipe).start.labels(recipe).unwrap_or_default()
}

pub(super) fn params(recipe: &Recipe) -> Value {
    json!({ "table": table_value(&recipe.segmentation.table) })
}

pub(super) fn inputs(recipe: &Recipe, case_dir: &Path) -> Result<Vec<External>, StepError> {
    Ok(vec![External::new("labels", case_dir.join(&recipe.scan.path))])
}

/// What a person has yet to fill in.
pub fn missing(recipe: &Recipe) -> Vec<&'static str> {
    let named = matches!(recipe.segmentation.table, LabelTable::Named(_));
    if named { Vec::new() } else { vec!["[segmentation] table"] }
}

/// The names that the recipe gives and the road reads.
fn names(recipe: &Recipe) -> Result<BTreeMap<u16, String>, StepError> {
    let LabelTable::Named(given) = &recipe.segmentation.table else {
        let text = "[segmentation] table: names no labels, such as { 2 = \"mandible\" }";
        return Err(StepError::new(text));
    };
    let wanted = wanted(recipe);
    let read = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w.name == name);
    let needed = wanted.iter().filter(|w| w.without.is_none());
    for Wanted { name, .. } in needed {
        if !given.values().any(|own| own == name) {
            let there = given.values().cloned().collect::<Vec<_>>().join("`, `");
            let all = wanted.iter().map(|w| w.name).collect::<Vec<_>>().join(", ");
            return Err(StepError::new(format!(
                "[segmentation] table: no label is named `{name}`, there is `{there}`: the names \
                 that are read are {all}, such as {{ 2 = \"{name}\" }}"
            )));
        }
    }
    for (number, name) in given {
        if let Some((other, _)) = given.iter().find(|(other, own)| *other < number && own == &name)
        {
            let text = format!(
                "[segmentation] table: labels {other} and {number} are both named `{name}`: a name \
                 stands for one label"
            );
            return Err(StepError::new(text));
        }
    }
    let own = given.iter().filter(|(_, name)| read(name));
    Ok(own.map(|(number, name)| (*number, name.clone())).collect())
}

/// The label map of a recipe and its names.
///
/// # Errors
/// What the reader reports; a table or a map without what is needed.
fn map(recipe: &Recipe, bytes: &[u8]) -> Result<(Volume<u16>, BTreeMap<u16, String>), StepError> {
    let names = names(recipe)?;
    let path = &recipe.scan.path;
    let whole = load::label_map(path, bytes)?;
    // A nerve or tooth that the recipe names and the map has not would be kept away from by none.
    if let Some((number, name)) = names.iter().find(|(number, _)| !whole.values.contains(number)) {
        let there: BTreeSet<u16> = whole.values.iter().copied().filter(|&v| v > 0).collect();
        let there: Vec<String> = there.iter().map(u16::to_string).collect();
        return Err(StepError::new(format!(
            "{}: no voxel carries label {number}, which [segmentation] table names `{name}`; there \
             are {}",
            path.display(),
            there.join(", ")
        )));
    }
    let told = |text: String| StepError::new(format!("{}: {text}", path.display()));
    checks::unit(&whole.grid).map_err(told)?;
    if !wanted(recipe).is_empty() {
        checks::rooted(&whole, &names).map_err(told)?;
    }
    Ok((whole, names))
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

pub(super) fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let recipe = context.recipe();
    let path = &recipe.scan.path;
    let bytes = context.read_input(path)?;
    let (whole, names) = map(recipe, &bytes)?;
    drop(bytes);
    job.step(0, 1)?;
    let findings = findings(&whole.grid, &names, wanted(recipe));
    let kept = cropped(&whole, &|label| names.contains_key(&label))
        .ok_or_else(|| StepError::new(format!("{}: it is empty", path.display())))?;
    context.write_bytes(FILE, &nifti::write_labels(&kept))?;
    context.write_json(NAMES_FILE, &names)?;
    let row = |(&label, name): (&u16, &String)| {
        let count = kept.values.iter().filter(|&&v| v == label).count();
        let volume_mm3 = count as f64 * kept.grid.voxel_mm3();
        json!({ "name": name, "label": label, "volume_mm3": volume_mm3 })
    };
    let rows: Vec<Value> = names.iter().map(row).collect();
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

fn findings(grid: &Grid, names: &BTreeMap<u16, String>, wanted: &[Wanted]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let coarsest = grid.spacing.into_iter().fold(0.0, f64::max);
    if coarsest > VOXEL_MM_GOOD + 1e-4 {
        let message = format!(
            "voxels are up to {coarsest:.2} mm; {VOXEL_MM_GOOD} mm or less is asked for (facts D2.36)"
        );
        let finding = Finding::warning("labels.voxel", "label map", message);
        findings.push(finding.measured(coarsest, VOXEL_MM_GOOD, "mm"));
    }
    for Wanted { name, without } in wanted {
        if let (Some(without), false) = (without, names.values().any(|own| own == name)) {
            let message = format!("no label is named `{name}`: {without}");
            findings.push(Finding::warning("labels.unnamed", *name, message));
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
/// The labels of this case: from memory, or read again.
///
/// # Errors
/// What the disk or the reader report.
pub fn labels_of(standing: &mut Standing<'_>) -> Result<Labels, StepError> {
    let names = load::json(standing, NAMES_FILE)?;
    let volume = load::kept(standing, FILE, |standing| {
        let bytes = standing.read(FILE)?;
        Ok(ossein_scan::read_image(FILE, &bytes, load::BYTE_COUNT_MAX)?.to_labels()?)
    })?;
    Ok(Labels { volume, names })
}
