//! Distance in the plane to a layer's contours, sampled near them: what contour passes, hatch
//! borders and walls too thin for either are taken from.
//!
//! The distance in space would not do: just under a flat top it is small everywhere, and every
//! pass would lose the whole layer.

use ossein_geom::Contour;

use crate::plane::{Plane, Raster};

/// Samples that are handled together.
const LANES: usize = 8;

/// Signed distances to the contours of a layer, mm: negative inside, exact within reach.
#[derive(Default)]
pub(crate) struct Inset {
    squares: Vec<f32>,
    row_stride: usize,
    raster: Option<Raster>,
    sides: Sides,
}

impl Inset {
    /// Measures the distance to `contours` within `reach`, the larger of which then stands for all
    /// beyond; `inside` says which samples of a row lie inside.
    pub fn measure(
        &mut self,
        raster: Raster,
        contours: &[Contour],
        reach: &Reach,
        mut inside: impl FnMut(usize, &mut [bool]),
    ) {
        let [ni, nj] = raster.size;
        self.row_stride = ni.next_multiple_of(LANES) + LANES;
        self.raster = Some(raster);
        let per_mm = 1.0 / raster.step;
        let steps = Reach { inside: reach.inside * per_mm, outside: reach.outside * per_mm };
        self.squares.clear();
        let farthest = (steps.inside * steps.inside) as f32;
        self.squares.resize(self.row_stride * nj.next_multiple_of(32), farthest);
        let place = |p: &[f64; 2]| [0, 1].map(|a| (p[a] - raster.origin[a]) * per_mm);
        let mut sides = std::mem::take(&mut self.sides);
        for contour in contours {
            sides.around(contour.points.iter().map(place), &steps);
            for first in (0..sides.len()).step_by(LANES) {
                let beside = sides.beside(first, raster.size, &steps);
                for n in 0..LANES.min(sides.len() - first) {
                    self.lower(&beside.rows(n));
                }
            }
        }
        self.sides = sides;
        let step = raster.step as f32;
        let mut sides = vec![false; ni];
        for j in 0..nj {
            inside(j, &mut sides);
            let row = &mut self.squares[j * self.row_stride..][..ni];
            for (value, inside) in row.iter_mut().zip(&sides) {
                let distance = value.sqrt() * step;
                *value = if *inside { -distance } else { distance };
            }
        }
    }

    /// The samples.
    pub fn plane(&self) -> Plane<'_> {
        let raster = self.raster.expect("measured before it is asked");
        Plane::dense(raster, self.row_stride, &self.squares)
    }

    /// Lowers the squares beside a side.
    #[inline(always)]
    fn lower(&mut self, rows: &Rows) {
        if rows.count == 0 {
            return;
        }
        let squares = &mut self.squares[rows.first_row * self.row_stride + rows.first..];
        match rows.groups {
            1 => rows.lower::<1>(squares, self.row_stride),
            2 => rows.lower::<2>(squares, self.row_stride),
            _ => rows.lower::<0>(squares, self.row_stride),
        }
    }
}

/// The samples beside a side: rows of groups.
struct Rows {
    /// The first sample of all.
    first: usize,
    first_row: usize,
    count: usize,
    groups: usize,
    /// The last group at which a row may begin.
    latest: i64,
    /// Where the rows begin between two pairs of lines, and how that moves from row to row.
    starts: [[i64; 2]; 2],
    /// Places of the first sample along and across the side, and what a step along x and y adds.
    along: [f32; 3],
    across: [f32; 3],
    length: f32,
}

impl Rows {
    /// Lowers squares of distances, `G` groups in each row; 0 where their number is not foreseen.
    #[inline(always)]
    fn lower<const G: usize>(&self, squares: &mut [f32], row_stride: usize) {
        let Self { along, across, length, .. } = *self;
        let groups = if G == 0 { self.groups } else { G };
        let lane_along: [f32; LANES] = std::array::from_fn(|n| along[1] * n as f32);
        let lane_across: [f32; LANES] = std::array::from_fn(|n| across[1] * n as f32);
        let [[mut a, da], [mut b, db]] = self.starts;
        for j in 0..self.count {
            let start = a.max(b) >> (STRIP_BITS + LANES.ilog2());
            (a, b) = (a + da, b + db);
            let first = start.max(0).min(self.latest) as usize * LANES;
            let (x, y) = (first as f32, j as f32);
            let mut along_row = along[0] + x * along[1] + y * along[2];
            let mut across_row = across[0] + x * across[1] + y * across[2];
            let row = &mut squares[j * row_stride + first..][..groups * LANES];
            for eight in row.as_chunks_mut::<LANES>().0 {
                let squares: [f32; LANES] = std::array::from_fn(|n| {
                    let (u, v) = (along_row + lane_along[n], across_row + lane_across[n]);
                    let beyond = u - u.max(0.0).min(length);
                    v * v + beyond * beyond
                });
                let old = *eight;
                *eight = std::array::from_fn(|n| lower(squares[n], old[n]));
                along_row += LANES as f32 * along[1];
                across_row += LANES as f32 * across[1];
            }
        }
    }
}

