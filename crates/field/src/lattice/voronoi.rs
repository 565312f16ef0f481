//! Voronoi foam: the edges between the regions nearest to seeds that keep apart from each other
//! (blue noise), repeated after four cells.

use super::{Cell, Shape, Skeleton};

/// The cell: its edge is that of a cube as large as the mean region.
pub const CELL: Cell = Cell { word: "voronoi", title: "Voronoi", shape: Shape::Struts(skeleton) };

/// Cells after which the foam repeats.
const SPAN: usize = 4;

/// Candidates for every seed, per seed already placed: more keep seeds further apart.
const CANDIDATES: usize = 12;

/// Regions whose corners lie closer than this are joined at one node, in cell edges.
const MERGE: f64 = 1e-6;

/// Numbers that a seed decides (SplitMix64).
struct Draw(u64);

impl Draw {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

type P = [f64; 3];

fn sub(a: P, b: P) -> P {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: P, b: P) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: P, b: P) -> P {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// From `b` to the nearest image of `a`.
fn nearest_image(a: P, b: P) -> P {
    let span = SPAN as f64;
    sub(a, b).map(|v| v - (v / span).round() * span)
}

/// Seeds that keep apart: each the best of many candidates (Mitchell 1991).
pub(super) fn seeds(seed: u64) -> Vec<P> {
    let mut draw = Draw(seed);
    let mut placed: Vec<P> = Vec::new();
    let span = SPAN as f64;
    for n in 0..SPAN.pow(3) {
        let mut best = ([0.0; 3], -1.0);
        for _ in 0..=CANDIDATES * n {
            let candidate = [(); 3].map(|()| draw.next() * span);
            let gap = |&other: &P| {
                let d = nearest_image(other, candidate);
                dot(d, d)
            };
            let room = placed.iter().map(gap).fold(f64::MAX, f64::min);
            if room > best.1 {
                best = (candidate, room);
            }
        }
        placed.push(best.0);
    }
    placed
}

/// Cuts away from a polyhedron, given by its faces, what lies beyond `dot(normal, p) = offset`.
fn cut(faces: &mut Vec<Vec<P>>, normal: P, offset: f64) {
    let mut rim: Vec<P> = Vec::new();
    for face in faces.iter_mut() {
        let mut kept = Vec::with_capacity(face.len() + 1);
        for (n, &a) in face.iter().enumerate() {
            let b = face[(n + 1) % face.len()];
            let (da, db) = (dot(normal, a) - offset, dot(normal, b) - offset);
            if da <= 0.0 {
                kept.push(a);
            }
            if (da < 0.0) != (db < 0.0) && da != 0.0 && db != 0.0 {
                let t = da / (da - db);
                let p: P = std::array::from_fn(|n| a[n] + t * (b[n] - a[n]));
                kept.push(p);
                rim.push(p);
            } else if da == 0.0 {
                rim.push(a);
            }
        }
        *face = kept;
    }
    faces.retain(|face| face.len() >= 3);
    if rim.len() >= 3 {
        faces.push(around(rim, normal));
    }
}

/// Points of a convex polygon in their order around `normal`.
fn around(points: Vec<P>, normal: P) -> Vec<P> {
    let count = points.len() as f64;
    let middle: P = std::array::from_fn(|n| points.iter().map(|p| p[n]).sum::<f64>() / count);
    let right = sub(points[0], middle);
    let up = cross(normal, right);
    let angle = |p: P| {
        let d = sub(p, middle);
        ossein_geom::float::atan2(dot(d, up) / dot(normal, normal).sqrt(), dot(d, right))
    };
    let mut sorted: Vec<(f64, P)> = points.into_iter().map(|p| (angle(p), p)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ring: Vec<P> = Vec::with_capacity(sorted.len());
    for (_, p) in sorted {
        let same = |q: &P| {
            let d = sub(p, *q);
            dot(d, d) < MERGE * MERGE
        };
        if !ring.last().is_some_and(same) {
            ring.push(p);
        }
    }
    ring
}

/// The faces of the region around the origin among neighbours at `others`.
fn region(mut others: Vec<P>) -> Vec<Vec<P>> {
    let half = 0.5 * SPAN as f64;
    let corner =
        |n: usize| -> P { std::array::from_fn(|a| if n >> a & 1 == 1 { half } else { -half }) };
    let sides: [[usize; 4]; 6] =
        [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]];
    let mut faces: Vec<Vec<P>> =
        sides.iter().map(|side| side.iter().map(|&n| corner(n)).collect()).collect();
    others.sort_by(|a, b| dot(*a, *a).total_cmp(&dot(*b, *b)));
    for other in others {
        let reach2 = faces.iter().flatten().map(|&p| dot(p, p)).fold(0.0, f64::max);
        if dot(other, other) > 4.0 * reach2 {
            break; // too far to cut anything
        }
        cut(&mut faces, other, 0.5 * dot(other, other));
    }
    faces
}

fn skeleton(seed: u64) -> Skeleton {
    let seeds = seeds(seed);
    let span = SPAN as f64;
    let mut edges: Vec<([i64; 6], [P; 2])> = Vec::new();
    for (n, &at) in seeds.iter().enumerate() {
        let mut others = Vec::new();
        for (m, &other) in seeds.iter().enumerate() {
            let near = nearest_image(other, at);
            for image in 0..27 {
                let shift = [image % 3, image / 3 % 3, image / 9].map(|v| f64::from(v) - 1.0);
                let d: P = std::array::from_fn(|a| near[a] + shift[a] * span);
                if n != m || image != 13 {
                    others.push(d);
                }
            }
        }
        for face in region(others) {
            for (k, &a) in face.iter().enumerate() {
                let b = face[(k + 1) % face.len()];
                let ends = [a, b].map(|p| -> P { std::array::from_fn(|c| p[c] + at[c]) });
                edges.extend(named(ends));
            }
        }
    }
    // Each edge was met from every face of every region around it.
    edges.sort_by_key(|edge| edge.0);
    edges.dedup_by(|a, b| (0..6).all(|n| (a.0[n] - b.0[n]).abs() <= 1));
    Skeleton { span: SPAN, struts: edges.into_iter().map(|(_, ends)| ends).collect() }
}

/// An edge under a name that all its images share: its middle in the period, and its direction.
fn named([a, b]: [P; 2]) -> Option<([i64; 6], [P; 2])> {
    let span = SPAN as f64;
    let along = sub(b, a);
    if dot(along, along) < MERGE * MERGE {
        return None;
    }
    // A grid that no symmetric place falls on the border of.
    let whole = |v: f64| (v / (10.0 * MERGE) + 0.371).floor() as i64;
    let middle: P = std::array::from_fn(|n| 0.5 * (a[n] + b[n]));
    let home = middle.map(|v| (v / span).floor() * span);
    let first = along.iter().copied().find(|v| v.abs() > 20.0 * MERGE).unwrap_or(1.0);
    let (a, b, along) = if first < 0.0 { (b, a, along.map(|v| -v)) } else { (a, b, along) };
    let mut name = [0; 6];
    for n in 0..3 {
        name[n] = whole(middle[n] - home[n]);
        name[n + 3] = whole(along[n]);
    }
    Some((name, [sub(a, home), sub(b, home)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_keep_apart_and_every_node_holds_four_struts() {
        let placed = seeds(7);
        for (n, &a) in placed.iter().enumerate() {
            for &b in &placed[..n] {
                let d = nearest_image(a, b);
                assert!(dot(d, d).sqrt() > 0.6, "{}", dot(d, d).sqrt());
            }
        }
        let foam = skeleton(7);
        // Four edges meet at each corner, so there are twice as many edges as corners.
        let span = SPAN as f64;
        let mut ends: Vec<[i64; 3]> = foam
            .struts
            .iter()
            .flatten()
            .map(|p| p.map(|v| ((v - (v / span).floor() * span) * 1e4).round() as i64 % 40_000))
            .collect();
        ends.sort_unstable();
        let count = ends.len();
        ends.dedup();
        assert_eq!(count, 4 * ends.len());
        // A cell among blue noise has about 15 faces, so some 6.5 corners a seed (Euler).
        assert!((5.5..7.2).contains(&(ends.len() as f64 / 64.0)), "{}", ends.len());
        assert_eq!(foam, skeleton(7));
        assert_ne!(foam, skeleton(8));
    }
}
