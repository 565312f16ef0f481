//! T3: permeability of a periodic sheet-gyroid cell.

use std::path::Path;

use ossein_geom::Job;
use ossein_porous::stokes::{FlowOptions, flow};
use serde_json::json;

use crate::arrays;
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

/// Permeability at 128³, to 1e-4 of what the grid can give.
pub const T3: Task = Task {
    name: "t3",
    what: "permeability of a sheet-gyroid cell, 128^3 voxels, to 1e-4 of the grid's own limit",
    prepare,
    ours,
    peers: &[Peer {
        name: "lbmpy 2 (TRT, 3000 steps)",
        script: "lbmpy_flow.py",
        arguments: &["3000"],
    }],
    rounds: 1,
};

fn prepare(folder: &Path) -> Result<(), String> {
    let bytes = arrays::npy(&arrays::t2(128));
    std::fs::write(folder.join("t2_128.npy"), bytes).map_err(|e| e.to_string())
}

/// The residual at which the energy's figure stands within 1e-4 of its limit.
const RESIDUAL_MAX: f64 = 5e-2;

fn ours(_folder: &Path) -> Result<Figures, String> {
    let cell = arrays::t2(128);
    let options = FlowOptions {
        residual_max: RESIDUAL_MAX,
        iteration_count_max: 1000,
        byte_count_max: 1 << 33,
    };
    let meter = Meter::start();
    let flow = flow(&cell, 0, &options, &Job::quiet()).map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    let area = 128.0 * 128.0;
    figures.insert("k over L squared".into(), json!(flow.by_energy / area));
    figures.insert("k over L squared, by mean velocity".into(), json!(flow.mean[0] / area));
    figures.insert("residual".into(), json!(flow.residual));
    figures.insert("iterations".into(), json!(flow.iteration_count));
    let options = FlowOptions { residual_max: 1e-6, ..options };
    let limit = ossein_porous::stokes::flow(&cell, 0, &options, &Job::quiet());
    let limit = limit.map_err(|e| e.to_string())?.by_energy;
    figures.insert("relative distance from the limit".into(), json!(flow.by_energy / limit - 1.0));
    Ok(figures)
}
