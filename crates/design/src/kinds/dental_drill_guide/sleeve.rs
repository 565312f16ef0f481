//! Sleeves: where they stand, how they are held, how far their drills may miss.

use ossein_anatomy::site::Bore;
use ossein_field::boolean::Solid;
use ossein_field::primitive::Cone;
use ossein_geom::{Choices, Implant, Lps, Point, Rigid, TriMesh, Vector, Volume, float};
use serde::{Deserialize, Serialize};

use super::errors::DesignError;
use super::plan::{GuidePlan, Planned};
use crate::guide::{Play, play};

/// A sleeve that stands farther from the way on leads no drill, degrees (estimate).
const SLANT_DEG_MAX: f64 = 35.0;
/// A metal sleeve rests on a rim so high, and so much narrower than its seat on each side, mm.
const RIM_MM: f64 = 1.0;
/// Beneath its sleeve a drill runs so far from the wall, mm.
const FREE_MM: f64 = 0.4;
/// Holes run on so far beyond both ends, mm.
const BEYOND_MM: f64 = 8.0;
/// The room for a drill's handle is so much wider than the sleeve's walls, mm.
const HANDLE_MM: f64 = 0.5;
/// Distance between looks along a sleeve, mm; directions; how far in the wall it is looked at.
const LOOK_MM: f64 = 0.1;
const DIRECTION_COUNT: usize = 24;
const IN_WALL_MM: f64 = 0.3;
/// So many of the directions must have a wall for a drill to be led.
const LED: usize = 20;

/// A sleeve in the guide's frame.
#[derive(Clone, Debug)]
pub(super) struct Sleeve {
    pub id: String,
    /// The implant's neck.
    pub neck: Point<Implant>,
    /// Off the bone along the axis; unit.
    pub out: Vector<Implant>,
    pub slant_deg: f64,
    pub drill_mm: f64,
    pub play_mm: f64,
    /// Width of the hole in the print.
    pub hole_mm: f64,
    pub wall_mm: f64,
    pub length_mm: f64,
    /// From its upper end to the neck.
    pub offset_mm: f64,
    pub metal: bool,
}

/// The sleeves of a plan.
///
/// # Errors
/// [`DesignError::Slanted`], [`DesignError::Deep`].
pub(super) fn sleeves(plan: &GuidePlan, choices: &Choices) -> Result<Vec<Sleeve>, DesignError> {
    let number = |key: &str| choices.number(key);
    let (sleeve_mm, offset_mm) =
        (number("guide.sleeve_length_mm"), number("guide.sleeve_offset_mm"));
    let metal = choices.word("guide.sleeve") == "metal";
    let least_mm = sleeve_mm + if metal { RIM_MM } else { 0.0 };
    if offset_mm < least_mm {
        return Err(DesignError::Deep { sleeve_mm, offset_mm, least_mm });
    }
    let up = Vector::new(0.0, 0.0, 1.0);
    let one = |own: &Planned| {
        let out = plan.placement.turn(-own.bore.along);
        let angle_deg = out.angle_deg(up);
        if angle_deg > SLANT_DEG_MAX {
            let id = own.id.clone();
            return Err(DesignError::Slanted { id, angle_deg, limit_deg: SLANT_DEG_MAX });
        }
        let drill_mm = own.drill_mm.unwrap_or(number("guide.drill_mm"));
        let play_mm = number("guide.drill_play_mm");
        let around = 2.0 * number("guide.metal_wall_mm") + number("guide.metal_play_mm");
        let hole_mm = drill_mm + play_mm + if metal { around } else { 0.0 };
        Ok(Sleeve {
            id: own.id.clone(),
            neck: plan.placement.apply(own.bore.entry),
            out,
            slant_deg: angle_deg,
            drill_mm,
            play_mm: play_mm + if metal { number("guide.metal_play_mm") } else { 0.0 },
            hole_mm,
            wall_mm: number("guide.sleeve_wall_mm"),
            length_mm: sleeve_mm,
            offset_mm,
            metal,
        })
    };
    plan.implants.iter().map(one).collect()
}

impl Sleeve {
    /// The place so far over the neck.
    pub fn at(&self, mm: f64) -> Point<Implant> {
        self.neck + self.out * mm
    }

    /// Where its walls begin: under a metal sleeve its rim.
    pub fn low_mm(&self) -> f64 {
        self.offset_mm - self.length_mm - if self.metal { RIM_MM } else { 0.0 }
    }

