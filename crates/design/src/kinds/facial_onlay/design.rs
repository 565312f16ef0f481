//! From plan and choices to an onlay and its figures.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::Solid;
use ossein_field::lattice::CellFigures;
use ossein_field::sampled::Sampled;
use ossein_geom::{Aabb, Choices, Finding, Found, Implant, Job, Lps, Point, TriMesh, Volume};
use ossein_mechanics::material::Card;
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use super::choices::{card, feather_mm, feather_mm_min};
use super::error::DesignError;
use super::ground::Ground;
use super::heights::{Heights, height_at, heights};
use super::hollow::{Hollow, hollow};
use super::measure::{Asymmetry, Measure, asymmetry, measures};
use super::plan::OnlayPlan;
use super::shape::{Shapes, build};
use super::sites::{OnlayScrew, screws};
use super::target::Target;
use crate::kinds::core_figures;
use crate::{Part, Spread};

/// Step at which the part is one piece, and at which its mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.2;
/// A piece that is looser than this is no crumb: share of the whole.
const LOOSE_MAX: f64 = 0.05;
/// The smaller of two pieces, percent of the whole at least.
const HALF_PERCENT_MIN: f64 = 15.0;
/// Bone behind other bone, share of what is covered, that nobody need look at.
const HIDDEN_MAX: f64 = 0.05;
/// Sides that differ by more are reported, mm (facts D2.28).
const ASYMMETRY_MM_MAX: f64 = 2.0;
/// A handle is missed if the face is off by more, mm.
const MISSED_MM: f64 = 0.2;
/// Room around the covered bone and the face, mm.
const ROOM_MM: f64 = 2.0;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a OnlayPlan,
    /// The bone, as it was planned on.
    pub bone: &'a Volume<i16>,
    /// The surface that was drawn elsewhere, if the plan asks for one.
    pub target: Option<&'a TriMesh<Lps>>,
    /// What onlay and screws stay clear of (`canal`, `teeth`): volumes with their surface at the
    /// same level.
    pub keep_outs: Vec<(&'static str, Volume<i16>)>,
}

/// The height that a handle asked for and the one that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandleHeight {
    /// On the bone.
    pub at: Point<Lps>,
    /// Asked for, mm.
    pub wanted_mm: f64,
    /// Drawn, mm; 0 where the onlay does not reach.
    pub drawn_mm: f64,
}

/// The figures of an onlay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Volume of material, by counting samples.
    pub volume_mm3: f64,
    /// Its mass.
    pub mass_g: f64,
    /// Pieces it is made in.
    pub piece_count: usize,
    /// Bone that it covers.
    pub area_mm2: f64,
    /// Height of the face above the bone wherever there is an onlay.
    pub height: Spread,
    /// Where it is greatest.
    pub highest: Point<Lps>,
    /// Thickness at the outline.
    pub edge_mm: f64,
    /// Bone within the outline that bone in the way hides.
    pub hidden_mm2: f64,
    /// Handles, in the order in which they were given.
    pub handles: Vec<HandleHeight>,
    /// Least distance of the covered bone from a foramen or from the canal, mm; none where neither
    /// is known.
    pub nerve_mm: Option<f64>,
    /// Distances and angles before and with the onlay.
    pub measures: Vec<Measure>,
    /// Left against right before and with the onlay.
    pub asymmetry: Option<Asymmetry>,
    /// Its screws.
    pub screws: Vec<OnlayScrew>,
    /// What the core is made of.
    pub lattice: Option<CellFigures>,
    /// Loose pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
}

/// An onlay.
pub struct Design {
    /// What is made.
    part: Part,
    body: Solid<Implant>,
    /// What it is made of.
    pub card: Card,
    /// Distance to the bone.
    pub bone: Arc<Sampled<Implant>>,
    /// The midline in the implant, where it parts the onlay.
    pub joint: Option<Plane<Implant>>,
    /// How high the face stands, place by place.
    pub heights: Heights,
    /// Its figures.
    pub report: Report,
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        self.part.clone()
    }

    /// The onlay without screw holes, joint and lattice.
    pub fn body(&self) -> &dyn Field<Implant> {
        &*self.body
    }
}

