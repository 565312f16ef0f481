//! A strip along a path on a surface: what gives a plate its width and its ends.

use std::sync::Arc;

use ossein_field::sampled::Sampled;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Grid, Implant, Point, Vector, float};
use rayon::prelude::*;

use crate::near;

/// A node of a strip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// On the surface.
    pub point: Point<Implant>,
    /// Out of the surface.
    pub normal: Vector<Implant>,
    /// How high the plate stands over the surface here, mm.
    pub height_mm: f64,
}

/// A strip along nodes, its ends round.
#[derive(Clone, Debug)]
pub(super) struct Ribbon {
    pub nodes: Vec<Node>,
    pub half_width_mm: f64,
}

/// A place beyond this height over the strip does not belong to it, nor one so deep under it: there
/// the far face of the bone begins, mm.
const TALL_MM: f64 = 9.0;
const DEEP_MM: f64 = 2.6;
/// Distance between the samples of a strip, mm: its round ends, the plate's half width in radius,
/// move by a hundredth of a millimetre, and twice that where it turns.
const STRIP_STEP_MM: f64 = 0.5;

impl Ribbon {
    /// How far a place lies outside the strip seen along the strip's own normal, and how high the
    /// plate stands there, mm.
    pub fn across(&self, p: Point<Implant>) -> (f64, f64) {
        let (outside, height, _) = self.across_and_crease(p);
        (outside, height)
    }

    /// As [`Ribbon::across`], and how far from a crease: where the strip's side meets the height or
    /// the depth at which it ends.
    fn across_and_crease(&self, p: Point<Implant>) -> (f64, f64, f64) {
        let mut best = (f64::INFINITY, 0.0, 0.0);
        for pair in self.nodes.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let leg = b.point - a.point;
            let t = ((p - a.point).dot(leg) / leg.dot(leg).max(1e-12)).clamp(0.0, 1.0);
            let away = p - a.point.lerp(b.point, t);
            let normal = (a.normal * (1.0 - t) + b.normal * t).unit();
            let over = away.dot(normal);
            let aside = (away - normal * over).norm() - self.half_width_mm;
            let beyond = (over - TALL_MM).max(-over - DEEP_MM);
            let outside = aside.max(beyond);
            if outside < best.0 {
                let height = a.height_mm + t * (b.height_mm - a.height_mm);
                best = (outside, height, (aside - beyond).abs());
            }
        }
        best
    }

    fn bounds(&self) -> Aabb<Implant> {
        let reach = float::hypot(self.half_width_mm, TALL_MM);
        Aabb::around(self.nodes.iter().map(|node| node.point)).grow(reach)
    }
}

/// Strips turn with the surface: their distances change faster than distance by less than this.
const STEEP: f64 = 1.25;
/// Farther than this from its box the box stands for a plate, mm.
const FAR_MM: f64 = 4.0;
/// Farther than this over a plate's top or under its root the surface alone decides, mm: joints with
/// other parts depend on what lies nearer.
const CLEAR_MM: f64 = 2.6;

/// A strip's edge is drawn by places so far outside or inside it at most, mm.
const EDGE_MM: f64 = 2.5;
/// Samples around a cell through which a crease runs differ by less than this on its two sides, mm.
const CREASE_MM: f64 = 1.25;

/// Samples whose second difference is greater lie at a kink, mm: a round end of 3 mm has 0.08, and a
/// kink that has less moves the edge by half of this at most.
const KINK_MM: f32 = 0.1;

/// A strip and its samples near the surface that it lies on: a plate asks for it at every place.
pub(super) struct Strip {
    pub ribbon: Ribbon,
    bounds: Aabb<Implant>,
    /// Of the plate over the surface, at most.
    tallest_mm: f64,
    grid: Grid<Implant>,
    /// How far outside and how high, as [`Ribbon::across`] tells; no number far from the surface and
    /// at creases.
    samples: Vec<[f32; 2]>,
}

