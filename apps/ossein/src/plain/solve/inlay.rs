//! A `[[material]]` with a place of its own: what a mesh or a mask holds of an image, an implant in
//! bone.

use std::path::Path;

use ossein_field::mesh_distance::MeshField;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Finding, Found, Grid, Lps, Point, TriMesh};
use ossein_mechanics::composite;
use rayon::prelude::*;

use super::setup::Material;
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted, is_mesh};
use crate::plain::part;

/// Points along each edge of an element at which its share is looked for.
const POINTS: usize = 4;
const POINT_COUNT: usize = POINTS * POINTS * POINTS;

/// What a material fills of the elements in a box of a grid.
pub struct Inlay {
    /// The grid's size.
    grid: [usize; 3],
    /// The box: its first element, and how many there are from it on.
    low: [usize; 3],
    size: [usize; 3],
    /// Parts of the volume of its elements, `[k][j][i]`.
    shares: Vec<f32>,
}

impl Inlay {
    /// Elements of which it fills something: their place in the grid, its share, and the way out of
    /// it where it leaves some to others.
    pub fn elements(&self) -> impl Iterator<Item = (usize, f32, [f64; 3])> + '_ {
        let filled = self.shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
        filled.map(|(n, &share)| {
            let at = voxel(n, self.size);
            let out =
                if share < 1.0 { composite::normal(&self.shares, self.size, at) } else { [0.0; 3] };
            let [i, j, k] = [0, 1, 2].map(|a| self.low[a] + at[a]);
            ((k * self.grid[1] + j) * self.grid[0] + i, share, out)
        })
    }
}

/// What a material with a path fills of each element of a grid: the part of it that lies inside its
/// mesh, or in voxels of its mask that are not 0. A warning tells of a mesh that reaches beyond the
/// image.
///
/// # Errors
/// The path with what is wrong with it: an open mesh, nothing of it in the image.
pub fn inlay(
    material: &Material,
    folder: &Path,
    grid: &Grid<Lps>,
    byte_count_max: u64,
) -> Result<Found<Inlay>, AnyError> {
    let path = folder.join(material.path.as_deref().unwrap_or(Path::new("")));
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let found = match is_mesh(&path) {
        true => of_mesh(&path, grid)?,
        false => Found::clean(of_mask(&path, grid, byte_count_max)?),
    };
    if found.value.elements().next().is_none() {
        return Err(told(
            &"no element of the image holds any of it: are both in one frame, in mm?",
        ));
    }
    Ok(found)
}

/// The voxel of a box of this size that is its n-th.
fn voxel(n: usize, size: [usize; 3]) -> [usize; 3] {
    [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])]
}

/// The points of an element, in voxels from its middle.
fn points() -> impl Iterator<Item = [f64; 3]> {
    let along = |n: usize| (n as f64 + 0.5) / POINTS as f64 - 0.5;
    (0..POINT_COUNT).map(move |n| voxel(n, [POINTS; 3]).map(along))
}

fn of_mask(path: &Path, grid: &Grid<Lps>, byte_count_max: u64) -> Result<Inlay, AnyError> {
    let needs = &image::two_copies;
    let wanted = Wanted { path, voxel_mm: None, array: None, needs, byte_count_max };
    let mask = image::read(&wanted)?;
    let values = mask.values.into_f32();
    let holds = |p: Point<Lps>| {
        let voxel = mask.grid.voxel_at(p);
        voxel.is_some_and(|voxel| values[mask.grid.index(voxel)] != 0.0)
    };
    let share = |n: usize| {
        let at = grid.voxel(n).map(|i| i as f64);
        let inside = |offset: &[f64; 3]| holds(grid.point([0, 1, 2].map(|a| at[a] + offset[a])));
        points().filter(inside).count() as f32 / POINT_COUNT as f32
    };
    let shares = (0..grid.voxel_count()).into_par_iter().map(share).collect();
    Ok(Inlay { grid: grid.size, low: [0; 3], size: grid.size, shares })
}

fn of_mesh(path: &Path, grid: &Grid<Lps>) -> Result<Found<Inlay>, AnyError> {
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
    let row = |n: usize| {
        let [j, k] = [n % size[1], n / size[1]];
        row_of_mesh(&solid, grid, [low[0], low[1] + j, low[2] + k], size[0])
    };
    let shares = (0..size[1] * size[2]).into_par_iter().flat_map_iter(row).collect();
    let value = Inlay { grid: grid.size, low, size, shares };
    Ok(Found { value, findings: findings.into_iter().collect() })
}

/// Shares of a row of elements along the first axis, from `first` on.
fn row_of_mesh(
    solid: &MeshField<Lps>,
    grid: &Grid<Lps>,
    first: [usize; 3],
    count: usize,
) -> Vec<f32> {
    let edge = grid.spacing[0];
    let place = |at: [f64; 3]| Point::<Lps>::from([0, 1, 2].map(|a| at[a] * grid.spacing[a]));
    let origin = place(first.map(|i| i as f64));
    let block = Block { origin, step: grid.spacing, size: [count, 1, 1] };
    let mut distances = vec![1.0f32; count];
    solid.sample(&block, &mut distances);
    let reach = 0.5 * 3f64.sqrt() * edge;
    let share = |(n, &distance): (usize, &f32)| {
        if f64::from(distance).abs() > reach {
            return f32::from(u8::from(distance < 0.0));
        }
        let middle = [first[0] + n, first[1], first[2]].map(|i| i as f64);
        let origin = place(middle.map(|i| i + 0.5 / POINTS as f64 - 0.5));
        let step = grid.spacing.map(|s| s / POINTS as f64);
        let mut inside = [1.0f32; POINT_COUNT];
        solid.sample(&Block { origin, step, size: [POINTS; 3] }, &mut inside);
        inside.iter().filter(|d| **d < 0.0).count() as f32 / POINT_COUNT as f32
    };
    distances.iter().enumerate().map(share).collect()
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

/// The first voxel of a grid that may reach into a box or beside it, and how many there are from it on.
fn around(bounds: &Aabb<Lps>, grid: &Grid<Lps>) -> ([usize; 3], [usize; 3]) {
    let (min, max) = (bounds.min.array(), bounds.max.array());
    let low = |a: usize| (min[a] / grid.spacing[a] - 1.5).ceil().max(0.0) as usize;
    let end = |a: usize| ((max[a] / grid.spacing[a] + 1.5).floor() + 1.0).max(0.0) as usize;
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
