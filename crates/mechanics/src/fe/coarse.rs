//! The coarsest grid, solved at once: Cholesky factors within the envelope of its matrix.

use super::element::matrix;
use super::level::Level;

/// Numbers that the factors may have.
const FACTOR_COUNT_MAX: usize = 40_000_000;

/// Factors of the coarsest grid's matrix.
pub(crate) struct Direct {
    /// Rows of the factor, each from its first nonzero column to its diagonal.
    values: Vec<f64>,
    /// First column of each row.
    first: Vec<u32>,
    /// Where each row ends in `values`; its diagonal is the last.
    ends: Vec<usize>,
    /// Place in the level's vectors of each unknown.
    places: Vec<usize>,
    right: Vec<f64>,
}

impl Direct {
    /// Assembles and factors the matrix of a level; nothing where that takes too much memory.
    pub fn new(level: &Level) -> Option<Self> {
        let (places, unknown) = number(level);
        let first = first_columns(level, &unknown, places.len());
        let mut ends = Vec::with_capacity(places.len());
        let mut count = 0;
        for (row, first) in first.iter().enumerate() {
            count += row + 1 - *first as usize;
            ends.push(count);
        }
        if count > FACTOR_COUNT_MAX {
            return None;
        }
        let right = vec![0.0; places.len()];
        let mut direct = Self { values: vec![0.0; count], first, ends, places, right };
        direct.assemble(level, &unknown);
        direct.factor();
        Some(direct)
    }

    fn assemble(&mut self, level: &Level, unknown: &[u32]) {
        let stride = level.mesh.stride();
        level.mesh.for_each_element(|_, nodes, scale, template| {
            let matrix = matrix(&level.mesh.templates.double[template as usize], 16.0);
            let place = |n: usize| nodes[n / 3] as usize + n % 3 * stride;
            for a in 0..24 {
                let row = unknown[place(a)];
                for b in 0..24 {
                    let column = unknown[place(b)];
                    if row != u32::MAX && column <= row {
                        let at = self.ends[row as usize] - 1 - (row - column) as usize;
                        self.values[at] += f64::from(scale) * matrix[a][b];
                    }
                }
            }
        });
    }

    fn factor(&mut self) {
        for row in 0..self.places.len() {
            let first = self.first[row] as usize;
            let start = self.ends[row] - (row - first) - 1;
            let (done, current) = self.values.split_at_mut(start);
            let current = &mut current[..row + 1 - first];
            for column in first..row {
                let other_first = self.first[column] as usize;
                let other_start = self.ends[column] - (column - other_first) - 1;
                let from = first.max(other_first);
                let other = &done[other_start + from - other_first..self.ends[column]];
                let (other, pivot) = (&other[..other.len() - 1], other[other.len() - 1]);
                let sum = dot(&current[from - first..column - first], other);
                current[column - first] = (current[column - first] - sum) / pivot;
            }
            let (before, diagonal) = current.split_at_mut(row - first);
            let square = diagonal[0] - dot(before, before);
            // A pivot of a free mode: a large one leaves that mode to the finer grids.
            let floor = 1e-9 * diagonal[0];
            diagonal[0] = if square > floor { square.sqrt() } else { (1e3 * diagonal[0]).sqrt() };
        }
    }

    /// Bytes that a solution moves: the factors twice, the unknowns there and back.
    pub fn solve_bytes(&self) -> u64 {
        (8 * (2 * self.values.len() + 4 * self.right.len())) as u64
    }

    /// Sets the level's correction from its residual.
    pub fn solve(&mut self, level: &mut Level) {
        let count = self.places.len();
        let row_of = |row: usize| {
            let first = self.first[row] as usize;
            let factors = &self.values[self.ends[row] - (row - first) - 1..self.ends[row]];
            (first, &factors[..row - first], factors[row - first])
        };
        for row in 0..count {
            let (first, factors, pivot) = row_of(row);
            let sum = dot(factors, &self.right[first..row]);
            self.right[row] = (f64::from(level.r[self.places[row]]) - sum) / pivot;
        }
        for row in (0..count).rev() {
            let (first, factors, pivot) = row_of(row);
            let value = self.right[row] / pivot;
            self.right[row] = value;
            for (v, f) in self.right[first..row].iter_mut().zip(factors) {
                *v -= f * value;
            }
        }
        level.x.fill(0.0);
        for (value, &place) in self.right.iter().zip(&self.places) {
            level.x[place] = *value as f32;
        }
    }
}

/// Sum of products, in eight running sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        (0..8).for_each(|n| sums[n] += x[n] * y[n]);
    }
    sums.iter().sum::<f64>() + rest
}

/// Free places in an order that keeps neighbours near, and the number of each place.
///
/// A walk over neighbours from the node with the fewest, level by level (Cuthill and McKee, Proc.
/// 24th ACM National Conference (1969) 157-172).
fn number(level: &Level) -> (Vec<usize>, Vec<u32>) {
    let node_count = level.mesh.node_count();
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); node_count];
    level.mesh.for_each_element(|_, nodes, _, _| {
        for node in nodes {
            neighbours[node as usize].extend(nodes);
        }
    });
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let mut starts: Vec<usize> = (0..node_count).collect();
    starts.sort_by_key(|&n| neighbours[n].len());
    let mut seen = vec![false; node_count];
    let mut order = Vec::with_capacity(node_count);
    for start in starts {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut next = order.len();
        order.push(start);
        while next < order.len() {
            let mut near: Vec<usize> =
                neighbours[order[next]].iter().map(|n| *n as usize).collect();
            near.retain(|&n| !seen[n]);
            near.sort_by_key(|&n| neighbours[n].len());
            near.iter().for_each(|&n| seen[n] = true);
            order.extend(near);
            next += 1;
        }
    }
    let mut places = Vec::new();
    let mut unknown = vec![u32::MAX; level.mesh.len()];
    for node in order {
        for axis in 0..3 {
            let place = node + axis * level.mesh.stride();
            if level.inverse[place] > 0.0 {
                unknown[place] = places.len() as u32;
                places.push(place);
            }
        }
    }
    (places, unknown)
}

/// First column of each row.
fn first_columns(level: &Level, unknown: &[u32], count: usize) -> Vec<u32> {
    let mut first: Vec<u32> = (0..count as u32).collect();
    let stride = level.mesh.stride();
    level.mesh.for_each_element(|_, nodes, _, _| {
        let numbers = || {
            let places = (0..24).map(|n| nodes[n / 3] as usize + n % 3 * stride);
            places.map(|p| unknown[p]).filter(|&n| n != u32::MAX)
        };
        let Some(lowest) = numbers().min() else { return };
        numbers().for_each(|n| first[n as usize] = first[n as usize].min(lowest));
    });
    first
}
