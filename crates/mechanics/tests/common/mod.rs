//! Models and comparisons that the tests share.
#![allow(dead_code)]

use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    LoadCase, Loads, Model, Motion, Solution, SolveOptions, Support, isotropic, solve, solve_motion,
};

/// Holds `measured` against `expected`, to a relative error.
#[track_caller]
pub fn assert_close(measured: f64, expected: f64, relative: f64) {
    let error = (measured / expected - 1.0).abs();
    assert!(error <= relative, "{measured} for {expected}: off by {error:.3e}");
}

/// The same material everywhere.
pub fn block(size: [usize; 3], voxel_mm: f64, moduli: [f32; 3]) -> Model {
    Model { size, voxel_mm, moduli: vec![moduli; size.iter().product()] }
}

/// Plain options at another tolerance.
pub fn to(tolerance: f64) -> SolveOptions {
    SolveOptions { tolerance, ..SolveOptions::default() }
}

/// A load case.
pub fn case(force_n: [f64; 3], moment_nmm: [f64; 3]) -> LoadCase {
    LoadCase { name: "test".into(), force_n, moment_nmm }
}

/// A column under a load.
pub fn load_column(model: &Model, force: [f64; 3], moment: [f64; 3], tolerance: f64) -> Solution {
    let loads = Loads::column(model);
    solve(model, &loads, &case(force, moment), &to(tolerance), &Job::quiet()).unwrap()
}

/// A column between bonded plates, compressed along z.
pub fn press_column(model: &Model, shift_mm: f64, tolerance: f64) -> Solution {
    let motion = Motion {
        name: "plates".into(),
        translation_mm: [Some(0.0), Some(0.0), Some(shift_mm)],
        rotation_rad: [0.0; 3],
    };
    solve_motion(model, &Loads::column(model), &motion, &to(tolerance), &Job::quiet()).unwrap()
}

/// Planes `x = 0`, `y = 0` and `z = 0` on rollers, the highest plane loaded.
pub fn rollers(model: &Model) -> Loads {
    let side = |axis: usize| Support {
        nodes: model.nodes_where(|node| node[axis] == 0),
        axes: [0, 1, 2].map(|a| a == axis),
    };
    Loads { supports: vec![side(0), side(1), side(2)], loaded: model.top_nodes() }
}

/// Lateral displacement held on all four sides, the bottom on rollers, the highest plane loaded.
pub fn confined(model: &Model) -> Loads {
    let size = model.size;
    let side = |axis: usize| Support {
        nodes: model.nodes_where(|node| node[axis] == 0 || node[axis] == size[axis]),
        axes: [0, 1, 2].map(|a| a == axis),
    };
    let floor = Support { nodes: model.bottom_nodes(), axes: [false, false, true] };
    Loads { supports: vec![side(0), side(1), floor], loaded: model.top_nodes() }
}

/// Whether slow tests were asked for.
pub fn slow_tests() -> bool {
    std::env::var_os("SLOW_TESTS").is_some()
}

/// Titanium of the reference computations.
pub fn titanium() -> [f32; 3] {
    isotropic(Mpa(110_000.0), 0.3)
}
