//! The surface of a field as a closed triangle mesh, block by block.

use std::collections::HashMap;

use ossein_field::{Block, Field};
use ossein_geom::{Cancelled, Frame, Job, Point, TriMesh};
use rayon::prelude::*;

use crate::cube;

/// Cells along each edge of a block.
const BLOCK: usize = 32;
/// Vertices keep this part of an edge away from its ends, so that no triangle has zero area.
const EDGE_MARGIN: f32 = 0.01;
/// More triangles than a mesh with 32-bit indices can hold vertices for.
pub const VERTEX_COUNT_MAX: usize = u32::MAX as usize;

/// A mesh that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Indices would not fit 32 bits.
    #[error("the mesh needs more than {VERTEX_COUNT_MAX} vertices: take a larger step")]
    TooFine,
    /// The step is no positive length.
    #[error("a step of {step_mm} mm")]
    Step {
        /// The step, mm.
        step_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The samples that hold all of `field`, `step_mm` apart, with a margin around it.
pub fn samples_around<F: Frame>(field: &dyn Field<F>, step_mm: f64) -> Block<F> {
    let bounds = field.bounds().grow(2.0 * step_mm);
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / step_mm).ceil().max(1.0) as usize + 1);
    Block { origin: bounds.min, step: [step_mm; 3], size }
}

/// The closed surface of `field`, taken on `samples`.
///
/// Every vertex lies on an edge between two neighbouring samples of different sign, where the
/// field, linear between them, is zero. The mesh is closed, manifold and oriented as long as the
/// solid stays inside the samples. Equal input gives equal bytes on any number of threads.
///
/// # Errors
/// [`ExtractError`] for a step that is no length, too many vertices, or a stopped job.
pub fn extract<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    job: &Job,
) -> Result<TriMesh<F>, ExtractError> {
    if !(samples.step.iter().all(|&s| s > 0.0 && s.is_finite())) {
        return Err(ExtractError::Step { step_mm: samples.step[0] });
    }
    let count = samples.size.map(|n| n.saturating_sub(1).div_ceil(BLOCK));
    let mut welder = Welder::default();
    for bk in 0..count[2] {
        job.step(bk, count[2])?;
        let starts: Vec<[usize; 3]> = (0..count[0] * count[1])
            .map(|n| [n % count[0] * BLOCK, n / count[0] * BLOCK, bk * BLOCK])
            .collect();
        let pieces: Vec<Piece> = starts
            .into_par_iter()
            .map_init(Scratch::default, |scratch, start| piece(field, samples, start, scratch))
            .collect();
        for piece in pieces {
            welder.add(samples, piece)?;
        }
        welder.forget_below((bk + 1) * BLOCK);
    }
    job.step(count[2], count[2])?;
    Ok(welder.mesh)
}

/// The surface inside one block of cells.
#[derive(Default)]
struct Piece {
    /// Sample, axis and fraction of the edge on which each vertex lies.
    vertices: Vec<([u32; 3], u8, f32)>,
    triangles: Vec<[u32; 3]>,
    start: [usize; 3],
    end: [usize; 3],
}

#[derive(Default)]
struct Scratch {
    values: Vec<f32>,
    vertex_of: Vec<u32>,
}

fn piece<F: Frame>(
    field: &dyn Field<F>,
    samples: &Block<F>,
    start: [usize; 3],
    scratch: &mut Scratch,
) -> Piece {
    let size = [0, 1, 2].map(|a| (samples.size[a] - start[a]).min(BLOCK + 1));
    let origin = samples.point(start[0], start[1], start[2]);
    let block = Block { origin, step: samples.step, size };
    let end = [0, 1, 2].map(|a| start[a] + size[a] - 1);
    let mut piece = Piece { start, end, ..Piece::default() };
    if !field.range(&block.bounds()).holds_zero() {
        return piece;
    }
    scratch.values.resize(block.sample_count(), 0.0);
    field.sample(&block, &mut scratch.values);
    scratch.vertex_of.clear();
    scratch.vertex_of.resize(3 * block.sample_count(), u32::MAX);
    march(&block, scratch, &mut piece);
    piece
}

