//! What the model file says of supports and loads, as the solver reads it.

use ossein_geom::Job;
use ossein_mechanics::loads::RegionCase;
use ossein_mechanics::{
    Elements, Face, Islands, LoadCase, Loads, Moduli, Motion, Solution, SolveError, SolveOptions,
    Support, pressure_forces, solve_cases, solve_forces, solve_motion,
};

use super::repeats::Repeat;
use super::setup::{Hold, Load, Setup, Shift};
use super::specimen::Specimen;
use super::{regions, repeats, setup};
use crate::commands::AnyError;

/// Loose pieces up to this part of the material are specks of the image.
const SPECK_SHARE_MAX: f64 = 0.01;

/// What a load does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Moves the top plate; a strain counts along z.
    Plate { strain: f64, shift_mm: [Option<f64>; 3], rotation_deg: [f64; 3] },
    /// Pulls and turns the top plane.
    Force(LoadCase),
    /// Presses on the surface in a box.
    Pressure { pressure_mpa: f64, within_mm: [[f64; 3]; 2] },
    /// Moves the top plate of a model that repeats itself, stretches it, or both.
    Repeat(Repeat),
    /// Acts on regions; regions hold it, or the planes of `[support]` where it names none.
    Regions(RegionCase),
}

/// A load with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// For reports, and for files of fields.
    pub name: String,
    /// What it does.
    pub act: Act,
}

/// Checks the loads before any work and says what each does.
///
/// # Errors
/// The load with what is wrong: a name that is none, no load, more than one kind, no finite number.
pub fn acts(setup: &Setup) -> Result<Vec<Named>, AnyError> {
    if let Some((set, factor)) = regions::chosen(setup)? {
        return Ok(regions::acts(set, factor, &setup.region));
    }
    if setup.load.is_empty() {
        return Err("no [[load]] says what acts on the model, and no [load_set]".into());
    }
    // Names become names of files.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    for (n, load) in setup.load.iter().enumerate() {
        let name = &load.name;
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(format!("load name {name:?}: letters, digits, -, _ and . only").into());
        }
        if setup.load[..n].iter().any(|other| other.name == *name) {
            return Err(format!("two loads are named `{name}`").into());
        }
    }
    let told = |load: &Load, e: String| AnyError::from(format!("load `{}`: {e}", load.name));
    let named = |load: &Load| {
        let act = act(load, setup).map_err(|e| told(load, e))?;
        Ok(Named { name: load.name.clone(), act })
    };
    setup.load.iter().map(named).collect()
}

fn act(load: &Load, setup: &Setup) -> Result<Act, String> {
    if setup.support().periodic_axes() != [false; 3] {
        return repeats::act(load, &setup.support()).map(Act::Repeat);
    }
    if load.mean_strain.is_some() {
        return Err("mean_strain lies between periodic faces: name them in [support]".into());
    }
    let moves = load.strain.is_some() || load.displacement_mm.is_some();
    let plate = moves || load.rotation_deg.is_some();
    let force = load.force_n.is_some() || load.moment_nmm.is_some();
    let kinds = usize::from(plate) + usize::from(force) + usize::from(load.pressure_mpa.is_some());
    match kinds {
        0 => {
            let known =
                "strain, displacement_mm, rotation_deg, force_n, moment_nmm or pressure_mpa";
            return Err(format!("it does nothing: give {known}"));
        }
        1 => {}
        _ => return Err("either a motion, or a force and moment, or a pressure".into()),
    }
    if load.strain.is_some() && load.displacement_mm.is_some() {
        return Err("give strain or displacement_mm".into());
    }
    if load.within_mm.is_some() && load.pressure_mpa.is_none() {
        return Err("within_mm says where a pressure acts, and there is none".into());
    }
    if load.region.is_some() && !force {
        return Err("region says where a force or moment acts, and there is none".into());
    }
    let act = if let Some(pressure_mpa) = load.pressure_mpa {
        let everywhere = [[f64::NEG_INFINITY; 3], [f64::INFINITY; 3]];
        Act::Pressure { pressure_mpa, within_mm: load.within_mm.unwrap_or(everywhere) }
    } else if let Some(region) = &load.region {
        Act::Regions(regions::own(load, region))
    } else if force {
        let force_n = load.force_n.unwrap_or_default();
        let moment_nmm = load.moment_nmm.unwrap_or_default();
        Act::Force(LoadCase { name: load.name.clone(), force_n, moment_nmm })
    } else {
        motion(load, setup)
    };
    let size = size(&act);
    if !size.is_finite() {
        return Err(format!("it holds a number that is {size}"));
    }
    if size == 0.0 { Err("all its numbers are zero".into()) } else { Ok(act) }
}

