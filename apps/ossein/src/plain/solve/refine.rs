//! How much a figure owes to the size of the elements, and smaller elements until it stands.

use ossein_geom::Finding;
use ossein_mechanics::stress::{percentiles, principal, stress, von_mises};
use ossein_mechanics::{Moduli, Solution, SolveError, second_resolution};
use serde::Serialize;

use super::setup::{Figure, Solver};
use super::specimen::Specimen;
use crate::commands::AnyError;
use crate::plain::memory::TooLarge;

/// Error of figures of voxel models falls with the voxel edge, or faster.
const ORDER: f64 = 1.0;

/// A specimen with the solutions of its loads.
pub struct Solved<M> {
    /// The elements.
    pub specimen: Specimen<M>,
    /// One for each load.
    pub solutions: Vec<Solution>,
}

/// A figure at one size of the elements.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Resolution {
    /// Edge of the elements, mm.
    pub voxel_mm: f64,
    /// Elements with material.
    pub element_count: usize,
    /// The figure.
    pub value: f64,
}

/// What several sizes of the elements say of a load's figure.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// The figure.
    pub figure: Figure,
    /// From coarse to fine.
    pub resolutions: Vec<Resolution>,
    /// The figure with elements of no size, if its error falls with their edge.
    pub extrapolated: f64,
    /// How far the last refinement moved that, relative to it: an estimate of its own error.
    pub extrapolated_change: Option<f64>,
    /// Estimated error of the figure as reported, relative to the extrapolated one.
    pub relative_error: f64,
    /// Whether that is small enough.
    pub stands: bool,
    /// What became finer: `elements` alone, or `surface_and_elements`.
    pub refined: &'static str,
    /// Why it went no further, where the figure does not stand.
    pub stopped_by: Option<String>,
}

/// Solves all loads of a specimen.
pub type Solve<'a, M> = dyn Fn(&Specimen<M>) -> Result<Vec<Solution>, SolveError> + 'a;
/// Makes a specimen of smaller elements from one.
type Finer<'a, M> = dyn Fn(&Specimen<M>) -> Result<Specimen<M>, AnyError> + 'a;

/// How a specimen becomes finer.
pub struct Refinement<'a, M> {
    /// The choices of the model file.
    pub solver: &'a Solver,
    /// Solves all loads.
    pub solve: &'a Solve<'a, M>,
    /// The specimen in elements of half the edge: of a mesh, cut anew; of an image, split.
    pub finer: &'a Finer<'a, M>,
    /// Whether the surface becomes finer too.
    pub is_mesh: bool,
}

/// Solves a specimen, then in elements of half the edge, and so on until every load's figure
/// stands; gives the coarsest solutions that stand, or the finest there are, and a study for each
/// load.
///
/// # Errors
/// What the solver says of the first specimen, or of a finer one but for its memory.
pub fn converge<M: Moduli>(
    first: Specimen<M>,
    refinement: &Refinement<'_, M>,
) -> Result<(Solved<M>, Vec<Study>), AnyError> {
    let Refinement { solver, solve, finer, .. } = *refinement;
    let mut now = Solved { solutions: solve(&first)?, specimen: first };
    if !solver.second_resolution {
        return Ok((now, Vec::new()));
    }
    let mut steps = vec![Step::of(&now, solver.figure)];
    let stopped_by = loop {
        let needed = 8 * now.specimen.model.solid_count();
        if needed > solver.element_count_max {
            break format!("about {needed} elements; at most {}", solver.element_count_max);
        }
        let fine = match finer(&now.specimen) {
            Err(error) if error.is::<TooLarge>() => break error.to_string(),
            other => other?,
        };
        let solutions = match solve(&fine) {
            Err(SolveError::Memory { needed_mib, allowed_mib }) => {
                break format!("{needed_mib} MiB, and {allowed_mib} MiB are allowed");
            }
            other => other?,
        };
        let next = Solved { specimen: fine, solutions };
        steps.push(Step::of(&next, solver.figure));
        // The coarser one is reported where it stands by itself.
        let reported = steps.len() - 2;
        if !solver.refine || stands(&steps, reported, solver) {
            let reason = "refine = false".to_owned();
            return Ok((now, studies(&steps, reported, refinement, reason)));
        }
        now = next;
        if stands(&steps, reported + 1, solver) {
            return Ok((now, studies(&steps, reported + 1, refinement, String::new())));
        }
    };
    if steps.len() == 1 {
        // Too large to refine: a coarser model says how far off this one is.
        let coarser = match now.specimen.coarser() {
            Some(coarse) => solve(&coarse).map(|solutions| (coarse, solutions)),
            None => {
                let size = now.specimen.model.size;
                let why =
                    format!("{size:?} voxels have no half, which takes even numbers from 4 on");
                return Ok((without_second(now, &stopped_by, &why), Vec::new()));
            }
        };
        let (coarse, solutions) = match coarser {
            Ok(coarser) => coarser,
            Err(error) => {
                let why = format!("in elements of twice the edge, {error}");
                return Ok((without_second(now, &stopped_by, &why), Vec::new()));
            }
        };
        steps.insert(0, Step::of(&Solved { specimen: coarse, solutions }, solver.figure));
    }
    let last = steps.len() - 1;
    let studies = studies(&steps, last, refinement, stopped_by);
    Ok((now, studies))
}

