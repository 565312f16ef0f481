//! From labels to measured vertebrae.

use ossein_geom::{Finding, Found, Job, Level, Lps, Point, Vector, Volume, float};
use ossein_segment::expected::{PLAUSIBLE_RATIO, body_size, is_plausible, search_size};
use ossein_segment::{Segmentation, body_label, level_set};

use crate::canal::{Station, beside, trace};
use crate::plate::{self, Plane};
use crate::types::{Anatomy, AnatomyError, Angles, Endplate, Vertebra};

const ROUND_COUNT: usize = 4;
/// A smaller end face is not measured.
const AREA_MIN_MM2: f64 = 80.0;
/// Columns across which the first planes are fitted: half of the expected half sizes.
const CORE_PART: f64 = 0.5;

/// Measures every vertebral body, its endplates and the canal.
///
/// A body without two end faces in view is left out, with a finding.
///
/// # Errors
/// [`AnatomyError`] where there is no body with both end faces, or no canal.
pub fn measure(
    hu: &Volume<i16>,
    segmentation: &Segmentation,
    job: &Job,
) -> Result<Found<Anatomy>, AnatomyError> {
    let levels = segmentation.levels();
    if levels.is_empty() {
        return Err(AnatomyError::NoBody);
    }
    let mut findings = Vec::new();
    let mut vertebrae: Vec<Vertebra> = Vec::new();
    let mut failure = AnatomyError::NoBody;
    for (n, &level) in levels.iter().enumerate() {
        job.step(n, levels.len())?;
        match vertebra(hu, segmentation, level, &levels, job) {
            Ok(vertebra) => {
                judge(&vertebra, &mut findings);
                vertebrae.push(vertebra);
            }
            Err(AnatomyError::Cancelled(c)) => return Err(c.into()),
            Err(AnatomyError::Segment(ossein_segment::SegmentError::Cancelled(c))) => {
                return Err(c.into());
            }
            Err(error) => {
                let message = format!("{level} was not measured: {error}");
                let place = format!("{level} body");
                findings.push(Finding::warning("anatomy.not_measured", place, message));
                failure = error;
            }
        }
    }
    if vertebrae.is_empty() {
        return Err(failure);
    }
    let stations: Vec<Station> = vertebrae
        .iter()
        .map(|v| Station { centroid: v.centroid, axis: v.axis, left: v.left })
        .collect();
    let canal = trace(segmentation, &stations)?;
    Ok(Found { value: Anatomy { vertebrae, canal }, findings })
}

/// Middle and volume of what lies inside a level set.
fn inside(field: &Volume<f32>) -> (Point<Lps>, f64) {
    let spacing = field.grid.spacing;
    let step = (spacing[0] + spacing[1] + spacing[2]) / 3.0;
    let (mut at, mut count) = ([0.0; 3], 0.0);
    for (n, &value) in field.values.iter().enumerate() {
        let part = (0.5 - f64::from(value) / step).clamp(0.0, 1.0);
        if part > 0.0 {
            let voxel = field.grid.voxel(n);
            for a in 0..3 {
                at[a] += part * voxel[a] as f64;
            }
            count += part;
        }
    }
    let safe = f64::max(count, 1e-9);
    (field.grid.point(at.map(|x| x / safe)), count * field.grid.voxel_mm3())
}

fn first_axis(segmentation: &Segmentation, level: Level, levels: &[Level]) -> Vector<Lps> {
    let at = |l: Level| segmentation.structure(body_label(l)).map(|s| s.centroid);
    let n = levels.iter().position(|&l| l == level).unwrap_or(0);
    let (above, below) = (levels[n.saturating_sub(1)], levels[(n + 1).min(levels.len() - 1)]);
    match (at(above), at(below)) {
        (Some(a), Some(b)) if a.distance(b) > 1.0 => (a - b).unit(),
        _ => Vector::new(0.0, 0.0, 1.0),
    }
}

