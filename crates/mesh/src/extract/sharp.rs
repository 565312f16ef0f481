//! Surfaces that keep the field's sharp edges and corners.
//!
//! Where the normals around a cell's curve of crossings disagree, the cell's triangles become a fan
//! around the point where its tangent planes meet, and the edge between two such cells is turned so
//! that it runs along the crease. The point stays inside its own cell, or inside an empty
//! neighbour that no other cell asks for. Such a pair is a convex box with the curve on its border,
//! so that the fan cannot cross itself or anything else.
//!
//! # Source
//! Kobbelt, Botsch, Schwanecke, Seidel: Feature sensitive surface extraction, SIGGRAPH 2001; the
//! rule that keeps the surface free of self-intersections is ours.

use std::collections::BTreeMap;

use ossein_field::{Block, Field};
use ossein_geom::{Deg, Frame, Job, Point, TriMesh, Vector, float};
use rayon::prelude::*;

use super::march::{Samples, Surface, place_vertices, visit_cells};
use super::sweep::{Window, places, sample_all};
use super::{ExtractError, check, place};
use crate::cube::{self, EDGES, NO_EDGE};

/// Samples that the search for creases holds at once, at most: 2 GiB.
pub const SHARP_SAMPLE_COUNT_MAX: usize = 1 << 29;
/// A cell is looked at closely where the differences along its parallel edges vary by this part of
/// a step.
const BEND_MIN: f32 = 0.04;
/// Normals come from differences over this part of a step.
const NORMAL_STEP: f64 = 0.01;
/// Halvings and secants that bring a vertex onto the surface.
const ROOT_STEP_COUNT: usize = 8;
/// Planes that meet at a smaller part of the largest curvature leave a direction open.
const RANK_MIN: f64 = 0.05;
/// Points keep this part of a step away from the walls of their box.
const WALL_MARGIN: f64 = 1e-3;

/// The closed surface of `field` with its creases of more than `angle` kept as edges.
///
/// As [`extract`](super::extract), except that vertices near a crease are brought onto the true
/// surface, and points on the crease are added. All samples are held at once.
///
/// # Errors
/// As [`extract`](super::extract); also for more samples than [`SHARP_SAMPLE_COUNT_MAX`].
pub fn extract_sharp<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    angle: Deg,
    job: &Job,
) -> Result<TriMesh<F>, ExtractError> {
    check(samples)?;
    let sample_count = samples.size.iter().try_fold(1usize, |n, &m| n.checked_mul(m));
    let sample_count = sample_count.unwrap_or(usize::MAX);
    if sample_count > SHARP_SAMPLE_COUNT_MAX {
        return Err(ExtractError::TooMany { sample_count });
    }
    if samples.size.iter().any(|&n| n < 2) {
        return Ok(TriMesh { vertices: Vec::new(), triangles: Vec::new() });
    }
    job.step(0, 3)?;
    let window = sample_all(field, samples);
    let mut surface = Surface::default();
    let last = samples.size[2] - 1;
    place_vertices(&window, (0, last), &places(samples, 0, last), true, &mut surface);
    job.step(1, 3)?;
    let vertices = surface.vertices().iter().map(|&v| place(samples.origin, v)).collect();
    let mut search = Search {
        field,
        samples,
        window: &window,
        surface: &surface,
        vertices,
        features: BTreeMap::new(),
    };
    search.find(float::cos(angle.radians()));
    search.settle();
    job.step(2, 3)?;
    let mesh = search.mesh();
    job.step(3, 3)?;
    Ok(mesh)
}

type Cell = [usize; 3];

/// A cell that a crease passes.
#[derive(Clone, Copy, Debug)]
struct Feature<F: Frame> {
    pattern: usize,
    /// Numbers of the vertices on its twelve edges.
    ids: [u32; 16],
    /// Where the tangent planes meet.
    at: Point<F>,
    /// Along the line in which they meet; zero where they meet in a point.
    along: Vector<F>,
    /// The empty neighbour that the point lies in, if not in the cell itself: axis and side.
    lent: Option<(usize, bool)>,
    /// Number of the new vertex.
    id: u32,
}

