//! Whether teeth stand in a bone.

use ossein_geom::Volume;
use ossein_segment::distance::squared;

use crate::occupancy::{around, cropped};

/// A root's ligament and the steps of a label map lie between tooth and bone, mm.
const BESIDE_MM: f64 = 1.5;

/// Share of a label of teeth that lies beside a label of bone: about half of teeth that stand in it
/// by their roots, nothing of those of the other jaw. None where there are no teeth.
pub fn rooted_share(volume: &Volume<u16>, teeth: u16, bone: u16) -> Option<f64> {
    let (first, grid) = around(volume, |v| v == teeth)?;
    let room = grid.spacing.map(|mm| (BESIDE_MM / mm).ceil() as i64);
    let mut wide = grid.clone();
    wide.origin = grid.point(room.map(|n| -n as f64));
    wide.size = [0, 1, 2].map(|a| grid.size[a] + 2 * room[a] as usize);
    let some = cropped(volume, [0, 1, 2].map(|a| first[a] - room[a]), &wide);
    let set: Vec<bool> = some.values.iter().map(|v| *v == bone).collect();
    let away2 = squared(&set, wide.size, wide.spacing);
    let own = || some.values.iter().zip(&away2).filter(|(v, _)| **v == teeth);
    let beside = own().filter(|(_, d2)| f64::from(**d2) <= BESIDE_MM * BESIDE_MM).count();
    Some(beside as f64 / own().count() as f64)
}
