//! Fans and turned edges, put in place of plain triangles.

use ossein_geom::{Aabb, Frame, Point, TriMesh};

use super::Sharp;
use super::cells::{Cells, Key, key};
use super::crease::{Crease, Feet, Search};
use super::planes::Plane;
use super::touched::Touched;
use crate::intersect::meet;

/// Points keep this part of a step away from the walls of their cell: the first if they can.
const WALL_MARGINS: [f64; 2] = [0.02, 1e-3];
/// Points move at most this part of a step off their crease into their cell.
const MOVED_MAX: f64 = 3e-3;
/// Edges turn this part of a step away from the border of a face.
const FACE_MARGIN: f64 = 1e-3;
/// New triangles have this much doubled area, in square steps.
const AREA_MIN: f64 = 1e-6;
/// Crease points nearer than this part of a step are one.
const SAME: f64 = 0.02;
/// Times that a refused fan is tried again.
const ROUND_COUNT: usize = 4;
/// Stands for no triangle and no vertex.
const NONE: u32 = u32::MAX;
const DEAD: [u32; 3] = [NONE; 3];

/// What a crease has become.
#[derive(Clone, Debug)]
struct Fan {
    /// Number of the vertex in its middle, or none.
    apex: u32,
    /// Number of the triangle at each stretch of the curve, or none where its edge was turned.
    triangles: Vec<u32>,
    /// Whether it lies in its own cell.
    boxed: bool,
}

/// One side of an inner edge of the plain surface: a stretch of a curve.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    ends: (u32, u32),
    crease: u32,
    number: u32,
}

/// Triangles that go and those that come.
#[derive(Default)]
struct Change {
    gone: Vec<u32>,
    new: Vec<[u32; 3]>,
    /// Fans and stretches that lose their triangle.
    freed: Vec<(usize, usize)>,
    /// Stretches of the fan that is made, with the place of their triangle in `new`.
    own: Vec<(usize, usize)>,
}

/// The surface as it is changed.
pub struct Weave<'a, F: Frame> {
    search: &'a Search<'a, F>,
    cells: &'a Cells,
    creases: Vec<Crease<F>>,
    feet: Feet<F>,
    mesh: TriMesh<F>,
    fans: Vec<Fan>,
    stretches: Vec<Stretch>,
    /// New triangles by the cells that they touch.
    touched: Touched,
}

impl<'a, F: Frame> Weave<'a, F> {
    /// The plain surface, with the true places of the vertices around creases.
    pub fn new(
        search: &'a Search<'a, F>,
        cells: &'a Cells,
        creases: Vec<Crease<F>>,
        feet: Feet<F>,
        mesh: TriMesh<F>,
    ) -> Self {
        let mut stretches = Vec::new();
        let mut fans = Vec::new();
        for (n, crease) in creases.iter().enumerate() {
            let v = crease.curve.vertices();
            stretches.extend((0..v.len()).map(|s| Stretch {
                ends: (v[s], v[(s + 1) % v.len()]),
                crease: n as u32,
                number: s as u32,
            }));
            fans.push(Fan { apex: NONE, triangles: vec![NONE; v.len()], boxed: false });
        }
        stretches.sort_unstable_by_key(|s| s.ends);
        let touched = Touched::default();
        Self { search, cells, creases, feet, mesh, fans, stretches, touched }
    }

    /// Fans whose point lies in their own cell, which holds no other curve.
    pub fn fan_in_boxes(&mut self) {
        for n in 0..self.creases.len() {
            if !self.creases[n].curve.whole {
                continue;
            }
            let Some(at) = self.within(&self.creases[n]).map(Point::single) else { continue };
            let apex = self.mesh.vertices.len() as u32;
            self.mesh.vertices.push(at);
            let change = self.fan(n, apex, false);
            if self.is_sound(&change.new) {
                self.creases[n].at = at;
                self.fans[n].boxed = true;
                self.make(n, apex, change);
            } else {
                self.mesh.vertices.pop();
            }
        }
    }

    /// Edges between such fans, where they turn within the face of both cells.
    pub fn turn_in_boxes(&mut self) {
        for (n, s, m, t) in self.open_pairs() {
            if self.fans[n].boxed && self.fans[m].boxed && self.turns_in_face(n, s, m) {
                self.turn((n, s), (m, t), false);
            }
        }
        for n in 0..self.mesh.triangles.len() {
            if n >= self.plain_count() {
                self.touch(n as u32);
            }
        }
    }

