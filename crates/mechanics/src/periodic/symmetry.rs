//! The symmetry of a cell of voxels, found voxel by voxel, and what it saves.
//!
//! A motion exchanges axes, turns some round, and shifts by quarters of the cell. Where it maps the
//! cell onto itself, it maps the displacements of one strain onto those of another.

use rayon::prelude::*;

use super::nodes::Nodes;
use crate::voxels::LabelModel;

/// Axes of each strain: xx, yy, zz, yz, xz, xy.
const PAIRS: [[usize; 2]; 6] = [[0, 0], [1, 1], [2, 2], [1, 2], [0, 2], [0, 1]];
/// Voxels that are looked at before all are.
const SAMPLE_COUNT: usize = 4096;

/// A motion of the cell onto itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    /// Where each axis of the image comes from.
    from: [usize; 3],
    /// Whether it runs the other way.
    turned: [bool; 3],
    /// Shift after that, in voxels.
    shift: [usize; 3],
}

impl Motion {
    const NONE: Self = Self { from: [0, 1, 2], turned: [false; 3], shift: [0; 3] };

    fn voxel(&self, size: [usize; 3], at: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|a| {
            let v = at[self.from[a]];
            let v = if self.turned[a] { size[a] - 1 - v } else { v };
            (v + self.shift[a]) % size[a]
        })
    }

    /// The node whose image is `at`.
    fn source(&self, size: [usize; 3], at: [usize; 3]) -> [usize; 3] {
        let mut source = [0; 3];
        for a in 0..3 {
            let (n, to, shift) = (size[a], at[a], self.shift[a]);
            let place = if self.turned[a] { n + shift - to } else { n + to - shift };
            source[self.from[a]] = place % n;
        }
        source
    }

    /// This motion after `first`.
    fn after(&self, first: &Self, size: [usize; 3]) -> Self {
        let shift = |a: usize| {
            let before = first.shift[self.from[a]];
            let before = if self.turned[a] { size[a] - before } else { before };
            (before + self.shift[a]) % size[a]
        };
        Self {
            from: self.from.map(|a| first.from[a]),
            turned: std::array::from_fn(|a| self.turned[a] ^ first.turned[self.from[a]]),
            shift: std::array::from_fn(shift),
        }
    }

    fn same_point(&self, other: &Self) -> bool {
        self.from == other.from && self.turned == other.turned
    }

    fn sign(&self, a: usize) -> f64 {
        if self.turned[a] { -1.0 } else { 1.0 }
    }

    /// The unit strain that a unit strain becomes, and its sign.
    fn strain(&self, load: usize) -> (usize, f64) {
        let image = PAIRS[load]
            .map(|axis| (0..3).find(|&a| self.from[a] == axis).expect("every axis goes somewhere"));
        let sign = self.sign(image[0]) * self.sign(image[1]);
        let sorted = [image[0].min(image[1]), image[0].max(image[1])];
        (PAIRS.iter().position(|p| *p == sorted).expect("a pair of axes"), sign)
    }

    fn keeps(&self, cell: &LabelModel) -> bool {
        let size = cell.size;
        let [ni, nj, nk] = size;
        let same = |at: [usize; 3]| {
            let [i, j, k] = self.voxel(size, at);
            cell.labels[(at[2] * nj + at[1]) * ni + at[0]] == cell.labels[(k * nj + j) * ni + i]
        };
        let count = cell.labels.len();
        let sampled = |n: usize| {
            let v = n.wrapping_mul(2_654_435_761) % count;
            same([v % ni, v / ni % nj, v / (ni * nj)])
        };
        let plane = |k| (0..nj).all(|j| (0..ni).all(|i| same([i, j, k])));
        (0..SAMPLE_COUNT).all(sampled) && (0..nk).into_par_iter().all(plane)
    }
}

