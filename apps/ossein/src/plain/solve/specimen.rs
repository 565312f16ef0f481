//! From an image to a voxel model that knows its place and its regions.

use std::borrow::Cow;
use std::path::Path;

use ossein_geom::{Finding, Found, Grid, Lps, Point};
use ossein_mechanics::composite::Shared;
use ossein_mechanics::material::{BoneMap, Metal};
use ossein_mechanics::virtual_test::BlockMaterial;
use ossein_mechanics::{Elements, Moduli, Orthotropic, memory_bytes_min};
use ossein_scan::resample::Content;
use ossein_scan::{Image, Values};

use super::labels::{self, Labels, Stuff};
use super::maps::{Maps, Place};
use super::setup::{POISSON, Setup};
use super::substance::Substance;
use super::{blocks, bone, filter, inlay};
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
/// Bytes of an element of each image of constants.
const MAP_BYTES: u64 = 4;

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
        let substances = setup.material.iter().filter_map(|m| Substance::of(m).ok());
        let maps: usize = substances.map(|substance| substance.images().count()).sum();
        let each = ELEMENT_BYTES + inlay + MAP_BYTES * maps as u64;
        let made = moduli.saturating_add(elements.saturating_mul(each));
        let solved = moduli.saturating_add(memory_bytes_min(kept, self.load_count));
        let filter = if image.smooth_voxels > 0.0 { FILTER_BYTES } else { 0 };
        let filtered = image::voxel_count(size).saturating_mul(filter);
        let read = image::two_copies(grid).max(resampling::byte_count(grid, edge_mm));
        made.max(solved).max(filtered).max(read)
    }
}

/// A model file whose materials are checked.
pub struct Plan<'s> {
    setup: &'s Setup,
    /// The file: it names what is wrong in it.
    path: &'s Path,
    stuff: Vec<Stuff<'s>>,
    /// From grey values to moduli, where it has `[bone]`.
    pub bone: Option<Found<BoneMap>>,
}

