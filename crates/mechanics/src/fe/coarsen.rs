//! The next coarser grid: cells of twice the edge, one for each connected part of the material.
//!
//! Struts that pass through one coarse cell without touching get a cell and nodes each, so coarse
//! grids join nothing that the finest one leaves apart (after Dick, Georgii and Westermann, Simul.
//! Model. Pract. Theory 19 (2011) 801-816). A cell takes the mean moduli of its own part.

use rayon::prelude::*;

use super::mesh::{Cell, Templates};
use crate::pieces::{find, unite};

/// Coarse cells and their nodes.
pub(crate) struct Coarser {
    /// Element counts of the grid.
    pub size: [usize; 3],
    /// First node of each plane, and the node count.
    pub planes: Vec<u32>,
    /// Cells, ordered by layer and row.
    pub cells: Vec<Cell>,
    /// Their templates.
    pub templates: Templates,
    /// Where each fine node lies: `parent_cell << 5 | offset`, see [`offset_code`].
    pub parents: Vec<u32>,
}

/// Code of a fine node's place in its coarse cell, in halves of the cell's edge.
pub(crate) fn offset_code(offset: [u16; 3]) -> u32 {
    u32::from(offset[0] + 3 * offset[1] + 9 * offset[2])
}

/// A fine grid as the coarsening reads it.
#[derive(Clone, Copy)]
pub(crate) struct Finer<'a> {
    /// Element counts of the grid.
    pub size: [usize; 3],
    /// First node of each plane, and the node count.
    pub planes: &'a [u32],
    /// Cells, ordered by layer.
    pub cells: &'a [Cell],
    /// Their templates.
    pub templates: &'a Templates,
    /// Whether cells in a block of eight always touch: so on the finest grid.
    pub is_finest: bool,
    /// Axes along which the grid closes on itself.
    pub closed: [bool; 3],
}

impl Finer<'_> {
    /// Where a node of a fine cell lies in its coarse cell, in halves of its edge: 0, 1 or 2. Where
    /// the grid closes, its last node is the high end of the last coarse cell, also of one that is
    /// half filled.
    fn offset(&self, cell: &Cell, bits: usize, axis: usize) -> u16 {
        let high = bits as u16 >> axis & 1;
        let seam = usize::from(cell.at[axis] + high) == self.size[axis];
        if self.closed[axis] && seam { 2 } else { (cell.at[axis] & 1) + high }
    }

    /// First node and node count of the up to three planes of nodes that a coarse plane moves.
    fn planes_near(&self, k: usize) -> [[u32; 2]; 3] {
        let count = self.planes.len() - 1;
        let mut near = [[0; 2]; 3];
        for (step, near) in near.iter_mut().enumerate() {
            let plane = match (2 * k + step).checked_sub(1) {
                None if self.closed[2] => count - 1,
                Some(plane) if self.closed[2] => plane % count,
                None => continue,
                Some(plane) if plane < count => plane,
                Some(_) => continue,
            };
            *near = [self.planes[plane], self.planes[plane + 1] - self.planes[plane]];
        }
        near
    }
}

/// Parts of one coarse layer.
struct Layer {
    /// Places of the coarse cells in the layer's plane.
    at: Vec<[u16; 2]>,
    /// Sums of the fine factors, and the template that all share, or the sums of the moduli.
    scale: Vec<(f32, Option<u32>)>,
    moduli: Vec<[f64; 9]>,
    /// Fine cells of the layer, and the part of each.
    fine: std::ops::Range<usize>,
    part_of: Vec<u32>,
}

/// Nodes of one coarse plane.
struct Plane {
    count: u32,
    /// Nodes at the high corners of the layer below, four for each part.
    below: Vec<[u32; 4]>,
    /// Nodes at the low corners of the layer above.
    above: Vec<[u32; 4]>,
}

/// The next coarser grid.
pub(crate) fn coarser(fine: Finer) -> Coarser {
    let size = fine.size.map(|n| n.div_ceil(2));
    let layer_starts = layer_starts(fine);
    let layers: Vec<Layer> =
        (0..size[2]).into_par_iter().map(|k| layer(fine, &layer_starts, size, k)).collect();
    let plane_count = size[2] + usize::from(!fine.closed[2]);
    let planes: Vec<Plane> = (0..plane_count)
        .into_par_iter()
        .map(|k| {
            let below = match k.checked_sub(1) {
                None if fine.closed[2] => layers.last(),
                below => below.map(|k| &layers[k]),
            };
            plane(fine, below, layers.get(k), k)
        })
        .collect();
    let mut starts = vec![0u32];
    for plane in &planes {
        starts.push(starts[starts.len() - 1] + plane.count);
    }
    let mut coarse = Coarser {
        size,
        planes: starts,
        cells: vec![],
        templates: fine.templates.clone(),
        parents: vec![],
    };
    let mut parents = vec![u32::MAX; fine.planes[fine.planes.len() - 1] as usize];
    for (k, layer) in layers.iter().enumerate() {
        let new_place = append_cells(&mut coarse, layer, &planes, k);
        for (index, part) in layer.fine.clone().zip(&layer.part_of) {
            let cell = &fine.cells[index];
            let parent = new_place[*part as usize];
            for (bits, &node) in cell.nodes.iter().enumerate() {
                let offset = [0, 1, 2].map(|a| fine.offset(cell, bits, a));
                parents[node as usize] = parent << 5 | offset_code(offset);
            }
        }
    }
    coarse.parents = parents;
    coarse
}

