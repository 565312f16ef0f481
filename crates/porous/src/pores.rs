//! Pores: what is open, what is closed, the largest sphere in each part and through it.

use ossein_geom::Job;
use serde::Serialize;

use crate::components::{self, Part};
use crate::distance;
use crate::thickness::ThicknessError;
use crate::throat;
use crate::voxels::{Beyond, Phase, Voxels};

/// Bytes a voxel that the measurement holds at most beside the image.
pub const BYTES_A_VOXEL: u64 = throat::BYTES_A_VOXEL;

/// A connected part of the void.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pore {
    /// Where it is and where it runs.
    pub part: Part,
    /// Its volume in mm³.
    pub volume_mm3: f64,
    /// Diameter of the largest sphere inside it, in mm.
    pub inscribed_mm: f64,
    /// Along each axis the diameter of the largest sphere that can pass through, in mm; 0 if none.
    pub throat_mm: [f64; 3],
}

/// The void of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pores {
    /// Its parts, the largest first.
    pub pores: Vec<Pore>,
    /// Share of void in the image.
    pub porosity: f64,
    /// Share of the image in voids that reach a face, or run through a periodic cell.
    pub open_porosity: f64,
    /// Open porosity over porosity.
    pub through_porosity: f64,
    /// Voids that reach no face.
    pub closed_count: usize,
    /// Their volume in mm³.
    pub closed_mm3: f64,
    /// Parts that run through along all three axes: 2 in a sheet gyroid, 1 in a network.
    pub labyrinth_count: usize,
    /// Parts of the solid.
    pub solid_part_count: usize,
}

/// Measures the void.
///
/// Voxels hang together by faces. A sphere's radius is the distance from its middle to the nearest
/// centre of a solid voxel, so that diameters stand within a voxel; with [`Beyond::Periodic`] a
/// sphere passes if it comes back to its start in another cell. With [`Beyond::Void`] and
/// [`Beyond::Unseen`] a void that reaches a face of the image is open, and passing is from face to
/// face.
///
/// # Errors
/// [`ThicknessError`]: voxels that are no cubes, nothing but void, more memory than
/// `byte_count_max`, or the job's end.
///
/// # Source
/// Terms of ASTM F1854; facts D3.32.
pub fn pores(
    voxels: &Voxels,
    beyond: Beyond,
    byte_count_max: u64,
    job: &Job,
) -> Result<Pores, ThicknessError> {
    let spacing_mm = voxels.spacing_mm;
    let edge_mm = voxels.edge_mm().ok_or(ThicknessError::NotCubic { spacing_mm })?;
    let needed = BYTES_A_VOXEL * voxels.voxel_count() as u64;
    if needed > byte_count_max {
        return Err(ThicknessError::TooLarge { needed, limit: byte_count_max });
    }
    if !voxels.holds(Phase::Solid) {
        return Err(ThicknessError::Unbounded(Phase::Void));
    }
    let squares = distance::squared(voxels, Phase::Void, beyond);
    let parts = components::label(voxels, Phase::Void, beyond);
    let labels = parts.labels();
    job.step(1, 3)?;
    let mut inscribed = vec![0u32; parts.parts.len()];
    for (label, square) in labels.iter().zip(&squares).filter(|(l, _)| **l > 0) {
        let best = &mut inscribed[*label as usize - 1];
        *best = (*best).max(*square);
    }
    let throats = throat::throats(voxels, &squares, &labels, parts.parts.len(), beyond);
    job.step(2, 3)?;
    let diameter = |square: u32| 2.0 * f64::from(square).sqrt() * edge_mm;
    let voxel_mm3 = voxels.voxel_mm3();
    let pore = |n: usize| Pore {
        part: parts.parts[n],
        volume_mm3: parts.parts[n].voxel_count as f64 * voxel_mm3,
        inscribed_mm: diameter(inscribed[n]),
        throat_mm: throats[n].map(diameter),
    };
    let pores: Vec<Pore> = (0..parts.parts.len()).map(pore).collect();
    let solid_part_count = components::label(voxels, Phase::Solid, beyond).parts.len();
    job.step(3, 3)?;
    Ok(summed(voxels, pores, beyond, solid_part_count))
}

fn summed(voxels: &Voxels, pores: Vec<Pore>, beyond: Beyond, solid_part_count: usize) -> Pores {
    let open = |pore: &&Pore| match beyond {
        Beyond::Periodic => pore.part.through.contains(&true),
        Beyond::Void | Beyond::Unseen => pore.part.at_face,
    };
    let count =
        |pores: &mut dyn Iterator<Item = &Pore>| -> u64 { pores.map(|p| p.part.voxel_count).sum() };
    let (all, opened) = (count(&mut pores.iter()), count(&mut pores.iter().filter(open)));
    let whole = voxels.voxel_count() as f64;
    let closed: Vec<&Pore> = pores.iter().filter(|p| !open(p)).collect();
    Pores {
        porosity: all as f64 / whole,
        open_porosity: opened as f64 / whole,
        through_porosity: opened as f64 / all.max(1) as f64,
        closed_count: closed.len(),
        // The sum of none would be a zero below zero.
        closed_mm3: closed.iter().fold(0.0, |sum, p| sum + p.volume_mm3),
        labyrinth_count: pores.iter().filter(|p| p.part.through == [true; 3]).count(),
        solid_part_count,
        pores,
    }
}
