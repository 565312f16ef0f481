//! A tree of boxes over triangles, eight children a node, built along a Morton curve.

use std::ops::Range;

use rayon::prelude::*;

use super::predicate::{side, strict};

/// Triangles per leaf and children per node.
pub const WIDTH: usize = 8;
/// Cells of the Morton grid along each axis.
const MORTON_CELLS: f64 = 2_097_152.0;
/// More nodes than wait at once on the way down: each level at least halves the count below it.
const STACK: usize = 256;

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
    fn hull(&self) -> Bounds {
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

/// One level of the tree.
struct Level {
    /// Boxes of each node's children.
    nodes: Vec<Boxes>,
    /// Number of the first child of each node among the nodes, or the triangles, below.
    first: Vec<u32>,
}

/// Triangles along a Morton curve, in leaves of up to eight that lie close together, in nodes of up
/// to eight leaves, and so on.
pub struct Tree {
    /// Corners, mm.
    pub corners: Vec<[f64; 3]>,
    /// Indices into `corners`, in the order of the curve.
    pub triangles: Vec<[u32; 3]>,
    /// Where each leaf begins in `triangles`; one more at the end.
    leaves: Vec<u32>,
    /// `levels[0]` holds the boxes of leaves; the last level has one node.
    levels: Vec<Level>,
}

impl Tree {
    /// Sorts the triangles and boxes them.
    pub fn new(corners: Vec<[f64; 3]>, triangles: &[[u32; 3]]) -> Self {
        let (mut keys, triangles) = morton_sorted(&corners, triangles);
        let mut leaves = groups(&keys);
        keys = leaves.iter().map(|&t| keys[t as usize]).collect();
        leaves.push(triangles.len() as u32);
        let mut boxes: Vec<Bounds> = leaves
            .par_windows(2)
            .map(|leaf| {
                let run = &triangles[leaf[0] as usize..leaf[1] as usize];
                bounds(run.iter().flatten().map(|&v| corners[v as usize]))
            })
            .collect();
        let mut levels = Vec::new();
        loop {
            let mut first = groups(&keys);
            keys = first.iter().map(|&n| keys[n as usize]).collect();
            first.push(boxes.len() as u32);
            let nodes: Vec<Boxes> = first
                .windows(2)
                .map(|run| {
                    let mut node = NOTHING;
                    let children = &boxes[run[0] as usize..run[1] as usize];
                    children.iter().enumerate().for_each(|(c, b)| node.set(c, b.0, b.1));
                    node
                })
                .collect();
            boxes = nodes.iter().map(Boxes::hull).collect();
            levels.push(Level { nodes, first });
            if boxes.len() <= 1 {
                return Self { corners, triangles, leaves, levels };
            }
        }
    }

    /// Lowest and highest corner of the whole; infinite and reversed where there is no triangle.
    pub fn bounds(&self) -> Bounds {
        self.levels[self.levels.len() - 1].nodes[0].hull()
    }

    /// The corners of a triangle.
    #[inline(always)]
    pub fn triangle(&self, t: usize) -> [[f64; 3]; 3] {
        self.triangles[t].map(|v| self.corners[v as usize])
    }

    /// The triangles of a leaf.
    #[inline(always)]
    pub fn leaf(&self, leaf: usize) -> Range<usize> {
        self.leaves[leaf] as usize..self.leaves[leaf + 1] as usize
    }

    /// Number of levels of nodes above the leaves.
    pub fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// The children of every node of a level, one after the other: leaves for level 0, else nodes
    /// of the level below.
    pub fn children(&self, level: usize) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        self.levels[level].first.windows(2).map(|run| run[0] as usize..run[1] as usize)
    }

    /// Number of leaves.
    pub fn leaf_count(&self) -> usize {
        self.leaves.len() - 1
    }

    /// Lowest and highest corner of every leaf, in order.
    pub fn leaf_bounds(&self) -> impl Iterator<Item = Bounds> + '_ {
        let level = &self.levels[0];
        level.nodes.iter().zip(level.first.windows(2)).flat_map(|(boxes, run)| {
            (0..(run[1] - run[0]) as usize)
                .map(|c| ([0, 1, 2].map(|a| boxes.min[a][c]), [0, 1, 2].map(|a| boxes.max[a][c])))
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
            let Level { nodes, first: children } = &self.levels[level];
            let to_child = nodes[node].distance2(p, p);
            let first = waiting;
            for (c, &d2) in to_child.iter().enumerate() {
                if d2 < best2 {
                    // Nearest on top.
                    let mut at = waiting;
                    while at > first && stack[at - 1].0 < d2 {
                        stack[at] = stack[at - 1];
                        at -= 1;
                    }
                    stack[at] = (d2, level.wrapping_sub(1), children[node] as usize + c);
                    waiting += 1;
                }
            }
            while level == 0 && waiting > first {
                waiting -= 1;
                let (d2, _, leaf) = stack[waiting];
                if d2 < best2 {
                    let here = self.leaf_distance2(leaf, p);
                    best2 = if here < best2 { here } else { best2 };
                }
            }
        }
        best2
    }

    /// Squared distance from `p` to the nearest triangle of a leaf.
    fn leaf_distance2(&self, leaf: usize, p: [f64; 3]) -> f64 {
        let range = self.leaf(leaf);
        let mut v = [[[0.0; WIDTH]; 3]; 3];
        for c in 0..WIDTH {
            // A leaf that is not full repeats its last triangle.
            let corners = self.triangle((range.start + c).min(range.end - 1));
            for (n, corner) in corners.iter().enumerate() {
                for a in 0..3 {
                    v[n][a][c] = corner[a] - p[a];
                }
            }
        }
        distances2(&v).into_iter().fold(f64::INFINITY, |a, b| if b < a { b } else { a })
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
            let Level { nodes, first } = &self.levels[level];
            let to_child = nodes[node].distance2(low, high);
            for (c, &d2) in to_child.iter().enumerate() {
                if d2 <= reach2 && level > 0 {
                    stack[waiting] = (level - 1, first[node] as usize + c);
                    waiting += 1;
                } else if d2 <= reach2 {
                    visit(first[node] as usize + c);
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

/// A triangle flatter than this part of its longest edge is its edges.
pub const FLAT: f64 = 1e-8;

type Eight = [f64; WIDTH];

#[inline(always)]
fn each(f: impl Fn(usize) -> f64) -> Eight {
    let mut out = [0.0; WIDTH];
    for c in 0..WIDTH {
        out[c] = f(c);
    }
    out
}
#[inline(always)]
fn sub8(a: &[Eight; 3], b: &[Eight; 3]) -> [Eight; 3] {
    [0, 1, 2].map(|i| each(|c| a[i][c] - b[i][c]))
}
#[inline(always)]
fn dot8(a: &[Eight; 3], b: &[Eight; 3]) -> Eight {
    each(|c| a[0][c] * b[0][c] + a[1][c] * b[1][c] + a[2][c] * b[2][c])
}
#[inline(always)]
fn cross8(a: &[Eight; 3], b: &[Eight; 3]) -> [Eight; 3] {
    let part = |i: usize, j: usize| each(|c| a[i][c] * b[j][c] - a[j][c] * b[i][c]);
    [part(1, 2), part(2, 0), part(0, 1)]
}

/// Squared distances from the origin to eight triangles, `[corner][axis][triangle]`.
///
/// The nearest point lies inside a triangle, where the origin projects into it, or on an edge.
fn distances2(v: &[[Eight; 3]; 3]) -> Eight {
    let edges = [sub8(&v[1], &v[0]), sub8(&v[2], &v[1]), sub8(&v[0], &v[2])];
    let normal = cross8(&edges[0], &edges[1]);
    let norm2 = dot8(&normal, &normal);
    let mut nearest2 = [f64::INFINITY; WIDTH];
    let mut least = [f64::INFINITY; WIDTH];
    let mut longest2 = [0.0; WIDTH];
    for (e, v) in edges.iter().zip(v) {
        let length2 = dot8(e, e);
        let along = dot8(e, v);
        let t = each(|c| {
            let t = if length2[c] > 0.0 { -along[c] / length2[c] } else { 0.0 };
            let t = if t > 0.0 { t } else { 0.0 };
            if t < 1.0 { t } else { 1.0 }
        });
        let r = [0, 1, 2].map(|i| each(|c| v[i][c] + t[c] * e[i][c]));
        let (d2, depth) = (dot8(&r, &r), dot8(&cross8(e, &normal), v));
        nearest2 = each(|c| if d2[c] < nearest2[c] { d2[c] } else { nearest2[c] });
        least = each(|c| if depth[c] < least[c] { depth[c] } else { least[c] });
        longest2 = each(|c| if length2[c] > longest2[c] { length2[c] } else { longest2[c] });
    }
    let height = dot8(&normal, &v[0]);
    each(|c| {
        let plane2 = height[c] * height[c] / norm2[c];
        let flat = norm2[c] <= FLAT * FLAT * longest2[c] * longest2[c];
        let inside = least[c] >= 0.0 && !flat && plane2 < nearest2[c];
        if inside { plane2 } else { nearest2[c] }
    })
}

pub fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}
pub fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
pub fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn bounds(points: impl Iterator<Item = [f64; 3]>) -> Bounds {
    let empty = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    points.fold(empty, |(low, high), p| {
        ([0, 1, 2].map(|a| p[a].min(low[a])), [0, 1, 2].map(|a| p[a].max(high[a])))
    })
}

/// Cuts sorted keys into runs of at most eight, where their highest bits change; gives the starts.
fn groups(keys: &[u64]) -> Vec<u32> {
    let mut starts = Vec::with_capacity(keys.len() / 4 + 1);
    let mut stack = vec![(0usize, keys.len())];
    while let Some((start, end)) = stack.pop() {
        if end - start <= WIDTH {
            starts.push(start as u32);
            continue;
        }
        let differ = keys[start] ^ keys[end - 1];
        let middle = if differ == 0 {
            start + (end - start) / 2
        } else {
            let bit = 1u64 << (63 - differ.leading_zeros());
            start + keys[start..end].partition_point(|k| k & bit == 0)
        };
        stack.push((middle, end));
        stack.push((start, middle));
    }
    if starts.len() > keys.len() / 2 + 1 {
        starts = (0..keys.len() as u32).step_by(WIDTH).collect();
    }
    starts
}

type Bounds = ([f64; 3], [f64; 3]);

fn morton_sorted(corners: &[[f64; 3]], triangles: &[[u32; 3]]) -> (Vec<u64>, Vec<[u32; 3]>) {
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
    keyed.iter().map(|&(key, n)| (key, triangles[n as usize])).unzip()
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
