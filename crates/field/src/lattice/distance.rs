//! The true distance to a triply periodic surface, sampled over one period.

use std::f64::consts::TAU;

use rayon::prelude::*;

use super::level_set::{self, LevelSet};

/// Signed distances to a surface over one period, in periods; negative where `F` lies below.
///
/// Samples lie at the low corners of their cells, `[z][y][x]`: where symmetry puts most extremes.
#[derive(Debug)]
pub(super) struct Distances {
    /// Samples per period.
    pub(super) n: usize,
    /// The distances.
    pub(super) values: Vec<f32>,
    /// Area of the surface in one period, in squared periods.
    pub(super) area: f64,
}

/// A point of the surface with its unit normal, in periods.
#[derive(Clone, Copy)]
struct Foot {
    at: [f32; 3],
    normal: [f32; 3],
}

const NONE: u32 = u32::MAX;

/// The values of a level function at `n` places an axis of one period, the first by `shift`
/// steps from its start, `[z][y][x]`.
pub(super) fn level_values(surface: &LevelSet, n: usize, shift: [f64; 3]) -> Vec<f32> {
    let step = 1.0 / n as f64;
    let [xs, ys, zs] = shift.map(|by| level_set::axis_waves(by * step, step, n));
    let row = |r: usize| {
        let factors = surface.row(&ys[r % n], &zs[r / n]);
        xs.iter().map(|x| level_set::dot(&factors, x) as f32).collect::<Vec<_>>()
    };
    (0..n * n).into_par_iter().flat_map_iter(row).collect()
}

impl Distances {
    /// The distances to `F = level` at `n`³ samples: exact to about `1e-4 / n`.
    ///
    /// Feet on the surface near every sample it passes are handed on from neighbour to neighbour
    /// (sweeps both ways, twice, since the period closes on itself); each then slides along its
    /// tangent to the foot of its own sample.
    pub(super) fn new(surface: &LevelSet, level: f64, n: usize) -> Self {
        let levels = level_values(surface, n, [0.0; 3]);
        let (feet, mut nearest, area) = first_feet(surface, level, n, &levels);
        for _ in 0..2 {
            sweep(&feet, &mut nearest, n);
        }
        let values = (0..n * n * n).into_par_iter().map(|at| {
            let p = place_of(at, n);
            let far = match nearest[at] {
                NONE => 1.0,
                foot => polished(surface, level, p, &feet[foot as usize], 1.0 / n as f64),
            };
            let below = f64::from(levels[at]) < level;
            (if below { -far } else { far }) as f32
        });
        Self { n, values: values.collect(), area }
    }
}

fn place_of(at: usize, n: usize) -> [f64; 3] {
    [at % n, at / n % n, at / (n * n)].map(|v| v as f64 / n as f64)
}

/// A step of Newton's towards the surface, no longer than `reach` periods.
fn towards(surface: &LevelSet, level: f64, p: [f64; 3], reach: f64) -> ([f64; 3], [f64; 3]) {
    let (value, g) = surface.value_and_gradient(p.map(|v| v * TAU));
    let g2 = (g[0] * g[0] + g[1] * g[1] + g[2] * g[2]).max(1e-12);
    let step = (value - level) / (g2 * TAU);
    let limit = (reach / (step.abs() * g2.sqrt()).max(1e-30)).min(1.0);
    let normal = g.map(|v| v / g2.sqrt());
    ([0, 1, 2].map(|a| p[a] - step * limit * g[a]), normal)
}

/// A foot on every edge between samples that the surface passes, the foot nearest to each sample
/// beside it, and the area of the surface.
///
/// Area: a piece of normal `n` is met by one line in `h² / |n_a|` along axis `a`; the three axes are
/// weighed by `n_a²`.
fn first_feet(
    surface: &LevelSet,
    level: f64,
    n: usize,
    levels: &[f32],
) -> (Vec<Foot>, Vec<u32>, f64) {
    let (mut feet, mut area) = (Vec::new(), 0.0);
    let mut nearest = vec![NONE; n * n * n];
    let below = |at: usize| f64::from(levels[at]) < level;
    let h = 1.0 / n as f64;
    for at in 0..n * n * n {
        let place = [at % n, at / n % n, at / (n * n)];
        for (axis, stride) in [1, n, n * n].into_iter().enumerate() {
            let there = if place[axis] + 1 == n { at + stride - n * stride } else { at + stride };
            if below(at) == below(there) {
                continue;
            }
            let (a, b) = (f64::from(levels[at]) - level, f64::from(levels[there]) - level);
            let mut p = place_of(at, n);
            p[axis] += h * (a / (a - b)).clamp(0.0, 1.0);
            for _ in 0..3 {
                p = towards(surface, level, p, h).0;
            }
            let (p, normal) = towards(surface, level, p, h);
            area += normal[axis].abs() * h * h;
            let foot = feet.len() as u32;
            feet.push(Foot { at: p.map(|v| v as f32), normal: normal.map(|v| v as f32) });
            for voxel in [at, there] {
                offer(&feet, &mut nearest, n, voxel, foot);
            }
        }
    }
    (feet, nearest, area)
}

