//! Geometric multigrid in single precision: the preconditioner.
//!
//! Smoother: Chebyshev polynomials of the fourth kind on the operator divided by its diagonal
//! (Lottes, Numerical Linear Algebra with Applications 30 (2023) e2518), which need the upper end
//! of the spectrum alone. Coarse grids take the mean moduli of their eight children.

use rayon::prelude::*;

use super::coarse::Banded;
use super::level::{Level, Shape, padded_moduli};
use super::operator::{Scratch, apply};
use super::transfer::{coarser, prolong, restrict};

/// Nodes that the grid solved at once may have.
const COARSEST_NODE_COUNT: usize = 500;
const LEVEL_COUNT_MAX: usize = 24;
const LANCZOS_STEP_COUNT: usize = 14;
/// A Lanczos estimate lies below the largest eigenvalue.
const LANCZOS_MARGIN: f64 = 1.08;

/// The hierarchy of grids, finest first.
pub(crate) struct Multigrid {
    /// Grids.
    pub levels: Vec<Level>,
    coarsest: Banded,
    degree: usize,
}

/// How a smoother step mixes the last step with the residual.
#[derive(Clone, Copy)]
struct Mix {
    last: f32,
    residual: f32,
}

impl Multigrid {
    /// Builds the hierarchy of a model. `fixed` holds one bit per axis and node.
    pub fn new(size: [usize; 3], moduli: &[[f32; 3]], fixed: Vec<u8>, degree: usize) -> Self {
        let shape = Shape::new(size);
        let mut levels = vec![Level::new(shape, padded_moduli(&shape, moduli), fixed)];
        while levels.len() < LEVEL_COUNT_MAX {
            let last = &levels[levels.len() - 1];
            let node_count = last.fixed.len();
            if node_count <= COARSEST_NODE_COUNT || last.shape.size.iter().all(|&n| n == 1) {
                break;
            }
            levels.push(coarser(last));
        }
        let coarsest = Banded::new(&levels[levels.len() - 1]);
        let count = levels.len();
        for level in &mut levels[..count - 1] {
            estimate_lambda(level);
        }
        for level in levels.iter_mut().skip(1) {
            level.fixed = Vec::new();
            level.sum = vec![0.0; level.shape.len()];
        }
        levels[0].fixed = Vec::new();
        Self { levels, coarsest, degree }
    }

    /// Falls back to the proven bounds of the spectrum; `false` if they were in use already.
    pub fn take_bounds(&mut self) -> bool {
        let mut changed = false;
        for level in &mut self.levels {
            changed |= level.lambda < level.lambda_bound;
            level.lambda = level.lambda_bound;
        }
        changed
    }

    /// From the residual in `levels[0].r`, the correction in `levels[0].x`.
    pub fn precondition(&mut self) {
        self.cycle(0);
    }

    fn cycle(&mut self, index: usize) {
        if index + 1 == self.levels.len() {
            self.coarsest.solve(&mut self.levels[index]);
            return;
        }
        smooth_from_zero(&mut self.levels[index], self.degree);
        subtract_last(&mut self.levels[index]);
        let (fine, coarse) = self.levels.split_at_mut(index + 1);
        restrict(&fine[index], &mut coarse[0]);
        self.cycle(index + 1);
        // A second visit where it costs little and the grid below is not solved exactly.
        if index + 2 < self.levels.len() {
            let level = &mut self.levels[index + 1];
            subtract_last(level);
            std::mem::swap(&mut level.sum, &mut level.x);
            self.cycle(index + 1);
            let Level { sum, x, .. } = &mut self.levels[index + 1];
            x.iter_mut().zip(&*sum).for_each(|(x, s)| *x += s);
        }
        let (fine, coarse) = self.levels.split_at_mut(index + 1);
        prolong(&coarse[0], &mut fine[index]);
        smooth(&mut fine[index], self.degree);
    }
}

