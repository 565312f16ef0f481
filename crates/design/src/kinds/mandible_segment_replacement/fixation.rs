//! Where the plate runs over the bone that stays, and where its screws go.
//!
//! Every place of the outer face that a screw could enter at is looked at ([`Site`]); the plate
//! then runs along that line over the face which gives all screws a place on the shortest way.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::primitive::Capsule;
use ossein_geom::{Implant, Lps, Point, Vector};
use serde::{Deserialize, Serialize};

use super::errors::DesignError;
use super::ground::Ground;
use super::plan::Plan;
use super::ribbon::{Node, Ribbon, Strip};
use super::sites::{ACROSS_MM, Block, ROOT_MM, SITE_MM, Site, Sites, Sizes, Thread};

/// How deep the plate is rooted in the body, mm.
pub(super) const ROOTED_MM: f64 = 1.2;
/// Bone carries the plate so far beyond its last screw, mm.
const BEYOND_MM: f64 = 3.0;
/// Fewer screws do not hold (facts D2.16).
pub(super) const SCREW_COUNT_MIN: usize = 3;
/// What a screw through one wall alone costs, in mm of plate.
const ONE_WALL_MM: f64 = 4.0;
/// What a degree of a screw's tilt costs, in mm of plate.
const TILT_MM: f64 = 0.2;
/// What a mm of plate beside the straight course costs, in mm of plate.
const SLANT_MM: f64 = 6.0;

/// The ends of a segment along the jaw.
pub(super) const ENDS: [&str; 2] = ["right", "left"];

/// A screw through the plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JawScrew {
    /// Name in reports: `R1` is the right end's nearest to the cut.
    pub id: String,
    /// `right` or `left` along the jaw.
    pub end: String,
    /// Top of its head, on the plate's outer face.
    pub head: Point<Implant>,
    /// Where it enters the bone.
    pub point: Point<Implant>,
    /// Its tip.
    pub tip: Point<Implant>,
    /// Into the bone; unit.
    pub direction: Vector<Implant>,
    /// Between it and the plate's normal, degrees.
    pub tilt_deg: f64,
    /// Outer diameter of the thread, mm.
    pub diameter_mm: f64,
    /// From head to tip, mm.
    pub length_mm: f64,
    /// Bone along its axis, mm.
    pub bone_mm: f64,
    /// Of that, up to its tip: its thread in bone, marrow between the walls counted in, mm.
    pub thread_mm: f64,
    /// Whether it goes through both walls.
    pub bicortical: bool,
    /// From the cut to its axis at the bone's face, mm.
    pub from_cut_mm: f64,
    /// From its thread to the nearest tooth, mm, up to about 6; none without a label.
    pub root_mm: Option<f64>,
    /// From its thread to the mandibular canal, likewise.
    pub canal_mm: Option<f64>,
    /// Its head in the patient.
    pub head_lps: Point<Lps>,
    /// Its tip in the patient.
    pub tip_lps: Point<Lps>,
}

impl JawScrew {
    /// Signed distance to its shaft, mm.
    pub fn shaft_distance(&self, p: Point<Implant>) -> f64 {
        self.shaft().distance(p)
    }

    fn shaft(&self) -> Capsule<Implant> {
        Capsule { from: self.point, to: self.tip, radius_mm: 0.5 * self.diameter_mm }
    }
}

/// The plate and screws of one end.
pub(super) struct End {
    pub strip: Arc<Strip>,
    pub screws: Vec<JawScrew>,
    /// From the cut to the plate's end, mm.
    pub length_mm: f64,
}

/// The plate and screws of both ends.
pub(super) fn fixation(
    ground: &Ground,
    plan: &Plan,
    sizes: &Sizes,
) -> Result<[End; 2], DesignError> {
    let (right, left) = rayon::join(|| end(ground, plan, sizes, 0), || end(ground, plan, sizes, 1));
    Ok([right?, left?])
}

/// A course over the face: how high it lies at the cut, how it rises there per mm, and how that
/// changes per mm.
#[derive(Clone, Copy)]
struct Course {
    across_mm: f64,
    rise: f64,
    bend: f64,
}

impl Course {
    /// How high it lies, so many places from the first.
    fn at(&self, sites: &Sites, i: usize) -> f64 {
        // Over the body it runs straight on.
        let away = (i as f64 - sites.root_count as f64) * SITE_MM;
        self.across_mm + self.rise * away + self.bend * away.max(0.0) * away.max(0.0)
    }
}

