//! A picture of a solution: the deformed surface in the colours of the von Mises stress.

use std::path::Path;

use ossein_geom::{Job, Lps, TriMesh};
use ossein_mechanics::stress::{percentiles, stress, von_mises};
use ossein_mechanics::{Moduli, Solution};
use ossein_picture::{ColorMap, Item, Legend, Scene, View};

use super::specimen::Specimen;
use crate::commands::AnyError;
use crate::plain::part;

/// Width and height in pixels.
const SIZE: [usize; 2] = [900, 680];
/// The largest displacement is drawn as this part of the longest edge.
const SHOWN: f64 = 0.06;

/// Draws a load's solution as PNG.
///
/// # Errors
/// A stopped job, or what the disk says.
pub fn draw<M: Moduli>(
    path: &Path,
    specimen: &Specimen<M>,
    solution: &Solution,
    job: &Job,
) -> Result<(), AnyError> {
    let specimen = &*specimen.without(&solution.left_out);
    let model = &specimen.model;
    let stresses: Vec<f32> = stress(model, solution).iter().map(von_mises).collect();
    let solid: Vec<bool> = specimen.regions.iter().map(|&r| r != 0).collect();
    let most = percentiles(&stresses, &solid).map_or(1.0, |p| p.p99).max(f32::MIN_POSITIVE);
    let longest = model.size.into_iter().max().unwrap_or(1) as f64 * model.voxel_mm;
    let moved = solution.displacement_mm.iter().flatten().fold(0.0f64, |m, u| m.max(u.abs()));
    let scale = if moved > 0.0 { rounded(SHOWN * longest / moved) } else { 0.0 };
    let (mesh, values) = surface(specimen, solution, &stresses, scale);
    let (map, range) = (ColorMap::Amount, [0.0, most]);
    let mut scene = Scene::new(vec![Item::scalar(&mesh, &values, map, range)], View::Oblique, SIZE);
    scene.camera.height_mm *= 1.15;
    scene.caption = vec![
        format!("{}: displacements x {scale}", solution.name),
        format!("{} elements of {:.4} mm", model.solid_count(), model.voxel_mm),
    ];
    let title = "von Mises stress, MPa".to_owned();
    scene.legend = Some(Legend::Bar { title, map, range });
    part::draw_scene(path, &scene, job)
}

/// The largest of 1, 2 and 5 times a power of ten up to a number.
fn rounded(number: f64) -> f64 {
    let mut power = 1.0f64;
    while power * 10.0 <= number {
        power *= 10.0;
    }
    while power > number {
        power /= 10.0;
    }
    [5.0, 2.0].into_iter().map(|n| n * power).find(|n| *n <= number).unwrap_or(power)
}

/// The faces between material and void, moved by `scale` times the displacement, and at each vertex
/// the mean of the `values` of the elements around it.
fn surface<M: Moduli>(
    specimen: &Specimen<M>,
    solution: &Solution,
    values: &[f32],
    scale: f64,
) -> (TriMesh<Lps>, Vec<f32>) {
    let (model, grid) = (&specimen.model, specimen.nodes());
    let size = model.size;
    let mut vertex_of = vec![u32::MAX; model.node_count()];
    let (mut vertices, mut triangles, mut of_vertices) = (Vec::new(), Vec::new(), Vec::new());
    let mut vertex = |node: [usize; 3]| {
        let index = model.node_index(node);
        if vertex_of[index] == u32::MAX {
            vertex_of[index] = vertices.len() as u32;
            let u = solution.displacement_mm[index];
            let rest = grid.point(node.map(|n| n as f64));
            vertices.push((0..3).fold(rest, |p, a| p + grid.axes[a] * (scale * u[a])));
            of_vertices.push(around(specimen, values, node));
        }
        vertex_of[index]
    };
    let strides = [1, size[0], size[0] * size[1]];
    for element in (0..model.element_count()).filter(|&e| specimen.regions[e] != 0) {
        let at = [0, 1, 2].map(|a| element / strides[a] % size[a]);
        for axis in 0..3 {
            for high in [false, true] {
                let covered = if high {
                    at[axis] + 1 < size[axis] && specimen.regions[element + strides[axis]] != 0
                } else {
                    at[axis] > 0 && specimen.regions[element - strides[axis]] != 0
                };
                if covered {
                    continue;
                }
                let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
                let corner = |du: usize, dv: usize| {
                    let mut node = at;
                    node[axis] += usize::from(high);
                    (node[u], node[v]) = (at[u] + du, at[v] + dv);
                    node
                };
                let quad = [[0, 0], [1, 0], [1, 1], [0, 1]].map(|[a, b]| vertex(corner(a, b)));
                let [a, b, c, d] = if high { quad } else { [quad[0], quad[3], quad[2], quad[1]] };
                triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
    }
    (TriMesh { vertices, triangles }, of_vertices)
}

/// Mean over the solid elements around a node.
fn around<M>(specimen: &Specimen<M>, values: &[f32], node: [usize; 3]) -> f32 {
    let size = specimen.model.size;
    let (mut sum, mut count) = (0.0, 0.0);
    for bits in 0..8usize {
        let at = [0, 1, 2].map(|a| node[a].wrapping_sub(bits >> a & 1));
        if (0..3).any(|a| at[a] >= size[a]) {
            continue;
        }
        let element = (at[2] * size[1] + at[1]) * size[0] + at[0];
        if specimen.regions[element] != 0 {
            sum += values[element];
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn factors_are_short_numbers() {
        assert_eq!([0.37, 1.0, 7.3, 49.0, 240.0].map(rounded), [0.2, 1.0, 5.0, 20.0, 200.0]);
    }
}
