//! Angles and lengths of a side view and in space.

use ossein_geom::{Lps, Point, Vector, float};
use ossein_shape::Plane;
use serde::Serialize;

use super::{Points, Side};

/// Mean and standard deviation, or the ends of a range, in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Norm {
    /// The least that is usual.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// A measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Its name: `SNA`, `anterior facial height`, ...
    pub name: String,
    /// How it is measured.
    pub formula: &'static str,
    /// Its value.
    pub value: f64,
    /// `deg` or `mm`.
    pub unit: &'static str,
    /// What is usual; none where no norm is known to us.
    pub norm: Option<Norm>,
}

/// A point of a side view: both sides taken in the middle.
enum At {
    One(&'static str),
    Both(&'static str),
}

use At::{Both, One};

/// An angle of a side view.
struct Angle {
    name: &'static str,
    formula: &'static str,
    /// From, corner, to; or two lines as four points.
    lines: [At; 4],
    norm: Option<Norm>,
}

const fn norm(mean: f64, sd: f64) -> Option<Norm> {
    Some(Norm { low: mean - sd, high: mean + sd })
}

/// Angles between two directions, each from the first point to the second.
///
/// # Source
/// Norms: facts D2.27.
const ANGLES: &[Angle] = &[
    Angle {
        name: "SNA",
        formula: "at N, from S to A",
        lines: [One("N"), One("S"), One("N"), One("A")],
        norm: norm(82.0, 3.5),
    },
    Angle {
        name: "SNB",
        formula: "at N, from S to B",
        lines: [One("N"), One("S"), One("N"), One("B")],
        norm: norm(80.0, 3.0),
    },
    Angle {
        name: "FMA",
        formula: "between Po-Or and Go-Me",
        lines: [Both("Po"), Both("Or"), Both("Go"), One("Me")],
        norm: norm(25.0, 5.0),
    },
    Angle {
        name: "facial angle",
        formula: "between Po-Or and N-Pog",
        lines: [Both("Po"), Both("Or"), One("N"), One("Pog")],
        norm: None,
    },
    Angle {
        name: "gonial angle",
        formula: "at Go, from Co to Me",
        lines: [Both("Go"), Both("Co"), Both("Go"), One("Me")],
        norm: Some(Norm { low: 120.0, high: 130.0 }),
    },
];

/// Lengths in space: name, from, to.
const LENGTHS: &[(&str, &str, &str)] = &[
    ("anterior facial height", "N", "Me"),
    ("upper facial height", "N", "ANS"),
    ("lower facial height", "ANS", "Me"),
    ("cranial base", "S", "N"),
    ("posterior cranial base", "S", "Ba"),
    ("maxilla", "ANS", "PNS"),
];

/// Lengths on each side: name, from, to; `true` where the second is paired too.
const SIDES: &[(&str, &str, &str, bool)] = &[
    ("ramus height", "Co", "Go", true),
    ("body of the mandible", "Go", "Me", false),
    ("length of the mandible", "Co", "Gn", false),
    ("posterior facial height", "Go", "S", false),
];

/// Widths between the sides: name, landmark.
const WIDTHS: &[(&str, &str)] = &[
    ("bizygomatic width", "Zy"),
    ("frontozygomatic width", "Fz"),
    ("bigonial width", "Go"),
    ("bicondylar width", "Co"),
    ("width of the upper molars", "U6"),
    ("width of the lower molars", "L6"),
];

/// Every measure whose landmarks are all there.
pub fn all(points: &Points, plane: &Plane<Lps>) -> Vec<Measure> {
    let view = Sagittal { points, plane };
    let mut found: Vec<Measure> = ANGLES.iter().filter_map(|a| view.angle(a)).collect();
    let of = |name: &str| found.iter().find(|m| m.name == name).map(|m| m.value);
    if let (Some(sna), Some(snb)) = (of("SNA"), of("SNB")) {
        let measure = Measure {
            name: "ANB".into(),
            formula: "SNA less SNB",
            value: sna - snb,
            unit: "deg",
            norm: norm(2.0, 2.0),
        };
        found.insert(2, measure);
    }
    found.extend(view.bite());
    let at = |id: &str, side| points.get(&(id, side)).copied();
    let length = |name: String, a: Option<Point<Lps>>, b: Option<Point<Lps>>| {
        let value = a?.distance(b?);
        Some(Measure { name, formula: "in space", value, unit: "mm", norm: None })
    };
    let middle = Side::Middle;
    found.extend(
        LENGTHS
            .iter()
            .filter_map(|(name, a, b)| length((*name).into(), at(a, middle), at(b, middle))),
    );
    for (name, a, b, paired) in SIDES {
        for (side, word) in [(Side::Right, "right"), (Side::Left, "left")] {
            let end = at(b, if *paired { side } else { middle });
            found.extend(length(format!("{name}, {word}"), at(a, side), end));
        }
    }
    found.extend(
        WIDTHS.iter().filter_map(|(name, id)| {
            length((*name).into(), at(id, Side::Right), at(id, Side::Left))
        }),
    );
    found
}

/// The landmarks seen from the side.
struct Sagittal<'a> {
    points: &'a Points,
    plane: &'a Plane<Lps>,
}

impl Sagittal<'_> {
    fn at(&self, at: &At) -> Option<Point<Lps>> {
        let of = |id, side| self.points.get(&(id, side)).copied();
        let p = match at {
            One(id) => of(id, Side::Middle)?,
            Both(id) => of(id, Side::Right)?.lerp(of(id, Side::Left)?, 0.5),
        };
        Some(p - self.plane.normal * self.plane.height_mm(p))
    }

    fn way(&self, from: &At, to: &At) -> Option<Vector<Lps>> {
        let way = self.at(to)? - self.at(from)?;
        (way.norm() > 1e-6).then(|| way.unit())
    }

    fn angle(&self, angle: &Angle) -> Option<Measure> {
        let [a, b, c, d] = &angle.lines;
        let (first, second) = (self.way(a, b)?, self.way(c, d)?);
        let value = float::atan2(first.cross(second).norm(), first.dot(second)).to_degrees();
        let Angle { name, formula, norm, .. } = *angle;
        Some(Measure { name: name.into(), formula, value, unit: "deg", norm })
    }

    /// Overjet and overbite: how far the upper incisor stands before and over the lower one, along
    /// Frankfort's horizontal.
    fn bite(&self) -> Vec<Measure> {
        let found = || {
            let forward = self.way(&Both("Po"), &Both("Or"))?;
            let up = self.plane.normal.cross(forward);
            let over = self.at(&One("U1"))? - self.at(&One("L1"))?;
            let up = if up.z < 0.0 { -up } else { up };
            Some([("overjet", over.dot(forward)), ("overbite", -over.dot(up))])
        };
        let formula = "U1 against L1 along Po-Or";
        let measure = |(name, value): (&str, f64)| Measure {
            name: name.into(),
            formula,
            value,
            unit: "mm",
            norm: None,
        };
        found().into_iter().flatten().map(measure).collect()
    }
}
