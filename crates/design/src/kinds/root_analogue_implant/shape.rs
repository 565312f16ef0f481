//! The solids of a root-analogue implant.

use std::sync::Arc;

use ossein_anatomy::tooth::Tooth;
use ossein_field::Field;
use ossein_field::boolean::{Blend, Intersection, Solid};
use ossein_field::lattice;
use ossein_field::sampled::Sampled;
use ossein_geom::{Aabb, Choices, Implant, Mm, Point, float};
use serde::{Deserialize, Serialize};

use super::errors::DesignError;

/// Press-fit and relief come in over this depth under the crest, mm.
const RAMP_MM: f64 = 1.0;
/// Nearer to the axis than this, directions mean little: offsets fade out, mm.
const HUB_MM: f64 = 1.0;
/// Grooves keep so far from the crest and from the root's tip, mm.
const GROOVE_TOP_MM: f64 = 2.0;
const GROOVE_TIP_MM: f64 = 2.0;
/// A press-fit is full this near to the arch's direction, and gone at the second, degrees.
const PRESS_DEG: [f64; 2] = [30.0, 55.0];
/// The same for a relief, from straight across the arch.
const RELIEF_DEG: [f64; 2] = [35.0, 60.0];
/// Radius of the abutment's upper edge, mm.
const ROUND_MM: f64 = 0.5;
/// The abutment begins this deep in the collar, mm.
const ROOTED_MM: f64 = 1.0;

/// How an implant differs from its tooth's root, direction by direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Larger everywhere by this, mm.
    pub ligament_mm: f64,
    /// Larger by this towards the neighbours, mm.
    pub press_mm: f64,
    /// Smaller by this towards the sides that are relieved, mm.
    pub relief_mm: f64,
    /// Whether cheek and tongue side are relieved.
    pub relieved: [bool; 2],
}

impl Fit {
    /// From choices, and which plate is the thinner one.
    pub fn new(tooth: &Tooth, choices: &Choices) -> Self {
        let plate = tooth.plate_mm.map(|mm| mm.unwrap_or(0.0));
        let relieved = match choices.word("implant.relief_side") {
            "cheek" => [true, false],
            "tongue" => [false, true],
            "both" => [true, true],
            _ => [plate[0] <= plate[1], plate[1] < plate[0]],
        };
        Self {
            ligament_mm: choices.number("implant.ligament_mm"),
            press_mm: choices.number("implant.press_fit_mm"),
            relief_mm: choices.number("implant.relief_mm"),
            relieved,
        }
    }
}