/// An onlay and what it was drawn on.
struct Drawn {
    ground: Ground,
    heights: Heights,
    /// Of the face over the bone, and its highest place.
    highest: (Spread, Point<Implant>),
    hollow: Option<Hollow>,
    joint: Option<Plane<Implant>>,
    screws: Vec<OnlayScrew>,
    shapes: Shapes,
}

/// Draws the onlay.
fn drawn(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Drawn, DesignError> {
    let ground = Ground::new(inputs, choices, job)?;
    let least_mm = least_mm(choices);
    let heights = heights(&ground, least_mm);
    let hollow = hollow(inputs.plan, &ground, &heights)?;
    let highest = checked(inputs, &ground, &heights, least_mm, choices)?;
    let joint = joint(inputs.plan, &heights, choices)?;
    let screws = screws(&ground, &heights, joint, choices)?;
    let room = room(&heights);
    let shapes = build((&ground, room), joint, &screws, choices, part_step_mm, job)?;
    let whole_mm3 = shapes.part.volume_mm3 + shapes.part.dropped_mm3;
    if shapes.part.dropped_mm3 > LOOSE_MAX * whole_mm3 {
        let loose_mm3 = shapes.part.dropped_mm3;
        return Err(DesignError::FallsApart { share: 100.0 * loose_mm3 / whole_mm3, loose_mm3 });
    }
    Ok(Drawn { ground, heights, highest, hollow, joint, screws, shapes })
}

/// Least height of the face over the bone, gap and all, mm.
fn least_mm(choices: &Choices) -> f64 {
    choices.number("implant.gap_mm") + feather_mm(choices)
}

/// What is made, without its figures, refused where [`design`] refuses it.
///
/// # Errors
/// As [`design`].
pub fn part(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Part, DesignError> {
    core_figures(choices)?;
    let Drawn { ground, shapes, .. } = drawn(inputs, choices, part_step_mm, job)?;
    Ok(part_of(&shapes, inputs.plan, &ground, choices))
}

/// Designs the onlay; its pieces are told apart on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`], each with what would be right.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let lattice = core_figures(choices)?;
    let Drawn { ground, heights, highest, hollow, joint, screws, shapes } =
        drawn(inputs, choices, part_step_mm, job)?;
    let mirror = ground.mirror(inputs, choices, job)?;
    let card = card(choices);
    let back = inputs.plan.placement.inverse();
    let report = Report {
        volume_mm3: shapes.part.volume_mm3,
        mass_g: shapes.part.volume_mm3 * card.density_g_per_cm3.value / 1000.0,
        piece_count: shapes.part.piece_count,
        area_mm2: heights.covered().map(|n| heights.area_mm2[n]).sum(),
        height: highest.0,
        highest: back.apply(highest.1),
        edge_mm: feather_mm(choices),
        hidden_mm2: heights.hidden_mm2,
        handles: handles(inputs.plan, &ground, least_mm(choices)),
        nerve_mm: nerve_mm(&ground, &heights),
        measures: measures(inputs, &heights, job)?,
        asymmetry: asymmetry((&ground, mirror.as_ref()), &heights, midplane(inputs.plan)),
        screws,
        lattice,
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
    };
    let mut findings = findings(&report, joint.is_some(), choices);
    findings.extend(hollow.and_then(|hollow| hollow.finding(inputs.plan)));
    let part = part_of(&shapes, inputs.plan, &ground, choices);
    let value = Design { body: shapes.body, part, card, bone: ground.bone, joint, heights, report };
    Ok(Found { value, findings })
}

fn part_of(shapes: &Shapes, plan: &OnlayPlan, ground: &Ground, choices: &Choices) -> Part {
    let mut keep_outs = vec![("bone", ground.bone.clone())];
    keep_outs.extend(ground.keep_outs.iter().cloned());
    Part {
        solid: shapes.part.clone(),
        placement: plan.placement,
        density_g_per_cm3: card(choices).density_g_per_cm3.value,
        layered: choices.word("implant.material") == "titanium",
        shrinkage: None,
        keep_outs,
    }
}

/// The heights' spread and the highest place, if the face is one that can be made.
fn checked(
    inputs: &Inputs,
    ground: &Ground,
    heights: &Heights,
    least_mm: f64,
    choices: &Choices,
) -> Result<(Spread, Point<Implant>), DesignError> {
    let plan = inputs.plan;
    let values: Vec<f64> = heights.covered().map(|n| f64::from(heights.height_mm[n])).collect();
    let tallest =
        heights.covered().max_by(|&a, &b| heights.height_mm[a].total_cmp(&heights.height_mm[b]));
    let (Some(spread), Some(tallest)) = (Spread::of(values), tallest) else {
        return Err(nothing(plan, ground, heights, least_mm));
    };
    let limit_mm = choices.number("implant.height_max_mm");
    let at = heights.mesh.vertices[tallest];
    // What a look along a normal between two samples may be off by.
    const OFF_MM: f64 = 0.05;
    if spread.max_mm > limit_mm + OFF_MM {
        let at = plan.placement.inverse().apply(at).array();
        return Err(DesignError::TooHigh { height_mm: spread.max_mm, at, limit_mm });
    }
    Ok((spread, at))
}

/// What the target would add, where it adds nothing.
fn nothing(plan: &OnlayPlan, ground: &Ground, heights: &Heights, least_mm: f64) -> DesignError {
    let (what, reach_mm) = match &plan.target {
        Target::Handles(handles) => {
            let reach = handles.iter().map(|h| h.reach_mm).fold(0.0, f64::max);
            ("the face that the handles ask for", reach)
        }
        Target::Mirror(_) => ("the other side's mirror image", plan.reach_mm),
        Target::Surface(_) => ("the target surface", plan.reach_mm),
    };
    let near = |p: &&Point<Implant>| {
        (**p - Point::ORIGIN).norm() < 0.6 * reach_mm && ground.smooth.grid.bounds().contains(**p)
    };
    let above: Vec<f64> = heights
        .mesh
        .vertices
        .iter()
        .filter(near)
        .filter(|p| ground.normal(**p).z > 0.5)
        .map(|p| ground.smooth.sample(*p) - ground.face.volume().sample(*p))
        .collect();
    let mean_mm = above.iter().sum::<f64>() / above.len().max(1) as f64;
    let most_mm = above.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    DesignError::NothingToAdd { what, mean_mm, most_mm, reach_mm, least_mm }
}

/// The midline in the implant.
fn midplane(plan: &OnlayPlan) -> Option<Plane<Implant>> {
    let place = &plan.placement;
    let moved = |p: Plane<Lps>| Plane { point: place.apply(p.point), normal: place.turn(p.normal) };
    plan.midplane().map(moved)
}

/// The midline in the implant, where the onlay is to be parted there.
fn joint(
    plan: &OnlayPlan,
    heights: &Heights,
    choices: &Choices,
) -> Result<Option<Plane<Implant>>, DesignError> {
    let Some(plane) = midplane(plan).filter(|_| choices.flag("implant.two_piece")) else {
        return Ok(None);
    };
    let share = |sign: f64| {
        let own = |n: &usize| sign * plane.height_mm(heights.mesh.vertices[*n]) > 0.0;
        let size = |n: usize| f64::from(heights.height_mm[n]) * heights.area_mm2[n];
        heights.covered().filter(own).map(size).sum::<f64>()
    };
    let (left, right) = (share(1.0), share(-1.0));
    let least_percent = 100.0 * left.min(right) / (left + right);
    if least_percent < HALF_PERCENT_MIN {
        return Err(DesignError::NoHalves {
            least_percent,
            most_percent: 100.0 - least_percent,
            limit_percent: HALF_PERCENT_MIN,
        });
    }
    Ok(Some(plane))
}

/// The box that the onlay fills.
fn room(heights: &Heights) -> Aabb<Implant> {
    let ends = heights.covered().flat_map(|n| [heights.mesh.vertices[n], heights.face(n)]);
    Aabb::around(ends).grow(ROOM_MM)
}

fn handles(plan: &OnlayPlan, ground: &Ground, least_mm: f64) -> Vec<HandleHeight> {
    let Target::Handles(handles) = &plan.target else { return Vec::new() };
    let drawn = |at| f64::from(height_at(ground, plan.placement.apply(at), least_mm));
    let row = |h: &super::Handle| HandleHeight {
        at: h.at,
        wanted_mm: h.height_mm,
        drawn_mm: drawn(h.at),
    };
    handles.iter().map(row).collect()
}

/// Least distance of what is covered from foramina; and from the canal.
fn nerve_mm(ground: &Ground, heights: &Heights) -> Option<f64> {
    let nearest = |name: &str| {
        let own = ground.keep_outs.iter().find(|(own, _)| *own == name)?;
        let at = |n: usize| own.1.volume().sample(heights.mesh.vertices[n]);
        Some(heights.covered().map(at).fold(f64::INFINITY, f64::min))
    };
    let both = [nearest("foramen"), nearest("canal")];
    both.into_iter().flatten().min_by(f64::total_cmp)
}

/// What someone should look at.
fn findings(report: &Report, two_piece: bool, choices: &Choices) -> Vec<Finding> {
    let mut findings = vec![Finding::note(
        "design.intended_use",
        "onlay",
        "shaped for looks: point-of-care exemptions leave cosmetic use out; intended use is research \
         or reconstruction unless its maker declares otherwise (facts D2.25)",
    )];
    let (edge, material) = (report.edge_mm, choices.word("implant.material"));
    let least = feather_mm_min(material);
    if edge < least {
        let message = format!("{material} breaks at edges thinner than {least} mm (facts D2.24)");
        let finding = Finding::warning("design.edge", "outline", message);
        findings.push(finding.measured(edge, least, "mm"));
    }
    for (n, handle) in report.handles.iter().enumerate() {
        if (handle.drawn_mm - handle.wanted_mm).abs() > MISSED_MM {
            let message = format!(
                "handle {} asks for {:.1} mm, the face stands {:.1} mm above the bone there: bone, a \
                 nerve or the way on cuts it",
                n + 1,
                handle.wanted_mm,
                handle.drawn_mm
            );
            let finding = Finding::warning("design.handle", format!("handle {}", n + 1), message);
            findings.push(finding.measured(handle.drawn_mm, handle.wanted_mm, "mm"));
        }
    }
    let hidden = report.hidden_mm2 / (report.area_mm2 + report.hidden_mm2);
    if hidden > HIDDEN_MAX {
        let message = format!(
            "{:.0} mm2 of the bone within the outline lie behind other bone on the way on and are \
             not covered: give [plan] way_on",
            report.hidden_mm2
        );
        let finding = Finding::warning("design.hidden", "onlay", message);
        findings.push(finding.measured(hidden, HIDDEN_MAX, ""));
    }
    findings.extend(of_screws(report, two_piece, choices));
    findings.extend(of_sides(report));
    if report.nerve_mm.is_none() {
        let message = "neither a canal's label nor [plan] foramina_mm is given: nothing keeps the \
                       onlay and its screws clear of nerves (facts D2.24: 3 mm)";
        findings.push(Finding::warning("design.no_nerve", "onlay", message));
    }
    findings
}

fn of_screws(report: &Report, two_piece: bool, choices: &Choices) -> Vec<Finding> {
    let wanted = choices.whole("implant.screw_count").max(0) as usize;
    let all = wanted * (1 + usize::from(two_piece));
    let found = report.screws.len();
    if wanted == 0 {
        let message = "no screw holds the onlay; 1 or 2 a piece are usual (facts D2.24)";
        return vec![Finding::warning("design.unheld", "onlay", message)];
    }
    if found < all {
        let message = format!("{found} screws of {all} found a place far enough from each other");
        let finding = Finding::warning("design.screw_count", "onlay", message);
        return vec![finding.measured(found as f64, all as f64, "")];
    }
    Vec::new()
}

fn of_sides(report: &Report) -> Vec<Finding> {
    let Some(asymmetry) = &report.asymmetry else { return Vec::new() };
    let after = asymmetry.after.p95_mm;
    if after <= ASYMMETRY_MM_MAX {
        return Vec::new();
    }
    let message = format!(
        "the face lies up to {after:.1} mm (95 % of it) from the other side's mirror image; before \
         the bone did by {:.1} mm; more than 2 mm are reported (facts D2.28)",
        asymmetry.before.p95_mm
    );
    let finding = Finding::note("design.asymmetry", "onlay", message);
    vec![finding.measured(after, ASYMMETRY_MM_MAX, "mm")]
}
