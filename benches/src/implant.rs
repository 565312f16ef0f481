//! The implant of the lattice tasks: a waisted vertebra-like body with a canal notch, a gyroid
//! sheet of period 2.10 mm and wall 0.25 mm inside, a rim of 1 mm around its side.
//!
//! `benches/peers/implant.py` holds the same formulas for the peers.

use std::f64::consts::TAU;

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Point, float};

/// Period of the gyroid, mm.
pub const PERIOD_MM: f64 = 2.10;
/// Thickness of its sheet, mm.
pub const WALL_MM: f64 = 0.25;
/// Thickness of the rim, mm.
pub const RIM_MM: f64 = 1.0;
const WAVE: f64 = TAU / PERIOD_MM;
const HALF: [f64; 3] = [17.5, 15.0, 30.0];
/// Below this the gradient of the level function is taken as this.
const GRADIENT_MIN: f64 = 1e-3;

/// The implant as a field.
#[derive(Clone, Copy, Debug)]
pub struct Part;

/// Side surface of the body; about 1-Lipschitz.
fn lateral(p: Point<Implant>) -> f64 {
    let waist = 0.92 + 0.08 * (p.z / 30.0) * (p.z / 30.0);
    let (x, y) = (p.x / HALF[0], p.y / HALF[1]);
    let side = ((x * x + y * y).sqrt() - waist) * HALF[1];
    let canal = 8.0 - (p.x * p.x + (p.y + 20.0) * (p.y + 20.0)).sqrt();
    side.max(canal)
}

/// Steepest change of `lateral` per mm, with room: 1 in the plane, 0.08 along z.
const LATERAL_SLOPE: f64 = 1.01;

impl Field<Implant> for Part {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let [(sx, cx), (sy, cy), (sz, cz)] = p.array().map(|v| float::sin_cos(WAVE * v));
        let g = sx * cy + sy * cz + sz * cx;
        let gradient = [cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz];
        let n = gradient.iter().map(|v| v * v).sum::<f64>().sqrt();
        let sheet = g.abs() / (WAVE * n.max(GRADIENT_MIN)) - 0.5 * WALL_MM;
        let side = lateral(p);
        side.max(p.z.abs() - HALF[2]).max(sheet.min(-RIM_MM - side))
    }

    fn bounds(&self) -> Aabb<Implant> {
        Aabb::new(Point::from(HALF.map(|v| -v)), Point::from(HALF))
    }

    /// One sine and cosine per row, column and plane, then loops over rows alone.
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        assert_eq!(distances.len(), block.sample_count(), "one distance per sample");
        let [ni, nj, nk] = block.size;
        let at = |a: usize, n: usize| block.origin[a] + block.step[a] * n as f64;
        let waves = |a: usize, n: usize| {
            let (s, c) = float::sin_cos(WAVE * at(a, n));
            (s as f32, c as f32)
        };
        let axis = |f: &dyn Fn(usize) -> f64| (0..ni).map(|i| f(i) as f32).collect::<Vec<f32>>();
        let (sx, cx): (Vec<f32>, Vec<f32>) = (0..ni).map(|i| waves(0, i)).unzip();
        let ellipse = axis(&|i| (at(0, i) / HALF[0]) * (at(0, i) / HALF[0]));
        let square = axis(&|i| at(0, i) * at(0, i));
        let region = block.bounds();
        let reach = LATERAL_SLOPE * 0.5 * region.size().norm();
        let deepest = lateral(region.center()) - reach;
        let shallowest = deepest + 2.0 * reach;
        let inside = shallowest < -RIM_MM - WALL_MM;
        for k in 0..nk {
            let z = at(2, k);
            let waist = 0.92 + 0.08 * (z / 30.0) * (z / 30.0);
            let cap = (z.abs() - HALF[2]) as f32;
            let wave_z = waves(2, k);
            for j in 0..nj {
                let y = at(1, j);
                let row = &mut distances[(k * nj + j) * ni..][..ni];
                sheet(row, [&sx, &cx], waves(1, j), wave_z);
                if inside {
                    let pore = (-RIM_MM - shallowest) as f32;
                    row.iter_mut().for_each(|v| *v = v.min(pore).max(cap));
                    continue;
                }
                let (ey, cy) = ((y / HALF[1]) * (y / HALF[1]), (y + 20.0) * (y + 20.0));
                let (ey, cy, waist) = (ey as f32, cy as f32, waist as f32);
                for (v, (e, s)) in row.iter_mut().zip(ellipse.iter().zip(&square)) {
                    let side = ((e + ey).sqrt() - waist) * HALF[1] as f32;
                    let side = side.max(8.0 - (s + cy).sqrt());
                    *v = side.max(cap).max(v.min(-RIM_MM as f32 - side));
                }
            }
        }
    }

    /// Only the body is bounded: inside it, sheet and pore lie too close together to tell.
    fn range(&self, region: &Aabb<Implant>) -> Interval {
        let reach = LATERAL_SLOPE * 0.5 * region.size().norm();
        let middle = lateral(region.center());
        let height = if region.min.z <= 0.0 && region.max.z >= 0.0 {
            0.0
        } else {
            region.min.z.abs().min(region.max.z.abs())
        };
        let cap = region.min.z.abs().max(region.max.z.abs()) - HALF[2];
        let (low, high) = (middle - reach, middle + reach);
        Interval { min: low.max(height - HALF[2]), max: high.max(cap).max(-RIM_MM - low) }
    }
}

/// Distance to the sheet along x, from the tables of the three axes.
fn sheet(row: &mut [f32], [sx, cx]: [&[f32]; 2], (sy, cy): (f32, f32), (sz, cz): (f32, f32)) {
    let (yz, y_z) = (sy * cz, cy * cz);
    let (scale, half, least) = ((1.0 / WAVE) as f32, 0.5 * WALL_MM as f32, GRADIENT_MIN as f32);
    let least = least * least;
    for (v, (&sx, &cx)) in row.iter_mut().zip(sx.iter().zip(cx)) {
        let g = sx * cy + yz + sz * cx;
        let (a, b, c) = (cx * cy - sz * sx, y_z - sx * sy, cz * cx - sy * sz);
        let n = (a * a + b * b + c * c).max(least);
        *v = (g * g / n).sqrt() * scale - half;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_the_formula() {
        let places =
            [([-17.6, -3.0, 29.5], 0.05), ([0.1, -7.0, -30.1], 0.07), ([3.0, 2.0, 1.0], 0.1)];
        for (origin, step) in places {
            let block = Block { origin: Point::from(origin), step: [step; 3], size: [23, 9, 11] };
            let mut values = vec![0.0; block.sample_count()];
            Part.sample(&block, &mut values);
            let range = Part.range(&block.bounds());
            for (n, value) in values.iter().enumerate() {
                let p = block.point(n % 23, n / 23 % 9, n / (23 * 9));
                let (value, truth) = (f64::from(*value), Part.distance(p));
                assert!((range.min..=range.max).contains(&truth), "{p:?}");
                // Deep in a pore the samples may stay below the formula, never above.
                let pore = value > WALL_MM && value < truth;
                assert!(pore || (value - truth).abs() < 2e-5, "{p:?} {value} {truth}");
            }
        }
    }
}
