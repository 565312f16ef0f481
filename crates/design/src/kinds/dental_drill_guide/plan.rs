//! Where implants stand, what is around them, and what the guide sits on.

use ossein_anatomy::site::{BoneAround, Bore, SiteLabels, Stuff, bone_around, runs_through, site};
use ossein_anatomy::tooth::{Teeth, ToothError, ToothLabels, teeth};
use ossein_anatomy::{SURFACE_LEVEL, Sides, occupancy, unsmoothed};
use ossein_geom::{
    Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, TriMesh, Vector, Volume,
};
use ossein_mesh::iso_surface;
use serde::{Deserialize, Serialize};

use super::errors::PlanError;
use super::findings;
use super::resolve::{Asked, JawOf, Place, place};
use super::support::{self, Support};
use crate::sides::header;

/// No implant stands in bone that touches less of its side than this, as share (estimate).
const COVERED_MIN: f64 = 0.3;

/// The labels of a jaw, where the map has them.
#[derive(Clone, Copy, Default)]
pub struct JawParts {
    /// Its bone.
    pub bone: Option<u16>,
    /// Its teeth.
    pub teeth: Option<u16>,
}

/// Numbers of a label map.
#[derive(Clone, Copy)]
pub struct GuideLabels<'a> {
    /// The labels.
    pub volume: &'a Volume<u16>,
    /// The lower jaw.
    pub lower: JawParts,
    /// The upper jaw.
    pub upper: JawParts,
    /// The mandibular canal.
    pub canal: Option<u16>,
}

impl<'a> GuideLabels<'a> {
    /// The labels of one jaw.
    pub fn parts(&self, lower: bool) -> JawParts {
        if lower { self.lower } else { self.upper }
    }

    /// The canal, as far as it concerns a jaw.
    pub fn canal(&self, lower: bool) -> Option<u16> {
        self.canal.filter(|_| lower)
    }

