//! The plane in which a surface is most nearly its own mirror image.

use nalgebra::{Matrix3, Vector3};
use ossein_geom::{Cancelled, Deg, Frame, Job, Point, Vector, float};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bends::bends;
use crate::kriging;
use crate::plane::Plane;
use crate::samples::{Sample, spread, thinned};
use crate::surface::{self, MeshSurface, Surface};

/// What the places of a surface count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// As much as they are large.
    Area,
    /// The more the surface bends around them ([`bends`]): the base of a skull and its face draw
    /// the plane, and the vault, smooth and often skewed, hardly does. A place that has lost its
    /// partner, or shares it with others, says what the asymmetry around lets expect (kriging).
    Form,
}

/// How the plane is sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymmetryOptions<F: Frame> {
    /// A plane from landmarks: it and those tilted by up to 45 degrees are tried; else all.
    pub start: Option<Plane<F>>,
    /// How far apart the sides of a sound body may well be, mm: what differs by several times as
    /// much is a defect and counts for nothing. Below 3 mm a real skull has several best planes, a
    /// degree apart.
    pub scale_mm: f64,
    /// Points on the surface.
    pub sample_count: usize,
    /// What they count once the plane is nearly found.
    pub weights: Weights,
}

impl<F: Frame> Default for SymmetryOptions<F> {
    fn default() -> Self {
        Self { start: None, scale_mm: 4.0, sample_count: 6_000, weights: Weights::Area }
    }
}

impl<F: Frame> SymmetryOptions<F> {
    /// For a skull of which a part may be missing: by form, so that a hole in the vault hardly
    /// turns the plane, and over a scale at which no groove of a vessel is a place of its own.
    pub fn skull() -> Self {
        let (scale_mm, sample_count, weights) = (5.0, 64_000, Weights::Form);
        Self { start: None, scale_mm, sample_count, weights }
    }
}

