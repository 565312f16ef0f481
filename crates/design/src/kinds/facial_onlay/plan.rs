//! Where the onlay lies, how it is put on, and what the face is drawn after.

use ossein_anatomy::jaw::JawLabels;
use ossein_anatomy::{Jaw, SURFACE_LEVEL, Sides};
use ossein_geom::{Choices, Found, Implant, Job, Lps, Point, Rigid, TriMesh, Vector, Volume};
use ossein_mesh::iso_surface;
use ossein_shape::{MeshSurface, Place, Plane, Surface, Symmetry};
use serde::{Deserialize, Serialize};

use super::error::PlanError;
use super::lie::Lie;
use super::region;
use super::target::{Handle, Target};
use crate::metal::metal;

/// A handle or centre may lie so far off the bone, mm: what a hand misses by.
const OFF_MM_MAX: f64 = 5.0;
/// And is looked for within, mm.
const LOOK_MM: f64 = 200.0;
/// Metal this near to the onlay's middle is looked for, mm.
const METAL_NEAR_MM: f64 = 30.0;
/// Reaches of a handle, mm.
const REACH_MM: [f64; 2] = [5.0, 60.0];
/// Heights of a handle, mm (facts D2.24: at most 12).
const HEIGHT_MM: [f64; 2] = [0.5, 12.0];
/// The bone under a handle faces the way on within, degrees.
const TURN_DEG_MAX: f64 = 60.0;
/// Around a point the bone's normal is the mean within this, mm.
const NORMAL_MM: f64 = 4.0;

/// The bone that carries the onlay, as a volume with its surface at a level.
#[derive(Clone, Copy)]
pub struct Bone<'a> {
    /// Grey values or shares.
    pub volume: &'a Volume<i16>,
    /// Its surface.
    pub level: f64,
    /// The label map that it comes from, where it is a lower jaw.
    pub jaw: Option<JawLabels<'a>>,
    /// Left and right by the arch of teeth, where the label map has one.
    pub arch: Option<Sides>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The face.
    pub target: Option<Target>,
    /// Places where nerves leave the bone.
    pub foramina: Vec<Point<Lps>>,
    /// From where it is put on: out of the bone; the bone's own mean if none.
    pub way_on: Option<Vector<Lps>>,
}

/// Where an onlay lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnlayPlan {
    /// Where the bone's surface lies in the volume.
    pub level: f64,
    /// What the face is drawn after; handles on the bone.
    pub target: Target,
    /// How far the points that were given lie from the bone, mm.
    pub off_mm: Vec<f64>,
    /// Reach of a target around its centre, mm.
    pub reach_mm: f64,
    /// Places where nerves leave the bone.
    pub foramina: Vec<Point<Lps>>,
    /// From the patient to the implant: origin on the bone, z out of it along the way on.
    pub placement: Rigid<Lps, Implant>,
    /// The plane of symmetry; its normal points to the left. None where there is none.
    pub symmetry: Option<Symmetry<Lps>>,
    /// Why there is none.
    pub no_symmetry: Option<String>,
    /// Left and right, as the anatomy tells them; none where nothing does.
    pub sides: Option<Sides>,
    /// The lower jaw, where the onlay lies on one and it could be measured.
    pub jaw: Option<Jaw>,
}

impl OnlayPlan {
    /// The midline.
    pub fn midplane(&self) -> Option<Plane<Lps>> {
        self.symmetry.map(|symmetry| symmetry.plane)
    }

    /// Where the onlay's middle lies on the bone.
    pub fn middle(&self) -> Point<Lps> {
        self.placement.inverse().apply(Point::ORIGIN)
    }
}