/// First cell of each fine layer, and the cell count.
fn layer_starts(fine: Finer) -> Vec<usize> {
    (0..=fine.size[2]).map(|k| fine.cells.partition_point(|c| usize::from(c.at[2]) < k)).collect()
}

/// Finds the connected parts in each block of eight fine cells.
fn layer(fine: Finer, starts: &[usize], size: [usize; 3], k: usize) -> Layer {
    let range = starts[2 * k]..starts[(2 * k + 2).min(fine.size[2])];
    let cells = &fine.cells[range.clone()];
    let key = |n: &u32| {
        let at = cells[*n as usize].at;
        usize::from(at[1] / 2) * size[0] + usize::from(at[0] / 2)
    };
    let mut order: Vec<u32> = (0..cells.len() as u32).collect();
    order.sort_by_key(key);
    let mut out = Layer {
        at: vec![],
        scale: vec![],
        moduli: vec![],
        fine: range,
        part_of: vec![0; cells.len()],
    };
    for block in order.chunk_by(|a, b| key(a) == key(b)) {
        if fine.is_finest {
            add_part(&mut out, cells, block, fine.templates);
            continue;
        }
        let mut parent: Vec<u32> = (0..block.len() as u32).collect();
        for a in 0..block.len() {
            for b in a + 1..block.len() {
                if touch(&cells[block[a] as usize], &cells[block[b] as usize]) {
                    unite(&mut parent, a as u32, b as u32);
                }
            }
        }
        let roots: Vec<u32> = (0..block.len() as u32).map(|n| find(&mut parent, n)).collect();
        for root in (0..block.len()).filter(|&n| roots[n] as usize == n) {
            let of_root = |n: &usize| roots[*n] as usize == root;
            let members: Vec<u32> = (root..block.len()).filter(of_root).map(|n| block[n]).collect();
            add_part(&mut out, cells, &members, fine.templates);
        }
    }
    out
}

fn touch(a: &Cell, b: &Cell) -> bool {
    a.nodes.iter().any(|n| b.nodes.contains(n))
}

/// Means over the eight children, times two because the edge doubles.
fn add_part(layer: &mut Layer, cells: &[Cell], members: &[u32], templates: &Templates) {
    let part = layer.at.len() as u32;
    let first = &cells[members[0] as usize];
    let same = members.iter().all(|m| cells[*m as usize].template == first.template);
    let mut sum = 0.0f32;
    let mut moduli = [0.0f64; 9];
    for &member in members {
        layer.part_of[member as usize] = part;
        let cell = &cells[member as usize];
        sum += 0.25 * cell.scale;
        let template = &templates.moduli[cell.template as usize];
        (0..9).for_each(|n| moduli[n] += 0.25 * f64::from(cell.scale) * template[n]);
    }
    layer.at.push([first.at[0] / 2, first.at[1] / 2]);
    layer.scale.push((sum, same.then_some(first.template)));
    layer.moduli.push(moduli);
}

/// Corners of a cell in its plane that move a fine node at an offset of 0, 1 or 2 halves.
fn corners([x, y]: [u16; 2]) -> impl Iterator<Item = usize> {
    let moves = |offset: u16, high: u16| if high == 0 { offset < 2 } else { offset > 0 };
    (0..4).filter(move |c| moves(x, c & 1) && moves(y, c >> 1)).map(usize::from)
}

