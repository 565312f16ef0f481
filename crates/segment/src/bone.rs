//! Which voxels are bone: a threshold halfway between local bone and local surroundings.

use ossein_geom::{Aabb, Volume};
use rayon::prelude::*;

use crate::crop::{blurred, cut, voxel_box};

/// Soft tissue lies between these grey values, in HU.
const SOFT_HU: [f32; 2] = [-20.0, 140.0];
/// Grey value above soft tissue from which a voxel counts into the local bone mean, in HU.
const SURELY_ABOVE_HU: f32 = 130.0;
/// The local threshold stays within this distance above soft tissue, in HU.
const THRESHOLD_ABOVE_HU: [f32; 2] = [100.0, 260.0];
const NEIGHBOURHOOD_MM: f64 = 2.5;
/// Darker than fatty marrow: air, in HU.
const CAVITY_HU_MIN: f32 = -150.0;
/// How far a cavity may lie from the bone around it, in mm.
const CAVITY_MM: f64 = 7.0;
/// Of 26 directions, how many must meet bone around a cavity.
const CAVITY_HITS: usize = 22;
/// The same, once the bone around is known to be one structure.
const FILL_HITS: usize = 17;
/// A filled voxel helps to close in the next: so often is looked again.
const FILL_PASS_COUNT: usize = 4;

/// Grey value of the soft tissue: the median of all voxels that may be soft tissue.
pub fn soft_hu(hu: &Volume<f32>) -> f32 {
    let mut counts = [0usize; 160];
    for &v in &hu.values {
        if (SOFT_HU[0]..SOFT_HU[1]).contains(&v) {
            counts[(v - SOFT_HU[0]) as usize] += 1;
        }
    }
    let half = counts.iter().sum::<usize>() / 2;
    let mut sum = 0;
    let found = counts.iter().position(|c| {
        sum += c;
        sum > half
    });
    found.map_or(50.0, |n| SOFT_HU[0] + n as f32)
}

/// Threshold per voxel, in HU: halfway between soft tissue and the mean of the bone nearby.
///
/// Bounded, because thin shells blur towards their surroundings and spongy bone is little
/// brighter than muscle. `fixed_hu` stands in for all of it.
pub fn thresholds(hu: &Volume<f32>, soft_hu: f32, fixed_hu: Option<f64>) -> Volume<f32> {
    if let Some(fixed) = fixed_hu {
        return Volume::filled(hu.grid.clone(), fixed as f32);
    }
    let sure = |v: f32| v > soft_hu + SURELY_ABOVE_HU;
    let weight = blurred(&hu.map(|v| if sure(v) { 1.0 } else { 0.0 }), NEIGHBOURHOOD_MM);
    let sum = blurred(&hu.map(|v| if sure(v) { v } else { 0.0 }), NEIGHBOURHOOD_MM);
    let [low, high] = THRESHOLD_ABOVE_HU.map(|t| soft_hu + t);
    let local = |n: usize| {
        let bone = if weight.values[n] > 1e-3 { sum.values[n] / weight.values[n] } else { 0.0 };
        (0.5 * (soft_hu + bone)).clamp(low, high)
    };
    let values = (0..hu.values.len()).map(local).collect();
    Volume::new(hu.grid.clone(), values)
}

/// Voxels above their threshold.
pub fn bright(hu: &Volume<f32>, thresholds: &Volume<f32>) -> Volume<u8> {
    let bone = hu.values.iter().zip(&thresholds.values).map(|(v, t)| u8::from(v > t)).collect();
    Volume::new(hu.grid.clone(), bone)
}

/// Bright voxels, and the cavities that they close in on nearly all sides.
pub fn mask(hu: &Volume<f32>, bone: &Volume<u8>) -> Volume<u8> {
    let near = blurred(&bone.map(f32::from), 2.0);
    let closed = |n: usize| {
        bone.values[n] == 1
            || (near.values[n] > 0.2
                && hu.values[n] > CAVITY_HU_MIN
                && hit_count(bone, bone.grid.voxel(n)) >= CAVITY_HITS)
    };
    let values = (0..bone.values.len()).into_par_iter().map(|n| u8::from(closed(n))).collect();
    Volume::new(hu.grid.clone(), values)
}

/// Gives cavities to the structure that closes them in: unlabelled voxels whose label, among
/// `labels`, is met in most directions.
pub fn fill_cavities(volume: &mut Volume<u16>, hu: &Volume<f32>, labels: &[u16]) {
    for &label in labels {
        let voxels = |n: &usize| volume.values[*n] == label;
        let centers = (0..volume.values.len()).filter(voxels).map(|n| {
            let grid = &volume.grid;
            grid.center(grid.voxel(n))
        });
        let bounds = Aabb::around(centers).grow(CAVITY_MM);
        let Some((first, size)) = voxel_box(&volume.grid, bounds) else { continue };
        let mut own = cut(volume, first, size, |v| v);
        let grey = cut(hu, first, size, |v| v);
        for _ in 0..FILL_PASS_COUNT {
            fill_once(&mut own, &grey, label);
        }
        for n in (0..own.values.len()).filter(|&n| own.values[n] == label) {
            let step = own.grid.voxel(n);
            let at = volume.grid.index([0, 1, 2].map(|a| first[a] + step[a]));
            volume.values[at] = label;
        }
    }
}

fn fill_once(volume: &mut Volume<u16>, hu: &Volume<f32>, label: u16) {
    let own = volume.map(|v| u8::from(v == label));
    let near = blurred(&own.map(f32::from), 2.0);
    let closed = |n: usize| {
        volume.values[n] == 0
            && near.values[n] > 0.2
            && hu.values[n] > CAVITY_HU_MIN
            && hit_count(&own, own.grid.voxel(n)) >= FILL_HITS
    };
    let count = volume.values.len();
    let found: Vec<usize> = (0..count).into_par_iter().filter(|&n| closed(n)).collect();
    for n in found {
        volume.values[n] = label;
    }
}

/// In how many of the 26 directions bone is met.
fn hit_count(bone: &Volume<u8>, voxel: [usize; 3]) -> usize {
    let mut hits = 0;
    for code in (0..27).filter(|&c| c != 13) {
        let step = [code % 3, code / 3 % 3, code / 9].map(|c| c as isize - 1);
        let length =
            (0..3).map(|a| (step[a] as f64 * bone.grid.spacing[a]).powi(2)).sum::<f64>().sqrt();
        let count = (CAVITY_MM / length) as isize;
        let met = (1..=count).any(|n| {
            let at = [0, 1, 2].map(|a| voxel[a] as isize + n * step[a]);
            let inside = (0..3).all(|a| at[a] >= 0 && at[a] < bone.grid.size[a] as isize);
            inside && bone.at(at.map(|x| x as usize)) == 1
        });
        hits += usize::from(met);
    }
    hits
}
