//! Fourier transforms of many lines at once.
//!
//! Sixteen lines lie side by side, so that every step of the transform is plain arithmetic on
//! whole registers. Stockham's order needs no bit reversal; any length is taken, the powers of two
//! at their best.

use ossein_geom::float;

/// Lines side by side.
pub(super) const LANES: usize = 16;

/// One place of sixteen complex lines.
#[derive(Clone, Copy)]
pub(super) struct Lane {
    /// Real parts.
    pub re: [f32; LANES],
    /// Imaginary parts.
    pub im: [f32; LANES],
}

impl Lane {
    /// Takes other numbers: half by half, which stays in registers.
    #[inline(always)]
    fn set(&mut self, other: &Self) {
        self.re = other.re;
        self.im = other.im;
    }
}

/// Nothing at all.
pub(super) const ZERO: Lane = Lane { re: [0.0; LANES], im: [0.0; LANES] };

/// The transform of lines of one length, with the kernel `exp(-2 pi i j k / n)`.
///
/// The inverse is the same transform with real and imaginary parts exchanged on both sides, over
/// the length.
pub(super) struct Fourier {
    stages: Vec<Stage>,
    /// Places of a line.
    pub length: usize,
}

/// One factor of the length.
struct Stage {
    radix: usize,
    /// Length still to transform, over the radix.
    rest: usize,
    /// Lines interleaved by the stages before.
    stride: usize,
    /// Factors of outputs `1..radix` for each of `rest` places.
    twiddles: Vec<[f32; 2]>,
    /// Roots of one of the radix, where it has no step of its own.
    roots: Vec<[f32; 2]>,
}

impl Fourier {
    /// For lines of `length` places.
    pub fn new(length: usize) -> Self {
        let (mut left, mut stride) = (length, 1);
        let mut stages = Vec::new();
        while left > 1 {
            let radix = factor(left);
            let rest = left / radix;
            let place = |n: usize| root((n / (radix - 1)) * (n % (radix - 1) + 1), left);
            let twiddles = (0..rest * (radix - 1)).map(place).collect();
            let roots = if matches!(radix, 2 | 4 | 8) { 0 } else { radix };
            let roots = (0..roots).map(|n| root(n, radix)).collect();
            stages.push(Stage { radix, rest, stride, twiddles, roots });
            stride *= radix;
            left = rest;
        }
        Self { stages, length }
    }

    /// Transforms the lines in `lines`, with as much room in `spare`; both are used up, and the
    /// result lies in `lines`.
    pub fn transform(&self, lines: &mut [Lane], spare: &mut [Lane]) {
        let (mut from, mut to) = (&mut lines[..self.length], &mut spare[..self.length]);
        for stage in &self.stages {
            match stage.radix {
                2 => two(stage, from, to),
                4 => four(stage, from, to),
                8 => eight(stage, from, to),
                _ => any(stage, from, to),
            }
            std::mem::swap(&mut from, &mut to);
        }
        if self.stages.len() % 2 == 1 {
            to.copy_from_slice(from);
        }
    }
}

/// The next factor of a length.
fn factor(n: usize) -> usize {
    match n {
        _ if n.is_multiple_of(8) && n != 16 => 8,
        _ if n.is_multiple_of(4) => 4,
        _ if n.is_multiple_of(2) => 2,
        _ => {
            (3..).step_by(2).take_while(|f| f * f <= n).find(|f| n.is_multiple_of(*f)).unwrap_or(n)
        }
    }
}

fn root(numerator: usize, denominator: usize) -> [f32; 2] {
    let part = (numerator % denominator) as f64 / denominator as f64;
    let (sin, cos) = float::sin_cos(-2.0 * std::f64::consts::PI * part);
    [cos as f32, sin as f32]
}

/// A complex number of one lane.
type Complex = [f32; 2];

