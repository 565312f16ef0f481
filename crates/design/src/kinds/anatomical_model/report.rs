//! The figures of a model, and what someone should look at.

use ossein_geom::{Choices, Finding, Implant, Job, Rigid, TriMesh, Vector};
use ossein_mesh::thickness::thickness;
use ossein_mesh::{Tree, check_watertight, measure};
use ossein_shape::piece::pieces;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cuts::Peg;
use super::design::{Inputs, Piece};
use super::errors::ModelError;
use super::hollow::Drain;
use super::struts::Strut;
use super::surface::Surface;

/// Longer struts bend, mm (an estimate).
const STRUT_MM_MAX: f64 = 40.0;
/// Colour of struts.
pub const STRUT_COLOR: [u8; 3] = [150, 155, 160];
/// Points of the labels' surface that are held against the model's.
const HELD_COUNT: usize = 100_000;
/// Places at which walls are measured.
const WALL_COUNT: usize = 20_000;
/// No farther than this is looked for the model's surface, mm.
const FAR_MM: f64 = 50.0;

/// Figures of a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BodyReport {
    /// Name of the structure, or `struts`.
    pub name: String,
    /// Volume over all pieces, mm³.
    pub volume_mm3: f64,
    /// Of its voxels in the map; none for struts, mm³.
    pub labelled_mm3: Option<f64>,
    /// Red, green, blue.
    pub color: [u8; 3],
}

/// Figures of a piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PieceReport {
    /// From 1.
    pub number: usize,
    /// Along x, y, z as it lies on the plate.
    pub size_mm: [f64; 3],
    /// Volume, mm³.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// Number of triangles.
    pub triangle_count: usize,
    /// Parts that do not hang together.
    pub component_count: usize,
    /// 5 % of its surface stands on thinner walls, mm.
    pub wall_p5_mm: Option<f64>,
    /// Half of its surface does.
    pub wall_p50_mm: Option<f64>,
    /// What is engraved.
    pub engraved: Option<String>,
}

/// Figures of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it is made of.
    pub bodies: Vec<BodyReport>,
    /// Loose parts before they were joined.
    pub part_count: usize,
    /// Crumbs that were left out.
    pub crumb_count: usize,
    /// Their volume, mm³.
    pub crumb_mm3: f64,
    /// Voids that were filled.
    pub filled_count: usize,
    /// Their volume, mm³.
    pub filled_mm3: f64,
    /// Struts between loose parts.
    pub struts: Vec<Strut>,
    /// Number of hollows.
    pub hollow_count: usize,
    /// Their volume, mm³.
    pub hollow_mm3: f64,
    /// Holes that empty them.
    pub drains: Vec<Drain>,
    /// Pegs across cuts.
    pub pegs: Vec<Peg>,
    /// What is printed.
    pub pieces: Vec<PieceReport>,
    /// From the labels' surface to the model's, mean, mm.
    pub error_mean_mm: f64,
    /// 95 % of the labels' surface are nearer, mm.
    pub error_p95_mm: f64,
    /// Farthest, mm.
    pub error_max_mm: f64,
}

/// What was left out and filled.
pub(super) fn surface(surface: &Surface, findings: &mut Vec<Finding>) {
    let (crumbs, crumb_mm3) = surface.crumbs;
    if crumbs > 0 {
        let message = format!("{crumbs} loose crumbs of {crumb_mm3:.0} mm3 together were left out");
        findings.push(Finding::note("model.crumbs", "labels", message));
    }
    let (filled, filled_mm3) = surface.filled;
    if filled > 0 {
        let message = format!(
            "{filled} voids of {filled_mm3:.0} mm3 together, into which no way leads, were filled"
        );
        findings.push(Finding::note("model.filled", "labels", message));
    }
}

