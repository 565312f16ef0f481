//! The winding number of many triangles: those far away as dipoles and quadrupoles of their
//! clusters, within a bound that is known.
//!
//! # Source
//! Barill, Dickson, Schmidt, Levin, Jacobson: ACM Trans. Graph. 37 (2018) 43. Directional
//! derivatives of `1/r` of order n are at most `n!/r^(n+1)`, which bounds what is left out.

use std::f64::consts::PI;
use std::ops::Range;

use ossein_geom::float;

use super::lanes::LANES;
use super::tree::{Tree, cross, dot, sub};

/// What a cluster may be off by, from quick to slow.
pub const LADDER: [f64; 4] = [1e-2, 5e-4, 2e-5, 4e-7];
/// Bounds of clusters that are taken as wholes add up as random errors do, this many times.
const SURE: f64 = 4.0;
/// What a cluster may be off by for slopes, times its distance.
const SLOPE_OFF: f64 = 1e-3;

/// A tree of triangles with what stands for its clusters from afar.
pub struct Winding {
    /// The triangles.
    pub tree: Tree,
    /// For every leaf of the tree, then for the nodes of every level: itself, and its children.
    levels: Vec<Vec<(Cluster, Range<usize>)>>,
}

/// A run of triangles seen from afar.
#[derive(Clone, Copy, Default)]
struct Cluster {
    center: [f64; 3],
    /// Sum of the area vectors over 4π.
    area: [f64; 3],
    /// Quadrupole: xx, yy, zz, yz, zx, xy; the last three doubled.
    second: [f64; 6],
    /// Sum of the areas.
    total: f64,
    /// Largest distance of a corner from the centre.
    radius: f64,
}

impl Winding {
    /// Sums up the clusters of `tree`.
    pub fn new(tree: Tree) -> Self {
        let mut spans: Vec<Range<usize>> = (0..tree.leaf_count()).map(|l| tree.leaf(l)).collect();
        let leaves = spans.iter().map(|s| (Cluster::new(&tree, s.clone()), s.clone()));
        let mut levels = vec![leaves.collect::<Vec<_>>()];
        for level in 0..tree.level_count() {
            let span =
                |children: &Range<usize>| spans[children.start].start..spans[children.end - 1].end;
            let above: Vec<Range<usize>> = tree.children(level).map(|c| span(&c)).collect();
            let of_node = |(children, span): (Range<usize>, &Range<usize>)| {
                (Cluster::new(&tree, span.clone()), children)
            };
            levels.push(tree.children(level).zip(&above).map(of_node).collect());
            spans = above;
        }
        Self { tree, levels }
    }

    /// Sum of the areas in mm².
    pub fn area_mm2(&self) -> f64 {
        self.levels[self.levels.len() - 1].iter().map(|c| c.0.total).sum()
    }

    /// Winding numbers about eight points, and by how much they may be off: each cluster that is
    /// taken as a whole by less than `off_max`, in its worst case.
    pub fn about(&self, p: &[[f64; LANES]; 3], off_max: f64) -> ([f64; LANES], f64) {
        let middle = [0, 1, 2].map(|a| p[a].iter().sum::<f64>() / LANES as f64);
        let mut spread: f64 = 0.0;
        for l in 0..LANES {
            let d = sub([p[0][l], p[1][l], p[2][l]], middle);
            spread = spread.max(dot(d, d));
        }
        let spread = spread.sqrt();
        let mut sum = [0.0; LANES];
        let mut turns = Turns::default();
        let mut error2: f64 = 0.0;
        self.descend(|cluster| match cluster {
            Part::Cluster(cluster) => {
                let d = sub(cluster.center, middle);
                let gap = dot(d, d).sqrt() - spread - cluster.radius;
                let off = cluster.off(gap);
                let whole = gap > 0.0 && off < off_max;
                if whole {
                    error2 += off * off;
                    cluster.add(p, &mut sum);
                }
                whole
            }
            Part::Triangle(t) => {
                turns.add(self.tree.triangle(t), p);
                true
            }
        });
        for l in 0..LANES {
            sum[l] += turns.winding(l);
        }
        (sum, SURE * error2.sqrt())
    }

