//! The largest connected piece of a solid, without closed pores: what a lattice loses and traps
//! where walls cut through it.

use ossein_geom::{Aabb, Cancelled, Frame, Job, Point};
use rayon::prelude::*;

use crate::{Block, Field, INSIDE_STEPS, Interval};

/// A solid without the pieces that hang on nothing and without the pores that no way leads out of.
///
/// Pieces and pores are told apart on samples `step_mm` apart, by the rule that surfaces are made
/// by: a sample is inside where its value lies [`INSIDE_STEPS`] below zero, and samples belong
/// together when they are neighbours along an axis. A crumb that hangs on an
/// edge or a corner would have no strength, and a pore behind one could not be emptied.
pub struct MainPart<F: Frame, T> {
    inner: T,
    lattice: Block<F>,
    /// Samples of pieces that are dropped.
    loose: Marks<F>,
    /// Samples of pores that are filled.
    trapped: Marks<F>,
    /// Volume of what is left, in mm³, by counting samples.
    pub volume_mm3: f64,
    /// Number of pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume in mm³.
    pub dropped_mm3: f64,
    /// Number of closed pores that were filled.
    pub filled_count: usize,
    /// Their volume in mm³.
    pub filled_mm3: f64,
    /// Number of pieces that were kept.
    pub piece_count: usize,
}

/// Cells along the edge of a brick of marks.
const BRICK: usize = 8;

/// A bit per sample, and the box around the set ones.
struct Marks<F: Frame> {
    bits: Vec<u64>,
    /// Whether any cell of a brick has a marked corner.
    bricks: Vec<bool>,
    brick_counts: [usize; 3],
    bounds: Aabb<F>,
    count: usize,
}

/// A run of samples of one side along x.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) piece: u32,
}

impl<F: Frame, T: Field<F>> MainPart<F, T> {
    /// Finds the main piece of `inner`.
    ///
    /// # Errors
    /// [`Cancelled`] if the job was stopped.
    pub fn new(inner: T, step_mm: f64, job: &Job) -> Result<Self, Cancelled> {
        Self::of_pieces(inner, step_mm, 1, job)
    }

