//! From one point per vertebral body to labels.

use ossein_geom::{Aabb, Finding, Found, Job, Level, Lps, Point, Volume};
use serde::{Deserialize, Serialize};

use crate::bone;
use crate::components::{keep_large, keep_main};
use crate::crop::{Crop, blurred, crop};
use crate::describe::{check_bodies, describe};
use crate::marks::{self, Marked};
use crate::spine::{Spine, outline_all};
use crate::structure::{CANAL, OTHER_BONE, SegmentError, Segmentation, arch_label, body_label};
use crate::tube::{self, Tube};
use crate::walker;

/// One point in a vertebral body.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seed {
    /// The level, as counted by a person; it is never guessed.
    pub level: Level,
    /// Any point well inside the body; the middle is best.
    pub point: Point<Lps>,
}

/// What [`from_seeds`] needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedOptions {
    /// One per wanted vertebra, in any order.
    pub seeds: Vec<Seed>,
    /// Bone threshold of the posterior elements in HU, -200 to 2000; `None`: halfway between
    /// soft tissue and the bone within a few millimetres, voxel by voxel (facts D8.8).
    pub threshold_hu: Option<f64>,
}

/// Working copies of at most this many voxels are made around the seeds.
const CROP_VOXEL_COUNT_MAX: usize = 60_000_000;
/// The scan itself may have this many voxels.
const SCAN_VOXEL_COUNT_MAX: usize = 2_000_000_000;
/// How far from the seeds bone is labelled, in mm: the span of the processes and the ribs' necks.
const MARGIN_MM: f64 = 72.0;
const SEED_COUNT_MAX: usize = 40;
/// Blur before edges are searched, in mm: about the voxel, against the noise of sharp kernels.
const BLUR_MM: f64 = 0.8;
/// Blur before the walk, in mm: little, so that the gaps of joints stay dark.
const WALK_BLUR_MM: f64 = 0.4;
/// Bone pieces with fewer voxels are noise.
const PIECE_VOXEL_COUNT_MIN: usize = 20;

/// Vertebrae, posterior elements and canal from one seed per vertebral body.
///
/// Bodies are closed smooth sheets around the seeds, the canal a smooth tube behind them; all
/// other bone goes to the vertebra or rib that a random walker reaches first. Voxels farther than
/// 72 mm from all seeds stay 0.
///
/// # Errors
/// [`SegmentError`] for unusable seeds, options or grids, where no body is seen, or when
/// cancelled.
pub fn from_seeds(
    hu: &Volume<i16>,
    options: &SeedOptions,
    job: &Job,
) -> Result<Found<Segmentation>, SegmentError> {
    let seeds = checked(hu, options)?;
    let around = Aabb::around(seeds.iter().map(|s| s.point)).grow(MARGIN_MM);
    let first = seeds[0];
    let outside = || SegmentError::SeedOutside {
        level: first.level,
        x: first.point.x,
        y: first.point.y,
        z: first.point.z,
    };
    let crop = crop(hu, around).ok_or_else(outside)?;
    let voxel_count = crop.hu.values.len();
    if voxel_count > CROP_VOXEL_COUNT_MAX {
        return Err(SegmentError::TooLarge { voxel_count, limit: CROP_VOXEL_COUNT_MAX });
    }
    let smooth = blurred(&crop.hu, BLUR_MM);
    let spine = outline_all(&smooth, &seeds, &job.labelled("bodies"))?;
    let canal = find_canal(&smooth, &spine);
    job.step(1, 3)?;
    let soft_hu = bone::soft_hu(&crop.hu);
    let thresholds = bone::thresholds(&crop.hu, soft_hu, options.threshold_hu);
    let bright = bone::bright(&crop.hu, &thresholds);
    let mut bones = bone::mask(&crop.hu, &bright);
    marks::clear_discs(&mut bones, &bright, &spine);
    keep_large(&mut bones, PIECE_VOXEL_COUNT_MIN);
    let fine = blurred(&crop.hu, WALK_BLUR_MM);
    let body_of = marks::bodies(&fine, &bright, soft_hu, &spine);
    let mut marked = marks::mark(&bones, body_of, &spine, &canal);
    job.step(2, 3)?;
    let size = crop.hu.grid.size;
    let label_count = marks::other(&spine) + 1;
    walker::label(&mut marked.marks, &fine.values, size, crop.hu.grid.spacing, label_count);
    marks::corners(&bones, &spine, &mut marked);
    let labels = paste(hu, &crop, &bones, &marked, &spine);
    let mut found = describe(hu, labels);
    check_bodies(&spine, &mut found);
    if let Some(fixed) = options.threshold_hu {
        let message = format!("posterior elements were found with a fixed threshold of {fixed} HU");
        found.findings.push(Finding::note("segment.threshold", "scan", message));
    }
    Ok(found)
}

