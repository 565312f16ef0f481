//! `ossein layers build.cli`: what a file of layers holds, whoever wrote it.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use ossein_geom::{Contour, Finding, Layer};
use ossein_print::cli::{Direction, Reader, Record, id};
use ossein_print::estimate::{Jumps, Process, Vectors};
use ossein_print::{CentreLine, Scan, Skin, slice3mf, svg};
use serde_json::{Value, json};

use super::{file, part};
use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::finite;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The layers: .cli (text or binary) or .3mf with a stack of slices.
    layers: PathBuf,
    /// A picture of the layer at `--at`, SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Height of the pictured layer above the first one; the middle by default.
    #[arg(long, value_name = "MM", value_parser = finite)]
    at: Option<f64>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(tell(arguments))
}

/// What all layers add up to.
#[derive(Default)]
struct Sums {
    vectors: Vectors,
    /// Solid area times the height of its layer, mm³; counts where there is no hatch.
    volume_mm3: f64,
    /// Heights of the first layer, and of the last one so far.
    heights: Option<[f64; 2]>,
    /// Thickness of the layers, lowest and highest, mm.
    steps: Option<[f64; 2]>,
    /// Area of the layer at hand that waits for its height, mm².
    waiting_mm2: f64,
    contour_count: usize,
    open_count: usize,
    hatch_count: usize,
    /// First layer that lies no higher than the one before.
    falling: Option<(usize, f64)>,
    /// First layer whose solid is negative: contours that turn the wrong way.
    turned: Option<(usize, f64)>,
    /// Lowest and highest x and y.
    bounds: Option<[[f64; 2]; 2]>,
}

fn tell(arguments: &Arguments) -> Result<Exit, AnyError> {
    let path = &arguments.layers;
    let mut sums = Sums::default();
    each(path, |scan| sums.add(scan))?;
    let Some([low, high]) = sums.heights else {
        return Err(format!("{}: it holds no layer", path.display()).into());
    };
    if let Some(svg) = &arguments.svg {
        draw(path, svg, low, high, arguments.at)?;
    }
    progress::clear();
    let findings = sums.findings();
    findings.iter().for_each(progress::finding);
    if arguments.json {
        print_json(&sums.as_json(&findings))
    } else {
        sums.print()
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::CheckFailed })
}

/// Draws the layer at or above a height over the first one.
fn draw(path: &Path, to: &Path, low: f64, high: f64, at: Option<f64>) -> Result<(), AnyError> {
    if let Some(at) = at.filter(|at| !(0.0..=high - low).contains(at)) {
        return Err(format!("--at {at}: the layers span {:.3} mm", high - low).into());
    }
    let wanted = low + at.unwrap_or(0.5 * (high - low)) - 1e-6;
    let mut shown = None;
    each(path, |scan| {
        if shown.is_none() && scan.z_mm >= wanted {
            shown = Some(scan.clone());
        }
    })?;
    let scan = shown.unwrap_or_default();
    file::write(to, |to| svg::scan(&scan, to))?;
    part::wrote(to);
    Ok(())
}

/// Hands on each layer of a file.
fn each(path: &Path, mut take: impl FnMut(&Scan)) -> Result<(), AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let file = BufReader::with_capacity(1 << 20, File::open(path).map_err(|e| told(&e))?);
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let mut count = 0;
    let job = progress::job().labelled("layers");
    let mut hand_on = |scan: Scan| -> io::Result<()> {
        take(&Scan { layer_index: count, ..scan });
        count += 1;
        job.step(count, 0).map_err(|_| io::ErrorKind::Interrupted.into())
    };
    if ending == "3mf" {
        let outline =
            |layer: Layer| Scan { z_mm: layer.z_mm, outline: layer.contours, ..Scan::default() };
        return match slice3mf::read(file, |layer| hand_on(outline(layer))) {
            Ok(_) => Ok(()),
            Err(e) => Err(told(&e)),
        };
    }
    let mut reader = Reader::new(file).map_err(|e| told(&e))?;
    while let Some(record) = reader.next_layer().map_err(|e| told(&e))? {
        hand_on(scan_of(record))?;
    }
    Ok(())
}

/// A record as a layer: with hatches, closed lines are passes; without, they are the outline.
fn scan_of(record: Record) -> Scan {
    let mut scan = Scan { z_mm: record.z_mm, ..Scan::default() };
    let (mut closed, mut has_pass) = (Vec::new(), !record.hatches.is_empty());
    for line in record.polylines {
        has_pass |= line.id == id::CONTOUR;
        if line.direction == Direction::Open {
            scan.centre_lines.push(CentreLine { points: line.points, width_mm_min: 0.0 });
        } else {
            closed.push(Contour { points: line.points });
        }
    }
    if has_pass {
        scan.passes.push(closed);
    } else {
        scan.outline = closed;
    }
    for hatches in record.hatches {
        let skin = match hatches.id {
            id::UP_SKIN => Skin::Up,
            id::DOWN_SKIN => Skin::Down,
            _ => Skin::Core,
        };
        scan.hatches.push((skin, hatches.vectors));
    }
    scan
}

