//! Where the field folds: first by its samples alone, then by what it is between them.

use ossein_geom::{Deg, Frame, Point, Vector, float};
use rayon::prelude::*;

use super::cells::{Cell, Curve};
use super::probe::{Look, Probe};
use super::slopes::Slopes;
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

/// A cell that a crease may pass.
#[derive(Clone, Copy, Debug)]
struct Seed<F: Frame> {
    cell: Cell,
    /// The middle of its vertices.
    middle: Point<F>,
    /// A point near it.
    at: Point<F>,
    /// The field there.
    value: f64,
}

/// Looks for folds in the cells that the surface passes.
pub struct Folds<'a, F: Frame> {
    probe: &'a Probe<'a, F>,
    window: &'a Window,
    vertices: &'a [Point<F>],
    /// Cosines of the angles of the first and the second look.
    cosines: [f64; 2],
    /// How far the field is from a smooth one's, mm.
    fold_min: f64,
}

impl<'a, F: Frame> Folds<'a, F> {
    /// For creases of more than `angle`.
    pub fn new(
        probe: &'a Probe<'a, F>,
        window: &'a Window,
        vertices: &'a [Point<F>],
        angle: Deg,
    ) -> Self {
        let (sine, cosine) = float::sin_cos(0.5 * angle.radians());
        let fold_min = FOLD_MIN * sine / cosine * probe.step();
        let cosines = [SEED_ANGLE, FIRST_LOOK].map(|part| float::cos(part * angle.radians()));
        Self { probe, window, vertices, cosines, fold_min }
    }

    /// Curves of `cells` inside which the field folds, and what it is at the vertices asked.
    pub fn curves(&self, cells: &[Cell]) -> (Vec<Curve>, Told<Look<F>>) {
        let seeds: Vec<Seed<F>> = cells.par_iter().filter_map(|c| self.seed(c)).collect();
        let asked = self.vertices_of(&seeds);
        let look = |&v: &u32| (v, self.probe.at(self.vertices[v as usize]));
        let looks: Vec<(u32, Look<F>)> = asked.par_iter().map(look).collect();
        let mut told = Told::of(self.vertices.len());
        told.extend(looks);
        let folded = seeds.par_iter().filter(|s| self.folds(s, &told));
        (folded.flat_map_iter(|s| s.cell.curves()).collect(), told)
    }

    /// The vertices of some cells, in order, each once.
    fn vertices_of(&self, seeds: &[Seed<F>]) -> Vec<u32> {
        let mut asked = vec![false; self.vertices.len()];
        seeds.iter().flat_map(|s| s.cell.crossed()).for_each(|(_, v)| asked[v as usize] = true);
        (0..asked.len() as u32).filter(|&v| asked[v as usize]).collect()
    }

    /// Whether the slopes at a cell's vertices turn, and do not tell what the field is in it.
    fn folds(&self, seed: &Seed<F>, told: &Told<Look<F>>) -> bool {
        let looks = || seed.cell.crossed().filter_map(|(_, v)| Some((v, told.get(v)?)));
        let turns = |a: Vector<F>, b: Vector<F>| a.dot(b) < self.cosines[1] * a.norm() * b.norm();
        if !looks().any(|(_, a)| looks().any(|(_, b)| turns(a.slope, b.slope))) {
            return false;
        }
        let told = looks().map(|(v, look)| (self.vertices[v as usize], look.value, look.slope));
        (seed.value - smooth_value(told, seed.middle, seed.at)).abs() > 0.5 * self.fold_min
    }

    /// A cell around which the slope of the samples turns, if they do not tell what the field is
    /// in it.
    fn seed(&self, cell: &Cell) -> Option<Seed<F>> {
        let values = self.values(cell);
        let cosine = self.cosines[0] as f32;
        let slopes = Slopes::turning(values, cell.pattern, self.probe.samples.step, cosine)?;
        let crossed = || cell.crossed().map(|(_, v)| self.vertices[v as usize]);
        let (sum, count) = crossed()
            .fold((Vector::default(), 0.0), |(sum, n), v| (sum + (v - Point::ORIGIN), n + 1.0));
        let middle = Point::ORIGIN + sum * (1.0 / count);
        let turn = cell.at.iter().map(|&n| usize::from(n)).sum::<usize>() % OFF_MIDDLE.len();
        let at = middle.lerp(crossed().next().unwrap_or(middle), OFF_MIDDLE[turn]);
        let told = cell.crossed().map(|(edge, v)| {
            let [x, y, z] = slopes.at(edge, cosine);
            (self.vertices[v as usize], 0.0, Vector::new(x.into(), y.into(), z.into()))
        });
        let smooth = smooth_value(told, middle, at);
        let value = self.probe.field.distance(at);
        let folds = (value - smooth).abs() > self.fold_min;
        folds.then_some(Seed { cell: *cell, middle, at, value })
    }

    /// The samples at a cell's corners.
    fn values(&self, cell: &Cell) -> [f32; 8] {
        let [i, j, k] = cell.at.map(usize::from);
        let mut values = [0.0; 8];
        for (c, pair) in values.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let row = self.window.row(j + (c & 1), k + (c >> 1));
            pair.copy_from_slice(&row[i..i + 2]);
        }
        values
    }
}

/// What a quadratic function is at `at`, given places around a `middle` with their values and
/// slopes.
fn smooth_value<F: Frame>(
    told: impl Iterator<Item = (Point<F>, f64, Vector<F>)>,
    middle: Point<F>,
    at: Point<F>,
) -> f64 {
    let (mut sum, mut slopes, mut count) = (0.0, Vector::default(), 0.0);
    for (p, value, slope) in told {
        sum += value + 0.5 * slope.dot(at - p);
        slopes += slope;
        count += 1.0;
    }
    (sum + 0.5 * slopes.dot(at - middle)) / count
}
