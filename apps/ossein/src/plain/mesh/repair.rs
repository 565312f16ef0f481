//! `ossein mesh repair`: by stitching, and through a field where that is not enough.

use std::path::PathBuf;

use ossein_geom::{Lps, Mm};
use ossein_mesh::repair::{RepairOptions, Repaired, repair};
use ossein_mesh::{check_watertight, measure};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::counted;
use crate::plain::number::{not_negative, positive};
use crate::plain::{body, part};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The surface.
    part: PathBuf,
    /// Vertices closer than this become one.
    #[arg(long, value_name = "MM", default_value_t = 1e-4, value_parser = not_negative)]
    weld: f64,
    /// Holes with more edges than this are left to the field.
    #[arg(long, value_name = "COUNT", default_value_t = 2000)]
    hole_edges: usize,
    /// Distance between samples, where the surface must go through a field.
    #[arg(long, value_name = "MM", default_value_t = 0.1, value_parser = positive)]
    step: f64,
    /// The file to write.
    #[arg(long, short)]
    out: PathBuf,
    /// Print what was done as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    let mesh = part::read(&arguments.part)?;
    let job = progress::job();
    let options = RepairOptions {
        weld: Mm(arguments.weld),
        hole_edge_count_max: arguments.hole_edges,
        ..RepairOptions::default()
    };
    let stitched = repair(&mesh, &options, &job.labelled("stitching"))?;
    let by_field = !stitched.is_solid();
    let made =
        if by_field { body::remade(&mesh, arguments.step, &job)? } else { stitched.mesh.clone() };
    let closed = check_watertight(made)
        .map_err(|e| format!("{}: no solid came of it: {e}", arguments.part.display()))?;
    part::write(&arguments.out, closed.mesh())?;
    progress::clear();
    let volume = measure::volume_mm3(closed.mesh());
    if arguments.json {
        print_json(&json!({
            "changes": changes(&stitched),
            "crossing_count": stitched.crossing_count,
            "defects": stitched.defects.as_ref().map(ToString::to_string),
            "by_field": by_field,
            "piece_count": closed.component_count(),
            "volume_mm3": volume,
            "triangle_count": closed.mesh().triangles.len(),
        }));
    } else {
        for change in &stitched.changes {
            let p = change.places[0];
            let words = change.kind.words();
            println!(
                "{:>8} {words}, the first at ({:.2}, {:.2}, {:.2})",
                change.count, p.x, p.y, p.z
            );
        }
        if by_field {
            let (step, count) = (arguments.step, stitched.crossing_count);
            println!(
                "stitching left {count} crossings and no sound solid: made anew from its winding number at {step} mm"
            );
        }
        println!("{volume:.4} mm3 in {}", counted(closed.component_count(), "piece"));
    }
    Ok(Exit::Done)
}

fn changes(stitched: &Repaired<Lps>) -> Value {
    stitched
        .changes
        .iter()
        .map(|change| {
            let places: Vec<[f64; 3]> = change.places.iter().map(|p| p.array()).collect();
            json!({ "what": change.kind.words(), "count": change.count, "places_mm": places })
        })
        .collect()
}
