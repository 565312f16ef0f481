//! A printable solid from a damaged mesh, and what was done to it.

mod holes;
mod links;

use std::collections::BTreeMap;

use ossein_geom::{Cancelled, Frame, Job, Mm, Point, TriMesh, Vector};

use crate::check::{Defects, check_watertight};
use crate::intersect::self_crossings;
use crate::tree::Tree;
use crate::triangle;
use crate::weld::Welder;
use links::Links;

/// Places that a change lists at most.
pub const PLACE_COUNT_MAX: usize = 100;

/// What may be changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RepairOptions {
    /// Vertices closer than this become one; zero joins only equal ones.
    pub weld: Mm,
    /// Closed pieces that enclose less than this, and open ones with less area than its power
    /// 2/3, are removed, mm³.
    pub speck_mm3: f64,
    /// A hole with more edges than this stays open.
    pub hole_edge_count_max: usize,
}

impl Default for RepairOptions {
    /// Vertices within a tenth of a micrometre, specks below 0.001 mm³, holes up to 2000 edges.
    fn default() -> Self {
        Self { weld: Mm(1e-4), speck_mm3: 1e-3, hole_edge_count_max: 2000 }
    }
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Triangles with an index or a coordinate that is none, removed.
    Unusable,
    /// Vertices joined with another at the same place.
    Welded,
    /// Triangles with a repeated vertex, removed.
    Degenerate,
    /// Triangles that lay on another, removed.
    Duplicate,
    /// Triangles turned over.
    Turned,
    /// Edges of more than two triangles, parted.
    SplitEdge,
    /// Vertices in which several sheets met, parted.
    SplitVertex,
    /// Holes closed.
    FilledHole,
    /// Small pieces removed.
    Speck,
    /// Holes left open: too many edges.
    OpenHole,
}

impl ChangeKind {
    /// What was done, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unusable => "triangles without usable corners removed",
            Self::Welded => "vertices joined",
            Self::Degenerate => "triangles with a repeated corner removed",
            Self::Duplicate => "duplicate triangles removed",
            Self::Turned => "triangles turned over",
            Self::SplitEdge => "edges of more than two triangles parted",
            Self::SplitVertex => "vertices between several sheets parted",
            Self::FilledHole => "holes filled",
            Self::Speck => "specks removed",
            Self::OpenHole => "holes left open",
        }
    }
}

/// How often something was changed, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<F: Frame> {
    /// What.
    pub kind: ChangeKind,
    /// How often.
    pub count: usize,
    /// The first places, at most [`PLACE_COUNT_MAX`].
    pub places: Vec<Point<F>>,
}

/// A repaired mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired<F: Frame> {
    /// The mesh.
    pub mesh: TriMesh<F>,
    /// What was done, in order; nothing where the mesh was sound.
    pub changes: Vec<Change<F>>,
    /// What still keeps the mesh from being closed.
    pub defects: Option<Defects>,
    /// Pairs of triangles that cross: repair leaves them as they are.
    pub crossing_count: usize,
}

impl<F: Frame> Repaired<F> {
    /// Whether the result is a closed, oriented solid that does not cross itself. Where it is
    /// not, the way through a field by winding number makes one.
    pub fn is_solid(&self) -> bool {
        self.defects.is_none() && self.crossing_count == 0 && !self.mesh.triangles.is_empty()
    }
}

/// Collects changes.
pub(crate) struct Log<F: Frame>(Vec<Change<F>>);

impl<F: Frame> Log<F> {
    fn add(&mut self, kind: ChangeKind, place: Point<F>) {
        if self.0.last().is_none_or(|c| c.kind != kind) {
            self.0.push(Change { kind, count: 0, places: Vec::new() });
        }
        if let Some(change) = self.0.last_mut() {
            change.count += 1;
            if change.places.len() < PLACE_COUNT_MAX {
                change.places.push(place);
            }
        }
    }
}

