//! The implant's mesh and layers as files.

use std::io::{self, Seek, Write};
use std::sync::Arc;

use ossein_design::Part;
use ossein_field::boolean::Solid;
use ossein_field::main_part::MainPart;
use ossein_field::sampled::Sampled;
use ossein_field::{Block, Field, Interval};
use ossein_geom::{
    Aabb, Build, Deg, Finding, Frame, Implant, Job, Layer, Lps, Mm, Point, Rigid, TriMesh, Vector,
};
use ossein_mesh::model3mf::{self, Metadata};
use ossein_mesh::{Watertight, check_watertight, extract, measure, stl};
use ossein_print::cli::{self, Encoding};
use ossein_print::cost::{Rates, cost};
use ossein_print::estimate::{Jumps, Process, Vectors, estimate};
use ossein_print::{LayerOptions, Scan, ScanOptions, layers, scans};
use serde_json::{Map, Value, json};

use super::PrepareError;

/// A place to write bytes to.
pub trait Out: Write + Seek {}
impl<T: Write + Seek> Out for T {}

/// Volume by layers may differ from the solid's by this much.
pub const LAYER_VOLUME_TOLERANCE: f64 = 0.005;

/// The implant's closed surface.
///
/// # Errors
/// [`PrepareError::Open`] where the mesh is not closed, and what the extraction reports.
pub fn surface(
    solid: &MainPart<Implant, Solid<Implant>>,
    job: &Job,
) -> Result<Watertight<Implant>, PrepareError> {
    let mesh = extract(solid, &solid.samples(), job)?;
    Ok(check_watertight(mesh)?)
}

/// Figures of the surface.
pub fn surface_figures(surface: &Watertight<Implant>, part: &Part) -> Value {
    let mesh = surface.mesh();
    let clearance = |(name, solid): &(&str, Arc<Sampled<Implant>>)| {
        let nearest = |p: &Point<Implant>| solid.volume().sample(*p);
        let least = mesh.vertices.iter().map(nearest).fold(f64::INFINITY, f64::min);
        (format!("{name}_mm_min"), json!(least))
    };
    let clearances: Map<String, Value> = part.keep_outs.iter().map(clearance).collect();
    let size = mesh.bounds().size();
    json!({
        "width_mm": size.x,
        "depth_mm": size.y,
        "watertight": true,
        "component_count": surface.component_count(),
        "triangle_count": mesh.triangles.len(),
        "genus": measure::genus(surface),
        "surface_area_mm2": measure::area_mm2(mesh),
        "overhang_mm2": measure::overhang_mm2(mesh, Vector::new(0.0, 0.0, 1.0), Deg(45.0)),
        "mesh_volume_mm3": measure::volume_mm3(mesh),
        "clearance": clearances,
    })
}

/// From the implant to the printer: upright on the plate, its middle over the origin.
pub fn upright(mesh: &TriMesh<Implant>) -> Rigid<Implant, Build> {
    let bounds = mesh.bounds();
    let middle = bounds.center();
    let identity = Rigid::<Implant, Build>::identity();
    let down = identity.turn(Vector::new(middle.x, middle.y, bounds.min.z));
    Rigid::new(identity.rotation, (-down).array())
}

/// Writes the part for the printer.
///
/// # Errors
/// What `out` reports.
pub fn write_3mf<F: Frame>(
    mesh: &TriMesh<F>,
    placement: &Rigid<F, Build>,
    title: &str,
    entries: Vec<(String, String)>,
    out: &mut dyn Out,
) -> io::Result<()> {
    let metadata = Metadata { title: title.into(), entries };
    model3mf::write(&mesh.placed(placement), &metadata, out)
}

/// Writes the part in the patient's frame, to be laid over the scan.
///
/// # Errors
/// What `out` reports.
pub fn write_stl(
    mesh: &TriMesh<Implant>,
    placement: &Rigid<Lps, Implant>,
    title: &str,
    out: &mut dyn Out,
) -> io::Result<()> {
    stl::write(&mesh.placed(&placement.inverse()), title, &mut io::BufWriter::new(out))
}

