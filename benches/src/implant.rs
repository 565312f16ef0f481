//! The implant that the geometry tasks mesh and slice: analytic, so that every program is measured
//! on the same work.
//!
//! An elliptic, waisted body 35 x 30 x 60 mm with a notch for the canal, filled with a gyroid sheet
//! (period 2.1 mm, wall 0.25 mm), its sides closed by a rim of 1 mm, its ends open. Its volume is
//! 18,922.1 mm³, by counting samples.

use std::f64::consts::TAU;

use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Implant, Point, Vector, float};

const PERIOD_MM: f64 = 2.1;
const WAVE: f64 = TAU / PERIOD_MM;
const HALF_WALL_MM: f64 = 0.125;
const RIM_MM: f64 = 1.0;
const HALF_HEIGHT_MM: f64 = 30.0;
/// The sheet's distance is not told beyond this: no surface is near.
const SHEET_MM_MAX: f64 = 0.6;
/// The steepest that the side's distance is.
const SIDE_SLOPE_MAX: f64 = 1.01;
/// The steepest that the gyroid function is, per radian.
const GYROID_SLOPE_MAX: f64 = 1.732_051;

/// The true volume: three counts of the samples inside, 0.02 mm apart and out of step with the
/// gyroid, give 18,921.8 to 18,922.3.
pub const VOLUME_MM3: f64 = 18_922.1;

/// The implant as a field.
pub struct ImplantField;

/// The samples that a step takes of the implant, with two beyond its box on every side.
pub fn samples(step_mm: f64) -> Block<Implant> {
    let (low, high) = ([-17.5, -15.0, -HALF_HEIGHT_MM], [17.5, 15.0, HALF_HEIGHT_MM]);
    let size = [0, 1, 2].map(|a: usize| ((high[a] - low[a]) / step_mm).round() as usize + 5);
    let origin = Point::from(low.map(|v| v - 2.0 * step_mm));
    Block { origin, step: [step_mm; 3], size }
}

#[inline(always)]
fn side(x: f64, y: f64, z: f64) -> f64 {
    let waist = 0.92 + 0.08 * (z / 30.0) * (z / 30.0);
    let (ex, ey) = (x / 17.5, y / 15.0);
    let oval = ((ex * ex + ey * ey).sqrt() - waist) * 15.0;
    let canal = 8.0 - (x * x + (y + 20.0) * (y + 20.0)).sqrt();
    oval.max(canal)
}

/// The slope of [`side`].
#[inline(always)]
fn side_slope(x: f64, y: f64, z: f64) -> [f64; 3] {
    let waist = 0.92 + 0.08 * (z / 30.0) * (z / 30.0);
    let (ex, ey) = (x / 17.5, y / 15.0);
    let (ring, to_canal) = ((ex * ex + ey * ey).sqrt(), (x * x + (y + 20.0) * (y + 20.0)).sqrt());
    if (ring - waist) * 15.0 > 8.0 - to_canal {
        [ex / ring * 15.0 / 17.5, ey / ring, -0.16 * z / 60.0]
    } else {
        [-x / to_canal, -(y + 20.0) / to_canal, 0.0]
    }
}

/// The gyroid function at a point: sines and cosines, its value and its slope per radian.
struct Wave {
    sines: [f64; 3],
    cosines: [f64; 3],
    value: f64,
    slope: [f64; 3],
}

impl Wave {
    #[inline(always)]
    fn at(p: Point<Implant>) -> Self {
        let ((sx, cx), (sy, cy), (sz, cz)) =
            (float::sin_cos(WAVE * p.x), float::sin_cos(WAVE * p.y), float::sin_cos(WAVE * p.z));
        Self {
            sines: [sx, sy, sz],
            cosines: [cx, cy, cz],
            value: sx * cy + sy * cz + sz * cx,
            slope: [cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz],
        }
    }

    #[inline(always)]
    fn steepness(&self) -> f64 {
        let [x, y, z] = self.slope;
        (x * x + y * y + z * z).sqrt().max(1e-3)
    }

    #[inline(always)]
    fn sheet(&self) -> f64 {
        (self.value.abs() / (WAVE * self.steepness()) - HALF_WALL_MM).min(SHEET_MM_MAX)
    }

    /// The slope of the sheet's distance, where it is told.
    #[inline(always)]
    fn sheet_slope(&self) -> [f64; 3] {
        let (steepness, g) = (self.steepness(), self.slope);
        let ([sx, sy, sz], [cx, cy, cz]) = (self.sines, self.cosines);
        let turn = [
            (-sx * cy - sz * cx) * g[0] - cx * sy * g[1] - cz * sx * g[2],
            -cx * sy * g[0] + (-sy * cz - sx * cy) * g[1] - cy * sz * g[2],
            -cz * sx * g[0] - cy * sz * g[1] + (-sz * cx - sy * cz) * g[2],
        ];
        let bent = self.value / (steepness * steepness);
        let scale = self.value.signum() / steepness;
        [0, 1, 2].map(|a| scale * (g[a] - bent * turn[a]))
    }
}

