//! Where the field folds: first by its samples alone, then by what it is between them.

use ossein_geom::{Deg, Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::{Cell, Curve};
use super::plain::Plain;
use super::probe::{Look, Probe};
use super::slopes::{Corners, LANES, Slopes};
use super::told::Told;
use crate::extract::march::Samples;
use crate::extract::sweep::Window;

/// A crease is looked for where the samples' slope turns by this part of its angle in a cell.
const SEED_ANGLE: f64 = 0.5;
/// The same, once the slopes at the vertices themselves are known.
pub const FIRST_LOOK: f64 = 0.7;
/// Parts of the way from the middle of a cell's vertices to the first: where the field is asked, in
/// turn, as a crease along an axis could hide from one of them.
const OFF_MIDDLE: [f64; 4] = [0.0, 0.4, 0.2, 0.6];
/// A surface folds inside a curve where the field there is so far from a smooth one's, in steps
/// times the tangent of half the angle.
const FOLD_MIN: f64 = 0.12;

/// Cells that are looked at together.
const CHUNK: usize = 256;

/// A cell that a crease may pass.
#[derive(Clone, Copy, Debug)]
struct Seed<F: Frame> {
    cell: Cell,
    /// A point near the middle of its vertices.
    at: Point<F>,
    /// The field there: a smooth one's at first, then its own.
    value: f64,
}

/// Looks for folds in the cells that the surface passes.
pub struct Folds<'a, F: Frame> {
    probe: &'a Probe<'a, F>,
    window: &'a Window,
    plain: &'a Plain<F>,
    /// Cosines of the angles of the first and the second look.
    cosines: [f64; 2],
    /// How far the field is from a smooth one's, mm.
    fold_min: f64,
    /// Samples to a mm.
    per_mm: [f32; 3],
}

impl<'a, F: Frame> Folds<'a, F> {
    /// For creases of more than `angle`.
    pub fn new(
        probe: &'a Probe<'a, F>,
        window: &'a Window,
        plain: &'a Plain<F>,
        angle: Deg,
    ) -> Self {
        let (sine, cosine) = float::sin_cos(0.5 * angle.radians());
        let fold_min = FOLD_MIN * sine / cosine * probe.step();
        let cosines = [SEED_ANGLE, FIRST_LOOK].map(|part| float::cos(part * angle.radians()));
        let per_mm = probe.samples.step.map(|step| 1.0 / step as f32);
        Self { probe, window, plain, cosines, fold_min, per_mm }
    }

    /// Curves inside which the field folds, and what it is at the vertices asked.
    pub fn curves(&self) -> (Vec<Curve>, Told<Look<F>>) {
        let chunks = self.plain.cells.all().par_chunks(CHUNK);
        let seeds: Vec<Vec<Seed<F>>> = chunks.map(|cells| self.seeds(cells)).collect();
        let mut told = Told::of(self.plain.vertex_count());
        let vertices = seeds.iter().flatten().flat_map(|s| s.cell.crossed(&self.plain.triangles));
        let asked: Vec<u32> = vertices.map(|(_, v)| v).filter(|&v| told.claim(v)).collect();
        told.fill(&asked, |vertices| self.looks(vertices));
        let folded = seeds.par_iter().flat_map_iter(|s| s.iter().filter(|s| self.folds(s, &told)));
        let curves = folded.flat_map_iter(|s| s.cell.curves(&self.plain.triangles));
        (curves.collect(), told)
    }

    /// What the field is at some vertices.
    fn looks(&self, vertices: &[u32]) -> Vec<Look<F>> {
        let points: Vec<Point<F>> = vertices.iter().map(|&v| self.plain.vertex(v)).collect();
        self.probe.looks(&points)
    }

    /// Whether the slopes at a cell's vertices turn, and do not tell what the field is in it.
    fn folds(&self, seed: &Seed<F>, told: &Told<Look<F>>) -> bool {
        let crossed = seed.cell.crossed(&self.plain.triangles);
        let (mut slopes, mut count) = ([Vector::default(); 12], 0);
        let mut smooth = Smooth::default();
        for (v, look) in crossed.filter_map(|(_, v)| Some((v, told.get(v)?))) {
            smooth.add(self.plain.vertex(v), look.value, look.slope);
            slopes[count] = look.slope.unit();
            count += 1;
        }
        let turns = |a: Vector<F>, b: Vector<F>| a.dot(b) < self.cosines[1];
        (1..count).any(|n| slopes[..n].iter().any(|&a| turns(a, slopes[n])))
            && (seed.value - smooth.value(seed.at)).abs() > 0.5 * self.fold_min
    }