    /// Its upper end.
    pub fn top(&self) -> Point<Implant> {
        self.at(self.offset_mm)
    }

    /// Its middle.
    pub fn middle(&self) -> Point<Implant> {
        self.at(self.offset_mm - 0.5 * self.length_mm)
    }

    /// Both ends.
    pub fn ends(&self) -> [Point<Implant>; 2] {
        [self.at(self.low_mm()), self.top()]
    }

    /// Radius of the walls' outside, mm.
    pub fn outer_mm(&self) -> f64 {
        0.5 * self.hole_mm + self.wall_mm
    }

    /// Its walls, without the hole.
    pub fn tube(&self) -> Solid<Implant> {
        Box::new(Cone::cylinder(self.at(self.low_mm()), self.top(), self.outer_mm()))
    }

    /// All that is free for the drill, the sleeve and the handle over it.
    pub fn holes(&self) -> Vec<Solid<Implant>> {
        let bottom = self.offset_mm - self.length_mm;
        let end = self.at(self.offset_mm + BEYOND_MM);
        let handle = self.outer_mm() + HANDLE_MM;
        let hole = Cone::cylinder(self.at(bottom), end, 0.5 * self.hole_mm);
        let free = 0.5 * (self.drill_mm + self.play_mm) + if self.metal { FREE_MM } else { 0.0 };
        let free = free.min(0.5 * self.hole_mm);
        vec![
            Box::new(hole),
            Box::new(Cone::cylinder(self.at(-BEYOND_MM), end, free)),
            Box::new(Cone::cylinder(self.top(), end, handle)),
        ]
    }

    /// Distance of a place from its axis, mm.
    pub fn away_mm(&self, p: Point<Implant>) -> f64 {
        let d = p - self.neck;
        (d - self.out * d.dot(self.out)).norm()
    }

    /// Places around it, so far from its axis and over the neck.
    fn ring(&self, radius_mm: f64, over_mm: f64) -> impl Iterator<Item = Point<Implant>> + '_ {
        let x = self.out.any_perpendicular();
        let y = self.out.cross(x);
        (0..DIRECTION_COUNT).map(move |n| {
            let angle = std::f64::consts::TAU * n as f64 / DIRECTION_COUNT as f64;
            let (s, c) = float::sin_cos(angle);
            self.at(over_mm) + x * (radius_mm * c) + y * (radius_mm * s)
        })
    }

    fn levels(&self) -> impl Iterator<Item = f64> + '_ {
        let count = (self.length_mm / LOOK_MM).round() as usize;
        let low = self.offset_mm - self.length_mm;
        (0..count).map(move |n| low + (n as f64 + 0.5) * LOOK_MM)
    }

    /// Least distance of its hole's wall from a solid, mm.
    pub fn least_mm(&self, solid: &Volume<f32, Implant>) -> f64 {
        let places = self.levels().flat_map(|mm| self.ring(0.5 * self.hole_mm, mm));
        places.map(|p| solid.sample(p)).fold(f64::INFINITY, f64::min)
    }

    /// How long its wall leads: levels at which it stands almost all around, mm.
    pub fn led_mm(&self, part: &dyn Fn(Point<Implant>) -> f64) -> f64 {
        let is_led = |mm: &f64| {
            let own = self.ring(0.5 * self.hole_mm + IN_WALL_MM, *mm);
            own.filter(|p| part(*p) < 0.0).count() >= LED
        };
        self.levels().filter(is_led).count() as f64 * LOOK_MM
    }
}

/// A sleeve and what its drill may do, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SleeveFigures {
    /// The implant's name.
    pub id: String,
    /// Diameter of the drill, mm.
    pub drill_mm: f64,
    /// Width of the hole in the print, mm.
    pub hole_mm: f64,
    /// How much wider the drill's way is than the drill, mm.
    pub play_mm: f64,
    /// Length of the sleeve, mm.
    pub sleeve_mm: f64,
    /// How much of it has a wall almost all around, mm.
    pub led_mm: f64,
    /// From its upper end to the implant's neck, mm.
    pub offset_mm: f64,
    /// Wall between its hole and the nearest tooth's gap, mm; none where no tooth is near.
    pub wall_mm: Option<f64>,
    /// From the way on, degrees.
    pub slant_deg: f64,
    /// Upper end over the teeth beside it, mm.
    pub over_teeth_mm: f64,
    /// From its upper end to the drill's tip when it is as deep as it goes, mm: where a stop holds.
    pub stop_mm: f64,
    /// What the mouth must open at the site for the drill to be put in, over the teeth, mm.
    pub opening_mm: f64,
    /// What the play of the drill in its sleeve does: tilt, error at neck and tip.
    pub play: Play,
    /// From the implant to the canal when the drill errs at worst, mm.
    pub canal_at_worst_mm: Option<f64>,
}