/// Places the handles or the centre on the bone and finds the way on and the plane of symmetry.
///
/// # Errors
/// [`PlanError`], each with what would be right.
pub fn plan(
    bone: &Bone,
    wanted: &Wanted,
    choices: &Choices,
    job: &Job,
) -> Result<Found<OnlayPlan>, PlanError> {
    let target = wanted.target.clone().ok_or(PlanError::Nothing)?;
    let mesh = iso_surface(bone.volume, bone.level, job)?.into_mesh();
    if mesh.triangles.is_empty() {
        return Err(PlanError::NoBone);
    }
    let surface = MeshSurface::new(&mesh);
    let (target, places, off_mm) = placed(&surface, &target)?;
    for at in &wanted.foramina {
        on_bone(&surface, "foramina_mm", *at)?;
    }
    let reach_mm = choices.number("plan.reach_mm");
    let way = way_on(&surface, &places, wanted.way_on, reach_mm)?;
    let lie = Lie::of(bone, &surface, job)?;
    needs_plane(&target, choices, lie.no_symmetry.as_deref())?;
    let middle = middle(&surface, &places);
    let placement = placement(middle, way, lie.left());
    let mut findings = lie.findings.clone();
    // A label map knows nothing of metal.
    if bone.level != SURFACE_LEVEL {
        let beside = |p: Point<Lps>| p.distance(middle) < METAL_NEAR_MM;
        findings.extend(metal(bone.volume, beside, "bone"));
    }
    findings.extend(region::findings(choices.word("plan.region"), middle, &lie));
    let value = OnlayPlan {
        level: bone.level,
        target,
        off_mm,
        reach_mm,
        foramina: wanted.foramina.clone(),
        placement,
        symmetry: lie.symmetry,
        no_symmetry: lie.no_symmetry,
        sides: lie.sides,
        jaw: lie.jaw,
    };
    Ok(Found { value, findings })
}

/// A place of the target on the bone: normal, weight, how far it counts.
struct Spot {
    place: Place<Lps>,
    weight: f64,
    reach_mm: Option<f64>,
}

/// The bone nearest to a point that was given.
fn on_bone(
    surface: &MeshSurface<'_, Lps>,
    what: &str,
    at: Point<Lps>,
) -> Result<(Place<Lps>, f64), PlanError> {
    let finite = at.array().into_iter().all(f64::is_finite);
    let place = surface.nearest(at, LOOK_MM).filter(|_| finite);
    let away_mm = place.map_or(f64::INFINITY, |place| place.point.distance(at));
    match place {
        Some(place) if away_mm <= OFF_MM_MAX => Ok((place, away_mm)),
        _ => Err(PlanError::OffBone {
            what: what.into(),
            at: at.array(),
            away_mm,
            nearest: place.map_or([f64::NAN; 3], |place| place.point.array()),
            limit_mm: OFF_MM_MAX,
        }),
    }
}

/// The target with its points on the bone, and how far they lay off it.
fn placed(
    surface: &MeshSurface<'_, Lps>,
    target: &Target,
) -> Result<(Target, Vec<Spot>, Vec<f64>), PlanError> {
    let centre = |at: Point<Lps>| {
        let (place, away) = on_bone(surface, "centre_mm", at)?;
        Ok((place.point, vec![Spot { place, weight: 1.0, reach_mm: None }], vec![away]))
    };
    match target {
        Target::Mirror(at) => centre(*at).map(|(at, s, away)| (Target::Mirror(at), s, away)),
        Target::Surface(at) => centre(*at).map(|(at, s, away)| (Target::Surface(at), s, away)),
        Target::Handles(handles) if handles.is_empty() => Err(PlanError::Nothing),
        Target::Handles(handles) => {
            let (mut on, mut spots, mut away) = (Vec::new(), Vec::new(), Vec::new());
            for (n, handle) in handles.iter().enumerate() {
                let what = format!("handle {}", n + 1);
                within(&what, "height_mm", handle.height_mm, HEIGHT_MM)?;
                within(&what, "reach_mm", handle.reach_mm, REACH_MM)?;
                let (place, off) = on_bone(surface, &what, handle.at)?;
                on.push(Handle { at: place.point, ..*handle });
                let (weight, reach_mm) = (handle.height_mm, Some(handle.reach_mm));
                spots.push(Spot { place, weight, reach_mm });
                away.push(off);
            }
            Ok((Target::Handles(on), spots, away))
        }
    }
}

