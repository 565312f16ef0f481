//! A tree of boxes over a mesh's triangles: what lies near a point, in a box, along a ray.
//!
//! Triangles are sorted along a Hilbert curve and packed eight to a box, boxes eight to a box, and
//! so on: no pointers, and every box is full.
//!
//! # Source
//! Kamel, Faloutsos: On packing R-trees, CIKM (1993) 490-499.

use ossein_geom::{Frame, Point, TriMesh, Vector};
use rayon::prelude::*;

use crate::triangle;

/// Children of a box.
const FAN: usize = 8;
/// Levels that 32-bit triangle numbers can need, and one to spare.
const LEVEL_COUNT_MAX: usize = 12;

/// Eight boxes, coordinate by coordinate; single precision, rounded outwards.
#[derive(Clone, Copy)]
struct Boxes {
    min: [[f32; FAN]; 3],
    max: [[f32; FAN]; 3],
}

impl Boxes {
    const NONE: Self = Self { min: [[f32::INFINITY; FAN]; 3], max: [[f32::NEG_INFINITY; FAN]; 3] };

    fn whole(&self) -> ([f32; 3], [f32; 3]) {
        (
            self.min.map(|lane| lane.iter().fold(f32::INFINITY, |a, &b| a.min(b))),
            self.max.map(|lane| lane.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b))),
        )
    }

    /// The boxes that meet another, one bit each.
    #[inline]
    fn overlaps(&self, min: [f32; 3], max: [f32; 3]) -> u32 {
        let mut met = [u32::MAX; FAN];
        for a in 0..3 {
            for n in 0..FAN {
                let within = (self.min[a][n] <= max[a]) & (self.max[a][n] >= min[a]);
                met[n] &= u32::from(within).wrapping_neg();
            }
        }
        (0..FAN).fold(0, |bits, n| bits | (met[n] & 1 << n))
    }

    /// Squared distances from `p`; a little too small rather than too large.
    fn squared_distances(&self, p: [f32; 3]) -> [f32; FAN] {
        std::array::from_fn(|n| {
            let gap = |a: usize| (self.min[a][n] - p[a]).max(p[a] - self.max[a][n]).max(0.0);
            let (x, y, z) = (gap(0), gap(1), gap(2));
            (x * x + y * y + z * z) * (1.0 - 1e-5)
        })
    }
}

/// The nearest place on a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest<F: Frame> {
    /// Number of the triangle.
    pub triangle: u32,
    /// The place on it.
    pub point: Point<F>,
    /// How far away it is, mm.
    pub distance_mm: f64,
}

/// Boxes over the triangles of one mesh, which the queries are given again.
pub struct Tree {
    /// Triangle numbers along the curve.
    order: Vec<u32>,
    /// From the triangles' own boxes up to the root.
    levels: Vec<Vec<Boxes>>,
}

impl Tree {
    /// A tree over all triangles of `mesh`.
    pub fn new<F: Frame>(mesh: &TriMesh<F>) -> Self {
        let order = along_curve(&mesh.triangles, &|v| mesh.vertices[v as usize].array(), 0.0);
        let mut leaves: Vec<Boxes> = Vec::new();
        order.par_chunks(FAN).map(|chunk| leaf(mesh, chunk)).collect_into_vec(&mut leaves);
        let mut levels = vec![leaves];
        while levels.last().is_some_and(|level| level.len() > 1) {
            let below = &levels[levels.len() - 1];
            let level = below.par_chunks(FAN).map(parent).collect();
            levels.push(level);
        }
        debug_assert!(levels.len() <= LEVEL_COUNT_MAX);
        Self { order, levels }
    }

    /// All triangle numbers, along a curve that keeps neighbours together.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Calls `visit` with every triangle whose box meets the box from `min` to `max`.
    pub fn overlapping(&self, min: [f64; 3], max: [f64; 3], mut visit: impl FnMut(u32)) {
        let (min, max) = (min.map(below), max.map(above));
        let mut stack = [(0u8, 0u32); FAN * LEVEL_COUNT_MAX];
        let mut top = 0;
        if !self.order.is_empty() {
            stack[0] = (self.levels.len() as u8 - 1, 0);
            top = 1;
        }
        while top > 0 {
            top -= 1;
            let (level, at) = stack[top];
            for n in set_bits(self.levels[level as usize][at as usize].overlaps(min, max)) {
                let child = at * FAN as u32 + n as u32;
                if level == 0 {
                    visit(self.order[child as usize]);
                } else {
                    stack[top] = (level - 1, child);
                    top += 1;
                }
            }
        }
    }

