//! Images of constants that differ from voxel to voxel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ossein_geom::{Grid, Lps, Point};
use rayon::prelude::*;

use super::setup::Amount;
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted};

/// The values of some images at every element of a grid, by path.
#[derive(Default)]
pub struct Maps(BTreeMap<PathBuf, Vec<f32>>);

/// Where images of constants lie.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Folder of `model.toml`.
    pub folder: &'a Path,
    /// Edge of the voxels of files that do not state it.
    pub voxel_mm: Option<f64>,
    /// Bytes that an image may take.
    pub byte_count_max: u64,
}

impl Maps {
    /// Reads images: an element has the value of the voxel in which its middle lies.
    ///
    /// # Errors
    /// The path with what is wrong with it.
    pub fn read<'p>(
        paths: impl Iterator<Item = &'p Path>,
        grid: &Grid<Lps>,
        place: Place<'_>,
    ) -> Result<Self, AnyError> {
        let mut maps = BTreeMap::new();
        for path in paths {
            if !maps.contains_key(path) {
                maps.insert(path.to_owned(), values(path, grid, place)?);
            }
        }
        Ok(Self(maps))
    }

    /// A number at an element.
    ///
    /// # Errors
    /// An image that does not reach there.
    pub fn at(&self, amount: &Amount, element: usize) -> Result<f64, String> {
        match amount {
            Amount::Number(number) => Ok(*number),
            Amount::Image(path) => {
                let value = self.0.get(path).map_or(f32::NAN, |values| values[element]);
                let beyond = || format!("{} has no voxel there", path.display());
                Some(f64::from(value)).filter(|value| !value.is_nan()).ok_or_else(beyond)
            }
        }
    }
}

/// The values at the middles of a grid's elements; no number where the image ends.
fn values(path: &Path, grid: &Grid<Lps>, place: Place<'_>) -> Result<Vec<f32>, AnyError> {
    let path = place.folder.join(path);
    let image = image::read(&Wanted {
        path: &path,
        voxel_mm: place.voxel_mm.filter(|_| image::states_no_edge(&path)),
        array: None,
        needs: &image::two_copies,
        byte_count_max: place.byte_count_max,
    })?;
    let (from, values) = (image.grid, image.values.into_f32());
    let value = |n: usize| {
        let voxel = voxel_at(&from, grid.center(grid.voxel(n)));
        voxel.map_or(f32::NAN, |voxel| values[from.index(voxel)])
    };
    Ok((0..grid.voxel_count()).into_par_iter().map(value).collect())
}

/// The voxel that holds a place; of two that meet there the lower one, which is that whose label
/// `every` keeps.
fn voxel_at(grid: &Grid<Lps>, p: Point<Lps>) -> Option<[usize; 3]> {
    let at =
        grid.coordinates(p).map(|x| (x - 0.5 - TIE).ceil().max(if x < -0.5 { x } else { 0.0 }));
    let inside = (0..3).all(|a| at[a] >= 0.0 && at[a] < grid.size[a] as f64);
    inside.then(|| at.map(|n| n as usize))
}

/// Nearer to a face than this part of a voxel is on it.
const TIE: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_between_two_voxels_belongs_to_the_lower() {
        let grid = Grid::<Lps>::aligned(Point::ORIGIN, [0.1; 3], [4, 4, 4]);
        let at = |x: f64| voxel_at(&grid, Point::new(x, 0.0, 0.0)).map(|voxel| voxel[0]);
        assert_eq!([at(0.05), at(0.25), at(0.3), at(0.34)], [Some(0), Some(2), Some(3), Some(3)]);
        assert_eq!([at(-0.05), at(0.35)], [Some(0), Some(3)]);
        assert_eq!([at(-0.06), at(0.36)], [None, None]);
    }
}