impl Strip {
    /// Samples a strip wherever a plate on `surface`, rooted so deep under it, depends on it.
    pub fn new(ribbon: Ribbon, surface: &Sampled<Implant>, root_mm: f64) -> Self {
        let bounds = ribbon.bounds();
        let grid = near::grid(bounds.grow(FAR_MM + STRIP_STEP_MM), STRIP_STEP_MM);
        let tallest_mm = ribbon.nodes.iter().map(|node| node.height_mm).fold(0.0, f64::max);
        let sample = |n: usize| {
            let p = grid.center(grid.voxel(n));
            let clear = clear_mm(surface.volume().sample(p), [tallest_mm, root_mm]);
            // A sample more, so that nearly all around a place that depends on them are there.
            if clear > CLEAR_MM + STRIP_STEP_MM {
                return [f32::NAN; 2];
            }
            let (outside, height, crease) = ribbon.across_and_crease(p);
            // Between samples a crease would be cut off.
            if outside.abs() < EDGE_MM && crease < CREASE_MM {
                return [f32::NAN; 2];
            }
            [outside as f32, height as f32]
        };
        let all = 0..grid.voxel_count();
        let samples: Vec<[f32; 2]> = all.into_par_iter().with_min_len(1024).map(sample).collect();
        let samples = without_kinks(&grid, &samples);
        Self { ribbon, bounds, tallest_mm, grid, samples }
    }

    /// As [`Ribbon::across`], linear between samples.
    fn across(&self, p: Point<Implant>) -> (f64, f64) {
        let (grid, mut low, mut part) = (&self.grid, [0; 3], [0.0; 3]);
        for a in 0..3 {
            let at = ((p[a] - grid.origin[a]) / STRIP_STEP_MM).max(0.0);
            low[a] = (at as usize).min(grid.size[a].saturating_sub(2));
            part[a] = at - low[a] as f64;
        }
        let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
        let (first, mut sum) = (grid.index(low), [0.0; 2]);
        for corner in 0..8usize {
            let is_high = |a: usize| corner >> a & 1 == 1;
            let weight = [0, 1, 2]
                .map(|a| if is_high(a) { part[a] } else { 1.0 - part[a] })
                .iter()
                .product::<f64>();
            let step = [0, 1, 2].map(|a| if is_high(a) { strides[a] } else { 0 });
            let own = self.samples[first + step.iter().sum::<usize>()];
            sum = [0, 1].map(|n| sum[n] + weight * f64::from(own[n]));
        }
        if sum[0].is_nan() { self.ribbon.across(p) } else { (sum[0], sum[1]) }
    }
}

/// The samples of a strip but those at kinks, where it turns so sharply that two of its legs are as
/// near: between samples a kink of the slope would be cut off.
fn without_kinks(grid: &Grid<Implant>, samples: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
    let kept = |n: usize| {
        let (own, at) = (samples[n], grid.voxel(n));
        let is_bent = |a: usize| {
            let inner = at[a] > 0 && at[a] + 1 < grid.size[a];
            let bend =
                |n: usize| samples[n - strides[a]][0] - 2.0 * own[0] + samples[n + strides[a]][0];
            inner && bend(n).abs() > KINK_MM
        };
        let near = f64::from(own[0].abs()) < EDGE_MM;
        if near && (0..3).any(is_bent) { [f32::NAN; 2] } else { own }
    };
    (0..samples.len()).into_par_iter().with_min_len(1024).map(kept).collect()
}

/// How far a place so far over a surface lies above a plate's top or under its root, mm.
fn clear_mm(over_mm: f64, [tallest_mm, root_mm]: [f64; 2]) -> f64 {
    (over_mm - tallest_mm).max(-over_mm - root_mm)
}

/// The plate of a strip: over a surface, up to the strip's height, its upper edge rounded.
pub(super) struct Plate {
    /// Its strip.
    pub strip: Arc<Strip>,
    /// What it lies on.
    pub surface: Arc<Sampled<Implant>>,
    /// How deep it is rooted under the surface, mm.
    pub root_mm: f64,
    /// Radius of its upper edge, mm.
    pub round_mm: f64,
}

impl Plate {
    /// Its value at a place so far over the surface.
    fn value(&self, p: Point<Implant>, over_mm: f64) -> f64 {
        let beyond = self.strip.bounds.distance(p);
        if beyond > FAR_MM {
            return beyond / STEEP;
        }
        let clear = clear_mm(over_mm, [self.strip.tallest_mm, self.root_mm]);
        if clear > CLEAR_MM {
            return clear / STEEP;
        }
        let (aside, height) = self.strip.across(p);
        let top = over_mm - height;
        // A quarter circle of the rounding's radius.
        let r = self.round_mm.min(0.45 * height).max(0.0);
        let (a, b) = ((aside + r).max(0.0), (top + r).max(0.0));
        let rounded = (a * a + b * b).sqrt() + (aside + r).max(top + r).min(0.0) - r;
        rounded.max(-over_mm - self.root_mm) / STEEP
    }
}

