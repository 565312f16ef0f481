//! Fills holes: with the triangles of least area, and where an edge would be used twice, around a
//! new vertex in the middle.

use std::collections::BTreeSet;

use ossein_geom::{Frame, Point, TriMesh, Vector};

use super::{ChangeKind, Log};

/// A rim with more edges than this is filled ear by ear: least area takes the cube of their
/// number.
const LEAST_AREA_EDGE_COUNT_MAX: usize = 100;

/// Closes every hole of at most `edge_count_max` edges.
pub fn fill<F: Frame>(mesh: &mut TriMesh<F>, edge_count_max: usize, log: &mut Log<F>) {
    let (rims, edges) = rims(mesh);
    let (mut filled, mut open) = (Vec::new(), Vec::new());
    for rim in rims {
        let place = mesh.vertices[rim[0] as usize];
        if rim.len() > edge_count_max {
            open.push(place);
            continue;
        }
        filled.push(place);
        let exists = |i: usize, j: usize| edges.contains(&(rim[i].min(rim[j]), rim[i].max(rim[j])));
        let places: Vec<Point<F>> = rim.iter().map(|&v| mesh.vertices[v as usize]).collect();
        let patch = match rim.len() {
            0..3 => None,
            n if n <= LEAST_AREA_EDGE_COUNT_MAX => least_area(&places, &exists),
            _ => ears(&places, &exists),
        };
        match patch {
            Some(patch) => mesh.triangles.extend(patch.iter().map(|t| t.map(|i| rim[i]))),
            None => fan(mesh, &rim),
        }
    }
    filled.into_iter().for_each(|p| log.add(ChangeKind::FilledHole, p));
    open.into_iter().for_each(|p| log.add(ChangeKind::OpenHole, p));
}

/// Closed rims, each in the direction in which a patch runs along it, and all edges near rims.
fn rims<F: Frame>(mesh: &TriMesh<F>) -> (Vec<Vec<u32>>, BTreeSet<(u32, u32)>) {
    let mut directed: Vec<(u32, u32)> = Vec::with_capacity(3 * mesh.triangles.len());
    for t in &mesh.triangles {
        directed.extend([(t[0], t[1]), (t[1], t[2]), (t[2], t[0])]);
    }
    directed.sort_unstable();
    let is_there = |edge: (u32, u32)| directed.binary_search(&edge).is_ok();
    // A patch runs against the triangle at the rim.
    let mut next: Vec<(u32, u32)> =
        directed.iter().filter(|e| !is_there((e.1, e.0))).map(|e| (e.1, e.0)).collect();
    next.sort_unstable();
    let on_rim: BTreeSet<u32> = next.iter().map(|e| e.0).collect();
    let edges = directed
        .iter()
        .filter(|e| on_rim.contains(&e.0) && on_rim.contains(&e.1))
        .map(|e| (e.0.min(e.1), e.0.max(e.1)))
        .collect();
    let mut used = vec![false; next.len()];
    let mut rims = Vec::new();
    for first in 0..next.len() {
        let mut rim = Vec::new();
        let mut at = first;
        while !used[at] {
            used[at] = true;
            rim.push(next[at].0);
            let start = next.partition_point(|e| e.0 < next[at].1);
            let free =
                (start..next.len()).take_while(|&n| next[n].0 == next[at].1).find(|&n| !used[n]);
            match free {
                Some(n) => at = n,
                None => break,
            }
        }
        let is_closed = next[at].1 == next[first].0;
        if is_closed && rim.len() >= 2 {
            rims.push(rim);
        }
    }
    (rims, edges)
}

/// How much the least area gives way to short edges.
const SHORT_EDGES: f64 = 0.01;
/// Twice the area over the longest edge squared: a flatter triangle is none.
const SHAPE_MIN: f64 = 1e-5;

/// What a triangle costs: its area, a little for its longest edge; infinite where it is flat.
fn cost<F: Frame>(a: Point<F>, b: Point<F>, c: Point<F>) -> f64 {
    let (u, v, w) = (b - a, c - a, c - b);
    let longest = u.dot(u).max(v.dot(v)).max(w.dot(w));
    let area = u.cross(v).norm();
    if area < SHAPE_MIN * longest { f64::INFINITY } else { area + SHORT_EDGES * longest }
}