    /// Finds the `piece_count` largest pieces of `inner`: a part that is made in several.
    ///
    /// # Errors
    /// [`Cancelled`] if the job was stopped.
    pub fn of_pieces(
        inner: T,
        step_mm: f64,
        piece_count: usize,
        job: &Job,
    ) -> Result<Self, Cancelled> {
        let bounds = inner.bounds().grow(2.0 * step_mm);
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / step_mm).ceil() as usize + 1);
        let lattice = Block { origin: bounds.min, step: [step_mm; 3], size };
        let mut solid = solid_runs(&inner, &lattice, job)?;
        let (pieces, dropped_count) = connect(&mut solid, size[1]);
        let main = pieces.largest(piece_count);
        let is_main = |run: &&Run| main.contains(&pieces.root(run.piece));
        let dropped_count = (dropped_count + 1).saturating_sub(main.len().max(1));
        let mut void: Vec<Vec<Run>> = solid
            .iter()
            .map(|runs| runs.iter().filter(is_main).copied().collect::<Vec<_>>())
            .map(|kept| gaps_between(&kept, size[0] as u32))
            .collect();
        let (pores, filled_count) = connect(&mut void, size[1]);
        // The first sample of all lies outside: the samples reach beyond the solid's box.
        let trapped = Marks::new(&lattice, &void, |pore| pores.root(pore) != pores.root(0));
        let mut loose = Marks::new(&lattice, &solid, |piece| !main.contains(&pieces.root(piece)));
        // A crumb inside a pore that is filled is part of the filling.
        let swallowed = loose.remove(&trapped);
        let cell = step_mm * step_mm * step_mm;
        let all = solid.iter().flatten().map(|run| (run.end - run.start) as usize).sum::<usize>();
        let filled = trapped.count - swallowed;
        Ok(Self {
            volume_mm3: (all - loose.count + filled) as f64 * cell,
            dropped_mm3: loose.count as f64 * cell,
            filled_mm3: filled as f64 * cell,
            dropped_count,
            filled_count,
            piece_count: main.len(),
            inner,
            lattice,
            loose,
            trapped,
        })
    }

    /// The solid with all its pieces and pores.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The samples on which pieces were told apart: meshes taken on them have one piece.
    pub fn samples(&self) -> Block<F> {
        self.lattice
    }

    /// `value`, the inner field at `p`, unless `p` belongs to a piece or pore that is gone.
    fn corrected(&self, p: Point<F>, value: f64) -> f64 {
        let to = 0.25 * self.lattice.step[0];
        if self.is_inside(value) {
            if self.belongs(&self.loose, p, value) { to } else { value }
        } else if self.belongs(&self.trapped, p, value) {
            -to
        } else {
            value
        }
    }

    fn is_inside(&self, value: f64) -> bool {
        value < level(&self.lattice)
    }

    /// Whether `p` belongs to marked samples: its nearest sample tells if it lies on the same side
    /// as `p`, and otherwise the samples around it.
    fn belongs(&self, marks: &Marks<F>, p: Point<F>, value: f64) -> bool {
        if marks.count == 0 || marks.bounds.distance(p) > self.lattice.step[0] {
            return false;
        }
        let (o, step) = (self.lattice.origin, self.lattice.step[0]);
        let at = [0, 1, 2].map(|a| (p[a] - o[a]) / step);
        if (0..3).any(|a| at[a] < 0.0 || at[a] > (self.lattice.size[a] - 1) as f64) {
            return false;
        }
        let [i, j, k] = at.map(|v| v as usize);
        if !marks.are_near([i, j, k]) {
            return false;
        }
        let nearest = at.map(|v| (v + 0.5).floor() as usize);
        if self.is_marked(marks, nearest) {
            return true;
        }
        let around = (0..8).map(|n: usize| [i + (n & 1), j + (n >> 1 & 1), k + (n >> 2 & 1)]);
        let inside = |voxel: &[usize; 3]| (0..3).all(|a| voxel[a] < self.lattice.size[a]);
        let corners: Vec<[usize; 3]> = around.filter(inside).collect();
        let marked = corners.iter().any(|&voxel| self.is_marked(marks, voxel));
        marked && {
            let same_side = |voxel: &[usize; 3]| {
                let place = self.lattice.point(voxel[0], voxel[1], voxel[2]);
                self.is_inside(self.inner.distance(place)) == self.is_inside(value)
            };
            !corners.iter().any(|voxel| !self.is_marked(marks, *voxel) && same_side(voxel))
        }
    }

    /// First and last cell of the lattice that a box meets, none where it lies beside.
    fn cells_of(&self, region: Aabb<F>) -> Option<[[usize; 3]; 2]> {
        let Block { origin, step, size } = self.lattice;
        let mut cells = [[0; 3]; 2];
        for a in 0..3 {
            let at = |p: Point<F>| (p[a] - origin[a]) / step[a];
            let (low, high) = (at(region.min), at(region.max));
            let last = (size[a] - 1) as f64;
            if !(high >= 0.0 && low <= last) {
                return None;
            }
            cells[0][a] = low.clamp(0.0, last) as usize;
            cells[1][a] = high.clamp(0.0, last) as usize;
        }
        Some(cells)
    }

    fn is_marked(&self, marks: &Marks<F>, voxel: [usize; 3]) -> bool {
        let [ni, nj, _] = self.lattice.size;
        let bit = (voxel[2] * nj + voxel[1]) * ni + voxel[0];
        marks.bits[bit / 64] >> (bit % 64) & 1 == 1
    }
}

impl<F: Frame> Marks<F> {
    /// Marks the samples of all runs whose piece is `gone`.
    fn new(lattice: &Block<F>, rows: &[Vec<Run>], gone: impl Fn(u32) -> bool) -> Self {
        let [ni, nj, _] = lattice.size;
        let mut bits = vec![0u64; lattice.sample_count().div_ceil(64)];
        let brick_counts = lattice.size.map(|n| n.div_ceil(BRICK));
        let mut bricks = vec![false; brick_counts.iter().product()];
        let (mut bounds, mut count) = (Aabb::empty(), 0);
        for (row, runs) in rows.iter().enumerate() {
            for run in runs.iter().filter(|run| gone(run.piece)) {
                for i in run.start..run.end {
                    let bit = row * ni + i as usize;
                    bits[bit / 64] |= 1 << (bit % 64);
                    bounds = bounds.with(lattice.point(i as usize, row % nj, row / nj));
                }
                count += (run.end - run.start) as usize;
                // A sample is a corner of its own cell and of those before it.
                let (j, k) = (row % nj, row / nj);
                for bi in
                    (run.start as usize).saturating_sub(1) / BRICK..=(run.end as usize - 1) / BRICK
                {
                    for bj in j.saturating_sub(1) / BRICK..=j / BRICK {
                        for bk in k.saturating_sub(1) / BRICK..=k / BRICK {
                            bricks[(bk * brick_counts[1] + bj) * brick_counts[0] + bi] = true;
                        }
                    }
                }
            }
        }
        Self { bits, bricks, brick_counts, bounds, count }
    }

