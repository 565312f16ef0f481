//! Landmarks that no face has: exchanged sides, another unit.

use ossein_geom::{Finding, Lps, Point};

use super::{Cephalometry, Points, Side};

/// The farthest two landmarks of a head, mm: what is less or more is in another unit.
const HEAD_MM: std::ops::Range<f64> = 40.0..600.0;

/// What makes one doubt the landmarks.
pub(super) fn findings(points: &Points, found: &Cephalometry) -> Vec<Finding> {
    let mut all: Vec<Finding> = unit(points).into_iter().collect();
    let aside = found.pairs.iter().filter(|pair| pair.left_mm < 0.0 || pair.right_mm < 0.0);
    all.extend(aside.map(|pair| {
        let message = format!(
            "{}: its left one lies {:.1} mm to the left of the plane and its right one {:.1} mm to \
             the right: are the two exchanged?",
            pair.title, pair.left_mm, pair.right_mm
        );
        Finding::warning("cephalometry.sides", pair.id, message)
    }));
    all.extend(mirrored(points, found));
    all
}

/// That the landmarks are as far apart as those of a head.
fn unit(points: &Points) -> Option<Finding> {
    let all: Vec<Point<Lps>> = points.values().copied().collect();
    let pairs =
        all.iter().enumerate().flat_map(|(n, a)| all[n + 1..].iter().map(|b| a.distance(*b)));
    let span_mm = pairs.fold(0.0, f64::max);
    let message = format!(
        "the landmarks span {span_mm:.3} mm: heads span {:.0} to {:.0}; are they in mm?",
        HEAD_MM.start, HEAD_MM.end
    );
    (!HEAD_MM.contains(&span_mm)).then(|| {
        Finding::warning("cephalometry.unit", "landmarks", message).measured(
            span_mm,
            HEAD_MM.start,
            "mm",
        )
    })
}

/// That nose, crown and left make a head and not its mirror image.
fn mirrored(points: &Points, found: &Cephalometry) -> Option<Finding> {
    let of =
        |ids: &[&'static str]| ids.iter().find_map(|&id| points.get(&(id, Side::Middle)).copied());
    let (nasion, below, behind) = (of(&["N"])?, of(&["Me", "ANS"])?, of(&["S", "Ba"])?);
    let left = (nasion - below).cross(nasion - behind);
    let message =
        "all sides are exchanged: seen from nose and crown, what is named left lies right";
    (left.dot(found.midline.plane.normal) < 0.0)
        .then(|| Finding::warning("cephalometry.mirrored", "landmarks", message))
}
