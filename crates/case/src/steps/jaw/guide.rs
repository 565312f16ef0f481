//! Guides: a saw slot over each cut, a sleeve for every screw's hole; one guide for both cuts where
//! it can be put on along one way, else one for each.

use std::sync::Arc;

use ossein_design::guide::{CORE, Cut, Drill, GUIDE_STEP_MM, Guide, GuideError, Request, guide};
use ossein_design::kinds::mandible_segment_replacement::{Design, JawScrew};
use ossein_field::Field;
use ossein_geom::{Finding, Implant, Job, Lps, Point, TriMesh, Vector};
use serde_json::{Value, json};

use super::super::prepare::{entries, files};
use crate::load;
use crate::recipe::Recipe;
use crate::standing::Standing;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::made::design_of;

/// Their surfaces in memory, in place in the patient.
const MESHES: &str = "guides";
/// Distance between points of a course over bone that is taken out, mm.
const COURSE_MM: f64 = 4.0;
/// Bone is looked for so far out of the chord between both cuts, mm.
const OUT_MM: f64 = 30.0;
/// Where screws stand farther than this from one way, each cut gets a guide of its own, degrees.
const SLANT_DEG: f64 = 40.0;
/// A guide for one cut reaches so far over the bone that is taken out, mm.
const OVER_MM: f64 = 10.0;
/// Names of guides.
const NAMES: [&[&str]; 2] = [&["guide"], &["guide_right", "guide_left"]];

/// The step.
pub const STEP: StepDef = StepDef {
    id: "guide",
    title: "guide",
    version: 2,
    needs: &["import", "plan", "design"],
    params,
    inputs: StepDef::NO_INPUTS,
    run,
};

