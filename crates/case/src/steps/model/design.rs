//! The model: its bodies, and the files to print.

use ossein_design::kinds::anatomical_model::{
    Design, Inputs, Piece, STRUT_COLOR, Structure, color_of, design, laid, shapes,
};
use ossein_geom::{Build, Found, Implant, Job, Rigid, TriMesh, Vector};
use ossein_mesh::measure::volume_mm3;
use ossein_mesh::model3mf::{self, ColorPart, Metadata};
use serde_json::{Value, json};

use super::super::prepare::files;
use crate::preview::Preview;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::labels::{Labels, labels_of};
use crate::steps::made::{Made, keep};

/// Where the figures are kept.
pub const FILE: &str = "model/design.json";

/// The step.
pub const STEP: StepDef = StepDef {
    id: "design",
    title: "model",
    version: 4,
    needs: &["import"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "colors": recipe.segmentation.colors,
        "cuts": recipe.plan.cuts,
        "choices": recipe.section("model"),
    })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let Found { value: design, findings } = Design::build(context, job)?;
    context.write_json(FILE, &design.report)?;
    let structures = structures(&labels_of(context)?, context.recipe());
    for (n, piece) in design.pieces.iter().enumerate() {
        let name =
            if design.pieces.len() > 1 { format!("piece_{}", n + 1) } else { "model".into() };
        write(context, &design, piece, &name, &structures)?;
    }
    let mut model = serde_json::to_value(&design.report)?;
    model["watertight"] = json!(true);
    keep(context, design);
    Ok(Outcome { findings, summary: json!({ "model": model }) })
}

/// Writes a piece as it lies on the printer's plate, in its colours, and as it lies in the patient.
fn write(
    context: &mut StepContext<'_>,
    design: &Design,
    piece: &Piece,
    name: &str,
    structures: &[Structure],
) -> Result<(), StepError> {
    let title = format!("{} {name}", context.case_id());
    let entries = vec![("recipe_hash".to_owned(), context.recipe_hash())];
    let metadata = Metadata { title: title.clone(), entries };
    let placement = on_plate(piece);
    let placed: Vec<(&str, [u8; 3], TriMesh<Build>)> = colored(piece, structures)
        .into_iter()
        .map(|(name, color, mesh)| (name, color, mesh.placed(&placement)))
        .collect();
    let part = |(name, color, mesh)| ColorPart { name, color, mesh };
    let parts: Vec<ColorPart<'_, Build>> =
        placed.iter().map(|(name, color, mesh)| part((*name, *color, mesh))).collect();
    context.write(&format!("model/{name}.3mf"), |w| model3mf::write_parts(&parts, &metadata, w))?;
    context.write(&format!("model/{name}.stl"), |mut w| {
        files::write_stl(&piece.whole, &design.placement, &title, &mut w)
    })
}

/// The bodies of a piece with their names and colours.
pub(super) fn colored<'a>(
    piece: &'a Piece,
    structures: &'a [Structure],
) -> Vec<(&'a str, [u8; 3], &'a TriMesh<Implant>)> {
    if piece.bodies.is_empty() {
        return vec![(&structures[0].name, structures[0].color, &piece.whole)];
    }
    let one = |body: &'a ossein_design::kinds::anatomical_model::Body| match body.structure {
        Some(n) => (structures[n].name.as_str(), structures[n].color, &body.mesh),
        None => ("struts", STRUT_COLOR, &body.mesh),
    };
    piece.bodies.iter().map(one).collect()
}

/// From the model to the plate: on its cut if it has one, its middle over the origin.
pub(super) fn on_plate(piece: &Piece) -> Rigid<Implant, Build> {
    let turned = laid(piece.down);
    let bounds = piece.whole.placed(&turned).bounds();
    let middle = bounds.center();
    let shift = Vector::<Build>::new(middle.x, middle.y, bounds.min.z).array();
    let t = turned.translation;
    Rigid::new(turned.rotation, [0, 1, 2].map(|a| t[a] - shift[a]))
}

/// What is modelled, in the order of its numbers.
pub(super) fn structures(labels: &Labels, recipe: &Recipe) -> Vec<Structure> {
    let mut others = 0;
    let one = |(&label, name): (&u16, &String)| {
        let color = recipe.segmentation.colors.get(name).copied().unwrap_or_else(|| {
            let (color, known) = color_of(name, others);
            others += usize::from(!known);
            color
        });
        Structure { name: name.clone(), label, color }
    };
    labels.names.iter().map(one).collect()
}

/// The pieces with samples `step_mm` apart.
///
/// # Errors
/// What labels or design report.
pub fn preview(standing: &mut Standing<'_>, step_mm: f64, job: &Job) -> Result<Preview, StepError> {
    let mut choices = standing.choices().clone();
    choices.choose("model.simplify_mm", ossein_geom::Value::Number(0.0));
    let (labels, recipe) = (labels_of(standing)?, standing.recipe());
    let structures = structures(&labels, recipe);
    let inputs = inputs(&labels, &structures, recipe, false);
    let mut mesh = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    shapes(&inputs, &choices, step_mm, job)?.iter().for_each(|piece| mesh.append(piece));
    let volume_mm3 = volume_mm3(&mesh);
    let density = choices.number("model.density_g_per_cm3");
    Ok(Preview { mesh, height_mm: None, volume_mm3, mass_g: volume_mm3 * density / 1000.0 })
}

impl Made for Design {
    fn build(standing: &mut Standing<'_>, job: &Job) -> Result<Found<Self>, StepError> {
        let (choices, recipe) = (standing.choices(), standing.recipe());
        let labels = labels_of(standing)?;
        let structures = structures(&labels, recipe);
        let inputs = inputs(&labels, &structures, recipe, true);
        Ok(design(&inputs, choices, choices.number("model.step_mm"), job)?)
    }
}

fn inputs<'a>(
    labels: &'a Labels,
    structures: &'a [Structure],
    recipe: &'a Recipe,
    parted: bool,
) -> Inputs<'a> {
    let (labels, cuts) = (&*labels.volume, &recipe.plan.cuts[..]);
    Inputs { labels, structures, cuts, parted, id: &recipe.case.id }
}