/// How the part is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Thickness of a layer, mm.
    pub layer_mm: f64,
    /// Distance between samples in the plane, mm.
    pub step_mm: f64,
    /// How far a contour may leave the sampled one, mm.
    pub tolerance_mm: f64,
    /// What the machine and the powder cost.
    pub rates: Rates,
    /// How layers are filled, where vectors are wanted.
    pub scan: Option<ScanOptions>,
}

/// Layers of the part: the figures, and some to look at.
pub struct Layered {
    /// For the report.
    pub figures: Value,
    /// What someone should look at.
    pub findings: Vec<Finding>,
    /// A few layers with their index.
    pub shown: Vec<(usize, Layer)>,
}

impl Layered {
    /// Number of layers.
    pub fn layer_count(&self) -> usize {
        self.figures["layer_count"].as_u64().unwrap_or(0) as usize
    }

    /// Puts the real vectors in place of the estimate.
    pub fn scanned(&mut self, (vectors, thin_count): (Vectors, usize), mass_g: f64, cut: &Cut) {
        let process = Process::default();
        let estimate = vectors.estimate(&process, &Jumps::default());
        let figures = &mut self.figures;
        figures["vector_length_m"] = json!(estimate.vector_length_m);
        figures["time_s"] = json!(estimate.time_s);
        figures["cost"] = json!(cost(estimate.time_s, mass_g, &cut.rates));
        figures["vectors"] = json!(vectors);
        figures["thin_wall_count"] = json!(thin_count);
        figures["scan"] = json!(cut.scan);
        if thin_count > 0 {
            let text = format!(
                "{thin_count} walls thinner than the passes are scanned along their middle"
            );
            self.findings.push(Finding::note("prepare.thin_walls", "layers", text));
        }
    }
}

/// Writes all layers, straight from the field, into every encoding of `outs`.
///
/// # Errors
/// What the field, the outs or the job report.
pub fn write_layers(
    part: &Part,
    placement: &Rigid<Implant, Build>,
    height_mm: f64,
    label: &str,
    cut: Cut,
    outs: Vec<(Encoding, &mut dyn Out)>,
    job: &Job,
) -> Result<Layered, PrepareError> {
    let upright = Upright { part, placement };
    let layer_count = ((height_mm / cut.layer_mm) - 1e-6).ceil() as usize;
    let header = header(&upright, label, layer_count, cut.layer_mm);
    let mut writers = Vec::new();
    for (encoding, out) in outs {
        writers.push(cli::Writer::new(io::BufWriter::new(out), encoding, &header)?);
    }
    let options = cut.options();
    let show = [1, 2, 3].map(|n| n * layer_count / 4);
    let mut shown = Vec::new();
    let (mut area_mm2, mut length_mm) = (Vec::new(), 0.0);
    layers(&upright, (0.0, height_mm), &options, job, |layer| {
        if show.contains(&area_mm2.len()) {
            shown.push((area_mm2.len(), layer.clone()));
        }
        area_mm2.push(layer.area_mm2());
        length_mm += layer.contours.iter().map(|c| c.length_mm()).sum::<f64>();
        writers.iter_mut().try_for_each(|writer| writer.layer(layer))
    })?;
    for writer in writers {
        writer.finish()?;
    }
    let (figures, findings) = layer_figures(part, &area_mm2, length_mm, cut);
    Ok(Layered { figures, findings, shown })
}

