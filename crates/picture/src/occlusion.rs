//! Shade where surfaces come together, from the depths of a picture alone.

use ossein_geom::{Frame, float};
use rayon::prelude::*;

use crate::raster::{Lens, SAMPLES};
use crate::shade::{Vec3, dot};

/// Looks around every pixel.
const TAP_COUNT: usize = 18;
/// Turns of the looks repeat over squares of this side, and are averaged over them.
const PATTERN: usize = 4;
/// How far a pixel looks, as a share of the picture's height.
const REACH: f32 = 0.055;
const STRENGTH: f32 = 1.9;
/// A surface that rises less than this over the horizon gives no shade.
const RISE_MIN: f32 = 0.12;

/// The nearest surface of a pixel, seen from the eye in mm.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    pub at: Vec3,
    /// Unit, towards the eye.
    pub normal: Vec3,
}

impl Spot {
    pub const EMPTY: Self = Self { at: [f32::INFINITY; 3], normal: [0.0, 0.0, -1.0] };

    fn is_empty(&self) -> bool {
        self.at[2] == f32::INFINITY
    }
}

/// How open the sky is over every pixel: 1 in the open, less in corners.
pub(crate) fn open_sky<F: Frame>(
    spots: &[Spot],
    lens: &Lens<F>,
    width: usize,
    height: usize,
) -> Vec<f32> {
    let taps = taps(REACH * height as f32);
    let raw: Vec<f32> = (0..width * height)
        .into_par_iter()
        .with_min_len(1024)
        .map(|n| look_around(spots, lens, [width, height], [n % width, n / width], &taps))
        .collect();
    (0..width * height)
        .into_par_iter()
        .with_min_len(1024)
        .map(|n| average(&raw, spots, [width, height], [n % width, n / width]))
        .collect()
}

/// Offsets in pixels: a spiral, turned anew for every place of the pattern.
fn taps(reach: f32) -> Vec<[[i32; 2]; TAP_COUNT]> {
    const GOLDEN: f64 = 2.399_963_229_728_653;
    let count = PATTERN * PATTERN;
    let spiral = |turn: usize| {
        std::array::from_fn(|n| {
            // Places of the pattern in an order that keeps neighbours different.
            let start = (turn * 7 % count) as f64 / count as f64;
            let share = (n as f64 + 0.3 + 0.7 * start) / TAP_COUNT as f64;
            let radius = 1.5 + share * share * f64::from(reach);
            let (s, c) = float::sin_cos((n as f64 + start) * GOLDEN);
            [(radius * c).round() as i32, (radius * s).round() as i32]
        })
    };
    (0..count).map(spiral).collect()
}

fn look_around<F: Frame>(
    spots: &[Spot],
    lens: &Lens<F>,
    [width, height]: [usize; 2],
    [x, y]: [usize; 2],
    taps: &[[[i32; 2]; TAP_COUNT]],
) -> f32 {
    let here = spots[y * width + x];
    if here.is_empty() {
        return 1.0;
    }
    let pixel_mm = SAMPLES as f32 / lens.scale as f32 * lens.weight_back(here.at[2]);
    let reach_mm = REACH * height as f32 * pixel_mm;
    let mut shade = 0.0;
    for [dx, dy] in taps[y % PATTERN * PATTERN + x % PATTERN] {
        let (tx, ty) = (x as i32 + dx, y as i32 + dy);
        if tx < 0 || ty < 0 || tx >= width as i32 || ty >= height as i32 {
            continue;
        }
        let there = spots[ty as usize * width + tx as usize];
        if there.is_empty() {
            continue;
        }
        let v: Vec3 = std::array::from_fn(|a| there.at[a] - here.at[a]);
        let far2 = dot(v, v) / (reach_mm * reach_mm);
        if far2 < 1.0 && far2 > 0.0 {
            let rise = dot(here.normal, v) / dot(v, v).sqrt() - RISE_MIN;
            shade += rise.max(0.0) * (1.0 - far2);
        }
    }
    (1.0 - STRENGTH * shade / TAP_COUNT as f32).clamp(0.15, 1.0)
}

/// The mean over a square of the pattern, of what lies at the same depth.
fn average(raw: &[f32], spots: &[Spot], [width, height]: [usize; 2], [x, y]: [usize; 2]) -> f32 {
    let here = spots[y * width + x];
    if here.is_empty() {
        return 1.0;
    }
    let (mut sum, mut weight) = (0.0, 0.0);
    let half = PATTERN / 2;
    for ty in y.saturating_sub(half)..(y + half).min(height) {
        for tx in x.saturating_sub(half)..(x + half).min(width) {
            let there = spots[ty * width + tx];
            if !there.is_empty() && dot(here.normal, there.normal) > 0.8 {
                sum += raw[ty * width + tx];
                weight += 1.0;
            }
        }
    }
    if weight > 0.0 { sum / weight } else { raw[y * width + x] }
}
