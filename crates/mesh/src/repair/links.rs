//! Which triangles continue each other across an edge.

use ossein_geom::{Frame, Point, TriMesh, Vector, float};

use super::{ChangeKind, Log};

const NONE: u32 = u32::MAX;

/// For each half-edge `3 t + i` (from corner `i` of triangle `t` to the next) the half-edge on
/// the other side, or none.
pub struct Links(Vec<u32>);

/// The half-edges on one undirected edge.
struct Edge {
    ends: (u32, u32),
    sides: Vec<u32>,
}

fn ends<F: Frame>(mesh: &TriMesh<F>, h: u32) -> (u32, u32) {
    let t = mesh.triangles[h as usize / 3];
    let i = h as usize % 3;
    (t[i], t[(i + 1) % 3])
}

fn edges<F: Frame>(mesh: &TriMesh<F>) -> Vec<Edge> {
    let key = |h: u32| {
        let (a, b) = ends(mesh, h);
        (a.min(b), a.max(b))
    };
    let mut sorted: Vec<u32> = (0..3 * mesh.triangles.len() as u32).collect();
    sorted.sort_by_key(|&h| (key(h), h));
    let run = |run: &[u32]| Edge { ends: key(run[0]), sides: run.to_vec() };
    sorted.chunk_by(|&g, &h| key(g) == key(h)).map(run).collect()
}

impl Links {
    /// Turns neighbours alike, and links the two triangles of each plain edge, and pairs of
    /// triangles that bound one wedge of solid where more meet.
    pub fn new<F: Frame>(mesh: &mut TriMesh<F>, log: &mut Log<F>) -> Self {
        let all = edges(mesh);
        let mut plain = vec![NONE; 3 * mesh.triangles.len()];
        for edge in &all {
            if let [g, h] = edge.sides[..] {
                plain[g as usize] = h;
                plain[h as usize] = g;
            }
        }
        turn_alike(mesh, &plain, log);
        // Turning a triangle renames its half-edges: find them anew.
        let mut links = vec![NONE; 3 * mesh.triangles.len()];
        let mut link = |g: u32, h: u32| {
            links[g as usize] = h;
            links[h as usize] = g;
        };
        for edge in edges(mesh) {
            let mut paired = 0;
            match edge.sides[..] {
                [g, h] => {
                    if ends(mesh, g) != ends(mesh, h) {
                        link(g, h);
                        paired = 2;
                    }
                }
                [_] => paired = 1,
                _ => {
                    for (g, h) in wedges(mesh, &edge) {
                        link(g, h);
                        paired += 2;
                    }
                    paired = paired.min(edge.sides.len() - 1);
                }
            }
            if paired < edge.sides.len() {
                let (a, b) = edge.ends;
                let (a, b) = (mesh.vertices[a as usize], mesh.vertices[b as usize]);
                log.add(ChangeKind::SplitEdge, a.lerp(b, 0.5));
            }
        }
        Self(links)
    }

    /// Gives each fan of linked triangles around a vertex a vertex of its own.
    pub fn part_vertices<F: Frame>(&self, mesh: &mut TriMesh<F>, log: &mut Log<F>) {
        let mut fans: Vec<u32> = (0..self.0.len() as u32).collect();
        fn root(fans: &mut [u32], mut c: u32) -> u32 {
            while fans[c as usize] != c {
                fans[c as usize] = fans[fans[c as usize] as usize];
                c = fans[c as usize];
            }
            c
        }
        let after = |h: u32| if h % 3 == 2 { h - 2 } else { h + 1 };
        for (h, &g) in self.0.iter().enumerate().filter(|(_, g)| **g != NONE) {
            // The corner where `h` starts is the corner where `g` ends.
            for (a, b) in [(h as u32, after(g)), (after(h as u32), g)] {
                let (a, b) = (root(&mut fans, a), root(&mut fans, b));
                fans[a.max(b) as usize] = a.min(b);
            }
        }
        let mut owner = vec![NONE; mesh.vertices.len()];
        let mut number = vec![NONE; fans.len()];
        for c in 0..fans.len() as u32 {
            let fan = root(&mut fans, c);
            let v = mesh.triangles[c as usize / 3][c as usize % 3];
            if number[fan as usize] == NONE {
                let is_first = owner[v as usize] == NONE;
                number[fan as usize] = if is_first { v } else { mesh.vertices.len() as u32 };
                if is_first {
                    owner[v as usize] = fan;
                } else {
                    let place = mesh.vertices[v as usize];
                    log.add(ChangeKind::SplitVertex, place);
                    mesh.vertices.push(place);
                }
            }
            mesh.triangles[c as usize / 3][c as usize % 3] = number[fan as usize];
        }
    }
}

/// Turns triangles over until neighbours across plain edges run along them in opposite
/// directions; in each piece the fewer ones turn.
fn turn_alike<F: Frame>(mesh: &mut TriMesh<F>, plain: &[u32], log: &mut Log<F>) {
    let count = mesh.triangles.len();
    let mut turned: Vec<Option<bool>> = vec![None; count];
    for first in 0..count {
        if turned[first].is_some() {
            continue;
        }
        turned[first] = Some(false);
        let mut piece = vec![first];
        let mut at = 0;
        while at < piece.len() {
            let t = piece[at];
            at += 1;
            for h in 3 * t..3 * t + 3 {
                let g = plain[h];
                let other = g as usize / 3;
                if g == NONE || turned[other].is_some() {
                    continue;
                }
                let alike = ends(mesh, h as u32) != ends(mesh, g);
                turned[other] = turned[t].map(|t| t == alike);
                piece.push(other);
            }
        }
        let turned_count = piece.iter().filter(|&&t| turned[t] == Some(true)).count();
        if 2 * turned_count > piece.len() {
            piece.iter().for_each(|&t| turned[t] = turned[t].map(|t| !t));
        }
    }
    for (t, _) in turned.iter().enumerate().filter(|(_, turned)| **turned == Some(true)) {
        log.add(ChangeKind::Turned, mesh.vertices[mesh.triangles[t][0] as usize]);
        mesh.triangles[t].swap(1, 2);
    }
}

/// Pairs of half-edges that bound one wedge of solid around a crowded edge.
fn wedges<F: Frame>(mesh: &TriMesh<F>, edge: &Edge) -> Vec<(u32, u32)> {
    let (a, b) = edge.ends;
    let (from, to) = (mesh.vertices[a as usize], mesh.vertices[b as usize]);
    let axis = (to - from).unit();
    let across = axis.any_perpendicular();
    let up = axis.cross(across);
    let angle = |h: u32| {
        let t = mesh.triangles[h as usize / 3];
        let apex: Point<F> = mesh.vertices[t[(h as usize + 2) % 3] as usize];
        let away: Vector<F> = apex - from;
        float::atan2(away.dot(up), away.dot(across))
    };
    let forward = |h: u32| ends(mesh, h).0 == a;
    let mut around: Vec<(f64, u32)> = edge.sides.iter().map(|&h| (angle(h), h)).collect();
    around.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    // Seen along the edge with angles counter-clockwise, the solid lies clockwise of a triangle
    // that runs forward.
    let mut pairs = Vec::new();
    let mut taken = vec![false; around.len()];
    let count = around.len();
    for n in 0..count {
        let before = (n + count - 1) % count;
        let (this, other) = (around[n].1, around[before].1);
        if forward(this) && !forward(other) && !taken[n] && !taken[before] {
            (taken[n], taken[before]) = (true, true);
            pairs.push((this, other));
        }
    }
    pairs
}
