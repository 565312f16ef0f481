//! `ossein permeability image.nii.gz`: creeping flow through the void of a periodic cell.

use std::path::{Path, PathBuf};

use ossein_geom::Job;
use ossein_porous::Voxels;
use ossein_porous::stokes::{FlowOptions, flow, permeability};
use serde_json::json;

use super::image::Segmentation;
use super::section::Section;
use crate::commands::{AnyError, ended, print_json};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    segmentation: Segmentation,
    /// Largest residual; the permeability's own error falls with its square.
    #[arg(long, default_value_t = 1e-3)]
    residual: f64,
    /// MiB that the flow may take.
    #[arg(long, value_name = "MIB", default_value_t = 16 << 10)]
    memory: u64,
    /// A picture of the speed of a flow along x, in the middle of the cell across y, PNG.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let voxels = arguments.segmentation.voxels()?;
    let options = FlowOptions {
        residual_max: arguments.residual,
        iteration_count_max: 2000,
        byte_count_max: arguments.memory << 20,
    };
    let job = progress::job();
    let found = permeability(&voxels, &options, &job)
        .map_err(|e| format!("{}: {e}", arguments.segmentation.image.display()))?;
    if let Some(path) = &arguments.picture {
        draw(path, &voxels, &options, &job)?;
    }
    progress::clear();
    if arguments.json {
        print_json(&json!({
            "size": voxels.size,
            "voxel_mm": voxels.spacing_mm,
            "permeability": found,
        }));
        return Ok(Exit::Done);
    }
    println!("porosity {:.4}", found.porosity);
    println!("permeability, 1e-9 m2 (row: flow, column: gradient)");
    for row in found.tensor_mm2 {
        // 1 mm2 is 1e-6 m2.
        println!("  {:12.6} {:12.6} {:12.6}", row[0] * 1e3, row[1] * 1e3, row[2] * 1e3);
    }
    Ok(Exit::Done)
}

/// Draws the speed of a flow along x over its mean.
fn draw(path: &Path, voxels: &Voxels, options: &FlowOptions, job: &Job) -> Result<(), AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let job = job.labelled("flow for the picture");
    let flow = flow(voxels, 0, options, &job).map_err(|e| told(&e))?;
    if !(flow.mean[0] > 0.0) {
        return Err(told(&"nothing flows along x: there is no speed to draw"));
    }
    let size = voxels.size;
    let index = |[i, j, k]: [usize; 3]| (k * size[1] + j) * size[0] + i;
    let speed = |at: [usize; 3]| {
        if voxels.solid[index(at)] {
            return f32::NAN;
        }
        // The mean of both faces along each axis.
        let along = |a: usize| {
            let mut next = at;
            next[a] = (at[a] + 1) % size[a];
            0.5 * (flow.velocity[a][index(at)] + flow.velocity[a][index(next)])
        };
        let square: f32 = (0..3).map(|a| along(a) * along(a)).sum();
        square.sqrt() / flow.mean[0] as f32
    };
    let section = Section::across_y(size);
    let values = section.values(speed);
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
    let caption = "flow along x, in the middle across y".to_owned();
    section.draw(path, values, most, voxels.spacing_mm[0], ["speed over its mean".into(), caption])
}
