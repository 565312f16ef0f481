//! From plan and choices to a guide and its figures.

use std::sync::Arc;

use ossein_field::boolean::{Difference, Intersection, Solid, Union};
use ossein_field::height::Terrain;
use ossein_field::main_part::MainPart;
use ossein_field::primitive::{Cone, HalfSpace};
use ossein_field::sampled::{Grown, Sampled};
use ossein_field::{Block, Field, Interval};
use ossein_geom::{Aabb, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector};
use serde::{Deserialize, Serialize};

use super::course::{Course, Node, flat};
use super::errors::DesignError;
use super::ground::{Ground, Seat};
use super::letters::{Side, engraved};
use super::plan::{GuideLabels, GuidePlan};
use super::sleeve::{Pair, Sleeve, SleeveFigures, figures, pairs, sleeves};
use crate::Part;

/// Step at which the part is one piece, and at which its mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.2;
/// A bar between sleeve and teeth reaches so far down under its top, mm.
const BAR_MM: f64 = 5.0;
/// Half its width at least, mm.
const BAR_HALF_MM: f64 = 3.0;
/// Solid material between a window and a sleeve, mm.
const WINDOW_EDGE_MM: f64 = 1.2;
/// A sleeve's wall that a tooth cuts into is told where it gets thinner than this, mm (estimate).
const WALL_MM_GOOD: f64 = 1.0;
/// A sleeve that leads over less of its length is told, mm.
const LED_MM_GOOD: f64 = 0.3;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 1.0;
/// Distance between looks at the seat, mm.
const LOOK_MM: f64 = 0.4;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a GuidePlan,
    /// The label map that it was made from.
    pub labels: GuideLabels<'a>,
    /// What is engraved.
    pub label: &'a str,
}

/// The figures of a guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Volume of material, by counting samples.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// Teeth that carry it.
    pub support_count: usize,
    /// What it touches, seen from where it is put on, mm².
    pub seat_mm2: f64,
    /// From the first support to the last one, along the arch, mm.
    pub span_mm: f64,
    /// How far it may rock within its gap over that span, degrees.
    pub rock_deg: f64,
    /// Undercuts of the teeth under the shell that are blocked out, mm³.
    pub blocked_mm3: f64,
    /// How deep the deepest is, mm.
    pub undercut_mm: f64,
    /// Windows to see the seat through.
    pub window_count: usize,
    /// Whether its id is engraved.
    pub engraved: bool,
    /// Sleeves, in the order of the implants.
    pub sleeves: Vec<SleeveFigures>,
    /// Every two of them.
    pub pairs: Vec<Pair>,
    /// Loose pieces that were dropped, mm³.
    pub dropped_mm3: f64,
}

/// A drill guide.
pub struct Design {
    part: Arc<MainPart<Implant, Solid<Implant>>>,
    placement: Rigid<Lps, Implant>,
    density_g_per_cm3: f64,
    keep_outs: Vec<(&'static str, Arc<Sampled<Implant>>)>,
    /// Its figures.
    pub report: Report,
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        Part {
            solid: self.part.clone(),
            placement: self.placement,
            density_g_per_cm3: self.density_g_per_cm3,
            layered: false,
            shrinkage: None,
            keep_outs: self.keep_outs.clone(),
        }
    }
}