/// The triangulation of least area without a diagonal that `exists` already.
///
/// # Source
/// Barequet, Sharir: Filling gaps in the boundary of a polyhedron, CAGD 12 (1995) 207-229.
fn least_area<F: Frame>(
    rim: &[Point<F>],
    exists: &impl Fn(usize, usize) -> bool,
) -> Option<Vec<[usize; 3]>> {
    let n = rim.len();
    let mut best = vec![0.0f64; n * n];
    let mut cut = vec![usize::MAX; n * n];
    for span in 2..n {
        for i in 0..n - span {
            let k = i + span;
            best[i * n + k] = f64::INFINITY;
            if span < n - 1 && exists(i, k) {
                continue;
            }
            for j in i + 1..k {
                let sum = best[i * n + j] + best[j * n + k];
                let area = sum + cost(rim[i], rim[j], rim[k]);
                if area < best[i * n + k] {
                    best[i * n + k] = area;
                    cut[i * n + k] = j;
                }
            }
        }
    }
    if !best[n - 1].is_finite() {
        return None;
    }
    let mut triangles = Vec::with_capacity(n - 2);
    let mut stack = vec![(0, n - 1)];
    while let Some((i, k)) = stack.pop() {
        if k - i >= 2 {
            let j = cut[i * n + k];
            triangles.push([i, j, k]);
            stack.extend([(i, j), (j, k)]);
        }
    }
    Some(triangles)
}

/// Cuts off ears, the one that bends least first, seen along the rim's mean normal.
fn ears<F: Frame>(
    rim: &[Point<F>],
    exists: &impl Fn(usize, usize) -> bool,
) -> Option<Vec<[usize; 3]>> {
    let mut normal = Vector::new(0.0, 0.0, 0.0);
    for n in 0..rim.len() {
        normal += (rim[n] - rim[0]).cross(rim[(n + 1) % rim.len()] - rim[0]);
    }
    let normal = normal.unit();
    let side = |a: usize, b: usize, c: usize| normal.dot((rim[b] - rim[a]).cross(rim[c] - rim[a]));
    let mut left: Vec<usize> = (0..rim.len()).collect();
    let mut triangles = Vec::with_capacity(rim.len() - 2);
    while left.len() > 3 {
        let count = left.len();
        let mut best: Option<(f64, usize)> = None;
        for n in 0..count {
            let (a, b, c) = (left[(n + count - 1) % count], left[n], left[(n + 1) % count]);
            let area = side(a, b, c);
            let score = rim[a].distance(rim[c]);
            if area <= SHAPE_MIN * score * score
                || best.is_some_and(|(s, _)| s <= score)
                || exists(a, c)
            {
                continue;
            }
            let holds =
                |&p: &usize| side(a, b, p) >= 0.0 && side(b, c, p) >= 0.0 && side(c, a, p) >= 0.0;
            if !left.iter().filter(|p| ![a, b, c].contains(p)).any(holds) {
                best = Some((score, n));
            }
        }
        let (_, n) = best?;
        triangles.push([left[(n + count - 1) % count], left[n], left[(n + 1) % count]]);
        left.remove(n);
    }
    triangles.push([left[0], left[1], left[2]]);
    Some(triangles)
}

/// Triangles around a new vertex in the rim's middle.
fn fan<F: Frame>(mesh: &mut TriMesh<F>, rim: &[u32]) {
    let first = mesh.vertices[rim[0] as usize];
    let mut sum = Vector::new(0.0, 0.0, 0.0);
    rim.iter().for_each(|&v| sum += mesh.vertices[v as usize] - first);
    let middle = mesh.vertices.len() as u32;
    mesh.vertices.push(first + sum * (1.0 / rim.len() as f64));
    for n in 0..rim.len() {
        mesh.triangles.push([rim[n], rim[(n + 1) % rim.len()], middle]);
    }
}
