//! Labels to the pieces of a model.

use ossein_anatomy::alone;
use ossein_geom::{Choices, Found, Implant, Job, Lps, Rigid, TriMesh, Vector, Volume};
use ossein_shape::Plane;

use super::block::Block;
use super::errors::ModelError;
use super::report::{self, Report};
use super::structures::Structure;
use super::surface::surface;

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
    let numbers: Vec<u16> = inputs.structures.iter().map(|s| s.label).collect();
    let labels = alone(inputs.labels, &numbers).ok_or(ModelError::Nothing)?;
    let inputs = &Inputs { labels: &labels, ..*inputs };
    let placement = placement(inputs);
    let surface = surface(&labels, &placement, choices, job)?;
    let mut findings = Vec::new();
    report::surface(&surface, &mut findings);
    let block = Block::new(inputs, &placement, &surface, (choices, step_mm), &mut findings, job)?;
    let (mut pieces, mut reports) = (Vec::new(), Vec::new());
    for bits in 0..1usize << block.cuts.len() {
        let above: Vec<bool> = (0..block.cuts.len()).map(|n| bits >> n & 1 == 1).collect();
        let number = pieces.len() + 1;
        let id = if block.cuts.is_empty() {
            inputs.id.to_owned()
        } else {
            format!("{}-{number}", inputs.id)
        };
        let made =
            block.piece(&above, &id, (inputs.structures, &surface), (choices, step_mm), job)?;
        let Some((piece, engraved)) = made else { continue };
        reports.push(report::piece(&piece, number, engraved, choices, &mut findings, job)?);
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

/// The middle of what is modelled becomes the origin; the axes stay the patient's.
fn placement(inputs: &Inputs<'_>) -> Rigid<Lps, Implant> {
    let unit = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let [x, y, z] = unit.map(|v| Vector::new(v[0], v[1], v[2]));
    Rigid::from_axes(inputs.labels.grid.bounds().center(), x, y, z)
}
