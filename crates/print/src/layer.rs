//! Closed contours of a solid at any height, straight from its field.

use std::sync::{Mutex, PoisonError};

use ossein_field::Field;
use ossein_geom::{Cancelled, Contour, Frame, Job, Layer, Mm, Point};
use rayon::prelude::*;

use crate::between::smooth;
use crate::plane::{Looks, Plane, Raster, SAMPLES_MAX, Slab};
use crate::ring::{self, RingScratch};
use crate::trace::{self, Rings, TraceScratch};

/// How a solid is cut into layers.
#[derive(Clone, Copy, Debug)]
pub struct LayerOptions {
    /// Thickness of a layer.
    pub layer: Mm,
    /// Distance between samples in the plane: what is thinner than this may be missed.
    pub step: Mm,
    /// How far a contour may leave the field's zero.
    pub tolerance: Mm,
}

/// Layers that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// A length that is not positive, or too small to mean anything.
    #[error("{name} is {value_mm} mm; it must be above {limit_mm}")]
    NotPositive {
        /// Which choice.
        name: &'static str,
        /// Its value, mm.
        value_mm: f64,
        /// What it must be above, mm.
        limit_mm: f64,
    },
    /// A length below zero.
    #[error("{name} is {value_mm} mm; it must not be below zero")]
    Negative {
        /// Which choice.
        name: &'static str,
        /// Its value, mm.
        value_mm: f64,
    },
    /// A count that is too high.
    #[error("{count} {name} are more than {limit}")]
    Count {
        /// Which choice.
        name: &'static str,
        /// Its value.
        count: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A plane of more samples than can be held.
    #[error(
        "a step of {step_mm} mm over {width_mm} x {depth_mm} mm gives more than {limit} samples"
    )]
    TooFine {
        /// Distance between samples, mm.
        step_mm: f64,
        /// Size of the solid along x, mm.
        width_mm: f64,
        /// Size of the solid along y, mm.
        depth_mm: f64,
        /// Most samples of a plane.
        limit: usize,
    },
    /// Heights that are not finite, or more layers than can be counted.
    #[error("layers of {layer_mm} mm from {low_mm} mm to {high_mm} mm are more than {limit}")]
    TooMany {
        /// Thickness of a layer, mm.
        layer_mm: f64,
        /// Where they begin, mm.
        low_mm: f64,
        /// Where they end, mm.
        high_mm: f64,
        /// Most layers of a part.
        limit: usize,
    },
    /// The caller could not take a layer.
    #[error("could not store a layer: {0}")]
    Sink(#[from] std::io::Error),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Most layers of a part: 10 m of 1 micrometre.
pub const LAYER_COUNT_MAX: usize = 10_000_000;

/// Cuts `field` into layers from the bottom of its box to the top and hands each to `sink`.
///
/// Layer `n` spans `n * layer` to `(n + 1) * layer` above the first of `heights`, is cut at its
/// middle, and carries the height of its top. Returns the number of layers.
///
/// # Errors
/// [`LayerError`] for a length that is not positive, a plane of too many samples, a sink that
/// fails, a stopped job.
pub fn layers<F: Frame>(
    field: &dyn Field<F>,
    heights: (f64, f64),
    options: &LayerOptions,
    job: &Job,
    mut sink: impl FnMut(&Layer) -> std::io::Result<()>,
) -> Result<usize, LayerError> {
    let made = |view: &View<'_, F>, z_mm: f64, work: &mut Work| Layer {
        z_mm,
        contours: view.contours(0.0, options.tolerance.0, work),
    };
    each(field, heights, options, job, made, |group| Ok(group.iter().try_for_each(&mut sink)?))
}

/// The closed contours of `field` at height `z_mm`: counter-clockwise around solid, clockwise
/// around holes. They never cross, and stay within `tolerance` of the field's zero.
///
/// # Errors
/// [`LayerError`] for a length that is not positive and a plane of too many samples.
pub fn cut<F: Frame>(
    field: &dyn Field<F>,
    z_mm: f64,
    step: Mm,
    tolerance: Mm,
) -> Result<Vec<Contour>, LayerError> {
    let raster = raster(field, &LayerOptions { layer: Mm(1.0), step, tolerance })?;
    let mut slab = Slab::new(raster);
    slab.sample(field, &Looks::new(&raster, field, [z_mm; 2]), [z_mm, 1.0], 1);
    let view = View { field, plane: slab.plane(0), cut_mm: z_mm };
    Ok(view.contours(0.0, tolerance.0, &mut Work::default()))
}

/// Samples of one layer, and the field behind them.
pub(crate) struct View<'a, F: Frame> {
    pub field: &'a dyn Field<F>,
    pub plane: Plane<'a>,
    pub cut_mm: f64,
}

/// Memory that is used again from layer to layer.
#[derive(Default)]
pub(crate) struct Work {
    pub trace: TraceScratch,
    pub ring: RingScratch,
    pub rings: Rings,
}

