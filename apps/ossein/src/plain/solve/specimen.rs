//! From an image to a voxel model that knows its place and its regions.

use std::collections::BTreeMap;
use std::path::Path;

use ossein_geom::{Finding, Grid, Lps, Point};
use ossein_mechanics::composite::Shared;
use ossein_mechanics::material::{
    BONE_LAWS, BoneMap, BoneRange, Calibration, Metal, PRESETS, bone_law, bone_map,
};
use ossein_mechanics::virtual_test::BlockMaterial;
use ossein_mechanics::{Elements, Moduli, Orthotropic, cubic, isotropic, memory_bytes_min};
use ossein_scan::Image;
use ossein_scan::resample::Content;

use super::setup::{Bone, Material, Setup};
use super::substance::{POISSON_MAX, made_of};
use super::{blocks, filter, inlay};
use crate::commands::AnyError;
use crate::plain::image::{self, Wanted};
use crate::plain::resampling;

/// Bytes of an element beside its moduli: grey value, region.
const ELEMENT_BYTES: u64 = 5;
/// Bytes of an element beside those while meshes and masks take their shares: theirs, and what
/// is full.
const INLAY_BYTES: u64 = 8;
/// Bytes of a voxel while a filter runs.
const FILTER_BYTES: u64 = 12;
/// Materials at most: one byte a voxel, which bone and two test blocks share.
const MATERIAL_COUNT_MAX: usize = 252;

/// A voxel model in its image.
#[derive(Clone, Debug)]
pub struct Specimen<M> {
    /// Elements with their moduli.
    pub model: Elements<M>,
    /// Where the voxels lie.
    pub grid: Grid<Lps>,
    /// Region of each voxel, from 1 on; 0 where there is no material.
    pub regions: Vec<u8>,
    /// Names of the regions.
    pub names: Vec<String>,
    /// Cards of the regions that are made of a metal on record.
    pub metals: Vec<Option<&'static Metal>>,
}

/// What a model may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes.
    pub byte_count_max: u64,
    /// Loads that are solved.
    pub load_count: usize,
    /// Material of test blocks around the body.
    pub blocks: Option<&'static BlockMaterial>,
}

impl Limits {
    /// Bytes that a model takes at least, of an image on `grid`: while it is made, and while it is
    /// solved, however little material it holds.
    fn needs<M>(&self, setup: &Setup, grid: &Grid<Lps>) -> u64 {
        let image = &setup.image;
        let edge_mm = image.resample_mm.filter(|&edge| edge > 0.0);
        let size = resampling::grid(grid, edge_mm).size;
        let every = image.every.max(1);
        let mut kept = size.map(|n| n / every);
        if self.blocks.is_some() {
            let edge = edge_mm.unwrap_or(grid.spacing[0]) * every as f64;
            // What of the image lies beyond the body is left out: at least one layer of it stays.
            let [x, y, z] = blocks::padding(edge);
            kept = [kept[0] + 2 * x, kept[1] + 2 * y, 1 + 2 * z];
        }
        let elements = image::voxel_count(kept);
        let moduli = elements.saturating_mul(size_of::<M>() as u64);
        let inlay = if setup.material.iter().any(|m| m.path.is_some()) { INLAY_BYTES } else { 0 };
        let made = moduli.saturating_add(elements.saturating_mul(ELEMENT_BYTES + inlay));
        let solved = moduli.saturating_add(memory_bytes_min(kept, self.load_count));
        let filter = if image.smooth_voxels > 0.0 { FILTER_BYTES } else { 0 };
        let filtered = image::voxel_count(size).saturating_mul(filter);
        let read = image::two_copies(grid).max(resampling::byte_count(grid, edge_mm));
        made.max(solved).max(filtered).max(read)
    }
}

