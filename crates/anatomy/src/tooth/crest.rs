//! Bone around a root, direction by direction: how high it stands, how thick it is.

use ossein_geom::{Implant, Lps, Point, Rigid, Vector, float};
use serde::{Deserialize, Serialize};

use super::ToothLabels;
use super::teeth::Teeth;

/// Directions around a tooth.
pub const DIRECTION_COUNT: usize = 48;
/// Distance between looks along a ray, mm.
const LOOK_MM: f64 = 0.1;
/// Distance between levels, mm.
const LEVEL_MM: f64 = 0.25;
/// Bone this near to the root is its socket: ligament and half a voxel, mm.
const SOCKET_MM: f64 = 1.2;
/// Gaps in bone up to this are marrow, mm.
const MARROW_MM: f64 = 0.8;
/// Bone thicker than this is not measured, mm.
const THICK_MM_MAX: f64 = 8.0;
/// A tooth is no wider than this from its axis, mm.
const REACH_MM: f64 = 10.0;
/// Under the crest, bone is missing over at most this share of the next two millimetres.
const COVERED_SHARE: f64 = 0.7;
const COVERED_MM: f64 = 2.0;
/// Walls are measured from so far under the crest, mm, to so far above the tip.
const UNDER_CREST_MM: f64 = 1.0;
const ABOVE_TIP_MM: f64 = 1.0;

/// What stands around a tooth in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Around {
    /// From x (along the arch) towards y (to cheek and lip), degrees.
    pub angle_deg: f64,
    /// Height of the crest of bone over the origin, mm; none where no bone covers the root.
    pub crest_mm: Option<f64>,
    /// Radius of the tooth at the level of the origin, mm.
    pub radius_mm: f64,
    /// Thickness of the wall of bone beside the root, mm: what a tenth of the levels fall short
    /// of, and the median; where the wall ends in free space or marrow and at no other tooth.
    pub wall_mm: Option<[f64; 2]>,
    /// Share of the root's levels under its crest without bone beside it.
    pub bare_share: f64,
}

/// Labels seen along rays from the axis of a tooth.
pub(super) struct Rays<'a> {
    pub labels: &'a ToothLabels<'a>,
    pub teeth: &'a Teeth,
    /// The tooth's number, from 1.
    pub number: u16,
    /// From the tooth's frame to the patient.
    pub back: Rigid<Implant, Lps>,
}

/// What a ray meets.
struct Hit {
    /// Where it leaves the tooth, mm from the axis.
    radius_mm: f64,
    /// Where bone begins, if it does within reach of a socket.
    bone_mm: Option<f64>,
}

