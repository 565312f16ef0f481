//! T4: morphometry of a sheet-gyroid block.

use std::path::Path;

use ossein_geom::Job;
use ossein_porous::euler::euler;
use ossein_porous::{Beyond, Phase, ThicknessOptions, thickness};
use serde_json::json;

use crate::arrays;
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

/// Tb.Th, Tb.Sp and Euler number at 256³.
pub const T4: Task = Task {
    name: "t4",
    what: "Tb.Th, Tb.Sp and Euler number of a sheet-gyroid block, 256^3 voxels",
    prepare,
    ours,
    peers: &[
        Peer {
            name: "localthickness, scikit-image (exact)",
            script: "morphometry.py",
            arguments: &["localthickness"],
        },
        Peer {
            name: "porespy, scikit-image (25 sizes)",
            script: "morphometry.py",
            arguments: &["porespy"],
        },
    ],
    rounds: 3,
};

/// Tb.Th alone, which the peers do without Tb.Sp.
pub const T4_THICKNESS: Task = Task {
    name: "t4th",
    what: "Tb.Th alone of a sheet-gyroid block, 256^3 voxels",
    prepare,
    ours: ours_thickness,
    peers: &[Peer {
        name: "localthickness (exact)",
        script: "morphometry.py",
        arguments: &["localthickness", "solid"],
    }],
    rounds: 3,
};

fn prepare(folder: &Path) -> Result<(), String> {
    let bytes = arrays::npy(&arrays::t1(256));
    std::fs::write(folder.join("t1_256.npy"), bytes).map_err(|e| e.to_string())
}

fn options(phase: Phase) -> ThicknessOptions {
    ThicknessOptions { phase, beyond: Beyond::Unseen, byte_count_max: 1 << 33 }
}

fn ours(_folder: &Path) -> Result<Figures, String> {
    let block = arrays::t1(256);
    let meter = Meter::start();
    let measure = |phase| thickness(&block, &options(phase), &Job::quiet());
    let solid = measure(Phase::Solid).map_err(|e| e.to_string())?;
    let void = measure(Phase::Void).map_err(|e| e.to_string())?;
    let euler = euler(&block, Beyond::Unseen);
    let mut figures = meter.stop();
    figures.insert("Tb.Th, voxels".into(), json!([solid.mean_mm, solid.sd_mm, solid.max_mm]));
    figures.insert("Tb.Sp, voxels".into(), json!([void.mean_mm, void.sd_mm, void.max_mm]));
    figures.insert("Euler number".into(), json!([euler.by_faces, euler.by_corners]));
    figures.insert("contribution".into(), json!(euler.contribution));
    Ok(figures)
}

fn ours_thickness(_folder: &Path) -> Result<Figures, String> {
    let block = arrays::t1(256);
    let meter = Meter::start();
    let solid = thickness(&block, &options(Phase::Solid), &Job::quiet());
    let solid = solid.map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    figures.insert("Tb.Th, voxels".into(), json!([solid.mean_mm, solid.sd_mm, solid.max_mm]));
    Ok(figures)
}
