//! The solids of a jaw segment.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::lattice;
use ossein_field::main_part::MainPart;
use ossein_field::operators::BlendCommon;
use ossein_field::primitive::Cone;
use ossein_field::sampled::Grown;
use ossein_geom::{Choices, Implant, Job, Mm, Point};

use super::errors::DesignError;
use super::fixation::{End, ROOTED_MM};
use super::ground::{Ground, Region};
use super::mark::{Face, mark};
use super::ribbon::Plate;
use crate::kept::Kept;
use crate::screws::countersunk;

/// Fillet where plate and body meet, mm.
const JOINT_MM: f64 = 2.0;
/// The plate bridges the gap at a cut over this depth under the bone's face, mm.
const BRIDGE_MM: f64 = 1.0;
/// Solid metal between a hole for soft tissue and the plate, and between it and a cut, mm.
const HOLE_TO_PLATE_MM: f64 = 1.0;
const HOLE_TO_CUT_MM: f64 = 2.0;

/// The solids of a segment.
pub(super) struct Shapes {
    pub part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// The body, its pores filled, without the plate.
    pub body: Solid<Implant>,
    /// Body and plate without pores and holes.
    pub outside: Solid<Implant>,
    pub tissue_hole_count: usize,
    /// Whether the mark that was asked for had room.
    pub is_marked: bool,
    /// Where the porous core is; none for solid metal.
    pub core: Option<Grown<Implant>>,
}

/// Builds the segment; `text` is engraved in it where it has room.
pub(super) fn build(
    ground: &Ground,
    ends: &[End; 2],
    (choices, text): (&Choices, Option<&str>),
    part_step_mm: f64,
    job: &Job,
) -> Result<Shapes, DesignError> {
    let solid = match choices.word("lattice.cell") {
        "none" => body(ground, ground.region.clone(), choices),
        cell => porous(ground, choices, cell)?,
    };
    let gap_mm = choices.number("implant.plate_gap_mm");
    let plate = |end: &End| -> Solid<Implant> {
        let (strip, surface) = (end.strip.clone(), ground.whole.clone());
        let round_mm = choices.number("implant.fillet_mm");
        Box::new(Plate { strip, surface, root_mm: ROOTED_MM, round_mm })
    };
    let joined = |body: Solid<Implant>| -> Solid<Implant> {
        let wings = Union::new(ends.iter().map(plate).collect());
        let whole = Blend { a: body, b: Box::new(wings), radius_mm: JOINT_MM };
        // Plate and fillet stay clear of the bone, and under its face of the gap at the cut.
        let free = Grown { inner: ground.stumps.clone(), by_mm: gap_mm };
        let deep = Grown { inner: ground.whole.clone(), by_mm: -BRIDGE_MM };
        let beyond = Difference { from: Box::new(deep), cut: Box::new(between(ground, choices)) };
        let cut = Union::new(vec![Box::new(free), Box::new(beyond)]);
        Box::new(Difference { from: Box::new(whole), cut: Box::new(cut) })
    };
    let (mut cut, tissue_hole_count) = tissue_holes(ground, ends, choices);
    let thickness = choices.number("implant.plate_thickness_mm") + gap_mm;
    let diameters =
        [choices.number("implant.screw_diameter_mm"), choices.number("implant.screw_head_mm")];
    for screw in ends.iter().flat_map(|end| &end.screws) {
        cut.extend(countersunk(screw.point, -screw.direction, thickness, diameters));
    }
    let face = Face { ground, ends, holes: &cut, joint_mm: JOINT_MM };
    let letters = text.map(|text| mark(text, &face, choices)).transpose()?.flatten();
    let is_marked = letters.is_some();
    cut.extend(letters);
    let part: Solid<Implant> =
        Box::new(Difference { from: joined(solid), cut: Box::new(Union::new(cut)) });
    let part: Solid<Implant> = Box::new(Kept::new(part, part_step_mm));
    let part = Arc::new(MainPart::new(part, part_step_mm, job)?);
    let own = || body(ground, ground.region.clone(), choices);
    let core = (choices.word("lattice.cell") != "none").then(|| core(ground, choices));
    let (body, outside) = (own(), joined(own()));
    Ok(Shapes { part, body, outside, tissue_hole_count, is_marked, core })
}

/// What lies between the two cuts, less the gaps.
fn between(ground: &Ground, choices: &Choices) -> Region {
    Region { inset_mm: choices.number("implant.gap_mm"), ..ground.region.clone() }
}

