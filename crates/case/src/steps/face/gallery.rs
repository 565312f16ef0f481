//! The facial blueprint in pictures: before, target, difference; and the onlay alone.

use ossein_design::kinds::facial_onlay::{Design, OnlayPlan, OnlayScrew, Target};
use ossein_geom::{Aabb, Implant, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso_surface;
use ossein_picture::color::{BONE, Rgb};
use ossein_picture::{
    Camera, ColorMap, Item, Legend, Note, Overlay, Plane, Projection, Scene, SliceView, View,
    render, slice,
};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::carrier::carrier_of;
use super::is_map;
use super::plan::plan_of;
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::made::design_of;

/// Colour of the onlay.
const ONLAY: Rgb = [94, 156, 200];
/// Colour of its outline on slices.
const OUTLINE: Rgb = [64, 220, 255];
/// Bone that is shown around the onlay, mm.
const AROUND_MM: f64 = 22.0;

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    json!({
        "plan/before.png": "Before: the bone from where the onlay is put on; H: handles, F: foramina",
        "plan/target.png": "Target: the same with the onlay (blue)",
        "plan/difference.png": "Difference: the face by its height above the bone",
        "plan/side_before.png": "Before, from the side",
        "plan/side_target.png": "Target, from the side",
        "plan/side_difference.png": "Difference, from the side",
        "implant/outside.png": "From outside",
        "implant/inside.png": "The side to the bone",
        "implant/section.png": "Cut through bone and onlay at its highest place",
    })
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan = plan_of(context)?;
    let design = design_of::<Design>(context, job)?;
    let carrier = carrier_of(context)?;
    let bone = iso_surface(&carrier.volume, carrier.level, job)?.into_mesh();
    let mesh = prepare::mesh_of(context, job)?;
    let onlay = mesh.placed(&plan.placement.inverse());
    let shown = Shown { plan: &plan, design: &design, bone: &bone, onlay: &onlay };
    shown.blueprint(&mut made, job)?;
    shown.section(&mut made, job)?;
    alone(&mut made, &mesh, &design, job)?;
    if !is_map(context.recipe()) {
        on_scan(&mut made, &*load::volume(context)?, &plan, &design);
    }
    Ok(made)
}

/// What the pictures in the patient show.
struct Shown<'a> {
    plan: &'a OnlayPlan,
    design: &'a Design,
    bone: &'a TriMesh<Lps>,
    onlay: &'a TriMesh<Lps>,
}

