//! `ossein permeability image.nii.gz`: creeping flow through the void of a periodic cell.

use ossein_porous::stokes::{FlowOptions, permeability};
use serde_json::json;

use super::image::Segmentation;
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
