//! Schwarz's diamond surface: `sin x sin y sin z + sin x cos y cos z + cos x sin y cos z +
//! cos x cos y sin z` (facts D3.1).

use super::level_set::Wave::{Cos, Sin};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "diamond",
    title: "Diamond",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(1.0, [Sin, Sin, Sin]),
            Term(1.0, [Sin, Cos, Cos]),
            Term(1.0, [Cos, Sin, Cos]),
            Term(1.0, [Cos, Cos, Sin]),
        ],
        extremes: [-1.4143, 1.4143],
        gradient_max: 1.7321,
        connected: [0.082, 0.918],
        sample_count: 96,
    }),
};
