//! Marching cubes over a slab of samples, by rows of sign bits.
//!
//! Vertices are numbered in the order in which their edges come: for every layer of cells, first
//! the edges that rise from its lower plane, then those that lie in its upper plane; row by row.
//! A cell therefore finds the numbers of its twelve edges by counting along its four rows, and no
//! table of numbers is kept.

use crate::cube::{self, Table};

/// Cells that one word of sign bits serves.
pub const WORD: usize = 32;
/// Vertices keep this part of an edge away from its ends, so that no triangle has zero area.
pub const EDGE_MARGIN: f32 = 1e-3;

/// Where a slab's values come from: negative inside, rows along x.
pub trait Samples: Sync {
    /// What a row is made of.
    type Value: Copy;
    /// Samples along x, y, z.
    fn size(&self) -> [usize; 3];
    /// The row of samples at `j`, `k`.
    fn row(&self, j: usize, k: usize) -> &[Self::Value];
    /// The signed value of a row's sample `i`.
    fn signed(&self, row: &[Self::Value], i: usize) -> f32;
    /// The sign bits of the row at `j`, `k`, lowest bit first: one where inside. There is a word
    /// of zeros beyond the last.
    fn signs(&self, j: usize, k: usize) -> &[u32];
}

/// Places of the samples: relative to a mesh's origin, mm.
#[derive(Clone, Debug)]
pub struct Places {
    /// x of each sample.
    pub x: Vec<f64>,
    /// y of each sample.
    pub y: Vec<f64>,
    /// z of each plane of the slab.
    pub z: Vec<f64>,
}

/// Triangles and vertices of a slab. Buffers only grow; the counts say what is used.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    vertices: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
    vertex_count: usize,
    triangle_count: usize,
    /// Numbers of the first vertices along x, y, z of each row.
    starts: Vec<[u32; 3]>,
}

impl Surface {
    /// The vertices that this slab adds.
    pub fn vertices(&self) -> &[[f32; 3]] {
        &self.vertices[..self.vertex_count]
    }

    /// Triangles, their corners counted from this slab's first vertex: corners below zero (wrapped
    /// around) belong to the slab before.
    pub fn triangles(&self) -> &[[u32; 3]] {
        &self.triangles[..self.triangle_count]
    }

    /// The same, to be moved.
    pub fn vertices_mut(&mut self) -> &mut [[f32; 3]] {
        &mut self.vertices[..self.vertex_count]
    }

    /// Counts the corners of the triangles from vertex zero of all.
    pub fn renumber(&mut self, first: u32) {
        for triangle in &mut self.triangles[..self.triangle_count] {
            *triangle = triangle.map(|v| v.wrapping_add(first));
        }
    }
}

impl Surface {
    /// Nothing, with room for all that `samples` hold.
    pub fn with_room<S: Samples>(samples: &S) -> Self {
        let [_, nj, nk] = samples.size();
        let rising = |j: usize, k: usize| crossed_between(samples, (j, k), (j, k + 1));
        let layer = |k: usize| (0..nj).map(|j| rising(j, k)).sum::<u32>();
        let flat = |k: usize| plane_vertex_count(samples, k);
        let count = (0..nk - 1).map(layer).sum::<u32>() + (0..nk).map(flat).sum::<u32>();
        let vertices = vec![[0.0; 3]; count as usize + WORD];
        Self { vertices, ..Self::default() }
    }
}

impl Surface {
    /// Turns every triangle inside out.
    pub fn mirror(&mut self) {
        for triangle in &mut self.triangles[..self.triangle_count] {
            triangle.swap(1, 2);
        }
    }

    /// Moves every vertex to where `turn` says.
    pub fn turn(&mut self, turn: impl Fn([f32; 3]) -> [f32; 3]) {
        for vertex in &mut self.vertices[..self.vertex_count] {
            *vertex = turn(*vertex);
        }
    }
}

/// Extracts the surface between the planes `planes.0` and `planes.1` of `samples`. The vertices of
/// the first plane belong to the slab before, unless `first`.
pub fn march<S: Samples>(
    samples: &S,
    planes: (usize, usize),
    places: &Places,
    first: bool,
    surface: &mut Surface,
) {
    place_vertices(samples, planes, places, first, surface);
    cut_cells(samples, planes, surface);
}

