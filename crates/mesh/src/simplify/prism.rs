//! The space straight above and below a triangle, and how other triangles lie in it.

use ossein_geom::{Frame, Point, Vector};

/// The space between the two lifted copies of a triangle, in coordinates along it.
pub struct Prism<F: Frame> {
    /// The triangle's vertices.
    numbers: [u32; 3],
    middle: Point<F>,
    axes: [Vector<F>; 3],
    /// Corners in the plane, counter-clockwise.
    corners: [[f64; 2]; 3],
    limit: f64,
}

/// How a triangle lies to a prism.
pub enum Meet {
    Apart,
    /// It may cut one of the lifted copies.
    Cap,
    /// It stays between them.
    Inside {
        /// How often, signed, it passes the middle.
        pass: i32,
        /// What of it lies straight above or below the triangle.
        part: Part,
    },
}

/// What of a triangle lies straight above or below another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Corners lie outside of this edge, none outside of another.
    Over(usize),
    /// Corners lie outside of the two edges at this corner, none outside of the third.
    Around(usize),
    /// Another part, or none.
    Some,
}

impl<F: Frame> Prism<F> {
    /// `None` for a triangle without a plane.
    pub fn new(numbers: [u32; 3], corners: [Point<F>; 3], limit: f64) -> Option<Self> {
        let [a, b, c] = corners;
        let normal = (b - a).cross(c - a);
        let size = normal.norm();
        if !(size > 0.0) {
            return None;
        }
        let up = normal * (1.0 / size);
        let along = (b - a).unit();
        let axes = [along, up.cross(along), up];
        let middle = a + ((b - a) + (c - a)) * (1.0 / 3.0);
        let flat = |p: Point<F>| [axes[0].dot(p - middle), axes[1].dot(p - middle)];
        Some(Self { numbers, middle, axes, corners: corners.map(flat), limit })
    }

    /// The height of a point above the triangle's plane, and its place there.
    fn place(&self, p: Point<F>) -> (f64, [f64; 2]) {
        let away = p - self.middle;
        (self.axes[2].dot(away), [self.axes[0].dot(away), self.axes[1].dot(away)])
    }

    /// How far, in mm times the edge's length, a place lies inside of edge `i`.
    fn inside_of(&self, i: usize, p: [f64; 2]) -> f64 {
        let (a, b) = (self.corners[i], self.corners[(i + 1) % 3]);
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    }

    /// How a triangle lies to this prism.
    pub fn meet(&self, numbers: [u32; 3], corners: [Point<F>; 3]) -> Meet {
        let away = corners.map(|p| p - self.middle);
        let heights = away.map(|d| self.axes[2].dot(d));
        let highest = heights[0].max(heights[1]).max(heights[2]);
        let lowest = heights[0].min(heights[1]).min(heights[2]);
        if lowest > self.limit || highest < -self.limit {
            return Meet::Apart;
        }
        let flat = away.map(|d| [self.axes[0].dot(d), self.axes[1].dot(d)]);
        let out = [0, 1, 2].map(|i| flat.map(|p| self.inside_of(i, p) < 0.0));
        if out.iter().any(|o| o[0] & o[1] & o[2]) {
            return Meet::Apart;
        }
        let leaves = highest > self.limit || lowest < -self.limit;
        for cap in [self.limit, -self.limit].into_iter().filter(|_| leaves) {
            if let Some(cut) = cut_at(&flat, heights.map(|h| h - cap))
                && !outside(&self.corners, &cut)
                && !one_sided(&self.corners, &cut)
            {
                return Meet::Cap;
            }
        }
        let part = match out.map(|o| o[0] | o[1] | o[2]) {
            _ if leaves => Part::Some,
            [false, false, false] => Part::Whole,
            [true, false, false] => Part::Over(0),
            [false, true, false] => Part::Over(1),
            [false, false, true] => Part::Over(2),
            [true, false, true] => Part::Around(0),
            [true, true, false] => Part::Around(1),
            [false, true, true] => Part::Around(2),
            _ => Part::Some,
        };
        Meet::Inside { pass: pass(numbers, &flat, &heights, self.limit), part }
    }
}

