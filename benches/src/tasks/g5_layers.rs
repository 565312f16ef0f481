//! G5: all layers of the lattice implant with contours, two passes and hatch, as binary CLI.

use std::path::Path;

use ossein_field::Field;
use ossein_geom::{Job, Mm};
use ossein_print::{LayerOptions, layers};

use crate::implant::Part;
use crate::meter::{Figures, Meter};
use crate::task::{Task, nothing};

/// The task.
pub const TASK: Task = Task {
    name: "g5",
    what: "2,000 layers of the lattice implant: contours, two passes, hatch, binary CLI",
    prepare: nothing,
    ours,
    peers: &[],
    rounds: 3,
};

fn ours(_folder: &Path) -> Result<Figures, String> {
    let options = LayerOptions { layer: Mm(0.03), step: Mm(0.05), tolerance: Mm(0.005) };
    let bounds = Part.bounds();
    let meter = Meter::start();
    let (mut area, mut length, mut points) = (0.0, 0.0, 0usize);
    layers(&Part, (bounds.min.z, bounds.max.z), &options, &Job::quiet(), |layer| {
        area += layer.area_mm2();
        length += layer.contours.iter().map(|c| c.length_mm()).sum::<f64>();
        points += layer.contours.iter().map(|c| c.points.len()).sum::<usize>();
        Ok(())
    })
    .map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    figures.insert("area_mean_mm2".into(), (area / 2000.0).into());
    figures.insert("length_mean_mm".into(), (length / 2000.0).into());
    figures.insert("points_mean".into(), (points / 2000).into());
    Ok(figures)
}