fn vertebra(
    hu: &Volume<i16>,
    segmentation: &Segmentation,
    level: Level,
    levels: &[Level],
    job: &Job,
) -> Result<Vertebra, AnatomyError> {
    let field = level_set(hu, segmentation, &[body_label(level)], job)?;
    let (centroid, body_volume_mm3) = inside(&field);
    let mut axis = first_axis(segmentation, level, levels);
    let posterior = beside(segmentation, centroid, axis)
        .map_or(Vector::new(0.0, 1.0, 0.0), |p| (p - centroid).unit());
    let mut heights = [0.0; 2];
    let size = search_size(level);
    for _ in 0..ROUND_COUNT {
        let (left, back) = aligned(axis, posterior);
        let up = core_plane(&field, centroid, axis, left, back, &size);
        let down = core_plane(&field, centroid, -axis, left, back, &size);
        let (Some(up), Some(down)) = (up, down) else {
            let which = if up.is_none() { "cranial" } else { "caudal" };
            return Err(none(level, which, 0.0));
        };
        heights = [up.1, down.1];
        axis = (up.0 - down.0).unit();
    }
    let (left, back) = aligned(axis, posterior);
    let reach = 0.75 * size.cranial_width_mm.max(size.caudal_width_mm).max(size.caudal_depth_mm);
    let face = |sign: f64, height: f64, which: &'static str| {
        let normal = axis * sign;
        let start = Plane::new(centroid + normal * height, normal, left, back);
        let plate = plate::measure(&field, start, reach);
        let plate = plate.ok_or(none(level, which, 0.0))?;
        if plate.area_mm2 < AREA_MIN_MM2 {
            return Err(none(level, which, plate.area_mm2));
        }
        Ok(plate)
    };
    let cranial = face(1.0, heights[0], "cranial")?;
    let caudal = face(-1.0, heights[1], "caudal")?;
    let axis = (cranial.normal - caudal.normal).unit();
    let (left, posterior) = aligned(axis, posterior);
    Ok(assembled(hu, level, centroid, body_volume_mm3, [axis, left, posterior], cranial, caudal))
}

fn none(level: Level, which: &'static str, area_mm2: f64) -> AnatomyError {
    AnatomyError::NoEndplate { level, which, area_mm2, least: AREA_MIN_MM2 }
}

/// Left and posterior at right angles to `axis`, posterior as near to `back` as may be.
fn aligned(axis: Vector<Lps>, back: Vector<Lps>) -> (Vector<Lps>, Vector<Lps>) {
    let posterior = (back - axis * axis.dot(back)).unit();
    (posterior.cross(axis), posterior)
}

/// Plane through the inner part of an end face: its outward normal, and its height above the
/// centroid along `normal`.
fn core_plane(
    field: &Volume<f32>,
    centroid: Point<Lps>,
    normal: Vector<Lps>,
    left: Vector<Lps>,
    back: Vector<Lps>,
    size: &ossein_segment::expected::BodySize,
) -> Option<(Vector<Lps>, f64)> {
    const STEP_MM: f64 = 1.0;
    const MARCH_MM: f64 = 0.25;
    let (a, b) = (CORE_PART * 0.5 * size.width_mm(), CORE_PART * 0.5 * size.depth_mm());
    let reach = 1.2 * size.posterior_height_mm;
    let mut points = Vec::new();
    let (nu, nv) = ((a / STEP_MM) as i32, (b / STEP_MM) as i32);
    for j in -nv..=nv {
        for i in -nu..=nu {
            let (u, v) = (f64::from(i) * STEP_MM, f64::from(j) * STEP_MM);
            let from = centroid + left * u + back * v;
            let mut before = field.sample(from);
            if before >= 0.0 {
                continue;
            }
            for n in 1..(reach / MARCH_MM) as usize {
                let value = field.sample(from + normal * (n as f64 * MARCH_MM));
                if value >= 0.0 {
                    let part = before / (before - value);
                    points.push([u, v, (n as f64 - 1.0 + part) * MARCH_MM]);
                    break;
                }
                before = value;
            }
        }
    }
    if points.len() < 12 {
        return None;
    }
    let plane = trimmed(points)?;
    Some(((normal - left * plane[0] - back * plane[1]).unit(), plane[2]))
}

fn trimmed(mut points: Vec<[f64; 3]>) -> Option<[f64; 3]> {
    let mut plane = [0.0; 3];
    for _ in 0..3 {
        plane = crate::linear::plane(&points)?;
        let off = |p: &[f64; 3]| (p[2] - plane[0] * p[0] - plane[1] * p[1] - plane[2]).abs();
        let mut all: Vec<f64> = points.iter().map(off).collect();
        all.sort_by(f64::total_cmp);
        let limit = 3.0 * all[all.len() / 2] + 0.1;
        points.retain(|p| off(p) <= limit);
    }
    Some(plane)
}

