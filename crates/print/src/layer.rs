//! Closed contours of a solid at any height, straight from its field.

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Cancelled, Contour, Frame, Job, Layer, Mm, Point};
use rayon::prelude::*;

/// How a solid is cut into layers.
#[derive(Clone, Copy, Debug)]
pub struct LayerOptions {
    /// Thickness of a layer.
    pub layer: Mm,
    /// Distance between samples in the plane.
    pub step: Mm,
    /// How far a contour may leave the sampled one when points on straight runs are dropped.
    pub tolerance: Mm,
}

/// Layers that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// A length that is not positive.
    #[error("{name} is {value_mm} mm; it must be above zero")]
    NotPositive {
        /// Which choice.
        name: &'static str,
        /// Its value, mm.
        value_mm: f64,
    },
    /// The caller could not take a layer.
    #[error("could not store a layer: {0}")]
    Sink(#[from] std::io::Error),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Cells along each edge of a tile that one look can skip.
const TILE: usize = 32;
/// Contour points keep this part of a cell edge away from its ends.
const EDGE_MARGIN: f32 = 0.01;
/// Layers cut side by side before they are handed on, in order.
const LAYERS_AT_ONCE: usize = 16;

/// Cuts `field` into layers from the bottom of its box to the top and hands each to `sink`.
///
/// Layer `n` spans `n * layer` to `(n + 1) * layer` above the bottom of the solid's box, is cut at
/// its middle, and carries the height of its top. Returns the number of layers.
///
/// # Errors
/// [`LayerError`] for a length that is not positive, a sink that fails, a stopped job.
pub fn layers<F: Frame>(
    field: &dyn Field<F>,
    heights: (f64, f64),
    options: &LayerOptions,
    job: &Job,
    mut sink: impl FnMut(&Layer) -> std::io::Result<()>,
) -> Result<usize, LayerError> {
    for (name, value) in
        [("layer", options.layer), ("step", options.step), ("tolerance", options.tolerance)]
    {
        if !(value.0 > 0.0 && value.0.is_finite()) {
            return Err(LayerError::NotPositive { name, value_mm: value.0 });
        }
    }
    let thickness = options.layer.0;
    let layer_count = (((heights.1 - heights.0) / thickness) - 1e-6).ceil().max(0.0) as usize;
    for first in (0..layer_count).step_by(LAYERS_AT_ONCE) {
        job.step(first, layer_count)?;
        let count = LAYERS_AT_ONCE.min(layer_count - first);
        let middle = heights.0 + (first as f64 + 0.5) * thickness;
        let slab = Slab::sampled(field, middle, thickness, count, options.step.0);
        let group: Vec<Layer> = (0..count)
            .into_par_iter()
            .map(|n| {
                let z_mm = heights.0 + ((first + n) as f64 + 1.0) * thickness;
                Layer { z_mm, contours: slab.contours(n, options.tolerance.0) }
            })
            .collect();
        group.iter().try_for_each(&mut sink)?;
    }
    job.step(layer_count, layer_count)?;
    Ok(layer_count)
}

/// The closed contours of `field` at height `z_mm`: counter-clockwise around solid, clockwise
/// around holes.
///
/// The field is taken linear between samples `step` apart; a contour then drops points as long as
/// it stays within `tolerance` of itself.
pub fn cut<F: Frame>(field: &dyn Field<F>, z_mm: f64, step: Mm, tolerance: Mm) -> Vec<Contour> {
    Slab::sampled(field, z_mm, 1.0, 1, step.0).contours(0, tolerance.0)
}

/// The samples of a few layers: looked at together, so that what a tile can skip is found once.
struct Slab<F: Frame> {
    samples: Block<F>,
    values: Vec<f32>,
}

impl<F: Frame> Slab<F> {
    fn sampled(field: &dyn Field<F>, z_mm: f64, rise: f64, count: usize, step: f64) -> Self {
        let bounds = field.bounds().grow(2.0 * step);
        let size = [0, 1].map(|a| (bounds.size()[a] / step).ceil().max(1.0) as usize + 1);
        let origin = Point::new(bounds.min.x, bounds.min.y, z_mm);
        let samples = Block { origin, step: [step, step, rise], size: [size[0], size[1], count] };
        let [ni, nj, _] = samples.size;
        let bands: Vec<(usize, Vec<f32>)> = (0..nj)
            .step_by(TILE)
            .collect::<Vec<usize>>()
            .into_par_iter()
            .map(|j| (j, band(field, &samples, j, TILE.min(nj - j))))
            .collect();
        let mut values = vec![0.0f32; samples.sample_count()];
        for (j, band) in bands {
            let rows = TILE.min(nj - j) * ni;
            for (k, plane) in band.chunks_exact(rows).enumerate() {
                values[(k * nj + j) * ni..][..rows].copy_from_slice(plane);
            }
        }
        Self { samples, values }
    }

    fn contours(&self, layer: usize, tolerance_mm: f64) -> Vec<Contour> {
        let [ni, nj, _] = self.samples.size;
        let plane = Block { size: [ni, nj, 1], ..self.samples };
        let mut contours = trace(&plane, &self.values[layer * ni * nj..][..ni * nj]);
        for contour in &mut contours {
            simplify(contour, tolerance_mm);
        }
        contours.retain(|contour| contour.points.len() >= 3);
        contours
    }
}

/// Values of `nj` rows of every layer, tile by tile: `[k][j][i]`.
fn band<F: Frame>(field: &dyn Field<F>, samples: &Block<F>, j: usize, nj: usize) -> Vec<f32> {
    let [ni, _, nk] = samples.size;
    let mut values = vec![0.0f32; ni * nj * nk];
    let mut tile_values = Vec::new();
    for i in (0..ni).step_by(TILE) {
        let size = [TILE.min(ni - i), nj, nk];
        let tile = Block { origin: samples.point(i, j, 0), step: samples.step, size };
        let Interval { min, max } = field.range(&Aabb::new(tile.origin, tile.bounds().max));
        tile_values.clear();
        if min > 0.0 || max < 0.0 {
            tile_values.resize(tile.sample_count(), if min > 0.0 { 1.0 } else { -1.0 });
        } else {
            tile_values.resize(tile.sample_count(), 0.0);
            field.sample(&tile, &mut tile_values);
        }
        for (row, source) in tile_values.chunks_exact(size[0]).enumerate() {
            values[row * ni + i..][..size[0]].copy_from_slice(source);
        }
    }
    values
}

/// Follows the zero of `values` around; where a cell is ambiguous, inside corners are kept apart.
fn trace<F: Frame>(plane: &Block<F>, values: &[f32]) -> Vec<Contour> {
    const NONE: u32 = u32::MAX;
    let [ni, nj, _] = plane.size;
    let mut next = vec![NONE; 2 * ni * nj];
    let mut starts = Vec::new();
    for j in 0..nj - 1 {
        for i in 0..ni - 1 {
            let s = j * ni + i;
            // Corners and edges counter-clockwise; edge n joins corner n to corner n + 1.
            let corners = [s, s + 1, s + ni + 1, s + ni];
            let edges = [2 * s, 2 * (s + 1) + 1, 2 * (s + ni), 2 * s + 1];
            let inside = corners.map(|c| values[c] < 0.0);
            if inside == [false; 4] || inside == [true; 4] {
                continue;
            }
            for first in 0..4 {
                if !inside[first] || inside[(first + 3) % 4] {
                    continue;
                }
                let mut last = first;
                while inside[(last + 1) % 4] {
                    last += 1;
                }
                // Solid on the left: enter where the run of inside corners ends.
                let (from, to) = (edges[last % 4], edges[(first + 3) % 4]);
                next[from] = to as u32;
                starts.push(from as u32);
            }
        }
    }
    let mut contours = Vec::new();
    for start in starts {
        let mut contour = Contour::default();
        let mut at = start;
        while next[at as usize] != NONE {
            contour.points.push(crossing(plane, values, at as usize));
            at = std::mem::replace(&mut next[at as usize], NONE);
        }
        if contour.points.len() >= 3 {
            contours.push(contour);
        }
    }
    contours
}

fn crossing<F: Frame>(plane: &Block<F>, values: &[f32], edge: usize) -> [f64; 2] {
    let ni = plane.size[0];
    let (sample, axis) = (edge / 2, edge % 2);
    let (a, b) = (values[sample], values[sample + if axis == 0 { 1 } else { ni }]);
    let fraction = f64::from((a / (a - b)).clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN));
    let p = plane.point(sample % ni, sample / ni, 0);
    match axis {
        0 => [p.x + fraction * plane.step[0], p.y],
        _ => [p.x, p.y + fraction * plane.step[1]],
    }
}

