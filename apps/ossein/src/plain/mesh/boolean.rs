//! `ossein mesh boolean`: as fields, so that open, dirty and touching surfaces work.

use std::path::{Path, PathBuf};

use ossein_field::band::{BandOptions, band};
use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Job, Lps, Mm};
use ossein_mesh::extract::samples_around;
use ossein_mesh::measure;
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::part;
use crate::plain::surface::Surface;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The first body.
    first: PathBuf,
    /// The second body.
    second: PathBuf,
    /// What to make of them.
    #[arg(long, value_enum)]
    op: Operation,
    /// Distance between samples.
    #[arg(long, value_name = "MM", default_value_t = 0.1)]
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

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Operation {
    /// What lies in either.
    Union,
    /// What lies in both.
    Intersection,
    /// What lies in the first and not in the second.
    Difference,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

/// The body of a file.
fn body(path: &Path, arguments: &Arguments, job: &Job) -> Result<Solid<Lps>, AnyError> {
    let mesh = part::read(path)?;
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let solid = MeshField::new(&mesh).map_err(|e| told(&e))?;
    let step = arguments.step;
    let options = BandOptions { step: Mm(step), half_width: Mm(3.0 * step) };
    let band = band(&solid, &options, job).map_err(|e| told(&e))?;
    Ok(arguments.surface.of(band, solid))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    arguments.surface.check()?;
    let job = progress::job();
    let solid = |path: &Path| body(path, arguments, &job);
    let (first, second) = (solid(&arguments.first)?, solid(&arguments.second)?);
    let made: Solid<Lps> = match arguments.op {
        Operation::Union => Box::new(Union::new(vec![first, second])),
        Operation::Intersection => Box::new(Intersection(vec![first, second])),
        Operation::Difference => Box::new(Difference { from: first, cut: second }),
    };
    let samples = samples_around(&made, arguments.step);
    let (mesh, blunt) = arguments.surface.mesh(&made, &samples, &job)?;
    if mesh.triangles.is_empty() {
        return Err(format!("the {:?} of both bodies is empty", arguments.op)
            .to_lowercase()
            .into());
    }
    part::write(&arguments.out, &mesh)?;
    progress::clear();
    blunt.iter().for_each(progress::finding);
    let volume = measure::volume_mm3(&mesh);
    if arguments.json {
        print_json(&json!({
            "volume_mm3": volume,
            "surface_area_mm2": measure::area_mm2(&mesh),
            "triangle_count": mesh.triangles.len(),
        }));
    } else {
        println!("{volume:.3} mm3, {} triangles", mesh.triangles.len());
    }
    Ok(Exit::Done)
}
