//! A mesh to the band about its surface, or about the surface at a distance from it.

use ossein_geom::{Aabb, Cancelled, Frame, Job, Mm, Point};
use rayon::prelude::*;

use super::{BRICK, BRICK_SAMPLES, Band, Brick};
use crate::Field;
use crate::mesh_distance::{BLOCK, EDGE, MeshField, Place, Rows, Samples, Scratch};

/// Bricks along the edge of a unit: triangles are gathered once for all of its bricks.
const UNIT: usize = EDGE / BRICK;
/// Units between two reports.
const UNITS_PER_STEP: usize = 512;
/// Most places for bricks in the box around the solid.
const PLACE_COUNT_MAX: usize = 1 << 29;
/// Most rows of samples.
const ROW_COUNT_MAX: usize = 1 << 27;
/// Most bricks that are kept: 4 GiB of samples.
const BRICK_COUNT_MAX: usize = 1 << 21;

/// How a band is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandOptions {
    /// Distance between samples.
    pub step: Mm,
    /// Distances up to this are kept; at least two steps.
    pub half_width: Mm,
}

/// A band that could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BandError {
    /// The step is no positive length.
    #[error("a step of {step}")]
    Step {
        /// The step.
        step: Mm,
    },
    /// The band would be thinner than two steps, or endless.
    #[error("a half width of {half_width} at a step of {step}: it must be at least two steps")]
    HalfWidth {
        /// The half width.
        half_width: Mm,
        /// The step.
        step: Mm,
    },
    /// The offset is no length.
    #[error("an offset by {distance}")]
    Distance {
        /// The offset.
        distance: Mm,
    },
    /// Too many samples.
    #[error(
        "a step of {step} needs {brick_count} bricks of 512 samples for a box of \
         {x_mm:.1} x {y_mm:.1} x {z_mm:.1} mm, more than can be held: take a larger step"
    )]
    TooFine {
        /// The step.
        step: Mm,
        /// Bricks or places for them.
        brick_count: f64,
        /// The box, mm.
        x_mm: f64,
        /// The box, mm.
        y_mm: f64,
        /// The box, mm.
        z_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The band about the surface of `solid`.
///
/// # Errors
/// [`BandError`] for a step or width that is no length, too many samples, or a stopped job.
pub fn band<F: Frame>(
    solid: &MeshField<F>,
    options: &BandOptions,
    job: &Job,
) -> Result<Band<F>, BandError> {
    offset(solid, Mm(0.0), options, job)
}

/// The band about the surface of `solid`, of which only `within` is asked: what lies beyond that
/// box is not known. Within it every sample is that of [`band`].
///
/// # Errors
/// As [`band`].
pub fn band_within<F: Frame>(
    solid: &MeshField<F>,
    options: &BandOptions,
    within: &Aabb<F>,
    job: &Job,
) -> Result<Band<F>, BandError> {
    let mut plan = Plan::new(solid, Mm(0.0), options)?;
    plan.within = Some(plan.units_of(within));
    made(&plan, job)
}

/// The band about the surface at `distance` from that of `solid`: outside where it is positive.
///
/// The samples hold the distance to the mesh less `distance`, so that corners become round: outside
/// this is the Minkowski sum with a ball, and no step of a level set is taken.
///
/// # Errors
/// [`BandError`] for a step, width or offset that is no length, too many samples, or a stopped job.
pub fn offset<F: Frame>(
    solid: &MeshField<F>,
    distance: Mm,
    options: &BandOptions,
    job: &Job,
) -> Result<Band<F>, BandError> {
    made(&Plan::new(solid, distance, options)?, job)
}

fn made<F: Frame>(plan: &Plan<F>, job: &Job) -> Result<Band<F>, BandError> {
    let units = plan.units()?;
    let rows = plan.solid.rows(&plan.samples());
    let tangents = plan.solid.tangents();
    let mut made = Made::default();
    for (n, some) in units.chunks(UNITS_PER_STEP).enumerate() {
        job.step(n * UNITS_PER_STEP, units.len())?;
        let parts: Vec<Made> = some
            .par_iter()
            .map_init(Room::default, |room, &unit| plan.unit(unit, &rows, &tangents, room))
            .collect();
        for part in parts {
            made.places.extend_from_slice(&part.places);
            made.values.extend_from_slice(&part.values);
        }
        if made.places.len() > BRICK_COUNT_MAX {
            return Err(plan.too_fine(made.places.len() as f64));
        }
    }
    job.step(units.len(), units.len())?;
    Ok(plan.assemble(made))
}

/// Bricks that are kept.
#[derive(Default)]
struct Made {
    places: Vec<[u32; 3]>,
    /// `[brick][k][j][i]`.
    values: Vec<f32>,
}

/// Memory of one thread.
struct Room {
    distances: Box<[f32; BLOCK]>,
    whole: Vec<i32>,
    wanted: [u32; EDGE * EDGE],
    scratch: Scratch,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            distances: Box::new([0.0; BLOCK]),
            whole: vec![0; BLOCK],
            wanted: [0; EDGE * EDGE],
            scratch: Scratch::default(),
        }
    }
}

