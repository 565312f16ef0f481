//! First evidence: finite elements on the implant between its two neighbours.

mod construct;
mod evidence;

use ossein_design::Plan;
use ossein_geom::{Cancelled, Choices, Finding, Job, Level};
use ossein_mechanics::SolveError;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::loads::load_set;
use ossein_mechanics::material::{
    BoneMap, BoneRange, Calibration, DensityKind, MaterialError, Metal, PRESETS, bone_law,
    bone_map, metal,
};
use serde_json::{Value, json};

use self::construct::{Construct, Materials, Scene, construct};
use self::evidence::{Evidence, differences, evidence};
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Largest stress of every element, for the pictures.
pub const STRESS_FILE: &str = "evidence/stress.json";
/// The second resolution is this much coarser.
const COARSER: f64 = 1.5;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 1,
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
    json!({ "mechanics": recipe.section("mechanics"), "lattice": recipe.section("lattice") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let bone = bone(context.choices())?;
    let mut findings = bone.findings;
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let design = super::design::implant_of(context, job)?;
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
    let set = load_set(choices.word("mechanics.loads")).expect("a listed word");
    let fine_mm = choices.number("mechanics.voxel_mm");
    let coarse_mm = fine_mm * COARSER;
    let solved = |voxel_mm: f64| -> Result<(Construct, Evidence), VerifyError> {
        let construct = construct(&scene, &materials, voxel_mm, job)?;
        let evidence = evidence(&construct, &materials, &(set.cases)(), job)?;
        Ok((construct, evidence))
    };
    let (coarse_model, coarse) = solved(coarse_mm)?;
    let (model, fine) = solved(fine_mm)?;
    findings.extend(fine.findings.iter().cloned());
    findings.extend(check(&fine, choices.number("mechanics.safety_factor_min")));
    let figures = json!({
        "law": format!("{}: {}", materials.bone.law.formula, materials.bone.law.source),
        "calibration": calibration_text(&materials.bone.calibration),
        "calibrated": matches!(materials.bone.calibration, Calibration::Phantom { .. }),
        "metal": metal_text(materials.metal),
        "loads": format!("{} ({})", set.title, set.source),
        "voxel_mm": [fine_mm, coarse_mm],
        "element_count": [model.model.solid_count(), coarse_model.model.solid_count()],
        "cases": fine.cases,
        "second_resolution": differences((coarse_mm, &coarse), (fine_mm, &fine)),
        "endplates": fine.endplates,
        "limits": LIMITS,
    });
    context.write_json(FILE, &figures)?;
    let stress: Vec<f32> = fine.envelope_mpa.iter().map(|s| (s * 100.0).round() / 100.0).collect();
    let picture = json!({ "size": model.grid.size, "voxel_mm": fine_mm, "von_mises_mpa": stress });
    context.write_json(STRESS_FILE, &picture)?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
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
    let calibration = match choices.word("mechanics.calibration") {
        "phantom" => Some(Calibration::Phantom {
            slope: choices.number("mechanics.calibration_slope_g_per_cm3_per_hu"),
            intercept: choices.number("mechanics.calibration_intercept_g_per_cm3"),
            kind,
            source: "the recipe's calibration record".into(),
        }),
        "uncalibrated_preset" => Some(Calibration::UncalibratedPreset(PRESETS[0])),
        _ => None,
    };
    Ok(bone_map(calibration.as_ref(), law, BoneRange::default())?)
}

fn metal_card(choices: &Choices) -> &'static Metal {
    metal(choices.word("mechanics.metal")).expect("a listed word")
}

fn calibration_text(calibration: &Calibration) -> String {
    match calibration {
        Calibration::Phantom { slope, intercept, kind, source } => {
            format!("phantom: rho = {slope} HU + {intercept} g/cm3, {kind:?}; {source}")
        }
        Calibration::UncalibratedPreset(preset) => {
            format!("uncalibrated preset: {}", preset.source)
        }
    }
}

fn metal_text(metal: &Metal) -> String {
    format!(
        "{} ({}): E {} MPa, nu {}, Rp0.2 {} MPa, fatigue {} MPa; {}",
        metal.id,
        metal.specification,
        metal.modulus.0,
        metal.poisson,
        metal.proof_stress.0,
        metal.fatigue.0,
        metal.source
    )
}

fn check(evidence: &Evidence, safety_min: f64) -> Vec<Finding> {
    let mut findings = Vec::new();
    for case in evidence.cases.iter().filter(|c| c.safety_factor < safety_min) {
        let message = format!(
            "the safety factor under {} is {:.2}; at least {safety_min} was asked for",
            case.name, case.safety_factor
        );
        findings.push(Finding::failure("verify.safety_factor", &case.name, message).measured(
            case.safety_factor,
            safety_min,
            "",
        ));
    }
    for end in evidence.endplates.iter().filter(|e| e.ratio < 1.0) {
        let message = format!(
            "under {} the pressure on 5 % of the {} endplate reaches {:.2} of its local strength: \
             the implant may subside there",
            end.case,
            end.end,
            1.0 / end.ratio
        );
        findings.push(
            Finding::warning("verify.endplate", format!("{} endplate", end.end), message)
                .measured(end.ratio, 1.0, ""),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use ossein_design::kinds::vertebral_body_replacement::CHOICES;
    use ossein_geom::Shape;

    use super::*;

    #[test]
    fn every_cell_that_can_be_chosen_has_moduli_and_a_field() {
        let choice = CHOICES.iter().find(|c| (c.section, c.key) == ("lattice", "cell")).unwrap();
        let Shape::Word { words, .. } = choice.shape else { panic!("{choice:?}") };
        for word in words {
            let cell = Cell::from_id(word).unwrap();
            assert!(homogenized::moduli(cell, 0.35, ossein_geom::Mpa(1.0)).is_ok(), "{word}");
            assert!(ossein_field::lattice::by_name(word).is_ok(), "{word}");
        }
    }
}
