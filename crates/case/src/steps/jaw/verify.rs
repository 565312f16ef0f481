//! First evidence: the jaw bites on its segment, which screws hold.

mod construct;
mod guideline;
mod loads;
mod look;

use ossein_anatomy::JawError;
use ossein_design::kinds::mandible_segment_replacement::{Design, Plan};
use ossein_geom::{Cancelled, Choices, Finding, Job};
use ossein_mechanics::SolveError;
use ossein_mechanics::homogenized::LatticeError;
use ossein_mechanics::loads::{Clench, LoadError, LoadSet, MUSCLE_NAMES};
use serde_json::{Value, json};

use self::construct::{Materials, Tissue};
use self::guideline::Pressed;
use self::loads::JawCase;
use self::look::{CaseFigures, Look, look};
use super::jaw_labels;
use crate::load;
use crate::recipe::{JawLoad, Recipe};
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::labels_of;
use crate::steps::made::design_of;
use crate::steps::refinement::{self, COARSER, Pair, Refinement, refined};
use crate::steps::resolution::{
    self, Difference, ERROR_MAX, Key, Table, beside_named, near_limits,
};

/// What is said of a case whose figures say nothing.
const UNCONVERGED: &str =
    "its residual, or what its forces leave when they should cancel, is beyond the tolerance";
