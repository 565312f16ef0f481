//! From solid fraction to level, wall, strut, pore and back, measured on one period.
//!
//! Everything is computed from the cell itself, once a process, always on the same samples.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ossein_geom::Mm;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distance::{Distances, level_values};
use super::level_set::LevelSet;
use super::periodic::{bottleneck, quantile};
use super::struts::{Axes, Near, blended};
use super::{Form, Kind, LatticeError, STRUT_MM_MIN, Shape, THROAT_MM_MIN, WALL_MM_MIN};

/// What a lattice of a given size can be expected to be, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellFigures {
    /// Diameter of the largest ball in the void, mm.
    pub pore_mm: f64,
    /// Diameter of the largest ball that passes through the void, mm; of a sheet's two voids, the
    /// narrower.
    pub throat_mm: f64,
    /// Largest diameter of a strut, or the wall, mm.
    pub strut_mm: f64,
    /// Smallest diameter of a strut, or the wall, mm; zero where the solid falls apart.
    pub neck_mm: f64,
    /// Surface per volume of the cell, 1/mm.
    pub surface_per_mm: f64,
}

/// Radius of the fillet where struts meet, over their diameter.
pub const FILLET: f64 = 0.5;

/// Samples per period for levels and fractions.
const FRACTION_N: usize = 96;

/// Samples per period for the sizes of networks.
const NETWORK_N: usize = 64;

/// Samples per period for struts; a span of several cells has a third more in all.
const STRUT_N: usize = 96;

/// Where in its step the first sample for fractions lies: unlike on each axis, so that symmetry does
/// not make samples equal.
const UNEVEN: [f64; 3] = [0.31, 0.57, 0.83];

/// A sample for fractions, in periods.
fn uneven_place(at: usize, n: usize) -> [f64; 3] {
    let place = [at % n, at / n % n, at / (n * n)];
    std::array::from_fn(|a| (place[a] as f64 + UNEVEN[a]) / n as f64)
}

/// Distances from one surface, and what follows from them for every wall.
struct Walls {
    distances: Arc<Distances>,
    /// Factor that keeps what lies between samples from rising faster than distance.
    scale: f64,
    /// Absolute distances in rising order.
    sorted: Vec<f32>,
    /// Largest ball on either side, radius.
    pore: f64,
    /// Radius of the widest way on the narrower side.
    throat: f64,
}

/// Distances from the axes of a strut lattice, and what follows from them.
struct Frames {
    axes: Arc<Axes>,
    near: Vec<Near>,
    pore: f64,
    throat: f64,
}

/// Results by name and number.
type Store<T> = Mutex<BTreeMap<(String, u64), Arc<T>>>;

static WALLS: Store<Walls> = Mutex::new(BTreeMap::new());
static FRAMES: Store<Frames> = Mutex::new(BTreeMap::new());
static NETWORKS: Store<CellFigures> = Mutex::new(BTreeMap::new());
static LEVELS: Store<Vec<f32>> = Mutex::new(BTreeMap::new());

/// Results kept of a kind: some 20 MB each at most.
const STORED_COUNT_MAX: usize = 32;

fn stored<T>(store: &Store<T>, name: (String, u64), make: impl FnOnce() -> T) -> Arc<T> {
    let locked = || store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = locked().get(&name) {
        return Arc::clone(found);
    }
    // Made outside the lock: two threads may both make it, and both make the same.
    let made = Arc::new(make());
    let mut held = locked();
    if held.len() >= STORED_COUNT_MAX {
        held.clear();
    }
    Arc::clone(held.entry(name).or_insert(made))
}

/// A surface's name in the stores: its terms say all.
fn name_of(surface: &LevelSet) -> (String, u64) {
    (format!("{:?}", surface.terms), 0)
}

fn walls(surface: &LevelSet) -> Arc<Walls> {
    stored(&WALLS, name_of(surface), || {
        let distances = Distances::new(surface, 0.0, surface.sample_count);
        let n = distances.n;
        let places = 0..FRACTION_N * FRACTION_N * FRACTION_N;
        let far = |at: usize| distances.at(uneven_place(at, FRACTION_N)).0.abs() as f32;
        let mut sorted: Vec<f32> = places.into_par_iter().map(far).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let pore = distances.values.iter().map(|v| v.abs()).fold(0.0, f32::max);
        let beneath: Vec<f32> = distances.values.iter().map(|v| -v).collect();
        let side = |values: &[f32]| bottleneck(values, n).unwrap_or(0.0);
        Walls {
            pore: f64::from(pore),
            throat: side(&distances.values).min(side(&beneath)),
            scale: 1.0 / steepest(&distances),
            sorted,
            distances: Arc::new(distances),
        }
    })
}

