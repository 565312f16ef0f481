//! The pictures of a model's dossier.

use ossein_design::kinds::anatomical_model::{Design, Structure};
use ossein_geom::{Aabb, Build, Implant, Job, Point, TriMesh, Vector};
use ossein_picture::{Camera, Item, Plane, Projection, Scene, View, render};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::design::{colored, on_plate, structures};
use crate::step::{StepContext, StepError};
use crate::steps::labels::labels_of;
use crate::steps::made::design_of;

/// Pieces are drawn so far apart, mm.
const APART_MM: f64 = 18.0;

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    json!({
        "model/front.png": "From the patient's front and left",
        "model/back.png": "From behind and right",
        "model/below.png": "From below",
        "model/inside.png": "Cut open in the middle, from the left",
        "model/apart.png": "The pieces drawn apart",
    })
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let model = design_of::<Design>(context, job)?;
    let structures = structures(&labels_of(context)?, context.recipe());
    whole(&mut made, &model, &structures, job)?;
    for (n, piece) in model.pieces.iter().enumerate() {
        let placement = on_plate(piece);
        let placed: Vec<([u8; 3], TriMesh<Build>)> = colored(piece, &structures)
            .into_iter()
            .map(|(_, color, mesh)| (color, mesh.placed(&placement)))
            .collect();
        let items: Vec<Item<Build>> =
            placed.iter().map(|(color, mesh)| Item::plain(mesh, *color)).collect();
        let bounds = placed.iter().fold(Aabb::empty(), |all, (_, m)| all.union(m.bounds()));
        let mut scene = Scene::new(items, View::Oblique, [1000, 760]);
        let (along, up) = (Vector::new(0.5, 0.7, -0.5).unit(), Vector::new(0.0, 0.0, 1.0));
        scene.camera = Camera::along(bounds, along, up, scene.size, Projection::Orthographic);
        put(&mut made, &format!("print/piece_{}.png", n + 1), render(&scene, job)?);
    }
    Ok(made)
}

/// All pieces where they belong, cut open, and apart.
fn whole(
    made: &mut Pictures,
    model: &Design,
    structures: &[Structure],
    job: &Job,
) -> Result<(), StepError> {
    let up = Vector::<Implant>::new(0.0, 0.0, 1.0);
    let front = Vector::new(0.55, -0.78, 0.3).unit();
    let all: Vec<([u8; 3], &TriMesh<Implant>)> = model
        .pieces
        .iter()
        .flat_map(|piece| colored(piece, structures))
        .map(|(_, color, mesh)| (color, mesh))
        .collect();
    let items: Vec<Item<Implant>> =
        all.iter().map(|(color, mesh)| Item::plain(mesh, *color)).collect();
    let bounds = all.iter().fold(Aabb::empty(), |all, (_, mesh)| all.union(mesh.bounds()));
    let back = Vector::new(-0.5, 0.8, 0.3).unit();
    let views = [
        ("summary/case.png", front, up, [1400, 1100]),
        ("model/front.png", front, up, [1000, 800]),
        ("model/back.png", back, up, [1000, 800]),
        ("model/below.png", -up, Vector::new(0.0, -1.0, 0.0), [1000, 800]),
    ];
    for (name, from, up, size) in views {
        let mut scene = Scene::new(items.clone(), View::Oblique, size);
        scene.camera = Camera::along(bounds, -from, up, size, Projection::Orthographic);
        put(made, name, render(&scene, job)?);
    }
    let size = [1000, 800];
    let left = Vector::new(1.0, 0.0, 0.0);
    let mut scene = Scene::new(items.clone(), View::Oblique, size);
    scene.camera = Camera::along(bounds, -left, up, size, Projection::Orthographic);
    scene.section = Some(Plane { point: Point::ORIGIN, normal: left });
    put(made, "model/inside.png", render(&scene, job)?);
    if model.pieces.len() > 1 {
        apart(made, model, structures, front, job)?;
    }
    Ok(())
}

fn apart(
    made: &mut Pictures,
    model: &Design,
    structures: &[Structure],
    from: Vector<Implant>,
    job: &Job,
) -> Result<(), StepError> {
    let mut moved: Vec<([u8; 3], TriMesh<Implant>)> = Vec::new();
    for piece in &model.pieces {
        for (_, color, mesh) in colored(piece, structures) {
            let mut mesh = mesh.clone();
            mesh.vertices.iter_mut().for_each(|p| *p = *p + piece.away * APART_MM);
            moved.push((color, mesh));
        }
    }
    let items: Vec<Item<Implant>> =
        moved.iter().map(|(color, mesh)| Item::plain(mesh, *color)).collect();
    let bounds = moved.iter().fold(Aabb::empty(), |all, (_, mesh)| all.union(mesh.bounds()));
    let up = Vector::new(0.0, 0.0, 1.0);
    let mut scene = Scene::new(items, View::Oblique, [1000, 800]);
    scene.camera = Camera::along(bounds, -from, up, scene.size, Projection::Orthographic);
    put(made, "model/apart.png", render(&scene, job)?);
    Ok(())
}