/// Joins vertices, removes degenerate and duplicate triangles, parts edges and vertices where
/// several sheets meet, turns all triangles to face outwards, removes specks and fills holes.
///
/// A sound mesh comes back as it was. A piece inside another stays a cavity if it came as one.
///
/// # Errors
/// [`Cancelled`] if the caller asked to stop.
pub fn repair<F: Frame>(
    mesh: &TriMesh<F>,
    options: &RepairOptions,
    job: &Job,
) -> Result<Repaired<F>, Cancelled> {
    const STEPS: usize = 6;
    let mut log = Log(Vec::new());
    let mut mesh = usable(mesh, &mut log);
    mesh = welded(mesh, options.weld.0, &mut log);
    job.step(1, STEPS)?;
    drop_degenerate(&mut mesh, &mut log);
    drop_duplicates(&mut mesh, &mut log);
    job.step(2, STEPS)?;
    let links = Links::new(&mut mesh, &mut log);
    links.part_vertices(&mut mesh, &mut log);
    job.step(3, STEPS)?;
    holes::fill(&mut mesh, options.hole_edge_count_max, &mut log);
    job.step(4, STEPS)?;
    drop_specks(&mut mesh, options.speck_mm3, &mut log);
    face_outwards(&mut mesh, &mut log);
    let mesh = used_only(mesh);
    job.step(5, STEPS)?;
    let crossing_count = self_crossings(&mesh, &Tree::new(&mesh), job)?.len();
    let (mesh, defects) = match check_watertight(mesh.clone()) {
        Ok(sound) => (sound.into_mesh(), None),
        Err(defects) => (mesh, Some(defects)),
    };
    Ok(Repaired { mesh, changes: log.0, defects, crossing_count })
}

fn usable<F: Frame>(mesh: &TriMesh<F>, log: &mut Log<F>) -> TriMesh<F> {
    let fine = |v: u32| {
        mesh.vertices.get(v as usize).is_some_and(|p| p.array().iter().all(|c| c.is_finite()))
    };
    let mut out = mesh.clone();
    out.triangles.retain(|t| {
        let all = t.iter().all(|&v| fine(v));
        if !all {
            let place = t.iter().find(|&&v| fine(v)).map(|&v| mesh.vertices[v as usize]);
            log.add(ChangeKind::Unusable, place.unwrap_or(Point::ORIGIN));
        }
        all
    });
    out
}

/// Joins vertices at one place, and then those within `reach_mm` of one with a lower number.
fn welded<F: Frame>(mesh: TriMesh<F>, reach_mm: f64, log: &mut Log<F>) -> TriMesh<F> {
    let mut used = vec![false; mesh.vertices.len()];
    mesh.triangles.iter().flatten().for_each(|&v| used[v as usize] = true);
    let mut welder = Welder::new();
    let mut numbers = vec![0u32; mesh.vertices.len()];
    let mut fresh = 0;
    for (v, p) in mesh.vertices.iter().enumerate().filter(|(v, _)| used[*v]) {
        numbers[v] = welder.number(p.array());
        if numbers[v] < fresh {
            log.add(ChangeKind::Welded, *p);
        }
        fresh = fresh.max(numbers[v] + 1);
    }
    let vertices: Vec<Point<F>> = welder.places().into_iter().map(Point::from).collect();
    let near = if reach_mm > 0.0 { near_ones(&vertices, reach_mm) } else { Vec::new() };
    for (v, &to) in near.iter().enumerate().filter(|(v, to)| *v as u32 != **to) {
        log.add(ChangeKind::Welded, vertices[v.max(to as usize)]);
    }
    let number = |v: u32| {
        let n = numbers[v as usize];
        near.get(n as usize).copied().unwrap_or(n)
    };
    let triangles = mesh.triangles.iter().map(|t| t.map(number)).collect();
    TriMesh { vertices, triangles }
}

/// For each vertex the lowest-numbered kept one within reach, or itself.
fn near_ones<F: Frame>(vertices: &[Point<F>], reach: f64) -> Vec<u32> {
    let cell = |p: &Point<F>| p.array().map(|v| (v / reach).floor() as i64);
    let mut cells: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    let mut to: Vec<u32> = (0..vertices.len() as u32).collect();
    for v in 0..vertices.len() as u32 {
        let p = vertices[v as usize];
        let c = cell(&p);
        let mut best = v;
        for n in 0..27i64 {
            let there = [c[0] + n % 3 - 1, c[1] + n / 3 % 3 - 1, c[2] + n / 9 - 1];
            for &w in cells.get(&there).map_or(&[][..], Vec::as_slice) {
                if w < best && vertices[w as usize].distance(p) <= reach {
                    best = w;
                }
            }
        }
        to[v as usize] = best;
        if best == v {
            cells.entry(c).or_default().push(v);
        }
    }
    to
}

