//! Body-centred cubic: struts from the middle of the cell to its eight corners (facts D3.10).

use super::{Cell, Shape, Skeleton};

/// The cell.
pub const CELL: Cell =
    Cell { word: "bcc", title: "Body-centred cubic", shape: Shape::Struts(skeleton) };

fn skeleton(_seed: u64) -> Skeleton {
    let corner = |n: usize| [n & 1, n >> 1 & 1, n >> 2].map(|v| v as f64);
    Skeleton { span: 1, struts: (0..8).map(|n| [[0.5; 3], corner(n)]).collect() }
}
