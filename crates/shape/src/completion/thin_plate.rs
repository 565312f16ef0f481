//! Vault by thin-plate splines: from the collar of sound bone around a hole into it.

use ossein_geom::{Frame, float};
use rayon::prelude::*;

use super::sheet::Sheet;
use crate::spline::{SplineError, ThinPlate};

/// How the spline is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collar {
    /// Bone as far as this from the hole gives the form, mm.
    pub width_mm: f64,
    /// Bone nearer than this to a cell without bone does not: rays graze the wall of the cut there.
    pub margin_mm: f64,
    /// Groups of cells that give one point each, at most.
    pub point_count_max: usize,
    /// How readily the splines of inner and outer table pass by their points (see
    /// [`ThinPlate::through`]): the inner table has grooves of its own that tell nothing of the
    /// hole.
    pub softness: [f64; 2],
}

impl Default for Collar {
    fn default() -> Self {
        Self { width_mm: 25.0, margin_mm: 3.0, point_count_max: 500, softness: [1e-2, 1e-3] }
    }
}

/// Distances of inner and outer table from the middle, cell by cell, mm.
pub type Radii = Vec<[f64; 2]>;

/// The radii of a sheet in and around its hole: splines through what its collar is beyond `prior`,
/// on top of `prior` (nought where there is none).
///
/// # Errors
/// [`SplineError`] for a collar that fixes no spline.
pub fn fill<F: Frame>(
    sheet: &Sheet<F>,
    hole: &[bool],
    prior: Option<&[Option<[f64; 2]>]>,
    collar: &Collar,
) -> Result<Radii, SplineError> {
    let from_hole = sheet.distances_mm(hole);
    let empty: Vec<bool> =
        sheet.cells.iter().zip(hole).map(|(cell, &hole)| hole || cell.is_none()).collect();
    let from_empty = sheet.distances_mm(&empty);
    let base = prior.map(|prior| smooth(sheet, &closed(prior, sheet.side())));
    let beyond = |n: usize| {
        let tables = sheet.cells[n].as_ref()?;
        let near = from_hole[n] <= collar.width_mm && from_empty[n] >= collar.margin_mm;
        let known = prior.is_none_or(|prior| prior[n].is_some());
        let base = base.as_ref().map_or([0.0; 2], |base| base[n]);
        (near && known).then(|| [tables.inner_mm - base[0], tables.outer_mm - base[1]])
    };
    let values: Vec<Option<[f64; 2]>> = (0..sheet.cells.len()).map(beyond).collect();
    let (points, means) = grouped(sheet, &values, collar.point_count_max);
    let places: Vec<[f64; 2]> = (0..sheet.cells.len()).map(|n| sheet.place(n)).collect();
    let table = |k: usize| {
        let values: Vec<[f64; 1]> = means.iter().map(|m| [m[k]]).collect();
        Ok(ThinPlate::through(&points, &values, collar.softness[k])?.at_all(&places))
    };
    let (inner, outer): (Vec<[f64; 1]>, Vec<[f64; 1]>) = (table(0)?, table(1)?);
    let mut radii: Radii = inner.into_iter().zip(outer).map(|([i], [o])| [i, o]).collect();
    if let Some(base) = base {
        for (radii, base) in radii.iter_mut().zip(base) {
            (0..2).for_each(|k| radii[k] += base[k]);
        }
    }
    Ok(radii)
}

/// Means over squares of cells, the squares so large that there are at most `count_max`.
fn grouped<F: Frame>(
    sheet: &Sheet<F>,
    values: &[Option<[f64; 2]>],
    count_max: usize,
) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let side = sheet.side();
    let held = values.iter().flatten().count();
    let mut width = ((held as f64 / count_max.max(1) as f64).sqrt().ceil() as usize).max(1);
    loop {
        let across = side.div_ceil(width);
        let mut sums = vec![[0.0; 5]; across * across];
        for (n, value) in values.iter().enumerate() {
            if let Some(value) = value {
                let at = sheet.place(n);
                let sum = &mut sums[n / side / width * across + n % side / width];
                let add = [1.0, at[0], at[1], value[0], value[1]];
                (0..5).for_each(|k| sum[k] += add[k]);
            }
        }
        let groups: Vec<[f64; 5]> = sums.into_iter().filter(|s| s[0] > 0.0).collect();
        if groups.len() <= count_max || width >= side {
            let pair = |k: usize| groups.iter().map(|s| [s[k] / s[0], s[k + 1] / s[0]]).collect();
            return (pair(1), pair(3));
        }
        width += 1;
    }
}

/// Bumps and grooves narrower than this are each side's own, mm: the standard deviation of the
/// weights over which a prior is averaged.
const OWN_MM: f64 = 4.0;

/// A prior without what is each side's own: weighted means along rows and then along columns.
fn smooth<F: Frame>(sheet: &Sheet<F>, values: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let side = sheet.side() as isize;
    let sigma = OWN_MM / sheet.step_mm;
    let reach = (3.0 * sigma).ceil() as isize;
    let weight = |d: isize| float::exp(-0.5 * (d as f64 / sigma) * (d as f64 / sigma));
    let weights: Vec<f64> = (-reach..=reach).map(weight).collect();
    let pass = |values: &[[f64; 2]], along_rows: bool| -> Vec<[f64; 2]> {
        let mean = |n: usize| {
            let (i, j) = (n as isize % side, n as isize / side);
            let (mut sum, mut whole) = ([0.0; 2], 0.0);
            for (d, weight) in (-reach..=reach).zip(&weights) {
                let (x, y) = if along_rows { (i + d, j) } else { (i, j + d) };
                if (0..side).contains(&x) && (0..side).contains(&y) {
                    let value = values[(y * side + x) as usize];
                    (0..2).for_each(|k| sum[k] += weight * value[k]);
                    whole += weight;
                }
            }
            sum.map(|s| s / whole)
        };
        (0..values.len()).into_par_iter().with_min_len(256).map(mean).collect()
    };
    pass(&pass(values, true), false)
}

/// Sweeps that close gaps of a prior.
const SWEEP_COUNT: usize = 200;

/// A prior whose gaps are spanned like a skin: each cell the mean of its neighbours.
fn closed(prior: &[Option<[f64; 2]>], side: usize) -> Vec<[f64; 2]> {
    let known = prior.iter().flatten();
    let count = prior.iter().flatten().count().max(1) as f64;
    let sum = known.fold([0.0; 2], |s, v| [s[0] + v[0], s[1] + v[1]]);
    let mean = sum.map(|s| s / count);
    let gaps: Vec<usize> = (0..prior.len()).filter(|&n| prior[n].is_none()).collect();
    let mut values: Vec<[f64; 2]> = prior.iter().map(|v| v.unwrap_or(mean)).collect();
    for _ in 0..SWEEP_COUNT {
        for &n in &gaps {
            let (i, j) = (n % side, n / side);
            let before = [(i > 0, n.wrapping_sub(1)), (j > 0, n.wrapping_sub(side))];
            let after = [(i + 1 < side, n + 1), (j + 1 < side, n + side)];
            let (mut sum, mut count) = ([0.0; 2], 0.0);
            for (_, m) in before.into_iter().chain(after).filter(|(there, _)| *there) {
                (0..2).for_each(|k| sum[k] += values[m][k]);
                count += 1.0;
            }
            values[n] = sum.map(|s| s / count);
        }
    }
    values
}
