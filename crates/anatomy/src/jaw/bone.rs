//! Labels to the solid bone of a jaw: canal and tooth sockets filled, crowns left out.

use ossein_geom::{Grid, Volume};
use ossein_segment::mask::{Ball, Mask, close, fill_holes, largest};

use super::JawError;

/// A volume of [`occupancy`] has its surface at this level.
pub const SURFACE_LEVEL: f64 = 2048.0;
/// A value that is all inside.
const FULL: i32 = 4096;
/// What is less or more is no lower jaw, mm³: those of adults have 30 000 to 80 000, resorbed ones
/// half of that.
const VOLUME_MM3: [f64; 2] = [8000.0, 150_000.0];
/// Sockets up to twice this wide are filled up to the bone around them, mm.
const SOCKET_MM: f64 = 5.0;
/// Openings up to twice this wide are closed before marrow is filled, mm: foramina, thin walls.
const FORAMEN_MM: f64 = 1.5;
/// Empty voxels around what is cropped.
const MARGIN: usize = 3;

/// A label map and which of its labels are what.
#[derive(Clone, Copy)]
pub struct JawLabels<'a> {
    /// The labels.
    pub volume: &'a Volume<u16>,
    /// The mandible.
    pub mandible: u16,
    /// Lower teeth, if they have a label of their own.
    pub teeth: Option<u16>,
    /// The mandibular canal, if it has one.
    pub canal: Option<u16>,
}

/// The smallest grid that holds every voxel of which `is` speaks, and a margin; none where there is
/// no such voxel.
fn around(volume: &Volume<u16>, is: impl Fn(u16) -> bool) -> Option<([i64; 3], Grid)> {
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
fn cropped(volume: &Volume<u16>, first: [i64; 3], grid: &Grid) -> Volume<u16> {
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
pub fn occupancy(labels: &JawLabels, wanted: &[u16]) -> Option<Volume<i16>> {
    let is = |v: u16| wanted.contains(&v);
    let (first, grid) = around(labels.volume, is)?;
    let some = cropped(labels.volume, first, &grid);
    Some(smoothed(&Mask::of(&some, is)))
}

/// A quarter, a half, a quarter along each axis; the margin is empty, so nothing is lost at the
/// ends.
fn smoothed(mask: &Mask) -> Volume<i16> {
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

/// The solid jaw: the mandible with its marrow and canal, and with sockets filled where teeth stand
/// in them; crowns are no part of it.
///
/// # Errors
/// [`JawError::Volume`].
pub fn solid_bone(labels: &JawLabels) -> Result<Volume<i16>, JawError> {
    let is_bone = |v: u16| v == labels.mandible || Some(v) == labels.canal;
    let is_tooth = |v: u16| Some(v) == labels.teeth;
    let few = |volume_mm3| JawError::Volume {
        label: labels.mandible,
        volume_mm3,
        least_mm3: VOLUME_MM3[0],
        most_mm3: VOLUME_MM3[1],
    };
    let (first, mut grid) = around(labels.volume, is_bone).ok_or(few(0.0))?;
    // Room for the closing.
    let room = grid.spacing.map(|s| (SOCKET_MM / s).ceil() as usize);
    let first = [0, 1, 2].map(|a| first[a] - room[a] as i64);
    grid.origin = grid.point([0, 1, 2].map(|a| -(room[a] as f64)));
    grid.size = [0, 1, 2].map(|a| grid.size[a] + 2 * room[a]);
    let some = cropped(labels.volume, first, &grid);
    let bone = Mask::of(&some, is_bone);
    let volume_mm3 = bone.voxel_count() as f64 * grid.voxel_mm3();
    if !(VOLUME_MM3[0]..=VOLUME_MM3[1]).contains(&volume_mm3) {
        return Err(few(volume_mm3));
    }
    let ball = |radius_mm: f64| Ball::of_mm(radius_mm, &grid).map_err(|_| few(volume_mm3));
    let (small, socket) = (ball(FORAMEN_MM)?, ball(SOCKET_MM)?);
    // Marrow is often no part of the label: what bone and teeth enclose, foramina closed.
    let shut = close(&Mask::of(&some, |v| is_bone(v) || is_tooth(v)), &small);
    let full = fill_holes(&shut);
    let whole = |v: usize| {
        let voxel = grid.voxel(v);
        is_bone(some.values[v]) || (full.holds(voxel) && !shut.holds(voxel))
    };
    let bits: Vec<u16> = (0..some.values.len()).map(|n| u16::from(whole(n))).collect();
    let whole = close(&Mask::of(&Volume::new(grid.clone(), bits), |v| v > 0), &small);
    let closed = if labels.teeth.is_some() { close(&whole, &socket) } else { whole.clone() };
    let keep = |n: usize| {
        let voxel = grid.voxel(n);
        whole.holds(voxel) || (is_tooth(some.values[n]) && closed.holds(voxel))
    };
    let kept: Vec<u16> = (0..some.values.len()).map(|n| u16::from(keep(n))).collect();
    let kept = Mask::of(&Volume::new(grid, kept), |v| v > 0);
    Ok(smoothed(&largest(&fill_holes(&kept))))
}
