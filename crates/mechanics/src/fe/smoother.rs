//! Chebyshev polynomials of the fourth kind on the operator divided by its diagonal.
//!
//! They need the upper end of the spectrum alone (Lottes, Numerical Linear Algebra with
//! Applications 30 (2023) e2518). Each step is one pass over the grid.

use rayon::prelude::*;

use super::lanes::As;
use super::level::{Level, parts, view};
use super::mesh::Mesh;
use super::operator::{Precision, Sums, apply};

/// How a smoother step mixes the last step with the residual.
#[derive(Clone, Copy)]
struct Mix {
    last: f32,
    residual: f32,
}

/// Mixes after the first step.
fn mixes(lambda: f32, degree: usize) -> impl Iterator<Item = Mix> {
    (2..=degree).map(move |n| {
        let n = n as f32;
        let below = 2.0 * n + 1.0;
        Mix { last: (2.0 * n - 3.0) / below, residual: (8.0 * n - 4.0) / (below * lambda) }
    })
}

/// Smooths from zero: sets `x`, leaves the last step in `d` and the residual before it in `r`.
pub(crate) fn smooth_from_zero(level: &mut Level, degree: usize) {
    let scale = 4.0 / (3.0 * level.lambda);
    let Level { x, d, r, inverse, .. } = level;
    let chunk = x.len().div_ceil(64).max(1024);
    let outputs = x.par_chunks_mut(chunk).zip(d.par_chunks_mut(chunk));
    let inputs = r.par_chunks(chunk).zip(inverse.par_chunks(chunk));
    outputs.zip(inputs).for_each(|((x, d), (r, inverse))| {
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
pub(crate) fn smooth(level: &mut Level, degree: usize) {
    let [energy, gain] = product(level);
    let length = if energy > 0.0 && gain > 0.0 { (gain / energy) as f32 } else { 0.0 };
    let scale = 4.0 / (3.0 * level.lambda);
    let Level { inverse, x, r, d, e, .. } = level;
    let chunk = x.len().div_ceil(64).max(1024);
    let outputs = x.par_chunks_mut(chunk).zip(r.par_chunks_mut(chunk)).zip(d.par_chunks_mut(chunk));
    let inputs = e.par_chunks(chunk).zip(inverse.par_chunks(chunk));
    outputs.zip(inputs).for_each(|(((x, r), d), (e, inverse))| {
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
    let bounds = level.bounds();
    let Level { mesh, tasks, inverse, x, r, d, e, .. } = level;
    let stride = mesh.stride();
    let outputs = parts(x, stride, &bounds).into_iter().zip(parts(r, stride, &bounds));
    let outputs = outputs.zip(parts(e, stride, &bounds));
    let jobs: Vec<_> = tasks.iter().zip(outputs).collect();
    let mesh: &_ = mesh;
    jobs.into_par_iter().for_each_init(
        || Sums::<f32>::new(mesh),
        |sums, (planes, ((mut x, mut r), mut e))| {
            let [first, _] = mesh.nodes_of(*planes);
            apply(mesh, d, *planes, sums, |k, forces| {
                let nodes = mesh.nodes_of([k, k + 1]);
                let here = nodes[0] - first..nodes[1] - first;
                let (d, inverse) = (view(d, stride, nodes), view(inverse, stride, nodes));
                for c in 0..3 {
                    let (x, r) = (&mut x[c][here.clone()], &mut r[c][here.clone()]);
                    let e = &mut e[c][here.clone()];
                    advance(mix, [forces[c], d[c], inverse[c]], x, r, e);
                }
            });
        },
    );
    std::mem::swap(d, e);
}

#[inline(always)]
fn advance(
    mix: Mix,
    [force, d, inverse]: [&[f32]; 3],
    x: &mut [f32],
    r: &mut [f32],
    e: &mut [f32],
) {
    let count = x.len();
    let (force, d, inverse) = (&force[..count], &d[..count], &inverse[..count]);
    let (r, e) = (&mut r[..count], &mut e[..count]);
    for n in 0..count {
        let left = r[n] - force[n];
        let left = if inverse[n] > 0.0 { left } else { 0.0 };
        let step = mix.last * d[n] + mix.residual * inverse[n] * left;
        r[n] = left;
        e[n] = step;
        x[n] += step;
    }
}

/// `r -= A d`.
pub(crate) fn subtract_last(level: &mut Level) {
    let bounds = level.bounds();
    let Level { mesh, tasks, inverse, r, d, .. } = level;
    let stride = mesh.stride();
    let jobs: Vec<_> = tasks.iter().zip(parts(r, stride, &bounds)).collect();
    let mesh: &_ = mesh;
    jobs.into_par_iter().for_each_init(
        || Sums::<f32>::new(mesh),
        |sums, (planes, mut r)| {
            let [first, _] = mesh.nodes_of(*planes);
            apply(mesh, d, *planes, sums, |k, forces| {
                let nodes = mesh.nodes_of([k, k + 1]);
                let inverse = view(inverse, stride, nodes);
                for c in 0..3 {
                    let r = &mut r[c][nodes[0] - first..nodes[1] - first];
                    for ((r, force), inverse) in r.iter_mut().zip(forces[c]).zip(inverse[c]) {
                        *r = if *inverse > 0.0 { *r - force } else { 0.0 };
                    }
                }
            });
        },
    );
}

/// Sets `e = A d` on free places; gives `(d, A d)` and `(d, r)`.
pub(crate) fn product(level: &mut Level) -> [f64; 2] {
    let bounds = level.bounds();
    let Level { mesh, tasks, inverse, d, e, r, .. } = level;
    multiply::<f32>(mesh, tasks, &bounds, inverse, d, r, e)
}

/// Sets `q = A p` on free places; gives `(p, A p)` and `(p, r)`. Computes in the precision `T`:
/// where `p` is nearly rigid, its forces are small differences.
pub(crate) fn multiply<T>(
    mesh: &Mesh,
    tasks: &[[usize; 2]],
    bounds: &[[usize; 2]],
    inverse: &[f32],
    p: &[f32],
    r: &[f32],
    q: &mut [f32],
) -> [f64; 2]
where
    T: Precision + As<f64>,
    f32: As<T>,
{
    let stride = mesh.stride();
    let jobs: Vec<_> = tasks.iter().zip(parts(q, stride, bounds)).collect();
    let partial = jobs.into_par_iter().map_init(
        || Sums::<T>::new(mesh),
        |sums, (planes, mut q)| {
            let [first, _] = mesh.nodes_of(*planes);
            let mut total = [0.0; 2];
            apply(mesh, p, *planes, sums, |k, forces| {
                let nodes = mesh.nodes_of([k, k + 1]);
                let (p, inverse) = (view(p, stride, nodes), view(inverse, stride, nodes));
                let r = view(r, stride, nodes);
                for c in 0..3 {
                    let q = &mut q[c][nodes[0] - first..nodes[1] - first];
                    for ((q, force), inverse) in q.iter_mut().zip(forces[c]).zip(inverse[c]) {
                        *q = if *inverse > 0.0 { As::<f64>::as_(*force) as f32 } else { 0.0 };
                    }
                    total[0] += dot(p[c], q);
                    total[1] += dot(p[c], r[c]);
                }
            });
            total
        },
    );
    let add = |a: [f64; 2], b: &[f64; 2]| [a[0] + b[0], a[1] + b[1]];
    partial.collect::<Vec<_>>().iter().fold([0.0; 2], add)
}

/// Sum of products in double precision, in eight running sums.
#[inline]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    let rest: f64 = rest.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        (0..8).for_each(|n| sums[n] += f64::from(x[n]) * f64::from(y[n]));
    }
    sums.iter().sum::<f64>() + rest
}
