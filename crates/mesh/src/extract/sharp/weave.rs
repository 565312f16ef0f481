//! Fans and turned edges, put in place of plain triangles.

use std::ops::Range;

use ossein_geom::{Aabb, Frame, Point, TriMesh};

use super::Sharp;
use super::cells::Cells;
use super::crease::{Crease, Feet, Search};
use super::own::Own;
use super::plain::Plain;
use super::planes::Plane;
use super::stretches::{NONE, Stretches};
use super::touched::Touched;

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
/// Boxes reach this part of a step further, beside what single precision may have moved them.
const SLACK: f64 = 1e-6;
/// Times that a refused fan is tried again.
const ROUND_COUNT: usize = 4;
const DEAD: [u32; 3] = [NONE; 3];

/// What a crease has become.
#[derive(Clone, Copy, Debug)]
struct Fan {
    /// Number of the vertex in its middle, or none.
    apex: u32,
    /// Whether it lies in its own cell.
    boxed: bool,
}

/// Triangles that go and those that come.
#[derive(Default)]
struct Change {
    gone: Vec<u32>,
    new: Vec<[u32; 3]>,
    /// Stretches that lose their triangle.
    freed: Vec<usize>,
    /// Stretches of the fan that is made, with the place of their triangle in `new`.
    own: Vec<(usize, usize)>,
}

impl Change {
    fn clear(&mut self) {
        self.gone.clear();
        self.new.clear();
        self.freed.clear();
        self.own.clear();
    }
}

/// The surface as it is changed.
pub struct Weave<'a, F: Frame> {
    search: &'a Search<'a, F>,
    cells: Cells,
    creases: Vec<Crease<F>>,
    feet: Feet<F>,
    mesh: TriMesh<F>,
    fans: Vec<Fan>,
    stretches: Stretches,
    /// New triangles by the cells that they touch.
    touched: Touched,
}

impl<'a, F: Frame> Weave<'a, F> {
    /// The plain surface, with the true places of the vertices around creases.
    pub fn new(
        search: &'a Search<'a, F>,
        plain: Plain<F>,
        creases: Vec<Crease<F>>,
        feet: Feet<F>,
    ) -> Self {
        let stretches = Stretches::new(creases.iter().map(|c| &c.curve), plain.vertex_count());
        let fans = vec![Fan { apex: NONE, boxed: false }; creases.len()];
        let (cells, mut mesh) = plain.into_mesh();
        for &vertex in creases.iter().flat_map(|c| c.curve.vertices()) {
            let foot = feet.get(vertex).map(|plane| plane.0.single());
            mesh.vertices[vertex as usize] = foot.unwrap_or(mesh.vertices[vertex as usize]);
        }
        let touched = Touched::new(search.probe.samples.size);
        Self { search, cells, creases, feet, mesh, fans, stretches, touched }
    }

    /// Fans whose point lies in their own cell, which holds no other curve.
    pub fn fan_in_boxes(&mut self) {
        let mut change = Change::default();
        for n in 0..self.creases.len() {
            let Crease { curve, .. } = self.creases[n];
            if !curve.is_whole() {
                continue;
            }
            let Some(at) = self.within(&self.creases[n]).map(Point::single) else { continue };
            let apex = self.mesh.vertices.len() as u32;
            self.mesh.vertices.push(at);
            self.fan(n, apex, false, &mut change);
            if !self.is_sound(&change.new) {
                self.mesh.vertices.pop();
                continue;
            }
            self.creases[n].at = at;
            self.fans[n].boxed = true;
            for number in self.make(n, apex, &change) {
                self.touched.add(curve.cell.at.map(usize::from), number);
            }
        }
    }