/// Designs the guide; it is one piece on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`] for choices that cannot be made, with what can.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let plan = inputs.plan;
    let sleeves = sleeves(plan, choices)?;
    let walls = pairs(plan, &sleeves)?;
    if Seat::of(choices).teeth && plan.support.is_empty() {
        return Err(DesignError::NoSupport { reach_mm: choices.number("plan.reach_mm") });
    }
    let teeth = inputs.labels.teeth(plan.lower, plan.neck, job)?;
    let ground = Ground::new(inputs, teeth.as_ref(), (&sleeves, part_step_mm), choices, job)?;
    let walls_to_teeth = checked(&sleeves, &ground)?;
    let shape = Shape { plan, ground: &ground, sleeves: &sleeves, choices };
    let mut findings = Vec::new();
    let (solid, window_count, engraved) = shape.solid(inputs.label, &mut findings)?;
    let part = Arc::new(MainPart::new(aligned(solid, part_step_mm), part_step_mm, job)?);
    shape.joined(&part)?;
    let density = choices.number("guide.density_g_per_cm3");
    let distance = |p: Point<Implant>| part.distance(p);
    let of_sleeves: Vec<SleeveFigures> = sleeves
        .iter()
        .zip(&plan.implants)
        .zip(walls_to_teeth)
        .map(|((own, planned), wall)| {
            let over = own.top().z - ground.course.nearest(own.top()).1;
            figures(own, planned, &distance, (over, wall), &ground.canal, choices)
        })
        .collect();
    let (seat_mm2, span_mm) = (shape.seat_mm2(), shape.span_mm());
    let (blocked_mm3, undercut_mm) = ground.undercut(&|p| shape.floor_at(p));
    let gap_mm = ground.contact_mm;
    let report = Report {
        volume_mm3: part.volume_mm3,
        mass_g: part.volume_mm3 * density / 1000.0,
        support_count: plan.support.len(),
        seat_mm2,
        span_mm,
        rock_deg: ossein_geom::float::atan2(2.0 * gap_mm, span_mm.max(1e-9)).to_degrees(),
        blocked_mm3,
        undercut_mm,
        window_count,
        engraved,
        pairs: walls.iter().map(|wall| pair(plan, &of_sleeves, wall)).collect(),
        sleeves: of_sleeves,
        dropped_mm3: part.dropped_mm3,
    };
    findings.extend(self::findings(plan, &report, choices));
    let near = [("teeth", ground.teeth.clone()), ("bone", Some(ground.bone.clone()))];
    let value = Design {
        part,
        placement: plan.placement,
        density_g_per_cm3: density,
        keep_outs: near.into_iter().filter_map(|(name, some)| Some((name, some?))).collect(),
        report,
    };
    Ok(Found { value, findings })
}

/// Walls between sleeves and teeth, mm; none where nothing is near.
fn checked(sleeves: &[Sleeve], ground: &Ground) -> Result<Vec<Option<f64>>, DesignError> {
    let one = |own: &Sleeve| {
        let into_bone = -own.least_mm(ground.bone.volume());
        if into_bone > 0.0 {
            let least_mm = (own.offset_mm + into_bone + 0.5).ceil();
            return Err(DesignError::InBone { id: own.id.clone(), into_mm: into_bone, least_mm });
        }
        let Some(teeth) = &ground.teeth else { return Ok(None) };
        let wall = own.least_mm(teeth.volume()) - ground.contact_mm;
        if wall < 0.0 {
            let (id, outer_mm) = (own.id.clone(), own.hole_mm);
            return Err(DesignError::InTooth { id, outer_mm, into_mm: -wall });
        }
        Ok((wall < own.wall_mm).then_some(wall))
    };
    sleeves.iter().map(one).collect()
}

fn pair(
    plan: &GuidePlan,
    sleeves: &[SleeveFigures],
    &(a, b, wall_mm): &(usize, usize, f64),
) -> Pair {
    let (one, other) = (&plan.implants[a], &plan.implants[b]);
    let (play_a, play_b) = (&sleeves[a].play, &sleeves[b].play);
    Pair {
        ids: [one.id.clone(), other.id.clone()],
        wall_mm,
        angle_deg: one.bore.along.angle_deg(other.bore.along),
        play_deg: play_a.tilt_deg + play_b.tilt_deg,
        apart_at_worst_mm: one.bore.apart_mm(&other.bore) - play_a.tip_mm - play_b.tip_mm,
    }
}

/// The parts of a guide.
struct Shape<'a> {
    plan: &'a GuidePlan,
    ground: &'a Ground,
    sleeves: &'a [Sleeve],
    choices: &'a Choices,
}

