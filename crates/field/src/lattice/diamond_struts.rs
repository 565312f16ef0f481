//! Diamond: every node holds four struts, as carbon does (facts D3.10).

use super::{Cell, Shape, Skeleton};

/// The cell.
pub const CELL: Cell =
    Cell { word: "diamond-struts", title: "Diamond", shape: Shape::Struts(skeleton) };

fn skeleton(_seed: u64) -> Skeleton {
    let nodes = [[0.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]];
    let arms = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
    let strut = |node: [f64; 3], arm: [f64; 3]| {
        let end: [f64; 3] = std::array::from_fn(|a| node[a] + 0.25 * arm[a]);
        [node, end]
    };
    let struts = nodes.iter().flat_map(|&node| arms.iter().map(move |&arm| strut(node, arm)));
    Skeleton { span: 1, struts: struts.collect() }
}
