//! How far a tool in a guide may miss, by its play alone.

use ossein_geom::float;
use serde::{Deserialize, Serialize};

/// What the play of a drill in its sleeve does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// Largest tilt of the axis, degrees.
    pub tilt_deg: f64,
    /// Largest error where it enters the bone, mm.
    pub entry_mm: f64,
    /// Largest error at its tip, mm.
    pub tip_mm: f64,
}

/// The play of a drill: `play_mm` wider than the drill the sleeve is, `sleeve_mm` long, its end
/// `offset_mm` from the bone, the drill `depth_mm` deep in it.
///
/// The axis tilts by `atan(play / sleeve)` at most and then lies off by half the play where it
/// leaves the sleeve; from there on the error grows with the tilt.
///
/// # Source
/// Apostolakis and Kourakis 2018 (facts D2.37).
pub fn play(play_mm: f64, sleeve_mm: f64, offset_mm: f64, depth_mm: f64) -> Play {
    let slope = play_mm / sleeve_mm;
    let entry_mm = 0.5 * play_mm + offset_mm * slope;
    let tilt_deg = float::atan2(play_mm, sleeve_mm).to_degrees();
    Play { tilt_deg, entry_mm, tip_mm: entry_mm + depth_mm * slope }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest errors that were computed for implants (facts D2.37, D8.9): 0.41 mm of play in a
    /// sleeve of 4 mm. The largest offset is 17 mm from the sleeve's upper end, 13 mm from its
    /// lower one. The paper's largest error at the apex, 2.8 mm, is that of a tip 25.3 mm beneath
    /// the sleeve, here 12.3 mm in bone.
    #[test]
    fn the_published_triple_comes_out() {
        let worst = play(0.41, 4.0, 17.0 - 4.0, 12.3);
        assert!((worst.tilt_deg - 5.9).abs() < 0.06, "{worst:?}");
        assert!((worst.entry_mm - 1.5).abs() < 0.05, "{worst:?}");
        assert!((worst.tip_mm - 2.8).abs() < 0.05, "{worst:?}");
    }

    #[test]
    fn without_play_nothing_misses() {
        let none = play(0.0, 8.0, 5.0, 10.0);
        assert_eq!(none, Play { tilt_deg: 0.0, entry_mm: 0.0, tip_mm: 0.0 });
    }
}