fn march<F: Frame>(block: &Block<F>, scratch: &mut Scratch, piece: &mut Piece) {
    let [ni, nj, nk] = block.size;
    let corner_offset: [usize; 8] =
        std::array::from_fn(|c| (c & 1) + (c >> 1 & 1) * ni + (c >> 2 & 1) * ni * nj);
    let table = cube::table();
    for k in 0..nk - 1 {
        for j in 0..nj - 1 {
            for i in 0..ni - 1 {
                let first = (k * nj + j) * ni + i;
                let mut pattern = 0;
                for (c, offset) in corner_offset.iter().enumerate() {
                    pattern |= usize::from(scratch.values[first + offset] < 0.0) << c;
                }
                for triangle in &table[pattern] {
                    let corners = triangle.map(|edge| {
                        let (corner, axis) = cube::EDGES[edge as usize];
                        vertex(
                            [i, j, k],
                            corner,
                            axis,
                            first + corner_offset[corner],
                            ni,
                            nj,
                            scratch,
                            piece,
                        )
                    });
                    piece.triangles.push(corners);
                }
            }
        }
    }
}

/// The vertex on the edge from a cell's `corner` along `axis`, made when it is first asked for.
fn vertex(
    cell: [usize; 3],
    corner: usize,
    axis: usize,
    sample: usize,
    ni: usize,
    nj: usize,
    scratch: &mut Scratch,
    piece: &mut Piece,
) -> u32 {
    let slot = &mut scratch.vertex_of[3 * sample + axis];
    if *slot == u32::MAX {
        let along = [1, ni, ni * nj][axis];
        let (a, b) = (scratch.values[sample], scratch.values[sample + along]);
        let fraction = (a / (a - b)).clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN);
        let at = [0, 1, 2].map(|d| (piece.start[d] + cell[d] + (corner >> d & 1)) as u32);
        *slot = piece.vertices.len() as u32;
        piece.vertices.push((at, axis as u8, fraction));
    }
    *slot
}

/// Joins the pieces: vertices on the faces between blocks are shared.
struct Welder<F: Frame> {
    mesh: TriMesh<F>,
    /// Vertices on block faces, by sample and axis; looked up, never iterated for the result.
    shared: HashMap<([u32; 3], u8), u32>,
}

impl<F: Frame> Default for Welder<F> {
    fn default() -> Self {
        Self {
            mesh: TriMesh { vertices: Vec::new(), triangles: Vec::new() },
            shared: HashMap::new(),
        }
    }
}

impl<F: Frame> Welder<F> {
    fn add(&mut self, samples: &Block<F>, piece: Piece) -> Result<(), ExtractError> {
        if self.mesh.vertices.len() + piece.vertices.len() >= VERTEX_COUNT_MAX {
            return Err(ExtractError::TooFine);
        }
        let mut global = Vec::with_capacity(piece.vertices.len());
        for &(at, axis, fraction) in &piece.vertices {
            let fresh = self.mesh.vertices.len() as u32;
            let on_face = (0..3).any(|a| {
                a != axis as usize
                    && (at[a] as usize == piece.start[a] || at[a] as usize == piece.end[a])
            });
            let id = if on_face { *self.shared.entry((at, axis)).or_insert(fresh) } else { fresh };
            if id == fresh {
                let place = samples.point(at[0] as usize, at[1] as usize, at[2] as usize);
                let mut p = place.array();
                p[axis as usize] += f64::from(fraction) * samples.step[axis as usize];
                self.mesh.vertices.push(Point::from(p));
            }
            global.push(id);
        }
        let triangles = piece.triangles.iter().map(|t| t.map(|v| global[v as usize]));
        self.mesh.triangles.extend(triangles);
        Ok(())
    }

    /// Drops what no later block can touch: all below sample plane `k`.
    fn forget_below(&mut self, k: usize) {
        self.shared.retain(|(at, _), _| at[2] as usize >= k);
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
