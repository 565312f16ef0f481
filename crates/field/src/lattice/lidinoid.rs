//! Lidin's surface: `sin 2x cos y sin z + sin 2y cos z sin x + sin 2z cos x sin y - cos 2x cos 2y -
//! cos 2y cos 2z - cos 2z cos 2x + 0.3` (facts D3.1).

use super::level_set::Wave::{Cos, Cos2, One, Sin, Sin2};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "lidinoid",
    title: "Lidinoid",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(1.0, [Sin2, Cos, Sin]),
            Term(1.0, [Sin, Sin2, Cos]),
            Term(1.0, [Cos, Sin, Sin2]),
            Term(-1.0, [Cos2, Cos2, One]),
            Term(-1.0, [One, Cos2, Cos2]),
            Term(-1.0, [Cos2, One, Cos2]),
            Term(0.3, [One, One, One]),
        ],
        extremes: [-2.7, 2.3],
        gradient_max: 5.2,
        connected: [0.255, 0.943],
        sample_count: 160,
    }),
};
