//! Voxel columns between bonded plates: sheet gyroids, and a bone-like field bonded to one.
//!
//! Every task solves to a true relative residual of 1e-6. The peer is ParOSol, in its Python
//! package's generic build.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ossein_geom::{Job, Mpa, float};
use ossein_mechanics::{
    Keep, LabelModel, Loads, Motion, SolveOptions, Support, Voxels, cubic, isotropic, solve_motion,
};
use serde_json::json;

use crate::bandwidth;
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

/// ParOSol on every core of the machine.
const PEERS: &[Peer] =
    &[Peer { name: "ParOSol (parosol-py)", script: "parosol.py", arguments: &[] }];

/// Sheet gyroid, 128³ voxels.
pub const T1: Task = Task {
    name: "t1",
    what: "sheet-gyroid titanium cube between bonded plates, 128^3 voxels, residual 1e-6",
    prepare: |folder| write(folder, 128, &gyroid_column(128)),
    ours,
    peers: PEERS,
    rounds: 3,
};

/// Sheet gyroid, 256³ voxels.
pub const T1_256: Task = Task {
    name: "t1_256",
    what: "sheet-gyroid titanium cube between bonded plates, 256^3 voxels, residual 1e-6",
    prepare: |folder| write(folder, 256, &gyroid_column(256)),
    ours,
    peers: PEERS,
    rounds: 1,
};

/// Sheet gyroid, 512³ voxels.
pub const T1_512: Task = Task {
    name: "t1_512",
    what: "sheet-gyroid titanium cube between bonded plates, 512^3 voxels, residual 1e-6",
    prepare: |folder| write(folder, 512, &gyroid_column(512)),
    ours,
    peers: &[],
    rounds: 1,
};

/// Bone-like field below, gyroid above: weakly connected.
pub const T1B: Task = Task {
    name: "t1b",
    what: "bone-like random field bonded to a titanium gyroid, 128^3 voxels, residual 1e-6",
    prepare: |folder| write(folder, 128, &bone_column(128)),
    ours,
    peers: PEERS,
    rounds: 1,
};

fn write(folder: &Path, n: usize, labels: &[u8]) -> Result<(), String> {
    let text = |e: std::io::Error| e.to_string();
    fs::write(folder.join("size.txt"), n.to_string()).map_err(text)?;
    fs::write(folder.join("labels.raw"), labels).map_err(text)
}

/// Reads `size.txt` and `labels.raw` and presses the column by 1 %.
fn ours(folder: &Path) -> Result<Figures, String> {
    let meter = Meter::start();
    let text = |e: std::io::Error| e.to_string();
    let n: usize = fs::read_to_string(folder.join("size.txt"))
        .map_err(text)?
        .trim()
        .parse()
        .map_err(|e: std::num::ParseIntError| e.to_string())?;
    let model = LabelModel {
        size: [n; 3],
        voxel_mm: 1.0 / n as f64,
        labels: fs::read(folder.join("labels.raw")).map_err(text)?,
        materials: [110_000.0, 17_000.0].map(|e| cubic(isotropic(Mpa(e), 0.3))).to_vec(),
    };
    let clamp = Support { nodes: plane_nodes(&model, 0), axes: [true; 3] };
    let loads = Loads { supports: vec![clamp], loaded: plane_nodes(&model, n) };
    let motion = Motion {
        name: "plates".into(),
        translation_mm: [Some(0.0), Some(0.0), Some(-0.01)],
        rotation_rad: [0.0; 3],
    };
    let options = SolveOptions {
        // The peers stop on the residual alone.
        balance_tolerance: f64::INFINITY,
        keep: Keep::Figures,
        ..SolveOptions::default()
    };
    let watch = Watch::default();
    let solution = solve_motion(&model, &loads, &motion, &options, &watch.job());
    let solution = solution.map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    // After the meter has stopped: the triad's arrays are none of the task's memory.
    let moved = solution.bytes_per_iteration as f64;
    let rate = moved * solution.iterations as f64 * 1e-9 / watch.seconds();
    let limit = bandwidth::gb_per_s();
    let unknowns = 3 * solution.node_count;
    let peak = figures["peak_mib"].as_f64().unwrap_or(0.0) * 1_048_576.0;
    figures.insert("modulus_mpa".into(), json!(solution.axial_stiffness_n_per_mm));
    figures.insert("modulus_error".into(), json!(solution.energy_error));
    figures.insert("iterations".into(), json!(solution.iterations));
    figures.insert("residual".into(), json!(solution.residual));
    figures.insert("balance_error".into(), json!(solution.balance_error));
    figures.insert("elements".into(), json!(model.labels.iter().filter(|l| **l != 0).count()));
    figures.insert("unknowns".into(), json!(unknowns));
    figures.insert("bytes_per_unknown".into(), json!(peak / unknowns as f64));
    figures.insert("bytes_moved_per_unknown_iteration".into(), json!(moved / unknowns as f64));
    figures.insert("iterations_s".into(), json!(watch.seconds()));
    figures.insert("gb_per_s".into(), json!(rate));
    figures.insert("triad_gb_per_s".into(), json!(limit));
    figures.insert("share_of_bandwidth".into(), json!(rate / limit));
    Ok(figures)
}

/// When the first and the last step of the iteration were reported.
#[derive(Default)]
struct Watch(Arc<Mutex<Option<[Instant; 2]>>>);

impl Watch {
    /// A job that this watches.
    fn job(&self) -> Job {
        let seen = Arc::clone(&self.0);
        Job::new(move |_, _, _| {
            let now = Instant::now();
            if let Ok(mut seen) = seen.lock() {
                *seen = Some([seen.map_or(now, |[first, _]| first), now]);
            }
        })
    }