/// Loose parts, and struts that are long.
pub(super) fn struts(struts: &[Strut], part_count: usize, findings: &mut Vec<Finding>) {
    if struts.is_empty() && part_count > 1 {
        let message = format!("{part_count} parts do not hang together");
        findings.push(Finding::warning("model.loose", "model", message));
    }
    let longest = struts.iter().map(Strut::length_mm).fold(0.0, f64::max);
    if longest > STRUT_MM_MAX {
        let message = format!("a strut is {longest:.0} mm long: it may bend or break");
        let finding = Finding::warning("model.strut", "struts", message);
        findings.push(finding.measured(longest, STRUT_MM_MAX, "mm"));
    }
}

/// Walls that meet everywhere.
pub(super) fn no_hollow(wall_mm: f64) -> Finding {
    let message = format!(
        "walls of {wall_mm} mm leave no hollow of 300 mm3: the model is solid; take a smaller \
         [model] wall_mm"
    );
    Finding::warning("model.no_hollow", "model", message)
}

/// A cut without a peg, with fewer than were asked for, or with smaller ones.
pub(super) fn pegs(n: usize, found: &[Peg], deepest_mm: f64, choices: &Choices) -> Option<Finding> {
    let (place, wanted_mm) = (format!("cut {}", n + 1), choices.number("model.peg_mm"));
    let wanted = choices.whole("model.pegs").max(0) as usize;
    let Some(first) = found.first() else {
        let message = format!(
            "no peg of {wanted_mm} mm or smaller finds room: the section is {deepest_mm:.1} mm deep at \
             most; another plane may have room"
        );
        return (wanted > 0).then(|| Finding::warning("model.no_peg", place, message));
    };
    if first.diameter_mm < wanted_mm {
        let message = format!(
            "pegs of {wanted_mm} mm find no room: the section is {deepest_mm:.1} mm deep at most; they \
             are made {:.1} mm thick and {:.1} mm long",
            first.diameter_mm, first.length_mm
        );
        let finding = Finding::note("model.small_pegs", place, message);
        return Some(finding.measured(first.diameter_mm, wanted_mm, "mm"));
    }
    let message = format!("{} pegs of {wanted} find room", found.len());
    let finding = || Finding::note("model.few_pegs", place, message);
    (found.len() < wanted).then(|| finding().measured(found.len() as f64, wanted as f64, ""))
}

/// The turn that lays `down` on the printer's plate; it stays as it is where that is down already.
pub fn laid(down: Vector<Implant>) -> Rigid<Implant, ossein_geom::Build> {
    let up = -down.unit();
    let aside =
        if up.y.abs() < 0.9 { Vector::new(0.0, 1.0, 0.0) } else { Vector::new(1.0, 0.0, 0.0) };
    let x = aside.cross(up).unit();
    Rigid::from_axes(ossein_geom::Point::ORIGIN, x, up.cross(x), up)
}

/// Figures of a piece.
pub(super) fn piece(
    piece: &Piece,
    number: usize,
    engraved: Option<String>,
    choices: &Choices,
    findings: &mut Vec<Finding>,
    job: &Job,
) -> Result<PieceReport, ModelError> {
    let place = format!("piece {number}");
    let closed = check_watertight(piece.whole.clone())?;
    let mesh = closed.mesh();
    let parts = pieces(mesh).into_iter().filter(|part| measure::volume_mm3(part) > 0.0);
    let component_count = parts.count();
    if component_count > 1 && choices.flag("model.join") {
        let message =
            format!("it falls into {component_count} parts: another plane may keep them together");
        findings.push(Finding::warning("model.parts", place.clone(), message));
    }
    let size_mm = mesh.placed(&laid(piece.down)).bounds().size().array();
    let bed = ["x", "y", "z"].map(|a| choices.number(&format!("model.bed_{a}_mm")));
    let fits = |x: f64, y: f64| x <= bed[0] && y <= bed[1] && size_mm[2] <= bed[2];
    if !fits(size_mm[0], size_mm[1]) && !fits(size_mm[1], size_mm[0]) {
        let [x, y, z] = size_mm;
        let message = format!(
            "{x:.0} x {y:.0} x {z:.0} mm do not fit on a plate of {} x {} x {} mm: cut it, with \
             [plan] cuts",
            bed[0], bed[1], bed[2]
        );
        findings.push(Finding::warning("model.bed", place.clone(), message));
    }
    if engraved.is_none() && choices.flag("model.engrave") {
        let message = "no place is flat enough for its id: mark it";
        findings.push(Finding::note("model.unmarked", place.clone(), message));
    }
    let walls = thickness(mesh, &Tree::new(mesh), WALL_COUNT, job)?;
    let thin_mm = if choices.word("model.process") == "resin" { 0.5 } else { 0.8 };
    if let Some(walls) = walls.filter(|walls| walls.p5_mm < thin_mm) {
        let message = format!(
            "5 % of its surface stands on walls thinner than {:.2} mm; {} prints {thin_mm} mm",
            walls.p5_mm,
            choices.word("model.process")
        );
        let finding = Finding::warning("model.thin", place, message);
        findings.push(finding.measured(walls.p5_mm, thin_mm, "mm"));
    }
    let volume_mm3 = measure::volume_mm3(mesh);
    Ok(PieceReport {
        number,
        size_mm,
        volume_mm3,
        mass_g: volume_mm3 * choices.number("model.density_g_per_cm3") / 1000.0,
        triangle_count: mesh.triangles.len(),
        component_count,
        wall_p5_mm: walls.map(|w| w.p5_mm),
        wall_p50_mm: walls.map(|w| w.p50_mm),
        engraved,
    })
}

