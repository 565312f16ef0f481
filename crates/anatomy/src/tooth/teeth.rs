//! Teeth of one label, told apart by the necks between them.
//!
//! Depth under the surface has a peak in every tooth and a pass where two teeth touch. A pass that
//! is nearly as deep as the lower of its peaks lies within one tooth, between its crown and a root;
//! a shallower one is a contact. The basins of depth (a watershed) end at the contacts.

use ossein_geom::{Grid, Job, Lps, Point, Vector, Volume, float};
use ossein_segment::distance::squared;
use ossein_segment::mask::{Ball, Mask, close, fill_holes};

use super::{ToothError, ToothLabels};
use crate::Sides;
use crate::occupancy::{around, cropped};

/// Pulp chambers are closed through openings up to twice this wide, mm.
pub(super) const PULP_MM: f64 = 1.0;
/// The same where two roots must not grow together.
const NARROW_MM: f64 = 0.5;
/// No tooth is so thin that its depth stays below this, mm: what does is a tip or a crumb.
const PEAK_MM_MIN: f32 = 1.5;
/// Pieces smaller than this are no teeth, mm³: the smallest lower incisors have 250 mm³.
const TOOTH_MM3_MIN: f64 = 80.0;
/// No jaw has more teeth, with room for what was parted in two.
const TOOTH_COUNT_MAX: usize = 48;
/// A point this near to a tooth means it, mm.
const NEAR_MM: f64 = 3.0;

/// One of the teeth of a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its middle.
    pub middle: Point<Lps>,
    /// Its volume with the pulp, mm³.
    pub volume_mm3: f64,
    /// The deepest contact with another tooth, as share of the lower of both depths; 0 where it
    /// touches none. The nearer to the neck that was asked for, the less sure the border.
    pub neck: f64,
}

/// The teeth of a label, told apart.
pub struct Teeth {
    /// Along the arch, the patient's right end first.
    pub pieces: Vec<Piece>,
    /// Number of the tooth of each voxel, from 1; 0 where there is none.
    pub numbers: Volume<u16>,
    /// Left and right, told from their arch; none where they are too few for one.
    pub sides: Option<Sides>,
}

/// Basins of depth that grow together.
struct Basins {
    parent: Vec<u32>,
    peak: Vec<f32>,
    neck: Vec<f32>,
}

impl Basins {
    fn root(&self, mut n: u32) -> u32 {
        while self.parent[n as usize] != n {
            n = self.parent[n as usize];
        }
        n
    }

    fn opened(&mut self, depth: f32) -> u32 {
        let n = self.parent.len() as u32;
        self.parent.push(n);
        self.peak.push(depth);
        self.neck.push(0.0);
        n
    }

    /// Two basins meet at a pass: one tooth, or a contact of two.
    fn meet(&mut self, a: u32, b: u32, pass: f32, neck_max: f32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let lower = self.peak[a as usize].min(self.peak[b as usize]);
        let neck = pass / lower;
        if neck >= neck_max || lower < PEAK_MM_MIN {
            let (into, from) =
                if self.peak[a as usize] >= self.peak[b as usize] { (a, b) } else { (b, a) };
            self.parent[from as usize] = into;
            let own = self.neck[from as usize];
            self.neck[into as usize] = self.neck[into as usize].max(own);
        } else {
            for n in [a, b] {
                self.neck[n as usize] = self.neck[n as usize].max(neck);
            }
        }
    }
}

