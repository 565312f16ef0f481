//! Least squares whose unknowns keep within bounds.
//!
//! An active set after Lawson and Hanson (Solving least squares problems, 1974, chapter 23), with
//! upper bounds as Stark and Parker give them (Computational Statistics 10 (1995) 129-141): unknowns
//! are free or rest on a bound; one whose gradient leads away from its bound is let free, and a step
//! that would leave the bounds ends at the first of them.

use nalgebra::{DMatrix, DVector};

/// A gradient of this part of the largest that the rows could give is rounding.
const ROUNDING: f64 = 1e-14;
/// Steps at most, for each unknown.
const STEP_COUNT_MAX: usize = 20;

/// No solution within the steps that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bounded least squares did not settle within {step_count_max} steps")]
pub struct Unsettled {
    /// The steps that were taken.
    pub step_count_max: usize,
}

/// Where an unknown stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Lower,
    Upper,
    Free,
}

/// The `x` within `bounds` (lowest and highest, a finite lowest) with the least `|rows x - right|`.
///
/// The columns of `rows` are independent: there is one such `x`.
///
/// # Errors
/// [`Unsettled`] where rounding keeps the active set from settling.
///
/// # Panics
/// If the counts of rows, of unknowns and of bounds do not fit each other.
pub fn bounded(
    rows: &DMatrix<f64>,
    right: &DVector<f64>,
    bounds: &[[f64; 2]],
) -> Result<DVector<f64>, Unsettled> {
    assert_eq!(rows.nrows(), right.len(), "a right side for every row");
    assert_eq!(rows.ncols(), bounds.len(), "bounds for every unknown");
    let mut x = DVector::from_iterator(bounds.len(), bounds.iter().map(|b| b[0]));
    let mut places = vec![Place::Lower; bounds.len()];
    let step_count_max = STEP_COUNT_MAX * (bounds.len() + 1);
    let rounding = ROUNDING * rows.norm() * right.norm().max((rows * &x).norm());
    for _ in 0..step_count_max {
        let gradient = rows.transpose() * (right - rows * &x);
        let Some(next) = leaving(&gradient, &places, rounding) else { return Ok(x) };
        places[next] = Place::Free;
        settle(rows, right, bounds, &mut x, &mut places);
    }
    Err(Unsettled { step_count_max })
}

/// The unknown on a bound whose gradient leads most away from it.
fn leaving(gradient: &DVector<f64>, places: &[Place], rounding: f64) -> Option<usize> {
    let inwards = |n: &usize| match places[*n] {
        Place::Lower => gradient[*n],
        Place::Upper => -gradient[*n],
        Place::Free => 0.0,
    };
    let most = (0..places.len()).max_by(|a, b| inwards(a).total_cmp(&inwards(b)))?;
    (inwards(&most) > rounding).then_some(most)
}

/// Moves to the least squares of the free unknowns; those that reach a bound on the way stay there.
fn settle(
    rows: &DMatrix<f64>,
    right: &DVector<f64>,
    bounds: &[[f64; 2]],
    x: &mut DVector<f64>,
    places: &mut [Place],
) {
    loop {
        let free: Vec<usize> = (0..places.len()).filter(|&n| places[n] == Place::Free).collect();
        if free.is_empty() {
            return;
        }
        let mut resting = x.clone();
        free.iter().for_each(|&n| resting[n] = 0.0);
        let wanted = least(&rows.select_columns(&free), &(right - rows * resting));
        let part = |n: usize, to: f64| match to {
            to if to < bounds[n][0] => ((bounds[n][0] - x[n]) / (to - x[n])).max(0.0),
            to if to > bounds[n][1] => ((bounds[n][1] - x[n]) / (to - x[n])).max(0.0),
            _ => 1.0,
        };
        let first = free.iter().zip(&wanted).map(|(&n, &to)| part(n, to)).fold(1.0, f64::min);
        let stops: Vec<bool> =
            free.iter().zip(&wanted).map(|(&n, &to)| first < 1.0 && part(n, to) <= first).collect();
        for ((&n, &to), stops) in free.iter().zip(&wanted).zip(&stops) {
            let upper = to > x[n];
            x[n] = if first < 1.0 { x[n] + first * (to - x[n]) } else { to };
            if *stops {
                (x[n], places[n]) = match upper {
                    true => (bounds[n][1], Place::Upper),
                    false => (bounds[n][0], Place::Lower),
                };
            }
        }
        if first == 1.0 {
            return;
        }
    }
}

