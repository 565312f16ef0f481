//! Islands so small that nothing runs inside them: the ends of thin struts. Each gets a short line
//! through its middle, as a wall of no length would.

use ossein_geom::Contour;

use crate::ridge::CentreLine;

/// A level of a layer: its outline or one of its passes.
pub(crate) struct Level<'a> {
    pub contours: &'a [Contour],
    /// How deep inside the part it runs, mm.
    pub depth_mm: f64,
    /// What lies this far inside it is melted with it, mm.
    pub melted_mm: f64,
}

/// Lines through the islands of at most `size_mm` in which nothing deeper runs.
///
/// `levels` come from the outside in, the hatch's border last, of which only islands larger than
/// `hatched_mm` count; `lines` are those of thin walls.
pub(crate) fn pins(
    levels: &[Level<'_>],
    lines: &[CentreLine],
    size_mm: f64,
    hatched_mm: f64,
    length_mm_min: f64,
) -> Vec<CentreLine> {
    let last = levels.len() - 1;
    let mut runs = Vec::new();
    for (n, level) in levels.iter().enumerate().skip(1) {
        // Between two hatch lines a small region may stay empty.
        let counts = |c: &&Contour| n < last || small(c, hatched_mm).is_none();
        let firsts = level.contours.iter().filter(counts).filter_map(|c| c.points.first());
        runs.extend(firsts.map(|&p| (p, n)));
    }
    runs.extend(lines.iter().flat_map(|l| &l.points).map(|&p| (p, usize::MAX)));
    let runs = Places::new(runs, size_mm);
    let mut pins = Vec::new();
    for (n, level) in levels[..last].iter().enumerate() {
        for island in level.contours {
            let Some((low, high)) = small(island, size_mm) else { continue };
            let (area, length) = (island.area_mm2(), island.length_mm());
            // The radius of a disc; of a strip its width.
            let half = if area > 0.0 { 2.0 * area / length } else { 0.0 };
            if half <= level.melted_mm
                || runs.any_within(low, high, |p, level| level > n && island.contains(p))
            {
                continue;
            }
            let points = axis(island, half, length_mm_min);
            let width_mm_min = 2.0 * (half + level.depth_mm);
            pins.push(CentreLine { points: points.to_vec(), width_mm_min });
        }
    }
    pins
}

/// Points, each with its level, in the squares of a grid.
struct Places {
    low: [f64; 2],
    side: f64,
    size: [usize; 2],
    /// Where the points of each square end.
    ends: Vec<u32>,
    points: Vec<([f64; 2], usize)>,
}

/// Most squares along an axis.
const SQUARES_MAX: f64 = 1024.0;

impl Places {
    fn new(points: Vec<([f64; 2], usize)>, side_min: f64) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for (p, _) in &points {
            for a in 0..2 {
                low[a] = low[a].min(p[a]);
                high[a] = high[a].max(p[a]);
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]).max(0.0);
        let side = side_min.max(extent / SQUARES_MAX);
        let size = [0, 1].map(|a| ((high[a] - low[a]).max(0.0) / side) as usize + 1);
        let mut places = Self { low, side, size, ends: vec![0; size[0] * size[1] + 1], points };
        let squares: Vec<usize> = places.points.iter().map(|(p, _)| places.square(*p)).collect();
        squares.iter().for_each(|&s| places.ends[s + 1] += 1);
        for s in 1..places.ends.len() {
            places.ends[s] += places.ends[s - 1];
        }
        let mut sorted = places.points.clone();
        for (&square, &point) in squares.iter().zip(&places.points) {
            let end = &mut places.ends[square];
            sorted[*end as usize] = point;
            *end += 1;
        }
        places.ends.pop();
        places.points = sorted;
        places
    }

    fn place(&self, v: f64, axis: usize) -> usize {
        (((v - self.low[axis]) / self.side).max(0.0) as usize).min(self.size[axis] - 1)
    }

    fn square(&self, p: [f64; 2]) -> usize {
        self.place(p[1], 1) * self.size[0] + self.place(p[0], 0)
    }

    /// Whether a point in the box from `low` to `high` is `wanted`.
    fn any_within(
        &self,
        low: [f64; 2],
        high: [f64; 2],
        wanted: impl Fn([f64; 2], usize) -> bool,
    ) -> bool {
        (self.place(low[1], 1)..=self.place(high[1], 1)).any(|row| {
            let (first, last) = (self.place(low[0], 0), self.place(high[0], 0));
            let at = |square: usize| if square == 0 { 0 } else { self.ends[square - 1] as usize };
            let first = at(row * self.size[0] + first);
            let end = self.ends[row * self.size[0] + last] as usize;
            self.points[first..end].iter().any(|&(p, level)| {
                (0..2).all(|a| (low[a]..=high[a]).contains(&p[a])) && wanted(p, level)
            })
        })
    }
}

/// The box of a curve, if none of its sides is longer than `size_mm`.
fn small(island: &Contour, size_mm: f64) -> Option<([f64; 2], [f64; 2])> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in &island.points {
        for a in 0..2 {
            low[a] = low[a].min(p[a]);
            high[a] = high[a].max(p[a]);
            if high[a] - low[a] > size_mm {
                return None;
            }
        }
    }
    (!island.points.is_empty()).then_some((low, high))
}

/// The longest way across an island, less half its width at both ends, and no shorter than
/// `length_min`.
fn axis(island: &Contour, half_width: f64, length_min: f64) -> [[f64; 2]; 2] {
    let far = |from: [f64; 2]| {
        let distance2 = |p: &[f64; 2]| {
            (p[0] - from[0]) * (p[0] - from[0]) + (p[1] - from[1]) * (p[1] - from[1])
        };
        let nearer = |a: &&[f64; 2], b: &&[f64; 2]| distance2(a).total_cmp(&distance2(b));
        island.points.iter().max_by(nearer).copied().unwrap_or(from)
    };
    let a = far(island.points[0]);
    let b = far(a);
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = (d[0] * d[0] + d[1] * d[1]).sqrt().max(f64::MIN_POSITIVE);
    let part = 0.5 * ((length - 2.0 * half_width).max(length_min) / length).min(1.0);
    [0.5 - part, 0.5 + part].map(|t| [a[0] + t * d[0], a[1] + t * d[1]])
}
