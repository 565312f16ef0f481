//! The solids of an onlay.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::lattice;
use ossein_field::main_part::MainPart;
use ossein_field::primitive::{Capsule, Cuboid, HalfSpace};
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Aabb, Choices, Implant, Job, Mm, Point, Vector};
use ossein_shape::Plane;

use super::choices::feather_mm;
use super::error::DesignError;
use super::ground::Ground;
use super::sites::OnlayScrew;
use crate::screws::{sink_mm, sunk};

/// Radius that rounds the outline, part of the thickness there.
const ROUND: f64 = 0.6;
/// From teeth, mm: beside what stands out of the bone.
const TEETH_MM: f64 = 0.3;
/// A nerve's way out is free up to this height, mm.
const FREE_MM: f64 = 60.0;

/// What lies beneath the face, or within the least thickness over the bone, and inside the outline;
/// the edge between face and outline is rounded off.
struct Rounded {
    face: Arc<Sampled<Implant>>,
    bone: Arc<Sampled<Implant>>,
    outline: Arc<Sampled<Implant>>,
    /// Least thickness over the bone, gap and all.
    least_mm: f64,
    radius_mm: f64,
    /// The smallest scale of the three: brings lengths back to what never overestimates.
    scale: f64,
}

impl Rounded {
    fn new(ground: &Ground, least_mm: f64, radius_mm: f64) -> Self {
        let [face, bone, outline] =
            [&ground.face, &ground.bone, &ground.outline].map(|field| field.clone());
        let scale = face.scale().min(bone.scale()).min(outline.scale());
        Self { face, bone, outline, least_mm, radius_mm, scale }
    }

    /// From the values of the three fields.
    #[inline(always)]
    fn of(&self, face: f64, bone: f64, outline: f64) -> f64 {
        let outer = (face / self.face.scale()).min(bone / self.bone.scale() - self.least_mm);
        let rim = outline / self.outline.scale();
        let overlap = (self.radius_mm - (outer - rim).abs()).max(0.0);
        (outer.max(rim) + overlap * overlap / (4.0 * self.radius_mm)) * self.scale
    }
}

impl Field<Implant> for Rounded {
    fn distance(&self, p: Point<Implant>) -> f64 {
        self.of(self.face.distance(p), self.bone.distance(p), self.outline.distance(p))
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.face.bounds()
    }
    fn sample(&self, block: &ossein_field::Block<Implant>, distances: &mut [f32]) {
        let mut others = [vec![0.0f32; distances.len()], vec![0.0f32; distances.len()]];
        self.face.sample(block, distances);
        self.bone.sample(block, &mut others[0]);
        self.outline.sample(block, &mut others[1]);
        let [bones, outlines] = &others;
        for ((value, bone), outline) in distances.iter_mut().zip(bones).zip(outlines) {
            *value = self.of(f64::from(*value), f64::from(*bone), f64::from(*outline)) as f32;
        }
    }
}

/// The solids of an onlay.
pub(super) struct Shapes {
    pub part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// The onlay without screw holes, joint and lattice.
    pub body: Solid<Implant>,
}

