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
        let mut ring = Vec::new();
        for contour in contours {
            ring.clear();
            ring.extend(contour.points.iter().map(place));
            self.ring(raster.size, &ring, &steps);
        }
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

    /// Lowers the squares around a closed ring, in steps between samples.
    fn ring(&mut self, size: [usize; 2], ring: &[[f64; 2]], reach: &Reach) {
        let sides = ring.iter().zip(ring.iter().cycle().skip(1));
        let mut sides = sides.filter_map(|(a, b)| Side::new(*a, *b));
        let Some(first) = sides.next() else { return };
        let (mut side, mut beyond_start) = (first, 0.0);
        for next in sides.chain([first]) {
            let beyond_end = reach.around(side.along, next.along);
            self.segment(size, &side, [beyond_start, beyond_end], reach);
            (side, beyond_start) = (next, ALONGSIDE);
        }
    }

    /// Lowers the squares beside a side, from `beyond[0]` before its start to `beyond[1]` behind
    /// its end: what lies farther along is nearer to another side, or in its share.
    fn segment(&mut self, size: [usize; 2], side: &Side, beyond: [f64; 2], reach: &Reach) {
        let Side { from: a, length, along: [ux, uy] } = *side;
        let [nx, ny] = [-uy, ux];
        let range = |axis: usize, along: f64, inwards: f64| {
            let (back, forth) = (-beyond[0] * along, (length + beyond[1]) * along);
            let (left, right) = (reach.inside * inwards, -reach.outside * inwards);
            let first = (a[axis] + back.min(forth) + left.min(right)).ceil() as i64;
            let end = (a[axis] + back.max(forth) + left.max(right)).floor() as i64 + 1;
            (first.max(0), end.min(size[axis] as i64))
        };
        let ((i0, i1), (j0, j1)) = (range(0, ux, nx), range(1, uy, ny));
        if i0 >= i1 || j0 >= j1 {
            return;
        }
        // Whole groups, so that what one side has just stored the next one can load at once.
        let (i0, j0, rows) = (i0 as usize / LANES * LANES, j0 as usize, (j1 - j0) as usize);
        let p = [i0 as f64 - a[0], j0 as f64 - a[1]];
        let box_groups = (i1 as usize - i0).div_ceil(LANES);
        let across = Strip::new(p, [nx, ny], [-reach.outside, reach.inside]);
        let along = Strip::new(p, [ux, uy], [-beyond[0], length + beyond[1]]);
        let groups = box_groups.min(across.groups).min(along.groups);
        let latest = (box_groups - groups) as i64;
        let starts = [[across.start, across.slope], [along.start, along.slope]];
        let along = [p[0] * ux + p[1] * uy, ux, uy].map(|v| v as f32);
        let across = [p[0] * nx + p[1] * ny, nx, ny].map(|v| v as f32);
        let rows =
            Rows { count: rows, groups, latest, starts, along, across, length: length as f32 };
        let squares = &mut self.squares[j0 * self.row_stride + i0..];
        match groups {
            1 => rows.lower::<1>(squares, self.row_stride),
            2 => rows.lower::<2>(squares, self.row_stride),
            _ => rows.lower::<0>(squares, self.row_stride),
        }
    }
}

/// The samples beside a side: rows of groups.
struct Rows {
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

/// A side of a contour, in steps between samples.
#[derive(Clone, Copy)]
struct Side {
    from: [f64; 2],
    length: f64,
    /// Unit vector.
    along: [f64; 2],
}

impl Side {
    /// None where both ends are one.
    fn new(a: [f64; 2], b: [f64; 2]) -> Option<Self> {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = (dx * dx + dy * dy).sqrt();
        (length > 0.0).then(|| Self { from: a, length, along: [dx / length, dy / length] })
    }
}

/// How far beyond its ends a side is looked at in any case, in steps: what rounding may take.
const ALONGSIDE: f64 = 0.01;

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
    fn around(&self, from: [f64; 2], to: [f64; 2]) -> f64 {
        let sine = from[0] * to[1] - from[1] * to[0];
        let reach = if sine > 0.0 { self.outside } else { self.inside };
        let ahead = from[0] * to[0] + from[1] * to[1] > 0.0;
        ALONGSIDE + if ahead { reach * sine.abs() } else { self.inside.max(self.outside) }
    }
}

/// Where the samples of each row begin that lie between two parallel lines.
struct Strip {
    /// In the first row, and how it moves from row to row, in samples from the box's first one:
    /// whole numbers with [`STRIP_BITS`] bits behind the point.
    start: i64,
    slope: i64,
    /// Groups of samples that hold all of a row, wherever it begins in its group.
    groups: usize,
}

/// Bits behind the point of a strip's start.
const STRIP_BITS: u32 = 16;
/// Flatter lines cross the whole box in every row.
const SLOPE_MIN: f64 = 1e-3;

impl Strip {
    /// The places, seen from the box's first sample at `p`, whose part along the unit vector `n`
    /// lies between `low` and `high`.
    fn new(p: [f64; 2], [nx, ny]: [f64; 2], [low, high]: [f64; 2]) -> Self {
        if nx.abs() < SLOPE_MIN {
            return Self { start: i64::MIN / 2, slope: 0, groups: usize::MAX };
        }
        let per_step = 1.0 / nx;
        let left = if nx > 0.0 { low } else { high };
        let width = (high - low) * per_step.abs();
        let one = f64::from(1 << STRIP_BITS);
        Self {
            start: ((left - p[0] * nx - p[1] * ny) * per_step * one) as i64,
            slope: (-ny * per_step * one) as i64,
            groups: (width as i64 as usize + LANES + 1).div_ceil(LANES),
        }
    }
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