/// A line over the face and its screws.
struct Line {
    course: Course,
    /// How many places from the cut on carry the plate.
    carried: usize,
    /// Places of the screws.
    chosen: Vec<usize>,
    cost: f64,
}

fn end(ground: &Ground, plan: &Plan, sizes: &Sizes, n: usize) -> Result<End, DesignError> {
    let sites = Sites::new(ground, plan, sizes, n);
    let mut best: Option<Line> = None;
    let mut room = 0;
    for course in courses() {
        let line = line(&sites, sizes, course);
        room = room.max(line.carried);
        let better = best.as_ref().is_none_or(|b| {
            let (more, less) = (line.chosen.len(), b.chosen.len());
            more > less || (more == less && line.cost < b.cost)
        });
        if better {
            best = Some(line);
        }
    }
    let Some(line) = best.filter(|b| b.chosen.len() >= sizes.count.min(SCREW_COUNT_MIN)) else {
        return Err(refusal(&sites, sizes, n, room));
    };
    Ok(laid(ground, &sites, sizes, n, &line))
}

/// Every course that is tried.
fn courses() -> impl Iterator<Item = Course> {
    let starts = -2 * (ACROSS_MM as i64)..=2 * (ACROSS_MM as i64);
    let with = |start: i64| {
        (-6i64..=6).flat_map(move |rise| {
            (-3i64..=3).map(move |bend| Course {
                across_mm: 0.5 * start as f64,
                rise: 0.08 * rise as f64,
                bend: 0.004 * bend as f64,
            })
        })
    };
    starts.flat_map(with)
}

fn line(sites: &Sites, sizes: &Sizes, course: Course) -> Line {
    let at = |i: usize| course.at(sites, i);
    let mut line = Line { course, carried: 0, chosen: Vec::new(), cost: 0.0 };
    // On the body the plate has only to be carried beside the cut.
    if (sites.root_count - 4..sites.root_count).any(|i| sites.at(i, at(i)).is_none()) {
        return line;
    }
    let mut bad = 0.0;
    let mut taken: Vec<(&Site, Thread)> = Vec::new();
    for i in sites.root_count..sites.along_count {
        let Some(site) = sites.carried(i, at(i), sizes.half_width_mm) else { break };
        line.carried = i - sites.root_count + 1;
        let Ok(thread) = site.screw else { continue };
        let free = taken.iter().all(|(other, own)| {
            site.point.distance(other.point) >= sizes.pitch_mm
                && apart(site.point, thread.tip, other.point, own.tip) > sizes.diameter_mm + 0.5
        });
        let ahead = i + 1..=i + (BEYOND_MM / SITE_MM) as usize;
        let ends = |n: usize| sites.carried(n, at(n), sizes.half_width_mm).is_some();
        let fits = site.from_cut_mm >= sizes.first_mm && free && taken.len() < sizes.count;
        if fits && ahead.into_iter().all(ends) {
            taken.push((site, thread));
            line.chosen.push(i);
            bad += if thread.bicortical { 0.0 } else { ONE_WALL_MM };
            bad += TILT_MM * (-site.normal).angle_deg(thread.into);
        }
        if taken.len() == sizes.count {
            break;
        }
    }
    let reach = line.chosen.last().map_or(0.0, |&i| (i - sites.root_count) as f64 * SITE_MM);
    line.cost = reach + bad + SLANT_MM * course.rise.abs() + 0.15 * course.across_mm.abs();
    line
}

/// Least distance between two segments, on samples.
fn apart(a: Point<Implant>, b: Point<Implant>, c: Point<Implant>, d: Point<Implant>) -> f64 {
    let other = Capsule { from: c, to: d, radius_mm: 0.0 };
    (0..=8).map(|n| other.distance(a.lerp(b, f64::from(n) / 8.0))).fold(f64::INFINITY, f64::min)
}

