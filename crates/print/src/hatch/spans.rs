//! Equidistant scan lines, and the spans of them that lie in a region.

use ossein_geom::{Contour, Deg, Mm, float};

use crate::plane::Raster;

/// Parallel lines, half a spacing from the origin and one spacing apart, over the whole plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scanlines {
    /// Unit vector along the lines.
    direction: [f64; 2],
    spacing_mm: f64,
    /// Distance of line 0 from the origin, mm.
    first_mm: f64,
}

impl Scanlines {
    /// Lines at `angle` from x towards y; exact at multiples of 90 degrees.
    pub fn new(angle: Deg, spacing: Mm) -> Self {
        let (sin, cos) = float::sin_cos(angle.radians());
        let direction = match angle.0.rem_euclid(360.0) {
            0.0 => [1.0, 0.0],
            90.0 => [0.0, 1.0],
            180.0 => [-1.0, 0.0],
            270.0 => [0.0, -1.0],
            _ => [cos, sin],
        };
        Self { direction, spacing_mm: spacing.0, first_mm: 0.5 * spacing.0 }
    }

    /// Lines along x through the rows of a raster: line `j` through row `j`.
    pub(crate) fn rows(raster: &Raster) -> Self {
        let (spacing_mm, first_mm) = (raster.step, raster.origin[1]);
        Self { direction: [1.0, 0.0], spacing_mm, first_mm }
    }

    /// The same lines turned by a right angle.
    pub fn turned(&self) -> Self {
        let [c, s] = self.direction;
        Self { direction: [-s, c], ..*self }
    }

    /// Distance of a line from the origin, to the left of its direction, mm.
    #[inline(always)]
    pub fn height(&self, line: i64) -> f64 {
        line as f64 * self.spacing_mm + self.first_mm
    }

    /// Along and across of a point, mm.
    #[inline(always)]
    fn turn(&self, p: [f64; 2]) -> [f64; 2] {
        let [c, s] = self.direction;
        [c * p[0] + s * p[1], c * p[1] - s * p[0]]
    }

    /// The vector from `a` to `b` along a line.
    #[inline(always)]
    pub fn vector(&self, line: i64, a: f64, b: f64) -> [[f64; 2]; 2] {
        let ([c, s], v) = (self.direction, self.height(line));
        [a, b].map(|u| [c * u - s * v, s * u + c * v])
    }

    /// The first line at or left of `across`.
    #[inline(always)]
    fn first_from(&self, across: f64) -> i64 {
        ((across - self.first_mm) / self.spacing_mm).ceil() as i64
    }
}

/// Spans of scan lines: `[from, to]` along each line, sorted and apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    first_line: i64,
    /// Where the spans of each line end.
    ends: Vec<u32>,
    spans: Vec<[f64; 2]>,
}

impl Spans {
    /// Number of spans.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Each line with its spans, upwards.
    pub fn lines(&self) -> impl Iterator<Item = (i64, &[[f64; 2]])> {
        let first = |n: usize| if n == 0 { 0 } else { self.ends[n - 1] as usize };
        (0..self.ends.len()).map(move |n| {
            (self.first_line + n as i64, &self.spans[first(n)..self.ends[n] as usize])
        })
    }

    /// The spans of one line.
    pub fn line(&self, line: i64) -> &[[f64; 2]] {
        let n = line - self.first_line;
        if n < 0 || n >= self.ends.len() as i64 {
            return &[];
        }
        let n = n as usize;
        let first = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        &self.spans[first..self.ends[n] as usize]
    }

    fn push(&mut self, a: f64, b: f64) {
        if b > a {
            self.spans.push([a, b]);
        }
    }
}

