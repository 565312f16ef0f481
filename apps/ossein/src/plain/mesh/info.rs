//! `ossein mesh info`.

use std::path::PathBuf;

use ossein_geom::{Deg, Lps, TriMesh, Vector};
use ossein_mesh::curvature::curvature;
use ossein_mesh::intersect::{Crossing, self_crossings};
use ossein_mesh::thickness::{Thickness, thickness};
use ossein_mesh::{Tree, check_watertight, measure};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::counted;
use crate::plain::{file, part};
use crate::{Exit, progress};

/// The way layers grow.
const UP: Vector<Lps> = Vector::new(0.0, 0.0, 1.0);
/// Faces this near to straight down need support.
const STEEP: Deg = Deg(45.0);
/// Places at which walls are looked at.
const WALL_COUNT: usize = 20_000;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The surface: STL, PLY, OBJ or 3MF.
    part: PathBuf,
    /// Its mean curvature at each vertex, 1/mm, .ply.
    #[arg(long, value_name = "FILE")]
    curvature: Option<PathBuf>,
    /// A picture of it, PNG.
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(tell(arguments))
}

fn tell(arguments: &Arguments) -> Result<Exit, AnyError> {
    arguments.curvature.as_deref().map(part::check_valued).transpose()?;
    let mesh = part::read(&arguments.part)?;
    let (job, tree) = (progress::job(), Tree::new(&mesh));
    let crossings = self_crossings(&mesh, &tree, &job.labelled("crossings"))?;
    let walls = thickness(&mesh, &tree, WALL_COUNT, &job.labelled("walls"))?;
    let bends: Vec<f32> = curvature(&mesh).iter().map(|c| c.mean_per_mm as f32).collect();
    if let Some(path) = &arguments.curvature {
        part::write_valued(path, &mesh, "mean_curvature_per_mm", &bends)?;
    }
    if let Some(picture) = &arguments.picture {
        let caption = vec![arguments.part.file_name().unwrap_or_default().to_string_lossy().into()];
        part::draw(picture, &mesh, caption, None, &job.labelled("picture"))?;
    }
    progress::clear();
    let facts = Facts::new(mesh, &crossings, walls, bends);
    if arguments.json {
        print_json(&facts.as_json())
    } else {
        facts.print()
    }
    Ok(if facts.is_printable() { Exit::Done } else { Exit::CheckFailed })
}

/// All that is told of a surface.
struct Facts {
    vertex_count: usize,
    triangle_count: usize,
    size_mm: [f64; 3],
    volume_mm3: f64,
    area_mm2: f64,
    overhang_mm2: f64,
    walls: Option<Thickness<Lps>>,
    /// Mean curvature below which 5, 50 and 95 % of the vertices lie, 1/mm.
    bends: [f32; 3],
    /// Pieces and handles of a closed surface, or why it is none.
    closed: Result<(usize, i64), String>,
    crossing_count: usize,
    first_crossing_mm: Option<[f64; 3]>,
}

impl Facts {
    fn new(
        mesh: TriMesh<Lps>,
        crossings: &[Crossing],
        walls: Option<Thickness<Lps>>,
        bends: Vec<f32>,
    ) -> Self {
        Self {
            vertex_count: mesh.vertices.len(),
            triangle_count: mesh.triangles.len(),
            size_mm: mesh.bounds().size().array(),
            volume_mm3: measure::volume_mm3(&mesh),
            area_mm2: measure::area_mm2(&mesh),
            overhang_mm2: measure::overhang_mm2(&mesh, UP, STEEP),
            walls,
            bends: percentiles(bends, [0.05, 0.5, 0.95]),
            crossing_count: crossings.len(),
            first_crossing_mm: crossings.first().map(|c| c.place(&mesh).array()),
            closed: check_watertight(mesh)
                .map(|closed| (closed.component_count(), measure::genus(&closed)))
                .map_err(|defects| defects.to_string()),
        }
    }

    fn is_inside_out(&self) -> bool {
        self.closed.is_ok() && self.volume_mm3 < 0.0
    }

    fn is_printable(&self) -> bool {
        self.closed.is_ok() && self.crossing_count == 0 && !self.is_inside_out()
    }

    fn as_json(&self) -> Value {
        let (closed, [p5, p50, p95]) = (self.closed.as_ref(), self.bends);
        json!({
            "vertex_count": self.vertex_count,
            "triangle_count": self.triangle_count,
            "size_mm": self.size_mm,
            "volume_mm3": self.volume_mm3,
            "surface_area_mm2": self.area_mm2,
            "overhang_mm2": self.overhang_mm2,
            "wall_mm": self.walls.map(|w| json!({
                "min": w.min_mm,
                "min_place": w.min_place.array(),
                "p5": w.p5_mm,
                "p50": w.p50_mm,
                "p95": w.p95_mm,
            })),
            "mean_curvature_per_mm": { "p5": p5, "p50": p50, "p95": p95 },
            "piece_count": closed.ok().map(|closed| closed.0),
            "genus": closed.ok().map(|closed| closed.1),
            "defect": closed.err(),
            "crossing_count": self.crossing_count,
            "first_crossing_mm": self.first_crossing_mm,
            "inside_out": self.is_inside_out(),
            "printable": self.is_printable(),
        })
    }

    fn print(&self) {
        let [x, y, z] = self.size_mm;
        println!("vertices    {}", self.vertex_count);
        println!("triangles   {}", self.triangle_count);
        println!("size        {x:.3} x {y:.3} x {z:.3} mm");
        let caution = if self.closed.is_err() { ", as if its holes were closed" } else { "" };
        println!("volume      {:.4} mm3{caution}", self.volume_mm3);
        println!("area        {:.4} mm2", self.area_mm2);
        println!("overhang    {:.4} mm2 face down within {STEEP} of vertical", self.overhang_mm2);
        if let Some(w) = self.walls {
            let (p5, p50, p95) = (w.p5_mm, w.p50_mm, w.p95_mm);
            println!("walls       {p50:.3} mm in the middle, {p5:.3} to {p95:.3} over 5 to 95 %");
            let [x, y, z] = w.min_place.array();
            println!("thinnest    {:.3} mm at ({x:.2}, {y:.2}, {z:.2})", w.min_mm);
        }
        let [low, middle, high] = self.bends;
        println!(
            "curvature   {middle:.3} 1/mm in the middle, {low:.3} to {high:.3} over 5 to 95 %"
        );
        match &self.closed {
            Ok((pieces, handles)) => {
                println!(
                    "closed      {}, {}",
                    counted(*pieces, "piece"),
                    counted(*handles, "handle")
                );
            }
            Err(defect) => println!("not closed  {defect}"),
        }
        if self.is_inside_out() {
            println!("inside out  `ossein mesh repair` turns it");
        }
        match self.first_crossing_mm {
            Some([x, y, z]) => println!(
                "crossings   {} of triangles, the first at ({x:.2}, {y:.2}, {z:.2})",
                counted(self.crossing_count, "pair")
            ),
            None => println!("crossings   none"),
        }
    }
}

/// The values that these parts of all values lie below.
fn percentiles(mut values: Vec<f32>, parts: [f64; 3]) -> [f32; 3] {
    values.sort_unstable_by(f32::total_cmp);
    parts.map(|part| values[(part * (values.len() - 1) as f64).round() as usize])
}
