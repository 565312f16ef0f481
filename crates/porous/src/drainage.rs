//! Powder drainage: which voids a part keeps full, whatever it is shaken.

use ossein_geom::{Job, Mm};
use serde::Serialize;

use crate::components::{self, Part};
use crate::distance;
use crate::flood::{self, UNREACHED};
use crate::voxels::{Beyond, Phase, Voxels, VoxelsError};

/// Why drainage could not be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DrainageError {
    /// Spheres need cubic voxels.
    #[error("the voxel edges {spacing_mm:?} mm differ: resample the image to cubes first")]
    NotCubic {
        /// Voxel edges in mm.
        spacing_mm: [f64; 3],
    },
    /// The throat asked for is no length, or finer than the voxels can show.
    #[error("a throat of {throat} cannot be judged with voxels of {edge}")]
    Throat {
        /// The throat asked for.
        throat: Mm,
        /// Edge of a voxel.
        edge: Mm,
    },
    /// There is no body.
    #[error("the image holds no solid")]
    NoSolid,
    /// More memory than is allowed.
    #[error("the work needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The image with its margin is no image.
    #[error(transparent)]
    Voxels(#[from] VoxelsError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ossein_geom::Cancelled),
}

/// What counts as a way out.
#[derive(Clone, Copy, Debug)]
pub struct DrainageOptions {
    /// Powder leaves through throats of this diameter or more.
    pub throat: Mm,
    /// Most bytes that may be held beside the image.
    pub byte_count_max: u64,
}

/// A void that cannot be emptied.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pocket {
    /// Its volume in mm³.
    pub volume_mm3: f64,
    /// The voxel of the image that lies deepest in it.
    pub deepest: [usize; 3],
    /// Diameter of the largest sphere in it, in mm.
    pub inscribed_mm: f64,
    /// Diameter of the largest sphere that can leave it, in mm; 0 if it is closed.
    pub throat_mm: f64,
    /// Length of the shortest way from its deepest point out of the image's box, in mm, up to
    /// 13 % longer than a straight one; `None` if it is closed.
    pub path_mm: Option<f64>,
}

/// What drains and what stays.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drainage {
    /// Voids that hold a sphere of the throat's diameter which cannot leave, the largest first.
    pub pockets: Vec<Pocket>,
    /// Their volume together, in mm³.
    pub trapped_mm3: f64,
    /// Volume in mm³ of gaps that no sphere of the throat's diameter enters from anywhere: corners,
    /// and voids narrower than the throat throughout.
    pub narrow_mm3: f64,
    /// Volume of void inside the image's box that drains, in mm³.
    pub drained_mm3: f64,
    /// Longest of all shortest ways by which the drained void empties, in mm, up to 13 % longer
    /// than a straight one.
    pub drained_path_mm: f64,
}

/// Bytes a voxel of the image with its margin: distances, widths and lengths of ways.
const BYTES_A_VOXEL: u64 = 32;

/// Finds the voids of a body that cannot be emptied through a throat.
///
/// The body stands in open space. A sphere of the throat's diameter that starts outside reaches
/// some of the void; all that such spheres cover drains. What is left, and yet holds a sphere of
/// that size, is a pocket. Distances run from voxel centre to voxel centre, so that a throat reads
/// up to one voxel wide: take voxels of a fifth of the throat or less.
///
/// # Errors
/// [`DrainageError`]: no cubes, a throat of less than two voxels, no solid, too large, or the
/// job's end.
pub fn drainage(
    voxels: &Voxels,
    options: &DrainageOptions,
    job: &Job,
) -> Result<Drainage, DrainageError> {
    let spacing_mm = voxels.spacing_mm;
    let edge_mm = voxels.edge_mm().ok_or(DrainageError::NotCubic { spacing_mm })?;
    let throat = options.throat;
    let radius = 0.5 * throat.0 / edge_mm;
    let longest = *voxels.size.iter().max().expect("three axes") as f64;
    if !(radius >= 1.0 && radius <= longest) {
        return Err(DrainageError::Throat { throat, edge: Mm(edge_mm) });
    }
    let margin = radius as usize + 2;
    let needed = voxels.size.iter().map(|n| (n + 2 * margin) as u64).product::<u64>();
    let needed = needed.saturating_mul(BYTES_A_VOXEL);
    if needed > options.byte_count_max {
        return Err(DrainageError::TooLarge { needed, limit: options.byte_count_max });
    }
    if !voxels.holds(Phase::Solid) {
        return Err(DrainageError::NoSolid);
    }
    let open = voxels.padded(margin, false)?;
    let squares = distance::squared(&open, Phase::Void, Beyond::Unseen);
    job.step(1, 4)?;
    let scene = Scene { open, squares, margin, edge_mm, least: (radius * radius).ceil() as u32 };
    scene.judge(job)
}

