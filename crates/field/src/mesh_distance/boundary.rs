//! The open edges of a mesh, and the winding number that its holes take away.
//!
//! Cones over the open edges close the mesh. The closed whole has a whole winding number, which a
//! ray counts exactly; less that of the cones it is the generalised winding number of the mesh.

use std::f64::consts::PI;
use std::ops::Range;

use ossein_geom::float;

use super::near::LANES;
use super::tree::{Tree, cross, dot, sub};

/// A cluster of cones stands for itself as a dipole where that is off by less than this.
const DIPOLE_ERROR: f64 = 2e-4;
/// Where the apex of a cone lies off the middle of its edges, as parts of their extent: no cone
/// lies in a plane of a grid.
const APEX_OFFSET: [f64; 3] = [0.013_217_9, 0.010_713_3, 0.016_181_7];

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
    /// The edges, as triangles without area.
    pub edges: Tree,
    /// Cones over the edges, turned so that they close the mesh.
    pub cones: Tree,
    /// For every leaf of `cones`, then for the nodes of every level: a dipole, and its children.
    dipoles: Vec<Vec<(Dipole, Range<usize>)>>,
    /// Total length of the edges, mm.
    pub length_mm: f64,
    /// Total area of the cones, mm².
    pub cone_area_mm2: f64,
}

/// A run of triangles seen from afar.
#[derive(Clone, Copy, Default)]
struct Dipole {
    center: [f64; 3],
    /// Sum of the area vectors.
    area: [f64; 3],
    /// Sum of the areas.
    total: f64,
    /// Largest distance of a corner from the centre.
    radius: f64,
}

impl Boundary {
    /// Closes `edges` over `corners`.
    pub fn new(corners: &[[f64; 3]], edges: &[[u32; 2]]) -> Self {
        let apex_of = apexes(corners, edges);
        let mut points = corners.to_vec();
        let mut of_group = std::collections::BTreeMap::new();
        let mut cones = Vec::with_capacity(edges.len());
        for &[a, b] in edges {
            let (group, apex) = apex_of(a);
            let at = *of_group.entry(group).or_insert_with(|| {
                points.push(apex);
                points.len() as u32 - 1
            });
            cones.push([at, b, a]);
        }
        let length_mm = edges
            .iter()
            .map(|e| {
                let d = sub(corners[e[1] as usize], corners[e[0] as usize]);
                dot(d, d).sqrt()
            })
            .sum();
        let flat: Vec<[u32; 3]> = edges.iter().map(|&[a, b]| [a, b, b]).collect();
        let (points, cones) = compact(&points, &cones);
        let (ends, flat) = compact(corners, &flat);
        let cones = Tree::new(points, &cones);
        let dipoles = dipoles(&cones);
        let cone_area_mm2 = dipoles[dipoles.len() - 1].iter().map(|d| d.0.total).sum();
        Self { edges: Tree::new(ends, &flat), cones, dipoles, length_mm, cone_area_mm2 }
    }

    /// Winding numbers of the cones about eight points, and by how much they may be off.
    pub fn winding(&self, p: &[[f64; LANES]; 3]) -> ([f64; LANES], f64) {
        self.winding_within(p, DIPOLE_ERROR)
    }

    /// [`Self::winding`] without dipoles.
    pub fn winding_exact(&self, p: &[[f64; LANES]; 3]) -> [f64; LANES] {
        self.winding_within(p, 0.0).0
    }

    fn winding_within(&self, p: &[[f64; LANES]; 3], error_max: f64) -> ([f64; LANES], f64) {
        let middle = [0, 1, 2].map(|a| p[a].iter().sum::<f64>() / LANES as f64);
        let mut spread: f64 = 0.0;
        for l in 0..LANES {
            let d = sub([p[0][l], p[1][l], p[2][l]], middle);
            spread = spread.max(dot(d, d));
        }
        let spread = spread.sqrt();
        let mut sum = [0.0; LANES];
        let mut turns = Turns::default();
        let mut error = 0.0;
        let mut stack = vec![(self.dipoles.len() - 1, 0usize)];
        while let Some((level, node)) = stack.pop() {
            let (dipole, children) = &self.dipoles[level][node];
            let d = sub(dipole.center, middle);
            let gap = dot(d, d).sqrt() - spread - dipole.radius;
            let off = dipole.total * dipole.radius / (2.0 * PI * gap * gap * gap);
            if gap > 0.0 && off < error_max {
                error += off;
                dipole.add(p, &mut sum);
            } else if level > 0 {
                stack.extend(children.clone().map(|child| (level - 1, child)));
            } else {
                for t in children.clone() {
                    turns.add(self.cones.triangle(t), p);
                }
            }
        }
        for l in 0..LANES {
            sum[l] += turns.winding(l);
        }
        (sum, error)
    }
}

impl Dipole {
    /// Adds its part of the winding number.
    fn add(&self, p: &[[f64; LANES]; 3], sum: &mut [f64; LANES]) {
        for l in 0..LANES {
            let d = sub(self.center, [p[0][l], p[1][l], p[2][l]]);
            let d2 = dot(d, d);
            sum[l] += dot(d, self.area) / (4.0 * PI * d2 * d2.sqrt());
        }
    }
}

/// Half solid angles summed as products of complex numbers, full turns counted apart.
struct Turns {
    re: [f64; LANES],
    im: [f64; LANES],
    full: [f64; LANES],
}

