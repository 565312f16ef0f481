//! An endplate's surface seen along the implant's axis.

use ossein_anatomy::Endplate;
use ossein_field::height::Raster;
use ossein_geom::{Contour, Implant, Lps, Point, Rigid};

/// A remaining endplate in the implant's frame.
#[derive(Clone, Debug)]
pub struct EndFace {
    /// Height of the bone surface over (x, y), mm; continued smoothly beyond the endplate.
    pub heights: Raster,
    /// The endplate's outline, counter-clockwise seen from above.
    pub outline: Contour,
    /// Where `heights` was measured rather than continued: 1 inside, 0 outside.
    pub measured: Raster,
}

/// Distance between samples of an end face, mm.
pub const STEP_MM: f64 = 0.25;
/// How far the surface is continued beyond the endplate, mm.
const MARGIN_MM: f64 = 6.0;

/// The endplate as seen by the implant.
pub fn end_face(endplate: &Endplate, placement: &Rigid<Lps, Implant>) -> EndFace {
    let plane = Plane::new(endplate, placement);
    let mut points: Vec<[f64; 2]> = endplate
        .outline
        .iter()
        .map(|&[u, v]| {
            let p = plane.lift(u, v, endplate.heights.sample(u, v).unwrap_or(0.0));
            [p.x, p.y]
        })
        .collect();
    if (Contour { points: points.clone() }).area_mm2() < 0.0 {
        points.reverse();
    }
    let outline = Contour { points };
    let fold = |a: usize, f: fn(f64, f64) -> f64, start: f64| {
        outline.points.iter().map(|p| p[a]).fold(start, f)
    };
    let min = [0, 1].map(|a| fold(a, f64::min, f64::INFINITY) - MARGIN_MM);
    let max = [0, 1].map(|a| fold(a, f64::max, f64::NEG_INFINITY) + MARGIN_MM);
    let mut heights = Raster::sampled(min, max, STEP_MM, |x, y| {
        plane.height_at(endplate, x, y).unwrap_or(f64::NAN)
    });
    let known: Vec<bool> = heights.values.iter().map(|h| !h.is_nan()).collect();
    continue_smoothly(&mut heights, &known);
    let measured = Raster {
        values: known.iter().map(|&k| if k { 1.0 } else { 0.0 }).collect(),
        ..heights.clone()
    };
    EndFace { heights, outline, measured }
}

/// An endplate's plane in the implant's frame.
struct Plane {
    center: Point<Implant>,
    u: ossein_geom::Vector<Implant>,
    v: ossein_geom::Vector<Implant>,
    normal: ossein_geom::Vector<Implant>,
}

impl Plane {
    fn new(endplate: &Endplate, placement: &Rigid<Lps, Implant>) -> Self {
        Self {
            center: placement.apply(endplate.center),
            u: placement.turn(endplate.u),
            v: placement.turn(endplate.v),
            normal: placement.turn(endplate.normal),
        }
    }

    fn lift(&self, u: f64, v: f64, height: f64) -> Point<Implant> {
        self.center + self.u * u + self.v * v + self.normal * height
    }

    /// The z at which the vertical line through (x, y) meets the bone surface.
    fn height_at(&self, endplate: &Endplate, x: f64, y: f64) -> Option<f64> {
        let rise = |h: f64| {
            let n = self.normal;
            let foot = self.center + n * h;
            foot.z - ((x - foot.x) * n.x + (y - foot.y) * n.y) / n.z
        };
        let mut height = 0.0;
        for _ in 0..8 {
            let p = Point::<Implant>::new(x, y, rise(height)) - self.center;
            height = endplate.heights.sample(self.u.dot(p), self.v.dot(p))?;
        }
        Some(rise(height))
    }
}

/// Fills what is not known: first each ring with the mean of its known neighbours, then smoothed
/// until it joins without a step.
fn continue_smoothly(raster: &mut Raster, known: &[bool]) {
    let [ni, nj] = raster.size;
    let around = |n: usize| {
        let (i, j) = ((n % ni) as i64, (n / ni) as i64);
        [(-1, 0), (1, 0), (0, -1), (0, 1)].into_iter().filter_map(move |(di, dj)| {
            let (i, j) = (i + di, j + dj);
            let inside = (0..ni as i64).contains(&i) && (0..nj as i64).contains(&j);
            inside.then_some(j as usize * ni + i as usize)
        })
    };
    loop {
        let before = raster.values.clone();
        let mut filled = 0;
        for n in 0..before.len() {
            if before[n].is_nan() {
                let near: Vec<f32> = around(n).map(|m| before[m]).filter(|h| !h.is_nan()).collect();
                if !near.is_empty() {
                    raster.values[n] = near.iter().sum::<f32>() / near.len() as f32;
                    filled += 1;
                }
            }
        }
        if filled == 0 {
            break;
        }
    }
    for _ in 0..60 {
        let before = raster.values.clone();
        for n in (0..before.len()).filter(|&n| !known[n]) {
            let (sum, count) = around(n).fold((0.0, 0), |(s, c), m| (s + before[m], c + 1));
            raster.values[n] = sum / count as f32;
        }
    }
}
