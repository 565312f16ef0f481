//! Named regions of a model, and the load sets that act on them.

use ossein_geom::Finding;
use ossein_mechanics::loads::{
    Action, BalancedClench, Cases, Hold, LOAD_SETS, LOWER, LoadSet, Places, RegionCase, Regions,
    UPPER, load_set,
};
use ossein_mechanics::{LoadCase, Moduli};

use super::loads::{Act, Named};
use super::setup::{Region, Setup};
use super::specimen::Specimen;
use crate::commands::AnyError;

/// How far the axes of an image may turn from those of a set: one minus the cosine.
const AXES_TOLERANCE: f64 = 1e-3;

/// The set that the model file names, and what all its forces are multiplied by.
///
/// # Errors
/// The name, with those that there are; a factor that is not usable; what a set leaves no room for.
pub fn chosen(setup: &Setup) -> Result<Option<(&'static LoadSet, f64)>, AnyError> {
    let Some(wanted) = &setup.load_set else { return Ok(None) };
    let set = load_set(&wanted.name).ok_or_else(|| {
        let known: Vec<&str> = LOAD_SETS.iter().map(|set| set.id).collect();
        format!("[load_set] name = \"{}\": there are {}", wanted.name, known.join(", "))
    })?;
    if !(wanted.factor.is_finite() && wanted.factor > 0.0) {
        return Err(format!("[load_set] factor = {}; above 0", wanted.factor).into());
    }
    if !setup.load.is_empty() || !setup.hold.is_empty() || setup.support.is_some() {
        let text = "[load_set] says what acts and what holds: leave out [[load]], [[hold]] and \
                    [support]";
        return Err(text.into());
    }
    Ok(Some((set, wanted.factor)))
}

/// What each case of a set does, by its outline where it is made for a body. A set for columns acts on the highest plane and holds the lowest
/// one, unless the model file has regions of those names.
pub fn acts(set: &LoadSet, factor: f64, regions: &[Region]) -> Vec<Named> {
    let own = |name: &str| regions.iter().any(|region| region.name == name);
    let cases = set.outline().into_iter().map(|case| scaled(case, factor));
    let one = |case: RegionCase| {
        let name = case.name.clone();
        let planes = set.column_cases().is_some() && !own(UPPER) && !own(LOWER);
        let act = match case.on_one_region() {
            Some((_, load)) if planes => Act::Force(load),
            _ => Act::Regions(case),
        };
        Named { name, act }
    };
    cases.map(one).collect()
}

/// What the cases of a set come to that is made for a body, and how they were estimated: by the
/// middles of the regions of this model. `acts` and nothing, where that is no such set.
///
/// # Errors
/// A body that the set cannot be made for.
pub fn placed<M: Moduli>(
    acts: Vec<Named>,
    setup: &Setup,
    specimen: &Specimen<M>,
) -> Result<(Vec<Named>, Vec<BalancedClench>), AnyError> {
    let Some((LoadSet { cases: Cases::Placed(cases), .. }, factor)) = chosen(setup)? else {
        return Ok((acts, Vec::new()));
    };
    let regions = nodes(setup, specimen);
    let places: Places = regions
        .iter()
        .filter_map(|(name, nodes)| Some((name.clone(), middle(specimen, nodes)?)))
        .collect();
    let made: Result<Vec<BalancedClench>, _> = (cases.at)(&places).into_iter().collect();
    let made = made?;
    let act = |own: &BalancedClench| {
        let case = scaled(own.case(), factor);
        Named { name: case.name.clone(), act: Act::Regions(case) }
    };
    Ok((made.iter().map(act).collect(), made))
}

/// The mean of some nodes by the material around each, mm from the image's corner.
fn middle<M: Moduli>(specimen: &Specimen<M>, nodes: &[u32]) -> Option<[f64; 3]> {
    let model = &specimen.model;
    let (mut sum, mut total) = ([0.0; 3], 0.0);
    for &node in nodes {
        let node = model.node(node as usize);
        let share = model.solid_around(node) as f64;
        (0..3).for_each(|a| sum[a] += share * node[a] as f64 * model.voxel_mm);
        total += share;
    }
    (total > 0.0).then(|| sum.map(|s| s / total))
}