    /// Edges between such fans, where they turn within the face of both cells.
    pub fn turn_in_boxes(&mut self) {
        let boxed = |weave: &Self, a| weave.fans[weave.stretches.get(a).crease as usize].boxed;
        for (a, b) in self.open_pairs() {
            if boxed(self, a) && boxed(self, b) && self.turns_in_face(a, b) {
                self.turn(a, b, false);
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
            let mut change = Change::default();
            let made = waiting.into_iter().filter(|&n| self.fan_somewhere(n, &mut change)).count();
            if made == 0 || made == count {
                break;
            }
        }
    }

    /// All other edges, where they meet nothing.
    pub fn turn_elsewhere(&mut self) {
        for _ in 0..ROUND_COUNT {
            let mut turned = 0;
            for (a, b) in self.open_pairs() {
                turned += usize::from(self.turn(a, b, true));
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
        let mut is_used = vec![false; vertices.len()];
        triangles.retain(|&t| {
            let stays = t != DEAD;
            if stays {
                let [a, b, c] = t;
                (is_used[a as usize], is_used[b as usize], is_used[c as usize]) =
                    (true, true, true);
            }
            stays
        });
        if is_used.contains(&false) {
            let mut count = 0;
            let next = |used: &bool| {
                count += u32::from(*used);
                count.wrapping_sub(1)
            };
            let numbers: Vec<u32> = is_used.iter().map(next).collect();
            let mut used = is_used.iter();
            vertices.retain(|_| *used.next().unwrap_or(&false));
            triangles.iter_mut().flatten().for_each(|v| *v = numbers[*v as usize]);
        }
        let mesh = TriMesh { vertices, triangles };
        Sharp { mesh, crease_count: self.creases.len(), kept_count }
    }

    /// Pairs of stretches, the lower crease first, between which an edge could be turned.
    fn open_pairs(&self) -> Vec<(usize, usize)> {
        let is_open = |&a: &usize| self.stretches.get(a).triangle != NONE;
        let crease = |a| self.stretches.get(a).crease;
        (0..self.stretches.count())
            .filter(is_open)
            .filter_map(|a| Some((a, self.stretches.beyond(a)?)))
            .filter(|&(a, b)| crease(a) < crease(b))
            .collect()
    }

    /// The apex of the fan at a stretch.
    fn apex(&self, stretch: usize) -> u32 {
        self.fans[self.stretches.get(stretch).crease as usize].apex
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
    fn turns_in_face(&self, a: usize, b: usize) -> bool {
        let n = self.stretches.get(a).crease as usize;
        let curve = &self.creases[n].curve;
        let side = curve.lone_side(a - self.stretches.of(n).start);
        let Some((axis, up)) = side else { return false };
        let (low, step) = (curve.low(self.search.probe.samples), self.search.probe.samples.step);
        let wall = low[axis] + if up { step[axis] } else { 0.0 };
        let [a, b] = [a, b].map(|stretch| self.place(self.apex(stretch)));
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
    fn turn(&mut self, a: usize, b: usize, checked: bool) -> bool {
        let (u, v) = self.stretches.get(a).ends;
        let (x, y) = (self.apex(a), self.apex(b));
        if x == y || !self.wants_turn((u, v), x, y) {
            return false;
        }
        let gone = [a, b].map(|stretch| self.stretches.get(stretch).triangle);
        let new = [[u, y, x], [y, v, x]];
        if !self.is_sound(&new) || (checked && !self.is_free(&new, &gone)) {
            return false;
        }
        self.apply(&gone, &new);
        for stretch in [a, b] {
            self.stretches.set_triangle(stretch, NONE);
        }
        self.touch(self.mesh.triangles.len() - new.len());
        true
    }

    /// Makes the fan of a crease around the first place that will do.
    fn fan_somewhere(&mut self, n: usize, change: &mut Change) -> bool {
        let beyond = self.stretches.of(n).filter_map(|s| self.stretches.beyond(s));
        let mut near: Vec<u32> = beyond.map(|stretch| self.apex(stretch)).collect();
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
        if joined.is_some_and(|apex| self.fan_around(n, apex, change)) {
            return true;
        }
        for place in places {
            let apex = self.mesh.vertices.len() as u32;
            self.mesh.vertices.push(place.single());
            if self.fan_around(n, apex, change) {
                return true;
            }
            self.mesh.vertices.pop();
        }
        near.into_iter().any(|apex| self.fan_around(n, apex, change))
    }

    fn fan_around(&mut self, n: usize, apex: u32, change: &mut Change) -> bool {
        self.fan(n, apex, true, change);
        let fits = self.is_sound(&change.new) && self.is_free(&change.new, &change.gone);
        if fits {
            let first = self.make(n, apex, change).start;
            self.touch(first as usize);
        }
        fits
    }

    /// The fan of crease `n` around a vertex, joined to its neighbours if asked for.
    fn fan(&self, n: usize, apex: u32, joined: bool, change: &mut Change) {
        change.clear();
        change.gone.extend(self.creases[n].curve.triangles());
        for stretch in self.stretches.of(n) {
            let (u, v) = self.stretches.get(stretch).ends;
            let neighbour = if joined { self.stretches.beyond(stretch) } else { None };
            let other = neighbour.map(|twin| (twin, self.apex(twin)));
            match other.filter(|o| o.1 == apex || self.wants_turn((u, v), apex, o.1)) {
                None => {
                    change.own.push((stretch, change.new.len()));
                    change.new.push([u, v, apex]);
                }
                Some((twin, other)) => {
                    change.gone.push(self.stretches.get(twin).triangle);
                    change.freed.push(twin);
                    if other != apex {
                        change.new.extend([[u, other, apex], [other, v, apex]]);
                    }
                }
            }
        }
    }

    /// Makes a fan; the numbers of its triangles.
    fn make(&mut self, n: usize, apex: u32, change: &Change) -> Range<u32> {
        let first = self.mesh.triangles.len() as u32;
        self.apply(&change.gone, &change.new);
        self.fans[n].apex = apex;
        for &stretch in &change.freed {
            self.stretches.set_triangle(stretch, NONE);
        }
        for &(stretch, number) in &change.own {
            self.stretches.set_triangle(stretch, first + number as u32);
        }
        first..self.mesh.triangles.len() as u32
    }

    fn apply(&mut self, gone: &[u32], new: &[[u32; 3]]) {
        for &n in gone {
            self.mesh.triangles[n as usize] = DEAD;
        }
        self.mesh.triangles.extend_from_slice(new);
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
    fn is_free(&self, new: &[[u32; 3]], gone: &[u32]) -> bool {
        let around = |t: [u32; 3]| Aabb::around(self.mesh.corners(t));
        let own: Vec<Own<F>> = new.iter().map(|&t| Own::new(&self.mesh, t)).collect();
        let all = own.iter().fold(Aabb::empty(), |all, s| all.union(s.bounds));
        if (0..new.len()).any(|i| own[..i].iter().any(|s| s.clashes(&self.mesh, new[i]))) {
            return false;
        }
        let mut near = Vec::with_capacity(128);
        self.near(all, &mut near);
        near.retain(|n| {
            let t = self.mesh.triangles[*n as usize];
            t != DEAD && !gone.contains(n) && !apart(&all, &around(t))
        });
        near.sort_unstable();
        near.dedup();
        near.iter().all(|&n| {
            let t = self.mesh.triangles[n as usize];
            let bounds = around(t);
            !own.iter().any(|s| !apart(&s.bounds, &bounds) && s.clashes(&self.mesh, t))
        })
    }

    /// The cells that a box touches: the first and the last along x of each row.
    fn rows(&self, region: Aabb<F>) -> impl Iterator<Item = ([usize; 3], usize)> + use<F> {
        let samples = self.search.probe.samples;
        let index = |a: usize, v: f64| {
            let n = (v - samples.origin[a]) / samples.step[a];
            (n.max(0.0) as usize).min(samples.size[a] - 1)
        };
        let slack = |a: usize, v: f64| {
            let rounded = v.abs() + (v - samples.origin[a]).abs();
            SLACK * samples.step[a] + f64::from(f32::EPSILON) * rounded
        };
        let low = [0, 1, 2].map(|a| index(a, region.min[a] - slack(a, region.min[a])));
        let high = [0, 1, 2].map(|a| index(a, region.max[a] + slack(a, region.max[a])));
        (low[2]..=high[2])
            .flat_map(move |k| (low[1]..=high[1]).map(move |j| ([low[0], j, k], high[0])))
    }

    /// Numbers of the triangles in the cells that a box touches.
    fn near(&self, region: Aabb<F>, found: &mut Vec<u32>) {
        for (at, last) in self.rows(region) {
            for cell in &self.cells.all()[self.cells.range(at, last)] {
                found.extend(cell.first..cell.first + u32::from(cell.count));
            }
            self.touched.append(at, last, found);
        }
    }

    /// Notes which cells the triangles from number `first` on touch.
    fn touch(&mut self, first: usize) {
        for n in first..self.mesh.triangles.len() {
            let corners = self.mesh.corners(self.mesh.triangles[n]);
            for ([i, j, k], last) in self.rows(Aabb::around(corners)) {
                (i..=last).for_each(|i| self.touched.add([i, j, k], n as u32));
            }
        }
    }
}

/// Whether two boxes have no point in common.
fn apart<F: Frame>(a: &Aabb<F>, b: &Aabb<F>) -> bool {
    (0..3).any(|n| b.max[n] < a.min[n] || a.max[n] < b.min[n])
}