/// Seeds from cranial to caudal, after all checks of what the caller gave.
fn checked(hu: &Volume<i16>, options: &SeedOptions) -> Result<Vec<Seed>, SegmentError> {
    crate::structure::check_grid("the scan", &hu.grid)?;
    let voxel_count = hu.values.len();
    if voxel_count > SCAN_VOXEL_COUNT_MAX {
        return Err(SegmentError::TooLarge { voxel_count, limit: SCAN_VOXEL_COUNT_MAX });
    }
    let mut seeds = options.seeds.clone();
    if seeds.is_empty() {
        return Err(SegmentError::NoSeeds);
    }
    if seeds.len() > SEED_COUNT_MAX {
        let value = seeds.len() as f64;
        let max = SEED_COUNT_MAX as f64;
        return Err(SegmentError::Option { name: "seed count", value, min: 1.0, max });
    }
    seeds.sort_by_key(|s| s.level);
    if let Some(pair) = seeds.windows(2).find(|pair| pair[0].level == pair[1].level) {
        return Err(SegmentError::RepeatedSeed(pair[0].level));
    }
    for seed in &seeds {
        let [x, y, z] = seed.point.array();
        if hu.grid.voxel_at(seed.point).is_none() {
            return Err(SegmentError::SeedOutside { level: seed.level, x, y, z });
        }
    }
    if let Some(value) = options.threshold_hu
        && !(-200.0..=2000.0).contains(&value)
    {
        return Err(SegmentError::Option { name: "threshold_hu", value, min: -200.0, max: 2000.0 });
    }
    Ok(seeds)
}

fn find_canal(smooth: &Volume<f32>, spine: &Spine) -> Tube {
    let frames: Vec<_> = spine.bodies.iter().map(|b| b.star.frame).collect();
    let margin = [frames[0].half[2], frames[frames.len() - 1].half[2]];
    let path = tube::path(&frames, spine.scale, margin);
    let stars: Vec<_> = spine.bodies.iter().map(|b| &b.star).collect();
    tube::find(smooth, path, &stars)
}

/// Labels of the whole scan from those of the crop.
fn paste(
    hu: &Volume<i16>,
    crop: &Crop,
    bones: &Volume<u8>,
    marked: &Marked,
    spine: &Spine,
) -> Volume<u16> {
    let grid = &crop.hu.grid;
    let level = |number: u8| spine.bodies.get(usize::from(number)).and_then(|b| b.level);
    let mut local = Volume::filled(grid.clone(), 0u16);
    for n in 0..local.values.len() {
        local.values[n] = if let Some(number) = marked.body_of[n].checked_sub(1) {
            level(number).map_or(OTHER_BONE, body_label)
        } else if marked.canal[n] {
            CANAL
        } else if bones.values[n] == 0 {
            0
        } else {
            level(marked.marks[n]).map_or(OTHER_BONE, arch_label)
        };
    }
    for level in spine.bodies.iter().filter_map(|b| b.level) {
        keep_main(&mut local, body_label(level), 0);
        keep_main(&mut local, arch_label(level), OTHER_BONE);
    }
    keep_main(&mut local, CANAL, 0);
    let levels = || spine.bodies.iter().filter_map(|b| b.level);
    let whole: Vec<u16> = levels().flat_map(|l| [arch_label(l), body_label(l)]).collect();
    bone::fill_cavities(&mut local, &crop.hu, &whole);
    let mut labels = Volume::filled(hu.grid.clone(), 0u16);
    for k in 0..grid.size[2] {
        for j in 0..grid.size[1] {
            let [oi, oj, ok] = crop.offset;
            let to = hu.grid.index([oi, oj + j, ok + k]);
            let from = grid.index([0, j, k]);
            let row = &local.values[from..from + grid.size[0]];
            labels.values[to..to + grid.size[0]].copy_from_slice(row);
        }
    }
    labels
}
