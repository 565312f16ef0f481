//! Test blocks that conform to the end faces of a body: virtual ASTM F2077 and F2267.

use std::collections::VecDeque;

use ossein_geom::Grid;
use ossein_mechanics::loads::{LOWER, UPPER};
use ossein_mechanics::virtual_test::{BlockMaterial, FOAM_GRADE_15, POLYACETAL, STEEL};
use ossein_mechanics::{Elements, Moduli, cubic, isotropic};

use super::regions;
use super::setup::Setup;
use super::specimen::Specimen;
use crate::commands::AnyError;

/// Names of the regions that blocks become.
pub const BLOCKS: [&str; 2] = ["lower block", "upper block"];
/// What blocks may be made of.
const MATERIALS: [&BlockMaterial; 3] = [&STEEL, &POLYACETAL, &FOAM_GRADE_15];
/// Height of a block beyond the body, as in a case.
const BLOCK_MM: f64 = 10.0;
/// How far a block reaches beyond the body's sides, as in a case.
const MARGIN_MM: f64 = 4.0;
/// Pits of an end face up to twice as wide are bridged: pores, and what lies between teeth.
const BRIDGED_MM: f64 = 1.0;

/// What the blocks of the load set are made of, where it brings them.
///
/// # Errors
/// The word, with those that there are; a set that is none of columns; regions, which would say
/// another place.
pub fn chosen(setup: &Setup) -> Result<Option<&'static BlockMaterial>, AnyError> {
    let Some(word) = setup.load_set.as_ref().and_then(|set| set.blocks.as_deref()) else {
        return Ok(None);
    };
    let found = MATERIALS.into_iter().find(|block| block.id == word);
    let known = MATERIALS.map(|block| block.id).join(", ");
    let block =
        found.ok_or_else(|| format!("[load_set] blocks = \"{word}\": there are {known}"))?;
    let set = regions::chosen(setup)?.map(|(set, _)| set);
    if let Some(set) = set.filter(|set| set.column_cases().is_none()) {
        let text = format!("[load_set] blocks: `{}` loads other places than {UPPER}", set.id);
        return Err(format!("{text} against {LOWER}").into());
    }
    if !setup.region.is_empty() {
        return Err("[load_set] blocks: blocks are loaded and held, leave out [[region]]".into());
    }
    if setup.material.iter().any(|m| BLOCKS.iter().any(|b| m.name.as_deref() == Some(b))) {
        return Err(format!("a [[material]] is named as {}", BLOCKS.join(" or ")).into());
    }
    Ok(Some(block))
}

/// Elements that blocks add on each side of an image, at most.
pub fn padding(voxel_mm: f64) -> [usize; 3] {
    [MARGIN_MM, MARGIN_MM, BLOCK_MM].map(|mm| (mm / voxel_mm).ceil() as usize)
}

/// A body between two blocks bonded to its end faces. A column of elements belongs to an end face
/// where its outermost material lies beyond the middle of the body's height; pits up to twice
/// [`BRIDGED_MM`] wide are bridged; elsewhere, and beside the body, a block begins where it does in
/// the nearest such column.
pub fn between<M: Moduli>(body: &Specimen<M>, block: &BlockMaterial) -> Specimen<M> {
    let size = body.model.size;
    let [margin, _, height] = padding(body.model.voxel_mm);
    let (low, high) = span(body);
    let wide = [size[0] + 2 * margin, size[1] + 2 * margin, high - low + 2 * height];
    let faces = [false, true].map(|upper| face(body, upper, margin));
    let shift = [margin as f64, margin as f64, height as f64 - low as f64];
    let origin = body.grid.point(shift.map(|n| -n));
    let grid = Grid { origin, size: wide, ..body.grid.clone() };
    let count = wide.iter().product();
    let void = M::of(&[0.0; 9]);
    let around = M::of(&cubic(isotropic(block.modulus, block.poisson)));
    let first = body.names.len() as u8 + 1;
    let (mut moduli, mut regions) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for n in 0..count {
        let [i, j, k] = [n % wide[0], n / wide[0] % wide[1], n / (wide[0] * wide[1])];
        let column = j * wide[0] + i;
        // In layers of the image, which may lie below its first.
        let layer = k as i64 + low as i64 - height as i64;
        let inside = [i, j].iter().zip(&size).all(|(&at, &n)| (margin..margin + n).contains(&at));
        let held = (inside && (low as i64..high as i64).contains(&layer))
            .then(|| (layer as usize * size[1] + j - margin) * size[0] + i - margin)
            .filter(|&element| body.regions[element] != 0);
        let (one, region) = match held {
            Some(element) => (body.model.moduli[element], body.regions[element]),
            None if layer < faces[0][column] => (around, first),
            None if layer >= faces[1][column] => (around, first + 1),
            None => (void, 0),
        };
        moduli.push(one);
        regions.push(region);
    }
    let mut names = body.names.clone();
    names.extend(BLOCKS.map(str::to_owned));
    let mut metals = body.metals.clone();
    metals.extend([None, None]);
    let model = Elements { size: wide, voxel_mm: body.model.voxel_mm, moduli };
    Specimen { model, grid, regions, names, metals }
}

