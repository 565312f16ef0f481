//! G2 and G2b: a closed mesh of half a million triangles to the band about it, or about its offset.

use std::path::Path;

use ossein_field::band::{Band, BandOptions, offset};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Job, Lps, Mm};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::measure;
use serde_json::json;

use crate::bone;
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

const OPTIONS: BandOptions = BandOptions { step: Mm(0.2), half_width: Mm(0.6) };

pub const BAND: Task = Task {
    name: "g2",
    what: "524 k triangles to the signed distance within 3 voxels of 0.2 mm",
    prepare,
    ours: |folder| ours(folder, 0.0),
    peers: &[
        Peer { name: "OpenVDB meshToLevelSet", script: "openvdb.py", arguments: &["band", "0"] },
        Peer { name: "Open3D at our samples", script: "distance_open3d.py", arguments: &[] },
    ],
    rounds: 3,
};

pub const OFFSET: Task = Task {
    name: "g2b",
    what: "the band about the surface 1 mm outside of it",
    prepare: bone::prepare,
    ours: |folder| ours(folder, 1.0),
    peers: &[
        Peer {
            name: "OpenVDB LevelSetFilter::offset",
            script: "openvdb.py",
            arguments: &["band", "1"],
        },
        Peer { name: "MeshLib offsetMesh", script: "offset_meshlib.py", arguments: &[] },
    ],
    rounds: 3,
};

/// The mesh, and the places of the band's samples for the peer that takes points.
fn prepare(folder: &Path) -> Result<(), String> {
    bone::prepare(folder)?;
    let made = make(folder, 0.0)?.0;
    let mut bytes = Vec::new();
    made.for_each_sample(|p, value| {
        if f64::from(value.abs()) < OPTIONS.half_width.0 {
            bytes.extend(p.array().into_iter().flat_map(|v| (v as f32).to_le_bytes()));
        }
    });
    let path = folder.join("points.f32");
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn make(folder: &Path, distance_mm: f64) -> Result<(Band<Lps>, Figures), String> {
    let mesh = bone::read(folder)?;
    let meter = Meter::start();
    let solid = MeshField::new(&mesh).map_err(|e| e.to_string())?;
    let made = offset(&solid, Mm(distance_mm), &OPTIONS, &Job::quiet());
    let figures = meter.stop();
    Ok((made.map_err(|e| e.to_string())?, figures))
}

fn ours(folder: &Path, distance_mm: f64) -> Result<Figures, String> {
    let (made, mut figures) = make(folder, distance_mm)?;
    figures.insert("active_samples".into(), json!(made.sample_count()));
    figures.insert("grid_mib".into(), json!(made.byte_count() as f64 / 1048576.0));
    let surface = extract(&made, &samples_around(&made, 0.2), &Job::quiet());
    let surface = surface.map_err(|e| e.to_string())?;
    figures.insert("volume_mm3".into(), json!(measure::volume_mm3(&surface)));
    Ok(figures)
}