struct Plan<'a, F: Frame> {
    solid: &'a MeshField<F>,
    level_mm: f64,
    step_mm: f64,
    half_width_mm: f64,
    origin: Point<F>,
    /// Unit counts.
    size: [usize; 3],
    /// First and last of the units that are asked for; all where none is said.
    within: Option<[[usize; 3]; 2]>,
}

impl<'a, F: Frame> Plan<'a, F> {
    fn new(
        solid: &'a MeshField<F>,
        distance: Mm,
        options: &BandOptions,
    ) -> Result<Self, BandError> {
        let (step, half_width) = (options.step, options.half_width);
        if !(step.0 > 0.0 && step.0.is_finite()) {
            return Err(BandError::Step { step });
        }
        if !(half_width.0 >= 2.0 * step.0 && half_width.0.is_finite()) {
            return Err(BandError::HalfWidth { half_width, step });
        }
        if !distance.0.is_finite() {
            return Err(BandError::Distance { distance });
        }
        let room = solid.bounds().grow(distance.0.max(0.0) + half_width.0 + step.0);
        let box_mm = room.size();
        let count = [0, 1, 2].map(|a| (box_mm[a] / step.0 / EDGE as f64).ceil() + 1.0);
        let brick_count = count.iter().product::<f64>() * (UNIT * UNIT * UNIT) as f64;
        let row_count = count[1] * count[2] * (EDGE * EDGE) as f64;
        if brick_count > PLACE_COUNT_MAX as f64 || row_count > ROW_COUNT_MAX as f64 {
            let [x_mm, y_mm, z_mm] = box_mm.array();
            return Err(BandError::TooFine { step, brick_count, x_mm, y_mm, z_mm });
        }
        // Samples lie at whole multiples of the step, wherever the solid lies.
        let origin = room.min.array().map(|v| (v / step.0).floor() * step.0);
        Ok(Self {
            solid,
            level_mm: distance.0,
            step_mm: step.0,
            half_width_mm: half_width.0,
            origin: Point::from(origin),
            size: count.map(|n| n as usize),
            within: None,
        })
    }

    /// First and last unit of a box.
    fn units_of(&self, bounds: &Aabb<F>) -> [[usize; 3]; 2] {
        let edge = self.step_mm * EDGE as f64;
        let unit = |p: Point<F>, a: usize| {
            let at = ((p[a] - self.origin[a]) / edge).floor().max(0.0);
            (at as usize).min(self.size[a] - 1)
        };
        // A sample beyond, for what is asked between samples.
        let bounds = bounds.grow(self.step_mm);
        [[0, 1, 2].map(|a| unit(bounds.min, a)), [0, 1, 2].map(|a| unit(bounds.max, a))]
    }

    fn place_of(&self, unit: usize) -> [usize; 3] {
        let [ni, nj, _] = self.size;
        [unit % ni, unit / ni % nj, unit / (ni * nj)]
    }

    /// Whether rows begin with a unit: all before it is left out.
    fn begins(&self, unit: [usize; 3]) -> bool {
        self.within.is_some_and(|[first, _]| unit[0] == first[0])
    }

    /// Leaves the units that are asked for; those that rows begin with tell on which side they do.
    fn leave_within(&self, marked: &mut [bool], [first, last]: [[usize; 3]; 2]) {
        for (n, mark) in marked.iter_mut().enumerate() {
            let unit = self.place_of(n);
            let asked = (0..3).all(|a| (first[a]..=last[a]).contains(&unit[a]));
            *mark = asked && (*mark || self.begins(unit));
        }
    }

