//! The pictures of a skull plate's dossier.

use ossein_design::kinds::cranioplasty::{Design, VaultPlan};
use ossein_geom::{Implant, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso::iso_surface;
use ossein_picture::color::{BONE, Rgb, TITANIUM};
use ossein_picture::{
    Camera, ColorMap, HeightMap, Item, Note, Overlay, Plane, Projection, Scene, SliceView, View,
    height_map, render, slice,
};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::plan::{self, skull_of};
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::element_map::{self, ElementMap};
use crate::steps::made::design_of;
use crate::steps::strength::safety_range;

/// Colour of the plate's outline on slices.
const OUTLINE: Rgb = [64, 220, 255];

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    json!({
        "plan/hole.png": "The skull with the hole, along the axis by which the plate goes in",
        "plan/in_place.png": "The plate in place, along its axis",
        "plan/section.png": "Cut through plate and skull along the axis",
        "implant/outside.png": "From outside",
        "mechanics/stress.png": "Stress, seen from outside; x and y are the plate's own axes",
        "mechanics/safety_yield.png": "Least safety factor; black line: the least that is asked",
        "implant/inside.png": "From inside",
        "implant/edge.png": "From its edge, the outer side up",
    })
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan: VaultPlan = load::json(context, plan::FILE)?;
    let hu = load::volume(context)?;
    let skull = skull_of(context)?;
    let design = design_of::<Design>(context, job)?;
    on_scan(&mut made, &hu, &plan, &design);
    let bone = iso_surface(&plan.cut(&skull), plan.level_hu, job)?.into_mesh();
    let mesh = prepare::mesh_of(context, job)?;
    in_place(&mut made, &plan, &bone, &mesh, job)?;
    alone(&mut made, &mesh, &design, job)?;
    if !context.summary_of("verify")["mechanics"].is_null() {
        let map: ElementMap = load::json(context, element_map::FILE)?;
        let safety_min = context.choices().number("mechanics.safety_factor_min");
        stress(&mut made, &map, safety_min as f32);
    }
    Ok(made)
}

/// The plate's outline on the scan, in two planes along its axis.
fn on_scan(made: &mut Pictures, hu: &Volume<i16>, plan: &VaultPlan, design: &Design) {
    let body = |p: Point<Lps>| design.body().distance(plan.placement.apply(p));
    let back = plan.placement.inverse();
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let middle = back.apply(Point::new(0.0, 0.0, -0.15 * plan.hole.diameter_mm));
    let planes = [("scan_1", turn(1.0, 0.0, 0.0)), ("scan_2", turn(0.0, 1.0, 0.0))];
    for (name, right) in planes {
        let down = turn(0.0, 0.0, -1.0);
        let mut view = SliceView::oblique(middle, right, down, [900, 620], 0.17);
        view.overlays = vec![Overlay::Field { field: &body, color: OUTLINE }];
        view.caption = vec!["plate (blue) in a plane along its axis".into()];
        put(made, &format!("implant/{name}.png"), slice(hu, None, &view));
    }
}

/// The skull with the hole, and with the plate in it.
fn in_place(
    made: &mut Pictures,
    plan: &VaultPlan,
    bone: &TriMesh<Lps>,
    mesh: &TriMesh<Implant>,
    job: &Job,
) -> Result<(), StepError> {
    let back = plan.placement.inverse();
    let plate: TriMesh<Lps> = mesh.placed(&back);
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let (inward, up) = (turn(0.0, 0.0, -1.0), turn(0.0, -1.0, 0.0));
    let near = plate.bounds().grow(25.0);
    let items = [Item::plain(bone, BONE), Item::plain(&plate, TITANIUM)];
    let size = [900, 900];
    let camera = Camera::along(near, inward, up, size, Projection::Orthographic);
    let mut scene = Scene::new(items[..1].to_vec(), View::Cranial, size);
    scene.camera = camera;
    put(made, "plan/hole.png", render(&scene, job)?);
    scene.items = items.to_vec();
    put(made, "plan/in_place.png", render(&scene, job)?);
    let middle = back.apply(Point::ORIGIN);
    let mut scene = Scene::new(items.to_vec(), View::Cranial, size);
    scene.camera =
        Camera::along(near, turn(0.0, 1.0, 0.0), -inward, size, Projection::Orthographic);
    scene.section = Some(Plane { point: middle, normal: turn(0.0, -1.0, 0.0) });
    put(made, "plan/section.png", render(&scene, job)?);
    let mut scene = Scene::new(items.to_vec(), View::Oblique, [1400, 1100]);
    // From the plate's own side, and from above.
    let aside = plan.hole.axis + Vector::new(0.0, -0.6, 0.35);
    let head = Vector::new(0.0, 0.0, 1.0);
    let bounds = plate.bounds().grow(45.0);
    scene.camera = Camera::along(bounds, -aside.unit(), head, scene.size, Projection::Orthographic);
    scene.camera.height_mm *= 0.7;
    put(made, "summary/case.png", render(&scene, job)?);
    Ok(())
}

/// The worst of every column, from outside.
fn stress(made: &mut Pictures, map: &ElementMap, safety_min: f32) {
    let columns = map.columns(&map.stress_mpa, f32::max);
    let mut sorted: Vec<f32> = columns.iter().copied().filter(|&s| s > 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let Some(&high) = sorted.get(sorted.len() * 99 / 100) else { return };
    let seen = |values: Vec<f32>, range: [f32; 2]| HeightMap {
        width: map.size[0],
        height: map.size[1],
        // Beyond the bar all is alike: so steep a slope would draw the level where it is not.
        values: values.into_iter().map(|v| if v > range[1] { range[1] } else { v }).collect(),
        spacing_mm: map.voxel_mm,
        map: ColorMap::Load,
        range,
        title: "stress, MPa".into(),
        caption: vec!["largest through the plate, of all load cases".into()],
        letters: ["-x", "+x", "-y", "+y"].map(String::from),
        level: None,
        picture_width: 820,
    };
    let stress = seen(columns, [0.0, high]);
    put(made, "mechanics/stress.png", height_map(&stress));
    if let Some(range) = safety_range(map.safety_yield.iter().copied(), safety_min) {
        let safety = HeightMap {
            map: ColorMap::Reserve,
            title: "safety factor".into(),
            caption: vec!["least through the plate, of all load cases".into()],
            level: Some(safety_min),
            ..seen(map.columns(&map.safety_yield, f32::min), range)
        };
        put(made, "mechanics/safety_yield.png", height_map(&safety));
    }
}

/// The plate alone.
fn alone(
    made: &mut Pictures,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), StepError> {
    let views = [("outside", View::Cranial), ("inside", View::Caudal), ("edge", View::Anterior)];
    for (name, view) in views {
        let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], view, [900, 760]);
        if name == "outside" {
            let label = |s: &ossein_design::kinds::cranioplasty::TabScrew| Note::Label {
                at: s.point,
                text: s.id.clone(),
            };
            scene.notes = design.report.screws.iter().map(label).collect();
        }
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, [900, 760]);
    put(made, "implant/oblique.png", render(&scene, job)?);
    Ok(())
}