/// The first layer of an image that holds material, and the one behind its last.
fn span<M>(body: &Specimen<M>) -> (usize, usize) {
    let plane = body.model.size[0] * body.model.size[1];
    let holds = |layer: &[u8]| layer.iter().any(|&region| region != 0);
    let layers: Vec<bool> = body.regions.chunks(plane).map(holds).collect();
    let low = layers.iter().position(|&holds| holds).unwrap_or(0);
    (low, layers.iter().rposition(|&holds| holds).map_or(low, |last| last + 1))
}

/// The layer at which a block begins (the upper one) or before which it ends, column by column of
/// the image with a margin.
fn face<M>(body: &Specimen<M>, upper: bool, margin: usize) -> Vec<i64> {
    let [ni, nj, nk] = body.model.size;
    let (low, high) = span(body);
    let wide = [ni + 2 * margin, nj + 2 * margin];
    // Heights count outwards from the middle, so that one rule does for both faces.
    let sign = if upper { 1 } else { -1 };
    let middle = (low + high) as i64;
    let outermost = |n: usize| -> Option<i64> {
        let (i, j) = ((n % wide[0]).checked_sub(margin)?, (n / wide[0]).checked_sub(margin)?);
        if i >= ni || j >= nj {
            return None;
        }
        let solid = |&k: &usize| body.regions[(k * nj + j) * ni + i] != 0;
        let layer = match upper {
            true => (0..nk).rev().find(solid)? as i64 + 1,
            false => (0..nk).find(solid)? as i64,
        };
        (sign * (2 * layer - middle) > 0).then_some(sign * layer)
    };
    let heights: Vec<Option<i64>> = (0..wide[0] * wide[1]).map(outermost).collect();
    let reach = (BRIDGED_MM / body.model.voxel_mm).floor() as i64;
    let bridged = closed(&heights, wide, reach);
    spread(&bridged, wide).into_iter().map(|height| sign * height).collect()
}

/// Heights closed by a disk: the lowest within its radius of the highest within its radius. Columns
/// without a height stay so.
fn closed(heights: &[Option<i64>], size: [usize; 2], reach: i64) -> Vec<Option<i64>> {
    let highest = over_disk(heights, size, reach, i64::max);
    over_disk(&highest, size, reach, i64::min)
}

/// What `pick` keeps of the heights within a radius of each column that has one.
fn over_disk(
    heights: &[Option<i64>],
    [ni, nj]: [usize; 2],
    reach: i64,
    pick: fn(i64, i64) -> i64,
) -> Vec<Option<i64>> {
    let disk: Vec<[i64; 2]> = (-reach..=reach)
        .flat_map(|b| (-reach..=reach).map(move |a| [a, b]))
        .filter(|[a, b]| a * a + b * b <= reach * reach)
        .collect();
    let one = |n: usize| {
        heights[n]?;
        let (i, j) = ((n % ni) as i64, (n / ni) as i64);
        let near = disk.iter().filter_map(|[a, b]| {
            let (i, j) = (i + a, j + b);
            let inside = (0..ni as i64).contains(&i) && (0..nj as i64).contains(&j);
            heights[if inside { j as usize * ni + i as usize } else { return None }]
        });
        near.reduce(pick)
    };
    (0..ni * nj).map(one).collect()
}

/// The nearest height for places that have none, by steps along rows and columns.
fn spread(heights: &[Option<i64>], [ni, nj]: [usize; 2]) -> Vec<i64> {
    let mut known = heights.to_vec();
    let mut open: VecDeque<usize> = (0..known.len()).filter(|&n| known[n].is_some()).collect();
    while let Some(n) = open.pop_front() {
        let (i, j) = (n % ni, n / ni);
        let beside = [
            (i > 0).then(|| n - 1),
            (i + 1 < ni).then_some(n + 1),
            (j > 0).then(|| n - ni),
            (j + 1 < nj).then_some(n + ni),
        ];
        for next in beside.into_iter().flatten() {
            if known[next].is_none() {
                known[next] = known[n];
                open.push_back(next);
            }
        }
    }
    known.into_iter().map(|height| height.unwrap_or(0)).collect()
}
