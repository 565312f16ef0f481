//! Cuts, and pegs across them.

use ossein_field::Field;
use ossein_field::band::Band;
use ossein_field::boolean::Solid;
use ossein_field::primitive::{Cone, HalfSpace};
use ossein_geom::{Choices, Implant, Point, Vector};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

/// A section that has no room for a peg is tried with smaller ones, by these parts of its size.
const SCALES: [f64; 4] = [1.0, 0.75, 0.5, 0.4];
/// No peg is thinner or shorter, mm: the least that can be chosen.
const PEG_MM_MIN: f64 = 2.0;
/// Solid around a peg's hole, mm.
pub(super) const AROUND_MM: f64 = 1.5;
/// Places for pegs are looked for so far apart, mm.
const SEARCH_MM: f64 = 1.0;
/// The end of a peg is drawn in over this length, mm.
const TAPER_MM: f64 = 1.0;

/// A peg that stands out of the lower side of a cut into its upper side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peg {
    /// Number of its cut.
    pub cut: usize,
    /// On the plane of the cut.
    pub point: Point<Implant>,
    /// Across the cut; unit.
    pub direction: Vector<Implant>,
    /// Its diameter.
    pub diameter_mm: f64,
    /// How far it stands out.
    pub length_mm: f64,
    /// Play all round.
    pub play_mm: f64,
}

impl Peg {
    fn at(&self, mm: f64) -> Point<Implant> {
        self.point + self.direction * mm
    }

    /// What stands out, and as much again within.
    pub(super) fn solid(&self) -> Solid<Implant> {
        let radius = 0.5 * self.diameter_mm;
        let straight = (self.length_mm - TAPER_MM).max(0.5 * self.length_mm);
        let shaft = Cone::cylinder(self.at(-self.length_mm), self.at(straight), radius);
        // It begins within the shaft: solids that only touch are two.
        let tip = Cone {
            from: self.at(straight - 0.5),
            to: self.at(self.length_mm),
            from_radius_mm: radius,
            to_radius_mm: 0.8 * radius,
        };
        Box::new(ossein_field::boolean::Union::new(vec![Box::new(shaft), Box::new(tip)]))
    }

    /// Its hole.
    pub(super) fn hole(&self) -> Solid<Implant> {
        let end = self.at(self.length_mm + self.play_mm);
        Box::new(Cone::cylinder(self.at(-0.5), end, 0.5 * self.diameter_mm + self.play_mm))
    }

    /// What must be solid around it in a hollow model.
    pub(super) fn seat(&self) -> Solid<Implant> {
        let far = self.length_mm + self.play_mm + AROUND_MM;
        let radius = 0.5 * self.diameter_mm + self.play_mm + AROUND_MM;
        Box::new(Cone::cylinder(self.at(-far), self.at(far), radius))
    }
}

/// What lies on some sides of the cuts: `above[n]` for the normal's side of cut `n`.
pub(super) fn side(cuts: &[Plane<Implant>], above: &[bool]) -> Vec<Solid<Implant>> {
    let half = |(cut, above): (&Plane<Implant>, &bool)| -> Solid<Implant> {
        let normal = if *above { -cut.normal } else { cut.normal };
        Box::new(HalfSpace { point: cut.point, normal })
    };
    cuts.iter().zip(above).map(half).collect()
}

/// Pegs across cut `n`, as thick and long as chosen, or as much smaller as the section wants them;
/// and how deep it is.
pub(super) fn pegs(
    solid: &Band<Implant>,
    cuts: &[Plane<Implant>],
    n: usize,
    choices: &Choices,
) -> (Vec<Peg>, f64) {
    let number = |key: &str| choices.number(&format!("model.{key}"));
    let count = choices.whole("model.pegs") as usize;
    let mut deepest_mm = 0.0;
    for scale in SCALES {
        let size = |key: &str| (scale * number(key)).max(PEG_MM_MIN);
        let size_mm = [size("peg_mm"), size("peg_length_mm"), number("peg_play_mm")];
        let (found, deepest) = of_size(solid, cuts, n, (size_mm, count));
        if !found.is_empty() || count == 0 {
            return (found, deepest);
        }
        deepest_mm = deepest;
    }
    (Vec::new(), deepest_mm)
}

/// Pegs of one size: the first where the section is deepest, the others far from it; and the depth
/// there.
fn of_size(
    solid: &Band<Implant>,
    cuts: &[Plane<Implant>],
    n: usize,
    ([diameter_mm, length_mm, play_mm], count): ([f64; 3], usize),
) -> (Vec<Peg>, f64) {
    let need_mm = 0.5 * diameter_mm + play_mm + AROUND_MM;
    let (cut, reach) = (&cuts[n], length_mm + play_mm);
    let free = |p: Point<Implant>| {
        let others = cuts.iter().enumerate().filter(|(m, _)| *m != n);
        let depth = |p| -solid.distance(p);
        let along = [-reach, -0.5 * reach, 0.0, 0.5 * reach, reach];
        let deep = |mm: &f64| depth(p + cut.normal * *mm) >= need_mm;
        let clear = |other: &Plane<Implant>| other.height_mm(p).abs() >= need_mm + length_mm;
        along.iter().all(deep) && others.into_iter().all(|(_, other)| clear(other))
    };
    let section = section(solid, cut);
    let deepest = section.iter().map(|&(_, depth)| depth).fold(0.0, f64::max);
    let places: Vec<(Point<Implant>, f64)> =
        section.into_iter().filter(|&(p, depth)| depth >= need_mm && free(p)).collect();
    let mut taken: Vec<Point<Implant>> = Vec::new();
    while taken.len() < count {
        let worth = |&(p, depth): &(Point<Implant>, f64)| {
            let apart = taken.iter().map(|t| t.distance(p)).fold(f64::INFINITY, f64::min);
            if taken.is_empty() { depth } else { apart }
        };
        let Some(best) = places.iter().max_by(|a, b| worth(a).total_cmp(&worth(b))) else { break };
        if !taken.is_empty() && worth(best) < 2.0 * need_mm {
            break;
        }
        taken.push(best.0);
    }
    let direction = cut.normal;
    let peg = |point| Peg { cut: n, point, direction, diameter_mm, length_mm, play_mm };
    (taken.into_iter().map(peg).collect(), deepest)
}

/// Places on a cut within the solid, and how deep they lie.
fn section(solid: &Band<Implant>, cut: &Plane<Implant>) -> Vec<(Point<Implant>, f64)> {
    let bounds = solid.bounds();
    let reach = 0.5 * bounds.size().norm();
    let middle = bounds.center() - cut.normal * cut.height_mm(bounds.center());
    let aside = if cut.normal.x.abs() < 0.9 {
        Vector::new(1.0, 0.0, 0.0)
    } else {
        Vector::new(0.0, 1.0, 0.0)
    };
    let u = cut.normal.cross(aside).unit();
    let v = cut.normal.cross(u);
    let steps = (reach / SEARCH_MM).ceil() as i64;
    let places = (-steps..=steps).flat_map(|i| (-steps..=steps).map(move |j| (i, j)));
    let place =
        |(i, j): (i64, i64)| middle + u * (i as f64 * SEARCH_MM) + v * (j as f64 * SEARCH_MM);
    let depth = |p: Point<Implant>| (p, -solid.distance(p));
    places.map(place).filter(|p| bounds.contains(*p)).map(depth).filter(|(_, d)| *d > 0.0).collect()
}