    /// The place on `mesh` nearest to `p`, unless it is farther than `within_mm`.
    pub fn nearest<F: Frame>(
        &self,
        mesh: &TriMesh<F>,
        p: Point<F>,
        within_mm: f64,
    ) -> Option<Nearest<F>> {
        self.nearest_of(mesh, p, within_mm, |_| true)
    }

    /// The same among the triangles that `counts` lets through.
    pub fn nearest_of<F: Frame>(
        &self,
        mesh: &TriMesh<F>,
        p: Point<F>,
        within_mm: f64,
        counts: impl Fn(u32) -> bool,
    ) -> Option<Nearest<F>> {
        let mut best: Option<Nearest<F>> = None;
        let mut limit = within_mm;
        let at = p.array().map(|v| v as f32);
        // The point in single precision may be off by this much.
        let slack = p.array().iter().fold(0.0f64, |a, v| a.max(v.abs())) * 1.2e-7;
        let reach = |limit: f64| (((limit + slack) * (limit + slack)) * (1.0 + 1e-6)) as f32;
        let mut stack = [(0.0f32, 0u8, 0u32); FAN * LEVEL_COUNT_MAX];
        let mut top = 0;
        if !self.order.is_empty() {
            stack[0] = (0.0, self.levels.len() as u8 - 1, 0);
            top = 1;
        }
        while top > 0 {
            top -= 1;
            let (squared, level, group) = stack[top];
            if squared > reach(limit) {
                continue;
            }
            let squares = self.levels[level as usize][group as usize].squared_distances(at);
            if level == 0 {
                for n in 0..FAN {
                    let there = group as usize * FAN + n < self.order.len();
                    if !there || squares[n] > reach(limit) {
                        continue;
                    }
                    let number = self.order[group as usize * FAN + n];
                    if !counts(number) {
                        continue;
                    }
                    let corners = mesh.corners(mesh.triangles[number as usize]);
                    let point = triangle::nearest_point(p, corners);
                    let distance_mm = point.distance(p);
                    let closer = match &best {
                        None => distance_mm <= limit,
                        Some(b) => {
                            distance_mm < limit || (distance_mm == limit && number < b.triangle)
                        }
                    };
                    if closer {
                        limit = distance_mm;
                        best = Some(Nearest { triangle: number, point, distance_mm });
                    }
                }
                continue;
            }
            let first = top;
            for n in (0..FAN).filter(|&n| squares[n] < f32::INFINITY && squares[n] <= reach(limit))
            {
                stack[top] = (squares[n], level - 1, group * FAN as u32 + n as u32);
                top += 1;
            }
            stack[first..top].sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        }
        best
    }

    /// Calls `visit` with every triangle whose box the segment from `p` by `direction` meets.
    pub fn along<F: Frame>(&self, p: Point<F>, direction: Vector<F>, mut visit: impl FnMut(u32)) {
        let end = p + direction;
        let mut stack = [(0u8, 0u32); FAN * LEVEL_COUNT_MAX];
        let mut top = 0;
        if !self.order.is_empty() {
            stack[0] = (self.levels.len() as u8 - 1, 0);
            top = 1;
        }
        let low = [0, 1, 2].map(|a| below(p[a].min(end[a])));
        let high = [0, 1, 2].map(|a| above(p[a].max(end[a])));
        while top > 0 {
            top -= 1;
            let (level, at) = stack[top];
            let boxes = &self.levels[level as usize][at as usize];
            let hits = boxes.overlaps(low, high);
            for n in set_bits(hits).filter(|&n| on_segment(boxes, n, p, direction)) {
                let child = at * FAN as u32 + n as u32;
                if level == 0 {
                    visit(self.order[child as usize]);
                } else {
                    stack[top] = (level - 1, child);
                    top += 1;
                }
            }
        }
    }
}

/// The numbers of the bits that are set, the lowest first.
fn set_bits(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        lowest
    })
}

/// Whether the segment from `p` by `direction` meets box `n`: slab by slab.
fn on_segment<F: Frame>(boxes: &Boxes, n: usize, p: Point<F>, direction: Vector<F>) -> bool {
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for a in 0..3 {
        if direction[a] == 0.0 {
            continue;
        }
        let (low, high) = (f64::from(boxes.min[a][n]), f64::from(boxes.max[a][n]));
        let (s, t) = ((low - p[a]) / direction[a], (high - p[a]) / direction[a]);
        enter = enter.max(s.min(t) - 1e-12);
        leave = leave.min(s.max(t) + 1e-12);
    }
    enter <= leave
}

