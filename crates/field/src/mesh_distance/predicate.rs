//! On which side of a line a point lies, exactly.

/// Rounding of one operation on doubles.
const EPSILON: f64 = f64::EPSILON * 0.5;
/// Bound of the relative error of the plain formula.
const FILTER: f64 = (3.0 + 16.0 * EPSILON) * EPSILON;

/// Twice the signed area of the triangle `a b p` in a plane, its sign exact: positive where `p`
/// lies to the left of the line from `a` to `b`.
///
/// # Source
/// Shewchuk: Discrete Comput. Geom. 18 (1997) 305-363: a filter, then sums without rounding.
#[inline(always)]
pub fn side(a: [f64; 2], b: [f64; 2], p: [f64; 2]) -> f64 {
    let left = (a[0] - p[0]) * (b[1] - p[1]);
    let right = (a[1] - p[1]) * (b[0] - p[0]);
    let area = left - right;
    if area.abs() > FILTER * (left.abs() + right.abs()) { area } else { exact(a, b, p) }
}

/// `-1` or `1` from the [`side`] of a point, which is moved by an infinitesimal step along the
/// first axis and an infinitely smaller one along the second, so that it lies on no line; 0 only
/// for `a = b`.
#[inline(always)]
pub fn strict(side: f64, a: [f64; 2], b: [f64; 2]) -> i32 {
    let decisive = if side != 0.0 {
        side
    } else if b[1] != a[1] {
        a[1] - b[1]
    } else {
        b[0] - a[0]
    };
    i32::from(decisive > 0.0) - i32::from(decisive < 0.0)
}

#[cold]
fn exact(a: [f64; 2], b: [f64; 2], p: [f64; 2]) -> f64 {
    let products =
        [(a[0], b[1]), (-a[0], p[1]), (-p[0], b[1]), (-a[1], b[0]), (a[1], p[0]), (p[1], b[0])];
    let mut sum = [0.0f64; 12];
    let mut count = 0;
    for (x, y) in products {
        let high = x * y;
        let low = x.mul_add(y, -high);
        for term in [low, high] {
            count = grow(&mut sum, count, term);
        }
    }
    sum[..count].iter().rev().copied().find(|&v| v != 0.0).unwrap_or(0.0)
}

/// Adds `term` to a sum kept as `count` parts that do not overlap, smallest first.
fn grow(parts: &mut [f64; 12], count: usize, term: f64) -> usize {
    let mut carry = term;
    for part in &mut parts[..count] {
        let sum = carry + *part;
        let of_part = sum - carry;
        *part = (carry - (sum - of_part)) + (*part - of_part);
        carry = sum;
    }
    parts[count] = carry;
    count + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_nearly_collinear_points_are_exact() {
        // On a grid of step 2^-53 around (0.5, 0.5) whole numbers give the truth.
        let (a, b) = ([12.0, 12.0], [24.0, 24.0]);
        let ulp = f64::EPSILON * 0.5;
        for i in 0..40i64 {
            for j in 0..40i64 {
                let p = [0.5 + i as f64 * ulp, 0.5 + j as f64 * ulp];
                let truth = (j - i).signum() as f64;
                assert_eq!(side(a, b, p).partial_cmp(&0.0), truth.partial_cmp(&0.0), "{i} {j}");
            }
        }
    }

    #[test]
    fn no_point_lies_on_a_line() {
        let (a, b) = ([0.0, 0.0], [1.0, 2.0]);
        let of = |a, b, p| strict(side(a, b, p), a, b);
        assert_eq!(of(a, b, [0.5, 1.0]), -of(b, a, [0.5, 1.0]));
        assert_eq!(of(a, b, [0.5, 1.0]), -1);
        assert_eq!(of([0.0, 0.0], [3.0, 0.0], [1.0, 0.0]), 1);
    }
}