impl Shape<'_> {
    fn number(&self, key: &str) -> f64 {
        self.choices.number(key)
    }

    /// Height under which there is no shell.
    fn floor_at(&self, p: Point<Implant>) -> f64 {
        self.ground.course.nearest(p).1 - self.number("guide.skirt_mm")
    }

    /// The guide, the number of its windows, and whether its id is engraved.
    fn solid(
        &self,
        label: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<(Solid<Implant>, usize, bool), DesignError> {
        let mut made = self.shells();
        made.extend(self.bars());
        made.extend(self.sleeves.iter().map(Sleeve::tube));
        let made = Union::new(made);
        let clear = self.ground.clear.clone();
        let inside = move |p: Point<Implant>| clear.volume().sample(p);
        let outward = flat(self.plan.placement.turn(self.plan.implants[0].outward));
        let side = Side {
            solid: &made,
            course: &self.ground.course,
            sleeves: self.sleeves,
            outward,
            inside: &inside,
        };
        let text = engraved(label, &side)?;
        let is_engraved = text.is_some();
        if !is_engraved {
            let message = format!("there is no room to engrave \"{label}\": mark the guide");
            findings.push(Finding::note("guide.unmarked", "guide", message));
        }
        let windows = self.windows();
        let window_count = windows.len();
        let mut cut: Vec<Solid<Implant>> = vec![Box::new(self.ground.void())];
        cut.extend(self.sleeves.iter().flat_map(Sleeve::holes));
        cut.extend(windows);
        cut.extend(text);
        let solid = Difference { from: Box::new(made), cut: Box::new(Union::new(cut)) };
        Ok((Box::new(solid), window_count, is_engraved))
    }

    /// Shells on teeth and on bone.
    fn shells(&self) -> Vec<Solid<Implant>> {
        let ground = self.ground;
        let mut shells: Vec<Solid<Implant>> = Vec::new();
        let skirt = self.number("guide.skirt_mm");
        let floor = || -> Solid<Implant> {
            let heights = ground.course.heights(ground.bounds, -skirt);
            Box::new(Terrain::new(heights, true))
        };
        let thick = |seat: &Arc<Sampled<Implant>>| -> Solid<Implant> {
            Box::new(Grown { inner: seat.clone(), by_mm: self.number("guide.thickness_mm") })
        };
        if let Some(seat) = &ground.on_teeth {
            let mut limits = vec![thick(seat), floor()];
            limits.extend(self.ends());
            shells.push(Box::new(Intersection(limits)));
        }
        if let Some(seat) = &ground.on_bone {
            let half_mm = 0.5 * self.number("guide.width_mm");
            let along = Ribbon { course: self.bony(), half_mm, bounds: ground.bounds };
            shells.push(Box::new(Intersection(vec![thick(seat), floor(), Box::new(along)])));
        }
        shells
    }

    /// The part of the course where the shell sits on bone: all of it, or past the implants.
    fn bony(&self) -> Course {
        let course = &self.ground.course;
        if !course.nodes.contains(&Node::Tooth) {
            return course.clone();
        }
        let is_site = |n: &usize| matches!(course.nodes[*n], Node::Site(_));
        let first = (0..course.nodes.len()).find(is_site).unwrap_or(0);
        let last = (0..course.nodes.len()).rev().find(is_site).unwrap_or(0);
        let (first, last) = (first.saturating_sub(1), (last + 1).min(course.nodes.len() - 1));
        Course {
            points: course.points[first..=last].to_vec(),
            nodes: course.nodes[first..=last].to_vec(),
        }
    }

    /// Planes that end the shell between two teeth.
    fn ends(&self) -> Vec<Solid<Implant>> {
        let (points, nodes) = (&self.ground.course.points, &self.ground.course.nodes);
        let teeth: Vec<Point<Implant>> = (points.iter().zip(nodes))
            .filter(|(_, node)| **node == Node::Tooth)
            .map(|(p, _)| *p)
            .collect();
        let tips = [teeth.first(), teeth.last()];
        let planes = self.plan.ends.iter().zip(tips).filter_map(|(end, own)| {
            let point = self.plan.placement.apply((*end)?);
            let normal = flat(point - *own?);
            (normal.norm() > 0.5)
                .then(|| Box::new(HalfSpace { point, normal: normal.unit() }) as Solid<Implant>)
        });
        planes.collect()
    }

    /// Bars from each sleeve to what stands beside it.
    fn bars(&self) -> Vec<Solid<Implant>> {
        let thick = self.ground.contact_mm + self.number("guide.thickness_mm");
        let mut bars: Vec<Solid<Implant>> = Vec::new();
        for (n, own) in self.sleeves.iter().enumerate() {
            let Some(site) = self.ground.course.site(n) else { continue };
            let [low, top] = own.ends();
            let mut middle = own.middle();
            // At the sleeve the bar lies between its ends.
            middle.z = (site.z + thick).clamp(low.z + BAR_HALF_MM, top.z);
            for mut other in self.ground.course.beside(n) {
                other.z += thick;
                let radius_mm = own.outer_mm().max(BAR_HALF_MM);
                bars.push(Box::new(Bar { from: middle, to: other, radius_mm }));
            }
        }
        bars
    }

    /// Round windows over the tops of the teeth.
    fn windows(&self) -> Vec<Solid<Implant>> {
        let radius = 0.5 * self.number("guide.window_mm");
        let seat = Seat::of(self.choices);
        if radius <= 0.0 {
            return Vec::new();
        }
        let teeth = self.plan.support.iter().filter(|_| seat.teeth);
        let mut places: Vec<Point<Implant>> =
            teeth.map(|s| self.plan.placement.apply(s.top)).collect();
        let (points, nodes) = (&self.ground.course.points, &self.ground.course.nodes);
        let ridge = points.iter().zip(nodes).filter(|(_, node)| **node == Node::Ridge);
        places.extend(ridge.map(|(p, _)| *p).skip(2).step_by(3));
        let free = |p: &Point<Implant>| {
            let away = |s: &Sleeve| s.away_mm(*p) >= s.outer_mm() + radius + WINDOW_EDGE_MM;
            self.sleeves.iter().all(away)
        };
        let through = |p: Point<Implant>| -> Solid<Implant> {
            let at = |mm: f64| p + Vector::new(0.0, 0.0, mm);
            Box::new(Cone::cylinder(at(-2.5), at(self.number("guide.thickness_mm") + 6.0), radius))
        };
        places.into_iter().filter(free).map(through).collect()
    }

    /// Whether every sleeve's wall belongs to the piece that is made.
    fn joined(&self, part: &MainPart<Implant, Solid<Implant>>) -> Result<(), DesignError> {
        for own in self.sleeves {
            if own.led_mm(&|p| part.distance(p)) <= 0.0 {
                let height_mm = own.top().z - self.ground.course.nearest(own.top()).1;
                return Err(DesignError::Loose { id: own.id.clone(), height_mm });
            }
        }
        Ok(())
    }

    /// What the shell touches over its floor, seen along the way on, mm².
    fn seat_mm2(&self) -> f64 {
        let (ground, bounds) = (self.ground, self.ground.bounds);
        let ends = self.ends();
        let bony = self.bony();
        let half = 0.5 * self.number("guide.width_mm");
        let count = |a: usize| (bounds.size()[a] / LOOK_MM) as usize;
        let touches = |n: usize| {
            let (i, j) = ((n % count(0)) as f64, (n / count(0)) as f64);
            let p = Point::new(bounds.min.x + i * LOOK_MM, bounds.min.y + j * LOOK_MM, 0.0);
            let floor = self.floor_at(p);
            let over = |seat: &Arc<Sampled<Implant>>| {
                seat.volume().sample(Point::new(p.x, p.y, floor)) < 0.0
            };
            let within = ends.iter().all(|end| end.distance(p) < 0.0);
            let teeth = ground.on_teeth.as_ref().is_some_and(|seat| within && over(seat));
            let bone = ground.on_bone.as_ref();
            teeth || bone.is_some_and(|seat| bony.nearest(p).0 < half && over(seat))
        };
        let all = 0..count(0) * count(1);
        all.filter(|&n| touches(n)).count() as f64 * LOOK_MM * LOOK_MM
    }

    /// From the first place that carries to the last one, mm.
    fn span_mm(&self) -> f64 {
        let course = &self.ground.course;
        let carry = |n: &usize| !matches!(course.nodes[*n], Node::Site(_));
        let carrying: Vec<usize> = (0..course.nodes.len()).filter(carry).collect();
        match (carrying.first(), carrying.last()) {
            (Some(&a), Some(&b)) => flat(course.points[b] - course.points[a]).norm(),
            _ => 0.0,
        }
    }
}

