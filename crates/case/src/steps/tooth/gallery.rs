//! The pictures of a root-analogue implant's dossier.

use ossein_anatomy::{SURFACE_LEVEL, occupancy, tooth, unsmoothed};
use ossein_design::kinds::root_analogue_implant::{JawTeeth, RootPlan};
use ossein_geom::{Aabb, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::iso::iso_surface;
use ossein_picture::color::{BONE, KEEP_OUT, Rgb, TITANIUM};
use ossein_picture::{Camera, Item, Plane, Projection, Scene, View, render};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::super::prepare;
use super::{jaw_teeth, plan, verify};
use crate::load;
use crate::step::{StepContext, StepError};
use crate::steps::element_map::{self, ElementMap};
use crate::steps::labels::labels_of;
use crate::steps::strength::{self, StrengthMap};

/// Colour of teeth.
const TEETH: Rgb = [245, 243, 232];
/// Colour of the tooth that is replaced.
const OWN: Rgb = [222, 120, 110];
/// How opaque bone is where one looks through it.
const CLEAR: f32 = 0.35;
/// The jaw is shown so far around the tooth, mm.
const AROUND_MM: f64 = 16.0;

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    let mut all = json!({
        "plan/tooth.png": "The tooth (red) in its jaw; bone transparent, canal yellow",
        "plan/teeth.png": "The same from the chewing side",
        "plan/socket.png": "Cut through bone and tooth along the arch",
        "implant/in_place.png": "The implant in place, bone transparent, canal yellow",
        "implant/section_along.png": "Cut along the arch",
        "implant/section_across.png": "Cut across the arch, cheek or lip to the right",
        "implant/cheek.png": "The side to cheek or lip",
        "implant/along.png": "The side to a neighbour, with its grooves",
        "implant/open.png": "Cut open",
        "mechanics/stress_x.png": "Largest stress of all four pushes, seen along the arch",
        "mechanics/stress_y.png": "The same, from the cheek",
    });
    for (name, told) in strength::TOLD {
        all[format!("mechanics/{name}_x.png")] = json!(told);
        all[format!("mechanics/{name}_y.png")] = json!("The same, from the cheek");
    }
    all
}

/// The surfaces that the pictures show, and from where they are looked at.
struct Shown {
    bone: TriMesh<Lps>,
    others: TriMesh<Lps>,
    own: TriMesh<Lps>,
    canal: TriMesh<Lps>,
    sides: Sides,
}

/// The implant's own axes in the patient.
#[derive(Clone, Copy)]
struct Sides {
    origin: Point<Lps>,
    along: Vector<Lps>,
    out: Vector<Lps>,
    up: Vector<Lps>,
}

impl Sides {
    fn of(plan: &RootPlan) -> Self {
        let back = plan.tooth.placement.inverse();
        let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
        Self {
            origin: back.apply(Point::ORIGIN),
            along: turn(1.0, 0.0, 0.0),
            out: turn(0.0, 1.0, 0.0),
            up: turn(0.0, 0.0, 1.0),
        }
    }
}

/// Every picture.
///
/// # Errors
/// What earlier steps' files or the job report.
pub fn pictures(context: &mut StepContext<'_>, job: &Job) -> Result<Pictures, StepError> {
    let mut made = Pictures::new();
    let plan: RootPlan = load::json(context, plan::FILE)?;
    let labels = labels_of(context)?;
    let shown = shown(&jaw_teeth(&labels), &plan, job)?;
    let own = prepare::mesh_of(context, job)?;
    let mesh: TriMesh<Lps> = own.placed(&plan.tooth.placement.inverse());
    before(&mut made, &shown, job)?;
    after(&mut made, &shown, &mesh, job)?;
    alone(&mut made, &mesh, shown.sides, job)?;
    let map: ElementMap = load::json(context, element_map::FILE)?;
    let safety_min = context.choices().number("mechanics.safety_factor_min");
    let strength = StrengthMap::all(&map, &own, "stress, MPa", [safety_min, verify::FATIGUE_MIN]);
    stressed(&mut made, &mesh, &strength, shown.sides, job)?;
    Ok(made)
}

