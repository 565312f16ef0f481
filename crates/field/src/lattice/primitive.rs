//! Schwarz's primitive surface: `cos x + cos y + cos z` (facts D3.1).

use super::level_set::Wave::{Cos, One};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "primitive",
    title: "Primitive",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(1.0, [Cos, One, One]),
            Term(1.0, [One, Cos, One]),
            Term(1.0, [One, One, Cos]),
        ],
        extremes: [-3.0, 3.0],
        gradient_max: 1.7321,
        connected: [0.213, 0.787],
        sample_count: 96,
    }),
};