impl Sums {
    fn add(&mut self, scan: &Scan) {
        self.vectors += Vectors::of(scan);
        let closed = || scan.outline.iter().chain(scan.passes.iter().flatten());
        self.contour_count += closed().count();
        self.open_count += scan.centre_lines.len();
        self.hatch_count += scan.hatches.iter().map(|(_, vectors)| vectors.len()).sum::<usize>();
        let area = scan.outline.iter().map(Contour::area_mm2).sum::<f64>();
        let here = (scan.layer_index, scan.z_mm);
        if closed().map(Contour::area_mm2).sum::<f64>() < 0.0 {
            self.turned.get_or_insert(here);
        }
        self.rise(scan.z_mm, here);
        self.waiting_mm2 = area;
        let hatched = scan.hatches.iter().flat_map(|(_, vectors)| vectors.iter().flatten());
        let lined = scan.centre_lines.iter().flat_map(|line| &line.points);
        let points = closed().flat_map(|c| &c.points).chain(hatched).chain(lined);
        for p in points {
            let [low, high] = self.bounds.get_or_insert([*p; 2]);
            (0..2).for_each(|a| (low[a], high[a]) = (low[a].min(p[a]), high[a].max(p[a])));
        }
    }

    /// A layer is as thick as it lies above the one before; the first one as the second.
    fn rise(&mut self, z_mm: f64, here: (usize, f64)) {
        let Some([_, last]) = &mut self.heights else {
            self.heights = Some([z_mm; 2]);
            return;
        };
        let step = z_mm - *last;
        *last = z_mm;
        if step <= 0.0 {
            self.falling.get_or_insert(here);
        }
        let [thin, thick] = self.steps.get_or_insert([step; 2]);
        (*thin, *thick) = (thin.min(step), thick.max(step));
        self.volume_mm3 += self.waiting_mm2 * step;
    }

    /// Area of the last layer times the thickness of the layer beneath, and all before.
    fn volume_mm3(&self) -> f64 {
        self.volume_mm3 + self.waiting_mm2 * self.steps.map_or(0.0, |steps| steps[1])
    }

    fn findings(&self) -> Vec<Finding> {
        let told = |code, (n, z_mm): (usize, f64), text: &str| {
            Finding::failure(code, format!("layer {n}"), format!("{text}, at {z_mm:.4} mm"))
        };
        let falling = "it lies no higher than the layer before";
        let turned = "its contours turn the wrong way: more hole than solid";
        let falling = self.falling.map(|at| told("layers.falling", at, falling));
        let turned = self.turned.map(|at| told("layers.turned", at, turned));
        falling.into_iter().chain(turned).collect()
    }

    fn as_json(&self, findings: &[Finding]) -> Value {
        let estimate = self.vectors.estimate(&Process::default(), &Jumps::default());
        json!({
            "layer_count": self.vectors.layer_count,
            "heights_mm": self.heights,
            "layer_mm": self.steps,
            "bounds_mm": self.bounds,
            "contour_count": self.contour_count,
            "open_line_count": self.open_count,
            "hatch_count": self.hatch_count,
            "volume_mm3": (self.hatch_count == 0).then(|| self.volume_mm3()),
            "vectors": self.vectors,
            "time_s": (self.hatch_count > 0).then_some(estimate.time_s),
            "findings": findings,
        })
    }

    fn print(&self) {
        let [low, high] = self.heights.unwrap_or_default();
        println!("layers      {} from {low:.4} to {high:.4} mm", self.vectors.layer_count);
        if let Some([thin, thick]) = self.steps {
            let same = (thick - thin).abs() < 1e-4;
            let both = if same { format!("{thin:.4}") } else { format!("{thin:.4} to {thick:.4}") };
            println!("thickness   {both} mm");
        }
        if let Some([a, b]) = self.bounds {
            println!("across      {:.3} x {:.3} mm", b[0] - a[0], b[1] - a[1]);
        }
        println!("contours    {} closed, {} open lines", self.contour_count, self.open_count);
        if self.hatch_count == 0 {
            println!("volume      {:.4} mm3", self.volume_mm3());
            return;
        }
        let estimate = self.vectors.estimate(&Process::default(), &Jumps::default());
        println!("passes      {:.3} m", self.vectors.contour_mm / 1e3);
        println!("hatches     {}, {:.3} m", self.hatch_count, self.vectors.hatch_mm / 1e3);
        println!("jumps       {:.3} m", self.vectors.jump_mm / 1e3);
        println!("time        {:.2} h", estimate.time_s / 3600.0);
    }
}
