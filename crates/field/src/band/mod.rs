//! A solid as distances in a narrow band about its surface, in bricks of 8³ samples.
//!
//! Memory and time grow with the surface. Between samples the field is linear; beyond the band it
//! keeps the band's half width with the sign of its side.

mod build;

pub use build::{BandError, BandOptions, band, band_within, offset};

use ossein_geom::{Aabb, Frame, Point};

use crate::{Block, Field, Interval};

/// Samples along the edge of a brick.
pub const BRICK: usize = 8;
/// Samples of a brick.
pub const BRICK_SAMPLES: usize = BRICK * BRICK * BRICK;

/// Signed distances in mm near a surface, on samples `origin + step · [i, j, k]`.
///
/// Samples in the band are exact to the rounding of singles. Between them the value is linear, so
/// that it exceeds the distance by at most the curvature times `3/8 · step²` on smooth parts.
#[derive(Clone, Debug)]
pub struct Band<F: Frame> {
    origin: Point<F>,
    step_mm: f64,
    half_width_mm: f64,
    bounds: Aabb<F>,
    /// Brick counts along x, y, z.
    size: [usize; 3],
    /// Where the bricks of each row `[k][j]` begin; one more at the end.
    row_start: Vec<u32>,
    bricks: Vec<Brick>,
    /// `[k][j][i]` of the bricks, in the order in which they were made.
    values: Vec<f32>,
}

/// What is known of a brick beside its samples.
#[derive(Clone, Copy, Debug)]
struct Brick {
    /// Place along its row.
    i: u32,
    /// Which of the bricks that were made.
    values: u32,
    /// Whether what follows in the row, up to the next brick, is inside.
    inside_after: bool,
    min: f32,
    max: f32,
}

/// What stands at a brick's place.
enum Content<'a> {
    Samples(&'a Brick, &'a [f32]),
    Same(f32),
}

impl<F: Frame> Band<F> {
    /// Distance between samples in mm.
    pub fn step_mm(&self) -> f64 {
        self.step_mm
    }

    /// Largest distance that is known, in mm.
    pub fn half_width_mm(&self) -> f64 {
        self.half_width_mm
    }

    /// Number of bricks that are kept.
    pub fn brick_count(&self) -> usize {
        self.bricks.len()
    }

    /// Number of samples less than the half width from the surface.
    pub fn sample_count(&self) -> usize {
        let limit = self.half_width_mm as f32;
        self.values.iter().filter(|v| v.abs() < limit).count()
    }

    /// Bytes that the band takes.
    pub fn byte_count(&self) -> usize {
        size_of_val(&self.values[..])
            + size_of_val(&self.bricks[..])
            + size_of_val(&self.row_start[..])
    }

    /// Calls `visit` with the place of every kept sample and its signed distance in mm.
    pub fn for_each_sample(&self, mut visit: impl FnMut(Point<F>, f32)) {
        for row in 0..self.size[1] * self.size[2] {
            let (j, k) = (row % self.size[1], row / self.size[1]);
            for n in self.row_start[row] as usize..self.row_start[row + 1] as usize {
                let first = [self.bricks[n].i as usize, j, k].map(|b| b * BRICK);
                for (s, &value) in self.brick_values(n).iter().enumerate() {
                    let at = [s % BRICK, s / BRICK % BRICK, s / (BRICK * BRICK)];
                    visit(self.place([0, 1, 2].map(|a| first[a] + at[a])), value);
                }
            }
        }
    }

    /// The place of a sample.
    fn place(&self, sample: [usize; 3]) -> Point<F> {
        let at = |a: usize| self.origin[a] + self.step_mm * sample[a] as f64;
        Point::new(at(0), at(1), at(2))
    }

    fn brick_values(&self, n: usize) -> &[f32] {
        &self.values[self.bricks[n].values as usize * BRICK_SAMPLES..][..BRICK_SAMPLES]
    }

    fn far(&self, inside: bool) -> f32 {
        if inside { -self.half_width_mm as f32 } else { self.half_width_mm as f32 }
    }

