//! To whom does a bone voxel belong? The random walker on the bone's voxels.
//!
//! Markers hold a label; every other bone voxel takes the label that a random walker starting
//! there meets first with the greatest probability. Steps through bright bone are easy, steps
//! through a joint's dark gap are hard, so a few bridging voxels between two bones carry little.
//!
//! # Source
//! Grady: IEEE TPAMI 28 (2006) 1768-1783.

use ossein_geom::float;
use rayon::prelude::*;

/// No marker: the voxel is to be labelled.
pub const FREE: u8 = 255;
/// Not bone.
pub const OUTSIDE: u8 = 254;

const ITERATION_COUNT_MAX: usize = 400;
const TOLERANCE: f64 = 1e-4;
/// Grey value at which a step is hardest and easiest, in HU.
const HARD_HU: f32 = 150.0;
const EASY_HU: f32 = 900.0;
const CONDUCTANCE_MIN: f32 = 0.001;
/// A step through a valley is harder by `e` for each of these, in HU.
///
/// Measured on a lumbar vertebra with known posterior elements (1.5 mm voxels): the Dice of the
/// arch is 0.797 without valleys, 0.807 with 300 HU, 0.813 with 150, 0.821 with 80, 0.824 with 50;
/// with better filled cavities 0.847 with 50, 0.848 with 40, 0.852 with 30, 0.852 with 20.
const VALLEY_HU: f32 = 30.0;
/// How far to either side of a step bone is looked for, in mm: joints are narrower.
const VALLEY_REACH_MM: f64 = 2.6;

struct Graph {
    /// Six neighbours per free node: node number, or marker encoded from the top.
    neighbours: Vec<[u32; 6]>,
    conductance: Vec<[f32; 6]>,
    diagonal: Vec<f32>,
}

const NONE: u32 = u32::MAX;
/// Neighbours from here up are markers with label `n - MARKER`.
const MARKER: u32 = u32::MAX - 256;

/// Fills `marks` (label, [`FREE`] or [`OUTSIDE`] per voxel, `size` voxels, i fastest).
///
/// Free voxels that reach no marker become [`OUTSIDE`]. Labels are `0..label_count`.
pub fn label(marks: &mut [u8], hu: &[f32], size: [usize; 3], spacing: [f64; 3], label_count: u8) {
    let mut node_of = vec![NONE; marks.len()];
    let mut voxel_of = Vec::new();
    for (n, &mark) in marks.iter().enumerate() {
        if mark == FREE {
            node_of[n] = voxel_of.len() as u32;
            voxel_of.push(n as u32);
        }
    }
    let graph = graph(marks, hu, size, spacing, &node_of, &voxel_of);
    let fields: Vec<Vec<f32>> =
        (0..label_count).into_par_iter().map(|label| solve(&graph, label)).collect();
    for (node, &voxel) in voxel_of.iter().enumerate() {
        let mut best = (1e-6, OUTSIDE);
        for label in 0..label_count {
            let value = fields[usize::from(label)][node];
            if value > best.0 {
                best = (value, label);
            }
        }
        marks[voxel as usize] = best.1;
    }
}

