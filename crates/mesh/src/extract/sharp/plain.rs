//! The surface as the samples alone make it.

use ossein_field::Block;
use ossein_geom::{Frame, Point, TriMesh};

use super::cells::{Cell, Cells};
use crate::cube;
use crate::extract::march::{Surface, place_vertices, visit_cells};
use crate::extract::place;
use crate::extract::sweep::{Window, places};

/// The surface as the samples alone make it.
pub struct Plain<F: Frame> {
    origin: Point<F>,
    surface: Surface,
    /// The cells that it passes.
    pub cells: Cells,
    /// Its triangles, cell by cell.
    pub triangles: Vec<[u32; 3]>,
}

impl<F: Frame> Plain<F> {
    /// That of `samples`, whose values are in `window`.
    pub fn new(samples: &Block<F>, window: &Window) -> Self {
        let mut surface = Surface::with_room(window);
        let last = samples.size[2] - 1;
        place_vertices(window, (0, last), &places(samples, 0, last), true, &mut surface);
        let (cells, triangles) = cells_of(window, &surface, last);
        let cells = Cells::new(cells, samples.size);
        Self { origin: samples.origin, surface, cells, triangles }
    }

    /// Number of its vertices.
    pub fn vertex_count(&self) -> usize {
        self.surface.vertices().len()
    }

    /// The place of a vertex.
    #[inline]
    pub fn vertex(&self, vertex: u32) -> Point<F> {
        place(self.origin, self.surface.vertices()[vertex as usize])
    }

    /// Its cells, and its mesh in single precision.
    pub fn into_mesh(self) -> (Cells, TriMesh<F>) {
        let vertices = self.surface.vertices().iter();
        let vertices = vertices.map(|&v| place(self.origin, v).single()).collect();
        (self.cells, TriMesh { vertices, triangles: self.triangles })
    }
}

/// The cells that the surface passes below plane `last`, and its triangles.
fn cells_of(window: &Window, surface: &Surface, last: usize) -> (Vec<Cell>, Vec<[u32; 3]>) {
    let table = cube::table();
    // Most surfaces have as many cells as vertices, and two triangles each.
    let expected = surface.vertices().len();
    let mut cells = Vec::with_capacity(expected + expected / 16);
    let mut triangles = Vec::<[u32; 3]>::with_capacity(2 * expected + expected / 8);
    visit_cells(window, (0, last), surface, |at, pattern, ids| {
        let count = table.count[pattern];
        let [i, j, k] = at.map(|n| n as u16);
        let first = triangles.len() as u32;
        cells.push(Cell { at: [i, j, k], pattern: pattern as u8, count, first });
        for edges in &table.corners[pattern][..count as usize] {
            triangles.push(edges.map(|edge| ids[edge as usize & 15]));
        }
    });
    (cells, triangles)
}
