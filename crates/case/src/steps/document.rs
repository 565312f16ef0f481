//! The dossier and its pictures.

mod pictures;

use std::sync::Arc;

use ossein_design::Plan;
use ossein_dossier::{Dossier, Paper, pdf};
use ossein_geom::{Job, Lps, TriMesh};
use serde_json::{Value, json};

use self::pictures::Pictures;
use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// The step.
pub const STEP: StepDef = StepDef {
    id: "document",
    title: "dossier",
    version: 2,
    needs: &["import", "segment", "anatomy", "plan", "design", "prepare", "verify"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

/// The date of a dossier whose recipe names none: no day that anyone could take for one.
const UNDATED: (i32, u8, u8) = (1, 1, 1);

fn params(recipe: &Recipe) -> Value {
    // The dossier prints the whole recipe.
    json!({ "recipe": recipe.hash() })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let pictures = pictures(context, job)?;
    for (name, bytes) in &pictures {
        let prefixes = ["mechanics/", "judgement/", "ingrowth/"];
        let path = match prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
            Some(rest) => format!("evidence/{rest}"),
            None => format!("pictures/{name}"),
        };
        context.write_bytes(&path, bytes)?;
    }
    if let Some(bytes) = pictures.get("implant/oblique.png") {
        context.write_bytes("implant/preview.png", bytes)?;
    }
    let paper = match context.choices().word("dossier.paper") {
        "letter" => Paper::Letter,
        _ => Paper::A4,
    };
    let date = context.recipe().dossier.day().unwrap_or(UNDATED);
    let mut report = context.report_so_far();
    report["captions"] = pictures::captions();
    let dossier = Dossier { report: &report, pictures: &pictures, date, paper };
    let bytes = pdf(&dossier, job)?;
    context.write_bytes("dossier.pdf", &bytes)?;
    Ok(Outcome { findings: Vec::new(), summary: json!({}) })
}

fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let hu = load::volume(context)?;
    let segmentation = load::segmentation(context)?;
    let anatomy = load::anatomy(context)?;
    pictures::segmentation(&mut made, &hu, &segmentation.labels, &anatomy);
    let surfaces = surfaces(context, job)?;
    pictures::bones(&mut made, &surfaces, job)?;
    let plan: Plan = load::json(context, super::plan::FILE)?;
    let design = super::design::implant_of(context, job)?;
    pictures::implant_on_scan(&mut made, &hu, &plan, &design);
    pictures::clearance(&mut made, &hu, &plan, &design);
    pictures::contact(&mut made, &design.gaps);
    let mesh = super::prepare::mesh_of(context, job)?;
    pictures::implant(&mut made, &mesh, &design, job)?;
    let in_patient: TriMesh<Lps> = mesh.placed(&design.placement.inverse());
    pictures::plan(&mut made, &surfaces, &plan, &in_patient, job)?;
    drop(in_patient);
    stress(&mut made, context)?;
    let report = context.summary_of("prepare");
    let areas: Vec<f64> = serde_json::from_value(report["print"]["area_mm2"].clone())?;
    let layer_mm = report["print"]["layer_mm"].as_f64().unwrap_or(0.0);
    let shown = super::prepare::shown(context)?;
    pictures::layers(&mut made, &areas, layer_mm, &shown);
    Ok(made)
}

fn stress(made: &mut Pictures, context: &mut StepContext<'_>) -> Result<(), StepError> {
    #[derive(serde::Deserialize)]
    struct Stress {
        size: [usize; 3],
        voxel_mm: f64,
        von_mises_mpa: Vec<f32>,
    }
    let stress: Stress = load::json(context, super::verify::STRESS_FILE)?;
    pictures::mechanics(made, stress.size, stress.voxel_mm, &stress.von_mises_mpa);
    judgement(made, context)
}

fn judgement(made: &mut Pictures, context: &mut StepContext<'_>) -> Result<(), StepError> {
    #[derive(serde::Deserialize)]
    struct Maps {
        size: [usize; 3],
        voxel_mm: f64,
        stimulus_ratio: Vec<f32>,
        ingrown: Vec<f32>,
    }
    let maps: Maps = load::json(context, super::verify::MAPS_FILE)?;
    let body = pictures::Body { size: maps.size, voxel_mm: maps.voxel_mm };
    pictures::shielding(made, &body, &maps.stimulus_ratio);
    let report = context.summary_of("verify");
    let growth = &report["mechanics"]["judgement"]["ingrowth"];
    let rows = |name: &str| serde_json::from_value::<Vec<f64>>(growth[name].clone());
    let [weeks, low, middle, high] = [rows("weeks")?, rows("low")?, rows("middle")?, rows("high")?];
    pictures::ingrowth(made, &body, &maps.ingrown, &weeks, [&low, &middle, &high]);
    Ok(())
}

/// Surfaces of the bodies and arches: name, body label, mesh.
type Surfaces = Vec<(String, u16, TriMesh<Lps>)>;

fn surfaces(context: &mut StepContext<'_>, job: &Job) -> Result<Arc<Surfaces>, StepError> {
    let surfaces = super::anatomy::surfaces(context, job)?;
    Ok(surfaces)
}
