//! First evidence: finite elements on the implant between its two neighbours.

mod cases;
mod construct;
mod evidence;
mod figures;
mod judge;
mod virtual_tests;

use ossein_design::Plan;
use ossein_geom::{Cancelled, Choices, Finding, Job, Level};
use ossein_mechanics::SolveError;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{
    BoneMap, BoneRange, Calibration, DensityKind, MaterialError, Metal, bone_law, bone_map, metal,
    preset,
};
use serde_json::{Value, json};

use self::construct::{Construct, Materials, Scene, construct};
use self::evidence::{Difference, Evidence, differences, evidence};
use self::figures::Judged;
use self::judge::Felt;
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

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
    version: 2,
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
    let (cases, loads) = cases::cases(context.recipe());
    let fine_mm = choices.number("mechanics.voxel_mm");
    let coarse_mm = fine_mm * COARSER;
    let coarse_model = construct(&scene, &materials, coarse_mm, job)?;
    let mut felt = Felt::new(&coarse_model);
    let fraction = materials.lattice.1;
    let coarse = evidence(
        &coarse_model,
        &materials,
        &cases,
        |case, solution, stresses| felt.take(&coarse_model, fraction, (case, solution), stresses),
        job,
    )?;
    let model = construct(&scene, &materials, fine_mm, job)?;
    let fine = evidence(&model, &materials, &cases, |_, _, _| {}, job)?;
    let slip = judge::slip(&coarse_model, &cases, job).map_err(VerifyError::from)?;
    let felt_by_bone = judge::bone(&coarse_model, &materials, &cases, &felt, job);
    let judged = Judged {
        evidence: &fine,
        bone: &felt_by_bone.map_err(VerifyError::from)?,
        growth: &judge::growth(&coarse_model, &felt, &slip, job)?,
        slip: &slip,
        safety_min: choices.number("mechanics.safety_factor_min"),
    };
    let list = figures::figures(&judged);
    let tests = virtual_tests::virtual_tests(&design, &materials, choices, coarse_mm, job)?;
    let resolution = differences((coarse_mm, &coarse), (fine_mm, &fine));
    let of_solver = [&fine.findings, &coarse.findings, &slip.findings, &judged.bone.findings];
    for finding in of_solver.into_iter().flatten() {
        if !findings.contains(finding) {
            findings.push(finding.clone());
        }
    }
    findings.extend(check(&fine, judged.safety_min));
    findings.extend(figures::findings(&list, &slip));
    findings.extend(errors(&fine, &resolution));
    findings.extend(clipped(&model, &materials));
    findings.extend(extrapolated(&model, &materials));
    findings.extend(tests.findings);
    let figures = json!({
        "law": law_text(materials.bone),
        "calibration": calibration_text(&materials.bone.calibration),
        "calibrated": !matches!(materials.bone.calibration, Calibration::UncalibratedPreset(_)),
        "metal": metal_text(materials.metal),
        "loads": loads,
        "voxel_mm": [fine_mm, coarse_mm],
        "element_count": [model.model.solid_count(), coarse_model.model.solid_count()],
        "cases": fine.cases,
        "second_resolution": resolution,
        "endplates": fine.endplates,
        "judgement": figures::report(&list, &judged),
        "virtual_tests": tests.value,
        "limits": LIMITS,
    });
    context.write_json(FILE, &figures)?;
    let picture = json!({
        "size": model.grid.size, "voxel_mm": fine_mm,
        "von_mises_mpa": rounded(&fine.envelope_mpa),
    });
    let maps = json!({
        "size": coarse_model.grid.size, "voxel_mm": coarse_mm,
        "stimulus_ratio": rounded(&judged.bone.ratio), "ingrown": rounded(&judged.growth.bone),
    });
    context.write_json(STRESS_FILE, &picture)?;
    context.write_json(MAPS_FILE, &maps)?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
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

/// Relative error above which a figure is said to be uncertain.
const ERROR_MAX: f64 = 0.05;
/// Forces and moments that may stay without balance.
const BALANCE_MAX: f64 = 1e-4;
/// Part of the bone's voxels that may lie at an end of the range of moduli.
const CLIPPED_MAX: f64 = 0.1;

/// Figures that the second resolution or the balance of forces do not confirm; a case that did not
/// converge has the solver's own finding.
fn errors(evidence: &Evidence, resolution: &[Difference]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for case in &evidence.cases {
        if case.balance_error > BALANCE_MAX {
            let message = format!(
                "{}: residual {:.1e}, forces balance to {:.1e}: its figures say nothing",
                case.name, case.residual, case.balance_error
            );
            let finding = Finding::failure("verify.balance", &case.name, message);
            findings.push(finding.measured(case.balance_error, BALANCE_MAX, ""));
        }
    }
    let wide: Vec<&Difference> =
        resolution.iter().filter(|d| d.relative_error > ERROR_MAX).collect();
    let worst = wide.iter().max_by(|a, b| a.relative_error.total_cmp(&b.relative_error));
    if let Some(worst) = worst {
        let message = format!(
            "{} of {} figures are not within {:.0} % by the second resolution; widest {}: {:.0} %. \
             A smaller [mechanics] voxel_mm narrows them",
            wide.len(),
            resolution.len(),
            100.0 * ERROR_MAX,
            worst.name,
            100.0 * worst.relative_error
        );
        let finding = Finding::warning("verify.resolution", "mechanics", message);
        findings.push(finding.measured(worst.relative_error, ERROR_MAX, ""));
    }
    findings
}

/// Bone whose modulus lies at an end of the range that the map may give.
fn clipped(construct: &Construct, materials: &Materials) -> Option<Finding> {
    let range = materials.bone.range;
    let ends = [range.modulus_min.0, range.modulus_max.0];
    let bone = || construct.bone_hu.iter().filter(|hu| !hu.is_nan());
    let at_end =
        |hu: &&f32| materials.bone.modulus(f64::from(**hu)).is_some_and(|m| ends.contains(&m.0));
    let part = bone().filter(at_end).count() as f64 / bone().count().max(1) as f64;
    let message = format!(
        "{:.0} % of the bone's voxels take the lowest or highest modulus that bone may have, {} or \
         {} MPa: look at the calibration, and for metal or air in the bone",
        100.0 * part,
        ends[0],
        ends[1]
    );
    let finding = Finding::warning("verify.bone_range", "bone material", message);
    (part > CLIPPED_MAX).then(|| finding.measured(part, CLIPPED_MAX, ""))
}

/// Bone denser or lighter than the specimens that its law was fitted to.
fn extrapolated(construct: &Construct, materials: &Materials) -> Option<Finding> {
    let [min, max] = materials.bone.law.fitted_g_per_cm3?;
    let bone = || construct.bone_hu.iter().filter(|hu| !hu.is_nan());
    let density = |hu: f32| materials.bone.calibration.density(f64::from(hu)).to_apparent();
    let outside = |hu: &&f32| !(min..=max).contains(&density(**hu).g_per_cm3);
    let part = bone().filter(outside).count() as f64 / bone().count().max(1) as f64;
    let message = format!(
        "{:.0} % of the bone's voxels lie outside the {min} to {max} g/cm3 of apparent density \
         that `{}` was fitted to: there it is an extrapolation, to cortex above and to marrow below",
        100.0 * part,
        materials.bone.law.id
    );
    let finding = Finding::note("verify.law_range", "bone material", message);
    (part > 0.0).then(|| finding.measured(part, 0.0, ""))
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
