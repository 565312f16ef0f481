//! Labels to a volume whose surface lies between the voxels.

use ossein_geom::{Grid, Volume};
use ossein_segment::mask::Mask;

/// A volume of [`occupancy`] has its surface at this level.
pub const SURFACE_LEVEL: f64 = 2048.0;
/// A value that is all inside.
const FULL: i32 = 4096;
/// Empty voxels around what is cropped.
const MARGIN: usize = 3;

/// The smallest grid that holds every voxel of which `is` speaks, and a margin; none where there is
/// no such voxel.
pub(crate) fn around(volume: &Volume<u16>, is: impl Fn(u16) -> bool) -> Option<([i64; 3], Grid)> {
    let size = volume.grid.size;
    let (mut low, mut high) = (size, [0usize; 3]);
    for (row, values) in volume.values.chunks_exact(size[0]).enumerate() {
        let Some(first) = values.iter().position(|&v| is(v)) else { continue };
        let last = values.iter().rposition(|&v| is(v)).unwrap_or(first);
        let at = [first, row % size[1], row / size[1]];
        (0..3).for_each(|a| low[a] = low[a].min(at[a]));
        (0..3).for_each(|a| high[a] = high[a].max(if a == 0 { last } else { at[a] }));
    }
    (low[0] <= high[0]).then(|| {
        let first = [0, 1, 2].map(|a| low[a] as i64 - MARGIN as i64);
        let mut grid = volume.grid.clone();
        grid.origin = grid.point(first.map(|v| v as f64));
        grid.size = [0, 1, 2].map(|a| high[a] - low[a] + 1 + 2 * MARGIN);
        (first, grid)
    })
}

/// The labels on another grid of the same voxels, `first` voxels along; 0 beyond.
pub(crate) fn cropped(volume: &Volume<u16>, first: [i64; 3], grid: &Grid) -> Volume<u16> {
    let size = volume.grid.size;
    let mut out = Volume::filled(grid.clone(), 0u16);
    for n in 0..grid.size[1] * grid.size[2] {
        let from = [first[1] + (n % grid.size[1]) as i64, first[2] + (n / grid.size[1]) as i64];
        if (0..2).any(|a| from[a] < 0 || from[a] >= size[a + 1] as i64) {
            continue;
        }
        let row = (from[1] as usize * size[1] + from[0] as usize) * size[0];
        let to = &mut out.values[n * grid.size[0]..][..grid.size[0]];
        for (i, value) in to.iter_mut().enumerate() {
            let i = first[0] + i as i64;
            if (0..size[0] as i64).contains(&i) {
                *value = volume.values[row + i as usize];
            }
        }
    }
    out
}

/// The part of some labels as a volume whose surface lies at [`SURFACE_LEVEL`], its voxels' steps
/// smoothed by half a voxel, cropped to what there is; none where there is nothing.
pub fn occupancy(labels: &Volume<u16>, wanted: &[u16]) -> Option<Volume<i16>> {
    let some = alone(labels, wanted)?;
    Some(smoothed(&Mask::of(&some, |v| v > 0)))
}

/// Some labels as they are, what an implant keeps away from: a volume whose surface lies at
/// [`SURFACE_LEVEL`], halfway between voxels, with every voxel, however thin the label is; none where
/// there is nothing. Smoothed, a nerve's canal of a voxel's width would be gone, and a wider one
/// farther off than it is.
pub fn unsmoothed(labels: &Volume<u16>, wanted: &[u16]) -> Option<Volume<i16>> {
    let some = alone(labels, wanted)?;
    Some(some.map(|v| if v > 0 { FULL as i16 } else { 0 }))
}

/// Some labels alone, cropped to them and a margin of three empty voxels; none where there is no
/// such voxel.
pub fn alone(labels: &Volume<u16>, wanted: &[u16]) -> Option<Volume<u16>> {
    let is = |v: u16| wanted.contains(&v);
    let (first, grid) = around(labels, is)?;
    let mut some = cropped(labels, first, &grid);
    some.values.iter_mut().filter(|v| !is(**v)).for_each(|v| *v = 0);
    Some(some)
}

/// A mask as a volume with its surface at [`SURFACE_LEVEL`]: a quarter, a half, a quarter along each
/// axis; the outermost voxels must be empty.
pub fn smoothed(mask: &Mask) -> Volume<i16> {
    let mut volume = mask.volume(FULL, 0);
    let size = volume.grid.size;
    let mut before = volume.values.clone();
    for stride in [1, size[0], size[0] * size[1]] {
        before.copy_from_slice(&volume.values);
        for n in stride..before.len() - stride {
            volume.values[n] = (before[n - stride] + 2 * before[n] + before[n + stride]) / 4;
        }
    }
    volume.map(|v| v as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of voxels is gone when smoothed; as it is, it is as wide as a voxel.
    #[test]
    fn a_thin_label_is_kept() {
        let grid = Grid::aligned(ossein_geom::Point::ORIGIN, [0.5; 3], [20, 9, 9]);
        let mut labels = Volume::filled(grid, 0u16);
        for i in 2..18 {
            let at = labels.grid.index([i, 4, 4]);
            labels.values[at] = 5;
        }
        let inside = |volume: &Volume<i16>| {
            let p = labels.grid.center([10, 4, 4]);
            volume.sample(p) >= SURFACE_LEVEL
        };
        assert!(!inside(&occupancy(&labels, &[5]).unwrap()));
        let kept = unsmoothed(&labels, &[5]).unwrap();
        assert!(inside(&kept));
        let beside = labels.grid.point([10.0, 4.5, 4.0]);
        assert!((kept.sample(beside) - SURFACE_LEVEL).abs() < 1.0);
        assert!(unsmoothed(&labels, &[6]).is_none());
    }
}
