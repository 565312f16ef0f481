//! Which cells a crease passes, and where.

use std::collections::{BTreeMap, BTreeSet};

use ossein_field::{Block, Field, INSIDE_STEPS};
use ossein_geom::{Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::{Cell, Curve, Key};
use super::planes::{Plane, corner, line};
use super::seeds::{Seed, smooth_value};

/// Normals come from differences over this part of a step.
const NORMAL_STEP: f64 = 2e-4;
/// The same for vertices, that may lie all but on a crease.
const NEAR_STEPS: [f64; 2] = [1e-5, 2e-6];
/// Cosine of two normals of one face.
const SAME_FACE: f64 = 0.9999;
/// A vertex lies so near the surface, as a part of a step.
const ROOT_MAX: f64 = 1e-8;
/// Cosine below which a normal is looked at more closely.
const LIKE_FACE: f64 = 0.9995;
/// Halvings and secants that bring a vertex onto the surface, at most.
const ROOT_STEP_COUNT: usize = 40;
/// A first look, at vertices that are not yet on the surface, takes this part of the angle.
const FIRST_LOOK: f64 = 0.7;
/// A surface folds inside a curve where the field there is so far from a smooth one's, in steps
/// times the tangent of half the angle.
const FOLD_MIN: f64 = 0.12;
/// Planes are taken again at these parts of the way from a crease point to its vertices.
const NEARER: [f64; 6] = [0.4, 0.2, 0.2, 0.2, 0.2, 0.2];
/// A crease point is found when it moves by less than this part of a step.
const SETTLED: f64 = 2e-3;
/// A third plane makes a corner where its normal leans so far along the line of the other two.
const CORNER_LEAN: f64 = 0.3;
/// A crease point lies so near the surface, as a part of a step.
const OFF_SURFACE: f64 = 0.01;
/// A point of two faces' line that lies so far off the surface, in steps, is cut off by a third.
const OFF_LINE: f64 = 2e-3;
/// The same where its faces could not be told apart near it.
const OFF_SURFACE_UNSURE: f64 = 1e-3;
/// Faces that meet at a smaller angle, radians, have no line in which they meet.
const WEDGE_MIN: f64 = 0.05;
/// A crease point lies within so many steps of its cell's middle.
const REACH: f64 = 1.5;

/// A closed curve of crossings around which the surface has a crease.
#[derive(Clone, Debug)]
pub struct Crease<F: Frame> {
    /// The curve.
    pub curve: Curve,
    /// The crease's point that is nearest to the middle of the cell.
    pub at: Point<F>,
    /// Direction of the crease; zero at a corner.
    pub along: Vector<F>,
}

/// A vertex brought onto the true surface, with the surface's normal there.
#[derive(Clone, Copy, Debug)]
pub struct Foot<F: Frame> {
    /// Number of the vertex.
    pub vertex: u32,
    /// Where it belongs.
    pub plane: Plane<F>,
}

/// Vertices brought onto the true surface.
type Feet<F> = BTreeMap<u32, Plane<F>>;

/// What is asked of the field around creases.
pub struct Search<'a, F: Frame> {
    /// The field.
    pub field: &'a dyn Field<F>,
    /// Where it was sampled.
    pub samples: &'a Block<F>,
    /// Cosine of the angle from which normals make a crease.
    pub cosine: f64,
    /// The same for edges that are turned.
    pub first_cosine: f64,
    /// Tangent of half that angle.
    half_angle_tangent: f64,
}

impl<'a, F: Frame> Search<'a, F> {
    /// For creases of more than `angle` radians.
    pub fn new(field: &'a dyn Field<F>, samples: &'a Block<F>, angle: f64) -> Self {
        let (sine, cosine) = float::sin_cos(0.5 * angle);
        let half_angle_tangent = sine / cosine;
        let first_cosine = float::cos(FIRST_LOOK * angle);
        Self { field, samples, cosine: float::cos(angle), first_cosine, half_angle_tangent }
    }

    /// The shortest step, mm.
    pub fn step(&self) -> f64 {
        let [x, y, z] = self.samples.step;
        x.min(y).min(z)
    }