impl Rays<'_> {
    fn place(&self, n: usize, z: f64, r: f64) -> Point<Lps> {
        let (s, c) = float::sin_cos(std::f64::consts::TAU * n as f64 / DIRECTION_COUNT as f64);
        self.back.apply(Point::new(r * c, r * s, z))
    }

    fn label(&self, p: Point<Lps>) -> u16 {
        let volume = self.labels.volume;
        volume.grid.voxel_at(p).map_or(0, |voxel| volume.at(voxel))
    }

    fn tooth(&self, p: Point<Lps>) -> u16 {
        let numbers = &self.teeth.numbers;
        numbers.grid.voxel_at(p).map_or(0, |voxel| numbers.at(voxel))
    }

    /// Where a ray at a level leaves the tooth; none where it does not meet it.
    pub fn radius(&self, n: usize, z: f64) -> Option<f64> {
        let looks = (REACH_MM / LOOK_MM) as usize;
        let is = |m: &usize| self.tooth(self.place(n, z, *m as f64 * LOOK_MM)) == self.number;
        (0..looks).rev().find(is).map(|m| (m as f64 + 0.5) * LOOK_MM)
    }

    fn hit(&self, n: usize, z: f64) -> Option<Hit> {
        let radius_mm = self.radius(n, z)?;
        let looks = (SOCKET_MM / LOOK_MM) as usize;
        let at = |m: usize| self.place(n, z, radius_mm + m as f64 * LOOK_MM);
        let bone = (0..=looks).find(|&m| self.label(at(m)) == self.labels.bone);
        Some(Hit { radius_mm, bone_mm: bone.map(|m| radius_mm + m as f64 * LOOK_MM) })
    }

    /// The crest in one direction between two levels; levels are mm along the axis.
    pub fn crest(&self, n: usize, [low, high]: [f64; 2]) -> Option<f64> {
        let count = ((high - low) / LEVEL_MM) as usize;
        let level = |m: usize| low + m as f64 * LEVEL_MM;
        let covered: Vec<bool> = (0..count)
            .map(|m| self.hit(n, level(m)).is_some_and(|hit| hit.bone_mm.is_some()))
            .collect();
        let span = (COVERED_MM / LEVEL_MM) as usize;
        let is_crest = |m: &usize| {
            let under = &covered[m.saturating_sub(span)..=*m];
            let own = under.iter().filter(|c| **c).count() as f64;
            covered[*m] && own >= COVERED_SHARE * (span + 1) as f64
        };
        (0..count).rev().find(is_crest).map(|m| level(m) + 0.5 * LEVEL_MM)
    }

    /// Thickness of the wall at a level; none beside another tooth, or where there is no bone.
    fn wall(&self, n: usize, from_mm: f64, z: f64) -> Option<f64> {
        let mut last = from_mm;
        let mut r = from_mm;
        while r - from_mm < THICK_MM_MAX && r - last <= MARROW_MM {
            let p = self.place(n, z, r);
            let tooth = self.tooth(p);
            if tooth != 0 && tooth != self.number {
                return None;
            }
            let label = self.label(p);
            if label == self.labels.bone || Some(label) == self.labels.canal {
                last = r + LOOK_MM;
            }
            r += LOOK_MM;
        }
        Some(last - from_mm)
    }

    /// All of one direction, its crest over the origin and the tip's level known.
    pub fn around(&self, n: usize, crest_mm: Option<f64>, tip_mm: f64) -> Around {
        let top = crest_mm.unwrap_or(0.0) - UNDER_CREST_MM;
        let count = ((top - tip_mm - ABOVE_TIP_MM) / LEVEL_MM).max(0.0) as usize;
        let (mut walls, mut bare, mut seen) = (Vec::new(), 0usize, 0usize);
        for m in 0..count {
            let z = top - m as f64 * LEVEL_MM;
            let Some(hit) = self.hit(n, z) else { continue };
            seen += 1;
            match hit.bone_mm {
                Some(from) => walls.extend(self.wall(n, from, z)),
                None if !self.meets_tooth(n, z, hit.radius_mm) => bare += 1,
                None => {}
            }
        }
        walls.sort_by(f64::total_cmp);
        let wall_mm = walls.get(walls.len() / 10).map(|&thin| [thin, walls[walls.len() / 2]]);
        Around {
            angle_deg: 360.0 * n as f64 / DIRECTION_COUNT as f64,
            crest_mm,
            radius_mm: self.radius(n, 0.0).unwrap_or(0.0),
            wall_mm,
            bare_share: if seen > 0 { bare as f64 / seen as f64 } else { 0.0 },
        }
    }

    fn meets_tooth(&self, n: usize, z: f64, from_mm: f64) -> bool {
        let looks = (2.0 * SOCKET_MM / LOOK_MM) as usize;
        (0..looks).any(|m| {
            let tooth = self.tooth(self.place(n, z, from_mm + m as f64 * LOOK_MM));
            tooth != 0 && tooth != self.number
        })
    }

    /// Mean width of the gap between root and bone under the crest, mm, where bone is.
    pub fn gap_mm(&self, crests: &[Option<f64>], tip_mm: f64) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0usize);
        for (n, crest) in crests.iter().enumerate() {
            let Some(crest) = crest else { continue };
            let levels = ((crest - UNDER_CREST_MM - tip_mm) / LEVEL_MM).max(0.0) as usize;
            for m in 0..levels {
                let hit = self.hit(n, crest - UNDER_CREST_MM - m as f64 * LEVEL_MM);
                if let Some(Hit { radius_mm, bone_mm: Some(bone) }) = hit {
                    sum += bone - radius_mm;
                    count += 1;
                }
            }
        }
        (count > 0).then(|| sum / count as f64)
    }
}

/// Towards the crown: from those surface voxels of a tooth that bone covers to those that lie free.
pub(super) fn occlusal(
    labels: &ToothLabels,
    teeth: &Teeth,
    points: &[Point<Lps>],
) -> Option<Vector<Lps>> {
    const NEAR_MM: f64 = 1.5;
    let volume = labels.volume;
    let spacing = volume.grid.spacing;
    let reach = spacing.map(|s| (NEAR_MM / s).ceil() as i64);
    let label_at = |voxel: [i64; 3]| {
        let inside = (0..3).all(|a| (0..volume.grid.size[a] as i64).contains(&voxel[a]));
        if inside { volume.at(voxel.map(|v| v as usize)) } else { 0 }
    };
    let (mut root, mut crown) =
        ((Vector::new(0.0, 0.0, 0.0), 0.0), (Vector::new(0.0, 0.0, 0.0), 0.0));
    for &p in points {
        let Some(at) = volume.grid.voxel_at(p) else { continue };
        let at = at.map(|v| v as i64);
        let mut six = (0..6).map(|n| {
            let mut next = at;
            next[n / 2] += if n % 2 == 0 { 1 } else { -1 };
            next
        });
        let free = |next: [i64; 3]| {
            label_at(next) != labels.teeth && {
                let p = volume.grid.point(next.map(|v| v as f64));
                teeth.numbers.grid.voxel_at(p).is_none_or(|v| teeth.numbers.at(v) == 0)
            }
        };
        if !six.any(free) {
            continue;
        }
        let near_bone = (-reach[2]..=reach[2]).any(|dk| {
            (-reach[1]..=reach[1]).any(|dj| {
                (-reach[0]..=reach[0]).any(|di| {
                    let d =
                        [di as f64 * spacing[0], dj as f64 * spacing[1], dk as f64 * spacing[2]];
                    d.iter().map(|v| v * v).sum::<f64>() <= NEAR_MM * NEAR_MM
                        && label_at([at[0] + di, at[1] + dj, at[2] + dk]) == labels.bone
                })
            })
        });
        let sum = if near_bone { &mut root } else { &mut crown };
        sum.0 += p - Point::ORIGIN;
        sum.1 += 1.0;
    }
    (root.1 > 0.0 && crown.1 > 0.0)
        .then(|| crown.0 * (1.0 / crown.1) - root.0 * (1.0 / root.1))
        .filter(|d| d.norm() > 1.0)
}
