//! Loads as the solver takes them: those that share supports share one set-up.

use std::collections::BTreeMap;

use ossein_geom::Job;
use ossein_mechanics::loads::{Action, LoadError, NodalLoad, RegionCase, Regions, nodal_load};
use ossein_mechanics::{
    Attached, Face, HeldModel, Islands, LoadCase, Loads, Moduli, Motion, Solution, SolveError,
    SolveOptions, Support, solve_motions,
};

use super::loads::{Act, Named};
use super::plates::{Sideways, check_sideways, supports};
use super::setup::{Axis, Hold, Setup};
use super::specimen::Specimen;
use super::{regions, repeats};
use crate::commands::AnyError;

/// The region of loads that name none.
const TOP: &str = "the highest plane";
/// Loose pieces up to this part of the material are specks of the image.
const SPECK_SHARE_MAX: f64 = 0.01;

/// Checks that supports and loads find material, and that what holds can bear what acts.
///
/// # Errors
/// The plane, the region or the load, and what is wrong.
pub fn check_places<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
) -> Result<(), AnyError> {
    let model = &specimen.model;
    regions::check(setup, specimen)?;
    let planes_hold = |named: &Named| named.act.holds().is_empty();
    let support = setup.support();
    let between = support.bottom != Hold::Free && !support.periodic_axes()[2];
    let bottom = between && acts.iter().any(planes_hold);
    if bottom && model.bottom_nodes().is_empty() {
        return Err("the lowest plane of the image holds no material: nothing is supported".into());
    }
    if acts.iter().any(|named| named.act.is_on_top()) && model.top_nodes().is_empty() {
        return Err("the highest plane of the image holds no material: nothing is loaded".into());
    }
    let known = regions::nodes(setup, specimen);
    for hold in &setup.hold {
        regions::check_named(&known, "[[hold]]", &hold.region)?;
    }
    for Named { name, act } in acts {
        for region in act.regions() {
            regions::check_named(&known, &format!("load `{name}`"), region)?;
        }
    }
    if !acts.iter().any(|named| named.act.is_force()) {
        return Ok(());
    }
    let spread = Spread::new(specimen, setup)?;
    for named in acts {
        let load = match spread.load(&named.name, &named.act) {
            // Pieces that may not be left out are refused as the solver begins.
            Err(LoadError::Loose { .. }) if setup.solver.drop_loose != Some(true) => continue,
            other => other?,
        };
        if let Some(load) = load
            && planes_hold(named)
            && setup.hold.is_empty()
        {
            check_sideways(model, &support, &load.loads.loaded, &load.forces_n)
                .map_err(|e| format!("load `{}`: {e}", named.name))?;
        }
    }
    Ok(())
}

/// Solves every load; those that share supports share one set-up. Loose specks are taken out,
/// larger pieces as the model file says.
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

/// What went wrong, and what of the model file would change it.
pub fn explained(error: &AnyError) -> String {
    match error.downcast_ref() {
        Some(SolveError::Unattached { voxel_count, solid_count, .. }) => {
            let drop = match voxel_count < solid_count {
                true => ", or leave it out by drop_loose = true in [solver]",
                false => "",
            };
            format!("{error}: hold it by [support] or [[hold]]{drop}")
        }
        _ => error.to_string(),
    }
}

/// Places and solutions of some loads.
type Placed = Vec<(usize, Solution)>;

fn solve_with<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    // Motions first: what is wrong with them shows before any is solved.
    let mut placed = move_plates(specimen, setup, acts, options, job)?;
    placed.extend(repeat(specimen, setup, acts, options, job)?);
    placed.extend(press(specimen, setup, acts, options, job)?);
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, solution)| solution).collect())
}

