//! A mesh as a solid: exact distances, right sides, on clean and dirty meshes.

use crate::shapes::*;
use ossein_field::mesh_distance::{MeshField, MeshFieldError};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Lps, Point, TriMesh};

/// Distances and sides at random points against every triangle asked in turn.
#[track_caller]
fn check(mesh: &Mesh, point_count: usize) {
    let field = MeshField::new(mesh).unwrap();
    let mut random = Random(7);
    let reach = 0.7 * mesh.bounds().size().norm();
    for _ in 0..point_count {
        let p = random.point(reach);
        let (truth, winding) = (distance(mesh, p), winding(mesh, p));
        let found = field.unsigned_distance(p);
        assert!((found - truth).abs() < 1e-9, "{p:?}: {found} for {truth}");
        let w = field.winding_number(p);
        assert!((w - winding).abs() < 5e-3, "{p:?}: winding {w} for {winding}");
        if truth > 1e-9 && (winding.abs() - 0.5).abs() > 1e-9 {
            let side = if winding.abs() > 0.5 { -1.0 } else { 1.0 };
            let d = field.distance(p);
            assert_eq!(d.signum(), side, "{p:?}: {d} at winding {winding}");
            assert!(d.abs() <= truth + 1e-9);
            if field.is_closed() {
                assert!((d - side * truth).abs() < 1e-9);
            }
        }
    }
    check_blocks(&field, &mut random, reach);
}

/// A block of samples equals single points, and lies within its range.
#[track_caller]
fn check_blocks(field: &MeshField<Lps>, random: &mut Random, reach: f64) {
    for n in 0..6 {
        let step = reach * [0.01, 0.03, 0.1][n % 3];
        let block = Block {
            origin: random.point(0.6 * reach),
            step: [step, 0.7 * step, 1.1 * step],
            size: [11, 9, 18],
        };
        let mut values = vec![0.0f32; block.sample_count()];
        field.sample(&block, &mut values);
        let range = field.range(&block.bounds());
        for (m, &value) in values.iter().enumerate() {
            let p = block.point(m % 11, m / 11 % 9, m / 99);
            let d = field.distance(p);
            // Samples are singles; on open meshes far holes are seen as dipoles.
            let part = if field.is_closed() { 2e-7 } else { 2e-3 };
            let close = 1e-5 + part * d.abs();
            assert!((f64::from(value) - d).abs() < close, "{p:?}: {value} for {d}");
            assert!(range.min <= d + 1e-9 && d <= range.max + 1e-9, "{d} in {range:?}");
        }
    }
}

#[test]
fn clean_meshes() {
    check(&bumpy(4), 300);
    check(&cuboid([-5.0, -4.0, -3.0], [5.0, 4.0, 3.0]), 500);
    check(&cuboid([-400.0, -4.0, -3.0], [500.0, 40.0, 3.0]), 200);
}

#[test]
fn meshes_without_shared_corners_are_closed() {
    let mesh = soup(&bumpy(3));
    assert!(MeshField::new(&mesh).unwrap().is_closed());
    check(&mesh, 100);
}

#[test]
fn dirty_meshes() {
    let a = cuboid([-3.0, -3.0, -3.0], [3.0, 3.0, 3.0]);
    let overlapping = both(&a, &sphere([2.5, 1.0, 0.5], 3, 2.5));
    check(&overlapping, 300);
    check(&both(&a, &a), 200);
    check(&inverted(&a), 200);
    check(&both(&a, &inverted(&sphere([10.0, 0.0, 0.0], 3, 3.0))), 200);
    let shells = both(&both(&a, &inverted(&sphere([0.0; 3], 3, 2.0))), &sphere([0.0; 3], 2, 1.0));
    check(&shells, 300);
}

