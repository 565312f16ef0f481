//! How far two surfaces are apart.

use ossein_geom::{Cancelled, Frame, Job, Mm, Point, TriMesh};
use rayon::prelude::*;

use crate::tree::{Nearest, Tree};
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 4096;
/// Parts into which one edge is cut at most.
const PART_COUNT_MAX: usize = 256;

/// How two surfaces are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareOptions {
    /// Samples on a triangle are no farther apart than this; small triangles have one sample in
    /// their middle and one at each corner.
    pub spacing: Mm,
}

/// Distances from the samples of one surface to the other, each weighted with the area that it
/// stands for; in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distances<F: Frame> {
    /// Mean.
    pub mean_mm: f64,
    /// Root mean square.
    pub rms_mm: f64,
    /// Half of the area is closer.
    pub p50_mm: f64,
    /// 95 % of the area is closer.
    pub p95_mm: f64,
    /// 99 % of the area is closer.
    pub p99_mm: f64,
    /// Greatest of all samples and corners. The true greatest distance exceeds it by no more than
    /// the samples' spacing.
    pub max_mm: f64,
    /// Where the greatest was found.
    pub max_place: Point<F>,
    /// Number of samples.
    pub sample_count: usize,
}

/// Both ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison<F: Frame> {
    /// From the first surface to the second.
    pub there: Distances<F>,
    /// From the second to the first.
    pub back: Distances<F>,
}

impl<F: Frame> Comparison<F> {
    /// Hausdorff distance: the greater of both maxima, mm.
    pub fn hausdorff_mm(&self) -> f64 {
        self.there.max_mm.max(self.back.max_mm)
    }
}

