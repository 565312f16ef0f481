//! Neovius's surface: `3 (cos x + cos y + cos z) + 4 cos x cos y cos z` (facts D3.1).

use super::level_set::Wave::{Cos, One};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "neovius",
    title: "Neovius",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(3.0, [Cos, One, One]),
            Term(3.0, [One, Cos, One]),
            Term(3.0, [One, One, Cos]),
            Term(4.0, [Cos, Cos, Cos]),
        ],
        extremes: [-13.0, 13.0],
        gradient_max: 7.0,
        connected: [0.337, 0.663],
        sample_count: 96,
    }),
};
