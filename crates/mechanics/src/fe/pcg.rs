//! Conjugate gradients around the single-precision preconditioner, on the true residual.
//!
//! The solution is in double precision. Directions and residual are in single precision, and the
//! residual is computed anew in double precision whenever rounding could show in it (van der Vorst
//! and Ye, SIAM J. Sci. Comput. 22 (2000) 835-852).

use ossein_geom::{Cancelled, Job};
use rayon::prelude::*;

use super::level::{Level, parts, view};
use super::multigrid::Multigrid;
use super::operator::{Sums, apply};
use super::smoother::{dot, multiply};

/// Fall of the residual after which it is computed anew.
const REPLACE_BELOW: f64 = 1e-3;

/// What an iteration reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Iterations made.
    pub iterations: usize,
    /// Euclidean norm of the true residual, relative to the given norm.
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

/// Forces on few nodes in units of the operator, ordered by node.
pub(crate) type Load = [(u32, [f64; 3])];

/// Vectors of the iteration.
struct Work {
    /// Residual over `scale`.
    r: Vec<f32>,
    p: Vec<f32>,
    q: Vec<f32>,
    scale: f64,
    /// Norm of `r`.
    norm: f64,
}

impl Work {
    fn residual(&self) -> f64 {
        self.scale * self.norm
    }
}

/// Improves `x` until its residual is small.
pub(crate) fn iterate(
    grids: &mut Multigrid,
    x: &mut [f64],
    load: &Load,
    stop: Stop,
    job: &Job,
) -> Result<Outcome, Cancelled> {
    let vector = || vec![0.0f32; grids.levels[0].mesh.len()];
    let goal = stop.tolerance * stop.norm;
    let mut work = Work { r: vector(), p: vector(), q: vector(), scale: 1.0, norm: stop.norm };
    renew(&grids.levels[0], x, load, &mut work);
    let mut iterations = 0;
    let mut energy = 0.0; // (p, q) of the step before; 0 starts anew along the gradient.
    while work.residual() > goal && iterations < stop.iteration_count_max {
        let share = work.residual() / stop.norm;
        job.detailed(format_args!(", residual {share:.1e}, iteration"))
            .step(iterations, stop.iteration_count_max)?;
        grids.levels[0].r.copy_from_slice(&work.r);
        grids.precondition();
        let level = &grids.levels[0];
        let beta = if energy > 0.0 { -inner(&level.x, &work.q) / energy } else { 0.0 };
        direct(&level.x, beta as f32, &mut work.p);
        let bounds = level.bounds();
        let Work { r, p, q, .. } = &mut work;
        let [pq, pr] = multiply::<f64>(&level.mesh, &level.tasks, &bounds, &level.inverse, p, r, q);
        energy = pq;
        iterations += 1;
        if !(pr > 0.0 && pq > 0.0 && pr.is_finite() && pq.is_finite()) {
            // An underestimated spectrum makes the preconditioner indefinite.
            if !grids.take_bounds() {
                break;
            }
            energy = 0.0;
            work.p.fill(0.0);
            work.q.fill(0.0);
            continue;
        }
        let before = work.norm;
        advance(pr / pq, x, &mut work);
        if work.norm < REPLACE_BELOW * before {
            // What is left of such a step is rounding, and not conjugate to it.
            energy = 0.0;
        }
        if work.norm < REPLACE_BELOW || work.residual() <= goal {
            renew(&grids.levels[0], x, load, &mut work);
        }
    }
    renew(&grids.levels[0], x, load, &mut work);
    job.step(stop.iteration_count_max, stop.iteration_count_max)?;
    Ok(Outcome { iterations, residual: work.residual() / stop.norm })
}

/// Sets the residual from `load - A x`, over a scale near its norm.
fn renew(level: &Level, x: &[f64], load: &Load, work: &mut Work) {
    let scale = work.residual().max(f64::MIN_POSITIVE);
    let stride = level.mesh.stride();
    let outputs = parts(&mut work.r, stride, &level.bounds());
    let squares = sweep(level, x, load, outputs, |(out, first), nodes, residual| {
        let mut sum = 0.0;
        for c in 0..3 {
            let out = &mut out[c][nodes[0] - *first..nodes[1] - *first];
            for (out, value) in out.iter_mut().zip(&residual[c]) {
                *out = (value / scale) as f32;
                sum += value * value;
            }
        }
        sum
    });
    work.scale = scale;
    work.norm = squares.iter().sum::<f64>().sqrt() / scale;
}

/// Euclidean norm of `load - A x` on free places.
pub(crate) fn residual_norm(level: &Level, x: &[f64], load: &Load) -> f64 {
    let nothing = level.tasks.iter().map(|_| ()).collect();
    let squares = sweep(level, x, load, nothing, |_, _, residual| {
        residual.iter().flatten().map(|r| r * r).sum::<f64>()
    });
    squares.iter().sum::<f64>().sqrt()
}