/// Points whose distances are worked out together.
const LANES: usize = 4;

#[inline(always)]
fn distance(p: Point<Implant>) -> f64 {
    let side = side(p.x, p.y, p.z);
    let sheet = Wave::at(p).sheet();
    side.max(p.z.abs() - HALF_HEIGHT_MM).max(sheet.min(-RIM_MM - side))
}

/// The distance, its slope, and whether the slope is that of a surface.
#[inline(always)]
fn distance_and_slope(p: Point<Implant>) -> (f64, [f64; 3], bool) {
    let (side, end) = (side(p.x, p.y, p.z), p.z.abs() - HALF_HEIGHT_MM);
    let wave = Wave::at(p);
    let (sheet, rim) = (wave.sheet(), -RIM_MM - side);
    let inner = sheet.min(rim);
    let (of_sheet, of_side) = (wave.sheet_slope(), side_slope(p.x, p.y, p.z));
    let slope = if end >= side.max(inner) {
        [0.0, 0.0, p.z.signum()]
    } else if side >= inner {
        of_side
    } else if sheet < rim {
        of_sheet
    } else {
        [-of_side[0], -of_side[1], -of_side[2]]
    };
    let is_told = (sheet < SHEET_MM_MAX) | (rim < sheet) | (inner < side.max(end));
    (side.max(end).max(inner), slope, is_told)
}

impl Field<Implant> for ImplantField {
    fn distance(&self, p: Point<Implant>) -> f64 {
        distance(p)
    }

    fn distances(&self, points: &[Point<Implant>], distances: &mut [f64]) {
        assert_eq!(points.len(), distances.len());
        let (few, rest) = points.as_chunks::<LANES>();
        let (out, out_rest) = distances.as_chunks_mut::<LANES>();
        for (few, out) in few.iter().zip(out) {
            let [x, y, z] = [0, 1, 2].map(|a: usize| few.map(|p| p[a]));
            for n in 0..LANES {
                out[n] = distance(Point::new(x[n], y[n], z[n]));
            }
        }
        for (&p, out) in rest.iter().zip(out_rest) {
            *out = distance(p);
        }
    }

    fn distance_and_slope(&self, p: Point<Implant>) -> (f64, Option<Vector<Implant>>) {
        let (distance, slope, is_told) = distance_and_slope(p);
        (distance, is_told.then(|| Vector::from(slope)))
    }

    fn distances_and_slopes(
        &self,
        points: &[Point<Implant>],
        told: &mut [(f64, Option<Vector<Implant>>)],
    ) {
        assert_eq!(points.len(), told.len());
        let (few, rest) = points.as_chunks::<LANES>();
        let (out, out_rest) = told.as_chunks_mut::<LANES>();
        for (few, out) in few.iter().zip(out) {
            let [x, y, z] = [0, 1, 2].map(|a: usize| few.map(|p| p[a]));
            let (mut distances, mut slopes) = ([0.0; LANES], [[0.0; LANES]; 3]);
            let mut is_told = [false; LANES];
            for n in 0..LANES {
                let slope;
                (distances[n], slope, is_told[n]) =
                    distance_and_slope(Point::new(x[n], y[n], z[n]));
                (slopes[0][n], slopes[1][n], slopes[2][n]) = (slope[0], slope[1], slope[2]);
            }
            let [x, y, z] = slopes;
            for n in 0..LANES {
                out[n] = (distances[n], is_told[n].then(|| Vector::new(x[n], y[n], z[n])));
            }
        }
        for (&p, out) in rest.iter().zip(out_rest) {
            *out = self.distance_and_slope(p);
        }
    }

    fn bounds(&self) -> Aabb<Implant> {
        Aabb::new(Point::new(-17.5, -15.0, -30.0), Point::new(17.5, 15.0, 30.0))
    }

    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        let tables = Tables::of(block);
        let side = side_range(&block.bounds());
        let top = block.origin.z.abs().max(block.bounds().max.z.abs());
        let deep = -RIM_MM - side.max >= SHEET_MM_MAX && top <= HALF_HEIGHT_MM - 0.2;
        let mut rows = distances.chunks_exact_mut(block.size[0]);
        for k in 0..block.size[2] {
            for j in 0..block.size[1] {
                let row = rows.next().expect("one row per y and z");
                if deep {
                    tables.sheet_row(j, k, row);
                } else {
                    tables.whole_row(j, k, row);
                }
            }
        }
    }

    fn range(&self, region: &Aabb<Implant>) -> Interval {
        let side = side_range(region);
        let ends = [region.min.z, region.max.z];
        let top = ends[0].abs().max(ends[1].abs()) - HALF_HEIGHT_MM;
        let low_end = if ends[0] * ends[1] <= 0.0 { 0.0 } else { ends[0].abs().min(ends[1].abs()) };
        let sheet = sheet_range(region);
        let inner = Interval {
            min: sheet.min.min(-RIM_MM - side.max),
            max: sheet.max.min(-RIM_MM - side.min),
        };
        Interval {
            min: side.min.max(low_end - HALF_HEIGHT_MM).max(inner.min),
            max: side.max.max(top).max(inner.max),
        }
    }
}

