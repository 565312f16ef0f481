//! Labels to the solid bone of a jaw: canal and tooth sockets filled, crowns left out.

use ossein_geom::Volume;
use ossein_segment::mask::{Ball, BallError, Mask, close, fill_holes, largest};

use super::JawError;
use crate::occupancy::{around, cropped, smoothed};

/// What is less or more is no lower jaw, mm³: those of adults have 30 000 to 80 000, resorbed ones
/// half of that.
const VOLUME_MM3: [f64; 2] = [8000.0, 150_000.0];
/// Sockets up to twice this wide are filled up to the bone around them, mm.
const SOCKET_MM: f64 = 5.0;
/// Openings up to twice this wide are closed before marrow is filled, mm: foramina, thin walls.
const FORAMEN_MM: f64 = 1.5;
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
    // Before any room is made: a map in metres would ask for all memory there is.
    let count = labels.volume.values.iter().filter(|v| is_bone(**v)).count();
    let volume_mm3 = count as f64 * labels.volume.grid.voxel_mm3();
    if !(VOLUME_MM3[0]..=VOLUME_MM3[1]).contains(&volume_mm3) {
        return Err(few(volume_mm3));
    }
    let (first, mut grid) = around(labels.volume, is_bone).ok_or(few(0.0))?;
    // Room for the closing.
    let room = grid.spacing.map(|s| (SOCKET_MM / s).ceil() as usize);
    let first = [0, 1, 2].map(|a| first[a] - room[a] as i64);
    grid.origin = grid.point([0, 1, 2].map(|a| -(room[a] as f64)));
    grid.size = [0, 1, 2].map(|a| grid.size[a] + 2 * room[a]);
    let some = cropped(labels.volume, first, &grid);
    let ball = |radius_mm: f64| Ball::of_mm(radius_mm, &grid).map_err(|_| few(volume_mm3));
    let socket = ball(SOCKET_MM)?;
    let whole = with_marrow(&some, is_bone, is_tooth).map_err(|_| few(volume_mm3))?;
    let closed = if labels.teeth.is_some() { close(&whole, &socket) } else { whole.clone() };
    let keep = |n: usize| {
        let voxel = grid.voxel(n);
        whole.holds(voxel) || (is_tooth(some.values[n]) && closed.holds(voxel))
    };
    let kept: Vec<u16> = (0..some.values.len()).map(|n| u16::from(keep(n))).collect();
    let kept = Mask::of(&Volume::new(grid, kept), |v| v > 0);
    Ok(smoothed(&largest(&fill_holes(&kept))))
}

/// Bone and its marrow, which is often no part of the label: what bone and teeth enclose, foramina
/// closed. Teeth are no part of it.
pub(crate) fn with_marrow(
    some: &Volume<u16>,
    is_bone: impl Fn(u16) -> bool + Sync,
    is_tooth: impl Fn(u16) -> bool + Sync,
) -> Result<Mask, BallError> {
    let grid = &some.grid;
    let small = Ball::of_mm(FORAMEN_MM, grid)?;
    let shut = close(&Mask::of(some, |v| is_bone(v) || is_tooth(v)), &small);
    let full = fill_holes(&shut);
    let whole = |v: usize| {
        let voxel = grid.voxel(v);
        is_bone(some.values[v]) || (full.holds(voxel) && !shut.holds(voxel))
    };
    let bits: Vec<u16> = (0..some.values.len()).map(|n| u16::from(whole(n))).collect();
    Ok(close(&Mask::of(&Volume::new(grid.clone(), bits), |v| v > 0), &small))
}
