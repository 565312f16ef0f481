//! One cell of a lattice in voxels, for the commands that take a cell in place of an image.

use ossein_field::Block;
use ossein_field::lattice::{self, CellFigures, Kind, Plan, Shape, sizes};
use ossein_geom::{Job, Lps, Mm, Point};
use rayon::prelude::*;

use super::number::positive;
use crate::commands::AnyError;

/// Voxels along the edge of a lattice's cell.
const RESOLUTIONS: std::ops::RangeInclusive<usize> = 4..=512;
/// Distances are rounded to this part of the period, so that voxels that symmetry makes equal are.
const ROUNDING: f64 = 1e-6;

/// A cell on the command line.
#[derive(clap::Args)]
pub struct CellArguments {
    /// A lattice in place of an image; a wrong word prints the list.
    #[arg(long, value_name = "WORD")]
    pub cell: Option<String>,
    /// Solid over volume of the lattice.
    #[arg(long, value_name = "0..1", value_parser = positive)]
    pub fraction: Option<f64>,
    /// Voxels along the edge of the lattice's cell.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub resolution: usize,
    /// Where random cells start.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl CellArguments {
    /// The cell, where one is asked for.
    pub fn chosen(&self) -> Option<LatticeCell<'_>> {
        let (word, fraction) = (self.cell.as_deref()?, self.fraction?);
        Some(LatticeCell { word, fraction, seed: self.seed })
    }
}

/// A lattice's cell.
#[derive(Clone, Copy, Debug)]
pub struct LatticeCell<'a> {
    /// The lattice.
    pub word: &'a str,
    /// Solid over volume.
    pub fraction: f64,
    /// Where random cells start.
    pub seed: u64,
}

/// The voxels of a cell.
pub struct CellVoxels {
    /// Whether each is solid; `[k][j][i]`, as many along each axis.
    pub solid: Vec<bool>,
    /// Edge of a voxel over the period of the lattice.
    pub step_periods: f64,
}

impl LatticeCell<'_> {
    /// `n` voxels an edge, of exactly the solid fraction but for voxels that symmetry makes equal.
    ///
    /// # Errors
    /// A lattice, fraction or resolution that there is not.
    pub fn voxels(&self, n: usize, job: &Job) -> Result<CellVoxels, AnyError> {
        let kind = lattice::by_name(self.word)?.with_seed(self.seed);
        let fraction = self.fraction;
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(format!("--fraction {fraction}: it must lie between 0 and 1").into());
        }
        if !RESOLUTIONS.contains(&n) {
            let (low, high) = (RESOLUTIONS.start(), RESOLUTIONS.end());
            return Err(format!("{n} voxels an edge: it must be {low} to {high}").into());
        }
        deepest(kind, fraction, n, job)
    }
}

/// The share of voxels whose centres lie deepest in the lattice.
fn deepest(kind: Kind, fraction: f64, n: usize, job: &Job) -> Result<CellVoxels, AnyError> {
    let period = Mm(1.0);
    // What the shape does not depend on.
    let figures = CellFigures {
        pore_mm: 0.0,
        throat_mm: 0.0,
        strut_mm: 0.0,
        neck_mm: 0.0,
        surface_per_mm: 0.0,
    };
    let plan = Plan {
        kind,
        period_mm: period.0,
        solid_fraction: fraction,
        thickness_mm: sizes::thickness(kind, period, fraction),
        figures,
        modulus_ratio: None,
    };
    let solid = plan.solid::<Lps>(Point::ORIGIN);
    let span = match kind.cell.shape {
        Shape::Struts(skeleton) => skeleton(kind.seed).span,
        Shape::Level(_) => 1,
    };
    let step = span as f64 / n as f64;
    let plane = |k: usize| -> Result<Vec<i32>, AnyError> {
        job.labelled("sampling").step(k, n)?;
        let origin = Point::new(0.5 * step, 0.5 * step, (k as f64 + 0.5) * step);
        let block = Block { origin, step: [step; 3], size: [n, n, 1] };
        let mut distances = vec![0.0f32; n * n];
        solid.sample(&block, &mut distances);
        Ok(distances.iter().map(|&d| (f64::from(d) / ROUNDING).round_ties_even() as i32).collect())
    };
    let planes: Result<Vec<Vec<i32>>, AnyError> = (0..n).into_par_iter().map(plane).collect();
    let distances: Vec<i32> = planes?.into_iter().flatten().collect();
    let count = ((fraction * distances.len() as f64).round() as usize).max(1);
    let mut sorted = distances.clone();
    let limit = *sorted.select_nth_unstable(count - 1).1;
    // Voxels that symmetry makes equal come all or not at all, whichever is nearer.
    let below = distances.iter().filter(|&&d| d < limit).count();
    let up_to = distances.iter().filter(|&&d| d <= limit).count();
    let without = below > 0 && count - below < up_to - count;
    let solid = distances.iter().map(|&d| d < limit || (d == limit && !without)).collect();
    Ok(CellVoxels { solid, step_periods: step })
}
