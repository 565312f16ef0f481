//! Bodies whose sizes are known, as voxels.

use ossein_geom::float;
use ossein_porous::Voxels;

/// The voxels of a cube of `n` for which `inside` holds; edges of 1 mm.
pub fn cube(n: usize, inside: impl Fn([f64; 3]) -> bool) -> Voxels {
    let count = n * n * n;
    let at = |m: usize| [m % n, m / n % n, m / (n * n)].map(|v| v as f64);
    Voxels::new([n; 3], [1.0; 3], (0..count).map(|m| inside(at(m))).collect()).unwrap()
}

/// A ball about the middle of a cube of `n` voxels.
pub fn ball(n: usize, radius: f64) -> Voxels {
    let c = (n as f64 - 1.0) / 2.0;
    cube(n, |p| p.iter().map(|v| (v - c) * (v - c)).sum::<f64>() <= radius * radius)
}

/// `cells` periods of the gyroid's function, its values rounded to a billionth.
fn gyroid(n: usize, cells: usize) -> Vec<f64> {
    let angle = |i: usize| 2.0 * std::f64::consts::PI * cells as f64 * (i as f64 + 0.5) / n as f64;
    let wave: Vec<(f64, f64)> = (0..n).map(|i| float::sin_cos(angle(i))).collect();
    let at = |m: usize| {
        let [x, y, z] = [m % n, m / n % n, m / (n * n)].map(|i| wave[i]);
        let sum = x.0 * y.1 + y.0 * z.1 + z.0 * x.1;
        (sum * 1e9).round_ties_even() / 1e9
    };
    (0..n * n * n).map(at).collect()
}

/// The `share` of the voxels with the lowest values, with all that tie with the last.
fn lowest(n: usize, values: Vec<f64>, share: f64) -> Voxels {
    let count = (share * values.len() as f64).round_ties_even() as usize;
    let mut sorted = values.clone();
    let (_, limit, _) = sorted.select_nth_unstable_by(count - 1, f64::total_cmp);
    let limit = *limit;
    Voxels::new([n; 3], [1.0; 3], values.iter().map(|&v| v <= limit).collect()).unwrap()
}

/// A sheet gyroid of 30 % solid.
pub fn sheet(n: usize, cells: usize) -> Voxels {
    sheet_of(n, cells, 0.30)
}

/// A sheet gyroid.
pub fn sheet_of(n: usize, cells: usize, share: f64) -> Voxels {
    lowest(n, gyroid(n, cells).iter().map(|v| v.abs()).collect(), share)
}

/// A network gyroid.
pub fn network(n: usize, share: f64) -> Voxels {
    lowest(n, gyroid(n, 1), share)
}