/// Numbers the nodes of a coarse plane: corners are one node where a fine node needs them to be.
fn plane(fine: Finer, below: Option<&Layer>, above: Option<&Layer>, k: usize) -> Plane {
    let parts: Vec<[u16; 2]> =
        [below, above].into_iter().flatten().flat_map(|layer| layer.at.iter().copied()).collect();
    let below_count = below.map_or(0, |layer| layer.at.len());
    let mut set: Vec<u32> = (0..4 * parts.len() as u32).collect();
    let near = fine.planes_near(k);
    let [first, second, third] = near.map(|[_, count]| count);
    let mut owner = vec![(u32::MAX, [0; 2]); (first + second + third) as usize];
    let place = |node: u32| {
        let inside = |n: &usize| node.wrapping_sub(near[*n][0]) < near[*n][1];
        let plane = (0..3).find(inside).expect("a node of a plane near");
        (node - near[plane][0] + [0, first, first + second][plane]) as usize
    };
    for (layer, shift, is_below) in [(below, 0, true), (above, below_count as u32, false)] {
        let Some(layer) = layer else { continue };
        for (index, part) in layer.fine.clone().zip(&layer.part_of) {
            let cell = &fine.cells[index];
            let part = part + shift;
            for (bits, &node) in cell.nodes.iter().enumerate() {
                let z = fine.offset(cell, bits, 2);
                if (is_below && z == 0) || (!is_below && z == 2) {
                    continue;
                }
                let mine = (part, [0, 1].map(|a| fine.offset(cell, bits, a)));
                let owner = &mut owner[place(node)];
                if owner.0 == u32::MAX {
                    *owner = mine;
                } else if *owner != mine {
                    join(&mut set, [mine, *owner]);
                }
            }
        }
    }
    let (count, numbers) = number(&parts, &mut set);
    let (first, second) = numbers.split_at(below_count);
    Plane { count, below: first.to_vec(), above: second.to_vec() }
}

/// Joins the corners of two parts that move a fine node, which lies at an offset in each.
fn join(set: &mut [u32], [(one, at_one), (other, at_other)]: [(u32, [u16; 2]); 2]) {
    for corner in corners(at_one) {
        let high = |a: usize| match at_one[a] {
            1 => corner >> a & 1,
            _ => usize::from(at_other[a] == 2),
        };
        let same = high(0) | high(1) << 1;
        unite(set, 4 * one + corner as u32, 4 * other + same as u32);
    }
}

/// Numbers the sets of corners row by row, each strand along x in one go.
fn number(parts: &[[u16; 2]], set: &mut [u32]) -> (u32, Vec<[u32; 4]>) {
    let mut next = vec![u32::MAX; set.len()];
    let mut roots = Vec::new();
    for part in 0..parts.len() {
        for corner in 0..4usize {
            let item = 4 * part + corner;
            let root = find(set, item as u32);
            if root as usize == item {
                let at = parts[part];
                roots.push((at[1] + (corner as u16 >> 1), at[0] + (corner as u16 & 1), root));
            }
            if corner & 1 == 0 && next[root as usize] == u32::MAX {
                next[root as usize] = find(set, item as u32 + 1);
            }
        }
    }
    roots.sort_unstable();
    let mut numbers = vec![u32::MAX; set.len()];
    let mut count = 0;
    for (_, _, root) in roots {
        let mut node = root;
        while node != u32::MAX && numbers[node as usize] == u32::MAX {
            numbers[node as usize] = count;
            count += 1;
            node = next[node as usize];
        }
    }
    let corner = |part: usize, c: usize| (4 * part + c) as u32;
    let of = |part: usize| [0, 1, 2, 3].map(|c| numbers[find(set, corner(part, c)) as usize]);
    (count, (0..parts.len()).map(of).collect())
}

/// Appends the cells of a layer in the order of their nodes; gives each part its cell.
fn append_cells(coarse: &mut Coarser, layer: &Layer, planes: &[Plane], k: usize) -> Vec<u32> {
    let mut cells: Vec<(Cell, usize)> = (0..layer.at.len())
        .map(|part| {
            let low = planes[k].above[part].map(|n| n + coarse.planes[k]);
            let above = (k + 1) % planes.len();
            let high = planes[above].below[part].map(|n| n + coarse.planes[above]);
            let nodes = std::array::from_fn(|c| if c < 4 { low[c] } else { high[c - 4] });
            let at = [layer.at[part][0], layer.at[part][1], k as u16];
            let (scale, template) = layer.scale[part];
            (Cell { at, nodes, scale, template: template.unwrap_or(u32::MAX) }, part)
        })
        .collect();
    cells.sort_by_key(|(cell, part)| (cell.at[1], cell.nodes, *part));
    let mut place = vec![0; cells.len()];
    for (mut cell, part) in cells {
        if cell.template == u32::MAX {
            let moduli = layer.moduli[part];
            cell.scale = moduli[0] as f32;
            cell.template = coarse.templates.add(moduli.map(|c| c / moduli[0]));
        }
        place[part] = coarse.cells.len() as u32;
        coarse.cells.push(cell);
    }
    place
}