fn within(
    what: &str,
    key: &'static str,
    value: f64,
    [min, max]: [f64; 2],
) -> Result<(), PlanError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(PlanError::Range { what: what.into(), key, value, min, max })
}

/// The mean normal of the bone around a place that looks about as it does.
fn normal(mesh: &TriMesh<Lps>, place: &Place<Lps>, within_mm: f64) -> Vector<Lps> {
    let mut sum = place.normal * 1e-9;
    for &triangle in &mesh.triangles {
        let [a, b, c] = mesh.corners(triangle);
        let middle = Point::ORIGIN
            + ((a - Point::ORIGIN) + (b - Point::ORIGIN) + (c - Point::ORIGIN)) * (1.0 / 3.0);
        if (middle - place.point).norm() < within_mm {
            let doubled = mesh.doubled_normal(triangle);
            if doubled.dot(place.normal) > 0.0 {
                sum += doubled;
            }
        }
    }
    sum.unit()
}

/// The way on: as asked for, or the mean of the bone's normals around all places.
fn way_on(
    surface: &MeshSurface<'_, Lps>,
    spots: &[Spot],
    asked: Option<Vector<Lps>>,
    reach_mm: f64,
) -> Result<Vector<Lps>, PlanError> {
    let of = |spot: &Spot| match spot.reach_mm {
        Some(_) => normal(surface.mesh(), &spot.place, NORMAL_MM),
        None => {
            let own = normal(surface.mesh(), &spot.place, NORMAL_MM);
            normal(surface.mesh(), &Place { normal: own, ..spot.place }, 0.6 * reach_mm)
        }
    };
    let normals: Vec<Vector<Lps>> = spots.iter().map(of).collect();
    let way = match asked {
        Some(way) if way.norm() > 1e-6 && way.norm().is_finite() => way.unit(),
        Some(_) => return Err(PlanError::NoWay),
        None => {
            let none = Vector::new(0.0, 0.0, 0.0);
            let sum = normals.iter().zip(spots).fold(none, |s, (n, spot)| s + *n * spot.weight);
            if sum.norm() < 1e-6 { normals[0] } else { sum.unit() }
        }
    };
    for (n, own) in normals.iter().enumerate() {
        let angle_deg = own.angle_deg(way);
        if angle_deg > TURN_DEG_MAX {
            let limit_deg = TURN_DEG_MAX;
            return Err(PlanError::Turned { number: n + 1, angle_deg, limit_deg });
        }
    }
    Ok(way)
}

fn needs_plane(target: &Target, choices: &Choices, none: Option<&str>) -> Result<(), PlanError> {
    let Some(reason) = none else { return Ok(()) };
    let what = match target {
        Target::Mirror(_) => "[plan] target = \"mirror\"",
        _ if choices.flag("implant.two_piece") => "[implant] two_piece",
        _ => return Ok(()),
    };
    Err(PlanError::NoPlane { what, reason: reason.into() })
}

/// The place on the bone nearest to the weighted mean of all places.
fn middle(surface: &MeshSurface<'_, Lps>, spots: &[Spot]) -> Point<Lps> {
    let weight: f64 = spots.iter().map(|s| s.weight).sum();
    let none = Vector::new(0.0, 0.0, 0.0);
    let sum = spots.iter().fold(none, |v, s| v + (s.place.point - Point::ORIGIN) * s.weight);
    let mean = Point::ORIGIN + sum * (1.0 / weight);
    surface.nearest(mean, LOOK_MM).map_or(mean, |place| place.point)
}

/// The implant's frame: z along the way on, x to the patient's left as far as that can be, else to
/// the back.
fn placement(middle: Point<Lps>, way: Vector<Lps>, left: Vector<Lps>) -> Rigid<Lps, Implant> {
    let across = |v: Vector<Lps>| v - way * way.dot(v);
    let x = match across(left) {
        v if v.norm() > 0.3 => v.unit(),
        _ => across(Vector::new(0.0, 1.0, 0.0)).unit(),
    };
    Rigid::from_axes(middle, x, way.cross(x), way)
}
