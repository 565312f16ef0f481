//! Cells that the surface passes, and the closed curves in which it crosses their edges.

use std::ops::Range;

use ossein_field::Block;
use ossein_geom::{Frame, Point};

use crate::cube::{self, EDGES};

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
}

/// What orders cells: z, then y, then x.
pub type Key = u64;

/// Cells of a row whose first is looked up.
const BLOCK: usize = 32;

/// All cells that the surface passes, in order.
pub struct Cells {
    all: Vec<Cell>,
    /// Where each block of a row along x begins.
    starts: Vec<u32>,
    /// Rows of one plane.
    row_count: usize,
    /// Blocks of one row.
    block_count: usize,
}

impl Cells {
    /// Of cells in order, in a block with `size` samples.
    pub fn new(all: Vec<Cell>, size: [usize; 3]) -> Self {
        let (row_count, block_count) = (size[1], size[0].div_ceil(BLOCK));
        let starts = vec![0; block_count * row_count * size[2] + 1];
        let mut cells = Self { all, starts, row_count, block_count };
        for n in 0..cells.all.len() {
            let block = cells.block(cells.all[n].at.map(usize::from));
            cells.starts[block + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut cells.starts {
            sum += *start;
            *start = sum;
        }
        cells
    }

    fn block(&self, [i, j, k]: [usize; 3]) -> usize {
        (k * self.row_count + j) * self.block_count + i / BLOCK
    }

    /// All.
    pub fn all(&self) -> &[Cell] {
        &self.all
    }

    /// Where those of a row, from `at` to `last` along x, stand among all.
    pub fn range(&self, [i, j, k]: [usize; 3], last: usize) -> Range<usize> {
        let (from, to) = (self.block([i, j, k]), self.block([last, j, k]));
        let (start, end) = (self.starts[from] as usize, self.starts[to + 1] as usize);
        let before = |c: &&Cell| usize::from(c.at[0]) < i;
        let low = start + self.all[start..end].iter().take_while(before).count();
        let within = |c: &&Cell| usize::from(c.at[0]) <= last;
        low..low + self.all[low..end].iter().take_while(within).count()
    }

    /// Where a cell stands among all, if the surface passes it.
    pub fn find(&self, at: [usize; 3]) -> Option<usize> {
        self.range(at, at[0]).next()
    }
}

impl Cell {
    /// Its place in the order of cells.
    pub fn key(&self) -> Key {
        let [i, j, k] = self.at.map(u64::from);
        k << 40 | j << 20 | i
    }

    /// Vertices on its edges where crossed, given the triangles of all cells.
    #[inline]
    pub fn vertices(&self, triangles: &[[u32; 3]]) -> [u32; 16] {
        let corners = &cube::table().corners[self.pattern as usize];
        let own = &triangles[self.first as usize..][..self.count as usize];
        let mut vertices = [0; 16];
        for (corners, triangle) in corners.iter().zip(own) {
            for c in 0..3 {
                vertices[corners[c] as usize & 15] = triangle[c];
            }
        }
        vertices
    }

    /// Crossed edges with their vertices, given the triangles of all cells.
    #[inline]
    pub fn crossed(&self, triangles: &[[u32; 3]]) -> impl Iterator<Item = (usize, u32)> + use<> {
        let vertices = self.vertices(triangles);
        ones(cube::table().crossed_bits[self.pattern as usize])
            .map(move |edge| (edge, vertices[edge & 15]))
    }

    /// The closed curves of its crossings that triangles of their own fill.
    pub fn curves(self, triangles: &[[u32; 3]]) -> impl Iterator<Item = Curve> + use<> {
        let vertices = self.vertices(triangles);
        let mut rest = cube::table().crossed_bits[self.pattern as usize];
        let next = move || {
            let first = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            let curve = Curve::from(self, first, &vertices);
            rest &= !curve.bits;
            Some(curve)
        };
        std::iter::from_fn(next).filter(Curve::filled)
    }
}

/// The numbers of the bits that are set, lowest first.
fn ones(mut rest: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(bit)
    })
}

/// A closed curve of crossings in a cell.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    /// The cell.
    pub cell: Cell,
    /// Edges that it crosses, a bit each.
    bits: u16,
    count: u8,
    /// Edges and their vertices, in order.
    edges: [u8; 12],
    vertices: [u32; 12],
}

/// A vertex with the edge that it lies on.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    /// The vertex.
    pub vertex: u32,
    /// Number of the edge's first sample along x, y, z.
    pub at: [usize; 3],
    /// The axis along which the edge runs.
    pub axis: usize,
}

impl Curve {
    /// The one through the edge `first` of a cell with these vertices.
    fn from(cell: Cell, first: usize, vertices: &[u32; 16]) -> Self {
        let next = &cube::table().next[cell.pattern as usize];
        let mut curve = Self { cell, bits: 0, count: 0, edges: [0; 12], vertices: [0; 12] };
        let mut at = first;
        while curve.bits >> at & 1 == 0 {
            let n = curve.count as usize;
            (curve.edges[n], curve.vertices[n]) = (at as u8, vertices[at]);
            curve.bits |= 1 << at;
            curve.count += 1;
            at = next[at] as usize;
        }
        curve
    }

    /// Whether the cell has no other.
    pub fn is_whole(&self) -> bool {
        self.bits == cube::table().crossed_bits[self.cell.pattern as usize]
    }

    /// Its vertices, in order: the inside to the left.
    pub fn vertices(&self) -> &[u32] {
        &self.vertices[..self.count as usize]
    }

