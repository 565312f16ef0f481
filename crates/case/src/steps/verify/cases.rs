//! Load cases of a recipe, solved region by region.

use ossein_geom::Job;
use ossein_mechanics::loads::{UPPER, load_set};
use ossein_mechanics::{LoadCase, Loads, Solution, SolveError, SolveOptions, solve_cases};

use super::construct::Construct;
use crate::recipe::Recipe;

/// A load case and where it acts.
pub struct Case {
    /// Name, force and moment.
    pub load: LoadCase,
    /// `upper_section`, `cranial_face` or `implant`.
    pub region: String,
}

/// The cases that a recipe asks for, and the words that say where they come from.
pub fn cases(recipe: &Recipe) -> (Vec<Case>, String) {
    let word = recipe.choices.word("mechanics.loads");
    if word == "own" {
        let own = recipe.own_cases.iter().map(|case| Case {
            load: LoadCase {
                name: case.name.clone(),
                force_n: case.force_n,
                moment_nmm: case.moment_nmm,
            },
            region: case.region.clone(),
        });
        return (own.collect(), "load cases of the recipe's own".into());
    }
    let set = load_set(word).expect("a listed word");
    let loads = set.column_cases().expect("a set for columns");
    let on_top = |load| Case { load, region: UPPER.into() };
    (loads.into_iter().map(on_top).collect(), format!("{} ({})", set.title, set.source))
}

/// Solves all cases, those of one region together. The lowest plane is clamped.
///
/// # Errors
/// What the solver reports.
pub fn solve(
    construct: &Construct,
    cases: &[Case],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    let mut solutions: Vec<Option<Solution>> = cases.iter().map(|_| None).collect();
    let column = Loads::column(&construct.model);
    for (first, case) in cases.iter().enumerate() {
        if solutions[first].is_some() {
            continue;
        }
        let same: Vec<usize> =
            (first..cases.len()).filter(|&n| cases[n].region == case.region).collect();
        let loaded = construct.region(&case.region);
        let loads = Loads { loaded, ..column.clone() };
        let own: Vec<LoadCase> = same.iter().map(|&n| cases[n].load.clone()).collect();
        let solved = solve_cases(&construct.model, &loads, &own, options, job)?;
        for (n, solution) in same.into_iter().zip(solved) {
            solutions[n] = Some(solution);
        }
    }
    Ok(solutions.into_iter().flatten().collect())
}
