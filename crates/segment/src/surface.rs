//! The surface of labelled bone, finer than a voxel: a signed distance from grey values.

use ossein_geom::{Grid, Job, Lps, Vector, Volume};
use rayon::prelude::*;

use crate::crop::{blurred, cut};
use crate::distance::squared;
use crate::edge_fit::{COUNT, INNER, Model, STEP_MM};
use crate::structure::{ARCH_OFFSET, CANAL, OTHER_BONE, SegmentError, Segmentation, level_of};

/// Samples of the level set are at most this far apart, in mm.
const STEP_MAX_MM: f64 = 0.55;
/// Free space around the structures, in mm.
const MARGIN_MM: f64 = 4.0;
/// Half of the band around the first surface in which profiles are fitted, in mm.
const BAND_MM: f64 = 1.0;
/// Blur of the labels before their surface is taken, in mm or voxels, whichever is more.
const LABEL_BLUR: f64 = 0.6;
/// Blur of the fitted shifts along the surface, in mm.
const SHIFT_BLUR_MM: f64 = 0.6;
/// Blurs that a scanner may have, as Gaussian sigma in mm; the best fitting one is taken.
const SIGMAS_MM: [f64; 7] = [0.4, 0.5, 0.6, 0.75, 0.9, 1.1, 1.4];
/// Profiles that choose the blur.
const SIGMA_SAMPLE_COUNT: usize = 600;
/// Darker values outside count as this, in HU.
const OUTSIDE_HU_MIN: f64 = -30.0;
/// A neighbour's label nearer than this to the first surface ends no profile, in mm.
const NEIGHBOUR_MM: f64 = 0.3;
/// Grey value of the cortical shell where the scan shows no thick one, and at most, in HU.
const SHELL_HU: [f64; 2] = [1200.0, 1800.0];
const SAMPLE_COUNT_MAX: usize = 120_000_000;

/// Signed distance in mm to the surface of the structures `labels` taken together, negative
/// inside, on a grid along the scan's axes around them.
///
/// The first surface is that of the blurred labels. Around it, the grey profile along the normal
/// is fitted by a blurred shell (`edge_fit`), and the surface moves there; the scan's
/// blur is the one that fits best. Where another labelled bone begins, the label decides. The
/// grid has room on all sides, so the surface is closed.
///
/// # Errors
/// [`SegmentError::NoSuchLabel`], [`SegmentError::GridsDiffer`], [`SegmentError::TooLarge`] or
/// [`SegmentError::Cancelled`].
pub fn level_set(
    hu: &Volume<i16>,
    segmentation: &Segmentation,
    labels: &[u16],
    job: &Job,
) -> Result<Volume<f32>, SegmentError> {
    let all = &segmentation.labels;
    if all.grid.size != hu.grid.size {
        let (labels, scan) = (all.grid.size, hu.grid.size);
        return Err(SegmentError::GridsDiffer { labels, scan });
    }
    let grid = fine_grid(all, labels)?;
    job.step(0, 4)?;
    let first = first_surface(all, labels, &grid);
    job.step(1, 4)?;
    let band = band(&first);
    let profiles = Profiles::new(hu, segmentation, labels, &first);
    let model = Model::new(profiles.sigma_mm(&band), profiles.shell_hu);
    let shifts: Vec<Option<[f32; 2]>> =
        band.par_iter().map(|&n| profiles.shift(&model, n as usize)).collect();
    job.step(2, 4)?;
    let mut weighted = Volume::filled(grid.clone(), 0f32);
    let mut weights = Volume::filled(grid.clone(), 0f32);
    for (&n, shift) in band.iter().zip(&shifts) {
        if let Some([shift, weight]) = *shift {
            weighted.values[n as usize] = shift * weight;
            weights.values[n as usize] = weight;
        }
    }
    let near = [blurred(&weighted, SHIFT_BLUR_MM), blurred(&weights, SHIFT_BLUR_MM)];
    let wide = [blurred(&weighted, 3.0 * SHIFT_BLUR_MM), blurred(&weights, 3.0 * SHIFT_BLUR_MM)];
    job.step(3, 4)?;
    let mut out = first;
    for n in 0..out.values.len() {
        // Where the near fits say little, those farther along the surface have their say.
        let (sum, weight) = (
            near[0].values[n] + 0.05 * wide[0].values[n],
            near[1].values[n] + 0.05 * wide[1].values[n],
        );
        if weight > 1e-5 {
            out.values[n] -= sum / (weight + 1e-3);
        }
    }
    Ok(out)
}

