//! `ossein lattice part.stl --cell gyroid --porosity 0.7 --pore 0.8 -o part.3mf`: a body becomes
//! porous.

use std::path::PathBuf;
use std::sync::Arc;

use ossein_field::Field;
use ossein_field::band::{BandOptions, band, offset};
use ossein_field::boolean::{Blend, Intersection, Solid, Union};
use ossein_field::lattice::{self, Plan, Target};
use ossein_field::main_part::MainPart;
use ossein_field::mesh_distance::MeshField;
use ossein_field::operators::Offset;
use ossein_geom::{Aabb, Finding, Job, Lps, Mm, Point, Severity, Vector};
use ossein_mesh::{check_watertight, measure};
use ossein_picture::Plane;
use serde_json::{Value, json};

use super::surface::Surface;
use super::{body, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{not_negative, positive};
use crate::{Exit, progress};

/// Samples across the body's own surface for one of the lattice's: it is smooth.
const BAND_STEPS: f64 = 2.0;
/// More than this part of the solid in loose pieces is worth a warning.
const LOOSE_PART_MAX: f64 = 0.01;

/// A wall or strut takes so many samples: with fewer its surface lies well inside it, or tears.
const SAMPLES_ACROSS_MIN: f64 = 3.0;

/// A fillet reaches so many radii: distances of a band are told a little short.
const FILLET_REACH: f64 = 1.5;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The body: STL, PLY, OBJ or 3MF; open and crossing surfaces too.
    part: PathBuf,
    /// The lattice; a wrong word prints the list.
    #[arg(long, default_value = "gyroid")]
    cell: String,
    /// Void over volume.
    #[arg(long, value_name = "0..1", value_parser = positive)]
    porosity: Option<f64>,
    /// Diameter of the largest ball in the void.
    #[arg(long, value_name = "MM", value_parser = positive)]
    pore: Option<f64>,
    /// Edge of the cell.
    #[arg(long, value_name = "MM", value_parser = positive)]
    period: Option<f64>,
    /// Wall or strut.
    #[arg(long, value_name = "MM", value_parser = positive)]
    thickness: Option<f64>,
    /// Young's modulus over that of the solid metal.
    #[arg(long, value_name = "0..1", value_parser = positive)]
    modulus_ratio: Option<f64>,
    /// Where random cells start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
    /// A picture of it, cut open in the middle, PNG.
    #[arg(long, value_name = "FILE")]
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

/// A solid whose section near both ends of an axis goes on unchanged to infinity.
struct Lengthened<T> {
    inner: T,
    axis: usize,
    from_mm: f64,
    to_mm: f64,
}

impl<T: Field<Lps>> Field<Lps> for Lengthened<T> {
    fn distance(&self, p: Point<Lps>) -> f64 {
        let mut at = p.array();
        at[self.axis] = at[self.axis].clamp(self.from_mm, self.to_mm);
        self.inner.distance(Point::from(at))
    }
    fn bounds(&self) -> Aabb<Lps> {
        let bounds = self.inner.bounds();
        let (mut min, mut max) = (bounds.min.array(), bounds.max.array());
        (min[self.axis], max[self.axis]) = (f64::NEG_INFINITY, f64::INFINITY);
        Aabb { min: Point::from(min), max: Point::from(max) }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn plan(arguments: &Arguments) -> Result<Plan, AnyError> {
    let kind = lattice::by_name(&arguments.cell)?.with_seed(arguments.seed);
    let mm = |value: Option<f64>| value.map(Mm);
    Ok(lattice::target::plan(&Target {
        period: mm(arguments.period),
        porosity: arguments.porosity,
        pore: mm(arguments.pore),
        thickness: mm(arguments.thickness),
        modulus_ratio: arguments.modulus_ratio,
        ..Target::of(kind)
    })?)
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    let (step, rim) = (arguments.step, arguments.rim);
    if !(step > 0.0 && step < 10.0 && (0.0..1e3).contains(&rim)) {
        return Err(format!("--step {step} --rim {rim}: lengths in mm, the step above 0").into());
    }
    arguments.surface.check()?;
    let plan = plan(arguments)?;
    let body = part::read(&arguments.part)?;
    let job = progress::job();
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", arguments.part.display());
    let (solid, crossing) = match rim > 0.0 {
        true => body::deep_solid(&body, step, &job)?,
        false => (MeshField::new(&body).map_err(|e| told(&e))?, None),
    };
    let mut findings: Vec<Finding> = crossing.into_iter().collect();
    if !solid.is_closed() {
        let count = solid.open_edge_count();
        let text = format!("the body has {count} open edges; its winding number says what is in");
        findings.push(Finding::warning("lattice.open", "part", text));
    }
    findings.extend(coarse(&plan, step));
    let (filled, core) = bodies(solid, arguments, &job)?;
    let cell = porous(filled, core, &plan, arguments)?;
    let whole = MainPart::new(cell, step, &job.labelled("pieces"))?;
    findings.extend(loose(&whole).into_iter().flatten());
    let (mesh, blunt) = arguments.surface.mesh(&whole, &whole.samples(), &job)?;
    findings.extend(blunt);
    let closed = check_watertight(mesh).map_err(|e| format!("the surface is not closed: {e}"))?;
    let body_mm3 = measure::volume_mm3(&body).abs();
    let figures = json!({
        "cell": plan.kind.word(),
        "period_mm": plan.period_mm,
        "thickness_mm": plan.thickness_mm,
        "pore_mm": plan.figures.pore_mm,
        "throat_mm": plan.figures.throat_mm,
        "porosity_of_cell": 1.0 - plan.solid_fraction,
        "modulus_ratio": plan.modulus_ratio,
        "body_volume_mm3": body_mm3,
        "volume_mm3": measure::volume_mm3(closed.mesh()),
        "solid_fraction": measure::volume_mm3(closed.mesh()) / body_mm3,
        "surface_area_mm2": measure::area_mm2(closed.mesh()),
        "genus": measure::genus(&closed),
        "triangle_count": closed.mesh().triangles.len(),
        "findings": findings,
    });
    part::write(&arguments.out, closed.mesh())?;
    if let Some(picture) = &arguments.picture {
        let center = closed.mesh().bounds().center();
        let cut = Plane { point: center, normal: Vector::new(0.0, -1.0, 0.0) };
        let caption = vec![format!("{}, period {:.2} mm", plan.kind.title(), plan.period_mm)];
        part::draw(picture, closed.mesh(), caption, Some(cut), &job)?;
    }
    progress::clear();
    findings.iter().for_each(progress::finding);
    if arguments.json {
        print_json(&figures)
    } else {
        print(&figures)
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
    let steps = if surface.keeps_edges() { 1.0 } else { BAND_STEPS };
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

/// The body filled with the lattice, under a skin around its core that leaves both ends of an axis
/// open.
fn porous(
    body: Solid<Lps>,
    core: Option<Solid<Lps>>,
    plan: &Plan,
    arguments: &Arguments,
) -> Result<Solid<Lps>, AnyError> {
    let filling = plan.solid(Point::ORIGIN);
    let Some(inner) = core else {
        return Ok(Box::new(Intersection(vec![body, filling])));
    };
    let (rim_mm, axis) = (arguments.rim, arguments.open as usize);
    let bounds = body.bounds();
    // So deep that neither the core nor its fillet knows of the ends.
    let fillet_mm = FILLET_REACH * arguments.transition.unwrap_or(0.0);
    let depth_mm = rim_mm + (0.5 * rim_mm).max(fillet_mm);
    let (from_mm, to_mm) = (bounds.min[axis] + depth_mm, bounds.max[axis] - depth_mm);
    if from_mm >= to_mm {
        return Err(format!("a skin of {rim_mm} mm leaves nothing of the body open").into());
    }
    let core = Lengthened { inner, axis, from_mm, to_mm };
    let skin: Solid<Lps> = Box::new(Outside(core));
    let filled: Solid<Lps> = match arguments.transition {
        None => Box::new(Union::new(vec![skin, filling])),
        Some(radius_mm) => Box::new(Blend { a: skin, b: filling, radius_mm }),
    };
    Ok(Box::new(Intersection(vec![body, filled])))
}

/// All that a solid leaves free.
struct Outside<T>(T);

impl<T: Field<Lps>> Field<Lps> for Outside<T> {
    fn distance(&self, p: Point<Lps>) -> f64 {
        -self.0.distance(p)
    }
    fn bounds(&self) -> Aabb<Lps> {
        let far = f64::INFINITY;
        Aabb { min: Point::new(-far, -far, -far), max: Point::new(far, far, far) }
    }
}

fn coarse(plan: &Plan, step: f64) -> Option<Finding> {
    let across = plan.thickness_mm / step;
    let text = format!(
        "walls or struts of {:.3} mm have {across:.1} samples across: take --step {:.3} or less",
        plan.thickness_mm,
        plan.thickness_mm / SAMPLES_ACROSS_MIN
    );
    // As the text rounds.
    (1.01 * across < SAMPLES_ACROSS_MIN).then(|| {
        Finding::warning("lattice.coarse", "lattice", text).measured(across, SAMPLES_ACROSS_MIN, "")
    })
}

/// What makes a finding of a code, a place and words.
type Maker = fn(&str, &'static str, String) -> Finding;

/// What hung on nothing, and what no way led out of: where that is more than a trifle, the first is
/// a warning, and the second fails, for it makes the part another one.
fn loose(whole: &MainPart<Lps, Solid<Lps>>) -> [Option<Finding>; 2] {
    let volume_mm3 = whole.volume_mm3.max(1e-9);
    let told = |grave: Maker, code, (count, mm3): (usize, f64), text: String| {
        let part = mm3 / volume_mm3;
        let finding = if part > LOOSE_PART_MAX { grave } else { Finding::note };
        (count > 0).then(|| finding(code, "lattice", text).measured(part, LOOSE_PART_MAX, ""))
    };
    let percent =
        |mm3: f64| format!("{mm3:.3} mm3, {:.1} % of the solid", 100.0 * mm3 / volume_mm3);
    let (dropped, filled) =
        ((whole.dropped_count, whole.dropped_mm3), (whole.filled_count, whole.filled_mm3));
    let loose = format!("{} loose pieces ({}) are dropped", dropped.0, percent(dropped.1));
    let sealed = format!(
        "{} pores that no way leads out of ({}) are filled: under a skin, only flat ends along \
         --open let powder out",
        filled.0,
        percent(filled.1)
    );
    [
        told(Finding::warning, "lattice.loose", dropped, loose),
        told(Finding::failure, "lattice.sealed", filled, sealed),
    ]
}

fn print(figures: &Value) {
    for (key, unit) in [
        ("cell", ""),
        ("period_mm", ""),
        ("thickness_mm", ""),
        ("pore_mm", ""),
        ("throat_mm", ""),
        ("porosity_of_cell", ""),
        ("modulus_ratio", "of the solid's"),
        ("body_volume_mm3", ""),
        ("volume_mm3", ""),
        ("solid_fraction", "of the body"),
        ("surface_area_mm2", ""),
        ("genus", ""),
        ("triangle_count", ""),
    ] {
        match &figures[key] {
            Value::Null => {}
            Value::String(word) => println!("{key:<18} {word} {unit}"),
            Value::Number(n) if n.is_f64() => {
                println!("{key:<18} {:.4} {unit}", n.as_f64().unwrap_or(f64::NAN));
            }
            other => println!("{key:<18} {other} {unit}"),
        }
    }
}
