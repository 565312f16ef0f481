//! Label maps that were made elsewhere.

use std::collections::BTreeMap;

use ossein_geom::{Aabb, Finding, Found, Job, Level, Lps, Point, Volume};
use rayon::prelude::*;

use crate::Seed;
use crate::body::Star;
use crate::components::keep_main;
use crate::crop::{blurred, cut, voxel_box};
use crate::describe::describe;
use crate::distance::squared;
use crate::spine::{outline_seen, scale_of};
use crate::structure::{
    ARCH_OFFSET, CANAL, OTHER_BONE, SegmentError, Segmentation, arch_label, body_label, check_grid,
    level_of,
};
use crate::tube;

/// Numbering of a label map.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelTable {
    /// TotalSegmentator version 2, task `total`: 25 sacrum, 26 S1, 27 L5, and on to 50 C1.
    TotalSegmentator,
    /// VerSe: 1 C1 to 24 L5, 25 L6, 26 sacrum, 28 T13.
    Verse,
    /// Number to name. A name that holds a level (`T3`, `vertebrae_T3`, `T3 body`, `T3 arch`) is
    /// that vertebra, or its part; `canal` is the canal; all others are other bone.
    Named(BTreeMap<u16, String>),
}

/// What a label of a foreign map stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole(Level),
    Body(Level),
    Arch(Level),
    Canal,
    OtherBone,
    Nothing,
}

/// Voxels of the box around all vertebrae.
const CROP_VOXEL_COUNT_MAX: usize = 100_000_000;
const MARGIN_MM: f64 = 12.0;
/// Grey value that stands for bone where outlines are searched in labels, in HU.
const BONE_HU: f32 = 500.0;
/// Part of a vertebra in front of its pedicles belongs to the body this far outside its outline.
const SPUR_MM: f64 = 6.0;
/// Fewer voxels are no vertebra.
const VOXEL_COUNT_MIN: usize = 50;

impl LabelTable {
    fn part(&self, label: u16) -> Part {
        let level = |number: u16| Level::from_verse(number).map_or(Part::Nothing, Part::Whole);
        match self {
            LabelTable::TotalSegmentator => match label {
                26 => level(26),
                27..=50 => level(51 - label),
                25 | 69..=78 | 91..=116 => Part::OtherBone,
                _ => Part::Nothing,
            },
            LabelTable::Verse => match label {
                27 => Part::OtherBone,
                n => level(n),
            },
            LabelTable::Named(names) => names.get(&label).map_or(Part::Nothing, |n| named(n)),
        }
    }
}

fn named(name: &str) -> Part {
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).map(|w| w.to_ascii_uppercase()).collect();
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let level = words.iter().find_map(|w| w.parse::<Level>().ok());
    match level {
        Some(level) if has(&["BODY", "CORPUS"]) => Part::Body(level),
        Some(level) if has(&["ARCH", "POSTERIOR"]) => Part::Arch(level),
        Some(_) if has(&["DISC", "DISK", "RIB", "NERVE", "CANAL", "CORD"]) => Part::Nothing,
        Some(level) => Part::Whole(level),
        None if has(&["CANAL"]) => Part::Canal,
        None if has(&["DISC", "DISK", "CORD", "BACKGROUND"]) => Part::Nothing,
        None => Part::OtherBone,
    }
}

