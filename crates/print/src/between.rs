//! What a plane of samples tells between them, where the field is smooth.

use crate::plane::Plane;

/// Samples in a row around a cell, two before it and two after.
pub(crate) const LINE: usize = 6;
/// Fourth differences up to this many errors are let pass: along an axis, a crease moves the cubic
/// through four samples by 0.19 of its change of slope at most, and the larger fourth difference by
/// 0.5 of it at least; both axes may err. Where the field is smooth, the cubic is off by 0.023 of
/// its fourth difference.
const SEEN: f64 = 4.0 / 3.0;

/// The value at `p` within `error`, from the samples alone; none near the border, and where fourth
/// differences along the edges of the cell tell of a crease or a bend too narrow.
pub(crate) fn smooth(plane: &Plane<'_>, p: [f64; 2], error: f64) -> Option<f64> {
    let raster = &plane.raster;
    let at = [0, 1].map(|a| (p[a] - raster.origin[a]) / raster.step);
    let inside = |a: usize| at[a] >= 2.0 && at[a] < raster.size[a] as f64 - 3.0;
    if !(inside(0) && inside(1)) {
        return None;
    }
    let (i, j) = (at[0] as usize, at[1] as usize);
    let part = [at[0] - i as f64, at[1] - j as f64];
    let row = |d: usize| plane.row(j + d - 2)[i - 2..].first_chunk::<LINE>();
    let limit = (SEEN * error) as f32;
    let (below, above) = (row(2)?, row(3)?);
    if fourth(*below).max(fourth(*above)) > limit {
        return None;
    }
    let rows = [row(0)?, row(1)?, below, above, row(4)?, row(5)?];
    let column = |i: usize| std::array::from_fn(|d| rows[d][i]);
    if fourth(column(2)).max(fourth(column(3))) > limit {
        return None;
    }
    let (across, along) = (cubic(part[0]), cubic(part[1]));
    let mut value = 0.0;
    for (row, along) in rows[1..5].iter().zip(along) {
        let mut own = 0.0;
        for (v, across) in row[1..5].iter().zip(across) {
            own += across * f64::from(*v);
        }
        value += along * own;
    }
    Some(value)
}

/// Where the cubic through the middle four of six values in a row passes zero between the middle
/// two, from 0 to 1, starting near `t`, within `error` of the values; none where fourth differences
/// tell of a crease or a bend too narrow.
#[inline(always)]
pub(crate) fn zero(six: [f32; LINE], t: f32, error: f64) -> Option<f32> {
    if fourth(six) > (SEEN * error) as f32 {
        return None;
    }
    let [_, a, b, c, d, _] = six;
    let first = b - a;
    let (second, third) = (c - b - first, d - 3.0 * (c - b) - a);
    let off = |t: f32| a + (t + 1.0) * (first + 0.5 * t * (second + (t - 1.0) * third / 3.0));
    let slope = |t: f32| first + (t + 0.5) * second + (0.5 * t * t - 1.0 / 6.0) * third;
    let newton = |t: f32| t - off(t) / slope(t);
    let t = newton(newton(t));
    ((0.0..=1.0).contains(&t) && off(t).abs() < error as f32).then_some(t)
}

/// The larger fourth difference of six values.
#[inline(always)]
fn fourth(v: [f32; LINE]) -> f32 {
    let [a, b, c, d, e, f] = v;
    let one = |a: f32, b: f32, c: f32, d: f32, e: f32| (a - 4.0 * (b + d) + 6.0 * c + e).abs();
    one(a, b, c, d, e).max(one(b, c, d, e, f))
}

/// What four values, the inner two around `t` of 0 to 1, weigh in the cubic through them.
#[inline(always)]
fn cubic(t: f64) -> [f64; 4] {
    let (a, b, c) = (t + 1.0, t - 1.0, t - 2.0);
    [-t * b * c / 6.0, a * b * c / 2.0, -a * t * c / 2.0, a * t * b / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plane::Raster;

    /// Values of `f` on 40 x 40 samples 0.05 mm apart, asked for between them: the worst error and
    /// the share that was told.
    fn asked(f: impl Fn(f64, f64) -> f64, error: f64) -> (f64, f64) {
        let raster = Raster { origin: [-1.0, -1.0], step: 0.05, size: [40, 40] };
        let place = |n: usize| raster.point(n % 40, n / 40);
        let values: Vec<f32> = (0..1600).map(place).map(|p| f(p[0], p[1]) as f32).collect();
        let plane = Plane::dense(raster, 40, &values);
        let (mut worst, mut told, mut count) = (0.0f64, 0, 0);
        for n in 0..10_000 {
            let p = [n % 100, n / 100].map(|n| -0.89 + 1.7 * f64::from(n) / 100.0);
            count += 1;
            if let Some(value) = smooth(&plane, p, error) {
                told += 1;
                worst = worst.max((value - f(p[0], p[1])).abs());
            }
        }
        (worst, f64::from(told) / f64::from(count))
    }

    #[test]
    fn a_thin_ring_is_known_between_samples() {
        // A strut of 0.3 mm and a sheet of a gyroid of 2 mm.
        let (worst, told) = asked(|x, y| (x * x + y * y + 0.01).sqrt() - 0.15, 1e-3);
        assert!(worst < 1e-3 && told > 0.8, "{worst} {told}");
        let (worst, told) = asked(|x, y| 0.3 * ((3.1 * x).sin() + (3.1 * y).cos()), 1e-3);
        assert!(worst < 1e-4 && told == 1.0, "{worst} {told}");
    }

    #[test]
    fn a_crease_is_told_or_refused_never_rounded() {
        let mut refused = false;
        for turn in 0..60 {
            let (s, c) = (0.11 * f64::from(turn)).sin_cos();
            for slope in [0.002, 0.01, 0.03, 0.1, 0.5, 1.0] {
                let shift = 0.007 * f64::from(turn);
                let crease = |x: f64, y: f64| {
                    let (u, v) = (c * x + s * y - shift, c * y - s * x);
                    (slope * u).max(0.0) + 0.3 * v
                };
                let (worst, told) = asked(crease, 1e-3);
                assert!(worst <= 1e-3, "slope {slope}, turn {turn}: {worst} mm");
                refused |= told < 0.95;
            }
        }
        assert!(refused);
    }
}
