//! Samples of one period of a lattice: pieces, passages, Euler characteristic.
//!
//! Samples lie in the middle of their cells, `[z][y][x]`, and the block repeats in every direction.

/// Samples on one side of a value that were joined, with the periods between them and their root.
struct Pieces {
    parent: Vec<u32>,
    /// Periods from a sample to its parent.
    offset: Vec<[i32; 3]>,
    size: Vec<u32>,
    /// Independent directions in which a piece meets its own image.
    windings: Vec<Vec<[i32; 3]>>,
    /// Index into `windings` by root, `u32::MAX` where it has none.
    winding_of: Vec<u32>,
}

const NONE: u32 = u32::MAX;

fn rank_grows(known: &[[i32; 3]], next: [i32; 3]) -> bool {
    let cross = |a: [i32; 3], b: [i32; 3]| {
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    };
    match known {
        [] => next != [0; 3],
        [a] => cross(*a, next) != [0; 3],
        [a, b] => {
            let c = cross(*a, *b);
            c[0] * next[0] + c[1] * next[1] + c[2] * next[2] != 0
        }
        _ => false,
    }
}

impl Pieces {
    fn new(count: usize) -> Self {
        Self {
            parent: (0..count as u32).collect(),
            offset: vec![[0; 3]; count],
            size: vec![1; count],
            windings: Vec::new(),
            winding_of: vec![NONE; count],
        }
    }

    /// The root of a sample, and the periods from the sample to it.
    fn root(&self, mut at: u32) -> (u32, [i32; 3]) {
        let mut sum = [0; 3];
        while self.parent[at as usize] != at {
            let step = self.offset[at as usize];
            sum = [sum[0] + step[0], sum[1] + step[1], sum[2] + step[2]];
            at = self.parent[at as usize];
        }
        (at, sum)
    }

    /// Joins neighbours; `crossed` counts the borders passed on the way from `a` to `b`. Returns
    /// whether their piece now reaches its own image in all three directions.
    fn join(&mut self, a: u32, b: u32, crossed: [i32; 3]) -> bool {
        let ((ra, oa), (rb, ob)) = (self.root(a), self.root(b));
        let apart = [0, 1, 2].map(|n| oa[n] + crossed[n] - ob[n]);
        if ra == rb {
            return self.wind(ra, apart);
        }
        let (big, small, offset) = if self.size[ra as usize] < self.size[rb as usize] {
            (rb, ra, apart.map(|v| -v))
        } else {
            (ra, rb, apart)
        };
        self.parent[small as usize] = big;
        self.offset[small as usize] = offset;
        self.size[big as usize] += self.size[small as usize];
        let moved = self.winding_of[small as usize];
        let moved = if moved == NONE { Vec::new() } else { self.windings[moved as usize].clone() };
        let mut full = self.rank(big) == 3;
        for winding in moved {
            full |= self.wind(big, winding);
        }
        full
    }

    fn rank(&self, root: u32) -> usize {
        let n = self.winding_of[root as usize];
        if n == NONE { 0 } else { self.windings[n as usize].len() }
    }

    fn wind(&mut self, root: u32, winding: [i32; 3]) -> bool {
        if winding != [0; 3] && self.winding_of[root as usize] == NONE {
            self.winding_of[root as usize] = self.windings.len() as u32;
            self.windings.push(Vec::new());
        }
        let n = self.winding_of[root as usize];
        if n == NONE {
            return false;
        }
        let known = &mut self.windings[n as usize];
        if rank_grows(known, winding) {
            known.push(winding);
        }
        known.len() == 3
    }
}

/// The sample `step` away from another, with the borders crossed on the way.
fn neighbour(at: usize, step: [i32; 3], n: usize) -> (u32, [i32; 3]) {
    let place = [at % n, at / n % n, at / (n * n)];
    let mut crossed = [0; 3];
    let there: [usize; 3] = std::array::from_fn(|a| {
        let v = place[a] as i32 + step[a];
        crossed[a] = v.div_euclid(n as i32);
        v.rem_euclid(n as i32) as usize
    });
    (((there[2] * n + there[1]) * n + there[0]) as u32, crossed)
}

/// The highest value above which the samples still hold a piece that runs on in all three
/// directions: the bottleneck of the widest way through. `None` where only values below zero lie on
/// such a way.
///
/// Of several pieces, the one that opens first. Samples are neighbours across faces, edges and
/// corners: the way is a curve, which leaves the planes of samples at any angle.
pub(super) fn bottleneck(values: &[f32], n: usize) -> Option<f64> {
    let mut order: Vec<u32> =
        (0..values.len() as u32).filter(|&at| values[at as usize] > 0.0).collect();
    order.sort_unstable_by(|&a, &b| {
        values[b as usize].total_cmp(&values[a as usize]).then(a.cmp(&b))
    });
    let steps: Vec<[i32; 3]> =
        (0..27).filter(|&s| s != 13).map(|s| [s % 3 - 1, s / 3 % 3 - 1, s / 9 - 1]).collect();
    let mut pieces = Pieces::new(values.len());
    let mut open = vec![false; values.len()];
    for at in order {
        open[at as usize] = true;
        for &step in &steps {
            let (there, crossed) = neighbour(at as usize, step, n);
            if open[there as usize] && pieces.join(at, there, crossed) {
                return Some(f64::from(values[at as usize]));
            }
        }
    }
    None
}

