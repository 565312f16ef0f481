//! Damage that is made, and repaired to the shape from before.

use ossein_field::primitive::{Cuboid, Sphere};
use ossein_geom::{Aabb, Job, Lps, Point, TriMesh};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::repair::{ChangeKind, RepairOptions, Repaired, repair};
use ossein_mesh::{check_watertight, measure};

fn ball(x: f64, radius_mm: f64) -> TriMesh<Lps> {
    let ball = Sphere { center: Point::<Lps>::new(x, 0.2, 0.3), radius_mm };
    extract(&ball, &samples_around(&ball, 0.5), &Job::quiet()).unwrap()
}

fn cube(min: [f64; 3], size: f64) -> TriMesh<Lps> {
    let at = |n: usize| Point::from([0, 1, 2].map(|a| min[a] + size * (n >> a & 1) as f64));
    let faces =
        [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
    let split = |[a, b, c, d]: [u32; 4]| [[a, b, c], [a, c, d]];
    TriMesh {
        vertices: (0..8).map(at).collect(),
        triangles: faces.into_iter().flat_map(split).collect(),
    }
}

fn joined(parts: &[TriMesh<Lps>]) -> TriMesh<Lps> {
    let mut out = TriMesh::default();
    for part in parts {
        let first = out.vertices.len() as u32;
        out.vertices.extend(&part.vertices);
        out.triangles.extend(part.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    out
}

fn repaired(mesh: &TriMesh<Lps>) -> Repaired<Lps> {
    repair(mesh, &RepairOptions::default(), &Job::quiet()).unwrap()
}

fn count(of: &Repaired<Lps>, kind: ChangeKind) -> usize {
    of.changes.iter().filter(|c| c.kind == kind).map(|c| c.count).sum()
}

#[track_caller]
fn check_solid(of: &Repaired<Lps>, volume_mm3: f64, part: f64, pieces: usize) {
    assert!(of.is_solid(), "{:?} {} {:?}", of.defects, of.crossing_count, of.changes);
    let volume = measure::volume_mm3(&of.mesh);
    assert!((volume / volume_mm3 - 1.0).abs() <= part, "{volume} of {volume_mm3}");
    assert_eq!(check_watertight(of.mesh.clone()).unwrap().component_count(), pieces);
}

#[test]
fn a_sound_mesh_stays_as_it_was() {
    let mesh = ball(0.0, 5.0);
    let fixed = repaired(&mesh);
    assert!(fixed.changes.is_empty(), "{:?}", fixed.changes);
    assert_eq!(fixed.mesh.triangles.len(), mesh.triangles.len());
}

#[test]
fn loose_triangles_are_welded() {
    let mesh = ball(0.0, 5.0);
    let mut loose = TriMesh::default();
    for (n, &t) in mesh.triangles.iter().enumerate() {
        for p in mesh.corners(t) {
            let noise = 1e-5 * ((n * 7919 % 13) as f64 / 13.0 - 0.5);
            loose.vertices.push(Point::new(p.x + noise, p.y, p.z - noise));
        }
        let v = 3 * n as u32;
        loose.triangles.push([v, v + 1, v + 2]);
    }
    let fixed = repaired(&loose);
    check_solid(&fixed, measure::volume_mm3(&mesh), 1e-5, 1);
    assert!(count(&fixed, ChangeKind::Welded) > 1000);
}

#[test]
fn holes_are_filled() {
    let mesh = ball(0.0, 5.0);
    let volume = measure::volume_mm3(&mesh);
    let mut holed = mesh.clone();
    holed.triangles.retain(|&t| mesh.corners(t).iter().all(|p| p.z < 4.6));
    holed.triangles.remove(100);
    let fixed = repaired(&holed);
    assert_eq!(count(&fixed, ChangeKind::FilledHole), 2);
    check_solid(&fixed, volume, 0.02, 1);
    let mut half = mesh.clone();
    half.triangles.retain(|&t| mesh.corners(t).iter().all(|p| p.z < 0.3));
    let fixed = repaired(&half);
    check_solid(&fixed, 0.5 * volume, 0.1, 1);
    let options = RepairOptions { hole_edge_count_max: 10, ..RepairOptions::default() };
    let open = repair(&half, &options, &Job::quiet()).unwrap();
    assert!(!open.is_solid() && count(&open, ChangeKind::OpenHole) == 1);
}

#[test]
fn triangles_are_turned_outwards() {
    let mesh = ball(0.0, 5.0);
    let volume = measure::volume_mm3(&mesh);
    let mut mixed = mesh.clone();
    mixed.triangles.iter_mut().step_by(7).for_each(|t| t.swap(0, 1));
    let fixed = repaired(&mixed);
    check_solid(&fixed, volume, 1e-12, 1);
    let mut inward = mesh.clone();
    inward.triangles.iter_mut().for_each(|t| t.swap(0, 1));
    check_solid(&repaired(&inward), volume, 1e-12, 1);
    // A cavity stays one; a ball inside out beside it does not.
    let mut cavity = ball(0.0, 2.0);
    cavity.triangles.iter_mut().for_each(|t| t.swap(0, 1));
    let mut beside = ball(9.0, 2.0);
    beside.triangles.iter_mut().for_each(|t| t.swap(0, 1));
    let hollow = repaired(&joined(&[mesh, cavity, beside]));
    check_solid(&hollow, volume, 1e-3, 3);
}

#[test]
fn doubled_and_degenerate_triangles_go() {
    let mesh = ball(0.0, 5.0);
    let mut worse = mesh.clone();
    worse.triangles.extend_from_slice(&mesh.triangles[5..9]);
    worse.triangles.push([3, 3, 4]);
    worse.triangles.push([3, 4, 99_999]);
    let fixed = repaired(&worse);
    check_solid(&fixed, measure::volume_mm3(&mesh), 1e-12, 1);
    assert_eq!(count(&fixed, ChangeKind::Duplicate), 4);
    assert_eq!(count(&fixed, ChangeKind::Degenerate), 1);
    assert_eq!(count(&fixed, ChangeKind::Unusable), 1);
}

#[test]
fn cubes_that_share_an_edge_or_a_corner_are_parted() {
    for (other, sheets) in [([1.0, 1.0, 0.0], 2), ([1.0, 1.0, 1.0], 1)] {
        let both = joined(&[cube([0.0; 3], 1.0), cube(other, 1.0)]);
        let fixed = repaired(&both);
        assert_eq!(count(&fixed, ChangeKind::SplitVertex), sheets, "{:?}", fixed.changes);
        assert_eq!(fixed.defects, None);
        assert!((measure::volume_mm3(&fixed.mesh) - 2.0).abs() < 1e-12);
        assert_eq!(check_watertight(fixed.mesh).unwrap().component_count(), 2);
    }
}

#[test]
fn a_shared_wall_goes() {
    let both = joined(&[cube([0.0; 3], 1.0), cube([1.0, 0.0, 0.0], 1.0)]);
    let fixed = repaired(&both);
    check_solid(&fixed, 2.0, 1e-12, 1);
    assert_eq!(count(&fixed, ChangeKind::Duplicate), 4);
}

#[test]
fn specks_go_and_crossings_are_told() {
    let mesh = ball(0.0, 5.0);
    let fixed = repaired(&joined(&[mesh.clone(), cube([9.0; 3], 0.05)]));
    assert_eq!(count(&fixed, ChangeKind::Speck), 1);
    check_solid(&fixed, measure::volume_mm3(&mesh), 1e-12, 1);
    let crossed = repaired(&joined(&[mesh, ball(3.0, 4.0)]));
    assert!(crossed.crossing_count > 10 && !crossed.is_solid());
}

#[test]
fn a_box_without_lid_is_closed() {
    let bounds = Aabb::new(Point::new(0.0, 0.0, 0.0), Point::new(4.0, 4.0, 4.0));
    let body = Cuboid::<Lps> { bounds, round_mm: 0.0 };
    let mesh = extract(&body, &samples_around(&body, 0.3), &Job::quiet()).unwrap();
    let mut open = mesh.clone();
    open.triangles.retain(|&t| mesh.corners(t).iter().any(|p| p.z < 3.8));
    check_solid(&repaired(&open), measure::volume_mm3(&mesh), 0.08, 1);
}
