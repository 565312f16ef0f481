//! Models and comparisons that the tests share.

use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    LoadCase, Loads, Model, Motion, Solution, SolveOptions, Support, isotropic, solve, solve_motion,
};

/// Holds `measured` against `expected`, to a relative error.
#[track_caller]
pub fn assert_close(measured: f64, expected: f64, relative: f64) {
    let error = (measured / expected - 1.0).abs();
    println!("{measured:.10} for {expected:.10}: off by {error:.1e}");
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

/// Order of convergence of figures at numbers of voxels, from the errors of the first and the last.
pub fn order(counts: [usize; 3], values: [f64; 3], exact: f64) -> f64 {
    let [first, _, last] = values.map(|v| (v - exact).abs());
    (first / last).log2() / (counts[2] as f64 / counts[0] as f64).log2()
}

/// Voxels of a body, each with the material's moduli times the part of it that lies inside, as
/// grey values give it at a surface: by 6³ points; less than a tenth is void.
pub fn filled(
    size: [usize; 3],
    voxel_mm: f64,
    moduli: [f32; 3],
    inside: impl Fn([f64; 3]) -> bool,
) -> Model {
    let corner = |at: [usize; 3], bits: usize| {
        [0, 1, 2].map(|a| (at[a] + (bits >> a & 1)) as f64 * voxel_mm)
    };
    let part = |at: [usize; 3]| {
        // No surface passes between corners that agree: bodies are far larger than a voxel.
        let corners = (0..8usize).filter(|&bits| inside(corner(at, bits))).count();
        if corners == 0 || corners == 8 {
            return corners as f64 / 8.0;
        }
        let place = |n: usize| [n % 6, n / 6 % 6, n / 36].map(|i| (i as f64 + 0.5) / 6.0);
        let point = |n: usize| [0, 1, 2].map(|a| (at[a] as f64 + place(n)[a]) * voxel_mm);
        (0..216).filter(|&n| inside(point(n))).count() as f64 / 216.0
    };
    let of = |v: usize| {
        let part = part([v % size[0], v / size[0] % size[1], v / (size[0] * size[1])]);
        if part < 0.1 { [0.0; 3] } else { moduli.map(|c| (f64::from(c) * part) as f32) }
    };
    Model { size, voxel_mm, moduli: (0..size.iter().product()).map(of).collect() }
}
