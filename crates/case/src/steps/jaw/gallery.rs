//! The pictures of a jaw segment's dossier.

use ossein_anatomy::jaw::solid_bone;
use ossein_design::kinds::mandible_segment_replacement::{Design, JawScrew, Plan};
use ossein_geom::{Aabb, Implant, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso::iso_surface;
use ossein_picture::color::{BONE, KEEP_OUT, Rgb, TITANIUM};
use ossein_picture::{Camera, Item, Note, Plane, Projection, Scene, View, render};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::guide;
use super::jaw_labels;
use super::plan;
use super::verify;
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::element_map::{self, ElementMap};
use crate::steps::labels::labels_of;
use crate::steps::made::design_of;
use crate::steps::strength::{self, StrengthMap};

/// Colour of bone that is taken out.
const RESECTED: Rgb = [222, 120, 110];
/// Colour of a guide.
const GUIDE: Rgb = [120, 170, 205];
/// Colour of teeth.
const TEETH: Rgb = [245, 243, 232];

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    let mut all = json!({
        "plan/jaw.png": "The jaw from the chin's front, what is taken out in red, the canal in yellow",
        "plan/jaw_side.png": "From the side of the segment",
        "plan/in_place.png": "The segment in place",
        "plan/in_place_below.png": "From below",
        "implant/outer.png": "The side to cheek and lip",
        "implant/inner.png": "The side to the tongue",
        "implant/section.png": "Cut open along the jaw",
        "guide/on_bone.png": "The guide on the bone as it is before the operation; red is taken out",
        "guide/outer.png": "From outside",
        "guide/inner.png": "The side to the bone",
        "mechanics/stress_outer.png":
            "Largest von Mises stress of all load cases, the side to cheek and lip",
        "mechanics/stress_inner.png": "The same, the side to the tongue",
    });
    for (name, told) in strength::TOLD {
        all[format!("mechanics/{name}_outer.png")] = json!(told);
        all[format!("mechanics/{name}_inner.png")] = json!("The same, the side to the tongue");
    }
    all
}

/// The surfaces that the pictures show.
struct Bones {
    stays: TriMesh<Lps>,
    removed: TriMesh<Lps>,
    teeth: TriMesh<Lps>,
    canal: TriMesh<Lps>,
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan: Plan = load::json(context, plan::FILE)?;
    let design = design_of::<Design>(context, job)?;
    let bones = bones(context, &plan, job)?;
    let mesh = prepare::mesh_of(context, job)?;
    on_jaw(&mut made, &plan, &bones, &mesh, job)?;
    alone(&mut made, &plan, &mesh, &design, job)?;
    guided(&mut made, &plan, &bones, &guide::meshes_of(context, job)?, job)?;
    if !context.summary_of("verify")["mechanics"].is_null() {
        let map: ElementMap = load::json(context, element_map::FILE)?;
        let safety_min = context.choices().number("mechanics.safety_factor_min");
        let least = [safety_min, verify::REPEATS_MIN];
        let shown = StrengthMap::all(&map, &mesh, "von Mises, MPa", least);
        stressed(&mut made, &plan, &mesh, &shown, job)?;
    }
    Ok(made)
}

fn bones(context: &mut StepContext<'_>, plan: &Plan, job: &Job) -> Result<Bones, StepError> {
    let labels = labels_of(context)?;
    let numbers = jaw_labels(&labels)?;
    let bone = solid_bone(&numbers)?;
    let level = ossein_anatomy::SURFACE_LEVEL;
    let cut = |stays: bool| {
        let mut part: Volume<i16> = bone.clone();
        for n in 0..part.values.len() {
            let p = part.grid.center(part.grid.voxel(n));
            if (plan.outside_mm(p) > 0.0) != stays {
                part.values[n] = 0;
            }
        }
        iso_surface(&part, level, job)
    };
    let of = |label: Option<u16>| {
        let volume = label.and_then(|label| ossein_anatomy::occupancy(&labels.volume, &[label]));
        let surface = volume.map(|volume| iso_surface(&volume, level, job)).transpose()?;
        Ok::<_, StepError>(surface.map(|s| s.into_mesh()).unwrap_or_default())
    };
    Ok(Bones {
        stays: cut(true)?.into_mesh(),
        removed: cut(false)?.into_mesh(),
        teeth: of(numbers.teeth)?,
        canal: of(numbers.canal)?,
    })
}

/// Out of the patient at the segment's middle, level.
fn outward(plan: &Plan) -> Vector<Lps> {
    let middle = plan.jaw.arch.at(0.5 * (plan.along_mm[0] + plan.along_mm[1]));
    let up = plan.jaw.up;
    (middle.outward - up * up.dot(middle.outward)).unit()
}