/// Tells the teeth of a label apart: a contact thinner than `neck_max` of the thinner tooth's
/// depth parts two.
///
/// # Errors
/// [`ToothError::NoTeeth`], [`ToothError::TooMany`].
pub fn teeth(labels: &ToothLabels, neck_max: f64, job: &Job) -> Result<Teeth, ToothError> {
    job.step(0, 1)?;
    let is = |v: u16| v == labels.teeth;
    let none = || ToothError::NoTeeth { label: labels.teeth };
    let (first, grid) = around(labels.volume, is).ok_or_else(none)?;
    let some = cropped(labels.volume, first, &grid);
    let filled = |mm: f64| {
        let ball = Ball::of_mm(mm, &grid).map_err(|_| none())?;
        Ok::<Mask, ToothError>(fill_holes(&close(&Mask::of(&some, is), &ball)))
    };
    let depth = depths(&filled(PULP_MM)?);
    let own = filled(NARROW_MM)?;
    let (basin, basins) = flooded(&depth, neck_max as f32);
    let all = (0..some.values.len()).filter(|&n| is(some.values[n]));
    let sides = Sides::of_arch(all.map(|n| grid.center(grid.voxel(n))));
    let (pieces, number) = numbered(&grid, &basin, &basins, ahead(sides));
    if pieces.is_empty() {
        return Err(none());
    }
    if pieces.len() > TOOTH_COUNT_MAX {
        let (count, limit) = (pieces.len(), TOOTH_COUNT_MAX);
        return Err(ToothError::TooMany { label: labels.teeth, count, limit });
    }
    let of = |(n, &b): (usize, &u32)| match b {
        u32::MAX => 0,
        b if own.holds(grid.voxel(n)) => number[basins.root(b) as usize],
        _ => 0,
    };
    let values = basin.iter().enumerate().map(of).collect();
    let numbers = Volume::new(grid, values);
    Ok(Teeth { pieces, numbers, sides })
}

/// Depth under the surface, smoothed once; 0 outside.
fn depths(mask: &Mask) -> Volume<f32> {
    let grid = &mask.grid;
    let outside: Vec<bool> = mask.volume(false, true).values;
    let mut depth: Vec<f32> =
        squared(&outside, grid.size, grid.spacing).iter().map(|d| d.sqrt()).collect();
    for stride in [1, grid.size[0], grid.size[0] * grid.size[1]] {
        let before = depth.clone();
        for n in stride..before.len() - stride {
            depth[n] = 0.25 * (before[n - stride] + 2.0 * before[n] + before[n + stride]);
        }
    }
    for (value, out) in depth.iter_mut().zip(&outside) {
        if *out {
            *value = 0.0;
        }
    }
    Volume::new(grid.clone(), depth)
}

/// Basin of every voxel that has depth, from the deepest on.
fn flooded(depth: &Volume<f32>, neck_max: f32) -> (Vec<u32>, Basins) {
    let [ni, nj, _] = depth.grid.size;
    let mut order: Vec<u32> =
        (0..depth.values.len() as u32).filter(|&n| depth.values[n as usize] > 0.0).collect();
    order.sort_by(|&a, &b| {
        depth.values[b as usize].total_cmp(&depth.values[a as usize]).then(a.cmp(&b))
    });
    let mut basin = vec![u32::MAX; depth.values.len()];
    let mut basins = Basins { parent: Vec::new(), peak: Vec::new(), neck: Vec::new() };
    // The margin is empty, so no neighbour lies off the grid.
    let steps: Vec<i64> = (0..27)
        .filter(|&n| n != 13)
        .map(|n: i64| (n % 3 - 1) + ((n / 3 % 3 - 1) + (n / 9 - 1) * nj as i64) * ni as i64)
        .collect();
    for n in order {
        let here = depth.values[n as usize];
        let mut deepest: Option<(f32, u32)> = None;
        let mut beside = Vec::new();
        for step in &steps {
            let m = (i64::from(n) + step) as usize;
            if basin[m] == u32::MAX {
                continue;
            }
            let root = basins.root(basin[m]);
            if !beside.contains(&root) {
                beside.push(root);
            }
            if deepest.is_none_or(|(d, _)| depth.values[m] > d) {
                deepest = Some((depth.values[m], root));
            }
        }
        let own = match deepest {
            Some((_, own)) => own,
            None => basins.opened(here),
        };
        for &other in &beside {
            basins.meet(own, other, here, neck_max);
        }
        basin[n as usize] = own;
    }
    (basin, basins)
}

