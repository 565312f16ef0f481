//! One grid of the hierarchy: its elements, its diagonal, its vectors.

use super::element::{diagonal, eigenvalue_bound};
use super::lanes::LANES;
use super::operator::Elements;

/// Sizes of a level's arrays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    /// Element counts.
    pub size: [usize; 3],
    /// Padded length of a row of nodes.
    pub row: usize,
}

impl Shape {
    /// For a grid of elements.
    pub fn new(size: [usize; 3]) -> Self {
        Self { size, row: (size[0] + 1).next_multiple_of(LANES) }
    }

    /// Numbers in a plane of nodes.
    pub fn plane(&self) -> usize {
        (self.size[1] + 1) * 3 * self.row
    }

    /// Planes of nodes.
    pub fn plane_count(&self) -> usize {
        self.size[2] + 1
    }

    /// Numbers in a vector.
    pub fn len(&self) -> usize {
        self.plane() * self.plane_count()
    }

    /// Planes that a task takes: a function of the grid alone.
    pub fn task_planes(&self) -> usize {
        (self.plane_count() / 8).clamp(1, 8)
    }

    /// Place of the x component of a node; y and z follow one and two rows later.
    #[inline(always)]
    pub fn at(&self, node: [usize; 3]) -> usize {
        (node[2] * (self.size[1] + 1) + node[1]) * 3 * self.row + node[0]
    }

    /// Calls `f` with the place of each node among unpadded nodes, and its coordinates.
    pub fn for_each_node(&self, mut f: impl FnMut(usize, [usize; 3])) {
        let mut index = 0;
        for k in 0..=self.size[2] {
            for j in 0..=self.size[1] {
                for i in 0..=self.size[0] {
                    f(index, [i, j, k]);
                    index += 1;
                }
            }
        }
    }
}

/// A grid of the hierarchy.
pub(crate) struct Level {
    /// Sizes.
    pub shape: Shape,
    /// Elements.
    pub elements: Elements,
    /// Inverse of the diagonal; zero at fixed and inactive degrees of freedom and in the margins.
    pub inverse: Vec<f32>,
    /// Bits of the fixed axes of each node, `[k][j][i]`.
    pub fixed: Vec<u8>,
    /// Upper end of the spectrum of the operator divided by its diagonal.
    pub lambda: f32,
    /// Bound that `lambda` never needs to exceed.
    pub lambda_bound: f32,
    /// Correction.
    pub x: Vec<f32>,
    /// Residual.
    pub r: Vec<f32>,
    /// Last step of the smoother.
    pub d: Vec<f32>,
    /// Next step of the smoother.
    pub e: Vec<f32>,
    /// Sum of corrections where a level is visited twice.
    pub sum: Vec<f32>,
}

impl Level {
    /// A level of elements with moduli `[k][j][i]` (already padded) and fixed bits per node.
    pub fn new(shape: Shape, moduli: Vec<f32>, fixed: Vec<u8>) -> Self {
        let spans = spans(&shape, &moduli);
        let elements = Elements { moduli, spans };
        let (inverse, lambda_bound) = inverse_diagonal(&shape, &elements, &fixed);
        let vector = || vec![0.0; shape.len()];
        let (x, r, d, e) = (vector(), vector(), vector(), vector());
        let lambda = lambda_bound;
        let sum = Vec::new();
        Self { shape, elements, inverse, fixed, lambda, lambda_bound, x, r, d, e, sum }
    }
}

/// Moduli of a model's elements in rows padded to eight.
pub(crate) fn padded_moduli(shape: &Shape, moduli: &[[f32; 3]]) -> Vec<f32> {
    let [ni, nj, nk] = shape.size;
    let mut padded = vec![0.0; nk * nj * 3 * shape.row];
    for (row, from) in padded.chunks_exact_mut(3 * shape.row).zip(moduli.chunks_exact(ni)) {
        for (i, c) in from.iter().enumerate() {
            (0..3).for_each(|m| row[m * shape.row + i] = c[m]);
        }
    }
    padded
}

fn spans(shape: &Shape, moduli: &[f32]) -> Vec<[u32; 2]> {
    let row_span = |row: &[f32]| {
        let solid = |&i: &usize| row[i] != 0.0;
        let first = (0..shape.size[0]).find(solid);
        let last = (0..shape.size[0]).rfind(solid);
        match (first, last) {
            (Some(a), Some(b)) => [a / LANES * LANES, (b + 1).next_multiple_of(LANES)],
            _ => [0, 0],
        }
    };
    moduli.chunks_exact(3 * shape.row).map(|row| row_span(row).map(|n| n as u32)).collect()
}

fn inverse_diagonal(shape: &Shape, elements: &Elements, fixed: &[u8]) -> (Vec<f32>, f32) {
    let [ni, nj, nk] = shape.size;
    let mut sum = vec![0.0f32; fixed.len()];
    let mut bound = 0.0f32;
    let node = |i: usize, j: usize, k: usize| (k * (nj + 1) + j) * (ni + 1) + i;
    for k in 0..nk {
        for j in 0..nj {
            let row = &elements.moduli[(k * nj + j) * 3 * shape.row..][..3 * shape.row];
            for i in 0..ni {
                let c = [0, 1, 2].map(|m| row[m * shape.row + i]);
                if c[0] == 0.0 {
                    continue;
                }
                bound = bound.max(eigenvalue_bound(c));
                for bits in 0..8 {
                    sum[node(i + (bits & 1), j + (bits >> 1 & 1), k + (bits >> 2))] += diagonal(c);
                }
            }
        }
    }
    let mut inverse = vec![0.0; shape.len()];
    shape.for_each_node(|index, at| {
        for axis in (0..3).filter(|axis| sum[index] > 0.0 && fixed[index] >> axis & 1 == 0) {
            inverse[shape.at(at) + axis * shape.row] = 1.0 / sum[index];
        }
    });
    (inverse, bound)
}