    /// Labels of a jaw with teeth.
    pub fn toothed(&self, lower: bool) -> Option<ToothLabels<'a>> {
        let JawParts { bone, teeth } = self.parts(lower);
        let (bone, teeth) = (bone?, teeth?);
        Some(ToothLabels { volume: self.volume, teeth, bone, canal: self.canal(lower) })
    }

    /// A jaw as sites of implants are looked at; teeth that are out, and whether their sockets have
    /// healed.
    pub(super) fn site<'b>(
        &self,
        lower: bool,
        teeth: Option<&'b Teeth>,
        (out, healed): (&'b [usize], bool),
    ) -> Option<SiteLabels<'b>>
    where
        'a: 'b,
    {
        let (volume, bone, canal) = (self.volume, self.parts(lower).bone?, self.canal(lower));
        Some(SiteLabels { volume, bone, canal, teeth, out, healed, marrow: lower })
    }

    /// The teeth of a jaw, told apart; none where it has none.
    pub(super) fn teeth(
        &self,
        lower: bool,
        neck: f64,
        job: &Job,
    ) -> Result<Option<Teeth>, ToothError> {
        let Some(own) = self.toothed(lower) else { return Ok(None) };
        match teeth(&own, neck, job) {
            Ok(found) => Ok(Some(found)),
            Err(ToothError::NoTeeth { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An implant that is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its name.
    pub id: String,
    /// Its body.
    pub bore: Bore,
    /// To cheek or lip, across its axis; unit.
    pub outward: Vector<Lps>,
    /// The tooth that it replaces, counted from 1 at the patient's right.
    pub replaces: Option<usize>,
    /// Diameter of the drill that is led, mm; none: as chosen for all.
    pub drill_mm: Option<f64>,
    /// To the mandibular canal, mm; none where there is none.
    pub canal_mm: Option<f64>,
    /// To the nearest tooth that stays, mm, and its number.
    pub tooth_mm: Option<f64>,
    /// That tooth, counted from 1.
    pub nearest_tooth: Option<usize>,
    /// From the way on, degrees.
    pub slant_deg: f64,
    /// Bone around it.
    pub bone: BoneAround,
}

/// Two implants beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// Their names.
    pub ids: [String; 2],
    /// From one's side to the other's, mm.
    pub apart_mm: f64,
    /// Between their axes, degrees.
    pub angle_deg: f64,
}

/// The plan of a guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuidePlan {
    /// Whether it sits on the lower jaw.
    pub lower: bool,
    /// The neck that parts teeth.
    pub neck: f64,
    /// Teeth that are out when the guide is put on, counted from 0.
    pub out: Vec<usize>,
    /// Whether their sockets have become bone.
    pub healed: bool,
    /// Implants.
    pub implants: Vec<Planned>,
    /// Every two of them.
    pub between: Vec<Between>,
    /// Teeth that carry it, along the arch.
    pub support: Vec<Support>,
    /// Between the first tooth that carries and the next one beyond, and the same at the last; none
    /// where no tooth stands beyond.
    pub ends: [Option<Point<Lps>>; 2],
    /// From where it is put on; unit.
    pub from: Vector<Lps>,
    /// Whether the recipe says so.
    pub from_given: bool,
    /// Its frame: origin between the implants' necks, z from where it is put on, x to the left.
    pub placement: Rigid<Lps, Implant>,
}

/// Plans a guide.
///
/// # Errors
/// [`PlanError`], each with what would be right.
pub fn plan(
    labels: &GuideLabels,
    asked: &Asked,
    choices: &Choices,
    job: &Job,
) -> Result<Found<GuidePlan>, PlanError> {
    named(asked)?;
    let lower = jaw_of(labels, asked)?;
    let neck = choices.number("plan.neck");
    let key = || "implants".to_owned();
    let own_teeth =
        labels.teeth(lower, neck, job).map_err(|error| PlanError::Tooth { key: key(), error })?;
    let bone = labels.parts(lower).bone.ok_or(PlanError::NoJaw)?;
    let toothed = labels.toothed(lower);
    let middle = middle_of(labels.volume, bone);
    let jaw = JawOf { labels: toothed, teeth: own_teeth.as_ref(), middle };
    let places: Vec<Place> = asked
        .implants
        .iter()
        .map(|ask| place(ask, &jaw, choices, job))
        .collect::<Result<_, _>>()?;
    let mut out: Vec<usize> = places.iter().filter_map(|place| place.tooth).collect();
    for &p in &asked.extracted {
        out.push(jaw.tooth_at(p, "extracted_mm")?);
    }
    out.sort_unstable();
    out.dedup();
    let carriers = carriers(&jaw, &out, &places, choices);
    let (from, from_given) = way_on(&jaw, &carriers, &places, asked, job);
    let healed = choices.word("plan.sockets") == "healed";
    let looked = labels.site(lower, own_teeth.as_ref(), (&out, healed)).ok_or(PlanError::NoJaw)?;
    let site = site(&looked).ok_or(PlanError::NoJaw)?;
    let canal = surface(labels.canal(lower).and_then(|c| unsmoothed(labels.volume, &[c])), job)?;
    let around = Around { site: &site, canal, teeth: own_teeth.as_ref(), out: &out, from };
    let implants: Vec<Planned> = asked
        .implants
        .iter()
        .zip(&places)
        .map(|(ask, place)| around.planned(ask, place, lower, choices, job))
        .collect::<Result<_, _>>()?;
    let between = between(&implants)?;
    let support: Vec<Support> = carriers
        .iter()
        .filter_map(|&index| Some(Support { index, top: support::top(jaw.teeth?, index, from) }))
        .collect();
    let ends = ends(jaw.teeth, &support, &out);
    let sides = own_teeth.as_ref().and_then(|teeth| teeth.sides);
    let placement = frame(&implants, from, sides);
    let plan = GuidePlan {
        lower,
        neck,
        out,
        healed,
        implants,
        between,
        support,
        ends,
        from,
        from_given,
        placement,
    };
    let mut found = findings::of_plan(&plan, choices);
    found.extend(sides.as_ref().and_then(header));
    if lower && labels.canal.is_none() {
        let message = "no label for the mandibular canal: nothing is known of its distance";
        found.push(Finding::warning("plan.no_canal", "mandibular canal", message));
    }
    Ok(Found { value: plan, findings: found })
}

/// Refuses an empty plan, and two implants of one name.
fn named(asked: &Asked) -> Result<(), PlanError> {
    if asked.implants.is_empty() {
        return Err(PlanError::NoImplants);
    }
    for (n, ask) in asked.implants.iter().enumerate() {
        if asked.implants[..n].iter().any(|other| other.id == ask.id) {
            return Err(PlanError::SameName { id: ask.id.clone() });
        }
    }
    Ok(())
}

/// Whether the implants stand in the lower jaw.
fn jaw_of(labels: &GuideLabels, asked: &Asked) -> Result<bool, PlanError> {
    let away = |p: Point<Lps>, parts: JawParts| {
        let (grid, own) = (&labels.volume.grid, [parts.bone, parts.teeth]);
        let is = |v: u16| own.contains(&Some(v));
        let all = labels.volume.values.iter().enumerate().filter(|(_, v)| is(**v));
        all.map(|(n, _)| grid.center(grid.voxel(n)).distance(p)).fold(f64::INFINITY, f64::min)
    };
    let known = |lower: bool| labels.parts(lower).bone.is_some();
    if !known(true) && !known(false) {
        return Err(PlanError::NoJaw);
    }
    let mut first: Option<(bool, &str)> = None;
    for ask in &asked.implants {
        let p = ask.place().ok_or_else(|| PlanError::NoAxis { id: ask.id.clone() })?;
        let lower = match (known(true), known(false)) {
            (true, true) => away(p, labels.lower) <= away(p, labels.upper),
            (lower, _) => lower,
        };
        match first {
            Some((own, id)) if own != lower => {
                let (first, other) = (id.to_owned(), ask.id.clone());
                return Err(PlanError::TwoJaws { first, other });
            }
            _ => first = Some((lower, &ask.id)),
        }
    }
    Ok(first.is_none_or(|(lower, _)| lower))
}

/// The middle of a label.
fn middle_of(volume: &Volume<u16>, label: u16) -> Point<Lps> {
    let (mut sum, mut count) = (Vector::new(0.0, 0.0, 0.0), 0.0);
    for (n, _) in volume.values.iter().enumerate().filter(|(_, v)| **v == label) {
        sum += volume.grid.center(volume.grid.voxel(n)) - Point::ORIGIN;
        count += 1.0;
    }
    Point::ORIGIN + sum * (1.0 / f64::max(count, 1.0))
}

/// Teeth that may carry the guide.
fn carriers(jaw: &JawOf, out: &[usize], places: &[Place], choices: &Choices) -> Vec<usize> {
    let reach_mm = choices.number("plan.reach_mm");
    let near = jaw.teeth.map(|teeth| support::near(teeth, out, places, reach_mm));
    near.unwrap_or_default()
}

/// From where the guide is put on, and whether the recipe says so.
fn way_on(
    jaw: &JawOf,
    carriers: &[usize],
    places: &[Place],
    asked: &Asked,
    job: &Job,
) -> (Vector<Lps>, bool) {
    if let Some(from) = asked.put_on_from {
        return (from.unit(), true);
    }
    let teeth = jaw.labels.zip(jaw.teeth);
    let own = teeth.and_then(|(labels, teeth)| support::occlusal(&labels, teeth, carriers, job));
    let none = Vector::new(0.0, 0.0, 0.0);
    let mean = || places.iter().fold(none, |sum, place| sum - place.bore.along).unit();
    (own.unwrap_or_else(mean), false)
}

/// A volume's surface; empty where there is none.
pub(super) fn surface(
    some: Option<Volume<i16>>,
    job: &Job,
) -> Result<TriMesh<Lps>, ossein_mesh::extract::ExtractError> {
    let found = some.map(|volume| iso_surface(&volume, SURFACE_LEVEL, job)).transpose()?;
    Ok(found.map(|surface| surface.into_mesh()).unwrap_or_default())
}

/// What stands around implants.
struct Around<'a> {
    site: &'a Volume<Stuff>,
    canal: TriMesh<Lps>,
    teeth: Option<&'a Teeth>,
    out: &'a [usize],
    from: Vector<Lps>,
}