/// Solves the motions of the top plate.
fn move_plates<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Placed, SolveError> {
    let model = &specimen.model;
    let motion = |(place, Named { name, act }): (usize, &Named)| {
        let Act::Plate(plate) = act else { return None };
        let height_mm = model.size[2] as f64 * model.voxel_mm;
        let [x, y, z] = plate.shift_mm;
        let motion = Motion {
            name: name.clone(),
            translation_mm: [x, y, z.map(|z| z + plate.strain * height_mm)],
            rotation_rad: plate.rotation_deg.map(f64::to_radians),
        };
        Some((place, plate.region.clone(), motion))
    };
    let mut open: Vec<_> = acts.iter().enumerate().filter_map(motion).collect();
    let known = if open.is_empty() { Regions::new() } else { regions::nodes(setup, specimen) };
    let sideways = |motion: &Motion| match motion.translation_mm {
        [Some(_), Some(_), _] => Sideways::Held,
        _ => Sideways::Free,
    };
    let mut placed = Vec::new();
    while let Some((_, region, first)) = open.first() {
        let (region, how) = (region.clone(), sideways(first));
        let same =
            |one: &(usize, Option<String>, Motion)| one.1 == region && sideways(&one.2) == how;
        let (own, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(same);
        open = rest;
        let (places, motions): (Vec<usize>, Vec<Motion>) =
            own.into_iter().map(|(place, _, motion)| (place, motion)).unzip();
        let loaded = match &region {
            Some(name) => known.get(name).cloned().unwrap_or_default(),
            None => model.top_nodes(),
        };
        let loads = Loads { supports: all_supports(specimen, setup, &known, how), loaded };
        let solved = solve_motions(model, &loads, &motions, options, job)?;
        placed.extend(places.into_iter().zip(solved));
    }
    Ok(placed)
}

/// The planes and the regions that hold a specimen. Where regions do, nothing else keeps it from
/// drifting on a smooth plate.
fn all_supports<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    known: &Regions,
    sideways: Sideways,
) -> Vec<Support> {
    let sideways = if setup.hold.is_empty() { sideways } else { Sideways::Held };
    let mut held = supports(&specimen.model, &setup.support(), sideways);
    held.extend(setup.hold.iter().map(|hold| Support {
        nodes: known.get(&hold.region).cloned().unwrap_or_default(),
        axes: [Axis::X, Axis::Y, Axis::Z].map(|axis| hold.axes.contains(&axis)),
    }));
    held
}

/// Solves the loads of a model that repeats itself.
fn repeat<'n, M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &'n [Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Placed, SolveError> {
    let model = &specimen.model;
    let repeat = |(place, named): (usize, &'n Named)| match &named.act {
        Act::Repeat(repeat) => Some((place, (named.name.as_str(), repeat))),
        _ => None,
    };
    let (places, repeats): (Vec<usize>, Vec<_>) =
        acts.iter().enumerate().filter_map(repeat).unzip();
    if repeats.is_empty() {
        return Ok(Vec::new());
    }
    let support = setup.support();
    let known =
        if setup.hold.is_empty() { Regions::new() } else { regions::nodes(setup, specimen) };
    let supports = all_supports(specimen, setup, &known, Sideways::Held);
    let loads = Loads { supports, loaded: model.top_nodes() };
    let solved = repeats::solve(model, &loads, &repeats, &support, options, job)?;
    Ok(places.into_iter().zip(solved).collect())
}

/// Solves forces and pressures, those against one set of supports together.
fn press<M: Moduli>(
    specimen: &Specimen<M>,
    setup: &Setup,
    acts: &[Named],
    options: &SolveOptions,
    job: &Job,
) -> Result<Placed, SolveError> {
    let model = &specimen.model;
    let mut open: Vec<usize> = (0..acts.len()).filter(|&n| acts[n].act.is_force()).collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let spread = Spread::new(specimen, setup)?;
    let mut placed = Vec::new();
    while let Some(&first) = open.first() {
        let same = |n: &usize| acts[*n].act.holds() == acts[first].act.holds();
        let own: Vec<usize> = open.iter().copied().filter(same).collect();
        open.retain(|n| !own.contains(n));
        let supports = spread.supports(&acts[first])?;
        let mut held = HeldModel::new(model, &supports, options, own.len())?;
        let case = |n: &usize| match &acts[*n].act {
            Act::Force(case) => Some((*n, case.clone())),
            _ => None,
        };
        let (places, cases): (Vec<usize>, Vec<LoadCase>) = own.iter().filter_map(case).unzip();
        if let Some(&one) = places.first() {
            spread.load(&acts[one].name, &acts[one].act)?;
            let solved = held.solve_cases(&model.top_nodes(), &cases, &job.labelled("forces"))?;
            placed.extend(places.iter().copied().zip(solved));
        }
        for n in own.into_iter().filter(|n| !places.contains(n)) {
            let named = &acts[n];
            let Some(NodalLoad { loads, forces_n }) = spread.load(&named.name, &named.act)? else {
                continue;
            };
            let job = job.labelled(&named.name);
            placed.push((n, held.solve_forces(&named.name, &loads.loaded, &forces_n, &job)?));
        }
    }
    Ok(placed)
}

/// Spreads forces and pressures over what the planes hold of a specimen.
struct Spread<'s, M> {
    specimen: &'s Specimen<M>,
    regions: Regions,
    attached: Attached,
    planes: Vec<Support>,
}

