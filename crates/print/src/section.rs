//! Layers of a triangle mesh: one sweep upwards over its triangles, loops followed from neighbour
//! to neighbour. Time and memory grow with triangles and output, not with triangles times layers.

use std::io;

use ossein_geom::{Contour, Frame, Job, Layer, Mm, TriMesh};

use crate::layer::{LayerError, check_positive, layer_count};
use crate::united::Parts;

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Number of layers.
    pub layer_count: usize,
    /// Curves that ended at an open or ambiguous edge and were left out; none on a closed mesh.
    pub open_count: usize,
}

const NONE: u32 = u32::MAX;

/// Cuts a mesh into layers as [`crate::layers`] cuts a field, and hands each to `sink`.
///
/// # Errors
/// [`LayerError`] for a thickness that is not positive, a sink that fails, a stopped job.
pub fn sections<F: Frame>(
    mesh: &TriMesh<F>,
    heights: (f64, f64),
    layer: Mm,
    parts: Parts,
    job: &Job,
    mut sink: impl FnMut(&Layer) -> io::Result<()>,
) -> Result<Swept, LayerError> {
    each(mesh, heights, layer, parts, job, |layer| Ok(sink(&layer)?))
}

/// [`sections`] for a sink that keeps the layers and has errors of its own.
pub(crate) fn each<F: Frame>(
    mesh: &TriMesh<F>,
    heights: (f64, f64),
    layer: Mm,
    parts: Parts,
    job: &Job,
    mut sink: impl FnMut(Layer) -> Result<(), LayerError>,
) -> Result<Swept, LayerError> {
    check_positive(&[("layer", layer.0)])?;
    let count = layer_count(heights, layer.0)?;
    let mut sweep = Sweep::new(mesh);
    let mut swept = Swept { layer_count: count, open_count: 0 };
    for n in 0..count {
        job.step(n, count)?;
        let contours = sweep.cut(heights.0 + (n as f64 + 0.5) * layer.0, &mut swept.open_count);
        let z_mm = heights.0 + (n as f64 + 1.0) * layer.0;
        sink(Layer { z_mm, contours: parts.outline(contours) })?;
    }
    job.step(count, count)?;
    Ok(swept)
}

/// The closed contours of a mesh at height `z_mm`, and how many were left open.
///
/// A plane through vertices or faces cuts what lies just below it; at the mesh's lowest height,
/// what lies just above.
pub fn section<F: Frame>(mesh: &TriMesh<F>, z_mm: f64) -> (Vec<Contour>, usize) {
    let mut open_count = 0;
    let contours = Sweep::new(mesh).cut(z_mm, &mut open_count);
    (contours, open_count)
}

/// The sweep's state: triangles by their lowest corner, and those that reach the plane.
struct Sweep<'a, F: Frame> {
    mesh: &'a TriMesh<F>,
    /// Across each side of each triangle: three times the neighbour plus its side.
    neighbours: Vec<u32>,
    /// Triangles in order of their lowest corner; those before `next` have been met.
    order: Vec<u32>,
    next: usize,
    active: Vec<u32>,
    /// The cut that last passed each triangle.
    stamps: Vec<u32>,
    cut_count: u32,
    lowest: f64,
}

impl<'a, F: Frame> Sweep<'a, F> {
    fn new(mesh: &'a TriMesh<F>) -> Self {
        let z = |v: u32| mesh.vertices[v as usize].z;
        let low = |t: u32| {
            let [a, b, c] = mesh.triangles[t as usize];
            z(a).min(z(b)).min(z(c))
        };
        let count = mesh.triangles.len() as u32;
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_by(|a, b| low(*a).total_cmp(&low(*b)).then(a.cmp(b)));
        let lowest = order.first().map_or(0.0, |t| low(*t));
        Self {
            mesh,
            neighbours: neighbours(mesh),
            order,
            next: 0,
            active: Vec::new(),
            stamps: vec![0; count as usize],
            cut_count: 0,
            lowest,
        }
    }