/// Labels of a foreign map, brought to the scan's grid and to our numbers.
///
/// The map may have any grid: each voxel of the scan takes the label at its centre. A whole
/// vertebra is split into body and posterior elements by a closed sheet around its thickest
/// place. Without a canal in the map, one is found behind the bodies.
///
/// # Errors
/// [`SegmentError::NoVertebra`], [`SegmentError::Grid`], [`SegmentError::TooLarge`] or
/// [`SegmentError::Cancelled`].
pub fn from_labels(
    hu: &Volume<i16>,
    labels: &Volume<u16>,
    table: &LabelTable,
    job: &Job,
) -> Result<Found<Segmentation>, SegmentError> {
    check_grid("the scan", &hu.grid)?;
    check_grid("the label map", &labels.grid)?;
    job.step(0, 3)?;
    let mut parts = vec![Part::Nothing; 65_536];
    for (label, part) in parts.iter_mut().enumerate().skip(1) {
        *part = table.part(label as u16);
    }
    let mut ours = resampled(hu, labels, &parts);
    let counts = counts(&ours);
    let mut levels: Vec<Level> = counts
        .iter()
        .filter(|&(_, &count)| count >= VOXEL_COUNT_MIN)
        .filter_map(|(&label, _)| level_of(label & !WHOLE))
        .collect();
    levels.sort();
    levels.dedup();
    if levels.is_empty() {
        return Err(SegmentError::NoVertebra(counts_of_source(labels)));
    }
    let (first, size) = around(&ours)?;
    let mut local = cut(&ours, first, size, |v| v);
    job.step(1, 3)?;
    let (stars, collapsed) = split(&mut local, &levels);
    if !counts.contains_key(&CANAL) && !stars.is_empty() {
        let grey = cut(hu, first, size, f32::from);
        let tube = find_canal(&local, &grey, &stars);
        for &level in &collapsed {
            split_at(&mut local, level, &tube);
        }
        add_canal(&mut local, &tube);
    }
    for &level in &levels {
        keep_main(&mut local, body_label(level), arch_label(level));
    }
    paste(&mut ours, &local, first);
    job.step(2, 3)?;
    let mut found = describe(hu, ours);
    let names: Vec<String> = levels.iter().map(Level::to_string).collect();
    let message = format!("levels {} were taken from the label map", names.join(", "));
    found.findings.push(Finding::note("segment.levels", "scan", message));
    for level in collapsed {
        let message = format!(
            "no closed outline holds enough of {level}: all of it in front of the canal counts as \
             its body"
        );
        let place = format!("{level} body");
        found.findings.push(Finding::warning("segment.collapsed", place, message));
    }
    Ok(found)
}

/// Marks a label as that of a whole vertebra until it is split.
const WHOLE: u16 = 0x4000;

fn resampled(hu: &Volume<i16>, labels: &Volume<u16>, parts: &[Part]) -> Volume<u16> {
    let grid = &hu.grid;
    let values = (0..grid.voxel_count())
        .into_par_iter()
        .map(|n| {
            let Some(voxel) = labels.grid.voxel_at(grid.center(grid.voxel(n))) else { return 0 };
            match parts[usize::from(labels.at(voxel))] {
                Part::Whole(level) => WHOLE | body_label(level),
                Part::Body(level) => body_label(level),
                Part::Arch(level) => arch_label(level),
                Part::Canal => CANAL,
                Part::OtherBone => OTHER_BONE,
                Part::Nothing => 0,
            }
        })
        .collect();
    Volume::new(grid.clone(), values)
}

fn counts(labels: &Volume<u16>) -> BTreeMap<u16, usize> {
    let mut counts = vec![0usize; 65_536];
    for &label in &labels.values {
        counts[usize::from(label)] += 1;
    }
    let present = counts.into_iter().enumerate().skip(1).filter(|(_, count)| *count > 0);
    present.map(|(label, count)| (label as u16, count)).collect()
}

/// Up to 20 labels that occur, for the message.
fn counts_of_source(labels: &Volume<u16>) -> Vec<u16> {
    counts(labels).keys().copied().take(20).collect()
}

/// The box around all vertebrae with a margin, as first voxel and size.
fn around(ours: &Volume<u16>) -> Result<([usize; 3], [usize; 3]), SegmentError> {
    let mut low = ours.grid.size;
    let mut high = [0usize; 3];
    for (n, &label) in ours.values.iter().enumerate() {
        if level_of(label & !WHOLE).is_some() {
            let voxel = ours.grid.voxel(n);
            for a in 0..3 {
                low[a] = low[a].min(voxel[a]);
                high[a] = high[a].max(voxel[a]);
            }
        }
    }
    let mut size = [0; 3];
    for a in 0..3 {
        let margin = (MARGIN_MM / ours.grid.spacing[a]).ceil() as usize;
        low[a] = low[a].saturating_sub(margin);
        high[a] = (high[a] + margin).min(ours.grid.size[a] - 1);
        size[a] = high[a] - low[a] + 1;
    }
    let voxel_count = size.iter().product();
    if voxel_count > CROP_VOXEL_COUNT_MAX {
        return Err(SegmentError::TooLarge { voxel_count, limit: CROP_VOXEL_COUNT_MAX });
    }
    Ok((low, size))
}

