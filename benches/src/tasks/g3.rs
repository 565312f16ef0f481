//! G3: the gyroid implant from its field to 35 million triangles.

use std::path::Path;

use ossein_geom::Job;
use ossein_mesh::extract::extract_compact;
use serde_json::json;

use crate::implant::{self, ImplantField, VOLUME_MM3};
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task, nothing};

const STEP_MM: f64 = 0.1;

pub const TASK: Task = Task {
    name: "g3",
    what: "gyroid implant 35 x 30 x 60 mm at 0.1 mm: field to mesh in memory",
    prepare: nothing,
    ours,
    peers: &[
        Peer {
            name: "numba field + VTK FlyingEdges, STDThread",
            script: "implant_vtk.py",
            arguments: &["0.1"],
        },
        Peer {
            name: "OpenVDB copyFromDense, volumeToMesh",
            script: "openvdb.py",
            arguments: &["implant", "0.1"],
        },
        Peer { name: "PicoGK (picopie)", script: "implant_picogk.py", arguments: &["0.1"] },
    ],
    rounds: 3,
};

fn ours(_folder: &Path) -> Result<Figures, String> {
    let samples = implant::samples(STEP_MM);
    let meter = Meter::start();
    let mesh = extract_compact(&ImplantField, &samples, &Job::quiet());
    let mut figures = meter.stop();
    let mesh = mesh.map_err(|e| e.to_string())?;
    let corner = |v: u32| mesh.vertices[v as usize].map(f64::from);
    let volume = |t: &[u32; 3]| {
        let [a, b, c] = t.map(corner);
        (a[0] * (b[1] * c[2] - b[2] * c[1])
            + a[1] * (b[2] * c[0] - b[0] * c[2])
            + a[2] * (b[0] * c[1] - b[1] * c[0]))
            / 6.0
    };
    let parts = mesh.triangles.chunks(65_536).map(|c| c.iter().map(volume).sum::<f64>());
    let volume = parts.sum::<f64>();
    figures.insert("triangles".into(), json!(mesh.triangles.len()));
    figures.insert("volume_error_percent".into(), json!((volume / VOLUME_MM3 - 1.0) * 100.0));
    Ok(figures)
}
