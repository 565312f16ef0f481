//! One triangle: its nearest point, and whether two of them cross.

use ossein_geom::{Frame, Point, Vector};

/// The point of the triangle `[a, b, c]` nearest to `p`; right for degenerate triangles too.
///
/// # Source
/// Ericson: Real-Time Collision Detection (2005), 5.1.5.
pub fn nearest_point<F: Frame>(p: Point<F>, [a, b, c]: [Point<F>; 3]) -> Point<F> {
    let (ab, ac, ap) = (b - a, c - a, p - a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return a;
    }
    let bp = p - b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return b;
    }
    let cp = p - c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return c;
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        return a + ab * part(d1, d1 - d3);
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        return a + ac * part(d2, d2 - d6);
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 >= d3 && d5 >= d6 {
        return b + (c - b) * part(d4 - d3, (d4 - d3) + (d5 - d6));
    }
    let whole = va + vb + vc;
    a + ab * part(vb, whole) + ac * part(vc, whole)
}

fn part(piece: f64, whole: f64) -> f64 {
    if whole > 0.0 { piece / whole } else { 0.0 }
}

/// Where along `direction` from `origin` the line meets the triangle, as a multiple of
/// `direction`; `None` where it misses or runs along it.
pub fn line_hit<F: Frame>(
    origin: Point<F>,
    direction: Vector<F>,
    [a, b, c]: [Point<F>; 3],
) -> Option<f64> {
    let (ab, ac) = (b - a, c - a);
    let across = direction.cross(ac);
    let determinant = ab.dot(across);
    if determinant == 0.0 {
        return None;
    }
    let from = origin - a;
    let u = from.dot(across) / determinant;
    let around = from.cross(ab);
    let v = direction.dot(around) / determinant;
    let inside = u >= 0.0 && v >= 0.0 && u + v <= 1.0;
    inside.then(|| ac.dot(around) / determinant)
}

/// Whether two triangles that share no vertex meet. Touching counts.
///
/// Distances to the two planes below `1e-12` of the triangles' size count as zero: a pair that is
/// closer than rounding can tell is reported as meeting.
///
/// # Source
/// Moller: A fast triangle-triangle intersection test, J. Graphics Tools 2 (1997) 25-30.
pub fn cross<F: Frame>(s: [Point<F>; 3], t: [Point<F>; 3]) -> bool {
    let (Some(to_t), Some(to_s)) = (sides(s, t), sides(t, s)) else { return false };
    if to_t.heights == [0.0; 3] || to_s.heights == [0.0; 3] {
        return flat_cross(s, t, to_t.normal);
    }
    let line = to_t.normal.cross(to_s.normal);
    if nearly_parallel(&to_t, &to_s) && !flat_cross(s, t, to_t.normal) {
        return false;
    }
    let (a, b) = (span(s, &to_t.heights, line), span(t, &to_s.heights, line));
    match (a, b) {
        (Some(a), Some(b)) => a.0 <= b.1 && b.0 <= a.1,
        _ => false,
    }
}

/// Whether two triangles that share the corner `a` alone meet anywhere else.
pub fn cross_at_corner<F: Frame>(a: Point<F>, s: [Point<F>; 2], t: [Point<F>; 2]) -> bool {
    let (whole_s, whole_t) = ([a, s[0], s[1]], [a, t[0], t[1]]);
    // On one side of the other's plane, a triangle has the corner alone in it.
    let lies_on_one_side = |of: &Sides<F>| of.heights[1] * of.heights[2] > 0.0;
    let Some(to_t) = sides(whole_s, whole_t).filter(|of| !lies_on_one_side(of)) else {
        return false;
    };
    let Some(to_s) = sides(whole_t, whole_s).filter(|of| !lies_on_one_side(of)) else {
        return false;
    };
    if to_t.heights == [0.0; 3] || to_s.heights == [0.0; 3] {
        return sectors_overlap(a, s, t, to_t.normal);
    }
    if nearly_parallel(&to_t, &to_s) && !sectors_overlap(a, s, t, to_t.normal) {
        return false;
    }
    let hits = |p: [Point<F>; 2], of: [Point<F>; 3]| {
        line_hit(p[0], p[1] - p[0], of).is_some_and(|x| (0.0..=1.0).contains(&x))
    };
    hits(s, whole_t) || hits(t, whole_s)
}

