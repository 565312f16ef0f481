//! Everything that the spot follows in a layer: contour passes, centre lines of thin walls, hatch.

use std::collections::VecDeque;
use std::io;

use ossein_field::Field;
use ossein_geom::{Contour, Deg, Frame, Job, Layer, Mm, TriMesh};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::hatch::{self, Hatch, LENGTH_MM_MIN, Pattern, Scanlines, Spans, Vector};
use crate::layer::{self, LayerError, LayerOptions, View, Work};
use crate::passes::{self, PassWork, Passes};
use crate::plane::Raster;
use crate::ridge::CentreLine;
use crate::section::{self, Swept};
use crate::united::Parts;

/// Where a hatch lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Skin {
    /// Solid below and above.
    Core,
    /// Solid below, open above.
    Up,
    /// Open below.
    Down,
}

/// Hatch of surfaces that look up or down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkinHatch {
    /// So many layers above or below must be solid for the core hatch.
    pub layer_count: usize,
    /// The hatch of the skin.
    pub hatch: Hatch,
}

/// How layers are filled with vectors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanOptions {
    /// Half the width that the spot melts: how far inside the part the first pass runs.
    pub spot: Mm,
    /// Number of contour passes.
    pub pass_count: usize,
    /// Distance from pass to pass.
    pub pass_distance: Mm,
    /// Distance from the last pass to the hatch; from the first one where there is none.
    pub hatch_offset: Mm,
    /// The hatch of the core.
    pub hatch: Hatch,
    /// The hatch of surfaces that look up; none where they are filled like the core.
    pub up: Option<SkinHatch>,
    /// The hatch of surfaces that look down; none where they are filled like the core.
    pub down: Option<SkinHatch>,
}

impl Default for ScanOptions {
    /// Two passes and lines 80 micrometres apart that turn by 67 degrees (facts D7.1, D7.2).
    fn default() -> Self {
        let hatch = Hatch {
            pattern: Pattern::Lines,
            spacing: Mm(0.08),
            angle: Deg(0.0),
            rotation: Deg(67.0),
        };
        Self {
            spot: Mm(0.04),
            pass_count: 2,
            pass_distance: Mm(0.08),
            hatch_offset: Mm(0.04),
            hatch,
            up: None,
            down: None,
        }
    }
}

/// Most passes and most skin layers.
const COUNT_MAX: usize = 64;

impl ScanOptions {
    /// How deep inside the part each pass runs, mm, the outermost first.
    pub fn pass_depths_mm(&self) -> Vec<f64> {
        (0..self.pass_count).map(|n| self.spot.0 + n as f64 * self.pass_distance.0).collect()
    }

    /// How deep inside the part the hatch begins, mm.
    pub fn hatch_depth_mm(&self) -> f64 {
        let last = self.pass_count.max(1) - 1;
        self.spot.0 + last as f64 * self.pass_distance.0 + self.hatch_offset.0
    }

    fn check(&self) -> Result<(), LayerError> {
        let mut lengths = self.hatch.lengths();
        for skin in [self.up, self.down].into_iter().flatten() {
            lengths.extend(skin.hatch.lengths());
        }
        if let Some(&(name, value_mm)) = lengths.iter().find(|l| !(l.1 >= LENGTH_MM_MIN)) {
            let limit_mm = LENGTH_MM_MIN;
            return Err(LayerError::NotPositive { name, value_mm, limit_mm });
        }
        layer::check_positive(&lengths)?;
        let offsets = [
            ("spot", self.spot.0),
            ("pass distance", self.pass_distance.0),
            ("hatch offset", self.hatch_offset.0),
        ];
        for (name, value_mm) in offsets {
            if !(value_mm >= 0.0 && value_mm.is_finite()) {
                return Err(LayerError::Negative { name, value_mm });
            }
        }
        let skin = |s: Option<SkinHatch>| s.map_or(0, |s| s.layer_count);
        for (name, count) in [
            ("passes", self.pass_count),
            ("up-skin layers", skin(self.up)),
            ("down-skin layers", skin(self.down)),
        ] {
            if count > COUNT_MAX {
                return Err(LayerError::Count { name, count, limit: COUNT_MAX });
            }
        }
        Ok(())
    }
}

/// All vectors of one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scan {
    /// From 0 at the bottom.
    pub layer_index: usize,
    /// Height of the layer's top, mm.
    pub z_mm: f64,
    /// Outline of the part; not scanned.
    pub outline: Vec<Contour>,
    /// Contour passes, the outermost first.
    pub passes: Vec<Vec<Contour>>,
    /// Middles of walls too thin for passes and hatch: each is one place to look at.
    pub centre_lines: Vec<CentreLine>,
    /// Hatches in the order in which they are scanned.
    pub hatches: Vec<(Skin, Vec<Vector>)>,
}

