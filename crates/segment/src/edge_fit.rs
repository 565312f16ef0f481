//! Where bone ends along a line: a model of the blurred cortical shell.
//!
//! Along the outward normal, bone is spongy core, then a shell of known grey value and unknown
//! thickness, then soft tissue; the scanner blurs all of it by a Gaussian. Half of the maximum of
//! a thin shell lies outside the true surface, by up to a voxel; the fit of the whole profile
//! does not.
//!
//! # Source
//! Treece, Gee, Mayhew, Poole: Med. Image Anal. 14 (2010) 276-290 (fixed cortical grey value).

use ossein_geom::float;

/// Distance between samples of a profile, in mm.
pub const STEP_MM: f64 = 0.25;
/// Samples on the inner side of the first guess, and all samples.
pub const INNER: usize = 14;
/// Samples of a profile.
pub const COUNT: usize = 27;
/// Searched shift of the surface, in mm.
const SHIFT_MAX_MM: f64 = 2.0;
const SHIFT_COUNT: usize = 33;
/// Searched thicknesses of the shell, in mm.
const SHELLS_MM: [f64; 10] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.1, 1.5, 2.2, 3.2];
/// A profile that rises again by this much outside has met another bone, in HU.
const RISE_HU: f64 = 70.0;
const WINDOW_MIN: usize = 5;

/// Templates: every shift with every shell.
const TEMPLATE_COUNT: usize = SHIFT_COUNT * SHELLS_MM.len();

/// Templates for one blur and one grey value of the shell.
pub struct Model {
    /// Grey value of the shell in HU.
    shell_hu: f64,
    /// `[sample][shift][shell]`: part of the core; what is neither core nor outside is shell.
    core: Vec<[f32; TEMPLATE_COUNT]>,
    /// Part of what lies outside.
    outside: Vec<[f32; TEMPLATE_COUNT]>,
    /// `[end][shift][shell]`: what the first samples of a template sum up to.
    sums: Vec<Sums>,
}

/// Sums over the first samples of a template, with `a` of core, `b` of outside, `c` of shell.
#[derive(Clone, Copy, Default)]
struct Sums {
    aa: f64,
    ab: f64,
    bb: f64,
    ac: f64,
    bc: f64,
    cc: f64,
}

/// Sums over the first samples of a profile, with `y` its grey values.
struct Seen {
    count: usize,
    y: f64,
    yy: f64,
    ay: [f64; TEMPLATE_COUNT],
    by: [f64; TEMPLATE_COUNT],
}

/// A fitted surface.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Distance of the surface outside the first guess, in mm.
    pub shift_mm: f64,
    /// Mean squared residual in HU².
    pub residual: f64,
    /// How much to trust it: 0 to 1.
    pub weight: f64,
}

/// Part of a standard normal distribution below `x`.
///
/// # Source
/// Abramowitz, Stegun, Handbook of Mathematical Functions (1964), 26.2.17; error below 1e-7.
pub fn normal_below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let upper = 0.398_942_280_401_432_7 * float::exp(-0.5 * x * x) * series;
    if x >= 0.0 { 1.0 - upper } else { upper }
}

fn shift_of(n: usize) -> f64 {
    -SHIFT_MAX_MM + 2.0 * SHIFT_MAX_MM * n as f64 / (SHIFT_COUNT - 1) as f64
}

impl Model {
    /// Templates for a Gaussian blur of `sigma_mm` and a shell of `shell_hu`.
    pub fn new(sigma_mm: f64, shell_hu: f64) -> Self {
        let mut model = Self {
            shell_hu,
            core: vec![[0.0; TEMPLATE_COUNT]; COUNT],
            outside: vec![[0.0; TEMPLATE_COUNT]; COUNT],
            sums: vec![Sums::default(); (COUNT + 1) * TEMPLATE_COUNT],
        };
        for template in 0..TEMPLATE_COUNT {
            let shift = shift_of(template / SHELLS_MM.len());
            let shell = SHELLS_MM[template % SHELLS_MM.len()];
            let mut sums = Sums { aa: 1e-6, bb: 1e-6, ..Sums::default() };
            for n in 0..COUNT {
                let t = (n as f64 - INNER as f64) * STEP_MM;
                let core = 1.0 - normal_below((t - (shift - shell)) / sigma_mm);
                let outside = normal_below((t - shift) / sigma_mm);
                model.core[n][template] = core as f32;
                model.outside[n][template] = outside as f32;
                sums.add(f64::from(core as f32), f64::from(outside as f32));
                model.sums[(n + 1) * TEMPLATE_COUNT + template] = sums;
            }
        }
        model
    }

