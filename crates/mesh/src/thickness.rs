//! How thick the walls of a solid are: the largest sphere inside that touches each place.

use ossein_geom::{Cancelled, Frame, Job, Point, TriMesh, Vector};
use rayon::prelude::*;

use crate::compare::percentile;
use crate::tree::Tree;
use crate::triangle;

/// Triangles that one thread takes at a time.
const CHUNK: usize = 1024;
/// Times that a sphere shrinks before it counts as found.
const SHRINK_COUNT_MAX: usize = 60;
/// A sphere that shrinks by less than this part is found.
const SHRINK_MIN: f64 = 1e-4;
/// Surface that is turned less than this against the place does not bound the sphere: it is the
/// place's own, as fine as the mesh is.
const SAME_SIDE_COSINE: f64 = 0.5;

/// A corner whose normal is turned more than this against the triangle lies on an edge.
const SMOOTH_COSINE: f64 = 0.9;

/// Wall thickness over the surface, weighted with area; mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thickness<F: Frame> {
    /// Thinnest place.
    pub min_mm: f64,
    /// Where it is.
    pub min_place: Point<F>,
    /// 5 % of the area is thinner.
    pub p5_mm: f64,
    /// Half of the area is thinner.
    pub p50_mm: f64,
    /// 95 % of the area is thinner.
    pub p95_mm: f64,
    /// Mean.
    pub mean_mm: f64,
    /// Places at which a sphere was found.
    pub sample_count: usize,
}

/// Wall thickness by inscribed spheres: at the middle of each triangle the diameter of the
/// largest sphere inside the solid that touches the surface there; `None` for a mesh without area
/// or in which no place sees another side. Of more triangles than
/// `sample_count_max`, every second, third and so on along the tree's order is looked at.
///
/// # Errors
/// [`Cancelled`] if the caller asked to stop.
///
/// # Source
/// Inui, Umezu, Shimane: Shrinking sphere: a parallel algorithm for computing the thickness of 3D
/// objects, Comput.-Aided Des. Appl. 13 (2016) 199-207.
pub fn thickness<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    sample_count_max: usize,
    job: &Job,
) -> Result<Option<Thickness<F>>, Cancelled> {
    let mut normals = vec![Vector::new(0.0, 0.0, 0.0); mesh.vertices.len()];
    for &t in &mesh.triangles {
        t.iter().for_each(|&v| normals[v as usize] += mesh.doubled_normal(t));
    }
    let reach = mesh.bounds().size().norm() * 1.01;
    let stride = mesh.triangles.len().div_ceil(sample_count_max.max(1)).max(1);
    let looked_at: Vec<u32> = tree.order().iter().step_by(stride).copied().collect();
    let chunks: Vec<&[u32]> = looked_at.chunks(CHUNK).collect();
    let mut samples: Vec<(f32, f32, Point<F>)> = Vec::with_capacity(looked_at.len());
    for (n, group) in chunks.chunks(64).enumerate() {
        job.step(64 * n, chunks.len())?;
        let of = |chunk: &&[u32]| -> Vec<_> {
            chunk.iter().filter_map(|&t| sample(mesh, tree, &normals, reach, t)).collect()
        };
        let found: Vec<Vec<_>> = group.par_iter().map(of).collect();
        samples.extend(found.into_iter().flatten());
    }
    let thinnest = samples.iter().min_by(|a, b| a.0.total_cmp(&b.0)).copied();
    let Some((min, _, min_place)) = thinnest else { return Ok(None) };
    let area: f64 = samples.iter().map(|s| f64::from(s.1)).sum();
    let sum: f64 = samples.iter().map(|s| f64::from(s.0) * f64::from(s.1)).sum();
    let mut sorted: Vec<(f32, f32)> = samples.iter().map(|s| (s.0, s.1)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let [p5_mm, p50_mm, p95_mm] = [0.05, 0.5, 0.95].map(|part| percentile(&sorted, part));
    Ok(Some(Thickness {
        min_mm: f64::from(min),
        min_place,
        p5_mm,
        p50_mm,
        p95_mm,
        mean_mm: sum / area,
        sample_count: samples.len(),
    }))
}

/// Thickness, area and middle of one triangle.
fn sample<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    normals: &[Vector<F>],
    reach: f64,
    n: u32,
) -> Option<(f32, f32, Point<F>)> {
    let t = mesh.triangles[n as usize];
    let [a, b, c] = mesh.corners(t);
    let doubled = mesh.doubled_normal(t);
    let flat = doubled.unit();
    if flat.norm() == 0.0 {
        return None;
    }
    // The surface's own direction is smoother than the triangle's, except beside an edge.
    let round = t.map(|v| normals[v as usize].unit());
    let smooth = round.iter().all(|r| r.dot(flat) > SMOOTH_COSINE);
    let normal = if smooth { (round[0] + round[1] + round[2]).unit() } else { flat };
    let place = a + ((b - a) + (c - a)) * (1.0 / 3.0);
    // A ray straight in gives the first sphere: it can be no larger.
    let ray = normal * -reach;
    let mut first = f64::INFINITY;
    tree.along(place, ray, |m| {
        if m != n
            && let Some(s) =
                triangle::line_hit(place, ray, mesh.corners(mesh.triangles[m as usize]))
        {
            let against = mesh.doubled_normal(mesh.triangles[m as usize]).dot(ray) > 0.0;
            if against && s > 0.0 {
                first = first.min(s);
            }
        }
    });
    if first > 1.0 {
        return None;
    }
    let mut radius = 0.5 * first * reach;
    for _ in 0..SHRINK_COUNT_MAX {
        let center = place - normal * radius;
        let Some(touch) = touching(mesh, tree, center, radius, n) else { break };
        // The sphere through the place and the touched point, tangent at the place.
        let away = touch - place;
        let smaller = away.dot(away) / (-2.0 * away.dot(normal));
        if !(smaller > 0.0 && smaller < radius) {
            break;
        }
        let done = smaller > radius * (1.0 - SHRINK_MIN);
        radius = smaller;
        if done {
            break;
        }
    }
    Some((2.0 * radius as f32, 0.5 * doubled.norm() as f32, place))
}

