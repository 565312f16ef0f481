//! Euler numbers, surface, curvature and fabric of bodies whose figures are known.

use crate::shapes::{ball, cube, network, sheet};
use ossein_porous::anisotropy::fabric;
use ossein_porous::euler::euler;
use ossein_porous::surface::surface;
use ossein_porous::{Beyond, Voxels};

#[track_caller]
fn numbers(voxels: &Voxels, by_faces: i64, by_corners: i64) {
    let found = euler(voxels, Beyond::Void);
    assert_eq!((found.by_faces, found.by_corners), (by_faces, by_corners));
    // What touches the faces of its image is no less of a body.
    assert_eq!(found.connectivity, 1.0 - by_corners as f64);
}

fn tube(p: [f64; 3], c: [f64; 2], turn: f64, thick: f64) -> bool {
    let r = ((p[0] - c[0]).powi(2) + (p[1] - c[1]).powi(2)).sqrt();
    (r - turn).powi(2) + (p[2] - 20.0).powi(2) <= thick * thick
}

/// Facts D3.31: a ball 1, a hollow ball 2, a torus 0, a body with n handles 1 - n.
#[test]
fn euler_numbers_are_exact() {
    numbers(&ball(40, 15.0), 1, 1);
    let shell = cube(40, |p| {
        let r2: f64 = p.iter().map(|v| (v - 19.5) * (v - 19.5)).sum();
        (81.0..=256.0).contains(&r2)
    });
    numbers(&shell, 2, 2);
    numbers(&cube(40, |p| tube(p, [20.0, 20.0], 12.0, 4.0)), 0, 0);
    let twice = |p| tube(p, [11.0, 20.0], 7.0, 3.0) || tube(p, [25.0, 20.0], 7.0, 3.0);
    numbers(&cube(40, twice), -1, -1);
    let frame = cube(20, |p| p.iter().filter(|v| (5.0..15.0).contains(*v)).count() <= 1);
    numbers(&frame, -4, -4);
    for n in 1..6 {
        let plate = cube(48, |p| {
            let hole = (p[0] as usize / 8) < n && p[0] as usize % 8 == 4 && p[1] as usize == 4;
            p[2] < 3.0 && p[1] < 9.0 && !hole
        });
        numbers(&plate, 1 - n as i64, 1 - n as i64);
    }
}

#[test]
fn corners_and_edges_join_by_corners_alone() {
    let pair = |q: [f64; 3]| cube(4, |p| p == [1.0; 3] || p == q);
    numbers(&pair([2.0, 2.0, 2.0]), 2, 1);
    numbers(&pair([2.0, 2.0, 1.0]), 2, 1);
    numbers(&pair([2.0, 1.0, 1.0]), 1, 1);
    numbers(&cube(1, |_| true), 1, 1);
    numbers(&cube(1, |_| false), 0, 0);
}

/// The figures of BoneJ and scikit-image on the same arrays.
#[test]
fn connectivity_agrees_with_bonej() {
    let slab = cube(64, |p| (26.0..38.0).contains(&p[2]));
    let found = euler(&slab, Beyond::Unseen);
    assert_eq!((found.by_corners, found.contribution, found.connectivity), (1, 0.0, 1.0));
    let found = euler(&sheet(64, 1), Beyond::Unseen);
    assert_eq!((found.by_faces, found.by_corners, found.contribution), (-1, -1, -8.0));
    assert_eq!(euler(&sheet(64, 1), Beyond::Periodic).by_corners, -8);
    let found = euler(&sheet(128, 4), Beyond::Unseen);
    assert_eq!(found.by_corners, found.by_faces);
}

#[track_caller]
fn near(found: f64, truth: f64, share: f64) {
    let off = found / truth - 1.0;
    println!("{found:.6} for {truth:.6}: {off:+.1e}");
    assert!(off.abs() < share, "{found}, not {truth}");
}

#[test]
fn a_ball_has_a_balls_surface_and_curvature() {
    for radius in [12.0, 20.0, 28.0] {
        let voxels = ball(64, radius);
        let found = surface(&voxels, Beyond::Void);
        let pi = std::f64::consts::PI;
        near(found.area_mm2, 4.0 * pi * radius * radius, 0.01);
        near(found.mean_curvature_mm, 4.0 * pi * radius, 0.02);
        let volume = voxels.solid_count() as f64;
        let smi = 12.0 * volume * found.mean_curvature_mm / found.area_mm2.powi(2);
        near(smi, 4.0, 0.02);
    }
}

/// A rod through the image that is cut at its faces: 3 by the structure model, a slab 0.
#[test]
fn rods_and_plates_are_told_apart() {
    let rod = cube(64, |p| (p[0] - 31.3).powi(2) + (p[1] - 31.9).powi(2) <= 400.0);
    let found = surface(&rod, Beyond::Unseen);
    near(found.area_mm2, 2.0 * std::f64::consts::PI * 20.0 * 64.0, 0.05);
    let slope = cube(64, |p| (p[0] + 0.23 * p[1] + 0.31 * p[2] - 49.0).abs() < 9.0);
    let found = surface(&slope, Beyond::Unseen);
    let smi = 12.0 * slope.solid_count() as f64 * found.mean_curvature_mm / found.area_mm2.powi(2);
    assert!(smi.abs() < 0.05, "{smi}");
}

/// What is true over all orientations is not in one: a plane along the grid reads 7.3 % low.
#[test]
fn a_plane_along_the_grid_reads_low_by_a_known_part() {
    let slab = cube(64, |p| (20.0..40.0).contains(&p[2]));
    near(surface(&slab, Beyond::Periodic).area_mm2, 0.927 * 2.0 * 64.0 * 64.0, 0.001);
}

/// The same ball in flat voxels: the weights follow the spacing.
#[test]
fn surface_holds_for_flat_voxels() {
    let at = |m: usize| [m % 60, m / 60 % 60, m / 3600].map(|v| v as f64);
    let inside = |m: usize| {
        let p = at(m);
        (p[0] - 29.5).powi(2) + (p[1] - 29.5).powi(2) + 4.0 * (p[2] - 14.5).powi(2) <= 625.0
    };
    let solid = (0..60 * 60 * 30).map(inside).collect();
    let voxels = Voxels::new([60, 60, 30], [0.1, 0.1, 0.2], solid).unwrap();
    let found = surface(&voxels, Beyond::Void);
    near(found.area_mm2, 4.0 * std::f64::consts::PI * 6.25, 0.02);
    near(found.mean_curvature_mm, 4.0 * std::f64::consts::PI * 2.5, 0.04);
}

#[test]
fn a_gyroid_is_isotropic_and_stretched_balls_are_not() {
    let found = fabric(&network(64, 0.3)).unwrap();
    near(found.degree, 1.0, 0.04);
    let eggs = cube(96, |p| {
        let q = [p[0] / 24.0, p[1] / 24.0, p[2] / 48.0].map(|v: f64| v - v.floor() - 0.5);
        q.iter().map(|v| v * v).sum::<f64>() < 0.12
    });
    let found = fabric(&eggs).unwrap();
    assert!(found.directions[0][2].abs() > 0.99, "{found:?}");
    near(found.degree, 2.0, 0.06);
    assert_eq!(fabric(&cube(8, |_| true)), None);
}