/// Takes layers one at a time, from the bottom up.
pub trait ScanSink {
    /// Takes one layer.
    ///
    /// # Errors
    /// What the sink's stream reports.
    fn take(&mut self, scan: &Scan) -> io::Result<()>;
}

impl<T: FnMut(&Scan) -> io::Result<()>> ScanSink for T {
    fn take(&mut self, scan: &Scan) -> io::Result<()> {
        self(scan)
    }
}

/// Cuts `field` into layers as [`layer::layers`] does, fills each with vectors, and hands it on.
/// Returns the number of layers.
///
/// Passes and hatch lie in the plane of their layer: offsets are measured there, from the contours.
///
/// # Errors
/// [`LayerError`] for a choice out of range, a plane of too many samples, a sink that fails, a
/// stopped job.
pub fn scans<F: Frame>(
    field: &dyn Field<F>,
    heights: (f64, f64),
    options: &LayerOptions,
    scan: &ScanOptions,
    job: &Job,
    sink: &mut dyn ScanSink,
) -> Result<usize, LayerError> {
    scan.check()?;
    let tolerance = options.tolerance.0;
    let make = |view: &View<'_, F>, z_mm: f64, work: &mut (Work, PassWork)| {
        let (work, pass_work) = work;
        let outline = view.contours(0.0, tolerance, work);
        let [ni, nj] = view.plane.raster.size;
        let inside = |j: usize, sides: &mut [bool]| {
            let row = view.plane.row(j);
            let border = j == 0 || j + 1 == nj;
            for i in 0..ni {
                sides[i] = row[i] < 0.0 && !border;
            }
            (sides[0], sides[ni - 1]) = (false, false);
        };
        let raster = view.plane.raster;
        let passes = passes::passes(raster, &outline, scan, tolerance, inside, pass_work);
        Planned { z_mm, outline, passes }
    };
    let mut filler = Filler::new(scan);
    let count = layer::each(field, heights, options, job, make, |group| filler.add(group, sink))?;
    filler.finish(sink)?;
    Ok(count)
}

/// Cuts a mesh into layers as [`section::sections`] does and fills them as [`scans`] does.
///
/// `options.step` is the distance between samples of the distance to the contours.
///
/// # Errors
/// [`LayerError`] for a choice out of range, a plane of too many samples, a sink that fails, a
/// stopped job.
pub fn mesh_scans<F: Frame>(
    mesh: &TriMesh<F>,
    heights: (f64, f64),
    options: &LayerOptions,
    scan: &ScanOptions,
    parts: Parts,
    job: &Job,
    sink: &mut dyn ScanSink,
) -> Result<Swept, LayerError> {
    scan.check()?;
    layer::check_positive(&[("step", options.step.0), ("tolerance", options.tolerance.0)])?;
    let b = mesh.bounds();
    let raster = layer::planar([b.min.x, b.min.y], [b.max.x, b.max.y], options.step.0)?;
    let mut filler = Filler::new(scan);
    let mut work = PassWork::default();
    let swept = section::each(mesh, heights, options.layer, parts, job, |layer| {
        let planned = from_contours(raster, layer, scan, options.tolerance.0, &mut work);
        filler.add(vec![planned], sink)
    })?;
    filler.finish(sink)?;
    Ok(swept)
}

/// Plans a layer of which the contours alone are known.
fn from_contours(
    raster: Raster,
    layer: Layer,
    scan: &ScanOptions,
    tolerance_mm: f64,
    work: &mut PassWork,
) -> Planned {
    let rows = hatch::inside(&Scanlines::rows(&raster), &layer.contours);
    let inside = |j: usize, sides: &mut [bool]| {
        sides.fill(false);
        for &[from, to] in rows.line(j as i64) {
            let place = |x: f64| ((x - raster.origin[0]) / raster.step).max(0.0);
            let (first, last) = (place(from).ceil() as usize, place(to).floor() as usize);
            let end = (last + 1).min(sides.len());
            sides[first.min(end)..end].fill(true);
        }
    };
    let passes = passes::passes(raster, &layer.contours, scan, tolerance_mm, inside, work);
    Planned { z_mm: layer.z_mm, outline: layer.contours, passes }
}