/// A surface without a plane of symmetry to be found.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SymmetryError {
    /// No triangle has an area.
    #[error("a mesh without area has no plane of symmetry")]
    NoArea,
    /// The scale is no length.
    #[error("sides that usually differ by {scale_mm} mm; a positive length is needed")]
    Scale {
        /// The scale, mm.
        scale_mm: f64,
    },
    /// Too little of the surface comes near its mirror image.
    #[error(
        "the best plane brings {paired:.2} of the surface near its mirror image; {least} is least"
    )]
    None {
        /// Share of the surface that is near its mirror image.
        paired: f64,
        /// The least share.
        least: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A plane of symmetry and how well it holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Symmetry<F: Frame> {
    /// The plane; its point is the middle of the surface, brought onto it.
    pub plane: Plane<F>,
    /// Weighted root mean square distance of the points from their mirror image, mm.
    pub rms_mm: f64,
    /// Share of the surface that has its mirror image near: the sum of the weights. By form, of what
    /// is the mirror image of its partner in turn.
    pub paired: f64,
    /// Standard error of the plane's place, mm, were all points independent.
    pub offset_error_mm: f64,
    /// Standard error of the normal, likewise.
    pub normal_error: Deg,
    /// Planes that were tried from the beginning.
    pub start_count: usize,
}

/// Directions that are tried when no plane is given.
const START_COUNT: usize = 96;
/// The share of the surface that must be near its mirror image.
const PAIRED_MIN: f64 = 0.15;
/// The motion of any point, mm, that ends a search.
const STILL_MM: f64 = 1e-3;
/// Partners look the same way within 60 degrees.
const FACING: f64 = 0.5;
/// Of places that count less than this, some stand for the others.
const FORM_WHOLE: f64 = 0.1;
/// A partner whose own partner lies so far from a point counts half, mm.
const RETURN_MM: f64 = 5.0;
/// Partners are sought within so many scales: there a weight has fallen to a hundredth.
const REACH: f64 = 3.0;
/// The scale falls by this factor from turn to turn.
const COOLING: f64 = 0.8;

/// One leg of the search: how many points it looks at, the scale at its beginning and at its end
/// (in parts of the surface's size, down to the scale of the options), the turns it rests on the
/// last scale at most, and how many planes the next leg follows.
struct Stage {
    point_count: usize,
    /// Whether partners are sought among what looks the same way; else the nearest place is one or
    /// none, which is quicker far away.
    facing: bool,
    scales: [f64; 2],
    turn_count_max: usize,
    best_count: usize,
}

const STAGES: [Stage; 3] = [
    Stage {
        point_count: 400,
        facing: false,
        scales: [0.05, 0.02],
        turn_count_max: 4,
        best_count: 8,
    },
    Stage {
        point_count: 1200,
        facing: false,
        scales: [0.02, 0.0],
        turn_count_max: 8,
        best_count: 1,
    },
    Stage {
        point_count: usize::MAX,
        facing: true,
        scales: [0.01, 0.0],
        turn_count_max: 80,
        best_count: 1,
    },
];

/// The plane that brings most of the surface onto its mirror image.
///
/// Every point adds `d^2 / (d^2 + s^2)`, with `d` its mirror image's distance from the surface that
/// looks the same way: sound parts draw the plane, and what has no counterpart within a few `s`
/// (a defect, the rim of a cut) has no part in it. `s` falls from coarse to `scale_mm`. By form
/// ([`Weights::Form`]) what has lost its partner does have a part: what its neighbours foretell.
///
/// # Errors
/// [`SymmetryError`] for a mesh without area, a scale that is no length, a surface that comes near
/// its mirror image in no plane, or a stopped job.
///
/// # Source
/// Registration of anatomy with its own mirror image: facts D2.26. The plane's three numbers are
/// fitted themselves, by Gauss and Newton, to the planes of the partners. The sum: Geman, McClure:
/// Bull. Int. Stat. Inst. 52 (1987). That places of form say more than smooth ones: Rusinkiewicz,
/// Levoy: Efficient variants of the ICP algorithm, 3DIM (2001).
pub fn symmetry_plane<F: Frame>(
    surface: &MeshSurface<'_, F>,
    options: &SymmetryOptions<F>,
    job: &Job,
) -> Result<Symmetry<F>, SymmetryError> {
    let scale_mm = options.scale_mm;
    if !(scale_mm > 0.0 && scale_mm.is_finite()) {
        return Err(SymmetryError::Scale { scale_mm });
    }
    let samples = spread(surface.mesh(), surface.tree().order(), options.sample_count);
    if samples.is_empty() {
        return Err(SymmetryError::NoArea);
    }
    let size_mm = surface.mesh().bounds().size().norm();
    let middle = middle(&samples);
    let starts: Vec<Plane<F>> = match options.start {
        Some(plane) => around(plane, middle).collect(),
        None => directions().map(|normal| Plane { point: middle, normal }).collect(),
    };
    let start_count = starts.len();
    let mut fits: Vec<Fit<F>> = Vec::new();
    let mut planes = starts;
    for (n, stage) in STAGES.iter().enumerate() {
        job.step(n, STAGES.len())?;
        let every = (samples.len() / stage.point_count).max(1);
        let few: Vec<Sample<F>> = samples.iter().step_by(every).copied().collect();
        let scales = stage.scales.map(|part| (part * size_mm).max(scale_mm));
        let (few, counts) = match options.weights {
            Weights::Form if stage.facing => thinned(&few, &bends(&few), FORM_WHOLE),
            _ => {
                let counts = vec![1.0; few.len()];
                (few, counts)
            }
        };
        let foretell = stage.facing && options.weights == Weights::Form;
        let search = Search { surface, samples: &few, counts: &counts, scales, stage, foretell };
        fits = planes.par_iter().filter_map(|plane| search.follow(plane)).collect();
        fits.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        planes = fits.iter().take(stage.best_count).map(|fit| fit.plane).collect();
    }
    let least = PAIRED_MIN;
    let fit = fits.first().ok_or(SymmetryError::None { paired: 0.0, least })?;
    if !(fit.paired >= least) {
        return Err(SymmetryError::None { paired: fit.paired, least });
    }
    let normal = oriented(fit.plane.normal);
    let plane = Plane { normal, ..fit.plane };
    Ok(Symmetry {
        plane: Plane { point: middle - normal * plane.height_mm(middle), normal },
        rms_mm: fit.rms_mm,
        paired: fit.paired,
        offset_error_mm: fit.errors[2],
        normal_error: Deg(float::hypot(fit.errors[0], fit.errors[1]).to_degrees()),
        start_count,
    })
}

/// Of both normals of a plane the one whose largest component is positive.
fn oriented<F: Frame>(normal: Vector<F>) -> Vector<F> {
    let largest =
        normal.array().into_iter().fold(0.0f64, |a, v| if v.abs() > a.abs() { v } else { a });
    if largest < 0.0 { -normal } else { normal }
}

fn middle<F: Frame>(samples: &[Sample<F>]) -> Point<F> {
    let sum = samples.iter().fold(Vector::new(0.0, 0.0, 0.0), |s, p| s + (p.point - Point::ORIGIN));
    Point::ORIGIN + sum * (1.0 / samples.len() as f64)
}

/// A plane, and those through the middle whose normals are its own or lie within 45 degrees of it.
fn around<F: Frame>(plane: Plane<F>, middle: Point<F>) -> impl Iterator<Item = Plane<F>> {
    let near = move |normal: &Vector<F>| normal.dot(plane.normal).abs() > 0.5f64.sqrt();
    let normals = std::iter::once(plane.normal).chain(directions().filter(near));
    std::iter::once(plane).chain(normals.map(move |normal| Plane { point: middle, normal }))
}

/// Directions over a half sphere, evenly: a spiral of golden turns.
fn directions<F: Frame>() -> impl Iterator<Item = Vector<F>> {
    let golden = std::f64::consts::PI * (3.0 - 5.0f64.sqrt());
    (0..START_COUNT).map(move |n| {
        let z = (n as f64 + 0.5) / START_COUNT as f64;
        let (s, c) = float::sin_cos(golden * n as f64);
        let r = (1.0 - z * z).sqrt();
        Vector::new(r * c, r * s, z)
    })
}

struct Search<'a, F: Frame> {
    surface: &'a MeshSurface<'a, F>,
    samples: &'a [Sample<F>],
    /// What each counts.
    counts: &'a [f64],
    /// First and last, mm.
    scales: [f64; 2],
    stage: &'a Stage,
    /// Whether places that have lost their partner say what their neighbours let expect.
    foretell: bool,
}