/// Whether two triangles that share an edge hold all between `corners`: each of its points lies
/// straight above or below one of them, or in the gap above the edge.
///
/// In that gap the edge is nearest. The way to it leans against either normal by no more than the
/// angle between both, so that the height is at least the distance times that angle's cosine.
pub fn across<F: Frame>(a: &Prism<F>, b: &Prism<F>, corners: &[Point<F>; 3]) -> bool {
    let shared = |i: &usize| {
        let edge = [a.numbers[(i + 1) % 3], a.numbers[*i]];
        (0..3).find(|&j| [b.numbers[j], b.numbers[(j + 1) % 3]] == edge)
    };
    let Some((i, j)) = (0..3).find_map(|i| shared(&i).map(|j| (i, j))) else { return false };
    let limit = a.limit * a.axes[2].dot(b.axes[2]);
    let (from, to) = (a.corners[i], a.corners[(i + 1) % 3]);
    let edge = [to[0] - from[0], to[1] - from[1]];
    let square = edge[0] * edge[0] + edge[1] * edge[1];
    corners.iter().all(|&p| {
        let ((height_a, flat_a), (height_b, flat_b)) = (a.place(p), b.place(p));
        let along = edge[0] * (flat_a[0] - from[0]) + edge[1] * (flat_a[1] - from[1]);
        let inside = |prism: &Prism<F>, edge: usize, flat: [f64; 2]| {
            [1, 2].iter().all(|d| prism.inside_of((edge + d) % 3, flat) >= 0.0)
        };
        height_a.abs().max(height_b.abs()) <= limit
            && (0.0..=square).contains(&along)
            && inside(a, i, flat_a)
            && inside(b, j, flat_b)
    })
}

/// Whether one edge of the counter-clockwise triangle `t` has all `points` on its outer side.
fn outside(t: &[[f64; 2]; 3], points: &[[f64; 2]]) -> bool {
    (0..3).any(|i| {
        let (a, b) = (t[i], t[(i + 1) % 3]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        points.iter().all(|p| dx * (p[1] - a[1]) - dy * (p[0] - a[0]) < 0.0)
    })
}

/// Whether all of triangle `t` lies strictly on one side of the line through two points.
fn one_sided(t: &[[f64; 2]; 3], [a, b]: &[[f64; 2]; 2]) -> bool {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let side = |p: &[f64; 2]| dx * (p[1] - a[1]) - dy * (p[0] - a[0]);
    t.iter().all(|p| side(p) > 0.0) || t.iter().all(|p| side(p) < 0.0)
}

/// The stretch in which a triangle cuts the height zero.
fn cut_at(flat: &[[f64; 2]; 3], heights: [f64; 3]) -> Option<[[f64; 2]; 2]> {
    let mut ends = [[0.0; 2]; 2];
    let mut count = 0;
    for i in 0..3 {
        let j = (i + 1) % 3;
        if (heights[i] >= 0.0) != (heights[j] >= 0.0) {
            let part = heights[i] / (heights[i] - heights[j]);
            ends[count] = [0, 1].map(|a| flat[i][a] + part * (flat[j][a] - flat[i][a]));
            count += 1;
        }
    }
    (count == 2).then_some(ends)
}

/// How often, signed, a triangle passes the origin between the heights `-limit` and `limit`. Two
/// triangles that share an edge never both claim a point of it.
fn pass(numbers: [u32; 3], flat: &[[f64; 2]; 3], heights: &[f64; 3], limit: f64) -> i32 {
    let side = |i: usize, j: usize| {
        let (p, q) = (flat[i], flat[j]);
        let area = p[0] * q[1] - p[1] * q[0];
        if area != 0.0 {
            area
        } else if numbers[i] < numbers[j] {
            1e-300
        } else {
            -1e-300
        }
    };
    let sides = [side(1, 2), side(2, 0), side(0, 1)];
    let up = sides.iter().all(|&s| s > 0.0);
    if !up && !sides.iter().all(|&s| s < 0.0) {
        return 0;
    }
    let whole: f64 = sides.iter().sum();
    let height = (0..3).map(|i| sides[i] / whole * heights[i]).sum::<f64>();
    match height.abs() <= limit {
        false => 0,
        true if up => 1,
        true => -1,
    }
}
