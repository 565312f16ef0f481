//! Rhombic dodecahedron: the edges of the dodecahedra that fill space around the nodes of a
//! face-centred cubic grid, 32 struts (facts D3.10).

use super::{Cell, Shape, Skeleton};

/// The cell.
pub const CELL: Cell = Cell {
    word: "rhombic-dodecahedron",
    title: "Rhombic dodecahedron",
    shape: Shape::Struts(skeleton),
};

fn skeleton(_seed: u64) -> Skeleton {
    // Eight struts run from every corner of four fold to the nodes of three fold around it.
    let centers = [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.5, 0.5, 0.5]];
    let arm = |n: usize, a: usize| if n >> a & 1 == 1 { 0.25 } else { -0.25 };
    let strut = |center: [f64; 3], n: usize| {
        let end: [f64; 3] = std::array::from_fn(|a| center[a] + arm(n, a));
        [center, end]
    };
    let struts = centers.iter().flat_map(|&center| (0..8).map(move |n| strut(center, n)));
    Skeleton { span: 1, struts: struts.collect() }
}
