//! First evidence: finite elements on the implant between its two neighbours.

mod account;
mod cases;
mod checks;
mod construct;
mod endplate;
mod envelope;
mod evidence;
mod figures;
mod judge;
mod look;
pub mod maps;
mod virtual_tests;

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::Design;
use ossein_geom::{Cancelled, Choices, Job, Level};
use ossein_mechanics::SolveError;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{
    BoneMap, BoneRange, Calibration, CalibrationRecord, DensityKind, MaterialError, Metal,
    bone_law, bone_map, metal, preset,
};
use serde_json::{Value, json};

use self::account::{Account, account};
use self::construct::{Materials, Scene};
use self::judge::Estimates;
use self::look::{Look, Work};
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::fields::Fields;
use crate::steps::made::design_of;
use crate::steps::refinement::{Pair, Refinement, refined};
use crate::steps::resolution::{self, ERROR_MAX};

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Maps of stress and judgement, for the pictures.
pub const MAPS_FILE: &str = "evidence/maps.json";
/// Stress, safety and pressure of every element.
const STRESS_FILE: &str = "evidence/stress.vti";
/// What is judged of bone and core, on the voxels of that.
const JUDGEMENT_FILE: &str = "evidence/judgement.vti";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 7,
    needs: &["import", "segment", "plan", "design"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

/// No evidence could be had:
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The kept bodies are not in the labels.
    #[error(
        "the labels hold no bodies of {cranial} and {caudal}, which the implant stands between"
    )]
    NoBodies {
        /// The vertebra above.
        cranial: Level,
        /// The vertebra below.
        caudal: Level,
    },
    /// No element is metal.
    #[error("no element is all metal: choose a smaller [mechanics] voxel_mm")]
    NoMetal,
    /// A material cannot be had.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// The lattice is not in the tables.
    #[error(transparent)]
    Lattice(#[from] homogenized::LatticeError),
    /// The solver failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn params(recipe: &Recipe) -> Value {
    json!({
        "mechanics": recipe.section("mechanics"),
        "cases": recipe.own_cases,
        "lattice": recipe.section("lattice"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let bone = bone(context.choices())?;
    let mut findings = bone.findings;
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let design = design_of::<Design>(context, job)?;
    let choices = context.choices();
    let lattice = (
        Cell::from_id(choices.word("lattice.cell")).expect("a listed word"),
        choices.number("lattice.solid_fraction"),
    );
    let (cases, loads) = cases::cases(context.recipe());
    let refinement = Refinement::of(choices);
    let work = Work {
        scene: Scene { plan: &plan, shapes: &design.shapes, hu: &hu, labels: &segmentation.labels },
        materials: Materials { metal: metal_card(choices), lattice, bone: &bone.value },
        cases,
        design: &design,
        choices,
        is_refined: refinement.is_wanted(),
    };
    let safety_min = choices.number("mechanics.safety_factor_min");
    let pair = refined(
        choices.number("mechanics.voxel_mm"),
        &refinement,
        |voxel_mm, before| work.look(voxel_mm, before, job),
        |coarse, fine| account(coarse, fine, safety_min).differences,
    )?;
    let Pair { coarse, fine, stopped_by } = &pair;
    let account = account(coarse, fine, safety_min);
    findings.extend(checks::of_solver(coarse, fine));
    findings.extend(checks::of_figures(fine, &work.materials, safety_min));
    findings.extend(account.findings.iter().cloned());
    findings.extend(resolution::findings(&account.differences, stopped_by.as_deref()));
    let figures = figures(&work.materials, &loads, &pair, account);
    context.write_json(FILE, &figures)?;
    context.write_json(MAPS_FILE, &maps::maps(fine, coarse))?;
    let to_patient = plan.placement.inverse();
    let stress = Fields { grid: &fine.construct.grid, to_patient: &to_patient };
    stress.write(context, STRESS_FILE, &maps::of_construct(fine))?;
    let Estimates { bone, growth, .. } = &fine.judged.estimates;
    let slip_um = maps::slip_um(&fine.judged.estimates);
    let judged: maps::Arrays<'_> =
        vec![("stimulus_ratio", &bone.ratio), ("slip_um", &slip_um), ("ingrown", &growth.bone)];
    let judgement = Fields { grid: &coarse.construct.grid, to_patient: &to_patient };
    judgement.write(context, JUDGEMENT_FILE, &judged)?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
}

/// What the report tells.
fn figures(materials: &Materials, loads: &str, pair: &Pair<Look>, account: Account) -> Value {
    let both = [&pair.fine, &pair.coarse];
    let calibration = &materials.bone.calibration;
    json!({
        "law": materials.bone.law.summary(),
        "calibration": calibration.summary(),
        "calibrated": !matches!(calibration, Calibration::UncalibratedPreset(_)),
        "metal": metal_text(materials.metal),
        "loads": loads,
        "voxel_mm": both.map(|look| look.voxel_mm),
        "element_count": both.map(|look| look.construct.model.solid_count()),
        "error_max": ERROR_MAX,
        "cases": account.cases,
        "second_resolution": account.differences,
        "refined_no_further": pair.stopped_by,
        "endplates": account.endplates,
        "judgement": account.judgement,
        "virtual_tests": account.tests,
        "limits": LIMITS,
    })
}

/// What the model leaves out, in the words of the report.
const LIMITS: &[&str] = &[
    "Linear elastic, small displacements; implant, screws and bone are bonded (bone has grown in).",
    "Vertebral bodies alone: no posterior elements, rods, discs, ligaments or rib cage.",
    "Both bodies are cut level and held or loaded over the whole section, as potted in a test.",
    "The porous core acts as its homogenised cubic tensor; strut stress is an estimate (D3.14).",
    "The largest stress sits on steps of the voxel surface and grows with refinement: read p99.",
];

fn bone(choices: &Choices) -> Result<ossein_geom::Found<BoneMap>, VerifyError> {
    let law = bone_law(choices.word("mechanics.law")).expect("a listed word");
    let word = choices.word("mechanics.calibration_density");
    let record = CalibrationRecord {
        method: choices.word("mechanics.calibration"),
        slope: choices.number("mechanics.calibration_slope_g_per_cm3_per_hu"),
        intercept: choices.number("mechanics.calibration_intercept_g_per_cm3"),
        kind: DensityKind::from_word(word).expect("a listed word"),
        error_g_per_cm3: choices.number("mechanics.calibration_error_g_per_cm3"),
        preset: preset(choices.word("mechanics.preset")),
        source: "the recipe's calibration record",
    };
    let calibration = Calibration::of_record(&record);
    Ok(bone_map(calibration.as_ref(), law, BoneRange::default())?)
}

fn metal_card(choices: &Choices) -> &'static Metal {
    metal(choices.word("mechanics.metal")).expect("a listed word")
}

fn metal_text(metal: &Metal) -> String {
    let usual = metal.usual.map_or(String::new(), |u| {
        let across = u.anisotropy.map_or(String::new(), |a| {
            format!(", across the layers {} to {} % less", 100.0 * a[0], 100.0 * a[1])
        });
        format!("; tests usually find Rp0.2 {} to {} MPa{across}", u.proof_mpa[0], u.proof_mpa[1])
    });
    format!(
        "{} ({}): E {} MPa, nu {}, Rp0.2 {} MPa in every direction (confidence {}), fatigue {} MPa \
         at R 0.1 and 1e7 cycles (confidence {}){usual}; {}; {}",
        metal.id,
        metal.specification,
        metal.modulus.0,
        metal.poisson,
        metal.proof_stress.0,
        metal.strength_confidence.word(),
        metal.fatigue.0,
        metal.fatigue_confidence.word(),
        metal.treatment,
        metal.source
    )
}
