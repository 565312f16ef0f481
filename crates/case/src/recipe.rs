//! The recipe, `case.toml`: everything that was chosen.

mod fault;
mod guide;
mod jaw_loads;
mod onlay;
mod orbit;
mod own_cases;
mod parse;
mod table;
mod template;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ossein_design::kinds::cranioplasty::PlannedHole;
use ossein_design::kinds::dental_drill_guide::Asked;
use ossein_design::kinds::mandible_segment_replacement::{CutPlane, Resection};
use ossein_design::kinds::orbital_floor;
use ossein_geom::{Choice, Choices, Level, Lps, Point};
use ossein_segment::{LabelTable, Seed};
use serde_json::{Map, Value, json};

pub use fault::{Fault, RecipeError};
pub use jaw_loads::{JAW_SETS, JawLoad};
pub use onlay::OnlayAsk;
pub use own_cases::{OwnCase, REGIONS};
pub use template::{Filled, template};

use crate::choices::all_choices;
use crate::steps::road;
use crate::{canonical, hash};

/// Largest recipe that is read, in bytes.
pub const BYTE_COUNT_MAX: u64 = 1 << 20;

/// `[case]`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseInfo {
    /// Short name without the patient's: letters, digits, `-`, `_`, `.`.
    pub id: String,
    /// Implant kind.
    pub kind: String,
    /// One line for people.
    pub title: String,
}

/// `[scan]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanInfo {
    /// Folder or file, absolute or from the case folder.
    pub path: PathBuf,
    /// Series by UID, number or description.
    pub series: Option<String>,
}

/// `[segmentation]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentationInfo {
    /// A label map made elsewhere.
    pub labels: Option<PathBuf>,
    /// Its numbering.
    pub table: LabelTable,
    /// One point per vertebral body, LPS.
    pub seeds: Vec<Seed>,
    /// Colours of a model's structures by name: red, green, blue.
    pub colors: BTreeMap<String, [u8; 3]>,
    /// Bone threshold; automatic if none.
    pub threshold_hu: Option<f64>,
}

/// What `[plan]` holds beside numbers, which are choices.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanInfo {
    /// Levels to take out.
    pub resect: Vec<Level>,
    /// Label map of the tumour.
    pub tumour: Option<PathBuf>,
    /// A hole to be cut into a skull.
    pub hole: Option<PlannedHole>,
    /// Label map of the bone that is to be taken out of a skull.
    pub defect: Option<PathBuf>,
    /// What is taken out of a jaw.
    pub resection: Option<Resection>,
    /// A shape model of the bone, for what has no mirror image.
    pub shape_model: Option<PathBuf>,
    /// The face that an onlay shall make.
    pub onlay: Option<OnlayAsk>,
    /// Points of a broken orbit, and the outline of the defect.
    pub orbit: Option<orbital_floor::Wanted>,
    /// Planes that part a model.
    pub cuts: Vec<CutPlane>,
    /// A point in the tooth that is replaced.
    pub tooth_mm: Option<Point<Lps>>,
    /// Implants that a drill guide is made for.
    pub guide: Asked,
}

/// The texts of `[dossier]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DossierInfo {
    /// `YYYY-MM-DD`, or empty for an undated dossier.
    pub date: String,
    /// Who made it, or empty.
    pub author: String,
}

impl DossierInfo {
    /// Year, month, day, if a date was chosen.
    pub fn day(&self) -> Option<(i32, u8, u8)> {
        let mut parts = self.date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
    }
}

/// A recipe whose every value is of the right kind and inside its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// As it was written.
    pub text: String,
    /// `[case]`.
    pub case: CaseInfo,
    /// `[scan]`.
    pub scan: ScanInfo,
    /// `[segmentation]`.
    pub segmentation: SegmentationInfo,
    /// `[plan]`.
    pub plan: PlanInfo,
    /// `[[mechanics.cases]]` of a vertebra.
    pub own_cases: Vec<OwnCase>,
    /// `[[mechanics.cases]]` and `[[mechanics.clenches]]` of a lower jaw.
    pub jaw_loads: Vec<JawLoad>,
    /// `[dossier]`.
    pub dossier: DossierInfo,
    /// All values of choices by `section.key`.
    pub choices: Choices,
}

