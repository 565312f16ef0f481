//! Meshes made in code, and slow truths to hold fast answers against.

use ossein_geom::{Lps, Point, TriMesh, Vector};

pub type Mesh = TriMesh<Lps>;

/// Uniform numbers from a seed.
pub struct Random(pub u64);

impl Random {
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut h = self.0;
        h = (h ^ h >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        h = (h ^ h >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((h ^ h >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    pub fn point(&mut self, reach: f64) -> Point<Lps> {
        Point::new(
            self.between(-reach, reach),
            self.between(-reach, reach),
            self.between(-reach, reach),
        )
    }
}

/// A box of twelve triangles.
pub fn cuboid(min: [f64; 3], max: [f64; 3]) -> Mesh {
    let corner = |n: usize| {
        let pick = |a: usize| if n >> a & 1 == 1 { max[a] } else { min[a] };
        Point::new(pick(0), pick(1), pick(2))
    };
    let quads =
        [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = quads.iter().flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]).collect();
    TriMesh { vertices: (0..8).map(corner).collect(), triangles }
}

/// A closed surface over the sphere, `radius(direction)` from `center`: an octahedron, subdivided.
pub fn star(center: [f64; 3], depth: usize, radius: impl Fn(Vector<Lps>) -> f64) -> Mesh {
    let mut v: Vec<Vector<Lps>> = Vec::new();
    for a in 0..3 {
        for s in [1.0, -1.0] {
            let mut d = [0.0; 3];
            d[a] = s;
            v.push(d.into());
        }
    }
    let mut t: Vec<[u32; 3]> = vec![
        [0, 2, 4],
        [2, 1, 4],
        [1, 3, 4],
        [3, 0, 4],
        [2, 0, 5],
        [1, 2, 5],
        [3, 1, 5],
        [0, 3, 5],
    ];
    for _ in 0..depth {
        let mut middle = std::collections::BTreeMap::new();
        let mut finer = Vec::new();
        for [a, b, c] in t {
            let mut m = |a: u32, b: u32| {
                *middle.entry((a.min(b), a.max(b))).or_insert_with(|| {
                    v.push((v[a as usize] + v[b as usize]).unit());
                    v.len() as u32 - 1
                })
            };
            let (ab, bc, ca) = (m(a, b), m(b, c), m(c, a));
            finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        t = finer;
    }
    let center = Point::from(center);
    TriMesh { vertices: v.iter().map(|&d| center + d * radius(d)).collect(), triangles: t }
}

pub fn sphere(center: [f64; 3], depth: usize, radius: f64) -> Mesh {
    star(center, depth, |_| radius)
}

/// A sphere with dents and bumps.
pub fn bumpy(depth: usize) -> Mesh {
    let wave = |v: f64| ossein_geom::float::sin(v);
    star([0.3, -0.2, 0.1], depth, |d| {
        8.0 + 1.5 * wave(5.0 * d.x) * wave(4.0 * d.y + 1.0) + 0.8 * wave(9.0 * d.z)
    })
}

/// Both meshes in one.
pub fn both(a: &Mesh, b: &Mesh) -> Mesh {
    let shift = a.vertices.len() as u32;
    let vertices = a.vertices.iter().chain(&b.vertices).copied().collect();
    let moved = b.triangles.iter().map(|t| t.map(|v| v + shift));
    TriMesh { vertices, triangles: a.triangles.iter().copied().chain(moved).collect() }
}

/// Inside out.
pub fn inverted(mesh: &Mesh) -> Mesh {
    let triangles = mesh.triangles.iter().map(|t| [t[0], t[2], t[1]]).collect();
    TriMesh { vertices: mesh.vertices.clone(), triangles }
}

/// Every triangle with corners of its own.
pub fn soup(mesh: &Mesh) -> Mesh {
    let vertices: Vec<_> = mesh.triangles.iter().flat_map(|&t| mesh.corners(t)).collect();
    let triangles = (0..mesh.triangles.len() as u32).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]);
    TriMesh { triangles: triangles.collect(), vertices }
}

/// Without those triangles of which `gone` holds.
pub fn without(mesh: &Mesh, gone: impl Fn(usize) -> bool) -> Mesh {
    let kept = mesh.triangles.iter().enumerate().filter(|(n, _)| !gone(*n));
    TriMesh { vertices: mesh.vertices.clone(), triangles: kept.map(|(_, &t)| t).collect() }
}

/// Distance to the nearest triangle, each asked in turn.
pub fn distance(mesh: &Mesh, p: Point<Lps>) -> f64 {
    let to = |&t: &[u32; 3]| to_triangle(p, mesh.corners(t));
    mesh.triangles.iter().map(to).fold(f64::INFINITY, f64::min)
}

fn to_triangle(p: Point<Lps>, [a, b, c]: [Point<Lps>; 3]) -> f64 {
    let n = (b - a).cross(c - a);
    let inside = [(a, b), (b, c), (c, a)].iter().all(|&(u, v)| n.cross(v - u).dot(p - u) >= 0.0);
    if n.norm() > 0.0 && inside {
        return n.unit().dot(p - a).abs();
    }
    let edge = |u: Point<Lps>, v: Point<Lps>| {
        let e = v - u;
        let t = (e.dot(p - u) / e.dot(e).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        p.distance(u + e * t)
    };
    edge(a, b).min(edge(b, c)).min(edge(c, a))
}

/// Winding number, the solid angle of each triangle in turn.
pub fn winding(mesh: &Mesh, p: Point<Lps>) -> f64 {
    let of = |&t: &[u32; 3]| {
        let [a, b, c] = mesh.corners(t).map(|v| v - p);
        let (na, nb, nc) = (a.norm(), b.norm(), c.norm());
        let above = a.dot(b.cross(c));
        let below = na * nb * nc + a.dot(b) * nc + b.dot(c) * na + c.dot(a) * nb;
        2.0 * above.atan2(below)
    };
    mesh.triangles.iter().map(of).sum::<f64>() / (4.0 * std::f64::consts::PI)
}
