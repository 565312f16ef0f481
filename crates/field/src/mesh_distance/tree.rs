//! A tree of boxes over triangles, eight children a node, built along a Morton curve.

use rayon::prelude::*;

use super::predicate::{side, strict};

/// Triangles per leaf and children per node.
pub const WIDTH: usize = 8;
/// Cells of the Morton grid along each axis.
const MORTON_CELLS: f64 = 2_097_152.0;
/// More nodes than wait at once on the way down: `WIDTH` for each of at most 11 levels.
const STACK: usize = 96;

/// Eight boxes: lowest corners, then highest, `[axis][child]`.
#[derive(Clone, Copy)]
pub struct Boxes {
    min: [[f64; WIDTH]; 3],
    max: [[f64; WIDTH]; 3],
}

const NOTHING: Boxes =
    Boxes { min: [[f64::INFINITY; WIDTH]; 3], max: [[f64::NEG_INFINITY; WIDTH]; 3] };

impl Boxes {
    fn set(&mut self, child: usize, min: [f64; 3], max: [f64; 3]) {
        for a in 0..3 {
            self.min[a][child] = min[a];
            self.max[a][child] = max[a];
        }
    }

    /// The box around all eight.
    fn hull(&self) -> ([f64; 3], [f64; 3]) {
        let low = |a: usize| self.min[a].iter().copied().fold(f64::INFINITY, f64::min);
        let high = |a: usize| self.max[a].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        ([0, 1, 2].map(low), [0, 1, 2].map(high))
    }

    /// Squared distance from the box `low`..`high` to each child.
    #[inline(always)]
    fn distance2(&self, low: [f64; 3], high: [f64; 3]) -> [f64; WIDTH] {
        let mut sum = [0.0; WIDTH];
        for a in 0..3 {
            for c in 0..WIDTH {
                let (below, above) = (self.min[a][c] - high[a], low[a] - self.max[a][c]);
                let gap = if below > above { below } else { above };
                let gap = if gap > 0.0 { gap } else { 0.0 };
                sum[c] += gap * gap;
            }
        }
        sum
    }
}

/// Triangles along a Morton curve, and boxes around runs of eight, of sixty-four, and so on.
pub struct Tree {
    /// Corners, mm.
    pub corners: Vec<[f64; 3]>,
    /// Indices into `corners`, in the order of the curve.
    pub triangles: Vec<[u32; 3]>,
    /// `levels[0]` holds the boxes of leaves; the last level has one node.
    levels: Vec<Vec<Boxes>>,
}

