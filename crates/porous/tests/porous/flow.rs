//! Creeping flow against closed forms, tables and another method.

use crate::shapes;
use crate::shapes::{cube, sheet};
use ossein_geom::Job;
use ossein_porous::Voxels;
use ossein_porous::stokes::{
    FlowError, FlowOptions, extrapolated, flow, lattice, permeability, through_sample, wall_shear,
};

fn options(residual_max: f64) -> FlowOptions {
    FlowOptions { residual_max, iteration_count_max: 2000, byte_count_max: 1 << 32 }
}

#[track_caller]
fn near(found: f64, truth: f64, share: f64) {
    let off = found / truth - 1.0;
    println!("{found:.9e} for {truth:.9e}: {off:+.1e}");
    assert!(off.abs() < share, "{found}, not {truth}");
}

/// Permeability along `axis` in voxels².
fn along(voxels: &Voxels, axis: usize) -> f64 {
    let found = flow(voxels, axis, &options(1e-6), &Job::quiet()).unwrap();
    near(found.mean[axis], found.by_energy, 1e-6);
    found.by_energy
}

fn solid_where(size: [usize; 3], solid: impl Fn([usize; 3]) -> bool) -> Voxels {
    let at = |n: usize| [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
    let count = size.iter().product();
    Voxels::new(size, [1.0; 3], (0..count).map(|n| solid(at(n))).collect()).unwrap()
}

/// Facts D3.26: a slit of height h has h²/12. The grid's own answer is h²/12 + 1/6, exactly.
#[test]
fn a_slit() {
    for h in [1usize, 4, 9, 32] {
        let slit = solid_where([1, h + 1, 3], |p| p[1] == 0);
        let expected = (h * h) as f64 / 12.0 + 1.0 / 6.0;
        near(along(&slit, 0) * (h + 1) as f64 / h as f64, expected, 1e-6);
    }
}

/// A square duct has 0.0351442542 a² over its own area.
#[test]
fn a_square_duct_at_second_order() {
    let duct = |a: usize| {
        let voxels = solid_where([2, a + 2, a + 2], |p| {
            p[1] == 0 || p[2] == 0 || p[1] == a + 1 || p[2] == a + 1
        });
        along(&voxels, 0) * ((a + 2) * (a + 2)) as f64 / (a * a * a * a) as f64
    };
    let (coarse, fine) = (duct(16), duct(32));
    near(fine, 0.0351442542, 0.01);
    near(extrapolated(coarse, fine, 2), 0.0351442542, 2e-4);
}

/// A circular pipe has eps d²/32.
#[test]
fn a_pipe() {
    let (n, r) = (48usize, 20.0);
    let pipe = solid_where([2, n, n], |p| {
        let d = |v: usize| v as f64 - (n as f64 - 1.0) / 2.0;
        d(p[1]) * d(p[1]) + d(p[2]) * d(p[2]) > r * r
    });
    let open = 1.0 - pipe.solid_count() as f64 / pipe.voxel_count() as f64;
    near(along(&pipe, 0), open * 4.0 * r * r / 32.0, 0.03);
}

/// Figures of two other programs on the same array (two relaxation times, walls half-way).
#[test]
fn the_lattice_method_agrees_with_its_peers() {
    let cell = sheet(32, 1);
    for viscosity in [1.0 / 6.0, 0.5, 1.0] {
        let k = lattice::permeability(&cell, 0, viscosity, &options(1e-9), &Job::quiet()).unwrap();
        near(k, 1.671045, 1e-6);
    }
    let duct = solid_where([1, 18, 18], |p| p[1] == 0 || p[2] == 0 || p[1] == 17 || p[2] == 17);
    let k = lattice::permeability(&duct, 0, 0.5, &options(1e-9), &Job::quiet()).unwrap();
    near(k, 7.134974, 1e-6);
}

/// Both methods go to one value as voxels shrink, 1.73e-3 to 1.79e-3 of the cell's face: their
/// figures at 32 and 64 voxels, carried on at first order.
#[test]
fn a_gyroid_sheet() {
    let area = |n: usize| (n * n) as f64;
    let ours = [32, 64].map(|n| along(&sheet(n, 1), 0) / area(n));
    // lbmpy and another lattice program on the same arrays.
    let theirs = [1.671045 / area(32), 6.976588 / area(64)];
    near(ours[1], theirs[1], 0.015);
    let (a, b) = (extrapolated(ours[0], ours[1], 1), extrapolated(theirs[0], theirs[1], 1));
    near(a, b, 0.01);
}

#[test]
fn the_tensor_of_a_cubic_cell() {
    let mut cell = sheet(32, 1);
    cell.spacing_mm = [0.1; 3];
    let found = permeability(&cell, &options(1e-5), &Job::quiet()).unwrap();
    let k = found.tensor_mm2;
    for row in 0..3 {
        for column in 0..3 {
            let wanted = if row == column { k[0][0] } else { 0.0 };
            assert!((k[row][column] - wanted).abs() < 1e-5 * k[0][0], "{k:?}");
        }
    }
    near(k[0][0], 1.7014368 * 0.01, 1e-4);
    near(found.porosity, 0.694336, 1e-5);
}

/// A tensor is symmetric and positive, whatever the solid; where no void runs through, it is 0.
#[test]
fn tensors_are_symmetric() {
    let tilted = cube(24, |p| {
        let wave = |v: f64| ossein_geom::float::sin(v * std::f64::consts::PI / 12.0);
        wave(p[0] + p[1]) + 0.6 * wave(p[1] - p[2]) + 0.5 * wave(p[2] + 2.0 * p[0]) > 0.4
    });
    let k = permeability(&tilted, &options(1e-6), &Job::quiet()).unwrap().tensor_mm2;
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        assert!((k[a][b] - k[b][a]).abs() < 1e-5 * k[0][0].max(k[1][1]), "{k:?}");
        assert!(k[a][a] * k[b][b] > k[a][b] * k[b][a], "{k:?}");
    }
    assert!(k[0][1].abs() > 1e-3 * k[0][0], "{k:?}");
    let slit = solid_where([8, 8, 8], |p| p[1] == 0);
    let k = permeability(&slit, &options(1e-6), &Job::quiet()).unwrap().tensor_mm2;
    assert_eq!((k[1], k[0][1], k[2][1]), ([0.0; 3], 0.0, 0.0));
    near(k[0][0], k[2][2], 1e-6);
}

