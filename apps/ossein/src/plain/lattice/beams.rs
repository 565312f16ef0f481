//! `--beams part.3mf`: struts as nodes and beams, cut where they leave the body.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use ossein_field::Field;
use ossein_field::lattice::{Plan, Shape, Skeleton};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Aabb, Finding, Lps, Point};
use ossein_mesh::model3mf::{self, Beam, BeamLattice, Metadata};
use rayon::prelude::*;

use super::wishes::Plans;
use crate::commands::AnyError;
use crate::plain::{file, part};

/// Ends this near to each other are one node, mm.
const SAME_MM: f64 = 1e-4;
/// Keeps the bounds of what counts as one node away from round numbers.
const OFF_CENTER: f64 = 0.137;
/// A strut is looked at so often along its own diameter.
const LOOKS_PER_DIAMETER: f64 = 4.0;
/// Halvings until the place is known where a strut leaves the body.
const HALVING_COUNT: usize = 30;

/// That struts can be written as beams; said before long work.
///
/// # Errors
/// What cannot.
pub fn check(path: &Path, plans: &Plans, rim_mm: f64) -> Result<(), AnyError> {
    let kind = plans.ends()[0].kind;
    let refused = |why: String| Err(format!("--beams {}: {why}", path.display()).into());
    if !path.extension().unwrap_or_default().eq_ignore_ascii_case("3mf") {
        return refused("beams go into .3mf alone".into());
    }
    if !matches!(kind.cell.shape, Shape::Struts(_)) {
        return refused(format!("a {} has no struts", kind.title()));
    }
    if plans.change() {
        return refused("a lattice that changes is written as a mesh alone".into());
    }
    match rim_mm > 0.0 {
        true => refused("a skin is no beam: leave --rim out".into()),
        false => Ok(()),
    }
}

/// Writes the struts of `plan` in a body; says what hangs on nothing.
///
/// # Errors
/// A body without a strut in it; what the disk says.
pub fn write(
    path: &Path,
    plan: &Plan,
    body: &MeshField<Lps>,
) -> Result<(usize, Option<Finding>), AnyError> {
    let Shape::Struts(skeleton) = plan.kind.cell.shape else {
        return Err("no struts".into());
    };
    let whole = joined(&struts(&skeleton(plan.kind.seed), plan, body), 0.5 * plan.thickness_mm);
    let count = whole.beams.len();
    let main = main_part(whole);
    let beam_count = main.beams.len();
    if beam_count == 0 {
        return Err(format!("{}: no strut lies in the body", path.display()).into());
    }
    let loose = (beam_count < count).then(|| {
        let text = format!("{} beams that hang on nothing are dropped", count - beam_count);
        Finding::note("lattice.loose_beams", "beams", text)
    });
    let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let metadata = Metadata { title, entries: Vec::new() };
    file::write(path, |to| model3mf::write_lattice(&main, &metadata, to))?;
    part::wrote(path);
    Ok((beam_count, loose))
}

type Strut = [Point<Lps>; 2];

/// The parts of all struts that lie in the body.
fn struts(skeleton: &Skeleton, plan: &Plan, body: &MeshField<Lps>) -> Vec<Strut> {
    let bounds = body.bounds();
    let span_mm = plan.period_mm * skeleton.span as f64;
    // Struts may reach into the next span.
    let first = [0, 1, 2].map(|a| (bounds.min[a] / span_mm).floor() as i64 - 1);
    let count = [0, 1, 2].map(|a| (bounds.max[a] / span_mm).floor() as i64 + 2 - first[a]);
    let cells = 0..count.iter().product::<i64>();
    let cell = |n: i64| {
        let place = [n % count[0], n / count[0] % count[1], n / (count[0] * count[1])];
        let corner = [0, 1, 2].map(|a| (first[a] + place[a]) as f64 * span_mm);
        let at = |p: [f64; 3]| Point::from([0, 1, 2].map(|a| corner[a] + p[a] * plan.period_mm));
        let whole = skeleton.struts.iter().map(|strut| strut.map(at));
        let near = whole.filter(|[a, b]| near(&bounds, a, b));
        near.flat_map(|strut| inside(strut, plan.thickness_mm, body)).collect::<Vec<_>>()
    };
    cells.into_par_iter().flat_map_iter(cell).collect()
}