fn params(recipe: &Recipe) -> Value {
    json!({ "id": recipe.case.id, "guide": recipe.section("guide") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    if !context.choices().flag("guide.make") {
        return Ok(Outcome { findings: Vec::new(), summary: json!({}) });
    }
    let (mut rows, mut findings, mut meshes) = (Vec::<Value>::new(), Vec::new(), Vec::new());
    for (name, made, found) in build(context, job)? {
        findings.extend(found);
        let Some(made) = made else { continue };
        let surface = files::surface(&made.solid, job)?;
        if surface.component_count() != 1 {
            let message = format!("it falls into {} pieces", surface.component_count());
            findings.push(Finding::failure("guide.pieces", name, message));
        }
        let mesh = surface.into_mesh();
        let title = format!("{} {name}", context.case_id());
        let upright = files::upright(&mesh);
        let entries = entries(context);
        context.write(&format!("guide/{name}.3mf"), |mut w| {
            files::write_3mf(&mesh, &upright, &title, entries, &mut w)
        })?;
        context.write(&format!("guide/{name}.stl"), |mut w| {
            files::write_stl(&mesh, &made.placement, &title, &mut w)
        })?;
        let back = made.placement.inverse();
        let mut row = serde_json::to_value(&made.report)?;
        row["name"] = json!(name);
        // In the order in which the guide was asked for them.
        let cuts: &[&str] = match name {
            "guide_right" => &["right cut"],
            "guide_left" => &["left cut"],
            _ => &["right cut", "left cut"],
        };
        let slots = row["slots"].as_array_mut().into_iter().flatten();
        slots.zip(cuts).for_each(|(slot, cut)| slot["id"] = json!(cut));
        row["size_mm"] = json!(mesh.bounds().size().array());
        row["put_on_from"] = json!(back.turn(Vector::<Implant>::new(0.0, 0.0, 1.0)));
        rows.push(row);
        meshes.push(mesh.placed(&back));
    }
    context.put(MESHES, Arc::new(meshes));
    Ok(Outcome { findings, summary: json!({ "guides": rows }) })
}

/// The guides' surfaces in the patient: from memory, or made again; none where none is wanted.
///
/// # Errors
/// What plan, labels or design report.
pub fn meshes_of(
    context: &mut StepContext<'_>,
    job: &Job,
) -> Result<Arc<Vec<TriMesh<Lps>>>, StepError> {
    if !context.choices().flag("guide.make") {
        return Ok(Arc::default());
    }
    load::kept(context, MESHES, |standing| {
        let made = build(standing, job)?.into_iter().filter_map(|(_, made, _)| made);
        made.map(|made| {
            let mesh = files::surface(&made.solid, job)?.into_mesh();
            Ok(mesh.placed(&made.placement.inverse()))
        })
        .collect()
    })
}

type Named = (&'static str, Option<Guide>, Vec<Finding>);

fn build(standing: &mut Standing<'_>, job: &Job) -> Result<Vec<Named>, StepError> {
    let design = design_of::<Design>(standing, job)?;
    let seat = Seat::new(&design);
    if !seat.cuts_face() {
        let message = "there is none: one plane makes both cuts, and a guide is drawn along the chord \
                       between two cuts that face each other; give a plane for each";
        let finding = Finding::warning("guide.none", "guide", message);
        return Ok(vec![("guide", None, vec![finding])]);
    }
    let whole = way(&seat.screws(&[0, 1]));
    let slant = |s: &JawScrew| (-s.direction).angle_deg(whole);
    let is_one = seat.screws(&[0, 1]).iter().all(|s| slant(s) <= SLANT_DEG);
    let names = NAMES[usize::from(!is_one)];
    let ends: [&[usize]; 2] = if is_one { [&[0, 1], &[]] } else { [&[0], &[1]] };
    let label = standing.case_id().to_owned();
    let made = names.iter().zip(ends).map(|(&name, ends)| {
        seat.guide(ends, &label, standing, job).map(|(made, findings)| (name, made, findings))
    });
    made.collect()
}

/// From where a guide for these screws is put on: their mean.
fn way(screws: &[&JawScrew]) -> Vector<Implant> {
    let none = Vector::new(0.0, 0.0, 0.0);
    screws.iter().fold(none, |sum, s| sum - s.direction).unit()
}

/// The segment, and where a guide crosses both cuts, in the implant's frame.
struct Seat<'a> {
    design: &'a Design,
    cuts: [Point<Implant>; 2],
}

impl<'a> Seat<'a> {
    fn new(design: &'a Design) -> Self {
        let mut seat = Self { design, cuts: [design.cuts[0].point, design.cuts[1].point] };
        if let [Some(r), Some(l)] = [0, 1].map(|end| seat.screws(&[end]).first().map(|s| s.point)) {
            seat.cuts = [0, 1].map(|n| {
                let cut = &design.cuts[n];
                let (a, b) = (cut.height_mm(r), cut.height_mm(l));
                onto(design, r.lerp(l, a / (a - b)), design.outward)
            });
        }
        seat
    }

    /// Whether each cut passes between the screws of both ends; one plane that makes both has all
    /// of them on its one side.
    fn cuts_face(&self) -> bool {
        let ends = [0, 1].map(|end| self.screws(&[end]).first().map(|s| s.point));
        let [Some(right), Some(left)] = ends else { return true };
        self.design.cuts.iter().all(|c| c.height_mm(right) * c.height_mm(left) < 0.0)
    }

    /// The screws of some ends, from the cut outwards.
    fn screws(&self, ends: &[usize]) -> Vec<&'a JawScrew> {
        let is_of = |s: &&JawScrew| ends.iter().any(|&end| s.end == ["right", "left"][end]);
        self.design.report.screws.iter().filter(is_of).collect()
    }

    /// The way of a guide over the bone's outer face: from the last screw over the cut, and on over
    /// the other one, or some way beyond.
    fn course(&self, ends: &[usize], from: Vector<Implant>) -> Vec<Point<Implant>> {
        let (start, other) = (ends[0], 1 - ends[0]);
        let mut points: Vec<Point<Implant>> =
            self.screws(&ends[..1]).iter().rev().map(|s| s.point).collect();
        let (a, b) = (self.cuts[start], self.cuts[other]);
        let apart = a.distance(b);
        let reach = if ends.len() == 2 { apart } else { OVER_MM.min(0.45 * apart) };
        let count = (reach / COURSE_MM).ceil().max(1.0);
        let at = |n: usize| a.lerp(b, n as f64 / count * reach / apart.max(1e-9));
        points.extend((0..=count as usize).map(|n| onto(self.design, at(n), from)));
        points.extend(ends[1..].iter().flat_map(|&end| self.screws(&[end])).map(|s| s.point));
        points
    }

    fn guide(
        &self,
        ends: &[usize],
        label: &str,
        standing: &Standing<'_>,
        job: &Job,
    ) -> Result<(Option<Guide>, Vec<Finding>), StepError> {
        let placement = self.design.part().placement;
        let back = placement.inverse();
        let screws = self.screws(ends);
        let from = way(&screws);
        let bone = |p: Point<Lps>| self.design.bone.distance(placement.apply(p));
        let teeth = self.design.teeth.as_deref();
        let tooth = |p: Point<Lps>| teeth.map_or(f64::MAX, |t| t.distance(placement.apply(p)));
        let drill = |s: &&JawScrew| Drill {
            id: s.id.clone(),
            point: back.apply(s.point),
            direction: back.turn(s.direction),
            diameter_mm: CORE * s.diameter_mm,
            depth_mm: s.thread_mm,
        };
        let cut = |&end: &usize| Cut {
            point: back.apply(self.cuts[end]),
            normal: back.turn(self.design.cuts[end].normal),
        };
        let course: Vec<Point<Lps>> =
            self.course(ends, from).into_iter().map(|p| back.apply(p)).collect();
        let request = Request {
            bone: &bone,
            beside: teeth.is_some().then_some(&tooth as _),
            from: back.turn(from),
            up: back.turn(Vector::new(0.0, 0.0, 1.0)),
            course: &course,
            drills: &screws.iter().map(drill).collect::<Vec<Drill>>(),
            cuts: &ends.iter().map(cut).collect::<Vec<Cut>>(),
            label,
        };
        match guide(&request, standing.choices(), GUIDE_STEP_MM, job) {
            Ok(found) => Ok((Some(found.value), found.findings)),
            Err(slanted @ GuideError::Slanted { .. }) => {
                let message = format!("there is none: {slanted}");
                Ok((None, vec![Finding::warning("guide.none", "guide", message)]))
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// The bone's outer face over or under a place, seen from where a guide is put on.
fn onto(design: &Design, p: Point<Implant>, from: Vector<Implant>) -> Point<Implant> {
    const LOOK_MM: f64 = 0.1;
    let count = (2.0 * OUT_MM / LOOK_MM) as usize;
    let at = |n: usize| p + from * (OUT_MM - n as f64 * LOOK_MM);
    (0..count).map(at).find(|&q| design.bone.distance(q) < 0.0).unwrap_or(p)
}
