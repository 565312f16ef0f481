//! First evidence of a plate: a head that rests on it, the plate held by its screws.

use ossein_design::kinds::cranioplasty::{Design, TabScrew, VaultPlan};
use ossein_field::{Block, Field};
use ossein_geom::{Cancelled, Choices, Finding, Implant, Job, Point, Vector, float};
use ossein_mechanics::loads::{LoadSet, RegionCase, load_set};
use ossein_mechanics::material::{Card, Limit};
use ossein_mechanics::stress::{Stress, percentiles, principal, stress, von_mises};
use ossein_mechanics::{
    Islands, LoadCase, Loads, Model, Solution, SolveError, SolveOptions, Support, Unconverged,
    isotropic, solve_cases,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::load;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};
use crate::steps::element_map::{ElementMap, Worst};
use crate::steps::made::design_of;
use crate::steps::refinement::{self, Pair, Refinement, refined};
use crate::steps::resolution::{
    self, Difference, ERROR_MAX, Key, Table, beside_named, near_limits,
};

/// Where the figures are kept.
pub const FILE: &str = "evidence/mechanics.json";
/// Radius of the spot that is pressed, mm.
const SPOT_MM: f64 = 6.0;
/// The spot at the edge lies so far inside it, mm.
const FROM_EDGE_MM: f64 = 7.0;
/// No element is made smaller for a thin plate, mm.
const VOXEL_MM_MIN: f64 = 0.25;
/// Elements this near to a screw's head are held, mm beyond its radius.
const HELD_MM: f64 = 0.6;

/// The step.
pub const STEP: StepDef = StepDef {
    id: "verify",
    title: "mechanics",
    version: 6,
    needs: &["plan", "design"],
    params,
    inputs: super::plan::inputs,
    run,
};

/// No evidence could be had:
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A region of the load set meets no element.
    #[error("no element of {voxel_mm} mm lies in the region `{region}`: take a smaller voxel_mm")]
    NoRegion {
        /// Which.
        region: String,
        /// Edge of an element.
        voxel_mm: f64,
    },
    /// The solver failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn params(recipe: &Recipe) -> Value {
    json!({ "mechanics": recipe.section("mechanics") })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let design = design_of::<Design>(context, job)?;
    if design.report.screws.is_empty() {
        let message = "a plate without tabs is held by plates from stock, which nobody knows here: \
                       no load was put on it";
        let findings = vec![Finding::warning("verify.unheld", "plate", message)];
        return Ok(Outcome { findings, summary: json!({}) });
    }
    let choices = context.choices();
    let card = &design.card;
    let voxel_mm = voxel_mm(choices, design.report.thickness.mean_mm);
    let head_mm = 0.5 * choices.number("implant.screw_head_mm");
    let set = load_set("cranial_point").expect("a listed set");
    let safety_min = choices.number("mechanics.safety_factor_min");
    let Pair { coarse, fine, stopped_by } = refined(
        voxel_mm,
        &Refinement::of(choices),
        |voxel_mm, _| look(&design, set, (voxel_mm, head_mm), job),
        |coarse, fine| compared(coarse, fine, card).1,
    )?;
    let (rows, differences) = compared(&coarse, &fine, card);
    let of_case = |case| of_case(case, card, safety_min);
    let mut findings: Vec<Finding> = fine.cases.iter().flat_map(of_case).collect();
    findings.extend(resolution::findings(&differences, stopped_by.as_deref()));
    findings.extend(near_limits(&differences, |d| d.is_safety.then_some(safety_min)));
    let figures = json!({
        "material": {
            "title": card.title,
            "modulus_mpa": card.modulus_mpa.value,
            "poisson": card.poisson.value,
            "strength_mpa": card.strength_mpa.value,
            "source": format!(
                "{}; strength: {} (confidence {})",
                card.specification,
                card.strength_mpa.source,
                card.strength_mpa.confidence.word()
            ),
        },
        "stress": match card.limit {
            Limit::Yield => "von Mises stress",
            Limit::Fracture => "the largest principal stress",
        },
        "loads": format!("{} ({})", set.title, set.source),
        "voxel_mm": [fine.voxel_mm, coarse.voxel_mm],
        "element_count": [fine.element_count, coarse.element_count],
        "error_max": ERROR_MAX,
        "cases": rows,
        "refined_no_further": stopped_by,
        "safety_factor_min": safety_min,
        "limits": "linear and static; screws hold the plate rigidly, the skull does not yield; \
                   impact and fatigue are not looked at (facts D2.22)",
    });
    context.write_json(FILE, &figures)?;
    let plan: VaultPlan = load::json(context, super::plan::FILE)?;
    fine.map.write(context, &plan.placement.inverse())?;
    Ok(Outcome { findings, summary: json!({ "mechanics": figures }) })
}

