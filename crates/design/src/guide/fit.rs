//! Where a guide sits: the bone, swept along the way on which the guide is put on.

use std::sync::Arc;

use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{
    Aabb, Cancelled, Choices, Grid, Implant, Job, Lps, Point, Rigid, Vector, Volume,
};
use rayon::prelude::*;

use super::Request;
use crate::swept::swept;

/// Distance between samples of the bone, mm.
const STEP_MM: f64 = 0.4;
/// The bone is looked at so far around the course, mm.
const AROUND_MM: f64 = 22.0;
/// Bone is looked for so deep under an overhang, mm.
const DEEP_MM: f64 = 12.0;
/// Bone beneath its own overhang by less need not be told of, mm.
const BLOCKED_MM: f64 = 0.3;

/// The seat of a guide, in its own frame.
pub struct Seat {
    /// Bone and what stands beside it.
    swept: Arc<Sampled<Implant>>,
    /// Bone alone.
    swept_bone: Volume<f32, Implant>,
    bone: Volume<f32, Implant>,
    /// Gap between shell and bone, mm.
    pub contact_mm: f64,
    /// Thickness of the shell, mm.
    pub thickness_mm: f64,
    /// Half its width, mm.
    pub half_width_mm: f64,
}

impl Seat {
    pub fn new(
        request: &Request<'_>,
        placement: &Rigid<Lps, Implant>,
        course: &[Point<Implant>],
        cuts: &[(Point<Implant>, Vector<Implant>)],
        choices: &Choices,
        job: &Job,
    ) -> Result<Self, Cancelled> {
        let all = course.iter().copied().chain(cuts.iter().map(|cut| cut.0));
        let bounds = Aabb::around(all).grow(AROUND_MM);
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / STEP_MM).ceil() as usize + 1);
        let grid = Grid::aligned(bounds.min, [STEP_MM; 3], size);
        let back = placement.inverse();
        let plane = size[0] * size[1];
        let mut values = vec![0f32; grid.voxel_count()];
        values.par_chunks_mut(plane).enumerate().try_for_each(|(k, values)| {
            job.step(k, size[2])?;
            for (n, value) in values.iter_mut().enumerate() {
                let p = grid.center([n % size[0], n / size[0], k]);
                *value = (request.bone)(back.apply(p)) as f32;
            }
            Ok::<(), Cancelled>(())
        })?;
        let bone = Volume::new(grid, values);
        let mut all = bone.clone();
        if let Some(beside) = request.beside {
            all.values.par_chunks_mut(plane).enumerate().for_each(|(k, values)| {
                for (n, value) in values.iter_mut().enumerate() {
                    let p = bone.grid.center([n % size[0], n / size[0], k]);
                    *value = value.min(beside(back.apply(p)) as f32);
                }
            });
        }
        Ok(Self {
            swept: Arc::new(Sampled::new(swept(&all))),
            swept_bone: swept(&bone),
            bone,
            contact_mm: choices.number("guide.contact_mm"),
            thickness_mm: choices.number("guide.thickness_mm"),
            half_width_mm: 0.5 * choices.number("guide.width_mm"),
        })
    }

    /// The swept bone, grown.
    pub fn grown(&self, by_mm: f64) -> Grown<Implant> {
        Grown { inner: self.swept.clone(), by_mm }
    }

    /// Straight over or under `p`: where the swept bone lies `by_mm` away.
    pub fn over(&self, p: Point<Implant>, by_mm: f64) -> Point<Implant> {
        straight_over(self.swept.volume(), p, by_mm)
    }

    /// The same over bone alone.
    pub fn over_bone(&self, p: Point<Implant>, by_mm: f64) -> Point<Implant> {
        straight_over(&self.swept_bone, p, by_mm)
    }

    /// Whether the shell covers the places `margin_mm` around `p`, seen along the way on.
    pub fn covers(&self, course: &[Point<Implant>], p: Point<Implant>, margin_mm: f64) -> bool {
        let top = self.over(p, self.contact_mm);
        away_mm(course, top) + margin_mm <= self.half_width_mm
    }

    /// Whether under a place of the seat there is free space, and bone again beneath it.
    fn hangs_over(&self, top: Point<Implant>) -> bool {
        let mut was_free = false;
        let steps = (DEEP_MM / STEP_MM) as usize;
        (1..=steps).any(|n| {
            let under = top - Vector::new(0.0, 0.0, n as f64 * STEP_MM);
            let distance = self.bone.sample(under);
            was_free |= distance > BLOCKED_MM;
            was_free && distance < 0.0
        })
    }

    /// Bone that the shell covers, and what of it is blocked out; seen along the way on, mm².
    pub fn areas_mm2(&self, course: &[Point<Implant>]) -> (f64, f64) {
        const LOOK_MM: f64 = 0.5;
        let bounds = Aabb::around(course.iter().copied()).grow(self.half_width_mm);
        let count = |a: usize| (bounds.size()[a] / LOOK_MM) as usize;
        let (mut fit, mut blocked) = (0usize, 0usize);
        for n in 0..count(0) * count(1) {
            let (i, j) = ((n % count(0)) as f64, (n / count(0)) as f64);
            let p = Point::new(bounds.min.x + i * LOOK_MM, bounds.min.y + j * LOOK_MM, 0.0);
            let top = self.over(p, 0.0);
            if away_mm(course, top) < self.half_width_mm {
                fit += 1;
                blocked += usize::from(self.hangs_over(top));
            }
        }
        let area = LOOK_MM * LOOK_MM;
        (fit as f64 * area, blocked as f64 * area)
    }
}

/// Straight over or under `p`, where what is swept lies `by_mm` away.
fn straight_over(swept: &Volume<f32, Implant>, p: Point<Implant>, by_mm: f64) -> Point<Implant> {
    let bounds = swept.grid.bounds();
    let (mut low, mut high) = (bounds.min.z, bounds.max.z);
    // What is swept lies beneath one height only.
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        let inside = swept.sample(Point::new(p.x, p.y, middle)) < by_mm;
        if inside { low = middle } else { high = middle }
    }
    Point::new(p.x, p.y, 0.5 * (low + high))
}

/// Distance of a place from a polyline, mm.
pub fn away_mm(course: &[Point<Implant>], p: Point<Implant>) -> f64 {
    let to = |pair: &[Point<Implant>]| {
        let (along, from) = (pair[1] - pair[0], p - pair[0]);
        let t = (from.dot(along) / along.dot(along).max(1e-12)).clamp(0.0, 1.0);
        (from - along * t).norm()
    };
    course.windows(2).map(to).fold(f64::INFINITY, f64::min)
}
