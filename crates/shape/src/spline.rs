//! Thin-plate splines: the least bent function through scattered values.

use nalgebra::{DMatrix, Dyn, LU};
use ossein_geom::float;
use rayon::prelude::*;

/// Points through which no spline goes.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SplineError {
    /// Fewer points than a plane needs, or all on one line (in space: in one plane), or two at one
    /// place.
    #[error("{count} points do not fix a spline: some coincide, or all lie in one line or plane")]
    Open {
        /// Points.
        count: usize,
    },
    /// More points than one dense system should have.
    #[error("a spline through {count} points; at most {max} are solved at once")]
    TooMany {
        /// Points.
        count: usize,
        /// The limit.
        max: usize,
    },
}

/// Points of one spline at most: its system is dense.
pub const POINT_COUNT_MAX: usize = 4000;

/// A function from `D` coordinates to `K` values that bends least: `D` is 2 or 3.
///
/// # Source
/// Duchon: Splines minimizing rotation-invariant semi-norms in Sobolev spaces (1977); Bookstein,
/// IEEE Trans. Pattern Anal. 11 (1989).
#[derive(Clone, Debug, PartialEq)]
pub struct ThinPlate<const D: usize, const K: usize> {
    points: Vec<[f64; D]>,
    weights: Vec<[f64; K]>,
    /// The constant, and the slopes.
    affine: Vec<[f64; K]>,
    /// Coordinates are taken about this place and over this length.
    middle: [f64; D],
    size: f64,
}

impl<const D: usize, const K: usize> ThinPlate<D, K> {
    /// The spline through `values` at `points`; `softness` above 0 lets it pass by the values, the
    /// more the larger: 1 gives way where a point's own bending would be as dear as its miss over
    /// the size of the whole.
    ///
    /// # Errors
    /// [`SplineError`] for points that do not fix it, or more than [`POINT_COUNT_MAX`].
    pub fn through(
        points: &[[f64; D]],
        values: &[[f64; K]],
        softness: f64,
    ) -> Result<Self, SplineError> {
        assert!((D == 2 || D == 3) && points.len() == values.len());
        let count = points.len();
        if count > POINT_COUNT_MAX {
            return Err(SplineError::TooMany { count, max: POINT_COUNT_MAX });
        }
        let mut middle = [0.0; D];
        for p in points {
            (0..D).for_each(|a| middle[a] += p[a] / count as f64);
        }
        let away = |p: &[f64; D]| (0..D).map(|a| (p[a] - middle[a]).powi(2)).sum::<f64>().sqrt();
        let size = points.iter().map(away).fold(0.0, f64::max);
        if count <= D || !(size > 0.0) {
            return Err(SplineError::Open { count });
        }
        let scaled = |p: &[f64; D]| std::array::from_fn(|a| (p[a] - middle[a]) / size);
        let points: Vec<[f64; D]> = points.iter().map(scaled).collect();
        let lu = system(&points, softness);
        let mut right = DMatrix::<f64>::zeros(count + D + 1, K);
        for (n, value) in values.iter().enumerate() {
            (0..K).for_each(|k| right[(n, k)] = value[k]);
        }
        let open = SplineError::Open { count };
        let found = lu.solve(&right).filter(|m| m.iter().all(|v| v.is_finite())).ok_or(open)?;
        let row = |n: usize| std::array::from_fn(|k| found[(n, k)]);
        let weights: Vec<[f64; K]> = (0..count).map(row).collect();
        let affine = (count..=count + D).map(row).collect();
        let made = Self { points, weights, affine, middle, size };
        // A singular system may still give numbers; without softness they must meet the values.
        let misses = |(p, v): (&[f64; D], &[f64; K])| {
            let at = made.inside(p);
            let near = |k: usize| (at[k] - v[k]).abs() <= 1e-6 * (1.0 + v[k].abs());
            softness == 0.0 && !(0..K).all(near)
        };
        if made.points.iter().zip(values).any(misses) {
            return Err(open);
        }
        Ok(made)
    }

    /// The values at a place.
    pub fn at(&self, p: [f64; D]) -> [f64; K] {
        self.inside(&std::array::from_fn(|a| (p[a] - self.middle[a]) / self.size))
    }

    /// The same at many places, side by side.
    pub fn at_all(&self, places: &[[f64; D]]) -> Vec<[f64; K]> {
        places.par_iter().with_min_len(64).map(|&p| self.at(p)).collect()
    }

    fn inside(&self, p: &[f64; D]) -> [f64; K] {
        let mut sum = self.affine[0];
        for (slope, x) in self.affine[1..].iter().zip(p) {
            (0..K).for_each(|k| sum[k] += slope[k] * x);
        }
        for (point, weight) in self.points.iter().zip(&self.weights) {
            let u = kernel::<D>(p, point);
            (0..K).for_each(|k| sum[k] += weight[k] * u);
        }
        sum
    }
}

/// What a point alone would bend: `r^2 ln r` in the plane, `-r` in space.
fn kernel<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let square: f64 = (0..D).map(|n| (a[n] - b[n]) * (a[n] - b[n])).sum();
    match D {
        2 if square > 0.0 => 0.5 * square * float::ln(square),
        2 => 0.0,
        _ => -square.sqrt(),
    }
}

fn system<const D: usize>(points: &[[f64; D]], softness: f64) -> LU<f64, Dyn, Dyn> {
    let count = points.len();
    let mut matrix = DMatrix::<f64>::zeros(count + D + 1, count + D + 1);
    for i in 0..count {
        for j in 0..i {
            let u = kernel::<D>(&points[i], &points[j]);
            matrix[(i, j)] = u;
            matrix[(j, i)] = u;
        }
        matrix[(i, i)] = softness;
        for a in 0..=D {
            let v = if a == 0 { 1.0 } else { points[i][a - 1] };
            matrix[(i, count + a)] = v;
            matrix[(count + a, i)] = v;
        }
    }
    matrix.lu()
}