/// The lower of two numbers that are not below zero: their bits are in the same order.
#[inline(always)]
fn lower(a: f32, b: f32) -> f32 {
    f32::from_bits(a.to_bits().min(b.to_bits()))
}

/// How far from a contour distances are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    /// On the contour's left, where the solid lies.
    pub inside: f64,
    /// On its right; at most `inside`.
    pub outside: f64,
}

impl Reach {
    /// How far beyond the end of a side those places lie that are nearest to that end, where the
    /// next side goes off in direction `to`: in the wedge between the normals of both.
    #[inline(always)]
    fn around(&self, from: [f64; 2], to: [f64; 2]) -> f64 {
        let sine = from[0] * to[1] - from[1] * to[0];
        let reach = if sine > 0.0 { self.outside } else { self.inside };
        let ahead = from[0] * to[0] + from[1] * to[1] > 0.0;
        ALONGSIDE + if ahead { reach * sine.abs() } else { self.inside.max(self.outside) }
    }
}

/// How far beyond its ends a side is looked at in any case, in steps: what rounding may take.
const ALONGSIDE: f64 = 0.01;

/// The sides of a ring, in steps between samples; none is of no length.
#[derive(Default)]
struct Sides {
    /// Where they start, x and y; the first one again behind the last.
    from: [Vec<f64>; 2],
    /// Unit vectors; the first one again.
    along: [Vec<f64>; 2],
    length: Vec<f64>,
    /// How far beyond their ends they are looked at.
    beyond: Vec<f64>,
}

impl Sides {
    fn len(&self) -> usize {
        self.length.len()
    }

    /// The sides between the points of a ring.
    fn around(&mut self, points: impl Iterator<Item = [f64; 2]>, reach: &Reach) {
        let [x, y] = &mut self.from;
        x.clear();
        y.clear();
        for p in points {
            if x.last() != Some(&p[0]) || y.last() != Some(&p[1]) {
                x.push(p[0]);
                y.push(p[1]);
            }
        }
        while x.len() > 1 && x.first() == x.last() && y.first() == y.last() {
            x.pop();
            y.pop();
        }
        let count = if x.len() > 1 { x.len() } else { 0 };
        self.length.clear();
        self.beyond.clear();
        self.along.iter_mut().for_each(Vec::clear);
        if count == 0 {
            return;
        }
        x.push(x[0]);
        y.push(y[0]);
        for k in 0..count {
            let (dx, dy) = (x[k + 1] - x[k], y[k + 1] - y[k]);
            let length = (dx * dx + dy * dy).sqrt();
            self.along[0].push(dx / length);
            self.along[1].push(dy / length);
            self.length.push(length);
        }
        let [x, y] = &mut self.along;
        x.push(x[0]);
        y.push(y[0]);
        let turns = (0..count).map(|k| reach.around([x[k], y[k]], [x[k + 1], y[k + 1]]));
        self.beyond.extend(turns);
    }

    /// What lies beside the sides from `first` on: from just before their starts to as far behind
    /// their ends as they are looked at. What lies farther along is nearer to another side, or in
    /// its share.
    fn beside(&self, first: usize, size: [usize; 2], reach: &Reach) -> Beside {
        let eight = |values: &[f64]| {
            let mut eight = [1.0; LANES];
            let count = LANES.min(values.len() - first);
            eight[..count].copy_from_slice(&values[first..][..count]);
            eight
        };
        let (from, along) = (self.from.each_ref(), self.along.each_ref());
        let (from, along) = (from.map(|v| eight(v)), along.map(|v| eight(v)));
        Beside::new(from, along, eight(&self.length), eight(&self.beyond), size, reach)
    }
}

