//! Shapes with shared vertices, rigidly aligned.

use ossein_geom::{Frame, Point, Vector};
use rayon::prelude::*;

use crate::fit::{Freedom, fit_pairs};

/// Rounds of alignment to the mean.
const ROUND_COUNT: usize = 5;

/// Moves all shapes rigidly onto their common mean, which it gives.
///
/// # Source
/// Gower: Generalized Procrustes analysis, Psychometrika 40 (1975).
pub fn aligned<F: Frame>(shapes: &mut [Vec<Point<F>>]) -> Vec<Point<F>> {
    let mut mean = shapes[0].clone();
    for _ in 0..ROUND_COUNT {
        shapes.par_iter_mut().for_each(|shape| {
            // Bones are never flat: their vertices fix every turn.
            if let Ok(found) = fit_pairs(shape, &mean, Freedom::Rigid) {
                shape.iter_mut().for_each(|p| *p = found.map.apply(*p));
            }
        });
        mean = self::mean(shapes);
    }
    mean
}

/// The mean of each vertex.
pub fn mean<F: Frame>(shapes: &[Vec<Point<F>>]) -> Vec<Point<F>> {
    let part = 1.0 / shapes.len() as f64;
    let of = |v: usize| {
        let zero = Vector::<F>::new(0.0, 0.0, 0.0);
        let sum = shapes.iter().fold(zero, |sum, shape| sum + (shape[v] - Point::ORIGIN));
        Point::ORIGIN + sum * part
    };
    (0..shapes[0].len()).map(of).collect()
}