/// Whether two triangles that share the edge `a b`, and end in `c` and `d`, lie on each other.
pub fn cross_at_edge<F: Frame>(a: Point<F>, b: Point<F>, c: Point<F>, d: Point<F>) -> bool {
    let Some(flat) = sides([a, b, d], [a, b, c]) else { return false };
    let along = b - a;
    let (to_c, to_d) = (along.cross(c - a), along.cross(d - a));
    flat.heights == [0.0; 3] && to_c.dot(to_d) > 0.0
}

/// Whether two triangles of one plane with a common corner overlap beyond it.
fn sectors_overlap<F: Frame>(
    a: Point<F>,
    s: [Point<F>; 2],
    t: [Point<F>; 2],
    normal: Vector<F>,
) -> bool {
    let turn = |u: Point<F>, v: Point<F>| normal.dot((u - a).cross(v - a));
    let within = |p: Point<F>, of: [Point<F>; 2]| {
        let whole = turn(of[0], of[1]);
        turn(of[0], p) * whole > 0.0 && turn(p, of[1]) * whole > 0.0
    };
    let middle = |of: [Point<F>; 2]| of[0].lerp(of[1], 0.5);
    within(s[0], t)
        || within(s[1], t)
        || within(t[0], s)
        || within(t[1], s)
        || (within(middle(s), t) && within(middle(t), s))
}

struct Sides<F: Frame> {
    /// Normal of the plane.
    normal: Vector<F>,
    /// Heights of the other triangle's corners above it, times the normal's length.
    heights: [f64; 3],
}

/// Whether two planes meet in a line that rounding may turn anywhere: then triangles that do not
/// overlap as seen along the normal are apart.
fn nearly_parallel<F: Frame>(a: &Sides<F>, b: &Sides<F>) -> bool {
    a.normal.cross(b.normal).norm() < 1e-4 * a.normal.norm() * b.normal.norm()
}

/// Heights of `s` above the plane of `t`; `None` where all lie on one side.
fn sides<F: Frame>(s: [Point<F>; 3], t: [Point<F>; 3]) -> Option<Sides<F>> {
    let (e, f) = (t[1] - t[0], t[2] - t[0]);
    let normal = e.cross(f);
    let reach = e.norm().max(f.norm());
    let heights = s.map(|p| {
        let away = p - t[0];
        let height = normal.dot(away);
        let noise = 1e-12 * reach * reach * (away.norm() + reach);
        if height.abs() <= noise { 0.0 } else { height }
    });
    let apart = heights.iter().all(|&h| h > 0.0) || heights.iter().all(|&h| h < 0.0);
    (!apart).then_some(Sides { normal, heights })
}

/// The stretch of `line` that a triangle covers, given its corners' heights above the other plane.
fn span<F: Frame>(t: [Point<F>; 3], heights: &[f64; 3], line: Vector<F>) -> Option<(f64, f64)> {
    let along = t.map(|p| line.dot(p - Point::ORIGIN));
    let mut range: Option<(f64, f64)> = None;
    let mut hold = |x: f64| {
        let (low, high) = range.unwrap_or((x, x));
        range = Some((low.min(x), high.max(x)));
    };
    for i in 0..3 {
        let j = (i + 1) % 3;
        if heights[i] == 0.0 {
            hold(along[i]);
        }
        if heights[i] * heights[j] < 0.0 {
            let fraction = heights[i] / (heights[i] - heights[j]);
            hold(along[i] + fraction * (along[j] - along[i]));
        }
    }
    range
}

/// Whether two triangles of one plane overlap: no edge's line parts them.
fn flat_cross<F: Frame>(s: [Point<F>; 3], t: [Point<F>; 3], normal: Vector<F>) -> bool {
    let drop = (0..3).max_by(|&a, &b| normal[a].abs().total_cmp(&normal[b].abs())).unwrap_or(2);
    let (x, y) = ((drop + 1) % 3, (drop + 2) % 3);
    let flat = |t: [Point<F>; 3]| t.map(|p| [p[x], p[y]]);
    let (s, t) = (flat(s), flat(t));
    !parted(&s, &t) && !parted(&t, &s)
}