#[inline(always)]
fn sum(a: Complex, b: Complex) -> Complex {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn difference(a: Complex, b: Complex) -> Complex {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn product(a: Complex, b: Complex) -> Complex {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// Times `-i`.
#[inline(always)]
fn turned(a: Complex) -> Complex {
    [a[1], -a[0]]
}

#[inline(always)]
fn take(from: &Lane, lane: usize) -> Complex {
    [from.re[lane], from.im[lane]]
}

#[inline(always)]
fn put(to: &mut Lane, lane: usize, value: Complex) {
    to.re[lane] = value[0];
    to.im[lane] = value[1];
}

/// The `radix` rows that one step reads.
#[inline(always)]
fn rows<'a, const R: usize>(stage: &Stage, from: &'a [Lane], p: usize, q: usize) -> [&'a Lane; R] {
    std::array::from_fn(|k| &from[q + stage.stride * (p + stage.rest * k)])
}

fn two(stage: &Stage, from: &[Lane], to: &mut [Lane]) {
    for p in 0..stage.rest {
        let twiddle = stage.twiddles[p];
        for q in 0..stage.stride {
            let [a, b] = rows(stage, from, p, q);
            let first = q + stage.stride * 2 * p;
            let (low, high) = to.split_at_mut(first + stage.stride);
            let (low, high) = (&mut low[first], &mut high[0]);
            for lane in 0..LANES {
                let (a, b) = (take(a, lane), take(b, lane));
                put(low, lane, sum(a, b));
                put(high, lane, product(difference(a, b), twiddle));
            }
        }
    }
}

#[inline(always)]
fn butterfly(a: Complex, b: Complex, c: Complex, d: Complex) -> [Complex; 4] {
    let (ac, ca, bd) = (sum(a, c), difference(a, c), sum(b, d));
    let db = turned(difference(b, d));
    [sum(ac, bd), sum(ca, db), difference(ac, bd), difference(ca, db)]
}

fn four(stage: &Stage, from: &[Lane], to: &mut [Lane]) {
    let stride = stage.stride;
    for p in 0..stage.rest {
        let w: &[Complex; 3] = stage.twiddles[3 * p..3 * p + 3].try_into().expect("three");
        for q in 0..stride {
            let [a, b, c, d] = rows(stage, from, p, q);
            let mut out = [ZERO; 4];
            for lane in 0..LANES {
                let (a, b) = (take(a, lane), take(b, lane));
                let y = butterfly(a, b, take(c, lane), take(d, lane));
                put(&mut out[0], lane, y[0]);
                put(&mut out[1], lane, product(y[1], w[0]));
                put(&mut out[2], lane, product(y[2], w[1]));
                put(&mut out[3], lane, product(y[3], w[2]));
            }
            for (j, out) in out.into_iter().enumerate() {
                to[q + stride * (4 * p + j)].set(&out);
            }
        }
    }
}

fn eight(stage: &Stage, from: &[Lane], to: &mut [Lane]) {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let stride = stage.stride;
    for p in 0..stage.rest {
        let w: &[Complex; 7] = stage.twiddles[7 * p..7 * p + 7].try_into().expect("seven");
        for q in 0..stride {
            let x: [&Lane; 8] = rows(stage, from, p, q);
            let mut out = [ZERO; 8];
            for lane in 0..LANES {
                let x: [Complex; 8] = std::array::from_fn(|k| take(x[k], lane));
                let even = butterfly(x[0], x[2], x[4], x[6]);
                let odd = butterfly(x[1], x[3], x[5], x[7]);
                let odd = [
                    odd[0],
                    [HALF * (odd[1][0] + odd[1][1]), HALF * (odd[1][1] - odd[1][0])],
                    turned(odd[2]),
                    [HALF * (odd[3][1] - odd[3][0]), -HALF * (odd[3][0] + odd[3][1])],
                ];
                put(&mut out[0], lane, sum(even[0], odd[0]));
                for j in 1..4 {
                    put(&mut out[j], lane, product(sum(even[j], odd[j]), w[j - 1]));
                }
                for j in 0..4 {
                    put(&mut out[j + 4], lane, product(difference(even[j], odd[j]), w[j + 3]));
                }
            }
            for (j, out) in out.into_iter().enumerate() {
                to[q + stride * (8 * p + j)].set(&out);
            }
        }
    }
}

/// Any radix, by its definition.
fn any(stage: &Stage, from: &[Lane], to: &mut [Lane]) {
    let Stage { radix, rest, stride, .. } = *stage;
    for p in 0..rest {
        for q in 0..stride {
            for j in 0..radix {
                let mut out = ZERO;
                for k in 0..radix {
                    let x = &from[q + stride * (p + rest * k)];
                    let w = stage.roots[j * k % radix];
                    for lane in 0..LANES {
                        let value = sum(take(&out, lane), product(take(x, lane), w));
                        put(&mut out, lane, value);
                    }
                }
                if j > 0 {
                    let w = stage.twiddles[(radix - 1) * p + j - 1];
                    for lane in 0..LANES {
                        let value = product(take(&out, lane), w);
                        put(&mut out, lane, value);
                    }
                }
                to[q + stride * (radix * p + j)] = out;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_transformed_as_defined() {
        for n in (1..40).chain([48, 60, 64, 97, 128, 256]) {
            let plan = Fourier::new(n);
            let value = |i: usize, lane: usize| {
                ((i * 37 + lane * 11) % 101) as f32 / 50.0 - 1.0 + (i == lane) as u8 as f32
            };
            let mut lines = vec![ZERO; n];
            for (i, line) in lines.iter_mut().enumerate() {
                line.re = std::array::from_fn(|lane| value(i, lane));
                line.im = std::array::from_fn(|lane| value(n - i, lane + 5));
            }
            let before = lines.clone();
            plan.transform(&mut lines, &mut vec![ZERO; n]);
            for k in 0..n {
                let mut want = [0.0f64; 2];
                for (i, line) in before.iter().enumerate() {
                    let angle = -2.0 * std::f64::consts::PI * (i * k % n) as f64 / n as f64;
                    let (re, im) = (f64::from(line.re[3]), f64::from(line.im[3]));
                    want[0] += re * angle.cos() - im * angle.sin();
                    want[1] += re * angle.sin() + im * angle.cos();
                }
                let error = (want[0] - f64::from(lines[k].re[3])).abs()
                    + (want[1] - f64::from(lines[k].im[3])).abs();
                assert!(error < 2e-5 * (n as f64).sqrt(), "length {n}, place {k}: {error}");
            }
        }
    }
}
