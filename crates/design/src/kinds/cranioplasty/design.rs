//! From plan and choices to a skull plate and its figures.

use std::sync::Arc;

use ossein_field::height::Raster;
use ossein_field::lattice::{CellFigures, LatticeError};
use ossein_field::sampled::Sampled;
use ossein_geom::{
    Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Volume, float,
};
use ossein_mechanics::material::{Card, Limit};
use ossein_mesh::extract::ExtractError;
use serde::{Deserialize, Serialize};

use super::fixation::{TabScrew, thread_mm_min};
use super::plan::VaultPlan;
use super::plate::{Ground, Shapes, TRIM_MM, build, edge_along};
use super::thickness;
use crate::kinds::{core_figures, material};
use crate::near::NearError;
use crate::{Part, Spread};

/// Step at which the part is one piece, and at which its mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.2;
/// Fewer screws do not hold a plate (facts D2.17).
const SCREW_COUNT_MIN: usize = 4;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 1.0;
/// Share of the plate behind undercuts that nobody need look at.
const UNDERCUT_MAX: f64 = 0.02;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a VaultPlan,
    /// The skull alone, HU.
    pub skull: &'a Volume<i16>,
}

/// A plate that cannot be designed.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The lattice cannot be made.
    #[error(transparent)]
    Lattice(#[from] LatticeError),
    /// The bone's surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// Distances to the bone could not be taken.
    #[error(transparent)]
    Near(#[from] NearError),
    /// A thickness in which nothing is made.
    #[error(
        "[implant] thickness_mm = {chosen_mm}: no plate is thinner than {least_mm} mm; 0 takes the \
         material's own (facts D2.17)"
    )]
    Thin {
        /// As chosen.
        chosen_mm: f64,
        /// The least.
        least_mm: f64,
    },
    /// A plate that is thinner than its edge may be.
    #[error(
        "[implant] edge_mm = {edge_mm}: the plate is at most {most_mm} mm thick and would be cut off \
         everywhere; give {most_mm} or less, or 0 for the material's own"
    )]
    Edge {
        /// As chosen.
        edge_mm: f64,
        /// The plate's greatest thickness.
        most_mm: f64,
    },
    /// The plate has no rim of bone.
    #[error(
        "the plate finds no rim: {}",
        if *opens { "the hole opens sideways, where no bone ends it" }
        else { "bone stands in its way along the axis: no place in the hole is free to go in" }
    )]
    NoRim {
        /// Whether it runs out of the hole; else nothing of it can go in.
        opens: bool,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The figures of a skull plate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Volume of material, by counting samples.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// Area of the outer surface, without tabs, mm².
    pub area_mm2: f64,
    /// Thickness along the surface's normal.
    pub thickness: Spread,
    /// Gap between the edge and the bone around.
    pub gap: Spread,
    /// Area that bone over it keeps the plate from, mm².
    pub undercut_mm2: f64,
    /// Holes for drainage and sutures.
    pub hole_count: usize,
    /// Screws.
    pub screws: Vec<TabScrew>,
    /// Sizes of the lattice; none for a solid plate.
    pub lattice: Option<CellFigures>,
    /// Loose pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
}

/// A skull plate.
pub struct Design {
    shapes: Shapes,
    /// What it is made of.
    pub card: Card,
    layered: bool,
    shrinkage: Option<[f64; 3]>,
    placement: Rigid<Lps, Implant>,
    /// Signed distance to its edge, seen along the axis.
    edge: Raster,
    /// Distance to the bone that stays.
    pub bone: Arc<Sampled<Implant>>,
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
            shrinkage: self.shrinkage,
            keep_outs: vec![("bone", self.bone.clone())],
        }
    }

    /// How far the plate reaches from its axis in a direction across it, mm.
    pub fn edge_along(&self, direction: [f64; 2]) -> f64 {
        edge_along(&self.edge, direction)
    }

    /// Whether a place, seen along the axis, lies beyond the plate's edge: there only tabs are.
    pub fn is_tab(&self, [x, y]: [f64; 2]) -> bool {
        self.edge.at(x, y) > TRIM_MM
    }

    /// The plate without holes, tabs and lattice.
    pub fn body(&self) -> &dyn ossein_field::Field<Implant> {
        &*self.shapes.body
    }
}

/// Designs the plate; it is one piece on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`] for choices that cannot be made, or a hole without a rim.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let lattice = core_figures(choices)?;
    let ground = Ground::new(inputs.plan, inputs.skull, choices, job)?;
    let shapes = build(&ground, choices, part_step_mm, job)?;
    let layered = choices.word("implant.material") == "titanium";
    let card = material(choices.word("implant.material"), choices.word("mechanics.metal"));
    let shrinkage = card.shrinkage_percent.map(|_| {
        ["x", "y", "z"]
            .map(|axis| 0.01 * choices.number(&format!("print.shrinkage_{axis}_percent")))
    });
    let none = || DesignError::NoRim { opens: false };
    let (thickness, area_mm2) = measured(&ground).ok_or_else(none)?;
    let report = Report {
        volume_mm3: shapes.part.volume_mm3,
        mass_g: shapes.part.volume_mm3 * card.density_g_per_cm3.value / 1000.0,
        area_mm2,
        thickness,
        gap: gap(&ground, choices).ok_or_else(none)?,
        undercut_mm2: ground.undercut_mm2,
        hole_count: shapes.hole_count,
        screws: shapes.screws.clone(),
        lattice,
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
    };
    let mut findings = findings(&report);
    findings.extend(of_material(&card, shrinkage, &report));
    findings.extend(thickness::finding(choices));
    let placement = inputs.plan.placement;
    let (bone, edge) = (ground.bone, ground.edge);
    let value = Design { shapes, card, layered, shrinkage, placement, edge, bone, report };
    Ok(Found { value, findings })
}