impl Shown<'_> {
    /// From the implant to the patient.
    fn turn(&self, x: f64, y: f64, z: f64) -> Vector<Lps> {
        self.plan.placement.inverse().turn(Vector::new(x, y, z))
    }

    /// The wanted face over the bone, with its height at every vertex.
    fn face(&self) -> (TriMesh<Lps>, Vec<f32>) {
        let heights = &self.design.heights;
        let back = self.plan.placement.inverse();
        let covered = |t: &&[u32; 3]| t.iter().all(|&v| heights.height_mm[v as usize] > 0.0);
        let triangles = heights.mesh.triangles.iter().filter(covered).copied().collect();
        let vertices = (0..heights.height_mm.len()).map(|n| back.apply(heights.face(n))).collect();
        (TriMesh { vertices, triangles }, heights.height_mm.clone())
    }

    /// Before, target and difference, from where the onlay is put on and from the side.
    fn blueprint(&self, made: &mut Pictures, job: &Job) -> Result<(), StepError> {
        let (face, values) = self.face();
        let bone = Item::plain(self.bone, BONE);
        let onlay = Item::plain(self.onlay, ONLAY);
        let high = self.design.report.height.max_mm as f32;
        let heights = Item::scalar(&face, &values, ColorMap::Load, [0.0, high]);
        let legend = || Legend::Bar {
            title: "height above bone, mm".into(),
            map: ColorMap::Load,
            range: [0.0, high],
        };
        let head = Vector::new(0.0, 0.0, 1.0);
        let way = self.turn(0.0, 0.0, 1.0);
        let up = if way.cross(head).norm() > 0.3 { head } else { Vector::new(0.0, -1.0, 0.0) };
        let aside = (way * 0.15 + way.cross(up).unit()).unit();
        let near = self.onlay.bounds().grow(AROUND_MM);
        for (prefix, from) in [("", way), ("side_", aside)] {
            let picture = |items: Vec<Item<'_, Lps>>, legend: Option<Legend>, notes: Vec<_>| {
                let mut scene = Scene::new(items, View::Oblique, [900, 800]);
                scene.camera = Camera::along(near, -from, up, scene.size, Projection::Orthographic);
                scene.legend = legend;
                scene.notes = notes;
                render(&scene, job)
            };
            let notes = if prefix.is_empty() { self.notes() } else { Vec::new() };
            put(made, &format!("plan/{prefix}before.png"), picture(vec![bone], None, notes)?);
            let both = vec![bone, onlay];
            put(made, &format!("plan/{prefix}target.png"), picture(both, None, Vec::new())?);
            let both = vec![bone, heights];
            let image = picture(both, Some(legend()), Vec::new())?;
            put(made, &format!("plan/{prefix}difference.png"), image);
        }
        let whole = self.bone.bounds().union(self.onlay.bounds());
        let front = Vector::new(0.0, -1.0, 0.0);
        let from = (way + front * 0.35 + head * 0.15).unit();
        let mut scene = Scene::new(vec![bone, onlay], View::Oblique, [1400, 1100]);
        scene.camera = Camera::along(whole, -from, up, scene.size, Projection::Orthographic);
        put(made, "summary/case.png", render(&scene, job)?);
        Ok(())
    }

    /// Handles and foramina.
    fn notes(&self) -> Vec<Note<Lps>> {
        let label = |at: Point<Lps>, text: String| Note::Label { at, text };
        let mut notes = Vec::new();
        if let Target::Handles(handles) = &self.plan.target {
            let own = handles.iter().enumerate();
            notes.extend(own.map(|(n, h)| label(h.at, format!("H{}", n + 1))));
        }
        let foramina = self.plan.foramina.iter().enumerate();
        notes.extend(foramina.map(|(n, &at)| label(at, format!("F{}", n + 1))));
        notes
    }

    /// Bone and onlay cut open at the highest place.
    fn section(&self, made: &mut Pictures, job: &Job) -> Result<(), StepError> {
        let items = vec![Item::plain(self.bone, BONE), Item::plain(self.onlay, ONLAY)];
        let along = self.turn(1.0, 0.0, 0.0);
        let mut scene = Scene::new(items, View::Oblique, [1000, 720]);
        let near: Aabb<Lps> = self.onlay.bounds().grow(6.0);
        let up = self.turn(0.0, 0.0, 1.0);
        scene.camera = Camera::along(near, along, up, scene.size, Projection::Orthographic);
        scene.section = Some(Plane { point: self.design.report.highest, normal: -along });
        put(made, "implant/section.png", render(&scene, job)?);
        Ok(())
    }
}

/// The onlay's outline on the scan, in two planes through its highest place.
fn on_scan(made: &mut Pictures, hu: &Volume<i16>, plan: &OnlayPlan, design: &Design) {
    let body = |p: Point<Lps>| design.body().distance(plan.placement.apply(p));
    let back = plan.placement.inverse();
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::<Implant>::new(x, y, z));
    let planes = [("scan_1", turn(1.0, 0.0, 0.0)), ("scan_2", turn(0.0, 1.0, 0.0))];
    for (name, right) in planes {
        let down = turn(0.0, 0.0, -1.0);
        let mut view = SliceView::oblique(design.report.highest, right, down, [900, 620], 0.1);
        view.overlays = vec![Overlay::Field { field: &body, color: OUTLINE }];
        view.caption = vec!["onlay (blue) in a plane through its highest place".into()];
        put(made, &format!("implant/{name}.png"), slice(hu, None, &view));
    }
}

/// The onlay alone.
fn alone(
    made: &mut Pictures,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), StepError> {
    for (name, view) in [("outside", View::Cranial), ("inside", View::Caudal)] {
        let mut scene = Scene::new(vec![Item::plain(mesh, ONLAY)], view, [900, 760]);
        if name == "outside" {
            let label = |s: &OnlayScrew| Note::Label {
                at: s.point - s.direction * s.height_mm,
                text: s.id.clone(),
            };
            scene.notes = design.report.screws.iter().map(label).collect();
        }
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let scene = Scene::new(vec![Item::plain(mesh, ONLAY)], View::Oblique, [900, 760]);
    put(made, "implant/oblique.png", render(&scene, job)?);
    Ok(())
}