impl<'s> Plan<'s> {
    /// Checks what the model file says of materials, before any image is read.
    ///
    /// # Errors
    /// The table and the key, with what would be right.
    pub fn new(setup: &'s Setup, path: &'s Path) -> Result<Self, String> {
        let stuff = labels::materials(setup)?;
        let bone = setup.bone.as_ref().map(bone::map).transpose()?;
        match (&bone, stuff.iter().any(|own| own.material.label.is_some())) {
            (Some(_), true) => {
                let text = "[bone] reads grey values, and [[material]] labels: beside [bone] a \
                            [[material]] has a path in place of its label";
                Err(text.into())
            }
            (None, false) => Err("no [[material]] and no [bone]: nothing is stiff".into()),
            _ => Ok(Self { setup, path, stuff, bone }),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Values of the voxels as the model takes them, resampled, filtered and thinned, on their grid.
    fn values<M>(
        &self,
        path: &Path,
        voxel_mm: Option<f64>,
        limits: Limits,
    ) -> Result<(Image, Vec<f32>), AnyError> {
        let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
        let own = &self.setup.image;
        let image = image::read(&Wanted {
            path,
            voxel_mm: voxel_mm.or(own.voxel_mm),
            array: own.array.as_deref(),
            needs: &|grid| limits.needs::<M>(self.setup, grid),
            byte_count_max: limits.byte_count_max,
        })?;
        let labels = self.bone.is_none() && own.threshold.is_none();
        let content = if labels { Content::Labels } else { Content::Grey };
        let image = resampling::made(image, own.resample_mm()?, content, resampling::KEY);
        let mut image = image.map_err(|e| told(&e))?;
        let mut values = std::mem::replace(&mut image.values, Values::F32(Vec::new())).into_f32();
        if own.smooth_voxels != 0.0 {
            values = filter::gaussian(&values, image.grid.size, own.smooth_voxels)?;
        }
        (values, image.grid) =
            filter::every(&values, &image.grid, own.every).map_err(|e| told(&e))?;
        Ok((image, values))
    }
}

/// The specimen of a plan, with what should be looked at; `voxel_mm` stands in for the edge that
/// the file states.
///
/// # Errors
/// An image that cannot be read or has no cubic voxels; labels without a material; a material that
/// nothing is made of.
pub fn build<M: Moduli>(
    plan: &Plan<'_>,
    voxel_mm: Option<f64>,
    limits: Limits,
) -> Result<(Specimen<M>, Vec<Finding>), AnyError> {
    let Plan { setup, stuff, bone, .. } = plan;
    let path = plan.folder().join(&setup.image.path);
    let told = |e: String| AnyError::from(format!("{}: {e}", plan.path.display()));
    let (Image { grid, mut findings, .. }, values) = plan.values::<M>(&path, voxel_mm, limits)?;
    let byte_count_max = limits.byte_count_max;
    let place = Place { folder: plan.folder(), voxel_mm: setup.image.voxel_mm, byte_count_max };
    let maps = Maps::read(stuff.iter().flat_map(|own| own.substance.images()), &grid, place)?;
    let named = |element: usize| {
        let [i, j, k] = grid.voxel(element).map(|n| n * setup.image.every);
        let resampled = if setup.image.resample_mm.is_some() { "resampled " } else { "" };
        format!("{resampled}voxel ({i}, {j}, {k})")
    };
    let of_label = |own: &&Stuff<'_>| own.material.label.is_some();
    let (mut moduli, mut regions, mut parts) = match bone {
        Some(bone) => {
            let poisson = setup.bone.as_ref().map_or(POISSON, |own| own.poisson);
            let (moduli, more): (Vec<M>, _) =
                bone::moduli(&bone.value, poisson, &values, setup.image.threshold);
            findings.extend(bone.findings.iter().cloned().chain(more));
            let regions = moduli.iter().map(|c| u8::from(!c.is_void())).collect();
            (moduli, regions, vec![("bone".to_owned(), None)])
        }
        None => {
            let labels = Labels { setup: &setup.image, path: &path, values: &values };
            let (moduli, regions) = labels::regions(&labels, stuff, &maps, named).map_err(told)?;
            (moduli, regions, stuff.iter().filter(of_label).map(Stuff::part).collect())
        }
    };
    let inlays: Vec<&Stuff<'_>> = stuff.iter().filter(|own| !of_label(own)).collect();
    let full = |c: &M| f32::from(u8::from(!c.is_void()));
    let mut filled: Vec<f32> =
        if inlays.is_empty() { Vec::new() } else { moduli.iter().map(full).collect() };
    for own in inlays {
        let inlay = inlay::inlay(own.material, plan.folder(), &grid, byte_count_max)?;
        findings.extend(inlay.findings);
        parts.push(own.part());
        for (element, share, out) in inlay.value.elements() {
            let under = Under { moduli: moduli[element].orthotropic(), filled: filled[element] };
            let stuff = own.moduli(&maps, element, named).map_err(told)?;
            let (made, full) = under.shared(share, &stuff, out);
            // An element belongs to what fills most of it.
            if !made.is_void() && (share >= 0.5 || share >= full - share) {
                regions[element] = parts.len() as u8;
            }
            (moduli[element], filled[element]) = (M::of(&made), full);
        }
    }
    let model = Elements { size: grid.size, voxel_mm: grid.spacing[0], moduli };
    if model.solid_count() == 0 {
        let text = "no voxel of it holds material: the modulus is zero everywhere";
        return Err(format!("{}: {text}", path.display()).into());
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

    /// The same without some elements: void in their place.
    pub fn without(&self, elements: &[u32]) -> Cow<'_, Self> {
        if elements.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut rest = self.clone();
        for &element in elements {
            rest.model.moduli[element as usize] = M::of(&[0.0; 9]);
            rest.regions[element as usize] = 0;
        }
        Cow::Owned(rest)
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
