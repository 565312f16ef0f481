//! Labels to the pieces of a model.

use ossein_anatomy::alone;
use ossein_geom::{Choices, Finding, Found, Implant, Job, Lps, Rigid, TriMesh, Vector, Volume};
use ossein_shape::Plane;

use super::block::Block;
use super::errors::ModelError;
use super::report::{self, Report};
use super::structures::Structure;
use super::surface::{Surface, surface};

/// What a model is made from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The label map.
    pub labels: &'a Volume<u16>,
    /// What is modelled.
    pub structures: &'a [Structure],
    /// Planes that part it.
    pub cuts: &'a [Plane<Lps>],
    /// Whether each has a body of its own; else the pieces alone are wanted.
    pub parted: bool,
    /// What is engraved, before the number of the piece.
    pub id: &'a str,
}

/// A body of one colour.
pub struct Body {
    /// Which structure; none: struts.
    pub structure: Option<usize>,
    /// Its surface.
    pub mesh: TriMesh<Implant>,
}

/// What is printed at a time.
pub struct Piece {
    /// All of it.
    pub whole: TriMesh<Implant>,
    /// Its bodies by colour; none where all is one.
    pub bodies: Vec<Body>,
    /// The way on which it is drawn apart from the others: the sum of its cuts' normals.
    pub away: Vector<Implant>,
    /// What lies on the plate.
    pub down: Vector<Implant>,
}

/// A model.
pub struct Design {
    /// From the patient to the model.
    pub placement: Rigid<Lps, Implant>,
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Its figures.
    pub report: Report,
}

/// What is measured on a model once it is made.
struct Made {
    placement: Rigid<Lps, Implant>,
    surface: Surface,
    block: Block,
    /// Each with what is engraved in it.
    pieces: Vec<(Piece, Option<String>)>,
    findings: Vec<Finding>,
}

/// Designs a model with samples `step_mm` apart.
///
/// # Errors
/// [`ModelError`].
pub fn design(
    inputs: &Inputs<'_>,
    choices: &Choices,
    step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, ModelError> {
    let labels = labels(inputs)?;
    let inputs = &Inputs { labels: &labels, ..*inputs };
    let Made { placement, surface, block, pieces: made, mut findings } =
        made(inputs, choices, step_mm, job)?;
    let (mut pieces, mut reports) = (Vec::new(), Vec::new());
    for (n, (piece, engraved)) in made.into_iter().enumerate() {
        reports.push(report::piece(&piece, n + 1, engraved, choices, &mut findings, job)?);
        pieces.push(piece);
    }
    let errors = report::errors(&surface.whole(), &pieces);
    let report = Report {
        bodies: report::bodies(inputs, &pieces, &mut findings),
        part_count: surface.parts.len(),
        crumb_count: surface.crumbs.0,
        crumb_mm3: surface.crumbs.1,
        filled_count: surface.filled.0,
        filled_mm3: surface.filled.1,
        hollow_count: block.hollow.as_ref().map_or(0, |h| h.count),
        hollow_mm3: block.hollow.as_ref().map_or(0.0, |h| h.volume_mm3),
        drains: block.hollow.map(|h| h.drains).unwrap_or_default(),
        struts: block.struts,
        pegs: block.pegs,
        pieces: reports,
        error_mean_mm: errors.iter().sum::<f64>() / errors.len().max(1) as f64,
        error_p95_mm: errors.get(errors.len() * 95 / 100).copied().unwrap_or(0.0),
        error_max_mm: errors.last().copied().unwrap_or(0.0),
    };
    Ok(Found { value: Design { placement, pieces, report }, findings })
}

/// The pieces of a model with samples `step_mm` apart, unmeasured, in place in the patient.
///
/// # Errors
/// [`ModelError`].
pub fn shapes(
    inputs: &Inputs<'_>,
    choices: &Choices,
    step_mm: f64,
    job: &Job,
) -> Result<Vec<TriMesh<Lps>>, ModelError> {
    let labels = labels(inputs)?;
    let made = made(&Inputs { labels: &labels, ..*inputs }, choices, step_mm, job)?;
    let back = made.placement.inverse();
    Ok(made.pieces.iter().map(|(piece, _)| piece.whole.placed(&back)).collect())
}

/// The labels that are modelled, alone.
fn labels(inputs: &Inputs<'_>) -> Result<Volume<u16>, ModelError> {
    let numbers: Vec<u16> = inputs.structures.iter().map(|s| s.label).collect();
    alone(inputs.labels, &numbers).ok_or(ModelError::Nothing)
}

/// The pieces of labels that stand alone.
fn made(
    inputs: &Inputs<'_>,
    choices: &Choices,
    step_mm: f64,
    job: &Job,
) -> Result<Made, ModelError> {
    let placement = placement(inputs);
    let surface = surface(inputs.labels, &placement, choices, job)?;
    let mut findings = Vec::new();
    report::surface(&surface, &mut findings);
    let block = Block::new(inputs, &placement, &surface, (choices, step_mm), &mut findings, job)?;
    let mut pieces = Vec::new();
    for bits in 0..1usize << block.cuts.len() {
        let above: Vec<bool> = (0..block.cuts.len()).map(|n| bits >> n & 1 == 1).collect();
        let id = if block.cuts.is_empty() {
            inputs.id.to_owned()
        } else {
            format!("{}-{}", inputs.id, pieces.len() + 1)
        };
        let context = (inputs.structures, &surface);
        pieces.extend(block.piece(&above, &id, context, (choices, step_mm), job)?);
    }
    Ok(Made { placement, surface, block, pieces, findings })
}

/// The middle of what is modelled becomes the origin; the axes stay the patient's.
fn placement(inputs: &Inputs<'_>) -> Rigid<Lps, Implant> {
    let unit = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let [x, y, z] = unit.map(|v| Vector::new(v[0], v[1], v[2]));
    Rigid::from_axes(inputs.labels.grid.bounds().center(), x, y, z)
}
