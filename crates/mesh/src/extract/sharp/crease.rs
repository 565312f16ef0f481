//! Which cells a crease passes, and where.

use std::collections::BTreeSet;

use ossein_geom::{Deg, Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::{Cells, Curve, Key};
use super::planes::{Plane, corner, line};
use super::probe::{Look, Probe};
use super::seeds::FIRST_LOOK;
use super::told::Told;

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

/// A vertex, the place on the true surface to which it is brought, and the normal there.
pub type Foot<F> = (u32, Plane<F>);
/// Vertices brought onto the true surface.
pub type Feet<F> = Told<Plane<F>>;

/// The search for creases.
pub struct Search<'a, F: Frame> {
    /// What is asked of the field.
    pub probe: &'a Probe<'a, F>,
    /// Cosine of the angle from which normals make a crease.
    cosine: f64,
    /// The same for edges that are turned, and for vertices that are not yet on the surface.
    pub first_cosine: f64,
}

impl<'a, F: Frame> Search<'a, F> {
    /// For creases of more than `angle`.
    pub fn new(probe: &'a Probe<'a, F>, angle: Deg) -> Self {
        let [cosine, first_cosine] =
            [1.0, FIRST_LOOK].map(|part| float::cos(part * angle.radians()));
        Self { probe, cosine, first_cosine }
    }

    /// The creases of a surface, sorted, and the true places of the vertices around them.
    ///
    /// `curves` are those in which the field folds, `looks` what it is at some vertices; from there
    /// creases are followed from cell to cell.
    pub fn creases(
        &self,
        cells: &Cells,
        (mut curves, looks): (Vec<Curve>, Told<Look<F>>),
        vertices: &[Point<F>],
    ) -> (Vec<Crease<F>>, Vec<Foot<F>>) {
        let mut feet = Feet::of(vertices.len());
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while !curves.is_empty() {
            seen.extend(curves.iter().map(Curve::name));
            self.add_feet(&curves, vertices, &looks, &mut feet);
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
        let feet = used.iter().filter_map(|&vertex| Some((vertex, feet.get(vertex)?))).collect();
        (found, feet)
    }

    /// Stretches of a curve over which the surface bends, with the cells beyond them.
    fn crossed(&self, curve: &Curve, feet: &Feet<F>) -> Vec<((u32, u32), Key)> {
        let v = curve.vertices();
        let ends = |s: usize| (v[s], v[(s + 1) % v.len()]);
        let bends = |s: &usize| {
            let (a, b) = ends(*s);
            let feet = feet.get(a).zip(feet.get(b));
            feet.is_some_and(|(a, b)| a.1.dot(b.1) < self.first_cosine)
        };
        (0..v.len()).filter(bends).filter_map(|s| Some((ends(s), curve.beyond(s)?))).collect()
    }

    /// Brings the vertices of curves onto the true surface.
    fn add_feet(
        &self,
        curves: &[Curve],
        vertices: &[Point<F>],
        looks: &Told<Look<F>>,
        feet: &mut Feet<F>,
    ) {
        let mut edges: Vec<(u32, [usize; 3], usize)> =
            curves.iter().flat_map(|c| c.crossings()).collect();
        edges.retain(|e| feet.get(e.0).is_none());
        edges.sort_unstable();
        edges.dedup_by_key(|e| e.0);
        let foot = |&(vertex, at, axis): &(u32, [usize; 3], usize)| {
            let plain = (vertices[vertex as usize], looks.get(vertex));
            (vertex, self.probe.foot(at, axis, plain))
        };
        let more: Vec<Foot<F>> = edges.par_iter().map(foot).collect();
        feet.extend(more);
    }

    /// The crease inside a curve, if there is one.
    fn crease(&self, curve: &Curve, feet: &Feet<F>) -> Option<Crease<F>> {
        let planes: Vec<Plane<F>> = curve.vertices().iter().filter_map(|&v| feet.get(v)).collect();
        let center = curve.center(self.probe.samples);
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
                let near = self.probe.tangent(at + (plane.0 - at) * part);
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
            if n > 0 && moved < SETTLED * self.probe.step() {
                return self.fits(at, center, off_max).then_some(next);
            }
        }
        self.fits(first.0, center, OFF_SURFACE_UNSURE).then_some(first)
    }

    /// Whether a crease point lies on the surface and near its cell.
    fn fits(&self, at: Point<F>, center: Point<F>, off_max: f64) -> bool {
        let near = |a: usize| (at[a] - center[a]).abs() < REACH * self.probe.samples.step[a];
        (0..3).all(near) && self.probe.field.distance(at).abs() < off_max * self.probe.step()
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
                let off_max = OFF_LINE * self.probe.step();
                if self.probe.field.distance(at).abs() < off_max {
                    return (at, along);
                }
                let third = self.probe.tangent(at);
                if (at - third.0).norm() < off_max {
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
fn stretch_beyond(cells: &Cells, (u, v): (u32, u32), beyond: Key) -> Option<Curve> {
    let cell = cells.between(beyond, beyond).first()?;
    cell.curves().into_iter().find(|c| {
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