/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Bone is kept so far from the implant, in voxels of the coarser resolution: the same at both.
const GAP_VOXELS: f64 = 1.5;
/// Least that the implant must bear of a load that repeats, or that the guideline asks for.
pub const REPEATS_MIN: f64 = 1.0;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 6,
    needs: &["import", "plan", "design"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

/// No evidence could be had:
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The label map holds no jaw.
    #[error(transparent)]
    Jaw(#[from] JawError),
    /// A load case cannot be put on the model.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The lattice is not in the tables.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// No element is all metal.
    #[error("no element is all metal: choose a [mechanics] voxel_mm smaller than {voxel_mm}")]
    NoMetal {
        /// Edge of an element.
        voxel_mm: f64,
    },
    /// The solver failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What a device bears (facts D2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Replacement,
    Fixation,
    Filling,
}

impl Class {
    fn of(choices: &Choices) -> Self {
        match choices.word("plan.device_class") {
            "fixation" => Self::Fixation,
            "filling" => Self::Filling,
            _ => Self::Replacement,
        }
    }
}

fn params(recipe: &Recipe) -> Value {
    let mut params = json!({
        "class": recipe.choices.word("plan.device_class"),
        "mechanics": recipe.section("mechanics"),
        "lattice": recipe.section("lattice"),
    });
    // A recipe without any keeps what was made of it before there were such cases.
    if !recipe.jaw_loads.is_empty() {
        params["cases"] = json!(recipe.jaw_loads);
    }
    params
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let class = Class::of(context.choices());
    if class == Class::Filling {
        let message = "a filling bears nearly nothing (facts D2.1): no load was put on it";
        let finding = Finding::note("verify.filling", "segment", message);
        return Ok(Outcome { findings: vec![finding], summary: json!({}) });
    }
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let design = design_of::<Design>(context, job)?;
    let labels = labels_of(context)?;
    let tissue = Tissue::new(&plan, &jaw_labels(&labels)?)?;
    let choices = context.choices();
    let materials = Materials::new(choices);
    let voxel_mm = choices.number("mechanics.voxel_mm");
    let safety_min = choices.number("mechanics.safety_factor_min");
    let own = &context.recipe().jaw_loads;
    let (left_out, cases): (Vec<JawCase>, Vec<JawCase>) =
        loads::cases(&plan, own).into_iter().partition(|case| case.empty().is_some());
    let voxel_max = voxel_mm * COARSER;
    let at = |voxel_mm, _: Option<&Looks>| {
        let (jaw, sizes_mm) = ((&plan, &tissue), (voxel_mm, GAP_VOXELS * voxel_max));
        let jaw = look(jaw, &design, &materials, &cases, sizes_mm, job)?;
        let guideline = match class {
            Class::Replacement => guideline::pressed(&design, &materials, voxel_mm, job)?,
            _ => Vec::new(),
        };
        Ok::<_, VerifyError>(Looks { jaw, guideline })
    };
    let differing = |coarse: &Looks, fine: &Looks| compared(&cases, coarse, fine).differences;
    let Pair { coarse, fine, stopped_by } =
        refined(voxel_mm, &Refinement::of(choices), at, differing)?;
    let Compared { rows, guideline, differences } = compared(&cases, &coarse, &fine);
    let of_case = |(case, own): (&JawCase, _)| of_case(own, case.routine, safety_min);
    let mut findings: Vec<Finding> = cases.iter().zip(&fine.jaw.cases).flat_map(of_case).collect();
    findings.extend(resolution::findings(&differences, stopped_by.as_deref()));
    findings.extend(near_limits(&differences, |d| limit(&cases, d, safety_min)));
    if class == Class::Fixation {
        let message =
            "the graft beside the device is not part of the model: it bears all load here";
        findings.push(Finding::note("verify.fixation", "segment", message));
    }
    findings.extend(of_cases(&cases));
    findings.extend(left_out.iter().map(not_judged));
    findings.extend(guideline::findings(&coarse.guideline, &fine.guideline));
    let figures = json!({
        "metal": {
            "title": materials.metal.title,
            "modulus_mpa": materials.metal.modulus.0,
            "strength_mpa": materials.metal.proof_stress.0,
            "fatigue_mpa": materials.metal.fatigue.0,
            "source": materials.metal.source,
        },
        "bone": {
            "cortical_mpa": choices.number("mechanics.cortical_mpa"),
            "cancellous_mpa": choices.number("mechanics.cancellous_mpa"),
            "cortex_mm": choices.number("mechanics.cortex_mm"),
        },
        "loads": sources(own),
        "voxel_mm": [fine.jaw.voxel_mm, coarse.jaw.voxel_mm],
        "element_count": [fine.jaw.element_count, coarse.jaw.element_count],
        "error_max": ERROR_MAX,
        "cases": rows,
        "refined_no_further": stopped_by,
        "guideline": guideline,
        "safety_factor_min": safety_min,
        "limits": limits(own),
    });
    context.write_json(FILE, &figures)?;
    fine.jaw.map.write(context, &plan.placement.inverse())?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
}

/// What the model leaves out, in the words of the report.
const LIMITS: &[&str] = &[
    "Before bone has grown in: the segment touches bone nowhere, screws carry all load and are \
     bonded to bone and plate along their length.",
    "Bone is a cortex of one thickness around cancellous bone, both of one modulus: a label map says \
     nothing of density.",
    "Linear elastic, small displacements; joints are held at the condyles, discs and ligaments are \
     left out.",
    "The porous core acts as its homogenised cubic tensor; strut stress is an estimate (D3.14).",
    "Bites on one side hold the angles instead of their muscles.",
    "Clenches of one side are estimated: a bite of 500 N, or the greatest that the muscles hold in \
     balance, by the least sum of squared activations. No muscle pulls against another without \
     need, and joints push without friction. In group function that balance takes \
     equal shares straight down; in the model canine, premolar and molar hold, and share the bite \
     by their stiffness. What their slopes would add sideways is left out.",
];

/// Where the load cases come from.
fn sources(own: &[JawLoad]) -> Vec<String> {
    let of_set = |set: &LoadSet| format!("{} ({})", set.title, set.source);
    let mut all: Vec<String> = loads::sets().map(of_set).collect();
    if !own.is_empty() {
        all.push("load cases of the recipe's own".into());
    }
    all
}

/// What the model leaves out, with what that means for these load cases.
fn limits(own: &[JawLoad]) -> Vec<&'static str> {
    let clenches = match own.iter().any(|load| load.clench.is_some()) {
        true => {
            "Activations of the recipe's clenches stand as they were given; the muscles' greatest \
             forces and directions are those of the built-in clenches (facts D2.31), not the \
             patient's."
        }
        false => "Greatest forces and directions of muscles are published ones, not the patient's.",
    };
    LIMITS.iter().copied().chain([clenches]).collect()
}

/// What of the load sets this resection leaves out.
fn of_cases(cases: &[JawCase]) -> Vec<Finding> {
    let told = |case: &JawCase| {
        let place = format!("load case {}", case.case.name);
        let list = |regions: &[String]| regions.join(", ").replace('_', " ");
        let mut findings = Vec::new();
        if !case.lost.is_empty() {
            let message = format!("attached to bone that is taken out: {}", list(&case.lost));
            findings.push(Finding::note("verify.lost", place.clone(), message));
        }
        if !case.on_segment.is_empty() {
            let teeth = list(&case.on_segment);
            let message = format!("teeth that stood on the segment bear on its top: {teeth}");
            findings.push(Finding::note("verify.on_segment", place.clone(), message));
        }
        if let Some(estimate) = &case.estimate {
            findings.push(Finding::note("verify.estimated", place, estimate.summary()));
        }
        findings
    };
    cases.iter().flat_map(told).collect()
}

