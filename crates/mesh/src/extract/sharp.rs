//! Surfaces that keep the field's sharp edges and corners.
//!
//! Where the normals around a cell's curve of crossings disagree, the triangles in it become a fan
//! around the point where its tangent planes meet, and the edge between two such fans is turned so
//! that it runs along the crease. A fan whose point lies in its own cell, and an edge that turns
//! within the face of two such cells, cannot cross anything: a cell's surface is then still a cone
//! over a simple curve on a convex box. Every other change is made only where its triangles meet
//! no other; what is refused keeps the plain triangles.
//!
//! # Source
//! Kobbelt, Botsch, Schwanecke, Seidel: Feature sensitive surface extraction, SIGGRAPH 2001; the
//! rules that keep the surface free of self-intersections are ours.

mod cells;
mod crease;
mod planes;
mod weave;

use ossein_field::{Block, Field};
use ossein_geom::{Deg, Frame, Job, Point, TriMesh, Vector, float};
use rayon::prelude::*;

use super::march::{Samples, Surface, fraction, place_vertices, visit_cells};
use super::sweep::{Window, places, sample_all};
use super::{ExtractError, check, place};
use crate::cube;
use cells::Cell;
use crease::{Search, Seed};
use weave::Weave;

/// Samples that the search for creases holds at once, at most: 2 GiB.
pub const SHARP_SAMPLE_COUNT_MAX: usize = 1 << 29;
/// A crease is looked for where the samples' slope turns by this part of its angle in a cell.
const SEED_ANGLE: f64 = 0.5;

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
/// surface, and points on the crease are added. A field without creases gives the very same mesh.
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
    let mut surface = Surface::default();
    let last = samples.size[2] - 1;
    place_vertices(&window, (0, last), &places(samples, 0, last), true, &mut surface);
    let (cells, triangles) = cells_of(&window, &surface);
    job.step(1, 4)?;
    let mut vertices: Vec<Point<F>> =
        surface.vertices().iter().map(|&v| place(samples.origin, v)).collect();
    let cosine = float::cos(SEED_ANGLE * angle.radians()) as f32;
    let seeds: Vec<Seed<F>> =
        cells.par_iter().filter_map(|c| seed(&window, samples, &vertices, c, cosine)).collect();
    drop((surface, window));
    let search = Search::new(field, samples, angle.radians());
    let (creases, feet) = search.creases(&cells, &seeds, &vertices);
    job.step(2, 4)?;
    for foot in &feet {
        vertices[foot.vertex as usize] = foot.plane.0;
    }
    let mut weave = Weave::new(&search, &cells, creases, feet, TriMesh { vertices, triangles });
    weave.fan_in_boxes();
    weave.turn_in_boxes();
    job.step(3, 4)?;
    weave.fan_elsewhere();
    weave.turn_elsewhere();
    let sharp = weave.finish();
    job.step(4, 4)?;
    Ok(sharp)
}

/// The cells that the surface passes, and its triangles.
fn cells_of(window: &Window, surface: &Surface) -> (Vec<Cell>, Vec<[u32; 3]>) {
    let table = cube::table();
    let (mut cells, mut triangles) = (Vec::new(), Vec::<[u32; 3]>::new());
    visit_cells(window, (0, window.size()[2] - 1), surface, |at, pattern, ids| {
        let count = table.count[pattern];
        cells.push(Cell {
            at: at.map(|n| n as u16),
            pattern: pattern as u8,
            count,
            first: triangles.len() as u32,
            ids: std::array::from_fn(|n| ids[n]),
        });
        let corners = &table.corners[pattern][..count as usize];
        triangles.extend(corners.iter().map(|t| t.map(|e| ids[e as usize])));
    });
    (cells, triangles)
}

/// A cell around which the slope of the samples turns by more than the angle of `cosine`.
fn seed<F: Frame>(
    window: &Window,
    samples: &Block<F>,
    vertices: &[Point<F>],
    cell: &Cell,
    cosine: f32,
) -> Option<Seed<F>> {
    let [i, j, k] = cell.at.map(usize::from);
    let value = |c: usize| window.signed(window.row(j + (c >> 1 & 1), k + (c >> 2)), i + (c & 1));
    let values: [f32; 8] = std::array::from_fn(value);
    let scale = samples.step.map(|s| 1.0 / s as f32);
    let rise = |c: usize, a: usize| (values[c | 1 << a] - values[c & !(1 << a)]) * scale[a];
    let mut slopes = [[0.0f32; 3]; 12];
    let mut count = 0;
    for (edge, _) in cell.crossed() {
        let (corner, axis) = cube::EDGES[edge];
        let end = corner | 1 << axis;
        let t = fraction(values[corner], values[end]);
        slopes[count] = [0, 1, 2].map(|a| rise(corner, a) + t * (rise(end, a) - rise(corner, a)));
        count += 1;
    }
    let slopes = &slopes[..count];
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let along = |a: [f32; 3], b: [f32; 3]| dot(a, b) >= cosine * (dot(a, a) * dot(b, b)).sqrt();
    if slopes.iter().all(|&a| slopes.iter().all(|&b| along(a, b))) {
        return None;
    }
    let sum = cell
        .crossed()
        .fold(Vector::default(), |sum, (_, v)| sum + (vertices[v as usize] - Point::ORIGIN));
    let middle = Point::ORIGIN + sum * (1.0 / count as f64);
    let rises = cell.crossed().zip(slopes).map(|((_, v), slope)| {
        Vector::from(slope.map(f64::from)).dot(middle - vertices[v as usize])
    });
    let smooth = 0.5 * rises.sum::<f64>() / count as f64;
    Some(Seed { cell: *cell, middle, smooth })
}
