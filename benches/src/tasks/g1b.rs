//! G1b: a bone mask out of a CT of 512 x 512 x 400: median, threshold, largest, closing, holes.

use std::path::Path;

use ossein_geom::{Grid, Lps, Point, Volume};
use ossein_segment::mask::{Ball, close, fill_holes, largest, median, threshold};
use serde_json::json;

use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

const SIZE: [usize; 3] = [512, 512, 400];

pub const TASK: Task = Task {
    name: "g1b",
    what: "mask of a 512 x 512 x 400 CT: median 3^3, above 250 HU, largest, closing r 3, holes",
    prepare,
    ours,
    peers: &[Peer { name: "SimpleITK", script: "mask_simpleitk.py", arguments: &[] }],
    rounds: 3,
};

/// Porous bones in soft tissue and air, with noise of 18 HU, as little-endian i16.
fn prepare(folder: &Path) -> Result<(), String> {
    let path = folder.join("ct.i16");
    if path.exists() {
        return Ok(());
    }
    let [ni, nj, nk] = SIZE;
    let mut bytes = Vec::with_capacity(2 * ni * nj * nk);
    let mut state = 1u64;
    for n in 0..ni * nj * nk {
        let [x, y, z] = [n % ni, n / ni % nj, n / (ni * nj)].map(|v| v as f64);
        let mut noise = -2.0;
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise += (state >> 33) as f64 / f64::from(1u32 << 31);
        }
        bytes.extend(((tissue_hu(x, y, z) + 31.0 * noise) as i16).to_le_bytes());
    }
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn tissue_hu(x: f64, y: f64, z: f64) -> f64 {
    let square = |v: f64| v * v;
    if square((x - 256.0) / 230.0) + square((y - 256.0) / 180.0) > 1.0 {
        return -1000.0;
    }
    let level = (z / 50.0).floor() * 50.0 + 25.0;
    let body = square((x - 256.0) / 48.0) + square((y - 330.0) / 36.0);
    let bone = (body + square((z - level) / 21.0).powi(2)).sqrt();
    let rib =
        square((x - 256.0).hypot(1.25 * (y - 256.0)) - 215.0) / 49.0 + square((z - level) / 8.0);
    if bone > 1.0 {
        return if rib < 1.0 { 420.0 } else { 50.0 };
    }
    let texture = (0.7 * x).sin() * (0.6 * y).cos() + (0.65 * z).sin();
    if bone > 0.93 { 700.0 } else { 190.0 + 120.0 * texture }
}

fn ours(folder: &Path) -> Result<Figures, String> {
    let path = folder.join("ct.i16");
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let values = bytes.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect();
    drop(bytes);
    let volume = Volume::new(Grid::<Lps>::aligned(Point::ORIGIN, [0.5; 3], SIZE), values);
    let ball = Ball::of_voxels(3).map_err(|e| e.to_string())?;
    let meter = Meter::start();
    let mut lap = std::time::Instant::now();
    let mut laps = Vec::new();
    let mut split = |name: &'static str| {
        laps.push((name, json!(lap.elapsed().as_secs_f64())));
        lap = std::time::Instant::now();
    };
    let smooth = median(&volume);
    split("median_wall_s");
    let bone = threshold(&smooth, 250, i16::MAX);
    split("threshold_wall_s");
    let main = largest(&bone);
    split("largest_wall_s");
    let closed = close(&main, &ball);
    split("closing_wall_s");
    let filled = fill_holes(&closed);
    split("fill_wall_s");
    let mask = filled.volume(1u8, 0);
    split("bytes_wall_s");
    let mut figures = meter.stop();
    figures.extend(laps.into_iter().map(|(name, value)| (name.into(), value)));
    figures.insert("voxels".into(), json!(filled.voxel_count()));
    figures.insert("closed_voxels".into(), json!(closed.voxel_count()));
    figures.insert("largest_voxels".into(), json!(main.voxel_count()));
    let sum = mask.values.iter().enumerate().filter(|(_, v)| **v == 1);
    let sum = sum.fold(0u64, |h, (n, _)| h.wrapping_add((n as u64).wrapping_mul(n as u64 | 1)));
    figures.insert("sum_of_places".into(), json!(sum.to_string()));
    Ok(figures)
}
