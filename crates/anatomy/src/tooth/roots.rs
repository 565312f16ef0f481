//! How many roots a tooth has, where they part, and how far they lean apart.

use ossein_geom::{Grid, Lps, Point, Vector, Volume};
use ossein_segment::mask::{Ball, Mask, close, components, fill_holes};
use serde::{Deserialize, Serialize};

use super::axis::Line;
use super::teeth::PULP_MM;

/// Distance between the levels that are looked at, mm.
const LEVEL_MM: f64 = 0.5;
/// A root is no smaller than this, mm³, and no shorter, mm.
const ROOT_MM3_MIN: f64 = 6.0;
const ROOT_MM_MIN: f64 = 3.0;
/// A root leans from the middle of its uppermost to that of its lowest section, so thick, mm.
const END_MM: f64 = 1.0;

/// One root, from where it parts from the others to its tip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// Its middle.
    pub middle: Point<Lps>,
    /// Unit, from the crown to its tip.
    pub direction: Vector<Lps>,
    /// Its length below the furcation, mm.
    pub length_mm: f64,
    /// Its volume there, mm³.
    pub volume_mm3: f64,
}

/// The voxels of a tooth on a grid of its own.
pub(super) struct Own {
    pub grid: Grid,
    pub holds: Vec<bool>,
}

impl Own {
    /// The voxels of one tooth of a label.
    pub fn of(numbers: &Volume<u16>, number: u16) -> Option<Self> {
        let (first, grid) = crate::occupancy::around(numbers, |v| v == number)?;
        let some = crate::occupancy::cropped(numbers, first, &grid);
        Some(Self { grid, holds: some.values.iter().map(|&v| v == number).collect() })
    }

    /// The middles of its voxels.
    pub fn points(&self) -> Vec<Point<Lps>> {
        let all = (0..self.holds.len()).filter(|&n| self.holds[n]);
        all.map(|n| self.grid.center(self.grid.voxel(n))).collect()
    }

    /// Fills the pulp above a level along an axis; all of it where there is none.
    pub fn fill_pulp(&mut self, level: Option<(&Line, f64)>) {
        let Ok(ball) = Ball::of_mm(PULP_MM, &self.grid) else { return };
        let full = fill_holes(&close(&self.mask(), &ball));
        for n in 0..self.holds.len() {
            let voxel = self.grid.voxel(n);
            let p = self.grid.center(voxel);
            let above = level.is_none_or(|(axis, mm)| (p - axis.point).dot(axis.direction) > mm);
            self.holds[n] |= above && full.holds(voxel);
        }
    }

    /// As a set.
    pub fn mask(&self) -> Mask {
        let values = self.holds.iter().map(|&b| u16::from(b)).collect();
        Mask::of(&Volume::new(self.grid.clone(), values), |v: u16| v > 0)
    }
}

/// Where roots part.
pub(super) struct Parting {
    /// Along the axis, mm from its point.
    pub level_mm: f64,
    /// The roots, the largest first.
    pub roots: Vec<Root>,
    /// Which root each voxel belongs to, from 1; 0 above the parting.
    pub number: Vec<u32>,
}

/// The highest level under which a tooth falls into two roots or more; the axis points to the
/// crown. None for a tooth of one root.
pub(super) fn parting(own: &Own, axis: &Line) -> Option<Parting> {
    let along: Vec<f64> = (0..own.holds.len())
        .map(|n| (own.grid.center(own.grid.voxel(n)) - axis.point).dot(axis.direction))
        .collect();
    let inside = || (0..own.holds.len()).filter(|&n| own.holds[n]);
    let low = inside().map(|n| along[n]).fold(f64::INFINITY, f64::min);
    let high = inside().map(|n| along[n]).fold(f64::NEG_INFINITY, f64::max);
    let count = ((high - low) / LEVEL_MM) as usize;
    (1..count).find_map(|n| {
        let level_mm = high - n as f64 * LEVEL_MM;
        let below = |v: usize| u16::from(own.holds[v] && along[v] < level_mm);
        let some = Volume::new(own.grid.clone(), (0..own.holds.len()).map(below).collect());
        let (labels, count) = components(&Mask::of(&some, |v: u16| v > 0));
        if count < 2 {
            return None;
        }
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (v, &label) in labels.values.iter().enumerate().filter(|(_, l)| **l > 0) {
            members[label as usize - 1].push(v);
        }
        let mut roots: Vec<(Root, Vec<usize>)> =
            members.into_iter().filter_map(|m| Some((root(own, &m, &along)?, m))).collect();
        if roots.len() < 2 {
            return None;
        }
        roots.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.1[0].cmp(&b.1[0])));
        let mut number = vec![0u32; own.holds.len()];
        for (n, (_, members)) in roots.iter().enumerate() {
            members.iter().for_each(|&v| number[v] = n as u32 + 1);
        }
        Some(Parting { level_mm, roots: roots.into_iter().map(|(root, _)| root).collect(), number })
    })
}

fn root(own: &Own, members: &[usize], along: &[f64]) -> Option<Root> {
    let volume_mm3 = members.len() as f64 * own.grid.voxel_mm3();
    let low = members.iter().map(|&n| along[n]).fold(f64::INFINITY, f64::min);
    let high = members.iter().map(|&n| along[n]).fold(f64::NEG_INFINITY, f64::max);
    if volume_mm3 < ROOT_MM3_MIN || high - low < ROOT_MM_MIN {
        return None;
    }
    let middle = |is: &dyn Fn(f64) -> bool| {
        let some = members.iter().filter(|n| is(along[**n]));
        let (sum, count) = some.fold((Vector::new(0.0, 0.0, 0.0), 0.0), |(sum, count), &n| {
            (sum + (own.grid.center(own.grid.voxel(n)) - Point::ORIGIN), count + 1.0)
        });
        Point::ORIGIN + sum * (1.0 / f64::max(count, 1.0))
    };
    let top = middle(&|mm| mm > high - END_MM);
    let tip = middle(&|mm| mm < low + END_MM);
    Some(Root {
        middle: middle(&|_| true),
        direction: (tip - top).unit(),
        length_mm: high - low,
        volume_mm3,
    })
}

/// The largest angle between two roots, degrees; 0 for one.
pub(super) fn divergence_deg(roots: &[Root]) -> f64 {
    let pairs = roots
        .iter()
        .enumerate()
        .flat_map(|(n, a)| roots[..n].iter().map(move |b| a.direction.angle_deg(b.direction)));
    pairs.fold(0.0, f64::max)
}
