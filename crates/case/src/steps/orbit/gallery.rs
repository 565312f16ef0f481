//! The pictures of an orbital plate's dossier.

use ossein_design::kinds::orbital_floor::{Design, FlangeScrew, FloorPlan, Floors};
use ossein_field::height::Raster;
use ossein_geom::{Implant, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso_surface;
use ossein_picture::color::{BONE, Rgb, TITANIUM};
use ossein_picture::{
    Camera, ColorMap, HeightMap, Item, Note, Overlay, Projection, Scene, SliceView, View,
    height_map, render, slice,
};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::plan;
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::made::design_of;

/// Colour of the plate on slices.
const PLATE: Rgb = [64, 220, 255];
/// Colour of the mirrored floor on slices.
const MIRROR: Rgb = [255, 196, 64];
/// Bone that is shown around the plate, mm.
const AROUND_MM: f64 = 26.0;

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    json!({
        "plan/broken.png": "The broken orbit from in front and above; R: rim, C: optic canal",
        "plan/in_place.png": "The plate in place, from in front and above",
        "plan/above.png": "The plate in place, from above, the roof taken off",
        "plan/sagittal.png": "Along the orbit through the middle of the defect: plate blue, mirrored floor yellow",
        "plan/coronal.png": "Across both orbits through the middle of the defect: plate blue, mirrored floor yellow",
        "plan/drop.png": "How far the floor lies beneath the other orbit's mirror image; x to the left, y to the back",
        "implant/deviation.png": "Orbital face against the mirrored floor; positive is above it",
        "implant/above.png": "The orbital face",
        "implant/beneath.png": "The under side",
        "implant/side.png": "From the left, the front to the left",
    })
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan: FloorPlan = load::json(context, plan::FILE)?;
    let hu = load::volume(context)?;
    let design = design_of::<Design>(context, job)?;
    let mesh = prepare::mesh_of(context, job)?;
    let bone = iso_surface(&*hu, plan.tissue.bone_hu, job)?.into_mesh();
    on_scan(&mut made, &hu, &plan, &design);
    in_place(&mut made, &plan, &bone, &mesh, job)?;
    maps(&mut made, &plan, &design);
    alone(&mut made, &mesh, &design, job)?;
    Ok(made)
}

/// The mean place of the defect on the mirrored floor.
fn middle(floors: &Floors) -> Point<Implant> {
    let own: Vec<usize> = (0..floors.columns.len()).filter(|&n| floors.columns[n].defect).collect();
    let count = own.len().max(1) as f64;
    let mean = |value: &dyn Fn(usize) -> f64| own.iter().map(|&n| value(n)).sum::<f64>() / count;
    let z = |n: usize| floors.columns[n].mirror.map_or(0.0, f64::from);
    Point::new(mean(&|n| floors.at(n)[0]), mean(&|n| floors.at(n)[1]), mean(&z))
}

/// Plate and mirrored floor on the scan: along the orbit, and across both.
fn on_scan(made: &mut Pictures, hu: &Volume<i16>, plan: &FloorPlan, design: &Design) {
    let floors = &plan.floors;
    let heights: Raster = floors.raster(|n| floors.columns[n].mirror.unwrap_or(f32::NAN));
    let plate = |p: Point<Lps>| design.body().distance(plan.placement.apply(p));
    let floor = |p: Point<Lps>| {
        let p = plan.placement.apply(p);
        let z = heights.at(p.x, p.y);
        if z.is_finite() { (p.z - z).abs().min(3.0) - 0.15 } else { 2.85 }
    };
    let back = plan.placement.inverse();
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let at = middle(floors);
    let own = back.apply(Point::new(at.x, at.y, at.z + 8.0));
    let between = plan.symmetry.plane;
    let across = own - between.normal * between.height_mm(own);
    let views = [
        ("sagittal", own, turn(0.0, -1.0, 0.0), 0.085),
        ("coronal", across, turn(1.0, 0.0, 0.0), 0.14),
    ];
    for (name, middle, right, mm) in views {
        let down = turn(0.0, 0.0, -1.0);
        let mut view = SliceView::oblique(middle, right, down, [900, 640], mm);
        view.overlays = vec![
            Overlay::Field { field: &floor, color: MIRROR },
            Overlay::Field { field: &plate, color: PLATE },
        ];
        view.caption = vec!["plate blue, the other orbit's floor mirrored yellow".into()];
        put(made, &format!("plan/{name}.png"), slice(hu, None, &view));
    }
}

