//! How a surface crosses a cube: the table of marching cubes, derived rather than typed in.
//!
//! Where signs leave a choice, inside corners are joined and outside corners are kept apart: the
//! solid is 26-connected, the outside 6-connected. Both cubes that share a face see the same
//! corners, so their surfaces meet without a gap, and the Euler number of the surface is that of
//! the signs. The closed curves that result are cut into triangles without a diagonal that would
//! lie in a face, so that no edge of the mesh belongs to more than two triangles.

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
pub const FACES: [[usize; 4]; 6] =
    [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];

/// Most triangles in one cube.
pub const TRIANGLE_COUNT_MAX: usize = 6;

/// All that the kernel asks of the 256 patterns of inside corners.
pub struct Table {
    /// Triangles of each pattern.
    pub count: [u8; 256],
    /// Their corners as edge numbers, three a triangle.
    pub corners: [[[u8; 3]; TRIANGLE_COUNT_MAX]; 256],
    /// One for each edge that is crossed; the last four entries are zero.
    pub crossed: [[u8; 16]; 256],
    /// The same as bits, the first edge lowest.
    pub crossed_bits: [u16; 256],
    /// Closed curves of crossings: the number of the edge that follows each crossed edge.
    pub next: [[u8; 12]; 256],
}

/// The number of no edge.
pub const NO_EDGE: u8 = u8::MAX;

/// The table, made when it is first asked for.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table {
            count: [0; 256],
            corners: [[[0; 3]; TRIANGLE_COUNT_MAX]; 256],
            crossed: [[0; 16]; 256],
            crossed_bits: [0; 256],
            next: [[NO_EDGE; 12]; 256],
        };
        for pattern in 0..256 {
            let found = triangles(pattern);
            table.count[pattern] = found.len() as u8;
            table.corners[pattern][..found.len()].copy_from_slice(&found);
            for (edge, following) in curves(pattern).into_iter().enumerate() {
                table.crossed[pattern][edge] = u8::from(following.is_some());
                table.crossed_bits[pattern] |= u16::from(following.is_some()) << edge;
                table.next[pattern][edge] = following.map_or(NO_EDGE, |e| e as u8);
            }
        }
        table
    })
}

fn edge_between(a: usize, b: usize) -> usize {
    let (low, axis) = (a.min(b), (a ^ b).trailing_zeros() as usize);
    EDGES.iter().position(|&edge| edge == (low, axis)).expect("neighbouring corners share an edge")
}

/// The crossing that follows each crossing on its closed curve, the inside to its left.
fn curves(pattern: usize) -> [Option<usize>; 12] {
    let inside = |corner: usize| pattern >> corner & 1 == 1;
    let mut next = [None; 12];
    for face in &FACES {
        for start in 0..4 {
            let before = face[(start + 3) % 4];
            if inside(face[start]) || !inside(before) {
                continue;
            }
            let exit = edge_between(before, face[start]);
            let mut last = start;
            while !inside(face[(last + 1) % 4]) {
                last += 1;
            }
            let entry = edge_between(face[last % 4], face[(last + 1) % 4]);
            next[entry] = Some(exit);
        }
    }
    next
}

fn triangles(pattern: usize) -> Vec<[u8; 3]> {
    let mut next = curves(pattern);
    let mut loops = Vec::new();
    for first in 0..12 {
        let mut curve = Vec::new();
        let mut at = first;
        while let Some(following) = next[at].take() {
            curve.push(at);
            at = following;
        }
        if curve.len() >= 3 {
            loops.push(curve);
        }
    }
    if [0b1000_0001, 0b0100_0010, 0b0010_0100, 0b0001_1000].contains(&pattern) {
        return tube(&loops[0], &loops[1]);
    }
    let mut triangles = Vec::new();
    for curve in &loops {
        cut(curve, &mut triangles);
    }
    triangles
}

