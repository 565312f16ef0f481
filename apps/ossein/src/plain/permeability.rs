//! `ossein permeability image.nii.gz`, `--cell gyroid --fraction 0.3`: creeping flow through the void of a periodic cell.

use std::path::{Path, PathBuf};

use ossein_porous::Voxels;
use ossein_porous::stokes::{self, Flow, FlowOptions, WallShear, permeability_and, wall_shear};
use serde_json::json;

use super::section::Section;
use super::segmentation::Segmentation;
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::positive;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    segmentation: Segmentation,
    /// Largest residual; the permeability's own error falls with its square.
    #[arg(long, default_value_t = 1e-3, value_parser = positive)]
    residual: f64,
    /// Mean velocity of the flow along each axis in turn, for the shear at the walls.
    #[arg(long, value_name = "MM_PER_S", default_value_t = 1.0, value_parser = positive)]
    velocity: f64,
    /// The fluid's viscosity: water 1, blood 3 to 4.
    #[arg(long, value_name = "MPA_S", default_value_t = 1.0, value_parser = positive)]
    viscosity: f64,
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
    let voxels = arguments.segmentation.voxels(stokes::BYTES_A_VOXEL)?;
    let options = FlowOptions {
        residual_max: arguments.residual,
        iteration_count_max: 2000,
        byte_count_max: arguments.segmentation.memory.bytes(),
    };
    let job = progress::job();
    let mut shear: [Option<WallShear>; 3] = [None; 3];
    let mut drawn = None;
    let take = |flow: &Flow| {
        let Arguments { velocity, viscosity, .. } = *arguments;
        shear[flow.axis] = wall_shear(&voxels, flow, velocity, viscosity);
        if flow.axis == 0 && flow.mean[0] > 0.0 && arguments.picture.is_some() {
            drawn = Some(speeds(&voxels, flow));
        }
    };
    let found = permeability_and(&voxels, &options, &job, take)
        .map_err(|e| format!("{}: {e}", arguments.segmentation.name()))?;
    if let Some(path) = &arguments.picture {
        draw(path, &voxels, drawn)?;
    }
    progress::clear();
    if arguments.json {
        print_json(&json!({
            "image": arguments.segmentation.image,
            "cell": arguments.segmentation.cell.cell,
            "size": voxels.size,
            "voxel_mm": voxels.spacing_mm,
            "permeability": found,
            "velocity_mm_per_s": arguments.velocity,
            "viscosity_mpa_s": arguments.viscosity,
            "wall_shear": shear,
        }));
        return Ok(Exit::Done);
    }
    println!("porosity {:.4}", found.porosity);
    println!("permeability, 1e-9 m2 (row: flow, column: gradient)");
    for row in found.tensor_mm2 {
        // 1 mm2 is 1e-6 m2.
        println!("  {:12.6} {:12.6} {:12.6}", row[0] * 1e3, row[1] * 1e3, row[2] * 1e3);
    }
    let Arguments { velocity, viscosity, .. } = arguments;
    println!("wall shear, mPa, at {velocity} mm/s and {viscosity} mPa s");
    println!("  along {:>12} {:>12} {:>12}", "mean", "median", "90 %");
    for (axis, shear) in ["x", "y", "z"].into_iter().zip(shear) {
        let Some(shear) = shear else { continue };
        let [mean, median, high] =
            [shear.mean_pa, shear.median_pa, shear.ninetieth_percentile_pa].map(|pa| 1e3 * pa);
        println!("  {axis:<5} {mean:12.4} {median:12.4} {high:12.4}");
    }
    Ok(Exit::Done)
}

/// The speed of a flow along x over its mean, in the middle of the cell across y.
fn speeds(voxels: &Voxels, flow: &Flow) -> Vec<f32> {
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
    Section::across_y(size).values(speed)
}

/// Draws them.
fn draw(path: &Path, voxels: &Voxels, speeds: Option<Vec<f32>>) -> Result<(), AnyError> {
    let nothing = || format!("{}: nothing flows along x: no speed to draw", path.display());
    let values = speeds.ok_or_else(nothing)?;
    let section = Section::across_y(voxels.size);
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
    let caption = "flow along x, in the middle across y".to_owned();
    section.draw(path, values, most, voxels.spacing_mm[0], ["speed over its mean".into(), caption])
}
