//! Face-centred cubic: struts from the middle of each face to its four corners.

use super::{Cell, Shape, Skeleton};

/// The cell.
pub const CELL: Cell =
    Cell { word: "fcc", title: "Face-centred cubic", shape: Shape::Struts(skeleton) };

fn skeleton(_seed: u64) -> Skeleton {
    let mut struts = Vec::new();
    for axis in 0..3 {
        let mut middle = [0.5; 3];
        middle[axis] = 0.0;
        for n in 0..4 {
            let mut corner = [0.0; 3];
            corner[(axis + 1) % 3] = f64::from(n & 1);
            corner[(axis + 2) % 3] = f64::from(n >> 1);
            struts.push([middle, corner]);
        }
    }
    Skeleton { span: 1, struts }
}