    /// Seconds from the first step to the last.
    fn seconds(&self) -> f64 {
        let seen = self.0.lock().ok().and_then(|seen| *seen);
        seen.map_or(f64::NAN, |[first, last]| (last - first).as_secs_f64())
    }
}

/// Nodes with material on a plane.
fn plane_nodes(model: &LabelModel, k: usize) -> Vec<u32> {
    let [ni, nj, nk] = model.size;
    let layer = k.min(nk - 1);
    let solid = |i: usize, j: usize| i < ni && j < nj && model.is_solid((layer * nj + j) * ni + i);
    let mut nodes = Vec::new();
    for j in 0..=nj {
        for i in 0..=ni {
            let (i0, j0) = (i.wrapping_sub(1), j.wrapping_sub(1));
            if solid(i, j) || solid(i0, j) || solid(i, j0) || solid(i0, j0) {
                nodes.push(((k * (nj + 1) + j) * (ni + 1) + i) as u32);
            }
        }
    }
    nodes
}

/// Sheet gyroid of 32-voxel cells at least: the 30 % of voxels with the smallest rounded values.
fn gyroid(n: usize, cells: usize) -> Vec<u8> {
    let angle = |i: usize| {
        let turns = cells as f64 * (i as f64 + 0.5) / n as f64;
        float::sin_cos(2.0 * std::f64::consts::PI * turns)
    };
    let table: Vec<(f64, f64)> = (0..n).map(angle).collect();
    // Nine decimals, as whole numbers: voxels that symmetry makes equal stay tied.
    let value = |v: usize| {
        let ((sx, cx), (sy, cy), (sz, cz)) = (table[v % n], table[v / n % n], table[v / (n * n)]);
        ((sx * cy + sy * cz + sz * cx) * 1e9).round_ties_even().abs() as u32
    };
    let mut values: Vec<u32> = (0..n * n * n).map(value).collect();
    let rank = (0.3 * values.len() as f64).round() as usize - 1;
    let (_, &mut threshold, _) = values.select_nth_unstable(rank);
    (0..n * n * n).map(|v| u8::from(value(v) <= threshold)).collect()
}

fn gyroid_column(n: usize) -> Vec<u8> {
    let mut labels = gyroid(n, if n > 64 { 4 } else { 2 });
    keep_largest_piece(&mut labels, n);
    labels
}

/// Below: the highest quarter of smoothed noise, label 2. Above: a gyroid, label 1.
fn bone_column(n: usize) -> Vec<u8> {
    let noise = smoothed_noise(n, 2.5);
    let mut sorted = noise.clone();
    let rank = 3 * sorted.len() / 4;
    let (_, &mut threshold, _) = sorted.select_nth_unstable_by(rank, f32::total_cmp);
    let mut labels = gyroid(n, n / 32);
    for (label, value) in labels.iter_mut().zip(&noise).take(n * n * n / 2) {
        *label = if *value >= threshold { 2 } else { 0 };
    }
    keep_largest_piece(&mut labels, n);
    labels
}

/// Sums of twelve uniform draws, blurred by a periodic Gaussian of `sigma` voxels.
fn smoothed_noise(n: usize, sigma: f64) -> Vec<f32> {
    let draw = |v: usize, turn: u64| {
        // SplitMix64 (Steele, Lea, Flood: OOPSLA 2014).
        let mut z = (v as u64 * 12 + turn + 7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    };
    let mut field: Vec<f32> =
        (0..n * n * n).map(|v| (0..12).map(|t| draw(v, t)).sum::<f32>() - 6.0).collect();
    let reach = (4.0 * sigma + 0.5) as usize;
    let weight = |d: usize| float::exp(-0.5 * (d as f64 / sigma) * (d as f64 / sigma)) as f32;
    let weights: Vec<f32> = (0..=reach).map(weight).collect();
    for stride in [1, n, n * n] {
        let from = field.clone();
        for (v, out) in field.iter_mut().enumerate() {
            let place = v / stride % n;
            let at = |i: usize| from[v - place * stride + i * stride];
            let pair = |d: usize| at((place + d) % n) + at((place + n - d) % n);
            let sum: f32 = (1..=reach).map(|d| weights[d] * pair(d)).sum();
            *out = weights[0] * from[v] + sum;
        }
    }
    field
}

/// Clears everything but the largest face-connected piece.
fn keep_largest_piece(labels: &mut [u8], n: usize) {
    let mut piece = vec![0u32; labels.len()];
    let mut counts = vec![0usize];
    let mut stack = Vec::new();
    for seed in 0..labels.len() {
        if labels[seed] == 0 || piece[seed] != 0 {
            continue;
        }
        let here = counts.len() as u32;
        counts.push(0);
        piece[seed] = here;
        stack.push(seed);
        while let Some(v) = stack.pop() {
            counts[here as usize] += 1;
            for (place, stride) in [(v % n, 1), (v / n % n, n), (v / (n * n), n * n)] {
                let below = (place > 0).then(|| v - stride);
                let above = (place + 1 < n).then(|| v + stride);
                for w in below.into_iter().chain(above) {
                    if labels[w] != 0 && piece[w] == 0 {
                        piece[w] = here;
                        stack.push(w);
                    }
                }
            }
        }
    }
    let largest = (1..counts.len()).max_by_key(|&p| counts[p]).unwrap_or(0) as u32;
    for (label, piece) in labels.iter_mut().zip(&piece) {
        *label = if *piece == largest { *label } else { 0 };
    }
}