/// The jaw with what is taken out, and with the segment in place.
fn on_jaw(
    made: &mut Pictures,
    plan: &Plan,
    bones: &Bones,
    mesh: &TriMesh<Implant>,
    job: &Job,
) -> Result<(), StepError> {
    let jaw = &plan.jaw;
    let segment: TriMesh<Lps> = mesh.placed(&plan.placement.inverse());
    let whole = bones.stays.bounds().union(bones.removed.bounds()).union(segment.bounds());
    let mut bone = Item::plain(&bones.stays, BONE);
    bone.alpha = 0.55;
    let mut gone = Item::plain(&bones.removed, RESECTED);
    gone.alpha = 0.6;
    let inner = [Item::plain(&bones.teeth, TEETH), Item::plain(&bones.canal, KEEP_OUT)];
    let before = [inner.to_vec(), vec![bone, gone]].concat();
    let after = vec![
        Item::plain(&bones.stays, BONE),
        Item::plain(&bones.teeth, TEETH),
        Item::plain(&segment, TITANIUM),
    ];
    let side = outward(plan);
    let front = -jaw.posterior;
    let aside = (side + front * 0.5 + jaw.up * 0.25).unit();
    let views = [
        ("plan/jaw.png", &before, front),
        ("plan/jaw_side.png", &before, side),
        ("plan/in_place.png", &after, side),
        ("plan/in_place_below.png", &after, -jaw.up),
        ("summary/case.png", &after, aside),
    ];
    for (name, items, from) in views {
        let up = if from == -jaw.up { front } else { jaw.up };
        let size = if name.starts_with("summary") { [1400, 1100] } else { [1000, 800] };
        let mut scene = Scene::new(items.clone(), View::Oblique, size);
        scene.camera = Camera::along(whole, -from, up, size, Projection::Orthographic);
        put(made, name, render(&scene, job)?);
    }
    Ok(())
}

/// The guides on the bone as it is before the operation, and alone.
fn guided(
    made: &mut Pictures,
    plan: &Plan,
    bones: &Bones,
    guides: &[TriMesh<Lps>],
    job: &Job,
) -> Result<(), StepError> {
    if guides.is_empty() {
        return Ok(());
    }
    let (out, up) = (outward(plan), plan.jaw.up);
    let own: Vec<Item<Lps>> = guides.iter().map(|mesh| Item::plain(mesh, GUIDE)).collect();
    let bone = vec![
        Item::plain(&bones.stays, BONE),
        Item::plain(&bones.removed, RESECTED),
        Item::plain(&bones.teeth, TEETH),
    ];
    let bounds = guides.iter().fold(Aabb::empty(), |all, mesh| all.union(mesh.bounds()));
    let aside = (out + up * 0.35).unit();
    let views = [
        ("on_bone", [bone, own.clone()].concat(), aside, bounds.grow(15.0), [1000, 800]),
        ("outer", own.clone(), aside, bounds, [1000, 640]),
        ("inner", own, -out, bounds, [1000, 640]),
    ];
    for (name, items, from, bounds, size) in views {
        let mut scene = Scene::new(items, View::Oblique, size);
        scene.camera = Camera::along(bounds, -from, up, size, Projection::Orthographic);
        put(made, &format!("guide/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}

/// Both sides of the segment, and the way that it is looked at.
fn sides(plan: &Plan) -> [(&'static str, Vector<Implant>); 2] {
    let out = plan.placement.turn(outward(plan));
    [("outer", out), ("inner", -out)]
}

/// The segment alone.
fn alone(
    made: &mut Pictures,
    plan: &Plan,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), StepError> {
    let up = Vector::new(0.0, 0.0, 1.0);
    let size = [1000, 640];
    for (name, out) in sides(plan) {
        let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, size);
        scene.camera = Camera::along(mesh.bounds(), -out, up, size, Projection::Orthographic);
        if name == "outer" {
            let label = |s: &JawScrew| Note::Label { at: s.head, text: s.id.clone() };
            scene.notes = design.report.screws.iter().map(label).collect();
        }
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let [(_, out), _] = sides(plan);
    let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, size);
    scene.camera = Camera::along(mesh.bounds(), -out, up, size, Projection::Orthographic);
    scene.section = Some(Plane { point: Point::ORIGIN, normal: out });
    put(made, "implant/section.png", render(&scene, job)?);
    let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, [900, 760]);
    let aside = (out + up * 0.5 + Vector::new(0.3, 0.0, 0.0)).unit();
    scene.camera = Camera::along(mesh.bounds(), -aside, up, scene.size, Projection::Orthographic);
    put(made, "implant/oblique.png", render(&scene, job)?);
    Ok(())
}

/// Stress and safety on the segment's surface: those of the element beneath each vertex.
fn stressed(
    made: &mut Pictures,
    plan: &Plan,
    mesh: &TriMesh<Implant>,
    shown: &[StrengthMap],
    job: &Job,
) -> Result<(), StepError> {
    let up = Vector::new(0.0, 0.0, 1.0);
    let size = [1000, 640];
    for (one, (side, out)) in shown.iter().flat_map(|one| sides(plan).map(|side| (one, side))) {
        let mut scene = Scene::new(vec![one.item(mesh)], View::Oblique, size);
        scene.camera = Camera::along(mesh.bounds(), -out, up, size, Projection::Orthographic);
        scene.legend = Some(one.legend());
        put(made, &format!("mechanics/{}_{side}.png", one.name), render(&scene, job)?);
    }
    Ok(())
}
