//! The sum of squared distances to planes, as a function of the place.

use std::ops::{Add, AddAssign};

/// How strongly a new vertex is drawn to its edge's middle where the planes leave it free.
const PULL: f64 = 1e-6;

/// `sum of area * (distance to plane)^2` over the planes gathered so far, as a polynomial.
///
/// # Source
/// Garland, Heckbert: Surface simplification using quadric error metrics, SIGGRAPH (1997).
#[derive(Clone, Copy, Default)]
pub struct Quadric {
    /// xx, xy, xz, yy, yz, zz.
    square: [f64; 6],
    linear: [f64; 3],
    constant: f64,
    /// Sum of the areas, mm².
    pub area_mm2: f64,
}

impl Add for Quadric {
    type Output = Self;
    fn add(mut self, o: Self) -> Self {
        self += o;
        self
    }
}

impl AddAssign for Quadric {
    fn add_assign(&mut self, o: Self) {
        for n in 0..6 {
            self.square[n] += o.square[n];
        }
        for n in 0..3 {
            self.linear[n] += o.linear[n];
        }
        self.constant += o.constant;
        self.area_mm2 += o.area_mm2;
    }
}

impl Quadric {
    /// The plane of one triangle, weighted with its area.
    pub fn of_triangle([a, b, c]: [[f64; 3]; 3]) -> Self {
        let doubled = cross(minus(b, a), minus(c, a));
        let size = dot(doubled, doubled).sqrt();
        if size == 0.0 {
            return Self::default();
        }
        let n = doubled.map(|v| v / size);
        let area = 0.5 * size;
        let d = -dot(n, a);
        let w = n.map(|v| v * area);
        Self {
            square: [w[0] * n[0], w[0] * n[1], w[0] * n[2], w[1] * n[1], w[1] * n[2], w[2] * n[2]],
            linear: w.map(|v| v * d),
            constant: area * d * d,
            area_mm2: area,
        }
    }

    /// The sum at `p`, mm⁴.
    pub fn at(&self, p: [f64; 3]) -> f64 {
        let [xx, xy, xz, yy, yz, zz] = self.square;
        let [x, y, z] = p;
        let [bx, by, bz] = self.linear;
        let sum = x * (xx * x + 2.0 * (xy * y + xz * z + bx))
            + y * (yy * y + 2.0 * (yz * z + by))
            + z * (zz * z + 2.0 * bz)
            + self.constant;
        sum.max(0.0)
    }

    /// The place where the sum is least, near `middle` where it is least along a line or plane.
    pub fn lowest(&self, middle: [f64; 3]) -> [f64; 3] {
        let [xx, xy, xz, yy, yz, zz] = self.square;
        let pull = PULL * (xx + yy + zz) + f64::MIN_POSITIVE;
        let (a, d, f) = (xx + pull, yy + pull, zz + pull);
        let (b, c, e) = (xy, xz, yz);
        // The step from the middle solves (A + pull) step = -(A middle + linear).
        let [mx, my, mz] = middle;
        let g = [
            -(xx * mx + xy * my + xz * mz + self.linear[0]),
            -(xy * mx + yy * my + yz * mz + self.linear[1]),
            -(xz * mx + yz * my + zz * mz + self.linear[2]),
        ];
        let (i0, i1, i2) = (d * f - e * e, c * e - b * f, b * e - c * d);
        let determinant = a * i0 + b * i1 + c * i2;
        let (i3, i4, i5) = (a * f - c * c, b * c - a * e, a * d - b * b);
        let s = 1.0 / determinant;
        let step = [
            (i0 * g[0] + i1 * g[1] + i2 * g[2]) * s,
            (i1 * g[0] + i3 * g[1] + i4 * g[2]) * s,
            (i2 * g[0] + i4 * g[1] + i5 * g[2]) * s,
        ];
        let place = [mx + step[0], my + step[1], mz + step[2]];
        if place.iter().all(|v| v.is_finite()) { place } else { middle }
    }
}

pub fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_planes_meet_in_their_corner() {
        let o = [1.0, 2.0, 3.0];
        let (x, y, z) = ([2.0, 2.0, 3.0], [1.0, 3.0, 3.0], [1.0, 2.0, 4.0]);
        let planes = [[o, x, y], [o, y, z], [o, z, x]].map(Quadric::of_triangle);
        let sum = planes[0] + planes[1] + planes[2];
        let lowest = sum.lowest([1.3, 2.2, 3.1]);
        assert!(minus(lowest, o).iter().all(|v| v.abs() < 1e-3), "{lowest:?}");
        let p = [1.5, 2.5, 3.5];
        assert!((sum.at(p) - 1.5 * 0.25).abs() < 1e-12);
        assert!((sum.area_mm2 - 1.5).abs() < 1e-12);
    }
}
