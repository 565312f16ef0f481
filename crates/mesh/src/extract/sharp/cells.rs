//! Cells that the surface passes, and the closed curves in which it crosses their edges.

use ossein_field::Block;
use ossein_geom::{Frame, Point};

use crate::cube::{self, EDGES, NO_EDGE};

/// A cell that the surface passes.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Number of its first sample along x, y, z.
    pub at: [u16; 3],
    /// Inside corners.
    pub pattern: u8,
    /// Number of its triangles.
    pub count: u8,
    /// The first of them.
    pub first: u32,
    /// Vertices on its twelve edges, where crossed.
    pub ids: [u32; 12],
}

/// What orders cells: z, then y, then x.
pub type Key = u64;

/// The key of a cell.
pub fn key([i, j, k]: [usize; 3]) -> Key {
    (k as u64) << 40 | (j as u64) << 20 | i as u64
}

/// All cells that the surface passes, in order.
pub struct Cells {
    all: Vec<Cell>,
    /// Where each row along x begins.
    starts: Vec<u32>,
    /// Rows of one plane.
    row_count: usize,
}

impl Cells {
    /// Of cells in order, in a block with `size` samples.
    pub fn new(all: Vec<Cell>, size: [usize; 3]) -> Self {
        let row_count = size[1];
        let mut starts = vec![0; row_count * size[2] + 1];
        all.iter().for_each(|c| starts[row(c.key(), row_count) + 1] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { all, starts, row_count }
    }

    /// All.
    pub fn all(&self) -> &[Cell] {
        &self.all
    }

    /// Those from one key to another of the same row.
    pub fn between(&self, first: Key, last: Key) -> &[Cell] {
        let n = row(first, self.row_count);
        let row = &self.all[self.starts[n] as usize..self.starts[n + 1] as usize];
        let [low, high] = [first, last + 1].map(|end| row.partition_point(|c| c.key() < end));
        &row[low..high]
    }
}

/// The row of a key.
fn row(key: Key, row_count: usize) -> usize {
    let part = |shift: u32| (key >> shift & 0xf_ffff) as usize;
    part(40) * row_count + part(20)
}

impl Cell {
    /// Its place in the order of cells.
    pub fn key(&self) -> Key {
        key(self.at.map(usize::from))
    }

    /// Crossed edges with their vertices.
    pub fn crossed(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut rest = cube::table().crossed_bits[self.pattern as usize];
        std::iter::from_fn(move || {
            let edge = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some((edge, self.ids[edge]))
        })
    }

    /// The closed curves of its crossings that triangles of their own fill.
    pub fn curves(&self) -> Vec<Curve> {
        let next = &cube::table().next[self.pattern as usize];
        let mut seen = [false; 12];
        let mut curves = Vec::new();
        for first in (0..12).filter(|&e| next[e] != NO_EDGE) {
            let mut edges = Vec::with_capacity(8);
            let mut at = first;
            while !seen[at] {
                seen[at] = true;
                edges.push(at as u8);
                at = next[at] as usize;
            }
            if !edges.is_empty() {
                let vertices = edges.iter().map(|&e| self.ids[e as usize]).collect();
                curves.push(Curve { cell: *self, whole: false, edges, vertices });
            }
        }
        let whole = curves.len() == 1;
        curves.iter_mut().for_each(|c| c.whole = whole);
        curves.retain(|c| c.filled());
        curves
    }
}

/// A closed curve of crossings in a cell.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The cell.
    pub cell: Cell,
    /// Whether the cell has no other.
    pub whole: bool,
    edges: Vec<u8>,
    vertices: Vec<u32>,
}

impl Curve {
    /// Its vertices, in order: the inside to the left.
    pub fn vertices(&self) -> &[u32] {
        &self.vertices
    }

    /// Vertex, first sample and axis of each crossed edge.
    pub fn crossings(&self) -> impl Iterator<Item = (u32, [usize; 3], usize)> {
        let at = self.cell.at.map(usize::from);
        self.edges.iter().zip(&self.vertices).map(move |(&edge, &vertex)| {
            let (corner, axis) = EDGES[edge as usize];
            (vertex, [0, 1, 2].map(|a| at[a] + (corner >> a & 1)), axis)
        })
    }

    /// Whether triangles fill this curve alone: not the tube between two.
    fn filled(&self) -> bool {
        let mine = |t: &&[u8; 3]| t.iter().any(|e| self.edges.contains(e));
        let table = cube::table();
        let all = &table.corners[self.cell.pattern as usize][..self.cell.count as usize];
        all.iter().filter(mine).all(|t| t.iter().all(|e| self.edges.contains(e)))
    }

    /// The numbers of the triangles that fill it.
    pub fn triangles(&self) -> impl Iterator<Item = u32> {
        let all = &cube::table().corners[self.cell.pattern as usize][..self.cell.count as usize];
        let mine = |t: &[u8; 3]| self.edges.contains(&t[0]);
        (self.cell.first..).zip(all).filter(move |t| mine(t.1)).map(|t| t.0)
    }

    /// Its cell and its first vertex: no other curve has both.
    pub fn name(&self) -> (Key, u32) {
        (self.cell.key(), self.vertices[0])
    }

    /// The side of the cell, axis and whether upper, that its stretch `n` crosses.
    fn side(&self, n: usize) -> Option<(usize, bool)> {
        let (a, b) = (self.edges[n], self.edges[(n + 1) % self.edges.len()]);
        let mut sides = (0..6).map(|n| (n / 2, n % 2 == 1));
        sides.find(|&side| lies_on(a, side) && lies_on(b, side))
    }

    /// The same, if nothing else crosses it.
    pub fn lone_side(&self, n: usize) -> Option<(usize, bool)> {
        let side = self.side(n)?;
        let crossed = &cube::table().crossed[self.cell.pattern as usize];
        let count = (0..12u8).filter(|&e| crossed[e as usize] == 1 && lies_on(e, side)).count();
        (count == 2).then_some(side)
    }

    /// The cell beyond the side that its stretch `n` crosses.
    pub fn beyond(&self, n: usize) -> Option<Key> {
        let (axis, up) = self.side(n)?;
        let mut at = self.cell.at.map(usize::from);
        at[axis] = if up { at[axis] + 1 } else { at[axis].checked_sub(1)? };
        Some(key(at))
    }

    /// The corner of its cell with the lowest coordinates.
    pub fn low<F: Frame>(&self, samples: &Block<F>) -> Point<F> {
        let [i, j, k] = self.cell.at.map(usize::from);
        samples.point(i, j, k)
    }

    /// The middle of its cell.
    pub fn center<F: Frame>(&self, samples: &Block<F>) -> Point<F> {
        let low = self.low(samples);
        let half = |a: usize| 0.5 * samples.step[a];
        Point::new(low.x + half(0), low.y + half(1), low.z + half(2))
    }
}

/// Whether an edge lies on a side of its cell.
fn lies_on(edge: u8, (axis, up): (usize, bool)) -> bool {
    let (corner, along) = EDGES[edge as usize];
    along != axis && (corner >> axis & 1 == 1) == up
}
