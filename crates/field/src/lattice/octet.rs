//! Octet truss: face diagonals of the cell and the octahedron between its face centres, 36 struts
//! of which neighbours share 12 (facts D3.10).

use super::{Cell, Shape, Skeleton, fcc};

/// The cell.
pub const CELL: Cell = Cell { word: "octet", title: "Octet", shape: Shape::Struts(skeleton) };

fn skeleton(seed: u64) -> Skeleton {
    let Shape::Struts(faces) = fcc::CELL.shape else { unreachable!("fcc has struts") };
    let mut struts = faces(seed).struts;
    let face = |axis: usize, side: f64| {
        let mut p = [0.5; 3];
        p[axis] = side;
        p
    };
    for axis in 0..3 {
        for (a, b) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] {
            struts.push([face(axis, a), face((axis + 1) % 3, b)]);
        }
    }
    Skeleton { span: 1, struts }
}