impl<'s, M: Moduli> Spread<'s, M> {
    fn new(specimen: &'s Specimen<M>, setup: &Setup) -> Result<Self, SolveError> {
        let regions = regions::nodes(setup, specimen);
        let planes = all_supports(specimen, setup, &regions, Sideways::Free);
        let attached = Attached::new(&specimen.model, &planes)?;
        Ok(Self { specimen, regions, attached, planes })
    }

    /// A load as forces on nodes; none for what moves the model.
    fn load(&self, name: &str, act: &Act) -> Result<Option<NodalLoad>, LoadError> {
        match act {
            Act::Force(LoadCase { force_n, moment_nmm, .. }) => {
                let region = TOP.to_owned();
                let regions = Regions::from([(region.clone(), self.specimen.model.top_nodes())]);
                let action = Action { region, force_n: *force_n, moment_nmm: *moment_nmm };
                let actions = vec![action];
                let case = RegionCase { name: name.into(), actions, holds: Vec::new() };
                self.attached.nodal_load(&regions, &case).map(Some)
            }
            Act::Regions(case) if case.holds.is_empty() => {
                self.attached.nodal_load(&self.regions, case).map(Some)
            }
            Act::Regions(case) => nodal_load(&self.specimen.model, &self.regions, case).map(Some),
            Act::Pressure { pressure_mpa, within_mm: [low, high] } => {
                let within =
                    |face: &Face| (0..3).all(|a| (low[a]..=high[a]).contains(&face.center_mm[a]));
                let (loaded, forces_n) = self.attached.pressure_forces(*pressure_mpa, within);
                if loaded.is_empty() {
                    return Err(LoadError::NoSurface { case: name.into() });
                }
                let loads = Loads { supports: self.planes.clone(), loaded };
                Ok(Some(NodalLoad { loads, forces_n }))
            }
            Act::Several(acts) => {
                let parts: Result<Vec<_>, _> =
                    acts.iter().map(|act| self.load(name, act)).collect();
                let parts: Vec<NodalLoad> = parts?.into_iter().flatten().collect();
                let most = parts.iter().map(largest).fold(0.0, f64::max);
                let sum = self.sum(parts.into_iter());
                if largest(&sum) <= CANCELLED * most {
                    return Err(LoadError::Cancel { case: name.into() });
                }
                Ok(Some(sum))
            }
            Act::Plate(_) | Act::Repeat(_) => Ok(None),
        }
    }

    /// Forces that act at once, against the planes.
    fn sum(&self, parts: impl Iterator<Item = NodalLoad>) -> NodalLoad {
        let mut forces: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
        for part in parts {
            for (node, force) in part.loads.loaded.into_iter().zip(part.forces_n) {
                let sum = forces.entry(node).or_default();
                (0..3).for_each(|axis| sum[axis] += force[axis]);
            }
        }
        let (loaded, forces_n) = forces.into_iter().unzip();
        NodalLoad { loads: Loads { supports: self.planes.clone(), loaded }, forces_n }
    }

    /// What holds against a load: the planes, or regions of its own.
    fn supports(&self, named: &Named) -> Result<Vec<Support>, SolveError> {
        match named.act.holds() {
            [] => Ok(self.planes.clone()),
            _ => Ok(self
                .load(&named.name, &named.act)?
                .map_or_else(Vec::new, |load| load.loads.supports)),
        }
    }
}

/// Of actions at once, what is left of the largest force on a node, where they cancel.
const CANCELLED: f64 = 1e-12;

/// The largest component of a force on any node, N.
fn largest(load: &NodalLoad) -> f64 {
    load.forces_n.iter().flatten().map(|f| f.abs()).fold(0.0, f64::max)
}
