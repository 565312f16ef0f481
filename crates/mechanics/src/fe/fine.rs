//! The finest grid, from voxels.

use std::collections::BTreeMap;

use super::mesh::{Cell, Templates};
use crate::strips::Strips;
use crate::voxels::{Orthotropic, Voxels};

/// Moduli over C11 that differ by less are the same: single precision tells no more.
const SAME_RATIO: f64 = 3e-7;
/// Templates that are searched by nearness; later ones are found by their exact bits.
const NEAR_COUNT: usize = 64;

/// Elements of the strips with their nodes, ordered by `k`, `j`, `i`.
pub(crate) fn cells(
    voxels: &impl Voxels,
    solid: &Strips,
    nodes: &Strips,
) -> (Vec<Cell>, Templates) {
    let [ni, nj, _] = voxels.size();
    let closes = solid.closed[0];
    let mut materials = Materials::default();
    let mut cells = Vec::with_capacity(solid.count());
    solid.for_each(|_, strip, [j, k]| {
        let i = strip.start as usize;
        let around = |i: usize| -> [u32; 8] {
            std::array::from_fn(|bits| {
                let at = [i + (bits & 1), j + (bits >> 1 & 1), k + (bits >> 2)];
                nodes.number(at).expect("an element's nodes are active")
            })
        };
        let first = around(i);
        for n in 0..strip.end - strip.start {
            let element = (k * nj + j) * ni + i + n as usize;
            let (scale, template) = materials.find(&voxels.stiffness(element));
            let at = [(strip.start + n) as u16, j as u16, k as u16];
            let seam = closes && usize::from(at[0]) + 1 == ni;
            let nodes = if seam { around(ni - 1) } else { first.map(|node| node + n) };
            cells.push(Cell { at, nodes, scale, template });
        }
    });
    (cells, materials.templates)
}

/// Templates while they are found.
#[derive(Default)]
struct Materials {
    templates: Templates,
    last: Orthotropic,
    last_template: u32,
    exact: BTreeMap<[u32; 9], u32>,
}

impl Materials {
    /// Factor and template of a material.
    fn find(&mut self, moduli: &Orthotropic) -> (f32, u32) {
        if *moduli != self.last {
            let ratios = moduli.map(|c| f64::from(c) / f64::from(moduli[0]));
            self.last = *moduli;
            self.last_template = self.template(ratios, moduli);
        }
        (moduli[0], self.last_template)
    }

    fn template(&mut self, ratios: [f64; 9], moduli: &Orthotropic) -> u32 {
        let known = &self.templates.moduli;
        let near = |t: &[f64; 9]| t.iter().zip(&ratios).all(|(a, b)| (a - b).abs() < SAME_RATIO);
        if let Some(found) = known[..known.len().min(NEAR_COUNT)].iter().position(near) {
            return found as u32;
        }
        let key = moduli.map(|c| (c / moduli[0]).to_bits());
        *self.exact.entry(key).or_insert_with(|| self.templates.add(ratios))
    }
}