struct Scene {
    open: Voxels,
    squares: Vec<u32>,
    margin: usize,
    edge_mm: f64,
    /// Squared radius of the throat in voxels.
    least: u32,
}

impl Scene {
    fn outside(&self) -> impl Iterator<Item = usize> {
        let size = self.open.size;
        let margin = self.margin;
        (0..self.open.voxel_count()).filter(move |&n| {
            let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
            (0..3).any(|a| at[a] < margin || at[a] >= size[a] - margin)
        })
    }

    fn judge(&self, job: &Job) -> Result<Drainage, DrainageError> {
        let size = self.open.size;
        let width = flood::widest(&self.squares, size, self.outside());
        job.step(2, 4)?;
        let reached = width.iter().map(|w| *w < self.least).collect();
        let reached = Voxels { size, spacing_mm: self.open.spacing_mm, solid: reached };
        // Squared distance to the nearest place that the sphere's middle reaches.
        let away = distance::squared(&reached, Phase::Solid, Beyond::Unseen);
        let stays = |n: usize| self.squares[n] > 0 && away[n] > self.least;
        let solid = (0..self.open.voxel_count()).map(stays).collect();
        drop(away);
        let left = Voxels { size, spacing_mm: self.open.spacing_mm, solid };
        let ways = flood::shortest(&self.squares, size, self.least, self.outside());
        let longest = ways.iter().filter(|l| **l != UNREACHED).max().copied().unwrap_or(0);
        drop(ways);
        job.step(3, 4)?;
        let (pockets, narrow_count) = self.pockets(&left, &width);
        let voxel_mm3 = self.open.voxel_mm3();
        let outside_count = self.outside().count();
        let void_count = self.open.voxel_count() - self.open.solid_count() - outside_count;
        job.step(4, 4)?;
        Ok(Drainage {
            // The sum of none would be a zero below zero.
            trapped_mm3: pockets.iter().fold(0.0, |sum, p| sum + p.volume_mm3),
            pockets,
            narrow_mm3: narrow_count as f64 * voxel_mm3,
            drained_mm3: (void_count - left.solid_count()) as f64 * voxel_mm3,
            drained_path_mm: f64::from(longest) * 1e-3 * self.edge_mm,
        })
    }

    /// What is left, part by part: pockets, and the voxels of parts in which no sphere fits.
    fn pockets(&self, left: &Voxels, width: &[u32]) -> (Vec<Pocket>, u64) {
        let parts = components::label(left, Phase::Solid, Beyond::Void);
        let labels = parts.labels();
        let mut deepest: Vec<usize> = parts.parts.iter().map(|p| p.first).collect();
        for (n, label) in labels.iter().enumerate().filter(|(_, l)| **l > 0) {
            let best = &mut deepest[*label as usize - 1];
            if self.squares[n] > self.squares[*best] {
                *best = n;
            }
        }
        let fits = |n: usize| self.squares[n] >= self.least;
        let narrow = parts.parts.iter().zip(&deepest).filter(|(_, d)| !fits(**d));
        let narrow_count = narrow.map(|(p, _)| p.voxel_count).sum();
        let kept: Vec<(&Part, usize)> =
            parts.parts.iter().zip(deepest).filter(|(_, d)| fits(*d)).collect();
        if kept.is_empty() {
            return (Vec::new(), narrow_count);
        }
        let ways = flood::shortest(&self.squares, self.open.size, 1, self.outside());
        let pocket = |(part, deepest): (&Part, usize)| {
            let diameter = |square: u32| 2.0 * f64::from(square).sqrt() * self.edge_mm;
            let way = ways[deepest];
            Pocket {
                volume_mm3: part.voxel_count as f64 * self.open.voxel_mm3(),
                deepest: self.open.voxel(deepest).map(|v| v - self.margin),
                inscribed_mm: diameter(self.squares[deepest]),
                throat_mm: diameter(width[deepest]),
                path_mm: (way != UNREACHED).then(|| f64::from(way) * 1e-3 * self.edge_mm),
            }
        };
        (kept.into_iter().map(pocket).collect(), narrow_count)
    }
}