/// 1 up to the first of two values, 0 from the second on, smooth between.
fn fading(value: f64, [full, none]: [f64; 2]) -> f64 {
    let t = ((none - value) / (none - full)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How near a place lies to the arch's direction as seen from the axis: 1 near, 0 far.
fn beside(p: Point<Implant>) -> f64 {
    let from_arch = float::atan2(p.y.abs(), p.x.abs()).to_degrees();
    fading(from_arch, PRESS_DEG)
}

/// How far outside the root's own surface the implant's lies at a place, mm: the ligament
/// everywhere, the press-fit towards the neighbours, less the relief at the thin plate.
pub fn wanted_offset_mm(fit: &Fit, p: Point<Implant>) -> f64 {
    let from_arch = float::atan2(p.y.abs(), p.x.abs()).to_degrees();
    let side = fit.relieved[usize::from(p.y < 0.0)];
    let relief = if side { fading(90.0 - from_arch, RELIEF_DEG) } else { 0.0 };
    let hub = 1.0 - fading(float::hypot(p.x, p.y), [0.0, HUB_MM]);
    let ramp = 1.0 - fading(-p.z, [0.0, RAMP_MM]);
    fit.ligament_mm * ramp + hub * ramp * (fit.press_mm * beside(p) - fit.relief_mm * relief)
}

/// Everything of a shape that is no sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    pub fit: Fit,
    pub groove_mm: f64,
    pub pitch_mm: f64,
    pub pit_mm: f64,
    pub pit_pitch_mm: f64,
    pub neck_mm: f64,
    pub collar_mm: f64,
    pub margin_mm: f64,
    pub abutment_mm: f64,
    pub taper: f64,
    pub tilt: [f64; 2],
    pub tip_mm: f64,
}

fn tan(deg: f64) -> f64 {
    let (s, c) = float::sin_cos(deg.to_radians());
    s / c
}

impl Measures {
    pub fn new(tooth: &Tooth, choices: &Choices) -> Self {
        let number = |key: &str| choices.number(&format!("implant.{key}"));
        let textured = choices.word("implant.surface") == "textured";
        Self {
            fit: Fit::new(tooth, choices),
            groove_mm: number("groove_depth_mm"),
            pitch_mm: number("groove_pitch_mm"),
            pit_mm: if textured { number("texture_mm") } else { 0.0 },
            pit_pitch_mm: number("texture_pitch_mm"),
            neck_mm: number("solid_neck_mm"),
            collar_mm: number("collar_mm"),
            margin_mm: number("margin_mm"),
            abutment_mm: number("abutment_mm"),
            taper: tan(number("taper_deg")),
            tilt: [tan(number("tilt_along_deg")), tan(number("tilt_out_deg"))],
            tip_mm: -tooth.root_mm,
        }
    }

    /// Height of the abutment's top over the crest.
    pub fn top_mm(&self) -> f64 {
        self.collar_mm + self.abutment_mm
    }

    /// How much the abutment's section at its top is drawn in, mm.
    pub fn inset_mm(&self) -> f64 {
        self.margin_mm + self.taper * self.abutment_mm
    }

    /// Grooves from the crest to the tip.
    pub fn groove_count(&self) -> usize {
        let length = -self.tip_mm - GROOVE_TOP_MM - GROOVE_TIP_MM;
        if self.groove_mm > 0.0 { (length / self.pitch_mm).max(0.0) as usize } else { 0 }
    }

    /// Depth of the grooves at a place, mm.
    fn groove(&self, p: Point<Implant>) -> f64 {
        let along = (-GROOVE_TOP_MM - p.z) / self.pitch_mm;
        if self.groove_mm <= 0.0 || along < 0.0 || along > self.groove_count() as f64 {
            return 0.0;
        }
        let wave = 0.5 - 0.5 * float::cos(std::f64::consts::TAU * along);
        self.groove_mm * beside(p) * wave * wave
    }

    /// Depth of the pits of a textured surface at a place, mm.
    fn pit(&self, p: Point<Implant>) -> f64 {
        if self.pit_mm <= 0.0 || p.z > -self.neck_mm {
            return 0.0;
        }
        let turn = |v: f64| float::sin_cos(std::f64::consts::TAU * v / self.pit_pitch_mm);
        let ((sx, cx), (sy, cy), (sz, cz)) = (turn(p.x), turn(p.y), turn(p.z));
        let wave = sx * cy + sy * cz + sz * cx;
        self.pit_mm * (0.5 + wave / 3.0).clamp(0.0, 1.0)
    }

    /// The steepest that offsets change, mm per mm.
    fn slope_max(&self) -> f64 {
        let fit = self.fit.press_mm + self.fit.relief_mm;
        let turning = std::f64::consts::TAU;
        let grooves = if self.groove_mm > 0.0 {
            0.65 * turning * self.groove_mm / self.pitch_mm
        } else {
            0.0
        };
        let pits = if self.pit_mm > 0.0 { turning * self.pit_mm / self.pit_pitch_mm } else { 0.0 };
        1.5 * (fit + self.fit.ligament_mm) + 2.0 * self.groove_mm + grooves + pits
    }
}

/// The whole implant without pores, or its solid core.
#[derive(Clone)]
pub(super) struct Body {
    free: Arc<Sampled<Implant>>,
    measures: Measures,
    /// Drawn in by this under the neck, mm: the core of a porous layer.
    inset_mm: f64,
    scale: f64,
    bounds: Aabb<Implant>,
}

impl Body {
    pub fn new(free: Arc<Sampled<Implant>>, measures: Measures, inset_mm: f64) -> Self {
        let steep = measures.slope_max() + 1.5 * inset_mm;
        let tilt = measures.tilt[0].abs() + measures.tilt[1].abs() + measures.taper;
        let mut bounds = free.bounds();
        let reach = 0.5 + (measures.tilt[0].abs()).max(measures.tilt[1].abs()) * measures.top_mm();
        bounds = bounds.grow(reach);
        bounds.max.z = measures.top_mm();
        Self { scale: free.scale() / (1.0 + steep.max(tilt)), free, measures, inset_mm, bounds }
    }

    /// True distance of a place from the tooth as drawn out.
    fn own(&self, x: f64, y: f64, z: f64) -> f64 {
        self.free.volume().sample(Point::new(x, y, z))
    }

    /// Distance from the root's sides, as if it had no upper end.
    fn sides(&self, p: Point<Implant>) -> f64 {
        let m = &self.measures;
        let offset = if p.z < 0.0 {
            let core = self.inset_mm * (1.0 - fading(-p.z - m.neck_mm, [0.0, RAMP_MM]));
            wanted_offset_mm(&m.fit, p) - m.groove(p) - m.pit(p) - core
        } else {
            0.0
        };
        self.own(p.x, p.y, p.z) - offset
    }

    fn root(&self, p: Point<Implant>) -> f64 {
        self.sides(p).max(p.z - self.measures.collar_mm)
    }

    fn abutment(&self, p: Point<Implant>) -> f64 {
        let m = &self.measures;
        let over = p.z - m.collar_mm;
        let (x, y) = (p.x - m.tilt[0] * over, p.y - m.tilt[1] * over);
        let side = self.own(x, y, 0.5 * m.collar_mm) + m.margin_mm + m.taper * over;
        let ends = over - m.abutment_mm;
        let overlap = (ROUND_MM - (side - ends).abs()).max(0.0);
        let round = side.max(ends) + overlap * overlap / (4.0 * ROUND_MM);
        round.max(-ROOTED_MM - over)
    }

    /// Widest inscribed width of a section, mm.
    pub fn width_mm(&self, z: f64) -> f64 {
        let grid = &self.free.volume().grid;
        let places = (0..grid.size[0] * grid.size[1]).map(|n| {
            let p = grid.center([n % grid.size[0], n / grid.size[0], 0]);
            self.sides(Point::new(p.x, p.y, z))
        });
        -2.0 * places.fold(f64::INFINITY, f64::min)
    }
}

impl Field<Implant> for Body {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let beyond = self.bounds.distance(p);
        let here = self.root(p).min(self.abutment(p)) * self.scale;
        if beyond > 0.0 { here.max(0.0).max(beyond * self.scale) } else { here }
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
}

/// The solid that is made, of the whole shape and its core.
pub(super) fn built(
    body: &Body,
    core: &Body,
    choices: &Choices,
) -> Result<Solid<Implant>, DesignError> {
    if choices.word("implant.surface") != "porous" {
        return Ok(Box::new(body.clone()));
    }
    let period = Mm(choices.number("lattice.period_mm"));
    let fraction = choices.number("lattice.solid_fraction");
    let cell = lattice::by_name(choices.word("lattice.cell"))?;
    let pores = lattice::target::at(cell, period, fraction)?;
    let metal = Blend {
        a: pores.solid(Point::ORIGIN),
        b: Box::new(core.clone()),
        radius_mm: choices.number("lattice.transition_mm"),
    };
    Ok(Box::new(Intersection(vec![Box::new(metal), Box::new(body.clone())])))
}
