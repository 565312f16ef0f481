//! The surface of a field as a closed triangle mesh, slab by slab.

pub(crate) mod march;
mod settle;
mod sharp;
mod sweep;

use ossein_field::{Block, Field};
use ossein_geom::{Cancelled, Frame, Job, Mm, Point, TriMesh};

pub use march::EDGE_MARGIN;
pub use sharp::{SHARP_SAMPLE_COUNT_MAX, Sharp, extract_sharp};

/// More vertices than 32-bit indices can name.
pub const VERTEX_COUNT_MAX: usize = u32::MAX as usize;
/// Samples along one axis, at most: beyond, vertices a thousandth of a step apart would fall
/// together in single precision.
pub const SAMPLE_COUNT_MAX: usize = 16_384;

/// A mesh that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Indices would not fit 32 bits.
    #[error("the mesh needs more than {VERTEX_COUNT_MAX} vertices: take a larger step")]
    TooFine,
    /// Too many samples.
    #[error("{sample_count} samples are more than can be held: take a larger step")]
    TooMany {
        /// Samples along an axis, or, where all are held at once, of all.
        sample_count: usize,
    },
    /// The step is no positive length.
    #[error("a step of {step_mm} mm")]
    Step {
        /// The step, mm.
        step_mm: f64,
    },
    /// The distance within which vertices lie is no positive length.
    #[error("vertices within {tolerance_mm} mm: it must be above 0")]
    Tolerance {
        /// The distance, mm.
        tolerance_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Where vertices lie on the edges that the surface crosses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Vertices {
    /// Where the field, linear between both samples, would be zero: off by the square of the step.
    #[default]
    Linear,
    /// Within this distance of the surface, or a thousandth of a step from a sample where it passes
    /// nearer to that.
    Within(Mm),
}

/// The samples that hold all of `field`, `step_mm` apart, with a margin around it.
pub fn samples_around<F: Frame>(field: &dyn Field<F>, step_mm: f64) -> Block<F> {
    let bounds = field.bounds().grow(2.0 * step_mm);
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / step_mm).ceil().max(1.0) as usize + 1);
    Block { origin: bounds.min, step: [step_mm; 3], size }
}

/// A triangle mesh in half the memory: places as single-precision offsets from one point.
#[derive(Clone, Debug, PartialEq)]
pub struct CompactMesh<F: Frame> {
    /// What the vertices are counted from.
    pub origin: Point<F>,
    /// Vertices, mm from `origin` along x, y, z.
    pub vertices: Vec<[f32; 3]>,
    /// Indices into `vertices`, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl<F: Frame> CompactMesh<F> {
    /// The place of a vertex.
    pub fn point(&self, vertex: u32) -> Point<F> {
        place(self.origin, self.vertices[vertex as usize])
    }

    /// The same mesh in double precision.
    pub fn into_mesh(self) -> TriMesh<F> {
        let vertices = self.vertices.iter().map(|&v| place(self.origin, v)).collect();
        TriMesh { vertices, triangles: self.triangles }
    }
}

fn place<F: Frame>(origin: Point<F>, offset: [f32; 3]) -> Point<F> {
    let [x, y, z] = offset.map(f64::from);
    Point::new(origin.x + x, origin.y + y, origin.z + z)
}

/// A part of a surface as it comes, from low z to high.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a, F: Frame> {
    /// What the vertices are counted from.
    pub origin: Point<F>,
    /// Number of the first of `vertices` among all.
    pub first_vertex: u32,
    /// Vertices that this piece adds, mm from `origin`.
    pub vertices: &'a [[f32; 3]],
    /// Triangles by numbers among all vertices, counter-clockwise seen from outside: vertices of
    /// this piece, or of the piece before.
    pub triangles: &'a [[u32; 3]],
}

/// The closed surface of `field`, taken on `samples`.
///
/// Every vertex lies on an edge between two neighbouring samples of different sign, where the
/// field, linear between them, is zero (a thousandth of a step off the samples at least). The mesh
/// is closed, manifold, oriented, free of zero-area triangles and of self-intersections; what
/// leaves the samples is cut off at their border. Solid corners that meet are joined (26 against
/// 6 neighbours). Equal input gives equal bytes on any number of threads.
///
/// # Errors
/// [`ExtractError`] for a step that is no length, too many samples or vertices, or a stopped job.
pub fn extract<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    job: &Job,
) -> Result<TriMesh<F>, ExtractError> {
    extract_with(field, samples, Vertices::Linear, job)
}

/// The same surface as [`extract`] with its vertices where `vertices` says: they keep to their
/// edges, and the mesh keeps all that is said there.
///
/// # Errors
/// As [`extract`]; also for a distance that is none.
pub fn extract_with<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    vertices: Vertices,
    job: &Job,
) -> Result<TriMesh<F>, ExtractError> {
    check(samples)?;
    check_vertices(vertices)?;
    let mut mesh = TriMesh { vertices: Vec::new(), triangles: Vec::new() };
    sweep::sweep(field, samples, vertices, job, |surface, first| {
        let vertices = surface.vertices().iter();
        mesh.vertices.extend(vertices.map(|&v| place(samples.origin, v)));
        append(&mut mesh.triangles, surface.triangles(), first);
        Ok::<(), ExtractError>(())
    })?;
    Ok(mesh)
}

/// The same surface as [`extract`] in half the memory.
///
/// # Errors
/// As [`extract`].
pub fn extract_compact<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    job: &Job,
) -> Result<CompactMesh<F>, ExtractError> {
    check(samples)?;
    let mut mesh =
        CompactMesh { origin: samples.origin, vertices: Vec::new(), triangles: Vec::new() };
    sweep::sweep(field, samples, Vertices::Linear, job, |surface, first| {
        mesh.vertices.extend_from_slice(surface.vertices());
        append(&mut mesh.triangles, surface.triangles(), first);
        Ok::<(), ExtractError>(())
    })?;
    Ok(mesh)
}