    /// Value and slope of the field, from the four corners of a tetrahedron this part of a step
    /// away.
    fn slope(&self, p: Point<F>, part: f64) -> (f64, Vector<F>) {
        let reach = part * self.step();
        let (mut sum, mut slope) = (0.0, Vector::default());
        for corner in [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]] {
            let corner = Vector::from(corner);
            let value = self.field.distance(p + corner * reach);
            sum += value;
            slope += corner * value;
        }
        (0.25 * sum, slope * (0.25 / reach))
    }

    /// The unit normal at a point.
    fn normal(&self, p: Point<F>) -> Vector<F> {
        self.slope(p, NORMAL_STEP).1.unit()
    }

    /// The unit normal of one face, at a point that may lie all but on a crease. Where nearer
    /// differences agree with each other, they are of one face; where not, the field has no
    /// more digits.
    fn face_normal(&self, p: Point<F>) -> Vector<F> {
        let [near, nearer] = NEAR_STEPS.map(|part| self.slope(p, part).1.unit());
        if near.dot(nearer) > SAME_FACE { nearer } else { self.normal(p) }
    }

    /// The plane in which the field, linear around `p`, is zero; looked at more closely where its
    /// normal is not the one `expected`.
    fn tangent(&self, p: Point<F>, expected: Vector<F>) -> Plane<F> {
        let (value, slope) = self.slope(p, NORMAL_STEP);
        let steepness = slope.norm().max(1e-6);
        let mut normal = slope * (1.0 / steepness);
        if normal.dot(expected) < LIKE_FACE {
            normal = self.face_normal(p);
        }
        (p - normal * (value / steepness), normal)
    }

    /// The creases of a surface, sorted, and the true places of the vertices around them.
    ///
    /// `seeds` are those among `cells` that a crease may pass; from there creases are followed
    /// from cell to cell.
    pub fn creases(
        &self,
        cells: &[Cell],
        seeds: &[Seed<F>],
        vertices: &[Point<F>],
    ) -> (Vec<Crease<F>>, Vec<Foot<F>>) {
        let mut feet = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut curves = self.folded_curves(seeds, vertices);
        while !curves.is_empty() {
            seen.extend(curves.iter().map(Curve::name));
            self.add_feet(&curves, vertices, &mut feet);
            let more: Vec<Crease<F>> =
                curves.par_iter().filter_map(|c| self.crease(c, &feet)).collect();
            let mut next: Vec<Curve> = more
                .iter()
                .flat_map(|crease| self.crossed(&crease.curve, &feet))
                .filter_map(|(stretch, side)| stretch_beyond(cells, stretch, side))
                .filter(|curve| !seen.contains(&curve.name()))
                .collect();
            next.sort_unstable_by_key(Curve::name);
            next.dedup_by_key(|c| c.name());
            found.extend(more);
            curves = next;
        }
        found.sort_unstable_by_key(|c| c.curve.name());
        let mut used: Vec<u32> = found.iter().flat_map(|c| c.curve.vertices()).copied().collect();
        used.sort_unstable();
        used.dedup();
        let feet = used.iter().map(|&vertex| Foot { vertex, plane: feet[&vertex] }).collect();
        (found, feet)
    }

    /// Stretches of a curve over which the surface bends, with the cells beyond them.
    fn crossed(&self, curve: &Curve, feet: &Feet<F>) -> Vec<((u32, u32), Key)> {
        let v = curve.vertices();
        let ends = |s: usize| (v[s], v[(s + 1) % v.len()]);
        let bends = |s: &usize| {
            let (a, b) = ends(*s);
            feet[&a].1.dot(feet[&b].1) < self.first_cosine
        };
        (0..v.len()).filter(bends).filter_map(|s| Some((ends(s), curve.beyond(s)?))).collect()
    }

    /// Brings the vertices of curves onto the true surface.
    fn add_feet(&self, curves: &[Curve], vertices: &[Point<F>], feet: &mut Feet<F>) {
        let mut edges: Vec<(u32, [usize; 3], usize)> =
            curves.iter().flat_map(|c| c.crossings()).collect();
        edges.sort_unstable();
        edges.dedup_by_key(|e| e.0);
        edges.retain(|e| !feet.contains_key(&e.0));
        let foot = |&(vertex, at, axis): &(u32, [usize; 3], usize)| {
            (vertex, self.foot(at, axis, vertices[vertex as usize]))
        };
        let more: Vec<(u32, Plane<F>)> = edges.par_iter().map(foot).collect();
        feet.extend(more);
    }

    /// Curves inside which the field folds.
    fn folded_curves(&self, seeds: &[Seed<F>], vertices: &[Point<F>]) -> Vec<Curve> {
        let fold_min = FOLD_MIN * self.half_angle_tangent * self.step();
        let valued = seeds.par_iter().map(|seed| (self.field.distance(seed.at), seed));
        let seeds: Vec<(f64, &Seed<F>)> =
            valued.filter(|(value, seed)| (value - seed.smooth).abs() > fold_min).collect();
        let mut asked = vec![false; vertices.len()];
        for (_, seed) in &seeds {
            seed.cell.crossed().for_each(|(_, vertex)| asked[vertex as usize] = true);
        }
        let slopes: Vec<(f64, Vector<F>)> = vertices
            .par_iter()
            .zip(&asked)
            .map(|(&p, &asked)| if asked { self.slope(p, NORMAL_STEP) } else { Default::default() })
            .collect();
        let folds = |&(value, seed): &(f64, &Seed<F>)| {
            let told = seed.cell.crossed().map(|(_, v)| {
                let (value, slope) = slopes[v as usize];
                (vertices[v as usize], value, slope)
            });
            (value - smooth_value(told, seed.middle, seed.at)).abs() > 0.5 * fold_min
        };
        seeds.par_iter().filter(|s| folds(s)).flat_map_iter(|s| s.1.cell.curves()).collect()
    }

    /// The crossing of the edge from sample `at` along `axis` with the true surface; the normal.
    fn foot(&self, at: [usize; 3], axis: usize, plain: Point<F>) -> Plane<F> {
        let start = self.samples.point(at[0], at[1], at[2]);
        let mut along = [0.0; 3];
        along[axis] = self.samples.step[axis];
        let point = |t: f64| start + Vector::from(along) * t;
        let level = -INSIDE_STEPS * self.step();
        let value = |t: f64| self.field.distance(point(t)) - level;
        let (mut low, mut high) = (0.0, 1.0);
        let (mut a, mut b) = (value(low), value(high));
        if (a < 0.0) == (b < 0.0) {
            return (plain, self.face_normal(plain));
        }
        let (mut t, mut before) = (0.5, f64::INFINITY);
        for n in 0..ROOT_STEP_COUNT {
            let secant = low + (high - low) * (a / (a - b));
            t = if n % 4 == 3 { 0.5 * (low + high) } else { secant };
            let value = value(t);
            // Beyond, a field of single precision has no more digits.
            let rests = (t - before).abs().max(value.abs() / self.step()) < INSIDE_STEPS;
            if rests || value.abs() < ROOT_MAX * self.step() {
                break;
            }
            before = t;
            // Illinois: the end that stays counts half.
            if (value < 0.0) == (a < 0.0) {
                (low, a, b) = (t, value, 0.5 * b);
            } else {
                (high, b, a) = (t, value, 0.5 * a);
            }
        }
        let margin = f64::from(super::super::EDGE_MARGIN);
        (point(t.clamp(margin, 1.0 - margin)), self.face_normal(point(t)))
    }

    /// The crease inside a curve, if there is one.
    fn crease(&self, curve: &Curve, feet: &Feet<F>) -> Option<Crease<F>> {
        let planes: Vec<Plane<F>> = curve.vertices().iter().map(|v| feet[v]).collect();
        let center = curve.center(self.samples);
        let groups = groups(&planes, self.cosine)?;
        // A vertex on the crease itself has a normal of its own: if three faces do not meet, two
        // of them may.
        let faces: &[&[usize]] = match groups.len() {
            2 => &[&[0, 1]],
            _ => &[&[0, 1, 2], &[0, 1], &[0, 2], &[1, 2]],
        };
        let (at, along) = faces.iter().find_map(|faces| {
            let middles: Vec<Plane<F>> =
                faces.iter().map(|&f| middle(&planes, &groups[f])).collect();
            self.settled(&middles, center)
        })?;
        Some(Crease { curve: curve.clone(), at, along })
    }

    /// Where two or three faces meet, given one of their planes each; `None` where they do not.
    fn settled(&self, planes: &[Plane<F>], center: Point<F>) -> Option<(Point<F>, Vector<F>)> {
        let first = self.met(planes, center);
        let mut at = first.0;
        for (n, part) in NEARER.into_iter().enumerate() {
            // Planes that became all but parallel meet nowhere.
            if !at.distance(center).is_finite() {
                return None;
            }
            let mut off_max = OFF_SURFACE;
            let nearer = |plane: &Plane<F>| {
                let near = self.tangent(at + (plane.0 - at) * part, plane.1);
                if near.1.dot(plane.1) > self.cosine {
                    return near;
                }
                // Another face is there: only what lies on the surface itself is sure then.
                off_max = OFF_SURFACE_UNSURE;
                *plane
            };
            let near: Vec<Plane<F>> = planes.iter().map(nearer).collect();
            let turned = near.iter().flat_map(|a| near.iter().map(|b| a.1.dot(b.1)));
            if turned.fold(1.0, f64::min) > self.cosine {
                return None;
            }
            let next = self.met(&near, center);
            let moved = (next.0 - at).norm();
            at = next.0;
            if n > 0 && moved < SETTLED * self.step() {
                return self.fits(at, center, off_max).then_some(next);
            }
        }
        self.fits(first.0, center, OFF_SURFACE_UNSURE).then_some(first)
    }

    /// Whether a crease point lies on the surface and near its cell.
    fn fits(&self, at: Point<F>, center: Point<F>, off_max: f64) -> bool {
        let near = |a: usize| (at[a] - center[a]).abs() < REACH * self.samples.step[a];
        (0..3).all(near) && self.field.distance(at).abs() < off_max * self.step()
    }

    /// Where two or three planes meet, or a third that cuts the line of two; with the direction of
    /// the line, or zero.
    fn met(&self, near: &[Plane<F>], center: Point<F>) -> (Point<F>, Vector<F>) {
        let (at, along) = line([near[0], near[1]], center);
        if !at.distance(center).is_finite() {
            return (at, along);
        }
        let leans = |n: Vector<F>| n.dot(along).abs() > CORNER_LEAN;
        let third = match near.get(2) {
            Some(&third) => third,
            None => {
                let third = self.tangent(at, Vector::default());
                if (at - third.0).norm() < OFF_LINE * self.step() {
                    return (at, along);
                }
                third
            }
        };
        if leans(third.1) {
            return (corner([near[0], near[1], third], center), Vector::default());
        }
        (at, along)
    }
}

