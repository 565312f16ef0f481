//! Fischer and Koch's S: `cos 2x sin y cos z + cos 2y sin z cos x + cos 2z sin x cos y`
//! (facts D3.1).

use super::level_set::Wave::{Cos, Cos2, Sin};
use super::level_set::{LevelSet, Term};
use super::{Cell, Shape};

/// The cell.
pub const CELL: Cell = Cell {
    word: "fischer-koch-s",
    title: "Fischer-Koch S",
    shape: Shape::Level(LevelSet {
        terms: &[
            Term(1.0, [Cos2, Sin, Cos]),
            Term(1.0, [Cos, Cos2, Sin]),
            Term(1.0, [Sin, Cos, Cos2]),
        ],
        extremes: [-1.4143, 1.4143],
        gradient_max: 2.45,
        connected: [0.116, 0.884],
        sample_count: 96,
    }),
};