/// Why an end takes too few screws.
fn refusal(sites: &Sites, sizes: &Sizes, n: usize, room: usize) -> DesignError {
    let count = sizes.count;
    let needed_mm = sizes.first_mm + (count - 1) as f64 * sizes.pitch_mm;
    let room_mm = room as f64 * SITE_MM;
    if room_mm < needed_mm {
        return DesignError::StumpTooShort { end: ENDS[n], room_mm, count, needed_mm };
    }
    let own = sites.all.iter().flatten().filter(|site| site.from_cut_mm >= sizes.first_mm);
    let tried: Vec<&Site> = own.collect();
    let share = |block: Block| {
        let some = tried.iter().filter(|s| s.screw.as_ref().err() == Some(&block)).count();
        100 * some / tried.len().max(1)
    };
    let shares = [Block::Canal, Block::Roots, Block::Thin].map(share);
    let most = shares.iter().max().copied().unwrap_or(0);
    let help = match shares.iter().position(|s| *s == most) {
        Some(0) => "take shorter screws, or move the cut to where the canal lies deeper",
        Some(1) => "move the cut away from the teeth, or take shorter screws",
        _ => "take shorter screws, or move the cut to thicker bone",
    };
    let placed = courses().map(|c| line(sites, sizes, c).chosen.len()).max().unwrap_or(0);
    DesignError::ScrewsBlocked {
        end: ENDS[n],
        placed,
        wanted: count,
        canal: shares[0],
        roots: shares[1],
        thin: shares[2],
        canal_mm: sizes.canal_mm,
        root_mm: sizes.root_mm,
        help,
    }
}

/// The plate along a line, and its screws.
fn laid(ground: &Ground, sites: &Sites, sizes: &Sizes, n: usize, line: &Line) -> End {
    let back = ground.plan().placement.inverse();
    let at = |i: usize| line.course.at(sites, i);
    let last = line.chosen.last().copied().unwrap_or(sites.root_count);
    let own = (0..=last).filter_map(|i| sites.at(i, at(i)).map(|site| (i, site)));
    // From the last place on the body that is met without a break.
    let mut run: Vec<(usize, &Site)> = Vec::new();
    for (i, site) in own {
        if run.last().is_some_and(|(before, _)| before + 1 != i) {
            run.clear();
        }
        run.push((i, site));
    }
    let count = run.len();
    let node = |m: usize| {
        let (i, _) = run[m];
        let near = |reach: usize| &run[m.saturating_sub(reach)..(m + reach + 1).min(count)];
        let zero = Vector::new(0.0, 0.0, 0.0);
        let normal = near(5).iter().fold(zero, |s, (_, site)| s + site.normal).unit();
        let near = near(2);
        let sum = near.iter().fold(zero, |s, (_, site)| s + (site.point - run[m].1.point));
        // The last screw's place stays; what lies between is evened out.
        let ends = m < 2 || m + 2 >= count;
        let point = run[m].1.point + sum * (if ends { 0.0 } else { 1.0 / near.len() as f64 });
        // Full height over the bone; flatter towards the end on the body.
        let away = (i as f64 - sites.root_count as f64) * SITE_MM;
        let share = ((away + ROOT_MM) / (ROOT_MM - 3.0)).clamp(0.25, 1.0);
        Node { point, normal, height_mm: share * sizes.standing_mm }
    };
    let nodes = (0..count).map(node).collect();
    let ribbon = Ribbon { nodes, half_width_mm: sizes.half_width_mm };
    let strip = Arc::new(Strip::new(ribbon, &ground.whole, ROOTED_MM));
    let letter = ["R", "L"][n];
    let screw = |(m, &i): (usize, &usize)| {
        let site = sites.at(i, at(i))?;
        let thread = site.screw.as_ref().ok()?;
        let head = site.point - thread.into * sizes.standing_mm;
        Some(JawScrew {
            id: format!("{letter}{}", m + 1),
            end: ENDS[n].into(),
            head,
            point: site.point,
            tip: thread.tip,
            direction: thread.into,
            tilt_deg: (-site.normal).angle_deg(thread.into),
            diameter_mm: sizes.diameter_mm,
            length_mm: thread.length_mm,
            bone_mm: thread.bone_mm,
            thread_mm: thread.bone_mm.min((thread.tip - site.point).norm()),
            bicortical: thread.bicortical,
            from_cut_mm: site.from_cut_mm,
            root_mm: thread.root_mm,
            canal_mm: thread.canal_mm,
            head_lps: back.apply(head),
            tip_lps: back.apply(thread.tip),
        })
    };
    let screws: Vec<JawScrew> = line.chosen.iter().enumerate().filter_map(screw).collect();
    let reach = screws.last().map_or(0.0, |s| s.from_cut_mm);
    End { strip, screws, length_mm: reach + sizes.half_width_mm }
}