/// Writes contour passes and hatches of all layers, straight from the field; returns their sums and
/// the number of walls that are scanned along their middle.
///
/// # Errors
/// What the field, the out or the job report.
pub fn write_scans(
    part: &Part,
    placement: &Rigid<Implant, Build>,
    (height_mm, layer_count): (f64, usize),
    label: &str,
    (cut, scan): (Cut, &ScanOptions),
    out: &mut dyn Out,
    job: &Job,
) -> Result<(Vectors, usize), PrepareError> {
    let upright = Upright { part, placement };
    let header = header(&upright, label, layer_count, cut.layer_mm);
    let mut writer = cli::Writer::for_scans(io::BufWriter::new(out), Encoding::Binary, &header)?;
    let (mut vectors, mut thin_count) = (Vectors::default(), 0);
    scans(&upright, (0.0, height_mm), &cut.options(), scan, job, &mut |scan: &Scan| {
        vectors += Vectors::of(scan);
        thin_count += scan.centre_lines.len();
        writer.scan(scan)
    })?;
    writer.finish()?;
    Ok((vectors, thin_count))
}

fn header(upright: &Upright, label: &str, layer_count: usize, layer_mm: f64) -> cli::Header {
    let bounds = upright.bounds();
    cli::Header {
        label: label.into(),
        layer_count,
        dimension_mm: [
            [bounds.min.x, bounds.min.y, 0.0],
            [bounds.max.x, bounds.max.y, layer_count as f64 * layer_mm],
        ],
    }
}

impl Cut {
    fn options(&self) -> LayerOptions {
        LayerOptions {
            layer: Mm(self.layer_mm),
            step: Mm(self.step_mm),
            tolerance: Mm(self.tolerance_mm),
        }
    }
}

fn layer_figures(part: &Part, area_mm2: &[f64], length_mm: f64, cut: Cut) -> (Value, Vec<Finding>) {
    let area_sum: f64 = area_mm2.iter().sum();
    let volume = area_sum * cut.layer_mm;
    let difference = volume / part.volume_mm3() - 1.0;
    let process = Process::default();
    let estimate = estimate(length_mm, area_sum, area_mm2.len(), &process);
    let mut findings = Vec::new();
    if difference.abs() > LAYER_VOLUME_TOLERANCE {
        let message = format!(
            "the layers hold {volume:.1} mm3 and the solid {:.1} mm3: take a smaller [print] \
             contour_step_mm",
            part.volume_mm3()
        );
        findings.push(Finding::failure("prepare.layer_volume", "layers", message).measured(
            difference.abs(),
            LAYER_VOLUME_TOLERANCE,
            "",
        ));
    }
    let figures = json!({
        "layer_count": area_mm2.len(),
        "layer_mm": cut.layer_mm,
        "build_height_mm": area_mm2.len() as f64 * cut.layer_mm,
        "contour_step_mm": cut.step_mm,
        "area_mm2": area_mm2.iter().map(|a| (a * 1e4).round() / 1e4).collect::<Vec<_>>(),
        "volume_from_layers_mm3": volume,
        "volume_difference": difference,
        "vector_length_m": estimate.vector_length_m,
        "time_s": estimate.time_s,
        "cost": cost(estimate.time_s, part.mass_g(), &cut.rates),
        "rates": cut.rates,
        "process": process,
    });
    (figures, findings)
}

/// The part on the plate: a pure shift, so that blocks stay blocks.
struct Upright<'a> {
    part: &'a Part,
    placement: &'a Rigid<Implant, Build>,
}

impl Upright<'_> {
    fn back(&self, p: Point<Build>) -> Point<Implant> {
        let t = self.placement.translation;
        Point::new(p.x - t[0], p.y - t[1], p.z - t[2])
    }
}

impl Field<Build> for Upright<'_> {
    fn distance(&self, p: Point<Build>) -> f64 {
        self.part.solid.distance(self.back(p))
    }
    fn bounds(&self) -> Aabb<Build> {
        let b = self.part.solid.bounds();
        Aabb::new(self.placement.apply(b.min), self.placement.apply(b.max))
    }
    fn sample(&self, block: &Block<Build>, distances: &mut [f32]) {
        let origin = self.back(block.origin);
        let block = Block { origin, step: block.step, size: block.size };
        self.part.solid.sample(&block, distances);
    }
    fn range(&self, region: &Aabb<Build>) -> Interval {
        let region = Aabb::new(self.back(region.min), self.back(region.max));
        self.part.solid.range(&region)
    }
}