/// The specimen of `setup`, with what should be looked at; `voxel_mm` stands in for the edge that
/// the file states.
///
/// # Errors
/// An image that cannot be read or has no cubic voxels; labels without a material; a material that
/// nothing is made of.
pub fn build<M: Moduli>(
    setup: &Setup,
    folder: &Path,
    voxel_mm: Option<f64>,
    limits: Limits,
) -> Result<(Specimen<M>, Vec<Finding>), AnyError> {
    let path = folder.join(&setup.image.path);
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let image = image::read(&Wanted {
        path: &path,
        voxel_mm: voxel_mm.or(setup.image.voxel_mm),
        array: setup.image.array.as_deref(),
        needs: &|grid| limits.needs::<M>(setup, grid),
        byte_count_max: limits.byte_count_max,
    })?;
    let labels = setup.bone.is_none() && setup.image.threshold.is_none();
    let content = if labels { Content::Labels } else { Content::Grey };
    let image = resampling::made(image, setup.image.resample_mm()?, content, resampling::KEY);
    let Image { mut grid, values, mut findings, .. } = image.map_err(|e| told(&e))?;
    let edge = grid.spacing[0];
    let mut values = values.into_f32();
    if setup.image.smooth_voxels != 0.0 {
        values = filter::gaussian(&values, grid.size, setup.image.smooth_voxels)?;
    }
    let every = setup.image.every;
    (values, grid) = filter::every(&values, &grid, every).map_err(|e| told(&e))?;
    let (mut moduli, mut regions, mut parts) = match (&setup.bone, labelled(setup)?.is_empty()) {
        (Some(bone), true) => {
            let (moduli, more) = of_bone::<M>(bone, &values, setup.image.threshold)?;
            findings.extend(more);
            let regions = moduli.iter().map(|c| u8::from(!c.is_void())).collect();
            (moduli, regions, vec![("bone".to_owned(), None)])
        }
        (None, false) => of_labels(setup, &values).map_err(|e| told(&e))?,
        (Some(_), false) => {
            let text = "[bone] reads grey values, and [[material]] labels: beside [bone] a \
                        [[material]] has a path in place of its label";
            return Err(text.into());
        }
        (None, true) => return Err("no [[material]] and no [bone]: nothing is stiff".into()),
    };
    let inlays: Vec<&Material> = setup.material.iter().filter(|m| m.path.is_some()).collect();
    let full = |c: &M| f32::from(u8::from(!c.is_void()));
    let mut filled: Vec<f32> =
        if inlays.is_empty() { Vec::new() } else { moduli.iter().map(full).collect() };
    for material in inlays {
        let (stuff, metal) = made_of(material)?;
        let inlay = inlay::inlay(material, folder, &grid, limits.byte_count_max)?;
        findings.extend(inlay.findings);
        parts.push((material.name.clone().unwrap_or_else(|| material.title()), metal));
        for (element, share, out) in inlay.value.elements() {
            let under = Under { moduli: moduli[element].orthotropic(), filled: filled[element] };
            let (made, full) = under.shared(share, &stuff, out);
            // An element belongs to what fills most of it.
            if !made.is_void() && (share >= 0.5 || share >= full - share) {
                regions[element] = parts.len() as u8;
            }
            (moduli[element], filled[element]) = (M::of(&made), full);
        }
    }
    let model = Elements { size: grid.size, voxel_mm: every as f64 * edge, moduli };
    if model.solid_count() == 0 {
        return Err(told(&"no voxel of it holds material: the modulus is zero everywhere"));
    }
    let (names, metals) = parts.into_iter().unzip();
    let body = Specimen { model, grid, regions, names, metals };
    let specimen = match limits.blocks {
        Some(block) => blocks::between(&body, block),
        None => body,
    };
    Ok((specimen, findings))
}

/// What an element holds before a mesh or a mask takes its share.
struct Under {
    moduli: Orthotropic,
    /// Part of the element that is not void.
    filled: f32,
}

impl Under {
    /// The element's moduli once `share` of it is of another material whose surface looks along
    /// `out`, and how much of it is full then: void is taken first.
    fn shared(&self, share: f32, stuff: &Orthotropic, out: [f64; 3]) -> (Orthotropic, f32) {
        let rest = (1.0 - share).min(self.filled);
        let solid = match self.filled > 0.0 {
            true => self.moduli.map(|c| c / self.filled),
            false => [0.0; 9],
        };
        (Shared { shares: [share, rest], moduli: [*stuff, solid] }.moduli(out), share + rest)
    }
}

