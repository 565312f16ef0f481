//! G5: all layers of the lattice implant with contours, two passes and hatch, as binary CLI.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ossein_field::Field;
use ossein_geom::{Job, Mm};
use ossein_print::cli::{Encoding, Header, Writer};
use ossein_print::estimate::Vectors;
use ossein_print::{LayerOptions, Scan, ScanOptions, scans};
use serde_json::json;

use crate::implant::ImplantField;
use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task, nothing};

/// With offsets: the lattice's walls are thinner than passes and hatch, and are kept.
pub const TASK: Task = Task {
    name: "g5",
    what: "2,000 layers of the lattice implant: two passes, hatch at 80 um and 67 deg, binary CLI",
    prepare: nothing,
    ours: |folder| ours(folder, &ScanOptions::default()),
    peers: &[Peer {
        name: "field slice + PythonSLM, 8 layers",
        script: "layers.py",
        arguments: &["0.04", "0.08", "0.04"],
    }],
    rounds: 3,
};

/// Without offsets: the hatch fills each layer, its length is area over spacing.
pub const TASK_FULL: Task = Task {
    name: "g5-full",
    what: "the same without offsets: hatch to the outline",
    prepare: nothing,
    ours: |folder| {
        let none = Mm(0.0);
        let options = ScanOptions {
            spot: none,
            pass_distance: none,
            hatch_offset: none,
            ..ScanOptions::default()
        };
        ours(folder, &options)
    },
    peers: &[Peer {
        name: "field slice + PythonSLM, 8 layers",
        script: "layers.py",
        arguments: &["0", "0", "0"],
    }],
    rounds: 3,
};

/// The last of the layers at the heights that the peer takes, too.
const SHOWN: [usize; 3] = [400, 1000, 1600];

fn ours(folder: &Path, scan_options: &ScanOptions) -> Result<Figures, String> {
    let options = LayerOptions { layer: Mm(0.03), step: Mm(0.05), tolerance: Mm(0.005) };
    let bounds = ImplantField.bounds();
    let heights = (bounds.min.z, bounds.max.z);
    let layer_count = 2000;
    let header = Header {
        label: "implant".into(),
        layer_count,
        dimension_mm: [bounds.min.array(), bounds.max.array()],
    };
    let path = folder.join("ours.cli");
    let file = File::create(&path).map_err(|e| e.to_string())?;
    let meter = Meter::start();
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut writer =
        Writer::for_scans(out, Encoding::Binary, &header).map_err(|e| e.to_string())?;
    let (mut sums, mut shown, mut thin) = (Vectors::default(), Vec::new(), 0);
    let mut sink = |scan: &Scan| -> io::Result<()> {
        let vectors = Vectors::of(scan);
        if SHOWN.contains(&scan.layer_index) {
            shown.push(json!({ "layer": scan.layer_index, "hatch_mm": vectors.hatch_mm }));
        }
        thin += scan.centre_lines.len();
        sums += vectors;
        writer.scan(scan)
    };
    scans(&ImplantField, heights, &options, scan_options, &Job::quiet(), &mut sink)
        .map_err(|e| e.to_string())?;
    writer.finish().and_then(|mut out| out.flush()).map_err(|e| e.to_string())?;
    let mut figures = meter.stop();
    let per_layer = figures["cpu_s"].as_f64().unwrap_or(0.0) * 1e3 / layer_count as f64;
    let more = [
        ("cpu_ms_per_layer", json!(per_layer)),
        ("file_mib", json!(path.metadata().map_or(0, |m| m.len()) >> 20)),
        ("contour_m", json!(sums.contour_mm / 1e3)),
        ("hatch_m", json!(sums.hatch_mm / 1e3)),
        ("jump_m", json!(sums.jump_mm / 1e3)),
        ("vectors", json!(sums.vector_count)),
        ("thin_walls", json!(thin)),
        ("shown", json!(shown)),
    ];
    figures.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Ok(figures)
}
