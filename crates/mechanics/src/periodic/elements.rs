//! The stiffness operator of a periodic cell, layer after layer, for two loads at once.
//!
//! Forces come in units of `edge / 16`, displacements in voxel edges.

use rayon::prelude::*;

use super::nodes::{Nodes, WIDTH};
use crate::fe::Coefficients;
use crate::fe::lanes::{As, LANES, Real};
use crate::fe::mesh::Templates;
use crate::fe::operator::{Block, Precision, Rows, eight, forces};
use crate::voxels::LabelModel;

/// Planes of the result that one task owns.
const TASK_PLANES: usize = 8;

/// Lanes that a bit mask lets through.
const MASKS: [[f32; LANES]; 256] = masks();

const fn masks() -> [[f32; LANES]; 256] {
    let mut masks = [[0.0; LANES]; 256];
    let mut bits = 0;
    while bits < 256 {
        let mut lane = 0;
        while lane < LANES {
            masks[bits][lane] = (bits >> lane & 1) as f32;
            lane += 1;
        }
        bits += 1;
    }
    masks
}

/// Elements of one material among eight of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub j: u16,
    /// First of the eight along x.
    pub i: u16,
    pub label: u8,
    /// Which of the eight.
    pub mask: u8,
}

/// A macroscopic strain: xx, yy, zz, yz, xz, xy, shears as engineers count them.
pub(super) type Strain = [f64; 6];

/// The elements with material.
pub(super) struct Elements {
    size: [usize; 3],
    /// Room of a row of nodes.
    stride: usize,
    groups: Vec<Group>,
    layers: Vec<usize>,
    /// Largest C11 of the materials in MPa: the unit of the coefficients.
    pub unit_mpa: f64,
    /// Material of each label; that of label 0 is none.
    materials: Templates,
}

/// Displacements of a plane of nodes, row after row; the node after a row's last is its first.
type Plane<T> = [Vec<T>; WIDTH];

/// Forces on a plane of nodes: `near` from the elements that follow along x, `far` from those
/// before, so that no block waits for the one before it.
struct Forces<T> {
    near: Plane<T>,
    far: Plane<T>,
}

impl<T: Real> Forces<T> {
    fn clear(&mut self) {
        self.near.iter_mut().chain(&mut self.far).for_each(|v| v.fill(T::default()));
    }
}

/// Planes of nodes on both sides of a layer.
struct Room<T> {
    low: Plane<T>,
    high: Plane<T>,
    below: Forces<T>,
    above: Forces<T>,
    out: Vec<T>,
}

impl<T: Real> Room<T> {
    /// For planes of so many places.
    fn new(length: usize) -> Self {
        let plane = || std::array::from_fn(|_| vec![T::default(); length]);
        let forces = || Forces { near: plane(), far: plane() };
        Self { low: plane(), high: plane(), below: forces(), above: forces(), out: Vec::new() }
    }
}

impl Elements {
    /// The elements of a cell whose moduli are finite and positive.
    pub fn new(cell: &LabelModel) -> Self {
        let [ni, nj, nk] = cell.size;
        let (mut groups, mut layers) = (Vec::new(), vec![0]);
        for k in 0..nk {
            for j in 0..nj {
                let row = &cell.labels[(k * nj + j) * ni..][..ni];
                for (n, eight) in row.chunks(LANES).enumerate() {
                    add_groups(eight, [n * LANES, j], &mut groups);
                }
            }
            layers.push(groups.len());
        }
        let unit_mpa = cell.materials.iter().map(|c| f64::from(c[0])).fold(0.0, f64::max);
        let mut materials = Templates::default();
        materials.add([0.0; 9]);
        for c in &cell.materials {
            materials.add(c.map(|c| f64::from(c) / unit_mpa));
        }
        Self { size: cell.size, stride: stride(ni), groups, layers, unit_mpa, materials }
    }

    /// Groups of a layer.
    pub fn layer(&self, k: usize) -> &[Group] {
        &self.groups[self.layers[k]..self.layers[k + 1]]
    }

    /// Coefficients of a label.
    pub fn material(&self, label: u8) -> &Coefficients<f64> {
        &self.materials.double[usize::from(label)]
    }

    /// Euclidean norms of the forces on the nodes of all elements, each on its own, under strains.
    pub fn loose_norm(&self, strains: [Strain; 2]) -> [f64; 2] {
        let mut counts = vec![0u64; self.materials.double.len()];
        for group in &self.groups {
            counts[usize::from(group.label)] += u64::from(group.mask.count_ones());
        }
        strains.map(|strain| {
            let of = |(k, count): (&Coefficients<f64>, &u64)| {
                let block = affine_forces(k, strain);
                let square = |lanes: &[f64; LANES]| lanes[0] * lanes[0];
                *count as f64 * block.iter().flatten().map(square).sum::<f64>()
            };
            self.materials.double.iter().zip(&counts).map(of).sum::<f64>().sqrt()
        })
    }