/// The teeth along the arch, and the number of each basin's tooth.
fn numbered(grid: &Grid, basin: &[u32], basins: &Basins, ahead: f64) -> (Vec<Piece>, Vec<u16>) {
    let count = basins.parent.len();
    let mut sums = vec![(Vector::<Lps>::new(0.0, 0.0, 0.0), 0usize); count];
    for (n, &b) in basin.iter().enumerate().filter(|(_, b)| **b != u32::MAX) {
        let sum = &mut sums[basins.root(b) as usize];
        sum.0 += grid.center(grid.voxel(n)) - Point::ORIGIN;
        sum.1 += 1;
    }
    let piece = |n: &usize| {
        let (sum, voxels) = sums[*n];
        let volume_mm3 = voxels as f64 * grid.voxel_mm3();
        (volume_mm3 >= TOOTH_MM3_MIN).then(|| {
            let middle = Point::ORIGIN + sum * (1.0 / voxels as f64);
            (*n, Piece { middle, volume_mm3, neck: f64::from(basins.neck[*n]) })
        })
    };
    let mut found: Vec<(usize, Piece)> = (0..count).filter_map(|n| piece(&n)).collect();
    let centre = arch_centre(found.iter().map(|(_, p)| p.middle), ahead);
    let along =
        |p: &Piece| float::atan2(ahead * (p.middle.y - centre.y), -ahead * (p.middle.x - centre.x));
    found.sort_by(|a, b| along(&b.1).total_cmp(&along(&a.1)).then(a.0.cmp(&b.0)));
    let mut number = vec![0u16; count];
    for (place, (n, _)) in found.iter().enumerate() {
        number[*n] = (place + 1).min(usize::from(u16::MAX)) as u16;
    }
    (found.into_iter().map(|(_, p)| p).collect(), number)
}

/// The way to the front along y: -1, as LPS has it, but where the arch itself says otherwise.
fn ahead(sides: Option<Sides>) -> f64 {
    if sides.is_some_and(|sides| !sides.header_agrees) { 1.0 } else { -1.0 }
}

/// Level with the rearmost tooth, in the middle between the sides.
fn arch_centre(middles: impl Iterator<Item = Point<Lps>> + Clone, ahead: f64) -> Point<Lps> {
    let fold =
        |a: usize, f: fn(f64, f64) -> f64, start: f64| middles.clone().map(|p| p[a]).fold(start, f);
    let most = |a: usize| fold(a, f64::max, f64::NEG_INFINITY);
    let least = |a: usize| fold(a, f64::min, f64::INFINITY);
    let rear = if ahead < 0.0 { most(1) } else { least(1) };
    Point::new(0.5 * (least(0) + most(0)), rear, 0.0)
}

impl Teeth {
    /// The tooth that a point means, counted from 0 along the arch.
    ///
    /// # Errors
    /// [`ToothError::NoTooth`] with the nearest one.
    pub fn at(&self, p: Point<Lps>) -> Result<usize, ToothError> {
        let grid = &self.numbers.grid;
        let away = |n: usize| grid.center(grid.voxel(n)).distance(p);
        let all = (0..self.numbers.values.len()).filter(|&n| self.numbers.values[n] > 0);
        let best = all.map(|n| (away(n), n)).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some((away_mm, n)) = best else { return Err(ToothError::Empty) };
        let tooth = usize::from(self.numbers.values[n]) - 1;
        if away_mm > NEAR_MM {
            let middle = self.pieces[tooth].middle;
            let nearest = [middle.x, middle.y, middle.z];
            let point = [p.x, p.y, p.z];
            return Err(ToothError::NoTooth { point, away_mm, nearest, limit_mm: NEAR_MM });
        }
        Ok(tooth)
    }

    /// Unit, along the arch at a tooth towards the patient's left, level or not as its neighbours
    /// stand; and outwards to cheek and lip.
    pub fn along(&self, tooth: usize) -> [Vector<Lps>; 2] {
        let middle = |n: usize| self.pieces[n].middle;
        let (before, after) = (tooth.saturating_sub(1), (tooth + 1).min(self.pieces.len() - 1));
        let ahead = ahead(self.sides);
        let centre = arch_centre(self.pieces.iter().map(|p| p.middle), ahead);
        let mut outward = middle(tooth) - centre;
        outward.z = 0.0;
        if outward.norm() < 1e-6 {
            outward = Vector::new(0.0, ahead, 0.0);
        }
        let outward = outward.unit();
        let leg = middle(after) - middle(before);
        let across = leg - outward * leg.dot(outward);
        // A lone tooth knows of no arch: left is taken for along.
        let along = if before == after { Vector::new(-ahead, 0.0, 0.0) } else { leg };
        let along = if across.norm() > 0.3 * leg.norm() || before == after {
            along.unit()
        } else {
            across.unit()
        };
        [along, outward]
    }
}