/// What lies beside a few sides: worked out together, as [`Rows`] has it.
#[derive(Default)]
struct Beside {
    first: [[i64; LANES]; 2],
    count: [i64; LANES],
    groups: [i64; LANES],
    latest: [i64; LANES],
    starts: [[[i64; LANES]; 2]; 2],
    along: [[f32; LANES]; 3],
    across: [[f32; LANES]; 3],
    length: [f32; LANES],
}

impl Beside {
    #[inline(never)]
    fn new(
        from: [[f64; LANES]; 2],
        along: [[f64; LANES]; 2],
        length: [f64; LANES],
        beyond: [f64; LANES],
        size: [usize; 2],
        reach: &Reach,
    ) -> Self {
        let mut all = Self::default();
        let last = size.map(|n| n as f64);
        for n in 0..LANES {
            let (ux, uy, end) = (along[0][n], along[1][n], length[n] + beyond[n]);
            let (nx, ny) = (-uy, ux);
            let range = |a: f64, along: f64, inwards: f64, size: f64| {
                let (back, forth) = (-ALONGSIDE * along, end * along);
                let (left, right) = (reach.inside * inwards, -reach.outside * inwards);
                let first = (a + back.min(forth) + left.min(right)).ceil();
                let end = (a + back.max(forth) + left.max(right)).floor() + 1.0;
                (first.max(0.0), end.min(size))
            };
            let (i0, i1) = range(from[0][n], ux, nx, last[0]);
            let (j0, j1) = range(from[1][n], uy, ny, last[1]);
            // Whole groups, so that what one side has just stored the next one can load at once.
            let i0_whole = (i0 / LANES as f64).floor() * LANES as f64;
            let p = [i0_whole - from[0][n], j0 - from[1][n]];
            let box_groups = ((i1 - i0_whole) / LANES as f64).ceil();
            let across = Strip::new(p, [nx, ny], [-reach.outside, reach.inside]);
            let strip = Strip::new(p, [ux, uy], [-ALONGSIDE, end]);
            let groups = box_groups.min(across.groups).min(strip.groups);
            let rows = if i0 < i1 { (j1 - j0).max(0.0) } else { 0.0 };
            all.first[0][n] = whole(i0_whole);
            all.first[1][n] = whole(j0);
            all.count[n] = whole(rows);
            all.groups[n] = whole(groups);
            all.latest[n] = whole(box_groups - groups);
            all.starts[0][0][n] = whole(across.start);
            all.starts[0][1][n] = whole(across.slope);
            all.starts[1][0][n] = whole(strip.start);
            all.starts[1][1][n] = whole(strip.slope);
            all.along[0][n] = (p[0] * ux + p[1] * uy) as f32;
            all.along[1][n] = ux as f32;
            all.along[2][n] = uy as f32;
            all.across[0][n] = (p[0] * nx + p[1] * ny) as f32;
            all.across[1][n] = nx as f32;
            all.across[2][n] = ny as f32;
            all.length[n] = length[n] as f32;
        }
        all
    }

    /// The samples beside one of the sides.
    #[inline(always)]
    fn rows(&self, n: usize) -> Rows {
        Rows {
            first: self.first[0][n] as usize,
            first_row: self.first[1][n] as usize,
            count: self.count[n] as usize,
            groups: self.groups[n] as usize,
            latest: self.latest[n],
            starts: [0, 1].map(|s| [self.starts[s][0][n], self.starts[s][1][n]]),
            along: [0, 1, 2].map(|d| self.along[d][n]),
            across: [0, 1, 2].map(|d| self.across[d][n]),
            length: self.length[n],
        }
    }
}

/// Where the samples of each row begin that lie between two parallel lines.
struct Strip {
    /// In the first row, and how it moves from row to row, in samples from the box's first one:
    /// whole numbers with [`STRIP_BITS`] bits behind the point.
    start: f64,
    slope: f64,
    /// Groups of samples that hold all of a row, wherever it begins in its group.
    groups: f64,
}

/// Bits behind the point of a strip's start.
const STRIP_BITS: u32 = 16;
/// Flatter lines cross the whole box in every row.
const SLOPE_MIN: f64 = 1e-3;
/// Whole numbers that are told, at most: far beyond every sample.
const WHOLE_MAX: f64 = (1u64 << 50) as f64;