/// A point of the other side inside the sphere, the nearest to its center.
fn touching<F: Frame>(
    mesh: &TriMesh<F>,
    tree: &Tree,
    center: Point<F>,
    radius: f64,
    own: u32,
) -> Option<Point<F>> {
    let own_normal = mesh.doubled_normal(mesh.triangles[own as usize]).unit();
    let other_side = |m: u32| {
        let normal = mesh.doubled_normal(mesh.triangles[m as usize]);
        normal.dot(own_normal) <= SAME_SIDE_COSINE * normal.norm()
    };
    let near = tree.nearest_of(mesh, center, radius * (1.0 - 1e-9), other_side);
    near.map(|near| near.point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{extract, samples_around};
    use ossein_field::Field;
    use ossein_field::boolean::Difference;
    use ossein_field::primitive::{Cuboid, Sphere};
    use ossein_geom::{Aabb, Lps};

    fn measured(field: &dyn Field<Lps>, step_mm: f64) -> Thickness<Lps> {
        let mesh = extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap();
        thickness(&mesh, &Tree::new(&mesh), usize::MAX, &Job::quiet()).unwrap().unwrap()
    }

    #[test]
    fn a_plate_is_as_thick_as_it_is() {
        let (min, max) = (Point::new(0.0, 0.0, 0.0), Point::new(8.0, 7.0, 1.37));
        let plate = Cuboid { bounds: Aabb::new(min, max), round_mm: 0.0 };
        let seen = measured(&plate, 0.2);
        assert!((seen.p50_mm - 1.37).abs() < 0.01, "{seen:?}");
    }

    #[test]
    fn a_ball_is_as_thick_as_its_diameter_and_a_shell_as_its_wall() {
        let ball = |radius_mm| Sphere { center: Point::<Lps>::new(0.1, 0.2, 0.3), radius_mm };
        // In a ball the error is of the order of the normals' own: it halves with the step.
        let short = |step_mm| 8.0 - measured(&ball(4.0), step_mm).p50_mm;
        let (coarse, fine) = (short(0.4), short(0.2));
        assert!(fine > 0.0 && fine < 0.12 && coarse / fine > 1.7, "{coarse} {fine}");
        let shell = Difference { from: Box::new(ball(4.0)), cut: Box::new(ball(3.2)) };
        let seen = measured(&shell, 0.2);
        for value in [seen.p5_mm, seen.p50_mm, seen.p95_mm, seen.mean_mm] {
            assert!((value - 0.8).abs() < 0.02, "{seen:?}");
        }
    }
}
