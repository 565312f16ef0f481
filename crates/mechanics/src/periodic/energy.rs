//! The stiffness of a cell from the displacements of six strains.
//!
//! From the energies, whose error is the square of the displacements', and from the mean stresses,
//! whose error is of the first order: their difference is an error bar.

use rayon::prelude::*;

use super::elements::{Elements, Strain, affine_modes};
use super::nodes::Nodes;
use crate::fe::lanes::LANES;
use crate::fe::{modal_forces, operator::modes};

/// A symmetric matrix of six rows, by energies, and one by mean stresses.
pub(super) type Matrices = [[[f64; 6]; 6]; 2];

/// A number of each mode of each component of eight elements.
type Modal = [[[f64; LANES]; 8]; 3];

/// Stiffness in the elements' unit, by energies and by stresses; `fields` are displacements beside
/// those of the unit strains, `[plane][axis][node]`.
pub(super) fn matrices(nodes: &Nodes, elements: &Elements, fields: &[Vec<f32>; 6]) -> Matrices {
    let size = nodes.size;
    let layer = |k: usize| layer(nodes, elements, fields, k);
    let layers: Vec<Matrices> = (0..size[2]).into_par_iter().map(layer).collect();
    let volume = size.iter().product::<usize>() as f64;
    let mut all = [[[0.0; 6]; 6]; 2];
    for layer in &layers {
        for (all, one) in all.iter_mut().flatten().flatten().zip(layer.iter().flatten().flatten()) {
            *all += one / volume;
        }
    }
    for a in 0..6 {
        for b in 0..a {
            all[0][a][b] = all[0][b][a];
        }
    }
    all
}

/// Unit strain of a load.
pub(super) fn unit(load: usize) -> Strain {
    std::array::from_fn(|n| if n == load { 1.0 } else { 0.0 })
}

fn layer(nodes: &Nodes, elements: &Elements, fields: &[Vec<f32>; 6], k: usize) -> Matrices {
    let [ni, nj, nk] = nodes.size;
    let stride = ni.next_multiple_of(LANES) + LANES;
    let spread = |k: usize| -> Vec<[Vec<f32>; 3]> {
        fields.iter().map(|field| spread(nodes, field, k, stride)).collect()
    };
    let planes = [spread(k), spread((k + 1) % nk)];
    let affine: [[[f64; 8]; 3]; 6] = std::array::from_fn(|load| affine_modes(unit(load)));
    let mut moved: [Modal; 6] = [[[[0.0; LANES]; 8]; 3]; 6];
    let mut pulled = moved;
    let mut sums = [[[0.0f64; LANES]; 6]; 6];
    let mut stresses = [[0.0; 6]; 6];
    for group in elements.layer(k) {
        let material = elements.material(group.label);
        let at = [0, 1].map(|n| (group.j as usize + n) % nj * stride + group.i as usize);
        let on: [f64; LANES] = std::array::from_fn(|lane| f64::from(group.mask >> lane & 1));
        for load in 0..6 {
            let near = rows(&planes, load, at, 0);
            let far = rows(&planes, load, at, 1);
            for lane in 0..LANES {
                let mut a: [[f64; 8]; 3] = std::array::from_fn(|c| modes(&near[c], &far[c], lane));
                for (a, e) in a.iter_mut().flatten().zip(affine[load].iter().flatten()) {
                    *a += e;
                }
                let f = modal_forces(material, &a);
                for c in 0..3 {
                    for mode in 0..8 {
                        moved[load][c][mode][lane] = a[c][mode];
                        pulled[load][c][mode][lane] = f[c][mode] * on[lane];
                    }
                }
            }
            let f = &pulled[load];
            let mean = [&f[0][1], &f[1][2], &f[2][4], &f[1][4], &f[0][4], &f[0][2]];
            for (row, lanes) in mean.into_iter().enumerate() {
                stresses[row][load] += 0.25 * lanes.iter().sum::<f64>();
            }
        }
        for row in 0..6 {
            for column in row..6 {
                add_products(&moved[row], &pulled[column], &mut sums[row][column]);
            }
        }
    }
    [sums.map(|row| row.map(|lanes| lanes.iter().sum::<f64>() / 16.0)), stresses]
}

#[inline(always)]
fn add_products(a: &Modal, b: &Modal, sums: &mut [f64; LANES]) {
    for c in 0..3 {
        for mode in 1..8 {
            for lane in 0..LANES {
                sums[lane] += a[c][mode][lane] * b[c][mode][lane];
            }
        }
    }
}

/// A plane of displacements, row after row; the node after a row's last is its first.
fn spread(nodes: &Nodes, field: &[f32], k: usize, stride: usize) -> [Vec<f32>; 3] {
    let [ni, nj, _] = nodes.size;
    let count = nodes.plane_count(k);
    let field = &field[3 * nodes.planes[k]..3 * nodes.planes[k + 1]];
    std::array::from_fn(|c| {
        let mut plane = vec![0.0; stride * nj];
        let field = &field[c * count..(c + 1) * count];
        for (j, row) in plane.chunks_exact_mut(stride).enumerate() {
            for strip in nodes.row(j, k) {
                let (start, end) = (strip.start as usize, strip.end as usize);
                row[start..end].copy_from_slice(&field[strip.first as usize..][..end - start]);
            }
            row[ni] = row[0];
        }
        plane
    })
}

/// Displacements of a load at the near or the far nodes of eight elements, component by component.
fn rows(
    planes: &[Vec<[Vec<f32>; 3]>; 2],
    load: usize,
    at: [usize; 2],
    far: usize,
) -> [[&[f32; LANES]; 4]; 3] {
    std::array::from_fn(|c| {
        std::array::from_fn(|q| {
            let place = at[q & 1] + far;
            planes[q >> 1][load][c][place..place + LANES].try_into().expect("eight numbers")
        })
    })
}
