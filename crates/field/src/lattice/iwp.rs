//! Schoen's I-WP: `2 (cos x cos y + cos y cos z + cos z cos x) - (cos 2x + cos 2y + cos 2z)`
//! (facts D3.2).

use super::level_set::Wave::{Cos, Cos2, One};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "iwp",
    title: "I-WP",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(2.0, [Cos, Cos, One]),
            Term(2.0, [One, Cos, Cos]),
            Term(2.0, [Cos, One, Cos]),
            Term(-1.0, [Cos2, One, One]),
            Term(-1.0, [One, Cos2, One]),
            Term(-1.0, [One, One, Cos2]),
        ],
        extremes: [-5.0, 3.0],
        gradient_max: 5.2,
        connected: [0.101, 0.995],
        sample_count: 96,
    }),
};
