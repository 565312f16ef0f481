//! What points are brought onto: a mesh, or the surface of a field.

use ossein_field::Field;
use ossein_geom::{Frame, Point, TriMesh, Vector};
use ossein_mesh::Tree;
use ossein_mesh::triangle::line_hit;

/// A place on a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place<F: Frame> {
    /// The place.
    pub point: Point<F>,
    /// The normal there, outwards, of length one.
    pub normal: Vector<F>,
}

/// Where a ray meets a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing<F: Frame> {
    /// From the ray's origin, mm.
    pub distance_mm: f64,
    /// The surface's normal there, outwards, of length one.
    pub normal: Vector<F>,
}

/// A surface that tells the place nearest to a point.
pub trait Surface<F: Frame>: Sync {
    /// The place nearest to `p`, unless none is found within `within_mm`.
    fn nearest(&self, p: Point<F>, within_mm: f64) -> Option<Place<F>>;
}

/// Normals of a mesh's vertices, of length one: those of the triangles around, by their areas.
pub fn vertex_normals<F: Frame>(mesh: &TriMesh<F>) -> Vec<Vector<F>> {
    let mut normals = vec![Vector::<F>::new(0.0, 0.0, 0.0); mesh.vertices.len()];
    for t in &mesh.triangles {
        let doubled = mesh.doubled_normal(*t);
        t.iter().for_each(|&v| normals[v as usize] += doubled);
    }
    normals.into_iter().map(|n| n.unit()).collect()
}

/// A triangle mesh with its tree.
pub struct MeshSurface<'a, F: Frame> {
    mesh: &'a TriMesh<F>,
    tree: Tree,
}

impl<'a, F: Frame> MeshSurface<'a, F> {
    /// Of a mesh whose triangles look outwards.
    pub fn new(mesh: &'a TriMesh<F>) -> Self {
        Self { mesh, tree: Tree::new(mesh) }
    }

    /// The mesh.
    pub fn mesh(&self) -> &'a TriMesh<F> {
        self.mesh
    }

    /// Its tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The place nearest to `p` where the surface looks along `facing` (of length one) within an
    /// angle of this cosine, unless none is found within `within_mm`.
    pub fn nearest_facing(
        &self,
        p: Point<F>,
        facing: Vector<F>,
        cosine_min: f64,
        within_mm: f64,
    ) -> Option<Place<F>> {
        let normal = |n: u32| self.mesh.doubled_normal(self.mesh.triangles[n as usize]);
        let looks = |n: u32| {
            let (normal, along) = (normal(n), normal(n).dot(facing));
            along > 0.0 && along * along >= cosine_min * cosine_min * normal.dot(normal)
        };
        let found = self.tree.nearest_of(self.mesh, p, within_mm, looks)?;
        Some(Place { point: found.point, normal: normal(found.triangle).unit() })
    }

    /// Where the ray from `origin` along `direction` (of length one) meets the surface within
    /// `reach_mm`, the nearest first.
    pub fn crossings(
        &self,
        origin: Point<F>,
        direction: Vector<F>,
        reach_mm: f64,
    ) -> Vec<Crossing<F>> {
        let ray = direction * reach_mm;
        let mut met = Vec::new();
        self.tree.along(origin, ray, |n| {
            let triangle = self.mesh.triangles[n as usize];
            if let Some(part) = line_hit(origin, ray, self.mesh.corners(triangle))
                && (0.0..=1.0).contains(&part)
            {
                let normal = self.mesh.doubled_normal(triangle).unit();
                met.push(Crossing { distance_mm: part * reach_mm, normal });
            }
        });
        met.sort_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm));
        met
    }
}

impl<F: Frame> Surface<F> for MeshSurface<'_, F> {
    fn nearest(&self, p: Point<F>, within_mm: f64) -> Option<Place<F>> {
        let found = self.tree.nearest(self.mesh, p, within_mm)?;
        let normal = self.mesh.doubled_normal(self.mesh.triangles[found.triangle as usize]);
        let length = normal.norm();
        (length > 0.0).then(|| Place { point: found.point, normal: normal * (1.0 / length) })
    }
}

/// The surface of a solid, reached by walking along its distance.
pub struct FieldSurface<'a, F: Frame> {
    /// The solid.
    pub field: &'a dyn Field<F>,
    /// Half the span over which the slope is measured, mm.
    pub probe_mm: f64,
}

/// Steps that a walk to a field's surface may take.
const STEP_COUNT_MAX: usize = 24;
/// A walk ends this near to the surface, in spans of the probe.
const NEAR: f64 = 0.01;

impl<F: Frame> FieldSurface<'_, F> {
    fn slope(&self, p: Point<F>) -> Vector<F> {
        let along = |axis: [f64; 3]| {
            let step = Vector::from(axis.map(|v| v * self.probe_mm));
            (self.field.distance(p + step) - self.field.distance(p - step)) / (2.0 * self.probe_mm)
        };
        Vector::new(along([1.0, 0.0, 0.0]), along([0.0, 1.0, 0.0]), along([0.0, 0.0, 1.0]))
    }
}

impl<F: Frame> Surface<F> for FieldSurface<'_, F> {
    fn nearest(&self, p: Point<F>, within_mm: f64) -> Option<Place<F>> {
        let mut at = p;
        for _ in 0..STEP_COUNT_MAX {
            let slope = self.slope(at);
            let steepness = slope.norm();
            if !(steepness > 1e-6) {
                return None;
            }
            let distance = self.field.distance(at);
            if distance.abs() <= NEAR * self.probe_mm {
                let near = at.distance(p) <= within_mm;
                return near.then(|| Place { point: at, normal: slope * (1.0 / steepness) });
            }
            at = at - slope * (distance / (steepness * steepness));
        }
        None
    }
}