/// Mixes of the fourth-kind Chebyshev smoother after its first step.
fn mixes(lambda: f32, degree: usize) -> impl Iterator<Item = Mix> {
    (2..=degree).map(move |n| {
        let n = n as f32;
        let below = 2.0 * n + 1.0;
        Mix { last: (2.0 * n - 3.0) / below, residual: (8.0 * n - 4.0) / (below * lambda) }
    })
}

fn first_mix(lambda: f32) -> Mix {
    Mix { last: 0.0, residual: 4.0 / (3.0 * lambda) }
}

/// Smooths from zero: sets `x`, leaves the last step in `d` and the residual before it in `r`.
fn smooth_from_zero(level: &mut Level, degree: usize) {
    let plane = level.shape.plane();
    let scale = first_mix(level.lambda).residual;
    let Level { x, d, r, inverse, .. } = level;
    let planes = x.par_chunks_mut(plane).zip(d.par_chunks_mut(plane));
    let planes = planes.zip(r.par_chunks(plane).zip(inverse.par_chunks(plane)));
    planes.for_each(|((x, d), (r, inverse))| {
        for n in 0..x.len() {
            d[n] = scale * inverse[n] * r[n];
            x[n] = d[n];
        }
    });
    for mix in mixes(level.lambda, degree) {
        step(level, mix);
    }
}

/// Adds the correction in `d` at the length that lowers the energy most, and smooths on.
///
/// Mean moduli can make a coarse grid too soft by a factor of three where material fills one corner
/// of a cell; the length takes that back.
fn smooth(level: &mut Level, degree: usize) {
    let energy = product(level);
    let Level { shape, inverse, x, r, d, e, .. } = level;
    let plane = shape.plane();
    let gain = inner(shape, d, r);
    let length = if energy > 0.0 && gain > 0.0 { (gain / energy) as f32 } else { 0.0 };
    let scale = first_mix(level.lambda).residual;
    let outputs = x.par_chunks_mut(plane).zip(r.par_chunks_mut(plane)).zip(d.par_chunks_mut(plane));
    let planes = outputs.zip(e.par_chunks(plane).zip(inverse.par_chunks(plane)));
    planes.for_each(|(((x, r), d), (e, inverse))| {
        for n in 0..x.len() {
            r[n] -= length * e[n];
            let step = scale * inverse[n] * r[n];
            x[n] += length * d[n] + step;
            d[n] = step;
        }
    });
    for mix in mixes(level.lambda, degree) {
        step(level, mix);
    }
}

/// `r -= A d`, then a new `d` from the old one and `r`, then `x += d`, in one pass.
fn step(level: &mut Level, mix: Mix) {
    let Level { shape, elements, inverse, x, r, d, e, .. } = level;
    let (plane, task) = (shape.plane(), shape.task_planes());
    let chunk = plane * task;
    let d_all: &[f32] = d;
    let chunks = x.par_chunks_mut(chunk).zip(r.par_chunks_mut(chunk)).zip(e.par_chunks_mut(chunk));
    let chunks = chunks.zip(inverse.par_chunks(chunk)).enumerate();
    chunks.for_each_init(
        || Scratch::new(shape, task),
        |scratch, (index, (((x, r), e), inverse))| {
            let first = index * task;
            apply(shape, elements, d_all, [first, first + x.len() / plane], scratch);
            let d = &d_all[first * plane..first * plane + x.len()];
            let product = &scratch.out[..x.len()];
            let (r, e, inverse) = (&mut r[..x.len()], &mut e[..x.len()], &inverse[..x.len()]);
            for n in 0..x.len() {
                let left = r[n] - product[n];
                r[n] = if inverse[n] > 0.0 { left } else { 0.0 };
                e[n] = mix.last * d[n] + mix.residual * inverse[n] * r[n];
                x[n] += e[n];
            }
        },
    );
    std::mem::swap(d, e);
}