/// Upper bound of the slope anywhere between samples, at least one.
fn steepest(distances: &Distances) -> f64 {
    let (n, v) = (distances.n, &distances.values);
    let after = |c: usize| if c + 1 == n { 0 } else { c + 1 };
    let cell = |at: usize| {
        let [i, j, k] = [at % n, at / n % n, at / (n * n)];
        let value = |c: usize| {
            let x = if c & 1 == 0 { i } else { after(i) };
            let y = if c & 2 == 0 { j } else { after(j) };
            let z = if c & 4 == 0 { k } else { after(k) };
            v[(z * n + y) * n + x]
        };
        let corner: [f32; 8] = std::array::from_fn(value);
        let edge = |axis: usize| {
            let step = 1 << axis;
            let low = (0..8usize).filter(|c| c & step == 0);
            low.map(|c| (corner[c | step] - corner[c]).abs()).fold(0.0, f32::max)
        };
        let sum = edge(0) * edge(0) + edge(1) * edge(1) + edge(2) * edge(2);
        f64::from(sum)
    };
    let most = (0..v.len()).into_par_iter().map(cell).reduce(|| 0.0, f64::max);
    (most.sqrt() * n as f64).max(1.0)
}

/// The factor that keeps distances from rising faster than distance.
pub(super) fn scale_of(distances: &Distances) -> f64 {
    1.0 / steepest(distances)
}

/// The distances to `F = 0`, and the factor that keeps them from rising faster than distance.
pub(super) fn surface_distances(surface: &LevelSet) -> (Arc<Distances>, f64) {
    let walls = walls(surface);
    (Arc::clone(&walls.distances), walls.scale)
}

/// Largest slope of `|F| / |grad F|` where it is at most `far` periods.
pub(super) fn quotient_slope(surface: &LevelSet, far: f64) -> f64 {
    let n = 64;
    let quotient = |p: [f64; 3]| {
        let (value, g) = surface.value_and_gradient(p.map(|v| v * std::f64::consts::TAU));
        let length = g.iter().map(|v| v * v).sum::<f64>().max(1e-6).sqrt();
        (value.abs() / (length * std::f64::consts::TAU)).min(far)
    };
    let row = |r: usize| {
        let mut most: f64 = 1.0;
        for i in 0..n {
            let p = [i, r % n, r / n].map(|v| (v as f64 + 0.29) / n as f64);
            let here = quotient(p);
            let slope = |a: usize| {
                let mut q = p;
                q[a] += 1e-5;
                (quotient(q) - here) / 1e-5
            };
            let s = [slope(0), slope(1), slope(2)];
            most = most.max((s[0] * s[0] + s[1] * s[1] + s[2] * s[2]).sqrt());
        }
        most
    };
    // A twentieth for what lies between the places looked at.
    1.05 * (0..n * n).into_par_iter().map(row).reduce(|| 1.0, f64::max)
}

fn frames(kind: Kind) -> Arc<Frames> {
    let Shape::Struts(skeleton) = kind.cell.shape else {
        unreachable!("only struts have a skeleton")
    };
    stored(&FRAMES, (kind.cell.word.into(), kind.seed), || {
        let axes = Axes::new(&skeleton(kind.seed));
        let n = if axes.span == 1 { STRUT_N } else { 4 * STRUT_N / 3 };
        let step = axes.span as f64 / n as f64;
        let all = || (0..n * n * n).into_par_iter();
        let uneven = |at: usize| uneven_place(at, n).map(|v| v * axes.span as f64);
        let near: Vec<Near> = all().map(|at| axes.near(uneven(at))).collect();
        // Pores and throats sit where symmetry puts them.
        let place = |at: usize| [at % n, at / n % n, at / (n * n)].map(|v| v as f64 * step);
        let first: Vec<f32> = all().map(|at| axes.near(place(at)).first).collect();
        Frames {
            pore: f64::from(first.iter().copied().fold(0.0, f32::max)),
            throat: bottleneck(&first, n).unwrap_or(0.0),
            axes: Arc::new(axes),
            near,
        }
    })
}

/// The axes of a strut lattice.
pub(super) fn axes(kind: Kind) -> Arc<Axes> {
    Arc::clone(&frames(kind).axes)
}

/// Solid fraction of struts of radius `radius` with fillets of `fillet`, in cell edges.
fn strut_fraction(near: &[Near], radius: f64, fillet: f64) -> f64 {
    let (radius, fillet) = (radius as f32, fillet as f32);
    let count = near.iter().filter(|near| blended(near, fillet) < radius).count();
    count as f64 / near.len() as f64
}

