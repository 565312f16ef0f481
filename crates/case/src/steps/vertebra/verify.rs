//! First evidence: finite elements on the implant between its two neighbours.

mod cases;
mod checks;
mod construct;
mod evidence;
mod figures;
mod judge;
mod virtual_tests;

use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::Design;
use ossein_geom::{Cancelled, Choices, Job, Level};
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{
    BoneMap, BoneRange, Calibration, DensityKind, MaterialError, Metal, bone_law, bone_map, metal,
    preset,
};
use ossein_mechanics::stress::Stress;
use ossein_mechanics::{Solution, SolveError};
use serde_json::{Value, json};

use self::cases::Case;
use self::construct::{Construct, Materials, Scene, construct};
use self::evidence::{Evidence, differences, evidence};
use self::figures::Judged;
use self::judge::{BoneJudgement, Felt, GrowthJudgement, SlipJudgement};
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::design_of;

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Largest stress of every element, for the pictures.
pub const STRESS_FILE: &str = "evidence/stress.json";
/// Maps of judgement, for the pictures.
pub const MAPS_FILE: &str = "evidence/judgement.json";
/// The second resolution is this much coarser.
const COARSER: f64 = 1.5;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 3,
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
    let scene =
        Scene { plan: &plan, shapes: &design.shapes, hu: &hu, labels: &segmentation.labels };
    let materials = Materials {
        metal: metal_card(choices),
        lattice: (
            Cell::from_id(choices.word("lattice.cell")).expect("a listed word"),
            choices.number("lattice.solid_fraction"),
        ),
        bone: &bone.value,
    };
    let (cases, loads) = cases::cases(context.recipe());
    let solved = solved(&scene, &materials, &cases, choices.number("mechanics.voxel_mm"), job)?;
    let Solved { fine, coarse, bone, slip, growth } = &solved;
    let safety_min = choices.number("mechanics.safety_factor_min");
    let judged = Judged { evidence: &fine.evidence, bone, slip, growth, safety_min };
    let list = figures::figures(&judged);
    let tests = virtual_tests::virtual_tests(&design, &materials, choices, coarse.voxel_mm, job)?;
    let resolution =
        differences((coarse.voxel_mm, &coarse.evidence), (fine.voxel_mm, &fine.evidence));
    findings.extend(checks::of_solver(&solved));
    findings.extend(checks::of_figures(&solved, &materials, &resolution, safety_min));
    findings.extend(figures::findings(&list, slip));
    findings.extend(tests.findings);
    let count = |look: &Look| look.construct.model.solid_count();
    let figures = json!({
        "law": law_text(materials.bone),
        "calibration": calibration_text(&materials.bone.calibration),
        "calibrated": !matches!(materials.bone.calibration, Calibration::UncalibratedPreset(_)),
        "metal": metal_text(materials.metal),
        "loads": loads,
        "voxel_mm": [fine.voxel_mm, coarse.voxel_mm],
        "element_count": [count(fine), count(coarse)],
        "cases": fine.evidence.cases,
        "second_resolution": resolution,
        "endplates": fine.evidence.endplates,
        "judgement": figures::report(&list, &judged),
        "virtual_tests": tests.value,
        "limits": LIMITS,
    });
    context.write_json(FILE, &figures)?;
    context.write_json(
        STRESS_FILE,
        &fine.picture(&[("von_mises_mpa", &fine.evidence.envelope_mpa)]),
    )?;
    let maps = [("stimulus_ratio", bone.ratio.as_slice()), ("ingrown", &growth.bone)];
    context.write_json(MAPS_FILE, &coarse.picture(&maps))?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
}

/// The construct at one voxel size, solved.
struct Look {
    voxel_mm: f64,
    construct: Construct,
    evidence: Evidence,
}

impl Look {
    /// Values of its voxels for the pictures.
    fn picture(&self, maps: &[(&str, &[f32])]) -> Value {
        let mut value = json!({ "size": self.construct.grid.size, "voxel_mm": self.voxel_mm });
        for (name, values) in maps {
            value[*name] = json!(rounded(values));
        }
        value
    }
}