/// The contour between the two cuts, less the gaps, its edges rounded.
pub(super) fn body(ground: &Ground, between: Region, choices: &Choices) -> Solid<Implant> {
    let between =
        Region { inset_mm: between.inset_mm + choices.number("implant.gap_mm"), ..between };
    let radius_mm = choices.number("implant.fillet_mm");
    let contour: Solid<Implant> = Box::new(ground.contour.clone());
    if radius_mm <= 0.0 {
        return Box::new(Intersection(vec![contour, Box::new(between)]));
    }
    Box::new(BlendCommon { a: contour, b: Box::new(between), radius_mm })
}

/// The contour less the solid skin.
fn core(ground: &Ground, choices: &Choices) -> Grown<Implant> {
    Grown { inner: ground.contour.clone(), by_mm: -choices.number("lattice.rim_mm") }
}

/// A porous core in a solid skin: open to the bone at both cuts.
fn porous(ground: &Ground, choices: &Choices, cell: &str) -> Result<Solid<Implant>, DesignError> {
    let period = Mm(choices.number("lattice.period_mm"));
    let fraction = choices.number("lattice.solid_fraction");
    let lattice = lattice::target::at(lattice::by_name(cell)?, period, fraction)?;
    let core = core(ground, choices);
    let skin =
        Difference { from: body(ground, ground.region.clone(), choices), cut: Box::new(core) };
    let metal = Blend {
        a: lattice.solid(Point::ORIGIN),
        b: Box::new(skin),
        radius_mm: choices.number("lattice.transition_mm"),
    };
    Ok(Box::new(Intersection(vec![Box::new(metal), body(ground, ground.region.clone(), choices)])))
}

/// Holes to which soft tissue is sutured: through the lower border, and through the inner face into
/// a porous core; and how many.
fn tissue_holes(
    ground: &Ground,
    ends: &[End; 2],
    choices: &Choices,
) -> (Vec<Solid<Implant>>, usize) {
    let plan = ground.plan();
    let diameter = choices.number("implant.tissue_hole_diameter_mm");
    let pitch = choices.number("implant.tissue_hole_pitch_mm").max(diameter + 1.0);
    let edge = choices.number("implant.tissue_hole_edge_mm") + 0.5 * diameter;
    let is_porous = choices.word("lattice.cell") != "none";
    let mut holes: Vec<Solid<Implant>> = Vec::new();
    if diameter <= 0.0 {
        return (holes, 0);
    }
    let margin = choices.number("implant.gap_mm") + HOLE_TO_CUT_MM + 0.5 * diameter;
    let room = plan.length_mm() - 2.0 * margin;
    let count = if room < 0.0 { 0 } else { (room / pitch) as usize + 1 };
    let first = 0.5 * (plan.length_mm() - (count.max(1) - 1) as f64 * pitch);
    let contour = ground.contour.volume();
    for n in 0..count {
        let place = ground.at(plan.along_mm[0] + first + n as f64 * pitch);
        let down = |r: f64| place.point - place.up * r;
        let inside = |p: Point<Implant>| contour.sample(p) < 0.0;
        let Some(low) = (0..100).map(|k| 25.0 - 0.25 * f64::from(k)).find(|&r| inside(down(r)))
        else {
            continue;
        };
        let through = |middle: Point<Implant>, from_mm: f64| {
            let at = |r: f64| middle + place.outward * r;
            Cone::cylinder(at(-14.0), at(from_mm), 0.5 * diameter)
        };
        let mut wanted = vec![through(down(low - edge), 14.0)];
        if is_porous {
            wanted.push(through(down(0.0), 0.0));
        }
        for hole in wanted {
            if is_free(&hole, ground, ends, margin, diameter) {
                holes.push(Box::new(hole));
            }
        }
    }
    let count = holes.len();
    (holes, count)
}

/// Whether a hole keeps away from the plate and both cuts.
fn is_free(
    hole: &Cone<Implant>,
    ground: &Ground,
    ends: &[End; 2],
    margin_mm: f64,
    diameter_mm: f64,
) -> bool {
    (0..=56).all(|k| {
        let p = hole.from.lerp(hole.to, f64::from(k) / 56.0);
        let near = ground.contour.volume().sample(p) < 3.0;
        let away = |end: &End| end.strip.ribbon.across(p).0 >= 0.5 * diameter_mm + HOLE_TO_PLATE_MM;
        !near || (ends.iter().all(away) && ground.region.distance(p) <= -margin_mm)
    })
}