impl Tree {
    /// Sorts the triangles and boxes them.
    pub fn new(corners: Vec<[f64; 3]>, triangles: &[[u32; 3]]) -> Self {
        let triangles = morton_sorted(&corners, triangles);
        let mut leaves = vec![NOTHING; triangles.len().div_ceil(WIDTH * WIDTH).max(1)];
        leaves.par_iter_mut().enumerate().for_each(|(node, boxes)| {
            let first = node * WIDTH * WIDTH;
            let run = &triangles[first..triangles.len().min(first + WIDTH * WIDTH)];
            for (child, leaf) in run.chunks(WIDTH).enumerate() {
                let (min, max) = bounds(leaf.iter().flatten().map(|&v| corners[v as usize]));
                boxes.set(child, min, max);
            }
        });
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let mut level = vec![NOTHING; below.len().div_ceil(WIDTH)];
            for (n, boxes) in below.iter().enumerate() {
                let (min, max) = boxes.hull();
                level[n / WIDTH].set(n % WIDTH, min, max);
            }
            levels.push(level);
        }
        Self { corners, triangles, levels }
    }

    /// Lowest and highest corner of the whole; infinite and reversed where there is no triangle.
    pub fn bounds(&self) -> ([f64; 3], [f64; 3]) {
        self.levels[self.levels.len() - 1][0].hull()
    }

    /// The corners of a triangle.
    #[inline(always)]
    pub fn triangle(&self, t: usize) -> [[f64; 3]; 3] {
        self.triangles[t].map(|v| self.corners[v as usize])
    }

    /// The triangles of a leaf.
    #[inline(always)]
    pub fn leaf(&self, leaf: usize) -> std::ops::Range<usize> {
        let first = leaf * WIDTH;
        first..self.triangles.len().min(first + WIDTH)
    }

    /// Lowest and highest corner of every leaf, in order.
    pub fn leaf_bounds(&self) -> impl Iterator<Item = ([f64; 3], [f64; 3])> + '_ {
        let count = self.triangles.len().div_ceil(WIDTH);
        (0..count).map(|leaf| {
            let (boxes, c) = (&self.levels[0][leaf / WIDTH], leaf % WIDTH);
            ([0, 1, 2].map(|a| boxes.min[a][c]), [0, 1, 2].map(|a| boxes.max[a][c]))
        })
    }

    /// Squared distance to the nearest triangle, or `bound2` where none is nearer.
    pub fn nearest2(&self, p: [f64; 3], bound2: f64) -> f64 {
        let mut best2 = bound2;
        let mut stack = [(0.0f64, 0usize, 0usize); STACK];
        stack[0] = (0.0, self.levels.len() - 1, 0);
        let mut waiting = 1;
        while waiting > 0 {
            waiting -= 1;
            let (reach2, level, node) = stack[waiting];
            if reach2 >= best2 {
                continue;
            }
            let to_child = self.levels[level][node].distance2(p, p);
            let first = waiting;
            for (c, &d2) in to_child.iter().enumerate() {
                if d2 < best2 {
                    // Nearest on top.
                    let mut at = waiting;
                    while at > first && stack[at - 1].0 < d2 {
                        stack[at] = stack[at - 1];
                        at -= 1;
                    }
                    stack[at] = (d2, level.wrapping_sub(1), node * WIDTH + c);
                    waiting += 1;
                }
            }
            while level == 0 && waiting > first {
                waiting -= 1;
                let (d2, _, leaf) = stack[waiting];
                if d2 < best2 {
                    let here = self.leaf(leaf).map(|t| distance2(p, self.triangle(t)));
                    best2 = here.fold(best2, f64::min);
                }
            }
        }
        best2
    }

    /// Calls `visit` with every leaf whose box lies within `reach` of the box `low`..`high`.
    pub fn for_each_leaf_near(
        &self,
        low: [f64; 3],
        high: [f64; 3],
        reach: f64,
        mut visit: impl FnMut(usize),
    ) {
        let reach2 = reach * reach;
        let mut stack = [(0usize, 0usize); STACK];
        stack[0] = (self.levels.len() - 1, 0);
        let mut waiting = 1;
        while waiting > 0 {
            waiting -= 1;
            let (level, node) = stack[waiting];
            let to_child = self.levels[level][node].distance2(low, high);
            for (c, &d2) in to_child.iter().enumerate() {
                if d2 <= reach2 && level > 0 {
                    stack[waiting] = (level - 1, node * WIDTH + c);
                    waiting += 1;
                } else if d2 <= reach2 {
                    visit(node * WIDTH + c);
                }
            }
        }
    }

    /// Signed count of the triangles that the ray from `p` along x crosses: +1 where it leaves.
    pub fn crossings(&self, p: [f64; 3]) -> i32 {
        let mut sum = 0;
        let far = [f64::INFINITY, p[1], p[2]];
        self.for_each_leaf_near(p, far, 0.0, |leaf| {
            for t in self.leaf(leaf) {
                if let Some((x, sign)) = crossing(self.triangle(t), [p[1], p[2]]) {
                    sum += if x > p[0] { sign } else { 0 };
                }
            }
        });
        sum
    }
}

