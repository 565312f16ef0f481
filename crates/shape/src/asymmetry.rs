//! How far the two sides of a body differ.

use ossein_geom::{Frame, Point, Vector};
use rayon::prelude::*;

use crate::plane::Plane;
use crate::surface::{MeshSurface, vertex_normals};

/// Partners look the same way within 60 degrees.
const FACING: f64 = 0.5;

/// For each vertex, how far its place stands out beyond the mirror image of the other side, mm:
/// negative where the other side stands out farther, no number where the other side has nothing
/// that looks the same way within `reach_mm`.
///
/// # Source
/// Asymmetry map: facts D2.26, D2.28.
pub fn asymmetry_map<F: Frame>(
    surface: &MeshSurface<'_, F>,
    plane: &Plane<F>,
    reach_mm: f64,
) -> Vec<f32> {
    let mesh = surface.mesh();
    let normals = vertex_normals(mesh);
    let beyond = |(p, normal): (&Point<F>, &Vector<F>)| {
        let image = plane.mirror(*p);
        let facing = plane.mirror_direction(*normal);
        let place = surface.nearest_facing(image, facing, FACING, reach_mm);
        place.map_or(f32::NAN, |place| (image - place.point).dot(place.normal) as f32)
    };
    mesh.vertices.par_iter().zip(&normals).with_min_len(128).map(beyond).collect()
}

/// Asymmetry index of a pair of landmarks, mm: how far one lies from the mirror image of the other.
/// More than 2 mm is reported, more than 4 mm lay people see (facts D2.28).
pub fn asymmetry_index<F: Frame>(plane: &Plane<F>, left: Point<F>, right: Point<F>) -> f64 {
    plane.mirror(left).distance(right)
}
