//! Creeping flow by the lattice Boltzmann method: slow, and quite another way to the same figure.

use ossein_geom::Job;
use rayon::prelude::*;

use super::{FlowError, FlowOptions, check};
use crate::voxels::Voxels;

/// Steps to all neighbours of the D3Q19 lattice, each followed by its opposite.
const STEPS: [[isize; 3]; 19] = [
    [0, 0, 0],
    [1, 0, 0],
    [-1, 0, 0],
    [0, 1, 0],
    [0, -1, 0],
    [0, 0, 1],
    [0, 0, -1],
    [1, 1, 0],
    [-1, -1, 0],
    [1, -1, 0],
    [-1, 1, 0],
    [1, 0, 1],
    [-1, 0, -1],
    [1, 0, -1],
    [-1, 0, 1],
    [0, 1, 1],
    [0, -1, -1],
    [0, 1, -1],
    [0, -1, 1],
];

/// `Lambda` of the two relaxation times: walls then lie half-way, whatever the viscosity.
const MAGIC: f64 = 3.0 / 16.0;

/// Steps between two looks at the mean velocity.
const LOOK_STEP_COUNT: usize = 50;

fn weight(n: usize) -> f64 {
    match n {
        0 => 1.0 / 3.0,
        1..=6 => 1.0 / 18.0,
        _ => 1.0 / 36.0,
    }
}

/// Permeability along `axis` in voxels², by marching linear lattice Boltzmann steps with two
/// relaxation times until the mean velocity changes by less than `residual_max` in 50 steps.
///
/// An independent check of [`super::flow`]; the answer does not depend on `viscosity` (in lattice
/// units, 0.1 to 2 is sensible).
///
/// # Errors
/// [`FlowError`], as for [`super::flow`]; `iteration_count_max` counts steps.
///
/// # Source
/// Ginzburg, Verhaeghe, d'Humières: Commun. Comput. Phys. 3 (2008) 427-478.
pub fn permeability(
    voxels: &Voxels,
    axis: usize,
    viscosity: f64,
    options: &FlowOptions,
    job: &Job,
) -> Result<f64, FlowError> {
    check(voxels, axis, options)?;
    if !(viscosity.is_finite() && viscosity > 0.0) {
        return Err(FlowError::Option { name: "the viscosity", value: viscosity });
    }
    let needed = voxels.voxel_count() as u64 * (2 * 19 * 8);
    if needed > options.byte_count_max {
        return Err(FlowError::TooLarge { needed, limit: options.byte_count_max });
    }
    let mut lattice = Lattice::new(voxels, axis, viscosity);
    let mut old = 0.0;
    let mut change = 1.0;
    for step in 1..=options.iteration_count_max {
        let mean = lattice.step();
        if step % LOOK_STEP_COUNT == 0 {
            job.step(step, options.iteration_count_max)?;
            change = if mean == 0.0 { 0.0 } else { ((mean - old) / mean).abs() };
            if change <= options.residual_max {
                return Ok(mean * viscosity);
            }
            old = mean;
        }
    }
    let iteration_count = options.iteration_count_max;
    Err(FlowError::NotConverged { residual: change, iteration_count })
}

struct Lattice<'a> {
    voxels: &'a Voxels,
    axis: usize,
    rate_even: f64,
    rate_odd: f64,
    /// `[voxel][direction]`, as they arrive.
    values: Vec<f64>,
    next: Vec<f64>,
}

impl<'a> Lattice<'a> {
    fn new(voxels: &'a Voxels, axis: usize, viscosity: f64) -> Self {
        let even = 3.0 * viscosity; // relaxation time less a half
        let odd = MAGIC / even;
        let n = voxels.voxel_count() * 19;
        Self {
            voxels,
            axis,
            rate_even: 1.0 / (even + 0.5),
            rate_odd: 1.0 / (odd + 0.5),
            values: vec![0.0; n],
            next: vec![0.0; n],
        }
    }

    /// Pulls from the neighbours, relaxes, pushes the unit force; returns the mean velocity over
    /// the image, taken half-way through the force.
    fn step(&mut self) -> f64 {
        let size = self.voxels.size;
        let (axis, solid, values) = (self.axis, &self.voxels.solid, &self.values);
        let (even, odd) = (self.rate_even, self.rate_odd);
        let row_of = |(n, out): (usize, &mut [f64])| {
            let mut sum = 0.0;
            for (i, out) in out.chunks_exact_mut(19).enumerate() {
                let at = [i, n % size[1], n / size[1]];
                let here = n * size[0] + i;
                if !solid[here] {
                    let arrived = arrive(values, solid, size, at, here);
                    sum += relax(&arrived, axis, even, odd, out);
                }
            }
            sum
        };
        let rows: Vec<f64> =
            self.next.par_chunks_mut(19 * size[0]).enumerate().map(row_of).collect();
        std::mem::swap(&mut self.values, &mut self.next);
        rows.iter().sum::<f64>() / self.voxels.voxel_count() as f64
    }
}

/// What arrives at a voxel; what would come out of solid bounces back.
fn arrive(
    values: &[f64],
    solid: &[bool],
    size: [usize; 3],
    at: [usize; 3],
    here: usize,
) -> [f64; 19] {
    let mut out = [0.0; 19];
    for (n, step) in STEPS.iter().enumerate() {
        let from =
            [0, 1, 2].map(|a| (at[a] as isize - step[a]).rem_euclid(size[a] as isize) as usize);
        let from = (from[2] * size[1] + from[1]) * size[0] + from[0];
        let back = if n == 0 { 0 } else { ((n - 1) ^ 1) + 1 };
        out[n] = if solid[from] { values[here * 19 + back] } else { values[from * 19 + n] };
    }
    out
}

/// Two relaxation times on the linear equilibrium; returns the velocity along the force.
fn relax(arrived: &[f64; 19], axis: usize, even: f64, odd: f64, out: &mut [f64]) -> f64 {
    let density: f64 = arrived.iter().sum();
    let mut momentum = [0.0; 3];
    for (f, step) in arrived.iter().zip(&STEPS) {
        (0..3).for_each(|a| momentum[a] += f * step[a] as f64);
    }
    momentum[axis] += 0.5;
    out[0] = arrived[0] - even * (arrived[0] - weight(0) * density);
    for n in (1..19).step_by(2) {
        let (a, b) = (arrived[n], arrived[n + 1]);
        let along: f64 = (0..3).map(|c| momentum[c] * STEPS[n][c] as f64).sum();
        let w = weight(n);
        let (sum, difference) = (0.5 * (a + b), 0.5 * (a - b));
        let sum_rest = even * (sum - w * density);
        let difference_rest = odd * (difference - 3.0 * w * along);
        // A force's share is odd and weighs one less half its rate.
        let push = 3.0 * w * STEPS[n][axis] as f64 * (1.0 - 0.5 * odd);
        out[n] = a - sum_rest - difference_rest + push;
        out[n + 1] = b - sum_rest + difference_rest - push;
    }
    momentum[axis]
}
