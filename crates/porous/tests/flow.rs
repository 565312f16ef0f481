//! Creeping flow against closed forms, tables and another method.

mod shapes;

use ossein_geom::Job;
use ossein_porous::Voxels;
use ossein_porous::stokes::{FlowOptions, extrapolated, flow, lattice, permeability};
use shapes::{cube, sheet};

fn options(residual_max: f64) -> FlowOptions {
    FlowOptions { residual_max, iteration_count_max: 2000, byte_count_max: 1 << 32 }
}

#[track_caller]
fn near(found: f64, truth: f64, share: f64) {
    assert!((found / truth - 1.0).abs() < share, "{found}, not {truth}");
}

/// Permeability along `axis` in voxels².
fn along(voxels: &Voxels, axis: usize) -> f64 {
    let found = flow(voxels, axis, &options(1e-6), &Job::quiet()).unwrap();
    println!("{} iterations, {} and {}", found.iteration_count, found.by_energy, found.mean[axis]);
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
        println!("nu {viscosity}: {k}");
        near(k, 1.671045, 1e-6);
    }
    let duct = solid_where([1, 18, 18], |p| p[1] == 0 || p[2] == 0 || p[1] == 17 || p[2] == 17);
    let k = lattice::permeability(&duct, 0, 0.5, &options(1e-9), &Job::quiet()).unwrap();
    near(k, 7.134974, 1e-6);
}

/// Both methods go to one value as voxels shrink: 1.73e-3 to 1.75e-3 of the cell's face.
#[test]
fn a_gyroid_sheet() {
    let both = |n: usize| {
        let cell = sheet(n, 1);
        let area = (n * n) as f64;
        let steps = if n == 64 { 1e-6 } else { 1e-8 };
        let l = lattice::permeability(&cell, 0, 0.5, &options(steps), &Job::quiet()).unwrap();
        (along(&cell, 0) / area, l / area)
    };
    let (coarse, fine) = (both(32), both(64));
    println!("{coarse:?} {fine:?}");
    println!("{} {}", extrapolated(coarse.0, fine.0, 1), extrapolated(coarse.1, fine.1, 1));
}

/// Zick and Homsy's drag of simple cubic arrays (facts D3.24, D3.25).
#[test]
fn spheres_in_a_cubic_array() {
    for (share, drag) in [(0.027, 2.008), (0.125, 4.292), (0.343, 15.4)] {
        let n = 48;
        let pi = std::f64::consts::PI;
        let radius = |n: usize| ossein_geom::float::pow(share * 0.75 / pi, 1.0 / 3.0) * n as f64;
        let spheres = |n: usize| {
            let c = (n as f64 - 1.0) / 2.0;
            let r = radius(n);
            cube(n, move |p| p.iter().map(|v| (v - c) * (v - c)).sum::<f64>() <= r * r)
        };
        let found = |n: usize| along(&spheres(n), 0) / (n * n) as f64;
        let truth = 1.0 / (6.0 * pi * radius(n) / n as f64 * drag);
        println!("{share}: {} {} {}", found(24) / truth, found(n) / truth, found(96) / truth);
    }
}
