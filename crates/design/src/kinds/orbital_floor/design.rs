//! From plan and choices to a plate of the orbit's floor and its figures.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::sampled::Sampled;
use ossein_geom::{Choices, Finding, Found, Implant, Job, Lps, Rigid, Volume};
use ossein_mechanics::material::Card;
use serde::{Deserialize, Serialize};

use super::errors::DesignError;
use super::fixation::FlangeScrew;
use super::plan::FloorPlan;
use super::plate::{BLOCKED_PERCENT, Ground, LIFT_MM, Shapes, build};
use crate::kinds::material;
use crate::{Part, Spread};

/// Step at which the part is one piece, and at which its mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.2;
/// Where the under side is nearer to bone than this it rests, mm.
const REST_MM: f64 = 1.0;
/// So much of the edge on the rim must rest, percent.
const RIM_PERCENT_MIN: f64 = 50.0;
/// So much of the rest of the edge must, percent. Both are estimates.
const SIDE_PERCENT_MIN: f64 = 25.0;
/// Loose parts of more than this share are no crumbs.
const LOOSE_MAX: f64 = 0.05;
/// A posterior reach that is usual at least, mm (facts D2.23).
const REACH_MM_MIN: f64 = 30.0;
/// Enophthalmos per mL of orbital volume, mm (facts D2.23).
const MM_PER_ML: [f64; 2] = [0.8, 0.9];
/// Enophthalmos of so much is seen, mm (facts D2.23).
const ENOPHTHALMOS_MM_MAX: f64 = 2.0;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a FloorPlan,
    /// The scan, HU.
    pub hu: &'a Volume<i16>,
}

/// Volumes of both orbits, each closed in the same way, mL; and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volumes {
    /// Of the other orbit.
    pub other_ml: f64,
    /// Of the broken orbit, as scanned.
    pub broken_ml: f64,
    /// Of the broken orbit above the plate.
    pub with_plate_ml: f64,
    /// Estimated enophthalmos as scanned, mm: least and most by 0.8 and 0.9 mm per mL.
    pub enophthalmos_before_mm: [f64; 2],
    /// The same with the plate.
    pub enophthalmos_after_mm: [f64; 2],
}

/// The share of the plate's edge that rests on bone, percent; none where there is no such edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// On the rim.
    pub front: Option<f64>,
    /// On the ledge behind.
    pub back: Option<f64>,
    /// Towards the nose.
    pub medial: Option<f64>,
    /// Towards the temple.
    pub lateral: Option<f64>,
    /// Of all that is not on the rim.
    pub beyond: f64,
}

/// The figures of a plate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Volume of material, by counting samples.
    pub volume_mm3: f64,
    /// Its mass.
    pub mass_g: f64,
    /// Area of the orbital face.
    pub area_mm2: f64,
    /// Of it, over the defect.
    pub defect_mm2: f64,
    /// Of the defect, seen along z, not covered: too steep, too far, or behind bone.
    pub uncovered_mm2: f64,
    /// Of it, where bone over it takes the plate away.
    pub undercut_mm2: f64,
    /// Thickness.
    pub thickness_mm: f64,
    /// From the rim's point to the rearmost of the plate, along y.
    pub reach_mm: f64,
    /// From the optic canal to the plate.
    pub canal_mm: f64,
    /// Distance of the orbital face from the mirrored floor over the defect.
    pub deviation: Option<Spread>,
    /// Distance of the under side from bone over ledge and rim.
    pub gap: Option<Spread>,
    /// What rests on bone.
    pub rest: Rest,
    /// The least lift with which it goes in over the rim.
    pub lift_mm: f64,
    /// Volumes of the orbits.
    pub volumes: Volumes,
    /// Holes for drainage.
    pub hole_count: usize,
    /// Its screws.
    pub screws: Vec<FlangeScrew>,
    /// Loose pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
}

/// A plate for the floor of an orbit.
pub struct Design {
    shapes: Shapes,
    /// What it is made of.
    pub card: Card,
    layered: bool,
    placement: Rigid<Lps, Implant>,
    /// Distance to the bone.
    pub bone: Arc<Sampled<Implant>>,
    /// Columns that it covers, as those of the plan.
    pub mask: Vec<bool>,
    /// Heights of the orbital face, one for each column.
    pub face_mm: Vec<f32>,
    /// Its figures.
    pub report: Report,
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        Part {
            solid: self.shapes.part.clone(),
            placement: self.placement,
            density_g_per_cm3: self.card.density_g_per_cm3.value,
            layered: self.layered,
            shrinkage: None,
            keep_outs: vec![("bone", self.bone.clone())],
        }
    }

    /// The plate without its holes.
    pub fn body(&self) -> &dyn Field<Implant> {
        &*self.shapes.body
    }
}

