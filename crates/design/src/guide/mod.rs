//! Guides: a shell that fits bone in one place alone, with sleeves for drills and slots for saws.
//!
//! A guide is put on along one direction. Bone that hangs over is blocked out along it, so that the
//! shell slides down to its seat: what it must stay clear of is the bone swept that way. Source:
//! facts D2.37 to D2.39.

mod choices;
mod error;
mod fit;
mod slot;

use std::sync::Arc;

use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::main_part::MainPart;
use ossein_field::primitive::{Capsule, Cone};
use ossein_field::text::{Lettering, Text, TextError};
use ossein_geom::{Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector};
use serde::{Deserialize, Serialize};

pub use choices::CHOICES;
pub use error::{Play, play};

use self::fit::Seat;
use self::slot::Slot;

/// Step at which a guide is one piece, and at which its mesh is taken, mm.
pub const GUIDE_STEP_MM: f64 = 0.3;
/// Core of a screw's thread over its diameter: what is drilled first (facts D2.14).
pub const CORE: f64 = 0.75;
/// How deep letters are engraved, as radius of their strokes, mm.
const STROKE_MM: f64 = 0.7;
const LETTER_MM: f64 = 3.0;
/// Solid material between a window and what is beside it, mm.
const WINDOW_EDGE_MM: f64 = 1.2;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 1.0;

/// A hole that a guide leads a drill to.
#[derive(Clone, Debug, PartialEq)]
pub struct Drill {
    /// Name in reports.
    pub id: String,
    /// Where it enters the bone.
    pub point: Point<Lps>,
    /// Into the bone; unit.
    pub direction: Vector<Lps>,
    /// Diameter of the drill, mm.
    pub diameter_mm: f64,
    /// How deep it goes, mm.
    pub depth_mm: f64,
}

/// A cut that a guide leads a saw to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// A point of the plane on the bone's outer face.
    pub point: Point<Lps>,
    /// The plane's normal; unit.
    pub normal: Vector<Lps>,
}

/// What a guide is made for.
pub struct Request<'a> {
    /// Signed distance to the bone as it is before the operation, true to 5 mm at least.
    pub bone: &'a (dyn Fn(Point<Lps>) -> f64 + Sync),
    /// Signed distance to what it must stay clear of beside the bone: teeth.
    pub beside: Option<&'a (dyn Fn(Point<Lps>) -> f64 + Sync)>,
    /// From where it is put on: out of the bone; unit.
    pub from: Vector<Lps>,
    /// What is up in it, not along `from`.
    pub up: Vector<Lps>,
    /// Its course over the bone's outer face.
    pub course: &'a [Point<Lps>],
    /// Holes.
    pub drills: &'a [Drill],
    /// Cuts.
    pub cuts: &'a [Cut],
    /// What is engraved.
    pub label: &'a str,
}

/// No guide can be made:
#[derive(Debug, thiserror::Error)]
pub enum GuideError {
    /// A drill that the guide cannot lead.
    #[error(
        "drill {id} stands {angle_deg:.0} degrees from the way on which the guide is put on: more \
         than {limit_deg} degrees a sleeve cannot lead; a smaller [implant] screw_tilt_deg_max or \
         plate_length_mm_max may bring its screw round, or do without: [guide] make = false"
    )]
    Slanted {
        /// Which.
        id: String,
        /// Its angle.
        angle_deg: f64,
        /// The limit.
        limit_deg: f64,
    },
    /// A letter that cannot be engraved.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// How far a drill may miss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrillFigures {
    /// Its name.
    pub id: String,
    /// Diameter of the drill, mm.
    pub diameter_mm: f64,
    /// Length of the sleeve, mm.
    pub sleeve_mm: f64,
    /// From the way on which the guide is put on, degrees.
    pub slant_deg: f64,
    /// What the play of the drill in its sleeve does.
    pub play: Play,
}

/// How far a cut may miss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotFigures {
    /// Width of the slot, mm.
    pub width_mm: f64,
    /// How deep it leads the blade before bone, mm.
    pub depth_mm: f64,
    /// Its length along the bone, mm.
    pub length_mm: f64,
    /// Largest tilt of the blade in it, degrees.
    pub tilt_deg: f64,
}

/// The figures of a guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Volume by counting samples, mm³.
    pub volume_mm3: f64,
    /// Bone that it covers, seen from where it is put on, mm².
    pub fit_mm2: f64,
    /// Of that, over bone that hangs over bone beneath: blocked out.
    pub blocked_mm2: f64,
    /// Its holes.
    pub drills: Vec<DrillFigures>,
    /// Its slots.
    pub slots: Vec<SlotFigures>,
    /// Windows to see the seat through.
    pub window_count: usize,
}

/// A guide.
pub struct Guide {
    /// Its solid, in its own frame: z is the way off the bone.
    pub solid: Arc<MainPart<Implant, Solid<Implant>>>,
    /// From the patient to the guide.
    pub placement: Rigid<Lps, Implant>,
    /// Its figures.
    pub report: Report,
}