/// Name of a region, and its metal's card.
type Part = (String, Option<&'static Metal>);
/// Moduli and region of each voxel, and the regions.
type Regions<M> = (Vec<M>, Vec<u8>, Vec<Part>);

/// The materials that labels stand for.
fn labelled(setup: &Setup) -> Result<Vec<(i32, &Material)>, String> {
    let count = setup.material.len();
    if count > MATERIAL_COUNT_MAX {
        return Err(format!("{count} [[material]]; up to {MATERIAL_COUNT_MAX} are possible"));
    }
    let one = |m: &'_ Material| match (m.label, &m.path) {
        (Some(_), Some(_)) | (None, None) => {
            Err(format!("[[material]] {}: give label or path, one of them", m.title()))
        }
        _ => Ok(()),
    };
    setup.material.iter().try_for_each(one)?;
    Ok(setup.material.iter().filter_map(|m| m.label.map(|label| (label, m))).collect())
}

/// Whether values are what `[[material]]` can name: whole numbers that no filter has mixed.
fn only_labels(values: &[f32], smooth_voxels: f64) -> Result<(), String> {
    let way = "give [image] threshold, from which on all is one material, or a label map";
    if smooth_voxels != 0.0 {
        return Err(format!("smooth_voxels = {smooth_voxels} mixes labels: {way}"));
    }
    match values.iter().position(|v| (v - v.round()).abs() > 1e-3) {
        Some(n) => Err(format!("voxel {n} holds {}, which is no label: {way}", values[n])),
        None => Ok(()),
    }
}

fn of_labels<M: Moduli>(setup: &Setup, values: &[f32]) -> Result<Regions<M>, String> {
    let mut materials: BTreeMap<i32, (u8, M)> = BTreeMap::new();
    let mut parts = Vec::new();
    for (n, (label, m)) in labelled(setup)?.into_iter().enumerate() {
        let (moduli, metal) = made_of(m)?;
        let one = (n as u8 + 1, M::of(&moduli));
        if materials.insert(label, one).is_some() {
            return Err(format!("two [[material]] have label {label}"));
        }
        parts.push((m.name.clone().unwrap_or_else(|| m.title()), metal));
    }
    if setup.image.threshold.is_none() {
        only_labels(values, setup.image.smooth_voxels)?;
    }
    let label = |v: f32| match setup.image.threshold {
        Some(threshold) => i32::from(f64::from(v) >= threshold),
        None => v.round() as i32,
    };
    let one = |&v: &f32| match (label(v), materials.get(&label(v))) {
        (_, Some(&(region, moduli))) => Ok((moduli, region)),
        (0, None) => Ok((M::of(&[0.0; 9]), 0)),
        (label, None) => {
            let known: Vec<String> = materials.keys().map(i32::to_string).collect();
            Err(format!("label {label} has no [[material]]; there are {}", known.join(", ")))
        }
    };
    let both: Result<Vec<_>, String> = values.iter().map(one).collect();
    let (moduli, regions): (Vec<M>, Vec<u8>) = both?.into_iter().unzip();
    let any = regions.iter().any(|&region| region != 0);
    for (label, (region, _)) in &materials {
        // Of an image without any material that is said instead.
        if any && !regions.contains(region) {
            return Err(format!("no voxel has label {label}, which a [[material]] is given for"));
        }
    }
    Ok((moduli, regions, parts))
}

/// Moduli of each voxel, and what should be looked at.
type Grades<M> = (Vec<M>, Vec<Finding>);

