//! Surfaces that keep the field's sharp edges and corners.
//!
//! Where the normals around a cell's curve of crossings disagree, the triangles in it become a fan
//! around the point where its tangent planes meet, and the edge between two such fans is turned so
//! that it runs along the crease. A fan whose point lies in its own cell, the only curve of which it
//! fills, and an edge that turns within the face of two such cells, cannot cross anything: a cell's
//! surface is then still a cone over a simple curve on a convex box. Every other change is made only
//! where its triangles meet no other; what is refused keeps the plain triangles.
//!
//! # Source
//! Kobbelt, Botsch, Schwanecke, Seidel: Feature sensitive surface extraction, SIGGRAPH 2001; the
//! rules that keep the surface free of self-intersections are ours.

mod cells;
mod crease;
mod edge;
mod own;
mod plain;
mod planes;
mod probe;
mod seeds;
mod slopes;
mod stretches;
mod told;
mod touched;
mod weave;

use ossein_field::{Block, Field};
use ossein_geom::{Deg, Frame, Job, TriMesh};

use super::sweep::sample_all;
use super::{ExtractError, check};
use crease::Search;
use plain::Plain;
use probe::Probe;
use seeds::Folds;
use weave::Weave;

/// Samples that the search for creases holds at once, at most: 2 GiB.
pub const SHARP_SAMPLE_COUNT_MAX: usize = 1 << 29;

/// A surface with its creases.
#[derive(Clone, Debug)]
pub struct Sharp<F: Frame> {
    /// The surface.
    pub mesh: TriMesh<F>,
    /// Curves of crossings, at most a few a cell, that a crease passes.
    pub crease_count: usize,
    /// Those among them that keep it; the others have the plain triangles.
    pub kept_count: usize,
}

/// The closed surface of `field` with its creases of more than `angle` kept as edges.
///
/// As [`extract`](super::extract), except that vertices near a crease are brought onto the true
/// surface, and points on the crease are added. A field without creases gives the very same mesh,
/// in single precision: what is proven here is what a file of single precision holds.
/// Straight edges of the field lie within a hundredth of a step of those of the mesh, as a rule;
/// where a refused change leaves plain triangles, within half a step: `kept_count` tells.
/// All samples are held at once. Equal input gives equal bytes on any number of threads.
///
/// # Errors
/// As [`extract`](super::extract); also for more samples than [`SHARP_SAMPLE_COUNT_MAX`].
pub fn extract_sharp<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    angle: Deg,
    job: &Job,
) -> Result<Sharp<F>, ExtractError> {
    check(samples)?;
    let sample_count = samples.size.iter().try_fold(1usize, |n, &m| n.checked_mul(m));
    let sample_count = sample_count.unwrap_or(usize::MAX);
    if sample_count > SHARP_SAMPLE_COUNT_MAX {
        return Err(ExtractError::TooMany { sample_count });
    }
    if samples.size.iter().any(|&n| n < 2) {
        return Ok(Sharp { mesh: TriMesh::default(), crease_count: 0, kept_count: 0 });
    }
    job.step(0, 4)?;
    let window = sample_all(field, samples);
    let plain = Plain::new(samples, &window);
    job.step(1, 4)?;
    let probe = Probe { field, samples };
    let folded = Folds::new(&probe, &window, &plain, angle).curves();
    drop(window);
    job.step(2, 4)?;
    let search = Search::new(&probe, angle);
    let (creases, feet) = search.creases(&plain, folded);
    let mut weave = Weave::new(&search, plain, creases, feet);
    weave.fan_in_boxes();
    weave.turn_in_boxes();
    job.step(3, 4)?;
    weave.fan_elsewhere();
    weave.turn_elsewhere();
    let sharp = weave.finish();
    job.step(4, 4)?;
    Ok(sharp)
}
