//! What a mesh is made of: pieces, each with its Euler number, handles, rims, volume and area.

use ossein_geom::{Aabb, Frame, TriMesh};

use crate::repair::pieces;

/// One connected piece of a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PieceMeasure<F: Frame> {
    /// Triangles.
    pub triangle_count: usize,
    /// Vertices that they use.
    pub vertex_count: usize,
    /// Edges that belong to one triangle alone.
    pub rim_edge_count: usize,
    /// Edges that belong to more than two triangles.
    pub crowded_edge_count: usize,
    /// Vertices less edges plus triangles: 2 for a sphere, 0 for a torus.
    pub euler: i64,
    /// Handles, where the piece is closed and every edge has two triangles.
    pub genus: Option<i64>,
    /// Enclosed volume, mm³; negative where triangles face inwards, meaningless where open.
    pub volume_mm3: f64,
    /// Area, mm².
    pub area_mm2: f64,
    /// The box around it.
    pub bounds: Aabb<F>,
}

/// Every piece, in the order of their first triangles. Triangles with a repeated vertex or a
/// stray index are left out.
pub fn measure_pieces<F: Frame>(mesh: &TriMesh<F>) -> Vec<PieceMeasure<F>> {
    let sound = |t: &&[u32; 3]| {
        let within = t.iter().all(|&v| (v as usize) < mesh.vertices.len());
        within && t[0] != t[1] && t[1] != t[2] && t[2] != t[0]
    };
    let triangles: Vec<[u32; 3]> = mesh.triangles.iter().filter(sound).copied().collect();
    let mesh = TriMesh { vertices: mesh.vertices.clone(), triangles };
    let (of, count) = pieces(&mesh);
    let none = PieceMeasure {
        triangle_count: 0,
        vertex_count: 0,
        rim_edge_count: 0,
        crowded_edge_count: 0,
        euler: 0,
        genus: None,
        volume_mm3: 0.0,
        area_mm2: 0.0,
        bounds: Aabb::empty(),
    };
    let mut measures = vec![none; count];
    let mut seen = vec![false; mesh.vertices.len()];
    let mut edges = Vec::with_capacity(3 * mesh.triangles.len());
    for (&t, &piece) in mesh.triangles.iter().zip(&of) {
        let m = &mut measures[piece as usize];
        m.triangle_count += 1;
        m.area_mm2 += 0.5 * mesh.doubled_normal(t).norm();
        for i in 0..3 {
            let (a, b) = (t[i], t[(i + 1) % 3]);
            edges.push((piece, a.min(b), a.max(b)));
            if !std::mem::replace(&mut seen[a as usize], true) {
                m.vertex_count += 1;
                m.bounds = m.bounds.with(mesh.vertices[a as usize]);
            }
        }
    }
    // From each piece's own middle, so that far pieces lose no digits.
    for (&t, &piece) in mesh.triangles.iter().zip(&of) {
        let m = &mut measures[piece as usize];
        let center = m.bounds.center();
        let [a, b, c] = mesh.corners(t).map(|p| p - center);
        m.volume_mm3 += a.dot(b.cross(c)) / 6.0;
    }
    edges.sort_unstable();
    let mut edge_counts = vec![0i64; count];
    for run in edges.chunk_by(|a, b| a == b) {
        let piece = run[0].0 as usize;
        edge_counts[piece] += 1;
        measures[piece].rim_edge_count += usize::from(run.len() == 1);
        measures[piece].crowded_edge_count += usize::from(run.len() > 2);
    }
    for (m, edge_count) in measures.iter_mut().zip(edge_counts) {
        m.euler = m.vertex_count as i64 - edge_count + m.triangle_count as i64;
        let closed = m.rim_edge_count == 0 && m.crowded_edge_count == 0;
        m.genus = (closed && m.euler % 2 == 0).then_some(1 - m.euler / 2);
    }
    measures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{extract, samples_around};
    use ossein_field::primitive::{Sphere, Torus};
    use ossein_geom::{Job, Lps, Point, Vector};

    #[test]
    fn a_ring_and_a_ball_are_told_apart() {
        let ring = Torus {
            center: Point::<Lps>::new(30.0, 0.0, 0.0),
            axis: Vector::new(0.0, 0.6, 0.8),
            ring_radius_mm: 6.0,
            tube_radius_mm: 2.0,
        };
        let ball = Sphere { center: Point::<Lps>::ORIGIN, radius_mm: 5.0 };
        let mut mesh = extract(&ball, &samples_around(&ball, 0.25), &Job::quiet()).unwrap();
        let other = extract(&ring, &samples_around(&ring, 0.25), &Job::quiet()).unwrap();
        let first = mesh.vertices.len() as u32;
        mesh.vertices.extend(other.vertices);
        mesh.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
        let seen = measure_pieces(&mesh);
        assert_eq!((seen.len(), seen[0].genus, seen[1].genus), (2, Some(0), Some(1)));
        assert_eq!((seen[0].euler, seen[1].euler), (2, 0));
        assert!((seen[0].volume_mm3 / 523.599 - 1.0).abs() < 2e-3, "{seen:?}");
        assert!((seen[1].area_mm2 / 473.741 - 1.0).abs() < 3e-3, "{seen:?}");
        mesh.triangles.pop();
        let open = measure_pieces(&mesh);
        assert_eq!((open[1].rim_edge_count, open[1].genus, open[1].euler), (3, None, -1));
    }
}