/// Pieces of one side of a periodic block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodicPieces {
    /// Number of pieces; images of one piece count once.
    pub count: usize,
    /// How many of them run on in all three directions.
    pub endless_count: usize,
}

/// Counts the face-connected pieces of the set samples of an `n`³ block that repeats.
///
/// # Panics
/// If `set` does not hold `n`³ samples.
pub fn pieces(set: &[bool], n: usize) -> PeriodicPieces {
    assert_eq!(set.len(), n * n * n, "n cubed samples");
    let mut joined = Pieces::new(set.len());
    for at in (0..set.len()).filter(|&at| set[at]) {
        for step in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
            let (there, crossed) = neighbour(at, step, n);
            if set[there as usize] {
                joined.join(at as u32, there, crossed);
            }
        }
    }
    let roots = (0..set.len() as u32).filter(|&at| set[at as usize] && joined.root(at).0 == at);
    let mut found = PeriodicPieces::default();
    for root in roots {
        found.count += 1;
        found.endless_count += usize::from(joined.rank(root) == 3);
    }
    found
}

/// Euler characteristic of the set samples of an `n`³ block that repeats, as closed cubes: pieces
/// that touch at a corner are one (facts D3.9).
///
/// # Panics
/// If `set` does not hold `n`³ samples.
pub fn euler(set: &[bool], n: usize) -> i64 {
    assert_eq!(set.len(), n * n * n, "n cubed samples");
    let wrap = |v: usize| if v == 0 { n - 1 } else { v - 1 };
    let mut sum = 0;
    for k in 0..n {
        for j in 0..n {
            for i in 0..n {
                // The eight cubes around the lowest corner of this one.
                let at = |c: usize| {
                    let x = if c & 1 == 0 { i } else { wrap(i) };
                    let y = if c & 2 == 0 { j } else { wrap(j) };
                    let z = if c & 4 == 0 { k } else { wrap(k) };
                    set[(z * n + y) * n + x]
                };
                let any = |cubes: &[usize]| i64::from(cubes.iter().any(|&c| at(c)));
                let edges = any(&[0, 2, 4, 6]) + any(&[0, 1, 4, 5]) + any(&[0, 1, 2, 3]);
                let faces = any(&[0, 1]) + any(&[0, 2]) + any(&[0, 4]);
                sum += any(&[0, 1, 2, 3, 4, 5, 6, 7]) - edges + faces - any(&[0]);
            }
        }
    }
    sum
}

/// The value below which `fraction` of the values lie, from values in rising order.
///
/// # Panics
/// If there are no values.
pub(super) fn quantile(sorted: &[f32], fraction: f64) -> f64 {
    // Between two ranks, so that the fraction of an odd function is one half at zero.
    let last = sorted.len() - 1;
    let rank = (fraction * sorted.len() as f64 - 0.5).clamp(0.0, last as f64);
    let low = (rank as usize).min(last.saturating_sub(1));
    let (a, b) = (f64::from(sorted[low]), f64::from(sorted[(low + 1).min(last)]));
    a + (rank - low as f64) * (b - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(n: usize, inside: impl Fn([f64; 3]) -> bool) -> Vec<bool> {
        let at = |v: usize| (v as f64 + 0.5) / n as f64;
        (0..n * n * n).map(|v| inside([at(v % n), at(v / n % n), at(v / (n * n))])).collect()
    }

    #[test]
    fn shapes_have_their_euler_characteristic() {
        let n = 24;
        let r2 = |p: [f64; 3]| p.iter().map(|v| (v - 0.5) * (v - 0.5)).sum::<f64>();
        let ball = block(n, |p| r2(p) < 0.16);
        assert_eq!((euler(&ball, n), pieces(&ball, n).count), (1, 1));
        let shell = block(n, |p| (0.04..0.16).contains(&r2(p)));
        assert_eq!(euler(&shell, n), 2);
        let bar = block(n, |p| (p[0] - 0.5).abs() < 0.2 && (p[1] - 0.5).abs() < 0.2);
        assert_eq!((euler(&bar, n), pieces(&bar, n).endless_count), (0, 0));
        // Three crossing bars: one node, three struts that close on themselves.
        let near = |v: f64| (v - 0.5).abs() < 0.2;
        let cross = block(n, |p| {
            (near(p[0]) && near(p[1])) || (near(p[1]) && near(p[2])) || (near(p[2]) && near(p[0]))
        });
        assert_eq!((euler(&cross, n), pieces(&cross, n).endless_count), (-2, 1));
    }
}
