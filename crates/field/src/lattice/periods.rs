//! Cells that grow and shrink over space.

use ossein_geom::{Aabb, Cancelled, Frame, Job, Mm, Point, Vector};
use rayon::prelude::*;

use crate::map::Map;
use crate::scalar::Scalar;

/// A map under which cells of one drawn period come to have another at every place.
///
/// No map gives every wanted period exactly where they change: this one comes nearest in the mean
/// square, its three coordinates each the least-squares potential of the wanted wave vectors.
pub struct Periods<F: Frame> {
    region: Aabb<F>,
    step: [f64; 3],
    size: [usize; 3],
    /// Drawn coordinates at the nodes, `[z][y][x]`, an array per coordinate.
    nodes: [Vec<f64>; 3],
    stretch_max: f64,
}

/// Nodes along the longest edge of the region.
const NODE_COUNT: usize = 40;

/// Steps of the solver at most; it ends when the residual is a millionth.
const ITERATION_COUNT_MAX: usize = 600;

impl<F: Frame> Periods<F> {
    /// The map for `region` under which cells drawn with `drawn` get the period `wanted` in mm.
    ///
    /// # Errors
    /// [`Cancelled`] if the job was stopped.
    ///
    /// # Panics
    /// If the region is empty or a wanted period is not positive.
    pub fn new(
        region: Aabb<F>,
        drawn: Mm,
        wanted: &dyn Scalar<F>,
        job: &Job,
    ) -> Result<Self, Cancelled> {
        assert!(!region.is_empty() && wanted.extremes()[0] > 0.0, "a region and positive periods");
        let longest = region.size().x.max(region.size().y).max(region.size().z);
        let edge = (longest / (NODE_COUNT - 1) as f64).max(1e-6);
        // One node beyond the region on every side, for the spline.
        let size = [0, 1, 2].map(|a| (region.size()[a] / edge).ceil().max(1.0) as usize + 3);
        let step = [0, 1, 2].map(|a| (region.size()[a] / (size[a] - 3) as f64).max(1e-9));
        let mut map = Self { region, step, size, nodes: Default::default(), stretch_max: 1.0 };
        job.step(0, 2)?;
        let density: Vec<f64> =
            (0..size[0] * size[1] * size[2]).map(|n| drawn.0 / wanted.at(map.node(n))).collect();
        job.step(1, 2)?;
        let solved: Vec<Vec<f64>> =
            (0..3).into_par_iter().map(|axis| map.potential(axis, &density)).collect();
        map.nodes = solved.try_into().expect("three coordinates");
        map.stretch_max = map.steepest();
        Ok(map)
    }

    fn strides(&self) -> [usize; 3] {
        [1, self.size[0], self.size[0] * self.size[1]]
    }

    fn place(&self, n: usize) -> [usize; 3] {
        [n % self.size[0], n / self.size[0] % self.size[1], n / (self.size[0] * self.size[1])]
    }

    fn node(&self, n: usize) -> Point<F> {
        let v = self.place(n);
        let at = |a: usize| self.region.min[a] + (v[a] as f64 - 1.0) * self.step[a];
        Point::new(at(0), at(1), at(2))
    }

    /// The potential whose slope along `axis` is nearest to `density`, and along the others to
    /// zero: conjugate gradients on the normal equations.
    fn potential(&self, axis: usize, density: &[f64]) -> Vec<f64> {
        let count = density.len();
        // Start from a straight map of the mean density.
        let mean = density.iter().sum::<f64>() / count as f64;
        let mut x: Vec<f64> = (0..count).map(|n| mean * self.node(n)[axis]).collect();
        let wanted = |n: usize, next: usize, a: usize| {
            if a == axis { 0.5 * (density[n] + density[next]) * self.step[a] } else { 0.0 }
        };
        let mut r = self.divergence(&x, wanted);
        r.iter_mut().for_each(|v| *v = -*v);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut p = r.clone();
        let mut rr = dot(&r, &r);
        let enough = 1e-12 * rr.max(1e-300);
        for _ in 0..ITERATION_COUNT_MAX {
            let ap = self.divergence(&p, |_, _, _| 0.0);
            let pap = dot(&p, &ap);
            if rr <= enough || pap <= 0.0 {
                break;
            }
            let alpha = rr / pap;
            for n in 0..count {
                x[n] += alpha * p[n];
                r[n] -= alpha * ap[n];
            }
            let next = dot(&r, &r);
            let beta = next / rr;
            rr = next;
            p.iter_mut().zip(&r).for_each(|(p, r)| *p = r + beta * *p);
        }
        x
    }

