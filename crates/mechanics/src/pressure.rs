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
    let given = voxels.given_count();
    let solid = |element: usize| element < given && voxels.is_solid(element);
    face_forces(voxels.size(), voxels.voxel_mm(), solid, |face, _| traction(face))
}

/// Forces in N on nodes under tractions on the exposed faces of the elements that are `solid`. A
/// face comes with its nodes.
pub(crate) fn face_forces(
    size: [usize; 3],
    h: f64,
    solid: impl Fn(usize) -> bool,
    traction: impl Fn(&Face, [u32; 4]) -> Option<[f64; 3]>,
) -> (Vec<u32>, Vec<[f64; 3]>) {
    let count: usize = size.iter().product();
    let mut forces: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
    for element in (0..count).filter(|&e| solid(e)) {
        let at = [element % size[0], element / size[0] % size[1], element / (size[0] * size[1])];
        for (axis, stride) in [1, size[0], size[0] * size[1]].into_iter().enumerate() {
            for high in [false, true] {
                let covered = if high {
                    at[axis] + 1 < size[axis] && solid(element + stride)
                } else {
                    at[axis] > 0 && solid(element - stride)
                };
                if covered {
                    continue;
                }
                let nodes = corners(size, at, axis, high);
                if let Some(traction) = traction(&face(at, axis, high, h), nodes) {
                    for node in nodes {
                        let force = forces.entry(node).or_default();
                        (0..3).for_each(|a| force[a] += 0.25 * h * h * traction[a]);
                    }
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

/// The four nodes of a face.
fn corners(size: [usize; 3], at: [usize; 3], axis: usize, high: bool) -> [u32; 4] {
    let mut of_face = (0..8usize).filter(|bits| (bits >> axis & 1 == 1) == high);
    std::array::from_fn(|_| {
        let bits = of_face.next().expect("a face has four corners");
        let node = [0, 1, 2].map(|a| at[a] + (bits >> a & 1));
        ((node[2] * (size[1] + 1) + node[1]) * (size[0] + 1) + node[0]) as u32
    })
}