/// Designs the plate; it is one piece on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`], each with what would be right.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let plan = inputs.plan;
    let ground = Ground::new(plan, inputs.hu, choices, job)?;
    let rest = rest(plan, &ground);
    rests(&rest)?;
    let lift_mm = ground.lift().map_err(|percent| DesignError::Blocked {
        lift_mm: LIFT_MM,
        percent,
        percent_max: BLOCKED_PERCENT,
    })?;
    let shapes = build(&ground, choices, part_step_mm, job)?;
    let loose_mm3 = shapes.part.dropped_mm3;
    if loose_mm3 > LOOSE_MAX * (shapes.part.volume_mm3 + loose_mm3) {
        return Err(DesignError::FallsApart { loose_mm3 });
    }
    let card = material(choices.word("implant.material"), choices.word("mechanics.metal"));
    let report = report(plan, &ground, &shapes, &card, rest, lift_mm);
    let findings = findings(plan, &report, choices);
    let value = Design {
        shapes,
        card,
        layered: choices.word("implant.material") == "titanium",
        placement: plan.placement,
        bone: ground.bone,
        mask: ground.mask,
        face_mm: ground.top.values,
        report,
    };
    Ok(Found { value, findings })
}

fn report(
    plan: &FloorPlan,
    ground: &Ground,
    shapes: &Shapes,
    card: &Card,
    rest: Rest,
    lift_mm: f64,
) -> Report {
    let floors = &plan.floors;
    let cell = floors.cell_mm2();
    let slope = |n: usize| f64::from(ground.cosine.values[n]);
    let area = |set: &dyn Fn(usize) -> bool| -> f64 {
        ground.covered().filter(|&n| set(n)).map(|n| cell / slope(n)).sum()
    };
    let over = |n: usize| floors.columns[n].defect;
    let off = |n: usize| {
        let mirror = floors.columns[n].mirror.filter(|_| over(n))?;
        Some(f64::from((ground.top.values[n] - mirror).abs()) * slope(n))
    };
    let gap = |n: usize| {
        floors.columns[n].bone.filter(|_| !over(n))?;
        Some(ground.bone.volume().sample(ground.under(n)).max(0.0))
    };
    let face = |n: usize| ground.face(n);
    Report {
        volume_mm3: shapes.part.volume_mm3,
        mass_g: shapes.part.volume_mm3 * card.density_g_per_cm3.value / 1000.0,
        area_mm2: area(&|_| true),
        defect_mm2: area(&over),
        uncovered_mm2: plan.defect_mm2
            - ground.covered().filter(|&n| over(n)).count() as f64 * cell,
        undercut_mm2: area(&|n| ground.cut_away(n)),
        thickness_mm: ground.thickness_mm,
        reach_mm: ground.covered().map(|n| face(n).y).fold(0.0, f64::max),
        canal_mm: ground
            .covered()
            .flat_map(|n| [face(n), ground.under(n)])
            .map(|p| p.distance(plan.canal))
            .fold(f64::INFINITY, f64::min),
        deviation: Spread::of(ground.covered().filter_map(off).collect()),
        gap: Spread::of(ground.covered().filter_map(gap).collect()),
        rest,
        lift_mm,
        volumes: volumes(plan, ground),
        hole_count: shapes.hole_count,
        screws: shapes.screws.clone(),
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
    }
}

/// The broken orbit above the plate: of every covered column what lies beneath its face is taken
/// off.
fn volumes(plan: &FloorPlan, ground: &Ground) -> Volumes {
    let floors = &plan.floors;
    let off = |n: usize| {
        let own = floors.columns[n].own.map_or(f64::INFINITY, f64::from);
        (f64::from(ground.top.values[n]) - own).max(0.0) * floors.cell_mm2() / 1000.0
    };
    let with_plate_ml = plan.broken_ml - ground.covered().map(off).sum::<f64>();
    let sunk = |ml: f64| MM_PER_ML.map(|mm| mm * (ml - plan.other_ml));
    Volumes {
        other_ml: plan.other_ml,
        broken_ml: plan.broken_ml,
        with_plate_ml,
        enophthalmos_before_mm: sunk(plan.broken_ml),
        enophthalmos_after_mm: sunk(with_plate_ml),
    }
}

/// What rests on bone along the edge, by sides as seen from the middle of the defect.
fn rest(plan: &FloorPlan, ground: &Ground) -> Rest {
    let floors = &plan.floors;
    let own: Vec<usize> = ground.covered().filter(|&n| floors.columns[n].defect).collect();
    let count = own.len().max(1) as f64;
    let mean = |a: usize| own.iter().map(|&n| floors.at(n)[a]).sum::<f64>() / count;
    let middle = [mean(0), mean(1)];
    let lateral = if plan.side == ossein_anatomy::Side::Left { 1.0 } else { -1.0 };
    let mut sides = [[0usize; 2]; 4];
    for n in ground.covered() {
        if floors.beside(n).all(|other| ground.mask[other]) {
            continue;
        }
        let [x, y] = floors.at(n);
        let (dx, dy) = ((x - middle[0]) * lateral, y - middle[1]);
        let side = match (dy.abs() > dx.abs(), dy > 0.0, dx > 0.0) {
            _ if ground.flange[n] => 0,
            (true, false, _) => 0,
            (true, true, _) => 1,
            (false, _, false) => 2,
            (false, _, true) => 3,
        };
        sides[side][0] += 1;
        sides[side][1] += usize::from(is_held(plan, ground, n));
    }
    let beyond: [usize; 2] = [0, 1].map(|k| sides[1..].iter().map(|side| side[k]).sum());
    let beyond = 100.0 * beyond[1] as f64 / beyond[0].max(1) as f64;
    let [front, back, medial, lateral] =
        sides.map(|[all, near]| (all > 0).then(|| 100.0 * near as f64 / all as f64));
    Rest { front, back, medial, lateral, beyond }
}