/// Motions that map the cell onto itself, at most one for each of the 48 of a cube.
pub(super) fn motions(cell: &LabelModel) -> Vec<Motion> {
    let mut group = vec![Motion::NONE];
    for from in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]] {
        let fits = (0..3).all(|a| cell.size[a] == cell.size[from[a]]);
        if !fits || !cell.materials.iter().all(|c| keeps_material(c, from)) {
            continue;
        }
        for bits in 0..8 {
            let turned = [0, 1, 2].map(|a| bits >> a & 1 == 1);
            let point = Motion { from, turned, shift: [0; 3] };
            if group.iter().any(|m| m.same_point(&point)) {
                continue;
            }
            if let Some(found) = shifted(cell, point) {
                close(&mut group, found, cell.size);
            }
        }
    }
    group
}

/// The motion with the first shift by quarters that keeps the cell.
fn shifted(cell: &LabelModel, point: Motion) -> Option<Motion> {
    let shifts = cell.size.map(|n| {
        let quarters = [4, 2, 1].into_iter().find(|q| n % q == 0).unwrap_or(1);
        (0..quarters).map(|q| q * n / quarters).collect::<Vec<_>>()
    });
    let all = shifts[2].iter().flat_map(|&z| {
        shifts[1].iter().flat_map({
            let x = &shifts[0];
            move |&y| x.iter().map(move |&x| [x, y, z])
        })
    });
    all.map(|shift| Motion { shift, ..point }).find(|motion| motion.keeps(cell))
}

/// Adds a motion and all that follow from it.
fn close(group: &mut Vec<Motion>, motion: Motion, size: [usize; 3]) {
    group.push(motion);
    let mut n = 0;
    while n < group.len() {
        for m in 0..=n {
            for product in [group[n].after(&group[m], size), group[m].after(&group[n], size)] {
                if !group.iter().any(|known| known.same_point(&product)) {
                    group.push(product);
                }
            }
        }
        n += 1;
    }
}

/// Whether a material is the same after an exchange of axes.
fn keeps_material(c: &[f32; 9], from: [usize; 3]) -> bool {
    let normal = |a: usize, b: usize| match [a.min(b), a.max(b)] {
        [0, 0] => c[0],
        [1, 1] => c[1],
        [2, 2] => c[2],
        [0, 1] => c[3],
        [0, 2] => c[4],
        _ => c[5],
    };
    (0..3).all(|a| {
        c[6 + a] == c[6 + from[a]] && (0..3).all(|b| normal(a, b) == normal(from[a], from[b]))
    })
}

/// For each strain, the earlier one whose displacements become its own, by which motion, and with
/// which sign.
pub(super) fn copies(motions: &[Motion]) -> [Option<(usize, Motion, f64)>; 6] {
    let mut copies = [None; 6];
    for load in 0..6 {
        let found = (0..load).filter(|&l| copies[l].is_none()).find_map(|first| {
            motions.iter().find_map(|motion| {
                let (image, sign) = motion.strain(first);
                (image == load).then_some((first, *motion, sign))
            })
        });
        copies[load] = found;
    }
    copies
}

/// The displacements that a motion makes of others, `[plane][axis][node]`.
pub(super) fn moved(nodes: &Nodes, field: &[f32], motion: &Motion, sign: f64) -> Vec<f32> {
    let plane = |k: usize| {
        let count = nodes.plane_count(k);
        let mut out = vec![0.0; 3 * count];
        for j in 0..nodes.size[1] {
            for strip in nodes.row(j, k) {
                for i in strip.start..strip.end {
                    let to = (strip.first + i - strip.start) as usize;
                    let source = motion.source(nodes.size, [i as usize, j, k]);
                    let number = nodes.number(source).expect("symmetry keeps nodes active");
                    let (first, stride) =
                        (3 * nodes.planes[source[2]], nodes.plane_count(source[2]));
                    for a in 0..3 {
                        let value = field[first + motion.from[a] * stride + number];
                        out[a * count + to] = (sign * motion.sign(a)) as f32 * value;
                    }
                }
            }
        }
        out
    };
    (0..nodes.size[2]).into_par_iter().flat_map_iter(plane).collect()
}
