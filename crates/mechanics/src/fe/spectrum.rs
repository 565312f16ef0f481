//! The upper end of a level's spectrum.

use rayon::prelude::*;

use super::level::Level;
use super::smoother::product;

const LANCZOS_STEP_COUNT: usize = 10;
/// A Lanczos estimate lies below the largest eigenvalue.
const LANCZOS_MARGIN: f64 = 1.1;
/// Numbers that a task takes.
const CHUNK: usize = 1 << 16;

/// Sets `lambda` by Lanczos steps from a fixed start, as the coefficients of conjugate gradients.
pub(crate) fn estimate_lambda(level: &mut Level) {
    start(level);
    let mut gamma = weighted_square(level);
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut carry = 0.0;
    for _ in 0..LANCZOS_STEP_COUNT {
        if gamma.is_nan() || gamma <= 0.0 {
            break;
        }
        // `e` = A d; alpha = gamma / (d, A d).
        let [energy, _] = product(level);
        if energy.is_nan() || energy <= 0.0 {
            break;
        }
        let alpha = gamma / energy;
        let Level { r, e, .. } = level;
        r.par_chunks_mut(CHUNK).zip(e.par_chunks(CHUNK)).for_each(|(r, e)| {
            r.iter_mut().zip(e).for_each(|(r, e)| *r -= alpha as f32 * e);
        });
        let next = weighted_square(level);
        let beta = next / gamma;
        diagonal.push(1.0 / alpha + carry);
        off.push(beta.sqrt() / alpha);
        carry = beta / alpha;
        gamma = next;
        let Level { r, d, inverse, .. } = level;
        let inputs = r.par_chunks(CHUNK).zip(inverse.par_chunks(CHUNK));
        d.par_chunks_mut(CHUNK).zip(inputs).for_each(|(d, (r, inverse))| {
            for n in 0..d.len() {
                d[n] = inverse[n] * r[n] + beta as f32 * d[n];
            }
        });
    }
    let largest = (LANCZOS_MARGIN * largest_eigenvalue(&diagonal, &off)) as f32;
    if largest > 0.0 && largest < level.lambda_bound {
        level.lambda = largest;
    }
}

/// Noise that depends on the place alone.
fn start(level: &mut Level) {
    let Level { r, d, inverse, .. } = level;
    let outputs = r.par_chunks_mut(CHUNK).zip(d.par_chunks_mut(CHUNK));
    outputs.zip(inverse.par_chunks(CHUNK)).enumerate().for_each(|(chunk, ((r, d), inverse))| {
        for n in 0..r.len() {
            let place = (chunk * CHUNK + n) as u32;
            let noise = place.wrapping_mul(0x9E37_79B9).wrapping_add(0x7F4A_7C15);
            let noise = (noise ^ (noise >> 15)).wrapping_mul(0x2C1B_3C6D);
            let value = (noise >> 8) as f32 / 8_388_608.0 - 1.0;
            r[n] = if inverse[n] > 0.0 { value } else { 0.0 };
            d[n] = inverse[n] * r[n];
        }
    });
}

fn weighted_square(level: &Level) -> f64 {
    let chunks = level.r.par_chunks(CHUNK).zip(level.inverse.par_chunks(CHUNK));
    let square = |(r, inverse): (&[f32], &[f32])| -> f64 {
        let one = |(r, w): (&f32, &f32)| f64::from(*r) * f64::from(*r) * f64::from(*w);
        r.iter().zip(inverse).map(one).sum()
    };
    chunks.map(square).collect::<Vec<f64>>().iter().sum()
}

/// Largest eigenvalue of a symmetric tridiagonal matrix, by bisection on its sign changes.
fn largest_eigenvalue(diagonal: &[f64], off: &[f64]) -> f64 {
    let count = diagonal.len();
    let side = |n: usize| if n + 1 < count { off[n] } else { 0.0 };
    let radius = |n: usize| side(n) + if n > 0 { off[n - 1] } else { 0.0 };
    let mut high = (0..count).map(|n| diagonal[n] + radius(n)).fold(0.0, f64::max);
    let mut low = 0.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let mut pivot = 1.0;
        let mut above = false;
        for n in 0..count {
            let square = if n > 0 { off[n - 1] * off[n - 1] } else { 0.0 };
            pivot = diagonal[n] - middle - square / pivot;
            above |= pivot > 0.0;
            if pivot == 0.0 {
                pivot = -1e-300;
            }
        }
        if above { low = middle } else { high = middle }
    }
    high
}
