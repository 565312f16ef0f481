//! The pictures of a drill guide's dossier.

use ossein_anatomy::{SURFACE_LEVEL, occupancy, tooth, unsmoothed};
use ossein_design::kinds::dental_drill_guide::{
    GuideLabels, GuidePlan, Planned, Report, SleeveFigures,
};
use ossein_field::primitive::Cone;
use ossein_geom::{Aabb, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_mesh::iso::iso_surface;
use ossein_picture::color::{BONE, KEEP_OUT, Rgb, TITANIUM};
use ossein_picture::{Camera, Item, Note, Plane, Projection, Scene, View, render};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::{guide_labels, plan};
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::labels::labels_of;
use crate::steps::made::FILE;

/// Colour of teeth, of those that are taken out, of the guide, and of where an implant may go.
const TEETH: Rgb = [245, 243, 232];
const OUT: Rgb = [222, 120, 110];
const GUIDE: Rgb = [120, 176, 206];
const WORST: Rgb = [200, 40, 40];
const BLUE: Rgb = [40, 60, 90];
/// How opaque bone is where one looks through it.
const CLEAR: f32 = 0.35;
/// The jaw is shown so far around the implants, mm.
const AROUND_MM: f64 = 32.0;
/// Half the height of a section, mm, beyond the implant.
const SECTION_MM: f64 = 9.0;

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    json!({
        "guide/in_place.png": "The guide in place, bone transparent, canal yellow",
        "guide/above.png": "From where it is put on",
        "guide/outer.png": "Its outside",
        "guide/inner.png": "What sits on the teeth",
        "plan/jaw.png": "The implants in the jaw; teeth that are taken out red, canal yellow",
        "plan/above.png": "The same from where the guide is put on",
    })
}

/// The surfaces that the pictures show.
struct Shown {
    bone: TriMesh<Lps>,
    teeth: TriMesh<Lps>,
    out: TriMesh<Lps>,
    canal: TriMesh<Lps>,
    implants: Vec<TriMesh<Lps>>,
}

/// The guide's own axes in the patient.
#[derive(Clone, Copy)]
struct Sides {
    out: Vector<Lps>,
    up: Vector<Lps>,
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan: GuidePlan = load::json(context, plan::FILE)?;
    let report: Report = load::json(context, FILE)?;
    let labels = labels_of(context)?;
    let shown = shown(&guide_labels(&labels), &plan, job)?;
    let own = prepare::mesh_of(context, job)?;
    let mesh: TriMesh<Lps> = own.placed(&plan.placement.inverse());
    let none = Vector::new(0.0, 0.0, 0.0);
    let mean = plan.implants.iter().fold(none, |sum, own| sum + own.outward);
    let level = mean - plan.from * plan.from.dot(mean);
    let out = if level.norm() > 0.1 { level.unit() } else { plan.from.any_perpendicular() };
    let sides = Sides { out, up: plan.from };
    overview(&mut made, &shown, sides, job)?;
    for (implant, sleeve) in plan.implants.iter().zip(&report.sleeves) {
        sections(&mut made, &shown, (implant, sleeve), job)?;
    }
    in_place(&mut made, (&shown, &plan, &report), &mesh, sides, job)?;
    alone(&mut made, &mesh, sides, job)?;
    Ok(made)
}