impl Strip {
    /// The places, seen from the box's first sample at `p`, whose part along the unit vector `n`
    /// lies between `low` and `high`.
    #[inline(always)]
    fn new(p: [f64; 2], [nx, ny]: [f64; 2], [low, high]: [f64; 2]) -> Self {
        let is_flat = nx.abs() < SLOPE_MIN;
        let per_step = 1.0 / if is_flat { 1.0 } else { nx };
        let left = if nx > 0.0 { low } else { high };
        let width = (high - low) * per_step.abs();
        let one = f64::from(1 << STRIP_BITS);
        let start = (left - p[0] * nx - p[1] * ny) * per_step * one;
        let slope = -ny * per_step * one;
        let groups = ((width.floor() + (LANES + 1) as f64) / LANES as f64).ceil();
        Self {
            start: if is_flat { -WHOLE_MAX } else { start },
            slope: if is_flat { 0.0 } else { slope },
            groups: if is_flat { WHOLE_MAX } else { groups },
        }
    }
}

/// The nearest whole number, up to [`WHOLE_MAX`]: a few instructions for many at a time, where a
/// cast takes many for each.
#[inline(always)]
fn whole(v: f64) -> i64 {
    /// Numbers from here on have no bits behind the point.
    const SHIFT: f64 = (3u64 << 51) as f64;
    let v = v.max(-WHOLE_MAX).min(WHOLE_MAX);
    (v + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits()) as i64
}

#[cfg(test)]
mod tests {
    use ossein_geom::float;

    use super::*;

    fn distance(p: [f64; 2], contours: &[Contour]) -> f64 {
        let edges = contours.iter().flat_map(Contour::edges);
        let to = |[a, b]: [[f64; 2]; 2]| {
            let (d, e) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
            let square = d[0] * d[0] + d[1] * d[1];
            let t = ((d[0] * e[0] + d[1] * e[1]) / square.max(1e-300)).clamp(0.0, 1.0);
            let (x, y) = (e[0] - t * d[0], e[1] - t * d[1]);
            (x * x + y * y).sqrt()
        };
        edges.map(to).fold(f64::INFINITY, f64::min)
    }

    /// A star with `count` points between two radii, its corners `turn` round.
    fn star(middle: [f64; 2], radii: [f64; 2], count: usize, turn: f64) -> Contour {
        let corner = |n: usize| {
            let angle = turn + std::f64::consts::PI * n as f64 / count as f64;
            let (s, c) = float::sin_cos(angle);
            [middle[0] + radii[n % 2] * c, middle[1] + radii[n % 2] * s]
        };
        Contour { points: (0..2 * count).map(corner).collect() }
    }

    /// Circles, hexagons, spikes, sides of many steps and of a small part of one, at every turn:
    /// the distance within reach is the nearest of all sides'.
    #[test]
    fn distances_within_reach_are_exact() {
        let raster = Raster { origin: [-2.0, -1.9], step: 0.05, size: [83, 79] };
        let reach = Reach { inside: 0.233, outside: 0.115 };
        for turn in 0..12 {
            let turn = 0.523 * f64::from(turn);
            for (radii, count) in
                [([1.0, 1.0], 40), ([1.2, 1.2], 3), ([0.3, 1.3], 5), ([1.0, 1.1], 150)]
            {
                let mut hole = star([0.05, -0.02], radii.map(|r| 0.3 * r), count, turn);
                hole.points.reverse();
                let contours = [star([0.03, 0.01], radii, count, turn), hole];
                let solid = |p: [f64; 2]| contours.iter().filter(|c| c.contains(p)).count() == 1;
                let sides = |j: usize, sides: &mut [bool]| {
                    sides.iter_mut().enumerate().for_each(|(i, s)| *s = solid(raster.point(i, j)));
                };
                let mut inset = Inset::default();
                inset.measure(raster, &contours, &reach, sides);
                for (i, j) in (0..83 * 79).map(|n| (n % 83, n / 83)) {
                    let p = raster.point(i, j);
                    let (told, off) = (f64::from(inset.plane().at(i, j)), distance(p, &contours));
                    assert_eq!(told < 0.0, solid(p) && told != 0.0);
                    let near = off < if solid(p) { reach.inside } else { reach.outside };
                    let most = if near { off } else { f64::INFINITY };
                    let right = off.min(reach.inside) - 1e-5..most + 1e-5;
                    assert!(right.contains(&told.abs()), "{p:?}: {told} for {off}, turn {turn}");
                }
            }
        }
    }
}