fn motion(load: &Load, setup: &Setup) -> Act {
    let sideways = (setup.support().top == Hold::Fixed).then_some(0.0);
    let shift_mm = match load.displacement_mm {
        Some(Shift::Vector(shift)) => shift.map(Some),
        Some(Shift::Axial(z)) => [sideways, sideways, Some(z)],
        None if load.strain.is_some() => [sideways, sideways, Some(0.0)],
        None => [Some(0.0); 3],
    };
    // A turned plate takes all its nodes along.
    let turned = load.rotation_deg.is_some_and(|r| r != [0.0; 3]);
    let shift_mm = if turned { shift_mm.map(|s| s.or(Some(0.0))) } else { shift_mm };
    let rotation_deg = load.rotation_deg.unwrap_or_default();
    Act::Plate { strain: load.strain.unwrap_or(0.0), shift_mm, rotation_deg }
}

/// Sum of the sizes of a load's numbers.
fn size(act: &Act) -> f64 {
    let sum = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(f64::abs).sum::<f64>();
    match act {
        Act::Plate { strain, shift_mm, rotation_deg } => {
            let shifts = shift_mm.iter().flatten().copied();
            sum(&mut shifts.chain(rotation_deg.iter().copied()).chain([*strain]))
        }
        Act::Force(case) => sum(&mut case.force_n.iter().chain(&case.moment_nmm).copied()),
        Act::Pressure { pressure_mpa, .. } => pressure_mpa.abs(),
        Act::Repeat(repeat) => sum(&mut repeat.numbers()),
        Act::Regions(case) => {
            let numbers = case.actions.iter().flat_map(|a| a.force_n.iter().chain(&a.moment_nmm));
            sum(&mut numbers.copied())
        }
    }
}

/// Checks that supports and loads find material.
///
/// # Errors
/// The plane or the region that is empty.
pub fn check_places<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
) -> Result<(), AnyError> {
    let model = &specimen.model;
    regions::check(setup, specimen)?;
    let planes_hold = |named: &Named| match &named.act {
        Act::Regions(case) => case.holds.is_empty(),
        _ => true,
    };
    let support = setup.support();
    let between = support.bottom != Hold::Free && !support.periodic_axes()[2];
    let bottom = between && acts.iter().any(planes_hold);
    if bottom && model.bottom_nodes().is_empty() {
        return Err("the lowest plane of the image holds no material: nothing is supported".into());
    }
    let on_top = |named: &Named| match &named.act {
        Act::Plate { .. } | Act::Force(_) => true,
        Act::Repeat(repeat) => repeat.moves_plate(),
        Act::Pressure { .. } | Act::Regions(_) => false,
    };
    if acts.iter().any(on_top) && model.top_nodes().is_empty() {
        return Err("the highest plane of the image holds no material: nothing is loaded".into());
    }
    for named in acts {
        if let Act::Regions(case) = &named.act {
            regions::on_nodes(setup, specimen, case)?;
        }
    }
    Ok(())
}

/// Solves every load; forces share one set-up. Loose specks are taken out, larger pieces as the
/// model file says.
///
/// # Errors
/// What the solver reports.
pub fn solve_all<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    let options = match setup.solver.drop_loose {
        Some(_) => options.clone(),
        None => SolveOptions { islands: Islands::Refuse, ..options.clone() },
    };
    match solve_with(specimen, setup, acts, &options, job) {
        Err(SolveError::Unattached { voxel_count, .. })
            if setup.solver.drop_loose.is_none()
                && voxel_count as f64 <= SPECK_SHARE_MAX * specimen.model.solid_count() as f64 =>
        {
            let options = SolveOptions { islands: Islands::Drop, ..options };
            solve_with(specimen, setup, acts, &options, job)
        }
        other => other,
    }
}

