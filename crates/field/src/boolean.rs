//! Union, intersection, difference, and unions with a fillet.
//!
//! A block asks only those parts that can decide one of its samples.

use ossein_geom::{Aabb, Frame, Point, Vector};

use crate::{Block, Field, Interval};

/// A field of any kind.
pub type Solid<F> = Box<dyn Field<F>>;

/// All that lies in any part.
pub struct Union<F: Frame> {
    parts: Vec<Solid<F>>,
    /// The box of each part.
    boxes: Vec<Aabb<F>>,
}

impl<F: Frame> Union<F> {
    /// Of these parts.
    pub fn new(parts: Vec<Solid<F>>) -> Self {
        let boxes = parts.iter().map(|part| part.bounds()).collect();
        Self { parts, boxes }
    }
}

/// All that lies in every part.
pub struct Intersection<F: Frame>(pub Vec<Solid<F>>);

/// What lies in `from` and not in `cut`.
pub struct Difference<F: Frame> {
    /// The solid that is cut.
    pub from: Solid<F>,
    /// What is taken away.
    pub cut: Solid<F>,
}

/// Both parts, with a fillet of about `radius_mm` where they meet.
///
/// Adds material only within `radius_mm` of both surfaces, at most a quarter of the radius deep.
pub struct Blend<F: Frame> {
    /// One part.
    pub a: Solid<F>,
    /// The other part.
    pub b: Solid<F>,
    /// Size of the fillet in mm; positive.
    pub radius_mm: f64,
}

/// Smooth minimum by a parabola where the two values are within `radius` of each other.
#[inline(always)]
fn smooth_min(a: f64, b: f64, radius: f64) -> f64 {
    let overlap = (radius - (a - b).abs()).max(0.0);
    a.min(b) - overlap * overlap / (4.0 * radius)
}

/// Folds the distances of all parts at some points.
fn fold_points<F: Frame>(
    parts: &[Solid<F>],
    points: &[Point<F>],
    distances: &mut [f64],
    sign: f64,
    pick: impl Fn(f64, f64) -> f64,
) {
    assert_eq!(points.len(), distances.len());
    distances.fill(sign * f64::INFINITY);
    let mut of_part = vec![0.0; distances.len()];
    for part in parts {
        part.distances(points, &mut of_part);
        for (value, &other) in distances.iter_mut().zip(&of_part) {
            *value = pick(*value, other);
        }
    }
}

/// A distance and its slope, where that is known.
type Told<F> = (f64, Option<Vector<F>>);

/// The part that decides, by the sign of what is kept: 1 for the least distance, -1 for the most.
fn deciding<F: Frame>(parts: &[Solid<F>], p: Point<F>, sign: f64) -> Told<F> {
    let told = parts.iter().map(|part| part.distance_and_slope(p));
    let nothing = (sign * f64::INFINITY, None);
    told.fold(nothing, |best, part| if sign * part.0 < sign * best.0 { part } else { best })
}

/// The same at some points.
fn deciding_at<F: Frame>(parts: &[Solid<F>], points: &[Point<F>], told: &mut [Told<F>], sign: f64) {
    assert_eq!(points.len(), told.len());
    told.fill((sign * f64::INFINITY, None));
    let mut of_part = vec![(0.0, None); told.len()];
    for part in parts {
        part.distances_and_slopes(points, &mut of_part);
        for (best, part) in told.iter_mut().zip(&of_part) {
            if sign * part.0 < sign * best.0 {
                *best = *part;
            }
        }
    }
}

/// Ranges of so many parts need no memory of their own.
const FEW: usize = 32;

/// Samples those of `parts` whose range lets them decide, and folds them with `pick`.
fn fold<F: Frame>(
    parts: &[Solid<F>],
    block: &Block<F>,
    distances: &mut [f32],
    sign: f64,
    pick: impl Fn(f32, f32) -> f32,
) {
    let region = block.bounds();
    let mut few = [Interval { min: 0.0, max: 0.0 }; FEW];
    let mut many = Vec::new();
    let ranges = match parts.len() {
        ..=FEW => &mut few[..parts.len()],
        count => {
            many.resize(count, few[0]);
            &mut many[..]
        }
    };
    ranges.iter_mut().zip(parts).for_each(|(range, part)| *range = part.range(&region));
    let low = |r: &Interval| if sign > 0.0 { r.min } else { -r.max };
    let high = |r: &Interval| if sign > 0.0 { r.max } else { -r.min };
    let best = ranges.iter().map(high).fold(f64::INFINITY, f64::min);
    let mut scratch = vec![0.0f32; 0];
    let mut first = true;
    for (part, range) in parts.iter().zip(&*ranges) {
        if low(range) > best {
            continue;
        }
        if first {
            part.sample(block, distances);
            first = false;
            continue;
        }
        scratch.resize(distances.len(), 0.0);
        part.sample(block, &mut scratch);
        for (value, &other) in distances.iter_mut().zip(&scratch) {
            *value = pick(*value, other);
        }
    }
}

