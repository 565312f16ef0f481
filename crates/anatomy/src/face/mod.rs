//! A face's bone in figures: how far it stands out to the front, the sides and below, and the
//! chin and angles of a lower jaw.

use ossein_geom::{Lps, Point, Vector};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use crate::jaw::{Jaw, JawError, JawMarks, marks};

/// The directions of a head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceFrame {
    /// A point of the midline plane.
    pub origin: Point<Lps>,
    /// Unit, to the patient's left across the midline.
    pub left: Vector<Lps>,
    /// Unit, to the back.
    pub posterior: Vector<Lps>,
    /// Unit, to the head.
    pub up: Vector<Lps>,
}

impl FaceFrame {
    /// From a plane of symmetry whose normal points to the left; else along the scan's own axes.
    /// Front and back lie level in the scan; a head whose left is the scan's right looks to its back.
    pub fn of_plane(plane: Option<Plane<Lps>>) -> Self {
        let scan = Plane { point: Point::ORIGIN, normal: Vector::new(1.0, 0.0, 0.0) };
        let Plane { point: origin, normal: left } = plane.unwrap_or(scan);
        let back = Vector::new(0.0, if left.x < 0.0 { -1.0 } else { 1.0 }, 0.0);
        let posterior = (back - left * left.dot(back)).unit();
        Self { origin, left, posterior, up: left.cross(posterior) }
    }

    /// The jaw's own.
    pub fn of_jaw(jaw: &Jaw) -> Self {
        let Jaw { left, posterior, up, .. } = *jaw;
        Self { origin: jaw.midplane().point, left, posterior, up }
    }
}

/// How far a set of points stands out, mm along the frame from its origin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// Foremost.
    pub forward_mm: f64,
    /// Farthest from the midline, to either side.
    pub lateral_mm: f64,
    /// Lowest.
    pub down_mm: f64,
}

/// The extent of some points; none where there are none.
pub fn extent(points: &[Point<Lps>], frame: &FaceFrame) -> Option<Extent> {
    let most = |f: &dyn Fn(Vector<Lps>) -> f64| {
        points.iter().map(|&p| f(p - frame.origin)).fold(f64::NEG_INFINITY, f64::max)
    };
    (!points.is_empty()).then(|| Extent {
        forward_mm: most(&|v| -v.dot(frame.posterior)),
        lateral_mm: most(&|v| v.dot(frame.left).abs()),
        down_mm: most(&|v| -v.dot(frame.up)),
    })
}

/// Distances and angles of a lower jaw between its landmarks (facts D2.27). Pairs are right, then
/// left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JawMeasures {
    /// Between both gonia.
    pub bigonial_mm: f64,
    /// Pogonion in front of the gonia's middle, along the occlusal plane.
    pub projection_mm: f64,
    /// Menton from the plane of symmetry; positive to the left.
    pub deviation_mm: f64,
    /// Condyle to gonion: the ramus.
    pub ramus_mm: [f64; 2],
    /// Gonion to menton: the body.
    pub body_mm: [f64; 2],
    /// At the gonion between condyle and menton.
    pub gonial_deg: [f64; 2],
}

/// Measures a jaw between landmarks that are looked for on `points`, in the frame of `jaw`.
///
/// # Errors
/// [`JawError`] where the points hold no such landmark.
pub fn jaw_measures(points: &[Point<Lps>], jaw: &Jaw) -> Result<JawMeasures, JawError> {
    let JawMarks { condyles, gonia, menton, pogonion } = marks(points, jaw)?;
    let middle = gonia[0].lerp(gonia[1], 0.5);
    let side = |n: usize| {
        let (ramus, body) = (condyles[n] - gonia[n], menton - gonia[n]);
        (ramus.norm(), body.norm(), ramus.angle_deg(body))
    };
    let sides = [side(0), side(1)];
    Ok(JawMeasures {
        bigonial_mm: gonia[0].distance(gonia[1]),
        projection_mm: (middle - pogonion).dot(jaw.posterior),
        deviation_mm: jaw.midplane().height_mm(menton),
        ramus_mm: sides.map(|s| s.0),
        body_mm: sides.map(|s| s.1),
        gonial_deg: sides.map(|s| s.2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_its_own_extent() {
        let plane = Plane { point: Point::new(2.0, 0.0, 0.0), normal: Vector::new(1.0, 0.0, 0.0) };
        let frame = FaceFrame::of_plane(Some(plane));
        let corner = |n: usize| {
            let pick = |bit: usize, a: f64, b: f64| if n >> bit & 1 == 1 { b } else { a };
            Point::new(pick(0, -28.0, 35.0), pick(1, -40.0, 20.0), pick(2, -10.0, 12.0))
        };
        let points: Vec<Point<Lps>> = (0..8).map(corner).collect();
        let found = extent(&points, &frame).unwrap();
        assert_eq!((found.forward_mm, found.lateral_mm, found.down_mm), (40.0, 33.0, 10.0));
        assert!(extent(&[], &frame).is_none());
        // The same body, its header turned by half a circle: the head has the same extent.
        let turned = |p: &Point<Lps>| Point::new(-p.x, -p.y, p.z);
        let other = Plane { point: turned(&plane.point), normal: -plane.normal };
        let points: Vec<Point<Lps>> = points.iter().map(turned).collect();
        assert_eq!(extent(&points, &FaceFrame::of_plane(Some(other))), Some(found));
    }
}