impl Field<Implant> for Plate {
    fn distance(&self, p: Point<Implant>) -> f64 {
        self.value(p, self.surface.distance(p) / self.surface.scale())
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.strip.bounds
    }
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        self.surface.sample(block, distances);
        let [ni, nj, _] = block.size;
        for (row, values) in distances.chunks_exact_mut(ni).enumerate() {
            for (i, value) in values.iter_mut().enumerate() {
                let over_mm = f64::from(*value) / self.surface.scale();
                *value = self.value(block.point(i, row % nj, row / nj), over_mm) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ossein_geom::{Volume, float};

    use super::*;

    /// A strip around a cylinder of 8 mm along z, a turn of it going up by 20 mm.
    fn strip() -> Strip {
        let grid = Grid::aligned([-14.0, -14.0, -14.0].into(), [0.5; 3], [57, 57, 85]);
        let over = |n: usize| {
            let p: Point<Implant> = grid.center(grid.voxel(n));
            (float::hypot(p.x, p.y) - 8.0).clamp(-6.0, 6.0) as f32
        };
        let values = (0..grid.voxel_count()).map(over).collect();
        let surface = Sampled::new(Volume::new(grid, values));
        let node = |n: usize| {
            let turn = f64::from(n as u32) * 0.1;
            let (s, c) = float::sin_cos(turn);
            let normal = Vector::new(c, s, 0.0);
            let point = Point::ORIGIN + normal * 8.0 + Vector::new(0.0, 0.0, 3.2 * turn);
            Node { point, normal, height_mm: 2.4 - 0.04 * n as f64 }
        };
        let nodes = (0..20).map(node).collect();
        Strip::new(Ribbon { nodes, half_width_mm: 4.0 }, &surface, 1.2)
    }

    #[test]
    fn a_sampled_strip_has_the_edge_and_the_height_of_the_strip() {
        let strip = strip();
        let (mut seen, mut sum, mut worst) = (0, 0.0, 0.0f64);
        for n in 0..200_000u32 {
            // Places all around, from the root to over the top.
            let share = |k: u32| f64::from(n.wrapping_mul(k) % 9973) / 9973.0;
            let (s, c) = float::sin_cos(std::f64::consts::TAU * share(7919));
            let radius = 6.8 + 4.0 * share(104_729);
            let p = Point::new(radius * c, radius * s, 30.0 * share(1_299_709) - 10.0);
            let (outside, height) = strip.ribbon.across(p);
            if outside.abs() < 1.0 {
                let (near, near_height) = strip.across(p);
                // From node to node the height goes in steps; samples even them out.
                assert!((near_height - height).abs() < 0.04, "{near_height} for {height}");
                let miss = (near - outside).abs();
                (sum, worst) = (sum + miss, worst.max(miss));
                seen += 1;
            }
        }
        assert!(seen > 5000, "{seen}");
        // Step squared over eight radii of a round end, 3 mm: 0.01 mm, and as much for its turning.
        let mean = sum / f64::from(seen);
        assert!(worst < 0.02 && mean < 0.003, "{worst} mm, in the mean {mean}");
    }

    #[test]
    fn a_bend_keeps_its_corner() {
        // A right angle on a plane: on the inner side of the bend the edge has a corner.
        let grid = Grid::aligned([-24.0, -24.0, -6.0].into(), [0.5; 3], [97, 97, 33]);
        let over = |n: usize| grid.center(grid.voxel(n)).z.clamp(-4.0, 6.0) as f32;
        let values = (0..grid.voxel_count()).map(over).collect();
        let surface = Sampled::new(Volume::new(grid, values));
        let node = |x: f64, y: f64| {
            let normal = Vector::new(0.0, 0.0, 1.0);
            Node { point: Point::new(x, y, 0.0), normal, height_mm: 2.0 }
        };
        let nodes = vec![node(-12.13, 0.07), node(0.09, 0.07), node(0.09, 12.21)];
        let strip = Strip::new(Ribbon { nodes, half_width_mm: 3.0 }, &surface, 1.2);
        let (mut worst, mut corner) = (0.0f64, 0);
        for n in 0..160_000u32 {
            let (i, j) = (f64::from(n % 400), f64::from(n / 400));
            let p = Point::new(0.05 * i - 14.0, 0.05 * j - 5.0, 0.9);
            let (outside, _) = strip.ribbon.across(p);
            if outside.abs() < 1.0 {
                worst = worst.max((strip.across(p).0 - outside).abs());
                corner += usize::from(p.x < -1.5 && p.x > -5.0 && p.y > 1.5 && p.y < 5.0);
            }
        }
        assert!(corner > 500 && worst < 0.05, "{worst} mm at {corner} places");
    }
}
