//! Simple cubic: struts along the edges of the cell (facts D3.10).

use super::{Cell, Shape, Skeleton};

/// The cell.
pub const CELL: Cell =
    Cell { word: "simple-cubic", title: "Simple cubic", shape: Shape::Struts(skeleton) };

fn skeleton(_seed: u64) -> Skeleton {
    let o = [0.0; 3];
    Skeleton {
        span: 1,
        struts: vec![[o, [1.0, 0.0, 0.0]], [o, [0.0, 1.0, 0.0]], [o, [0.0, 0.0, 1.0]]],
    }
}
