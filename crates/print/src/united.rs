//! Contours that cross become the outline of all that lies in any of them.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::float::simplify::SimplifyShape;
use ossein_geom::Contour;

/// What the contours of a layer stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Parts that lie apart or within each other: the contours are the outline.
    Apart,
    /// Parts that may cross each other, or themselves: what lies in several counts once.
    Crossing,
}

impl Parts {
    /// The outline of a layer's contours.
    pub(crate) fn outline(self, contours: Vec<Contour>) -> Vec<Contour> {
        match self {
            Self::Apart => contours,
            Self::Crossing => united(&contours),
        }
    }
}

/// The outline of what lies inside with a winding number above zero: contours with holes, the
/// solid on their left.
pub fn united(contours: &[Contour]) -> Vec<Contour> {
    let rings: Vec<&[[f64; 2]]> = contours.iter().map(|contour| &contour.points[..]).collect();
    let shapes = rings.simplify_shape_as::<i64>(FillRule::Positive);
    shapes.into_iter().flatten().map(|points| Contour { points }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64, turn: bool) -> Contour {
        let mut points = vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
        if turn {
            points.reverse();
        }
        Contour { points }
    }

    fn area(contours: &[Contour]) -> f64 {
        united(contours).iter().map(Contour::area_mm2).sum()
    }

    #[test]
    fn what_lies_in_both_counts_once() {
        let [a, b] = [square(0.0, 0.0, 4.0, false), square(3.0, 3.0, 4.0, false)];
        assert!((area(&[a.clone(), b]) - 31.0).abs() < 1e-6);
        // Beside each other on part of a side: one outline; within each other: the larger.
        let beside = [a.clone(), square(4.0, 1.0, 2.0, false)];
        assert!((area(&beside) - 20.0).abs() < 1e-6);
        assert_eq!(united(&beside).len(), 1);
        assert!((area(&[a.clone(), square(1.0, 1.0, 2.0, false)]) - 16.0).abs() < 1e-6);
        // A hole stays one, also where another part reaches into it.
        let tube = [a, square(1.0, 1.0, 2.0, true)];
        assert!((area(&tube) - 12.0).abs() < 1e-6);
        assert!(
            (area(&[&tube[..], &[square(-1.0, -1.0, 3.0, false)]].concat()) - 18.0).abs() < 1e-6
        );
        assert!(united(&[]).is_empty());
    }
}