/// Builds the onlay; it is one piece, or two that a joint parts.
pub(super) fn build(
    (ground, room): (&Ground, Aabb<Implant>),
    joint: Option<Plane<Implant>>,
    screws: &[OnlayScrew],
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Shapes, DesignError> {
    let diameters =
        ["implant.screw_diameter_mm", "implant.screw_head_mm"].map(|key| choices.number(key));
    let seat = choices.number("implant.screw_seat_mm");
    let mut cut: Vec<Solid<Implant>> = Vec::new();
    for screw in screws {
        let normal = -screw.direction;
        let under = screw.point + normal * choices.number("implant.gap_mm");
        cut.extend(sunk(under, normal, [seat, sink_mm(diameters), FREE_MM], diameters));
    }
    if let Some(plane) = joint {
        cut.push(slab(plane, 0.5 * choices.number("implant.joint_mm")));
    }
    let metal = match choices.word("lattice.cell") {
        "none" => body(ground, room, choices),
        cell => porous((ground, room), screws, choices, cell)?,
    };
    let whole: Solid<Implant> = match cut.is_empty() {
        true => metal,
        false => Box::new(Difference { from: metal, cut: Box::new(Union::new(cut)) }),
    };
    let piece_count = 1 + usize::from(joint.is_some());
    let part = Arc::new(MainPart::of_pieces(whole, part_step_mm, piece_count, job)?);
    Ok(Shapes { part, body: body(ground, room, choices) })
}

/// What lies within a distance of a plane.
fn slab(plane: Plane<Implant>, half_mm: f64) -> Solid<Implant> {
    let side = |sign: f64| -> Solid<Implant> {
        let normal = plane.normal * sign;
        Box::new(HalfSpace { point: plane.point + normal * half_mm, normal })
    };
    Box::new(Intersection(vec![side(1.0), side(-1.0)]))
}

fn solid(sampled: &Arc<Sampled<Implant>>, by_mm: f64) -> Solid<Implant> {
    Box::new(Grown { inner: sampled.clone(), by_mm })
}

/// Between bone and face, within the outline, its edge rounded; clear of nerves.
fn body(ground: &Ground, room: Aabb<Implant>, choices: &Choices) -> Solid<Implant> {
    let gap = choices.number("implant.gap_mm");
    let edge = feather_mm(choices);
    // Where a bump of the bone reaches through the face, the least thickness covers it.
    let rounded = Rounded::new(ground, gap + edge, ROUND * edge);
    let mut cut: Vec<Solid<Implant>> = vec![solid(&ground.swept, gap)];
    if let Some(exits) = &ground.exits {
        cut.push(solid(exits, 0.0));
    }
    // Crowns and roots that stand out of the bone.
    let teeth = ground.keep_outs.iter().filter(|(name, _)| *name == "teeth");
    cut.extend(teeth.map(|(_, teeth)| solid(teeth, gap.max(TEETH_MM))));
    for &from in &ground.foramina {
        let to = from + Vector::new(0.0, 0.0, FREE_MM);
        let radius_mm = choices.number("implant.nerve_clearance_mm");
        cut.push(Box::new(Capsule { from, to, radius_mm }));
    }
    let room = Cuboid { bounds: room, round_mm: 0.0 };
    let within = Intersection(vec![Box::new(rounded), Box::new(room)]);
    Box::new(Difference { from: Box::new(within), cut: Box::new(Union::new(cut)) })
}

/// A porous core, open to the bone, in a solid skin; solid around screws.
fn porous(
    (ground, room): (&Ground, Aabb<Implant>),
    screws: &[OnlayScrew],
    choices: &Choices,
    cell: &str,
) -> Result<Solid<Implant>, DesignError> {
    let period = Mm(choices.number("lattice.period_mm"));
    let fraction = choices.number("lattice.solid_fraction");
    let plan = lattice::target::at(lattice::by_name(cell)?, period, fraction)?;
    let skin = choices.number("lattice.skin_mm");
    let mut boss: Vec<Solid<Implant>> = Vec::new();
    for screw in screws {
        let to = screw.point - screw.direction * FREE_MM;
        let radius_mm = 0.5 * choices.number("implant.screw_head_mm") + skin;
        boss.push(Box::new(Capsule { from: screw.point, to, radius_mm }));
    }
    let core = Intersection(vec![solid(&ground.face, -skin), solid(&ground.outline, -skin)]);
    let core: Solid<Implant> = match boss.is_empty() {
        true => Box::new(core),
        false => Box::new(Difference { from: Box::new(core), cut: Box::new(Union::new(boss)) }),
    };
    let rim = Difference { from: body(ground, room, choices), cut: core };
    let metal = Blend {
        a: plan.solid(Point::ORIGIN),
        b: Box::new(rim),
        radius_mm: choices.number("lattice.transition_mm"),
    };
    Ok(Box::new(Intersection(vec![Box::new(metal), body(ground, room, choices)])))
}
