//! Which triangle every sample of a picture sees.
//!
//! A sample keeps the smallest key of depth and triangle number that reaches it. The smallest of
//! many is the same in any order, so threads need no order either. Edges run on a fixed lattice
//! of 1/256 sample, where neighbours share a sample exactly once.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use ossein_geom::{Cancelled, Frame, Job, Point, Vector};
use rayon::prelude::*;

use crate::scene::{Camera, Item, Projection, Scene};

/// Samples along each side of a pixel.
pub(crate) const SAMPLES: usize = 2;
/// Transparent meshes with a layer of their own; further ones share the last.
const LAYER_COUNT_MAX: usize = 8;
/// What a sample keeps that nothing reached.
pub(crate) const NOTHING: u64 = u64::MAX;
/// Triangles between two looks at the job.
const BATCH: usize = 1 << 20;
const STEPS_PER_SAMPLE: f64 = 256.0;

/// From points to samples and back.
pub(crate) struct Lens<F: Frame> {
    axes: [Vector<F>; 3],
    eye: Point<F>,
    perspective: bool,
    /// Samples per mm (orthographic) or samples per unit of slope.
    pub scale: f64,
    pub middle: [f64; 2],
}

impl<F: Frame> Lens<F> {
    /// `shift` moves the picture to the right, as a share of its width.
    pub fn new(camera: &Camera<F>, size: [usize; 2], shift: f64) -> Self {
        let axes = camera.axes();
        let samples = size.map(|n| (n * SAMPLES) as f64);
        let distance_mm = camera.distance_mm();
        let perspective = camera.projection != Projection::Orthographic;
        let per_mm = samples[1] / camera.height_mm;
        Self {
            axes,
            eye: camera.target - axes[2] * distance_mm,
            perspective,
            scale: if perspective { per_mm * distance_mm } else { per_mm },
            middle: [(0.5 + shift) * samples[0], 0.5 * samples[1]],
        }
    }

    /// Right, down and forward from the eye, in mm.
    pub fn seen(&self, p: Point<F>) -> [f64; 3] {
        let v = p - self.eye;
        self.axes.map(|axis| axis.dot(v))
    }

    pub fn turn(&self, v: Vector<F>) -> [f32; 3] {
        self.axes.map(|axis| axis.dot(v) as f32)
    }

    /// Place in samples, and a depth that grows away from the eye and is linear in the picture.
    pub fn project(&self, p: Point<F>) -> [f64; 3] {
        let [x, y, z] = self.seen(p);
        if self.perspective {
            let near = if z > 1e-3 { 1.0 / z } else { f64::NAN };
            [self.middle[0] + x * near * self.scale, self.middle[1] + y * near * self.scale, -near]
        } else {
            [self.middle[0] + x * self.scale, self.middle[1] + y * self.scale, z]
        }
    }

    /// The point, seen from the eye, at a place in samples and a depth.
    pub fn unproject(&self, x: f64, y: f64, depth: f64) -> [f64; 3] {
        let (u, v) = ((x - self.middle[0]) / self.scale, (y - self.middle[1]) / self.scale);
        if self.perspective {
            let z = -1.0 / depth;
            [u * z, v * z, z]
        } else {
            [u, v, depth]
        }
    }

    /// Direction from the eye through a place in samples.
    pub fn ray(&self, x: f64, y: f64) -> [f32; 3] {
        let slope = |v: f64, axis: usize| ((v - self.middle[axis]) / self.scale) as f32;
        if self.perspective { [slope(x, 0), slope(y, 1), 1.0] } else { [0.0, 0.0, 1.0] }
    }

    /// How much larger than at unit distance a sample is at `z_mm` from the eye.
    pub fn weight_back(&self, z_mm: f32) -> f32 {
        if self.perspective { z_mm } else { 1.0 }
    }

    /// Weights that undo the lens when values at corners are mixed.
    pub fn weight(&self, depth: f32) -> f32 {
        if self.perspective { -depth } else { 1.0 }
    }
}

/// A plane as the eye sees it: `normal · p = offset`, kept where it is less.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    pub normal: [f64; 3],
    pub offset: f64,
}

impl Cut {
    fn new<F: Frame>(scene: &Scene<F>, lens: &Lens<F>) -> Option<Self> {
        let plane = scene.section?;
        let unit = plane.normal.unit();
        let normal = [0, 1, 2].map(|a| lens.axes[a].dot(unit));
        let at = lens.seen(plane.point);
        Some(Self { normal, offset: dot(normal, at) })
    }

    fn keeps(&self, p: [f64; 3]) -> bool {
        dot(self.normal, p) <= self.offset
    }