/// Drops points while the contour stays within `tolerance_mm` of what it was (Douglas-Peucker on
/// the two halves between its first point and the one farthest from it).
fn simplify(contour: &mut Contour, tolerance_mm: f64) {
    let points = &contour.points;
    let n = points.len();
    if n < 5 {
        return;
    }
    let distance2 =
        |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
    let far = (1..n)
        .max_by(|&a, &b| {
            distance2(points[a], points[0]).total_cmp(&distance2(points[b], points[0]))
        })
        .unwrap_or(1);
    let mut keep = vec![false; n + 1];
    keep[0] = true;
    keep[far] = true;
    let mut spans = vec![(0, far), (far, n)];
    while let Some((from, to)) = spans.pop() {
        let (a, b) = (points[from], points[to % n]);
        let along = [b[0] - a[0], b[1] - a[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).sqrt();
        let off = |p: [f64; 2]| {
            if length > 0.0 {
                (along[0] * (p[1] - a[1]) - along[1] * (p[0] - a[0])).abs() / length
            } else {
                distance2(p, a).sqrt()
            }
        };
        let mut worst = (tolerance_mm, None);
        for (i, &p) in points.iter().enumerate().take(to).skip(from + 1) {
            if off(p) > worst.0 {
                worst = (off(p), Some(i));
            }
        }
        if let Some(i) = worst.1 {
            keep[i] = true;
            spans.extend([(from, i), (i, to)]);
        }
    }
    let kept: Vec<[f64; 2]> = (0..n).filter(|&i| keep[i]).map(|i| points[i]).collect();
    if kept.len() >= 3 {
        contour.points = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_field::boolean::{Difference, Intersection};
    use ossein_field::lattice::GyroidNetwork;
    use ossein_field::primitive::{Cone, Cuboid, Sphere};
    use ossein_geom::Implant;

    const OPTIONS: LayerOptions =
        LayerOptions { layer: Mm(0.03), step: Mm(0.1), tolerance: Mm(0.002) };

    fn volume(field: &dyn Field<Implant>, step: Mm) -> f64 {
        let options = LayerOptions { step, ..OPTIONS };
        let mut sum = 0.0;
        let b = field.bounds();
        layers(field, (b.min.z, b.max.z), &options, &Job::quiet(), |layer| {
            sum += layer.area_mm2() * OPTIONS.layer.0;
            Ok(())
        })
        .unwrap();
        sum
    }

    #[test]
    fn the_layers_of_a_ball_add_up_to_its_volume() {
        let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 5.0 };
        assert!((volume(&ball, Mm(0.1)) / 523.5988 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_hole_runs_the_other_way() {
        let z = |z| Point::<Implant>::new(0.0, 0.0, z);
        let tube = Difference {
            from: Box::new(Cone::cylinder(z(0.0), z(1.0), 5.0)),
            cut: Box::new(Cone::cylinder(z(-1.0), z(2.0), 3.0)),
        };
        let contours = cut(&tube, 0.5, Mm(0.1), Mm(0.002));
        let areas: Vec<f64> = contours.iter().map(Contour::area_mm2).collect();
        assert_eq!(areas.len(), 2);
        assert!(areas.iter().any(|a| (a - 78.54).abs() < 0.1), "{areas:?}");
        assert!(areas.iter().any(|a| (a + 28.27).abs() < 0.1), "{areas:?}");
    }

    /// Chords cut the bulge of thin struts off: the loss falls with the square of the step.
    #[test]
    fn a_lattice_fills_its_share() {
        let cube = Cuboid::<Implant> {
            bounds: Aabb::new(Point::new(0.0, 0.0, 0.0), Point::new(6.0, 6.0, 6.0)),
            round_mm: 0.0,
        };
        let lattice = GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(1.5), 0.3).unwrap();
        let part = Intersection(vec![Box::new(lattice), Box::new(cube)]);
        let loss = |step| 1.0 - volume(&part, Mm(step)) / (216.0 * 0.3);
        let (coarse, fine) = (loss(0.1), loss(0.05));
        assert!((3.0..5.0).contains(&(coarse / fine)), "{coarse} {fine}");
        assert!(fine < 0.008, "{fine}");
    }
}
