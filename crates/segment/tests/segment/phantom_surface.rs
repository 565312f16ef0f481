//! The surface of a phantom body against the truth.

use ossein_geom::{Grid, Job, Lps, Point, Volume, float};
use ossein_segment::{Seed, SeedOptions, Segmentation, body_label, from_seeds, level_set};

/// A body with a waist and concave endplates, tilted; half sizes 14, 11 and 9 mm.
struct Body {
    center: [f64; 3],
}

const HALF: [f64; 3] = [14.0, 11.0, 9.0];
const TILT_RAD: f64 = 0.5;

impl Body {
    /// Distance to the surface, to first order; negative inside.
    fn distance(&self, p: [f64; 3]) -> f64 {
        let step = 0.01;
        let f = self.shape(p);
        let mut slope = 0.0;
        for a in 0..3 {
            let mut q = p;
            q[a] += step;
            let d = (self.shape(q) - f) / step;
            slope += d * d;
        }
        f / slope.sqrt().max(1e-3)
    }

    fn shape(&self, p: [f64; 3]) -> f64 {
        let d = [p[0] - self.center[0], p[1] - self.center[1], p[2] - self.center[2]];
        let (s, c) = float::sin_cos(TILT_RAD);
        let [x, y, z] = [d[0], c * d[1] + s * d[2], -s * d[1] + c * d[2]];
        let up = (z / HALF[2]).clamp(-1.2, 1.2);
        let waist = 0.9 + 0.1 * up * up;
        let across = ((x / HALF[0]).powi(2) + (y / HALF[1]).powi(2)).sqrt() / waist;
        let height = HALF[2] - 1.5 * (1.0 - across * across).max(0.0);
        float::pow(across.powi(8) + (z / height).abs().powi(8), 0.125) - 1.0
    }
}

/// Deterministic noise with unit spread: sum of twelve uniform draws.
fn noise(seed: &mut u64) -> f64 {
    let mut sum = -6.0;
    for _ in 0..12 {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sum += (*seed >> 33) as f64 / (1u64 << 31) as f64;
    }
    sum
}

fn blur(values: &mut [f32], size: [usize; 3], axis: usize, sigma: f64) {
    let radius = (4.0 * sigma) as isize;
    let weight = |n: isize| float::exp(-0.5 * (n as f64 / sigma).powi(2));
    let sum: f64 = (-radius..=radius).map(weight).sum();
    let kernel: Vec<f32> = (-radius..=radius).map(|n| (weight(n) / sum) as f32).collect();
    let stride = [1, size[0], size[0] * size[1]][axis];
    let source = values.to_vec();
    for (n, out) in values.iter_mut().enumerate() {
        let at = (n / stride % size[axis]) as isize;
        let base = n as isize - at * stride as isize;
        *out = (-radius..=radius)
            .zip(&kernel)
            .map(|(m, w)| {
                let c = (at + m).clamp(0, size[axis] as isize - 1);
                w * source[(base + c * stride as isize) as usize]
            })
            .sum();
    }
}

/// Scan of one body in soft tissue: shell 0.5 mm of 1200 HU around 250 HU, blur 0.6 mm, noise.
fn scan(body: &Body, noise_hu: f64) -> Volume<i16> {
    let (fine, parts) = ([0.195, 0.195, 0.25], 4);
    let coarse = [60, 56, 44];
    let size = coarse.map(|n| n * parts);
    let mut values = Vec::with_capacity(size.iter().product());
    for k in 0..size[2] {
        for j in 0..size[1] {
            for i in 0..size[0] {
                let d = body.distance(
                    [i, j, k]
                        .map(|n| n as f64)
                        .into_iter()
                        .zip(fine)
                        .map(|(n, s)| n * s)
                        .collect::<Vec<_>>()
                        .try_into()
                        .unwrap(),
                );
                values.push(if d > 0.0 {
                    60f32
                } else if d > -0.5 {
                    1200.0
                } else {
                    250.0
                });
            }
        }
    }
    for axis in 0..3 {
        blur(&mut values, size, axis, 0.6 / fine[axis]);
    }
    let grid = Grid::aligned(Point::ORIGIN, [0.78, 0.78, 1.0], coarse);
    let mut seed = 7;
    let mut out = Volume::filled(grid.clone(), 0i16);
    for n in 0..out.values.len() {
        let [i, j, k] = grid.voxel(n).map(|n| n * parts);
        let value = f64::from(values[(k * size[1] + j) * size[0] + i]);
        out.values[n] = (value + noise_hu * noise(&mut seed)).round() as i16;
    }
    out
}

/// Mean and 95th percentile of the distance between the zero of `field` and the truth.
fn errors(field: &Volume<f32>, body: &Body) -> (f64, f64, f64) {
    let mut all = Vec::new();
    for n in 0..field.values.len() {
        let voxel = field.grid.voxel(n);
        for a in 0..3 {
            let mut next = voxel;
            next[a] += 1;
            if next[a] >= field.grid.size[a] {
                continue;
            }
            let (f, g) = (f64::from(field.at(voxel)), f64::from(field.at(next)));
            if (f < 0.0) != (g < 0.0) {
                let mut at = voxel.map(|n| n as f64);
                at[a] += f / (f - g);
                let p: Point<Lps> = field.grid.point(at);
                all.push(body.distance(p.array()));
            }
        }
    }
    let signed = all.iter().sum::<f64>() / all.len() as f64;
    let mut off: Vec<f64> = all.iter().map(|d| d.abs()).collect();
    off.sort_by(f64::total_cmp);
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    (signed, mean, off[off.len() * 95 / 100])
}

#[test]
fn a_thin_shell_is_placed_finer_than_the_voxel() {
    let body = Body { center: [23.1, 21.7, 21.4] };
    let hu = scan(&body, 20.0);
    let level = "T6".parse().unwrap();
    let inside = |n: usize| body.distance(hu.grid.center(hu.grid.voxel(n)).array()) < 0.0;
    let values =
        (0..hu.values.len()).map(|n| if inside(n) { body_label(level) } else { 0 }).collect();
    let labels = Volume::new(hu.grid.clone(), values);
    let segmentation = Segmentation { labels, structures: Vec::new() };
    let field = level_set(&hu, &segmentation, &[body_label(level)], &Job::quiet()).unwrap();
    let (signed, mean, p95) = errors(&field, &body);
    println!("from true labels: signed {signed:.3}, mean {mean:.3}, p95 {p95:.3} mm");
    assert!(mean <= 0.15 && p95 <= 0.4, "mean {mean}, p95 {p95}");
}

#[test]
fn a_seed_off_the_middle_finds_the_same_surface() {
    let body = Body { center: [23.1, 21.7, 21.4] };
    let hu = scan(&body, 20.0);
    let level = "T6".parse().unwrap();
    let seeds = vec![Seed { level, point: Point::new(25.0, 20.0, 24.0) }];
    let found = from_seeds(&hu, &SeedOptions { seeds, threshold_hu: None }, &Job::quiet()).unwrap();
    let field = level_set(&hu, &found.value, &[body_label(level)], &Job::quiet()).unwrap();
    let (signed, mean, p95) = errors(&field, &body);
    println!("from a seed: signed {signed:.3}, mean {mean:.3}, p95 {p95:.3} mm");
    assert!(mean <= 0.15 && p95 <= 0.4, "mean {mean}, p95 {p95}");
}