/// A sealed block with a round bore gives the bore's figure over its own area.
#[test]
fn a_bored_sample() {
    let (n, r) = (30usize, 10.0);
    let block = cube(n, |p| (p[0] - 14.5).powi(2) + (p[1] - 14.5).powi(2) > r * r);
    let open = 1.0 - block.solid_count() as f64 / block.voxel_count() as f64;
    let truth = open * r * r / 8.0;
    let found = through_sample(&block, 2, 4, &options(1e-5), &Job::quiet()).unwrap();
    // The entrance of a bore of radius r adds the resistance of 0.59 r of its length.
    near(found.permeability_mm2, truth / (1.0 + 0.59 * r / n as f64), 0.06);
}

/// The pressure gradient pulls on the walls of a slit with half its height times the gradient.
#[test]
fn shear_on_the_walls_of_a_slit() {
    let mut slit = solid_where([4, 17, 4], |p| p[1] == 0);
    slit.spacing_mm = [0.01; 3];
    let flow = flow(&slit, 0, &options(1e-6), &Job::quiet()).unwrap();
    let found = wall_shear(&slit, &flow, 2.0, 3.5).unwrap();
    // Mean velocity in the gap is u = 2 * 17/16 mm/s; the wall's shear rate 6 u / h.
    let truth = 6.0 * (2.0 * 17.0 / 16.0) / 0.16 * 3.5e-3;
    near(found.mean_pa, truth, 0.02);
    near(found.max_pa, truth, 0.02);
    assert_eq!(found.face_count, 2 * 4 * 4);
}

#[test]
fn flows_that_cannot_be_are_named() {
    let ask = |voxels: &Voxels, options: FlowOptions| {
        flow(voxels, 0, &options, &Job::quiet()).unwrap_err()
    };
    let good = options(1e-6);
    assert_eq!(ask(&cube(4, |_| false), good), FlowError::NoSolid);
    assert_eq!(ask(&cube(4, |_| true), good), FlowError::NoVoid);
    let ball = shapes::ball(12, 3.0);
    let small = FlowOptions { byte_count_max: 1000, ..good };
    assert!(matches!(ask(&ball, small), FlowError::TooLarge { limit: 1000, .. }));
    let hasty = FlowOptions { iteration_count_max: 2, ..good };
    assert!(matches!(ask(&ball, hasty), FlowError::NotConverged { iteration_count: 2, .. }));
    let nan = FlowOptions { residual_max: f64::NAN, ..good };
    assert!(matches!(ask(&ball, nan), FlowError::Option { .. }));
}

/// A run ends by a norm of its own, in which little is reached sooner than in the true one.
#[test]
fn a_loose_residual_is_reached() {
    let sheet = sheet(48, 1);
    for residual_max in [0.5, 0.2, 0.05] {
        let found = flow(&sheet, 0, &options(residual_max), &Job::quiet()).unwrap();
        assert!(found.residual <= residual_max, "{} of {residual_max}", found.residual);
    }
}

/// Zick and Homsy's drag of simple cubic arrays at all fractions of their table, up to spheres that
/// touch (facts D3.24, D3.25).
#[test]
fn spheres_in_a_cubic_array() {
    let table = [
        (0.027, 2.008),
        (0.064, 2.810),
        (0.125, 4.292),
        (0.216, 7.442),
        (0.343, 15.4),
        (0.45, 28.1),
        (std::f64::consts::FRAC_PI_6, 42.1),
    ];
    let n = 48;
    for (share, drag) in table {
        let pi = std::f64::consts::PI;
        let radius = ossein_geom::float::pow(share * 0.75 / pi, 1.0 / 3.0);
        let (c, r) = ((n as f64 - 1.0) / 2.0, radius * n as f64);
        let spheres = cube(n, |p| p.iter().map(|v| (v - c) * (v - c)).sum::<f64>() <= r * r);
        let found = along(&spheres, 0) / (n * n) as f64;
        let truth = 1.0 / (6.0 * pi * radius * drag);
        println!("spheres at {share}:");
        near(found, truth, 0.016);
    }
}