    /// All other fans, where they meet nothing.
    pub fn fan_elsewhere(&mut self) {
        for _ in 0..ROUND_COUNT {
            let waiting = |n: &usize| self.fans[*n].apex == NONE;
            let mut waiting: Vec<usize> = (0..self.fans.len()).filter(waiting).collect();
            // Corners come first: edges join them.
            waiting.sort_by_key(|&n| self.creases[n].along.norm() > 0.5);
            let count = waiting.len();
            let made = waiting.into_iter().filter(|&n| self.fan_somewhere(n)).count();
            if made == 0 || made == count {
                break;
            }
        }
    }

    /// All other edges, where they meet nothing.
    pub fn turn_elsewhere(&mut self) {
        for _ in 0..ROUND_COUNT {
            let mut turned = 0;
            for (n, s, m, t) in self.open_pairs() {
                turned += usize::from(self.turn((n, s), (m, t), true));
            }
            if turned == 0 {
                break;
            }
        }
    }

    /// The surface, without what fell out of use.
    pub fn finish(self) -> Sharp<F> {
        let kept_count = self.fans.iter().filter(|f| f.apex != NONE).count();
        let TriMesh { mut vertices, mut triangles } = self.mesh;
        triangles.retain(|&t| t != DEAD);
        let mut number = vec![NONE; vertices.len()];
        for &[a, b, c] in &triangles {
            (number[a as usize], number[b as usize], number[c as usize]) = (0, 0, 0);
        }
        let mut count = 0;
        for (n, number) in number.iter_mut().enumerate().filter(|(_, number)| **number != NONE) {
            *number = count;
            vertices[count as usize] = vertices[n];
            count += 1;
        }
        vertices.truncate(count as usize);
        for [a, b, c] in &mut triangles {
            (*a, *b, *c) = (number[*a as usize], number[*b as usize], number[*c as usize]);
        }
        let mesh = TriMesh { vertices, triangles };
        Sharp { mesh, crease_count: self.creases.len(), kept_count }
    }

    fn plain_count(&self) -> usize {
        self.cells.all().last().map_or(0, |c| c.first as usize + c.count as usize)
    }

    fn ends(&self, n: usize, s: usize) -> (u32, u32) {
        let v = self.creases[n].curve.vertices();
        (v[s], v[(s + 1) % v.len()])
    }

    /// The fan and stretch beyond a stretch, if its crease is one and was not turned.
    fn beyond(&self, n: usize, s: usize) -> Option<(usize, usize)> {
        let (u, v) = self.ends(n, s);
        let found = self.stretches.binary_search_by_key(&(v, u), |s| s.ends).ok()?;
        let Stretch { crease, number, .. } = self.stretches[found];
        let (m, t) = (crease as usize, number as usize);
        (self.fans[m].apex != NONE && self.fans[m].triangles[t] != NONE).then_some((m, t))
    }

    /// Pairs of stretches, the lower crease first, between which an edge could be turned.
    fn open_pairs(&self) -> Vec<(usize, usize, usize, usize)> {
        let mut pairs = Vec::new();
        for (n, fan) in self.fans.iter().enumerate() {
            for s in (0..fan.triangles.len()).filter(|&s| fan.triangles[s] != NONE) {
                if let Some((m, t)) = self.beyond(n, s)
                    && n < m
                {
                    pairs.push((n, s, m, t));
                }
            }
        }
        pairs
    }

    fn foot(&self, vertex: u32) -> Option<Plane<F>> {
        self.feet.get(vertex)
    }

    fn place(&self, vertex: u32) -> Point<F> {
        self.mesh.vertices[vertex as usize]
    }

    /// The crease's point in its own cell that is nearest to the middle.
    fn within(&self, crease: &Crease<F>) -> Option<Point<F>> {
        let on_line = WALL_MARGINS.iter().find_map(|&margin| self.on_line(crease, margin));
        on_line.or_else(|| {
            let (low, step) =
                (crease.curve.low(self.search.probe.samples), self.search.probe.samples.step);
            let clamped = Point::from([0, 1, 2].map(|a| {
                let margin = WALL_MARGINS[1] * step[a];
                crease.at[a].max(low[a] + margin).min(low[a] + step[a] - margin)
            }));
            let moved = clamped.distance(crease.at);
            (moved < MOVED_MAX * self.search.probe.step()).then_some(clamped)
        })
    }

    fn on_line(&self, crease: &Crease<F>, margin: f64) -> Option<Point<F>> {
        let low = crease.curve.low(self.search.probe.samples);
        let (mut first, mut last) = (f64::NEG_INFINITY, f64::INFINITY);
        for a in 0..3 {
            let step = self.search.probe.samples.step[a];
            let min = low[a] + margin * step - crease.at[a];
            let max = low[a] + step - margin * step - crease.at[a];
            let slope = crease.along[a];
            if slope.abs() < 1e-9 {
                if !(min <= 0.0 && max >= 0.0) {
                    return None;
                }
                continue;
            }
            let (s, t) = (min / slope, max / slope);
            (first, last) = (first.max(s.min(t)), last.min(s.max(t)));
        }
        (first <= last).then(|| crease.at + crease.along * 0f64.clamp(first, last))
    }

