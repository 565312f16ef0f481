//! G3d: a cube of the gyroid implant with its sharp edges kept.

use std::path::Path;

use ossein_field::boolean::Intersection;
use ossein_field::primitive::Cuboid;
use ossein_geom::{Aabb, Deg, Job, Point};
use ossein_mesh::Tree;
use ossein_mesh::extract::{extract_sharp, samples_around};
use ossein_mesh::intersect::self_crossings;
use serde_json::json;

use crate::implant::ImplantField;
use crate::meter::{Figures, Meter};
use crate::task::{Task, nothing};

const HALF_MM: f64 = 6.4;
const STEP_MM: f64 = 0.1;
const ANGLE: Deg = Deg(25.0);

pub const TASK: Task = Task {
    name: "g3d",
    what: "12.8 mm cube of the gyroid implant at 0.1 mm, sharp edges kept",
    prepare: nothing,
    ours,
    peers: &[],
    rounds: 3,
};

fn ours(_folder: &Path) -> Result<Figures, String> {
    let h = HALF_MM;
    let bounds = Aabb::new(Point::new(-h, -h, -h), Point::new(h, h, h));
    let cube = Cuboid { bounds, round_mm: 0.0 };
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube)]);
    let samples = samples_around(&part, STEP_MM);
    let meter = Meter::start();
    let sharp = extract_sharp(&part, &samples, ANGLE, &Job::quiet());
    let mut figures = meter.stop();
    let sharp = sharp.map_err(|e| e.to_string())?;
    let mesh = &sharp.mesh;
    let crossings = self_crossings(mesh, &Tree::new(mesh), &Job::quiet());
    let crossings = crossings.map_err(|e| e.to_string())?;
    figures.insert("triangles".into(), json!(mesh.triangles.len()));
    figures.insert("self_crossings".into(), json!(crossings.len()));
    figures.insert("creases".into(), json!(sharp.crease_count));
    figures.insert("creases_kept".into(), json!(sharp.kept_count));
    let closed = ossein_mesh::check_watertight(sharp.mesh).map_err(|e| e.to_string())?;
    let volume = ossein_mesh::measure::volume_mm3(closed.mesh());
    figures.insert("volume_mm3".into(), json!(volume));
    Ok(figures)
}