/// Two sleeves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The implants' names.
    pub ids: [String; 2],
    /// Between their holes, mm.
    pub wall_mm: f64,
    /// Between the axes as planned, degrees.
    pub angle_deg: f64,
    /// The most that play adds to it, degrees.
    pub play_deg: f64,
    /// From implant to implant when both drills err at worst, mm; less than it is.
    pub apart_at_worst_mm: f64,
}

/// All places that an implant may take when its drill errs by the play in its sleeve: a cone that
/// holds them, the drill's tip at its end.
pub(super) fn at_worst(bore: &Bore, play: &Play, tip_mm: f64) -> Bore {
    let length_mm = bore.length_mm + tip_mm;
    let slope = (play.tip_mm - play.entry_mm) / bore.length_mm;
    let [neck, end] = bore.radius_mm;
    let end = end + play.entry_mm + slope * length_mm;
    Bore { length_mm, radius_mm: [neck + play.entry_mm, end], ..*bore }
}

/// Figures of a sleeve on the part that was made.
pub(super) fn figures(
    own: &Sleeve,
    planned: &Planned,
    part: &dyn Fn(Point<Implant>) -> f64,
    (over_teeth_mm, wall_mm): (f64, Option<f64>),
    canal: &TriMesh<Lps>,
    choices: &Choices,
) -> SleeveFigures {
    let led_mm = own.led_mm(part);
    // A metal sleeve leads by itself.
    let leads_mm = if own.metal { own.length_mm } else { led_mm.clamp(LOOK_MM, own.length_mm) };
    let under_mm = own.offset_mm - own.length_mm;
    let play = play(own.play_mm, leads_mm, under_mm, planned.bore.length_mm);
    let tip_mm = choices.number("guide.drill_tip_mm");
    let stop_mm = own.offset_mm + planned.bore.length_mm + tip_mm;
    SleeveFigures {
        id: own.id.clone(),
        drill_mm: own.drill_mm,
        hole_mm: own.hole_mm,
        play_mm: own.play_mm,
        sleeve_mm: own.length_mm,
        led_mm,
        offset_mm: own.offset_mm,
        wall_mm,
        slant_deg: own.slant_deg,
        over_teeth_mm,
        stop_mm,
        opening_mm: over_teeth_mm.max(0.0) + stop_mm + choices.number("guide.handpiece_mm"),
        play,
        canal_at_worst_mm: at_worst(&planned.bore, &play, tip_mm).nearest_mm(canal),
    }
}

/// Walls and angles between sleeves.
///
/// # Errors
/// [`DesignError::SleevesMeet`].
pub(super) fn pairs(
    plan: &GuidePlan,
    sleeves: &[Sleeve],
) -> Result<Vec<(usize, usize, f64)>, DesignError> {
    /// A wall thinner than this between two holes breaks, mm (estimate).
    const WALL_MM: f64 = 0.8;
    let back: Rigid<Implant, Lps> = plan.placement.inverse();
    let hole = |own: &Sleeve| Bore {
        entry: back.apply(own.top()),
        along: back.turn(-own.out),
        length_mm: own.length_mm,
        radius_mm: [0.5 * own.hole_mm; 2],
    };
    let mut found = Vec::new();
    for (n, a) in sleeves.iter().enumerate() {
        for (m, b) in sleeves.iter().enumerate().skip(n + 1) {
            // The ends are flat: walls are looked at by the axes alone.
            let wall_mm = hole(a).apart_mm(&hole(b));
            if wall_mm < WALL_MM {
                let (first, other) = (a.id.clone(), b.id.clone());
                return Err(DesignError::SleevesMeet { first, other, wall_mm, limit_mm: WALL_MM });
            }
            found.push((n, m, wall_mm));
        }
    }
    Ok(found)
}