impl<F: Frame> Field<F> for Union<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.parts.iter().map(|part| part.distance(p)).fold(f64::INFINITY, f64::min)
    }
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        fold_points(&self.parts, points, distances, 1.0, f64::min);
    }
    /// Only parts whose boxes come nearer than `limit` are asked.
    fn distance_below(&self, p: Point<F>, limit: f64) -> f64 {
        self.parts.iter().zip(&self.boxes).fold(limit, |best, (part, own)| {
            let near = if best > 0.0 { own.distance2(p) < best * best } else { own.contains(p) };
            if near { best.min(part.distance_below(p, best)) } else { best }
        })
    }
    fn distance_and_slope(&self, p: Point<F>) -> Told<F> {
        deciding(&self.parts, p, 1.0)
    }
    fn distances_and_slopes(&self, points: &[Point<F>], told: &mut [Told<F>]) {
        deciding_at(&self.parts, points, told, 1.0);
    }
    fn bounds(&self) -> Aabb<F> {
        self.boxes.iter().fold(Aabb::empty(), |bounds, part| bounds.union(*part))
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        fold(&self.parts, block, distances, 1.0, f32::min);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let far = Interval { min: f64::INFINITY, max: f64::INFINITY };
        self.parts
            .iter()
            .map(|part| part.range(region))
            .fold(far, |a, b| Interval { min: a.min.min(b.min), max: a.max.min(b.max) })
    }
}

impl<F: Frame> Field<F> for Intersection<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.0.iter().map(|part| part.distance(p)).fold(f64::NEG_INFINITY, f64::max)
    }
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        fold_points(&self.0, points, distances, -1.0, f64::max);
    }
    fn distance_and_slope(&self, p: Point<F>) -> Told<F> {
        deciding(&self.0, p, -1.0)
    }
    fn distances_and_slopes(&self, points: &[Point<F>], told: &mut [Told<F>]) {
        deciding_at(&self.0, points, told, -1.0);
    }
    fn bounds(&self) -> Aabb<F> {
        let mut bounds = self.0.iter().map(|part| part.bounds());
        let first = bounds.next().unwrap_or_else(Aabb::empty);
        bounds.fold(first, Aabb::intersection)
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        fold(&self.0, block, distances, -1.0, f32::max);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let far = Interval { min: f64::NEG_INFINITY, max: f64::NEG_INFINITY };
        self.0
            .iter()
            .map(|part| part.range(region))
            .fold(far, |a, b| Interval { min: a.min.max(b.min), max: a.max.max(b.max) })
    }
}

impl<F: Frame> Field<F> for Difference<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let from = self.from.distance(p);
        from.max(-self.cut.distance_below(p, -from))
    }
    fn distance_and_slope(&self, p: Point<F>) -> Told<F> {
        let (from, cut) = (self.from.distance_and_slope(p), self.cut.distance_and_slope(p));
        if -cut.0 > from.0 { (-cut.0, cut.1.map(|slope| slope * -1.0)) } else { from }
    }
    fn bounds(&self) -> Aabb<F> {
        self.from.bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let region = block.bounds();
        let (from, cut) = (self.from.range(&region), self.cut.range(&region));
        if -cut.max > from.max {
            self.cut.sample(block, distances);
            distances.iter_mut().for_each(|value| *value = -*value);
            return;
        }
        self.from.sample(block, distances);
        if -cut.min < from.min {
            return;
        }
        let mut scratch = vec![0.0f32; distances.len()];
        self.cut.sample(block, &mut scratch);
        for (value, &other) in distances.iter_mut().zip(&scratch) {
            *value = value.max(-other);
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let (from, cut) = (self.from.range(region), self.cut.range(region));
        Interval { min: from.min.max(-cut.max), max: from.max.max(-cut.min) }
    }
}

impl<F: Frame> Field<F> for Blend<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let a = self.a.distance(p);
        smooth_min(a, self.b.distance_below(p, a + self.radius_mm), self.radius_mm)
    }
    fn distance_and_slope(&self, p: Point<F>) -> Told<F> {
        let ((a, slope_a), (b, slope_b)) =
            (self.a.distance_and_slope(p), self.b.distance_and_slope(p));
        // Half and half where both are equal, the nearer alone from a radius on.
        let share = (0.5 + (a - b) / (2.0 * self.radius_mm)).clamp(0.0, 1.0);
        let slope = slope_a.zip(slope_b).map(|(a, b)| a * (1.0 - share) + b * share);
        (smooth_min(a, b, self.radius_mm), slope)
    }
    fn bounds(&self) -> Aabb<F> {
        self.a.bounds().union(self.b.bounds()).grow(0.25 * self.radius_mm)
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let region = block.bounds();
        let (a, b) = (self.a.range(&region), self.b.range(&region));
        if a.min > b.max + self.radius_mm {
            return self.b.sample(block, distances);
        }
        self.a.sample(block, distances);
        if b.min > a.max + self.radius_mm {
            return;
        }
        let mut scratch = vec![0.0f32; distances.len()];
        self.b.sample(block, &mut scratch);
        for (value, &other) in distances.iter_mut().zip(&scratch) {
            *value = smooth_min(f64::from(*value), f64::from(other), self.radius_mm) as f32;
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let (a, b) = (self.a.range(region), self.b.range(region));
        Interval { min: a.min.min(b.min) - 0.25 * self.radius_mm, max: a.max.min(b.max) }
    }
}
