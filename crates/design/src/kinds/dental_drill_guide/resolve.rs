//! From what a recipe says of an implant to its place.

use ossein_anatomy::site::Bore;
use ossein_anatomy::tooth::{Roots, Teeth, ToothError, ToothLabels, tooth};
use ossein_geom::{Choices, Job, Lps, Point, Vector};
use serde::{Deserialize, Serialize};

use super::errors::PlanError;

/// Sizes of implants, mm.
const LENGTH_MM: [f64; 2] = [4.0, 25.0];
const DIAMETER_MM: [f64; 2] = [2.0, 8.0];

/// An implant as it is asked for; what is left out comes from the choices or the tooth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Its name.
    pub id: String,
    /// A point in the tooth that it replaces: the tooth is out, and gives entry and axis where they
    /// are not named.
    pub tooth: Option<Point<Lps>>,
    /// The middle of its neck.
    pub entry: Option<Point<Lps>>,
    /// The middle of its end.
    pub apex: Option<Point<Lps>>,
    /// Into the bone.
    pub axis: Option<Vector<Lps>>,
    /// Diameter, mm.
    pub diameter_mm: Option<f64>,
    /// Length, mm.
    pub length_mm: Option<f64>,
    /// Diameter of the drill that is led, mm.
    pub drill_mm: Option<f64>,
}

/// Everything that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Implants.
    pub implants: Vec<Ask>,
    /// Points in teeth that are taken out beside those that implants replace.
    pub extracted: Vec<Point<Lps>>,
    /// From where the guide is put on: away from the bone.
    pub put_on_from: Option<Vector<Lps>>,
}

impl Ask {
    /// A point that tells where it is.
    pub fn place(&self) -> Option<Point<Lps>> {
        self.entry.or(self.tooth)
    }
}

/// Where an implant stands.
pub(super) struct Place {
    pub bore: Bore,
    /// To cheek or lip, as its tooth or the arch has it.
    pub outward: Vector<Lps>,
    /// The tooth that it replaces.
    pub tooth: Option<usize>,
}

/// What stands in a jaw, where implants are placed by.
pub(super) struct JawOf<'a> {
    pub labels: Option<ToothLabels<'a>>,
    pub teeth: Option<&'a Teeth>,
    /// The middle of the jaw's bone.
    pub middle: Point<Lps>,
}

impl JawOf<'_> {
    /// To cheek or lip at the neck of an implant, across its axis and the arch.
    fn outward(&self, bore: &Bore) -> Vector<Lps> {
        let across = |v: Vector<Lps>| v - bore.along * bore.along.dot(v);
        let own = match self.teeth {
            Some(teeth) => {
                let [along, outward] = teeth.along(nearest(teeth, bore.entry));
                let side = bore.along.cross(across(along));
                if side.dot(outward) < 0.0 { -side } else { side }
            }
            None => {
                let from = bore.entry - self.middle;
                across(Vector::new(from.x, from.y, 0.0))
            }
        };
        if own.norm() > 0.1 { own.unit() } else { bore.along.any_perpendicular() }
    }

    /// The tooth at a point.
    pub fn tooth_at(&self, p: Point<Lps>, key: &str) -> Result<usize, PlanError> {
        let found = self.teeth.ok_or(ToothError::Empty).and_then(|teeth| teeth.at(p));
        found.map_err(|error| PlanError::Tooth { key: key.into(), error })
    }
}

/// The tooth whose middle is nearest to a point.
fn nearest(teeth: &Teeth, p: Point<Lps>) -> usize {
    let away = |n: &usize| teeth.pieces[*n].middle.distance(p);
    let all = 0..teeth.pieces.len();
    all.min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(0)
}

/// The place of an implant.
pub(super) fn place(
    ask: &Ask,
    jaw: &JawOf,
    choices: &Choices,
    job: &Job,
) -> Result<Place, PlanError> {
    let key = format!("implant {}, tooth_mm", ask.id);
    let index = ask.tooth.map(|p| jaw.tooth_at(p, &key)).transpose()?;
    let needed = ask.entry.is_none() || (ask.apex.is_none() && ask.axis.is_none());
    // The tooth is measured where its axis is wanted, and no sooner: a stump has none.
    let own = match (index, jaw.labels, jaw.teeth) {
        (Some(n), Some(labels), Some(teeth)) if needed => {
            let own = tooth(&labels, teeth, n, Roots::All, job);
            Some(own.map_err(|error| PlanError::Tooth { key, error })?)
        }
        _ => None,
    };
    let down = own.as_ref().map(|tooth| -tooth.occlusal());
    let crest = own.as_ref().map(|tooth| tooth.placement.inverse().apply(Point::ORIGIN));
    let sunk = choices.number("plan.sunk_mm");
    let start = crest.zip(down).map(|(crest, down)| crest + down * sunk);
    let none = || PlanError::NoAxis { id: ask.id.clone() };
    let entry = ask.entry.or(start).ok_or_else(none)?;
    let way = ask.apex.map(|apex| apex - entry).or(ask.axis).or(down).ok_or_else(none)?;
    let to_apex = ask.apex.map(|apex| apex.distance(entry));
    let length_mm = ask.length_mm.or(to_apex).unwrap_or(choices.number("plan.length_mm"));
    let diameter_mm = ask.diameter_mm.unwrap_or(choices.number("plan.diameter_mm"));
    for (what, value_mm, [low, high]) in
        [("long", length_mm, LENGTH_MM), ("wide", diameter_mm, DIAMETER_MM)]
    {
        if !(low..=high).contains(&value_mm) {
            let id = ask.id.clone();
            return Err(PlanError::Size { id, what, value_mm, low, high });
        }
    }
    let bore = Bore { entry, along: way.unit(), length_mm, radius_mm: [0.5 * diameter_mm; 2] };
    Ok(Place { bore, outward: jaw.outward(&bore), tooth: index })
}
