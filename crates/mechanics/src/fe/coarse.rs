//! The coarsest grid, solved at once.

use super::element::matrix;
use super::envelope::{Envelope, order};
use super::level::Level;

/// Numbers that the factors may have.
const FACTOR_COUNT_MAX: usize = 40_000_000;

/// Factors of the coarsest grid's matrix.
pub(crate) struct Direct {
    factors: Envelope,
    /// Place in the level's vectors of each unknown.
    places: Vec<usize>,
    right: Vec<f64>,
}

impl Direct {
    /// Assembles and factors the matrix of a level; nothing where that takes too much memory.
    pub fn new(level: &Level) -> Option<Self> {
        let (places, unknown) = number(level);
        let first = first_columns(level, &unknown, places.len());
        let mut factors = Envelope::new(first, FACTOR_COUNT_MAX)?;
        assemble(&mut factors, level, &unknown);
        factors.factor();
        Some(Self { factors, right: vec![0.0; places.len()], places })
    }

    /// Bytes that a solution moves: the factors twice, the unknowns there and back.
    pub fn solve_bytes(&self) -> u64 {
        (8 * (2 * self.factors.len() + 4 * self.right.len())) as u64
    }

    /// Sets the level's correction from its residual.
    pub fn solve(&mut self, level: &mut Level) {
        for (value, &place) in self.right.iter_mut().zip(&self.places) {
            *value = f64::from(level.r[place]);
        }
        self.factors.solve(&mut self.right);
        level.x.fill(0.0);
        for (value, &place) in self.right.iter().zip(&self.places) {
            level.x[place] = *value as f32;
        }
    }
}

fn assemble(factors: &mut Envelope, level: &Level, unknown: &[u32]) {
    let stride = level.mesh.stride();
    level.mesh.for_each_element(|_, nodes, scale, template| {
        let matrix = matrix(&level.mesh.templates.double[template as usize], 16.0);
        let place = |n: usize| nodes[n / 3] as usize + n % 3 * stride;
        for a in 0..24 {
            let row = unknown[place(a)];
            for b in 0..24 {
                let column = unknown[place(b)];
                if row != u32::MAX && column <= row {
                    factors.add(row, column, f64::from(scale) * matrix[a][b]);
                }
            }
        }
    });
}

/// Free places in an order that keeps neighbours near, and the number of each place.
fn number(level: &Level) -> (Vec<usize>, Vec<u32>) {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); level.mesh.node_count()];
    level.mesh.for_each_element(|_, nodes, _, _| {
        for node in nodes {
            neighbours[node as usize].extend(nodes);
        }
    });
    let mut places = Vec::new();
    let mut unknown = vec![u32::MAX; level.mesh.len()];
    for node in order(neighbours) {
        for axis in 0..3 {
            let place = node + axis * level.mesh.stride();
            if level.inverse[place] > 0.0 {
                unknown[place] = places.len() as u32;
                places.push(place);
            }
        }
    }
    (places, unknown)
}

/// First column of each row.
fn first_columns(level: &Level, unknown: &[u32], count: usize) -> Vec<u32> {
    let mut first: Vec<u32> = (0..count as u32).collect();
    let stride = level.mesh.stride();
    level.mesh.for_each_element(|_, nodes, _, _| {
        let numbers = || {
            let places = (0..24).map(|n| nodes[n / 3] as usize + n % 3 * stride);
            places.map(|p| unknown[p]).filter(|&n| n != u32::MAX)
        };
        let Some(lowest) = numbers().min() else { return };
        numbers().for_each(|n| first[n as usize] = first[n as usize].min(lowest));
    });
    first
}
