//! `ossein mesh boolean`: as fields, so that open, dirty and touching surfaces work.

use std::path::{Path, PathBuf};

use ossein_field::band::{BandOptions, band};
use ossein_field::boolean::{Difference, Intersection, Solid};
use ossein_field::mesh_distance::MeshField;
use ossein_field::{Block, Field, INSIDE_STEPS, Interval};
use ossein_geom::{Aabb, Finding, Job, Lps, Mm, Point, Vector};
use ossein_mesh::extract::samples_around;
use ossein_mesh::measure;
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::positive;
use crate::plain::surface::Surface;
use crate::plain::{body, part};
use crate::{Exit, progress};

/// A sample that lies this part of a step deep on both faces counts as inside.
const TOUCHING_STEPS: f64 = 4.0 * INSIDE_STEPS;
/// Looked at around such a place is what lies so many times that deep beside it.
const BESIDE: f64 = 100.0;

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
    #[arg(long, value_name = "MM", default_value_t = 0.1, value_parser = positive)]
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
fn solid(
    path: &Path,
    arguments: &Arguments,
    job: &Job,
) -> Result<(Solid<Lps>, Option<Finding>), AnyError> {
    let mesh = part::read(path)?;
    let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let solid = MeshField::new(&mesh).map_err(|e| told(&e))?;
    let step = arguments.step;
    let options = BandOptions { step: Mm(step), half_width: Mm(3.0 * step) };
    let band = band(&solid, &options, &job.labelled("distances")).map_err(|e| told(&e))?;
    Ok((arguments.surface.of(band, solid), body::thin(&mesh, step, job)?))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    arguments.surface.check()?;
    let job = progress::job();
    let (first, thin) = solid(&arguments.first, arguments, &job)?;
    let (second, also_thin) = solid(&arguments.second, arguments, &job)?;
    let made: Solid<Lps> = match arguments.op {
        Operation::Union => {
            let depth_mm = TOUCHING_STEPS * arguments.step;
            Box::new(Joined { parts: [first, second], depth_mm })
        }
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
    let findings: Vec<Finding> = [thin, also_thin, blunt].into_iter().flatten().collect();
    findings.iter().for_each(progress::finding);
    let volume = measure::volume_mm3(&mesh);
    if arguments.json {
        print_json(&json!({
            "volume_mm3": volume,
            "surface_area_mm2": measure::area_mm2(&mesh),
            "triangle_count": mesh.triangles.len(),
            "findings": findings,
        }));
    } else {
        println!("{volume:.3} mm3, {} triangles", mesh.triangles.len());
    }
    Ok(Exit::Done)
}

/// Two solids as one: where their faces touch there is no gap, though both are zero there.
struct Joined {
    parts: [Solid<Lps>; 2],
    /// How deep the place lies where both are zero, mm.
    depth_mm: f64,
}

impl Joined {
    /// What the union is at `p`, given both parts there.
    fn of(&self, p: Point<Lps>, [a, b]: [f64; 2]) -> f64 {
        let bias = self.depth_mm - a.abs().max(b.abs());
        if bias > 0.0 && self.surrounds(p) { a.min(b) - bias } else { a.min(b) }
    }

    /// Whether the parts fill all that is around a place: faces that touch do, edges do not.
    fn surrounds(&self, p: Point<Lps>) -> bool {
        let reach = BESIDE * self.depth_mm;
        (0..8).all(|n: usize| {
            let side = |axis: usize| if n >> axis & 1 == 1 { reach } else { -reach };
            let corner = p + Vector::new(side(0), side(1), side(2));
            self.parts.iter().any(|part| part.distance(corner) < 0.0)
        })
    }
}

impl Field<Lps> for Joined {
    fn distance(&self, p: Point<Lps>) -> f64 {
        self.of(p, [0, 1].map(|n: usize| self.parts[n].distance(p)))
    }
    fn bounds(&self) -> Aabb<Lps> {
        let [a, b] = &self.parts;
        a.bounds().union(b.bounds())
    }
    fn sample(&self, block: &Block<Lps>, distances: &mut [f32]) {
        let [a, b] = &self.parts;
        let mut other = vec![0.0; distances.len()];
        a.sample(block, distances);
        b.sample(block, &mut other);
        let [ni, nj, _] = block.size;
        for (n, (a, b)) in distances.iter_mut().zip(other).enumerate() {
            let p = block.point(n % ni, n / ni % nj, n / (ni * nj));
            *a = self.of(p, [*a, b].map(f64::from)) as f32;
        }
    }
    fn range(&self, region: &Aabb<Lps>) -> Interval {
        let [a, b] = [0, 1].map(|n: usize| self.parts[n].range(region));
        Interval { min: a.min.min(b.min) - self.depth_mm, max: a.max.min(b.max) }
    }
}