/// A body is at least this part of its vertebra; of known vertebrae it is 0.55 to 0.7.
const BODY_PART_MIN: f64 = 0.4;

/// Splits whole vertebrae; gives the outlines of the bodies that are plausible, cranial to caudal,
/// and the levels whose body is not.
fn split(local: &mut Volume<u16>, levels: &[Level]) -> (Vec<Star>, Vec<Level>) {
    let mut seeds = Vec::new();
    for &level in levels {
        if let Some(point) = thickest(local, level) {
            seeds.push(Seed { level, point });
        }
    }
    let scale = scale_of(&seeds);
    let (mut stars, mut collapsed) = (Vec::new(), Vec::new());
    for n in 0..seeds.len() {
        let level = seeds[n].level;
        let whole = WHOLE | body_label(level);
        let bone = |l: u16| l == whole || l == body_label(level) || l == arch_label(level);
        let Some((first, size)) = voxel_box(&local.grid, bounds(local, bone).grow(MARGIN_MM))
        else {
            continue;
        };
        let mask = cut(local, first, size, |l| if bone(l) { BONE_HU } else { 0.0 });
        let star = outline_seen(&blurred(&mask, 0.6), &seeds, n, scale);
        let (mut body_count, mut whole_count) = (0usize, 0usize);
        for index in 0..mask.values.len() {
            let step = mask.grid.voxel(index);
            let at = local.grid.index([0, 1, 2].map(|a| first[a] + step[a]));
            if local.values[at] == whole {
                let in_body = is_body(&star, mask.grid.center(step));
                local.values[at] = if in_body { body_label(level) } else { arch_label(level) };
                whole_count += 1;
                body_count += usize::from(in_body);
            }
        }
        if (body_count as f64) < BODY_PART_MIN * whole_count as f64 {
            collapsed.push(level);
            continue;
        }
        stars.push(star);
    }
    (stars, collapsed)
}

/// Splits a vertebra where the front wall of the canal runs.
fn split_at(local: &mut Volume<u16>, level: Level, tube: &tube::Tube) {
    let (body, arch) = (body_label(level), arch_label(level));
    for n in 0..local.values.len() {
        if local.values[n] == body || local.values[n] == arch {
            let p = local.grid.center(local.grid.voxel(n));
            let in_front = tube.see(p, 60.0).is_some_and(|s| s.posterior_mm < -s.front_mm);
            local.values[n] = if in_front { body } else { arch };
        }
    }
}

/// Inside the outline, or a spur just outside it that is not behind the middle.
fn is_body(star: &Star, p: Point<Lps>) -> bool {
    let outside = star.outside_mm(p);
    let in_front = star.frame.local(p)[1] < 0.6 * star.frame.half[1];
    outside < 0.0 || (in_front && outside < SPUR_MM)
}

/// The box around the voxels for which `wanted` holds.
fn bounds(local: &Volume<u16>, wanted: impl Fn(u16) -> bool) -> Aabb<Lps> {
    let mut bounds = Aabb::empty();
    for (n, &label) in local.values.iter().enumerate() {
        if wanted(label) {
            bounds = bounds.with(local.grid.center(local.grid.voxel(n)));
        }
    }
    bounds
}

