//! Which label is whose: the faces between structures that touch.

use ossein_field::sampled::Sampled;
use ossein_geom::{Grid, Implant, Lps, Point, Rigid, Volume};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Something that is modelled: a label of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// Its name.
    pub name: String,
    /// Its number in the map.
    pub label: u16,
    /// Red, green, blue.
    pub color: [u8; 3],
}

/// Colours for names that say what they are; the first word that is part of the name counts.
const NAMED: &[(&str, [u8; 3])] = &[
    ("teeth", [245, 243, 232]),
    ("tooth", [245, 243, 232]),
    ("canal", [232, 184, 64]),
    ("nerve", [232, 184, 64]),
    ("tumour", [190, 60, 70]),
    ("tumor", [190, 60, 70]),
    ("lesion", [190, 60, 70]),
    ("artery", [200, 40, 40]),
    ("aorta", [200, 40, 40]),
    ("vein", [60, 90, 180]),
];
/// Colours for all others, in their order.
const OTHERS: [[u8; 3]; 6] = [
    [232, 219, 193],
    [204, 178, 140],
    [150, 185, 200],
    [170, 190, 150],
    [205, 160, 170],
    [175, 165, 205],
];

/// The colour of a structure that none was chosen for, the `n`th among those of no known name.
pub fn color_of(name: &str, n: usize) -> ([u8; 3], bool) {
    let small = name.to_lowercase();
    match NAMED.iter().find(|(word, _)| small.contains(word)) {
        Some((_, color)) => (*color, true),
        None => (OTHERS[n % OTHERS.len()], false),
    }
}

/// Which structure is nearest to each voxel, counted over faces; of equally near ones the first
/// that was reached, in the order of voxels.
pub(super) fn owners(labels: &Volume<u16>, structures: &[Structure]) -> Volume<u16> {
    let size = labels.grid.size;
    let strides = [1, size[0], size[0] * size[1]];
    let number = |label: u16| structures.iter().position(|s| s.label == label);
    let own = |&label: &u16| number(label).map_or(0, |n| n as u16 + 1);
    let mut owner: Vec<u16> = labels.values.par_iter().map(own).collect();
    let is_front = |owner: &[u16], n: usize| {
        owner[n] > 0 && neighbours(n, size, strides).any(|m| owner[m] == 0)
    };
    let mut front: Vec<usize> =
        (0..owner.len()).into_par_iter().filter(|&n| is_front(&owner, n)).collect();
    while !front.is_empty() {
        let mut next = Vec::new();
        for &n in &front {
            for m in neighbours(n, size, strides) {
                if owner[m] == 0 {
                    owner[m] = owner[n];
                    next.push(m);
                }
            }
        }
        front = next;
    }
    Volume::new(labels.grid.clone(), owner)
}

/// The voxels over the faces of one.
fn neighbours(n: usize, size: [usize; 3], strides: [usize; 3]) -> impl Iterator<Item = usize> {
    let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
    (0..3).flat_map(move |a| {
        let below = (at[a] > 0).then(|| n - strides[a]);
        let above = (at[a] + 1 < size[a]).then(|| n + strides[a]);
        below.into_iter().chain(above)
    })
}

/// The space that belongs to one structure, as far as its label reaches and a margin beyond: where
/// its share of the voxels around, with weights 1/4, 1/2, 1/4 along each axis, is the largest.
pub(super) fn territory(
    labels: &Volume<u16>,
    owners: &Volume<u16>,
    structures: &[Structure],
    n: usize,
    placement: &Rigid<Lps, Implant>,
) -> Option<Sampled<Implant>> {
    const MARGIN: usize = 4;
    let (first, size) = reach(labels, structures[n].label, MARGIN)?;
    let grid = &labels.grid;
    let voxel_mm = grid.spacing.into_iter().fold(f64::INFINITY, f64::min);
    let own = n as u16 + 1;
    let value = |m: usize| {
        let at = [m % size[0], m / size[0] % size[1], m / (size[0] * size[1])];
        let at = [0, 1, 2].map(|a| first[a] + at[a]);
        (lead(owners, at, own, structures.len()) * voxel_mm) as f32
    };
    let values: Vec<f32> =
        (0..size.iter().product::<usize>()).into_par_iter().with_min_len(4096).map(value).collect();
    let origin: Point<Lps> = grid.point(first.map(|v| v as f64));
    let placed = Grid {
        origin: placement.apply(origin),
        axes: grid.axes.map(|axis| placement.turn(axis)),
        spacing: grid.spacing,
        size,
    };
    Some(Sampled::new(Volume::new(placed, values)))
}

/// The box of a label's voxels and a margin: its first voxel and its size; none without a voxel.
fn reach(labels: &Volume<u16>, label: u16, margin: usize) -> Option<([usize; 3], [usize; 3])> {
    let size = labels.grid.size;
    let (mut low, mut high) = (size, [0usize; 3]);
    for (row, values) in labels.values.chunks_exact(size[0]).enumerate() {
        let Some(first) = values.iter().position(|&v| v == label) else { continue };
        let last = values.iter().rposition(|&v| v == label).unwrap_or(first);
        let at = [first, row % size[1], row / size[1]];
        (0..3).for_each(|a| low[a] = low[a].min(at[a]));
        (0..3).for_each(|a| high[a] = high[a].max(if a == 0 { last } else { at[a] }));
    }
    (low[0] <= high[0]).then(|| {
        let first = low.map(|v| v.saturating_sub(margin));
        let end = [0, 1, 2].map(|a| (high[a] + 1 + margin).min(size[a]));
        (first, [0, 1, 2].map(|a| end[a] - first[a]))
    })
}

/// How much larger the largest share of another is than the own one, -1 to 1.
fn lead(owners: &Volume<u16>, at: [usize; 3], own: u16, count: usize) -> f64 {
    let size = owners.grid.size;
    let mut shares = [0u8; 8];
    let mut many = if count < shares.len() { Vec::new() } else { vec![0u8; count + 1] };
    let shares: &mut [u8] = if many.is_empty() { &mut shares } else { &mut many };
    let along = |a: usize, d: usize| (at[a] + d).saturating_sub(1).min(size[a] - 1);
    for d in 0..27usize {
        let d = [d % 3, d / 3 % 3, d / 9];
        let weight: u8 = d.iter().map(|&v| if v == 1 { 2 } else { 1 }).product();
        let owner = owners.at([0, 1, 2].map(|a| along(a, d[a])));
        shares[usize::from(owner)] += weight;
    }
    let others = shares.iter().enumerate().filter(|(n, _)| *n != usize::from(own) && *n > 0);
    let most = others.map(|(_, share)| *share).max().unwrap_or(0);
    (f64::from(most) - f64::from(shares[usize::from(own)])) / 64.0
}