/// Squared distance over periods that repeat.
#[inline(always)]
fn apart2(p: [f32; 3], q: [f32; 3]) -> f32 {
    let mut sum = 0.0;
    for a in 0..3 {
        let d = (p[a] - q[a]).abs();
        let d = if d > 0.5 { 1.0 - d } else { d };
        sum += d * d;
    }
    sum
}

fn offer(feet: &[Foot], nearest: &mut [u32], n: usize, voxel: usize, foot: u32) {
    let p = place_of(voxel, n).map(|v| v as f32);
    let held = nearest[voxel];
    let closer = |f: u32| apart2(p, feet[f as usize].at);
    if held == NONE || closer(foot) < closer(held) {
        nearest[voxel] = foot;
    }
}

/// One sweep up and one down: every sample takes the nearest of its own foot and those of the
/// thirteen samples before it.
fn sweep(feet: &[Foot], nearest: &mut [u32], n: usize) {
    // Steps to the thirteen samples before one: 0, 1, 2 for back, same, ahead along x, y, z.
    let before: Vec<[usize; 3]> = (0..13usize).map(|d| [d % 3, d / 3 % 3, d / 9]).collect();
    let around =
        |v: usize| [if v == 0 { n - 1 } else { v - 1 }, v, if v + 1 == n { 0 } else { v + 1 }];
    let count = n * n * n;
    for backward in [false, true] {
        for step in 0..count {
            let at = if backward { count - 1 - step } else { step };
            let [xs, ys, zs] = [at % n, at / n % n, at / (n * n)].map(around);
            let p = place_of(at, n).map(|v| v as f32);
            let mut held = nearest[at];
            let mut best = if held == NONE { 4.0 } else { apart2(p, feet[held as usize].at) };
            for &[i, j, k] in &before {
                let [i, j, k] = if backward { [2 - i, 2 - j, 2 - k] } else { [i, j, k] };
                let foot = nearest[(zs[k] * n + ys[j]) * n + xs[i]];
                if foot == NONE || foot == held {
                    continue;
                }
                let far = apart2(p, feet[foot as usize].at);
                if far < best {
                    (best, held) = (far, foot);
                }
            }
            nearest[at] = held;
        }
    }
}

/// Distance from `p` to the surface near `foot`, in periods.
fn polished(surface: &LevelSet, level: f64, p: [f64; 3], foot: &Foot, cell: f64) -> f64 {
    let (f, mut normal) = (foot.at.map(f64::from), foot.normal.map(f64::from));
    // The image of the foot that is nearest to p.
    let mut q = [0, 1, 2].map(|a| f[a] - (f[a] - p[a]).round());
    let far = |q: [f64; 3]| (0..3).map(|a| (p[a] - q[a]) * (p[a] - q[a])).sum::<f64>().sqrt();
    let mut best = far(q);
    for _ in 0..2 {
        let along: f64 = (0..3).map(|a| (p[a] - q[a]) * normal[a]).sum();
        let slide = [0, 1, 2].map(|a| p[a] - q[a] - along * normal[a]);
        let length = slide.iter().map(|v| v * v).sum::<f64>().sqrt();
        // Feet lie about a cell apart, so a longer slide has lost its way.
        let limit = (2.0 * cell / length.max(1e-12)).min(1.0);
        let moved = [0, 1, 2].map(|a| q[a] + slide[a] * limit);
        let (landed, there) = towards(surface, level, moved, 0.05);
        let next = far(landed);
        if next >= best {
            break;
        }
        (q, normal, best) = (landed, there, next);
    }
    best
}