    /// What stands at a brick's place, which may lie beyond the grid.
    fn content(&self, [i, j, k]: [i64; 3]) -> Content<'_> {
        let [ni, nj, nk] = self.size.map(|n| n as i64);
        if !(0..ni).contains(&i) || !(0..nj).contains(&j) || !(0..nk).contains(&k) {
            return Content::Same(self.far(false));
        }
        let row = (k * nj + j) as usize;
        let first = self.row_start[row] as usize;
        let bricks = &self.bricks[first..self.row_start[row + 1] as usize];
        let after = bricks.partition_point(|b| i64::from(b.i) <= i);
        match after.checked_sub(1).map(|n| (n, &bricks[n])) {
            Some((n, brick)) if i64::from(brick.i) == i => {
                Content::Samples(brick, self.brick_values(first + n))
            }
            Some((_, brick)) => Content::Same(self.far(brick.inside_after)),
            None => Content::Same(self.far(false)),
        }
    }

    fn value(&self, sample: [i64; 3]) -> f32 {
        let edge = BRICK as i64;
        match self.content(sample.map(|s| s.div_euclid(edge))) {
            Content::Same(value) => value,
            Content::Samples(_, values) => {
                let [i, j, k] = sample.map(|s| s.rem_euclid(edge) as usize);
                values[(k * BRICK + j) * BRICK + i]
            }
        }
    }

    /// Fractional sample coordinates, kept near the grid.
    fn coordinates(&self, p: Point<F>) -> [f64; 3] {
        [0, 1, 2].map(|a| {
            let last = (self.size[a] * BRICK) as f64;
            ((p[a] - self.origin[a]) / self.step_mm).clamp(-2.0, last + 1.0)
        })
    }

    /// Copies the samples from `first` on into a dense box of `size`.
    fn copy(&self, first: [i64; 3], size: [usize; 3], dense: &mut [f32]) {
        let edge = BRICK as i64;
        let last = [0, 1, 2].map(|a| first[a] + size[a] as i64 - 1);
        let span = |a: usize| first[a].div_euclid(edge)..=last[a].div_euclid(edge);
        for bk in span(2) {
            for bj in span(1) {
                for bi in span(0) {
                    let brick = [bi, bj, bk];
                    let content = self.content(brick);
                    let low = [0, 1, 2].map(|a| (brick[a] * edge).max(first[a]));
                    let high = [0, 1, 2].map(|a| (brick[a] * edge + edge - 1).min(last[a]));
                    let count = (high[0] - low[0] + 1) as usize;
                    for k in low[2]..=high[2] {
                        for j in low[1]..=high[1] {
                            let row = (k - first[2]) as usize * size[1] + (j - first[1]) as usize;
                            let to = row * size[0] + (low[0] - first[0]) as usize;
                            let to = &mut dense[to..to + count];
                            match &content {
                                Content::Same(value) => to.fill(*value),
                                Content::Samples(_, values) => {
                                    let inner = |v: i64, a: usize| (v - brick[a] * edge) as usize;
                                    let from = (inner(k, 2) * BRICK + inner(j, 1)) * BRICK;
                                    let from = from + inner(low[0], 0);
                                    to.copy_from_slice(&values[from..from + count]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Lower of the two samples around a coordinate, and the way to the upper.
fn split(at: f64) -> (i64, f32) {
    let low = at.floor();
    (low as i64, (at - low) as f32)
}

fn mix(a: f32, b: f32, part: f32) -> f32 {
    a + part * (b - a)
}

impl<F: Frame> Field<F> for Band<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let at = self.coordinates(p).map(split);
        let v = |i: i64, j: i64, k: i64| self.value([at[0].0 + i, at[1].0 + j, at[2].0 + k]);
        let along = |j: i64, k: i64| mix(v(0, j, k), v(1, j, k), at[0].1);
        let plane = |k: i64| mix(along(0, k), along(1, k), at[1].1);
        f64::from(mix(plane(0), plane(1), at[2].1))
    }

    fn bounds(&self) -> Aabb<F> {
        self.bounds
    }

    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        assert_eq!(distances.len(), block.sample_count(), "one distance per sample");
        let region = block.bounds();
        let (low, high) = (self.coordinates(region.min), self.coordinates(region.max));
        let first = low.map(|v| v.floor() as i64);
        let size = [0, 1, 2].map(|a| (high[a].floor() as i64 - first[a] + 2) as usize);
        if size.iter().product::<usize>() > 8 * distances.len() + 4096 {
            return block.fill(distances, |p| self.distance(p));
        }
        let mut dense = vec![0.0f32; size.iter().product()];
        self.copy(first, size, &mut dense);
        let place = |a: usize, n: usize| {
            let p = block.origin[a] + block.step[a] * n as f64;
            let last = (self.size[a] * BRICK) as f64;
            let (cell, part) = split(((p - self.origin[a]) / self.step_mm).clamp(-2.0, last + 1.0));
            ((cell - first[a]) as usize, part)
        };
        let columns: Vec<(usize, f32)> = (0..block.size[0]).map(|i| place(0, i)).collect();
        let mut line = vec![0.0f32; size[0]];
        for (row, values) in distances.chunks_exact_mut(block.size[0]).enumerate() {
            let ((j, fj), (k, fk)) = (place(1, row % block.size[1]), place(2, row / block.size[1]));
            let of =
                |dj: usize, dk: usize| &dense[((k + dk) * size[1] + j + dj) * size[0]..][..size[0]];
            let (a, b, c, d) = (of(0, 0), of(1, 0), of(0, 1), of(1, 1));
            for (i, value) in line.iter_mut().enumerate() {
                *value = mix(mix(a[i], b[i], fj), mix(c[i], d[i], fj), fk);
            }
            for (value, &(i, part)) in values.iter_mut().zip(&columns) {
                *value = mix(line[i], line[i + 1], part);
            }
        }
    }

    /// Between the lowest and the highest of the samples around: linear values stay between them.
    fn range(&self, region: &Aabb<F>) -> Interval {
        let (low, high) = (self.coordinates(region.min), self.coordinates(region.max));
        let first = low.map(|v| v.floor() as i64);
        let size = [0, 1, 2].map(|a| (high[a].floor() as i64 - first[a] + 2).max(2) as usize);
        let mut interval = Interval { min: f64::INFINITY, max: f64::NEG_INFINITY };
        let mut take = |min: f32, max: f32| {
            interval.min = interval.min.min(f64::from(min));
            interval.max = interval.max.max(f64::from(max));
        };
        if size.iter().product::<usize>() <= BRICK_SAMPLES {
            let mut dense = [0.0; BRICK_SAMPLES];
            let count = size.iter().product();
            self.copy(first, size, &mut dense[..count]);
            dense[..count].iter().for_each(|&v| take(v, v));
            return interval;
        }
        let edge = BRICK as i64;
        let span =
            |a: usize| first[a].div_euclid(edge)..=(first[a] + size[a] as i64 - 1).div_euclid(edge);
        for k in span(2) {
            for j in span(1) {
                for i in span(0) {
                    match self.content([i, j, k]) {
                        Content::Same(value) => take(value, value),
                        Content::Samples(brick, _) => take(brick.min, brick.max),
                    }
                }
            }
        }
        interval
    }
}