/// The same surface as [`extract_with`], handed to `sink` piece by piece; memory does not grow with
/// the height of the part. Formats that want all vertices first sweep twice: the pieces are the same.
///
/// # Errors
/// As [`extract_with`], and what `sink` returns.
pub fn extract_streamed<F: Frame, E: From<ExtractError>>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    vertices: Vertices,
    job: &Job,
    mut sink: impl FnMut(&Piece<F>) -> Result<(), E>,
) -> Result<(), E> {
    check(samples)?;
    check_vertices(vertices)?;
    sweep::sweep(field, samples, vertices, job, |surface, first_vertex| {
        surface.renumber(first_vertex);
        sink(&Piece {
            origin: samples.origin,
            first_vertex,
            vertices: surface.vertices(),
            triangles: surface.triangles(),
        })
    })
}

pub(crate) fn append(triangles: &mut Vec<[u32; 3]>, more: &[[u32; 3]], first: u32) {
    triangles.extend(more.iter().map(|t| t.map(|v| v.wrapping_add(first))));
}

fn check<F: Frame>(samples: &Block<F>) -> Result<(), ExtractError> {
    if let Some(&step_mm) = samples.step.iter().find(|&&s| !(s > 0.0 && s.is_finite())) {
        return Err(ExtractError::Step { step_mm });
    }
    check_size(samples.size)
}

fn check_vertices(vertices: Vertices) -> Result<(), ExtractError> {
    match vertices {
        Vertices::Within(Mm(mm)) if !(mm > 0.0 && mm.is_finite()) => {
            Err(ExtractError::Tolerance { tolerance_mm: mm })
        }
        _ => Ok(()),
    }
}

/// Refuses more samples along an axis than single precision can keep apart.
pub(crate) fn check_size(size: [usize; 3]) -> Result<(), ExtractError> {
    match size.iter().find(|&&n| n > SAMPLE_COUNT_MAX) {
        Some(&sample_count) => Err(ExtractError::TooMany { sample_count }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check_watertight, measure};
    use ossein_field::boolean::{Difference, Intersection};
    use ossein_field::lattice::GyroidNetwork;
    use ossein_field::primitive::{Cuboid, Sphere, Torus};
    use ossein_geom::{Aabb, Implant, Mm, Vector};

    fn mesh(field: &dyn Field<Implant>, step_mm: f64) -> TriMesh<Implant> {
        extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap()
    }

    #[test]
    fn a_sphere_has_a_spheres_volume_area_and_genus() {
        let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 10.0 };
        let mesh = mesh(&ball, 0.25);
        let watertight = check_watertight(mesh).unwrap();
        let volume = measure::volume_mm3(watertight.mesh());
        assert!((volume / 4188.790 - 1.0).abs() < 5e-4, "{volume}");
        let area = measure::area_mm2(watertight.mesh());
        assert!((area / 1256.637 - 1.0).abs() < 1e-3, "{area}");
        assert_eq!(measure::genus(&watertight), 0);
        assert_eq!(watertight.component_count(), 1);
    }

    #[test]
    fn halving_the_step_quarters_the_error() {
        let ring = Torus {
            center: Point::<Implant>::ORIGIN,
            axis: Vector::new(0.0, 0.6, 0.8),
            ring_radius_mm: 6.0,
            tube_radius_mm: 2.0,
        };
        let exact = 2.0 * std::f64::consts::PI.powi(2) * 6.0 * 4.0;
        let error = |step| (measure::volume_mm3(&mesh(&ring, step)) - exact).abs();
        let (coarse, fine) = (error(0.4), error(0.2));
        assert!((3.2..5.0).contains(&(coarse / fine)), "{coarse} {fine}");
        assert_eq!(measure::genus(&check_watertight(mesh(&ring, 0.3)).unwrap()), 1);
    }

    #[test]
    fn a_cut_lattice_is_manifold_at_awkward_steps() {
        let cube = |half: f64| Cuboid::<Implant> {
            bounds: Aabb::new(Point::new(-half, -half, -half), Point::new(half, half, half)),
            round_mm: 0.0,
        };
        for step in [0.1, 0.137, 0.25, 0.31] {
            let lattice = GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(1.5), 0.3).unwrap();
            let cut = Intersection(vec![Box::new(lattice), Box::new(cube(4.0))]);
            let holed = Difference { from: Box::new(cut), cut: Box::new(cube(1.0)) };
            check_watertight(mesh(&holed, step)).unwrap();
        }
    }

    #[test]
    fn random_signs_are_manifold() {
        struct Noise;
        impl Field<Implant> for Noise {
            fn distance(&self, p: Point<Implant>) -> f64 {
                let outside = p.array().iter().any(|v| v.abs() > 9.5);
                let mut h = 17u64;
                for v in p.array() {
                    h = (h ^ (v.round() as i64 as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    h ^= h >> 29;
                }
                if outside || h & 1 == 0 { 0.7 } else { -0.3 }
            }
            fn bounds(&self) -> Aabb<Implant> {
                Aabb::new(Point::new(-10.0, -10.0, -10.0), Point::new(10.0, 10.0, 10.0))
            }
            fn range(&self, _: &Aabb<Implant>) -> ossein_field::Interval {
                ossein_field::Interval { min: -1.0, max: 1.0 }
            }
        }
        check_watertight(mesh(&Noise, 1.0)).unwrap();
    }
}