fn below(v: f64) -> f32 {
    let near = v as f32;
    if f64::from(near) > v { near.next_down() } else { near }
}

fn above(v: f64) -> f32 {
    let near = v as f32;
    if f64::from(near) < v { near.next_up() } else { near }
}

fn leaf<F: Frame>(mesh: &TriMesh<F>, numbers: &[u32]) -> Boxes {
    let mut boxes = Boxes::NONE;
    for (n, &number) in numbers.iter().enumerate() {
        let [p, q, r] = mesh.corners(mesh.triangles[number as usize]);
        for a in 0..3 {
            boxes.min[a][n] = below(p[a].min(q[a]).min(r[a]));
            boxes.max[a][n] = above(p[a].max(q[a]).max(r[a]));
        }
    }
    boxes
}

fn parent(children: &[Boxes]) -> Boxes {
    let mut boxes = Boxes::NONE;
    for (n, child) in children.iter().enumerate() {
        let (min, max) = child.whole();
        for a in 0..3 {
            boxes.min[a][n] = min[a];
            boxes.max[a][n] = max[a];
        }
    }
    boxes
}

/// Bits of a Hilbert number along each axis.
const BITS: u32 = 10;
/// Cells whose numbers are found together.
const LANES: usize = 8;
/// Triangles whose numbers one thread finds at a time.
const CURVE_CHUNK: usize = 4096;

/// Triangle numbers, sorted by where their middles lie on a Hilbert curve, then by number.
///
/// `shift`, 0 to 1, moves the curve's cells, so that two sortings part the mesh elsewhere.
pub fn along_curve(
    triangles: &[[u32; 3]],
    place: &(impl Fn(u32) -> [f64; 3] + Sync),
    shift: f64,
) -> Vec<u32> {
    let (low, high) = bounds(triangles, place);
    let longest = (0..3).map(|a| high[a] - low[a]).fold(0.0, f64::max);
    let scale =
        if longest > 0.0 { f64::from(1u32 << BITS) / (longest * (1.0 + shift)) } else { 0.0 };
    let low = low.map(|v| v - shift * 0.5 * longest);
    let cell = |t: &[u32; 3]| {
        let corners = t.map(place);
        [0, 1, 2].map(|a| {
            let middle = (corners[0][a] + corners[1][a] + corners[2][a]) / 3.0;
            ((middle - low[a]) * scale).clamp(0.0, 1023.0) as u32
        })
    };
    let mut keyed = vec![0u64; triangles.len()];
    let some = keyed.par_chunks_mut(CURVE_CHUNK).zip(triangles.par_chunks(CURVE_CHUNK));
    some.enumerate().for_each(|(chunk, (keyed, triangles))| {
        let mut number = (CURVE_CHUNK * chunk) as u64;
        for (keyed, triangles) in keyed.chunks_mut(LANES).zip(triangles.chunks(LANES)) {
            let mut cells = [[0; LANES]; 3];
            for (n, t) in triangles.iter().enumerate() {
                let cell = cell(t);
                (0..3).for_each(|a| cells[a][n] = cell[a]);
            }
            for (keyed, key) in keyed.iter_mut().zip(hilbert(cells)) {
                *keyed = u64::from(key) << 32 | number;
                number += 1;
            }
        }
    });
    sort_by_key(keyed)
}

fn bounds(
    triangles: &[[u32; 3]],
    place: &(impl Fn(u32) -> [f64; 3] + Sync),
) -> ([f64; 3], [f64; 3]) {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for p in triangles.iter().map(|t| place(t[0])) {
        for a in 0..3 {
            low[a] = low[a].min(p[a]);
            high[a] = high[a].max(p[a]);
        }
    }
    (low, high)
}

/// Sorts by the upper 30 bits in three passes, keeping the order of equal ones; gives the lower.
fn sort_by_key(mut keyed: Vec<u64>) -> Vec<u32> {
    let mut other = vec![0u64; keyed.len()];
    for pass in 0..3 {
        let digit = |k: u64| (k >> (32 + 10 * pass)) as usize & 1023;
        let mut start = [0usize; 1025];
        keyed.iter().for_each(|&k| start[digit(k) + 1] += 1);
        for d in 0..1024 {
            start[d + 1] += start[d];
        }
        for &k in &keyed {
            let slot = &mut start[digit(k)];
            other[*slot] = k;
            *slot += 1;
        }
        std::mem::swap(&mut keyed, &mut other);
    }
    drop(other);
    keyed.iter().map(|&k| k as u32).collect()
}