impl Recipe {
    /// Reads a recipe; `file` is the name that errors carry.
    ///
    /// # Errors
    /// Every unknown table or key, wrong type and value outside its range, each with its line.
    pub fn parse(text: &str, file: &str) -> Result<Self, RecipeError> {
        parse::parse(text, file)
    }

    /// Everything that can be chosen for this kind.
    pub fn choice_list(&self) -> Vec<Choice> {
        all_choices(&self.case.kind)
    }

    /// All choices of one table by key.
    pub fn section(&self, name: &str) -> Value {
        let own = self.choices.0.iter().filter_map(|(full, chosen)| {
            let key = full.strip_prefix(name)?.strip_prefix('.')?;
            Some((key.to_owned(), json!(chosen.value)))
        });
        Value::Object(own.collect::<Map<_, _>>())
    }

    /// The whole recipe as values, defaults filled in.
    pub fn resolved(&self) -> Value {
        let segmentation = &self.segmentation;
        let mut resolved = json!({
            "case": { "id": self.case.id, "kind": self.case.kind, "title": self.case.title },
            "scan": { "path": self.scan.path.to_string_lossy(), "series": self.scan.series },
            "segmentation": {
                "labels": segmentation.labels.as_ref().map(|p| p.to_string_lossy()),
                "table": table_value(&segmentation.table),
                "seeds": segmentation.seeds,
                "threshold_hu": segmentation.threshold_hu,
            },
            "plan": {
                "resect": self.plan.resect,
                "tumour": self.plan.tumour.as_ref().map(|p| p.to_string_lossy()),
            },
            "mechanics": { "cases": self.own_cases },
            "dossier": { "date": self.dossier.date, "author": self.dossier.author },
            "choices": self.choices,
        });
        if let Some(hole) = &self.plan.hole {
            resolved["plan"]["hole"] = json!(hole);
        }
        if let Some(defect) = &self.plan.defect {
            resolved["plan"]["defect"] = json!(defect.to_string_lossy());
        }
        if let Some(resection) = &self.plan.resection {
            resolved["plan"]["resection"] = json!(resection);
        }
        if let Some(model) = &self.plan.shape_model {
            resolved["plan"]["shape_model"] = json!(model.to_string_lossy());
        }
        if let Some(onlay) = &self.plan.onlay {
            let plan = &mut resolved["plan"];
            plan["target"] = json!(onlay.wanted.target);
            plan["surface"] = json!(onlay.surface.as_ref().map(|p| p.to_string_lossy()));
            plan["foramina_mm"] = json!(onlay.wanted.foramina);
            plan["way_on"] = json!(onlay.wanted.way_on);
        }
        if let Some(orbit) = &self.plan.orbit {
            resolved["plan"]["orbit"] = json!(orbit);
        }
        if !self.plan.cuts.is_empty() {
            resolved["plan"]["cuts"] = json!(self.plan.cuts);
        }
        if let Some(tooth) = self.plan.tooth_mm {
            resolved["plan"]["tooth_mm"] = json!(tooth);
        }
        if self.plan.guide != Asked::default() {
            resolved["plan"]["guide"] = json!(self.plan.guide);
        }
        if !self.jaw_loads.is_empty() {
            resolved["mechanics"]["cases"] = json!(self.jaw_loads);
        }
        if !self.segmentation.colors.is_empty() {
            resolved["segmentation"]["colors"] = json!(self.segmentation.colors);
        }
        resolved
    }

    /// Hash of [`Recipe::resolved`]: comments, order and blanks do not count.
    pub fn hash(&self) -> String {
        hash::of_bytes(canonical::line(&self.resolved()).as_bytes())
    }

    /// What a person has yet to fill in before the case can run to its end.
    pub fn missing(&self) -> Vec<&'static str> {
        (road(self).missing)(self)
    }
}

/// A label table as it stands in a recipe.
pub(crate) fn table_value(table: &LabelTable) -> Value {
    match table {
        LabelTable::TotalSegmentator => json!("totalsegmentator"),
        LabelTable::Verse => json!("verse"),
        LabelTable::Named(names) => {
            names.iter().map(|(n, name)| (n.to_string(), json!(name))).collect()
        }
    }
}
