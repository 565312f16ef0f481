//! Which half-edges of a mesh run along the same edge.

use super::queue::NONE;

/// The half-edge that follows in the same triangle.
pub fn next(h: u32) -> u32 {
    if h % 3 == 2 { h - 2 } else { h + 1 }
}

/// The one before.
pub fn previous(h: u32) -> u32 {
    if h.is_multiple_of(3) { h + 2 } else { h - 1 }
}

/// Half-edges that start where `first` does, in turn, up to a rim; none for `NONE`.
pub fn around(first: u32, opposites: &[u32]) -> impl Iterator<Item = u32> {
    let mut at = first;
    std::iter::from_fn(move || {
        if at == NONE {
            return None;
        }
        let h = at;
        let following = opposites[previous(h) as usize];
        at = if following == first { NONE } else { following };
        Some(h)
    })
}

/// For each half-edge, number `3 t + i` from corner `i` of triangle `t` to the next, the one that
/// runs back; `NONE` at a rim, and where more than two run along one edge or both run alike.
pub fn opposites(triangles: &[[u32; 3]], vertex_count: usize) -> Vec<u32> {
    let ends = |[a, b, c]: [u32; 3]| [(a, b), (b, c), (c, a)];
    let mut start = vec![0u32; vertex_count + 2];
    for (u, v) in triangles.iter().flat_map(|&t| ends(t)) {
        start[u.min(v) as usize + 2] += 1;
    }
    for v in 2..start.len() {
        start[v] += start[v - 1];
    }
    // By the lower end: the higher one, then the half-edge.
    let mut list = vec![0u64; 3 * triangles.len()];
    for (t, &triangle) in triangles.iter().enumerate() {
        for (i, (u, v)) in ends(triangle).into_iter().enumerate() {
            let slot = &mut start[u.min(v) as usize + 1];
            list[*slot as usize] = u64::from(u.max(v)) << 32 | (3 * t + i) as u64;
            *slot += 1;
        }
    }
    let mut opposites = vec![NONE; 3 * triangles.len()];
    let origins = triangles.as_flattened();
    for v in 0..vertex_count {
        let here = &mut list[start[v] as usize..start[v + 1] as usize];
        here.sort_unstable();
        for alike in here.chunk_by(|a, b| a >> 32 == b >> 32) {
            let &[g, h] = alike else { continue };
            let (g, h) = (g as u32, h as u32);
            // One of them starts at the lower end, the other at the higher.
            if origins[g as usize] != origins[h as usize] {
                opposites[g as usize] = h;
                opposites[h as usize] = g;
            }
        }
    }
    opposites
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_a_tetrahedron_have_two_sides() {
        let triangles = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        let back = opposites(&triangles, 4);
        let ends = |h: usize| (triangles[h / 3][h % 3], triangles[h / 3][(h + 1) % 3]);
        for (h, &g) in back.iter().enumerate() {
            let (u, v) = ends(h);
            assert_eq!(ends(g as usize), (v, u));
        }
    }

    #[test]
    fn rims_fins_and_turned_triangles_have_no_other_side() {
        assert_eq!(opposites(&[[0, 1, 2]], 3), [NONE; 3]);
        let fin = opposites(&[[0, 1, 2], [1, 0, 3], [1, 0, 4]], 5);
        assert_eq!(fin, [NONE; 9]);
        let turned = opposites(&[[0, 1, 2], [0, 1, 3]], 4);
        assert_eq!(turned, [NONE; 6]);
        let pinched = opposites(&[[0, 0, 1]], 2);
        assert_eq!(pinched[0], NONE);
    }
}