struct Search<'a, F: Frame> {
    field: &'a dyn Field<F>,
    samples: &'a Block<F>,
    window: &'a Window,
    surface: &'a Surface,
    vertices: Vec<Point<F>>,
    /// By cell, counted from the top: `[k, j, i]`.
    features: BTreeMap<Cell, Feature<F>>,
}

impl<F: Frame> Search<'_, F> {
    fn find(&mut self, cosine: f64) {
        let close = self.close(cosine);
        let mut used: BTreeMap<u32, (Cell, usize)> = BTreeMap::new();
        for &([k, j, i], pattern, ids) in &close {
            for (edge, &(corner, axis)) in EDGES.iter().enumerate() {
                if cube::table().crossed[pattern][edge] == 1 {
                    let at = [i + (corner & 1), j + (corner >> 1 & 1), k + (corner >> 2)];
                    used.insert(ids[edge], (at, axis));
                }
            }
        }
        let used: Vec<(u32, (Cell, usize))> = used.into_iter().collect();
        let refined: Vec<(Point<F>, Vector<F>)> =
            used.par_iter().map(|&(_, (at, axis))| self.refined(at, axis)).collect();
        let normals: BTreeMap<u32, (Point<F>, Vector<F>)> =
            used.iter().map(|u| u.0).zip(refined).collect();
        for (cell, pattern, ids) in close {
            let planes: Vec<(Point<F>, Vector<F>)> = (0..12)
                .filter(|&e| cube::table().crossed[pattern][e] == 1)
                .map(|e| normals[&ids[e]])
                .collect();
            let pairs = planes.iter().flat_map(|a| planes.iter().map(|b| a.1.dot(b.1)));
            if pairs.fold(1.0, f64::min) < cosine {
                let (at, along) = meeting_point(&planes);
                let feature = Feature { pattern, ids, at, along, lent: None, id: 0 };
                self.features.insert(cell, feature);
            }
        }
        // Only the vertices of creased cells move: all others stay as they would be without.
        let moved = self.features.values().flat_map(|f| {
            (0..12).filter(|&e| cube::table().crossed[f.pattern][e] == 1).map(|e| f.ids[e])
        });
        for id in moved.collect::<Vec<_>>() {
            self.vertices[id as usize] = normals[&id].0;
        }
    }

    /// Cells around which normals at the crossings, as interpolated, disagree.
    fn close(&self, cosine: f64) -> Vec<(Cell, usize, [u32; 16])> {
        let planes = (0, self.samples.size[2] - 1);
        let crossed = &cube::table().crossed;
        let mut known: Vec<Option<[f32; 3]>> = vec![None; self.vertices.len()];
        let mut close = Vec::new();
        visit_cells(self.window, planes, self.surface, |[i, j, k], pattern, ids| {
            if !self.bent([i, j, k]) || !one_curve(pattern) {
                return;
            }
            let mut normals = [[0.0f32; 3]; 12];
            let mut count = 0;
            for edge in (0..12).filter(|&e| crossed[pattern][e] == 1) {
                let id = ids[edge] as usize;
                normals[count] = *known[id].get_or_insert_with(|| self.steepest(self.vertices[id]));
                count += 1;
            }
            let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            let normals = &normals[..count];
            if normals.iter().any(|&a| normals.iter().any(|&b| f64::from(dot(a, b)) < cosine)) {
                close.push(([k, j, i], pattern, *ids));
            }
        });
        close
    }

    /// The direction of steepest rise, from the four corners of a small tetrahedron.
    fn steepest(&self, p: Point<F>) -> [f32; 3] {
        let [x, y, z] = self.samples.step;
        let reach = NORMAL_STEP * x.min(y).min(z);
        let mut sum = Vector::default();
        for corner in [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]] {
            let corner = Vector::from(corner);
            sum += corner * self.field.distance(p + corner * reach);
        }
        sum.unit().array().map(|v| v as f32)
    }

    /// Whether the samples around a cell are far from a linear function.
    fn bent(&self, [i, j, k]: Cell) -> bool {
        let value = |c: usize| {
            self.window.signed(self.window.row(j + (c >> 1 & 1), k + (c >> 2)), i + (c & 1))
        };
        let values: [f32; 8] = std::array::from_fn(value);
        let spread = |axis: usize| {
            let starts = (0..8).filter(|c| c >> axis & 1 == 0);
            let rise = |c: usize| values[c | 1 << axis] - values[c];
            let (low, high) = starts.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), c| {
                (low.min(rise(c)), high.max(rise(c)))
            });
            (high - low) / self.samples.step[axis] as f32
        };
        (0..3).any(|axis| spread(axis) > BEND_MIN)
    }

    /// The crossing of the edge from sample `at` along `axis` with the true surface; the normal.
    fn refined(&self, at: Cell, axis: usize) -> (Point<F>, Vector<F>) {
        let start = self.samples.point(at[0], at[1], at[2]);
        let mut along = [0.0; 3];
        along[axis] = self.samples.step[axis];
        let point = |t: f64| start + Vector::from(along) * t;
        let (mut low, mut high) = (0.0, 1.0);
        let (mut a, mut b) = (self.field.distance(point(0.0)), self.field.distance(point(1.0)));
        let mut t = 0.5;
        for n in 0..ROOT_STEP_COUNT {
            let secant = low + (high - low) * (a / (a - b));
            let usable = n % 3 != 2 && secant > low && secant < high;
            t = if usable { secant } else { 0.5 * (low + high) };
            let value = self.field.distance(point(t));
            if value.abs() < 1e-7 * self.samples.step[axis] {
                break;
            }
            if (value < 0.0) == (a < 0.0) {
                (low, a) = (t, value);
            } else {
                (high, b) = (t, value);
            }
        }
        let margin = f64::from(super::EDGE_MARGIN);
        let crossing = point(t.clamp(margin, 1.0 - margin));
        (crossing, self.normal(point(t)))
    }

    fn normal(&self, p: Point<F>) -> Vector<F> {
        let slope = [0, 1, 2].map(|a| {
            let reach = NORMAL_STEP * self.samples.step[a];
            let mut away = [0.0; 3];
            away[a] = reach;
            let away = Vector::from(away);
            (self.field.distance(p + away) - self.field.distance(p - away)) / reach
        });
        Vector::from(slope).unit()
    }

    fn corner(&self, [k, j, i]: Cell) -> Point<F> {
        self.samples.point(i, j, k)
    }

    /// The point of a feature's crease inside a cell that is nearest to where its planes meet.
    fn within(&self, cell: Cell, feature: &Feature<F>) -> Option<Point<F>> {
        let low = self.corner(cell);
        let (mut first, mut last) = (f64::NEG_INFINITY, f64::INFINITY);
        for a in 0..3 {
            let margin = WALL_MARGIN * self.samples.step[a];
            let min = low[a] + margin - feature.at[a];
            let max = low[a] + self.samples.step[a] - margin - feature.at[a];
            let slope = feature.along[a];
            if slope.abs() < 1e-9 {
                if !(min <= 0.0 && max >= 0.0) {
                    return None;
                }
                continue;
            }
            let (s, t) = (min / slope, max / slope);
            (first, last) = (first.max(s.min(t)), last.min(s.max(t)));
        }
        (first <= last).then(|| feature.at + feature.along * 0f64.clamp(first, last))
    }

    /// Puts `p` inside the box of `cell`.
    fn inside(&self, cell: Cell, p: Point<F>) -> Point<F> {
        let low = self.corner(cell);
        Point::from([0, 1, 2].map(|a| {
            let margin = WALL_MARGIN * self.samples.step[a];
            let (min, max) = (low[a] + margin, low[a] + self.samples.step[a] - margin);
            if p[a].is_nan() { 0.5 * (min + max) } else { p[a].clamp(min, max) }
        }))
    }

    /// The neighbour of a cell, if no surface passes it.
    fn empty_neighbour(&self, [k, j, i]: Cell, (axis, up): (usize, bool)) -> Option<Cell> {
        let mut at = [i, j, k];
        at[axis] = if up { at[axis] + 1 } else { at[axis].checked_sub(1)? };
        let [i, j, k] = at;
        if (0..3).any(|a| at[a] + 1 >= self.samples.size[a]) {
            return None;
        }
        let bit = |n: usize| {
            let row = self.window.signs(j + (n >> 1 & 1), k + (n >> 2));
            let i = i + (n & 1);
            row[i / 32] >> (i % 32) & 1
        };
        let sum: u32 = (0..8).map(bit).sum();
        (sum == 0 || sum == 8).then_some([k, j, i])
    }

    /// Gives every feature its box and its number.
    fn settle(&mut self) {
        let mut asked: BTreeMap<Cell, usize> = BTreeMap::new();
        let mut lent = BTreeMap::new();
        for (&cell, feature) in &self.features {
            if self.within(cell, feature).is_some() {
                continue;
            }
            let reached = (0..6).map(|n| (n / 2, n % 2 == 1)).filter_map(|side| {
                let neighbour = self.empty_neighbour(cell, side)?;
                let at = self.within(neighbour, feature)?;
                Some((neighbour, side, at))
            });
            let nearest = reached
                .min_by(|a, b| a.2.distance(feature.at).total_cmp(&b.2.distance(feature.at)));
            if let Some((neighbour, side, at)) = nearest {
                *asked.entry(neighbour).or_insert(0) += 1;
                lent.insert(cell, (neighbour, side, at));
            }
        }
        let first = self.vertices.len() as u32;
        let mut features = std::mem::take(&mut self.features);
        for (n, (cell, feature)) in features.iter_mut().enumerate() {
            feature.id = first + n as u32;
            match (self.within(*cell, feature), lent.get(cell)) {
                (Some(at), _) => feature.at = at,
                (None, Some((neighbour, side, at))) if asked[neighbour] == 1 => {
                    (feature.at, feature.lent) = (*at, Some(*side));
                }
                _ => feature.at = self.inside(*cell, feature.at),
            }
            self.vertices.push(feature.at);
        }
        self.features = features;
    }

    fn mesh(self) -> TriMesh<F> {
        let planes = (0, self.samples.size[2] - 1);
        let mut triangles = Vec::new();
        let table = cube::table();
        let mut features = self.features.iter().peekable();
        visit_cells(self.window, planes, self.surface, |[i, j, k], pattern, ids| {
            match features.next_if(|f| *f.0 == [k, j, i]) {
                Some((cell, feature)) => self.fan(*cell, feature, &mut triangles),
                None => {
                    let corners = &table.corners[pattern][..table.count[pattern] as usize];
                    triangles.extend(corners.iter().map(|t| t.map(|e| ids[e as usize])));
                }
            }
        });
        drop(features);
        TriMesh { vertices: self.vertices, triangles }
    }

    fn fan(&self, cell: Cell, feature: &Feature<F>, triangles: &mut Vec<[u32; 3]>) {
        let next = &cube::table().next[feature.pattern];
        for edge in (0..12).filter(|&e| next[e] != NO_EDGE) {
            let following = next[edge] as usize;
            let (u, v) = (feature.ids[edge], feature.ids[following]);
            let side = shared_side(edge, following);
            match self.partner(cell, feature, side) {
                None => triangles.push([u, v, feature.id]),
                // The upper cell of the pair turns the edge for both.
                Some(_) if side.1 => {}
                Some(other) => {
                    triangles.push([u, other, feature.id]);
                    triangles.push([other, v, feature.id]);
                }
            }
        }
    }

    /// The feature beyond a side of a cell, if the edge between both may be turned.
    fn partner(&self, cell: Cell, feature: &Feature<F>, side: (usize, bool)) -> Option<u32> {
        let (axis, up) = side;
        let mut beyond = cell;
        let at = 2 - axis;
        beyond[at] = if up { beyond[at] + 1 } else { beyond[at].checked_sub(1)? };
        let other = self.features.get(&beyond)?;
        if crossings_on(feature.pattern, side) != 2 || crossings_on(other.pattern, (axis, !up)) != 2
        {
            return None;
        }
        if feature.lent.is_some_and(|lent| lent.0 == axis)
            || other.lent.is_some_and(|lent| lent.0 == axis)
        {
            return None;
        }
        let (low, high) = if up { (cell, beyond) } else { (beyond, cell) };
        let (a, b) = if up { (feature, other) } else { (other, feature) };
        let wall = self.corner(high)[axis];
        let t = (wall - a.at[axis]) / (b.at[axis] - a.at[axis]);
        let crossing = a.at.lerp(b.at, t);
        let both = a.lent.filter(|_| a.lent == b.lent);
        let corner = self.corner(low);
        let within = (0..3).filter(|&d| d != axis).all(|d| {
            let step = self.samples.step[d];
            let grown = |up: bool| if both == Some((d, up)) { step } else { 0.0 };
            let margin = 1e-4 * step;
            crossing[d] > corner[d] - grown(false) + margin
                && crossing[d] < corner[d] + step + grown(true) - margin
        });
        within.then_some(other.id)
    }
}

