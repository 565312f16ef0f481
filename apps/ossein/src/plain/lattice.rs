//! `ossein lattice part.stl --cell gyroid --porosity 0.7 --pore 0.8 -o part.3mf`: a body becomes
//! porous.

use std::path::PathBuf;

use ossein_field::boolean::{Intersection, Shell, Solid, Union};
use ossein_field::lattice::{self, Plan, Target};
use ossein_field::mesh_distance::MeshField;
use ossein_field::{Field, MainPart};
use ossein_geom::{Finding, Job, Lps, Mm};
use ossein_mesh::{extract, measure};
use serde_json::json;

use super::{mesh, picture};
use crate::commands::{AnyError, ended, print_json};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The body: STL, PLY, OBJ or 3MF; open and crossing surfaces too.
    part: PathBuf,
    /// The lattice: a word of the list that a wrong word prints.
    #[arg(long, default_value = "gyroid")]
    cell: String,
    /// Void over volume.
    #[arg(long, value_name = "0..1")]
    porosity: Option<f64>,
    /// Diameter of the largest ball in the void.
    #[arg(long, value_name = "MM")]
    pore: Option<f64>,
    /// Edge of the cell.
    #[arg(long, value_name = "MM")]
    period: Option<f64>,
    /// Wall or strut.
    #[arg(long, value_name = "MM")]
    thickness: Option<f64>,
    /// Young's modulus over that of the solid metal.
    #[arg(long, value_name = "0..1")]
    modulus_ratio: Option<f64>,
    /// Where random cells start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Solid skin inside the body's surface.
    #[arg(long, value_name = "MM", default_value_t = 0.0)]
    rim: f64,
    /// Distance between samples.
    #[arg(long, value_name = "MM", default_value_t = 0.1)]
    step: f64,
    /// The file to write: .3mf, .stl, .ply or .obj.
    #[arg(long, short)]
    out: PathBuf,
    /// A picture of it, PNG.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn target(arguments: &Arguments) -> Result<Plan, AnyError> {
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