    /// Whether a corner of a cell in the same brick is marked.
    fn are_near(&self, cell: [usize; 3]) -> bool {
        let [i, j, k] = cell.map(|c| c / BRICK);
        self.bricks[(k * self.brick_counts[1] + j) * self.brick_counts[0] + i]
    }

    /// Whether a brick of the cells from the first to the last has a cell with a marked corner.
    fn touch(&self, [first, last]: [[usize; 3]; 2]) -> bool {
        let bricks = |a: usize| first[a] / BRICK..=last[a] / BRICK;
        self.count > 0
            && bricks(2).any(|k| {
                bricks(1).any(|j| {
                    let row = (k * self.brick_counts[1] + j) * self.brick_counts[0];
                    self.bricks[row..][bricks(0)].contains(&true)
                })
            })
    }

    /// Takes away the marks that others hold too; returns how many those were.
    fn remove(&mut self, others: &Self) -> usize {
        let mut removed = 0;
        for (bits, other) in self.bits.iter_mut().zip(&others.bits) {
            removed += (*bits & other).count_ones() as usize;
            *bits &= !other;
        }
        self.count -= removed;
        removed
    }
}

/// Joins runs into pieces; returns them and how many there are beside the first or main one.
pub(crate) fn connect(rows: &mut [Vec<Run>], nj: usize) -> (Pieces, usize) {
    let mut pieces = Pieces::default();
    for row in 0..rows.len() {
        let (done, rest) = rows.split_at_mut(row);
        let here = &mut rest[0];
        for run in here.iter_mut() {
            run.piece = pieces.add((run.end - run.start) as usize);
        }
        let j = row % nj;
        if j > 0 {
            pieces.join_rows(here, &done[row - 1]);
        }
        if row >= nj {
            pieces.join_rows(here, &done[row - nj]);
        }
    }
    let others = pieces.count().saturating_sub(1);
    (pieces, others)
}

/// The void runs between the solid runs of a row of `count` samples.
pub(crate) fn gaps_between(runs: &[Run], count: u32) -> Vec<Run> {
    let ends = runs.iter().map(|run| run.end);
    let starts = runs.iter().map(|run| run.start).chain([count]);
    let gaps = [0].into_iter().chain(ends).zip(starts);
    gaps.filter(|(a, b)| a < b).map(|(start, end)| Run { start, end, piece: 0 }).collect()
}

/// Runs of samples inside the solid, a list per row of samples.
pub(crate) fn solid_runs<F: Frame, T: Field<F> + ?Sized>(
    field: &T,
    lattice: &Block<F>,
    job: &Job,
) -> Result<Vec<Vec<Run>>, Cancelled> {
    const SLAB: usize = 16;
    const TILE: usize = 32;
    let [ni, nj, nk] = lattice.size;
    let mut rows = Vec::with_capacity(nj * nk);
    for k in (0..nk).step_by(SLAB) {
        job.step(k, nk)?;
        let nk_here = SLAB.min(nk - k);
        let bands: Vec<usize> = (0..nj).step_by(TILE).collect();
        let slabs: Vec<(usize, Vec<bool>)> = bands
            .into_par_iter()
            .map(|j| {
                let nj_here = TILE.min(nj - j);
                (nj_here, solid_band(field, lattice, [j, nj_here, k, nk_here]))
            })
            .collect();
        for dk in 0..nk_here {
            for (nj_here, solid) in &slabs {
                for dj in 0..*nj_here {
                    rows.push(runs_of(&solid[(dk * nj_here + dj) * ni..][..ni]));
                }
            }
        }
    }
    Ok(rows)
}

