//! A slot that leads a saw: two walls, closed at both ends, over the whole bone.

use ossein_field::boolean::{Intersection, Solid, Union};
use ossein_field::primitive::{Capsule, HalfSpace};
use ossein_geom::{Choices, Implant, Point, Vector, float};

use super::SlotFigures;
use super::fit::Seat;

/// The bone is followed so far along the cut, mm.
const REACH_MM: f64 = 20.0;
/// Distance between looks along the cut, mm.
const LOOK_MM: f64 = 0.5;
/// Bone so far beneath its top at the cut is the other side, mm.
const DEEP_MM: f64 = 7.0;
/// The blade runs so far beyond the bone, mm.
const BEYOND_MM: f64 = 1.5;
/// The walls sit on bone so far around the cut, mm.
const SEAT_MM: f64 = 5.0;

/// A slot, in the guide's frame.
pub struct Slot {
    point: Point<Implant>,
    normal: Vector<Implant>,
    /// Along the bone, in the cut; unit, level.
    along: Vector<Implant>,
    /// From where to where along it, mm.
    span_mm: [f64; 2],
    top_z: f64,
    width_mm: f64,
    depth_mm: f64,
    wall_mm: f64,
    play_mm: f64,
    line: Vec<Point<Implant>>,
}

impl Slot {
    pub fn new(
        seat: &Seat,
        point: Point<Implant>,
        normal: Vector<Implant>,
        choices: &Choices,
    ) -> Self {
        let off = Vector::new(0.0, 0.0, 1.0);
        let along = normal.cross(off).unit();
        let number = |key: &str| choices.number(key);
        let (play_mm, depth_mm) = (number("guide.blade_play_mm"), number("guide.slot_depth_mm"));
        let at = |mm: f64| seat.over_bone(point + along * mm, seat.contact_mm);
        let middle = at(0.0);
        let is_bone = |mm: f64| at(mm).z > middle.z - DEEP_MM;
        let end = |sign: f64| {
            let steps = (REACH_MM / LOOK_MM) as usize;
            let own = (0..=steps).map(|n| n as f64 * LOOK_MM).take_while(|&mm| is_bone(sign * mm));
            own.last().unwrap_or(0.0) + BEYOND_MM
        };
        let span_mm = [-end(-1.0), end(1.0)];
        let wall_mm = number("guide.slot_wall_mm");
        let count = ((span_mm[1] - span_mm[0] + 2.0 * wall_mm) / LOOK_MM).ceil() as usize;
        let place = |n: usize| {
            let mm = span_mm[0] - wall_mm + n as f64 * LOOK_MM;
            let p = at(mm);
            Point::new(p.x, p.y, p.z.max(middle.z - DEEP_MM))
        };
        let line: Vec<Point<Implant>> = (0..=count).map(place).collect();
        let top_z = line.iter().map(|p| p.z).fold(middle.z, f64::max) + depth_mm;
        Self {
            point: middle,
            normal,
            along,
            span_mm,
            top_z,
            width_mm: number("guide.blade_mm") + play_mm,
            depth_mm,
            wall_mm,
            play_mm,
            line,
        }
    }

    /// Half spaces between two levels along a direction.
    fn between(&self, along: Vector<Implant>, [from, to]: [f64; 2]) -> [Solid<Implant>; 2] {
        let at = |mm: f64| self.point + along * mm;
        [
            Box::new(HalfSpace { point: at(from), normal: -along }),
            Box::new(HalfSpace { point: at(to), normal: along }),
        ]
    }

    /// Its walls, without the slot itself.
    pub fn block(&self) -> Solid<Implant> {
        let off = Vector::new(0.0, 0.0, 1.0);
        let half = 0.5 * self.width_mm + self.wall_mm;
        let [low, high] = self.span_mm;
        let near = |pair: &[Point<Implant>]| -> Solid<Implant> {
            let up = |p: Point<Implant>| Point::new(p.x, p.y, 0.5 * (p.z + self.top_z));
            let radius_mm = 0.5 * (self.top_z - pair[0].z.min(pair[1].z)) + SEAT_MM;
            Box::new(Capsule { from: up(pair[0]), to: up(pair[1]), radius_mm })
        };
        let mut limits: Vec<Solid<Implant>> =
            vec![Box::new(Union::new(self.line.windows(2).map(near).collect()))];
        limits.extend(self.between(self.normal, [-half, half]));
        limits.extend(self.between(self.along, [low - self.wall_mm, high + self.wall_mm]));
        let top = Point::new(0.0, 0.0, self.top_z);
        limits.push(Box::new(HalfSpace { point: top, normal: off }));
        Box::new(Intersection(limits))
    }

    /// The slot itself.
    pub fn void(&self) -> Solid<Implant> {
        let half = 0.5 * self.width_mm;
        let mut limits: Vec<Solid<Implant>> = Vec::new();
        limits.extend(self.between(self.normal, [-half, half]));
        limits.extend(self.between(self.along, self.span_mm));
        Box::new(Intersection(limits))
    }

    /// From its walls to a place, along the cut's normal, mm.
    pub fn away_mm(&self, p: Point<Implant>) -> f64 {
        self.height_mm(p).abs() - 0.5 * self.width_mm - self.wall_mm
    }

    fn height_mm(&self, p: Point<Implant>) -> f64 {
        (p - self.point).dot(self.normal)
    }

    /// Whether a place lies between this cut and another one: on bone that is taken out.
    pub fn is_between(&self, p: Point<Implant>, all: &[Slot]) -> bool {
        all.len() == 2 && all.iter().all(|slot| slot.height_mm(p) < 0.0)
    }

    /// Its figures.
    pub fn figures(&self) -> SlotFigures {
        SlotFigures {
            width_mm: self.width_mm,
            depth_mm: self.depth_mm,
            length_mm: self.span_mm[1] - self.span_mm[0],
            tilt_deg: float::atan2(self.play_mm, self.depth_mm).to_degrees(),
        }
    }
}