/// Edge of an element: as chosen, or a third of a thinner plate.
fn voxel_mm(choices: &Choices, thickness_mm: f64) -> f64 {
    choices.number("mechanics.voxel_mm").min((thickness_mm / 3.0).max(VOXEL_MM_MIN))
}

/// Figures of one load case at one voxel size.
#[derive(Clone, Debug)]
struct CaseFigures {
    name: String,
    force_n: f64,
    /// Of the pressed spot, along the force.
    deflection_mm: f64,
    /// 99th percentile in the plate itself.
    plate_mpa_p99: f64,
    /// And in the tabs.
    tabs_mpa_p99: f64,
    converged: bool,
    balance_error: f64,
}

impl CaseFigures {
    /// The larger of both percentiles, MPa.
    fn worst_mpa(&self) -> f64 {
        self.plate_mpa_p99.max(self.tabs_mpa_p99)
    }
}

struct Look {
    voxel_mm: f64,
    element_count: usize,
    cases: Vec<CaseFigures>,
    map: ElementMap,
}

impl refinement::Look for Look {
    fn voxel_mm(&self) -> f64 {
        self.voxel_mm
    }

    fn element_count(&self) -> usize {
        self.element_count
    }
}

/// The plate as elements, and what they know of it.
struct Specimen<'a> {
    design: &'a Design,
    model: Model,
    block: Block<Implant>,
    head_mm: f64,
}

fn look(
    design: &Design,
    set: &LoadSet,
    (voxel_mm, head_mm): (f64, f64),
    job: &Job,
) -> Result<Look, VerifyError> {
    let specimen = Specimen::new(design, (voxel_mm, head_mm), job)?;
    let options = SolveOptions {
        islands: Islands::Drop,
        unconverged: Unconverged::Keep,
        ..SolveOptions::default()
    };
    let Block { origin, size, .. } = specimen.block;
    let own = (0..specimen.model.moduli.len()).filter(|&e| specimen.is_solid(e));
    let mut map = ElementMap::new(origin, voxel_mm, size, own.map(|e| e as u32).collect());
    let [body, tabs] = specimen.parts();
    let mut cases = Vec::new();
    for case in set.fixed().expect("a fixed set") {
        let (solution, loaded) = specimen.solve(&case, &options, job)?;
        let stresses = stress(&specimen.model, &solution);
        let of = match design.card.limit {
            Limit::Yield => von_mises,
            Limit::Fracture => |s: &Stress| principal(s)[0],
        };
        let equivalent: Vec<f32> = stresses.iter().map(of).collect();
        map.take(|e| Worst::of_card(equivalent[e], design.card.strength_mpa.value, None));
        let p99 = |mask: &[bool]| percentiles(&equivalent, mask).map_or(0.0, |p| f64::from(p.p99));
        let force = case.actions[0].force_n;
        cases.push(CaseFigures {
            name: case.name,
            force_n: Vector::<Implant>::from(force).norm(),
            deflection_mm: deflection(&solution, &loaded, force),
            plate_mpa_p99: p99(&body),
            tabs_mpa_p99: p99(&tabs),
            converged: solution.converged,
            balance_error: solution.balance_error,
        });
    }
    Ok(Look { voxel_mm, element_count: specimen.model.solid_count(), cases, map })
}

