//! G2 on meshes as they come: what noise, slivers, holes and large triangles add to its cost.

use std::path::Path;

use ossein_field::band::{BandOptions, band};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Job, Lps, Mm, Point, TriMesh, Vector};
use serde_json::json;

use crate::bone;
use crate::meter::{Figures, Meter};
use crate::task::Task;

const OPTIONS: BandOptions = BandOptions { step: Mm(0.2), half_width: Mm(0.6) };

pub const TASK: Task = Task {
    name: "g2d",
    what: "g2 on dirty meshes: CPU seconds, peak MiB, MiB of the band, triangles",
    prepare: bone::prepare,
    ours,
    peers: &[],
    rounds: 1,
};

type Mesh = TriMesh<Lps>;

struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }
    fn vector(&mut self, reach: f64) -> Vector<Lps> {
        let mut v = || reach * (2.0 * self.unit() - 1.0);
        Vector::new(v(), v(), v())
    }
}

fn shaken(mesh: &Mesh, by_mm: f64) -> Mesh {
    let mut random = Random(1);
    let vertices = mesh.vertices.iter().map(|&v| v + random.vector(by_mm)).collect();
    Mesh { vertices, triangles: mesh.triangles.clone() }
}

/// Every triangle with corners of its own.
fn soup(mesh: &Mesh) -> Mesh {
    let vertices: Vec<_> = mesh.triangles.iter().flat_map(|&t| mesh.corners(t)).collect();
    let triangles = (0..mesh.triangles.len() as u32).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]);
    Mesh { triangles: triangles.collect(), vertices }
}

/// Every tenth triangle twice, every tenth with a needle on it, every tenth with a line.
fn soiled(mesh: &Mesh) -> Mesh {
    let mut made = mesh.clone();
    for (n, &[a, b, c]) in mesh.triangles.iter().enumerate() {
        let [p, q, r] = mesh.corners([a, b, c]);
        match n % 10 {
            0 => made.triangles.push([a, b, c]),
            1 => {
                made.vertices.push(p.lerp(q, 0.6) + (r - p) * 1e-7);
                made.triangles.push([a, b, made.vertices.len() as u32 - 1]);
            }
            2 => made.triangles.push([a, b, b]),
            _ => {}
        }
    }
    made
}

fn without(mesh: &Mesh, every: usize) -> Mesh {
    let kept = mesh.triangles.iter().enumerate().filter(|(n, _)| n % every != 0);
    Mesh { vertices: mesh.vertices.clone(), triangles: kept.map(|(_, &t)| t).collect() }
}

/// Closed tetrahedra through each other.
fn tetrahedra(count: usize, reach_mm: f64, size_mm: f64) -> Mesh {
    let mut random = Random(3);
    let mut mesh = Mesh { vertices: Vec::new(), triangles: Vec::new() };
    for _ in 0..count {
        let first = mesh.vertices.len() as u32;
        let center = random.vector(reach_mm);
        let corner = |_| Point::ORIGIN + center + random.vector(size_mm);
        mesh.vertices.extend((0..4).map(corner));
        let faces = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        mesh.triangles.extend(faces.map(|f| f.map(|v| v + first)));
    }
    mesh
}

/// One tetrahedron many times, each copy moved a little.
fn stacked(count: usize) -> Mesh {
    let one = tetrahedra(1, 0.0, 25.0);
    let mut random = Random(4);
    let mut mesh = Mesh { vertices: Vec::new(), triangles: Vec::new() };
    for _ in 0..count {
        let (first, by) = (mesh.vertices.len() as u32, random.vector(0.05));
        mesh.vertices.extend(one.vertices.iter().map(|&v| v + by));
        mesh.triangles.extend(one.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    mesh
}

fn one(mesh: &Mesh) -> Result<[f64; 4], String> {
    let meter = Meter::start();
    let solid = MeshField::new(mesh).map_err(|e| e.to_string())?;
    let made = band(&solid, &OPTIONS, &Job::quiet());
    let figures = meter.stop();
    let made = made.map_err(|e| e.to_string())?;
    let of = |key: &str| figures.get(key).and_then(|v| v.as_f64()).unwrap_or(0.0);
    let grid_mib = made.byte_count() as f64 / 1048576.0;
    Ok([of("cpu_s"), of("peak_mib"), grid_mib, mesh.triangles.len() as f64])
}

fn ours(folder: &Path) -> Result<Figures, String> {
    let mesh = bone::read(folder)?;
    let mut figures = Figures::new();
    let mut take = |name: &str, mesh: &Mesh| -> Result<(), String> {
        let cost = one(mesh)?;
        figures.insert(name.into(), json!(cost));
        eprintln!("{name}: {cost:.3?}");
        Ok(())
    };
    take("a clean", &mesh)?;
    take("b corners moved by up to 0.05 mm", &shaken(&mesh, 0.05))?;
    take("c corners moved by up to 0.3 mm", &shaken(&mesh, 0.3))?;
    take("d doubles, needles, lines", &soiled(&mesh))?;
    take("e every 1000th triangle missing", &without(&mesh, 1000))?;
    take("f every 20th triangle missing", &without(&mesh, 20))?;
    take("g 2,000 tetrahedra of 20 mm", &tetrahedra(2000, 20.0, 10.0))?;
    take("h 20,000 tetrahedra of 5 mm", &tetrahedra(20_000, 25.0, 2.5))?;
    take("i 500,000 tetrahedra of 0.1 mm", &tetrahedra(500_000, 10.0, 0.05))?;
    take("j 10,000 times one of 50 mm", &stacked(10_000))?;
    take("k torn apart", &shaken(&soup(&mesh), 0.02))?;
    Ok(figures)
}