/// A bar with a level top from one place to another: round seen from above.
struct Bar {
    from: Point<Implant>,
    to: Point<Implant>,
    radius_mm: f64,
}

impl Field<Implant> for Bar {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let (along, own) = (flat(self.to - self.from), flat(p - self.from));
        let length2 = along.dot(along).max(1e-9);
        let t = (own.dot(along) / length2).clamp(0.0, 1.0);
        let top = self.from.lerp(self.to, t).z;
        let rise = self.to.z - self.from.z;
        let scale = 1.0 / (1.0 + rise * rise / length2).sqrt();
        let side = (own - along * t).norm() - self.radius_mm;
        side.max((p.z - top) * scale).max((top - BAR_MM - p.z) * scale)
    }
    fn bounds(&self) -> Aabb<Implant> {
        let mut bounds = Aabb::around([self.from, self.to]);
        bounds.min.z -= BAR_MM;
        let side = Vector::new(self.radius_mm, self.radius_mm, 0.0);
        Aabb::new(bounds.min - side, bounds.max + side)
    }
}

/// All that lies near a course, seen along the way on.
struct Ribbon {
    course: Course,
    half_mm: f64,
    bounds: Aabb<Implant>,
}

impl Field<Implant> for Ribbon {
    fn distance(&self, p: Point<Implant>) -> f64 {
        self.course.nearest(p).0 - self.half_mm
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
}

/// What someone should look at in a guide.
fn findings(plan: &GuidePlan, report: &Report, choices: &Choices) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        report.sleeves.iter().flat_map(|own| of_sleeve(own, choices)).collect();
    let seat = Seat::of(choices);
    if seat.teeth && !seat.bone && plan.support.len() < 3 {
        let message = format!(
            "{} teeth carry the guide: it tips; a larger [plan] reach_mm, or seat = \"both\"",
            plan.support.len()
        );
        let finding = Finding::warning("guide.support", "guide", message);
        findings.push(finding.measured(plan.support.len() as f64, 3.0, ""));
    }
    if report.window_count == 0 && choices.number("guide.window_mm") > 0.0 {
        let message = "there is no room for a window to see the seat through";
        findings.push(Finding::warning("guide.window", "guide", message));
    }
    if report.dropped_mm3 > CRUMB_MM3 {
        let message = format!("{:.0} mm3 hang on nothing and were left out", report.dropped_mm3);
        findings.push(Finding::warning("guide.dropped", "guide", message));
    }
    let apart_min = choices.number("plan.implant_clearance_mm");
    for pair in report.pairs.iter().filter(|p| p.apart_at_worst_mm < 0.5 * apart_min) {
        let [a, b] = &pair.ids;
        let message = format!(
            "where both drills err at worst, implants {a} and {b} stand {:.1} mm apart",
            pair.apart_at_worst_mm
        );
        let finding = Finding::warning("guide.apart", format!("implants {a}, {b}"), message);
        findings.push(finding.measured(pair.apart_at_worst_mm, 0.5 * apart_min, "mm"));
    }
    findings
}

