//! Load sets of the lower jaw, put on this jaw.
//!
//! Sets name regions and speak of the jaw's own axes. A place that the resection takes out is met on
//! the segment where teeth stood, and left out where a muscle or a support was.

use ossein_design::kinds::mandible_segment_replacement::Plan;
use ossein_geom::{Implant, Lps, Point, Vector, float};
use ossein_mechanics::loads::{
    BalanceError, BalancedClench, CLENCHED_TEETH, Cases, LoadSet, PlacedCases, Places, RegionCase,
    Regions, load_set,
};

use super::construct::Construct;
use crate::recipe::{JAW_SETS, JawLoad};

/// Built-in load cases of every day: they repeat.
const ROUTINE: &str = "chewing";
/// Radius of the spot on the segment that stands for a lost tooth, mm.
const SPOT_MM: f64 = 5.0;
/// How far from a region's ball its nodes may lie, in voxels.
const VOXELS_OFF: f64 = 1.0;

/// A case on this jaw, and what of it the resection took away.
pub struct JawCase {
    /// The case, along the implant's axes.
    pub case: RegionCase,
    /// Whether it repeats every day.
    pub routine: bool,
    /// What the recipe says of it, if it is one of its own.
    pub own: Option<JawLoad>,
    /// How it was estimated, if it was.
    pub estimate: Option<BalancedClench>,
    /// Why it could not be estimated, if so.
    pub unestimated: Option<BalanceError>,
    /// Regions that act or hold no more.
    pub lost: Vec<String>,
    /// Teeth that stand on the segment.
    pub on_segment: Vec<String>,
}

/// The sets that are looked at.
pub fn sets() -> impl Iterator<Item = &'static LoadSet> {
    JAW_SETS.into_iter().map(|id| load_set(id).expect("a listed set"))
}

/// Whether the cuts take a region out.
fn is_out(plan: &Plan, region: &str) -> bool {
    plan.jaw.region(region).is_none_or(|region| plan.outside_mm(region.center) < 0.0)
}

/// Every case, on this jaw: those of the sets, then those of the recipe.
pub fn cases(plan: &Plan, own: &[JawLoad]) -> Vec<JawCase> {
    let of_sets = sets().flat_map(|set| of_set(plan, set));
    let of_recipe = own.iter().map(|load| {
        let case = on_jaw(plan, load.case.clone());
        JawCase { routine: load.routine, own: Some(load.clone()), ..case }
    });
    of_sets.chain(of_recipe).collect()
}

fn of_set(plan: &Plan, set: &LoadSet) -> Vec<JawCase> {
    match set.cases {
        Cases::Fixed(cases) => cases().into_iter().map(|case| on_jaw(plan, case)).collect(),
        Cases::Placed(PlacedCases { outline, at }) => {
            let both = outline().into_iter().zip(at(&places(plan)));
            both.map(|(outline, own)| estimated(plan, outline, own)).collect()
        }
    }
}

/// Where the regions of this jaw lie, along its own axes; muscles on bone that is taken out are
/// not among them.
fn places(plan: &Plan) -> Places {
    let jaw = &plan.jaw;
    let stays = |name: &str| CLENCHED_TEETH.contains(&name) || !is_out(plan, name);
    let place = |center: Point<Lps>| {
        let from = center - Point::ORIGIN;
        [jaw.left, jaw.posterior, jaw.up].map(|axis| from.dot(axis))
    };
    let regions = jaw.regions.iter().filter(|region| stays(&region.name));
    regions.map(|region| (region.name.clone(), place(region.center))).collect()
}

/// A case as it was estimated; what is lost of it is told by its outline, in which all muscles pull.
fn estimated(
    plan: &Plan,
    outline: RegionCase,
    own: Result<BalancedClench, BalanceError>,
) -> JawCase {
    let whole = on_jaw(plan, outline);
    match own {
        Ok(own) => JawCase { case: on_jaw(plan, own.case()).case, estimate: Some(own), ..whole },
        Err(error) => JawCase { unestimated: Some(error), ..whole },
    }
}