/// Which samples of a band of rows lie inside; tiles that hold no surface cost one look.
fn solid_band<F: Frame, T: Field<F> + ?Sized>(
    field: &T,
    lattice: &Block<F>,
    [j, nj, k, nk]: [usize; 4],
) -> Vec<bool> {
    const TILE: usize = 32;
    let ni = lattice.size[0];
    let mut solid = vec![false; ni * nj * nk];
    let level = level(lattice) as f32;
    let mut values = Vec::new();
    for i in (0..ni).step_by(TILE) {
        let size = [TILE.min(ni - i), nj, nk];
        let tile = Block { origin: lattice.point(i, j, k), step: lattice.step, size };
        let range = field.range(&tile.bounds());
        if range.min > 0.0 {
            continue;
        }
        values.resize(tile.sample_count(), 0.0f32);
        if range.holds_zero() {
            field.sample(&tile, &mut values);
        } else {
            values.fill(-1.0);
        }
        for (row, chunk) in values.chunks_exact(size[0]).enumerate() {
            for (di, &value) in chunk.iter().enumerate() {
                solid[row * ni + i + di] = value < level;
            }
        }
    }
    solid
}

/// Samples below it are inside, in mm.
fn level<F: Frame>(lattice: &Block<F>) -> f64 {
    -INSIDE_STEPS * lattice.step[0]
}