fn of_sleeve(own: &SleeveFigures, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = format!("sleeve {}", own.id);
    if let Some(mm) = own.wall_mm.filter(|mm| *mm < WALL_MM_GOOD) {
        let message = format!("a tooth leaves {mm:.1} mm of wall to the sleeve of {}", own.id);
        let finding = Finding::warning("guide.wall", &place, message);
        findings.push(finding.measured(mm, WALL_MM_GOOD, "mm"));
    }
    if own.led_mm < own.sleeve_mm - LED_MM_GOOD {
        let message = format!(
            "the sleeve of {} has a wall almost all around over {:.1} mm of its {:.1} mm: bone, gum \
             or teeth take the rest; a larger [guide] sleeve_offset_mm lifts it",
            own.id, own.led_mm, own.sleeve_mm
        );
        let finding = Finding::warning("guide.led", &place, message);
        findings.push(finding.measured(own.led_mm, own.sleeve_mm, "mm"));
    }
    if let Some(mm) = own.canal_at_worst_mm.filter(|mm| *mm <= 0.0) {
        let message = format!(
            "where the drill of {} errs at worst by its play, it reaches the mandibular canal",
            own.id
        );
        let finding = Finding::failure("guide.canal", &place, message);
        findings.push(finding.measured(mm, 0.0, "mm"));
    }
    let opening_max = choices.number("guide.opening_mm_max");
    if own.opening_mm > opening_max {
        let message = format!(
            "to put the drill of {} into its sleeve the mouth must open {:.0} mm at the site",
            own.id, own.opening_mm
        );
        let finding = Finding::warning("guide.opening", &place, message);
        findings.push(finding.measured(own.opening_mm, opening_max, "mm"));
    }
    findings
}

/// A solid whose box ends at whole multiples of a step.
struct Aligned {
    inner: Solid<Implant>,
    bounds: Aabb<Implant>,
}

/// A solid that is sampled where its ground is: along the rows of samples both are linear between
/// the same places, so that no vertex of its surface comes nearer to the seat than asked for.
fn aligned(inner: Solid<Implant>, step_mm: f64) -> Solid<Implant> {
    let bounds = inner.bounds();
    let whole = |p: Point<Implant>, round: fn(f64) -> f64| {
        Point::from([0, 1, 2].map(|a| round(p[a] / step_mm) * step_mm))
    };
    let bounds = Aabb::new(whole(bounds.min, f64::floor), whole(bounds.max, f64::ceil));
    Box::new(Aligned { inner, bounds })
}

impl Field<Implant> for Aligned {
    fn distance(&self, p: Point<Implant>) -> f64 {
        self.inner.distance(p)
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
    fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
        self.inner.sample(block, distances);
    }
    fn range(&self, region: &Aabb<Implant>) -> Interval {
        self.inner.range(region)
    }
}