/// Mean displacement of nodes along a force, mm.
fn deflection(solution: &Solution, nodes: &[u32], force_n: [f64; 3]) -> f64 {
    let along = Vector::<Implant>::from(force_n).unit();
    let moved = |n: &u32| Vector::from(solution.displacement_mm[*n as usize]).dot(along);
    nodes.iter().map(moved).sum::<f64>() / nodes.len() as f64
}

impl<'a> Specimen<'a> {
    fn new(
        design: &'a Design,
        (voxel_mm, head_mm): (f64, f64),
        job: &Job,
    ) -> Result<Self, VerifyError> {
        let part = design.part();
        let bounds = part.solid.bounds();
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / voxel_mm).ceil() as usize + 1);
        let origin = bounds.min + Vector::new(1.0, 1.0, 1.0) * (0.5 * voxel_mm);
        let block = Block { origin, step: [voxel_mm; 3], size };
        let mut distances = vec![0f32; block.sample_count()];
        for (k, plane) in distances.chunks_mut(size[0] * size[1]).enumerate() {
            job.step(k, size[2])?;
            let origin = origin + Vector::new(0.0, 0.0, k as f64 * voxel_mm);
            let size = [size[0], size[1], 1];
            part.solid.sample(&Block { origin, size, ..block }, plane);
        }
        let one = isotropic(design.card.modulus(), design.card.poisson.value);
        // Whole or void: a share of metal spread over its element lies farther out than it is, and a
        // plate of few elements would bend too little.
        let moduli = distances.par_iter().map(|&d| if d < 0.0 { one } else { [0.0; 3] }).collect();
        Ok(Self { design, model: Model { size, voxel_mm, moduli }, block, head_mm })
    }

    /// Which elements belong to the plate itself, and which to its tabs.
    fn parts(&self) -> [Vec<bool>; 2] {
        let of = |tabs: bool| {
            let belongs = |e: usize| {
                let p = self.at(e);
                self.is_solid(e) && self.design.is_tab([p.x, p.y]) == tabs
            };
            (0..self.model.moduli.len()).map(belongs).collect()
        };
        [of(false), of(true)]
    }

    fn is_solid(&self, e: usize) -> bool {
        self.model.moduli[e][0] > 0.0
    }

    /// The middle of an element.
    fn at(&self, e: usize) -> Point<Implant> {
        let [ni, nj, _] = self.block.size;
        self.block.point(e % ni, e / ni % nj, e / (ni * nj))
    }

    /// Nodes of a region by its name.
    fn region(&self, name: &str) -> Result<Vec<u32>, VerifyError> {
        let plane = self.block.size[0] * self.block.size[1];
        let count = self.model.moduli.len();
        let on_top = |e: usize| {
            self.is_solid(e) && !(e + plane..count).step_by(plane).any(|e| self.is_solid(e))
        };
        let spot = |center: [f64; 2]| {
            move |p: Point<Implant>| float::hypot(p.x - center[0], p.y - center[1]) < SPOT_MM
        };
        let screws = &self.design.report.screws;
        let held = |p: Point<Implant>| screws.iter().any(|s| across(s, p) < self.head_mm + HELD_MM);
        let of = |belongs: &dyn Fn(usize) -> bool| (0..count).map(belongs).collect();
        let pressed = |center: [f64; 2]| {
            let near = spot(center);
            of(&|e| near(self.at(e)) && on_top(e))
        };
        let chosen: Vec<bool> = match name {
            "plate_screws" => of(&|e| self.is_solid(e) && held(self.at(e))),
            "plate_edge" => pressed(self.weakest_edge()),
            _ => pressed([0.0; 2]),
        };
        let beneath = |node: [usize; 3], e: usize| self.at(e).z > self.node_z(node);
        let nodes = self.model.nodes_where(|node| {
            let mut around = self.model.elements_around(node).filter(|&e| chosen[e]).peekable();
            // Of pressed elements the upper side alone.
            around.peek().is_some() && (name == "plate_screws" || !around.any(|e| beneath(node, e)))
        });
        if nodes.is_empty() {
            let voxel_mm = self.block.step[0];
            return Err(VerifyError::NoRegion { region: name.into(), voxel_mm });
        }
        Ok(nodes)
    }

    fn node_z(&self, node: [usize; 3]) -> f64 {
        self.block.origin.z + (node[2] as f64 - 0.5) * self.block.step[2]
    }

    /// A place near the edge, half way between those two neighbouring screws that stand farthest
    /// apart.
    fn weakest_edge(&self) -> [f64; 2] {
        let screws = &self.design.report.screws;
        let pair = |n: usize| (&screws[n].point, &screws[(n + 1) % screws.len()].point);
        let apart = |n: &usize| {
            let (a, b) = pair(*n);
            a.distance(*b)
        };
        let widest = (0..screws.len()).max_by(|a, b| apart(a).total_cmp(&apart(b)));
        let (a, b) = pair(widest.unwrap_or(0));
        let middle = a.lerp(*b, 0.5);
        let out = Vector::<Implant>::new(middle.x, middle.y, 0.0).unit();
        let reach = self.design.edge_along([out.x, out.y]) - FROM_EDGE_MM;
        [reach * out.x, reach * out.y]
    }

    fn solve(
        &self,
        case: &RegionCase,
        options: &SolveOptions,
        job: &Job,
    ) -> Result<(Solution, Vec<u32>), VerifyError> {
        let mut supports = Vec::new();
        for hold in &case.holds {
            supports.push(Support { nodes: self.region(&hold.region)?, axes: hold.axes });
        }
        let action = &case.actions[0];
        let loaded = self.region(&action.region)?;
        let loads = Loads { supports, loaded: loaded.clone() };
        let load = LoadCase {
            name: case.name.clone(),
            force_n: action.force_n,
            moment_nmm: action.moment_nmm,
        };
        let mut solved = solve_cases(&self.model, &loads, &[load], options, job)?;
        Ok((solved.remove(0), loaded))
    }
}