impl<F: Frame> View<'_, F> {
    /// Contours at `level` within `tolerance_mm`.
    pub fn contours(&self, level: f64, tolerance_mm: f64, work: &mut Work) -> Vec<Contour> {
        let solid = |p: [f64; 2]| self.field.distance(self.place(p)) < level;
        let probe = |points: &[[f64; 2]]| self.probe(points, level, tolerance_mm);
        let level = level as f32;
        let Work { trace, ring, rings } = work;
        trace::trace(&self.plane, level, solid, trace, rings);
        ring::refine(&self.plane, level, &mut rings.crossings, tolerance_mm, &probe);
        ring::contours(&self.plane.raster, rings, tolerance_mm, Some(&probe), ring)
    }

    /// The field's distances less `level`, from the samples around where they tell enough.
    fn probe(&self, points: &[[f64; 2]], level: f64, tolerance_mm: f64) -> Vec<f64> {
        let error = ring::PROBE_SHARE * tolerance_mm;
        let told = points.iter().map(|&p| smooth(&self.plane, p, error).unwrap_or(f64::NAN));
        let mut values: Vec<f64> = told.collect();
        let untold = (0..points.len()).filter(|&n| values[n].is_nan()).collect::<Vec<_>>();
        if !untold.is_empty() {
            let places: Vec<_> = untold.iter().map(|&n| self.place(points[n])).collect();
            let mut exact = vec![0.0; places.len()];
            self.field.distances(&places, &mut exact);
            for (n, distance) in untold.into_iter().zip(exact) {
                values[n] = distance;
            }
        }
        values.iter_mut().for_each(|value| *value -= level);
        values
    }

    fn place(&self, [x, y]: [f64; 2]) -> Point<F> {
        Point::new(x, y, self.cut_mm)
    }
}

