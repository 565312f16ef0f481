//! First evidence: the implant clamped and pushed as ISO 14801 asks, in four directions.

mod specimen;

use ossein_design::kinds::root_analogue_implant::{Design, RootPlan};
use ossein_geom::{Cancelled, Finding, Job};
use ossein_mechanics::SolveError;
use ossein_mechanics::loads::{LoadError, load_set};
use ossein_mechanics::material::{Card, Limit};
use serde_json::{Value, json};

use self::specimen::{CaseFigures, Look, look};
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::design_of;
use crate::steps::refinement::{Pair, Refinement, refined};
use crate::steps::resolution::{
    self, Difference, ERROR_MAX, Key, Table, beside_named, near_limits,
};

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Least that an implant must bear of a load that repeats.
pub const FATIGUE_MIN: f64 = 1.0;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 5,
    needs: &["import", "plan", "design"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

/// No evidence could be had:
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A load case cannot be put on the model.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Nothing of the implant stands out of the clamp.
    #[error("no element of {voxel_mm} mm lies over the clamp: take a smaller [mechanics] voxel_mm")]
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

fn params(recipe: &Recipe) -> Value {
    json!({ "mechanics": recipe.section("mechanics") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let design = design_of::<Design>(context, job)?;
    let choices = context.choices();
    let bite_n = choices.number("mechanics.bite_n");
    let voxel_mm = choices.number("mechanics.voxel_mm");
    let safety_min = choices.number("mechanics.safety_factor_min");
    let collar_mm = choices.number("implant.collar_mm");
    let card = design.card;
    let Pair { coarse, fine, stopped_by } = refined(
        voxel_mm,
        &Refinement::of(choices),
        |mm, _| look(design.core(), &card, (mm, collar_mm), bite_n, job),
        |coarse, fine| compared(coarse, fine, &card).1,
    )?;
    let (rows, differences) = compared(&coarse, &fine, &card);
    let of_case = |case| of_case(case, &card, safety_min);
    let mut findings: Vec<Finding> = fine.cases.iter().flat_map(of_case).collect();
    findings.extend(resolution::findings(&differences, stopped_by.as_deref()));
    findings.extend(near_limits(&differences, |d| match d.key {
        "safety_factor" => Some(safety_min),
        "safety_factor_fatigue" => Some(FATIGUE_MIN),
        _ => None,
    }));
    findings.extend(no_fatigue(&card));
    let set = load_set("iso_14801").expect("a listed set");
    let figures = json!({
        "material": {
            "title": card.title,
            "modulus_mpa": card.modulus_mpa.value,
            "strength_mpa": card.strength_mpa.value,
            "fatigue_mpa": card.fatigue_mpa.map(|f| f.value),
            "source": format!(
                "{}; strength: {} (confidence {})",
                card.specification,
                card.strength_mpa.source,
                card.strength_mpa.confidence.word()
            ),
        },
        "stress": match card.limit {
            Limit::Yield => "von Mises stress",
            Limit::Fracture => "the largest principal stress",
        },
        "loads": format!("{} ({}), times {:.2}", set.title, set.source, bite_n / 100.0),
        "bite_n": bite_n,
        "clamp_mm": specimen::CLAMP_MM,
        "lever_mm": specimen::LEVER_MM,
        "voxel_mm": [fine.voxel_mm, coarse.voxel_mm],
        "element_count": [fine.element_count, coarse.element_count],
        "error_max": ERROR_MAX,
        "cases": rows,
        "refined_no_further": stopped_by,
        "safety_factor_min": safety_min,
        "limits": LIMITS,
    });
    context.write_json(FILE, &figures)?;
    let plan: RootPlan = load::json(context, super::plan::FILE)?;
    fine.map.write(context, &plan.tooth.placement.inverse())?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
}

/// What the model leaves out, in the words of the report.
const LIMITS: &[&str] = &[
    "The implant alone, held rigidly all around from 3 mm under the bone's crest: no bone, no \
     crown, no cement; the crown passes the force on to the upper half of the abutment.",
    "Stress is that at the middle of elements, the 99th percentile of a layer. The clamp holds the \
     width of the section too: on a round rod of 4 mm the figure lies a fifth under that of its \
     outermost fibre by beam theory. Compare designs with it.",
    "A porous layer is left out: it bears nothing here. Its struts' own fatigue is not looked at, \
     nor its core deeper than the clamp, which is held.",
    "Linear elastic, static. The fatigue figure holds the highest load of the cycle (R = 0.1) \
     against the card's allowable; a test on real implants is what ISO 14801 asks for.",
];

/// Figures of a push that a second resolution is asked about.
const FIGURES: Table<'_> = Table {
    name: "pushes",
    keys: &[
        Key::plain("moved_mm", "Movement"),
        Key::plain("mpa_p99", "Stress, 99 %"),
        Key::plain("principal_mpa_p99", "Largest principal stress, 99 %"),
        Key::safety("safety_factor", "Safety factor"),
        Key::safety("safety_factor_fatigue", "Safety factor, fatigue"),
        Key::plain("yields_at_n", "Force at which it fails"),
    ],
};

/// Safety factors of a push: once, and over ten million cycles where the card knows.
fn safety(own: &CaseFigures, card: &Card) -> (f64, Option<f64>) {
    let fatigue = card.fatigue_mpa.map(|f| f.value / own.principal_mpa_p99);
    (card.strength_mpa.value / own.mpa_p99, fatigue)
}

/// Rows for the report.
fn rows(look: &Look, card: &Card) -> Vec<Value> {
    let row = |own: &CaseFigures| {
        let mut row = json!(own);
        let (safety, fatigue) = safety(own, card);
        row["safety_factor"] = json!(safety);
        row["safety_factor_fatigue"] = json!(fatigue);
        row["yields_at_n"] = json!(safety * own.force_n);
        row
    };
    look.cases.iter().map(row).collect()
}

/// Rows of the finer look, each figure with what the coarser one says of it, and how they differ.
fn compared(coarse: &Look, fine: &Look, card: &Card) -> (Vec<Value>, Vec<Difference>) {
    let [own, second] = [fine, coarse].map(|look| rows(look, card));
    beside_named(own, &second, &FIGURES, [fine, coarse].map(|look| look.voxel_mm))
}

/// A material whose fatigue nobody knows.
fn no_fatigue(card: &Card) -> Option<Finding> {
    let message = format!(
        "no fatigue strength of {} is published that could be relied on: five million cycles are \
         not looked at",
        card.title
    );
    let finding = Finding::warning("verify.no_fatigue", "mechanics", message);
    card.fatigue_mpa.is_none().then_some(finding)
}

fn of_case(own: &CaseFigures, card: &Card, safety_min: f64) -> Vec<Finding> {
    let (safety, fatigue) = safety(own, card);
    let mut findings = Vec::new();
    let place = format!("load case {}", own.name);
    if !own.converged {
        let left = own.balance_error;
        let message = format!(
            "the solver did not reach its tolerance; forces that should cancel leave {left:.1e}"
        );
        findings.push(Finding::failure("verify.unconverged", &place, message));
    }
    if safety < safety_min {
        let fails = if card.limit == Limit::Yield { "yields" } else { "breaks" };
        let message = format!("the implant bears {safety:.2} times the load before it {fails}");
        let finding = Finding::failure("verify.safety", &place, message);
        findings.push(finding.measured(safety, safety_min, ""));
    }
    if let Some(fatigue) = fatigue.filter(|f| *f < FATIGUE_MIN) {
        let message = format!(
            "the implant bears {fatigue:.2} times this load over ten million cycles (facts D1.45)"
        );
        let finding = Finding::failure("verify.fatigue", &place, message);
        findings.push(finding.measured(fatigue, FATIGUE_MIN, ""));
    }
    findings
}
