//! How much a surface bends around its points.

use ossein_geom::{Frame, Vector};
use rayon::prelude::*;

use crate::samples::Sample;

/// A surface bends much where the mean of the normals around is shorter than one by more than this.
const MUCH: f64 = 0.1;
/// What smooth places count at least.
const LEAST: f64 = 0.01;
/// Normals farther apart than 60 degrees are another surface: an inner table, the wall of a cut.
const SAME: f64 = 0.5;

/// A weight for each sample, 0 to 1: near 1 where normals within `radius_mm` differ, little where
/// the surface is smooth. With `v` what the mean of the normals within 60 degrees lacks to length one,
/// `v^2 / (v^2 + 0.1^2)`, and 0.01 at least.
pub fn bends<F: Frame>(samples: &[Sample<F>], radius_mm: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by(|&a, &b| samples[a].point.x.total_cmp(&samples[b].point.x));
    let around = |own: &Sample<F>| {
        let first = order.partition_point(|&n| samples[n].point.x < own.point.x - radius_mm);
        let near = order[first..]
            .iter()
            .map(|&n| &samples[n])
            .take_while(|s| s.point.x <= own.point.x + radius_mm)
            .filter(|s| s.point.distance(own.point) < radius_mm && s.normal.dot(own.normal) > SAME);
        let none = (Vector::new(0.0, 0.0, 0.0), 0.0);
        let (sum, count) = near.fold(none, |(sum, count), s| (sum + s.normal, count + 1.0));
        if count == 0.0 {
            return LEAST;
        }
        let lack = 1.0 - sum.norm() / count;
        LEAST + (1.0 - LEAST) * lack * lack / (lack * lack + MUCH * MUCH)
    };
    samples.par_iter().with_min_len(64).map(around).collect()
}