    /// For every node the sum over its edges of rise less wanted rise, each by the squared step.
    fn divergence(&self, x: &[f64], wanted: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
        let mut sum = vec![0.0; x.len()];
        for (a, stride) in self.strides().into_iter().enumerate() {
            let weight = (self.step[0] / self.step[a]) * (self.step[0] / self.step[a]);
            for n in 0..x.len() {
                if n / stride % self.size[a] + 1 == self.size[a] {
                    continue;
                }
                let rise = (x[n + stride] - x[n] - wanted(n, n + stride, a)) * weight;
                sum[n] -= rise;
                sum[n + stride] += rise;
            }
        }
        sum
    }

    /// Upper bound of the stretch: the entries of the slope are means of rises between nodes.
    fn steepest(&self) -> f64 {
        let mut most = [[0.0f64; 3]; 3];
        for (c, nodes) in self.nodes.iter().enumerate() {
            for (a, stride) in self.strides().into_iter().enumerate() {
                for n in 0..nodes.len() {
                    if n / stride % self.size[a] + 1 < self.size[a] {
                        let rise = (nodes[n + stride] - nodes[n]).abs() / self.step[a];
                        most[c][a] = most[c][a].max(rise);
                    }
                }
            }
        }
        let row = |n: usize| most[n].iter().sum::<f64>();
        let column = |n: usize| most.iter().map(|row| row[n]).sum::<f64>();
        let largest = |f: &dyn Fn(usize) -> f64| f(0).max(f(1)).max(f(2));
        // The spectral norm lies under the geometric mean of the row and the column norm; beyond
        // the region the map is straight, with a stretch of one at most beside it.
        (largest(&row) * largest(&column)).sqrt().max(1.0)
    }

    /// Quadratic spline weights and their slopes along one axis, and the first of three nodes.
    fn weights(&self, p: Point<F>, a: usize) -> (usize, [f64; 3], [f64; 3]) {
        let u = (p[a] - self.region.min[a]) / self.step[a] + 1.0;
        let middle = (u + 0.5).floor().clamp(1.0, (self.size[a] - 2) as f64);
        let f = (u - middle).clamp(-0.5, 0.5);
        let (l, h) = (0.5 - f, 0.5 + f);
        let slopes = [-l / self.step[a], -2.0 * f / self.step[a], h / self.step[a]];
        (middle as usize - 1, [0.5 * l * l, 0.75 - f * f, 0.5 * h * h], slopes)
    }

    fn inside(&self, p: Point<F>) -> Point<F> {
        let at = |a: usize| p[a].clamp(self.region.min[a], self.region.max[a]);
        Point::new(at(0), at(1), at(2))
    }

    /// The drawn coordinates and their slopes at a place of the region.
    fn spline(&self, p: Point<F>) -> ([f64; 3], [[f64; 3]; 3]) {
        let axes = [0, 1, 2].map(|a| self.weights(p, a));
        let (mut value, mut slope) = ([0.0; 3], [[0.0; 3]; 3]);
        let [sx, sy, sz] = self.strides();
        for k in 0..3 {
            for j in 0..3 {
                for i in 0..3 {
                    let n = (axes[0].0 + i) * sx + (axes[1].0 + j) * sy + (axes[2].0 + k) * sz;
                    let (x, y, z) = (axes[0].1[i], axes[1].1[j], axes[2].1[k]);
                    let w = [axes[0].2[i] * y * z, x * axes[1].2[j] * z, x * y * axes[2].2[k]];
                    for c in 0..3 {
                        let v = self.nodes[c][n];
                        value[c] += x * y * z * v;
                        slope[c][0] += w[0] * v;
                        slope[c][1] += w[1] * v;
                        slope[c][2] += w[2] * v;
                    }
                }
            }
        }
        (value, slope)
    }
}

impl<F: Frame> Map<F> for Periods<F> {
    fn apply(&self, p: Point<F>) -> Point<F> {
        let inside = self.inside(p);
        Point::from(self.spline(inside).0) + (p - inside)
    }
    fn slope(&self, p: Point<F>) -> [Vector<F>; 3] {
        let inside = self.inside(p);
        let mut slope = self.spline(inside).1;
        for a in 0..3 {
            if p[a] != inside[a] {
                for (c, row) in slope.iter_mut().enumerate() {
                    row[a] = f64::from(u8::from(a == c));
                }
            }
        }
        slope.map(Vector::from)
    }
    fn stretch_max(&self) -> f64 {
        self.stretch_max
    }
    fn bounds(&self, _: Aabb<F>) -> Aabb<F> {
        crate::everywhere()
    }
}