    /// Whether the winding number of every part together stays below `limit` within `reach` of `p`.
    pub fn is_faint(&self, p: [f64; 3], reach: f64, limit: f64) -> bool {
        let mut most = 0.0;
        let mut stack = vec![(self.levels.len() - 1, 0usize)];
        while let Some((level, node)) = stack.pop() {
            let (cluster, children) = &self.levels[level][node];
            let d = sub(cluster.center, p);
            let gap = dot(d, d).sqrt() - cluster.radius - reach;
            let here = cluster.total / (4.0 * PI * gap * gap);
            if cluster.total == 0.0 {
                continue;
            }
            if level > 0 && !(gap > 0.0 && here < 0.02 * limit) {
                stack.extend(children.clone().map(|child| (level - 1, child)));
                continue;
            }
            most += if gap > 0.0 { here } else { f64::INFINITY };
            if most >= limit {
                return false;
            }
        }
        true
    }

    /// How the winding number changes at `p`, per mm along each axis.
    pub fn slope(&self, p: [f64; 3]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        self.descend(|part| match part {
            Part::Cluster(cluster) => {
                let d = sub(cluster.center, p);
                let gap = dot(d, d).sqrt() - cluster.radius;
                let whole = gap > 0.0 && 4.0 * cluster.off(gap) < SLOPE_OFF;
                if whole {
                    cluster.add_slope(d, &mut sum);
                }
                whole
            }
            Part::Triangle(t) => {
                let v = self.tree.triangle(t).map(|v| sub(v, p));
                (0..3).for_each(|e| add_edge_slope(v[e], v[(e + 1) % 3], &mut sum));
                true
            }
        });
        sum
    }

    /// Goes down the tree where `whole` does not take a cluster for itself; then to its triangles.
    #[inline(always)]
    fn descend(&self, mut whole: impl FnMut(Part) -> bool) {
        let mut stack = vec![(self.levels.len() - 1, 0usize)];
        while let Some((level, node)) = stack.pop() {
            let (cluster, children) = &self.levels[level][node];
            if whole(Part::Cluster(cluster)) {
                continue;
            }
            if level > 0 {
                stack.extend(children.clone().map(|child| (level - 1, child)));
            } else {
                children.clone().for_each(|t| {
                    whole(Part::Triangle(t));
                });
            }
        }
    }
}

/// What is met on the way down a tree.
enum Part<'a> {
    Cluster(&'a Cluster),
    Triangle(usize),
}

impl Cluster {
    fn new(tree: &Tree, triangles: Range<usize>) -> Self {
        let (mut area, mut middle, mut total) = ([0.0; 3], [0.0; 3], 0.0f64);
        let mut plain = [0.0; 3];
        let parts = || {
            triangles.clone().map(|t| {
                let [a, b, c] = tree.triangle(t);
                let n = cross(sub(b, a), sub(c, a)).map(|v| 0.5 * v);
                (n, [0, 1, 2].map(|i| (a[i] + b[i] + c[i]) / 3.0))
            })
        };
        for (n, at) in parts() {
            let size = dot(n, n).sqrt();
            for i in 0..3 {
                area[i] += n[i] / (4.0 * PI);
                middle[i] += size * at[i];
                plain[i] += at[i] / triangles.len() as f64;
            }
            total += size;
        }
        let center = if total > 0.0 { middle.map(|v| v / total) } else { plain };
        let mut moment = [[0.0; 3]; 3];
        for (n, at) in parts() {
            let y = sub(at, center);
            (0..9).for_each(|m| moment[m / 3][m % 3] += n[m / 3] * y[m % 3]);
        }
        let third = (moment[0][0] + moment[1][1] + moment[2][2]) / 3.0;
        let both = |a: usize, b: usize| moment[a][b] + moment[b][a];
        let second = [
            moment[0][0] - third,
            moment[1][1] - third,
            moment[2][2] - third,
            both(1, 2),
            both(2, 0),
            both(0, 1),
        ];
        let far2 = triangles.flat_map(|t| tree.triangle(t)).map(|v| {
            let d = sub(v, center);
            dot(d, d)
        });
        let radius = far2.fold(0.0, f64::max).sqrt();
        Self { center, area, second: second.map(|m| m * -3.0 / (4.0 * PI)), total, radius }
    }

