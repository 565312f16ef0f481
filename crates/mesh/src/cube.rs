//! How a surface crosses a cube: the table of marching cubes, derived rather than typed in.
//!
//! On every face the crossings are joined so that inside corners are kept apart. Both cubes that
//! share a face see the same corners, so their surfaces meet without a gap. The closed curves that
//! result are cut into triangles without a diagonal that would lie in a face, so that no edge of
//! the mesh belongs to more than two triangles.

use std::sync::OnceLock;

/// Corner `c` lies at x = bit 0, y = bit 1, z = bit 2 of `c`.
/// Edge `e` starts at corner `EDGES[e].0` and runs along axis `EDGES[e].1`.
pub const EDGES: [(usize, usize); 12] = [
    (0, 0),
    (2, 0),
    (4, 0),
    (6, 0),
    (0, 1),
    (1, 1),
    (4, 1),
    (5, 1),
    (0, 2),
    (1, 2),
    (2, 2),
    (3, 2),
];

/// Corners of the six faces, counter-clockwise seen from outside.
const FACES: [[usize; 4]; 6] =
    [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];

/// Triangles, as edge numbers, for each of the 256 patterns of inside corners.
pub fn table() -> &'static [Vec<[u8; 3]>; 256] {
    static TABLE: OnceLock<[Vec<[u8; 3]>; 256]> = OnceLock::new();
    TABLE.get_or_init(|| std::array::from_fn(triangles))
}

fn edge_between(a: usize, b: usize) -> usize {
    let (low, axis) = (a.min(b), (a ^ b).trailing_zeros() as usize);
    EDGES.iter().position(|&edge| edge == (low, axis)).expect("neighbouring corners share an edge")
}

fn triangles(pattern: usize) -> Vec<[u8; 3]> {
    let inside = |corner: usize| pattern >> corner & 1 == 1;
    // next[e]: the crossing that follows crossing `e` on its closed curve.
    let mut next = [None; 12];
    for face in &FACES {
        for start in 0..4 {
            let before = face[(start + 3) % 4];
            if !inside(face[start]) || inside(before) {
                continue;
            }
            let entry = edge_between(before, face[start]);
            let mut last = start;
            while inside(face[(last + 1) % 4]) {
                last += 1;
            }
            let exit = edge_between(face[last % 4], face[(last + 1) % 4]);
            next[entry] = Some(exit);
        }
    }
    let mut triangles = Vec::new();
    for first in 0..12 {
        let mut curve = Vec::new();
        let mut at = first;
        while let Some(following) = next[at].take() {
            curve.push(at);
            at = following;
        }
        if curve.len() >= 3 {
            cut(&curve, &mut triangles);
        }
    }
    triangles
}

fn share_a_face(a: usize, b: usize) -> bool {
    let on = |edge: usize, face: &[usize; 4]| {
        let (corner, axis) = EDGES[edge];
        face.contains(&corner) && face.contains(&(corner | 1 << axis))
    };
    FACES.iter().any(|face| on(a, face) && on(b, face))
}

/// Cuts a closed curve into triangles, none of whose diagonals lies in a face.
fn cut(curve: &[usize], triangles: &mut Vec<[u8; 3]>) -> bool {
    let n = curve.len();
    if n == 3 {
        triangles.push([curve[0] as u8, curve[1] as u8, curve[2] as u8]);
        return true;
    }
    for tip in 0..n {
        let (before, after) = (curve[(tip + n - 1) % n], curve[(tip + 1) % n]);
        if share_a_face(before, after) {
            continue;
        }
        let kept = triangles.len();
        triangles.push([before as u8, curve[tip] as u8, after as u8]);
        let rest: Vec<usize> = (0..n).filter(|&i| i != tip).map(|i| curve[i]).collect();
        if cut(&rest, triangles) {
            return true;
        }
        triangles.truncate(kept);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_cut_whole() {
        for (pattern, triangles) in table().iter().enumerate() {
            let crossing = |&(corner, axis): &(usize, usize)| {
                (pattern >> corner & 1) != (pattern >> (corner | 1 << axis) & 1)
            };
            let crossings = EDGES.iter().filter(|edge| crossing(edge)).count();
            let mut used: Vec<u8> = triangles.iter().flatten().copied().collect();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), crossings, "pattern {pattern:08b}");
        }
    }
}
