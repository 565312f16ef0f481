//! G3 streamed: the same surface piece by piece, at four steps and at twice the height.

use std::path::Path;

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Job, Point};
use ossein_mesh::extract::{ExtractError, Vertices, extract_streamed};
use serde_json::json;

use crate::implant::{self, ImplantField};
use crate::meter::{Figures, Meter};
use crate::task::{Task, nothing};

pub const TASK: Task = Task {
    name: "g3s",
    what: "gyroid implant streamed at 0.4, 0.2, 0.1 and 0.05 mm; twice as high at 0.1 mm",
    prepare: nothing,
    ours,
    peers: &[],
    rounds: 1,
};

/// The implant twice, one above the other.
struct Twice;

impl Field<Implant> for Twice {
    fn distance(&self, p: Point<Implant>) -> f64 {
        ImplantField.distance(p).min(ImplantField.distance(Point::new(p.x, p.y, p.z - 63.0)))
    }
    fn bounds(&self) -> Aabb<Implant> {
        let one = ImplantField.bounds();
        Aabb::new(one.min, Point::new(one.max.x, one.max.y, one.max.z + 63.0))
    }
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        ImplantField.sample(&lowered(block), distances);
    }
    fn range(&self, region: &Aabb<Implant>) -> Interval {
        let block = Block { origin: region.min, step: [1.0; 3], size: [1; 3] };
        let low = lowered(&block).origin.z;
        let high = low + region.max.z - region.min.z;
        let [a, b] = [region.min, region.max];
        ImplantField.range(&Aabb::new(Point::new(a.x, a.y, low), Point::new(b.x, b.y, high)))
    }
}

/// A block of the upper implant, where the lower one has it.
fn lowered(block: &Block<Implant>) -> Block<Implant> {
    let o = block.origin;
    let z = if o.z > 31.4 { o.z - 63.0 } else { o.z };
    Block { origin: Point::new(o.x, o.y, z), ..*block }
}

/// CPU seconds, peak MiB, triangles.
fn one(field: &dyn Field<Implant>, samples: &Block<Implant>) -> Result<[f64; 3], String> {
    let meter = Meter::start();
    let mut triangles = 0;
    let done = extract_streamed(field, samples, Vertices::Linear, &Job::quiet(), |piece| {
        triangles += piece.triangles.len();
        Ok::<(), ExtractError>(())
    });
    let figures = meter.stop();
    done.map_err(|e| e.to_string())?;
    let of = |key: &str| figures.get(key).and_then(|v| v.as_f64()).unwrap_or(0.0);
    Ok([of("cpu_s"), of("peak_mib"), triangles as f64])
}

fn ours(_folder: &Path) -> Result<Figures, String> {
    let mut figures = Figures::new();
    let mut cpu = Vec::new();
    for step_mm in [0.4, 0.2, 0.1, 0.05] {
        let run = one(&ImplantField, &implant::samples(step_mm))?;
        figures.insert(format!("step {step_mm} mm: cpu s, MiB, triangles"), json!(run));
        cpu.push(run[0]);
    }
    let exponents: Vec<f64> = cpu.windows(2).map(|w| (w[1] / w[0]).log2()).collect();
    figures.insert("exponent of cpu in 1/step".into(), json!(exponents));
    let mut high = implant::samples(0.1);
    high.size[2] += 630;
    figures.insert("twice as high at 0.1 mm".into(), json!(one(&Twice, &high)?));
    Ok(figures)
}