fn side_range(region: &Aabb<Implant>) -> Interval {
    let c = region.center();
    let middle = side(c.x, c.y, c.z);
    let reach = 0.5 * region.size().norm() * SIDE_SLOPE_MAX;
    Interval { min: middle - reach, max: middle + reach }
}

/// The sheet is thinner than its steepest slope would let it be: away from the zero of the gyroid
/// function there is none.
fn sheet_range(region: &Aabb<Implant>) -> Interval {
    let c = region.center();
    let [(sx, cx), (sy, cy), (sz, cz)] = c.array().map(|v| float::sin_cos(WAVE * v));
    let g = (sx * cy + sy * cz + sz * cx).abs();
    let reach = 0.5 * region.size().norm() * WAVE * GYROID_SLOPE_MAX;
    let min = (g - reach).max(0.0) / (WAVE * GYROID_SLOPE_MAX) - HALF_WALL_MM;
    Interval { min: min.min(SHEET_MM_MAX), max: SHEET_MM_MAX }
}

/// What depends on one coordinate alone.
struct Tables {
    sine: [Vec<f32>; 3],
    cosine: [Vec<f32>; 3],
    /// Squares of x over the half axis, and of x.
    oval_x: Vec<f32>,
    canal_x: Vec<f32>,
    y: Vec<f64>,
    z: Vec<f64>,
}

impl Tables {
    fn of(block: &Block<Implant>) -> Self {
        let at = |a: usize, n: usize| block.origin[a] + block.step[a] * n as f64;
        let axis = |a: usize| (0..block.size[a]).map(move |n| at(a, n));
        let sine = |a: usize| axis(a).map(|v| float::sin(WAVE * v) as f32).collect();
        let cosine = |a: usize| axis(a).map(|v| float::cos(WAVE * v) as f32).collect();
        Self {
            sine: [sine(0), sine(1), sine(2)],
            cosine: [cosine(0), cosine(1), cosine(2)],
            oval_x: axis(0).map(|x| (x / 17.5 * (x / 17.5)) as f32).collect(),
            canal_x: axis(0).map(|x| (x * x) as f32).collect(),
            y: axis(1).collect(),
            z: axis(2).collect(),
        }
    }

    fn sheet_row(&self, j: usize, k: usize, row: &mut [f32]) {
        let (sy, cy) = (self.sine[1][j], self.cosine[1][j]);
        let (sz, cz) = (self.sine[2][k], self.cosine[2][k]);
        let xs = self.sine[0].iter().zip(&self.cosine[0]);
        for (value, (&sx, &cx)) in row.iter_mut().zip(xs) {
            *value = sheet([sx, sy, sz], [cx, cy, cz]);
        }
    }

    fn whole_row(&self, j: usize, k: usize, row: &mut [f32]) {
        let (sy, cy) = (self.sine[1][j], self.cosine[1][j]);
        let (sz, cz) = (self.sine[2][k], self.cosine[2][k]);
        let (y, z) = (self.y[j], self.z[k]);
        let waist = (0.92 + 0.08 * (z / 30.0) * (z / 30.0)) as f32;
        let (oval_y, canal_y) = ((y / 15.0 * (y / 15.0)) as f32, ((y + 20.0) * (y + 20.0)) as f32);
        let end = (z.abs() - HALF_HEIGHT_MM) as f32;
        let xs = self.sine[0].iter().zip(&self.cosine[0]);
        let squares = self.oval_x.iter().zip(&self.canal_x);
        for ((value, (&sx, &cx)), (&oval_x, &canal_x)) in row.iter_mut().zip(xs).zip(squares) {
            let oval = ((oval_x + oval_y).sqrt() - waist) * 15.0;
            let canal = 8.0 - (canal_x + canal_y).sqrt();
            let side = oval.max(canal);
            let inner = sheet([sx, sy, sz], [cx, cy, cz]).min(-RIM_MM as f32 - side);
            *value = side.max(end).max(inner);
        }
    }
}

#[inline(always)]
fn sheet([sx, sy, sz]: [f32; 3], [cx, cy, cz]: [f32; 3]) -> f32 {
    let g = sx * cy + sy * cz + sz * cx;
    let (gx, gy, gz) = (cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz);
    let slope = (gx * gx + gy * gy + gz * gz).sqrt().max(1e-3);
    (g.abs() / (WAVE as f32 * slope) - HALF_WALL_MM as f32).min(SHEET_MM_MAX as f32)
}
