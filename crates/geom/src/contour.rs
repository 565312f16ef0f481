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
    /// Its edges, each from point to point, the last back to the first.
    pub fn edges(&self) -> impl Iterator<Item = [[f64; 2]; 2]> {
        let ends = self.points.iter().skip(1).chain(self.points.first());
        self.points.iter().zip(ends).map(|(&a, &b)| [a, b])
    }

    /// Enclosed area in mm²: positive counter-clockwise, negative clockwise.
    pub fn area_mm2(&self) -> f64 {
        0.5 * self.edges().map(|[a, b]| a[0] * b[1] - b[0] * a[1]).sum::<f64>()
    }

    /// Length of the closed curve in mm.
    pub fn length_mm(&self) -> f64 {
        let length = |[a, b]: [[f64; 2]; 2]| {
            ((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1])).sqrt()
        };
        self.edges().map(length).sum()
    }

    /// Whether `p` lies inside, by the even-odd rule.
    pub fn contains(&self, p: [f64; 2]) -> bool {
        let mut inside = false;
        for [a, b] in self.edges() {
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
