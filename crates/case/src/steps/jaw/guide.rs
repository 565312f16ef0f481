//! The guide: saw slots at both cuts, a sleeve for every screw's hole.

use std::sync::Arc;

use ossein_design::guide::{CORE, Cut, Drill, GUIDE_STEP_MM, Guide, Request, guide};
use ossein_design::kinds::mandible_segment_replacement::Design;
use ossein_field::Field;
use ossein_geom::{Finding, Implant, Job, Lps, Point, TriMesh, Vector};
use serde_json::{Value, json};

use super::super::prepare::{entries, files};
use super::design::segment_of;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Its surface in memory, in place in the patient.
const MESH: &str = "guide";
/// Distance between points of its course over bone that is taken out, mm.
const COURSE_MM: f64 = 4.0;
/// Bone is looked for so far out of the chord between both cuts, mm.
const OUT_MM: f64 = 30.0;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "guide",
    title: "guide",
    version: 1,
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
    let (made, mut findings) = build(context, job)?;
    let surface = files::surface(&made.solid, job)?;
    if surface.component_count() != 1 {
        let message = format!("the guide falls into {} pieces", surface.component_count());
        findings.push(Finding::failure("guide.pieces", "guide", message));
    }
    let mesh = surface.into_mesh();
    let title = format!("{} guide", context.case_id());
    let upright = files::upright(&mesh);
    let entries = entries(context);
    context.write("guide/guide.3mf", |mut w| {
        files::write_3mf(&mesh, &upright, &title, entries, &mut w)
    })?;
    context.write("guide/guide.stl", |mut w| {
        files::write_stl(&mesh, &made.placement, &title, &mut w)
    })?;
    let placed: TriMesh<Lps> = mesh.placed(&made.placement.inverse());
    context.put(MESH, Arc::new(placed));
    let mut figures = serde_json::to_value(&made.report)?;
    figures["size_mm"] = json!(mesh.bounds().size().array());
    figures["put_on_from"] =
        json!(made.placement.inverse().turn(Vector::<Implant>::new(0.0, 0.0, 1.0)));
    Ok(Outcome { findings, summary: json!({ "guide": figures }) })
}

/// The guide's surface in the patient: from memory, or made again; none where none is wanted.
///
/// # Errors
/// What plan, labels or design report.
pub fn mesh_of(
    context: &mut StepContext<'_>,
    job: &Job,
) -> Result<Option<Arc<TriMesh<Lps>>>, StepError> {
    if !context.choices().flag("guide.make") {
        return Ok(None);
    }
    if let Some(mesh) = context.get::<TriMesh<Lps>>(MESH) {
        return Ok(Some(mesh));
    }
    let (made, _) = build(context, job)?;
    let mesh = files::surface(&made.solid, job)?.into_mesh();
    let mesh = Arc::new(mesh.placed(&made.placement.inverse()));
    context.put(MESH, mesh.clone());
    Ok(Some(mesh))
}

fn build(context: &mut StepContext<'_>, job: &Job) -> Result<(Guide, Vec<Finding>), StepError> {
    let design = segment_of(context, job)?;
    let placement = design.part().placement;
    let bone = |p: Point<Lps>| design.bone.distance(placement.apply(p));
    let back = placement.inverse();
    let seat = Course::new(&design);
    let course: Vec<Point<Lps>> = seat.points.iter().map(|&p| back.apply(p)).collect();
    let drill = |s: &ossein_design::kinds::mandible_segment_replacement::JawScrew| Drill {
        id: s.id.clone(),
        point: back.apply(s.point),
        direction: back.turn(s.direction),
        diameter_mm: CORE * s.diameter_mm,
        depth_mm: s.bone_mm,
    };
    let drills: Vec<Drill> = design.report.screws.iter().map(drill).collect();
    let cut = |n: usize| Cut {
        point: back.apply(seat.cuts[n]),
        normal: back.turn(design.cuts[n].normal),
    };
    let label = context.case_id().to_owned();
    let request = Request {
        bone: &bone,
        from: back.turn(design.outward),
        up: back.turn(Vector::new(0.0, 0.0, 1.0)),
        course: &course,
        drills: &drills,
        cuts: &[cut(0), cut(1)],
        label: &label,
    };
    let found = guide(&request, context.choices(), GUIDE_STEP_MM, job)?;
    Ok((found.value, found.findings))
}

/// The way of a guide over the bone's outer face, in the implant's frame.
struct Course {
    points: Vec<Point<Implant>>,
    /// Where it crosses the cuts.
    cuts: [Point<Implant>; 2],
}

impl Course {
    /// From the right end's last screw over both cuts to the left end's last.
    fn new(design: &Design) -> Self {
        let screws = &design.report.screws;
        let of = |end: &str| -> Vec<Point<Implant>> {
            let own = screws.iter().filter(|s| s.end == end);
            own.map(|s| s.point).collect()
        };
        // From the cut outwards.
        let (mut right, left) = (of("right"), of("left"));
        let crossing = |n: usize, from: Point<Implant>, to: Point<Implant>| {
            let cut = &design.cuts[n];
            let (a, b) = (cut.height_mm(from), cut.height_mm(to));
            onto(design, from.lerp(to, a / (a - b)))
        };
        let cuts = match (right.first(), left.first()) {
            (Some(&r), Some(&l)) => [crossing(0, r, l), crossing(1, r, l)],
            _ => [design.cuts[0].point, design.cuts[1].point],
        };
        let count = (cuts[0].distance(cuts[1]) / COURSE_MM).ceil().max(1.0);
        let between =
            (0..=count as usize).map(|n| onto(design, cuts[0].lerp(cuts[1], n as f64 / count)));
        right.reverse();
        let points = right.into_iter().chain(between).chain(left).collect();
        Self { points, cuts }
    }
}

/// The bone's outer face over or under a place, seen from where the guide is put on.
fn onto(design: &Design, p: Point<Implant>) -> Point<Implant> {
    const LOOK_MM: f64 = 0.1;
    let count = (2.0 * OUT_MM / LOOK_MM) as usize;
    let at = |n: usize| p + design.outward * (OUT_MM - n as f64 * LOOK_MM);
    (0..count).map(at).find(|&q| design.bone.distance(q) < 0.0).unwrap_or(p)
}
