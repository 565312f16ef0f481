//! Closed curves in a plane of constant height.

/// A closed curve: the last point joins the first. Counter-clockwise around solid, clockwise around
/// a hole, seen from above.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Contour {
    /// x and y in mm; the first point is not repeated at the end.
    pub points: Vec<[f64; 2]>,
}

/// All closed curves at one height.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Layer {
    /// Height of the cut in mm.
    pub z_mm: f64,
    /// Outer curves and holes.
    pub contours: Vec<Contour>,
}

impl Contour {
    /// Enclosed area in mm²: positive counter-clockwise, negative clockwise.
    pub fn area_mm2(&self) -> f64 {
        let n = self.points.len();
        let mut doubled = 0.0;
        for (i, a) in self.points.iter().enumerate() {
            let b = self.points[(i + 1) % n];
            doubled += a[0] * b[1] - b[0] * a[1];
        }
        0.5 * doubled
    }

    /// Length of the closed curve in mm.
    pub fn length_mm(&self) -> f64 {
        let n = self.points.len();
        let edge = |i: usize| {
            let (a, b) = (self.points[i], self.points[(i + 1) % n]);
            ((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1])).sqrt()
        };
        (0..n).map(edge).sum()
    }

    /// Whether `p` lies inside, by the even-odd rule.
    pub fn contains(&self, p: [f64; 2]) -> bool {
        let n = self.points.len();
        let mut inside = false;
        for (i, a) in self.points.iter().enumerate() {
            let b = self.points[(i + 1) % n];
            if (a[1] > p[1]) != (b[1] > p[1]) {
                let x = a[0] + (p[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1]);
                inside ^= p[0] < x;
            }
        }
        inside
    }
}

impl Layer {
    /// Solid area in mm²: outer curves less holes.
    pub fn area_mm2(&self) -> f64 {
        self.contours.iter().map(Contour::area_mm2).sum()
    }
}
