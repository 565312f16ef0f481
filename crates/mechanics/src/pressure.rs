//! Pressure on the surface of a voxel model.

use std::collections::BTreeMap;

use crate::voxels::Voxels;

/// A face of an element that borders void or the outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// Centre in mm from the corner of the grid.
    pub center_mm: [f64; 3],
    /// Outward unit normal: along one axis of the grid.
    pub normal: [f64; 3],
}

/// Forces in N on the nodes of the exposed faces that `chosen` picks, under `pressure_mpa`, by
/// node: to be the loaded nodes and the forces of [`solve_forces`](crate::solve_forces).
///
/// Each face carries its own area along its own normal, so the projected area of a curved surface,
/// and with it the resultant, is that of its voxels.
pub fn pressure_forces(
    voxels: &impl Voxels,
    pressure_mpa: f64,
    chosen: impl Fn(&Face) -> bool,
) -> (Vec<u32>, Vec<[f64; 3]>) {
    let traction = |face: &Face| face.normal.map(|n| -pressure_mpa * n);
    traction_forces(voxels, |face| chosen(face).then(|| traction(face)))
}

/// Forces in N on the nodes of the exposed faces under the traction in MPa that each is given, by
/// node, as [`pressure_forces`] gives them. A face spreads what acts at its centre over its nodes.
pub fn traction_forces(
    voxels: &impl Voxels,
    traction: impl Fn(&Face) -> Option<[f64; 3]>,
) -> (Vec<u32>, Vec<[f64; 3]>) {
    let (size, h) = (voxels.size(), voxels.voxel_mm());
    let mut forces: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
    for element in (0..voxels.given_count()).filter(|&e| voxels.is_solid(e)) {
        let at = [element % size[0], element / size[0] % size[1], element / (size[0] * size[1])];
        for (axis, stride) in [1, size[0], size[0] * size[1]].into_iter().enumerate() {
            for high in [false, true] {
                let covered = if high {
                    at[axis] + 1 < size[axis] && voxels.is_solid(element + stride)
                } else {
                    at[axis] > 0 && voxels.is_solid(element - stride)
                };
                if covered {
                    continue;
                }
                if let Some(traction) = traction(&face(at, axis, high, h)) {
                    let share = traction.map(|t| 0.25 * h * h * t);
                    add_face(&mut forces, size, at, axis, high, share);
                }
            }
        }
    }
    forces.into_iter().unzip()
}

fn face(at: [usize; 3], axis: usize, high: bool, h: f64) -> Face {
    let mut center_mm = at.map(|n| (n as f64 + 0.5) * h);
    let mut normal = [0.0; 3];
    normal[axis] = if high { 1.0 } else { -1.0 };
    center_mm[axis] += 0.5 * h * normal[axis];
    Face { center_mm, normal }
}

/// Gives each of a face's four nodes its share.
fn add_face(
    forces: &mut BTreeMap<u32, [f64; 3]>,
    size: [usize; 3],
    at: [usize; 3],
    axis: usize,
    high: bool,
    share: [f64; 3],
) {
    for bits in (0..8usize).filter(|bits| (bits >> axis & 1 == 1) == high) {
        let node = [0, 1, 2].map(|a| at[a] + (bits >> a & 1));
        let index = (node[2] * (size[1] + 1) + node[1]) * (size[0] + 1) + node[0];
        let force = forces.entry(index as u32).or_default();
        (0..3).for_each(|a| force[a] += share[a]);
    }
}