fn on_jaw(plan: &Plan, mut case: RegionCase) -> JawCase {
    let jaw = &plan.jaw;
    let turned = |[x, y, z]: [f64; 3]| {
        let v: Vector<Lps> = jaw.left * x + jaw.posterior * y + jaw.up * z;
        plan.placement.turn(v).array()
    };
    let mut lost: Vec<String> = Vec::new();
    let mut on_segment: Vec<String> = Vec::new();
    let mut stays = |region: &String| {
        let out = is_out(plan, region);
        let tooth = CLENCHED_TEETH.contains(&region.as_str());
        if out && tooth {
            on_segment.push(region.clone());
        } else if out {
            lost.push(region.clone());
        }
        !out || tooth
    };
    case.actions.retain(|action| stays(&action.region));
    case.holds.retain(|hold| stays(&hold.region));
    for action in &mut case.actions {
        action.force_n = turned(action.force_n);
        action.moment_nmm = turned(action.moment_nmm);
    }
    let routine = case.name.starts_with(ROUTINE);
    let (own, estimate, unestimated) = (None, None, None);
    JawCase { case, routine, own, estimate, unestimated, lost, on_segment }
}

impl JawCase {
    /// Why nothing can be said of it on this jaw, if so.
    pub fn empty(&self) -> Option<String> {
        if let Some(error) = &self.unestimated {
            Some(error.to_string())
        } else if self.case.actions.is_empty() {
            Some("all that acts is attached to bone that is taken out".into())
        } else if !self.case.holds.iter().any(|hold| hold.axes == [true; 3]) {
            Some("all that holds in every direction stands on bone that is taken out".into())
        } else {
            None
        }
    }
}

/// The nodes of every region that a model of this jaw has.
pub fn regions(plan: &Plan, construct: &Construct) -> Regions {
    let one = |region: &ossein_anatomy::jaw::JawRegion| {
        let center = plan.placement.apply(region.center);
        let nodes = if plan.outside_mm(region.center) < 0.0 {
            on_segment(construct, center)
        } else {
            let reach = region.radius_mm + VOXELS_OFF * construct.model.voxel_mm;
            construct.surface_nodes(|p| p.distance(center) <= reach, |s| !s.is_implant())
        };
        (region.name.clone(), nodes)
    };
    plan.jaw.regions.iter().map(one).collect()
}

/// Nodes on top of the segment under a place.
fn on_segment(construct: &Construct, place: Point<Implant>) -> Vec<u32> {
    let beside = |p: Point<Implant>| float::hypot(p.x - place.x, p.y - place.y);
    let highest = |reach: f64| {
        let all = construct.surface_nodes(|p| beside(p) <= reach, |s| s.is_implant());
        let z = |n: &u32| construct.node(construct.model.node(*n as usize)).z;
        let top = all.iter().map(z).fold(f64::NEG_INFINITY, f64::max);
        let near_top = |n: &u32| z(n) > top - SPOT_MM;
        all.into_iter().filter(near_top).collect::<Vec<u32>>()
    };
    // A lost tooth may have stood beside the middle of what replaces its bone.
    let reaches = [1.0, 2.0, 3.0].map(|n| n * SPOT_MM);
    reaches.into_iter().map(highest).find(|nodes| !nodes.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ossein_mechanics::loads::{Action, Hold};

    use super::*;

    #[test]
    fn a_case_needs_what_acts_and_what_holds_in_every_direction() {
        let acts = Action { region: "a".into(), force_n: [1.0, 0.0, 0.0], moment_nmm: [0.0; 3] };
        let hold = |axes| Hold { region: "b".into(), axes };
        let empty = |actions: &[Action], holds: &[Hold]| {
            let case =
                RegionCase { name: "own".into(), actions: actions.into(), holds: holds.into() };
            let (lost, on_segment) = (Vec::new(), Vec::new());
            let (own, estimate, unestimated) = (None, None, None);
            let routine = false;
            JawCase { case, routine, own, estimate, unestimated, lost, on_segment }.empty()
        };
        let (fixed, slides) = (hold([true; 3]), hold([false, false, true]));
        assert_eq!(empty(std::slice::from_ref(&acts), &[slides.clone(), fixed.clone()]), None);
        assert!(empty(&[], &[fixed]).is_some_and(|why| why.contains("acts")));
        assert!(empty(&[acts], &[slides]).is_some_and(|why| why.contains("holds")));
    }
}