/// The point of a level farthest from its border, in the front half near the middle: inside its
/// body, also where a fracture left the pedicles thicker.
fn thickest(local: &Volume<u16>, level: Level) -> Option<Point<Lps>> {
    const ASIDE_MM: f64 = 10.0;
    let body = body_label(level);
    let has_body = local.values.contains(&body);
    let wanted = if has_body { body } else { WHOLE | body };
    let bounds = bounds(local, |l| l == wanted);
    if bounds.is_empty() {
        return None;
    }
    let (first, size) = voxel_box(&local.grid, bounds.grow(3.0))?;
    let labels = cut(local, first, size, |l| l);
    let grid = &labels.grid;
    let outside: Vec<bool> = labels.values.iter().map(|&l| l != wanted).collect();
    let depth = squared(&outside, size, grid.spacing);
    let (mut x, mut y, mut count) = (0.0, 0.0, 0.0);
    for n in (0..outside.len()).filter(|&n| !outside[n]) {
        let p = grid.center(grid.voxel(n));
        (x, y, count) = (x + p.x, y + p.y, count + 1.0);
    }
    let mut best = (0.0, None);
    for (n, &d) in depth.iter().enumerate() {
        let p = grid.center(grid.voxel(n));
        let in_front = has_body || (p.y < y / count && (p.x - x / count).abs() < ASIDE_MM);
        if d > best.0 && in_front {
            best = (d, Some(p));
        }
    }
    best.1
}

/// Finds the canal behind the bodies, in grey values and labels together.
fn find_canal(local: &Volume<u16>, grey: &Volume<f32>, stars: &[Star]) -> tube::Tube {
    let bone = |l: u16| level_of(l).is_some() || l == OTHER_BONE;
    let joint = grey.values.iter().zip(&local.values);
    let values = joint.map(|(&v, &l)| if bone(l) { v.max(BONE_HU) } else { v }).collect();
    let seen = blurred(&Volume::new(local.grid.clone(), values), 0.6);
    let frames: Vec<_> = stars.iter().map(|s| s.frame).collect();
    let last = frames[frames.len() - 1];
    let path = tube::path(&frames, 1.0, [1.2 * frames[0].half[2], 1.2 * last.half[2]]);
    tube::find(&seen, path, &stars.iter().collect::<Vec<_>>())
}

/// Labels the free voxels inside the canal.
fn add_canal(local: &mut Volume<u16>, tube: &tube::Tube) {
    let reach = Aabb::around(tube.slices.iter().map(|s| s.center)).grow(20.0);
    for n in 0..local.values.len() {
        let p = local.grid.center(local.grid.voxel(n));
        if local.values[n] == 0
            && reach.contains(p)
            && tube.see(p, 25.0).is_some_and(|s| s.outside_mm < 0.0)
        {
            local.values[n] = CANAL;
        }
    }
    keep_main(local, CANAL, 0);
}

fn paste(ours: &mut Volume<u16>, local: &Volume<u16>, first: [usize; 3]) {
    let size = local.grid.size;
    for k in 0..size[2] {
        for j in 0..size[1] {
            let to = ours.grid.index([first[0], first[1] + j, first[2] + k]);
            let from = local.grid.index([0, j, k]);
            ours.values[to..to + size[0]].copy_from_slice(&local.values[from..from + size[0]]);
        }
    }
    // What is left of whole vertebrae was too small to be split.
    for label in &mut ours.values {
        if *label & WHOLE != 0 {
            *label = ARCH_OFFSET + (*label & !WHOLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: &LabelTable, label: u16, level: &str) {
        assert_eq!(table.part(label), Part::Whole(level.parse().unwrap()));
    }

    #[test]
    fn foreign_numbers_mean_what_their_tables_say() {
        check(&LabelTable::TotalSegmentator, 26, "S1");
        check(&LabelTable::TotalSegmentator, 27, "L5");
        check(&LabelTable::TotalSegmentator, 31, "L1");
        check(&LabelTable::TotalSegmentator, 32, "T12");
        check(&LabelTable::TotalSegmentator, 43, "T1");
        check(&LabelTable::TotalSegmentator, 50, "C1");
        check(&LabelTable::Verse, 22, "L3");
        check(&LabelTable::Verse, 28, "T13");
        let names = BTreeMap::from([(1, "vertebrae_T3".to_string()), (2, "T4 body".to_string())]);
        let names = LabelTable::Named(names);
        check(&names, 1, "T3");
        assert_eq!(names.part(2), Part::Body("T4".parse().unwrap()));
        assert_eq!(names.part(3), Part::Nothing);
    }
}
