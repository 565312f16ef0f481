//! What the choice between mirror image and spline gives, held against the truth.

use serde::Serialize;

use super::{Score, Trial, median};
use crate::completion::Method;
use crate::completion::vault::mirror_is_nearer;

/// Holes of a skull, each closed by the method that the program takes there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chosen {
    /// Holes that were closed.
    pub count: usize,
    /// Median of the root mean square errors, mm.
    pub rmse_mm: f64,
    /// Of the outer table alone, mm.
    pub outer_rmse_mm: f64,
    /// Holes that both methods closed.
    pub choice_count: usize,
    /// Of these, those where the method taken was the nearer one on the outer table.
    pub nearer_count: usize,
    /// By how much the method taken was worse than the other on the outer table, nought where it
    /// was not: the mean over the same holes, mm.
    pub regret_mm: f64,
    /// And the most, mm.
    pub regret_mm_max: f64,
}

/// What choosing gives; none where no hole of a skull was closed by splines.
pub fn chosen(trials: &[Trial]) -> Option<Chosen> {
    let (mut taken, mut regrets) = (Vec::new(), Vec::new());
    for group in trials.chunk_by(|a, b| a.bone == b.bone && a.center == b.center) {
        let of = |method| group.iter().find(|t| t.method == method).and_then(Trial::score);
        let splined = of(Method::ThinPlate).filter(|score| score.inner_rmse_mm.is_some());
        let Some(splined) = splined else { continue };
        let Some(mirrored) = of(Method::Mirror) else {
            taken.push(splined);
            continue;
        };
        let mirror = mirror_is_nearer(mirrored.ring_mm, splined.ring_mm);
        let (own, other) = if mirror { (mirrored, splined) } else { (splined, mirrored) };
        taken.push(own);
        regrets.push((own.outer_rmse_mm - other.outer_rmse_mm).max(0.0));
    }
    let of = |f: &dyn Fn(&Score) -> f64| median(taken.iter().map(|score| f(score)).collect());
    (!taken.is_empty()).then(|| Chosen {
        count: taken.len(),
        rmse_mm: of(&|s| s.rmse_mm),
        outer_rmse_mm: of(&|s| s.outer_rmse_mm),
        choice_count: regrets.len(),
        nearer_count: regrets.iter().filter(|r| **r == 0.0).count(),
        regret_mm: regrets.iter().sum::<f64>() / regrets.len().max(1) as f64,
        regret_mm_max: regrets.iter().copied().fold(0.0, f64::max),
    })
}