    /// Contours at `z`, which must not fall from call to call.
    fn cut(&mut self, z: f64, open_count: &mut usize) -> Vec<Contour> {
        self.cut_count += 1;
        // The cut lies just below the plane, except at the very bottom.
        let bottom = z == self.lowest;
        let above = |v: u32| {
            let height = self.mesh.vertices[v as usize].z;
            if bottom { height > z } else { height >= z }
        };
        while self.next < self.order.len() {
            let t = self.order[self.next];
            let corners = self.mesh.triangles[t as usize];
            if !corners.iter().any(|v| self.mesh.vertices[*v as usize].z <= z) {
                break;
            }
            self.active.push(t);
            self.next += 1;
        }
        let highest = |t: &u32| self.mesh.triangles[*t as usize].iter().any(|v| above(*v));
        self.active.retain(highest);
        let side = |t: u32| {
            let v = self.mesh.triangles[t as usize];
            // The solid lies left of the way from the side that rises to the one that falls.
            let from = (0..3).find(|&n| above(v[n]) && !above(v[(n + 1) % 3]))?;
            let to = (0..3).find(|&n| !above(v[n]) && above(v[(n + 1) % 3]))?;
            Some((from, to))
        };
        let mut contours = Vec::new();
        for n in 0..self.active.len() {
            let start = self.active[n];
            if self.stamps[start as usize] == self.cut_count || side(start).is_none() {
                continue;
            }
            let mut points = Vec::new();
            let mut at = start;
            let closed = loop {
                let Some((from, to)) = side(at) else { break false };
                if self.stamps[at as usize] == self.cut_count {
                    break at == start;
                }
                self.stamps[at as usize] = self.cut_count;
                points.push(self.crossing(at, from, z));
                let neighbour = self.neighbours[3 * at as usize + to];
                if neighbour == NONE {
                    break false;
                }
                at = neighbour / 3;
            };
            if closed {
                points.dedup();
                if points.len() > 2 {
                    contours.push(Contour { points });
                }
            } else {
                *open_count += 1;
            }
        }
        contours
    }

    /// Where a side passes the plane: from the lower vertex number to the higher one, so that both
    /// triangles find the same point.
    fn crossing(&self, triangle: u32, side: usize, z: f64) -> [f64; 2] {
        let v = self.mesh.triangles[triangle as usize];
        let (a, b) = (v[side], v[(side + 1) % 3]);
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        let (a, b) = (self.mesh.vertices[a as usize], self.mesh.vertices[b as usize]);
        let t = ((z - a.z) / (b.z - a.z)).clamp(0.0, 1.0);
        [a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)]
    }
}

/// The triangle across each side, where exactly two meet there, each in its own direction.
fn neighbours<F: Frame>(mesh: &TriMesh<F>) -> Vec<u32> {
    let mut sides: Vec<(u64, u32)> = Vec::with_capacity(3 * mesh.triangles.len());
    for (t, v) in mesh.triangles.iter().enumerate() {
        for n in 0..3 {
            let (a, b) = (v[n].min(v[(n + 1) % 3]), v[n].max(v[(n + 1) % 3]));
            sides.push((u64::from(a) << 32 | u64::from(b), (3 * t + n) as u32));
        }
    }
    sides.sort_unstable();
    let mut neighbours = vec![NONE; sides.len()];
    let forward = |side: u32| {
        let v = mesh.triangles[side as usize / 3];
        v[side as usize % 3] < v[(side as usize + 1) % 3]
    };
    for run in sides.chunk_by(|a, b| a.0 == b.0) {
        let ahead = run.iter().filter(|s| forward(s.1));
        let back = run.iter().filter(|s| !forward(s.1));
        // Where more than two meet, as many there as back, they are taken in pairs.
        if 2 * ahead.clone().count() != run.len() {
            continue;
        }
        for (a, b) in ahead.zip(back) {
            neighbours[a.1 as usize] = b.1;
            neighbours[b.1 as usize] = a.1;
        }
    }
    neighbours
}

#[cfg(test)]
mod tests {
    use ossein_geom::{Implant, Point};

    use super::*;