/// Where the line along x through `(y, z)` crosses a triangle, and the sign of its normal's x.
///
/// Neighbouring triangles decide the line through their common edge alike, so that a closed
/// surface is crossed as often outwards as inwards, whatever its shape.
#[inline(always)]
pub fn crossing(triangle: [[f64; 3]; 3], at: [f64; 2]) -> Option<(f64, i32)> {
    let flat = triangle.map(|v| [v[1], v[2]]);
    let weight = [(1, 2), (2, 0), (0, 1)].map(|(a, b)| side(flat[a], flat[b], at));
    let signs = [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
        .map(|(corner, a, b)| strict(weight[corner], flat[a], flat[b]));
    if signs[0] != signs[1] || signs[1] != signs[2] || signs[0] == 0 {
        return None;
    }
    let sum = weight[0] + weight[1] + weight[2];
    let [a, b, c] = triangle.map(|v| v[0]);
    let x = (weight[0] * a + weight[1] * b + weight[2] * c) / sum;
    let (low, high) = (a.min(b).min(c), a.max(b).max(c));
    Some((if x >= low && x <= high { x } else { low.max(high.min(x)) }, signs[0]))
}

/// Squared distance from `p` to a triangle, in double precision.
///
/// # Source
/// Ericson: Real-Time Collision Detection (2005), 5.1.5: the region that holds the nearest point.
pub fn distance2(p: [f64; 3], [a, b, c]: [[f64; 3]; 3]) -> f64 {
    let (ab, bc, ca) = (sub(b, a), sub(c, b), sub(a, c));
    let normal = cross(ab, sub(c, a));
    let (pa, pb, pc) = (sub(p, a), sub(p, b), sub(p, c));
    let norm2 = dot(normal, normal);
    let longest2 = dot(ab, ab).max(dot(bc, bc)).max(dot(ca, ca));
    let inside = norm2 > FLAT * FLAT * longest2 * longest2
        && dot(cross(normal, ab), pa) >= 0.0
        && dot(cross(normal, bc), pb) >= 0.0
        && dot(cross(normal, ca), pc) >= 0.0;
    if inside {
        let height = dot(normal, pa);
        return height * height / norm2;
    }
    let to_edge = |e: [f64; 3], v: [f64; 3]| {
        let length2 = dot(e, e);
        let t = if length2 > 0.0 { (dot(v, e) / length2).clamp(0.0, 1.0) } else { 0.0 };
        let r = [v[0] - t * e[0], v[1] - t * e[1], v[2] - t * e[2]];
        dot(r, r)
    };
    to_edge(ab, pa).min(to_edge(bc, pb)).min(to_edge(ca, pc))
}

/// A triangle flatter than this part of its longest edge is its edges.
pub const FLAT: f64 = 1e-8;

pub fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}
pub fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
pub fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn bounds(points: impl Iterator<Item = [f64; 3]>) -> ([f64; 3], [f64; 3]) {
    let empty = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    points.fold(empty, |(low, high), p| {
        ([0, 1, 2].map(|a| p[a].min(low[a])), [0, 1, 2].map(|a| p[a].max(high[a])))
    })
}

fn morton_sorted(corners: &[[f64; 3]], triangles: &[[u32; 3]]) -> Vec<[u32; 3]> {
    let (low, high) = bounds(corners.iter().copied());
    let extent = (0..3).map(|a| high[a] - low[a]).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (MORTON_CELLS - 1.0) / extent;
    let mut keyed: Vec<(u64, u32)> = triangles
        .par_iter()
        .enumerate()
        .map(|(n, t)| {
            let [a, b, c] = t.map(|v| corners[v as usize]);
            let cell = |axis: usize| {
                let middle = (a[axis] + b[axis] + c[axis]) / 3.0;
                spread(((middle - low[axis]) * scale) as u64)
            };
            (cell(0) | cell(1) << 1 | cell(2) << 2, n as u32)
        })
        .collect();
    keyed.par_sort_unstable();
    keyed.iter().map(|&(_, n)| triangles[n as usize]).collect()
}

/// Puts two zeros after each of the lowest 21 bits.
fn spread(v: u64) -> u64 {
    let v = v & 0x1f_ffff;
    let v = (v | v << 32) & 0x1f_0000_0000_ffff;
    let v = (v | v << 16) & 0x1f_0000_ff00_00ff;
    let v = (v | v << 8) & 0x100f_00f0_0f00_f00f;
    let v = (v | v << 4) & 0x10c3_0c30_c30c_30c3;
    (v | v << 2) & 0x1249_2492_4924_9249
}
