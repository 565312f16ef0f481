//! The minimal residual method in single precision, corrected in double.

use ossein_geom::Job;
use rayon::prelude::*;

use super::cycle::{Hierarchy, Room};
use super::faces::Faces;
use super::operator::{apply, dot};
use super::{Flow, FlowError, FlowOptions};
use crate::voxels::Voxels;

/// Residual that one run in single precision aims at; further runs correct it.
const RUN_RESIDUAL: f64 = 2e-4;

/// How much lower.
const AIM_LOWER: f64 = 0.1;

/// Multigrid for the velocities, the identity for the pressure.
struct Preconditioner {
    components: Vec<Hierarchy>,
    room: Room,
    count: usize,
}

impl Preconditioner {
    fn new(faces: &Faces) -> Self {
        let components: Vec<Hierarchy> = (0..3).map(|c| Hierarchy::new(faces, c)).collect();
        let room = components[0].room();
        Self { components, room, count: faces.size.iter().product() }
    }

    fn apply(&mut self, v: &[f32], z: &mut [f32]) {
        let n = self.count;
        for (c, component) in self.components.iter().enumerate() {
            component.cycle(&v[c * n..][..n], &mut z[c * n..][..n], &mut self.room);
        }
        z[3 * n..].copy_from_slice(&v[3 * n..]);
    }
}

/// Solves for the flow under a unit force along `axis`.
pub(super) fn flow(
    voxels: &Voxels,
    faces: &Faces,
    axis: usize,
    options: &FlowOptions,
    job: &Job,
) -> Result<Flow, FlowError> {
    let count = voxels.voxel_count();
    let mut force = vec![0f32; 4 * count];
    for (f, inverse) in force[axis * count..][..count].iter_mut().zip(&faces.inverse[axis]) {
        *f = f32::from(u8::from(*inverse > 0.0));
    }
    let mut preconditioner = Preconditioner::new(faces);
    let mut x = vec![0f64; 4 * count];
    let mut right = force;
    let (mut scale, mut residual, mut iteration_count) = (1.0, 1.0, 0);
    let start = dot(&right, &right).sqrt();
    let mut by_energy = 0.0;
    let mut part = 0.5;
    while start > 0.0 && residual > options.residual_max {
        let rest = options.iteration_count_max - iteration_count;
        let goal = RUN_RESIDUAL.max(part * options.residual_max / residual);
        let mut run = Run::new(faces, &mut preconditioner, &right);
        iteration_count += run.iterate(goal, rest, job)?;
        for (x, d) in x.iter_mut().zip(&run.x) {
            *x += scale * f64::from(*d);
        }
        drop(run);
        let (rhs, norm, energy) = true_residual(faces, axis, &x);
        // A run ends by a norm of its own: where the true one hardly fell, the next aims lower.
        let slow = norm / start > 0.5 * residual;
        let stuck = slow && goal <= RUN_RESIDUAL;
        part *= if slow { AIM_LOWER } else { 1.0 };
        (right, residual, by_energy) = (rhs, norm / start, energy);
        scale = norm;
        let failed = residual > options.residual_max;
        if failed && (stuck || iteration_count >= options.iteration_count_max) {
            return Err(FlowError::NotConverged { residual, iteration_count });
        }
    }
    Ok(finish(faces, axis, &x, by_energy, residual, iteration_count))
}

/// The residual divided by its norm, its norm, and the energy's permeability in voxels².
fn true_residual(faces: &Faces, axis: usize, x: &[f64]) -> (Vec<f32>, f64, f64) {
    let count = faces.size.iter().product::<usize>();
    let mut r = vec![0f64; x.len()];
    apply(faces, x, &mut r);
    r.par_iter_mut().for_each(|v| *v = -*v);
    let force = r[axis * count..][..count].iter_mut().zip(&faces.inverse[axis]);
    for (r, inverse) in force {
        *r += f64::from(u8::from(*inverse > 0.0));
    }
    let norm = dot(&r, &r).sqrt();
    let ones = vec![1f64; count];
    let flux = dot(&x[axis * count..][..count], &ones);
    // Twice the work of the force minus the energy: its error is that of `x` squared.
    let by_energy = (flux + dot(x, &r)) / count as f64;
    let over = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    (r.iter().map(|v| (v * over) as f32).collect(), norm, by_energy)
}

fn finish(
    faces: &Faces,
    axis: usize,
    x: &[f64],
    by_energy: f64,
    residual: f64,
    iteration_count: usize,
) -> Flow {
    let count = faces.size.iter().product::<usize>();
    let ones = vec![1f64; count];
    let field = |c: usize| &x[c * count..][..count];
    let single = |c: usize| field(c).iter().map(|v| *v as f32).collect::<Vec<f32>>();
    Flow {
        axis,
        velocity: [single(0), single(1), single(2)],
        pressure: single(3),
        mean: [0, 1, 2].map(|c| dot(field(c), &ones) / count as f64),
        by_energy,
        residual,
        iteration_count,
    }
}