    /// A straight or tapering prism over a regular polygon, in one piece with its caps.
    fn frustum(sides: usize, radii: [f64; 2], height: f64) -> TriMesh<Implant> {
        let mut vertices = vec![Point::new(0.0, 0.0, 0.0), Point::new(0.0, 0.0, height)];
        for n in 0..sides {
            let (s, c) = ossein_geom::float::sin_cos(
                (n as f64 + 0.5) * std::f64::consts::TAU / sides as f64,
            );
            vertices.push(Point::new(radii[0] * c, radii[0] * s, 0.0));
            vertices.push(Point::new(radii[1] * c, radii[1] * s, height));
        }
        let mut triangles = Vec::new();
        for n in 0..sides as u32 {
            let m = (n + 1) % sides as u32;
            let [a, b, c, d] = [2 + 2 * n, 3 + 2 * n, 2 + 2 * m, 3 + 2 * m];
            triangles.extend([[0, c, a], [1, b, d], [a, c, b], [b, c, d]]);
        }
        TriMesh { vertices, triangles }
    }

    fn polygon_area(sides: usize, radius: f64) -> f64 {
        let angle = std::f64::consts::TAU / sides as f64;
        0.5 * sides as f64 * radius * radius * ossein_geom::float::sin(angle)
    }

    fn area(contours: &[Contour]) -> f64 {
        contours.iter().map(Contour::area_mm2).sum()
    }

    #[test]
    fn a_cube_is_square_at_every_height_its_faces_too() {
        let cube = frustum(4, [50f64.sqrt(); 2], 10.0);
        for z in [0.0, 0.03, 5.0, 9.99, 10.0] {
            let (contours, open_count) = section(&cube, z);
            assert_eq!((contours.len(), open_count), (1, 0), "{z}");
            assert!((area(&contours) - 100.0).abs() < 1e-9, "{z} {}", area(&contours));
        }
        for z in [-0.01, 10.01] {
            assert!(section(&cube, z).0.is_empty());
        }
    }

    #[test]
    fn a_cylinder_and_a_cone_have_their_polygons() {
        for (radii, tip) in [([4.0, 4.0], false), ([4.0, 1e-9], true)] {
            let mesh = frustum(97, radii, 8.0);
            let mut sum = 0.0;
            let swept =
                sections(&mesh, (0.0, 8.0), Mm(0.05), Parts::Apart, &Job::quiet(), |layer| {
                    let z = layer.z_mm - 0.025;
                    let radius = radii[0] + (radii[1] - radii[0]) * z / 8.0;
                    assert!((layer.area_mm2() / polygon_area(97, radius) - 1.0).abs() < 1e-7);
                    sum += layer.area_mm2() * 0.05;
                    Ok(())
                });
            assert_eq!(swept.unwrap(), Swept { layer_count: 160, open_count: 0 });
            let volume = polygon_area(97, 4.0) * if tip { 8.0 / 3.0 } else { 8.0 };
            assert!((sum / volume - 1.0).abs() < 1e-4, "{sum} {volume}");
        }
    }

    #[test]
    fn an_open_mesh_says_so() {
        let mut cube = frustum(4, [5.0, 5.0], 10.0);
        cube.triangles.swap_remove(2);
        let (contours, open_count) = section(&cube, 5.0);
        assert!(contours.is_empty());
        assert!(open_count > 0);
    }

    /// Two bodies in one mesh that share an edge: each keeps its own loop.
    #[test]
    fn a_shared_edge_parts_no_loop() {
        let cube = frustum(4, [50f64.sqrt(); 2], 10.0);
        let count = cube.vertices.len() as u32;
        let mut both = cube.clone();
        both.vertices.extend(cube.vertices.iter().map(|v| Point::new(v.x + 10.0, v.y + 10.0, v.z)));
        both.triangles.extend(cube.triangles.iter().map(|t| t.map(|v| v + count)));
        let weld = |v: u32| {
            let p = both.vertices[v as usize];
            let same = |q: &Point<Implant>| p.distance(*q) < 1e-9;
            both.vertices.iter().position(same).unwrap() as u32
        };
        let triangles = both.triangles.iter().map(|t| t.map(weld)).collect();
        let mesh = TriMesh { vertices: both.vertices.clone(), triangles };
        let (contours, open_count) = section(&mesh, 5.0);
        assert_eq!(open_count, 0);
        assert!((area(&contours) - 200.0).abs() < 1e-9, "{}", area(&contours));
    }
}
