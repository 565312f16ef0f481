//! Files to print: mesh and layers.

pub mod files;
pub mod sizes;

use std::sync::Arc;

use ossein_design::Part;
use ossein_geom::{
    Build, Cancelled, Choices, Deg, Finding, Implant, Job, Layer, Mm, Point, Rigid, TriMesh,
};
use ossein_mesh::Defects;
use ossein_mesh::extract::ExtractError;
use ossein_print::cli::Encoding;
use ossein_print::cost::Rates;
use ossein_print::layer::LayerError;
use ossein_print::{Hatch, Pattern, ScanOptions};
use serde_json::{Value, json};

use super::road;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// The implant's mesh in memory.
pub const MESH: &str = "mesh";
/// Layers that the dossier shows.
pub const SHOWN_FILE: &str = "work/shown_layers.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "prepare",
    title: "files to print",
    version: 8,
    needs: &["design"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

/// Files could not be made:
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The surface is not closed.
    #[error(transparent)]
    Open(#[from] Defects),
    /// The layers could not be taken.
    #[error(transparent)]
    Layers(#[from] LayerError),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn params(recipe: &Recipe) -> Value {
    recipe.section("print")
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let road = road(context.recipe());
    let part = part_of(context, job)?;
    let surface = files::surface(&part.solid, job)?;
    let figures = files::surface_figures(&surface, &part);
    let mut findings = Vec::new();
    if surface.component_count() != part.solid.piece_count {
        let (found, meant) = (surface.component_count(), part.solid.piece_count);
        let message = format!("the part is made of {found} pieces; {meant} are meant");
        findings.push(Finding::failure("prepare.pieces", "implant", message));
    }
    let mesh = surface.into_mesh();
    let title = context.case_id().to_owned();
    let upright = files::upright(&mesh);
    let height_mm = mesh.bounds().size().z;
    let entries = entries(context);
    context.write("implant/implant.3mf", |mut w| {
        files::write_3mf(&mesh, &upright, &title, entries, &mut w)
    })?;
    context.write("implant/implant.stl", |mut w| {
        files::write_stl(&mesh, &part.placement, &title, &mut w)
    })?;
    let mut summary = json!({ "implant": figures });
    if let Some(shrinkage) = part.shrinkage {
        summary["implant"]["green"] = green(context, (&mesh, shrinkage), &upright, &title)?;
    }
    if part.layered {
        let label = context.case_id().to_owned();
        let layered = layers(context, &part, &upright, height_mm, ("", &label), job)?;
        findings.extend(layered.findings);
        context.write_json(SHOWN_FILE, &shown_as_json(&layered.shown))?;
        summary["print"] = layered.figures;
    }
    context.put(MESH, Arc::new(mesh));
    if let Some(sizes) = road.sizes {
        summary["print"]["sizes"] = sizes(context, &mut findings, job)?;
    }
    Ok(Outcome { findings, summary })
}

/// The part of the case's road.
fn part_of(standing: &mut Standing<'_>, job: &Job) -> Result<Part, StepError> {
    let part = road(standing.recipe()).part;
    part.ok_or_else(|| StepError::new("this kind has no part"))?(standing, job)
}

/// Writes the part as large as it must leave the printer to be right after the furnace.
fn green(
    context: &mut StepContext<'_>,
    (mesh, shrinkage): (&TriMesh<Implant>, [f64; 3]),
    upright: &Rigid<Implant, Build>,
    title: &str,
) -> Result<Value, StepError> {
    let scale = shrinkage.map(|share| 1.0 / (1.0 - share));
    let mut grown = mesh.placed(upright);
    for p in &mut grown.vertices {
        *p = Point::new(scale[0] * p.x, scale[1] * p.y, scale[2] * p.z);
    }
    let entries = entries(context);
    context.write("implant/green.3mf", |mut w| {
        files::write_3mf(&grown, &Rigid::identity(), title, entries, &mut w)
    })?;
    Ok(json!({ "scale": scale, "size_mm": grown.bounds().size().array() }))
}

/// What ties a file to its case.
pub(super) fn entries(context: &StepContext<'_>) -> Vec<(String, String)> {
    vec![
        ("recipe_hash".to_owned(), context.recipe_hash().to_owned()),
        ("design_hash".to_owned(), context.output_hash_of("design").to_owned()),
    ]
}

/// Writes the part's layers as the recipe wants them, in files whose names begin with `prefix` within
/// `build/`.
pub(super) fn layers(
    context: &mut StepContext<'_>,
    part: &Part,
    upright: &Rigid<Implant, Build>,
    height_mm: f64,
    (prefix, label): (&str, &str),
    job: &Job,
) -> Result<files::Layered, StepError> {
    let cut = cut(context.choices());
    let ascii = context.choices().flag("print.cli_ascii");
    let mut layered = None;
    context.write(&format!("build/{prefix}layers.cli"), |mut w| {
        let outs: Vec<(Encoding, &mut dyn files::Out)> = vec![(Encoding::Binary, &mut w)];
        let made = files::write_layers(part, upright, height_mm, label, cut, outs, job)?;
        layered = Some(made);
        Ok::<(), PrepareError>(())
    })?;
    if ascii {
        context.write(&format!("build/{prefix}layers_ascii.cli"), |mut w| {
            let outs: Vec<(Encoding, &mut dyn files::Out)> = vec![(Encoding::Ascii, &mut w)];
            files::write_layers(part, upright, height_mm, label, cut, outs, job)?;
            Ok::<(), PrepareError>(())
        })?;
    }
    let mut layered = layered.ok_or_else(|| StepError::new("no layers were made"))?;
    if let Some(scan) = &cut.scan {
        let size = (height_mm, layered.layer_count());
        context.write(&format!("build/{prefix}scan.cli"), |mut w| {
            let how = (cut, scan);
            let sums = files::write_scans(part, upright, size, label, how, &mut w, job)?;
            layered.scanned(sums, part.mass_g(), &cut);
            Ok::<(), PrepareError>(())
        })?;
    }
    Ok(layered)
}

fn cut(choices: &Choices) -> files::Cut {
    files::Cut {
        layer_mm: choices.number("print.layer_mm"),
        step_mm: choices.number("print.contour_step_mm"),
        tolerance_mm: choices.number("print.contour_tolerance_mm"),
        rates: Rates {
            machine_per_h: choices.number("print.machine_rate_per_h"),
            powder_per_kg: choices.number("print.powder_price_per_kg"),
            set_up_h: choices.number("print.set_up_h"),
        },
        scan: choices.flag("print.scan_vectors").then(|| scan_options(choices)),
    }
}

fn scan_options(choices: &Choices) -> ScanOptions {
    let width = Mm(choices.number("print.pattern_width_mm"));
    let pattern = match choices.word("print.pattern") {
        "stripes" => Pattern::Stripes(width),
        "islands" => Pattern::Islands(width),
        _ => Pattern::Lines,
    };
    let spot = choices.number("print.spot_mm");
    ScanOptions {
        spot: Mm(spot),
        pass_count: choices.whole("print.passes") as usize,
        pass_distance: Mm(2.0 * spot),
        hatch_offset: Mm(spot),
        hatch: Hatch {
            pattern,
            spacing: Mm(choices.number("print.hatch_mm")),
            angle: Deg(0.0),
            rotation: Deg(choices.number("print.rotation_deg")),
        },
        up: None,
        down: None,
    }
}

fn shown_as_json(shown: &[(usize, Layer)]) -> Value {
    let one = |(index, layer): &(usize, Layer)| {
        let contours: Vec<&Vec<[f64; 2]>> = layer.contours.iter().map(|c| &c.points).collect();
        json!({ "index": index, "z_mm": layer.z_mm, "contours": contours })
    };
    shown.iter().map(one).collect()
}

/// Layers that were kept to be looked at.
///
/// # Errors
/// What the disk or the parser reports.
pub fn shown(context: &mut StepContext<'_>) -> Result<Vec<(usize, Layer)>, StepError> {
    #[derive(serde::Deserialize)]
    struct Shown {
        index: usize,
        z_mm: f64,
        contours: Vec<Vec<[f64; 2]>>,
    }
    let shown: Vec<Shown> = crate::load::json(context, SHOWN_FILE)?;
    let layer = |s: Shown| {
        let contours =
            s.contours.into_iter().map(|points| ossein_geom::Contour { points }).collect();
        (s.index, Layer { z_mm: s.z_mm, contours })
    };
    Ok(shown.into_iter().map(layer).collect())
}

/// The implant's mesh: from memory, or taken again from the field.
///
/// # Errors
/// What the field or the job report.
pub fn mesh_of(
    context: &mut StepContext<'_>,
    job: &Job,
) -> Result<Arc<TriMesh<Implant>>, StepError> {
    crate::load::kept(context, MESH, |standing| {
        let part = part_of(standing, job)?;
        Ok(files::surface(&part.solid, job)?.into_mesh())
    })
}
