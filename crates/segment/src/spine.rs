//! Bodies along the spine: from seeds to outlines, with the neighbours that nobody asked for.

use ossein_geom::{Job, Level, Lps, Point, Vector, Volume, float};

use rayon::prelude::*;

use crate::Seed;
use crate::body::{BodyFrame, SOFT, Star, outline, search};
use crate::expected::search_size;
use crate::structure::SegmentError;

/// The outline's half sizes stay within these parts of the expected ones.
const SIZE_LIMITS: [f64; 2] = [0.68, 1.45];
/// Distance of neighbouring seeds, as parts of the expected distance.
const DISTANCE_RATIO: [f64; 2] = [0.5, 1.7];
/// Mean cost from which an outline follows no edge; bodies of real scans lie at -0.2 to -0.4.
const COST_MAX: f64 = -0.04;
const LEVEL_STEP_COUNT_MAX: usize = 30;

/// A body that was outlined.
#[derive(Clone, Debug)]
pub struct Body {
    /// The level as the seed gave it; `None` for a neighbour that nobody asked for.
    pub level: Option<Level>,
    /// Its outline.
    pub star: Star,
}

/// Bodies from cranial to caudal; the first and the last are neighbours that nobody asked for.
#[derive(Clone, Debug)]
pub struct Spine {
    /// Cranial to caudal.
    pub bodies: Vec<Body>,
    /// Size of this spine as a part of the expected one.
    pub scale: f64,
}

/// Outlines a body around each seed (sorted from cranial to caudal) and its neighbours.
///
/// # Errors
/// [`SegmentError::SeedsApart`], [`SegmentError::NoBody`] or [`SegmentError::Cancelled`].
pub fn outline_all(hu: &Volume<f32>, seeds: &[Seed], job: &Job) -> Result<Spine, SegmentError> {
    let scale = scale(seeds)?;
    let mut bodies = Vec::new();
    for (n, seed) in seeds.iter().enumerate() {
        job.step(n, seeds.len())?;
        let star = outline_seen(hu, seeds, n, scale);
        check(seed, &star)?;
        bodies.push(Body { level: Some(seed.level), star });
    }
    Ok(Spine { bodies: with_neighbours(hu, bodies), scale })
}

/// Size of the spine that seeds show, as a part of the expected one; 1 where they do not.
pub fn scale_of(seeds: &[Seed]) -> f64 {
    scale(seeds).unwrap_or(1.0)
}

/// Outlines the body around seed `n`, whatever comes of it.
pub fn outline_seen(hu: &Volume<f32>, seeds: &[Seed], n: usize, scale: f64) -> Star {
    match axis(seeds, n) {
        Some(axis) => {
            let frame = BodyFrame::new(seeds[n].point, axis, &search_size(seeds[n].level), scale);
            outline_from_near(hu, frame)
        }
        None => outline_alone(hu, &seeds[n], scale),
    }
}

/// Expected distance between the middles of two levels, in mm; `None` where the usual count does
/// not lead from one to the other.
fn expected_distance(upper: Level, lower: Level) -> Option<f64> {
    let (a, b) = (search_size(upper), search_size(lower));
    let mut sum = 0.5 * (a.posterior_height_mm + b.posterior_height_mm) + a.disc_height_mm;
    let mut level = upper.below()?;
    for _ in 0..LEVEL_STEP_COUNT_MAX {
        if level == lower {
            return Some(sum);
        }
        let size = search_size(level);
        sum += size.posterior_height_mm + size.disc_height_mm;
        level = level.below()?;
    }
    None
}

fn scale(seeds: &[Seed]) -> Result<f64, SegmentError> {
    let (mut measured, mut expected) = (0.0, 0.0);
    for pair in seeds.windows(2) {
        let Some(usual) = expected_distance(pair[0].level, pair[1].level) else { continue };
        let distance_mm = pair[0].point.distance(pair[1].point);
        let [min_mm, max_mm] = DISTANCE_RATIO.map(|r| r * usual);
        if !(distance_mm >= min_mm && distance_mm <= max_mm) {
            let (upper, lower) = (pair[0].level, pair[1].level);
            return Err(SegmentError::SeedsApart { upper, lower, distance_mm, min_mm, max_mm });
        }
        measured += distance_mm;
        expected += usual;
    }
    Ok(if expected > 0.0 { (measured / expected).clamp(0.8, 1.25) } else { 1.0 })
}

/// Direction of the spine at a seed, towards the head; `None` for a lone seed.
fn axis(seeds: &[Seed], n: usize) -> Option<Vector<Lps>> {
    let way = |a: usize, b: usize| (seeds[a].point - seeds[b].point).unit();
    let last = seeds.len().checked_sub(1)?;
    match (n, last) {
        (_, 0) => None,
        (0, 1) | (1, 1) => Some(way(0, 1)),
        // At the ends the spine goes on bending as between the nearest three seeds.
        (0, _) => Some((way(0, 1) * 1.5 - way(1, 2) * 0.5).unit()),
        (n, last) if n == last => Some((way(n - 1, n) * 1.5 - way(n - 2, n - 1) * 0.5).unit()),
        _ => Some((way(n - 1, n) + way(n, n + 1)).unit()),
    }
}