/// Says that no second resolution tells how far off the figures are.
fn without_second<M>(mut solved: Solved<M>, finer: &str, coarser: &str) -> Solved<M> {
    for solution in &mut solved.solutions {
        let text = format!(
            "no second resolution of `{}`, so nothing tells how far off its figures are: finer, \
             {finer}; coarser, {coarser}",
            solution.name
        );
        solution.findings.push(Finding::warning("solve.one_resolution", &solution.name, text));
    }
    solved
}

/// Figures of all loads at one size.
struct Step {
    voxel_mm: f64,
    element_count: usize,
    values: Vec<f64>,
}

impl Step {
    fn of<M: Moduli>(solved: &Solved<M>, figure: Figure) -> Self {
        let model = &solved.specimen.model;
        let value = |solution: &Solution| {
            let of = match figure {
                Figure::StrainEnergy => return solution.strain_energy_nmm,
                Figure::VonMises => von_mises,
                Figure::PrincipalMax => |s: &[f32; 6]| principal(s)[0],
            };
            let specimen = solved.specimen.without(&solution.left_out);
            let values: Vec<f32> = stress(&specimen.model, solution).iter().map(of).collect();
            let solid: Vec<bool> = specimen.regions.iter().map(|&r| r != 0).collect();
            percentiles(&values, &solid).map_or(f64::NAN, |p| f64::from(p.p99))
        };
        Self {
            voxel_mm: model.voxel_mm,
            element_count: model.solid_count(),
            values: solved.solutions.iter().map(value).collect(),
        }
    }
}

/// Figure of a load with elements of no size, from the two finest steps.
fn extrapolated(steps: &[Step], load: usize) -> Option<f64> {
    let [.., coarse, fine] = steps else { return None };
    let [coarse, fine] = [coarse, fine].map(|s| (s.voxel_mm, s.values[load]));
    Some(second_resolution(coarse, fine, ORDER)?.extrapolated)
}

/// Extrapolated figure of a load, and relative error of its `reported` step.
fn error_of(steps: &[Step], reported: usize, load: usize) -> Option<(f64, f64)> {
    let limit = extrapolated(steps, load)?;
    Some((limit, (steps[reported].values[load] / limit - 1.0).abs()))
}

fn stands(steps: &[Step], reported: usize, solver: &Solver) -> bool {
    let good = |load| error_of(steps, reported, load).is_some_and(|(_, e)| e <= solver.error_max);
    (0..steps[reported].values.len()).all(good)
}

fn studies<M>(
    steps: &[Step],
    reported: usize,
    refinement: &Refinement<'_, M>,
    stopped_by: String,
) -> Vec<Study> {
    let solver = refinement.solver;
    let one = |load: usize| {
        let (limit, relative_error) =
            error_of(steps, reported, load).unwrap_or((f64::NAN, f64::INFINITY));
        let before = extrapolated(&steps[..steps.len() - 1], load);
        let stands = relative_error <= solver.error_max;
        let resolution = |s: &Step| Resolution {
            voxel_mm: s.voxel_mm,
            element_count: s.element_count,
            value: s.values[load],
        };
        Study {
            figure: solver.figure,
            resolutions: steps.iter().map(resolution).collect(),
            extrapolated: limit,
            extrapolated_change: before.map(|b| (b / limit - 1.0).abs()),
            relative_error,
            stands,
            refined: if refinement.is_mesh { "surface_and_elements" } else { "elements" },
            stopped_by: (!stands).then(|| stopped_by.clone()),
        }
    };
    (0..steps[reported].values.len()).map(one).collect()
}

impl Study {
    /// A warning where the figure of a load does not stand.
    pub fn finding(&self, load: &str, error_max: f64) -> Option<Finding> {
        let reason = self.stopped_by.as_ref()?;
        let mut text = format!(
            "the {} of `{load}` is off by about {:.1} %: it does not stand within {:.1} %, and \
             went no further: {reason}",
            self.figure.words(),
            100.0 * self.relative_error,
            100.0 * error_max,
        );
        if let Some(change) = self.extrapolated_change {
            let (limit, percent) = (self.extrapolated, 100.0 * change);
            text += &format!(
                "; carried on to elements of no size it is {limit:.5e}, which the last refinement \
                 moved by {percent:.1} %"
            );
        }
        let finding = Finding::warning("solve.not_converged", load, text);
        Some(finding.measured(self.relative_error, error_max, ""))
    }
}