/// Whether the crossings of a pattern form one closed curve, each face crossed at most once.
fn one_curve(pattern: usize) -> bool {
    let next = &cube::table().next[pattern];
    let Some(first) = (0..12).find(|&e| next[e] != NO_EDGE) else { return false };
    let (mut at, mut length) = (next[first] as usize, 1);
    while at != first {
        (at, length) = (next[at] as usize, length + 1);
    }
    length == next.iter().filter(|&&e| e != NO_EDGE).count()
}

/// Axis and side of the face that holds both edges.
fn shared_side(a: usize, b: usize) -> (usize, bool) {
    let on = |edge: usize, axis: usize, up: bool| {
        EDGES[edge].1 != axis && (EDGES[edge].0 >> axis & 1 == 1) == up
    };
    let sides = (0..6).map(|n| (n / 2, n % 2 == 1));
    let mut shared = sides.filter(|&(axis, up)| on(a, axis, up) && on(b, axis, up));
    shared.next().expect("a curve passes from edge to edge across a face")
}

/// Crossed edges of one face.
fn crossings_on(pattern: usize, (axis, up): (usize, bool)) -> usize {
    let on = |&e: &usize| EDGES[e].1 != axis && (EDGES[e].0 >> axis & 1 == 1) == up;
    (0..12).filter(on).filter(|&e| cube::table().crossed[pattern][e] == 1).count()
}

