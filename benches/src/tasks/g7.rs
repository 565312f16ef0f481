//! G7: booleans of 1,000 random pairs of meshes, clean and dirty, as fields.

use std::path::Path;

use ossein_field::Field;
use ossein_field::boolean::{Difference, Intersection};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Job, Lps, Point, TriMesh, Vector};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::{check_watertight, measure};
use serde_json::json;
use std::sync::Arc;

use crate::meter::{Figures, Meter};
use crate::task::{Peer, Task};

const PAIR_COUNT: usize = 1000;
const STEP_MM: f64 = 0.5;

pub const TASK: Task = Task {
    name: "g7",
    what: "1,000 random pairs of meshes, three in four dirty: A - B and A & B, meshed at 0.5 mm",
    prepare,
    ours,
    peers: &[Peer { name: "Manifold, exact", script: "boolean_manifold.py", arguments: &[] }],
    rounds: 1,
};

struct Random(u64);

impl Random {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((self.0 >> 33) as f64 / f64::from(1u32 << 31))
    }
    fn vector(&mut self, reach: f64) -> Vector<Lps> {
        let mut v = || self.between(-reach, reach);
        Vector::new(v(), v(), v())
    }
}

/// A bumpy ball about a random point, 512 triangles.
fn ball(random: &mut Random) -> TriMesh<Lps> {
    let (center, size) = (Point::ORIGIN + random.vector(2.5), random.between(3.0, 6.0));
    let (wave, deep) = (random.vector(4.0), random.between(0.0, 0.35));
    let (rings, sides) = (17usize, 16usize);
    let at = |ring: usize, side: usize| {
        let (tilt, turn) = (
            std::f64::consts::PI * ring as f64 / rings as f64,
            std::f64::consts::TAU * side as f64 / sides as f64,
        );
        let d = Vector::new(tilt.sin() * turn.cos(), tilt.sin() * turn.sin(), tilt.cos());
        center + d * (size * (1.0 + deep * (2.0 * d.dot(wave)).sin()))
    };
    let mut vertices = vec![at(0, 0), at(rings, 0)];
    for ring in 1..rings {
        vertices.extend((0..sides).map(|side| at(ring, side)));
    }
    let index = |ring: usize, side: usize| match ring {
        0 => 0,
        r if r == rings => 1,
        _ => (2 + (ring - 1) * sides + side % sides) as u32,
    };
    let mut triangles = Vec::new();
    for ring in 0..rings {
        for side in 0..sides {
            let quad = [(ring, side), (ring + 1, side), (ring + 1, side + 1), (ring, side + 1)];
            let [a, b, c, d] = quad.map(|(r, s)| index(r, s));
            triangles.extend(
                [[a, b, c], [a, c, d]]
                    .into_iter()
                    .filter(|t| t[0] != t[1] && t[1] != t[2] && t[2] != t[0]),
            );
        }
    }
    TriMesh { vertices, triangles }
}

/// Damage of one of eight kinds; the first two leave the mesh clean.
fn damaged(mut mesh: TriMesh<Lps>, kind: usize, random: &mut Random) -> TriMesh<Lps> {
    let join = |mesh: &mut TriMesh<Lps>, other: TriMesh<Lps>| {
        let shift = mesh.vertices.len() as u32;
        mesh.vertices.extend(other.vertices);
        mesh.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + shift)));
    };
    match kind {
        2 => mesh.triangles.truncate(mesh.triangles.len() - 37), // a hole
        3 => mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2)), // inside out
        4 => join(&mut mesh, ball(random)),                      // parts that overlap
        5 => mesh.triangles.extend_from_within(..),              // doubled
        6 => {
            // Corners that no longer meet.
            let corners: Vec<_> = mesh.triangles.iter().flat_map(|&t| mesh.corners(t)).collect();
            mesh.vertices = corners.into_iter().map(|p| p + random.vector(0.01)).collect();
            let count = mesh.triangles.len() as u32;
            mesh.triangles = (0..count).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
        }
        7 => {
            // Triangles gone here and there, slivers and points among the rest.
            let mut n = 0;
            mesh.triangles.retain(|_| {
                n += 1;
                n % 23 != 0
            });
            mesh.triangles.extend([[3, 3, 9], [5, 5, 5]]);
        }
        _ => {}
    }
    mesh
}

fn pair(n: usize) -> [TriMesh<Lps>; 2] {
    let mut random = Random(n as u64 * 7919 + 1);
    let kinds = [n % 8, (n / 8) % 8];
    kinds.map(|kind| {
        let clean = ball(&mut random);
        damaged(clean, kind, &mut random)
    })
}

/// The clean pairs, for the peer: counts, then doubles and indices.
fn prepare(folder: &Path) -> Result<(), String> {
    let mut bytes = Vec::new();
    for mesh in (0..PAIR_COUNT).flat_map(pair) {
        bytes.extend((mesh.vertices.len() as u64).to_le_bytes());
        bytes.extend((mesh.triangles.len() as u64).to_le_bytes());
        bytes.extend(mesh.vertices.iter().flat_map(|v| v.array()).flat_map(f64::to_le_bytes));
        bytes.extend(mesh.triangles.iter().flatten().flat_map(|&v| u64::from(v).to_le_bytes()));
    }
    let path = folder.join("pairs.bin");
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn surface(field: &dyn Field<Lps>) -> Result<TriMesh<Lps>, String> {
    let mesh = extract(field, &samples_around(field, STEP_MM), &Job::quiet());
    let closed = check_watertight(mesh.map_err(|e| e.to_string())?);
    Ok(closed.map_err(|e| e.to_string())?.into_mesh())
}

/// How far `|A - B| + |A & B|` is from `|A|`, over the area of the cut mesh times the step.
fn law(n: usize) -> Result<f64, String> {
    let [a, b] = pair(n).map(|mesh| MeshField::new(&mesh).map(Arc::new));
    let (a, b) = (a.map_err(|e| e.to_string())?, b.map_err(|e| e.to_string())?);
    let less = Difference { from: Box::new(a.clone()), cut: Box::new(b.clone()) };
    let shared = Intersection(vec![Box::new(a.clone()), Box::new(b)]);
    let [whole, less, shared] = [surface(&*a)?, surface(&less)?, surface(&shared)?];
    let volume = |m: &TriMesh<Lps>| measure::volume_mm3(m);
    let off = (volume(&less) + volume(&shared) - volume(&whole)).abs();
    Ok(off / (measure::area_mm2(&whole) * STEP_MM))
}

fn ours(_folder: &Path) -> Result<Figures, String> {
    let meter = Meter::start();
    let mut failed = 0;
    let mut offs = Vec::new();
    for n in 0..PAIR_COUNT {
        match law(n) {
            Ok(off) => offs.push(off),
            Err(reason) => {
                eprintln!("pair {n}: {reason}");
                failed += 1;
            }
        }
    }
    let mut figures = meter.stop();
    offs.sort_by(f64::total_cmp);
    figures.insert("failed".into(), json!(failed));
    figures.insert("law_off_steps_median".into(), json!(offs.get(offs.len() / 2)));
    figures.insert("law_off_steps_max".into(), json!(offs.last()));
    Ok(figures)
}