fn runs_of(solid: &[bool]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut start = None;
    for (i, &inside) in solid.iter().chain([&false]).enumerate() {
        match (inside, start) {
            (true, None) => start = Some(i as u32),
            (false, Some(first)) => {
                runs.push(Run { start: first, end: i as u32, piece: 0 });
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// Union-find over runs; the root of a piece is its first run.
#[derive(Default)]
pub(crate) struct Pieces {
    parent: Vec<u32>,
    sample_count: Vec<usize>,
}

impl Pieces {
    fn add(&mut self, sample_count: usize) -> u32 {
        self.parent.push(self.parent.len() as u32);
        self.sample_count.push(sample_count);
        self.parent.len() as u32 - 1
    }

    pub(crate) fn root(&self, mut piece: u32) -> u32 {
        while self.parent[piece as usize] != piece {
            piece = self.parent[piece as usize];
        }
        piece
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (low, high) = (a.min(b), a.max(b));
            self.parent[high as usize] = low;
            self.sample_count[low as usize] += self.sample_count[high as usize];
        }
    }

    /// Joins runs of two rows that overlap.
    fn join_rows(&mut self, here: &[Run], there: &[Run]) {
        let (mut a, mut b) = (0, 0);
        while a < here.len() && b < there.len() {
            let meets = |x: &Run, y: &Run| x.start < y.end;
            if meets(&here[a], &there[b]) && meets(&there[b], &here[a]) {
                self.join(here[a].piece, there[b].piece);
                // Halve the path, so that later look-ups stay short.
                let root = self.root(here[a].piece);
                self.parent[here[a].piece as usize] = root;
            }
            if here[a].end < there[b].end { a += 1 } else { b += 1 }
        }
    }

    fn is_root(&self, piece: usize) -> bool {
        self.parent[piece] as usize == piece
    }

    /// The roots of the `count` largest pieces, the largest first.
    fn largest(&self, count: usize) -> Vec<u32> {
        let mut roots: Vec<usize> = (0..self.parent.len()).filter(|&p| self.is_root(p)).collect();
        roots.sort_by_key(|&p| (std::cmp::Reverse(self.sample_count[p]), p));
        roots.into_iter().take(count).map(|p| p as u32).collect()
    }

    fn count(&self) -> usize {
        (0..self.parent.len()).filter(|&p| self.is_root(p)).count()
    }
}

impl<F: Frame, T: Field<F>> Field<F> for MainPart<F, T> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.corrected(p, self.inner.distance(p))
    }
    fn distances(&self, points: &[Point<F>], distances: &mut [f64]) {
        self.inner.distances(points, distances);
        for (distance, &p) in distances.iter_mut().zip(points) {
            *distance = self.corrected(p, *distance);
        }
    }
    fn bounds(&self) -> Aabb<F> {
        self.inner.bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.inner.sample(block, distances);
        let cells = self.cells_of(block.bounds());
        if !cells.is_some_and(|cells| [&self.loose, &self.trapped].iter().any(|m| m.touch(cells))) {
            return;
        }
        let [ni, nj, _] = block.size;
        for (n, value) in distances.iter_mut().enumerate() {
            let p = block.point(n % ni, n / ni % nj, n / (ni * nj));
            *value = self.corrected(p, f64::from(*value)) as f32;
        }
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let mut range = self.inner.range(region);
        let cells = self.cells_of(*region);
        let near = |marks: &Marks<F>| cells.is_some_and(|cells| marks.touch(cells));
        if range.min < 0.0 && near(&self.loose) {
            range.max = range.max.max(0.25 * self.lattice.step[0]);
        }
        if range.max > 0.0 && near(&self.trapped) {
            range.min = range.min.min(-0.25 * self.lattice.step[0]);
        }
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boolean::{Difference, Union};
    use crate::primitive::{Cuboid, Sphere};
    use ossein_geom::Implant;

    fn ball(x: f64, radius_mm: f64) -> Sphere<Implant> {
        Sphere { center: Point::new(x, 0.0, 0.0), radius_mm }
    }

    #[test]
    fn a_crumb_in_a_closed_pore_becomes_part_of_the_filling() {
        let hollow = Difference { from: Box::new(ball(0.0, 3.0)), cut: Box::new(ball(0.0, 2.0)) };
        let solid = Union::<Implant>::new(vec![Box::new(hollow), Box::new(ball(0.0, 1.0))]);
        let part = MainPart::new(solid, 0.1, &Job::quiet()).unwrap();
        assert_eq!((part.dropped_count, part.filled_count, part.dropped_mm3), (1, 1, 0.0));
        assert!((part.volume_mm3 / 113.097 - 1.0).abs() < 0.01, "{}", part.volume_mm3);
        for x in [0.0, 0.9, 1.05, 1.5, 2.1] {
            assert!(part.distance(Point::new(x, 0.013, 0.027)) < 0.0, "{x}");
        }
    }

    /// A sheet thinner than the least depth that counts holds nothing.
    #[test]
    fn a_sheet_without_depth_joins_nothing() {
        let bridge = |depth_mm: f64| {
            let [low, high] = [[0.0, -1.0, -depth_mm], [8.0, 1.0, depth_mm]].map(Point::from);
            let sheet = Box::new(Cuboid { bounds: Aabb::new(low, high), round_mm: 0.0 });
            Union::<Implant>::new(vec![Box::new(ball(0.0, 3.0)), Box::new(ball(8.0, 3.0)), sheet])
        };
        let dropped = |depth_mm: f64| {
            MainPart::new(bridge(depth_mm), 0.125, &Job::quiet()).unwrap().dropped_count
        };
        let least = INSIDE_STEPS * 0.125;
        assert_eq!((dropped(0.5 * least), dropped(2.0 * least)), (1, 0));
    }

    #[test]
    fn a_part_of_two_pieces_keeps_both() {
        let pair = || vec![Box::new(ball(0.0, 3.0)) as _, Box::new(ball(8.0, 2.0)) as _];
        let crumb = |mut parts: Vec<crate::boolean::Solid<Implant>>| {
            parts.push(Box::new(ball(14.0, 1.0)));
            Union::<Implant>::new(parts)
        };
        let one = MainPart::new(crumb(pair()), 0.1, &Job::quiet()).unwrap();
        let two = MainPart::of_pieces(crumb(pair()), 0.1, 2, &Job::quiet()).unwrap();
        assert_eq!((one.piece_count, one.dropped_count), (1, 2));
        assert_eq!((two.piece_count, two.dropped_count), (2, 1));
        assert!((two.volume_mm3 / (113.097 + 33.510) - 1.0).abs() < 0.01, "{}", two.volume_mm3);
        assert!(two.distance(Point::new(8.0, 0.0, 0.0)) < 0.0);
        assert!(two.distance(Point::new(14.0, 0.0, 0.0)) > 0.0);
    }

    #[test]
    fn crumbs_are_dropped_and_closed_pores_filled() {
        let hollow = Difference { from: Box::new(ball(0.0, 3.0)), cut: Box::new(ball(0.5, 1.0)) };
        let solid = Union::<Implant>::new(vec![Box::new(hollow), Box::new(ball(6.0, 1.5))]);
        let part = MainPart::new(solid, 0.1, &Job::quiet()).unwrap();
        assert_eq!((part.dropped_count, part.filled_count), (1, 1));
        assert!((part.dropped_mm3 / 14.137 - 1.0).abs() < 0.01, "{}", part.dropped_mm3);
        assert!((part.filled_mm3 / 4.189 - 1.0).abs() < 0.02, "{}", part.filled_mm3);
        for (x, inside) in [(6.0, false), (5.0, false), (0.5, true), (1.45, true), (2.9, true)] {
            let p = Point::new(x, 0.013, 0.027);
            assert_eq!(part.distance(p) < 0.0, inside, "{x}");
        }
    }
}