fn assembled(
    hu: &Volume<i16>,
    level: Level,
    centroid: Point<Lps>,
    body_volume_mm3: f64,
    [axis, left, posterior]: [Vector<Lps>; 3],
    cranial: Endplate,
    caudal: Endplate,
) -> Vertebra {
    let edge = |plate: &Endplate, front: bool| {
        let near = plate.outline.iter().filter(|p| p[0].abs() < 2.5);
        let along = near.map(|p| p[1]);
        let v = if front {
            along.fold(f64::INFINITY, f64::min)
        } else {
            along.fold(f64::NEG_INFINITY, f64::max)
        };
        plate.center + plate.v * v
    };
    let wall = |front: bool| axis.dot(edge(&cranial, front) - edge(&caudal, front));
    let middle = |plate: &Endplate| {
        plate.center + plate.normal * plate.heights.sample(0.0, 0.0).unwrap_or(0.0)
    };
    let height_mid_mm = axis.dot(middle(&cranial) - middle(&caudal));
    let wedge_deg = angle_between(&cranial, &caudal, left).sagittal_deg;
    let core = Core { centroid, axis, left, posterior, height_mid_mm };
    Vertebra {
        level,
        centroid,
        body_volume_mm3,
        axis,
        left,
        posterior,
        height_anterior_mm: wall(true),
        height_posterior_mm: wall(false),
        height_mid_mm,
        wedge_deg,
        body_mean_hu: core.mean_hu(hu, &cranial),
        cranial,
        caudal,
    }
}

struct Core {
    centroid: Point<Lps>,
    axis: Vector<Lps>,
    left: Vector<Lps>,
    posterior: Vector<Lps>,
    height_mid_mm: f64,
}

impl Core {
    /// Mean grey value of an elliptic cylinder of half the body's size about its middle.
    fn mean_hu(&self, hu: &Volume<i16>, plate: &Endplate) -> f64 {
        let half = [0.25 * plate.width_mm, 0.25 * plate.depth_mm, 0.25 * self.height_mid_mm];
        let count = half.map(|h| h as i32);
        let (mut sum, mut all) = (0.0, 0.0);
        for k in -count[2]..=count[2] {
            for j in -count[1]..=count[1] {
                for i in -count[0]..=count[0] {
                    let (x, y, z) = (f64::from(i), f64::from(j), f64::from(k));
                    if (x / half[0]).powi(2) + (y / half[1]).powi(2) > 1.0 {
                        continue;
                    }
                    let p = self.centroid + self.left * x + self.posterior * y + self.axis * z;
                    sum += hu.sample(p);
                    all += 1.0;
                }
            }
        }
        sum / f64::max(all, 1.0)
    }
}

/// Angles between two endplates, `cranial` being the upper one.
///
/// `left` is the patient's left and is at right angles to the sagittal plane. Both planes count
/// as seen from below, whichever body they belong to.
pub fn angle_between(cranial: &Endplate, caudal: &Endplate, left: Vector<Lps>) -> Angles {
    let (a, b) = (cranial.u.cross(cranial.v), caudal.u.cross(caudal.v));
    let up = (a + b) - left * left.dot(a + b);
    let up = up.unit();
    let posterior = up.cross(left);
    let forward = |n: Vector<Lps>| float::atan2(-posterior.dot(n), up.dot(n));
    let rightward = |n: Vector<Lps>| float::atan2(-left.dot(n), up.dot(n));
    Angles {
        sagittal_deg: (forward(a) - forward(b)).to_degrees(),
        coronal_deg: (rightward(a) - rightward(b)).to_degrees(),
    }
}

/// Lists the lengths of a vertebra that are off the table (facts D1.1) by more than 35 %.
pub fn judge(vertebra: &Vertebra, findings: &mut Vec<Finding>) {
    let level = vertebra.level;
    let Some(size) = body_size(level) else { return };
    let (cranial, caudal) = (&vertebra.cranial, &vertebra.caudal);
    let lengths = [
        ("cranial endplate", "width", cranial.width_mm, size.cranial_width_mm),
        ("cranial endplate", "depth", cranial.depth_mm, size.cranial_depth_mm),
        ("caudal endplate", "width", caudal.width_mm, size.caudal_width_mm),
        ("caudal endplate", "depth", caudal.depth_mm, size.caudal_depth_mm),
        ("body", "posterior height", vertebra.height_posterior_mm, size.posterior_height_mm),
    ];
    for (part, what, measured, mean) in lengths {
        if !is_plausible(measured, mean) {
            let message = format!(
                "its {what} is {measured:.1} mm, more than {:.0} % off the mean of {mean:.1} mm",
                100.0 * PLAUSIBLE_RATIO
            );
            let place = format!("{level} {part}");
            findings.push(
                Finding::warning("anatomy.size", place, message).measured(measured, mean, "mm"),
            );
        }
    }
}