/// A lone seed does not show the spine's direction: the best of several tilts is taken.
fn outline_alone(hu: &Volume<f32>, seed: &Seed, scale: f64) -> Star {
    let size = search_size(seed.level);
    let mut best: Option<Star> = None;
    for sagittal in -2..=2 {
        for coronal in -1..=1 {
            let (s, c) = float::sin_cos(f64::from(sagittal) * 20f64.to_radians());
            let (t, d) = float::sin_cos(f64::from(coronal) * 15f64.to_radians());
            let axis = Vector::new(t, s * d, c * d);
            let star = search(hu, BodyFrame::new(seed.point, axis, &size, scale), SOFT);
            if best.as_ref().is_none_or(|b| star.cost < b.cost) {
                best = Some(star);
            }
        }
    }
    outline_from_near(hu, best.expect("fifteen tilts were tried").frame)
}

/// Where a search starts: shift along the axis as a part of the half height, and height as a part
/// of the expected one. A seed may sit off the middle, and a fractured body is low.
const STARTS: [[f64; 2]; 7] =
    [[0.0, 1.0], [0.0, 1.25], [-0.35, 1.1], [0.35, 1.1], [-0.7, 1.1], [0.7, 1.1], [0.0, 0.55]];

/// The best of several searches near a frame.
fn outline_from_near(hu: &Volume<f32>, frame: BodyFrame) -> Star {
    let star = |[shift, height]: [f64; 2]| {
        let mut start = frame;
        start.center = frame.center + frame.axis * (shift * frame.half[2]);
        start.half[2] *= height;
        outline(hu, start, SIZE_LIMITS)
    };
    let stars: Vec<Star> = STARTS.into_par_iter().map(star).collect();
    // A body ends in two clear end faces: a sheet across a disc may fit the side walls alone.
    let score = |s: &Star| {
        let clear = s.clear_fraction(true) + s.clear_fraction(false);
        let away = s.frame.center.distance(frame.center) / frame.half[2];
        s.cost - 0.5 * clear + 0.2 * away * away
    };
    let better = |a: Star, b: Star| if score(&b) < score(&a) { b } else { a };
    stars.into_iter().reduce(better).expect("some starts")
}

fn check(seed: &Seed, star: &Star) -> Result<(), SegmentError> {
    let level = seed.level;
    if star.outside_mm(seed.point) > 0.0 {
        let reason = "the outline that fits best does not hold the seed".into();
        return Err(SegmentError::NoBody { level, reason });
    }
    if star.cost > COST_MAX {
        let reason = format!("no closed edge is seen (mean cost {:.2})", star.cost);
        return Err(SegmentError::NoBody { level, reason });
    }
    Ok(())
}

/// Adds the bodies above, below and between that nobody asked for.
fn with_neighbours(hu: &Volume<f32>, bodies: Vec<Body>) -> Vec<Body> {
    let mut all = vec![neighbour(hu, &bodies[0].star, true)];
    for (n, body) in bodies.iter().enumerate() {
        all.push(body.clone());
        let Some(next) = bodies.get(n + 1) else { continue };
        let (a, b) = (&body.star.frame, &next.star.frame);
        let between = missing_count(body.level, next.level);
        for m in 0..between {
            let part = (m + 1) as f64 / (between + 1) as f64;
            let axis = a.axis * (1.0 - part) + b.axis * part;
            let mut frame = *a;
            frame.center = a.center.lerp(b.center, part);
            frame.half = [0, 1, 2].map(|i| a.half[i] * (1.0 - part) + b.half[i] * part);
            frame.turn_to(axis, a.left);
            all.push(seen(hu, frame));
        }
    }
    all.push(neighbour(hu, &bodies[bodies.len() - 1].star, false));
    all
}

fn missing_count(upper: Option<Level>, lower: Option<Level>) -> usize {
    let (Some(upper), Some(lower)) = (upper, lower) else { return 0 };
    let mut level = upper.below();
    for n in 0..LEVEL_STEP_COUNT_MAX {
        match level {
            Some(l) if l == lower => return n,
            Some(l) => level = l.below(),
            None => return 0,
        }
    }
    0
}

fn neighbour(hu: &Volume<f32>, star: &Star, above: bool) -> Body {
    let mut frame = star.frame;
    let disc_mm = 0.3 * frame.half[2] + 1.5;
    let shift = 2.0 * frame.half[2] + disc_mm;
    frame.center = frame.center + frame.axis * if above { shift } else { -shift };
    seen(hu, frame)
}

fn seen(hu: &Volume<f32>, frame: BodyFrame) -> Body {
    let in_view = holds(hu, frame.center);
    let star = if in_view { outline(hu, frame, [0.8, 1.25]) } else { search(hu, frame, SOFT) };
    Body { level: None, star }
}

fn holds(hu: &Volume<f32>, p: Point<Lps>) -> bool {
    hu.grid.voxel_at(p).is_some()
}