/// A case that this resection leaves nothing of.
fn not_judged(case: &JawCase) -> Finding {
    let message = format!("not judged: {}", case.empty().unwrap_or_default());
    Finding::warning("verify.not_judged", format!("load case {}", case.case.name), message)
}

/// Figures of a load case that a second resolution is asked about.
const FIGURES: Table<'_> = Table {
    name: "load cases",
    keys: &[
        Key::plain("moved_mm", "Movement"),
        Key::plain("metal_mpa_p99", "Stress in solid metal, 99 %"),
        Key::plain("lattice_mpa_p99", "Stress in struts, 99 %"),
        Key::plain("screw_mpa_p99", "Stress in screws, 99 %"),
        Key::plain("bone_mpa_p99", "Stress in bone at screws, 99 %"),
        Key::safety("safety_factor", "Safety factor"),
        Key::safety("safety_factor_fatigue", "Safety factor, fatigue"),
    ],
};

/// Both looks at the jaw and at the segment alone.
struct Looks {
    jaw: Look,
    guideline: Vec<Pressed>,
}

impl refinement::Look for Looks {
    fn voxel_mm(&self) -> f64 {
        self.jaw.voxel_mm
    }

    fn element_count(&self) -> usize {
        self.jaw.element_count
    }
}

/// Every figure of two looks beside each other.
struct Compared {
    rows: Vec<Value>,
    guideline: Vec<Value>,
    differences: Vec<Difference>,
}

fn compared(cases: &[JawCase], coarse: &Looks, fine: &Looks) -> Compared {
    let [own, other] = [fine, coarse]
        .map(|look| look.jaw.cases.iter().map(|case| json!(case)).collect::<Vec<_>>());
    let sizes_mm = [fine, coarse].map(|look| look.jaw.voxel_mm);
    let (mut rows, mut differences) = beside_named(own, &other, &FIGURES, sizes_mm);
    for (row, case) in rows.iter_mut().zip(cases) {
        row["routine"] = json!(case.routine);
        if let Some(load) = &case.own {
            row["source"] = json!("recipe");
            row["given"] = given(load);
        }
        if let Some(estimate) = &case.estimate {
            row["source"] = json!("estimate");
            row["given"] = activated(&estimate.clench);
            row["bite_n"] = json!(estimate.bite_n);
            row["condyles_n"] = json!(estimate.condyles_n);
        }
    }
    let [own, other] = [fine, coarse].map(|look| guideline::rows(&look.guideline));
    let (guideline, more) = beside_named(own, &other, &guideline::FIGURES, sizes_mm);
    differences.extend(more);
    Compared { rows, guideline, differences }
}

/// The limit of a figure, if it has one: fatigue is asked of cases that repeat.
fn limit(cases: &[JawCase], difference: &Difference, safety_min: f64) -> Option<f64> {
    let case = cases.iter().find(|case| case.case.name == difference.place);
    match (difference.key, case) {
        ("safety_factor", Some(_)) => Some(safety_min),
        ("safety_factor", None) => Some(REPEATS_MIN),
        ("safety_factor_fatigue", Some(case)) => case.routine.then_some(REPEATS_MIN),
        _ => None,
    }
}

/// What the recipe says of a case: a clench's teeth and muscles, or what acts and what holds.
fn given(load: &JawLoad) -> Value {
    load.clench.as_ref().map_or(json!(load.case), activated)
}

/// A clench's teeth and muscles.
fn activated(Clench { teeth, right, left, .. }: &Clench) -> Value {
    let both = MUSCLE_NAMES.iter().zip(right.iter().zip(left));
    let muscle = |(name, (right, left))| json!({ "muscle": name, "right": right, "left": left });
    json!({ "teeth": teeth, "muscles": both.map(muscle).collect::<Vec<Value>>() })
}

fn of_case(own: &CaseFigures, routine: bool, safety_min: f64) -> Vec<Finding> {
    let place = &format!("load case {}", own.name);
    let mut findings = Vec::new();
    if !own.converged {
        findings.push(Finding::failure("verify.unconverged", place, UNCONVERGED));
    }
    if own.safety_factor < safety_min {
        let safety = own.safety_factor;
        let message = format!("the implant bears {safety:.2} times the load before it yields");
        let finding = Finding::failure("verify.safety", place, message);
        findings.push(finding.measured(safety, safety_min, ""));
    }
    if routine && own.safety_factor_fatigue < REPEATS_MIN {
        let safety = own.safety_factor_fatigue;
        let message = format!(
            "the implant bears {safety:.2} times this load over ten million cycles (facts D1.45)"
        );
        let finding = Finding::failure("verify.fatigue", place, message);
        findings.push(finding.measured(safety, REPEATS_MIN, ""));
    }
    findings
}
