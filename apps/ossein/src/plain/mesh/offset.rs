//! `ossein mesh offset`.

use std::path::PathBuf;

use ossein_field::band::{BandOptions, offset};
use ossein_field::mesh_distance::MeshField;
use ossein_field::operators::Offset;
use ossein_geom::{Finding, Mm};
use ossein_mesh::extract::samples_around;
use ossein_mesh::measure;
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{finite, positive};
use crate::plain::surface::Surface;
use crate::plain::{body, part};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The body.
    part: PathBuf,
    /// How far its surface moves: outwards where positive. Corners become round outwards.
    #[arg(long, value_name = "MM", allow_negative_numbers = true, value_parser = finite)]
    by: f64,
    /// Distance between samples.
    #[arg(long, value_name = "MM", default_value_t = 0.2, value_parser = positive)]
    step: f64,
    #[command(flatten)]
    surface: Surface,
    /// The file to write.
    #[arg(long, short)]
    out: PathBuf,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    arguments.surface.check()?;
    let body = part::read(&arguments.part)?;
    let job = progress::job();
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", arguments.part.display());
    let by_mm = arguments.by;
    let (solid, crossing) = match by_mm < 0.0 {
        true => body::deep_solid(&body, arguments.step, &job)?,
        false => (MeshField::new(&body).map_err(|e| told(&e))?, None),
    };
    let thin = body::thin(&body, arguments.step, &job)?;
    let step = Mm(arguments.step);
    let options = BandOptions { step, half_width: Mm(3.0 * arguments.step) };
    let band = offset(&solid, Mm(by_mm), &options, &job.labelled("distances"))?;
    let moved = arguments.surface.of(band, Offset { inner: solid, by_mm });
    let samples = samples_around(&*moved, arguments.step);
    let (mesh, blunt) = arguments.surface.mesh(&*moved, &samples, &job)?;
    if mesh.triangles.is_empty() {
        let text = match by_mm < 0.0 {
            true => format!("nothing is left of it {} mm inside its surface", -by_mm),
            false => format!("nothing is left of it: --step {} is too coarse", arguments.step),
        };
        return Err(told(&text).into());
    }
    part::write(&arguments.out, &mesh)?;
    progress::clear();
    let findings: Vec<Finding> = [crossing, thin, blunt].into_iter().flatten().collect();
    findings.iter().for_each(progress::finding);
    let (before, after) = (measure::volume_mm3(&body), measure::volume_mm3(&mesh));
    if arguments.json {
        print_json(&json!({
            "volume_before_mm3": before,
            "volume_mm3": after,
            "surface_area_mm2": measure::area_mm2(&mesh),
            "triangle_count": mesh.triangles.len(),
            "findings": findings,
        }));
    } else {
        println!("{before:.3} mm3 becomes {after:.3} mm3, {} triangles", mesh.triangles.len());
    }
    Ok(Exit::Done)
}