    /// Depth at which the ray through a sample comes from the open side onto the plane.
    fn depth<F: Frame>(&self, lens: &Lens<F>, x: f64, y: f64) -> Option<f64> {
        let [u, v] = [(x - lens.middle[0]) / lens.scale, (y - lens.middle[1]) / lens.scale];
        let (start, step) =
            if lens.perspective { ([0.0; 3], [u, v, 1.0]) } else { ([u, v, 0.0], [0.0, 0.0, 1.0]) };
        let speed = dot(self.normal, step);
        if speed >= -1e-9 {
            return None;
        }
        let z = (self.offset - dot(self.normal, start)) / speed;
        match lens.perspective {
            true if z > 1e-3 => Some(-1.0 / z),
            true => None,
            false => Some(z),
        }
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A vertex in the picture.
#[derive(Clone, Copy)]
pub(crate) struct Corner {
    /// In 1/256 sample.
    pub x: i32,
    pub y: i32,
    /// Not finite where the vertex cannot be seen.
    pub depth: f32,
}

/// What the samples see.
pub(crate) struct Traced {
    pub width: usize,
    /// `[item][vertex]`
    pub corners: Vec<Vec<Corner>>,
    /// Number of the first triangle of every item.
    pub first: Vec<u32>,
    /// Nearest opaque surface of every sample.
    pub nearest: Vec<AtomicU64>,
    /// Nearest surface of transparent items.
    pub layers: Vec<Vec<AtomicU64>>,
    pub cut: Option<Cut>,
}

/// What a key says: the item, and the triangle or, without one, the item's section.
pub(crate) struct Seen {
    pub item: usize,
    pub triangle: Option<usize>,
    pub depth: f32,
}

impl Traced {
    pub fn seen(&self, key: u64) -> Option<Seen> {
        if key == NOTHING {
            return None;
        }
        let number = key as u32;
        let depth = unsort((key >> 32) as u32);
        let caps_from = u32::MAX - self.first.len() as u32;
        if number >= caps_from {
            let item = (u32::MAX - 1 - number) as usize;
            return Some(Seen { item, triangle: None, depth });
        }
        let item = self.first.partition_point(|&first| first <= number) - 1;
        Some(Seen { item, triangle: Some((number - self.first[item]) as usize), depth })
    }
}

/// Bits of a float, in the order of the floats.
fn sort(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn unsort(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

fn buffer(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(NOTHING)).collect()
}

/// Finds what every sample sees.
pub(crate) fn trace<F: Frame>(
    scene: &Scene<F>,
    lens: &Lens<F>,
    job: &Job,
) -> Result<Traced, Cancelled> {
    let [width, height] = scene.size.map(|n| n * SAMPLES);
    let total: usize = scene.items.iter().map(|item| item.mesh.triangles.len()).sum();
    assert!(total < (u32::MAX - 65_536) as usize, "{total} triangles in one picture");
    let layer_count = scene.items.iter().filter(|item| item.alpha < 1.0).count();
    let mut traced = Traced {
        width,
        corners: Vec::new(),
        first: Vec::new(),
        nearest: buffer(width * height),
        layers: (0..layer_count.min(LAYER_COUNT_MAX)).map(|_| buffer(width * height)).collect(),
        cut: Cut::new(scene, lens),
    };
    let counts: Vec<AtomicI32> = match traced.cut {
        Some(_) => (0..width * height).map(|_| AtomicI32::new(0)).collect(),
        None => Vec::new(),
    };
    let (mut done, mut layer) = (0, 0);
    for (index, item) in scene.items.iter().enumerate() {
        let corners = project_all(item, lens);
        let target = if item.alpha < 1.0 {
            layer += 1;
            &traced.layers[layer.min(LAYER_COUNT_MAX) - 1]
        } else {
            &traced.nearest
        };
        let cut = traced.cut.filter(|_| item.cut);
        let canvas = Canvas { lens, width, height, target, counts: &counts, cut };
        for (n, batch) in item.mesh.triangles.chunks(BATCH).enumerate() {
            job.step(done + n * BATCH, total)?;
            let first = (done + n * BATCH) as u32;
            batch.par_chunks(4096).enumerate().for_each(|(m, triangles)| {
                for (i, triangle) in triangles.iter().enumerate() {
                    let number = first + (m * 4096 + i) as u32;
                    if let Some(abc) = visible(&corners, triangle) {
                        canvas.triangle(abc, number);
                    }
                }
            });
        }
        if cut.is_some() {
            canvas.close(u32::MAX - 1 - index as u32);
        }
        traced.first.push(done as u32);
        traced.corners.push(corners);
        done += item.mesh.triangles.len();
    }
    Ok(traced)
}

fn project_all<F: Frame>(item: &Item<F>, lens: &Lens<F>) -> Vec<Corner> {
    let project = |&p: &Point<F>| {
        let [x, y, depth] = lens.project(p);
        let seen = x.abs() < 1e6 && y.abs() < 1e6;
        Corner {
            x: (x * STEPS_PER_SAMPLE).round() as i32,
            y: (y * STEPS_PER_SAMPLE).round() as i32,
            depth: if seen { depth as f32 } else { f32::NAN },
        }
    };
    item.mesh.vertices.par_iter().with_min_len(4096).map(project).collect()
}

/// The corners of a triangle that can be drawn.
pub(crate) fn visible(corners: &[Corner], triangle: &[u32; 3]) -> Option<[Corner; 3]> {
    let corner = |n: usize| corners.get(triangle[n] as usize).copied();
    let abc = [corner(0)?, corner(1)?, corner(2)?];
    abc.iter().all(|c| c.depth.is_finite()).then_some(abc)
}

/// Twice the area to the left of the way from `a` over `b` to `p`, in steps.
#[inline(always)]
pub(crate) fn edge(a: &Corner, b: &Corner, x: i64, y: i64) -> i64 {
    let (ax, ay) = (i64::from(a.x), i64::from(a.y));
    (i64::from(b.x) - ax) * (y - ay) - (i64::from(b.y) - ay) * (x - ax)
}

/// The middle of a sample in steps.
pub(crate) fn middle(sample: usize) -> i64 {
    sample as i64 * 256 + 128
}

struct Canvas<'a, F: Frame> {
    lens: &'a Lens<F>,
    width: usize,
    height: usize,
    target: &'a [AtomicU64],
    counts: &'a [AtomicI32],
    cut: Option<Cut>,
}

impl<F: Frame> Canvas<'_, F> {
    /// First and one past the last sample whose middle lies between two steps.
    #[inline(always)]
    fn samples(low: i32, high: i32, count: usize) -> (usize, usize) {
        let from = (low - 128 + 255) >> 8;
        let to = ((high - 128) >> 8) + 1;
        (from.max(0) as usize, (to.max(0) as usize).min(count))
    }

    #[inline(always)]
    fn triangle(&self, [a, mut b, mut c]: [Corner; 3], number: u32) {
        let (x0, x1) = Self::samples(a.x.min(b.x).min(c.x), a.x.max(b.x).max(c.x), self.width);
        let (y0, y1) = Self::samples(a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y), self.height);
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let mut area = edge(&a, &b, i64::from(c.x), i64::from(c.y));
        if area == 0 {
            return;
        }
        // Counter-clockwise from outside runs clockwise where y points down.
        let front = area < 0;
        if area < 0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        let sides = [(b, c), (c, a), (a, b)];
        // A sample on an edge belongs to one side of it alone.
        let bias = sides.map(|(p, q)| {
            let owned = q.y < p.y || (q.y == p.y && q.x > p.x);
            if owned { 0 } else { -1 }
        });
        let per_area = 1.0 / area as f64;
        let depths = [a, b, c].map(|p| f64::from(p.depth));
        for y in y0..y1 {
            for x in x0..x1 {
                let at = [0, 1, 2].map(|n| edge(&sides[n].0, &sides[n].1, middle(x), middle(y)));
                if (0..3).any(|n| at[n] + bias[n] < 0) {
                    continue;
                }
                let depth = per_area
                    * (at[0] as f64 * depths[0]
                        + at[1] as f64 * depths[1]
                        + at[2] as f64 * depths[2]);
                self.sample(x, y, depth, front, number);
            }
        }
    }

