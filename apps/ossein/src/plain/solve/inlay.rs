//! A `[[material]]` with a place of its own: what a mesh or a mask holds of an image, an implant in
//! bone.

use std::path::Path;

use ossein_field::mesh_distance::MeshField;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Finding, Found, Grid, Lps, Point, TriMesh};
use ossein_porous::Voxels;
use rayon::prelude::*;

use super::setup::Material;
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted, is_mesh};
use crate::plain::part;
use crate::progress;

/// Elements of a grid that a material takes, ascending: those whose middle lies inside its mesh, or
/// in a voxel of its mask that is not 0. A warning tells of a mesh that reaches beyond the image.
///
/// # Errors
/// The path with what is wrong with it: an open mesh, nothing of it in the image.
pub fn elements(
    material: &Material,
    folder: &Path,
    grid: &Grid<Lps>,
    byte_count_max: u64,
) -> Result<Found<Vec<usize>>, AnyError> {
    let path = folder.join(material.path.as_deref().unwrap_or(Path::new("")));
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let found = match is_mesh(&path) {
        true => in_mesh(&path, grid, byte_count_max)?,
        false => Found::clean(in_mask(&path, grid, byte_count_max)?),
    };
    if found.value.is_empty() {
        let text = "no element of the image has its middle inside: are both in one frame, in mm?";
        return Err(told(&text));
    }
    Ok(found)
}

fn in_mask(path: &Path, grid: &Grid<Lps>, byte_count_max: u64) -> Result<Vec<usize>, AnyError> {
    let needs = &image::two_copies;
    let wanted = Wanted { path, voxel_mm: None, array: None, needs, byte_count_max };
    let mask = image::read(&wanted)?;
    let values = mask.values.into_f32();
    let holds = |&n: &usize| {
        let voxel = mask.grid.voxel_at(grid.center(grid.voxel(n)));
        voxel.is_some_and(|voxel| values[mask.grid.index(voxel)] != 0.0)
    };
    Ok((0..grid.voxel_count()).into_par_iter().filter(holds).collect())
}

fn in_mesh(
    path: &Path,
    grid: &Grid<Lps>,
    byte_count_max: u64,
) -> Result<Found<Vec<usize>>, AnyError> {
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let solid = MeshField::new(&along(part::read(path)?, grid)).map_err(|e| told(&e))?;
    if !solid.is_closed() {
        let count = solid.open_edge_count();
        let hint = "`ossein mesh repair` makes a closed one";
        return Err(told(&format!("{count} edges are open: what is inside is a guess; {hint}")));
    }
    let bounds = solid.bounds();
    let findings = beyond(&bounds, grid).map(|mm| {
        let text = format!("it reaches {mm:.3} mm beyond the image: what lies there is left out");
        Finding::warning("solve.beyond_image", path.display().to_string(), text)
    });
    let (low, size) = around(&bounds, grid);
    let origin = Point::from([0, 1, 2].map(|a| low[a] as f64 * grid.spacing[a]));
    let block = Block { origin, step: grid.spacing, size };
    if size.contains(&0) {
        return Ok(Found::clean(Vec::new()));
    }
    let job = progress::job().labelled("voxels");
    let inside = Voxels::from_field(&solid, &block, byte_count_max, &job).map_err(|e| told(&e))?;
    progress::clear();
    let place = |n: usize| {
        let at = inside.voxel(n);
        grid.index([0, 1, 2].map(|a| low[a] + at[a]))
    };
    let value = (0..inside.voxel_count()).filter(|&n| inside.solid[n]).map(place).collect();
    Ok(Found { value, findings: findings.into_iter().collect() })
}

/// A mesh in mm along the axes of a grid, from its first voxel.
fn along(mut mesh: TriMesh<Lps>, grid: &Grid<Lps>) -> TriMesh<Lps> {
    for vertex in &mut mesh.vertices {
        let at = grid.coordinates(*vertex);
        *vertex = Point::from([0, 1, 2].map(|a| at[a] * grid.spacing[a]));
    }
    let [x, y, z] = grid.axes;
    if x.cross(y).dot(z) < 0.0 {
        // In a mirror the inside would be the outside.
        mesh.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
    }
    mesh
}

/// The first voxel of a grid whose middle may lie in a box, and how many there are from it on.
fn around(bounds: &Aabb<Lps>, grid: &Grid<Lps>) -> ([usize; 3], [usize; 3]) {
    let (min, max) = (bounds.min.array(), bounds.max.array());
    let low = |a: usize| (min[a] / grid.spacing[a]).ceil().max(0.0) as usize;
    let end = |a: usize| ((max[a] / grid.spacing[a]).floor() + 1.0).max(0.0) as usize;
    let size = |a: usize| end(a).min(grid.size[a]).saturating_sub(low(a));
    ([0, 1, 2].map(low), [0, 1, 2].map(size))
}

/// How far a box reaches beyond the voxels of a grid, mm.
fn beyond(bounds: &Aabb<Lps>, grid: &Grid<Lps>) -> Option<f64> {
    let (min, max) = (bounds.min.array(), bounds.max.array());
    let over = |a: usize| {
        let end = (grid.size[a] as f64 - 0.5) * grid.spacing[a];
        (-0.5 * grid.spacing[a] - min[a]).max(max[a] - end)
    };
    let most = (0..3).map(over).fold(0.0, f64::max);
    (most > 0.01 * grid.spacing[0]).then_some(most)
}