fn of_bone<M: Moduli>(
    bone: &Bone,
    values: &[f32],
    threshold: Option<f64>,
) -> Result<Grades<M>, AnyError> {
    let law = bone_law(&bone.law).ok_or_else(|| {
        let known: Vec<&str> = BONE_LAWS.iter().map(|l| l.id).collect();
        format!("[bone] law = \"{}\": there are {}", bone.law, known.join(", "))
    })?;
    if !(bone.poisson > -1.0 && bone.poisson <= POISSON_MAX) {
        let poisson = bone.poisson;
        return Err(format!("[bone] poisson = {poisson}; above -1, and up to {POISSON_MAX}").into());
    }
    let calibration = match (bone.slope_g_per_cm3_per_hu, &bone.preset) {
        (Some(slope), None) => Some(Calibration::Phantom {
            slope,
            intercept: bone.intercept_g_per_cm3.unwrap_or(0.0),
            kind: law.kind,
            source: "model.toml".into(),
        }),
        (None, Some(id)) => Some(preset(id)?),
        (None, None) => None,
        (Some(_), Some(_)) => return Err("[bone]: give a slope or a preset, not both".into()),
    };
    let map = bone_map(calibration.as_ref(), law, BoneRange::default())?;
    let one = |&hu: &f32| {
        let outside = threshold.is_some_and(|t| f64::from(hu) < t);
        let moduli = if outside { [0.0; 3] } else { stiff(&map.value, hu, bone.poisson) };
        M::of(&cubic(moduli))
    };
    let bone_hu = values.iter().copied().filter(|&hu| threshold.is_none_or(|t| f64::from(hu) >= t));
    let mut findings = map.findings;
    findings.extend(map.value.doubts(["solve.bone_range", "solve.law_range"], bone_hu));
    Ok((values.iter().map(one).collect(), findings))
}

fn stiff(map: &BoneMap, hu: f32, poisson: f64) -> [f32; 3] {
    map.modulus(f64::from(hu)).map_or([0.0; 3], |modulus| isotropic(modulus, poisson))
}

fn preset(id: &str) -> Result<Calibration, AnyError> {
    let found = PRESETS.iter().find(|p| p.id == id).copied();
    let known: Vec<&str> = PRESETS.iter().map(|p| p.id).collect();
    let preset =
        found.ok_or_else(|| format!("[bone] preset = \"{id}\": there are {}", known.join(", ")))?;
    Ok(Calibration::UncalibratedPreset(preset))
}

impl<M: Moduli> Specimen<M> {
    /// The same voxels in elements of twice the edge, each the mean of its eight; `None` where an
    /// axis has an odd number, or fewer than four.
    pub fn coarser(&self) -> Option<Self> {
        let size = self.model.size.map(|n| n / 2);
        if size.iter().any(|&n| n < 2) || self.model.size.iter().any(|n| n % 2 == 1) {
            return None;
        }
        let count = size.iter().product();
        let (mut moduli, mut regions) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for n in 0..count {
            let at = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
            let (mut sum, mut region) = ([0.0f32; 9], 0);
            for bits in 0..8usize {
                let fine = self.place([0, 1, 2].map(|a| 2 * at[a] + (bits >> a & 1)));
                let part = self.model.moduli[fine].orthotropic();
                (0..9).for_each(|c| sum[c] += 0.125 * part[c]);
                region = region.max(self.regions[fine]);
            }
            moduli.push(M::of(&sum));
            regions.push(region);
        }
        Some(self.with(size, 2.0, moduli, regions))
    }

    /// The same voxels in elements of half the edge: the surface stays as it is.
    pub fn finer(&self) -> Self {
        let size = self.model.size.map(|n| 2 * n);
        let at = |n: usize| [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
        let coarse = |n: usize| self.place(at(n).map(|i| i / 2));
        let count: usize = size.iter().product();
        let moduli = (0..count).map(|n| self.model.moduli[coarse(n)]).collect();
        let regions = (0..count).map(|n| self.regions[coarse(n)]).collect();
        self.with(size, 0.5, moduli, regions)
    }

    fn place(&self, at: [usize; 3]) -> usize {
        let [ni, nj, _] = self.model.size;
        (at[2] * nj + at[1]) * ni + at[0]
    }

    /// The same box in voxels whose edge is `scale` times as long.
    fn with(&self, size: [usize; 3], scale: f64, moduli: Vec<M>, regions: Vec<u8>) -> Self {
        let first = self.grid.point([0.5 * scale - 0.5; 3]);
        let spacing = self.grid.spacing.map(|s| scale * s);
        let grid = Grid { origin: first, spacing, size, ..self.grid };
        let voxel_mm = scale * self.model.voxel_mm;
        let (names, metals) = (self.names.clone(), self.metals.clone());
        Self { model: Elements { size, voxel_mm, moduli }, grid, regions, names, metals }
    }

    /// Where the corners of the voxels lie.
    pub fn nodes(&self) -> Grid<Lps> {
        let origin: Point<Lps> = self.grid.point([-0.5; 3]);
        Grid { origin, size: self.model.node_size(), ..self.grid }
    }
}