/// Surfaces that cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// A mesh has no triangle with an area.
    #[error("a mesh without area")]
    NoArea,
    /// The spacing is no positive length.
    #[error("a spacing of {spacing_mm} mm")]
    Spacing {
        /// The spacing, mm.
        spacing_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Distances between `first` and `second`, both ways.
///
/// # Errors
/// [`CompareError`] for a spacing that is no length, a mesh without area, or a stopped job.
pub fn compare<F: Frame>(
    first: &TriMesh<F>,
    second: &TriMesh<F>,
    options: &CompareOptions,
    job: &Job,
) -> Result<Comparison<F>, CompareError> {
    let spacing_mm = options.spacing.0;
    if !(spacing_mm > 0.0 && spacing_mm.is_finite()) {
        return Err(CompareError::Spacing { spacing_mm });
    }
    let (tree, other) = (Tree::new(first), Tree::new(second));
    let there = distances(first, &tree, second, &other, spacing_mm, job)?;
    let back = distances(second, &other, first, &tree, spacing_mm, job)?;
    Ok(Comparison { there, back })
}

/// What one chunk of triangles gives.
struct Part<F: Frame> {
    /// Distance in mm and weight in mm² of each sample.
    samples: Vec<(f32, f32)>,
    sum: f64,
    squares: f64,
    area: f64,
    max: (f64, Point<F>),
}

fn distances<F: Frame>(
    from: &TriMesh<F>,
    from_tree: &Tree,
    to: &TriMesh<F>,
    to_tree: &Tree,
    spacing_mm: f64,
    job: &Job,
) -> Result<Distances<F>, CompareError> {
    if to.triangles.is_empty() {
        return Err(CompareError::NoArea);
    }
    let chunks: Vec<&[u32]> = from_tree.order().chunks(CHUNK).collect();
    let mut parts: Vec<Part<F>> = Vec::with_capacity(chunks.len());
    for (n, group) in chunks.chunks(64).enumerate() {
        job.step(64 * n, chunks.len())?;
        let of = |chunk: &&[u32]| part(from, chunk, to, to_tree, spacing_mm);
        parts.par_extend(group.par_iter().map(of));
    }
    let area: f64 = parts.iter().map(|p| p.area).sum();
    if area <= 0.0 {
        return Err(CompareError::NoArea);
    }
    let best = |a: (f64, Point<F>), b: (f64, Point<F>)| if b.0 > a.0 { b } else { a };
    let max = parts.iter().map(|p| p.max).fold((-1.0, Point::ORIGIN), best);
    let mut samples: Vec<(f32, f32)> = parts.iter().flat_map(|p| &p.samples).copied().collect();
    samples.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let [p50_mm, p95_mm, p99_mm] = [0.5, 0.95, 0.99].map(|part| percentile(&samples, part));
    Ok(Distances {
        mean_mm: parts.iter().map(|p| p.sum).sum::<f64>() / area,
        rms_mm: (parts.iter().map(|p| p.squares).sum::<f64>() / area).sqrt(),
        p50_mm,
        p95_mm,
        p99_mm,
        max_mm: max.0,
        max_place: max.1,
        sample_count: samples.len(),
    })
}

/// The value below which `part` of the weight of the sorted `samples` lies.
pub(crate) fn percentile(samples: &[(f32, f32)], part: f64) -> f64 {
    let whole: f64 = samples.iter().map(|s| f64::from(s.1)).sum();
    let mut below = 0.0;
    for &(value, weight) in samples {
        below += f64::from(weight);
        if below >= part * whole {
            return f64::from(value);
        }
    }
    samples.last().map_or(0.0, |s| f64::from(s.0))
}

fn part<F: Frame>(
    from: &TriMesh<F>,
    numbers: &[u32],
    to: &TriMesh<F>,
    tree: &Tree,
    spacing_mm: f64,
) -> Part<F> {
    let mut part = Part {
        samples: Vec::with_capacity(numbers.len()),
        sum: 0.0,
        squares: 0.0,
        area: 0.0,
        max: (-1.0, Point::ORIGIN),
    };
    let mut last = 0;
    for &n in numbers {
        let t = from.triangles[n as usize];
        let [a, b, c] = from.corners(t);
        let area = 0.5 * from.doubled_normal(t).norm();
        let longest = a.distance(b).max(b.distance(c)).max(c.distance(a));
        let count = ((longest / spacing_mm).ceil() as usize).clamp(1, PART_COUNT_MAX);
        let weight = area / (count * count) as f64;
        for p in middles([a, b, c], count) {
            let near = nearest(to, tree, p, &mut last);
            part.samples.push((near.distance_mm as f32, weight as f32));
            part.sum += weight * near.distance_mm;
            part.squares += weight * near.distance_mm * near.distance_mm;
            if near.distance_mm > part.max.0 {
                part.max = (near.distance_mm, p);
            }
        }
        part.area += area;
        for p in [a, b, c] {
            let near = nearest(to, tree, p, &mut last);
            if near.distance_mm > part.max.0 {
                part.max = (near.distance_mm, p);
            }
        }
    }
    part
}

/// The nearest place, sought from the triangle that was nearest last.
fn nearest<F: Frame>(mesh: &TriMesh<F>, tree: &Tree, p: Point<F>, last: &mut u32) -> Nearest<F> {
    let point = triangle::nearest_point(p, mesh.corners(mesh.triangles[*last as usize]));
    let guess = Nearest { triangle: *last, point, distance_mm: point.distance(p) };
    let near = tree.nearest(mesh, p, guess.distance_mm).unwrap_or(guess);
    *last = near.triangle;
    near
}

/// Middles of the `count²` equal parts of a triangle.
fn middles<F: Frame>([a, b, c]: [Point<F>; 3], count: usize) -> impl Iterator<Item = Point<F>> {
    let step = 1.0 / (3 * count) as f64;
    let (u, v) = (b - a, c - a);
    let at = move |i: usize, j: usize| a + u * (i as f64 * step) + v * (j as f64 * step);
    (0..count).flat_map(move |i| {
        let upright = (0..count - i).map(move |j| at(3 * i + 1, 3 * j + 1));
        let turned = (0..count - i - 1).map(move |j| at(3 * i + 2, 3 * j + 2));
        upright.chain(turned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{extract, samples_around};
    use ossein_field::primitive::Sphere;
    use ossein_geom::Lps;

    fn ball(radius_mm: f64) -> TriMesh<Lps> {
        let ball = Sphere { center: Point::<Lps>::new(0.1, 0.2, 0.3), radius_mm };
        extract(&ball, &samples_around(&ball, 0.3), &Job::quiet()).unwrap()
    }

    #[test]
    fn spheres_in_each_other_are_their_radii_apart() {
        let options = CompareOptions { spacing: Mm(0.2) };
        let seen = compare(&ball(5.0), &ball(5.5), &options, &Job::quiet()).unwrap();
        for d in [seen.there, seen.back] {
            assert!((d.mean_mm - 0.5).abs() < 2e-3, "{d:?}");
            assert!((d.rms_mm - 0.5).abs() < 2e-3 && (d.p50_mm - 0.5).abs() < 3e-3, "{d:?}");
            assert!(d.max_mm < 0.51 && d.p99_mm <= d.max_mm && d.p95_mm <= d.p99_mm, "{d:?}");
        }
    }

    #[test]
    fn a_spike_is_seen_from_its_own_side_alone() {
        let plain = ball(5.0);
        let mut spiked = plain.clone();
        let top = (0..plain.vertices.len())
            .max_by(|&a, &b| plain.vertices[a].z.total_cmp(&plain.vertices[b].z));
        spiked.vertices[top.unwrap()] = Point::new(0.1, 0.2, 8.3);
        let options = CompareOptions { spacing: Mm(0.1) };
        let seen = compare(&spiked, &plain, &options, &Job::quiet()).unwrap();
        assert!((seen.there.max_mm - 3.0).abs() < 0.02, "{seen:?}");
        assert!((seen.there.max_place.z - 8.3).abs() < 1e-9);
        assert!(seen.back.max_mm < 0.6 && seen.hausdorff_mm() == seen.there.max_mm, "{seen:?}");
    }

    #[test]
    fn parts_of_a_triangle_fill_it() {
        let corners = [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 0.0]].map(Point::<Lps>::from);
        let points: Vec<_> = middles(corners, 7).collect();
        assert_eq!(points.len(), 49);
        let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / 49.0;
        assert!((mean(0) - 1.0).abs() < 1e-12 && (mean(1) - 1.0).abs() < 1e-12);
    }
}
