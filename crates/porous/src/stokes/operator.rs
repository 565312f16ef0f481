//! The equations of creeping flow on faces and voxels.

use rayon::prelude::*;

use super::faces::{Faces, row};

/// A number of the unknowns.
pub(super) trait Number:
    Copy
    + Send
    + Sync
    + From<f32>
    + Into<f64>
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
{
}
impl Number for f32 {}
impl Number for f64 {}

/// `out = K x`: viscous force and pressure gradient on faces, minus divergence in voxels.
///
/// Unknowns are the three components of velocity, then pressure, one array behind the other.
pub(super) fn apply<T: Number>(faces: &Faces, x: &[T], out: &mut [T]) {
    let size = faces.size;
    let [ni, nj, nk] = size;
    let (plane, count) = (ni * nj, ni * nj * nk);
    let field = |c: usize| &x[c * count..][..count];
    let pressure = field(3);
    let (velocities, divergence) = out.split_at_mut(3 * count);
    for (c, values) in velocities.chunks_exact_mut(count).enumerate() {
        let u = field(c);
        let back = [[0, 0], [-1, 0], [0, -1]][c];
        values.par_chunks_mut(plane).enumerate().for_each(|(k, values)| {
            let mut sums = vec![T::from(0f32); ni];
            let mut steps = vec![T::from(0f32); ni];
            for (j, values) in values.chunks_exact_mut(ni).enumerate() {
                neighbours(u, size, j, k, &mut sums);
                let here = &pressure[row(size, j, k, 0, 0)..][..ni];
                let before = &pressure[row(size, j, k, back[0], back[1])..][..ni];
                gradient(here, before, c == 0, &mut steps);
                let at = (k * nj + j) * ni;
                viscous(&u[at..][..ni], &sums, &steps, &faces.inverse[c][at..][..ni], values);
            }
        });
    }
    divergence.par_chunks_mut(plane).enumerate().for_each(|(k, values)| {
        for (j, values) in values.chunks_exact_mut(ni).enumerate() {
            let here = row(size, j, k, 0, 0);
            let u = &field(0)[here..][..ni];
            let (v, w) = (&field(1)[here..][..ni], &field(2)[here..][..ni]);
            let next_v = &field(1)[row(size, j, k, 1, 0)..][..ni];
            let next_w = &field(2)[row(size, j, k, 0, 1)..][..ni];
            inflow([u, v, w, next_v, next_w], values);
        }
    });
}

/// Sum of the six neighbours along a row.
#[inline(always)]
pub(super) fn neighbours<T: Number>(u: &[T], size: [usize; 3], j: usize, k: usize, sums: &mut [T]) {
    let ni = size[0];
    let line = |dj, dk| &u[row(size, j, k, dj, dk)..][..ni];
    sum_rows(line(0, 0), [line(-1, 0), line(1, 0), line(0, -1), line(0, 1)], sums);
}

#[inline(never)]
fn sum_rows<T: Number>(u: &[T], [a, b, c, d]: [&[T]; 4], sums: &mut [T]) {
    let n = sums.len();
    let (u, a, b, c, d) = (&u[..n], &a[..n], &b[..n], &c[..n], &d[..n]);
    for i in 0..n {
        sums[i] = (a[i] + b[i]) + (c[i] + d[i]);
    }
    for i in 1..n.max(1) - 1 {
        sums[i] = sums[i] + (u[i - 1] + u[i + 1]);
    }
    sums[0] = sums[0] + (u[n - 1] + u[1 % n]);
    if n > 1 {
        sums[n - 1] = sums[n - 1] + (u[n - 2] + u[0]);
    }
}

#[inline(never)]
fn gradient<T: Number>(here: &[T], before: &[T], along_row: bool, steps: &mut [T]) {
    let n = steps.len();
    let (here, before) = (&here[..n], &before[..n]);
    if along_row {
        for i in 1..n {
            steps[i] = here[i] - here[i - 1];
        }
        steps[0] = here[0] - here[n - 1];
    } else {
        for i in 0..n {
            steps[i] = here[i] - before[i];
        }
    }
}

#[inline(never)]
fn viscous<T: Number>(u: &[T], sums: &[T], steps: &[T], inverse: &[f32], out: &mut [T]) {
    let n = out.len();
    let (u, sums, steps, inverse) = (&u[..n], &sums[..n], &steps[..n], &inverse[..n]);
    for i in 0..n {
        let open = inverse[i] > 0.0;
        let diagonal = T::from(if open { (1.0 / inverse[i]).round_ties_even() } else { 0.0 });
        let value = diagonal * u[i] - sums[i] + steps[i];
        out[i] = if open { value } else { T::from(0f32) };
    }
}

#[inline(never)]
fn inflow<T: Number>([u, v, w, next_v, next_w]: [&[T]; 5], out: &mut [T]) {
    let n = out.len();
    let (u, v, w) = (&u[..n], &v[..n], &w[..n]);
    let (next_v, next_w) = (&next_v[..n], &next_w[..n]);
    for i in 0..n {
        out[i] = (v[i] - next_v[i]) + (w[i] - next_w[i]) + u[i];
    }
    for i in 0..n - 1 {
        out[i] = out[i] - u[i + 1];
    }
    out[n - 1] = out[n - 1] - u[0];
}

/// Dot product; the sum runs over chunks of fixed size, in order.
pub(super) fn dot<T: Number>(a: &[T], b: &[T]) -> f64 {
    const CHUNK: usize = 1 << 14;
    let one = |(a, b): (&[T], &[T])| {
        let mut lanes = [0f64; 8];
        let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
        let tail: f64 = a8
            .remainder()
            .iter()
            .zip(b8.remainder())
            .map(|(&a, &b)| -> f64 { a.into() * b.into() })
            .sum();
        for (a, b) in a8.zip(b8) {
            for n in 0..8 {
                lanes[n] += a[n].into() * b[n].into();
            }
        }
        lanes.iter().sum::<f64>() + tail
    };
    let parts: Vec<f64> = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)).map(one).collect();
    parts.iter().sum()
}
