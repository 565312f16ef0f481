//! A straight round body in bone, and how near things come to it.

use ossein_geom::{Lps, Point, TriMesh, Vector};
use serde::{Deserialize, Serialize};

/// An implant, a drill, or all places that a drill may take: round, its ends flat.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bore {
    /// The middle of its neck, where it enters the bone.
    pub entry: Point<Lps>,
    /// Into the bone; unit.
    pub along: Vector<Lps>,
    /// From neck to end, mm.
    pub length_mm: f64,
    /// Radius at the neck and at the end, mm.
    pub radius_mm: [f64; 2],
}

impl Bore {
    /// The place so deep on its axis.
    pub fn at(&self, depth_mm: f64) -> Point<Lps> {
        self.entry + self.along * depth_mm
    }

    /// The middle of its end.
    pub fn apex(&self) -> Point<Lps> {
        self.at(self.length_mm)
    }

    /// Signed distance to its surface, exact; negative inside, mm.
    pub fn distance(&self, p: Point<Lps>) -> f64 {
        let from = p - self.entry;
        let depth = from.dot(self.along);
        let radial = (from - self.along * depth).norm();
        let [neck, end] = self.radius_mm;
        let corners = [[0.0, 0.0], [neck, 0.0], [end, self.length_mm], [0.0, self.length_mm]];
        let nearest = corners.windows(2).map(|pair| away([radial, depth], [pair[0], pair[1]]));
        let nearest = nearest.fold(f64::INFINITY, f64::min);
        let wall = neck + (end - neck) * depth / self.length_mm;
        let inside = (0.0..=self.length_mm).contains(&depth) && radial <= wall;
        if inside { -nearest } else { nearest }
    }

    /// Least distance to a surface, mm; none where it has no triangle. Corners, middles of edges
    /// and of triangles are looked at: between them a surface of voxels half a millimetre wide
    /// comes nearer by 0.02 mm at most.
    pub fn nearest_mm(&self, mesh: &TriMesh<Lps>) -> Option<f64> {
        let looked = mesh.triangles.iter().flat_map(|&triangle| {
            let [a, b, c] = mesh.corners(triangle);
            let middle = a.lerp(b, 0.5).lerp(c, 1.0 / 3.0);
            [a, b, c, a.lerp(b, 0.5), b.lerp(c, 0.5), c.lerp(a, 0.5), middle]
        });
        looked.map(|p| self.distance(p)).min_by(f64::total_cmp)
    }

    /// Distance between two of them as if their ends were round, with the larger of both radii,
    /// mm: exact where they stand side by side, elsewhere less than it is.
    pub fn apart_mm(&self, other: &Self) -> f64 {
        let radius = |bore: &Self| bore.radius_mm[0].max(bore.radius_mm[1]);
        between_axes_mm(self, other) - radius(self) - radius(other)
    }
}

/// Distance of a place of the plane from a line with two ends.
fn away([x, y]: [f64; 2], [a, b]: [[f64; 2]; 2]) -> f64 {
    let (ux, uy) = (b[0] - a[0], b[1] - a[1]);
    let t = ((x - a[0]) * ux + (y - a[1]) * uy) / (ux * ux + uy * uy).max(f64::MIN_POSITIVE);
    let t = t.clamp(0.0, 1.0);
    let (dx, dy) = (x - a[0] - t * ux, y - a[1] - t * uy);
    (dx * dx + dy * dy).sqrt()
}

/// Least distance between two axes, from neck to end each.
fn between_axes_mm(a: &Bore, b: &Bore) -> f64 {
    let onto = |bore: &Bore, p: Point<Lps>| {
        bore.at((p - bore.entry).dot(bore.along).clamp(0.0, bore.length_mm))
    };
    let ends = [
        (a.entry, onto(b, a.entry)),
        (a.apex(), onto(b, a.apex())),
        (b.entry, onto(a, b.entry)),
        (b.apex(), onto(a, b.apex())),
    ];
    let least = ends.iter().map(|(p, q)| p.distance(*q)).fold(f64::INFINITY, f64::min);
    // Where the common normal of both lines meets them between their ends, it is shorter still.
    let (w, cosine) = (a.entry - b.entry, a.along.dot(b.along));
    let sine2 = 1.0 - cosine * cosine;
    if sine2 < 1e-9 {
        return least;
    }
    let (d, e) = (a.along.dot(w), b.along.dot(w));
    let (s, t) = ((cosine * e - d) / sine2, (e - cosine * d) / sine2);
    let meets = (0.0..=a.length_mm).contains(&s) && (0.0..=b.length_mm).contains(&t);
    if meets { least.min(a.at(s).distance(b.at(t))) } else { least }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bore(x: f64, along: [f64; 3]) -> Bore {
        let along = Vector::new(along[0], along[1], along[2]).unit();
        Bore { entry: Point::new(x, 0.0, 0.0), along, length_mm: 10.0, radius_mm: [2.0; 2] }
    }

    #[test]
    fn distances_to_a_cylinder_are_those_of_geometry() {
        let own = bore(0.0, [0.0, 0.0, -1.0]);
        for (p, mm) in [
            ([5.0, 0.0, -4.0], 3.0),
            ([0.0, 0.0, -13.0], 3.0),
            ([5.0, 0.0, -14.0], 5.0),
            ([0.0, 1.5, -5.0], -0.5),
            ([0.0, 0.0, -9.5], -0.5),
            ([0.0, 6.0, 3.0], 5.0),
        ] {
            assert!((own.distance(Point::from(p)) - mm).abs() < 1e-12, "{p:?}");
        }
    }

    #[test]
    fn two_of_them_are_as_far_apart_as_their_axes_less_their_radii() {
        let own = bore(0.0, [0.0, 0.0, -1.0]);
        assert!((own.apart_mm(&bore(7.0, [0.0, 0.0, -1.0])) - 3.0).abs() < 1e-12);
        // Leaning together by the slope 0.3: 4 mm between the axes at the ends' depth.
        let lean = bore(7.0, [-0.3, 0.0, -1.0]);
        let end = lean.apex().x - 4.0;
        assert!((own.apart_mm(&lean) - end).abs() < 1e-9, "{}", own.apart_mm(&lean));
        // They cross in depth, 5 mm apart at right angles.
        let mut across = bore(-5.0, [1.0, 0.0, 0.0]);
        across.entry = Point::new(-5.0, 5.0, -5.0);
        assert!((own.apart_mm(&across) - 1.0).abs() < 1e-12);
    }
}