/// Figures of all bodies over all pieces.
pub(super) fn bodies(
    inputs: &Inputs<'_>,
    pieces: &[Piece],
    findings: &mut Vec<Finding>,
) -> Vec<BodyReport> {
    let parted = pieces.iter().any(|piece| !piece.bodies.is_empty());
    let volume_mm3 = |structure: Option<usize>| -> f64 {
        let own = pieces.iter().flat_map(|piece| &piece.bodies);
        let own = own.filter(|body| body.structure == structure);
        own.map(|body| measure::volume_mm3(&body.mesh)).sum()
    };
    let whole_mm3 = pieces.iter().map(|piece| measure::volume_mm3(&piece.whole)).sum();
    let labels = inputs.labels;
    let mut rows: Vec<BodyReport> = Vec::new();
    for (n, structure) in inputs.structures.iter().enumerate() {
        let count = labels.values.par_iter().filter(|&&v| v == structure.label).count();
        let volume_mm3 = if parted { volume_mm3(Some(n)) } else { whole_mm3 };
        if volume_mm3 <= 0.0 {
            let message = "nothing of it is left: it is too small, or within the hollow";
            findings.push(Finding::warning("model.lost", structure.name.clone(), message));
        }
        rows.push(BodyReport {
            name: structure.name.clone(),
            volume_mm3,
            labelled_mm3: Some(count as f64 * labels.grid.voxel_mm3()),
            color: structure.color,
        });
    }
    let struts_mm3 = volume_mm3(None);
    if struts_mm3 > 0.0 {
        let name = "struts".to_owned();
        let color = STRUT_COLOR;
        rows.push(BodyReport { name, volume_mm3: struts_mm3, labelled_mm3: None, color });
    }
    rows
}

/// How far the model's surface is from points of the labels', mm, the least first.
pub(super) fn errors(source: &TriMesh<Implant>, pieces: &[Piece]) -> Vec<f64> {
    let trees: Vec<Tree> = pieces.iter().map(|piece| Tree::new(&piece.whole)).collect();
    let stride = source.vertices.len().div_ceil(HELD_COUNT).max(1);
    let points: Vec<_> = source.vertices.iter().step_by(stride).copied().collect();
    let nearest = |&p: &ossein_geom::Point<Implant>| {
        trees.iter().zip(pieces).fold(FAR_MM, |least, (tree, piece)| {
            tree.nearest(&piece.whole, p, least).map_or(least, |near| near.distance_mm)
        })
    };
    let mut all: Vec<f64> = points.par_iter().with_min_len(1024).map(nearest).collect();
    all.sort_by(f64::total_cmp);
    all
}