/// Calls `f` with the nodes of each plane and `load - A x` on their free places; sums what it
/// gives, task by task.
fn sweep<O: Send>(
    level: &Level,
    x: &[f64],
    load: &Load,
    outputs: Vec<O>,
    f: impl Fn(&mut (O, usize), [usize; 2], &[Vec<f64>; 3]) -> f64 + Sync,
) -> Vec<f64> {
    let Level { mesh, tasks, inverse, .. } = level;
    let stride = mesh.stride();
    let jobs: Vec<_> = tasks.iter().zip(outputs).collect();
    let scratch = || (Sums::new(mesh), [const { Vec::new() }; 3]);
    let one = |(sums, residual): &mut (Sums<f64>, [Vec<f64>; 3]), (planes, output)| {
        let planes: &[usize; 2] = planes;
        let mut output = (output, mesh.nodes_of(*planes)[0]);
        let mut sum = 0.0;
        apply(mesh, x, *planes, sums, |k, forces| {
            let nodes = mesh.nodes_of([k, k + 1]);
            for (c, inverse) in view(inverse, stride, nodes).into_iter().enumerate() {
                let free = |(f, w): (&f64, &f32)| if *w > 0.0 { -f } else { 0.0 };
                residual[c].clear();
                residual[c].extend(forces[c].iter().zip(inverse).map(free));
            }
            add_load(load, nodes, &view(inverse, stride, nodes), residual);
            sum += f(&mut output, nodes, residual);
        });
        sum
    };
    jobs.into_par_iter().map_init(scratch, one).collect()
}

fn add_load(load: &Load, nodes: [usize; 2], inverse: &[&[f32]; 3], residual: &mut [Vec<f64>; 3]) {
    let [first, last] = nodes.map(|n| load.partition_point(|(node, _)| (*node as usize) < n));
    for (node, force) in &load[first..last] {
        let at = *node as usize - nodes[0];
        for c in (0..3).filter(|&c| inverse[c][at] > 0.0) {
            residual[c][at] += force[c];
        }
    }
}

/// Numbers that a task takes.
const CHUNK: usize = 1 << 16;

fn inner(a: &[f32], b: &[f32]) -> f64 {
    let chunks = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK));
    chunks.map(|(a, b)| dot(a, b)).collect::<Vec<f64>>().iter().sum()
}

/// `p = z + beta p`.
fn direct(z: &[f32], beta: f32, p: &mut [f32]) {
    p.par_chunks_mut(CHUNK).zip(z.par_chunks(CHUNK)).for_each(|(p, z)| {
        p.iter_mut().zip(z).for_each(|(p, z)| *p = z + beta * *p);
    });
}

/// `x += alpha p`, `r -= alpha q`, and the norm of `r`.
fn advance(alpha: f64, x: &mut [f64], work: &mut Work) {
    let Work { r, p, q, scale, .. } = work;
    let long = alpha * *scale;
    let outputs = x.par_chunks_mut(CHUNK).zip(r.par_chunks_mut(CHUNK));
    let inputs = p.par_chunks(CHUNK).zip(q.par_chunks(CHUNK));
    let partial = outputs.zip(inputs).map(|((x, r), (p, q))| {
        for n in 0..x.len() {
            x[n] += long * f64::from(p[n]);
            r[n] -= alpha as f32 * q[n];
        }
        dot(r, r)
    });
    work.norm = partial.collect::<Vec<f64>>().iter().sum::<f64>().sqrt();
}

/// What a solution does to its supports.
pub(crate) struct Forces {
    /// `(x, A x)`.
    pub energy: f64,
    /// `A x` on the nodes that were asked for, in order.
    pub nodal: Vec<(u32, [f64; 3])>,
}

/// The energy of `x`, and `A x` on the nodes for which `wanted` holds, fixed ones among them.
pub(crate) fn forces(level: &Level, x: &[f64], wanted: impl Fn(usize) -> bool + Sync) -> Forces {
    let mesh = &level.mesh;
    let stride = mesh.stride();
    let one = |sums: &mut Sums<f64>, planes: &[usize; 2]| {
        let mut out = Forces { energy: 0.0, nodal: Vec::new() };
        apply(mesh, x, *planes, sums, |k, forces| {
            let nodes = mesh.nodes_of([k, k + 1]);
            for (x, f) in view(x, stride, nodes).into_iter().zip(forces) {
                out.energy += x.iter().zip(f).map(|(x, f)| x * f).sum::<f64>();
            }
            for node in (nodes[0]..nodes[1]).filter(|&n| wanted(n)) {
                let at = node - nodes[0];
                out.nodal.push((node as u32, [0, 1, 2].map(|c| forces[c][at])));
            }
        });
        out
    };
    let tasks = level.tasks.par_iter().map_init(|| Sums::<f64>::new(mesh), one);
    let mut all = Forces { energy: 0.0, nodal: Vec::new() };
    for mut part in tasks.collect::<Vec<_>>() {
        all.energy += part.energy;
        all.nodal.append(&mut part.nodal);
    }
    all
}
