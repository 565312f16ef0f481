//! `ossein lattice part.stl --cell gyroid --porosity 0.7 --pore 0.8 -o part.3mf`: a body becomes
//! porous.

mod beams;
mod grading;
mod report;
mod skin;
mod wishes;

use std::path::PathBuf;
use std::sync::Arc;

use ossein_field::band::{BandOptions, band, offset};
use ossein_field::boolean::{Intersection, Solid};
use ossein_field::main_part::MainPart;
use ossein_field::mesh_distance::MeshField;
use ossein_field::operators::Offset;
use ossein_geom::{Finding, Job, Lps, Mm, Severity, TriMesh, Vector};
use ossein_mesh::check_watertight;
use ossein_picture::Plane;

use super::surface::Surface;
use super::{body, file, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{not_negative, positive};
use crate::{Exit, progress};
use grading::Grading;
use report::Made;
use skin::Skin;
use wishes::Wishes;

/// Samples across the body's own surface for one of the lattice's: it is smooth.
const BAND_STEPS: f64 = 2.0;
/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The body: STL, PLY, OBJ or 3MF; open and crossing surfaces too.
    part: PathBuf,
    #[command(flatten)]
    wishes: Wishes,
    #[command(flatten)]
    grading: Grading,
    /// Solid skin inside the body's surface, except at the ends of the axis that stays open.
    #[arg(long, value_name = "MM", default_value_t = 0.0, value_parser = not_negative)]
    rim: f64,
    /// Fillet where the lattice meets its skin.
    #[arg(long, value_name = "MM", value_parser = positive, requires = "rim")]
    transition: Option<f64>,
    /// The axis at whose ends a skin leaves the lattice open: a closed one would keep its powder.
    #[arg(long, value_enum, default_value = "z")]
    open: Axis,
    /// Distance between samples.
    #[arg(long, value_name = "MM", default_value_t = 0.1, value_parser = positive)]
    step: f64,
    #[command(flatten)]
    surface: Surface,
    /// The file to write: .3mf, .stl, .ply or .obj.
    #[arg(long, short)]
    out: PathBuf,
    /// Its struts as nodes and beams too, .3mf with the beam lattice extension.
    #[arg(long, value_name = "FILE")]
    beams: Option<PathBuf>,
    /// A picture of it, cut open in the middle, PNG.
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// An axis of the file's own frame.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Axis {
    X,
    Y,
    Z,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    let (step, rim) = (arguments.step, arguments.rim);
    if !(step > 0.0 && step < 10.0 && (0.0..1e3).contains(&rim)) {
        return Err(format!("--step {step} --rim {rim}: lengths in mm, the step above 0").into());
    }
    arguments.surface.check()?;
    let plans = arguments.wishes.plans()?;
    arguments.grading.check(&plans)?;
    if let Some(path) = &arguments.beams {
        beams::check(path, &plans, rim)?;
    }
    let body = part::read(&arguments.part)?;
    let job = progress::job();
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", arguments.part.display());
    let (solid, crossing) = match rim > 0.0 {
        true => body::deep_solid(&body, step, &job)?,
        false => (MeshField::new(&body).map_err(|e| told(&e))?, None),
    };
    let mut findings: Vec<Finding> = crossing.into_iter().collect();
    findings.extend(report::open(&solid));
    findings.extend(report::coarse(&plans, step));
    let beams = arguments.beams.as_ref().map(|path| beams::write(path, plans.ends()[0], &solid));
    let (beam_count, loose) = beams.transpose()?.unzip();
    findings.extend(loose.flatten());
    let (followed, beyond) = arguments.grading.followed(&body, &job)?;
    findings.extend(beyond);
    let (filling, sizes) = arguments.grading.solid(&plans, followed.as_ref(), &body, &job)?;
    findings.extend(sizes);
    let (filled, core) = bodies(solid, arguments, &job)?;
    let cell = porous(filled, core, filling, &body, arguments)?;
    let whole = MainPart::new(cell, step, &job.labelled("pieces"))?;
    findings.extend(report::loose(&whole).into_iter().flatten());
    let (mesh, blunt) = arguments.surface.mesh(&whole, &whole.samples(), &job)?;
    findings.extend(blunt);
    let closed = check_watertight(mesh).map_err(|e| format!("the surface is not closed: {e}"))?;
    part::write(&arguments.out, closed.mesh())?;
    if let Some(picture) = &arguments.picture {
        let center = closed.mesh().bounds().center();
        let cut = Plane { point: center, normal: Vector::new(0.0, -1.0, 0.0) };
        part::draw(picture, closed.mesh(), vec![report::caption(&plans)], Some(cut), &job)?;
    }
    progress::clear();
    findings.iter().for_each(progress::finding);
    let between = followed.map(|followed| followed.between);
    let made = Made {
        plans: &plans,
        between,
        body: &body,
        closed: &closed,
        beam_count,
        findings: &findings,
    };
    if arguments.json {
        print_json(&made.as_json())
    } else {
        made.print()
    }
    let failed = findings.iter().any(|f| f.severity == Severity::Failure);
    Ok(if failed { Exit::CheckFailed } else { Exit::Done })
}

/// The body, and what lies deeper in it than its skin, if it has one.
fn bodies(
    solid: MeshField<Lps>,
    arguments: &Arguments,
    job: &Job,
) -> Result<(Solid<Lps>, Option<Solid<Lps>>), AnyError> {
    let (surface, by_mm) = (&arguments.surface, -arguments.rim);
    let steps = if surface.is_exact() { 1.0 } else { BAND_STEPS };
    let step = Mm(steps * arguments.step);
    let options = BandOptions { step, half_width: Mm(3.0 * step.0) };
    let (body, solid) = (band(&solid, &options, &job.labelled("distances"))?, Arc::new(solid));
    if by_mm == 0.0 {
        return Ok((surface.of(body, solid), None));
    }
    let core = offset(&solid, Mm(by_mm), &options, &job.labelled("skin"))?;
    let deeper = Offset { inner: Arc::clone(&solid), by_mm };
    Ok((surface.of(body, solid), Some(surface.of(core, deeper))))
}

/// The body filled with the lattice, under a skin around its core, if it has one.
fn porous(
    body: Solid<Lps>,
    core: Option<Solid<Lps>>,
    filling: Solid<Lps>,
    mesh: &TriMesh<Lps>,
    arguments: &Arguments,
) -> Result<Solid<Lps>, AnyError> {
    let Some(core) = core else {
        return Ok(Box::new(Intersection(vec![body, filling])));
    };
    let skin = Skin {
        rim_mm: arguments.rim,
        axis: arguments.open as usize,
        fillet_mm: arguments.transition,
    };
    skin.around((body, mesh), core, filling, arguments.step)
}