/// The point nearest to the planes' middle where they meet best, and the line that they share.
fn meeting_point<F: Frame>(planes: &[(Point<F>, Vector<F>)]) -> (Point<F>, Vector<F>) {
    let scale = 1.0 / planes.len() as f64;
    let sum = planes.iter().fold(Vector::default(), |sum, p| sum + (p.0 - Point::ORIGIN));
    let middle = Point::ORIGIN + sum * scale;
    let mut matrix = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for (p, n) in planes {
        let height = n.dot(*p - middle);
        for a in 0..3 {
            right[a] += n[a] * height;
            for b in 0..3 {
                matrix[a][b] += n[a] * n[b];
            }
        }
    }
    let (values, vectors) = eigen(matrix);
    let largest = values.iter().fold(0.0, |m: f64, &v| m.max(v));
    let (mut step, mut along) = (Vector::default(), Vector::default());
    for (value, vector) in values.iter().zip(vectors) {
        let axis = Vector::<F>::from(vector);
        if *value > RANK_MIN * largest {
            step += axis * (axis.dot(Vector::from(right)) / value);
        } else {
            along = axis;
        }
    }
    (middle + step, along)
}

/// Eigenvalues and unit eigenvectors of a symmetric matrix, by Jacobi's rotations.
fn eigen(mut m: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..8 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q].abs() < 1e-300 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for n in 0..3 {
                (m[n][p], m[n][q]) = (c * m[n][p] - s * m[n][q], s * m[n][p] + c * m[n][q]);
            }
            for n in 0..3 {
                (m[p][n], m[q][n]) = (c * m[p][n] - s * m[q][n], s * m[p][n] + c * m[q][n]);
            }
            for row in &mut v {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
        }
    }
    let column = |n: usize| [v[0][n], v[1][n], v[2][n]];
    ([m[0][0], m[1][1], m[2][2]], [column(0), column(1), column(2)])
}