    /// What the winding number may be off by, no point nearer than `gap` to the cluster.
    #[inline(always)]
    fn off(&self, gap: f64) -> f64 {
        let gap2 = gap * gap;
        3.0 * self.total * self.radius * self.radius / (4.0 * PI * gap2 * gap2)
    }

    /// The quadrupole at `d`: its value, and half its slope.
    #[inline(always)]
    fn quadrupole(&self, d: [f64; 3]) -> (f64, [f64; 3]) {
        let [xx, yy, zz, yz, zx, xy] = self.second;
        let half = [
            xx * d[0] + 0.5 * (xy * d[1] + zx * d[2]),
            yy * d[1] + 0.5 * (xy * d[0] + yz * d[2]),
            zz * d[2] + 0.5 * (zx * d[0] + yz * d[1]),
        ];
        (dot(d, half), half)
    }

    /// Adds its part of the winding number.
    fn add(&self, p: &[[f64; LANES]; 3], sum: &mut [f64; LANES]) {
        for l in 0..LANES {
            let d = sub(self.center, [p[0][l], p[1][l], p[2][l]]);
            let per2 = 1.0 / dot(d, d);
            let (second, _) = self.quadrupole(d);
            sum[l] += (dot(d, self.area) + second * per2) * per2 * per2.sqrt();
        }
    }

    /// Adds its part of the slope, `d` from the point to the centre.
    fn add_slope(&self, d: [f64; 3], sum: &mut [f64; 3]) {
        let per2 = 1.0 / dot(d, d);
        let per3 = per2 * per2.sqrt();
        let (second, half) = self.quadrupole(d);
        let inward = 3.0 * dot(d, self.area) + 5.0 * second * per2;
        for a in 0..3 {
            sum[a] += per3 * (per2 * (inward * d[a] - 2.0 * half[a]) - self.area[a]);
        }
    }
}

/// Adds the slope that the edge from `a` to `b`, seen from the point, has a part in.
///
/// The winding number is that of a current around the triangle as its magnetic potential, and its
/// slope the field (Biot, Savart).
fn add_edge_slope(a: [f64; 3], b: [f64; 3], sum: &mut [f64; 3]) {
    let (na, nb) = (dot(a, a).sqrt(), dot(b, b).sqrt());
    let below = na * nb * (na * nb + dot(a, b));
    if below > 0.0 {
        let part = (na + nb) / (4.0 * PI * below);
        let n = cross(a, b);
        (0..3).for_each(|i| sum[i] += part * n[i]);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A patch of a paraboloid, 2 mm wide.
    fn patch() -> Tree {
        let at = |i: u32, j: u32| {
            let (x, y) = (f64::from(i) * 0.1, f64::from(j) * 0.1);
            [x, y, 0.3 * (x - 1.0) * (x - 1.0) - 0.2 * y * y]
        };
        let corners = (0..21 * 21).map(|n| at(n % 21, n / 21)).collect();
        let triangles: Vec<[u32; 3]> = (0..400)
            .map(|n| (n / 20) * 21 + n % 20)
            .flat_map(|v| [[v, v + 1, v + 21], [v + 1, v + 22, v + 21]])
            .collect();
        Tree::new(corners, &triangles)
    }

    #[test]
    fn clusters_keep_their_bounds_and_slopes_are_derivatives() {
        let winding = Winding::new(patch());
        let at = |p: [f64; 3], off| winding.about(&p.map(|v| [v; LANES]), off);
        for n in 0..200 {
            let f = |g: f64| (f64::from(n) * g).fract();
            let p = [6.0 * f(0.8191725) - 2.0, 6.0 * f(0.6710436) - 2.0, 5.0 * f(0.5497004)];
            let exact = at(p, 0.0).0[0];
            for off in LADDER.into_iter().chain([0.0]) {
                let (quick, error) = at(p, off);
                assert!((quick[0] - exact).abs() <= error + 1e-12, "{quick:?} {exact} {error}");
            }
            let slope = winding.slope(p);
            for a in 0..3 {
                let step = |by: f64| {
                    let mut q = p;
                    q[a] += by;
                    at(q, 0.0).0[0]
                };
                let central = (step(1e-4) - step(-1e-4)) / 2e-4;
                let norm = dot(slope, slope).sqrt();
                assert!((central - slope[a]).abs() < 2e-3 * (1.0 + norm), "{central} {slope:?}");
            }
        }
    }
}
