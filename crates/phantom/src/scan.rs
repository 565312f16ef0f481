//! A scanner made in code: HU, partial volume, point spread, noise.

use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Cancelled, Grid, Job, Lps, Point, Volume, float};
use rayon::prelude::*;

use crate::PhantomOptions;
use crate::bone::{Bones, canal_middle, end_outline};
use crate::spine::{CANAL_HALF_MM, Own, Spine, VertebraPose};

/// Points per voxel along x, y, z at which the tissue is looked up.
const POINTS: [usize; 3] = [3, 3, 4];
/// Voxels along each edge of a block.
const BLOCK: usize = 8;

const AIR: f32 = -1000.0;
const LUNG: f32 = -850.0;
const MUSCLE: f32 = 55.0;
const FAT: f32 = -95.0;
const DISC: f32 = 85.0;
const CANAL: f32 = 25.0;
const LESION: f32 = 45.0;
const SPONGY: f32 = 210.0;
const ARCH_CORE: f32 = 380.0;
const CORTEX: f32 = 1250.0;
/// Depth of the cortex in field units: 0.4 to 0.6 mm on a body (facts D1.8), more on an arch.
const SHELL_MM: f32 = 0.4;
const ARCH_SHELL_MM: f32 = 1.0;

/// Voxel counts of the scan.
fn grid(spine: &Spine, spacing: [f64; 3]) -> Grid<Lps> {
    let (first, last) = (&spine.vertebrae[0], &spine.vertebrae[spine.vertebrae.len() - 1]);
    let top = first.placement.apply(Point::ORIGIN).z + 0.5 * first.sizes.height_posterior + 9.0;
    let bottom = last.placement.apply(Point::ORIGIN).z - 0.5 * last.sizes.height_posterior - 9.0;
    let width = [168.0, 150.0, top - bottom];
    let size = [0, 1, 2].map(|a| (width[a] / spacing[a]).round() as usize);
    Grid::aligned(Point::new(-84.0, -68.0, bottom), spacing, size)
}

/// The scan of the phantom.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn hounsfield(
    spine: &Spine,
    bones: &[Bones<Lps>],
    options: &PhantomOptions,
    job: &Job,
) -> Result<Volume<i16>, Cancelled> {
    let grid = grid(spine, options.spacing_mm);
    let mut values = vec![0.0f32; grid.voxel_count()];
    let [ni, nj, nk] = grid.size;
    for k in (0..nk).step_by(BLOCK) {
        job.step(k, nk)?;
        let depth = BLOCK.min(nk - k);
        let bands: Vec<(usize, Vec<f32>)> = (0..nj)
            .step_by(BLOCK)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|j| (j, band(spine, bones, &grid, [j, BLOCK.min(nj - j), k, depth])))
            .collect();
        for (j, band) in bands {
            let rows = BLOCK.min(nj - j);
            for (row, source) in band.chunks_exact(ni).enumerate() {
                let target = ((k + row / rows) * nj + j + row % rows) * ni;
                values[target..target + ni].copy_from_slice(source);
            }
        }
    }
    for axis in 0..3 {
        let sigma = options.spread_mm[usize::from(axis == 2)] / grid.spacing[axis];
        blur(&mut values, grid.size, axis, sigma);
    }
    let noisy = values.par_iter().enumerate().map(|(n, &value)| {
        let noise = options.noise_hu * gaussian(options.seed, n as u64);
        (f64::from(value) + noise).round().clamp(-1024.0, 3071.0) as i16
    });
    let hu = noisy.collect();
    Ok(Volume::new(grid, hu))
}

/// Mean tissue of each voxel in a band of rows.
fn band(
    spine: &Spine,
    bones: &[Bones<Lps>],
    grid: &Grid<Lps>,
    [j, nj, k, nk]: [usize; 4],
) -> Vec<f32> {
    let ni = grid.size[0];
    let mut mean = vec![0.0f32; ni * nj * nk];
    for i in (0..ni).step_by(BLOCK) {
        let size = [BLOCK.min(ni - i), nj, nk];
        let block = fine_block(grid, [i, j, k], size);
        let tissue = tissue(spine, bones, &block);
        let weight = 1.0 / POINTS.iter().product::<usize>() as f32;
        for (n, value) in tissue.iter().enumerate() {
            let [fi, fj] = [block.size[0], block.size[1]];
            let (a, b, c) =
                (n % fi / POINTS[0], n / fi % fj / POINTS[1], n / (fi * fj) / POINTS[2]);
            mean[(c * nj + b) * ni + i + a] += weight * value;
        }
    }
    mean
}

fn fine_block(grid: &Grid<Lps>, first: [usize; 3], size: [usize; 3]) -> Block<Lps> {
    let step = [0, 1, 2].map(|a| grid.spacing[a] / POINTS[a] as f64);
    let corner = grid.center(first).array();
    let start = |a: usize| corner[a] - 0.5 * grid.spacing[a] + 0.5 * step[a];
    let origin = Point::new(start(0), start(1), start(2));
    Block { origin, step, size: [0, 1, 2].map(|a| size[a] * POINTS[a]) }
}