impl Default for Turns {
    fn default() -> Self {
        Self { re: [1.0; LANES], im: [0.0; LANES], full: [0.0; LANES] }
    }
}

impl Turns {
    /// Adds a triangle.
    ///
    /// # Source
    /// Van Oosterom, Strackee: IEEE Trans. Biomed. Eng. 30 (1983) 125-126.
    #[inline(always)]
    fn add(&mut self, triangle: [[f64; 3]; 3], p: &[[f64; LANES]; 3]) {
        for l in 0..LANES {
            let at = [p[0][l], p[1][l], p[2][l]];
            let [a, b, c] = triangle.map(|v| sub(v, at));
            let [na, nb, nc] = [a, b, c].map(|v| dot(v, v).sqrt());
            let im = dot(a, cross(b, c));
            let re = na * nb * nc + dot(a, b) * nc + dot(b, c) * na + dot(c, a) * nb;
            let size = re.abs() + im.abs();
            let scale = if size > 0.0 { 1.0 / size } else { 0.0 };
            let (re, im) = if size > 0.0 { (re * scale, im * scale) } else { (1.0, 0.0) };
            let (r, i) = (self.re[l] * re - self.im[l] * im, self.re[l] * im + self.im[l] * re);
            let up = self.im[l] >= 0.0 && im >= 0.0 && i < 0.0;
            let down = self.im[l] < 0.0 && im < 0.0 && i >= 0.0;
            self.full[l] += if up { 1.0 } else { 0.0 } - if down { 1.0 } else { 0.0 };
            let size = r.abs() + i.abs();
            let scale = if size > 0.0 { 1.0 / size } else { 1.0 };
            (self.re[l], self.im[l]) = (r * scale, i * scale);
        }
    }

    fn winding(&self, l: usize) -> f64 {
        self.full[l] + float::atan2(self.im[l], self.re[l]) / (2.0 * PI)
    }
}

/// Groups edges that hang together; gives the group of a corner, and the group's apex.
fn apexes(corners: &[[f64; 3]], edges: &[[u32; 2]]) -> impl Fn(u32) -> (u32, [f64; 3]) {
    let mut parent: Vec<u32> = (0..corners.len() as u32).collect();
    fn root(parent: &mut [u32], mut v: u32) -> u32 {
        while parent[v as usize] != v {
            parent[v as usize] = parent[parent[v as usize] as usize];
            v = parent[v as usize];
        }
        v
    }
    for &[a, b] in edges {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut groups = std::collections::BTreeMap::new();
    for &[a, _] in edges {
        let p = corners[a as usize];
        let group = groups.entry(root(&mut parent, a)).or_insert(([0.0; 3], 0.0, p, p));
        for axis in 0..3 {
            group.0[axis] += p[axis];
            group.2[axis] = group.2[axis].min(p[axis]);
            group.3[axis] = group.3[axis].max(p[axis]);
        }
        group.1 += 1.0;
    }
    for &[a, _] in edges {
        parent[a as usize] = root(&mut parent, a);
    }
    move |corner| {
        let group = parent[corner as usize];
        let (sum, count, low, high) = groups[&group];
        let extent = (0..3).map(|a| high[a] - low[a]).fold(0.0, f64::max);
        (group, [0, 1, 2].map(|a| sum[a] / count + APEX_OFFSET[a] * extent))
    }
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

/// Dipoles of the leaves with their triangles, then of each level's nodes with their children.
fn dipoles(tree: &Tree) -> Vec<Vec<(Dipole, Range<usize>)>> {
    let mut spans: Vec<Range<usize>> = (0..tree.leaf_count()).map(|leaf| tree.leaf(leaf)).collect();
    let mut levels = vec![spans.iter().map(|s| (dipole(tree, s.clone()), s.clone())).collect()];
    for level in 0..tree.level_count() {
        let span =
            |children: &Range<usize>| spans[children.start].start..spans[children.end - 1].end;
        let above: Vec<Range<usize>> = tree.children(level).map(|c| span(&c)).collect();
        let of_node = |(children, span): (Range<usize>, &Range<usize>)| {
            (dipole(tree, span.clone()), children)
        };
        levels.push(tree.children(level).zip(&above).map(of_node).collect());
        spans = above;
    }
    levels
}

fn dipole(tree: &Tree, triangles: Range<usize>) -> Dipole {
    let (mut area, mut middle, mut total) = ([0.0; 3], [0.0; 3], 0.0f64);
    let mut plain = [0.0; 3];
    for t in triangles.clone() {
        let [a, b, c] = tree.triangle(t);
        let n = cross(sub(b, a), sub(c, a));
        let size = 0.5 * dot(n, n).sqrt();
        for i in 0..3 {
            area[i] += 0.5 * n[i];
            middle[i] += size * (a[i] + b[i] + c[i]) / 3.0;
            plain[i] += a[i] / triangles.len() as f64;
        }
        total += size;
    }
    let center = if total > 0.0 { middle.map(|v| v / total) } else { plain };
    let far2 = triangles.flat_map(|t| tree.triangle(t)).map(|v| {
        let d = sub(v, center);
        dot(d, d)
    });
    Dipole { center, area, total, radius: far2.fold(0.0, f64::max).sqrt() }
}
