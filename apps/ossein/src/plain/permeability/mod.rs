//! `ossein permeability image.nii.gz`, `--cell gyroid --fraction 0.3`: creeping flow through the void of a periodic cell.

mod picture;
mod report;
mod sample;

use std::path::PathBuf;

use ossein_geom::Job;
use ossein_porous::Voxels;
use ossein_porous::stokes::{
    self, Flow, FlowOptions, Permeability, WallShear, permeability, permeability_and, wall_shear,
};

use super::file;
use super::segmentation::Segmentation;
use crate::commands::{AnyError, ended};
use crate::plain::number::positive;
use crate::{Exit, progress};
use report::{Report, Second};

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
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
    /// The image is a sample cut from a larger structure, not a cell that repeats itself: its sides
    /// are sealed, and open layers before and behind it feed and take the flow along each axis.
    #[arg(long, conflicts_with = "picture")]
    sample: bool,
    /// Thickness of those layers; without it a quarter of the sample's length.
    #[arg(long, value_name = "MM", requires = "sample", value_parser = positive)]
    reservoir: Option<f64>,
    /// Also in voxels of half the edge, and carried from both to voxels of no size.
    #[arg(long)]
    second_resolution: bool,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

impl Arguments {
    fn options(&self) -> FlowOptions {
        FlowOptions {
            residual_max: self.residual,
            iteration_count_max: 2000,
            byte_count_max: self.segmentation.memory.bytes(),
        }
    }

    /// An error with the name of what is measured.
    fn told(&self, error: &dyn std::fmt::Display) -> AnyError {
        format!("{}: {error}", self.segmentation.name()).into()
    }

    /// The same in voxels of half the edge, where that is asked for.
    fn finer(&self, voxels: &Voxels) -> Result<Option<Voxels>, AnyError> {
        let finer = || self.segmentation.finer(voxels, stokes::BYTES_A_VOXEL);
        self.second_resolution.then(finer).transpose()
    }
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let voxels = arguments.segmentation.voxels(stokes::BYTES_A_VOXEL)?;
    // What is too large is said before work starts.
    let finer = arguments.finer(&voxels)?;
    let job = progress::job();
    let report = if arguments.sample {
        sample::measure(arguments, &voxels, finer.as_ref(), &job)?
    } else {
        of_cell(arguments, &voxels, finer.as_ref(), &job)?
    };
    progress::clear();
    report.tell(arguments, &voxels);
    Ok(Exit::Done)
}

/// The tensor of a periodic cell, with the shear at its walls.
fn of_cell(
    arguments: &Arguments,
    voxels: &Voxels,
    finer: Option<&Voxels>,
    job: &Job,
) -> Result<Report, AnyError> {
    let options = arguments.options();
    let mut shear: [Option<WallShear>; 3] = [None; 3];
    let mut drawn = None;
    let take = |flow: &Flow| {
        let Arguments { velocity, viscosity, .. } = *arguments;
        shear[flow.axis] = wall_shear(voxels, flow, velocity, viscosity);
        if flow.axis == 0 && flow.mean[0] > 0.0 && arguments.picture.is_some() {
            drawn = Some(picture::speeds(voxels, flow));
        }
    };
    let found = permeability_and(voxels, &options, job, take).map_err(|e| arguments.told(&e))?;
    if let Some(path) = &arguments.picture {
        picture::draw(path, voxels, drawn)?;
    }
    let fine = |finer: &Voxels| -> Result<(f64, Permeability), AnyError> {
        let found = permeability(finer, &options, &job.labelled("half the edge"));
        Ok((finer.spacing_mm[0], found.map_err(|e| arguments.told(&e))?))
    };
    let fine = finer.map(fine).transpose()?;
    let second = fine.map(|(edge, fine)| Second::of(edge, found.tensor_mm2, fine.tensor_mm2));
    Ok(Report::Cell { found, shear, second })
}