/// Least squares of independent columns, by orthogonal triangles.
fn least(columns: &DMatrix<f64>, right: &DVector<f64>) -> Vec<f64> {
    let triangle = columns.clone().qr();
    let mut turned = right.clone();
    triangle.q_tr_mul(&mut turned);
    let count = columns.ncols();
    let solved = triangle.unpack_r().solve_upper_triangular(&turned.rows(0, count).into_owned());
    solved.expect("independent columns").iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from -1 to 1 that look random (Knuth's linear congruence).
    struct Draw(u64);

    impl Draw {
        fn next(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        }
    }

    /// The Karush-Kuhn-Tucker conditions: no gradient inside, none that leads off a bound.
    #[track_caller]
    fn check(rows: &DMatrix<f64>, right: &DVector<f64>, bounds: &[[f64; 2]]) -> [usize; 3] {
        let x = bounded(rows, right, bounds).unwrap();
        let gradient = rows.transpose() * (right - rows * &x);
        let mut counts = [0; 3];
        for (n, &[low, high]) in bounds.iter().enumerate() {
            assert!((low..=high).contains(&x[n]), "{} in {low} to {high}", x[n]);
            let near_zero = 1e-9 * rows.norm() * right.norm();
            if x[n] == low {
                counts[0] += 1;
                assert!(gradient[n] <= near_zero, "on its lower bound: {}", gradient[n]);
            } else if x[n] == high {
                counts[1] += 1;
                assert!(gradient[n] >= -near_zero, "on its upper bound: {}", gradient[n]);
            } else {
                counts[2] += 1;
                assert!(gradient[n].abs() <= near_zero, "free: {}", gradient[n]);
            }
        }
        counts
    }

    #[test]
    fn random_cases_meet_the_conditions_of_a_least() {
        let mut draw = Draw(20);
        let mut seen = [0; 3];
        for case in 0..300usize {
            let (row_count, count) = (8 + case % 17, 3 + case % 6);
            let rows = DMatrix::from_fn(row_count, count, |_, _| draw.next());
            let right = DVector::from_fn(row_count, |_, _| 3.0 * draw.next());
            let high = |n: usize| if n % 3 == 2 { f64::INFINITY } else { 0.5 };
            let bounds: Vec<[f64; 2]> = (0..count).map(|n| [-0.25, high(n)]).collect();
            let counts = check(&rows, &right, &bounds);
            (0..3).for_each(|n| seen[n] += counts[n]);
        }
        assert!(seen.iter().all(|&count| count > 100), "every kind of end was met: {seen:?}");
    }

    #[test]
    fn wide_bounds_leave_plain_least_squares() {
        // A line through four points: y = 0.62 + 1.32 x by the normal equations.
        let rows = DMatrix::from_row_slice(4, 2, &[1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0]);
        let right = DVector::from_row_slice(&[1.0, 1.0, 4.0, 4.4]);
        let x = bounded(&rows, &right, &[[-9.0, 9.0]; 2]).unwrap();
        assert!((x[0] - 0.62).abs() < 1e-12 && (x[1] - 1.32).abs() < 1e-12, "{x}");
        // Held at 1, the slope leaves the mean of y - x.
        let x = bounded(&rows, &right, &[[-9.0, 9.0], [0.0, 1.0]]).unwrap();
        assert!((x[0] - 1.1).abs() < 1e-12 && x[1] == 1.0, "{x}");
    }
}