/// A drill, a sleeve and a hole in the guide's frame.
struct Sleeve {
    point: Point<Implant>,
    out: Vector<Implant>,
    hole_mm: f64,
    outer_mm: f64,
    length_mm: f64,
}

/// Designs a guide; it is one piece on samples `step_mm` apart.
///
/// # Errors
/// [`GuideError`].
pub fn guide(
    request: &Request<'_>,
    choices: &Choices,
    step_mm: f64,
    job: &Job,
) -> Result<Found<Guide>, GuideError> {
    let placement = placement(request);
    let course: Vec<Point<Implant>> = request.course.iter().map(|&p| placement.apply(p)).collect();
    let sleeves = sleeves(request, &placement, choices)?;
    let cuts: Vec<(Point<Implant>, Vector<Implant>)> = request
        .cuts
        .iter()
        .map(|cut| (placement.apply(cut.point), placement.turn(cut.normal)))
        .collect();
    let seat = Seat::new(request, &placement, &course, &cuts, choices, job)?;
    let slots: Vec<Slot> =
        cuts.iter().map(|&(point, normal)| Slot::new(&seat, point, normal, choices)).collect();
    let windows = windows(&seat, &course, &sleeves, &slots, choices);
    let mut findings = Vec::new();
    let mut cut: Vec<Solid<Implant>> = vec![Box::new(seat.grown(seat.contact_mm))];
    cut.extend(slots.iter().map(Slot::void));
    cut.extend(sleeves.iter().map(Sleeve::hole));
    let window_count = windows.len();
    cut.extend(windows);
    cut.extend(engraved(request, &seat, &course, &slots, &sleeves, &mut findings)?);
    let mut made: Vec<Solid<Implant>> = vec![shell(&seat, &course)];
    made.extend(slots.iter().map(Slot::block));
    made.extend(sleeves.iter().map(Sleeve::tube));
    let from = Box::new(Union::new(made));
    let part: Solid<Implant> = Box::new(Difference { from, cut: Box::new(Union::new(cut)) });
    let solid = Arc::new(MainPart::new(part, step_mm, job)?);
    if solid.dropped_mm3 > CRUMB_MM3 {
        let message = format!("{:.0} mm3 hang on nothing and were left out", solid.dropped_mm3);
        findings.push(Finding::warning("guide.dropped", "guide", message));
    }
    let (fit_mm2, blocked_mm2) = seat.areas_mm2(&course);
    let report = Report {
        volume_mm3: solid.volume_mm3,
        fit_mm2,
        blocked_mm2,
        drills: request.drills.iter().zip(&sleeves).map(|(d, s)| s.figures(d, choices)).collect(),
        slots: slots.iter().map(Slot::figures).collect(),
        window_count,
    };
    Ok(Found { value: Guide { solid, placement, report }, findings })
}

/// Origin in the middle of the course, z off the bone, y up.
fn placement(request: &Request<'_>) -> Rigid<Lps, Implant> {
    let from = request.from;
    let up = (request.up - from * from.dot(request.up)).unit();
    let course = request.course;
    let sum =
        course.iter().map(|&p| p - Point::ORIGIN).fold(Vector::new(0.0, 0.0, 0.0), |a, b| a + b);
    let middle = Point::ORIGIN + sum * (1.0 / course.len().max(1) as f64);
    Rigid::from_axes(middle, up.cross(from), up, from)
}

fn sleeves(
    request: &Request<'_>,
    placement: &Rigid<Lps, Implant>,
    choices: &Choices,
) -> Result<Vec<Sleeve>, GuideError> {
    const SLANT_DEG_MAX: f64 = 50.0;
    let one = |drill: &Drill| {
        let angle_deg = request.from.angle_deg(-drill.direction);
        if angle_deg > SLANT_DEG_MAX {
            let id = drill.id.clone();
            return Err(GuideError::Slanted { id, angle_deg, limit_deg: SLANT_DEG_MAX });
        }
        let hole_mm = drill.diameter_mm + choices.number("guide.drill_play_mm");
        Ok(Sleeve {
            point: placement.apply(drill.point),
            out: placement.turn(-drill.direction),
            hole_mm,
            outer_mm: hole_mm + 2.0 * choices.number("guide.sleeve_wall_mm"),
            length_mm: choices.number("guide.sleeve_length_mm"),
        })
    };
    request.drills.iter().map(one).collect()
}

impl Sleeve {
    fn tube(&self) -> Solid<Implant> {
        let at = |mm: f64| self.point + self.out * mm;
        Box::new(Cone::cylinder(at(-2.0), at(self.length_mm), 0.5 * self.outer_mm))
    }

    fn hole(&self) -> Solid<Implant> {
        let at = |mm: f64| self.point + self.out * mm;
        Box::new(Cone::cylinder(at(-6.0), at(self.length_mm + 6.0), 0.5 * self.hole_mm))
    }

    /// Distance of a place from its axis, mm.
    fn away_mm(&self, p: Point<Implant>) -> f64 {
        let d = p - self.point;
        (d - self.out * d.dot(self.out)).norm()
    }