#[test]
fn open_meshes() {
    let open_box = without(&cuboid([-5.0, -4.0, -3.0], [5.0, 4.0, 3.0]), |n| n == 2 || n == 3);
    check(&open_box, 400);
    check(&without(&bumpy(4), |n| n % 97 < 3), 150);
    check(&without(&sphere([0.0; 3], 4, 6.0), |n| n < 700), 150);
    let mut random = Random(3);
    let shaken = soup(&bumpy(3));
    let vertices =
        shaken.vertices.iter().map(|&v| v + (random.point(0.02) - Point::ORIGIN)).collect();
    check(&TriMesh { vertices, triangles: shaken.triangles }, 100);
}

#[test]
fn points_on_planes_and_edges_of_the_mesh_have_a_side() {
    // Sample planes coincide with faces, edges and diagonals.
    let field = MeshField::new(&cuboid([-2.0; 3], [2.0; 3])).unwrap();
    let block = Block { origin: Point::new(-3.0, -3.0, -3.0), step: [0.5; 3], size: [13; 3] };
    let mut values = vec![0.0f32; block.sample_count()];
    field.sample(&block, &mut values);
    for (n, &value) in values.iter().enumerate() {
        let p = block.point(n % 13, n / 13 % 13, n / 169);
        let q = p.array().map(|v| v.abs() - 2.0);
        let outside = q.map(|v| v.max(0.0));
        let truth =
            outside.iter().map(|v| v * v).sum::<f64>().sqrt() + q[0].max(q[1]).max(q[2]).min(0.0);
        assert!((f64::from(value) - truth).abs() < 1e-6, "{p:?}: {value} for {truth}");
    }
}

#[test]
fn the_cap_of_a_flat_hole_is_flat() {
    // A face of the box is missing: at its middle the winding number is one half by symmetry only
    // for a cube cut in half; the side changes near the hole's plane.
    let field =
        MeshField::new(&without(&cuboid([-5.0; 3], [5.0; 3]), |n| n == 2 || n == 3)).unwrap();
    assert_eq!(field.open_edge_count(), 4);
    let side = |z: f64| field.distance(Point::new(0.0, 0.0, z)) < 0.0;
    assert!(side(4.5) && !side(5.5));
    let near = field.distance(Point::new(0.1, 0.0, 4.999));
    assert!(near.abs() < 0.02, "{near}");
}

#[test]
fn impossible_meshes_are_refused() {
    let good = cuboid([0.0; 3], [1.0; 3]);
    let with = |f: &dyn Fn(&mut Mesh)| {
        let mut mesh = good.clone();
        f(&mut mesh);
        MeshField::new(&mesh).err()
    };
    assert_eq!(with(&|m| m.triangles.clear()), Some(MeshFieldError::Empty));
    assert_eq!(
        with(&|m| m.triangles[3][1] = 8),
        Some(MeshFieldError::StrayIndex { triangle: 3, vertex: 8, vertex_count: 8 })
    );
    let nan = with(&|m| m.vertices[2] = Point::new(0.0, f64::NAN, 0.0));
    assert!(matches!(nan, Some(MeshFieldError::Coordinate { vertex: 2, .. })));
    let far = with(&|m| m.vertices[2] = Point::new(0.0, 1e300, 0.0));
    assert!(matches!(far, Some(MeshFieldError::Coordinate { vertex: 2, .. })));
    // A point and a line are surfaces too, with nothing inside.
    let flat = with(&|m| m.vertices.iter_mut().for_each(|v| *v = Point::new(1.0, 2.0, 3.0)));
    assert_eq!(flat, None);
}

#[test]
fn bounds_hold_the_solid() {
    let mesh = without(&sphere([0.0; 3], 3, 6.0), |n| n < 150);
    let field = MeshField::new(&mesh).unwrap();
    let outside = |p: Point<Lps>| !Aabb::contains(field.bounds(), p);
    let mut random = Random(5);
    for _ in 0..500 {
        let p = random.point(15.0);
        assert!(!outside(p) || field.distance(p) > 0.0, "{p:?}");
    }
}