/// Distance of a place from a screw's axis, mm.
fn across(screw: &TabScrew, p: Point<Implant>) -> f64 {
    let d = p - screw.point;
    (d - screw.direction * d.dot(screw.direction)).norm()
}

/// Figures of a load case that a second resolution is asked about.
const FIGURES: Table<'_> = Table {
    name: "load cases",
    keys: &[
        Key::plain("deflection_mm", "Deflection"),
        Key::plain("plate_mpa_p99", "Stress in the plate, 99 %"),
        Key::plain("tabs_mpa_p99", "Stress in the tabs, 99 %"),
        Key::safety("safety_factor", "Safety factor"),
    ],
};

/// Rows for the report.
fn rows(look: &Look, card: &Card) -> Vec<Value> {
    let row = |case: &CaseFigures| {
        json!({
            "name": case.name,
            "force_n": case.force_n,
            "deflection_mm": case.deflection_mm,
            "plate_mpa_p99": case.plate_mpa_p99,
            "tabs_mpa_p99": case.tabs_mpa_p99,
            "safety_factor": card.strength_mpa.value / case.worst_mpa(),
            "converged": case.converged,
            "balance_error": case.balance_error,
        })
    };
    look.cases.iter().map(row).collect()
}

/// Rows of the finer look, each figure with what the coarser one says of it, and how they differ.
fn compared(coarse: &Look, fine: &Look, card: &Card) -> (Vec<Value>, Vec<Difference>) {
    let [own, second] = [fine, coarse].map(|look| rows(look, card));
    beside_named(own, &second, &FIGURES, [fine, coarse].map(|look| look.voxel_mm))
}

/// What someone should look at in a load case.
fn of_case(case: &CaseFigures, card: &Card, safety_min: f64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = format!("load case {}", case.name);
    if !case.converged {
        let left = case.balance_error;
        let message = format!(
            "the solver did not reach its tolerance; forces that should cancel leave {left:.1e}"
        );
        findings.push(Finding::failure("verify.unconverged", place.clone(), message));
    }
    let safety = card.strength_mpa.value / case.worst_mpa();
    if safety < safety_min {
        let fails = if card.limit == Limit::Yield { "yields" } else { "breaks" };
        let message = format!("the plate bears {safety:.2} times the load before it {fails}");
        let finding = Finding::failure("verify.safety", place, message);
        findings.push(finding.measured(safety, safety_min, ""));
    }
    findings
}