    fn figures(&self, drill: &Drill, choices: &Choices) -> DrillFigures {
        let play_mm = choices.number("guide.drill_play_mm");
        let up = Vector::new(0.0, 0.0, 1.0);
        DrillFigures {
            id: drill.id.clone(),
            diameter_mm: drill.diameter_mm,
            sleeve_mm: self.length_mm,
            slant_deg: self.out.angle_deg(up),
            // The sleeve ends on the bone.
            play: play(play_mm, self.length_mm, 0.0, drill.depth_mm),
        }
    }
}

/// The shell along its course.
fn shell(seat: &Seat, course: &[Point<Implant>]) -> Solid<Implant> {
    let along = |pair: &[Point<Implant>]| -> Solid<Implant> {
        Box::new(Capsule { from: pair[0], to: pair[1], radius_mm: seat.half_width_mm })
    };
    let along = course.windows(2).map(along).collect();
    let thick = seat.grown(seat.contact_mm + seat.thickness_mm);
    Box::new(Intersection(vec![Box::new(Union::new(along)), Box::new(thick)]))
}

/// Round windows to see the seat through, between what is beside them.
fn windows(
    seat: &Seat,
    course: &[Point<Implant>],
    sleeves: &[Sleeve],
    slots: &[Slot],
    choices: &Choices,
) -> Vec<Solid<Implant>> {
    let radius = 0.5 * choices.number("guide.window_mm");
    if radius <= 0.0 {
        return Vec::new();
    }
    let mut placed: Vec<Point<Implant>> = Vec::new();
    let off = Vector::new(0.0, 0.0, 1.0);
    let aside = seat.half_width_mm - radius - WINDOW_EDGE_MM;
    for pair in course.windows(2) {
        let count = pair[0].distance(pair[1]).ceil().max(1.0);
        let across = off.cross(pair[1] - pair[0]).unit();
        let places = (0..count as usize).flat_map(|n| {
            let p = pair[0].lerp(pair[1], n as f64 / count);
            [0.0, aside, -aside].map(|mm| seat.over(p + across * mm, 0.0))
        });
        for p in places {
            let free =
                sleeves.iter().all(|s| s.away_mm(p) >= 0.5 * s.outer_mm + radius + WINDOW_EDGE_MM)
                    && slots.iter().all(|s| s.away_mm(p) >= radius + WINDOW_EDGE_MM)
                    && placed.iter().all(|q| q.distance(p) >= 2.0 * radius + 4.0 * WINDOW_EDGE_MM)
                    && !slots.iter().any(|s| s.is_between(p, slots));
            if free {
                placed.push(p);
            }
        }
    }
    let through = |p: &Point<Implant>| -> Solid<Implant> {
        let at = |mm: f64| *p + Vector::new(0.0, 0.0, mm);
        let top = seat.contact_mm + seat.thickness_mm + 6.0;
        Box::new(Cone::cylinder(at(-6.0), at(top), radius))
    };
    placed.iter().map(through).collect()
}

/// The label along the course, where there is room for it: between the cuts, or in the middle.
fn engraved(
    request: &Request<'_>,
    seat: &Seat,
    course: &[Point<Implant>],
    slots: &[Slot],
    sleeves: &[Sleeve],
    findings: &mut Vec<Finding>,
) -> Result<Option<Solid<Implant>>, GuideError> {
    let length = Text::<Implant>::length_mm(request.label, LETTER_MM);
    let free = |p: Point<Implant>| {
        slots.iter().all(|s| s.away_mm(p) >= 1.0)
            && sleeves.iter().all(|s| s.away_mm(p) >= 0.5 * s.outer_mm + 1.0)
    };
    let right = Vector::new(1.0, 0.0, 0.0);
    let fits = |p: &Point<Implant>| {
        (-5..=5).all(|n| free(*p + right * (0.1 * f64::from(n) * length)))
            && seat.covers(course, *p + right * (0.5 * length), LETTER_MM)
            && seat.covers(course, *p - right * (0.5 * length), LETTER_MM)
    };
    let steps = course.windows(2).flat_map(|pair| {
        let (a, b) = (pair[0], pair[1]);
        (0..8).map(move |n| a.lerp(b, f64::from(n) / 8.0))
    });
    let mut places: Vec<Point<Implant>> = steps.filter(fits).collect();
    places.sort_by(|a, b| a.x.abs().total_cmp(&b.x.abs()));
    let Some(&center) = places.first() else {
        let message = format!("there is no room to engrave \"{}\": mark the guide", request.label);
        findings.push(Finding::note("guide.unmarked", "guide", message));
        return Ok(None);
    };
    let lettering = Lettering {
        center,
        right,
        up: Vector::new(0.0, 1.0, 0.0),
        height_mm: LETTER_MM,
        stroke_mm: STROKE_MM,
    };
    let top = seat.contact_mm + seat.thickness_mm;
    let text = Text::projected(request.label, &lettering, |p| seat.over(p, top))?;
    Ok(Some(Box::new(text)))
}
