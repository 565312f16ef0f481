//! Which cells a crease passes, and where.

use ossein_geom::{Deg, Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::{Crossing, Curve};
use super::plain::Plain;
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

/// Vertices brought onto the true surface: the place of each, and the normal there.
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
        plain: &Plain<F>,
        (mut curves, looks): (Vec<Curve>, Told<Look<F>>),
    ) -> (Vec<Crease<F>>, Feet<F>) {
        let mut feet = Feet::of(plain.vertex_count());
        // For each cell the curves that were looked into, by their first edges.
        let mut seen = vec![0u16; plain.cells.all().len()];
        let mut found = Vec::new();
        while !curves.is_empty() {
            for curve in &curves {
                let cell = plain.cells.find(curve.cell.at.map(usize::from));
                cell.into_iter().for_each(|cell| seen[cell] |= curve.first_bit());
            }
            self.add_feet(&curves, plain, &looks, &mut feet);
            let more: Vec<Crease<F>> =
                curves.par_iter().filter_map(|c| self.crease(c, &feet)).collect();
            let mut next: Vec<Curve> = more
                .iter()
                .flat_map(|crease| self.crossed(&crease.curve, &feet))
                .filter_map(|(ends, beyond)| curve_beyond(plain, &seen, ends, beyond))
                .collect();
            next.sort_unstable_by_key(Curve::name);
            next.dedup_by_key(|c| c.name());
            found.extend(more);
            curves = next;
        }
        // Those of each round are in order.
        found.sort_by_key(|c| c.curve.name());
        (found, feet)
    }

    /// Stretches of a curve over which the surface bends, with the cells beyond them.
    fn crossed(
        &self,
        curve: &Curve,
        feet: &Feet<F>,
    ) -> impl Iterator<Item = ((u32, u32), [usize; 3])> {
        let bends = move |&s: &usize| {
            let (a, b) = curve.ends(s);
            let feet = feet.get(a).zip(feet.get(b));
            feet.is_some_and(|(a, b)| a.1.dot(b.1) < self.first_cosine)
        };
        let beyond = |s: usize| Some((curve.ends(s), curve.beyond(s)?));
        (0..curve.vertices().len()).filter(bends).filter_map(beyond)
    }

    /// Brings the vertices of curves onto the true surface.
    fn add_feet(
        &self,
        curves: &[Curve],
        plain: &Plain<F>,
        looks: &Told<Look<F>>,
        feet: &mut Feet<F>,
    ) {
        let crossings = curves.iter().flat_map(Curve::crossings);
        let new: Vec<Crossing> = crossings.filter(|c| feet.claim(c.vertex)).collect();
        let of = |some: &[Crossing]| {
            let plain = |c: &Crossing| (plain.vertex(c.vertex), looks.get(c.vertex));
            self.probe.feet(some, &some.iter().map(plain).collect::<Vec<_>>())
        };
        feet.fill(&new, of);
    }

    /// The crease inside a curve, if there is one.
    fn crease(&self, curve: &Curve, feet: &Feet<F>) -> Option<Crease<F>> {
        let mut planes = [Plane::default(); 12];
        let mut count = 0;
        for plane in curve.vertices().iter().filter_map(|&v| feet.get(v)) {
            planes[count] = plane;
            count += 1;
        }
        let center = curve.center(self.probe.samples);
        let (faces, face_count) = faces(&planes[..count], self.cosine)?;
        let [a, b, c] = faces;
        // A vertex on the crease itself has a normal of its own: if three faces do not meet, two
        // of them may.
        let pairs = [[a, b], [a, c], [b, c]];
        let pairs = &pairs[..if face_count == 2 { 1 } else { 3 }];
        let all = (face_count == 3).then(|| self.settled(&faces, center)).flatten();
        let met = all.or_else(|| pairs.iter().find_map(|pair| self.settled(pair, center)));
        met.map(|(at, along)| Crease { curve: *curve, at, along })
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
            let mut near = [planes[0]; 3];
            near.iter_mut().zip(planes.iter().map(nearer)).for_each(|(near, plane)| *near = plane);
            let near = &near[..planes.len()];
            let turned = near.iter().flat_map(|a| near.iter().map(|b| a.1.dot(b.1)));
            if turned.fold(1.0, f64::min) > self.cosine {
                return None;
            }
            let next = self.met(near, center);
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

/// The curve of the cell `beyond` that has the stretch between two vertices in common with another,
/// if it was not seen.
fn curve_beyond<F: Frame>(
    plain: &Plain<F>,
    seen: &[u16],
    (u, v): (u32, u32),
    beyond: [usize; 3],
) -> Option<Curve> {
    let cell = plain.cells.find(beyond)?;
    let mut curves = plain.cells.all()[cell].curves(&plain.triangles);
    let joins = |c: &Curve| (0..c.vertices().len()).any(|s| c.ends(s) == (v, u));
    curves.find(joins).filter(|curve| seen[cell] & curve.first_bit() == 0)
}

/// The middles of the two or three faces that planes belong to, and their number; `None` where all
/// are one face.
fn faces<F: Frame>(planes: &[Plane<F>], cosine: f64) -> Option<([Plane<F>; 3], usize)> {
    let count = planes.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let dot = |a: usize, b: usize| planes[a].1.dot(planes[b].1);
    let (least, a, b) = pairs.map(|(a, b)| (dot(a, b), a, b)).min_by(|p, q| p.0.total_cmp(&q.0))?;
    if least > cosine {
        return None;
    }
    let line = planes[a].1.cross(planes[b].1);
    if line.norm() < WEDGE_MIN {
        return None;
    }
    let line = line.unit();
    let lean = |n: usize| planes[n].1.dot(line).abs();
    let (mut heads, mut head_count) = ([a, b, b], 2);
    if let Some(c) = (0..count).max_by(|&p, &q| lean(p).total_cmp(&lean(q)))
        && lean(c) > CORNER_LEAN
    {
        (heads[2], head_count) = (c, 3);
    }
    let mut sums = [(Vector::default(), Vector::default(), 0.0); 3];
    for (n, plane) in planes.iter().enumerate() {
        let head = |h: &usize| dot(n, heads[*h]);
        let best = (0..head_count).max_by(|p, q| head(p).total_cmp(&head(q)))?;
        let (places, normals, count) = &mut sums[best];
        *places += plane.0 - Point::ORIGIN;
        *normals += plane.1;
        *count += 1.0;
    }
    let middle = |(places, normals, count): (Vector<F>, Vector<F>, f64)| {
        (Point::ORIGIN + places * (1.0 / count), normals.unit())
    };
    Some((sums.map(middle), head_count))
}
