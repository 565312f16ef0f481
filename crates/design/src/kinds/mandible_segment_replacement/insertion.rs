//! Whether a segment can be put in between the ends of the bone, and from where.

use ossein_field::sampled::Sampled;
use ossein_geom::{Cancelled, Implant, Job, Lps, Point, Vector, float};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Distance to come from, and between looks on the way, mm.
const WAY_MM: f64 = 45.0;
const LOOK_MM: f64 = 0.5;

/// The best straight way in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Insertion {
    /// The segment moves this way as it is put in; unit.
    pub direction: Vector<Lps>,
    /// In words, such as `straight from outside`.
    pub way: String,
    /// How deep bone that stays gets in the way, mm; 0 where nothing does.
    pub blocked_mm: f64,
}

/// A way in, the segment's outside first.
pub(super) struct Way {
    /// From the place in the jaw out.
    pub out: Vector<Implant>,
    pub words: String,
    pub blocked_mm: f64,
}

/// The way out of which bone stands in the way least: outwards, downwards and between, and turned
/// to both ends of the jaw.
pub(super) fn best_way(
    points: &[Point<Implant>],
    stumps: &Sampled<Implant>,
    [outward, along]: [Vector<Implant>; 2],
    job: &Job,
) -> Result<Way, Cancelled> {
    let down = Vector::new(0.0, 0.0, -1.0);
    let level = (outward - down * down.dot(outward)).unit();
    let mut best: Option<Way> = None;
    for (n, tilt) in [0.0f64, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0].into_iter().enumerate() {
        for turn in [0.0f64, -15.0, 15.0, -30.0, 30.0] {
            job.step(n, 7)?;
            let (s, c) = float::sin_cos(tilt.to_radians());
            let (st, ct) = float::sin_cos(turn.to_radians());
            let out = ((level * c + down * s) * ct + along * st).unit();
            let blocked_mm = blocked_mm(points, stumps, out);
            // Without a real gain the simpler way stays.
            if best.as_ref().is_none_or(|b| blocked_mm < b.blocked_mm - 0.05) {
                let from = match tilt {
                    0.0 => "straight from outside".into(),
                    90.0 => "from below".into(),
                    tilt => format!("from outside, {tilt:.0} degrees from below"),
                };
                let words = match turn {
                    0.0 => from,
                    t if t > 0.0 => format!("{from}, {t:.0} degrees from the left end"),
                    t => format!("{from}, {:.0} degrees from the right end", -t),
                };
                best = Some(Way { out, words, blocked_mm });
            }
        }
    }
    Ok(best.expect("many ways were tried"))
}

/// How deep any of the points dips into the bone on its way.
fn blocked_mm(points: &[Point<Implant>], stumps: &Sampled<Implant>, out: Vector<Implant>) -> f64 {
    let bone = stumps.volume();
    let bounds = bone.grid.bounds();
    let count = (WAY_MM / LOOK_MM) as usize;
    let deepest = |p: &Point<Implant>| {
        let (mut deepest, mut n) = (0.0f64, 1);
        while n <= count {
            let q = *p + out * (n as f64 * LOOK_MM);
            if !bounds.contains(q) {
                break;
            }
            let over = bone.sample(q);
            deepest = deepest.max(-over);
            // No bone is nearer than this.
            n += ((over * stumps.scale() / LOOK_MM) as usize).max(1);
        }
        deepest
    };
    points.par_iter().with_min_len(256).map(deepest).reduce(|| 0.0, f64::max)
}
