//! A picture of the speed of a flow.

use std::path::Path;

use ossein_porous::Voxels;
use ossein_porous::stokes::Flow;

use crate::commands::AnyError;
use crate::plain::section::Section;

/// The speed of a flow along x over its mean, in the middle of the cell across y.
pub fn speeds(voxels: &Voxels, flow: &Flow) -> Vec<f32> {
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
///
/// # Errors
/// No flow along x, or what the disk says.
pub fn draw(path: &Path, voxels: &Voxels, speeds: Option<Vec<f32>>) -> Result<(), AnyError> {
    let nothing = || format!("{}: nothing flows along x: no speed to draw", path.display());
    let values = speeds.ok_or_else(nothing)?;
    let section = Section::across_y(voxels.size);
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
    let caption = "flow along x, in the middle across y".to_owned();
    section.draw(path, values, most, voxels.spacing_mm[0], ["speed over its mean".into(), caption])
}