/// The box of the labels with its margin, in small steps.
fn fine_grid(all: &Volume<u16>, labels: &[u16]) -> Result<Grid, SegmentError> {
    let mut low = all.grid.size;
    let mut high = [0usize; 3];
    for (n, label) in all.values.iter().enumerate() {
        if labels.contains(label) {
            let voxel = all.grid.voxel(n);
            for a in 0..3 {
                low[a] = low[a].min(voxel[a]);
                high[a] = high[a].max(voxel[a]);
            }
        }
    }
    if low[0] > high[0] {
        return Err(SegmentError::NoSuchLabel(labels.to_vec()));
    }
    let mut grid = all.grid.clone();
    let mut start = [0.0; 3];
    for a in 0..3 {
        let parts = (grid.spacing[a] / STEP_MAX_MM).ceil().max(1.0);
        let margin = (MARGIN_MM / grid.spacing[a]).ceil();
        start[a] = low[a] as f64 - margin;
        let length = (high[a] - low[a]) as f64 + 2.0 * margin;
        grid.size[a] = (length * parts) as usize + 1;
        grid.spacing[a] /= parts;
    }
    grid.origin = all.grid.point(start);
    let voxel_count = grid.voxel_count();
    if voxel_count > SAMPLE_COUNT_MAX {
        return Err(SegmentError::TooLarge { voxel_count, limit: SAMPLE_COUNT_MAX });
    }
    Ok(grid)
}

/// Smooth signed distance to the surface of the labels.
fn first_surface(all: &Volume<u16>, labels: &[u16], grid: &Grid) -> Volume<f32> {
    let corner = |a: usize, v: f64| v.clamp(0.0, all.grid.size[a] as f64 - 1.0);
    let low = all.grid.coordinates(grid.origin);
    let end = grid.point([0, 1, 2].map(|a| grid.size[a] as f64 - 1.0));
    let high = all.grid.coordinates(end);
    let first = [0, 1, 2].map(|a| corner(a, low[a]).round() as usize);
    let size = [0, 1, 2].map(|a| corner(a, high[a]).round() as usize - first[a] + 1);
    let mask = cut(all, first, size, |l| if labels.contains(&l) { 1f32 } else { 0f32 });
    let coarse = all.grid.spacing.iter().copied().fold(0.0, f64::max);
    let mask = blurred(&mask, LABEL_BLUR * coarse.max(1.0));
    let inside: Vec<bool> = (0..grid.voxel_count())
        .into_par_iter()
        .map(|n| {
            let at = mask.grid.coordinates(grid.center(grid.voxel(n)));
            let in_scan = (0..3).all(|a| at[a] > -0.5 && at[a] < mask.grid.size[a] as f64 - 0.5);
            in_scan && mask.sample_at(at) > 0.5
        })
        .collect();
    let outside: Vec<bool> = inside.iter().map(|b| !b).collect();
    let to_inside = squared(&inside, grid.size, grid.spacing);
    let to_outside = squared(&outside, grid.size, grid.spacing);
    let half = 0.5 * ((grid.spacing[0] + grid.spacing[1] + grid.spacing[2]) / 3.0) as f32;
    let signed = (0..inside.len())
        .map(|n| if inside[n] { half - to_outside[n].sqrt() } else { to_inside[n].sqrt() - half });
    blurred(&Volume::new(grid.clone(), signed.collect()), 0.5)
}

fn band(first: &Volume<f32>) -> Vec<u32> {
    let near = |v: f32| f64::from(v.abs()) < BAND_MM;
    (0..first.values.len() as u32).filter(|&n| near(first.values[n as usize])).collect()
}

/// Grey values along a normal.
struct Profile {
    /// From inside to outside.
    hu: [f64; COUNT],
    /// Samples before another bone begins.
    end: usize,
    /// Whether the other part of the vertebra begins here: the label decides.
    met: bool,
}

/// What is needed to fit a profile through any sample.
struct Profiles<'a> {
    hu: &'a Volume<i16>,
    all: &'a Volume<u16>,
    labels: &'a [u16],
    first: &'a Volume<f32>,
    shell_hu: f64,
}

