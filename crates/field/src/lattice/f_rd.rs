//! Schoen's F-RD: `4 cos x cos y cos z - (cos 2x cos 2y + cos 2y cos 2z + cos 2z cos 2x)`
//! (facts D3.2).

use super::level_set::Wave::{Cos, Cos2, One};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "f-rd",
    title: "F-RD",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(4.0, [Cos, Cos, Cos]),
            Term(-1.0, [Cos2, Cos2, One]),
            Term(-1.0, [One, Cos2, Cos2]),
            Term(-1.0, [Cos2, One, Cos2]),
        ],
        extremes: [-7.0, 2.0],
        gradient_max: 7.05,
        connected: [0.216, 0.667],
        sample_count: 96,
    }),
};
