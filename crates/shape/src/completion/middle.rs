//! The middle of the cavity that a skull encloses.

use ossein_geom::{Frame, Point, Vector};
use rayon::prelude::*;

use crate::surface::MeshSurface;

/// Places along the longest edge of the surface's box.
const PLACE_COUNT: f64 = 22.0;
/// A place is enclosed when at least this share of its rays meets bone: a large hole stays open.
const ENCLOSED: f64 = 0.8;

/// The enclosed place that is farthest from bone on the mean, and that mean in mm; none where bone
/// encloses nothing.
pub fn cavity_middle<F: Frame>(surface: &MeshSurface<'_, F>) -> Option<(Point<F>, f64)> {
    let bounds = surface.mesh().bounds();
    let size = bounds.size();
    let reach_mm = size.norm();
    let step = size.x.max(size.y).max(size.z) / PLACE_COUNT;
    if !(step > 0.0 && reach_mm.is_finite()) {
        return None;
    }
    let counts = [0, 1, 2].map(|a| ((size[a] / step).floor() as usize).max(1));
    let rays: Vec<Vector<F>> = rays().collect();
    let place = |n: usize| {
        let at = [n % counts[0], n / counts[0] % counts[1], n / (counts[0] * counts[1])];
        let along = |a: usize| bounds.min[a] + (at[a] as f64 + 0.5) * step;
        let p = Point::new(along(0), along(1), along(2));
        Some((p, depth_mm(surface, p, &rays, reach_mm)?))
    };
    let found: Vec<Option<(Point<F>, f64)>> =
        (0..counts.iter().product()).into_par_iter().with_min_len(16).map(place).collect();
    found.into_iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// How far bone is from `p`: the harmonic mean over the rays that meet it, if enough do.
fn depth_mm<F: Frame>(
    surface: &MeshSurface<'_, F>,
    p: Point<F>,
    rays: &[Vector<F>],
    reach_mm: f64,
) -> Option<f64> {
    let missed_max = ((1.0 - ENCLOSED) * rays.len() as f64) as usize;
    let (mut sum, mut missed) = (0.0, 0);
    for &ray in rays {
        match surface.crossings(p, ray, reach_mm).first() {
            // A ray that leaves bone first starts within it.
            Some(c) if c.normal.dot(ray) > 0.0 => return None,
            Some(c) => sum += 1.0 / c.distance_mm.max(1e-3),
            None => missed += 1,
        }
        if missed > missed_max {
            return None;
        }
    }
    Some((rays.len() - missed) as f64 / sum)
}

/// To the corners, edges and faces of a cube.
fn rays<F: Frame>() -> impl Iterator<Item = Vector<F>> {
    (0..27).filter(|&n| n != 13).map(|n| {
        let part = |n: usize| (n % 3) as f64 - 1.0;
        Vector::new(part(n), part(n / 3), part(n / 9)).unit()
    })
}