fn graph(
    marks: &[u8],
    hu: &[f32],
    size: [usize; 3],
    spacing: [f64; 3],
    node_of: &[u32],
    voxel_of: &[u32],
) -> Graph {
    let strides = [1, size[0], size[0] * size[1]];
    let least = spacing.iter().copied().fold(f64::INFINITY, f64::min);
    let metric = spacing.map(|s| (least / s * (least / s)) as f32);
    let ease = |v: f32| {
        let part = ((v - HARD_HU) / (EASY_HU - HARD_HU)).clamp(0.0, 1.0);
        CONDUCTANCE_MIN + part * part * part * part
    };
    let mut graph = Graph { neighbours: Vec::new(), conductance: Vec::new(), diagonal: Vec::new() };
    for &voxel in voxel_of {
        let n = voxel as usize;
        let at = [n % size[0], n / size[0] % size[1], n / strides[2]];
        let mut near = [NONE; 6];
        let mut conductance = [0f32; 6];
        for slot in 0..6 {
            let (axis, up) = (slot / 2, slot % 2 == 1);
            let ended = if up { at[axis] + 1 == size[axis] } else { at[axis] == 0 };
            if ended {
                continue;
            }
            let other = if up { n + strides[axis] } else { n - strides[axis] };
            near[slot] = match marks[other] {
                OUTSIDE => continue,
                FREE => node_of[other],
                label => MARKER + u32::from(label),
            };
            let steps = (VALLEY_REACH_MM / spacing[axis]).ceil() as usize;
            let beyond = |from: usize, place: usize, upwards: bool| {
                let room = if upwards { size[axis] - 1 - place } else { place };
                (0..=steps.min(room))
                    .map(|m| {
                        let at = m * strides[axis];
                        if upwards { hu[from + at] } else { hu[from - at] }
                    })
                    .fold(f32::NEG_INFINITY, f32::max)
            };
            let next = if up { at[axis] + 1 } else { at[axis] - 1 };
            let rise = beyond(n, at[axis], !up).min(beyond(other, next, up));
            let low = hu[n].min(hu[other]);
            let valley = f64::from((rise - low).max(0.0) / VALLEY_HU).min(20.0);
            conductance[slot] = metric[axis] * ease(low) * float::exp(-valley) as f32;
        }
        graph.diagonal.push(conductance.iter().sum::<f32>());
        graph.neighbours.push(near);
        graph.conductance.push(conductance);
    }
    graph
}

/// Probability per node to meet `label` first, by conjugate gradients.
fn solve(graph: &Graph, label: u8) -> Vec<f32> {
    let n = graph.neighbours.len();
    let mine = MARKER + u32::from(label);
    let mut residual: Vec<f32> = (0..n)
        .map(|i| {
            let part = |s: usize| {
                if graph.neighbours[i][s] == mine { graph.conductance[i][s] } else { 0.0 }
            };
            (0..6).map(part).sum()
        })
        .collect();
    let mut x = vec![0f32; n];
    let inverse = |i: usize| if graph.diagonal[i] > 0.0 { 1.0 / graph.diagonal[i] } else { 0.0 };
    let mut direction: Vec<f32> = (0..n).map(|i| residual[i] * inverse(i)).collect();
    let mut product = vec![0f32; n];
    let energy = |r: &[f32]| -> f64 {
        r.iter().enumerate().map(|(i, &v)| f64::from(v) * f64::from(v * inverse(i))).sum()
    };
    let start = energy(&residual);
    let mut now = start;
    for _ in 0..ITERATION_COUNT_MAX {
        if now <= TOLERANCE * TOLERANCE * start || now <= 0.0 {
            break;
        }
        apply(graph, &direction, &mut product);
        let along: f64 = dot(&direction, &product);
        if along <= 0.0 {
            break;
        }
        let step = (now / along) as f32;
        for i in 0..n {
            x[i] += step * direction[i];
            residual[i] -= step * product[i];
        }
        let next = energy(&residual);
        let ratio = (next / now) as f32;
        now = next;
        for i in 0..n {
            direction[i] = residual[i] * inverse(i) + ratio * direction[i];
        }
    }
    x
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

fn apply(graph: &Graph, x: &[f32], out: &mut [f32]) {
    for i in 0..x.len() {
        let mut sum = graph.diagonal[i] * x[i];
        for slot in 0..6 {
            let other = graph.neighbours[i][slot];
            if other < MARKER {
                sum -= graph.conductance[i][slot] * x[other as usize];
            }
        }
        out[i] = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dark_gap_parts_two_bones_at_a_bridge() {
        let size = [40, 12, 5];
        let mut marks = vec![FREE; 40 * 12 * 5];
        let mut hu = vec![700f32; marks.len()];
        for n in 0..marks.len() {
            let (i, j) = (n % 40, n / 40 % 12);
            // The gap runs at i = 25; a bridge of two voxels crosses it.
            if i == 25 {
                hu[n] = if j == 6 { 500.0 } else { 160.0 };
            }
            if i == 0 {
                marks[n] = 0;
            }
            if i == 39 {
                marks[n] = 1;
            }
        }
        label(&mut marks, &hu, size, [1.0; 3], 2);
        for n in 0..marks.len() {
            match n % 40 {
                i if i < 24 => assert_eq!(marks[n], 0, "at {i}"),
                i if i > 26 => assert_eq!(marks[n], 1, "at {i}"),
                _ => {}
            }
        }
    }
}