/// Radius of struts without fillets, over the cell's edge, for a solid fraction (facts D3.10).
///
/// # Panics
/// If the kind has no struts.
pub fn sharp_radius(kind: Kind, solid_fraction: f64) -> f64 {
    assert!(kind.form == Form::Struts, "a {} has no struts", kind.title());
    let mut first: Vec<f32> = frames(kind).near.iter().map(|near| near.first).collect();
    first.sort_unstable_by(f32::total_cmp);
    quantile(&first, solid_fraction)
}

/// Share of `sorted` below `value`.
fn share_below(sorted: &[f32], value: f64) -> f64 {
    sorted.partition_point(|&v| f64::from(v) < value) as f64 / sorted.len() as f64
}

/// The argument, between `low` and `high`, at which a rising function reaches `wanted`.
pub(super) fn solve(wanted: f64, low: f64, high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    const ITERATION_COUNT_MAX: usize = 40;
    let (mut low, mut high) = (low, high);
    for _ in 0..ITERATION_COUNT_MAX {
        let middle = 0.5 * (low + high);
        if rising(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Level constant `c` for a solid fraction: `F < c` fills that part of space (facts D3.4).
///
/// # Panics
/// If the kind is no network.
pub fn level(kind: Kind, solid_fraction: f64) -> f64 {
    let Shape::Level(surface) = &kind.cell.shape else { panic!("struts have no level") };
    let values = stored(&LEVELS, name_of(surface), || {
        let mut values = level_values(surface, FRACTION_N, UNEVEN);
        values.sort_unstable_by(f32::total_cmp);
        values
    });
    quantile(&values, solid_fraction)
}

/// Wall or strut for a solid fraction, in mm; of a network, its largest strut.
pub fn thickness(kind: Kind, period: Mm, solid_fraction: f64) -> f64 {
    let cells = match (kind.form, &kind.cell.shape) {
        (Form::Sheet, Shape::Level(surface)) => {
            let walls = walls(surface);
            2.0 * quantile(&walls.sorted, solid_fraction)
        }
        (Form::Struts, _) => {
            let frames = frames(kind);
            let fraction = |r: f64| strut_fraction(&frames.near, r, 2.0 * FILLET * r);
            2.0 * solve(solid_fraction, 0.0, 1.0, fraction)
        }
        _ => unit_figures(kind, solid_fraction).strut_mm,
    };
    cells * period.0
}

/// Solid fraction for a wall or strut; of a network, for its largest strut.
pub fn fraction(kind: Kind, period: Mm, thickness: Mm) -> f64 {
    let cells = thickness.0 / period.0;
    match (kind.form, &kind.cell.shape) {
        (Form::Sheet, Shape::Level(surface)) => share_below(&walls(surface).sorted, 0.5 * cells),
        (Form::Struts, _) => strut_fraction(&frames(kind).near, 0.5 * cells, FILLET * cells),
        _ => {
            let (low, high) = connected(kind);
            solve_few(cells, low, high, |f| unit_figures(kind, f).strut_mm)
        }
    }
}

/// As [`solve`] for functions that cost much: regula falsi (Illinois), to 1e-4 of the argument.
pub(super) fn solve_few(wanted: f64, low: f64, high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    const ITERATION_COUNT_MAX: usize = 14;
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (rising(a) - wanted, rising(b) - wanted);
    if fa >= 0.0 || fb <= 0.0 {
        return if fa >= 0.0 { a } else { b };
    }
    let mut at = a;
    for _ in 0..ITERATION_COUNT_MAX {
        let next = (a * fb - b * fa) / (fb - fa);
        let value = rising(next) - wanted;
        let moved = (next - at).abs();
        at = next;
        if moved < 1e-4 || value == 0.0 {
            break;
        }
        if value > 0.0 {
            (b, fb) = (next, value);
            fa *= 0.5;
        } else {
            (a, fa) = (next, value);
            fb *= 0.5;
        }
    }
    at
}

/// Solid fractions between which solid and void hold together (facts D3.8).
pub fn connected(kind: Kind) -> (f64, f64) {
    match (kind.form, &kind.cell.shape) {
        (Form::Network, Shape::Level(surface)) => (surface.connected[0], surface.connected[1]),
        (Form::Sheet, Shape::Level(surface)) => {
            let walls = walls(surface);
            (0.01, share_below(&walls.sorted, walls.throat))
        }
        _ => {
            let frames = frames(kind);
            // Fillets narrow the way a little further than the struts do.
            let radius = frames.throat;
            (0.005, strut_fraction(&frames.near, radius, 0.0))
        }
    }
}

/// The figures of a cell of edge one.
fn unit_figures(kind: Kind, solid_fraction: f64) -> CellFigures {
    match (kind.form, &kind.cell.shape) {
        (Form::Network, Shape::Level(surface)) => {
            let name = (kind.word(), solid_fraction.to_bits());
            *stored(&NETWORKS, name, || network_figures(surface, level(kind, solid_fraction)))
        }
        (Form::Sheet, Shape::Level(surface)) => {
            let walls = walls(surface);
            let half = quantile(&walls.sorted, solid_fraction);
            let share = |by: f64| share_below(&walls.sorted, half + by);
            let cell = 2.0 / walls.distances.n as f64;
            CellFigures {
                pore_mm: 2.0 * (walls.pore - half).max(0.0),
                throat_mm: 2.0 * (walls.throat - half).max(0.0),
                strut_mm: 2.0 * half,
                neck_mm: 2.0 * half,
                surface_per_mm: (share(cell) - share(-cell)) / (2.0 * cell),
            }
        }
        _ => strut_figures(kind, solid_fraction),
    }
}

fn strut_figures(kind: Kind, solid_fraction: f64) -> CellFigures {
    let frames = frames(kind);
    let radius = 0.5 * thickness(kind, Mm(1.0), solid_fraction);
    let fillet = 2.0 * FILLET * radius;
    let by = 0.01;
    let share = |by: f64| strut_fraction(&frames.near, radius + by, fillet);
    CellFigures {
        pore_mm: 2.0 * (frames.pore - radius).max(0.0),
        throat_mm: 2.0 * (frames.throat - radius).max(0.0),
        strut_mm: 2.0 * radius,
        neck_mm: 2.0 * radius,
        surface_per_mm: (share(by) - share(-by)) / (2.0 * by),
    }
}

fn network_figures(surface: &LevelSet, level: f64) -> CellFigures {
    let distances = Distances::new(surface, level, NETWORK_N);
    let (n, values) = (distances.n, &distances.values);
    let beneath: Vec<f32> = values.iter().map(|v| -v).collect();
    let largest = |values: &[f32]| f64::from(values.iter().copied().fold(0.0, f32::max));
    let way = |values: &[f32]| bottleneck(values, n).unwrap_or(0.0).max(0.0);
    CellFigures {
        pore_mm: 2.0 * largest(values),
        throat_mm: 2.0 * way(values),
        strut_mm: 2.0 * largest(&beneath),
        neck_mm: 2.0 * way(&beneath),
        surface_per_mm: distances.area,
    }
}

/// Sizes to expect of a lattice (facts D3.7, D3.12).
pub fn figures(kind: Kind, period: Mm, solid_fraction: f64) -> CellFigures {
    let unit = unit_figures(kind, solid_fraction);
    CellFigures {
        pore_mm: unit.pore_mm * period.0,
        throat_mm: unit.throat_mm * period.0,
        strut_mm: unit.strut_mm * period.0,
        neck_mm: unit.neck_mm * period.0,
        surface_per_mm: unit.surface_per_mm / period.0,
    }
}

/// The sizes of a lattice that holds together and can be made.
///
/// # Errors
/// [`LatticeError`] with the nearest choice that would do.
pub fn check(kind: Kind, period: Mm, fraction: f64) -> Result<CellFigures, LatticeError> {
    if !(period.0 > 0.0 && period.0 < 1e3) {
        let (what, must_be) = ("the period", "above 0 and below 1000 mm");
        return Err(LatticeError::BadNumber { what, value: period.0, must_be });
    }
    let (min, max) = connected(kind);
    if !(min..=max).contains(&fraction) {
        return Err(LatticeError::FallsApart { cell: kind.title(), fraction, min, max });
    }
    let sizes = figures(kind, period, fraction);
    let limit_mm = if kind.form == Form::Sheet { WALL_MM_MIN } else { STRUT_MM_MIN };
    // A little less for walls that were asked for as thin as they may be.
    if sizes.neck_mm < limit_mm * (1.0 - 1e-4) {
        return Err(LatticeError::StrutTooThin {
            strut_mm: sizes.neck_mm,
            limit_mm,
            period_min_mm: period.0 * limit_mm / sizes.neck_mm,
        });
    }
    if sizes.throat_mm < THROAT_MM_MIN {
        return Err(LatticeError::ThroatTooNarrow {
            throat_mm: sizes.throat_mm,
            limit_mm: THROAT_MM_MIN,
            period_min_mm: period.0 * THROAT_MM_MIN / sizes.throat_mm,
        });
    }
    Ok(sizes)
}