/// The broken orbit, and the plate in it.
fn in_place(
    made: &mut Pictures,
    plan: &FloorPlan,
    bone: &TriMesh<Lps>,
    mesh: &TriMesh<Implant>,
    job: &Job,
) -> Result<(), StepError> {
    let back = plan.placement.inverse();
    let plate: TriMesh<Lps> = mesh.placed(&back);
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let items = [Item::plain(bone, BONE), Item::plain(&plate, TITANIUM)];
    let size = [900, 800];
    let near = plate.bounds().grow(AROUND_MM);
    let inward = turn(0.0, 0.8, -0.6).unit();
    let mut scene = Scene::new(items[..1].to_vec(), View::Oblique, size);
    scene.camera = Camera::along(near, inward, turn(0.0, 0.6, 0.8), size, Projection::Orthographic);
    let label = |at: Point<Lps>, text: &str| Note::Label { at, text: text.into() };
    let points = &plan.wanted.points;
    scene.notes = vec![label(points.rim, "R"), label(points.canal, "C")];
    put(made, "plan/broken.png", render(&scene, job)?);
    scene.items = items.to_vec();
    scene.notes = Vec::new();
    put(made, "plan/in_place.png", render(&scene, job)?);
    let mut scene = Scene::new(items.to_vec(), View::Oblique, size);
    let down = turn(0.0, 0.0, -1.0);
    scene.camera = Camera::along(near, down, turn(0.0, 1.0, 0.0), size, Projection::Orthographic);
    let above = back.apply(Point::new(0.0, 0.0, 10.0));
    scene.section = Some(ossein_picture::Plane { point: above, normal: -down });
    put(made, "plan/above.png", render(&scene, job)?);
    let mut scene = Scene::new(items.to_vec(), View::Oblique, [1400, 1100]);
    let wide = plate.bounds().grow(45.0);
    let inward = turn(0.0, 0.9, -0.35).unit();
    scene.camera =
        Camera::along(wide, inward, turn(0.0, 0.35, 0.9), scene.size, Projection::Orthographic);
    put(made, "summary/case.png", render(&scene, job)?);
    Ok(())
}

/// The drop of the floor, and the plate's face against the mirrored floor.
fn maps(made: &mut Pictures, plan: &FloorPlan, design: &Design) {
    let floors = &plan.floors;
    let drop = |n: usize| {
        let column = &floors.columns[n];
        match (column.mirror, column.own, column.within) {
            (Some(mirror), Some(own), true) => mirror - own,
            _ => f32::NAN,
        }
    };
    let off = |n: usize| match floors.columns[n].mirror {
        Some(mirror) if design.mask[n] => design.face_mm[n] - mirror,
        _ => f32::NAN,
    };
    let mut draw = |name, title: &str, value: &dyn Fn(usize) -> f32, map, range| {
        let picture = height_map(&HeightMap {
            width: floors.size[0],
            height: floors.size[1],
            values: (0..floors.columns.len()).map(value).collect(),
            spacing_mm: floors.step_mm,
            map,
            range,
            title: title.into(),
            caption: vec!["seen along z of the orbit's frame".into()],
            letters: ["R", "L", "A", "P"].map(String::from),
            level: None,
            picture_width: 820,
        });
        put(made, name, picture);
    };
    draw("plan/drop.png", "drop, mm", &drop, ColorMap::Load, [0.0, 10.0]);
    let title = "face over mirror, mm";
    draw("implant/deviation.png", title, &off, ColorMap::Difference, [-2.0, 2.0]);
}

/// The plate alone.
fn alone(
    made: &mut Pictures,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), StepError> {
    let views = [("above", View::Cranial), ("beneath", View::Caudal), ("side", View::Left)];
    for (name, view) in views {
        let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], view, [900, 760]);
        if name == "above" {
            let label = |s: &FlangeScrew| Note::Label { at: s.point, text: s.id.clone() };
            scene.notes = design.report.screws.iter().map(label).collect();
        }
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Oblique, [900, 760]);
    put(made, "implant/oblique.png", render(&scene, job)?);
    Ok(())
}
