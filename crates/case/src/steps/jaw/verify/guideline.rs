//! What a regulator asks of a replaced segment: pressed between its own ends (facts D2.2).

use ossein_design::kinds::mandible_segment_replacement::Design;
use ossein_geom::{Finding, Implant, Job, Point, Vector};
use ossein_mechanics::loads::{LOWER, RegionCase, Regions, UPPER, load_set, nodal_load};
use ossein_mechanics::safety::safety;
use ossein_mechanics::stress::stress;
use ossein_mechanics::{Solution, solve_forces};
use serde_json::{Value, json};

use super::construct::{Construct, Materials, Stuff, construct};
use super::look::{options, scaled, times};
use super::{UNCONVERGED, VerifyError};
use crate::steps::resolution::{Key, Table};

/// Its case that repeats.
const FATIGUE: &str = "fatigue_peak";
/// Ends are held and pressed on what lies so near to a cut, in voxels.
const FACE_VOXELS: f64 = 2.0;

/// One case at one resolution.
pub struct Pressed {
    name: String,
    converged: bool,
    force_n: f64,
    metal_mpa_p99: f64,
    safety_static: f64,
    safety_fatigue: f64,
}

impl Pressed {
    fn repeats(&self) -> bool {
        self.name == FATIGUE
    }

    /// What it bears of the load that is asked for.
    fn safety(&self) -> f64 {
        if self.repeats() { self.safety_fatigue } else { self.safety_static }
    }
}

/// Figures of a case that a second resolution is asked about.
pub const FIGURES: Table<'_> = Table {
    name: "guideline",
    keys: &[
        Key::plain("metal_mpa_p99", "Stress in solid metal, 99 %"),
        Key::safety("safety_factor", "Safety factor"),
    ],
};

/// Rows for the report.
pub fn rows(pressed: &[Pressed]) -> Vec<Value> {
    let row = |own: &Pressed| {
        json!({
            "name": own.name,
            "force_n": own.force_n,
            "metal_mpa_p99": own.metal_mpa_p99,
            "safety_factor": own.safety(),
        })
    };
    pressed.iter().map(row).collect()
}

/// What someone should look at.
pub fn findings(coarse: &[Pressed], fine: &[Pressed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (own, other) in fine.iter().zip(coarse) {
        let safety = own.safety();
        let place = format!("guideline, {}", own.name);
        if !(own.converged && other.converged) {
            findings.push(Finding::failure("verify.unconverged", &place, UNCONVERGED));
        }
        if safety < 1.0 {
            let message = format!(
                "pressed between its ends the segment bears {safety:.2} times the {:.0} N that are \
                 asked for {}",
                own.force_n,
                if own.repeats() { "over ten million cycles" } else { "once, near the joint" }
            );
            let finding = Finding::warning("verify.guideline", &place, message);
            findings.push(finding.measured(safety, 1.0, ""));
        }
    }
    findings
}

/// The segment alone, held at one end and pressed at the other towards it.
///
/// # Errors
/// What the tables or the solver report.
pub fn pressed(
    design: &Design,
    materials: &Materials,
    voxel_mm: f64,
    job: &Job,
) -> Result<Vec<Pressed>, VerifyError> {
    let construct = construct(design, materials, (voxel_mm, 0.0), None, job)?;
    let [lower, upper] = [0, 1].map(|end| face(design, &construct, end));
    let middle = |nodes: &[u32]| {
        let place = |n: &u32| construct.node(construct.model.node(*n as usize)) - Point::ORIGIN;
        let sum = nodes.iter().map(place).fold(Vector::new(0.0, 0.0, 0.0), |a, b| a + b);
        Point::<Implant>::ORIGIN + sum * (1.0 / nodes.len().max(1) as f64)
    };
    // Sets for columns press downwards: here from one end to the other.
    let towards = (middle(&lower) - middle(&upper)).unit();
    let regions = Regions::from([(LOWER.into(), lower), (UPPER.into(), upper)]);
    let metal = construct.mask(|s| s == Stuff::Metal);
    let set = load_set("mandible_guideline").expect("a listed set");
    let mut rows = Vec::new();
    let mut first: Option<(RegionCase, Solution)> = None;
    for mut case in set.fixed().expect("a fixed set") {
        let force_n = case.force_n().map(|f| f * f).iter().sum::<f64>().sqrt();
        for action in &mut case.actions {
            action.force_n = (towards * force_n).array();
        }
        let known = first.as_ref().and_then(|(one, of)| Some((of, times(one, &case)?)));
        let solved = match known {
            Some((solution, factor)) => scaled(solution, &case.name, factor),
            None => {
                let load = nodal_load(&construct.model, &regions, &case)?;
                let (loads, forces) = (&load.loads, &load.forces_n);
                solve_forces(&construct.model, loads, &case.name, forces, &options(), job)?
            }
        };
        let stresses = stress(&construct.model, &solved);
        let found = safety(&stresses, &metal, materials.metal);
        let found = found.ok_or(VerifyError::NoMetal { voxel_mm })?;
        rows.push(Pressed {
            name: case.name.clone(),
            converged: solved.converged,
            force_n,
            metal_mpa_p99: f64::from(found.von_mises_mpa.p99),
            safety_static: found.static_p99,
            safety_fatigue: found.fatigue_p99,
        });
        first.get_or_insert((case, solved));
    }
    Ok(rows)
}

/// Nodes of the body's face to one cut.
fn face(design: &Design, construct: &Construct, end: usize) -> Vec<u32> {
    let cut = &design.cuts[end];
    let reach = FACE_VOXELS * construct.model.voxel_mm;
    let least = construct
        .surface_nodes(|p| on_body(design, p), Stuff::is_implant)
        .into_iter()
        .map(|n| cut.height_mm(construct.node(construct.model.node(n as usize))))
        .filter(|height| *height < reach)
        .fold(f64::NEG_INFINITY, f64::max);
    construct.surface_nodes(
        |p| on_body(design, p) && (least - reach..=least).contains(&cut.height_mm(p)),
        Stuff::is_implant,
    )
}

/// Whether a place belongs to the body and not to its plate.
fn on_body(design: &Design, p: Point<Implant>) -> bool {
    design.body().distance(p) < 0.5
}
