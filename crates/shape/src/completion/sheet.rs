//! Both tables of the vault over a chart: how far the inner and the outer surface of the bone lie
//! from the skull's middle.

use ossein_geom::{Frame, Point, Rigid, Vector};
use rayon::prelude::*;

use super::chart::Chart;
use crate::plane::Plane;
use crate::surface::{Crossing, MeshSurface};

/// Bone thicker than this along a ray is no vault, mm.
const THICKNESS_MM_MAX: f64 = 25.0;
/// Bone thinner than this is noise, mm.
const THICKNESS_MM_MIN: f64 = 0.5;
/// A table meets the ray at this cosine or more: the wall of a cut does not.
const UPRIGHT: f64 = 0.5;

/// Beside a hole, what rays meet at a lower cosine is the wall of a cut.
const SLANTED: f64 = 0.85;
/// Half the width of a neck that parts two openings, mm.
const NECK_MM: f64 = 4.0;
/// How far from a hole its wall may reach, mm.
const WALL_MM: f64 = 10.0;
/// Neighbouring cells whose tables both lie farther apart than this, in cells, are no one bone.
const JUMP: f64 = 3.0;

/// The bone that one ray passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tables<F: Frame> {
    /// Distance of the inner table from the middle, mm.
    pub inner_mm: f64,
    /// Distance of the outer table, mm.
    pub outer_mm: f64,
    /// Normal of the inner table, away from the bone.
    pub inner_normal: Vector<F>,
    /// Normal of the outer table.
    pub outer_normal: Vector<F>,
}

/// From where rays are sent, and through which mirror and motion they are seen.
#[derive(Clone, Copy)]
pub struct Sight<'a, F: Frame> {
    /// The bone.
    pub surface: &'a MeshSurface<'a, F>,
    /// The plane in which the bone is mirrored, and what moves its image after that.
    pub mirror: Option<(Plane<F>, Rigid<F, F>)>,
    /// How far rays go, mm.
    pub reach_mm: f64,
}

impl<F: Frame> Sight<'_, F> {
    /// The tables that the ray from `origin` along `direction` passes first; normals are those of
    /// the bone as it is seen.
    pub fn tables(&self, origin: Point<F>, direction: Vector<F>) -> Option<Tables<F>> {
        let Some((plane, motion)) = self.mirror else {
            return tables(&self.surface.crossings(origin, direction, self.reach_mm), direction);
        };
        let back = motion.inverse();
        let from = plane.mirror(back.apply(origin));
        let along = plane.mirror_direction(back.turn(direction));
        let found = tables(&self.surface.crossings(from, along, self.reach_mm), along)?;
        let seen = |normal| motion.turn(plane.mirror_direction(normal));
        Some(Tables {
            inner_normal: seen(found.inner_normal),
            outer_normal: seen(found.outer_normal),
            ..found
        })
    }
}

/// The first way into bone, and the last way out of it within the thickness of a vault; what lies
/// between (marrow, an air cell) belongs to it.
fn tables<F: Frame>(met: &[Crossing<F>], direction: Vector<F>) -> Option<Tables<F>> {
    let inner = met.first()?;
    let within = |c: &&Crossing<F>| c.distance_mm - inner.distance_mm <= THICKNESS_MM_MAX;
    let outer = met.iter().take_while(within).last()?;
    let upright = -inner.normal.dot(direction) >= UPRIGHT && outer.normal.dot(direction) >= UPRIGHT;
    let thick = outer.distance_mm - inner.distance_mm >= THICKNESS_MM_MIN;
    (upright && thick).then_some(Tables {
        inner_mm: inner.distance_mm,
        outer_mm: outer.distance_mm,
        inner_normal: inner.normal,
        outer_normal: outer.normal,
    })
}

/// A square of the chart, and the tables at its cells where there are any.
#[derive(Clone, Debug)]
pub struct Sheet<F: Frame> {
    /// The map.
    pub chart: Chart<F>,
    /// Side of a cell on the map, mm.
    pub step_mm: f64,
    /// Cells to each side of the middle one.
    pub half: usize,
    /// `[j][i]`, `u` fastest.
    pub cells: Vec<Option<Tables<F>>>,
}

impl<F: Frame> Sheet<F> {
    /// Sends a ray through every cell.
    pub fn seen(sight: &Sight<'_, F>, chart: Chart<F>, step_mm: f64, half: usize) -> Self {
        let mut sheet = Self { chart, step_mm, half, cells: Vec::new() };
        let count = sheet.side() * sheet.side();
        let cell = |n: usize| sight.tables(chart.middle, chart.direction(sheet.place(n)));
        sheet.cells = (0..count).into_par_iter().with_min_len(64).map(cell).collect();
        sheet.keep_largest_part();
        sheet
    }

    /// Takes away what hangs together with less of the bone than the largest part does: through a
    /// hole, rays meet what lies behind.
    fn keep_largest_part(&mut self) {
        let jump_mm = JUMP * self.step_mm;
        let joined = |a: usize, b: usize| match (&self.cells[a], &self.cells[b]) {
            (Some(a), Some(b)) => {
                (a.inner_mm - b.inner_mm).abs() <= jump_mm
                    || (a.outer_mm - b.outer_mm).abs() <= jump_mm
            }
            _ => false,
        };
        let (part, counts) = parts(self.side(), |n| self.cells[n].is_some(), joined);
        let largest = (0..counts.len()).rev().max_by_key(|&n| counts[n]);
        for (cell, part) in self.cells.iter_mut().zip(part) {
            if part != largest {
                *cell = None;
            }
        }
    }

