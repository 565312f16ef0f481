//! G1: the bone surface of a CT volume at 250 HU.

use std::fs;
use std::path::Path;

use ossein_geom::{Grid, Job, Lps, Point, Volume, float};
use ossein_mesh::iso_surface;
use rayon::prelude::*;
use serde_json::json;

use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

const SIZE: [usize; 3] = [512, 512, 400];
const SPACING_MM: f64 = 0.5;
const LEVEL_HU: f64 = 250.0;

pub const TASK: Task = Task {
    name: "g1",
    what: "surface at 250 HU of a synthetic CT, 512 x 512 x 400 of int16",
    prepare,
    ours,
    peers: &[Peer {
        name: "VTK FlyingEdges, STDThread",
        script: "iso_vtk.py",
        arguments: &["512", "512", "400", "0.5", "250"],
    }],
    rounds: 5,
};

/// A number between -1 and 1 that depends on the voxel alone, nearly normal: noise of a detector.
fn noise(voxel: usize) -> f64 {
    let mut h = (voxel as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^= h >> 31;
    let sum: u64 = (0..4).map(|n| h >> (16 * n) & 0xFFFF).sum();
    (sum as f64 / 131_070.0 - 1.0) * 1.73
}

/// A spine of eight vertebrae with cortex and trabecular texture, ribs, soft tissue, air.
fn hu(x: f64, y: f64, z: f64) -> f64 {
    let level = (z / 25.0).floor();
    let up = (z - 25.0 * level - 12.5) / 12.5;
    let (bx, by) = (x - 128.0, y - 140.0);
    let trunk = bx * bx / (110.0 * 110.0) + (y - 120.0) * (y - 120.0) / (85.0 * 85.0);
    if trunk > 1.0 {
        return -1000.0;
    }
    let waist = 19.0 * (0.9 + 0.1 * up * up);
    let oval = ((bx * bx / 1.3 + by * by).sqrt() - waist).max((up.abs() - 0.82) * 12.5);
    let (ax, ay) = (bx, y - 168.0);
    let ring = ((ax * ax + ay * ay).sqrt() - 13.0).abs() - 4.0;
    let ring = ring.max((up.abs() - 0.7) * 12.5);
    let around = (bx * bx / (95.0 * 95.0) + (y - 120.0) * (y - 120.0) / (70.0 * 70.0)).sqrt();
    let drop = z + 0.35 * y;
    let rib = ((around - 1.0) * 80.0)
        .abs()
        .max((drop / 25.0 - (drop / 25.0).floor() - 0.5).abs() * 25.0 - 0.5)
        - 4.5;
    let depth = -oval.min(ring).min(rib);
    if depth < 0.0 {
        return 45.0;
    }
    if depth < 1.4 {
        return 900.0;
    }
    let wave = 3.3;
    let texture = float::sin(wave * x) * float::cos(wave * y)
        + float::sin(wave * y) * float::cos(wave * z)
        + float::sin(wave * z) * float::cos(wave * x);
    190.0 + 130.0 * texture
}

fn prepare(folder: &Path) -> Result<(), String> {
    let path = folder.join("ct.raw");
    let [ni, nj, nk] = SIZE;
    if fs::metadata(&path).is_ok_and(|m| m.len() as usize == 2 * ni * nj * nk) {
        return Ok(());
    }
    let plane = |k: usize| -> Vec<u8> {
        let voxel = |n: usize| {
            let at = |n: usize| n as f64 * SPACING_MM;
            let value = hu(at(n % ni), at(n / ni), at(k));
            ((value + 18.0 * noise(k * ni * nj + n)).round() as i16).to_le_bytes()
        };
        (0..ni * nj).flat_map(voxel).collect()
    };
    let planes: Vec<Vec<u8>> = (0..nk).into_par_iter().map(plane).collect();
    fs::write(path, planes.concat()).map_err(|e| e.to_string())
}

fn ours(folder: &Path) -> Result<Figures, String> {
    let bytes = fs::read(folder.join("ct.raw")).map_err(|e| e.to_string())?;
    let values = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    drop(bytes);
    let grid = Grid::<Lps>::aligned(Point::ORIGIN, [SPACING_MM; 3], SIZE);
    let volume = Volume::new(grid, values);
    let meter = Meter::start();
    let mesh = iso_surface(&volume, LEVEL_HU, &Job::quiet());
    let mut figures = meter.stop();
    let mesh = mesh.map_err(|e| e.to_string())?;
    let output = 12 * (mesh.vertices.len() + mesh.triangles.len());
    figures.insert("triangles".into(), json!(mesh.triangles.len()));
    figures.insert("output_mib".into(), json!(output as f64 / 1_048_576.0));
    Ok(figures)
}