/// Where the scan lines run inside `contours`: winding number above zero.
pub fn inside(lines: &Scanlines, contours: &[Contour]) -> Spans {
    let mut low = i64::MAX;
    let mut high = i64::MIN;
    let count: usize = contours.iter().map(|c| c.points.len()).sum();
    let mut turned: Vec<([f64; 2], i64)> = Vec::with_capacity(count);
    for p in contours.iter().flat_map(|c| &c.points) {
        let q = lines.turn(*p);
        let line = lines.first_from(q[1]);
        low = low.min(line);
        high = high.max(line);
        turned.push((q, line));
    }
    if low >= high {
        return Spans::default();
    }
    let line_count = (high - low) as usize;
    let mut ends = vec![0u32; line_count + 1];
    each_edge(contours, &turned, |(_, a), (_, b)| {
        for line in a.min(b)..a.max(b) {
            ends[(line - low) as usize + 1] += 1;
        }
    });
    for n in 0..line_count {
        ends[n + 1] += ends[n];
    }
    let mut places = ends.clone();
    let mut passes = vec![(0.0f64, 0i32); ends[line_count] as usize];
    each_edge(contours, &turned, |(p, a), (q, b)| {
        if a == b {
            return;
        }
        let slope = (q[0] - p[0]) / (q[1] - p[1]);
        // The solid lies left of the edge: downwards it is entered, upwards left.
        let turn = if a < b { -1 } else { 1 };
        for line in a.min(b)..a.max(b) {
            let at = p[0] + (lines.height(line) - p[1]) * slope;
            let at = at.clamp(p[0].min(q[0]), p[0].max(q[0]));
            let place = &mut places[(line - low) as usize];
            passes[*place as usize] = (at, turn);
            *place += 1;
        }
    });
    let mut spans =
        Spans { first_line: low, ends: Vec::with_capacity(line_count), spans: Vec::new() };
    spans.spans.reserve(passes.len() / 2);
    for n in 0..line_count {
        let row = &mut passes[ends[n] as usize..ends[n + 1] as usize];
        row.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let (mut winding, mut from) = (0, 0.0);
        for &(at, turn) in row.iter() {
            if winding <= 0 && winding + turn > 0 {
                from = at;
            } else if winding > 0 && winding + turn <= 0 {
                spans.push(from, at);
            }
            winding += turn;
        }
        spans.ends.push(spans.spans.len() as u32);
    }
    spans
}

fn each_edge(
    contours: &[Contour],
    turned: &[([f64; 2], i64)],
    mut visit: impl FnMut(([f64; 2], i64), ([f64; 2], i64)),
) {
    let mut first = 0;
    for contour in contours {
        let ring = &turned[first..first + contour.points.len()];
        first += ring.len();
        let Some(mut last) = ring.last().copied() else { continue };
        for &point in ring {
            visit(last, point);
            last = point;
        }
    }
}

/// What lies in both.
pub fn intersection(a: &Spans, b: &Spans) -> Spans {
    combined(a, |line, row, out| {
        let other = b.line(line);
        let mut n = 0;
        for &[from, to] in row {
            while n < other.len() && other[n][1] <= from {
                n += 1;
            }
            for o in other[n..].iter().take_while(|o| o[0] < to) {
                out.push(from.max(o[0]), to.min(o[1]));
            }
        }
    })
}

/// What lies in `a` and not in `b`.
pub fn difference(a: &Spans, b: &Spans) -> Spans {
    combined(a, |line, row, out| {
        let other = b.line(line);
        let mut n = 0;
        for &[from, to] in row {
            while n < other.len() && other[n][1] <= from {
                n += 1;
            }
            let mut at = from;
            for o in other[n..].iter().take_while(|o| o[0] < to) {
                out.push(at, o[0]);
                at = at.max(o[1]);
            }
            out.push(at, to);
        }
    })
}

fn combined(a: &Spans, row: impl Fn(i64, &[[f64; 2]], &mut Spans)) -> Spans {
    let mut out = Spans { first_line: a.first_line, ..Spans::default() };
    for (line, spans) in a.lines() {
        row(line, spans, &mut out);
        out.ends.push(out.spans.len() as u32);
    }
    out
}

/// Cuts a span at the multiples of `width` and hands each piece on with the band it lies in.
pub(super) fn cut([from, to]: [f64; 2], width: f64, mut piece: impl FnMut(i64, [f64; 2])) {
    let first = (from / width).floor() as i64;
    let last = ((to / width).ceil() as i64 - 1).max(first);
    for band in first..=last {
        let low = from.max(band as f64 * width);
        let high = to.min((band + 1) as f64 * width);
        if high > low {
            piece(band, [low, high]);
        }
    }
}