/// Everything that was solved.
struct Solved {
    fine: Look,
    coarse: Look,
    bone: BoneJudgement,
    slip: SlipJudgement,
    growth: GrowthJudgement,
}

fn solved(
    scene: &Scene,
    materials: &Materials,
    cases: &[Case],
    voxel_mm: f64,
    job: &Job,
) -> Result<Solved, VerifyError> {
    let look = |voxel_mm: f64, felt: Option<&mut Felt>| -> Result<Look, VerifyError> {
        let construct = construct(scene, materials, voxel_mm, job)?;
        let mut felt = felt;
        let mut take = |case, solution: &Solution, stresses: &[Stress]| {
            if let Some(felt) = &mut felt {
                felt.take(&construct, materials.lattice.1, (case, solution), stresses);
            }
        };
        let evidence = evidence(&construct, materials, cases, &mut take, job)?;
        Ok(Look { voxel_mm, construct, evidence })
    };
    let mut felt = Felt::default();
    let coarse = look(voxel_mm * COARSER, Some(&mut felt))?;
    let fine = look(voxel_mm, None)?;
    let slip = judge::slip(&coarse.construct, cases, job)?;
    let bone = judge::bone(&coarse.construct, materials, cases, &felt, job)?;
    let growth = judge::growth(&coarse.construct, &felt, &slip, job)?;
    Ok(Solved { fine, coarse, bone, slip, growth })
}

/// Two decimals: pictures need no more.
fn rounded(values: &[f32]) -> Vec<f32> {
    values.iter().map(|v| (v * 100.0).round() / 100.0).collect()
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
    let kind = match choices.word("mechanics.calibration_density") {
        "qct_k2hpo4" => DensityKind::QctPotassiumPhosphate,
        "ash" => DensityKind::Ash,
        "apparent" => DensityKind::Apparent,
        _ => DensityKind::QctHydroxyapatite,
    };
    let slope = choices.number("mechanics.calibration_slope_g_per_cm3_per_hu");
    let intercept = choices.number("mechanics.calibration_intercept_g_per_cm3");
    let calibration = match choices.word("mechanics.calibration") {
        "phantom" => Some(Calibration::Phantom {
            slope,
            intercept,
            kind,
            source: "the recipe's calibration record".into(),
        }),
        "phantomless" => Some(Calibration::Phantomless {
            slope,
            intercept,
            kind,
            error_g_per_cm3: choices.number("mechanics.calibration_error_g_per_cm3"),
            source: "the recipe's calibration record".into(),
        }),
        "uncalibrated_preset" => {
            let preset = preset(choices.word("mechanics.preset")).expect("a listed word");
            Some(Calibration::UncalibratedPreset(*preset))
        }
        _ => None,
    };
    Ok(bone_map(calibration.as_ref(), law, BoneRange::default())?)
}

fn metal_card(choices: &Choices) -> &'static Metal {
    metal(choices.word("mechanics.metal")).expect("a listed word")
}

fn law_text(map: &BoneMap) -> String {
    let law = &map.law;
    let confidence = law.confidence.word();
    format!("{}, {:?} density: {}; confidence {confidence}", law.formula, law.kind, law.source)
}

fn calibration_text(calibration: &Calibration) -> String {
    match calibration {
        Calibration::Phantom { slope, intercept, kind, source } => {
            format!("phantom: rho = {slope} HU + {intercept} g/cm3, {kind:?}; {source}")
        }
        Calibration::Phantomless { slope, intercept, kind, error_g_per_cm3, source } => format!(
            "phantomless: rho = {slope} HU + {intercept} g/cm3, {kind:?}, good to \
             {error_g_per_cm3} g/cm3; {source}"
        ),
        Calibration::UncalibratedPreset(preset) => format!(
            "uncalibrated preset: {}; confidence {}",
            preset.source,
            preset.confidence.word()
        ),
    }
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
