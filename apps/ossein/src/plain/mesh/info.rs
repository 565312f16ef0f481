//! `ossein mesh info`.

use std::path::PathBuf;

use ossein_geom::{Deg, Lps, Vector};
use ossein_mesh::intersect::self_crossings;
use ossein_mesh::{Tree, check_watertight, measure};
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::counted;
use crate::plain::part;
use crate::{Exit, progress};

/// The way layers grow.
const UP: Vector<Lps> = Vector::new(0.0, 0.0, 1.0);
/// Faces this near to straight down need support.
const STEEP: Deg = Deg(45.0);

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The surface: STL, PLY, OBJ or 3MF.
    part: PathBuf,
    /// A picture of it, PNG.
    #[arg(long, value_name = "FILE")]
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
    let mesh = part::read(&arguments.part)?;
    let job = progress::job().labelled("crossings");
    let crossings = self_crossings(&mesh, &Tree::new(&mesh), &job)?;
    if let Some(picture) = &arguments.picture {
        let caption = vec![arguments.part.file_name().unwrap_or_default().to_string_lossy().into()];
        part::draw(picture, &mesh, caption, None, &job.labelled("picture"))?;
    }
    progress::clear();
    let size = mesh.bounds().size();
    let (volume, area) = (measure::volume_mm3(&mesh), measure::area_mm2(&mesh));
    let overhang = measure::overhang_mm2(&mesh, UP, STEEP);
    let (vertex_count, triangle_count) = (mesh.vertices.len(), mesh.triangles.len());
    let place = crossings.first().map(|c| c.place(&mesh).array());
    let (pieces, handles, defect) = match check_watertight(mesh) {
        Ok(closed) => (Some(closed.component_count()), Some(measure::genus(&closed)), None),
        Err(defects) => (None, None, Some(defects.to_string())),
    };
    let inside_out = defect.is_none() && volume < 0.0;
    let printable = defect.is_none() && crossings.is_empty() && !inside_out;
    if arguments.json {
        print_json(&json!({
            "vertex_count": vertex_count,
            "triangle_count": triangle_count,
            "size_mm": [size.x, size.y, size.z],
            "volume_mm3": volume,
            "surface_area_mm2": area,
            "overhang_mm2": overhang,
            "piece_count": pieces,
            "genus": handles,
            "defect": defect,
            "crossing_count": crossings.len(),
            "first_crossing_mm": place,
            "inside_out": inside_out,
            "printable": printable,
        }));
    } else {
        println!("vertices    {vertex_count}");
        println!("triangles   {triangle_count}");
        println!("size        {:.3} x {:.3} x {:.3} mm", size.x, size.y, size.z);
        let caution = if defect.is_some() { ", as if its holes were closed" } else { "" };
        println!("volume      {volume:.4} mm3{caution}");
        println!("area        {area:.4} mm2");
        println!("overhang    {overhang:.4} mm2 face down within {} of vertical", STEEP);
        if let (Some(pieces), Some(handles)) = (pieces, handles) {
            println!("closed      {}, {}", counted(pieces, "piece"), counted(handles, "handle"));
        }
        if let Some(defect) = &defect {
            println!("not closed  {defect}");
        }
        if inside_out {
            println!("inside out  `ossein mesh repair` turns it");
        }
        match place {
            Some([x, y, z]) => println!(
                "crossings   {} of triangles, the first at ({x:.2}, {y:.2}, {z:.2})",
                counted(crossings.len(), "pair")
            ),
            None => println!("crossings   none"),
        }
    }
    Ok(if printable { Exit::Done } else { Exit::CheckFailed })
}
