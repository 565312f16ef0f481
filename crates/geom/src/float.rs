//! Elementary functions that give the same bits on every machine.
//!
//! Built from additions, multiplications, divisions and square roots alone, which IEEE 754 rounds
//! in one way only; the platform's mathematical library takes no part. `sin` and `cos` have no
//! branch on the value, so loops over them become vector code.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, PI};

const PI_2_HIGH: f64 = 1.570_796_326_734_125_6;
const PI_2_LOW: f64 = 6.077_100_506_506_192e-11;
const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: adding it rounds to a whole number

/// Sine and cosine of an angle in radians, to 1e-14 for `|x| < 1e5`.
#[inline(always)]
pub fn sin_cos(x: f64) -> (f64, f64) {
    let shifted = x * (2.0 / PI) + ROUND;
    let quadrant = shifted.to_bits();
    let n = shifted - ROUND;
    let r = (x - n * PI_2_HIGH) - n * PI_2_LOW;
    let s = sin_kernel(r);
    let c = cos_kernel(r);
    let swap = quadrant & 1 != 0;
    let (a, b) = if swap { (c, s) } else { (s, c) };
    let a = if quadrant & 2 != 0 { -a } else { a };
    let b = if (quadrant + 1) & 2 != 0 { -b } else { b };
    (a, b)
}

#[inline(always)]
fn sin_kernel(r: f64) -> f64 {
    let z = r * r;
    let p = 1.589_690_995_211_55e-10;
    let p = p * z - 2.505_076_025_340_686e-8;
    let p = p * z + 2.755_731_370_707_006_8e-6;
    let p = p * z - 1.984_126_982_985_795e-4;
    let p = p * z + 8.333_333_333_322_49e-3;
    let p = p * z - 1.666_666_666_666_663_2e-1;
    r + r * z * p
}

#[inline(always)]
fn cos_kernel(r: f64) -> f64 {
    let z = r * r;
    let p = -1.135_964_755_778_819_5e-11;
    let p = p * z + 2.087_572_321_298_175e-9;
    let p = p * z - 2.755_731_435_139_066_3e-7;
    let p = p * z + 2.480_158_728_947_673e-5;
    let p = p * z - 1.388_888_888_887_411e-3;
    let p = p * z + 4.166_666_666_666_66e-2;
    1.0 - 0.5 * z + z * z * p
}

/// Length of a vector of two parts: the platform's own guards against overflow, which lengths in
/// mm never meet.
#[inline(always)]
pub fn hypot(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// Sine of an angle in radians.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    sin_cos(x).0
}

/// Cosine of an angle in radians.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    sin_cos(x).1
}

/// `e` to the power `x`, to 1e-15 relative; 0 and infinity beyond the range of a double.
pub fn exp(x: f64) -> f64 {
    if x > 709.0 {
        return f64::INFINITY;
    }
    if x < -708.0 {
        return 0.0;
    }
    let n = (x * LOG2_E + ROUND) - ROUND;
    let r = x - n * 0.693_147_180_369_123_8 - n * 1.908_214_929_270_587_7e-10;
    let mut sum = 1.0;
    for k in (1..=14).rev() {
        sum = 1.0 + r * sum / f64::from(k);
    }
    sum * f64::from_bits(((n as i64 + 1023) as u64) << 52)
}

/// Natural logarithm of a positive, normal number, to 1e-15.
///
/// # Panics
/// If `x` is not positive, finite and normal.
pub fn ln(x: f64) -> f64 {
    assert!(x.is_normal() && x > 0.0, "a logarithm of {x}");
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) as i64 - 1023) as f64;
    let mut m = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        exponent += 1.0;
    }
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut sum = 0.0;
    for k in (0..=11).rev() {
        sum = sum * z + 1.0 / f64::from(2 * k + 1);
    }
    2.0 * s * sum + exponent * LN_2
}

/// `x` to the power `y`, for `x` zero or positive.
///
/// # Panics
/// If `x` is negative or not finite.
pub fn pow(x: f64, y: f64) -> f64 {
    if x == 0.0 {
        return if y == 0.0 { 1.0 } else { 0.0 };
    }
    exp(y * ln(x))
}

/// Angle of the direction `(x, y)` in radians, from -pi to pi.
pub fn atan2(y: f64, x: f64) -> f64 {
    if x == 0.0 && y == 0.0 {
        return 0.0;
    }
    let (ax, ay) = (x.abs(), y.abs());
    let first = if ay <= ax { atan(ay / ax) } else { FRAC_PI_2 - atan(ax / ay) };
    let upper = if x < 0.0 { PI - first } else { first };
    if y < 0.0 { -upper } else { upper }
}

fn atan(t: f64) -> f64 {
    // One turn by pi/4 and two halvings of the angle leave |u| < 0.1, where the series is short.
    let (t, base) =
        if t > 0.414_213_562_373_095 { ((t - 1.0) / (t + 1.0), FRAC_PI_4) } else { (t, 0.0) };
    let half = |u: f64| u / (1.0 + (1.0 + u * u).sqrt());
    let u = half(half(t));
    let z = u * u;
    let mut sum = 0.0;
    for k in (0..=9).rev() {
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        sum = sum * z + sign / f64::from(2 * k + 1);
    }
    base + 4.0 * u * sum
}

/// Angle in radians whose cosine is `c`, clamped to [-1, 1].
pub fn acos(c: f64) -> f64 {
    let c = c.clamp(-1.0, 1.0);
    atan2((1.0 - c * c).max(0.0).sqrt(), c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_platform() {
        for n in -20_000..20_000 {
            let x = f64::from(n) * 0.0371;
            assert!((sin(x) - x.sin()).abs() < 1e-13, "sin {x}");
            assert!((cos(x) - x.cos()).abs() < 1e-13, "cos {x}");
            let angle = atan2(x.sin(), x.cos());
            assert!((angle - x.sin().atan2(x.cos())).abs() < 1e-13, "atan2 {x}");
            if x.abs() < 700.0 {
                assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "exp {x}");
            }
            if x > 0.0 {
                assert!((ln(x) - x.ln()).abs() < 1e-13, "ln {x}");
                assert!((pow(x, 1.56) / x.powf(1.56) - 1.0).abs() < 1e-12, "pow {x}");
            }
        }
    }
}