    /// Cells along one side.
    pub fn side(&self) -> usize {
        2 * self.half + 1
    }

    /// The place of a cell's middle on the map.
    pub fn place(&self, n: usize) -> [f64; 2] {
        let along = |n: usize| (n as f64 - self.half as f64) * self.step_mm;
        [along(n % self.side()), along(n / self.side())]
    }

    /// The cell at a place of the map.
    pub fn cell(&self, at: [f64; 2]) -> Option<usize> {
        let [i, j] = at.map(|v| (v / self.step_mm + self.half as f64 + 0.5).floor());
        let side = self.side() as f64;
        let inside = i >= 0.0 && j >= 0.0 && i < side && j < side;
        inside.then(|| j as usize * self.side() + i as usize)
    }

    /// The cells around the middle one that hold no bone, joined side by side: the defect; empty
    /// where there is bone in the middle.
    pub fn hole(&self) -> Vec<bool> {
        let own = |belongs: &dyn Fn(usize) -> bool| {
            let (part, _) = parts(self.side(), belongs, |_, _| true);
            let middle = part[self.half * self.side() + self.half];
            part.iter().map(|p| p.is_some() && *p == middle).collect::<Vec<bool>>()
        };
        let whole = own(&|n| self.cells[n].is_none());
        // Through necks too narrow for a hole it hangs together with other openings.
        let from_bone = self.distances_mm(&whole.iter().map(|w| !w).collect::<Vec<bool>>());
        let core = own(&|n| from_bone[n] > NECK_MM);
        let from_core = self.distances_mm(&core);
        let wide = core.contains(&true);
        let bare: Vec<bool> = (0..whole.len())
            .map(|n| whole[n] && (!wide || from_core[n] <= 1.5 * NECK_MM))
            .collect();
        let from_bare = self.distances_mm(&bare);
        // Where a ray passes the wall of a cut, it meets it at a slant.
        let wall = |n: usize| {
            let slanted = |tables| self.slanted(n, tables);
            from_bare[n] <= WALL_MM && self.cells[n].as_ref().is_some_and(slanted)
        };
        own(&|n| bare[n] || wall(n))
    }

    fn slanted(&self, n: usize, tables: &Tables<F>) -> bool {
        let ray = self.chart.direction(self.place(n));
        tables.outer_normal.dot(ray) < SLANTED || -tables.inner_normal.dot(ray) < SLANTED
    }

    /// Distance of every cell from the nearest one of a set on the map, mm; infinite without any.
    pub fn distances_mm(&self, set: &[bool]) -> Vec<f64> {
        let inside: Vec<bool> = set.iter().map(|&s| !s).collect();
        distances(&inside, self.side()).into_iter().map(|d| d * self.step_mm).collect()
    }
}

/// The parts into which the cells that `counts` lets through fall, where neighbours are `joined`:
/// the part of each cell, and the size of each part.
fn parts(
    side: usize,
    counts: impl Fn(usize) -> bool,
    joined: impl Fn(usize, usize) -> bool,
) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut part = vec![None; side * side];
    let mut sizes = Vec::new();
    let mut open = Vec::new();
    for first in 0..part.len() {
        if part[first].is_some() || !counts(first) {
            continue;
        }
        let number = sizes.len();
        sizes.push(0);
        part[first] = Some(number);
        open.push(first);
        while let Some(n) = open.pop() {
            sizes[number] += 1;
            let (i, j) = (n % side, n / side);
            let near = [(i > 0, n.wrapping_sub(1)), (j > 0, n.wrapping_sub(side))];
            let far = [(i + 1 < side, n + 1), (j + 1 < side, n + side)];
            for (_, m) in near.into_iter().chain(far).filter(|(there, _)| *there) {
                if part[m].is_none() && counts(m) && joined(n, m) {
                    part[m] = Some(number);
                    open.push(m);
                }
            }
        }
    }
    (part, sizes)
}

/// Exact distance of every cell from the nearest one that is not `inside`, in cells: columns first,
/// then along the rows over all columns.
fn distances(inside: &[bool], side: usize) -> Vec<f64> {
    let mut down = vec![f64::INFINITY; inside.len()];
    for i in 0..side {
        let mut sweep = |rows: &mut dyn Iterator<Item = usize>| {
            let mut gone = f64::INFINITY;
            for j in rows {
                let n = j * side + i;
                gone = if inside[n] { gone + 1.0 } else { 0.0 };
                down[n] = down[n].min(gone);
            }
        };
        sweep(&mut (0..side));
        sweep(&mut (0..side).rev());
    }
    let nearest = |n: usize| {
        let row = &down[n / side * side..][..side];
        let here = (n % side) as f64;
        let square = |(i, d): (usize, &f64)| d * d + (i as f64 - here) * (i as f64 - here);
        row.iter().enumerate().map(square).fold(f64::INFINITY, f64::min).sqrt()
    };
    (0..inside.len()).into_par_iter().with_min_len(256).map(nearest).collect()
}