/// The tube that joins two inside corners across the cube.
fn tube(a: &[usize], b: &[usize]) -> Vec<[u8; 3]> {
    let mut triangles = Vec::new();
    for (curve, other) in [(a, b), (b, a)] {
        for n in 0..3 {
            let (from, to) = (curve[n], curve[(n + 1) % 3]);
            let axis = 3 - EDGES[from].1 - EDGES[to].1;
            let across = other.iter().find(|&&e| EDGES[e].1 == axis).expect("one edge an axis");
            triangles.push([from as u8, to as u8, *across as u8]);
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

/// Cuts a closed curve into triangles, none of whose diagonals lies in a face: a fan where one
/// fits (its triangles never cross, wherever the crossings lie), ears else. Of the fans, the one
/// that bulges least: cut at random, the surface would gain or lose volume.
fn cut(curve: &[usize], triangles: &mut Vec<[u8; 3]>) {
    let n = curve.len();
    let at = |tip: usize, step: usize| curve[(tip + step) % n];
    let fits = |tip: &usize| (2..n - 1).all(|step| !share_a_face(curve[*tip], at(*tip, step)));
    let fan = |tip: usize| -> Vec<[u8; 3]> {
        (1..n - 1).map(|s| [curve[tip], at(tip, s), at(tip, s + 1)].map(|e| e as u8)).collect()
    };
    let best = (0..n).filter(fits).min_by_key(|&tip| bulge(curve, &fan(tip)).abs());
    match best {
        Some(tip) => triangles.extend(fan(tip)),
        None => assert!(cut_ears(curve, triangles), "every curve on a cube can be cut"),
    }
}

/// How much more volume lies under `triangles` than under the cone from the middle of `curve`,
/// with all crossings halfway; in a unit that depends on the curve's length alone.
fn bulge(curve: &[usize], triangles: &[[u8; 3]]) -> i64 {
    let n = curve.len() as i64;
    let place = |edge: usize| -> [i64; 3] {
        let (corner, axis) = EDGES[edge];
        std::array::from_fn(|a| if a == axis { 1 } else { 2 * (corner >> a & 1) as i64 })
    };
    let det = |[a, b, c]: [[i64; 3]; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1])
            + a[1] * (b[2] * c[0] - b[0] * c[2])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    let middle: [i64; 3] = std::array::from_fn(|a| curve.iter().map(|&e| place(e)[a]).sum());
    let cone: i64 = (0..curve.len())
        .map(|s| det([middle, place(curve[s]), place(curve[(s + 1) % curve.len()])]))
        .sum();
    n * triangles.iter().map(|t| det(t.map(|e| place(e as usize)))).sum::<i64>() - cone
}

fn cut_ears(curve: &[usize], triangles: &mut Vec<[u8; 3]>) -> bool {
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
        if cut_ears(&rest, triangles) {
            return true;
        }
        triangles.truncate(kept);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    type P = [f64; 3];

    #[test]
    fn every_pattern_is_cut_whole() {
        let table = table();
        for pattern in 0..256 {
            let crossing = |&(corner, axis): &(usize, usize)| {
                (pattern >> corner & 1) != (pattern >> (corner | 1 << axis) & 1)
            };
            let crossings = EDGES.iter().filter(|edge| crossing(edge)).count();
            let triangles = &table.corners[pattern][..table.count[pattern] as usize];
            let mut used: Vec<u8> = triangles.iter().flatten().copied().collect();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), crossings, "pattern {pattern:08b}");
            // Inner edges pair up; the rest are the curves themselves.
            let mut directed = std::collections::BTreeSet::new();
            for t in triangles {
                for n in 0..3 {
                    assert!(directed.insert((t[n], t[(n + 1) % 3])), "{pattern:08b}");
                }
            }
            for &(a, b) in &directed {
                let on_curve = table.next[pattern][a as usize] == b;
                assert!(on_curve != directed.contains(&(b, a)), "{pattern:08b} {a} {b}");
            }
        }
    }

    fn minus(a: P, b: P) -> P {
        [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
    }

    fn side(t: [P; 3], p: P) -> f64 {
        let (u, v, w) = (minus(t[1], t[0]), minus(t[2], t[0]), minus(p, t[0]));
        (u[1] * v[2] - u[2] * v[1]) * w[0]
            + (u[2] * v[0] - u[0] * v[2]) * w[1]
            + (u[0] * v[1] - u[1] * v[0]) * w[2]
    }

    /// Whether the open segment crosses the open triangle.
    fn crosses(t: [P; 3], a: P, b: P) -> bool {
        if side(t, a) * side(t, b) >= 0.0 {
            return false;
        }
        let turn = |n: usize| side([a, t[n], t[(n + 1) % 3]], b);
        let turns = [turn(0), turn(1), turn(2)];
        turns.iter().all(|&v| v > 0.0) || turns.iter().all(|&v| v < 0.0)
    }

    #[test]
    fn no_two_triangles_of_a_cube_cross() {
        let table = table();
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f64 / (1u64 << 24) as f64
        };
        let mut bad = std::collections::BTreeMap::new();
        for _ in 0..500 {
            let fractions: [f64; 12] = std::array::from_fn(|_| {
                let (kind, v) = (random(), random());
                if kind < 0.25 {
                    0.001 + 0.02 * v
                } else if kind < 0.5 {
                    0.999 - 0.02 * v
                } else {
                    0.001 + 0.998 * v
                }
            });
            let place = |edge: u8| {
                let (corner, axis) = EDGES[edge as usize];
                let mut p: P = std::array::from_fn(|a| (corner >> a & 1) as f64);
                p[axis] = fractions[edge as usize];
                p
            };
            for pattern in 0..256 {
                let triangles = &table.corners[pattern][..table.count[pattern] as usize];
                for t in triangles {
                    for s in triangles {
                        let t3 = t.map(place);
                        for n in 0..3 {
                            let (a, b) = (s[n], s[(n + 1) % 3]);
                            if !t.contains(&a) && !t.contains(&b) && crosses(t3, place(a), place(b))
                            {
                                *bad.entry(pattern).or_insert(0) += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(bad.is_empty(), "{bad:?}");
    }
}