/// Whether one edge of `s` has all of `t` on its outer side.
fn parted(s: &[[f64; 2]; 3], t: &[[f64; 2]; 3]) -> bool {
    (0..3).any(|i| {
        let (a, b, c) = (s[i], s[(i + 1) % 3], s[(i + 2) % 3]);
        let side = |p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
        let own = side(c);
        t.iter().all(|&p| side(p) * own < 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Lps;

    fn at(c: [[f64; 3]; 3]) -> [Point<Lps>; 3] {
        c.map(Point::from)
    }

    const FLAT: [[f64; 3]; 3] = [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]];

    #[track_caller]
    fn check_nearest(p: [f64; 3], expected: [f64; 3]) {
        let near = nearest_point(Point::from(p), at(FLAT));
        assert!(near.distance(Point::from(expected)) < 1e-15, "{near:?}");
    }

    #[test]
    fn the_nearest_point_lies_on_face_edge_or_corner() {
        check_nearest([0.5, 0.5, 3.0], [0.5, 0.5, 0.0]);
        check_nearest([1.0, -1.0, 1.0], [1.0, 0.0, 0.0]);
        check_nearest([2.0, 2.0, 0.0], [1.0, 1.0, 0.0]);
        check_nearest([-1.0, -1.0, 0.0], [0.0, 0.0, 0.0]);
        check_nearest([5.0, 0.0, 0.0], [2.0, 0.0, 0.0]);
        check_nearest([0.0, 5.0, 0.0], [0.0, 2.0, 0.0]);
    }

    #[track_caller]
    fn check_cross(other: [[f64; 3]; 3], expected: bool) {
        assert_eq!(cross(at(FLAT), at(other)), expected);
        assert_eq!(cross(at(other), at(FLAT)), expected);
    }

    #[test]
    fn triangles_cross_where_they_meet() {
        check_cross([[0.5, 0.5, -1.0], [0.5, 0.5, 1.0], [0.6, 0.9, 1.0]], true);
        check_cross([[3.5, 0.5, -1.0], [3.5, 0.5, 1.0], [3.6, 0.9, 1.0]], false);
        check_cross([[0.5, 0.5, 0.1], [0.5, 0.9, 1.0], [0.6, 0.9, 1.0]], false);
        check_cross([[0.5, 0.5, 0.0], [3.0, 0.5, 0.0], [3.0, 1.0, 0.0]], true);
        check_cross([[1.5, 1.5, 0.0], [3.0, 1.5, 0.0], [3.0, 2.0, 0.0]], false);
        check_cross([[0.5, 0.5, 0.0], [0.5, 0.5, 1.0], [0.6, 0.9, 1.0]], true);
    }

    /// Two triangles of one face of a turned cube, apart by 0.1 mm and out of plane by 1e-12 mm.
    #[test]
    fn triangles_of_one_plane_but_for_rounding_do_not_cross_where_they_are_apart() {
        let s = [
            [0.423333607159533, 0.022273708220298616, -7.553676136000904],
            [0.6138239332223232, 0.0810503477229104, -7.819637197966674],
            [0.6138239332231069, -0.1277262917797012, -7.698729722563099],
        ];
        let t = [
            [0.5660333697146531, -0.2777262917797012, -7.553676136000904],
            [0.3295788908161361, -0.2777262917797012, -7.265792619329278],
            [0.3295788908161361, 0.022273708220298616, -7.439529694067479],
        ];
        assert!(!cross(at(s), at(t)) && !cross(at(t), at(s)));
    }

    #[test]
    fn a_line_hits_inside_only() {
        let up = Vector::new(0.0, 0.0, 2.0);
        assert_eq!(line_hit(Point::new(0.5, 0.5, -1.0), up, at(FLAT)), Some(0.5));
        assert_eq!(line_hit(Point::new(1.5, 1.5, -1.0), up, at(FLAT)), None);
    }
}