    /// Whether the line between two crease points passes the inside of the face between them, and
    /// no other curve does.
    fn turns_in_face(&self, n: usize, s: usize, m: usize) -> bool {
        let curve = &self.creases[n].curve;
        let Some((axis, up)) = curve.lone_side(s) else { return false };
        let (low, step) = (curve.low(self.search.probe.samples), self.search.probe.samples.step);
        let wall = low[axis] + if up { step[axis] } else { 0.0 };
        let [a, b] = [n, m].map(|n| self.place(self.fans[n].apex));
        let met = a.lerp(b, (wall - a[axis]) / (b[axis] - a[axis]));
        (0..3).filter(|&d| d != axis).all(|d| {
            let margin = FACE_MARGIN * step[d];
            met[d] > low[d] + margin && met[d] < low[d] + step[d] - margin
        })
    }

    /// Whether the surface bends over the edge `u v`, and the edge `x y` lies nearer to it.
    fn wants_turn(&self, (u, v): (u32, u32), x: u32, y: u32) -> bool {
        let (Some(a), Some(b)) = (self.foot(u), self.foot(v)) else { return false };
        if a.1.dot(b.1) > self.search.first_cosine {
            return false;
        }
        let off = |u: u32, v: u32| {
            self.search.probe.field.distance(self.place(u).lerp(self.place(v), 0.5)).abs()
        };
        off(x, y) < off(u, v)
    }

    /// Turns the edge between two fans, if it should be; `checked` against all that is near.
    fn turn(&mut self, (n, s): (usize, usize), (m, t): (usize, usize), checked: bool) -> bool {
        let (u, v) = self.ends(n, s);
        let (x, y) = (self.fans[n].apex, self.fans[m].apex);
        if x == y || !self.wants_turn((u, v), x, y) {
            return false;
        }
        let gone = vec![self.fans[n].triangles[s], self.fans[m].triangles[t]];
        let new = vec![[u, y, x], [y, v, x]];
        let change = Change { gone, new, freed: vec![(n, s), (m, t)], own: Vec::new() };
        if !self.is_sound(&change.new) || (checked && !self.is_free(&change)) {
            return false;
        }
        self.apply(&change, checked);
        true
    }

    /// Makes the fan of a crease around the first place that will do.
    fn fan_somewhere(&mut self, n: usize) -> bool {
        let mut near: Vec<u32> = (0..self.fans[n].triangles.len())
            .filter_map(|s| Some(self.fans[self.beyond(n, s)?.0].apex))
            .collect();
        near.dedup();
        let Crease { at, along, .. } = self.creases[n];
        let same = |v: &u32| (self.place(*v) - at).norm() < SAME * self.search.probe.step();
        let joined = near.iter().copied().find(same);
        let mut places = vec![at];
        if let (Some(&first), Some(&last)) = (near.first(), near.last())
            && first != last
        {
            let middle = self.place(first).lerp(self.place(last), 0.5);
            places.push(at + along * along.dot(middle - at));
        }
        if joined.is_some_and(|apex| self.fan_around(n, apex)) {
            return true;
        }
        for place in places {
            let apex = self.mesh.vertices.len() as u32;
            self.mesh.vertices.push(place.single());
            if self.fan_around(n, apex) {
                return true;
            }
            self.mesh.vertices.pop();
        }
        near.into_iter().any(|apex| self.fan_around(n, apex))
    }

    fn fan_around(&mut self, n: usize, apex: u32) -> bool {
        let change = self.fan(n, apex, true);
        let fits = self.is_sound(&change.new) && self.is_free(&change);
        if fits {
            let first = self.mesh.triangles.len();
            self.make(n, apex, change);
            for n in first..self.mesh.triangles.len() {
                self.touch(n as u32);
            }
        }
        fits
    }

    /// The fan of crease `n` around a vertex, joined to its neighbours if asked for.
    fn fan(&self, n: usize, apex: u32, joined: bool) -> Change {
        let mut change =
            Change { gone: self.creases[n].curve.triangles().collect(), ..Change::default() };
        for s in 0..self.fans[n].triangles.len() {
            let (u, v) = self.ends(n, s);
            let neighbour = if joined { self.beyond(n, s) } else { None };
            let Some((m, t)) = neighbour else {
                change.own.push((s, change.new.len()));
                change.new.push([u, v, apex]);
                continue;
            };
            let other = self.fans[m].apex;
            if other != apex && !self.wants_turn((u, v), apex, other) {
                change.own.push((s, change.new.len()));
                change.new.push([u, v, apex]);
                continue;
            }
            change.gone.push(self.fans[m].triangles[t]);
            change.freed.push((m, t));
            if other != apex {
                change.new.extend([[u, other, apex], [other, v, apex]]);
            }
        }
        change
    }

