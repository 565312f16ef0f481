//! `ossein slice part.stl -o part.cli`: layers with contour passes and hatches.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use ossein_geom::{Deg, Finding, Layer, Lps, Mm, TriMesh};
use ossein_print::cli::{self, Encoding};
use ossein_print::estimate::{Jumps, Process, Vectors};
use ossein_print::section::sections;
use ossein_print::{
    Hatch, LayerOptions, Parts, Pattern, Scan, ScanOptions, SkinHatch, mesh_scans, slice3mf, svg,
};
use serde_json::json;

use super::{body, file, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{finite, not_negative, positive};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The part, standing on the plate with z up: STL, PLY, OBJ or 3MF.
    part: PathBuf,
    /// The file to write: .cli (vectors) or .3mf (a stack of slices: contours).
    #[arg(long, short)]
    out: PathBuf,
    /// Thickness of a layer.
    #[arg(long, value_name = "MM", default_value_t = 0.03, value_parser = positive)]
    layer: f64,
    /// Contours alone, without passes and hatches.
    #[arg(long)]
    contours: bool,
    /// How hatches are laid.
    #[arg(long, value_enum, default_value = "lines")]
    pattern: PatternWord,
    /// Width of stripes, side of islands.
    #[arg(long, value_name = "MM", default_value_t = 5.0, value_parser = positive)]
    width: f64,
    /// Distance between hatches.
    #[arg(long, value_name = "MM", default_value_t = 0.08, value_parser = positive)]
    hatch: f64,
    /// Turn from layer to layer.
    #[arg(long, value_name = "DEG", default_value_t = 67.0, value_parser = finite)]
    rotation: f64,
    /// Number of contour passes.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    passes: usize,
    /// Half the width that the spot melts.
    #[arg(long, value_name = "MM", default_value_t = 0.04, value_parser = not_negative)]
    spot: f64,
    /// Layers above and below that must be solid for the core's hatch; 0 for no skins.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    skins: usize,
    /// Readable text in place of binary numbers.
    #[arg(long)]
    ascii: bool,
    /// A picture of the layer at `--at`, SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Height of the pictured layer above the part's foot; the middle by default.
    #[arg(long, value_name = "MM", value_parser = finite)]
    at: Option<f64>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// How hatches are laid.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PatternWord {
    /// Long lines, there and back.
    Lines,
    /// Bands of `--width`.
    Stripes,
    /// A chessboard of squares of `--width`.
    Islands,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

impl Arguments {
    fn scan_options(&self) -> ScanOptions {
        let pattern = match self.pattern {
            PatternWord::Lines => Pattern::Lines,
            PatternWord::Stripes => Pattern::Stripes(Mm(self.width)),
            PatternWord::Islands => Pattern::Islands(Mm(self.width)),
        };
        let (spacing, rotation) = (Mm(self.hatch), Deg(self.rotation));
        let hatch = Hatch { pattern, spacing, angle: Deg(0.0), rotation };
        let skin = (self.skins > 0).then_some(SkinHatch { layer_count: self.skins, hatch });
        ScanOptions {
            spot: Mm(self.spot),
            pass_count: self.passes,
            pass_distance: Mm(2.0 * self.spot),
            hatch,
            up: skin,
            down: skin,
            ..ScanOptions::default()
        }
    }
}

/// What all layers add up to.
#[derive(Default)]
struct Sums {
    area_mm2: f64,
    vectors: Vectors,
    thin_count: usize,
    layer_count: usize,
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    let ending = arguments.out.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if !["cli", "3mf"].contains(&ending.as_str()) {
        return Err(
            format!("{}: its ending is neither cli nor 3mf", arguments.out.display()).into()
        );
    }
    let mesh = part::read(&arguments.part)?;
    let volume = ossein_mesh::measure::volume_mm3(&mesh);
    if volume < 0.0 {
        let hint = "it is inside out: `ossein mesh repair` turns it";
        return Err(format!("{}: {volume:.3} mm3; {hint}", arguments.part.display()).into());
    }
    let what = "what lies in several parts of it is cut once, layer by layer";
    let crossing = body::crossing(&mesh, what, &progress::job())?;
    let parts = if crossing.is_some() { Parts::Crossing } else { Parts::Apart };
    let bounds = mesh.bounds();
    let height = bounds.max.z - bounds.min.z;
    if let Some(at) = arguments.at.filter(|at| !(0.0..=height).contains(at)) {
        return Err(format!("--at {at}: the part is {height:.3} mm high").into());
    }
    let dimension_mm = [bounds.min.array(), bounds.max.array()];
    let middle = arguments.at.unwrap_or(0.5 * (bounds.max.z - bounds.min.z)) + bounds.min.z;
    let (mut sums, mut shown) = (Sums::default(), None);
    let label = arguments.part.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let count = ((bounds.max.z - bounds.min.z) / arguments.layer).ceil().max(1.0) as usize;
    let header = cli::Header { label, layer_count: count, dimension_mm };
    let encoding = if arguments.ascii { Encoding::Ascii } else { Encoding::Binary };
    let mut take = |scan: &Scan| {
        sums.add(scan);
        if shown.is_none() && scan.z_mm >= middle {
            shown = Some(scan.clone());
        }
    };
    file::write(&arguments.out, |to: &mut BufWriter<File>| -> Result<(), AnyError> {
        if ending == "3mf" {
            let mut writer = slice3mf::Writer::new(to, dimension_mm)?;
            outlines(arguments, &mesh, parts, |layer| {
                take(&outline(layer));
                writer.layer(layer)
            })?;
            writer.finish()?;
        } else if arguments.contours {
            let mut writer = cli::Writer::new(to, encoding, &header)?;
            outlines(arguments, &mesh, parts, |layer| {
                take(&outline(layer));
                writer.layer(layer)
            })?;
            writer.finish()?;
        } else {
            let mut writer = cli::Writer::for_scans(to, encoding, &header)?;
            scans(arguments, &mesh, parts, |scan| {
                take(scan);
                writer.scan(scan)
            })?;
            writer.finish()?;
        }
        Ok(())
    })?;
    part::wrote(&arguments.out);
    if let (Some(path), Some(scan)) = (&arguments.svg, &shown) {
        file::write(path, |to| svg::scan(scan, to))?;
        part::wrote(path);
    }
    progress::clear();
    crossing.iter().for_each(progress::finding);
    tell(arguments, &sums, crossing);
    Ok(Exit::Done)
}

fn outline(layer: &Layer) -> Scan {
    Scan { z_mm: layer.z_mm, outline: layer.contours.clone(), ..Scan::default() }
}

fn heights(mesh: &TriMesh<Lps>) -> (f64, f64) {
    let bounds = mesh.bounds();
    (bounds.min.z, bounds.max.z)
}

fn open(part: &Path, open_count: usize) -> Result<(), AnyError> {
    if open_count == 0 {
        return Ok(());
    }
    let hint = "`ossein mesh repair` makes a closed one";
    Err(format!("{}: {open_count} contours do not close; {hint}", part.display()).into())
}

fn outlines(
    arguments: &Arguments,
    mesh: &TriMesh<Lps>,
    parts: Parts,
    sink: impl FnMut(&Layer) -> io::Result<()>,
) -> Result<(), AnyError> {
    let job = progress::job().labelled("layers");
    let swept = sections(mesh, heights(mesh), Mm(arguments.layer), parts, &job, sink)?;
    open(&arguments.part, swept.open_count)
}

fn scans(
    arguments: &Arguments,
    mesh: &TriMesh<Lps>,
    parts: Parts,
    mut sink: impl FnMut(&Scan) -> io::Result<()>,
) -> Result<(), AnyError> {
    let job = progress::job().labelled("layers");
    let options = LayerOptions {
        layer: Mm(arguments.layer),
        step: Mm(0.5 * arguments.spot.max(0.02)),
        tolerance: Mm(0.002),
    };
    let scan = arguments.scan_options();
    let swept = mesh_scans(mesh, heights(mesh), &options, &scan, parts, &job, &mut sink)?;
    open(&arguments.part, swept.open_count)
}

impl Sums {
    fn add(&mut self, scan: &Scan) {
        let layer = Layer { z_mm: scan.z_mm, contours: scan.outline.clone() };
        self.area_mm2 += layer.area_mm2();
        self.vectors += Vectors::of(scan);
        self.thin_count += scan.centre_lines.len();
        self.layer_count += 1;
    }
}

fn tell(arguments: &Arguments, sums: &Sums, finding: Option<Finding>) {
    let volume = sums.area_mm2 * arguments.layer;
    let estimate = sums.vectors.estimate(&Process::default(), &Jumps::default());
    if arguments.json {
        print_json(&json!({
            "layer_count": sums.layer_count,
            "layer_mm": arguments.layer,
            "volume_mm3": volume,
            "vectors": sums.vectors,
            "thin_wall_count": sums.thin_count,
            "time_s": estimate.time_s,
            "findings": Vec::from_iter(finding),
        }));
        return;
    }
    println!("{} layers, {volume:.4} mm3", sums.layer_count);
    if !arguments.contours && sums.vectors.vector_count > 0 {
        let (contour, hatch) = (sums.vectors.contour_mm / 1e3, sums.vectors.hatch_mm / 1e3);
        println!(
            "{contour:.2} m of passes, {hatch:.2} m of hatches, {:.2} h",
            estimate.time_s / 3600.0
        );
    }
    if sums.thin_count > 0 {
        println!("{} thin walls scanned along their middle", sums.thin_count);
    }
}