fn scaled(mut case: RegionCase, factor: f64) -> RegionCase {
    for Action { force_n, moment_nmm, .. } in &mut case.actions {
        *force_n = force_n.map(|f| factor * f);
        *moment_nmm = moment_nmm.map(|m| factor * m);
    }
    case
}

/// A load of one's own on a region; the planes of `[support]` hold it.
pub fn own(load: LoadCase, region: &str) -> RegionCase {
    let LoadCase { name, force_n, moment_nmm } = load;
    let action = Action { region: region.into(), force_n, moment_nmm };
    RegionCase { name, actions: vec![action], holds: Vec::<Hold>::new() }
}

/// Checks the regions before any work.
///
/// # Errors
/// A name that is there twice, a box that is none, a material that is not there, a region that
/// nothing says the place of.
pub fn check<M: Moduli>(setup: &Setup, specimen: &Specimen<M>) -> Result<(), AnyError> {
    for (n, region) in setup.region.iter().enumerate() {
        let told = |e: String| Err(format!("[[region]] \"{}\": {e}", region.name).into());
        if setup.region[..n].iter().any(|other| other.name == region.name) {
            return told("it is there twice".into());
        }
        if region.within_mm.is_none() && region.material.is_none() {
            return told("say where it is: within_mm, material or both".into());
        }
        if let Some([low, high]) = region.within_mm
            && !(0..3).all(|a| low[a] <= high[a])
        {
            return told(format!("{low:?} is not below {high:?}"));
        }
        if let Some(material) = &region.material
            && !specimen.names.contains(material)
        {
            return told(format!(
                "no material `{material}`; there are {}",
                specimen.names.join(", ")
            ));
        }
    }
    Ok(())
}

/// Checks that a region is there and holds nodes; `user` says what names it.
///
/// # Errors
/// The user with the region, and those that there are.
pub fn check_named(regions: &Regions, user: &str, name: &str) -> Result<(), AnyError> {
    let told = |e: &str| Err(format!("{user}: [[region]] `{name}` {e}").into());
    match regions.get(name) {
        None => {
            let known: Vec<&str> = regions.keys().map(String::as_str).collect();
            told(&format!("is not there; there are {}", known.join(", ")))
        }
        Some(nodes) if nodes.is_empty() => {
            told("has no nodes there: no surface or material lies in it")
        }
        Some(_) => Ok(()),
    }
}

/// The nodes of every region: on the surface within its box, or all of a material's, or both.
pub fn nodes<M: Moduli>(setup: &Setup, specimen: &Specimen<M>) -> Regions {
    let model = &specimen.model;
    let mut regions = Regions::new();
    regions.insert(UPPER.into(), model.top_nodes());
    regions.insert(LOWER.into(), model.bottom_nodes());
    for region in &setup.region {
        let number =
            region.material.as_ref().and_then(|m| specimen.names.iter().position(|n| n == m));
        let within = |node: [usize; 3]| {
            region.within_mm.is_none_or(|[low, high]| {
                let at = node.map(|n| n as f64 * model.voxel_mm);
                (0..3).all(|a| (low[a]..=high[a]).contains(&at[a]))
            })
        };
        let of_material = |node: [usize; 3]| match number {
            Some(number) => {
                model.elements_around(node).any(|e| usize::from(specimen.regions[e]) == number + 1)
            }
            None => model.solid_around(node) < 8,
        };
        let chosen = model.nodes_where(|node| within(node) && of_material(node));
        regions.insert(region.name.clone(), chosen);
    }
    regions
}

/// A set whose axes are the patient's acts along those of the image: do they point the same way?
pub fn turned<M>(set: &LoadSet, specimen: &Specimen<M>) -> Option<Finding> {
    let axes = specimen.grid.axes.map(|axis| axis.array());
    let straight = (0..3).all(|a| axes[a][a] > 1.0 - AXES_TOLERANCE);
    let text = format!(
        "the image's axes point along {axes:?} of the patient (left, back, head), and the set's \
         forces act along the image's axes; its own: {}",
        set.axes
    );
    (!straight).then(|| Finding::warning("solve.axes", set.id, text))
}
