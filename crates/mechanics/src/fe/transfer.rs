//! Between a grid and the next coarser one: moduli, fixed nodes, residuals, corrections.

use rayon::prelude::*;

use super::level::{Level, Shape};

/// The next coarser grid: half as many elements along each axis, rounded up.
pub(crate) fn coarser(fine: &Level) -> Level {
    let shape = Shape::new(fine.shape.size.map(|n| n.div_ceil(2)));
    Level::new(shape, coarse_moduli(&fine.shape, &shape, fine), coarse_fixed(&shape, fine))
}

/// Means over the eight children, times two because the edge doubles.
fn coarse_moduli(from: &Shape, to: &Shape, fine: &Level) -> Vec<f32> {
    let [ni, nj, nk] = to.size;
    let mut moduli = vec![0.0; nk * nj * 3 * to.row];
    for (index, row) in moduli.chunks_exact_mut(3 * to.row).enumerate() {
        let (j, k) = (index % nj, index / nj);
        for m in 0..3 {
            for i in 0..ni {
                let mut sum = 0.0;
                for bits in 0..8 {
                    let at = [2 * i + (bits & 1), 2 * j + (bits >> 1 & 1), 2 * k + (bits >> 2)];
                    if (0..3).all(|a| at[a] < from.size[a]) {
                        let line = (at[2] * from.size[1] + at[1]) * 3 + m;
                        sum += fine.elements.moduli[line * from.row + at[0]];
                    }
                }
                row[m * to.row + i] = 0.25 * sum;
            }
        }
    }
    moduli
}

/// A coarse node is fixed where its own fine node is, or where half of what it moves is.
fn coarse_fixed(to: &Shape, fine: &Level) -> Vec<u8> {
    let size = fine.shape.size;
    let mut fixed = vec![0u8; (to.size[0] + 1) * (to.size[1] + 1) * (to.size[2] + 1)];
    if fine.fixed.iter().all(|bits| *bits == 0) {
        return fixed;
    }
    to.for_each_node(|index, node| {
        for axis in 0..3 {
            let (mut free, mut held, mut same) = (0.0, 0.0, false);
            for n in 0..27usize {
                let offset = [n % 3, n / 3 % 3, n / 9];
                let at = [0, 1, 2].map(|a| (2 * node[a] + offset[a]).wrapping_sub(1));
                if (0..3).any(|a| at[a] > size[a]) {
                    continue;
                }
                let weight: f64 = offset.iter().map(|&o| if o == 1 { 1.0 } else { 0.5 }).product();
                let place = (at[2] * (size[1] + 1) + at[1]) * (size[0] + 1) + at[0];
                if fine.fixed[place] >> axis & 1 == 1 {
                    held += weight;
                    same |= offset == [1, 1, 1];
                } else if fine.inverse[fine.shape.at(at) + axis * fine.shape.row] > 0.0 {
                    free += weight;
                }
            }
            if same || (held > 0.0 && held >= free) {
                fixed[index] |= 1 << axis;
            }
        }
    });
    fixed
}

/// Sets the coarse residual from the fine one: the transpose of [`prolong`].
pub(crate) fn restrict(fine: &Level, coarse: &mut Level) {
    let (from, to) = (fine.shape, coarse.shape);
    let planes = coarse.r.par_chunks_mut(to.plane()).zip(coarse.inverse.par_chunks(to.plane()));
    planes.enumerate().for_each_init(
        || vec![0.0f32; from.row + 2],
        |line, (k, (out, inverse))| {
            for j in 0..=to.size[1] {
                for component in 0..3 {
                    sum_rows(&from, &fine.r, [j, k], component, line);
                    let at = (3 * j + component) * to.row;
                    let (out, inverse) = (&mut out[at..at + to.row], &inverse[at..at + to.row]);
                    for i in 0..=to.size[0] {
                        // `line` starts one early: its entry 2 i + 1 is fine node 2 i.
                        let high = if 2 * i < from.size[0] { line[2 * i + 2] } else { 0.0 };
                        let middle = if 2 * i <= from.size[0] { line[2 * i + 1] } else { 0.0 };
                        let sum = middle + 0.5 * (line[2 * i] + high);
                        out[i] = if inverse[i] > 0.0 { sum } else { 0.0 };
                    }
                }
            }
        },
    );
}

/// Weighted sum of the up to nine fine rows around a coarse row.
fn sum_rows(from: &Shape, r: &[f32], [j, k]: [usize; 2], component: usize, line: &mut [f32]) {
    line.fill(0.0);
    for dk in 0..3usize {
        for dj in 0..3usize {
            let (fj, fk) = ((2 * j + dj).wrapping_sub(1), (2 * k + dk).wrapping_sub(1));
            if fj > from.size[1] || fk > from.size[2] {
                continue;
            }
            let half = |d: usize| if d == 1 { 1.0f32 } else { 0.5 };
            let weight = half(dj) * half(dk);
            let start = fk * from.plane() + (3 * fj + component) * from.row;
            for (sum, value) in line[1..].iter_mut().zip(&r[start..start + from.row]) {
                *sum += weight * value;
            }
        }
    }
}

/// Sets `d` from the coarse correction.
pub(crate) fn prolong(coarse: &Level, fine: &mut Level) {
    let (from, to) = (coarse.shape, fine.shape);
    let Level { d, inverse, .. } = fine;
    let planes = d.par_chunks_mut(to.plane()).zip(inverse.par_chunks(to.plane())).enumerate();
    planes.for_each_init(
        || vec![0.0f32; from.row + 1],
        |line, (k, (d, inverse))| {
            for j in 0..=to.size[1] {
                for component in 0..3 {
                    mean_rows(&from, &coarse.x, [j, k], component, line);
                    let at = (3 * j + component) * to.row;
                    let free = &inverse[at..at + to.row];
                    let d = &mut d[at..at + to.row];
                    for i in 0..=to.size[0] {
                        let mean = 0.5 * (line[i / 2] + line[i.div_ceil(2)]);
                        d[i] = if free[i] > 0.0 { mean } else { 0.0 };
                    }
                }
            }
        },
    );
}

/// Mean of the one, two or four coarse rows around a fine row.
fn mean_rows(from: &Shape, x: &[f32], [j, k]: [usize; 2], component: usize, line: &mut [f32]) {
    let start = |j: usize, k: usize| k * from.plane() + (3 * j + component) * from.row;
    let take = |j: usize, k: usize| &x[start(j, k)..start(j, k) + from.row];
    let (j0, j1, k0, k1) = (j / 2, j.div_ceil(2), k / 2, k.div_ceil(2));
    let (a, b, c, d) = (take(j0, k0), take(j1, k0), take(j0, k1), take(j1, k1));
    for i in 0..from.row {
        line[i] = 0.25 * ((a[i] + b[i]) + (c[i] + d[i]));
    }
}