/// Samples `field` and lets `make` work on each layer while its samples are at hand, slab beside
/// slab; what is made is handed on in order and in groups. Returns the number of layers.
pub(crate) fn each<F: Frame, T: Send, W: Default + Send>(
    field: &dyn Field<F>,
    heights: (f64, f64),
    options: &LayerOptions,
    job: &Job,
    make: impl Fn(&View<'_, F>, f64, &mut W) -> T + Sync,
    mut sink: impl FnMut(Vec<T>) -> Result<(), LayerError>,
) -> Result<usize, LayerError> {
    let raster = raster(field, options)?;
    let thickness = options.layer.0;
    let layer_count = layer_count(heights, thickness)?;
    let middle = |n: usize| heights.0 + (n as f64 + 0.5) * thickness;
    let [stack, at_once] = [Looks::planes(&raster), Slab::planes(&raster)];
    // Memory of one thread, used again from stack to stack.
    let desks = Mutex::new(Vec::new());
    for first in (0..layer_count).step_by(stack) {
        job.step(first, layer_count)?;
        let end = layer_count.min(first + stack);
        let looks = Looks::new(&raster, field, [middle(first), middle(end - 1)]);
        let finish = |first: usize| {
            let kept = desks.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let (mut slab, mut work) = kept.unwrap_or_else(|| (Slab::new(raster), W::default()));
            let count = at_once.min(end - first);
            slab.sample(field, &looks, [middle(first), thickness], count);
            let plane = |n: usize| {
                let view = View { field, plane: slab.plane(n), cut_mm: middle(first + n) };
                make(&view, heights.0 + ((first + n) as f64 + 1.0) * thickness, &mut work)
            };
            let made: Vec<T> = (0..count).map(plane).collect();
            desks.lock().unwrap_or_else(PoisonError::into_inner).push((slab, work));
            made
        };
        let firsts: Vec<usize> = (first..end).step_by(at_once).collect();
        let made: Vec<Vec<T>> = firsts.into_par_iter().map(finish).collect();
        sink(made.into_iter().flatten().collect())?;
    }
    job.step(layer_count, layer_count)?;
    Ok(layer_count)
}

/// Layers of `thickness` whose middles lie between two heights, but never none of a body: a last
/// part thinner than half a layer has nothing at its middle that could be scanned.
///
/// # Errors
/// [`LayerError::TooMany`] where they cannot be counted.
pub(crate) fn layer_count(heights: (f64, f64), thickness: f64) -> Result<usize, LayerError> {
    let (low_mm, high_mm) = heights;
    let whole = (high_mm - low_mm) / thickness - 1e-6;
    let count = (whole - 0.5).max(whole.min(0.5)).ceil();
    if count.is_nan() || count > LAYER_COUNT_MAX as f64 {
        let (layer_mm, limit) = (thickness, LAYER_COUNT_MAX);
        return Err(LayerError::TooMany { layer_mm, low_mm, high_mm, limit });
    }
    Ok(count.max(0.0) as usize)
}

/// Lengths of a cut must be positive.
pub(crate) fn check_positive(lengths: &[(&'static str, f64)]) -> Result<(), LayerError> {
    for &(name, value_mm) in lengths {
        if !(value_mm > 0.0 && value_mm.is_finite()) {
            return Err(LayerError::NotPositive { name, value_mm, limit_mm: 0.0 });
        }
    }
    Ok(())
}

fn raster<F: Frame>(field: &dyn Field<F>, options: &LayerOptions) -> Result<Raster, LayerError> {
    let LayerOptions { layer, step, tolerance } = options;
    check_positive(&[("layer", layer.0), ("step", step.0), ("tolerance", tolerance.0)])?;
    let b = field.bounds();
    planar([b.min.x, b.min.y], [b.max.x, b.max.y], step.0)
}

/// A raster over a box in the plane.
pub(crate) fn planar(min: [f64; 2], max: [f64; 2], step: f64) -> Result<Raster, LayerError> {
    Raster::over(min, max, step).ok_or(LayerError::TooFine {
        step_mm: step,
        width_mm: max[0] - min[0],
        depth_mm: max[1] - min[1],
        limit: SAMPLES_MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_field::boolean::{Difference, Intersection};
    use ossein_field::lattice::GyroidNetwork;
    use ossein_field::primitive::{Cone, Cuboid, Sphere};
    use ossein_geom::{Aabb, Implant};

    const OPTIONS: LayerOptions =
        LayerOptions { layer: Mm(0.03), step: Mm(0.1), tolerance: Mm(0.002) };

    fn volume(field: &dyn Field<Implant>, step: Mm, tolerance: Mm) -> f64 {
        let options = LayerOptions { step, tolerance, ..OPTIONS };
        let mut sum = 0.0;
        let b = field.bounds();
        layers(field, (b.min.z, b.max.z), &options, &Job::quiet(), |layer| {
            sum += layer.area_mm2() * OPTIONS.layer.0;
            Ok(())
        })
        .unwrap();
        sum
    }

    #[test]
    fn the_layers_of_a_ball_add_up_to_its_volume() {
        let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 5.0 };
        assert!((volume(&ball, Mm(0.1), OPTIONS.tolerance) / 523.5988 - 1.0).abs() < 1e-3);
    }

    /// 1 mm in layers of 0.3 mm ends on 0.1 mm that no middle lies in, 0.8 mm on 0.2 mm that one
    /// does; 0.1 mm is still a body.
    #[test]
    fn a_part_ends_on_a_layer_that_holds_something() {
        for (height, count) in [(0.1, 1), (0.8, 3), (0.9, 3), (1.0, 3), (1.05, 3), (1.06, 4)] {
            let cube = Cuboid::<Implant> {
                bounds: Aabb::new(Point::ORIGIN, Point::new(4.0, 3.0, height)),
                round_mm: 0.0,
            };
            let mut areas = Vec::new();
            let keep = |layer: &Layer| {
                areas.push(layer.area_mm2());
                Ok(())
            };
            let options = LayerOptions { layer: Mm(0.3), ..OPTIONS };
            let made = layers(&cube, (0.0, height), &options, &Job::quiet(), keep).unwrap();
            assert_eq!((made, areas.len()), (count, count), "{height} mm");
            let whole = areas.iter().filter(|area| (**area - 12.0).abs() < 1e-3).count();
            assert_eq!(whole, if height < 0.15 { 0 } else { count }, "{height} mm: {areas:?}");
        }
    }

    #[test]
    fn a_hole_runs_the_other_way() {
        let z = |z| Point::<Implant>::new(0.0, 0.0, z);
        let tube = Difference {
            from: Box::new(Cone::cylinder(z(0.0), z(1.0), 5.0)),
            cut: Box::new(Cone::cylinder(z(-1.0), z(2.0), 3.0)),
        };
        let contours = cut(&tube, 0.5, Mm(0.1), Mm(0.002)).unwrap();
        let areas: Vec<f64> = contours.iter().map(Contour::area_mm2).collect();
        assert_eq!(areas.len(), 2);
        assert!(areas.iter().any(|a| (a - 78.54).abs() < 0.1), "{areas:?}");
        assert!(areas.iter().any(|a| (a + 28.27).abs() < 0.1), "{areas:?}");
    }

    /// Against layers as fine as the field, thin struts lose far less than the tolerance along their
    /// 5.8 mm of outline per mm² would be (1.2 %). A wide body: where it is cut, struts lose what is
    /// thinner than a step, too.
    #[test]
    fn a_lattice_fills_its_share() {
        let cube = Cuboid::<Implant> {
            bounds: Aabb::new(Point::new(0.0, 0.0, 0.0), Point::new(12.0, 12.0, 6.0)),
            round_mm: 0.0,
        };
        let lattice = GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(1.5), 0.3).unwrap();
        let part = Intersection(vec![Box::new(lattice), Box::new(cube)]);
        let whole = volume(&part, Mm(0.02), Mm(1e-4));
        // The level table is good to 0.002 of the solid fraction of 0.3 (facts D3.4).
        assert!((whole / (864.0 * 0.3) - 1.0).abs() < 0.0067, "{whole}");
        let loss = |step| 1.0 - volume(&part, Mm(step), OPTIONS.tolerance) / whole;
        let (coarse, fine) = (loss(0.1), loss(0.05));
        assert!((coarse - fine).abs() < 0.002 && fine.abs() < 0.0005, "{coarse} {fine}");
    }
}