    fn make(&mut self, n: usize, apex: u32, change: Change) {
        let first = self.mesh.triangles.len();
        self.apply(&change, false);
        self.fans[n].apex = apex;
        for (s, number) in change.own {
            self.fans[n].triangles[s] = (first + number) as u32;
        }
    }

    fn apply(&mut self, change: &Change, touched: bool) {
        for &n in &change.gone {
            self.mesh.triangles[n as usize] = DEAD;
        }
        for &(m, t) in &change.freed {
            self.fans[m].triangles[t] = NONE;
        }
        for &t in &change.new {
            self.mesh.triangles.push(t);
            if touched {
                self.touch(self.mesh.triangles.len() as u32 - 1);
            }
        }
    }

    /// Whether triangles have an area and face as the surface does.
    fn is_sound(&self, new: &[[u32; 3]]) -> bool {
        let area = AREA_MIN * self.search.probe.step() * self.search.probe.step();
        new.iter().all(|&t| {
            let normal = self.mesh.doubled_normal(t);
            let mut feet = t.iter().filter_map(|&v| self.foot(v)).map(|f| f.1);
            let Some(first) = feet.next() else { return false };
            let bends = feet.any(|n| n.dot(first) < self.search.first_cosine);
            normal.norm() > area && (bends || first.dot(normal) > 0.0)
        })
    }

    /// Whether the new triangles of a change meet nothing that stays, nor each other.
    fn is_free(&self, change: &Change) -> bool {
        let points = change.new.iter().flatten().map(|&v| self.place(v));
        let all = Aabb::around(points);
        let mut near = Vec::new();
        self.near(all, &mut near);
        near.sort_unstable();
        near.dedup();
        near.retain(|n| !change.gone.contains(n) && self.mesh.triangles[*n as usize] != DEAD);
        let boxes: Vec<Aabb<F>> = near
            .iter()
            .map(|&n| Aabb::around(self.mesh.corners(self.mesh.triangles[n as usize])))
            .collect();
        let edge = |t: [u32; 3], n: usize| (t[n], t[(n + 1) % 3]);
        let shares =
            |s: [u32; 3], t: [u32; 3]| (0..3).any(|n| (0..3).any(|m| edge(s, n) == edge(t, m)));
        let clash = |s: [u32; 3], t: [u32; 3]| shares(s, t) || meet(&self.mesh, s, t);
        change.new.iter().enumerate().all(|(i, &s)| {
            let own = Aabb::around(self.mesh.corners(s));
            let apart =
                |b: &Aabb<F>| (0..3).any(|a| b.max[a] < own.min[a] || own.max[a] < b.min[a]);
            let others = near.iter().zip(&boxes).filter(|(_, b)| !apart(b));
            let mut others = others.map(|(&n, _)| self.mesh.triangles[n as usize]);
            !others.any(|t| clash(s, t)) && !change.new[..i].iter().any(|&t| clash(s, t))
        })
    }

    /// The cells that a box touches, as ranges along x.
    fn rows(&self, region: Aabb<F>) -> impl Iterator<Item = (Key, Key)> + use<F> {
        let samples = self.search.probe.samples;
        let slack = 1e-6 * self.search.probe.step();
        let index = |a: usize, v: f64| {
            let n = ((v - samples.origin[a]) / samples.step[a]).floor();
            n.clamp(0.0, (samples.size[a] - 1) as f64) as usize
        };
        let low = [0, 1, 2].map(|a| index(a, region.min[a] - slack));
        let high = [0, 1, 2].map(|a| index(a, region.max[a] + slack));
        (low[2]..=high[2]).flat_map(move |k| {
            (low[1]..=high[1]).map(move |j| (key([low[0], j, k]), key([high[0], j, k])))
        })
    }

    /// Numbers of the triangles in the cells that a box touches.
    fn near(&self, region: Aabb<F>, found: &mut Vec<u32>) {
        for (first, last) in self.rows(region) {
            for cell in self.cells.between(first, last) {
                found.extend(cell.first..cell.first + u32::from(cell.count));
            }
            found.extend((first..=last).flat_map(|cell| self.touched.of(cell)));
        }
    }

    /// Notes which cells a new triangle touches.
    fn touch(&mut self, n: u32) {
        let t = self.mesh.triangles[n as usize];
        if t == DEAD {
            return;
        }
        for (first, last) in self.rows(Aabb::around(self.mesh.corners(t))) {
            for key in first..=last {
                self.touched.add(key, n);
            }
        }
    }
}