/// One run from rest.
struct Run<'a> {
    faces: &'a Faces,
    preconditioner: &'a mut Preconditioner,
    x: Vec<f32>,
    v: Vec<f32>,
    v_old: Vec<f32>,
    z: Vec<f32>,
    w: Vec<f32>,
    w_old: Vec<f32>,
    product: Vec<f32>,
}

impl<'a> Run<'a> {
    fn new(faces: &'a Faces, preconditioner: &'a mut Preconditioner, right: &[f32]) -> Self {
        let n = right.len();
        let zeros = || vec![0f32; n];
        Self {
            faces,
            preconditioner,
            x: zeros(),
            v: right.to_vec(),
            v_old: zeros(),
            z: zeros(),
            w: zeros(),
            w_old: zeros(),
            product: zeros(),
        }
    }

    /// Iterates until the preconditioned residual has fallen to `goal`.
    ///
    /// # Source
    /// Elman, Silvester, Wathen (2014), algorithm 4.1.
    fn iterate(&mut self, goal: f64, count_max: usize, job: &Job) -> Result<usize, FlowError> {
        self.preconditioner.apply(&self.v, &mut self.z);
        let mut gamma = dot(&self.z, &self.v).max(0.0).sqrt();
        let (mut eta, start) = (gamma, gamma);
        let mut gamma_old = 1.0;
        let (mut s_old, mut s, mut c_old, mut c) = (0.0, 0.0, 1.0, 1.0);
        let mut count = 0;
        while count < count_max && eta.abs() > goal * start && gamma > 0.0 {
            job.detailed(format_args!(", residual {:.1e}, iteration", eta.abs() / start))
                .step(count, count_max)?;
            // `z` stands for itself over `gamma` throughout.
            apply(self.faces, &self.z, &mut self.product);
            let delta = dot(&self.product, &self.z) / (gamma * gamma);
            // The new v takes the place of the one before the last.
            let old = if count == 0 { 0.0 } else { gamma / gamma_old };
            let factors = [-old, 1.0 / gamma, -delta / gamma];
            combine(&mut self.v_old, factors, [&self.product, &self.v]);
            std::mem::swap(&mut self.v_old, &mut self.v);
            self.preconditioner.apply(&self.v, &mut self.product);
            let gamma_next = dot(&self.product, &self.v).max(0.0).sqrt();
            let a0 = c * delta - c_old * s * gamma;
            let a1 = (a0 * a0 + gamma_next * gamma_next).sqrt();
            let a2 = s * delta + c_old * c * gamma;
            let a3 = s_old * gamma;
            (c_old, s_old) = (c, s);
            (c, s) = (a0 / a1, gamma_next / a1);
            let factors = [-a3 / a1, 1.0 / (a1 * gamma), -a2 / a1];
            advance(&mut self.w_old, &mut self.x, factors, c * eta, [&self.z, &self.w]);
            std::mem::swap(&mut self.w_old, &mut self.w);
            std::mem::swap(&mut self.z, &mut self.product);
            eta *= -s;
            (gamma_old, gamma) = (gamma, gamma_next);
            count += 1;
        }
        Ok(count)
    }
}

const CHUNK: usize = 1 << 14;

/// `out = f0 out + f1 a + f2 b`.
fn combine(out: &mut [f32], f: [f64; 3], [a, b]: [&[f32]; 2]) {
    let f = f.map(|f| f as f32);
    let chunks = out.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK)).zip(b.par_chunks(CHUNK));
    chunks.for_each(|((out, a), b)| combine_rows(out, f, a, b));
}

#[inline(never)]
fn combine_rows(out: &mut [f32], f: [f32; 3], a: &[f32], b: &[f32]) {
    let (a, b) = (&a[..out.len()], &b[..out.len()]);
    for i in 0..out.len() {
        out[i] = f[0] * out[i] + f[1] * a[i] + f[2] * b[i];
    }
}

/// `out = f0 out + f1 a + f2 b`, and `x += step out`.
fn advance(out: &mut [f32], x: &mut [f32], f: [f64; 3], step: f64, [a, b]: [&[f32]; 2]) {
    let (f, step) = (f.map(|f| f as f32), step as f32);
    let outs = out.par_chunks_mut(CHUNK).zip(x.par_chunks_mut(CHUNK));
    let chunks = outs.zip(a.par_chunks(CHUNK)).zip(b.par_chunks(CHUNK));
    chunks.for_each(|(((out, x), a), b)| advance_rows(out, x, f, step, a, b));
}

#[inline(never)]
fn advance_rows(out: &mut [f32], x: &mut [f32], f: [f32; 3], step: f32, a: &[f32], b: &[f32]) {
    let (a, b, x) = (&a[..out.len()], &b[..out.len()], &mut x[..out.len()]);
    for i in 0..out.len() {
        out[i] = f[0] * out[i] + f[1] * a[i] + f[2] * b[i];
        x[i] += step * out[i];
    }
}
