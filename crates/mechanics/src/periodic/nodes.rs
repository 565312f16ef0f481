//! Nodes of a periodic cell that touch material, and vectors over them.
//!
//! A vector holds two loads at once: plane after plane along z, and in each plane six runs of its
//! nodes: x, y, z of the first load, then of the second.

use crate::voxels::LabelModel;

/// Numbers of a node: three of each of two loads.
pub(super) const WIDTH: usize = 6;

/// Consecutive active nodes of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    /// First of them along x.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Number of the first within its plane.
    pub first: u32,
}

/// Nodes that touch material; opposite faces of the cell share theirs.
pub(super) struct Nodes {
    /// Node counts, which are the element counts.
    pub size: [usize; 3],
    /// First strip of each row, and the strip count.
    rows: Vec<u32>,
    strips: Vec<Strip>,
    /// Number of the first node of each plane, and the node count.
    pub planes: Vec<usize>,
}

impl Nodes {
    /// The nodes around the elements with material.
    pub fn new(cell: &LabelModel) -> Self {
        let size = cell.size;
        let [ni, nj, nk] = size;
        let (mut rows, mut strips, mut planes) = (vec![0], Vec::new(), vec![0]);
        let mut touched = vec![false; ni];
        let mut count = 0;
        for k in 0..nk {
            let mut first = 0;
            for j in 0..nj {
                touched.fill(false);
                for (dj, dk) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let row = ((k + nk - dk) % nk * nj + (j + nj - dj) % nj) * ni;
                    for (i, &label) in cell.labels[row..row + ni].iter().enumerate() {
                        if label != 0 {
                            touched[i] = true;
                            touched[(i + 1) % ni] = true;
                        }
                    }
                }
                add_strips(&touched, &mut first, &mut strips);
                rows.push(strips.len() as u32);
            }
            count += first as usize;
            planes.push(count);
        }
        Self { size, rows, strips, planes }
    }

    /// Number of active nodes.
    pub fn count(&self) -> usize {
        self.planes[self.size[2]]
    }

    /// Numbers in a vector.
    pub fn len(&self) -> usize {
        WIDTH * self.count()
    }

    /// Active nodes of a plane.
    pub fn plane_count(&self, k: usize) -> usize {
        self.planes[k + 1] - self.planes[k]
    }

    /// Strips of a row.
    pub fn row(&self, j: usize, k: usize) -> &[Strip] {
        let row = k * self.size[1] + j;
        &self.strips[self.rows[row] as usize..self.rows[row + 1] as usize]
    }

    /// The part of a vector that belongs to a plane.
    pub fn plane<'a, T>(&self, vector: &'a [T], k: usize) -> &'a [T] {
        &vector[WIDTH * self.planes[k]..WIDTH * self.planes[k + 1]]
    }

    /// A vector plane by plane.
    pub fn split<'a, T>(&self, mut vector: &'a mut [T]) -> Vec<&'a mut [T]> {
        let mut parts = Vec::with_capacity(self.size[2]);
        for k in 0..self.size[2] {
            let (part, rest) = vector.split_at_mut(WIDTH * self.plane_count(k));
            parts.push(part);
            vector = rest;
        }
        parts
    }

    /// Number of an active node within its plane.
    pub fn number(&self, [i, j, k]: [usize; 3]) -> Option<usize> {
        let row = self.row(j, k);
        let strip = row[..row.partition_point(|s| s.start as usize <= i)].last()?;
        (i < strip.end as usize).then(|| strip.first as usize + i - strip.start as usize)
    }

    /// Bytes of the lists.
    pub fn byte_count(&self) -> u64 {
        (self.strips.len() * size_of::<Strip>() + self.rows.len() * 4) as u64
    }
}

fn add_strips(touched: &[bool], first: &mut u32, strips: &mut Vec<Strip>) {
    let mut i = 0;
    while i < touched.len() {
        if !touched[i] {
            i += 1;
            continue;
        }
        let start = i as u32;
        while i < touched.len() && touched[i] {
            i += 1;
        }
        strips.push(Strip { start, end: i as u32, first: *first });
        *first += i as u32 - start;
    }
}
