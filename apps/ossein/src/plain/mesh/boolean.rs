//! `ossein mesh boolean`: as fields, so that open, dirty and touching surfaces work.

use std::path::PathBuf;

use ossein_field::band::{Band, BandOptions, band};
use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Deg, Finding, Job, Lps, Mm, TriMesh};
use ossein_mesh::extract::{Sharp, extract, extract_sharp, samples_around};
use ossein_mesh::measure;
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::part;
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
    /// Keep edges that bend by more than so many degrees, 25 if none are named.
    #[arg(
        long,
        value_name = "DEGREES",
        num_args = 0..=1,
        default_missing_value = "25",
        require_equals = true
    )]
    sharp: Option<f64>,
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

fn banded(path: &std::path::Path, step: f64, job: &Job) -> Result<Band<Lps>, AnyError> {
    let mesh = part::read(path)?;
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let solid = MeshField::new(&mesh).map_err(|e| told(&e))?;
    let options = BandOptions { step: Mm(step), half_width: Mm(3.0 * step) };
    Ok(band(&solid, &options, job).map_err(|e| told(&e))?)
}

/// The body itself, for edges as sharp as its own.
fn exact(path: &std::path::Path) -> Result<MeshField<Lps>, AnyError> {
    let mesh = part::read(path)?;
    Ok(MeshField::new(&mesh).map_err(|e| format!("{}: {e}", path.display()))?)
}

fn surface(
    made: &Solid<Lps>,
    arguments: &Arguments,
    job: &Job,
) -> Result<(TriMesh<Lps>, Option<Finding>), AnyError> {
    let samples = samples_around(made, arguments.step);
    let Some(degrees) = arguments.sharp else { return Ok((extract(made, &samples, job)?, None)) };
    let Sharp { mesh, crease_count, kept_count } =
        extract_sharp(made, &samples, Deg(degrees), job)?;
    let blunt = (kept_count < crease_count).then(|| {
        let text = format!("edges are kept in {kept_count} of the {crease_count} cells they pass");
        Finding::note("boolean.blunt", "edges", text)
    });
    Ok((mesh, blunt))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    let sharp = arguments.sharp;
    if let Some(degrees) = sharp.filter(|d| !(5.0..=170.0).contains(d)) {
        return Err(format!("--sharp={degrees}: an edge bends by 5 to 170 degrees").into());
    }
    let job = progress::job();
    let solid = |path: &std::path::Path| -> Result<Solid<Lps>, AnyError> {
        Ok(match sharp {
            Some(_) => Box::new(exact(path)?),
            None => Box::new(banded(path, arguments.step, &job)?),
        })
    };
    let (first, second) = (solid(&arguments.first)?, solid(&arguments.second)?);
    let made: Solid<Lps> = match arguments.op {
        Operation::Union => Box::new(Union::new(vec![first, second])),
        Operation::Intersection => Box::new(Intersection(vec![first, second])),
        Operation::Difference => Box::new(Difference { from: first, cut: second }),
    };
    let (mesh, blunt) = surface(&made, arguments, &job)?;
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