impl Around<'_> {
    fn planned(
        &self,
        ask: &super::Ask,
        place: &Place,
        lower: bool,
        choices: &Choices,
        job: &Job,
    ) -> Result<Planned, PlanError> {
        let bore = place.bore;
        let nearest = self.nearest_tooth(&bore, job)?;
        let planned = Planned {
            id: ask.id.clone(),
            bore,
            outward: place.outward,
            replaces: place.tooth.map(|n| n + 1),
            drill_mm: ask.drill_mm,
            canal_mm: bore.nearest_mm(&self.canal),
            tooth_mm: nearest.map(|(mm, _)| mm),
            nearest_tooth: nearest.map(|(_, n)| n + 1),
            slant_deg: self.from.angle_deg(-bore.along),
            bone: bone_around(self.site, &bore, place.outward),
        };
        self.refused(&planned, lower, choices)?;
        Ok(planned)
    }

    /// The tooth that stays and comes nearest.
    fn nearest_tooth(&self, bore: &Bore, job: &Job) -> Result<Option<(f64, usize)>, PlanError> {
        const LOOK_MM: f64 = 25.0;
        let Some(teeth) = self.teeth else { return Ok(None) };
        let middle = bore.at(0.5 * bore.length_mm);
        let mut best: Option<(f64, usize)> = None;
        for (n, piece) in teeth.pieces.iter().enumerate() {
            if self.out.contains(&n) || piece.middle.distance(middle) > LOOK_MM {
                continue;
            }
            let mesh = surface(occupancy(&teeth.numbers, &[n as u16 + 1]), job)?;
            if let Some(mm) = bore.nearest_mm(&mesh)
                && best.is_none_or(|(least, _)| mm < least)
            {
                best = Some((mm, n));
            }
        }
        Ok(best)
    }

    /// What no guide is made for.
    fn refused(&self, own: &Planned, lower: bool, choices: &Choices) -> Result<(), PlanError> {
        let (id, bore) = (own.id.clone(), own.bore);
        let through = |what| runs_through(self.site, &bore, what);
        if own.canal_mm.is_some_and(|mm| mm <= 0.0) || through(Stuff::Canal) {
            let clearance_mm = choices.number("plan.canal_clearance_mm");
            let fits = |length: &f64| {
                let shorter = Bore { length_mm: *length, ..bore };
                shorter.nearest_mm(&self.canal).is_none_or(|mm| mm >= clearance_mm)
            };
            let lengths = (1..=(2.0 * bore.length_mm) as usize).rev().map(|n| 0.5 * n as f64);
            let free_mm = { lengths }.find(fits).unwrap_or(0.0);
            return Err(PlanError::Canal { id, free_mm, length_mm: bore.length_mm, clearance_mm });
        }
        let inside = own.tooth_mm.is_some_and(|mm| mm <= 0.0) || through(Stuff::Tooth);
        if let (true, Some(number)) = (inside, own.nearest_tooth) {
            return Err(PlanError::Root { id, number });
        }
        let covered = own.bone.covered;
        if covered < COVERED_MIN {
            return Err(PlanError::Outside { id, covered, limit: COVERED_MIN });
        }
        let end = self.site.grid.voxel_at(bore.apex()).map(|voxel| self.site.at(voxel));
        let free = end.is_none_or(|stuff| stuff == Stuff::Free);
        if lower && free && !own.bone.apex_covered {
            let last = own.bone.levels.iter().rev().find(|l| l.covered >= 0.5);
            let inside_mm = last.map_or(0.0, |l| l.depth_mm);
            return Err(PlanError::Leaves { id, length_mm: bore.length_mm, inside_mm });
        }
        Ok(())
    }
}