fn drop_degenerate<F: Frame>(mesh: &mut TriMesh<F>, log: &mut Log<F>) {
    let vertices = &mesh.vertices;
    mesh.triangles.retain(|t| {
        let sound = t[0] != t[1] && t[1] != t[2] && t[2] != t[0];
        if !sound {
            log.add(ChangeKind::Degenerate, vertices[t[0] as usize]);
        }
        sound
    });
}

/// Of triangles with the same corners one stays; two that face each other both go.
fn drop_duplicates<F: Frame>(mesh: &mut TriMesh<F>, log: &mut Log<F>) {
    let sorted = |t: [u32; 3]| {
        let mut s = t;
        s.sort_unstable();
        s
    };
    let is_even = |t: [u32; 3]| {
        let s = sorted(t);
        [[s[0], s[1], s[2]], [s[1], s[2], s[0]], [s[2], s[0], s[1]]].contains(&t)
    };
    let mut order: Vec<u32> = (0..mesh.triangles.len() as u32).collect();
    order.sort_by_key(|&n| (sorted(mesh.triangles[n as usize]), n));
    let mut keep = vec![true; mesh.triangles.len()];
    for run in order
        .chunk_by(|&a, &b| sorted(mesh.triangles[a as usize]) == sorted(mesh.triangles[b as usize]))
    {
        let (even, odd): (Vec<u32>, Vec<u32>) =
            run.iter().partition(|&&n| is_even(mesh.triangles[n as usize]));
        let paired = even.len().min(odd.len());
        let left = |side: &[u32]| side.get(paired).copied();
        let stays = left(&even).or(left(&odd));
        for &n in run.iter().filter(|&&n| Some(n) != stays) {
            keep[n as usize] = false;
        }
    }
    for (n, _) in keep.iter().enumerate().filter(|(_, keep)| !**keep) {
        log.add(ChangeKind::Duplicate, mesh.corners(mesh.triangles[n])[0]);
    }
    let mut kept = keep.iter();
    mesh.triangles.retain(|_| *kept.next().unwrap_or(&true));
}

