//! What is told of a flow: to people as lines, to programs as JSON.

use ossein_porous::Voxels;
use ossein_porous::stokes::{Permeability, Sample, WallShear, extrapolated};
use serde::Serialize;
use serde_json::json;

use super::Arguments;
use crate::commands::print_json;
use crate::plain::resampling::short;

/// Walls of whole voxels: the error falls with the edge.
const ORDER: u32 = 1;
/// In units of 1e-9 m2: 1 mm2 is 1e-6 m2.
const SHOWN: f64 = 1e3;

/// What was found.
pub enum Report {
    /// Of a periodic cell.
    Cell {
        /// The tensor.
        found: Permeability,
        /// Along each axis.
        shear: [Option<WallShear>; 3],
        /// In voxels of half the edge.
        second: Option<Second>,
    },
    /// Of a sample with sealed sides.
    Sample {
        /// Along each axis.
        along: [Sample; 3],
        /// Open layers along each axis, mm.
        reservoir_mm: [f64; 3],
        /// In voxels of half the edge.
        second: Option<Second>,
    },
}

/// A second resolution, and what follows from both.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Second {
    /// Half the edge, mm.
    pub voxel_mm: f64,
    /// The tensor there; of a sample, its diagonal alone.
    pub tensor_mm2: [[f64; 3]; 3],
    /// With voxels of no size.
    pub extrapolated_mm2: [[f64; 3]; 3],
    /// Largest error of the first resolution's diagonal, relative to that.
    pub relative_error: f64,
}

impl Second {
    /// From the tensors of both.
    pub fn of(voxel_mm: f64, coarse: [[f64; 3]; 3], fine: [[f64; 3]; 3]) -> Self {
        let limit = [0, 1, 2]
            .map(|row| [0, 1, 2].map(|n| extrapolated(coarse[row][n], fine[row][n], ORDER)));
        let error = |a: usize| match limit[a][a] > 0.0 {
            true => (coarse[a][a] / limit[a][a] - 1.0).abs(),
            false => 0.0,
        };
        let relative_error = (0..3).map(error).fold(0.0, f64::max);
        Self { voxel_mm, tensor_mm2: fine, extrapolated_mm2: limit, relative_error }
    }

    fn print(&self) {
        println!("in voxels of {} mm", short(self.voxel_mm));
        self.tensor_mm2.iter().for_each(print_row);
        println!("with voxels of no size, from both");
        self.extrapolated_mm2.iter().for_each(print_row);
        println!("the first is off by {:.1} %", 100.0 * self.relative_error);
    }
}

impl Report {
    /// Tells it as `arguments` ask.
    pub fn tell(&self, arguments: &Arguments, voxels: &Voxels) {
        if arguments.json {
            self.tell_programs(arguments, voxels);
        } else {
            self.tell_people(arguments, voxels);
        }
    }

    fn tell_programs(&self, arguments: &Arguments, voxels: &Voxels) {
        let mut value = json!({
            "image": arguments.segmentation.image,
            "cell": arguments.segmentation.cell.cell,
            "size": voxels.size,
            "voxel_mm": voxels.spacing_mm,
        });
        let more = match self {
            Self::Cell { found, shear, second } => json!({
                "permeability": found,
                "velocity_mm_per_s": arguments.velocity,
                "viscosity_mpa_s": arguments.viscosity,
                "wall_shear": shear,
                "second_resolution": second,
            }),
            Self::Sample { along, reservoir_mm, second } => json!({
                "porosity": porosity(voxels),
                "sample": along,
                "reservoir_mm": reservoir_mm,
                "second_resolution": second,
            }),
        };
        if let (Some(all), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
            all.extend(more);
        }
        print_json(&value);
    }

    fn tell_people(&self, arguments: &Arguments, voxels: &Voxels) {
        let [x, y, z] = voxels.size;
        println!("size     {x} x {y} x {z} voxels of {} mm", short(voxels.spacing_mm[0]));
        let second = match self {
            Self::Cell { found, shear, second } => {
                println!("porosity {:.4}", found.porosity);
                println!("permeability, 1e-9 m2 (row: flow, column: gradient)");
                found.tensor_mm2.iter().for_each(print_row);
                print_shear(arguments, shear);
                second
            }
            Self::Sample { along, reservoir_mm, second } => {
                println!("porosity {:.4}", porosity(voxels));
                println!("permeability of the sample with sealed sides, 1e-9 m2");
                for (axis, (found, mm)) in "xyz".chars().zip(along.iter().zip(reservoir_mm)) {
                    let shown = SHOWN * found.permeability_mm2;
                    println!("  along {axis}  {shown:12.6}, between open layers of {mm:.4} mm");
                }
                second
            }
        };
        if let Some(second) = second {
            second.print();
        }
    }
}

fn porosity(voxels: &Voxels) -> f64 {
    1.0 - voxels.solid_count() as f64 / voxels.voxel_count() as f64
}

fn print_row(row: &[f64; 3]) {
    let [a, b, c] = row.map(|mm2| SHOWN * mm2);
    println!("  {a:12.6} {b:12.6} {c:12.6}");
}

fn print_shear(arguments: &Arguments, shear: &[Option<WallShear>; 3]) {
    let Arguments { velocity, viscosity, .. } = arguments;
    println!("wall shear, mPa, at {velocity} mm/s and {viscosity} mPa s");
    println!("  along {:>12} {:>12} {:>12}", "mean", "median", "90 %");
    for (axis, shear) in ["x", "y", "z"].into_iter().zip(shear) {
        let Some(shear) = shear else { continue };
        let [mean, median, high] =
            [shear.mean_pa, shear.median_pa, shear.ninetieth_percentile_pa].map(|pa| 1e3 * pa);
        println!("  {axis:<5} {mean:12.4} {median:12.4} {high:12.4}");
    }
}