struct Fit<F: Frame> {
    plane: Plane<F>,
    /// Mean over all points, 0 to 1; a point without a partner costs 1.
    cost: f64,
    rms_mm: f64,
    paired: f64,
    /// Standard errors: two tilts in radians and the offset in mm.
    errors: [f64; 3],
}

/// What one point's mirror image found.
struct Pair<F: Frame> {
    point: Point<F>,
    normal: Vector<F>,
    height: f64,
    /// Distance over scale, squared; infinite for a point without a partner.
    far2: f64,
    /// What the point counts.
    count: f64,
    weight: f64,
    /// What the point would count besides, had it not lost its partner.
    lost: f64,
}

impl<F: Frame> Search<'_, F> {
    /// Turns and shifts the plane until it rests.
    fn follow(&self, start: &Plane<F>) -> Option<Fit<F>> {
        let mut plane = *start;
        let center = middle(self.samples);
        plane.point = center - plane.normal * plane.height_mm(center);
        let mut scale_mm = self.scales[0];
        let mut turn_count = 0;
        loop {
            let pairs = self.pairs(&plane, scale_mm);
            let step = Step::of(&pairs, &plane, self.foretell)?;
            let last = scale_mm <= self.scales[1];
            if last && (step.moved_mm <= STILL_MM || turn_count == self.stage.turn_count_max) {
                return Some(self.fit(plane, &pairs, &step));
            }
            plane = step.applied(&plane);
            turn_count += usize::from(last);
            scale_mm = (scale_mm * COOLING).max(self.scales[1]);
        }
    }

    fn fit(&self, plane: Plane<F>, pairs: &[Pair<F>], step: &Step<F>) -> Fit<F> {
        let count: f64 = self.counts.iter().sum();
        let spared: f64 = pairs.iter().map(|p| p.count / (1.0 + p.far2)).sum();
        let weight: f64 = pairs.iter().map(|p| p.weight).sum();
        let square: f64 = pairs.iter().map(|p| p.weight * p.height * p.height).sum();
        let rms_mm = (square / weight.max(f64::MIN_POSITIVE)).sqrt();
        Fit {
            plane,
            cost: 1.0 - spared / count,
            rms_mm,
            paired: weight / count,
            errors: step.spread.map(|s| s * rms_mm),
        }
    }

    fn pairs(&self, plane: &Plane<F>, scale_mm: f64) -> Vec<Pair<F>> {
        let counted = self.samples.par_iter().zip(self.counts).with_min_len(128);
        counted.filter_map(|(sample, &count)| self.pair(sample, count, plane, scale_mm)).collect()
    }

    /// None where a point without a partner says nothing.
    fn pair(
        &self,
        sample: &Sample<F>,
        count: f64,
        plane: &Plane<F>,
        scale_mm: f64,
    ) -> Option<Pair<F>> {
        let (point, image) = (sample.point, plane.mirror(sample.point));
        let facing = plane.mirror_direction(sample.normal);
        let Some(place) = self.partner(image, facing, scale_mm) else {
            let (height, far2, weight, lost) = (0.0, f64::INFINITY, 0.0, count);
            let alone = Pair { point, normal: facing, height, far2, count: 0.0, weight, lost };
            return self.foretell.then_some(alone);
        };
        let away = image - place.point;
        let height = away.dot(place.normal);
        let far2 = away.dot(away) / (scale_mm * scale_mm);
        let same = if self.foretell { self.returns(sample, &place, plane, scale_mm) } else { 1.0 };
        let (count, lost) = (count * same, count * (1.0 - same));
        let weight = count / ((1.0 + far2) * (1.0 + far2));
        Some(Pair { point, normal: place.normal, height, far2, count, weight, lost })
    }

    fn partner(
        &self,
        image: Point<F>,
        facing: Vector<F>,
        scale_mm: f64,
    ) -> Option<surface::Place<F>> {
        let reach_mm = REACH * scale_mm;
        if self.stage.facing {
            return self.surface.nearest_facing(image, facing, FACING, reach_mm);
        }
        let nearest = self.surface.nearest(image, reach_mm)?;
        (nearest.normal.dot(facing) >= FACING).then_some(nearest)
    }

    /// How nearly the partner of a point's partner is the point itself, 0 to 1: at the edge of a
    /// cut many points share one partner, which is none of theirs.
    fn returns(
        &self,
        sample: &Sample<F>,
        place: &surface::Place<F>,
        plane: &Plane<F>,
        scale_mm: f64,
    ) -> f64 {
        let image = plane.mirror(place.point);
        let facing = plane.mirror_direction(place.normal);
        self.partner(image, facing, scale_mm).map_or(0.0, |back| {
            let off = back.point - sample.point;
            let off2 = off.dot(off) / (RETURN_MM * RETURN_MM);
            1.0 / (1.0 + off2 * off2)
        })
    }
}