/// Bits of one word and the bit that follows it, as cells see them.
#[inline(always)]
fn with_next(row: &[u32], word: usize) -> u64 {
    u64::from(row[word]) | u64::from(row[word + 1]) << 32
}

/// Crossed edges along x that start in `word` of a row with `last` as its last sample.
#[inline(always)]
fn crossed_x(row: &[u32], word: usize, last: usize) -> u32 {
    let bits = with_next(row, word);
    ((bits ^ bits >> 1) as u32) & below(last, word)
}

/// The bits of `word` that lie below sample `end`.
#[inline(always)]
fn below(end: usize, word: usize) -> u32 {
    let count = end.saturating_sub(word * WORD);
    if count >= WORD { u32::MAX } else { (1 << count) - 1 }
}

fn plane_vertex_count<S: Samples>(samples: &S, k: usize) -> u32 {
    let [ni, nj, _] = samples.size();
    let mut count = 0;
    for j in 0..nj {
        let row = samples.signs(j, k);
        for word in 0..ni.div_ceil(WORD) {
            count += crossed_x(row, word, ni - 1).count_ones();
        }
        if j + 1 < nj {
            count += crossed_between(samples, (j, k), (j + 1, k));
        }
    }
    count
}

/// Crossed edges from one row to another beside it.
fn crossed_between<S: Samples>(samples: &S, a: (usize, usize), b: (usize, usize)) -> u32 {
    let (a, b) = (samples.signs(a.0, a.1), samples.signs(b.0, b.1));
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// Where the surface crosses an edge, as a part of the edge; safe for any two values.
#[inline(always)]
#[expect(clippy::manual_clamp, reason = "of a value that is no number, this makes the margin")]
pub fn fraction(a: f32, b: f32) -> f32 {
    (a / (a - b)).max(EDGE_MARGIN).min(1.0 - EDGE_MARGIN)
}

/// Places and numbers the vertices between two planes, as [`march`] does first.
pub fn place_vertices<S: Samples>(
    samples: &S,
    (k0, k1): (usize, usize),
    places: &Places,
    first: bool,
    surface: &mut Surface,
) {
    let nj = samples.size()[1];
    surface.starts.clear();
    surface.starts.resize((k1 - k0 + 1) * nj, [0; 3]);
    surface.vertex_count = 0;
    let skipped = if first { 0 } else { plane_vertex_count(samples, k0) };
    for k in k0..=k1 {
        if k > k0 {
            for j in 0..nj {
                let start = surface.vertex_count as u32;
                surface.starts[(k - 1 - k0) * nj + j][2] = start;
                rise(samples, [j, k - 1], places, surface);
            }
        }
        if k == k0 && !first {
            number_plane(samples, k0, 0u32.wrapping_sub(skipped), surface);
            continue;
        }
        for j in 0..nj {
            surface.starts[(k - k0) * nj + j][0] = surface.vertex_count as u32;
            along(samples, [j, k], places, surface);
            surface.starts[(k - k0) * nj + j][1] = surface.vertex_count as u32;
            if j + 1 < nj {
                across(samples, [j, k], places, surface);
            }
        }
    }
}

/// Calls `visit` for every edge between two planes that has a vertex, with its first sample (the
/// plane counted from the first of all) and its axis: in the order of [`place_vertices`].
pub fn visit_edges<S: Samples>(
    samples: &S,
    (k0, k1): (usize, usize),
    first: bool,
    mut visit: impl FnMut([usize; 3], usize),
) {
    let [ni, nj, _] = samples.size();
    let words = ni.div_ceil(WORD);
    let mut row = |crossed: &dyn Fn(usize) -> u32, [j, k]: [usize; 2], axis: usize| {
        for word in 0..words {
            let mut bits = crossed(word);
            while bits != 0 {
                visit([word * WORD + bits.trailing_zeros() as usize, j, k], axis);
                bits &= bits - 1;
            }
        }
    };
    for k in k0..=k1 {
        for j in (0..nj).filter(|_| k > k0) {
            let (a, b) = (samples.signs(j, k - 1), samples.signs(j, k));
            row(&|word| a[word] ^ b[word], [j, k - 1], 2);
        }
        for j in (0..nj).filter(|_| k > k0 || first) {
            let a = samples.signs(j, k);
            row(&|word| crossed_x(a, word, ni - 1), [j, k], 0);
            if j + 1 < nj {
                let b = samples.signs(j + 1, k);
                row(&|word| a[word] ^ b[word], [j, k], 1);
            }
        }
    }
}

/// Numbers the vertices of a plane that the slab before has placed.
fn number_plane<S: Samples>(samples: &S, k: usize, start: u32, surface: &mut Surface) {
    let [ni, nj, _] = samples.size();
    let mut at = start;
    for j in 0..nj {
        let row = samples.signs(j, k);
        surface.starts[j][0] = at;
        for word in 0..ni.div_ceil(WORD) {
            at = at.wrapping_add(crossed_x(row, word, ni - 1).count_ones());
        }
        surface.starts[j][1] = at;
        if j + 1 < nj {
            at = at.wrapping_add(crossed_between(samples, (j, k), (j + 1, k)));
        }
    }
}

/// Appends `place(i)` for every set bit of each word that `crossed` gives.
#[inline(always)]
fn append(
    surface: &mut Surface,
    word_count: usize,
    crossed: impl Fn(usize) -> u32,
    place: impl Fn(usize) -> [f32; 3],
) {
    let mut at = surface.vertex_count;
    for word in 0..word_count {
        let mut bits = crossed(word);
        if bits == 0 {
            continue;
        }
        if surface.vertices.len() < at + WORD {
            let grown = (2 * surface.vertices.len()).max(4096);
            surface.vertices.resize(grown, [0.0; 3]);
        }
        let count = bits.count_ones() as usize;
        for vertex in &mut surface.vertices[at..at + count] {
            *vertex = place(word * WORD + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
        at += count;
    }
    surface.vertex_count = at;
}

/// The vertices on edges along x.
fn along<S: Samples>(samples: &S, [j, k]: [usize; 2], places: &Places, surface: &mut Surface) {
    let ni = samples.size()[0];
    let (signs, row) = (samples.signs(j, k), samples.row(j, k));
    let (xs, y, z) = (&places.x[..ni], places.y[j] as f32, places.z[k] as f32);
    append(
        surface,
        ni.div_ceil(WORD),
        |word| crossed_x(signs, word, ni - 1),
        |i| {
            let t = fraction(samples.signed(row, i), samples.signed(row, i + 1));
            [(xs[i] + f64::from(t) * (xs[i + 1] - xs[i])) as f32, y, z]
        },
    );
}

/// The vertices on edges along y, from row `j` to the next.
fn across<S: Samples>(samples: &S, [j, k]: [usize; 2], places: &Places, surface: &mut Surface) {
    let ni = samples.size()[0];
    let (sa, sb) = (samples.signs(j, k), samples.signs(j + 1, k));
    let (a, b) = (samples.row(j, k), samples.row(j + 1, k));
    let (y, step, z) = (places.y[j], places.y[j + 1] - places.y[j], places.z[k] as f32);
    let xs = &places.x[..ni];
    append(
        surface,
        ni.div_ceil(WORD),
        |word| sa[word] ^ sb[word],
        |i| {
            let t = fraction(samples.signed(a, i), samples.signed(b, i));
            [xs[i] as f32, (y + f64::from(t) * step) as f32, z]
        },
    );
}

/// The vertices on edges along z, from plane `k` to the next.
fn rise<S: Samples>(samples: &S, [j, k]: [usize; 2], places: &Places, surface: &mut Surface) {
    let ni = samples.size()[0];
    let (sa, sb) = (samples.signs(j, k), samples.signs(j, k + 1));
    let (a, b) = (samples.row(j, k), samples.row(j, k + 1));
    let (z, step, y) = (places.z[k], places.z[k + 1] - places.z[k], places.y[j] as f32);
    let xs = &places.x[..ni];
    append(
        surface,
        ni.div_ceil(WORD),
        |word| sa[word] ^ sb[word],
        |i| {
            let t = fraction(samples.signed(a, i), samples.signed(b, i));
            [xs[i] as f32, y, (z + f64::from(t) * step) as f32]
        },
    );
}

fn cut_cells<S: Samples>(samples: &S, planes: (usize, usize), surface: &mut Surface) {
    let table = cube::table();
    let mut triangles = std::mem::take(&mut surface.triangles);
    let mut at = 0;
    visit_cells(samples, planes, surface, |_, pattern, ids| {
        if triangles.len() < at + cube::TRIANGLE_COUNT_MAX {
            let grown = (2 * triangles.len()).max(8192);
            triangles.resize(grown, [0; 3]);
        }
        let out = &mut triangles[at..at + cube::TRIANGLE_COUNT_MAX];
        let corners = &table.corners[pattern];
        let count = table.count[pattern] as usize;
        // Most cells have two triangles: a second one too many is written over by the next cell.
        for n in 0..2 {
            out[n] = corners[n].map(|edge| ids[edge as usize & 15]);
        }
        for n in 2..count {
            out[n] = corners[n].map(|edge| ids[edge as usize & 15]);
        }
        at += count;
    });
    surface.triangles = triangles;
    surface.triangle_count = at;
}

/// Calls `visit` for every cell that the surface passes, with the cell (its plane counted from the
/// first), its pattern of inside corners, and the numbers of the vertices on its twelve edges.
#[inline(always)]
pub fn visit_cells<S: Samples>(
    samples: &S,
    (k0, k1): (usize, usize),
    surface: &Surface,
    mut visit: impl FnMut([usize; 3], usize, &[u32; 16]),
) {
    let [ni, nj, _] = samples.size();
    let table = cube::table();
    for k in k0..k1 {
        for j in 0..nj - 1 {
            let here = (k - k0) * nj + j;
            let starts = &surface.starts;
            let rows = [starts[here], starts[here + 1], starts[here + nj], starts[here + nj + 1]];
            let signs = [
                samples.signs(j, k),
                samples.signs(j + 1, k),
                samples.signs(j, k + 1),
                samples.signs(j + 1, k + 1),
            ];
            visit_row(signs, rows, ni, table, |i, pattern, ids| {
                visit([i, j, k - k0], pattern, ids)
            });
        }
    }
}

/// The numbers of a cell's twelve edges, as the table numbers them, at the start of a row.
fn first_numbers(signs: &[&[u32]; 4], rows: [[u32; 3]; 4]) -> [u32; 16] {
    let bit = |a: usize, b: usize| (signs[a][0] ^ signs[b][0]) & 1;
    let mut ids = [0; 16];
    for row in 0..4 {
        ids[row] = rows[row][0];
    }
    ids[4] = rows[0][1];
    ids[5] = ids[4].wrapping_add(bit(0, 1));
    ids[6] = rows[2][1];
    ids[7] = ids[6].wrapping_add(bit(2, 3));
    ids[8] = rows[0][2];
    ids[9] = ids[8].wrapping_add(bit(0, 2));
    ids[10] = rows[1][2];
    ids[11] = ids[10].wrapping_add(bit(1, 3));
    ids
}

#[inline(always)]
fn visit_row(
    signs: [&[u32]; 4],
    rows: [[u32; 3]; 4],
    ni: usize,
    table: &Table,
    mut visit: impl FnMut(usize, usize, &[u32; 16]),
) {
    let mut ids = first_numbers(&signs, rows);
    for word in 0..ni.div_ceil(WORD) {
        let [a, b, c, d] = signs.map(|row| with_next(row, word));
        let (any, all) = (a | b | c | d, a & b & c & d);
        let mut active = ((any | any >> 1) & !(all & all >> 1)) as u32 & below(ni - 1, word);
        while active != 0 {
            let i = active.trailing_zeros();
            active &= active - 1;
            let pattern =
                (a >> i & 3 | (b >> i & 3) << 2 | (c >> i & 3) << 4 | (d >> i & 3) << 6) as usize;
            visit(word * WORD + i as usize, pattern, &ids);
            for (id, &crossed) in ids.iter_mut().zip(&table.crossed[pattern]) {
                *id = id.wrapping_add(u32::from(crossed));
            }
        }
    }
}
