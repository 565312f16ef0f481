//! Split P: `1.1 (sin 2x cos y sin z + sin 2y cos z sin x + sin 2z cos x sin y) - 0.2 (cos 2x cos 2y
//! + cos 2y cos 2z + cos 2z cos 2x) - 0.4 (cos 2x + cos 2y + cos 2z)` (facts D3.1).

use super::level_set::Wave::{Cos, Cos2, One, Sin, Sin2};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "split-p",
    title: "Split P",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(1.1, [Sin2, Cos, Sin]),
            Term(1.1, [Sin, Sin2, Cos]),
            Term(1.1, [Cos, Sin, Sin2]),
            Term(-0.2, [Cos2, Cos2, One]),
            Term(-0.2, [One, Cos2, Cos2]),
            Term(-0.2, [Cos2, One, Cos2]),
            Term(-0.4, [Cos2, One, One]),
            Term(-0.4, [One, Cos2, One]),
            Term(-0.4, [One, One, Cos2]),
        ],
        extremes: [-1.8, 1.81],
        gradient_max: 3.63,
        connected: [0.142, 0.945],
        sample_count: 96,
    }),
};