    /// Bytes of the lists.
    pub fn byte_count(&self) -> u64 {
        (self.groups.len() * size_of::<Group>()) as u64
    }

    /// Forces of the displacements `x`, with those of a strain of each load where it is given:
    /// `finish` takes the forces on a plane's nodes, in a vector's order, and its part of `to`.
    /// Its results come plane by plane.
    pub fn apply<T: Precision, I: As<T>, O: Send, R: Send>(
        &self,
        nodes: &Nodes,
        x: &[I],
        strains: Option<[Strain; 2]>,
        to: &mut [O],
        finish: impl Fn(usize, &[T], &mut [O]) -> R + Sync,
    ) -> Vec<R> {
        let all = T::coefficients(&self.materials);
        let affine = strains.map(|pair| {
            let of = |k: &Coefficients<T>| pair.map(|strain| affine_forces(k, strain));
            all.iter().map(of).collect::<Vec<_>>()
        });
        let mut parts: Vec<Vec<&mut [O]>> = Vec::new();
        for (k, part) in nodes.split(to).into_iter().enumerate() {
            if k % TASK_PLANES == 0 {
                parts.push(Vec::with_capacity(TASK_PLANES));
            }
            parts.last_mut().expect("one was pushed").push(part);
        }
        let room = || Room::new(self.stride * self.size[1]);
        let one = |room: &mut Room<T>, (task, parts): (usize, Vec<&mut [O]>)| {
            let first = task * TASK_PLANES;
            self.task(nodes, x, affine.as_deref(), first, parts, room, &finish)
        };
        let results: Vec<Vec<R>> = parts.into_par_iter().enumerate().map_init(room, one).collect();
        results.into_iter().flatten().collect()
    }

    fn task<T: Precision, I: As<T>, O, R>(
        &self,
        nodes: &Nodes,
        x: &[I],
        affine: Option<&[[Block<T>; 2]]>,
        first: usize,
        parts: Vec<&mut [O]>,
        room: &mut Room<T>,
        finish: &impl Fn(usize, &[T], &mut [O]) -> R,
    ) -> Vec<R> {
        let nk = self.size[2];
        let Room { low, high, below, above, out } = room;
        let mut results = Vec::with_capacity(parts.len());
        let mut k = (first + nk - 1) % nk;
        self.spread(nodes, x, k, low);
        self.spread(nodes, x, (k + 1) % nk, high);
        below.clear();
        above.clear();
        self.layer_forces(k, affine, [low, high], [below, above]);
        for part in parts {
            k = (k + 1) % nk;
            std::mem::swap(low, high);
            std::mem::swap(below, above);
            above.clear();
            self.spread(nodes, x, (k + 1) % nk, high);
            self.layer_forces(k, affine, [low, high], [below, above]);
            out.resize(WIDTH * nodes.plane_count(k), T::default());
            self.collect(nodes, k, below, out);
            results.push(finish(k, out, part));
        }
        results
    }

    /// A plane of a vector, row after row, zero where no node is active.
    fn spread<T: Real, I: As<T>>(&self, nodes: &Nodes, x: &[I], k: usize, plane: &mut Plane<T>) {
        let ni = self.size[0];
        let (x, count) = (nodes.plane(x, k), nodes.plane_count(k));
        for (component, values) in plane.iter_mut().enumerate() {
            values.fill(T::default());
            let x = &x[component * count..(component + 1) * count];
            for (j, row) in values.chunks_exact_mut(self.stride).enumerate() {
                for strip in nodes.row(j, k) {
                    let (start, end) = (strip.start as usize, strip.end as usize);
                    let from = &x[strip.first as usize..][..end - start];
                    row[start..end].iter_mut().zip(from).for_each(|(to, x)| *to = x.as_());
                }
                row[ni] = row[0];
            }
        }
    }

    /// Adds the forces of a layer of elements to both of its planes.
    fn layer_forces<T: Precision>(
        &self,
        k: usize,
        affine: Option<&[[Block<T>; 2]]>,
        [low, high]: [&Plane<T>; 2],
        [below, above]: [&mut Forces<T>; 2],
    ) {
        let all = T::coefficients(&self.materials);
        let mut block = [[[T::default(); LANES]; 8]; 3];
        for group in self.layer(k) {
            let rows = [group.j as usize, (group.j as usize + 1) % self.size[1]];
            let at = rows.map(|j| j * self.stride + group.i as usize);
            let mut scale = [T::default(); LANES];
            for lane in 0..LANES {
                scale[lane] = T::single(MASKS[usize::from(group.mask)][lane]);
            }
            let one = &all[usize::from(group.label)];
            for load in 0..2 {
                let near = self::rows(low, high, load, at, 0);
                let far = self::rows(low, high, load, at, 1);
                forces(&near, &far, &scale, |_| one, &mut block);
                if let Some(affine) = affine {
                    add_masked(&affine[usize::from(group.label)][load], &scale, &mut block);
                }
                for component in 0..3 {
                    for q in 0..4 {
                        let plane = if q < 2 { &mut *below } else { &mut *above };
                        let (place, c) = (at[q & 1], 3 * load + component);
                        add(&block[component][2 * q], &mut plane.near[c][place..]);
                        add(&block[component][2 * q + 1], &mut plane.far[c][place + 1..]);
                    }
                }
            }
        }
    }