/// Thickness wherever the plate is, and its area.
fn measured(ground: &Ground) -> Option<(Spread, f64)> {
    let (outer, inner) = (&ground.outer, &ground.inner);
    let side = outer.size[0];
    let mut area = 0.0;
    let mut found = Vec::new();
    for n in (0..ground.edge.values.len()).filter(|&n| ground.edge.values[n] < 0.0) {
        let (i, j) = (n % side, n / side);
        if i == 0 || j == 0 || i + 1 == side || j + 1 == side {
            continue;
        }
        let slope = |a: usize, b: usize| {
            f64::from(outer.values[a] - outer.values[b]) / (2.0 * outer.step_mm)
        };
        let (dx, dy) = (slope(n + 1, n - 1), slope(n + side, n - side));
        let stretch = (1.0 + dx * dx + dy * dy).sqrt();
        area += stretch * outer.step_mm * outer.step_mm;
        found.push(f64::from(outer.values[n] - inner.values[n]) / stretch);
    }
    Some((Spread::of(found)?, area))
}

/// Distance from the plate's edge to the bone, halfway through, as seen from its axis all around.
fn gap(ground: &Ground, choices: &Choices) -> Option<Spread> {
    const RAY_COUNT: usize = 360;
    const LOOK_MM: f64 = 0.02;
    let gap_mm = choices.number("implant.gap_mm");
    let reach = -ground.edge.origin[0];
    let found = (0..RAY_COUNT).filter_map(|n| {
        let (s, c) = float::sin_cos(std::f64::consts::TAU * n as f64 / RAY_COUNT as f64);
        let at = |r: f64| {
            let (x, y) = (r * c, r * s);
            Point::new(x, y, 0.5 * (ground.outer.at(x, y) + ground.inner.at(x, y)))
        };
        let is_plate = |r: f64| {
            let p = at(r);
            ground.edge.at(p.x, p.y) <= TRIM_MM && ground.swept.volume().sample(p) >= gap_mm
        };
        let count = (reach / LOOK_MM) as usize;
        let edge = (0..count).map(|n| reach - n as f64 * LOOK_MM).find(|&r| is_plate(r))?;
        Some(ground.bone.volume().sample(at(edge)))
    });
    Spread::of(found.collect())
}

/// What someone should look at because of the material.
fn of_material(card: &Card, shrinkage: Option<[f64; 3]>, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(published), Some([0.0, 0.0, 0.0])) = (card.shrinkage_percent, shrinkage) {
        let [low, high] = published.range.unwrap_or([published.value; 2]);
        let message = format!(
            "{} shrinks by {low} to {high} % in the furnace ({}): give your printer's \
             [print] shrinkage_x_percent, _y_ and _z_; the file is as large as the plate shall be",
            card.title, published.source
        );
        findings.push(Finding::warning("design.shrinkage", "plate", message));
    }
    if card.limit == Limit::Fracture && !report.screws.is_empty() {
        let message = format!(
            "{} breaks without yielding: tabs and screw holes are its weakest places; plates from \
             stock over the edge (tab_count = 0) are usual",
            card.title
        );
        findings.push(Finding::warning("design.brittle", "tabs", message));
    }
    findings
}

fn findings(report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    let share = report.undercut_mm2 / report.area_mm2;
    if share > UNDERCUT_MAX {
        let message = format!(
            "bone hangs over {:.0} mm2 of the hole: the plate, put in along its axis, cannot fill \
             it; take the overhang off or leave the gap",
            report.undercut_mm2
        );
        findings.push(Finding::warning("design.undercut", "plate", message).measured(
            share,
            UNDERCUT_MAX,
            "",
        ));
    }
    for screw in report.screws.iter().filter(|s| s.length_mm < thread_mm_min()) {
        let message = format!(
            "the bone under screw {} is {:.1} mm deep: no thread of {} mm holds there",
            screw.id,
            screw.bone_mm,
            thread_mm_min()
        );
        findings.push(
            Finding::warning("design.screw_bone", format!("screw {}", screw.id), message).measured(
                screw.bone_mm,
                thread_mm_min(),
                "mm",
            ),
        );
    }
    if report.dropped_mm3 > CRUMB_MM3 {
        let message = format!(
            "{} loose pieces, {:.2} mm3, were dropped",
            report.dropped_count, report.dropped_mm3
        );
        findings.push(Finding::note("design.loose", "plate", message));
    }
    if (1..SCREW_COUNT_MIN).contains(&report.screws.len()) {
        let message = format!(
            "{} screws; a plate is held by {SCREW_COUNT_MIN} at least: choose a larger [implant] \
             tab_count",
            report.screws.len()
        );
        findings.push(Finding::failure("design.screw_count", "plate", message));
    }
    findings
}
