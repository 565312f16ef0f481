//! Teeth that carry the guide, and the way on which it is put on.

use ossein_anatomy::tooth::{Roots, Teeth, ToothLabels, tooth};
use ossein_geom::{Job, Lps, Point, Vector};
use serde::{Deserialize, Serialize};

use super::resolve::Place;

/// The crown's top: so far down from its highest point, mm.
const TOP_MM: f64 = 2.5;

/// A tooth that carries the guide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Support {
    /// Which tooth of the jaw, from 0.
    pub index: usize,
    /// The middle of the crown's top, as high as its highest point along the way on.
    pub top: Point<Lps>,
}

/// Teeth that stand and whose middle lies within reach of an implant's axis.
pub(super) fn near(teeth: &Teeth, out: &[usize], places: &[Place], reach_mm: f64) -> Vec<usize> {
    let away = |n: usize, place: &Place| {
        let from = teeth.pieces[n].middle - place.bore.entry;
        (from - place.bore.along * from.dot(place.bore.along)).norm()
    };
    let is_near = |n: &usize| places.iter().any(|place| away(*n, place) <= reach_mm);
    (0..teeth.pieces.len()).filter(|n| !out.contains(n)).filter(is_near).collect()
}

/// Up off the teeth: the mean of their axes; none where no tooth can be measured.
pub(super) fn occlusal(
    labels: &ToothLabels,
    teeth: &Teeth,
    some: &[usize],
    job: &Job,
) -> Option<Vector<Lps>> {
    let axes = some.iter().filter_map(|&n| tooth(labels, teeth, n, Roots::All, job).ok());
    let none = Vector::new(0.0, 0.0, 0.0);
    let sum = axes.fold(none, |sum, tooth| sum + tooth.occlusal());
    (sum.norm() > 0.1).then(|| sum.unit())
}

/// The top of a tooth along a way.
pub(super) fn top(teeth: &Teeth, index: usize, from: Vector<Lps>) -> Point<Lps> {
    let (grid, number) = (&teeth.numbers.grid, index as u16 + 1);
    let own = || {
        let all = teeth.numbers.values.iter().enumerate().filter(|(_, v)| **v == number);
        all.map(|(n, _)| grid.center(grid.voxel(n)) - Point::ORIGIN)
    };
    let half = 0.5 * grid.spacing.into_iter().fold(0.0, f64::max);
    let high = own().map(|v| v.dot(from)).fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut count) = (Vector::new(0.0, 0.0, 0.0), 0.0);
    for v in own().filter(|v| v.dot(from) >= high - TOP_MM) {
        sum += v;
        count += 1.0;
    }
    let middle = Point::ORIGIN + sum * (1.0 / f64::max(count, 1.0));
    middle + from * (high + half - (middle - Point::ORIGIN).dot(from))
}
