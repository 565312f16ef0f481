//! G4: a closed bone of 2.14 million triangles, down to 200,000.

use std::fs;
use std::path::Path;

use ossein_geom::{Job, Lps, Mm, Point, TriMesh};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::intersect::self_crossings;
use ossein_mesh::topology::measure_pieces;
use ossein_mesh::{CompareOptions, SimplifyOptions, Tree, compare, simplify};
use serde_json::{Value, json};

use crate::meter::{Figures, Meter};
use crate::rough_bone::RoughBone;
use crate::task::{Peer, Task};

pub const TASK: Task = Task {
    name: "g4",
    what: "simplify a bone of 2.14 M triangles to 200 k, proved within 20 um both ways",
    prepare,
    ours,
    peers: &[
        Peer { name: "vtkQuadricDecimation", script: "decimate_vtk.py", arguments: &[] },
        Peer { name: "fast-simplification", script: "decimate_fast.py", arguments: &[] },
    ],
    rounds: 3,
};

/// Gives 2.14 million triangles.
const STEP_MM: f64 = 0.112;
const TRIANGLE_COUNT: usize = 200_000;
const MAX_ERROR: Mm = Mm(0.02);
/// Samples by which all sides are compared with the bone.
const SPACING: Mm = Mm(0.1);

fn prepare(folder: &Path) -> Result<(), String> {
    let bone: &dyn ossein_field::Field<Lps> = &RoughBone;
    let mesh = extract(bone, &samples_around(bone, STEP_MM), &Job::quiet());
    save(folder, "", &mesh.map_err(|e| e.to_string())?)
}

fn ours(folder: &Path) -> Result<Figures, String> {
    let bone = load(folder, "")?;
    let options = SimplifyOptions { max_error: MAX_ERROR, triangle_count_min: TRIANGLE_COUNT };
    let meter = Meter::start();
    let made = simplify(&bone, &options, &Job::quiet()).map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    figures.insert("rounds".into(), json!(made.round_count));
    figures.insert("ours".into(), judged(&bone, &made.mesh)?);
    // What the peers left in the round before is judged by the same measure.
    for peer in ["vtk.", "fast."] {
        if let Ok(theirs) = load(folder, peer) {
            figures.insert(peer.trim_end_matches('.').into(), judged(&bone, &theirs)?);
        }
    }
    Ok(figures)
}

fn judged(bone: &TriMesh<Lps>, made: &TriMesh<Lps>) -> Result<Value, String> {
    let job = Job::quiet();
    let apart = compare(bone, made, &CompareOptions { spacing: SPACING }, &job);
    let apart = apart.map_err(|e| e.to_string())?;
    let crossings = self_crossings(made, &Tree::new(made), &job).map_err(|e| e.to_string())?;
    let flat = made.triangles.iter().filter(|&&t| made.doubled_normal(t).norm() < 1e-12).count();
    let um = |mm: f64| (mm * 1e6).round() / 1e3;
    let pieces = measure_pieces(made);
    Ok(json!({
        "triangles": made.triangles.len(),
        "rms_um": um(apart.there.rms_mm.max(apart.back.rms_mm)),
        "p99_um": um(apart.there.p99_mm.max(apart.back.p99_mm)),
        "max_um": um(apart.hausdorff_mm()),
        "crossings": crossings.len(),
        "zero_area": flat,
        "genus": pieces.iter().map(|p| p.genus).collect::<Vec<_>>(),
    }))
}

fn save(folder: &Path, prefix: &str, mesh: &TriMesh<Lps>) -> Result<(), String> {
    let numbers = mesh.vertices.iter().flat_map(|p| p.array());
    let vertices: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
    let triangles: Vec<u8> =
        mesh.triangles.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(format!("{prefix}{name}")), bytes);
    write("vertices.f64", &vertices)
        .and_then(|()| write("triangles.u32", &triangles))
        .map_err(|e| e.to_string())
}

fn load(folder: &Path, prefix: &str) -> Result<TriMesh<Lps>, String> {
    let read = |name: &str| {
        fs::read(folder.join(format!("{prefix}{name}"))).map_err(|e| format!("{name}: {e}"))
    };
    let (vertices, triangles) = (read("vertices.f64")?, read("triangles.u32")?);
    let numbers: Vec<f64> =
        vertices.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    let indices: Vec<u32> =
        triangles.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
    Ok(TriMesh {
        vertices: numbers.as_chunks::<3>().0.iter().map(|p| Point::from(*p)).collect(),
        triangles: indices.as_chunks::<3>().0.to_vec(),
    })
}