/// Numbers of cells along the Hilbert curve; `cells` holds each axis by itself.
///
/// # Source
/// Skilling: Programming the Hilbert curve, AIP Conf. Proc. 707 (2004) 381-387.
fn hilbert(cells: [[u32; LANES]; 3]) -> [u32; LANES] {
    let [mut x, mut y, mut z] = cells;
    // All ones where the bit is set: masks run in vector registers, branches do not.
    let set = |v: u32, bit: u32| (v >> bit & 1).wrapping_neg();
    for bit in (1..BITS).rev() {
        let p = (1 << bit) - 1;
        for n in 0..LANES {
            x[n] ^= p & set(x[n], bit);
        }
        for other in [&mut y, &mut z] {
            for n in 0..LANES {
                let is_set = set(other[n], bit);
                let t = (x[n] ^ other[n]) & p & !is_set;
                x[n] ^= t | (p & is_set);
                other[n] ^= t;
            }
        }
    }
    let spread = |v: u32| {
        let v = (v | v << 16) & 0x0300_00FF;
        let v = (v | v << 8) & 0x0300_F00F;
        let v = (v | v << 4) & 0x030C_30C3;
        (v | v << 2) & 0x0924_9249
    };
    let mut numbers = [0; LANES];
    for n in 0..LANES {
        y[n] ^= x[n];
        z[n] ^= y[n];
        let mut t = 0;
        for bit in 1..BITS {
            t ^= ((1 << bit) - 1) & set(z[n], bit);
        }
        numbers[n] = spread(x[n] ^ t) << 2 | spread(y[n] ^ t) << 1 | spread(z[n] ^ t);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Lps;

    #[test]
    fn the_curve_visits_neighbours_in_turn() {
        let mut cells = vec![[0u32; 3]; 512];
        let mut seen = vec![];
        for n in 0..512u32 {
            let c = [n & 7, n >> 3 & 7, n >> 6];
            seen.push((hilbert(c.map(|v| [v; LANES]))[n as usize % LANES], c));
        }
        seen.sort_unstable();
        for (n, (key, c)) in seen.iter().enumerate() {
            assert_eq!(*key as usize, n);
            cells[n] = *c;
        }
        for pair in cells.windows(2) {
            let step: u32 = (0..3).map(|a| pair[0][a].abs_diff(pair[1][a])).sum();
            assert_eq!(step, 1);
        }
    }

    fn cloud(count: u32) -> TriMesh<Lps> {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f64 / (1u64 << 24) as f64
        };
        let mut mesh = TriMesh::default();
        for n in 0..count {
            let base = [random() * 50.0, random() * 20.0, random() * 5.0];
            for _ in 0..3 {
                mesh.vertices.push(Point::from(base.map(|v| v + random())));
            }
            mesh.triangles.push([3 * n, 3 * n + 1, 3 * n + 2]);
        }
        mesh
    }

    #[test]
    fn queries_agree_with_a_look_at_every_triangle() {
        let mesh = cloud(1000);
        let tree = Tree::new(&mesh);
        for n in 0..200 {
            let p = Point::<Lps>::new(n as f64 * 0.26, 10.0, n as f64 * 0.02);
            let near = tree.nearest(&mesh, p, f64::INFINITY).unwrap();
            let distance = |t: &[u32; 3]| triangle::nearest_point(p, mesh.corners(*t)).distance(p);
            let best = mesh.triangles.iter().map(distance).fold(f64::INFINITY, f64::min);
            assert_eq!(near.distance_mm, best);
            assert!(tree.nearest(&mesh, p, best * 0.99).is_none());
            let direction = Vector::new(1.0, 20.0, 3.0);
            let mut hits = vec![];
            tree.along(p, direction, |t| hits.push(t));
            for (t, &c) in mesh.triangles.iter().enumerate() {
                let hit = triangle::line_hit(p, direction, mesh.corners(c));
                let hit = hit.is_some_and(|s| (0.0..=1.0).contains(&s));
                assert!(!hit || hits.contains(&(t as u32)));
            }
        }
        let mut found = vec![];
        tree.overlapping([10.0, 5.0, 1.0], [12.0, 9.0, 2.0], |t| found.push(t));
        let inside = |v: &Point<Lps>| {
            (10.0..=12.0).contains(&v.x) && (5.0..=9.0).contains(&v.y) && (1.0..=2.0).contains(&v.z)
        };
        for (t, c) in mesh.triangles.iter().enumerate() {
            if mesh.corners(*c).iter().any(inside) {
                assert!(found.contains(&(t as u32)));
            }
        }
    }
}
