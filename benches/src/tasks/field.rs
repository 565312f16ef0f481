//! Field: samples of lattices, voxels per CPU second.
//!
//! The compared work is the network gyroid on 512³ samples, tile by tile; the further figures are
//! millions of voxels per CPU second of every lattice, on tiles of 64 x 32 x 32.

use std::path::Path;

use ossein_field::lattice::{self, GradientSheet, Shape, gyroid, target};
use ossein_field::{Block, Field};
use ossein_geom::{Implant, Mm, Point};
use serde_json::json;

use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task, nothing};

/// The task.
pub const TASK: Task = Task {
    name: "field",
    what: "samples of lattices; compared: network gyroid, 512^3 samples, one thread",
    prepare: nothing,
    ours,
    peers: &[Peer {
        name: "numba, tables per axis, compiled",
        script: "field_numba.py",
        arguments: &[],
    }],
    rounds: 3,
};

const TILE: [usize; 3] = [64, 32, 32];

/// Samples `count` tiles along a line and returns millions of voxels per CPU second, with the sum
/// of all values so that no work can be left out.
fn measured(field: &dyn Field<Implant>, count: usize) -> (Figures, f64) {
    let mut values = vec![0.0f32; TILE.iter().product()];
    let mut sum = 0.0;
    let meter = Meter::start();
    for n in 0..count {
        let origin = Point::new(0.013 + 1.7 * (n % 64) as f64, 0.3 * (n / 64) as f64, 0.7);
        let block = Block { origin, step: [0.1; 3], size: TILE };
        field.sample(&block, &mut values);
        sum += f64::from(values[n % values.len()]);
    }
    (meter.stop(), sum)
}

fn rate(field: &dyn Field<Implant>, count: usize) -> f64 {
    let (figures, _) = measured(field, count);
    let cpu_s = figures["cpu_s"].as_f64().unwrap_or(f64::NAN);
    (count * TILE.iter().product::<usize>()) as f64 / cpu_s / 1e6
}

fn ours(_: &Path) -> Result<Figures, String> {
    let tiles = 512usize.pow(3) / TILE.iter().product::<usize>();
    let network = gyroid::GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(2.1), 0.3)
        .map_err(|e| e.to_string())?;
    measured(&network, 16); // wake the tables and the clock
    let (mut figures, sum) = measured(&network, tiles);
    figures.insert("sum".into(), json!(sum));
    for kind in lattice::kinds() {
        // Large enough that every kind can be made.
        let plan = target::at(kind, Mm(20.0), 0.36).map_err(|e| e.to_string())?;
        let solid = plan.solid(Point::ORIGIN);
        figures.insert(format!("{} Mvoxel/s", kind.word()), json!(rate(&*solid, 200).round()));
    }
    if let Shape::Level(surface) = gyroid::CELL.shape {
        let sheet = GradientSheet::<Implant>::new(surface, Point::ORIGIN, Mm(2.1), Mm(0.25));
        figures.insert("gyroid gradient sheet Mvoxel/s".into(), json!(rate(&sheet, 400).round()));
    }
    Ok(figures)
}