    #[inline(always)]
    fn sample(&self, x: usize, y: usize, depth: f64, front: bool, number: u32) {
        let at = y * self.width + x;
        if let Some(cut) = &self.cut {
            let p = self.lens.unproject(x as f64 + 0.5, y as f64 + 0.5, depth);
            if !cut.keeps(p) {
                return;
            }
            self.counts[at].fetch_add(if front { -1 } else { 1 }, Ordering::Relaxed);
        }
        let key = u64::from(sort(depth as f32)) << 32 | u64::from(number);
        if key < self.target[at].load(Ordering::Relaxed) {
            self.target[at].fetch_min(key, Ordering::Relaxed);
        }
    }

    /// Closes the cut mesh: where a ray leaves it more often than it enters, it started inside.
    fn close(&self, number: u32) {
        let Some(cut) = self.cut else { return };
        (0..self.height).into_par_iter().for_each(|y| {
            for x in 0..self.width {
                let at = y * self.width + x;
                if self.counts[at].swap(0, Ordering::Relaxed) <= 0 {
                    continue;
                }
                if let Some(depth) = cut.depth(self.lens, x as f64 + 0.5, y as f64 + 0.5) {
                    let key = u64::from(sort(depth as f32)) << 32 | u64::from(number);
                    self.target[at].fetch_min(key, Ordering::Relaxed);
                }
            }
        });
    }
}