    /// Those of some cells whose samples do not tell what the field is in them.
    fn seeds(&self, cells: &[Cell]) -> Vec<Seed<F>> {
        let mut seeds = Vec::with_capacity(cells.len());
        cells.chunks(LANES).for_each(|cells| self.turning(cells, &mut seeds));
        let points: Vec<Point<F>> = seeds.iter().map(|seed| seed.at).collect();
        let mut values = vec![0.0; points.len()];
        self.probe.field.distances(&points, &mut values);
        let folds = |(seed, value): (Seed<F>, f64)| {
            ((value - seed.value).abs() > self.fold_min).then_some(Seed { value, ..seed })
        };
        let mut found = Vec::new();
        found.extend(seeds.into_iter().zip(values).filter_map(folds));
        found
    }

    /// Appends those around which the slope of the samples turns, with what a smooth field would
    /// be in them.
    fn turning(&self, cells: &[Cell], found: &mut Vec<Seed<F>>) {
        let cosine = self.cosines[0] as f32;
        let mut values = [[0.0; LANES]; 8];
        let mut patterns = [0; LANES];
        for (n, cell) in cells.iter().enumerate() {
            patterns[n] = cell.pattern;
            self.read(cell, n, &mut values);
        }
        let slopes = Slopes::of(&values, patterns, self.per_mm);
        let turning = cells.iter().enumerate().filter(|&(n, _)| slopes.turn(n, cosine));
        found.extend(turning.map(|(n, cell)| self.smooth(cell, |edge| slopes.at(n, edge, cosine))));
    }

    /// A cell with what a field of such slopes would be in it, if it were smooth.
    #[inline]
    fn smooth(&self, cell: &Cell, slope: impl Fn(usize) -> [f32; 3]) -> Seed<F> {
        let mut smooth = Smooth::default();
        let mut first = None;
        for (edge, v) in cell.crossed(&self.plain.triangles) {
            let at = self.plain.vertex(v);
            first = first.or(Some(at));
            smooth.add(at, 0.0, Vector::from(slope(edge).map(f64::from)));
        }
        let middle = smooth.middle();
        let turn = cell.at.iter().map(|&n| usize::from(n)).sum::<usize>() % OFF_MIDDLE.len();
        let at = middle.lerp(first.unwrap_or(middle), OFF_MIDDLE[turn]);
        Seed { cell: *cell, at, value: smooth.value(at) }
    }

    /// Reads the samples at the corners of a cell, the `n`th of some.
    #[inline]
    fn read(&self, cell: &Cell, n: usize, values: &mut Corners) {
        let [i, j, k] = cell.at.map(usize::from);
        for c in 0..4 {
            let row = &self.window.row(j + (c & 1), k + (c >> 1))[i..i + 2];
            (values[2 * c][n], values[2 * c + 1][n]) = (row[0], row[1]);
        }
    }
}

/// A quadratic function, by its values and slopes at some places: the sums over them.
#[derive(Default)]
struct Smooth<F: Frame> {
    places: Vector<F>,
    slopes: Vector<F>,
    /// Values less half of what the slopes make of the way from the origin.
    values: f64,
    count: f64,
}

impl<F: Frame> Smooth<F> {
    #[inline]
    fn add(&mut self, at: Point<F>, value: f64, slope: Vector<F>) {
        let place = at - Point::ORIGIN;
        self.places += place;
        self.slopes += slope;
        self.values += value - 0.5 * slope.dot(place);
        self.count += 1.0;
    }

    /// The middle of the places.
    fn middle(&self) -> Point<F> {
        Point::ORIGIN + self.places * (1.0 / self.count)
    }

    /// What the function is at a point.
    fn value(&self, at: Point<F>) -> f64 {
        let ways = (at - Point::ORIGIN) + (at - self.middle());
        (self.values + 0.5 * self.slopes.dot(ways)) / self.count
    }
}