/// The curve of the cell `beyond` that has a stretch in common with another.
fn stretch_beyond(cells: &[Cell], (u, v): (u32, u32), beyond: Key) -> Option<Curve> {
    let n = cells.binary_search_by_key(&beyond, Cell::key).ok()?;
    cells[n].curves().into_iter().find(|c| {
        let all = c.vertices();
        (0..all.len()).any(|s| (all[s], all[(s + 1) % all.len()]) == (v, u))
    })
}

/// The middle of a group of planes.
fn middle<F: Frame>(planes: &[Plane<F>], group: &[usize]) -> Plane<F> {
    let (mut sum, mut normal) = (Vector::default(), Vector::default());
    for &n in group {
        sum += planes[n].0 - Point::ORIGIN;
        normal += planes[n].1;
    }
    (Point::ORIGIN + sum * (1.0 / group.len() as f64), normal.unit())
}

/// Planes sorted by the two or three faces that they belong to; `None` where all are one face.
fn groups<F: Frame>(planes: &[Plane<F>], cosine: f64) -> Option<Vec<Vec<usize>>> {
    let count = planes.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let dot = |a: usize, b: usize| planes[a].1.dot(planes[b].1);
    let (a, b) = pairs.min_by(|p, q| dot(p.0, p.1).total_cmp(&dot(q.0, q.1)))?;
    if dot(a, b) > cosine {
        return None;
    }
    let line = planes[a].1.cross(planes[b].1);
    if line.norm() < WEDGE_MIN {
        return None;
    }
    let line = line.unit();
    let lean = |n: usize| planes[n].1.dot(line).abs();
    let mut heads = vec![a, b];
    if let Some(c) = (0..count).max_by(|&p, &q| lean(p).total_cmp(&lean(q)))
        && lean(c) > CORNER_LEAN
    {
        heads.push(c);
    }
    let mut groups = vec![Vec::new(); heads.len()];
    for n in 0..count {
        let head = |h: &usize| dot(n, heads[*h]);
        let best = (0..heads.len()).max_by(|p, q| head(p).total_cmp(&head(q)))?;
        groups[best].push(n);
    }
    Some(groups)
}