fn shown(labels: &JawTeeth, plan: &RootPlan, job: &Job) -> Result<Shown, StepError> {
    let own = labels.jaw(plan.lower).ok_or_else(|| StepError::new("the jaw has no labels"))?;
    let teeth = tooth::teeth(&own, plan.neck, job)?;
    let placement = &plan.tooth.placement;
    let mesh = |some: Option<Volume<i16>>| -> Result<TriMesh<Lps>, StepError> {
        let surface = some.map(|volume| iso_surface(&volume, SURFACE_LEVEL, job)).transpose()?;
        Ok(surface.map(|s| s.into_mesh()).unwrap_or_default())
    };
    let near = |volume: Option<Volume<i16>>| {
        volume.map(|mut volume| {
            for n in 0..volume.values.len() {
                let p: Point<Lps> = volume.grid.center(volume.grid.voxel(n));
                let q = placement.apply(p);
                if q.x.abs() > AROUND_MM || q.y.abs() > AROUND_MM || q.z.abs() > 1.6 * AROUND_MM {
                    volume.values[n] = 0;
                }
            }
            volume
        })
    };
    let number = plan.index as u16 + 1;
    let others: Vec<u16> = (1..=teeth.pieces.len() as u16).filter(|&n| n != number).collect();
    Ok(Shown {
        bone: mesh(near(occupancy(own.volume, &[own.bone])))?,
        others: mesh(near(occupancy(&teeth.numbers, &others)))?,
        own: mesh(Some(tooth::solid(&own, &teeth, plan.index, plan.roots())?))?,
        canal: mesh(near(own.canal.and_then(|canal| unsmoothed(own.volume, &[canal]))))?,
        sides: Sides::of(plan),
    })
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

fn clear(bone: &TriMesh<Lps>) -> Item<'_, Lps> {
    let mut bone = Item::plain(bone, BONE);
    bone.alpha = CLEAR;
    bone
}

/// The tooth in its jaw.
fn before(made: &mut Pictures, shown: &Shown, job: &Job) -> Result<(), StepError> {
    let items = || {
        vec![
            Item::plain(&shown.own, OWN),
            Item::plain(&shown.others, TEETH),
            Item::plain(&shown.canal, KEEP_OUT),
            clear(&shown.bone),
        ]
    };
    let around = shown.own.bounds().grow(9.0);
    let Sides { origin, out, up, .. } = shown.sides;
    let views = [("tooth", (out, up)), ("teeth", (up, out))];
    for (name, way) in views {
        let scene = seen(items(), around, way, [900, 820]);
        put(made, &format!("plan/{name}.png"), render(&scene, job)?);
    }
    let solid = vec![
        Item::plain(&shown.own, OWN),
        Item::plain(&shown.others, TEETH),
        Item::plain(&shown.canal, KEEP_OUT),
        Item::plain(&shown.bone, BONE),
    ];
    let mut scene = seen(solid, around, (out, up), [900, 820]);
    scene.section = Some(Plane { point: origin, normal: out });
    put(made, "plan/socket.png", render(&scene, job)?);
    Ok(())
}

/// The implant in its jaw.
fn after(
    made: &mut Pictures,
    shown: &Shown,
    mesh: &TriMesh<Lps>,
    job: &Job,
) -> Result<(), StepError> {
    let Sides { origin, along, out, up } = shown.sides;
    let items = |alpha: f32| {
        let mut bone = Item::plain(&shown.bone, BONE);
        bone.alpha = alpha;
        vec![
            Item::plain(mesh, TITANIUM),
            Item::plain(&shown.others, TEETH),
            Item::plain(&shown.canal, KEEP_OUT),
            bone,
        ]
    };
    let around = mesh.bounds().grow(9.0);
    let scene = seen(items(CLEAR), around, (out, up), [900, 820]);
    put(made, "implant/in_place.png", render(&scene, job)?);
    let aside = (out + along * 0.5 + up * 0.45).unit();
    let scene = seen(items(CLEAR), around, (aside, up), [1400, 1100]);
    put(made, "summary/case.png", render(&scene, job)?);
    for (name, normal) in [("section_along", out), ("section_across", along)] {
        let mut scene = seen(items(1.0), around, (normal, up), [900, 820]);
        scene.section = Some(Plane { point: origin, normal });
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}

/// The implant alone.
fn alone(
    made: &mut Pictures,
    mesh: &TriMesh<Lps>,
    Sides { origin, along, out, up }: Sides,
    job: &Job,
) -> Result<(), StepError> {
    let own = || vec![Item::plain(mesh, TITANIUM)];
    for (name, from) in [("cheek", out), ("along", along)] {
        let scene = seen(own(), mesh.bounds(), (from, up), [700, 900]);
        put(made, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let mut scene = seen(own(), mesh.bounds(), (out, up), [700, 900]);
    scene.section = Some(Plane { point: origin, normal: out });
    put(made, "implant/open.png", render(&scene, job)?);
    Ok(())
}

/// Stress and safety on the implant's surface over the clamp.
fn stressed(
    made: &mut Pictures,
    mesh: &TriMesh<Lps>,
    shown: &[StrengthMap],
    Sides { along, out, up, .. }: Sides,
    job: &Job,
) -> Result<(), StepError> {
    let sides = [("x", along), ("y", out)];
    for (one, (side, from)) in shown.iter().flat_map(|one| sides.map(|side| (one, side))) {
        let mut scene = seen(vec![one.item(mesh)], mesh.bounds(), (from, up), [700, 900]);
        scene.legend = Some(one.legend());
        put(made, &format!("mechanics/{}_{side}.png", one.name), render(&scene, job)?);
    }
    Ok(())
}
