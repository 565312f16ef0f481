//! Closed outlines in a plane as signed distance rasters.

use ossein_geom::{Aabb, Contour, Frame, Point};
use rayon::prelude::*;

use crate::height::Raster;
use crate::{Field, Interval};

/// Signed distance from `p` to a closed polygon, negative inside, in mm.
pub fn distance_mm(polygon: &Contour, p: [f64; 2]) -> f64 {
    let n = polygon.points.len();
    let mut nearest = f64::INFINITY;
    for (i, a) in polygon.points.iter().enumerate() {
        let b = polygon.points[(i + 1) % n];
        let (ab, ap) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        let length2 = (ab[0] * ab[0] + ab[1] * ab[1]).max(f64::MIN_POSITIVE);
        let t = ((ab[0] * ap[0] + ab[1] * ap[1]) / length2).clamp(0.0, 1.0);
        let (dx, dy) = (ap[0] - t * ab[0], ap[1] - t * ab[1]);
        nearest = nearest.min(dx * dx + dy * dy);
    }
    let nearest = nearest.sqrt();
    if polygon.contains(p) { -nearest } else { nearest }
}

/// The signed distances to `polygon` on a raster that reaches `margin_mm` beyond it.
pub fn raster(polygon: &Contour, step_mm: f64, margin_mm: f64) -> Raster {
    let fold = |a: usize, f: fn(f64, f64) -> f64, start: f64| {
        polygon.points.iter().map(|p| p[a]).fold(start, f)
    };
    let min = [0, 1].map(|a| fold(a, f64::min, f64::INFINITY) - margin_mm);
    let max = [0, 1].map(|a| fold(a, f64::max, f64::NEG_INFINITY) + margin_mm);
    let size = [0, 1].map(|a| ((max[a] - min[a]) / step_mm).ceil().max(1.0) as usize + 1);
    let xs: Vec<f64> = (0..size[0]).map(|i| min[0] + i as f64 * step_mm).collect();
    let rows: Vec<Vec<f32>> = (0..size[1])
        .into_par_iter()
        .map(|j| row(polygon, &xs, min[1] + j as f64 * step_mm))
        .collect();
    Raster { origin: min, step_mm, size, values: rows.concat() }
}

/// The signed distances at (`xs`, `y`): edge by edge, all places at once.
fn row(polygon: &Contour, xs: &[f64], y: f64) -> Vec<f32> {
    let mut nearest = vec![f64::INFINITY; xs.len()];
    let mut crossings = Vec::new();
    for (i, a) in polygon.points.iter().enumerate() {
        let b = polygon.points[(i + 1) % polygon.points.len()];
        let (abx, aby, apy) = (b[0] - a[0], b[1] - a[1], y - a[1]);
        let per_length2 = 1.0 / (abx * abx + aby * aby).max(f64::MIN_POSITIVE);
        for (nearest, x) in nearest.iter_mut().zip(xs) {
            let apx = x - a[0];
            let t = ((abx * apx + aby * apy) * per_length2).clamp(0.0, 1.0);
            let (dx, dy) = (apx - t * abx, apy - t * aby);
            let d2 = dx * dx + dy * dy;
            *nearest = if d2 < *nearest { d2 } else { *nearest };
        }
        if (a[1] > y) != (b[1] > y) {
            crossings.push(a[0] + apy * abx / aby);
        }
    }
    let sign = |x: f64| crossings.iter().filter(|&&c| x < c).count() % 2 == 1;
    let signed = |(d2, &x): (&f64, &f64)| (if sign(x) { -d2.sqrt() } else { d2.sqrt() }) as f32;
    nearest.iter().zip(xs).map(signed).collect()
}

/// A prism along z over an outline: unbounded in z, so intersect it.
#[derive(Clone, Debug)]
pub struct Prism {
    distances: Raster,
}

impl Prism {
    /// From the signed distance raster of an outline.
    pub fn new(distances: Raster) -> Self {
        Self { distances }
    }
}

impl<F: Frame> Field<F> for Prism {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        // Bilinear values of a 1-Lipschitz function change by at most sqrt(2) per mm.
        self.distances.at(p.x, p.y) * std::f64::consts::FRAC_1_SQRT_2
    }
    fn bounds(&self) -> Aabb<F> {
        let r = &self.distances;
        let far = 1e6;
        let end = [0, 1].map(|a| r.origin[a] + (r.size[a] - 1) as f64 * r.step_mm);
        Aabb::new(Point::new(r.origin[0], r.origin[1], -far), Point::new(end[0], end[1], far))
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        let middle = Field::<F>::distance(self, region.center());
        let size = region.size();
        let reach = 0.5 * (size.x * size.x + size.y * size.y).sqrt();
        Interval { min: middle - reach, max: middle + reach }
    }
}

/// An outline drawn out along z between two heights.
#[derive(Clone, Debug)]
pub struct Extrusion {
    prism: Prism,
    z_lower_mm: f64,
    z_upper_mm: f64,
}

impl Extrusion {
    /// From the signed distance raster of an outline, and the heights of both ends.
    ///
    /// # Panics
    /// If the upper height does not lie above the lower one.
    pub fn new(distances: Raster, z_lower_mm: f64, z_upper_mm: f64) -> Self {
        assert!(z_lower_mm < z_upper_mm, "from {z_lower_mm} mm up to {z_upper_mm} mm");
        Self { prism: Prism::new(distances), z_lower_mm, z_upper_mm }
    }
}

impl<F: Frame> Field<F> for Extrusion {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        let ends = (self.z_lower_mm - p.z).max(p.z - self.z_upper_mm);
        self.prism.distance(p).max(ends)
    }
    fn bounds(&self) -> Aabb<F> {
        let sides = Field::<F>::bounds(&self.prism);
        Aabb::new(
            Point::new(sides.min.x, sides.min.y, self.z_lower_mm),
            Point::new(sides.max.x, sides.max.y, self.z_upper_mm),
        )
    }
}
