//! The way of a guide along the arch: over the teeth that carry it, past the implants, or along a
//! ridge of bone. All in the guide's own frame; heights are those of cusps or ridge.

use ossein_field::height::Raster;
use ossein_geom::{Aabb, Implant, Point, Vector, Volume};

/// Distance between heights of the course on a raster, mm.
const RASTER_MM: f64 = 0.5;
/// Heights change smoothly over so much, mm.
const BLUR_MM: f64 = 3.0;
/// Length of a step along a ridge, mm.
const STEP_MM: f64 = 2.0;
/// A ridge is looked for so far to both sides of the way, mm.
const ASIDE_MM: f64 = 8.0;
/// Its top counts so far down, mm.
const RIDGE_MM: f64 = 2.5;

/// What a point of the course is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A tooth that carries.
    Tooth,
    /// An implant, by its number.
    Site(usize),
    /// The ridge of bone.
    Ridge,
}

/// Points along the arch.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub points: Vec<Point<Implant>>,
    pub nodes: Vec<Node>,
}

/// Length in the plane across the way on.
pub(super) fn flat(v: Vector<Implant>) -> Vector<Implant> {
    Vector::new(v.x, v.y, 0.0)
}

impl Course {
    /// Teeth in their order, each implant put in where the way grows least.
    pub fn new(teeth: &[Point<Implant>], sites: &[Point<Implant>]) -> Self {
        let mut course = Self { points: teeth.to_vec(), nodes: vec![Node::Tooth; teeth.len()] };
        for (n, &site) in sites.iter().enumerate() {
            let at = course.cheapest(site);
            course.points.insert(at, site);
            course.nodes.insert(at, Node::Site(n));
        }
        for n in 0..course.points.len() {
            if matches!(course.nodes[n], Node::Site(_)) && !teeth.is_empty() {
                course.points[n].z = course.between_teeth(n);
            }
        }
        course
    }

    fn cheapest(&self, p: Point<Implant>) -> usize {
        let points = &self.points;
        let far = |a: Point<Implant>, b: Point<Implant>| flat(b - a).norm();
        let cost = |n: usize| match (n.checked_sub(1), points.get(n)) {
            (Some(before), Some(&after)) => {
                let before = points[before];
                far(before, p) + far(p, after) - far(before, after)
            }
            (Some(before), None) => far(points[before], p),
            (None, Some(&after)) => far(p, after),
            (None, None) => 0.0,
        };
        (0..=points.len()).min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
    }

    /// Height at an implant: between the teeth beside it.
    fn between_teeth(&self, n: usize) -> f64 {
        let is_tooth = |m: &usize| self.nodes[*m] == Node::Tooth;
        let before = (0..n).rev().find(is_tooth).map(|m| self.points[m]);
        let after = (n + 1..self.points.len()).find(is_tooth).map(|m| self.points[m]);
        match (before, after) {
            (Some(a), Some(b)) => {
                let along = flat(b - a);
                let t = flat(self.points[n] - a).dot(along) / along.dot(along).max(1e-12);
                a.lerp(b, t.clamp(0.0, 1.0)).z
            }
            (Some(one), None) | (None, Some(one)) => one.z,
            (None, None) => self.points[n].z,
        }
    }

    /// Goes on along a ridge of bone at both ends, and lays implants' heights onto it.
    pub fn along_ridge(
        &mut self,
        bone: &Volume<f32, Implant>,
        reach_mm: f64,
        outward: Vector<Implant>,
    ) {
        for p in &mut self.points {
            p.z = over(bone, *p, 0.0);
        }
        let across = Vector::new(0.0, 0.0, 1.0).cross(flat(outward)).unit();
        let last = self.points.len() - 1;
        let way = |a: Point<Implant>, b: Point<Implant>| flat(b - a).unit();
        let (first_way, last_way) = if last > 0 {
            (way(self.points[1], self.points[0]), way(self.points[last - 1], self.points[last]))
        } else {
            (-across, across)
        };
        let before = ridge(bone, self.points[0], first_way, reach_mm);
        let after = ridge(bone, self.points[last], last_way, reach_mm);
        for p in before {
            self.points.insert(0, p);
            self.nodes.insert(0, Node::Ridge);
        }
        for p in after {
            self.points.push(p);
            self.nodes.push(Node::Ridge);
        }
    }

    /// The nearest place of the course, seen along the way on: its distance, mm, and its height.
    pub fn nearest(&self, p: Point<Implant>) -> (f64, f64) {
        let to = |a: Point<Implant>, b: Point<Implant>| {
            let (along, from) = (flat(b - a), flat(p - a));
            let t = (from.dot(along) / along.dot(along).max(1e-12)).clamp(0.0, 1.0);
            ((from - along * t).norm(), a.lerp(b, t).z)
        };
        let own = self.points[0];
        let single = [to(own, own)];
        let pairs = self.points.windows(2).map(|pair| to(pair[0], pair[1]));
        let best = single.into_iter().chain(pairs).min_by(|a, b| a.0.total_cmp(&b.0));
        best.unwrap_or((f64::INFINITY, own.z))
    }