    /// Every sample of the box.
    fn samples(&self) -> Samples {
        let size = self.size.map(|n| n * EDGE);
        Samples { origin: self.origin.array(), step: [self.step_mm; 3], size }
    }

    /// Distances from the mesh up to this matter, mm.
    fn reach_mm(&self) -> f64 {
        self.level_mm.abs() + self.half_width_mm
    }

    /// Units that may hold a part of the band, in order.
    fn units(&self) -> Result<Vec<u32>, BandError> {
        let count = self.size.iter().product::<usize>();
        let mut marked = vec![false; count];
        let reach = self.reach_mm();
        for (low, high) in self.solid.leaf_bounds() {
            self.mark(&mut marked, low.map(|v| v - reach), high.map(|v| v + reach));
        }
        if !self.solid.is_closed() {
            self.mark_caps(&mut marked);
        }
        if let Some(within) = self.within {
            self.leave_within(&mut marked, within);
        }
        let units: Vec<u32> = (0..count as u32).filter(|&n| marked[n as usize]).collect();
        if units.len() * UNIT * UNIT * UNIT > 8 * BRICK_COUNT_MAX {
            return Err(self.too_fine((units.len() * UNIT * UNIT * UNIT) as f64));
        }
        Ok(units)
    }

    fn too_fine(&self, brick_count: f64) -> BandError {
        let [x_mm, y_mm, z_mm] = self.solid.bounds().size().array();
        BandError::TooFine { step: Mm(self.step_mm), brick_count, x_mm, y_mm, z_mm }
    }

    fn mark(&self, marked: &mut [bool], low: [f64; 3], high: [f64; 3]) {
        let edge = self.step_mm * EDGE as f64;
        // A unit ends one step before the next begins.
        let first = [0, 1, 2].map(|a| {
            (((low[a] - self.origin[a] + self.step_mm) / edge).floor().max(0.0) as usize)
                .min(self.size[a] - 1)
        });
        let last = [0, 1, 2].map(|a| {
            (((high[a] - self.origin[a]) / edge).floor().max(0.0) as usize).min(self.size[a] - 1)
        });
        for k in first[2]..=last[2] {
            for j in first[1]..=last[1] {
                let row = (k * self.size[1] + j) * self.size[0];
                marked[row + first[0]..=row + last[0]].fill(true);
            }
        }
    }

    /// Marks units where the solid ends in a hole, far from any triangle.
    fn mark_caps(&self, marked: &mut [bool]) {
        let edge = self.step_mm * EDGE as f64;
        let size = self.size.map(|n| n + 1);
        let samples = Samples { origin: self.origin.array(), step: [edge; 3], size };
        let rows = self.solid.rows(&samples);
        let mut whole = vec![0; size.iter().product()];
        for (row, winding) in whole.chunks_exact_mut(size[0]).enumerate() {
            rows.fill([row % size[1], row / size[1]], 0, winding);
        }
        // Twice as far as caps are looked for: the way to them is not known exactly.
        let reach = 2.0 * (self.reach_mm() + edge);
        let mut signed = vec![2.0 * reach as f32; whole.len()];
        self.solid.sign(&samples, &whole, reach, &mut signed);
        for n in 0..signed.len() {
            let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
            let stride = [1, size[0], size[0] * size[1]];
            let turns = (0..3)
                .any(|a| at[a] + 1 < size[a] && (signed[n] < 0.0) != (signed[n + stride[a]] < 0.0));
            if turns || f64::from(signed[n].abs()) < reach {
                let p = [0, 1, 2].map(|a| self.origin[a] + edge * at[a] as f64);
                let around = 0.5 * reach;
                self.mark(marked, p.map(|v| v - around), p.map(|v| v + around));
            }
        }
    }

