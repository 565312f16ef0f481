//! The front of an arch of teeth.

use ossein_geom::{Lps, Point, Vector};

use super::Sides;

/// A narrower row of teeth is no arch, mm.
const WIDTH_MM_MIN: f64 = 30.0;
/// Its middle lies at least so far in front of its ends, in the mean, mm. An estimate: 15 to 25 in
/// whole arches.
const DEPTH_MM_MIN: f64 = 5.0;

impl Sides {
    /// From the teeth of one jaw that lies level: the middle third of an arch is its front. None
    /// for a row that is no arch.
    pub fn of_arch(teeth: impl Iterator<Item = Point<Lps>> + Clone) -> Option<Self> {
        let (low, high) = teeth
            .clone()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), p| (a.min(p.x), b.max(p.x)));
        let third = (high - low) / 3.0;
        if !third.is_finite() || 3.0 * third < WIDTH_MM_MIN {
            return None;
        }
        let mean = |from: f64, to: f64| {
            let own = teeth.clone().filter(|p| (from..=to).contains(&p.x));
            let (sum, count) = own.fold((0.0, 0usize), |(sum, n), p| (sum + p.y, n + 1));
            (count > 0).then(|| sum / count as f64)
        };
        let middle = mean(low + third, high - third)?;
        let behind = [mean(low, low + third)? - middle, mean(high - third, high)? - middle];
        let (back, up) = (Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0));
        if behind.iter().all(|mm| *mm > DEPTH_MM_MIN) {
            return Some(Self::new(back, up));
        }
        behind.iter().all(|mm| *mm < -DEPTH_MM_MIN).then(|| Self::new(-back, up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arch(turned: bool) -> Vec<Point<Lps>> {
        let sign = if turned { -1.0 } else { 1.0 };
        let place = |n: i32| {
            let x = f64::from(n) - 25.0;
            Point::new(sign * x, sign * 0.06 * x * x, 3.0)
        };
        (0..=50).map(place).collect()
    }

    #[test]
    fn an_arch_has_its_middle_in_front() {
        let agrees =
            |points: Vec<Point<Lps>>| Sides::of_arch(points.into_iter()).map(|s| s.header_agrees);
        assert_eq!(agrees(arch(false)), Some(true));
        assert_eq!(agrees(arch(true)), Some(false));
        // One half of it runs from front to back: no front is told by that.
        assert_eq!(agrees(arch(false).split_off(25)), None);
        assert_eq!(agrees(Vec::new()), None);
    }
}
