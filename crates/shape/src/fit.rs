//! The rotation, translation and scale that bring points onto their partners.

use nalgebra::{Matrix3, Vector3};
use ossein_geom::{Frame, Point, Rigid, Vector};
use serde::{Deserialize, Serialize};

/// What a fit may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Rotation and translation.
    Rigid,
    /// These and one scale.
    Similarity,
}

/// A scale about the origin and then a rigid motion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Similarity<A: Frame, B: Frame> {
    /// What lengths are multiplied with.
    pub scale: f64,
    /// The motion that follows.
    pub rigid: Rigid<A, B>,
}

impl<A: Frame, B: Frame> Similarity<A, B> {
    /// A rigid motion alone.
    pub fn rigid(rigid: Rigid<A, B>) -> Self {
        Self { scale: 1.0, rigid }
    }

    /// The point in frame `B`.
    pub fn apply(&self, p: Point<A>) -> Point<B> {
        self.rigid.apply(Point::ORIGIN + (p - Point::ORIGIN) * self.scale)
    }

    /// The direction in frame `B`; its length stays.
    pub fn turn(&self, v: Vector<A>) -> Vector<B> {
        self.rigid.turn(v)
    }
}

/// Points that cannot be fitted.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Both lists must be equally long.
    #[error("{from} points and {to} partners")]
    Unpaired {
        /// Points.
        from: usize,
        /// Partners.
        to: usize,
    },
    /// Fewer than three places, or all on one line: a turn about it stays open.
    #[error("{count} pairs leave a turn open: three that do not lie on one line are needed")]
    Open {
        /// Pairs.
        count: usize,
    },
    /// A coordinate is no number.
    #[error("pair {pair} holds a coordinate that is no finite number")]
    NotFinite {
        /// Number of the pair, from 0.
        pair: usize,
    },
}

/// A fit of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairFit<A: Frame, B: Frame> {
    /// The map.
    pub map: Similarity<A, B>,
    /// How far each point stays from its partner, mm.
    pub residuals_mm: Vec<f64>,
    /// Root mean square of these.
    pub rms_mm: f64,
}

/// The map with the least sum of squared distances between `from` and its partners `to`.
///
/// # Errors
/// [`FitError`] for lists of unequal length, pairs that leave a turn open, or no numbers.
///
/// # Source
/// Umeyama: Least-squares estimation of transformation parameters between two point patterns, IEEE
/// Trans. Pattern Anal. 13 (1991).
pub fn fit_pairs<A: Frame, B: Frame>(
    from: &[Point<A>],
    to: &[Point<B>],
    freedom: Freedom,
) -> Result<PairFit<A, B>, FitError> {
    if from.len() != to.len() {
        return Err(FitError::Unpaired { from: from.len(), to: to.len() });
    }
    let (a, b) = (columns(from), columns(to));
    let finite = |v: &Vector3<f64>| v.iter().all(|c| c.is_finite());
    if let Some(pair) = (0..a.len()).find(|&n| !finite(&a[n]) || !finite(&b[n])) {
        return Err(FitError::NotFinite { pair });
    }
    let count = a.len().max(1) as f64;
    let mean = |v: &[Vector3<f64>]| v.iter().sum::<Vector3<f64>>() / count;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let mut covariance = Matrix3::zeros();
    let mut spread = Matrix3::zeros();
    for (a, b) in a.iter().zip(&b) {
        covariance += (b - mean_b) * (a - mean_a).transpose();
        spread += (a - mean_a) * (a - mean_a).transpose();
    }
    let svd = covariance.svd(true, true);
    let (Some(u), Some(v_t)) = (svd.u, svd.v_t) else {
        return Err(FitError::Open { count: from.len() });
    };
    let s = svd.singular_values;
    let size = s.max();
    if !(spread.trace() > 0.0 && s.iter().filter(|&&v| v > 1e-9 * size).count() >= 2) {
        return Err(FitError::Open { count: from.len() });
    }
    let hand = if (u * v_t).determinant() < 0.0 { -1.0 } else { 1.0 };
    let least = s.imin();
    let signs = Vector3::from_fn(|n, _| if n == least { hand } else { 1.0 });
    let rotation = u * Matrix3::from_diagonal(&signs) * v_t;
    let scale = match freedom {
        Freedom::Rigid => 1.0,
        Freedom::Similarity => s.dot(&signs) / spread.trace(),
    };
    let shift = mean_b - rotation * mean_a * scale;
    let rows = [0, 1, 2].map(|i| [0, 1, 2].map(|j| rotation[(i, j)]));
    let map = Similarity { scale, rigid: Rigid::new(rows, [shift.x, shift.y, shift.z]) };
    let residuals_mm: Vec<f64> =
        from.iter().zip(to).map(|(&p, &q)| map.apply(p).distance(q)).collect();
    let rms_mm = (residuals_mm.iter().map(|r| r * r).sum::<f64>() / count).sqrt();
    Ok(PairFit { map, residuals_mm, rms_mm })
}

fn columns<F: Frame>(points: &[Point<F>]) -> Vec<Vector3<f64>> {
    points.iter().map(|p| Vector3::new(p.x, p.y, p.z)).collect()
}