    /// The bricks of one unit that hold a part of the band.
    fn unit(&self, unit: u32, rows: &Rows, tangents: &[f32], room: &mut Room) -> Made {
        let unit = self.place_of(unit as usize);
        let first = unit.map(|u| u * EDGE);
        let origin = [0, 1, 2].map(|a| self.origin[a] + self.step_mm * first[a] as f64);
        for (row, winding) in room.whole.chunks_exact_mut(EDGE).enumerate() {
            let at = [first[1] + row % EDGE, first[2] + row / EDGE];
            rows.fill(at, first[0], winding);
            room.wanted[row] = self.wanted(winding);
        }
        if room.wanted.iter().all(|&row| row == 0) {
            return Made::default();
        }
        let (step_mm, reach_mm) = (self.step_mm, self.reach_mm());
        let place = Place { origin, step_mm, reach_mm, rows: &room.wanted };
        self.solid.near(tangents, &place, &mut room.scratch, &mut room.distances);
        let samples = Samples { origin, step: [step_mm; 3], size: [EDGE; 3] };
        self.solid.sign(&samples, &room.whole, reach_mm, &mut room.distances[..]);
        let (level, limit) = (self.level_mm as f32, self.half_width_mm as f32);
        for value in room.distances.iter_mut() {
            let above = *value - level;
            let above = if above < limit { above } else { limit };
            *value = if above > -limit { above } else { -limit };
        }
        let mut made = Made::default();
        for n in 0..UNIT * UNIT * UNIT {
            let inner = [n % UNIT, n / UNIT % UNIT, n / (UNIT * UNIT)];
            let begins = inner[0] == 0 && self.begins(unit);
            if append_brick(&room.distances[..], inner, (limit, begins), &mut made.values) {
                made.places.push([0, 1, 2].map(|a| (unit[a] * UNIT + inner[a]) as u32));
            }
        }
        made
    }

    /// A bit for each sample of a row that can be in the band: where the mesh is closed and the
    /// band lies on one side of it, those on that side.
    fn wanted(&self, winding: &[i32]) -> u32 {
        let beside = self.level_mm.abs() >= self.half_width_mm && self.solid.is_closed();
        let on_side = |w: i32| !beside || (w != 0) == (self.level_mm < 0.0);
        winding.iter().enumerate().fold(0, |row, (i, &w)| row | u32::from(on_side(w)) << i)
    }

    fn assemble(&self, made: Made) -> Band<F> {
        let size = self.size.map(|n| n * UNIT);
        let Made { places, values } = made;
        let mut order: Vec<u32> = (0..places.len() as u32).collect();
        order.sort_unstable_by_key(|&n| {
            let [i, j, k] = places[n as usize];
            (k, j, i)
        });
        let mut row_start = vec![0u32; size[1] * size[2] + 1];
        let mut bricks = Vec::with_capacity(places.len());
        for n in order {
            let [i, j, k] = places[n as usize];
            row_start[k as usize * size[1] + j as usize + 1] += 1;
            let samples = &values[n as usize * BRICK_SAMPLES..][..BRICK_SAMPLES];
            let min = samples.iter().copied().fold(f32::INFINITY, f32::min);
            let max = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let middle = BRICK / 2;
            let last = samples[(middle * BRICK + middle) * BRICK + BRICK - 1];
            bricks.push(Brick { i, values: n, inside_after: last < 0.0, min, max });
        }
        for row in 1..row_start.len() {
            row_start[row] += row_start[row - 1];
        }
        let bounds: Aabb<F> = self.solid.bounds().grow(self.level_mm.max(0.0) + self.step_mm);
        Band {
            origin: self.origin,
            step_mm: self.step_mm,
            half_width_mm: self.half_width_mm,
            bounds,
            size,
            row_start,
            bricks,
            values,
        }
    }
}

/// Appends one brick out of the samples of a unit, if one of them lies within `limit`; one that its
/// row begins with, too, if it lies inside.
fn append_brick(
    unit: &[f32],
    inner: [usize; 3],
    (limit, begins): (f32, bool),
    values: &mut Vec<f32>,
) -> bool {
    let from = |row: usize| {
        let (j, k) = (row % BRICK + inner[1] * BRICK, row / BRICK + inner[2] * BRICK);
        &unit[(k * EDGE + j) * EDGE + inner[0] * BRICK..][..BRICK]
    };
    let near = (0..BRICK * BRICK).any(|row| from(row).iter().any(|v| v.abs() < limit));
    let kept = near || (begins && from(0)[0] < 0.0);
    if kept {
        (0..BRICK * BRICK).for_each(|row| values.extend_from_slice(from(row)));
    }
    kept
}