/// A layer whose passes are known and whose hatch is not.
pub(crate) struct Planned {
    pub z_mm: f64,
    pub outline: Vec<Contour>,
    pub passes: Passes,
}

impl Planned {
    /// Where the hatch lies.
    fn region(&self) -> &[Contour] {
        self.passes.region.as_deref().unwrap_or(&self.outline)
    }
}

/// Hatches layers as soon as those above and below are known that decide on their skins.
pub(crate) struct Filler<'a> {
    options: &'a ScanOptions,
    /// Layers that are still needed, and the index of the first of them.
    window: VecDeque<Planned>,
    first: usize,
    next: usize,
}

impl<'a> Filler<'a> {
    pub fn new(options: &'a ScanOptions) -> Self {
        Self { options, window: VecDeque::new(), first: 0, next: 0 }
    }

    /// Takes the next layers and hands on those that can be hatched.
    pub fn add(&mut self, group: Vec<Planned>, sink: &mut dyn ScanSink) -> Result<(), LayerError> {
        self.window.extend(group);
        let above = self.options.up.map_or(0, |skin| skin.layer_count);
        self.hand_on((self.first + self.window.len()).saturating_sub(above), sink)
    }

    /// Hands on what is left: above the last layer all is open.
    pub fn finish(mut self, sink: &mut dyn ScanSink) -> Result<(), LayerError> {
        self.hand_on(self.first + self.window.len(), sink)
    }

    fn hand_on(&mut self, end: usize, sink: &mut dyn ScanSink) -> Result<(), LayerError> {
        let hatches: Vec<_> =
            (self.next..end).into_par_iter().map(|index| self.hatches(index)).collect();
        let below = self.options.down.map_or(0, |skin| skin.layer_count);
        for hatches in hatches {
            let planned = &mut self.window[self.next - self.first];
            // Layers above ask for it once more only where there is a down-skin.
            let outline = if below == 0 {
                std::mem::take(&mut planned.outline)
            } else {
                planned.outline.clone()
            };
            let scan = Scan {
                layer_index: self.next,
                z_mm: planned.z_mm,
                outline,
                passes: std::mem::take(&mut planned.passes.passes),
                centre_lines: std::mem::take(&mut planned.passes.centre_lines),
                hatches,
            };
            sink.take(&scan)?;
            self.next += 1;
        }
        while self.first + below < self.next {
            self.window.pop_front();
            self.first += 1;
        }
        Ok(())
    }

    /// The outlines of `count` layers from `index` on, away from it; none beyond the part's ends.
    fn neighbours(&self, index: usize, count: usize, up: bool) -> Vec<&[Contour]> {
        let at = |n: usize| {
            let place = if up { Some(index + n) } else { index.checked_sub(n) };
            let place = place.and_then(|p| p.checked_sub(self.first));
            place.and_then(|p| self.window.get(p)).map_or(&[][..], |l| &l.outline[..])
        };
        (1..=count).map(at).collect()
    }

    fn hatches(&self, index: usize) -> Vec<(Skin, Vec<Vector>)> {
        let region = self.window[index - self.first].region();
        let ScanOptions { up, down, hatch, .. } = self.options;
        let count = |skin: &Option<SkinHatch>| skin.map_or(0, |s| s.layer_count);
        let above = self.neighbours(index, count(up), true);
        let below = self.neighbours(index, count(down), false);
        let covered = |lines: &Scanlines, spans: Spans, layers: &[&[Contour]]| {
            let both = |spans, layer: &&[Contour]| {
                hatch::intersection(&spans, &hatch::inside(lines, layer))
            };
            layers.iter().fold(spans, both)
        };
        let part = |skin: Skin, lines: &Scanlines| {
            let all = hatch::inside(lines, region);
            let on_solid = covered(lines, all.clone(), &below);
            match skin {
                Skin::Down => hatch::difference(&all, &on_solid),
                Skin::Core => covered(lines, on_solid, &above),
                Skin::Up => {
                    let core = covered(lines, on_solid.clone(), &above);
                    hatch::difference(&on_solid, &core)
                }
            }
        };
        let kinds = [
            (Skin::Down, down.map(|s| s.hatch)),
            (Skin::Core, Some(*hatch)),
            (Skin::Up, up.map(|s| s.hatch)),
        ];
        let mut hatches = Vec::new();
        for (skin, hatch) in kinds {
            let vectors =
                hatch.map_or(Vec::new(), |h| h.vectors(index, &|lines| part(skin, lines)));
            if !vectors.is_empty() {
                hatches.push((skin, vectors));
            }
        }
        hatches
    }
}