fn shown(labels: &GuideLabels, plan: &GuidePlan, job: &Job) -> Result<Shown, StepError> {
    let mesh = |some: Option<Volume<i16>>| -> Result<TriMesh<Lps>, StepError> {
        let surface = some.map(|volume| iso_surface(&volume, SURFACE_LEVEL, job)).transpose()?;
        Ok(surface.map(|s| s.into_mesh()).unwrap_or_default())
    };
    let near = |volume: Option<Volume<i16>>| {
        volume.map(|mut volume| {
            for n in 0..volume.values.len() {
                let p: Point<Lps> = volume.grid.center(volume.grid.voxel(n));
                let away = |own: &Planned| {
                    let from = p - own.bore.entry;
                    (from - plan.from * from.dot(plan.from)).norm()
                };
                if plan.implants.iter().all(|own| away(own) > AROUND_MM) {
                    volume.values[n] = 0;
                }
            }
            volume
        })
    };
    let parts = labels.parts(plan.lower);
    let (mut teeth, mut out) = (None, None);
    if let Some(own) = labels.toothed(plan.lower) {
        let found = tooth::teeth(&own, plan.neck, job)?;
        let all = 0..found.pieces.len();
        let number = |n: usize| n as u16 + 1;
        let is_out = |n: &usize| plan.out.contains(n);
        let (gone, stay): (Vec<usize>, Vec<usize>) = all.partition(is_out);
        let of = |some: Vec<usize>| {
            occupancy(&found.numbers, &some.into_iter().map(number).collect::<Vec<_>>())
        };
        (teeth, out) = (of(stay), of(gone));
    }
    let label = |label: Option<u16>| label.and_then(|l| unsmoothed(labels.volume, &[l]));
    let body = |own: &Planned| -> Result<TriMesh<Lps>, StepError> {
        let cone = Cone::cylinder(own.bore.entry, own.bore.apex(), own.bore.radius_mm[0]);
        Ok(extract_compact(&cone, &samples_around(&cone, 0.2), job)?.into_mesh())
    };
    Ok(Shown {
        bone: mesh(near(label(parts.bone)))?,
        teeth: mesh(near(teeth))?,
        out: mesh(out)?,
        canal: mesh(near(label(labels.canal(plan.lower))))?,
        implants: plan.implants.iter().map(body).collect::<Result<_, _>>()?,
    })
}

impl Shown {
    fn items(&self, bone_alpha: f32, out_alpha: Option<f32>) -> Vec<Item<'_, Lps>> {
        // Where two are cut in one place the later one shows: implants before all.
        let mut bone = Item::plain(&self.bone, BONE);
        bone.alpha = bone_alpha;
        let mut items = vec![bone];
        if let Some(alpha) = out_alpha {
            let mut out = Item::plain(&self.out, OUT);
            out.alpha = alpha;
            items.push(out);
        }
        items.push(Item::plain(&self.teeth, TEETH));
        items.push(Item::plain(&self.canal, KEEP_OUT));
        items.extend(self.implants.iter().map(|mesh| Item::plain(mesh, TITANIUM)));
        items.retain(|item| !item.mesh.triangles.is_empty());
        items
    }

    fn bounds(&self) -> Aabb<Lps> {
        self.implants.iter().fold(Aabb::empty(), |all, mesh| all.union(mesh.bounds()))
    }
}

/// A scene seen from a side, upright.
fn seen(
    items: Vec<Item<'_, Lps>>,
    around: Aabb<Lps>,
    (from, up): (Vector<Lps>, Vector<Lps>),
    size: [usize; 2],
) -> Scene<'_, Lps> {
    let mut scene = Scene::new(items, View::Oblique, size);
    scene.camera = Camera::along(around, -from, up, size, Projection::Orthographic);
    scene
}