/// The piece that each triangle belongs to, pieces numbered by their first triangle.
pub(crate) fn pieces<F: Frame>(mesh: &TriMesh<F>) -> (Vec<u32>, usize) {
    fn root(parent: &mut [u32], mut v: u32) -> u32 {
        while parent[v as usize] != v {
            parent[v as usize] = parent[parent[v as usize] as usize];
            v = parent[v as usize];
        }
        v
    }
    let mut parent: Vec<u32> = (0..mesh.vertices.len() as u32).collect();
    for t in &mesh.triangles {
        for (a, b) in [(t[0], t[1]), (t[1], t[2])] {
            let (a, b) = (root(&mut parent, a), root(&mut parent, b));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut numbers = vec![u32::MAX; mesh.vertices.len()];
    let mut count = 0;
    let mut number = |t: &[u32; 3]| {
        let slot = &mut numbers[root(&mut parent, t[0]) as usize];
        if *slot == u32::MAX {
            *slot = count;
            count += 1;
        }
        *slot
    };
    let of: Vec<u32> = mesh.triangles.iter().map(&mut number).collect();
    (of, count as usize)
}

/// Six times the volume that each piece encloses (as far as it is closed), and its area.
fn sizes<F: Frame>(mesh: &TriMesh<F>, of: &[u32], count: usize) -> Vec<(f64, f64)> {
    let mut sizes = vec![(0.0, 0.0); count];
    let mut centers: Vec<Option<Point<F>>> = vec![None; count];
    for (t, &piece) in mesh.triangles.iter().zip(of) {
        let center = *centers[piece as usize].get_or_insert(mesh.corners(*t)[0]);
        let [a, b, c] = mesh.corners(*t).map(|p| p - center);
        sizes[piece as usize].0 += a.dot(b.cross(c));
        sizes[piece as usize].1 += 0.5 * mesh.doubled_normal(*t).norm();
    }
    sizes
}

fn drop_specks<F: Frame>(mesh: &mut TriMesh<F>, speck_mm3: f64, log: &mut Log<F>) {
    let (of, count) = pieces(mesh);
    let sizes = sizes(mesh, &of, count);
    // As small as its volume in either measure: the area of 20 faces of such a cube.
    let small = |area: f64| area * area * area < 8000.0 * speck_mm3 * speck_mm3;
    let largest = sizes.iter().map(|s| s.0.abs()).fold(0.0, f64::max);
    let is_speck = |&(sixfold, area): &(f64, f64)| {
        sixfold.abs() < largest && sixfold.abs() / 6.0 < speck_mm3 && small(area)
    };
    let specks: Vec<bool> = sizes.iter().map(is_speck).collect();
    let mut seen = vec![false; count];
    for (t, &piece) in mesh.triangles.iter().zip(&of) {
        if specks[piece as usize] && !std::mem::replace(&mut seen[piece as usize], true) {
            log.add(ChangeKind::Speck, mesh.corners(*t)[0]);
        }
    }
    let mut pieces = of.iter();
    mesh.triangles.retain(|_| pieces.next().is_none_or(|&p| !specks[p as usize]));
}

/// Turns pieces that face inwards, unless they lie inside an odd number of others: cavities.
fn face_outwards<F: Frame>(mesh: &mut TriMesh<F>, log: &mut Log<F>) {
    let (of, count) = pieces(mesh);
    let sizes = sizes(mesh, &of, count);
    let mut turn: Vec<bool> = sizes.iter().map(|s| s.0 < 0.0).collect();
    if count > 1 && turn.contains(&true) {
        let tree = Tree::new(mesh);
        let mut seen = vec![false; count];
        for (n, &piece) in of.iter().enumerate() {
            let piece = piece as usize;
            if turn[piece] && !std::mem::replace(&mut seen[piece], true) {
                turn[piece] = depth(mesh, &tree, &of, n) % 2 == 0;
            }
        }
    }
    for (t, _) in mesh.triangles.iter_mut().zip(&of).filter(|(_, p)| turn[**p as usize]) {
        log.add(ChangeKind::Turned, mesh.vertices[t[0] as usize]);
        t.swap(1, 2);
    }
}

/// How many other pieces hold triangle `n`: those that a long ray from it leaves more often than
/// it enters them.
fn depth<F: Frame>(mesh: &TriMesh<F>, tree: &Tree, of: &[u32], n: usize) -> usize {
    let [a, b, c] = mesh.corners(mesh.triangles[n]);
    let from = a + ((b - a) + (c - a)) * (1.0 / 3.0);
    let ray = Vector::new(0.612, 0.287, 0.737) * (2.0 * mesh.bounds().size().norm());
    let mut crossed: BTreeMap<u32, usize> = BTreeMap::new();
    tree.along(from, ray, |m| {
        let corners = mesh.corners(mesh.triangles[m as usize]);
        let hit = triangle::line_hit(from, ray, corners);
        if of[m as usize] != of[n] && hit.is_some_and(|s| (0.0..=1.0).contains(&s)) {
            *crossed.entry(of[m as usize]).or_default() += 1;
        }
    });
    crossed.values().filter(|&&times| times % 2 == 1).count()
}

fn used_only<F: Frame>(mesh: TriMesh<F>) -> TriMesh<F> {
    let mut numbers = vec![u32::MAX; mesh.vertices.len()];
    mesh.triangles.iter().flatten().for_each(|&v| numbers[v as usize] = 0);
    let mut vertices = Vec::with_capacity(mesh.vertices.len());
    for (number, p) in numbers.iter_mut().zip(&mesh.vertices).filter(|(n, _)| **n == 0) {
        *number = vertices.len() as u32;
        vertices.push(*p);
    }
    let triangles = mesh.triangles.iter().map(|t| t.map(|v| numbers[v as usize])).collect();
    TriMesh { vertices, triangles }
}
