//! Conjugate gradients for two loads in step.
//!
//! The solution is in double precision, directions and residual in single; the residual is
//! computed anew in double precision whenever rounding could show in it (van der Vorst and Ye,
//! SIAM J. Sci. Comput. 22 (2000) 835-852).

use ossein_geom::Job;
use rayon::prelude::*;

use super::elements::{Elements, Strain};
use super::green::Green;
use super::nodes::Nodes;
use super::{HomogenizeError, HomogenizeOptions};

/// Fall of the residual after which it is computed anew.
const REPLACE_BELOW: f64 = 1e-3;
/// Forces that are nothing but rounding, relative to those of the same strain in loose elements.
const NOTHING: f64 = 1e-12;

/// Two loads, solved.
pub(super) struct Pair {
    /// Displacements beside those of the strain, in voxel edges.
    pub displacement: Vec<f64>,
    /// Iterations of each load.
    pub iterations: [usize; 2],
    /// Euclidean norm of the true residual over that without these displacements; zero where the
    /// strain alone is in balance.
    pub residuals: [f64; 2],
}

struct Work<'a> {
    nodes: &'a Nodes,
    elements: &'a Elements,
    strains: [Strain; 2],
    x: Vec<f64>,
    r: Vec<f32>,
    p: Vec<f32>,
    z: Vec<f32>,
}

/// Displacements of two strains.
pub(super) fn solve(
    nodes: &Nodes,
    elements: &Elements,
    green: &mut Green,
    strains: [Strain; 2],
    options: &HomogenizeOptions,
    label: &str,
    job: &Job,
) -> Result<Pair, HomogenizeError> {
    let single = || vec![0.0f32; nodes.len()];
    let (r, p, z) = (single(), single(), single());
    let mut work = Work { nodes, elements, strains, x: vec![0.0; nodes.len()], r, p, z };
    let start = work.renew().map(f64::sqrt);
    let goal = start.map(|norm| options.tolerance * norm);
    let floor = elements.loose_norm(strains).map(|norm| NOTHING * norm);
    let open = |norm: [f64; 2]| [0, 1].map(|l| norm[l] > goal[l] && start[l] > floor[l]);
    let (mut norm, mut replaced) = (start, start);
    let mut energy = [0.0f64; 2];
    let mut iterations = [0; 2];
    let relative =
        |norm: [f64; 2]| [0, 1].map(|l| if start[l] > floor[l] { norm[l] / start[l] } else { 0.0 });
    for iteration in 0.. {
        let mut active = open(norm);
        let fell = [0, 1].map(|l| active[l] && norm[l] < REPLACE_BELOW * replaced[l]);
        if fell != [false; 2] || (active == [false; 2] && norm != replaced) {
            norm = work.renew().map(f64::sqrt);
            replaced = norm;
            active = open(norm);
        }
        if active == [false; 2] {
            break;
        }
        let worst = relative(norm).into_iter().fold(0.0, f64::max);
        if iteration == options.iteration_count_max || !worst.is_finite() {
            let (load, iterations) = (label.to_owned(), iteration);
            return Err(HomogenizeError::NotConverged { load, residual: worst, iterations });
        }
        let job = job.labelled(&format!("{label}, residual {worst:.1e}, iteration"));
        job.step(iteration, options.iteration_count_max)?;
        let fresh = green.precondition(nodes, &work.r, &mut work.z);
        let beta = [0, 1].map(|l| if energy[l] > 0.0 { fresh[l] / energy[l] } else { 0.0 });
        energy = [0, 1].map(|l| if active[l] { fresh[l] } else { 0.0 });
        norm = work.step(fresh, beta, active).map(f64::sqrt);
        (0..2).filter(|&l| active[l]).for_each(|l| iterations[l] += 1);
    }
    let residuals = relative(norm);
    Ok(Pair { displacement: work.x, iterations, residuals })
}

impl Work<'_> {
    /// Computes the residual anew in double precision and returns the square of its norm.
    fn renew(&mut self) -> [f64; 2] {
        let Self { nodes, elements, strains, x, r, .. } = self;
        let finish = |_: usize, forces: &[f64], r: &mut [f32]| {
            r.iter_mut().zip(forces).for_each(|(r, f)| *r = -f as f32);
            let (first, second) = forces.split_at(forces.len() / 2);
            [first, second].map(|half| half.iter().map(|f| f * f).sum::<f64>())
        };
        add_up(&elements.apply(nodes, x, Some(*strains), r, finish))
    }

    /// One step along the new direction; returns the square of the residual's norm.
    fn step(&mut self, fresh: [f64; 2], beta: [f64; 2], active: [bool; 2]) -> [f64; 2] {
        let Self { nodes, elements, x, r, p, z, .. } = self;
        let beta = beta.map(|b| b as f32);
        each_half(nodes, p, z, |load, p, z| {
            p.iter_mut().zip(z).for_each(|(p, z)| *p = *z + beta[load] * *p);
        });
        let finish = |k: usize, forces: &[f32], q: &mut [f32]| {
            q.copy_from_slice(forces);
            products(nodes.plane(p, k), forces)
        };
        let curvature = add_up(&elements.apply(nodes, p, None, z, finish));
        let go = |l: usize| active[l] && curvature[l] > 0.0;
        let alpha = [0, 1].map(|l| if go(l) { fresh[l] / curvature[l] } else { 0.0 });
        each_half(nodes, x, p, |load, x, p| {
            x.iter_mut().zip(p).for_each(|(x, p)| *x += alpha[load] * f64::from(*p));
        });
        let norms = each_half(nodes, r, z, |load, r, q| {
            let alpha = alpha[load] as f32;
            r.iter_mut().zip(q.iter()).for_each(|(r, q)| *r -= alpha * q);
            product(r, r)
        });
        norms.iter().fold([0.0; 2], |sum, n| [sum[0] + n[0], sum[1] + n[1]])
    }
}

/// Calls `work` with each load's part of every plane of two vectors.
fn each_half<T: Send, U: Sync, R: Send>(
    nodes: &Nodes,
    to: &mut [T],
    from: &[U],
    work: impl Fn(usize, &mut [T], &[U]) -> R + Sync,
) -> Vec<[R; 2]> {
    let one = |(k, to): (usize, &mut [T])| {
        let from = nodes.plane(from, k);
        let half = from.len() / 2;
        let (first, second) = to.split_at_mut(half);
        [work(0, first, &from[..half]), work(1, second, &from[half..])]
    };
    let parts: Vec<(usize, &mut [T])> = nodes.split(to).into_iter().enumerate().collect();
    parts.into_par_iter().map(one).collect()
}

/// Scalar products of both loads in a plane.
pub(super) fn products(a: &[f32], b: &[f32]) -> [f64; 2] {
    let half = a.len() / 2;
    [product(&a[..half], &b[..half]), product(&a[half..], &b[half..])]
}

/// Scalar product in double precision, eight sums side by side.
fn product(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    let rest: f64 = rest.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..8 {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

fn add_up(parts: &[[f64; 2]]) -> [f64; 2] {
    parts.iter().fold([0.0; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]])
}
