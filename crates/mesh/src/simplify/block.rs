//! Edge collapse inside one block of triangles, small enough for the processor's cache.

use ossein_geom::{Lps, Point};

use crate::triangle::nearest_point;

use super::pairing::{around, next, opposites, previous};
use super::quadric::{Quadric, cross, dot, minus};
use super::queue::{BUCKET_COUNT, NONE, Queue, bucket};

/// A new triangle's normal keeps this cosine to that of the triangle it replaces.
const TURN_COSINE_MIN: f64 = 0.3;
/// A new triangle is no flatter than this (twice its area over its longest edge squared), or no
/// flatter than the one it replaces.
const SHAPE_MIN: f64 = 0.003;
/// Buckets that an edge which cannot be collapsed now waits: twice the cost.
const WAIT: usize = 32;

/// When collapsing ends.
#[derive(Clone, Copy)]
pub struct Until {
    /// Edges of a higher bucket stay.
    pub bucket: usize,
    /// No fewer triangles than this.
    pub triangle_count: usize,
    /// Mean squared distance to the planes gathered by a vertex, mm².
    pub mean_square_mm2: f64,
    /// How far one collapse may move the surface, mm.
    pub step_mm: f64,
    /// A collapse of at most this cost moves it by less, mm⁴.
    pub small_cost: f64,
}

/// Triangles as half-edges: number `3 t + i` runs from corner `i` of triangle `t` to the next.
pub struct Block {
    /// Places of the vertices, mm.
    pub places: Vec<[f64; 3]>,
    /// Planes gathered by each.
    pub quadrics: Vec<Quadric>,
    /// By how much the limit is tightened at each vertex, squared; infinite where it must stay.
    pub care: Vec<f32>,
    /// Vertices whose care is infinite for this block alone.
    pub rim: Vec<bool>,
    /// The vertex of the first mesh that each is, or `NONE` where it has moved.
    pub sources: Vec<u32>,
    /// Where each half-edge starts; `NONE` in a triangle that is gone.
    pub origins: Vec<u32>,
    /// The half-edge that runs back; `NONE` at the rim.
    opposites: Vec<u32>,
    /// A half-edge that starts at each vertex.
    outgoing: Vec<u32>,
    /// Triangles that are left.
    pub triangle_count: usize,
    stamps: Vec<u32>,
    stamp: u32,
}

impl Block {
    /// A block of `triangles`, whose corners are numbers into `places`. Beyond `care`, vertices
    /// stay where the surface ends or is not manifold.
    pub fn new(
        places: Vec<[f64; 3]>,
        quadrics: Vec<Quadric>,
        care: Vec<f32>,
        sources: Vec<u32>,
        origins: Vec<u32>,
    ) -> Self {
        let count = places.len();
        let mut block = Self {
            opposites: opposites(origins.as_chunks::<3>().0, count),
            outgoing: vec![NONE; count],
            triangle_count: origins.len() / 3,
            stamps: vec![0; count],
            stamp: 0,
            places,
            quadrics,
            rim: vec![false; count],
            care,
            sources,
            origins,
        };
        block.fix_rims();
        block
    }

    /// Triangles all of whose corners may move.
    pub fn free_count(&self) -> usize {
        let free = |t: &&[u32; 3]| t.iter().all(|&v| self.care[v as usize] < f32::INFINITY);
        self.origins.as_chunks::<3>().0.iter().filter(free).count()
    }

    fn origin(&self, h: u32) -> u32 {
        self.origins[h as usize]
    }

    fn target(&self, h: u32) -> u32 {
        self.origins[next(h) as usize]
    }

    /// Fixes both ends of an edge that has no other side, and vertices that are no single fan.
    fn fix_rims(&mut self) {
        let mut degrees = vec![0u32; self.places.len()];
        for h in (0..self.origins.len() as u32).rev() {
            let v = self.origin(h);
            degrees[v as usize] += 1;
            self.outgoing[v as usize] = h;
            if self.opposites[h as usize] == NONE {
                self.fix(v);
                self.fix(self.target(h));
            }
        }
        for v in 0..self.places.len() as u32 {
            let (first, count) = (self.outgoing[v as usize], degrees[v as usize]);
            if first != NONE && !self.rim[v as usize] && !self.is_one_fan(first, count) {
                self.fix(v);
            }
        }
    }