/// Whether bone is near the under side, or the orbit's own floor where it is too thin to be seen as
/// bone: soft tissue ends there at the air of a sinus.
fn is_held(plan: &FloorPlan, ground: &Ground, n: usize) -> bool {
    let under = ground.under(n);
    let column = &plan.floors.columns[n];
    let thin = column.own.filter(|_| !column.defect && column.within);
    let down = |own: f32| (under.z - f64::from(own)) * f64::from(ground.cosine.values[n]);
    let on_thin = thin.is_some_and(|own| down(own) < REST_MM);
    on_thin || ground.bone.volume().sample(under) < REST_MM
}

/// Refuses a plate that rests on too little.
fn rests(rest: &Rest) -> Result<(), DesignError> {
    let front = rest.front.unwrap_or(0.0);
    if front < RIM_PERCENT_MIN {
        return Err(DesignError::NoRest {
            place: "on the rim",
            percent: front,
            near_mm: REST_MM,
            percent_min: RIM_PERCENT_MIN,
        });
    }
    if rest.beyond < SIDE_PERCENT_MIN {
        return Err(DesignError::NoRest {
            place: "behind and beside the defect",
            percent: rest.beyond,
            near_mm: REST_MM,
            percent_min: SIDE_PERCENT_MIN,
        });
    }
    Ok(())
}

/// What someone should look at.
fn findings(plan: &FloorPlan, report: &Report, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut warn = |code: &str, message: String, measured: f64, limit: f64, unit: &str| {
        findings.push(Finding::warning(code, "plate", message).measured(measured, limit, unit));
    };
    let clear = choices.number("implant.canal_clearance_mm");
    if report.reach_mm < REACH_MM_MIN {
        let message = format!(
            "the plate ends {:.1} mm behind the rim, where the defect ends; 30 to 38 mm are usual \
             (facts D2.23)",
            report.reach_mm
        );
        warn("design.reach", message, report.reach_mm, REACH_MM_MIN, "mm");
    }
    let back = report.rest.back.unwrap_or(0.0);
    if back < SIDE_PERCENT_MIN {
        let message = format!(
            "behind the defect {back:.0} % of the edge rest on bone: the plate is held by the rim and \
             its sides; look for the ledge on the scan"
        );
        warn("design.ledge", message, back, SIDE_PERCENT_MIN, "%");
    }
    let open = report.uncovered_mm2 / plan.defect_mm2;
    if open > 0.05 {
        let message = format!(
            "{:.0} mm2 of the defect are not covered: they are steeper than 60 degrees, too far back, \
             or behind bone",
            report.uncovered_mm2
        );
        warn("design.uncovered", message, open, 0.05, "");
    }
    let wanted = choices.whole("implant.screw_count") as f64;
    let found = report.screws.len() as f64;
    if found < wanted {
        let message = format!("{found} screws of {wanted} found a place on the rim");
        warn("design.screw_count", message, found, wanted, "");
    }
    let share = report.undercut_mm2 / report.area_mm2;
    if share > 0.02 {
        let message = format!(
            "bone over {:.0} mm2 of the plate takes it away: it goes in from above and in front",
            report.undercut_mm2
        );
        warn("design.undercut", message, share, 0.02, "");
    }
    let after = report.volumes.enophthalmos_after_mm;
    let most = after[0].abs().max(after[1].abs());
    if most > ENOPHTHALMOS_MM_MAX {
        let message = format!(
            "with the plate the orbit holds {:.1} mL, the other {:.1}: the eye may stand {most:.1} mm \
             off (0.8 to 0.9 mm per mL, an estimate; facts D2.23)",
            report.volumes.with_plate_ml, report.volumes.other_ml
        );
        warn("design.volume", message, most, ENOPHTHALMOS_MM_MAX, "mm");
    }
    if report.canal_mm < clear {
        let message = format!("{:.1} mm from the optic canal to the plate", report.canal_mm);
        let finding = Finding::failure("design.canal", "optic canal", message);
        findings.push(finding.measured(report.canal_mm, clear, "mm"));
    }
    let message = "what lies in the sinus beneath the defect counts as the orbit's as far as soft \
                   tissue goes, [plan] fallen_mm deep at most: a CT does not tell fallen fat \
                   from a \
                   swollen lining or blood";
    findings.push(Finding::note("design.contents", "volumes", message));
    if plan.wanted.outline.is_empty() {
        let message = "the defect was found by its depth; bone that is broken and stands in its place \
                       is not seen: compare with the scan";
        findings.push(Finding::note("design.found", "defect", message));
    }
    findings
}
