//! What stands where around a planned implant: bone with its marrow, teeth, sockets, canal, air.

use ossein_geom::Volume;
use ossein_segment::mask::{Ball, Mask, close};

use crate::jaw::with_marrow;
use crate::occupancy::{around, cropped};
use crate::tooth::Teeth;

/// Room around the bone, mm.
const ROOM_MM: f64 = 3.0;

/// A socket up to twice this wide heals up to the bone around it, mm.
const SOCKET_MM: f64 = 5.0;

/// What a voxel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuff {
    /// Nothing that is labelled: air, gum, and in an upper jaw marrow and sinus.
    Free,
    /// Bone, in a lower jaw with its marrow.
    Bone,
    /// A tooth that stays.
    Tooth,
    /// The mandibular canal.
    Canal,
    /// The socket of a tooth that is taken out.
    Socket,
}

/// Labels of a jaw as a site is looked at.
pub struct SiteLabels<'a> {
    /// The labels.
    pub volume: &'a Volume<u16>,
    /// The jaw's bone.
    pub bone: u16,
    /// The mandibular canal, if it has a label.
    pub canal: Option<u16>,
    /// Its teeth, told apart, if it has any.
    pub teeth: Option<&'a Teeth>,
    /// Teeth that are taken out, counted from 0.
    pub out: &'a [usize],
    /// Whether their sockets have become bone.
    pub healed: bool,
    /// Whether what bone encloses is marrow: in a lower jaw. In an upper jaw it may be the sinus.
    pub marrow: bool,
}

/// The site, voxel by voxel; none where nothing carries the bone's label.
pub fn site(labels: &SiteLabels) -> Option<Volume<Stuff>> {
    let is_bone = |v: u16| v == labels.bone || Some(v) == labels.canal;
    let (first, mut grid) = around(labels.volume, is_bone)?;
    // Room for the closing.
    let room = grid.spacing.map(|s| (ROOM_MM / s).ceil() as usize);
    let first = [0, 1, 2].map(|a| first[a] - room[a] as i64);
    grid.origin = grid.point([0, 1, 2].map(|a| -(room[a] as f64)));
    grid.size = [0, 1, 2].map(|a| grid.size[a] + 2 * room[a]);
    let some = cropped(labels.volume, first, &grid);
    let tooth = |n: usize| -> usize {
        let Some(teeth) = labels.teeth else { return 0 };
        let at = teeth.numbers.grid.voxel_at(grid.center(grid.voxel(n)));
        at.map_or(0, |at| usize::from(teeth.numbers.at(at)))
    };
    let teeth: Vec<usize> = (0..some.values.len()).map(tooth).collect();
    let bone = if labels.marrow {
        let marks = some.values.iter().zip(&teeth).map(|(&v, &n)| match (is_bone(v), n > 0) {
            (_, true) => 2,
            (true, _) => 1,
            _ => 0,
        });
        let marks = Volume::new(grid.clone(), marks.collect::<Vec<u16>>());
        with_marrow(&marks, |v| v == 1, |v| v == 2).ok()?
    } else {
        Mask::of(&some, is_bone)
    };
    let healed = healed(labels);
    let has_healed = |n: usize| {
        let Some(healed) = &healed else { return false };
        let at = healed.grid.voxel_at(grid.center(grid.voxel(n)));
        at.is_some_and(|at| healed.at(at))
    };
    let stuff = |n: usize| match teeth[n] {
        0 if Some(some.values[n]) == labels.canal => Stuff::Canal,
        0 if bone.holds(grid.voxel(n)) => Stuff::Bone,
        0 => Stuff::Free,
        own if !labels.out.contains(&(own - 1)) => Stuff::Tooth,
        _ if !labels.healed => Stuff::Socket,
        _ if has_healed(n) => Stuff::Bone,
        _ => Stuff::Free,
    };
    let values = (0..some.values.len()).map(stuff).collect();
    Some(Volume::new(grid, values))
}

/// Which voxels of the teeth that are taken out become bone: those in sockets that are healed, up
/// to the bone around them; none where nothing is taken out or nothing has healed.
fn healed(labels: &SiteLabels) -> Option<Volume<bool>> {
    let teeth = labels.teeth.filter(|_| labels.healed)?;
    let is_out = |v: u16| labels.out.iter().any(|&n| n + 1 == usize::from(v));
    let (_, mut grid) = around(&teeth.numbers, is_out)?;
    let room = grid.spacing.map(|s| ((SOCKET_MM + ROOM_MM) / s).ceil() as usize);
    grid.origin = grid.point([0, 1, 2].map(|a| -(room[a] as f64)));
    grid.size = [0, 1, 2].map(|a| grid.size[a] + 2 * room[a]);
    let at = |volume: &Volume<u16>, n: usize| {
        let voxel = volume.grid.voxel_at(grid.center(grid.voxel(n)));
        voxel.map_or(0, |voxel| volume.at(voxel))
    };
    let all = 0..grid.voxel_count();
    let bone = all.clone().map(|n| u16::from(at(labels.volume, n) == labels.bone)).collect();
    let bone = Mask::of(&Volume::new(grid.clone(), bone), |v| v > 0);
    let closed = close(&bone, &Ball::of_mm(SOCKET_MM, &grid).ok()?);
    let own = |n: usize| is_out(at(&teeth.numbers, n)) && closed.holds(grid.voxel(n));
    let values = all.map(own).collect();
    Some(Volume::new(grid, values))
}

/// The label map with healed sockets as bone; none where it stays as it is.
pub fn with_healed(labels: &SiteLabels) -> Option<Volume<u16>> {
    let healed = healed(labels)?;
    let mut volume = labels.volume.clone();
    for (n, _) in healed.values.iter().enumerate().filter(|(_, own)| **own) {
        let p = healed.grid.center(healed.grid.voxel(n));
        if let Some(voxel) = volume.grid.voxel_at(p) {
            let at = volume.grid.index(voxel);
            volume.values[at] = labels.bone;
        }
    }
    Some(volume)
}
