//! Loads of a model whose opposite faces move alike.

use ossein_geom::Job;
use ossein_mechanics::{
    Elements, Loads, Moduli, PeriodicCase, Solution, SolveError, SolveOptions, solve_periodic_cases,
};

use super::setup::{Hold, Load, Shift, Support};

/// Names of the mean strains.
const NAMES: [&str; 6] = ["xx", "yy", "zz", "yz", "xz", "xy"];
/// Axes of each.
const PAIRS: [[usize; 2]; 6] = [[0, 0], [1, 1], [2, 2], [1, 2], [0, 2], [0, 1]];

/// What a load does to a model that repeats itself.
#[derive(Clone, Copy, Debug)]
pub struct Repeat {
    /// Strain along z that the top plate imposes.
    strain: f64,
    /// How the top plate moves.
    shift_mm: [Option<f64>; 3],
    /// Mean strains; those without a number are free.
    mean: [Option<f64>; 6],
}

impl Repeat {
    /// Whether a plate moves the highest plane.
    pub fn moves_plate(&self) -> bool {
        self.shift_mm != [None; 3]
    }

    /// All numbers of the load.
    pub fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        let given = self.shift_mm.iter().chain(&self.mean).flatten().copied();
        given.chain([self.strain])
    }
}

/// What a load does where the faces of some axes are periodic.
///
/// # Errors
/// What such a model leaves no room for.
pub fn act(load: &Load, support: &Support) -> Result<Repeat, String> {
    let axes = support.periodic_axes();
    let turns = load.rotation_deg.is_some() || load.moment_nmm.is_some();
    let turns = turns || !load.action.is_empty();
    if turns || load.force_n.is_some() || load.pressure_mpa.is_some() || load.region.is_some() {
        let known = "strain, displacement_mm or mean_strain";
        return Err(format!("between periodic faces a load is {known}"));
    }
    if let Some(side) = support.symmetric.iter().find(|side| axes[side.place().0]) {
        return Err(format!("{} cannot be a mirror and periodic", side.name()));
    }
    if load.strain.is_some() && load.displacement_mm.is_some() {
        return Err("give strain or displacement_mm".into());
    }
    let moves = load.strain.is_some() || load.displacement_mm.is_some();
    if moves && axes[2] {
        return Err("z is periodic, so no plate moves: give mean_strain.zz".into());
    }
    if !moves && load.mean_strain.is_none() {
        return Err("it does nothing: give strain, displacement_mm or mean_strain".into());
    }
    let sideways = (support.top == Hold::Fixed).then_some(0.0);
    let shift_mm = match load.displacement_mm {
        _ if !moves => [None; 3],
        Some(Shift::Vector(shift)) => shift.map(Some),
        Some(Shift::Axial(z)) => [sideways, sideways, Some(z)],
        None => [sideways, sideways, Some(0.0)],
    };
    let bonded = !axes[2] && (support.bottom == Hold::Fixed || shift_mm[0].is_some());
    let mut mean = load.mean_strain.unwrap_or_default().all();
    for ((mean, pair), name) in mean.iter_mut().zip(PAIRS).zip(NAMES) {
        let periodic = pair.iter().all(|&a| axes[a]);
        match *mean {
            Some(strain) if !periodic => {
                return Err(format!("mean_strain.{name} = {strain}, and those faces are free"));
            }
            Some(strain) if bonded && strain != 0.0 => {
                let plates = "a bonded plate does not stretch: hold it \"sliding\"";
                return Err(format!("mean_strain.{name} = {strain}, and {plates}"));
            }
            None if bonded && periodic => *mean = Some(0.0),
            _ => {}
        }
    }
    Ok(Repeat { strain: load.strain.unwrap_or(0.0), shift_mm, mean })
}

/// Solves such loads, each with its name: one set-up for those that move the plate, and one for
/// those that do not.
///
/// # Errors
/// What the solver says.
pub fn solve<M: Moduli>(
    model: &Elements<M>,
    loads: &Loads,
    repeats: &[(&str, &Repeat)],
    support: &Support,
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    let height_mm = model.size[2] as f64 * model.voxel_mm;
    let case = |(name, repeat): (&str, &Repeat)| {
        let [x, y, z] = repeat.shift_mm;
        PeriodicCase {
            name: name.into(),
            axes: support.periodic_axes(),
            strain: repeat.mean,
            translation_mm: [x, y, z.map(|z| z + repeat.strain * height_mm)],
        }
    };
    let mut solutions: Vec<Option<Solution>> = repeats.iter().map(|_| None).collect();
    for moves in [true, false] {
        let places: Vec<usize> =
            (0..repeats.len()).filter(|&n| repeats[n].1.moves_plate() == moves).collect();
        if places.is_empty() {
            continue;
        }
        let cases: Vec<PeriodicCase> = places.iter().map(|&n| case(repeats[n])).collect();
        let loaded = if moves { loads.loaded.clone() } else { Vec::new() };
        let loads = Loads { supports: loads.supports.clone(), loaded };
        let solved = solve_periodic_cases(model, &loads, &cases, options, job)?;
        for ((n, case), solution) in places.into_iter().zip(&cases).zip(solved) {
            solutions[n] = Some(with_stiffness(solution, case));
        }
    }
    Ok(solutions.into_iter().flatten().collect())
}

/// The stiffness against the plate, where nothing else stretches the model.
fn with_stiffness(mut solution: Solution, case: &PeriodicCase) -> Solution {
    let shift = case.translation_mm.map(|t| t.unwrap_or(0.0));
    let square: f64 = shift.iter().map(|s| s * s).sum();
    let stretched = case.strain.iter().flatten().any(|e| *e != 0.0);
    if square > 0.0 && !stretched {
        solution.axial_stiffness_n_per_mm = Some(2.0 * solution.strain_energy_nmm / square);
    }
    solution
}