    /// Its vertices with their edges.
    pub fn crossings(&self) -> impl Iterator<Item = Crossing> {
        let at = self.cell.at.map(usize::from);
        self.edges.iter().zip(self.vertices()).map(move |(&edge, &vertex)| {
            let (corner, axis) = EDGES[edge as usize];
            Crossing { vertex, at: [0, 1, 2].map(|a| at[a] + (corner >> a & 1)), axis }
        })
    }

    /// The triangles of its cell with the edges of each, a bit an edge.
    fn cut(&self) -> impl Iterator<Item = u16> {
        let all = &cube::table().corners[self.cell.pattern as usize][..self.cell.count as usize];
        all.iter().map(|t| 1 << t[0] | 1 << t[1] | 1 << t[2])
    }

    /// Whether triangles fill this curve alone: not the tube between two.
    fn filled(&self) -> bool {
        self.cut().all(|t| t & self.bits == 0 || t & !self.bits == 0)
    }

    /// The numbers of the triangles that fill it.
    pub fn triangles(&self) -> impl Iterator<Item = u32> {
        let mine = |(n, t): (u32, u16)| (t & self.bits != 0).then_some(n);
        (self.cell.first..).zip(self.cut()).filter_map(mine)
    }

    /// Its cell and its first vertex: no other curve has both.
    pub fn name(&self) -> (Key, u32) {
        (self.cell.key(), self.vertices[0])
    }

    /// Its first edge, as a bit: no other curve of its cell has it.
    pub fn first_bit(&self) -> u16 {
        1 << self.edges[0]
    }

    /// The ends of its stretch `n`.
    pub fn ends(&self, n: usize) -> (u32, u32) {
        let v = self.vertices();
        (v[n], v[(n + 1) % v.len()])
    }

    /// The side of the cell that its stretch `n` crosses.
    fn side(&self, n: usize) -> Option<usize> {
        let count = self.count as usize;
        let side = |n: usize| SIDES[self.edges[n] as usize];
        let (a, b) = (side(n), side((n + 1) % count));
        (a & b != 0).then(|| (a & b).trailing_zeros() as usize)
    }

    /// The same as axis and whether upper, if nothing else crosses it.
    pub fn lone_side(&self, n: usize) -> Option<(usize, bool)> {
        let side = self.side(n)?;
        let crossed = cube::table().crossed_bits[self.cell.pattern as usize];
        let count = ones(crossed).filter(|&edge| SIDES[edge] >> side & 1 == 1).count();
        (count == 2).then_some((side / 2, side % 2 == 1))
    }

    /// The cell beyond the side that its stretch `n` crosses.
    pub fn beyond(&self, n: usize) -> Option<[usize; 3]> {
        let side = self.side(n)?;
        let (axis, up) = (side / 2, side % 2 == 1);
        let mut at = self.cell.at.map(usize::from);
        at[axis] = if up { at[axis] + 1 } else { at[axis].checked_sub(1)? };
        Some(at)
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

/// The sides of the cell on which each edge lies, a bit each: two an axis, the upper one last.
const SIDES: [u8; 12] = {
    let mut sides = [0; 12];
    let mut edge = 0;
    while edge < 12 {
        let (corner, along) = EDGES[edge];
        let mut axis = 0;
        while axis < 3 {
            if axis != along {
                sides[edge] |= 1 << (2 * axis + (corner >> axis & 1));
            }
            axis += 1;
        }
        edge += 1;
    }
    sides
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Every third cell of some rows: ranges are what a walk over all of them finds.
    #[test]
    fn ranges_of_a_row_hold_the_cells_between_their_ends() {
        let size = [100, 3, 2];
        let row = |j: u16| (j..99).step_by(3).map(move |i| [i, j, 0]);
        let cell = |at| Cell { at, pattern: 1, count: 1, first: 0 };
        let all: Vec<Cell> = row(0).chain(row(1)).map(cell).collect();
        let cells = Cells::new(all.clone(), size);
        for (j, first, last) in [(0, 0, 99), (0, 31, 64), (1, 32, 32), (1, 34, 34), (1, 5, 70)] {
            let within = |c: &&Cell| c.at[1] == j && (first..=last).contains(&c.at[0]);
            let expected = all.iter().filter(within).map(Cell::key);
            let [i, j, last] = [first, j, last].map(usize::from);
            let found = cells.all()[cells.range([i, j, 0], last)].iter().map(Cell::key);
            assert!(found.eq(expected), "from {i} to {last} in row {j}");
        }
        assert_eq!(cells.range([0, 0, 1], 99).len(), 0);
    }

    /// Curves that run along a side of the cell leave it by that side.
    #[test]
    fn a_corner_inside_is_cut_off_by_one_curve() {
        let cell = Cell { at: [4, 5, 6], pattern: 1, count: 1, first: 0 };
        let corners = cube::table().corners[1][0];
        let curves: Vec<Curve> = cell.curves(&[corners.map(|edge| 10 + u32::from(edge))]).collect();
        let [curve] = curves[..] else { panic!("{curves:?}") };
        assert!(curve.is_whole() && curve.triangles().eq([0]));
        for c in curve.crossings() {
            assert_eq!((c.at, c.vertex), ([4, 5, 6], 10 + 4 * c.axis as u32));
        }
        let mut beyond: Vec<_> = (0..3).filter_map(|n| curve.beyond(n)).collect();
        beyond.sort_unstable();
        assert_eq!(beyond, [[3, 5, 6], [4, 4, 6], [4, 5, 5]]);
    }
}