/// HU at every point of a block, without blur or noise.
fn tissue(spine: &Spine, bones: &[Bones<Lps>], block: &Block<Lps>) -> Vec<f32> {
    let [fi, fj, _] = block.size;
    let place = |n: usize| block.point(n % fi, n / fi % fj, n / (fi * fj));
    let mut hu: Vec<f32> =
        (0..block.sample_count()).map(|n| soft_tissue(spine, place(n))).collect();
    let region = block.bounds();
    let mut values = vec![0.0f32; block.sample_count()];
    for (bone, pose) in bones.iter().zip(&spine.vertebrae) {
        let parts = [(&bone.ribs, true), (&bone.arch, true), (&bone.body, false)];
        for (solid, thick) in parts {
            if !near(solid.bounds(), &region) || solid.range(&region).min > 0.0 {
                continue;
            }
            solid.sample(block, &mut values);
            for (n, &distance) in values.iter().enumerate() {
                if distance < 0.0 {
                    hu[n] = bone_tissue(pose, place(n), distance, thick);
                }
            }
        }
    }
    hu
}

fn near(bounds: Aabb<Lps>, region: &Aabb<Lps>) -> bool {
    !bounds.grow(1.0).intersection(*region).is_empty()
}

fn bone_tissue(pose: &VertebraPose, p: Point<Lps>, distance: f32, thick: bool) -> f32 {
    let (shell, core) = if thick { (ARCH_SHELL_MM, ARCH_CORE) } else { (SHELL_MM, SPONGY) };
    let own: Point<Own> = pose.to_own.apply(p);
    let in_lesion = pose.lesion.is_some_and(|l| own.distance(l.center) < l.radius_mm);
    if distance > -shell {
        CORTEX
    } else if in_lesion && !thick {
        LESION
    } else {
        core
    }
}

/// Disc, canal, muscle, fat, lung or air.
fn soft_tissue(spine: &Spine, p: Point<Lps>) -> f32 {
    let behind = p.y > -12.0 && p.y < 46.0 && (p.x - 2.0).abs() < 24.0;
    for pose in spine.vertebrae.iter().filter(|_| behind) {
        let own: Point<Own> = pose.to_own.apply(p);
        let reach = 0.5 * pose.sizes.height_posterior + pose.sizes.disc;
        if own.z.abs() > reach {
            continue;
        }
        let middle = canal_middle(pose);
        let (x, y) = (own.x / CANAL_HALF_MM[0], (own.y - middle.y) / CANAL_HALF_MM[1]);
        if x * x + y * y < 1.0 {
            return CANAL;
        }
        let [w, d] = pose.sizes.upper;
        let (x, y) = (own.x / (0.5 * w), own.y / (0.5 * d));
        if x * x + y * y < 0.98 {
            return DISC;
        }
    }
    let trunk = ((p.x - 2.0) / 76.0).powi(2) + ((p.y - 8.0) / 66.0).powi(2);
    let side = |s: f64| ((p.x - s * 44.0) / 24.0).powi(2) + ((p.y + 8.0) / 36.0).powi(2);
    if trunk > 1.0 {
        AIR
    } else if trunk > 0.84 {
        FAT
    } else if side(1.0).min(side(-1.0)) < 1.0 {
        LUNG
    } else {
        MUSCLE
    }
}

/// Gaussian along one axis, borders repeated.
fn blur(values: &mut [f32], size: [usize; 3], axis: usize, sigma: f64) {
    let reach = (4.0 * sigma).ceil() as usize;
    let weights: Vec<f64> =
        (0..=reach).map(|n| float::exp(-0.5 * (n as f64 / sigma) * (n as f64 / sigma))).collect();
    let total = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let stride = [1, size[0], size[0] * size[1]][axis];
    let count = size[axis];
    let mut line = vec![0.0f32; count];
    for start in 0..values.len() {
        if !(start / stride).is_multiple_of(count) {
            continue;
        }
        for (n, value) in line.iter_mut().enumerate() {
            *value = values[start + n * stride];
        }
        for n in 0..count {
            let mut sum = weights[0] * f64::from(line[n]);
            for (d, weight) in weights.iter().enumerate().skip(1) {
                let (low, high) = (n.saturating_sub(d), (n + d).min(count - 1));
                sum += weight * (f64::from(line[low]) + f64::from(line[high]));
            }
            values[start + n * stride] = (sum / total) as f32;
        }
    }
}

/// A draw from the normal distribution, the same for the same seed and place.
fn gaussian(seed: u64, place: u64) -> f64 {
    let uniform = |salt: u64| {
        let mut h = seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.rotate_left(32);
        for factor in [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB] {
            h = (h ^ (h >> 30)).wrapping_mul(factor);
        }
        ((h ^ (h >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let radius = (-2.0 * float::ln(1.0 - uniform(1))).sqrt();
    radius * float::cos(std::f64::consts::TAU * uniform(2))
}

/// The lesion as a label map on the scan's grid: 1 inside.
pub fn tumour(grid: &Grid<Lps>, spine: &Spine) -> Volume<u16> {
    let mut tumour = Volume::filled(grid.clone(), 0u16);
    for pose in &spine.vertebrae {
        let Some(lesion) = pose.lesion else { continue };
        let center = pose.placement.apply(lesion.center);
        for n in 0..tumour.values.len() {
            if grid.center(grid.voxel(n)).distance(center) < lesion.radius_mm {
                tumour.values[n] = 1;
            }
        }
    }
    tumour
}

/// The outline of a level's upper endplate, for tests that need the true contact area.
pub fn upper_outline(pose: &VertebraPose) -> ossein_geom::Contour {
    end_outline(pose.sizes.upper)
}