    fn fix(&mut self, v: u32) {
        self.care[v as usize] = f32::INFINITY;
        self.rim[v as usize] = true;
    }

    /// Whether the triangles around the origin of `first` are one closed fan of `count`.
    fn is_one_fan(&self, first: u32, count: u32) -> bool {
        let mut h = first;
        for n in 1..=count {
            h = self.opposites[previous(h) as usize];
            if h == NONE || h == first {
                return h == first && n == count;
            }
        }
        false
    }

    /// Half-edges that start at a free vertex, in turn.
    fn ring(&self, v: u32) -> impl Iterator<Item = u32> {
        around(self.outgoing[v as usize], &self.opposites)
    }

    /// Cost of collapsing the edge of `h`, the new place, the gathered planes.
    fn plan(&self, h: u32) -> (f32, [f64; 3], Quadric) {
        let (u, v) = (self.origin(h) as usize, self.target(h) as usize);
        let sum = self.quadrics[u] + self.quadrics[v];
        let (p, q) = (self.places[u], self.places[v]);
        let middle = [0, 1, 2].map(|a| 0.5 * (p[a] + q[a]));
        let place = sum.lowest(middle);
        (sum.at(place) as f32, place, sum)
    }

    fn is_free(&self, h: u32) -> bool {
        let back = self.opposites[h as usize];
        back != NONE
            && self.care[self.origin(h) as usize] < f32::INFINITY
            && self.care[self.target(h) as usize] < f32::INFINITY
    }

    /// Collapses edges, cheapest first. `done` hears the bucket of each.
    pub fn collapse(&mut self, until: &Until, mut done: impl FnMut(usize)) {
        let mut queue = Queue::new(self.origins.len());
        for h in 0..self.origins.len() as u32 {
            if h < self.opposites[h as usize] && self.is_free(h) {
                queue.push(h, bucket(self.plan(h).0));
            }
        }
        while self.triangle_count > until.triangle_count {
            let Some((h, at)) = queue.pop(until.bucket) else { break };
            if self.origin(h) == NONE || queue.holds(self.opposites[h as usize]) {
                continue;
            }
            let (cost, place, sum) = self.plan(h);
            let own = bucket(cost);
            if own > at {
                queue.push(h, own);
                continue;
            }
            let ends = [self.origin(h), self.target(h)].map(|v| self.care[v as usize]);
            let care = f64::from(ends[0].max(ends[1]));
            if sum.at(place) * care > until.mean_square_mm2 * sum.area_mm2 {
                continue;
            }
            let fits = |block: &Self, place: [f64; 3]| {
                let (u, v) = (block.origin(h), block.target(h));
                block.keeps_shape(u, v, place)
                    && block.keeps_shape(v, u, place)
                    && (sum.at(place) * care <= until.small_cost
                        || block.stays_near(h, place, until.step_mm * until.step_mm / care))
            };
            // Where triangles would turn over, one of the ends may do as well.
            let ends = [self.origin(h), self.target(h)].map(|v| self.places[v as usize]);
            let cheap = |place: &[f64; 3]| {
                let cost = sum.at(*place);
                bucket(cost as f32) <= at && cost * care <= until.mean_square_mm2 * sum.area_mm2
            };
            let mut places = [place].into_iter().chain(ends.into_iter().filter(cheap));
            let found = self.stays_manifold(h).then(|| places.find(|&p| fits(self, p))).flatten();
            if let Some(place) = found {
                self.apply(h, place, sum, &mut queue);
                done(at);
            } else if at + WAIT < BUCKET_COUNT {
                queue.push(h, at + WAIT);
            }
        }
    }

    /// Whether the surface stays manifold without an edge.
    fn stays_manifold(&mut self, h: u32) -> bool {
        let (u, v) = (self.origin(h), self.target(h));
        self.stamp += 1;
        let stamp = self.stamp;
        let mut degree = 0;
        let mut g = self.outgoing[u as usize];
        let first = g;
        loop {
            let w = self.target(g);
            self.stamps[w as usize] = stamp;
            degree += 1;
            g = self.opposites[previous(g) as usize];
            if g == first {
                break;
            }
        }
        let mut common = 0;
        for g in self.ring(v) {
            common += usize::from(self.stamps[self.target(g) as usize] == stamp);
            degree += 1;
        }
        common == 2 && degree >= 7
    }

