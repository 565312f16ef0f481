//! Whether a lattice in a body is one solid, and its voids are open.

use ossein_geom::{Cancelled, Finding, Found, Frame, Job, Severity};

use super::{Form, Kind};
use crate::boolean::{Difference, Intersection, Solid};
use crate::main_part::{Run, connect, gaps_between, solid_runs};
use crate::{Block, Field};

/// A connected piece of solid or void.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its volume, by counting samples, mm³.
    pub volume_mm3: f64,
    /// Whether it reaches the surface of the body.
    pub open: bool,
}

/// The pieces of solid and of void, the largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Connectivity {
    /// Pieces of solid; crumbs are what the body's surface cuts off.
    pub solids: Vec<Piece>,
    /// Pieces of void within the body.
    pub voids: Vec<Piece>,
}

/// Share of a side that a piece must have to count as more than a crumb of the cut.
const CRUMB: f64 = 0.02;

impl Connectivity {
    /// Pieces of void that are no crumbs: one in a network or among struts, two beside a sheet.
    pub fn labyrinth_count(&self) -> usize {
        major(&self.voids)
    }
}

fn major(pieces: &[Piece]) -> usize {
    let all: f64 = pieces.iter().map(|piece| piece.volume_mm3).sum();
    pieces.iter().filter(|piece| piece.volume_mm3 > CRUMB * all).count()
}

/// Tells apart the pieces of `lattice` in `body`, and of the void that it leaves there, on samples
/// `step_mm` apart: solid across faces, void across edges too.
///
/// Findings: a solid in more than one piece, closed voids, and more or fewer labyrinths than the
/// kind has.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn connectivity<F: Frame>(
    kind: Kind,
    lattice: Solid<F>,
    body: Solid<F>,
    step_mm: f64,
    job: &Job,
) -> Result<Found<Connectivity>, Cancelled> {
    let (lattice, body) = (std::sync::Arc::new(lattice), std::sync::Arc::new(body));
    let bounds = body.bounds().grow(2.0 * step_mm);
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / step_mm).ceil() as usize + 1);
    let block = Block { origin: bounds.min, step: [step_mm; 3], size };
    let outside: Vec<Vec<Run>> = solid_runs(&*body, &block, job)?
        .iter()
        .map(|runs| gaps_between(runs, size[0] as u32))
        .collect();
    let solid = Intersection(vec![Box::new(lattice.clone()), Box::new(body.clone())]);
    let void = Difference { from: Box::new(body), cut: Box::new(lattice) };
    let side = |field: &dyn Field<F>| {
        let mut rows = solid_runs(field, &block, job)?;
        Ok(pieces(&mut rows, &outside, size[1], step_mm))
    };
    let value = Connectivity { solids: side(&solid)?, voids: side(&void)? };
    let findings = findings(kind, &value);
    Ok(Found { value, findings })
}

/// Joins runs into pieces and measures them.
fn pieces(rows: &mut [Vec<Run>], outside: &[Vec<Run>], nj: usize, step_mm: f64) -> Vec<Piece> {
    let (joined, _) = connect(rows, nj);
    let mut found: std::collections::BTreeMap<u32, (u64, bool)> = Default::default();
    for (row, runs) in rows.iter().enumerate() {
        for run in runs {
            let piece = found.entry(joined.root(run.piece)).or_default();
            piece.0 += u64::from(run.end - run.start);
            if !piece.1 {
                let meets = |other: usize| {
                    let touch = |o: &Run| o.start <= run.end && o.end >= run.start;
                    outside.get(other).is_some_and(|list| list.iter().any(touch))
                };
                let around = [Some(row), row.checked_sub(1), row.checked_sub(nj)];
                let after = [row + 1, row + nj];
                piece.1 = around.into_iter().flatten().chain(after).any(meets);
            }
        }
    }
    let cell = step_mm * step_mm * step_mm;
    let piece = |(count, open): (u64, bool)| Piece { volume_mm3: count as f64 * cell, open };
    let mut all: Vec<Piece> = found.into_values().map(piece).collect();
    all.sort_by(|a, b| b.volume_mm3.total_cmp(&a.volume_mm3));
    all
}

fn findings(kind: Kind, value: &Connectivity) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |severity, what: &str, message: String| {
        findings.push(Finding::new(severity, &format!("lattice.{what}"), "lattice", message));
    };
    let title = kind.title();
    if value.solids.is_empty() {
        tell(Severity::Failure, "no_solid", format!("the {title} leaves no solid in the body"));
    }
    if major(&value.solids) > 1 {
        let parts = major(&value.solids);
        tell(Severity::Failure, "in_pieces", format!("the {title} falls into {parts} pieces"));
    } else if value.solids.len() > 1 {
        let crumbs: f64 = value.solids[1..].iter().map(|piece| piece.volume_mm3).sum();
        let count = value.solids.len() - 1;
        let message = format!("{count} pieces of the {title}, {crumbs:.3} mm3 in all, are cut off");
        tell(Severity::Warning, "crumbs", message);
    }
    let closed: Vec<&Piece> = value.voids.iter().filter(|piece| !piece.open).collect();
    if !closed.is_empty() {
        let volume: f64 = closed.iter().map(|piece| piece.volume_mm3).sum();
        let message = format!(
            "{} voids of the {title}, {volume:.3} mm3 in all, keep their powder",
            closed.len()
        );
        tell(Severity::Warning, "closed_voids", message);
    }
    let wanted = if kind.form == Form::Sheet { 2 } else { 1 };
    let count = value.labyrinth_count();
    if count != wanted {
        let message =
            format!("the {title} leaves {count} connected voids where it should leave {wanted}");
        tell(Severity::Warning, "labyrinths", message);
    }
    findings
}