/// The implants in the jaw.
fn overview(
    made: &mut Pictures,
    shown: &Shown,
    Sides { out, up }: Sides,
    job: &Job,
) -> Result<(), StepError> {
    let around = shown.bounds().grow(12.0);
    for (name, way) in [("jaw", (out, up)), ("above", (up, out))] {
        let scene = seen(shown.items(CLEAR, Some(CLEAR)), around, way, [900, 820]);
        put(made, &format!("plan/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}

/// Cuts through an implant's axis, across the arch and along it.
fn sections(
    made: &mut Pictures,
    shown: &Shown,
    (own, sleeve): (&Planned, &SleeveFigures),
    job: &Job,
) -> Result<(), StepError> {
    let up = -own.bore.along;
    let along = own.outward.cross(up);
    let middle = own.bore.at(0.5 * own.bore.length_mm);
    let mm = |value: Option<f64>| value.map_or("none".to_owned(), |mm| format!("{mm:.1} mm"));
    let plates = own.bone.plate_mm;
    let across = format!("cheek {}, tongue {}", mm(plates[0]), mm(plates[1]));
    let beside = format!("canal {}, nearest tooth {}", mm(own.canal_mm), mm(own.tooth_mm));
    let views = [
        (
            "across_the_arch",
            along,
            own.outward,
            across,
            "across the arch, cheek or lip to the right",
        ),
        ("along_the_arch", own.outward, -along, beside, "along the arch"),
    ];
    for (name, normal, right, words, what) in views {
        let around = Aabb::around([middle]).grow(0.5 * own.bore.length_mm + SECTION_MM);
        let mut scene = seen(shown.items(1.0, Some(1.0)), around, (normal, up), [800, 860]);
        scene.camera.height_mm = own.bore.length_mm + 2.2 * SECTION_MM;
        scene.camera.target = middle;
        scene.section = Some(Plane { point: middle, normal });
        scene.caption = vec![format!("{}: {what}", own.id), words];
        scene.triad = false;
        scene.notes = outlines(own, sleeve, right);
        put(made, &format!("sections/{}_{name}.png", own.id), render(&scene, job)?);
    }
    Ok(())
}

/// The outline of an implant, its axis up to the sleeve, and how far its drill may miss.
fn outlines(own: &Planned, sleeve: &SleeveFigures, right: Vector<Lps>) -> Vec<Note<Lps>> {
    let (bore, play) = (&own.bore, &sleeve.play);
    let at = |depth: f64, aside: f64| bore.at(depth) + right * aside;
    let (r, end) = (bore.radius_mm[0], bore.length_mm);
    let outline = vec![at(0.0, -r), at(end, -r), at(end, r), at(0.0, r), at(0.0, -r)];
    let worst = vec![
        at(0.0, -r - play.entry_mm),
        at(end, -r - play.tip_mm),
        at(end, r + play.tip_mm),
        at(0.0, r + play.entry_mm),
    ];
    let axis = vec![at(-sleeve.offset_mm, 0.0), at(end, 0.0)];
    let path = |points, color: Rgb, width_px: f32| Note::Path { points, color, width_px };
    vec![path(outline, BLUE, 2.5), path(worst, WORST, 1.8), path(axis, BLUE, 1.2)]
}

/// The guide in its place.
fn in_place(
    made: &mut Pictures,
    (shown, plan, report): (&Shown, &GuidePlan, &Report),
    mesh: &TriMesh<Lps>,
    Sides { out, up }: Sides,
    job: &Job,
) -> Result<(), StepError> {
    let items = |alpha: f32| {
        let mut items = shown.items(alpha, None);
        items.push(Item::plain(mesh, GUIDE));
        items
    };
    let around = mesh.bounds().union(shown.bounds()).grow(4.0);
    let across = out.cross(up);
    let aside = (out + across * 0.35 + up * 0.55).unit();
    let scene = seen(items(CLEAR), around, (aside, up), [1400, 1100]);
    put(made, "summary/case.png", render(&scene, job)?);
    for (name, way) in [("in_place", (out, up)), ("above", (up, out))] {
        let scene = seen(items(CLEAR), around, way, [900, 760]);
        put(made, &format!("guide/{name}.png"), render(&scene, job)?);
    }
    for (own, sleeve) in plan.implants.iter().zip(&report.sleeves) {
        let (bore, up) = (&own.bore, -own.bore.along);
        let normal = own.outward.cross(up);
        let middle = bore.at(0.5 * (bore.length_mm - sleeve.offset_mm));
        let mut scene = seen(items(1.0), around, (normal, up), [800, 860]);
        scene.camera.height_mm = bore.length_mm + sleeve.offset_mm + 10.0;
        scene.camera.target = middle;
        scene.section = Some(Plane { point: middle, normal });
        scene.caption =
            vec![format!("{}: guide, sleeve and implant, cheek or lip to the right", own.id)];
        scene.triad = false;
        scene.notes = outlines(own, sleeve, own.outward);
        put(made, &format!("guide/section_{}.png", own.id), render(&scene, job)?);
    }
    Ok(())
}

/// The guide alone.
fn alone(
    made: &mut Pictures,
    mesh: &TriMesh<Lps>,
    Sides { out, up }: Sides,
    job: &Job,
) -> Result<(), StepError> {
    let outer = (out + up * 0.8).unit();
    let views = [("outer", outer, up), ("inner", (-up + out * 0.25).unit(), out)];
    for (name, from, above) in views {
        let scene = seen(vec![Item::plain(mesh, GUIDE)], mesh.bounds(), (from, above), [900, 760]);
        put(made, &format!("guide/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}
