//! Where two or three planes meet.

use ossein_geom::{Frame, Point, Vector};

/// A plane through a point, by its unit normal.
pub type Plane<F> = (Point<F>, Vector<F>);

/// The point of the line of two planes that is nearest to `center`, and the line's direction.
pub fn line<F: Frame>(planes: [Plane<F>; 2], center: Point<F>) -> (Point<F>, Vector<F>) {
    let [(_, a), (_, b)] = planes;
    let [to_a, to_b] = planes.map(|(p, n)| n.dot(p - center));
    let across = a.dot(b);
    let scale = 1.0 / (1.0 - across * across);
    let step = a * ((to_a - across * to_b) * scale) + b * ((to_b - across * to_a) * scale);
    (center + step, a.cross(b).unit())
}

/// The point of three planes; no number where they have none.
pub fn corner<F: Frame>(planes: [Plane<F>; 3], center: Point<F>) -> Point<F> {
    let [(_, a), (_, b), (_, c)] = planes;
    let [to_a, to_b, to_c] = planes.map(|(p, n)| n.dot(p - center));
    let step = b.cross(c) * to_a + c.cross(a) * to_b + a.cross(b) * to_c;
    center + step * (1.0 / a.dot(b.cross(c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Lps;

    #[test]
    fn planes_meet_where_geometry_says() {
        let at = |x, y, z| Point::<Lps>::new(x, y, z);
        let lean = Vector::new(0.6, 0.8, 0.0);
        let planes = [(at(1.0, 5.0, -3.0), Vector::new(1.0, 0.0, 0.0)), (at(1.0, 2.0, 9.0), lean)];
        let (p, along) = line(planes, at(4.0, 4.0, 7.0));
        assert!(p.distance(at(1.0, 2.0, 7.0)) < 1e-14, "{p:?}");
        assert!((along - Vector::new(0.0, 0.0, 1.0)).norm() < 1e-15, "{along:?}");
        let third = (at(0.0, 0.0, -2.0), Vector::new(0.0, 0.6, 0.8));
        let p = corner([planes[0], planes[1], third], at(4.0, 4.0, 7.0));
        assert!(p.distance(at(1.0, 2.0, -3.5)) < 1e-14, "{p:?}");
    }
}
