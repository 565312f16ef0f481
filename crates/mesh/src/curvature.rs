//! How strongly a surface bends at each vertex.

use ossein_geom::{Frame, TriMesh, Vector, float};

/// Curvature at one vertex.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Curvature {
    /// Mean of both principal curvatures, 1/mm: positive where the solid bulges.
    pub mean_per_mm: f64,
    /// Product of both principal curvatures, 1/mm².
    pub gauss_per_mm2: f64,
}

/// Curvature at each vertex of a closed mesh; zero at vertices without triangles. At the rim of an
/// open mesh the values mean nothing.
///
/// # Source
/// Meyer, Desbrun, Schroder, Barr: Discrete differential-geometry operators for triangulated
/// 2-manifolds, Visualization and Mathematics III (2003) 35-57.
pub fn curvature<F: Frame>(mesh: &TriMesh<F>) -> Vec<Curvature> {
    let count = mesh.vertices.len();
    let mut areas = vec![0.0f64; count];
    let mut angles = vec![0.0f64; count];
    let mut pulls = vec![Vector::<F>::new(0.0, 0.0, 0.0); count];
    let mut normals = pulls.clone();
    for &t in &mesh.triangles {
        let p = mesh.corners(t);
        let doubled = mesh.doubled_normal(t);
        let doubled_area = doubled.norm();
        if doubled_area == 0.0 {
            continue;
        }
        let dots = [0, 1, 2].map(|i| (p[(i + 1) % 3] - p[i]).dot(p[(i + 2) % 3] - p[i]));
        let cotangents = dots.map(|d| d / doubled_area);
        for i in 0..3 {
            let (j, k, v) = ((i + 1) % 3, (i + 2) % 3, t[i] as usize);
            angles[v] += float::atan2(doubled_area, dots[i]);
            normals[v] += doubled;
            let (to_j, to_k) = (p[j] - p[i], p[k] - p[i]);
            pulls[v] += to_j * cotangents[k] + to_k * cotangents[j];
            // The part of the triangle nearest to the vertex; half or a quarter where it is obtuse.
            areas[v] += if dots.iter().all(|&d| d >= 0.0) {
                (to_j.dot(to_j) * cotangents[k] + to_k.dot(to_k) * cotangents[j]) / 8.0
            } else if dots[i] < 0.0 {
                doubled_area / 4.0
            } else {
                doubled_area / 8.0
            };
        }
    }
    let of = |v: usize| {
        if areas[v] <= 0.0 {
            return Curvature::default();
        }
        let size = pulls[v].norm() / (4.0 * areas[v]);
        let bulges = pulls[v].dot(normals[v]) <= 0.0;
        Curvature {
            mean_per_mm: if bulges { size } else { -size },
            gauss_per_mm2: (std::f64::consts::TAU - angles[v]) / areas[v],
        }
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::{Lps, Point};

    /// A sphere of radius `r` by halving the faces of an octahedron.
    fn ball(r: f64, halvings: usize) -> TriMesh<Lps> {
        let mut faces = Vec::new();
        for (x, y, z) in (0..8).map(|n| (n & 1, n >> 1 & 1, n >> 2)) {
            let sign = |b: i32| 1.0 - 2.0 * f64::from(b);
            let t = [[sign(x), 0.0, 0.0], [0.0, sign(y), 0.0], [0.0, 0.0, sign(z)]];
            faces.push(if (x + y + z) % 2 == 0 { t } else { [t[0], t[2], t[1]] });
        }
        let unit = |p: [f64; 3]| {
            let size = (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
            p.map(|v| v / size)
        };
        let between = |a: [f64; 3], b: [f64; 3]| unit([a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        for _ in 0..halvings {
            faces = faces
                .iter()
                .flat_map(|&[a, b, c]| {
                    let (d, e, f) = (between(a, b), between(b, c), between(c, a));
                    [[a, d, f], [d, b, e], [f, e, c], [d, e, f]]
                })
                .collect();
        }
        let mut welder = crate::weld::Welder::new();
        let triangles = faces.iter().map(|t| t.map(|p| welder.number(p.map(|v| v * r)))).collect();
        let vertices = welder.places().into_iter().map(Point::from).collect();
        TriMesh { vertices, triangles }
    }

    #[test]
    fn a_sphere_bends_by_its_radius() {
        let mesh = ball(4.0, 5);
        let seen = curvature(&mesh);
        for c in &seen {
            assert!((c.mean_per_mm * 4.0 - 1.0).abs() < 0.02, "{c:?}");
            assert!((c.gauss_per_mm2 * 16.0 - 1.0).abs() < 0.05, "{c:?}");
        }
        let mut hollow = mesh;
        hollow.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        assert!(curvature(&hollow).iter().all(|c| (c.mean_per_mm * 4.0 + 1.0).abs() < 0.02));
    }
}