    /// The forces on the active nodes of a plane, in a vector's order.
    fn collect<T: Real>(&self, nodes: &Nodes, k: usize, forces: &Forces<T>, out: &mut [T]) {
        let (ni, count) = (self.size[0], nodes.plane_count(k));
        for component in 0..WIDTH {
            let out = &mut out[component * count..(component + 1) * count];
            for j in 0..self.size[1] {
                let row = j * self.stride;
                let near = &forces.near[component][row..row + self.stride];
                let far = &forces.far[component][row..row + self.stride];
                for strip in nodes.row(j, k) {
                    let (start, end) = (strip.start as usize, strip.end as usize);
                    let out = &mut out[strip.first as usize..][..end - start];
                    let pairs = near[start..end].iter().zip(&far[start..end]);
                    out.iter_mut().zip(pairs).for_each(|(out, (a, b))| *out = *a + *b);
                    if start == 0 {
                        out[0] += far[ni];
                    }
                }
            }
        }
    }
}

/// Room of a row: whole blocks, and one block more that starts a node later.
fn stride(ni: usize) -> usize {
    ni.next_multiple_of(LANES) + LANES
}

fn add_groups(labels: &[u8], [i, j]: [usize; 2], groups: &mut Vec<Group>) {
    let mut left: u8 = 0;
    labels.iter().enumerate().for_each(|(n, l)| left |= u8::from(*l != 0) << n);
    while left != 0 {
        let label = labels[left.trailing_zeros() as usize];
        let mut mask = 0;
        labels.iter().enumerate().for_each(|(n, l)| mask |= u8::from(*l == label) << n);
        groups.push(Group { j: j as u16, i: i as u16, label, mask });
        left &= !mask;
    }
}

/// Values of a load at the near or the far nodes of eight elements.
#[inline(always)]
fn rows<'a, T>(
    low: &'a Plane<T>,
    high: &'a Plane<T>,
    load: usize,
    at: [usize; 2],
    far: usize,
) -> Rows<'a, T> {
    std::array::from_fn(|component| {
        let c = 3 * load + component;
        let row = |plane: &'a Plane<T>, n: usize| eight(&plane[c], at[n] + far);
        [row(low, 0), row(low, 1), row(high, 0), row(high, 1)]
    })
}

#[inline(always)]
fn add<T: Real>(from: &[T; LANES], to: &mut [T]) {
    let to: &mut [T; LANES] = (&mut to[..LANES]).try_into().expect("eight numbers");
    // A sum of its own: the compiler cannot tell that both lie apart.
    let mut sum = *to;
    for lane in 0..LANES {
        sum[lane] += from[lane];
    }
    *to = sum;
}

fn add_masked<T: Real>(from: &Block<T>, scale: &[T; LANES], to: &mut Block<T>) {
    for (from, to) in from.iter().flatten().zip(to.iter_mut().flatten()) {
        for lane in 0..LANES {
            to[lane] += from[lane] * scale[lane];
        }
    }
}

/// Modal displacements of an element under a strain: four for a unit, by the sum over its nodes.
pub(super) fn affine_modes(strain: Strain) -> [[f64; 8]; 3] {
    let [xx, yy, zz, yz, xz, xy] = strain.map(|e| 4.0 * e);
    let mut modes = [[0.0; 8]; 3];
    (modes[0][1], modes[1][2], modes[2][4]) = (xx, yy, zz);
    // Half on each side, so that nothing turns.
    (modes[1][4], modes[2][2]) = (0.5 * yz, 0.5 * yz);
    (modes[0][4], modes[2][1]) = (0.5 * xz, 0.5 * xz);
    (modes[0][2], modes[1][1]) = (0.5 * xy, 0.5 * xy);
    modes
}

/// Forces on the nodes of an element under a strain, the same in every lane.
fn affine_forces<T: Real>(k: &Coefficients<T>, strain: Strain) -> Block<T> {
    let modes = affine_modes(strain).map(|modes| modes.map(T::from_f64));
    let f = crate::fe::modal_forces(k, &modes);
    let mut block = [[[T::default(); LANES]; 8]; 3];
    for component in 0..3 {
        for node in 0..8 {
            let mut sum = T::default();
            for mode in 1..8 {
                sum += T::from_f64(crate::fe::sign(mode, node)) * f[component][mode];
            }
            block[component][node] = [sum; LANES];
        }
    }
    block
}
