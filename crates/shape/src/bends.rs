//! How much a surface bends around its points.

use std::collections::HashMap;

use ossein_geom::{Frame, Point, Vector};
use rayon::prelude::*;

use crate::samples::Sample;

/// The surface's bends are felt within this, mm: wider than grooves, narrower than a vault's curve.
const NEAR_MM: f64 = 12.0;
/// A surface bends much where the mean of the normals around is shorter than one by more than this.
const MUCH: f64 = 0.1;
/// What smooth places count at least.
const LEAST: f64 = 0.01;
/// Normals farther apart than 60 degrees are another surface: an inner table, the wall of a cut.
const SAME: f64 = 0.5;
/// Company is looked for within this, mm: several times the thickness of a vault.
const COMPANY_MM: f64 = 30.0;
/// A place bends in company where those around bend by more than this in the mean.
const COMPANY: f64 = 0.5;
/// Every so many samples are enough to know the company.
const COMPANY_EVERY: usize = 8;

/// A weight for each sample, 0.01 to 1: near 1 where the surface bends much in a region that bends
/// much, as the base and the face of a skull do; little where it is smooth, and at the rim of a hole
/// sawn into a vault, which bends as much as a socket does, but alone.
///
/// With `v` what the mean of the normals within 12 mm and 60 degrees lacks to length one, a place
/// bends by `b = v^2 / (v^2 + 0.1^2)`; with `m` the mean of `b` within 30 mm, it counts
/// `b m^4 / (m^4 + 0.5^4)`. The numbers are ours, found on one skull.
pub fn bends<F: Frame>(samples: &[Sample<F>]) -> Vec<f64> {
    let cubes = Cubes::of(samples, NEAR_MM, 1);
    let own: Vec<f64> = samples.par_iter().with_min_len(64).map(|s| cubes.bend(s)).collect();
    let cubes = Cubes::of(samples, COMPANY_MM, COMPANY_EVERY);
    let count = |(sample, &bend): (&Sample<F>, &f64)| {
        let mean2 = cubes.mean(sample.point, &own).powi(2);
        (bend * mean2 * mean2 / (mean2 * mean2 + COMPANY.powi(4))).max(LEAST)
    };
    samples.par_iter().zip(&own).with_min_len(64).map(count).collect()
}

/// Samples by the cube that they lie in.
struct Cubes<'a, F: Frame> {
    samples: &'a [Sample<F>],
    edge_mm: f64,
    numbers: HashMap<[i64; 3], Vec<usize>>,
}

impl<'a, F: Frame> Cubes<'a, F> {
    /// Every `every`th sample.
    fn of(samples: &'a [Sample<F>], edge_mm: f64, every: usize) -> Self {
        let mut cubes = Self { samples, edge_mm, numbers: HashMap::new() };
        for n in (0..samples.len()).step_by(every) {
            cubes.numbers.entry(cubes.cube(samples[n].point)).or_default().push(n);
        }
        cubes
    }

    fn cube(&self, p: Point<F>) -> [i64; 3] {
        p.array().map(|v| (v / self.edge_mm).floor() as i64)
    }

    /// Numbers of the samples that are nearer than a cube's edge, always in the same order.
    fn around(&self, p: Point<F>) -> impl Iterator<Item = usize> {
        let [i, j, k] = self.cube(p);
        let cubes = (0..27).map(move |n| [i + n % 3 - 1, j + n / 3 % 3 - 1, k + n / 9 - 1]);
        let numbers = cubes.filter_map(|cube| self.numbers.get(&cube)).flatten().copied();
        numbers.filter(move |&n| self.samples[n].point.distance(p) < self.edge_mm)
    }

    /// How much the surface bends around a sample, 0 to 1.
    fn bend(&self, own: &Sample<F>) -> f64 {
        let normals = self.around(own.point).map(|n| self.samples[n].normal);
        let alike = normals.filter(|normal| normal.dot(own.normal) > SAME);
        let none = (Vector::new(0.0, 0.0, 0.0), 0.0);
        let (sum, count) = alike.fold(none, |(sum, count), normal| (sum + normal, count + 1.0));
        if count == 0.0 {
            return 0.0;
        }
        let lack2 = (1.0 - sum.norm() / count).powi(2);
        lack2 / (lack2 + MUCH * MUCH)
    }

    /// The mean of the values of the samples around, zero where there is none.
    fn mean(&self, p: Point<F>, values: &[f64]) -> f64 {
        let near = self.around(p).map(|n| values[n]);
        let (sum, count) = near.fold((0.0, 0.0f64), |(sum, count), v| (sum + v, count + 1.0));
        sum / count.max(1.0)
    }
}