impl<'a> Profiles<'a> {
    fn new(
        hu: &'a Volume<i16>,
        segmentation: &'a Segmentation,
        labels: &'a [u16],
        first: &'a Volume<f32>,
    ) -> Self {
        let all = &segmentation.labels;
        let mut bright: Vec<i16> = all
            .values
            .iter()
            .zip(&hu.values)
            .filter(|(l, v)| labels.contains(l) && **v > 300 && **v < 2500)
            .map(|(_, v)| *v)
            .collect();
        bright.sort_unstable();
        let top = bright.get(bright.len().saturating_sub(1 + bright.len() / 200));
        let shell_hu = top.map_or(SHELL_HU[0], |&v| f64::from(v).clamp(SHELL_HU[0], SHELL_HU[1]));
        Self { hu, all, labels, first, shell_hu }
    }

    /// Direction in which the distance grows, at a sample.
    fn normal(&self, n: usize) -> Vector<Lps> {
        let grid = &self.first.grid;
        let voxel = grid.voxel(n);
        let mut normal = Vector::default();
        for a in 0..3 {
            let (mut low, mut high) = (voxel, voxel);
            low[a] = low[a].saturating_sub(1);
            high[a] = (high[a] + 1).min(grid.size[a] - 1);
            let rise = f64::from(self.first.at(high) - self.first.at(low));
            normal += grid.axes[a] * (rise / ((high[a] - low[a]) as f64 * grid.spacing[a]));
        }
        normal.unit()
    }

    /// The profile through a sample.
    fn profile(&self, n: usize) -> Profile {
        let grid = &self.first.grid;
        let normal = self.normal(n);
        let foot = grid.center(grid.voxel(n)) + normal * -f64::from(self.first.values[n]);
        let mut profile = Profile { hu: [0.0; COUNT], end: COUNT, met: false };
        for m in 0..COUNT {
            let t = (m as f64 - INNER as f64) * STEP_MM;
            let p = foot + normal * t;
            // Lung and fat are no better an outside than muscle: their edge is not the bone's.
            profile.hu[m] = self.hu.sample(p).max(OUTSIDE_HU_MIN);
            let label = self.all.grid.voxel_at(p).map(|voxel| self.all.at(voxel));
            if t > 0.4 && t < 1.3 {
                profile.met |= label.is_none_or(|l| self.is_other_part(l));
            }
            let foreign = label.is_some_and(|l| self.is_foreign(l));
            if t > NEIGHBOUR_MM && foreign && profile.end == COUNT {
                profile.end = m;
            }
        }
        profile
    }

    /// Whether a label is bone of another vertebra or a rib.
    fn is_foreign(&self, label: u16) -> bool {
        let bone = label == OTHER_BONE || level_of(label).is_some();
        bone && !self.labels.contains(&label) && !self.is_other_part(label)
    }

    /// Whether a label is bone that grows together with ours: the other part of a vertebra.
    fn is_other_part(&self, label: u16) -> bool {
        if label == 0 || label == CANAL || self.labels.contains(&label) {
            return false;
        }
        let part = |l: u16| level_of(l).is_some() && level_of(l) == level_of(label);
        label > ARCH_OFFSET && self.labels.iter().any(|&l| part(l))
            || label < ARCH_OFFSET && self.labels.iter().any(|&l| part(l) && l > ARCH_OFFSET)
    }

    fn shift(&self, model: &Model, n: usize) -> Option<[f32; 2]> {
        let profile = self.profile(n);
        if profile.met {
            return Some([0.0, 1.0]);
        }
        let fit = model.fit(&profile.hu, profile.end)?;
        Some([fit.shift_mm as f32, fit.weight as f32])
    }

    /// The blur that fits the profiles best.
    fn sigma_mm(&self, band: &[u32]) -> f64 {
        let stride = (band.len() / SIGMA_SAMPLE_COUNT).max(1);
        let profiles: Vec<Profile> = band
            .iter()
            .step_by(stride)
            .map(|&n| self.profile(n as usize))
            .filter(|p| !p.met)
            .collect();
        let residual = |sigma: f64| {
            let model = Model::new(sigma, self.shell_hu);
            let errors: Vec<f64> = profiles
                .par_iter()
                .map(|p| model.fit(&p.hu, p.end).map_or(40_000.0, |f| f.residual.min(40_000.0)))
                .collect();
            errors.iter().sum::<f64>()
        };
        let residuals = SIGMAS_MM.map(residual);
        let best = (0..SIGMAS_MM.len()).min_by(|&a, &b| residuals[a].total_cmp(&residuals[b]));
        best.map_or(SIGMAS_MM[2], |n| SIGMAS_MM[n])
    }
}