    /// Fits the first `end` samples of a profile from inside to outside; `None` where no edge is
    /// seen.
    pub fn fit(&self, profile: &[f64; COUNT], end: usize) -> Option<Fit> {
        let end = window(profile).min(end);
        if end < 2 * WINDOW_MIN {
            return None;
        }
        let samples = &profile[..end];
        let seen = self.seen(samples);
        let mut errors = [f64::INFINITY; SHIFT_COUNT];
        let mut outsides = [0.0; SHIFT_COUNT];
        for shift in 0..SHIFT_COUNT {
            for shell in 0..SHELLS_MM.len() {
                let (error, outside) = self.try_one(shift * SHELLS_MM.len() + shell, &seen);
                if error < errors[shift] {
                    (errors[shift], outsides[shift]) = (error, outside);
                }
            }
            let away = shift_of(shift);
            errors[shift] *= 1.0 + 0.1 * away * away;
        }
        let best = (0..SHIFT_COUNT).min_by(|&a, &b| errors[a].total_cmp(&errors[b]))?;
        let mut shift_mm = shift_of(best);
        if best > 0 && best + 1 < SHIFT_COUNT {
            let (l, m, r) = (errors[best - 1], errors[best], errors[best + 1]);
            let curvature = l - 2.0 * m + r;
            if curvature > 0.0 && curvature.is_finite() {
                let step = 2.0 * SHIFT_MAX_MM / (SHIFT_COUNT - 1) as f64;
                shift_mm += (0.5 * (l - r) / curvature).clamp(-0.5, 0.5) * step;
            }
        }
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        let spread =
            samples.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / samples.len() as f64;
        let peak = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let contrast = ((peak - outsides[best] - 60.0) / 200.0).clamp(0.0, 1.0);
        let explained = (1.0 - errors[best] / spread.max(1.0)).clamp(0.0, 1.0);
        let at_end = best == 0 || best + 1 == SHIFT_COUNT;
        let weight = if at_end { 0.0 } else { contrast * explained * explained };
        (weight > 0.0).then_some(Fit { shift_mm, residual: errors[best], weight })
    }

    /// What the samples sum up to, alone and with every template: side by side, so that they fill
    /// vector registers.
    fn seen(&self, samples: &[f64]) -> Seen {
        let mut seen = Seen {
            count: samples.len(),
            y: samples.iter().sum(),
            yy: samples.iter().map(|y| y * y).sum(),
            ay: [0.0; TEMPLATE_COUNT],
            by: [0.0; TEMPLATE_COUNT],
        };
        for ((y, core), outside) in samples.iter().zip(&self.core).zip(&self.outside) {
            let sums = seen.ay.iter_mut().zip(&mut seen.by);
            for ((ay, by), (a, b)) in sums.zip(core.iter().zip(outside)) {
                *ay += f64::from(*a) * y;
                *by += f64::from(*b) * y;
            }
        }
        seen
    }

    /// Mean squared error and outside grey value of one template, best core and outside chosen.
    fn try_one(&self, template: usize, seen: &Seen) -> (f64, f64) {
        let h = self.shell_hu;
        let Sums { aa, ab, bb, ac, bc, cc } = self.sums[seen.count * TEMPLATE_COUNT + template];
        // Less what the shell alone gives.
        let ay = seen.ay[template] - h * ac;
        let by = seen.by[template] - h * bc;
        let cy = seen.y - seen.ay[template] - seen.by[template];
        let yy = seen.yy - 2.0 * h * cy + h * h * cc;
        let det = aa * bb - ab * ab;
        if det < 1e-6 {
            return (f64::INFINITY, 0.0);
        }
        let mut core = (ay * bb - by * ab) / det;
        let mut outside = (by * aa - ay * ab) / det;
        if core > 0.9 * self.shell_hu || core < -150.0 {
            core = core.clamp(-150.0, 0.9 * self.shell_hu);
            outside = (by - ab * core) / bb;
        }
        if outside > core.max(200.0) {
            return (f64::INFINITY, 0.0);
        }
        let error = yy - 2.0 * (core * ay + outside * by)
            + core * core * aa
            + 2.0 * core * outside * ab
            + outside * outside * bb;
        (error.max(0.0) / seen.count as f64, outside)
    }
}

impl Sums {
    fn add(&mut self, a: f64, b: f64) {
        let c = 1.0 - a - b;
        let Self { aa, ab, bb, ac, bc, cc } = self;
        let more = [a * a, a * b, b * b, a * c, b * c, c * c];
        [aa, ab, bb, ac, bc, cc].into_iter().zip(more).for_each(|(sum, more)| *sum += more);
    }
}

/// The samples that belong to this edge: they end where, outside, the profile rises again.
fn window(profile: &[f64; COUNT]) -> usize {
    let mut least = f64::INFINITY;
    let mut at = COUNT;
    let mut peak = INNER - 4;
    for n in INNER - 4..(INNER + 5).min(COUNT) {
        if profile[n] > profile[peak] {
            peak = n;
        }
    }
    for n in peak..COUNT {
        if profile[n] < least {
            (least, at) = (profile[n], n);
        } else if profile[n] > least + RISE_HU {
            return (at + 1).clamp(INNER + 1, COUNT);
        }
    }
    COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(surface_mm: f64, shell_mm: f64, sigma: f64, hu: [f64; 3]) {
        let [core, shell, outside] = hu;
        let mut profile = [0.0; COUNT];
        for (n, value) in profile.iter_mut().enumerate() {
            let t = (n as f64 - INNER as f64) * STEP_MM;
            let inner = normal_below((t - surface_mm + shell_mm) / sigma);
            let outer = normal_below((t - surface_mm) / sigma);
            *value = core + (shell - core) * inner + (outside - shell) * outer;
        }
        let fit = Model::new(sigma, 1200.0).fit(&profile, COUNT).unwrap();
        assert!((fit.shift_mm - surface_mm).abs() < 0.06, "{} for {surface_mm}", fit.shift_mm);
    }

    #[test]
    fn a_thin_shell_is_placed_where_it_is() {
        check(0.0, 0.5, 0.6, [250.0, 1200.0, 50.0]);
        check(0.7, 0.5, 0.6, [250.0, 1200.0, 50.0]);
        check(-0.6, 0.4, 0.7, [150.0, 1200.0, 90.0]);
        check(0.3, 1.5, 0.6, [250.0, 1200.0, -80.0]);
    }

    #[test]
    fn a_plain_step_is_found_too() {
        check(0.4, 0.0, 0.6, [400.0, 400.0, 50.0]);
    }
}