    /// Whether the triangles of `v` without `other` stay sound when `v` moves to `place`.
    fn keeps_shape(&self, v: u32, other: u32, place: [f64; 3]) -> bool {
        let old = self.places[v as usize];
        self.ring(v).all(|h| {
            let (a, b) = (self.target(h), self.origin(previous(h)));
            if a == other || b == other {
                return true;
            }
            let (a, b) = (self.places[a as usize], self.places[b as usize]);
            let side = minus(b, a);
            let (was, is) = (minus(old, a), minus(place, a));
            let (n, m) = (cross(side, was), cross(side, is));
            let (nn, mm, turn) = (dot(n, n), dot(m, m), dot(n, m));
            let longest = |to: [f64; 3], from_b: [f64; 3]| {
                dot(side, side).max(dot(to, to)).max(dot(from_b, from_b))
            };
            let (before, after) = (longest(was, minus(old, b)), longest(is, minus(place, b)));
            let sound = mm > SHAPE_MIN * SHAPE_MIN * after * after;
            let better = mm * before * before > nn * after * after;
            let thin = nn <= 1e-6 * before * before;
            let straight = turn > 0.0 && turn * turn > TURN_COSINE_MIN * TURN_COSINE_MIN * nn * mm;
            (sound || better) && (straight || (thin && sound && turn >= 0.0))
        })
    }

    /// Whether both ends of an edge keep within a distance of the surface that is left when they
    /// move to `place`, and `place` of the surface that was.
    fn stays_near(&self, h: u32, place: [f64; 3], square_max: f64) -> bool {
        let (u, v) = (self.origin(h), self.target(h));
        let near = |p: [f64; 3], moved: Option<[f64; 3]>| {
            [(u, v), (v, u)].into_iter().any(|(center, other)| {
                let apex = moved.unwrap_or(self.places[center as usize]);
                self.ring(center).any(|g| {
                    let (a, b) = (self.target(g), self.origin(previous(g)));
                    if moved.is_some() && (a == other || b == other) {
                        return false;
                    }
                    let [a, b] = [a, b].map(|v| self.places[v as usize]);
                    let corners = [apex, a, b].map(Point::<Lps>::from);
                    let away = nearest_point(Point::from(p), corners) - Point::from(p);
                    away.dot(away) <= square_max
                })
            })
        };
        [u, v].iter().all(|&end| near(self.places[end as usize], Some(place))) && near(place, None)
    }

    fn apply(&mut self, h: u32, place: [f64; 3], sum: Quadric, queue: &mut Queue) {
        let back = self.opposites[h as usize];
        let (u, v) = (self.origin(h), self.target(h));
        let mut g = back;
        loop {
            self.origins[g as usize] = u;
            g = self.opposites[previous(g) as usize];
            if g == back {
                break;
            }
        }
        self.places[u as usize] = place;
        self.sources[u as usize] = NONE;
        self.quadrics[u as usize] = sum;
        self.care[u as usize] = self.care[u as usize].max(self.care[v as usize]);
        self.outgoing[v as usize] = NONE;
        let mut merged = [(NONE, NONE); 2];
        for (side, merged) in [h, back].into_iter().zip(&mut merged) {
            let (a, b) = (next(side), previous(side));
            let (to_a, to_b) = (self.opposites[a as usize], self.opposites[b as usize]);
            self.opposites[to_a as usize] = to_b;
            self.opposites[to_b as usize] = to_a;
            let apex = self.origins[b as usize];
            self.outgoing[apex as usize] = to_a;
            *merged = (to_a, to_b);
        }
        // `to_b` of the first side starts at `u`.
        self.outgoing[u as usize] = self.opposites[previous(h) as usize];
        for side in [h, back] {
            for dead in [side, next(side), previous(side)] {
                self.origins[dead as usize] = NONE;
            }
        }
        self.triangle_count -= 2;
        // Two edges became one: it waits in the queue under one of its half-edges.
        for (to_a, to_b) in merged {
            if !queue.holds(to_a) && !queue.holds(to_b) && self.is_free(to_a) {
                queue.push(to_a, bucket(self.plan(to_a).0));
            }
        }
    }
}