/// Every two implants.
fn between(implants: &[Planned]) -> Result<Vec<Between>, PlanError> {
    let mut found = Vec::new();
    for (n, a) in implants.iter().enumerate() {
        for b in &implants[n + 1..] {
            let apart_mm = a.bore.apart_mm(&b.bore);
            if apart_mm <= 0.0 {
                let (first, other, into_mm) = (a.id.clone(), b.id.clone(), -apart_mm);
                return Err(PlanError::Meet { first, other, into_mm });
            }
            let angle_deg = a.bore.along.angle_deg(b.bore.along);
            found.push(Between { ids: [a.id.clone(), b.id.clone()], apart_mm, angle_deg });
        }
    }
    Ok(found)
}

/// Where the shell ends: half way to the next tooth beyond.
fn ends(teeth: Option<&Teeth>, support: &[Support], out: &[usize]) -> [Option<Point<Lps>>; 2] {
    let Some(teeth) = teeth else { return [None; 2] };
    let middle = |n: usize| teeth.pieces[n].middle;
    let beyond = |own: usize, next: Option<usize>| {
        let next = next.filter(|n| *n < teeth.pieces.len() && !out.contains(n))?;
        Some(middle(own).lerp(middle(next), 0.5))
    };
    let first = support.first().and_then(|s| beyond(s.index, s.index.checked_sub(1)));
    let last = support.last().and_then(|s| beyond(s.index, Some(s.index + 1)));
    [first, last]
}

/// Origin between the necks, z from where the guide is put on, x to the patient's left.
fn frame(implants: &[Planned], from: Vector<Lps>, sides: Option<Sides>) -> Rigid<Lps, Implant> {
    let none = Vector::new(0.0, 0.0, 0.0);
    let sum = implants.iter().fold(none, |sum, own| sum + (own.bore.entry - Point::ORIGIN));
    let middle = Point::ORIGIN + sum * (1.0 / implants.len() as f64);
    let left = sides.map_or(Vector::new(1.0, 0.0, 0.0), |sides| sides.left);
    let x = left - from * from.dot(left);
    let x = if x.norm() > 0.1 { x.unit() } else { from.any_perpendicular() };
    Rigid::from_axes(middle, x, from.cross(x), from)
}
