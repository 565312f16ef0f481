//! Conjugate gradients in double precision around the single-precision preconditioner.

use ossein_geom::{Cancelled, Job};
use rayon::prelude::*;

use super::level::{Level, Shape};
use super::multigrid::Multigrid;
use super::operator::{Scratch, apply};

/// What an iteration reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Iterations made.
    pub iterations: usize,
    /// Euclidean norm of the residual, relative to the given norm.
    pub residual: f64,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Norm that the residual is held against.
    pub norm: f64,
    /// Relative residual to reach.
    pub tolerance: f64,
    /// Iterations at most.
    pub iteration_count_max: usize,
}

/// Improves `x` until the residual `r`, which belongs to it on entry, is small.
pub(crate) fn iterate(
    grids: &mut Multigrid,
    x: &mut [f64],
    r: &mut [f64],
    stop: Stop,
    job: &Job,
) -> Result<Outcome, Cancelled> {
    let shape = grids.levels[0].shape;
    let mut p = vec![0.0f64; shape.len()];
    let mut q = vec![0.0f64; shape.len()];
    let mut residual = norm(&shape, r) / stop.norm;
    let mut iterations = 0;
    let mut last = 0.0; // (z, r) of the step before; 0 starts anew along the gradient.
    let mut alpha = 0.0;
    while residual > stop.tolerance && iterations < stop.iteration_count_max {
        job.step(iterations, stop.iteration_count_max)?;
        // Keeps the single-precision residual far from its underflow.
        let scale = 1.0 / (residual * stop.norm);
        load_residual(&mut grids.levels[0], r, scale);
        grids.precondition();
        let level = &grids.levels[0];
        let [zr, zq] = products(&shape, &level.x, r, &q);
        let (zr, zq) = (zr / scale, zq / scale);
        let beta = if last > 0.0 { -alpha * zq / last } else { 0.0 };
        direction(&shape, &level.x, 1.0 / scale, beta, &mut p);
        let energy = multiply(level, &p, &mut q);
        iterations += 1;
        let broken = !(zr > 0.0 && energy > 0.0 && zr.is_finite() && energy.is_finite());
        if broken {
            // An underestimated spectrum makes the preconditioner indefinite.
            if !grids.take_bounds() {
                return Ok(Outcome { iterations, residual });
            }
            (last, alpha) = (0.0, 0.0);
            p.fill(0.0);
            q.fill(0.0);
            continue;
        }
        alpha = zr / energy;
        last = zr;
        residual = advance(&shape, alpha, &p, &q, x, r).sqrt() / stop.norm;
    }
    job.step(stop.iteration_count_max, stop.iteration_count_max)?;
    Ok(Outcome { iterations, residual })
}

/// Euclidean norm, in sums over planes.
pub(crate) fn norm(shape: &Shape, v: &[f64]) -> f64 {
    let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
    v.par_chunks(shape.plane()).map(square).collect::<Vec<f64>>().iter().sum::<f64>().sqrt()
}

fn load_residual(level: &mut Level, r: &[f64], scale: f64) {
    let plane = level.shape.plane();
    let planes = level.r.par_chunks_mut(plane).zip(r.par_chunks(plane));
    planes.for_each(|(to, from)| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = (from * scale) as f32);
    });
}

/// `(z, r)` and `(z, q)`.
fn products(shape: &Shape, z: &[f32], r: &[f64], q: &[f64]) -> [f64; 2] {
    let plane = shape.plane();
    let planes = z.par_chunks(plane).zip(r.par_chunks(plane)).zip(q.par_chunks(plane));
    let partial = planes.map(|((z, r), q)| {
        let mut sums = [0.0; 2];
        for n in 0..z.len() {
            let z = f64::from(z[n]);
            sums[0] += z * r[n];
            sums[1] += z * q[n];
        }
        sums
    });
    let add = |a: [f64; 2], b: &[f64; 2]| [a[0] + b[0], a[1] + b[1]];
    partial.collect::<Vec<_>>().iter().fold([0.0; 2], add)
}

/// `p = scale z + beta p`.
fn direction(shape: &Shape, z: &[f32], scale: f64, beta: f64, p: &mut [f64]) {
    let plane = shape.plane();
    p.par_chunks_mut(plane).zip(z.par_chunks(plane)).for_each(|(p, z)| {
        p.iter_mut().zip(z).for_each(|(p, z)| *p = scale * f64::from(*z) + beta * *p);
    });
}

/// `q = A p` on free places; gives `(p, q)`.
fn multiply(level: &Level, p: &[f64], q: &mut [f64]) -> f64 {
    let shape = &level.shape;
    let (plane, task) = (shape.plane(), shape.task_planes());
    let chunk = plane * task;
    let chunks = q.par_chunks_mut(chunk).zip(level.inverse.par_chunks(chunk)).enumerate();
    let partial = chunks.map_init(
        || Scratch::new(shape, task),
        |scratch, (index, (q, inverse))| {
            let first = index * task;
            apply(shape, &level.elements, p, [first, first + q.len() / plane], scratch);
            let p = &p[first * plane..first * plane + q.len()];
            let mut sum = 0.0;
            for n in 0..q.len() {
                q[n] = if inverse[n] > 0.0 { scratch.out[n] } else { 0.0 };
                sum += p[n] * q[n];
            }
            sum
        },
    );
    partial.collect::<Vec<f64>>().iter().sum()
}

/// `x += alpha p`, `r -= alpha q`; gives `(r, r)`.
fn advance(shape: &Shape, alpha: f64, p: &[f64], q: &[f64], x: &mut [f64], r: &mut [f64]) -> f64 {
    let plane = shape.plane();
    let outputs = x.par_chunks_mut(plane).zip(r.par_chunks_mut(plane));
    let inputs = p.par_chunks(plane).zip(q.par_chunks(plane));
    let partial = outputs.zip(inputs).map(|((x, r), (p, q))| {
        let mut sum = 0.0;
        for n in 0..x.len() {
            x[n] += alpha * p[n];
            r[n] -= alpha * q[n];
            sum += r[n] * r[n];
        }
        sum
    });
    partial.collect::<Vec<f64>>().iter().sum()
}

/// `A x` everywhere, fixed places among them.
pub(crate) fn forces(level: &Level, x: &[f64]) -> Vec<f64> {
    let shape = &level.shape;
    let (plane, task) = (shape.plane(), shape.task_planes());
    let chunk = plane * task;
    let mut q = vec![0.0; shape.len()];
    q.par_chunks_mut(chunk).enumerate().for_each_init(
        || Scratch::new(shape, task),
        |scratch, (index, q)| {
            let first = index * task;
            apply(shape, &level.elements, x, [first, first + q.len() / plane], scratch);
            q.copy_from_slice(&scratch.out[..q.len()]);
        },
    );
    q
}
