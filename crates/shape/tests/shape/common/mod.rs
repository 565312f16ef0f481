//! Bodies for tests, and the real skull.

use std::path::{Path, PathBuf};

use ossein_field::Field;
use ossein_geom::{Aabb, Job, Lps, Point, Rigid, TriMesh, Vector, Volume};
use ossein_mesh::extract::samples_around;
use ossein_mesh::{extract, iso_surface};

pub type P = Point<Lps>;
pub type V = Vector<Lps>;

/// An ellipsoid with a cone of its own: no motion brings it onto itself but none.
pub struct Odd;

impl Field<Lps> for Odd {
    fn distance(&self, p: P) -> f64 {
        let q = (p.x / 40.0).powi(2) + (p.y / 30.0).powi(2) + (p.z / 22.0).powi(2);
        let body = (q.sqrt() - 1.0) * 22.0;
        let bump = p.distance(P::new(28.0, 12.0, 10.0)) - 9.0;
        let other = p.distance(P::new(-12.0, -20.0, 14.0)) - 7.0;
        body.min(bump).min(other)
    }
    fn bounds(&self) -> Aabb<Lps> {
        Aabb::new(P::new(-42.0, -32.0, -24.0), P::new(42.0, 32.0, 26.0))
    }
}

pub fn mesh(field: &dyn Field<Lps>, step_mm: f64) -> TriMesh<Lps> {
    extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap()
}

/// The part of a mesh whose triangles `keep` lets through by their middle.
pub fn part(mesh: &TriMesh<Lps>, keep: impl Fn(P) -> bool) -> TriMesh<Lps> {
    let middle = |t: [u32; 3]| {
        let [a, b, c] = mesh.corners(t);
        a + ((b - a) + (c - a)) * (1.0 / 3.0)
    };
    let triangles = mesh.triangles.iter().copied().filter(|&t| keep(middle(t))).collect();
    TriMesh { vertices: mesh.vertices.clone(), triangles }
}

/// A turn and a shift that look drawn by lot, the same ones for the same `seed`.
pub fn motion(seed: u64, turn_rad: f64, shift_mm: f64) -> Rigid<Lps, Lps> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    };
    let axis = V::new(draw(), draw(), draw() + 0.01).unit();
    let shift = V::new(draw(), draw(), draw()) * shift_mm;
    Rigid::about(P::new(5.0, -3.0, 2.0), axis, turn_rad).then(&Rigid::shift(shift))
}

pub fn data() -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from);
    if !path.is_dir() {
        println!("skipped: no data at {}", path.display());
        return None;
    }
    Some(path)
}

/// The scan of the real skull, every `every`th voxel.
pub fn skull_scan(every: usize) -> Option<Volume<i16>> {
    let bytes = std::fs::read(data()?.join("skull-ct/cranium.nii.gz")).unwrap();
    let hu = ossein_scan::read_image("cranium.nii.gz", &bytes, 1 << 30).unwrap().into_hu();
    let mut grid = hu.grid.clone();
    grid.spacing = grid.spacing.map(|s| s * every as f64);
    grid.size = grid.size.map(|n| n.div_ceil(every));
    let at = |n: usize| hu.at(grid.voxel(n).map(|v| v * every));
    let values = (0..grid.voxel_count()).map(at).collect();
    Some(Volume::new(grid, values))
}

/// The bone of a scan.
pub fn bone(hu: &Volume<i16>) -> TriMesh<Lps> {
    iso_surface(hu, 300.0, &Job::quiet()).unwrap().into_mesh()
}