fn solve_with<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    let model = &specimen.model;
    let loads = Loads { supports: supports(model, &setup.support()), loaded: model.top_nodes() };
    let case = |named: &Named| match &named.act {
        Act::Force(case) => Some(case.clone()),
        _ => None,
    };
    let cases: Vec<LoadCase> = acts.iter().filter_map(case).collect();
    let mut forced = Vec::new();
    if !cases.is_empty() {
        forced = solve_cases(model, &loads, &cases, options, &job.labelled("forces"))?;
    }
    let mut forced = forced.into_iter();
    let one = |Named { name, act }: &Named| {
        let job = job.labelled(name);
        match act {
            Act::Force(_) => Ok(forced.next().expect("one for each force")),
            Act::Plate { strain, shift_mm, rotation_deg } => {
                let height_mm = model.size[2] as f64 * model.voxel_mm;
                let [x, y, z] = *shift_mm;
                let motion = Motion {
                    name: name.clone(),
                    translation_mm: [x, y, z.map(|z| z + strain * height_mm)],
                    rotation_rad: rotation_deg.map(f64::to_radians),
                };
                solve_motion(model, &loads, &motion, options, &job)
            }
            Act::Pressure { pressure_mpa, within_mm: [low, high] } => {
                let within = |face: &Face| {
                    let inside = |a: usize| (low[a]..=high[a]).contains(&face.center_mm[a]);
                    (0..3).all(inside)
                };
                let (loaded, forces) = pressure_forces(model, *pressure_mpa, within);
                let loads = Loads { supports: loads.supports.clone(), loaded };
                solve_forces(model, &loads, name, &forces, options, &job)
            }
            Act::Repeat(repeat) => {
                repeats::solve(model, &loads, repeat, name, &setup.support(), options, &job)
            }
            Act::Regions(case) => {
                let mut on = regions::on_nodes(setup, specimen, case)?;
                if case.holds.is_empty() {
                    on.loads.supports.clone_from(&loads.supports);
                }
                solve_forces(model, &on.loads, name, &on.forces_n, options, &job)
            }
        }
    };
    acts.iter().map(one).collect()
}

/// The planes that hold the model.
fn supports<M: Moduli>(model: &Elements<M>, support: &setup::Support) -> Vec<Support> {
    let mut held = Vec::new();
    let periodic = support.periodic_axes();
    if support.bottom != Hold::Free && !periodic[2] {
        let axes = if support.bottom == Hold::Fixed { [true; 3] } else { [false, false, true] };
        held.push(Support { nodes: model.bottom_nodes(), axes });
    }
    let mut mirrored = [false; 3];
    for side in &support.symmetric {
        let (axis, high) = side.place();
        mirrored[axis] = true;
        let plane = if high { model.size[axis] } else { 0 };
        let nodes = model.nodes_where(|node| node[axis] == plane);
        held.push(Support { nodes, axes: [0, 1, 2].map(|a| a == axis) });
    }
    // A model that repeats itself is held against drift as it is solved.
    if support.bottom == Hold::Sliding && periodic == [false; 3] {
        held.extend(against_drift(model, mirrored));
    }
    held
}

/// A smooth plate leaves two shifts and a turn free: a node held in the plane, and a second one,
/// farthest along x or y from it, held across. A mirror across an axis stops the shift along it,
/// and the turn.
fn against_drift<M: Moduli>(model: &Elements<M>, mirrored: [bool; 3]) -> Vec<Support> {
    let nodes = model.bottom_nodes();
    let place = |n: u32| model.node(n as usize);
    let Some(&first) = nodes.first() else { return Vec::new() };
    let mut held = vec![Support { nodes: vec![first], axes: [!mirrored[0], !mirrored[1], false] }];
    if mirrored != [false; 3] {
        return held;
    }
    let reach = |axis: usize, n: u32| place(n)[axis].abs_diff(place(first)[axis]);
    let far = |axis: usize| nodes.iter().copied().max_by_key(|&n| (reach(axis, n), n));
    let (Some(x), Some(y)) = (far(0), far(1)) else { return held };
    // A node away along x turns in y, and the other way round.
    let (second, axes) = if reach(0, x) >= reach(1, y) {
        (x, [false, true, false])
    } else {
        (y, [true, false, false])
    };
    held.push(Support { nodes: vec![second], axes });
    held
}
