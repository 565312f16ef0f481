//! First evidence: the implant clamped and pushed as ISO 14801 asks, in four directions.

mod specimen;

use ossein_design::kinds::root_analogue_implant::Design;
use ossein_geom::{Cancelled, Finding, Job};
use ossein_mechanics::loads::{LoadError, load_set};
use ossein_mechanics::material::{Card, Limit};
use ossein_mechanics::{SolveError, second_resolution};
use serde_json::{Value, json};

use self::specimen::{CaseFigures, Look, look};
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::design_of;

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Largest stress of every element, for the pictures.
pub const STRESS_FILE: &str = "evidence/stress.json";
/// The second resolution is this much coarser.
const COARSER: f64 = 1.5;
/// A figure stands if the second resolution says that it is off by less.
const ERROR_MAX: f64 = 0.05;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 2,
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
    let at = |mm: f64| look(design.core(), &card, (mm, collar_mm), bite_n, job);
    let coarse = at(voxel_mm * COARSER)?;
    let fine = at(voxel_mm)?;
    let (rows, findings) = judged(&coarse, &fine, &card, safety_min);
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
        "cases": rows,
        "safety_factor_min": safety_min,
        "limits": LIMITS,
    });
    context.write_json(FILE, &figures)?;
    context.write_json(STRESS_FILE, &fine.map)?;
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

/// Rows for the report, and what someone should look at.
fn judged(coarse: &Look, fine: &Look, card: &Card, safety_min: f64) -> (Vec<Value>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut worst = 0.0;
    let mut rows = Vec::new();
    for (own, other) in fine.cases.iter().zip(&coarse.cases) {
        let error = |f: fn(&CaseFigures) -> f64| {
            let pair = ((coarse.voxel_mm, f(other)), (fine.voxel_mm, f(own)));
            second_resolution(pair.0, pair.1, 1.0).map(|r| r.relative_error)
        };
        let errors = [error(|c| c.moved_mm), error(|c| c.mpa_p99)];
        worst = errors.into_iter().flatten().fold(worst, f64::max);
        let safety = card.strength_mpa.value / own.mpa_p99;
        let fatigue = card.fatigue_mpa.map(|f| f.value / own.principal_mpa_p99);
        findings.extend(of_case(own, card, (safety, safety_min), fatigue));
        let mut row = serde_json::to_value(own).unwrap_or_default();
        row["error"] = json!({ "moved": errors[0], "stress": errors[1] });
        row["safety_factor"] = json!(safety);
        row["safety_factor_fatigue"] = json!(fatigue);
        row["yields_at_n"] = json!(safety * own.force_n);
        rows.push(row);
    }
    if worst > ERROR_MAX {
        let message = format!(
            "a second resolution says that figures are off by up to {:.0} %: they compare designs; \
             for figures that stand take a smaller [mechanics] voxel_mm",
            100.0 * worst
        );
        let finding = Finding::warning("verify.resolution", "mechanics", message);
        findings.push(finding.measured(worst, ERROR_MAX, ""));
    }
    if card.fatigue_mpa.is_none() {
        let message = format!(
            "no fatigue strength of {} is published that could be relied on: five million cycles \
             are not looked at",
            card.title
        );
        findings.push(Finding::warning("verify.no_fatigue", "mechanics", message));
    }
    (rows, findings)
}

fn of_case(
    own: &CaseFigures,
    card: &Card,
    (safety, safety_min): (f64, f64),
    fatigue: Option<f64>,
) -> Vec<Finding> {
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
    if let Some(fatigue) = fatigue.filter(|f| *f < 1.0) {
        let message = format!(
            "the implant bears {fatigue:.2} times this load over ten million cycles (facts D1.45)"
        );
        let finding = Finding::failure("verify.fatigue", &place, message);
        findings.push(finding.measured(fatigue, 1.0, ""));
    }
    findings
}