    /// Heights over the plane, smoothed.
    pub fn heights(&self, bounds: Aabb<Implant>, shift_mm: f64) -> Raster {
        let (min, max) = ([bounds.min.x, bounds.min.y], [bounds.max.x, bounds.max.y]);
        let own = |x: f64, y: f64| self.nearest(Point::new(x, y, 0.0)).1 + shift_mm;
        let mut raster = Raster::sampled(min, max, RASTER_MM, own);
        blur(&mut raster, (BLUR_MM / RASTER_MM) as usize);
        raster
    }

    /// Length along the course, seen along the way on, mm.
    pub fn length_mm(&self) -> f64 {
        self.points.windows(2).map(|pair| flat(pair[1] - pair[0]).norm()).sum()
    }

    /// The place so far along, and the direction there.
    pub fn at(&self, mm: f64) -> (Point<Implant>, Vector<Implant>) {
        let mut left = mm;
        let mut last = (self.points[0], Vector::new(1.0, 0.0, 0.0));
        for pair in self.points.windows(2) {
            let along = flat(pair[1] - pair[0]);
            let length = along.norm();
            if length < 1e-9 {
                continue;
            }
            last = (pair[0].lerp(pair[1], (left / length).clamp(0.0, 1.0)), along.unit());
            if left <= length {
                return last;
            }
            left -= length;
        }
        last
    }

    /// The points beside an implant, before and after it.
    pub fn beside(&self, site: usize) -> Vec<Point<Implant>> {
        let Some(n) = self.nodes.iter().position(|node| *node == Node::Site(site)) else {
            return Vec::new();
        };
        let before = n.checked_sub(1).map(|m| self.points[m]);
        before.into_iter().chain(self.points.get(n + 1).copied()).collect()
    }

    /// The point of an implant.
    pub fn site(&self, site: usize) -> Option<Point<Implant>> {
        let n = self.nodes.iter().position(|node| *node == Node::Site(site))?;
        Some(self.points[n])
    }
}

/// A box blur in both directions, twice.
fn blur(raster: &mut Raster, reach: usize) {
    let [ni, nj] = raster.size;
    for _ in 0..2 {
        for (count, stride, lines, next) in [(ni, 1, nj, ni), (nj, ni, ni, 1)] {
            let before = raster.values.clone();
            for line in 0..lines {
                for n in 0..count {
                    let (low, high) = (n.saturating_sub(reach), (n + reach).min(count - 1));
                    let sum: f64 =
                        (low..=high).map(|m| f64::from(before[line * next + m * stride])).sum();
                    let mean = sum / (high - low + 1) as f64;
                    raster.values[line * next + n * stride] = mean as f32;
                }
            }
        }
    }
}

/// Height of the highest place over or under `p` where a solid is `by_mm` away: its top.
pub(super) fn over(solid: &Volume<f32, Implant>, p: Point<Implant>, by_mm: f64) -> f64 {
    const LOOK_MM: f64 = 0.1;
    let bounds = solid.grid.bounds();
    let count = (bounds.size().z / LOOK_MM) as usize;
    let at = |n: usize| bounds.max.z - n as f64 * LOOK_MM;
    let is = |n: &usize| solid.sample(Point::new(p.x, p.y, at(*n))) < by_mm;
    (0..count).find(is).map_or(bounds.min.z, at)
}

/// Points along a ridge of bone.
fn ridge(
    bone: &Volume<f32, Implant>,
    start: Point<Implant>,
    way: Vector<Implant>,
    reach_mm: f64,
) -> Vec<Point<Implant>> {
    let (mut at, mut way) = (start, way);
    let mut points = Vec::new();
    for _ in 0..(reach_mm / STEP_MM) as usize {
        let next = at + way * STEP_MM;
        let across = Vector::new(0.0, 0.0, 1.0).cross(way).unit();
        let places: Vec<Point<Implant>> = (-16i32..=16)
            .map(|n| {
                let p = next + across * (f64::from(n) * ASIDE_MM / 16.0);
                Point::new(p.x, p.y, over(bone, p, 0.0))
            })
            .filter(|p| (p.z - at.z).abs() < 2.0 * STEP_MM)
            .collect();
        let high = places.iter().map(|p| p.z).fold(f64::NEG_INFINITY, f64::max);
        let top: Vec<&Point<Implant>> = places.iter().filter(|p| p.z >= high - RIDGE_MM).collect();
        if top.is_empty() {
            break;
        }
        let none = Vector::new(0.0, 0.0, 0.0);
        let sum = top.iter().fold(none, |sum, p| sum + (**p - next));
        let middle = next + sum * (1.0 / top.len() as f64);
        way = flat(middle - at).unit();
        at = Point::new(middle.x, middle.y, over(bone, middle, 0.0));
        points.push(at);
    }
    points
}