/// `r -= A d`.
fn subtract_last(level: &mut Level) {
    let Level { shape, elements, inverse, r, d, .. } = level;
    let (plane, task) = (shape.plane(), shape.task_planes());
    let chunk = plane * task;
    let d_all: &[f32] = d;
    let chunks = r.par_chunks_mut(chunk).zip(inverse.par_chunks(chunk)).enumerate();
    chunks.for_each_init(
        || Scratch::new(shape, task),
        |scratch, (index, (r, inverse))| {
            let first = index * task;
            apply(shape, elements, d_all, [first, first + r.len() / plane], scratch);
            for ((r, product), inverse) in r.iter_mut().zip(&scratch.out).zip(inverse) {
                *r = if *inverse > 0.0 { *r - product } else { 0.0 };
            }
        },
    );
}

/// Sets `lambda` by Lanczos steps from a fixed start, as the coefficients of conjugate gradients.
fn estimate_lambda(level: &mut Level) {
    for n in 0..level.r.len() {
        let noise = (n as u32).wrapping_mul(0x9E37_79B9).wrapping_add(0x7F4A_7C15);
        let noise = (noise ^ (noise >> 15)).wrapping_mul(0x2C1B_3C6D);
        let value = (noise >> 8) as f32 / 8_388_608.0 - 1.0;
        level.r[n] = if level.inverse[n] > 0.0 { value } else { 0.0 };
        level.d[n] = level.inverse[n] * level.r[n];
    }
    let mut gamma = weighted_square(&level.shape, &level.r, &level.inverse);
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut carry = 0.0;
    for _ in 0..LANCZOS_STEP_COUNT {
        if gamma.is_nan() || gamma <= 0.0 {
            break;
        }
        // `e` = A d; alpha = gamma / (d, A d).
        let energy = product(level);
        if energy.is_nan() || energy <= 0.0 {
            break;
        }
        let alpha = gamma / energy;
        for n in 0..level.r.len() {
            level.r[n] -= alpha as f32 * level.e[n];
        }
        let next = weighted_square(&level.shape, &level.r, &level.inverse);
        let beta = next / gamma;
        diagonal.push(1.0 / alpha + carry);
        off.push(beta.sqrt() / alpha);
        carry = beta / alpha;
        gamma = next;
        for n in 0..level.r.len() {
            level.d[n] = level.inverse[n] * level.r[n] + beta as f32 * level.d[n];
        }
    }
    let largest = (LANCZOS_MARGIN * largest_eigenvalue(&diagonal, &off)) as f32;
    if largest > 0.0 && largest < level.lambda_bound {
        level.lambda = largest;
    }
}

/// Sets `e = A d` on free places; gives `(d, A d)`.
fn product(level: &mut Level) -> f64 {
    let Level { shape, elements, inverse, d, e, .. } = level;
    let (plane, task) = (shape.plane(), shape.task_planes());
    let chunk = plane * task;
    let d_all: &[f32] = d;
    let chunks = e.par_chunks_mut(chunk).zip(inverse.par_chunks(chunk)).enumerate();
    let partial = chunks.map_init(
        || Scratch::new(shape, task),
        |scratch, (index, (e, inverse))| {
            let first = index * task;
            apply(shape, elements, d_all, [first, first + e.len() / plane], scratch);
            let d = &d_all[first * plane..first * plane + e.len()];
            let mut sum = 0.0;
            for n in 0..e.len() {
                e[n] = if inverse[n] > 0.0 { scratch.out[n] } else { 0.0 };
                sum += f64::from(d[n]) * f64::from(e[n]);
            }
            sum
        },
    );
    partial.collect::<Vec<f64>>().iter().sum()
}

fn inner(shape: &Shape, a: &[f32], b: &[f32]) -> f64 {
    let planes = a.par_chunks(shape.plane()).zip(b.par_chunks(shape.plane()));
    let one = |(a, b): (&[f32], &[f32])| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    planes.map(one).collect::<Vec<f64>>().iter().sum()
}

fn weighted_square(shape: &Shape, r: &[f32], inverse: &[f32]) -> f64 {
    let chunks = r.par_chunks(shape.plane()).zip(inverse.par_chunks(shape.plane()));
    let square = |(r, inverse): (&[f32], &[f32])| -> f64 {
        r.iter().zip(inverse).map(|(r, w)| f64::from(r * r * w)).sum()
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