fn near(bounds: &Aabb<Lps>, a: &Point<Lps>, b: &Point<Lps>) -> bool {
    (0..3).all(|n| a[n].min(b[n]) <= bounds.max[n] && a[n].max(b[n]) >= bounds.min[n])
}

/// The parts of a strut that lie in the body.
fn inside([a, b]: Strut, diameter_mm: f64, body: &MeshField<Lps>) -> Vec<Strut> {
    let at = |t: f64| a + (b - a) * t;
    let solid = |t: f64| body.distance(at(t)) <= 0.0;
    let count = ((b - a).norm() / diameter_mm * LOOKS_PER_DIAMETER).ceil().max(2.0) as usize;
    let places: Vec<f64> = (0..=count).map(|n| n as f64 / count as f64).collect();
    let sides: Vec<bool> = places.iter().map(|t| solid(*t)).collect();
    let mut ends = Vec::new();
    if sides[0] {
        ends.push(0.0);
    }
    for n in (0..count).filter(|&n| sides[n] != sides[n + 1]) {
        let (mut low, mut high) = (places[n], places[n + 1]);
        for _ in 0..HALVING_COUNT {
            let middle = 0.5 * (low + high);
            if solid(middle) == sides[n] { low = middle } else { high = middle }
        }
        ends.push(0.5 * (low + high));
    }
    if sides[count] {
        ends.push(1.0);
    }
    let parts = ends.chunks_exact(2).map(|part| [at(part[0]), at(part[1])]);
    parts.filter(|[a, b]| a.distance(*b) > 2.0 * SAME_MM).collect()
}

/// Struts with the nodes that they share.
fn joined(struts: &[Strut], radius_mm: f64) -> BeamLattice<Lps> {
    let (mut lattice, mut places) = (BeamLattice::default(), HashMap::new());
    let mut seen = HashSet::new();
    for strut in struts {
        let nodes = strut.map(|p| {
            let key = p.array().map(|v| (v / SAME_MM + OFF_CENTER).round() as i64);
            *places.entry(key).or_insert_with(|| {
                lattice.nodes.push(p);
                lattice.nodes.len() as u32 - 1
            })
        });
        let [a, b] = nodes;
        // Images of a strut on a face of the cell may come twice.
        if a != b && seen.insert([a.min(b), a.max(b)]) {
            lattice.beams.push(Beam { nodes, radius_mm: [radius_mm; 2] });
        }
    }
    lattice
}

/// The beams that hang together and are most, with their nodes alone.
fn main_part(lattice: BeamLattice<Lps>) -> BeamLattice<Lps> {
    let mut parent: Vec<u32> = (0..lattice.nodes.len() as u32).collect();
    fn root(parent: &mut [u32], mut n: u32) -> u32 {
        while parent[n as usize] != n {
            parent[n as usize] = parent[parent[n as usize] as usize];
            n = parent[n as usize];
        }
        n
    }
    for beam in &lattice.beams {
        let [a, b] = beam.nodes.map(|n| root(&mut parent, n));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut counts = vec![0usize; lattice.nodes.len()];
    let roots: Vec<u32> =
        lattice.beams.iter().map(|beam| root(&mut parent, beam.nodes[0])).collect();
    roots.iter().for_each(|&n| counts[n as usize] += 1);
    let most = (0..counts.len()).max_by_key(|&n| (counts[n], usize::MAX - n));
    let kept = lattice.beams.iter().zip(&roots).filter(|(_, root)| Some(**root as usize) == most);
    let (mut main, mut numbers) = (BeamLattice::default(), HashMap::new());
    for (beam, _) in kept {
        let nodes = beam.nodes.map(|n| {
            *numbers.entry(n).or_insert_with(|| {
                main.nodes.push(lattice.nodes[n as usize]);
                main.nodes.len() as u32 - 1
            })
        });
        main.beams.push(Beam { nodes, radius_mm: beam.radius_mm });
    }
    main
}
