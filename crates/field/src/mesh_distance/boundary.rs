//! The open edges of a mesh, and the winding number that its holes take away.
//!
//! Cones over the open edges close the mesh. The closed whole has a whole winding number, which a
//! ray counts exactly; less that of the cones it is the generalised winding number of the mesh.

use super::tree::{Tree, cross, dot, sub};
use super::winding::Winding;

/// Where the apex of a cone lies off the middle of its edges, as parts of their extent: no cone
/// lies in a plane of a grid.
const APEX_OFFSET: [f64; 3] = [0.013_217_9, 0.010_713_3, 0.016_181_7];

/// Holes and cracks narrower than this change the winding number by one half only where the mesh is
/// nearer than a third of it; they do not count.
const WIDTH_MIN_MM: f64 = 1e-4;

/// What the edges of a mesh tell.
pub struct Edges {
    /// Directed edges by which the mesh fails to be closed, each as often as it fails.
    pub open: Vec<[u32; 2]>,
    /// Corners with an edge that does not join just two triangles that turn alike.
    pub rough: Vec<bool>,
}

impl Edges {
    /// Looks at every edge.
    pub fn new(corner_count: usize, triangles: &[[u32; 3]]) -> Self {
        let mut start = vec![0u32; corner_count + 1];
        let edges = |t: &[u32; 3]| [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]];
        for [a, b] in triangles.iter().flat_map(edges) {
            start[a.min(b) as usize + 1] += 1;
        }
        for v in 1..start.len() {
            start[v] += start[v - 1];
        }
        let mut next = start.clone();
        let mut other = vec![0u64; 3 * triangles.len()];
        for [a, b] in triangles.iter().flat_map(edges) {
            let slot = &mut next[a.min(b) as usize];
            other[*slot as usize] = u64::from(a.max(b)) << 1 | u64::from(a < b);
            *slot += 1;
        }
        let mut found = Self { open: Vec::new(), rough: vec![false; corner_count] };
        for v in 0..corner_count {
            let bucket = &mut other[start[v] as usize..start[v + 1] as usize];
            bucket.sort_unstable();
            for run in bucket.chunk_by(|x, y| x >> 1 == y >> 1) {
                found.take([v as u32, (run[0] >> 1) as u32], run);
            }
        }
        found
    }

    /// Takes the edge between two corners, each time it appears: odd from the lower to the higher.
    fn take(&mut self, [low, high]: [u32; 2], run: &[u64]) {
        let up = run.iter().filter(|&&e| e & 1 == 1).count();
        let down = run.len() - up;
        if low == high || up != 1 || down != 1 {
            self.rough[low as usize] = true;
            self.rough[high as usize] = true;
        }
        if low != high {
            let edge = if up > down { [low, high] } else { [high, low] };
            self.open.extend(std::iter::repeat_n(edge, up.abs_diff(down)));
        }
    }
}

/// The open edges of a mesh with the cones that close it.
pub struct Boundary {
    /// Number of open edges.
    pub edge_count: usize,
    /// Cones over the edges, turned so that they close the mesh.
    pub closing: Tree,
    /// Those of them that are felt: see [`WIDTH_MIN_MM`].
    pub cones: Winding,
    /// The edges that are felt, as triangles without area.
    pub edges: Tree,
    /// Their total length, mm.
    pub length_mm: f64,
}

impl Boundary {
    /// Closes `edges` over `corners`.
    pub fn new(corners: &[[f64; 3]], edges: &[[u32; 2]]) -> Self {
        let mut points = corners.to_vec();
        let mut closing = Vec::with_capacity(edges.len());
        let (mut felt, mut flat, mut length_mm) = (Vec::new(), Vec::new(), 0.0);
        for_each_loop(corners.len(), edges, |around| {
            let apex = points.len() as u32;
            points.push(apex_of(corners, around));
            let next = |n: usize| around[(n + 1) % around.len()];
            let first = closing.len();
            closing.extend(around.iter().enumerate().map(|(n, &v)| [apex, next(n), v]));
            let (mut area, mut length) = (0.0, 0.0);
            for t in &closing[first..] {
                let [a, b, c] = t.map(|v| points[v as usize]);
                let (edge, n) = (sub(c, b), cross(sub(b, a), sub(c, a)));
                area += 0.5 * dot(n, n).sqrt();
                length += dot(edge, edge).sqrt();
            }
            if 2.0 * area > WIDTH_MIN_MM * length {
                felt.extend_from_slice(&closing[first..]);
                flat.extend(closing[first..].iter().map(|&[_, b, a]| [a, b, b]));
                length_mm += length;
            }
        });
        let tree = |triangles: &[[u32; 3]]| {
            let (points, triangles) = compact(&points, triangles);
            Tree::new(points, &triangles)
        };
        Self {
            edge_count: edges.len(),
            closing: tree(&closing),
            cones: Winding::new(tree(&felt)),
            edges: tree(&flat),
            length_mm,
        }
    }
}

/// Takes directed edges, of which as many leave a corner as come to it, apart into loops that pass
/// no corner twice: small loops have small cones.
fn for_each_loop(corner_count: usize, edges: &[[u32; 2]], mut visit: impl FnMut(&[u32])) {
    let mut start = vec![0u32; corner_count + 1];
    edges.iter().for_each(|e| start[e[0] as usize + 1] += 1);
    for v in 1..start.len() {
        start[v] += start[v - 1];
    }
    let mut end = start.clone();
    let mut to = vec![0u32; edges.len()];
    for &[a, b] in edges {
        to[end[a as usize] as usize] = b;
        end[a as usize] += 1;
    }
    // Where a corner stands on the path, from 1.
    let mut place = vec![0u32; corner_count];
    let mut path: Vec<u32> = Vec::new();
    for first in 0..corner_count {
        let mut v = first;
        loop {
            if place[v] > 0 {
                let around = place[v] as usize - 1;
                visit(&path[around..]);
                path.drain(around..).for_each(|u| place[u as usize] = 0);
            }
            let left = start[v] < end[v];
            if !left && path.is_empty() {
                break;
            }
            assert!(left, "as many edges leave a corner as come to it");
            path.push(v as u32);
            place[v] = path.len() as u32;
            end[v] -= 1;
            v = to[end[v] as usize] as usize;
        }
    }
}

/// The middle of a loop's corners, a little aside.
fn apex_of(corners: &[[f64; 3]], around: &[u32]) -> [f64; 3] {
    let first = corners[around[0] as usize];
    let (mut sum, mut low, mut high) = ([0.0; 3], first, first);
    for &v in around {
        let p = corners[v as usize];
        for a in 0..3 {
            sum[a] += p[a];
            low[a] = p[a].min(low[a]);
            high[a] = p[a].max(high[a]);
        }
    }
    let extent = (0..3).map(|a| high[a] - low[a]).fold(0.0, f64::max);
    [0, 1, 2].map(|a| sum[a] / around.len() as f64 + APEX_OFFSET[a] * extent)
}

/// The same triangles over the corners that they use alone.
fn compact(corners: &[[f64; 3]], triangles: &[[u32; 3]]) -> (Vec<[f64; 3]>, Vec<[u32; 3]>) {
    let mut used: Vec<u32> = triangles.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    let place = |v: u32| used.partition_point(|&u| u < v) as u32;
    let triangles = triangles.iter().map(|t| t.map(place)).collect();
    (used.iter().map(|&v| corners[v as usize]).collect(), triangles)
}