/// A small motion of a plane: two tilts about its point, and a shift along its normal.
struct Step<F: Frame> {
    sides: [Vector<F>; 2],
    tilt: [f64; 2],
    shift: f64,
    /// How far it moves the farthest mirror image, mm.
    moved_mm: f64,
    /// Square roots of the diagonal of the normal matrix' inverse.
    spread: [f64; 3],
}

impl<F: Frame> Step<F> {
    /// The motion that brings the mirror images onto the planes of their partners; with what lost
    /// partners would have said where that is to be foretold.
    fn of(pairs: &[Pair<F>], plane: &Plane<F>, foretell: bool) -> Option<Self> {
        let side = plane.normal.any_perpendicular();
        let sides = [side, plane.normal.cross(side)];
        let places = places(pairs, plane, sides);
        let mut matrix = Matrix3::zeros();
        let mut right = Vector3::zeros();
        for place in &places {
            matrix += place.row * place.row.transpose() * place.weight;
            right -= place.row * (place.height_mm * place.weight);
        }
        let inverse = matrix.try_inverse()?;
        let spread = [0, 1, 2].map(|n| inverse[(n, n)].max(0.0).sqrt());
        let mut found = inverse * right;
        if foretell {
            let (lost, lost_right) = kriging::missing(&places)?;
            found = (matrix + lost).try_inverse()? * (right + lost_right);
        }
        let reach = pairs.iter().fold(0.0f64, |m, p| m.max((p.point - plane.point).norm()));
        let moved_mm = 2.0 * (float::hypot(found.x, found.y) * reach + found.z.abs());
        moved_mm.is_finite().then_some(Self {
            sides,
            tilt: [found.x, found.y],
            shift: found.z,
            moved_mm,
            spread,
        })
    }

    fn applied(&self, plane: &Plane<F>) -> Plane<F> {
        let tilted = plane.normal + self.sides[0] * self.tilt[0] + self.sides[1] * self.tilt[1];
        let normal = tilted.unit();
        Plane { point: plane.point + normal * self.shift, normal }
    }
}

/// Pairs as they are seen from the plane.
fn places<F: Frame>(
    pairs: &[Pair<F>],
    plane: &Plane<F>,
    sides: [Vector<F>; 2],
) -> Vec<kriging::Place> {
    let sum = |of: fn(&Pair<F>) -> f64| pairs.iter().map(of).sum::<f64>();
    // A lost partner would be a point of its own, and count as much as sound pairs do.
    let sound = 2.0 * sum(|p| p.weight) / sum(|p| p.count).max(f64::MIN_POSITIVE);
    let seen = |v: Vector<F>| Vector3::new(v.dot(sides[0]), v.dot(sides[1]), v.dot(plane.normal));
    let place = |pair: &Pair<F>| {
        let (at, normal) = (seen(pair.point - plane.point), seen(pair.normal));
        // image = p - 2 (at . n - shift) n, and n tilts to both sides.
        let tilt = |side: usize| -2.0 * (at[side] * normal.z + at.z * normal[side]);
        kriging::Place {
            at,
            normal,
            row: Vector3::new(tilt(0), tilt(1), 2.0 * normal.z),
            height_mm: pair.height,
            weight: pair.weight,
            missing: sound * pair.lost,
        }
    };
    pairs.iter().map(place).collect()
}
