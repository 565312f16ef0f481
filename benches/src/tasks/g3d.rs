//! G3d: a cube of the gyroid implant with its sharp edges kept.

use std::path::Path;

use ossein_field::boolean::Intersection;
use ossein_field::primitive::Cuboid;
use ossein_geom::{Aabb, Deg, Implant, Job, Point};
use ossein_mesh::extract::{extract_sharp, samples_around};
use serde_json::json;

use crate::implant::ImplantField;
use crate::meter::{Figures, Meter};
use crate::task::{Task, nothing};

const HALF_MM: f64 = 6.4;
const STEP_MM: f64 = 0.1;

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
    let bounds = Aabb::<Implant>::new(Point::new(-h, -h, -h), Point::new(h, h, h));
    let cube = Cuboid { bounds, round_mm: 0.0 };
    let part = Intersection(vec![Box::new(ImplantField), Box::new(cube)]);
    let samples = samples_around(&part, STEP_MM);
    let meter = Meter::start();
    let mesh = extract_sharp(&part, &samples, Deg(25.0), &Job::quiet());
    let mut figures = meter.stop();
    let mesh = mesh.map_err(|e| e.to_string())?;
    let watertight = ossein_mesh::check_watertight(mesh).map_err(|e| e.to_string())?;
    let mesh = watertight.mesh();
    figures.insert("triangles".into(), json!(mesh.triangles.len()));
    figures.insert("volume_mm3".into(), json!(ossein_mesh::measure::volume_mm3(mesh)));
    Ok(figures)
}
