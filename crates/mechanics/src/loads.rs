//! Load sets: one a file, and this list.

use serde::Serialize;

use crate::boundary::LoadCase;

mod astm_f2077;
mod astm_f2267;
mod balanced_clench;
mod clench;
mod column;
mod cranial_point;
mod iso_14801;
mod jaw_balance;
mod lumbar_combined;
mod mandible_bite;
mod mandible_group;
mod mandible_guideline;
mod mandible_muscles;
mod mandible_unilateral;
mod nodal;
mod peak;
mod pure_moments;
mod thoracic_moments;

pub use balanced_clench::{BalanceError, BalancedClench, Places};
pub use clench::{AXES as JAW_AXES, CLENCHED_TEETH, Clench, MUSCLE_COUNT, MUSCLE_NAMES, clench};
pub use column::{LOWER, UPPER};
pub(crate) use nodal::spread;
pub use nodal::{LoadError, NodalLoad, Regions, nodal_load};

/// A force and a moment on a named region.
///
/// They act as a traction that varies linearly over the region and has exactly these resultants
/// about the region's centroid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Name of the region.
    pub region: String,
    /// Force in N along x, y, z.
    pub force_n: [f64; 3],
    /// Moment in N mm about the region's centroid, by the right-hand rule.
    pub moment_nmm: [f64; 3],
}

/// A region that is held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hold {
    /// Name of the region.
    pub region: String,
    /// Which of the axes x, y, z are held.
    pub axes: [bool; 3],
}

/// One state of load: what acts at once, and what holds against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionCase {
    /// Name for reports.
    pub name: String,
    /// What acts.
    pub actions: Vec<Action>,
    /// What holds.
    pub holds: Vec<Hold>,
}

impl RegionCase {
    /// Sum of the forces in N.
    pub fn force_n(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.actions.iter().map(|action| action.force_n[axis]).sum())
    }

    /// The one region that is loaded, and the load on it; `None` where there are more.
    pub fn on_one_region(&self) -> Option<(&str, LoadCase)> {
        let [action] = self.actions.as_slice() else { return None };
        let Action { region, force_n, moment_nmm } = action;
        let (force_n, moment_nmm) = (*force_n, *moment_nmm);
        Some((region, LoadCase { name: self.name.clone(), force_n, moment_nmm }))
    }
}

/// A set of load cases.
#[derive(Clone, Copy, Debug)]
pub struct LoadSet {
    /// Short fixed name.
    pub id: &'static str,
    /// Title for menus.
    pub title: &'static str,
    /// Where the axes point.
    pub axes: &'static str,
    /// Where the magnitudes come from.
    pub source: &'static str,
    /// Its cases.
    pub cases: Cases,
}

/// Where the cases of a set come from.
#[derive(Clone, Copy, Debug)]
pub enum Cases {
    /// The same on every body.
    Fixed(fn() -> Vec<RegionCase>),
    /// Made for a body, by where its regions lie.
    Placed(PlacedCases),
}

/// Cases that are made for a body.
#[derive(Clone, Copy, Debug)]
pub struct PlacedCases {
    /// What is the same on every body, names and regions; forces are the greatest there may be.
    pub outline: fn() -> Vec<RegionCase>,
    /// The cases of a body.
    pub at: fn(&Places) -> Vec<Result<BalancedClench, BalanceError>>,
}

/// Every load set, in the order in which menus show them.
pub const LOAD_SETS: &[LoadSet] = &[
    thoracic_moments::LOAD_SET,
    lumbar_combined::LOAD_SET,
    pure_moments::LOAD_SET,
    peak::LOAD_SET,
    astm_f2077::LOAD_SET,
    astm_f2267::LOAD_SET,
    mandible_muscles::LOAD_SET,
    mandible_unilateral::LOAD_SET,
    mandible_group::LOAD_SET,
    mandible_bite::LOAD_SET,
    mandible_guideline::LOAD_SET,
    cranial_point::LOAD_SET,
    iso_14801::LOAD_SET,
];

/// The load set with this name.
pub fn load_set(id: &str) -> Option<&'static LoadSet> {
    LOAD_SETS.iter().find(|set| set.id == id)
}

impl LoadSet {
    /// Cases of a set that loads [`UPPER`] alone and holds [`LOWER`]; `None` for other sets.
    pub fn column_cases(&self) -> Option<Vec<LoadCase>> {
        let one = |case: &RegionCase| {
            let (region, load) = case.on_one_region()?;
            let held = |hold: &Hold| hold.region == LOWER && hold.axes == [true; 3];
            (region == UPPER && case.holds.iter().all(held)).then_some(load)
        };
        self.fixed()?.iter().map(one).collect()
    }

    /// Its cases, where they are the same on every body.
    pub fn fixed(&self) -> Option<Vec<RegionCase>> {
        match self.cases {
            Cases::Fixed(cases) => Some(cases()),
            Cases::Placed(_) => None,
        }
    }

    /// Names and regions of its cases; the cases themselves, where they are the same on every body.
    pub fn outline(&self) -> Vec<RegionCase> {
        match self.cases {
            Cases::Fixed(cases) => cases(),
            Cases::Placed(PlacedCases { outline, .. }) => outline(),
        }
    }

    /// Its cases on a body whose regions have their middles there.
    ///
    /// # Errors
    /// [`BalanceError`] of the first case that this body has not.
    pub fn cases_at(&self, places: &Places) -> Result<Vec<RegionCase>, BalanceError> {
        match self.cases {
            Cases::Fixed(cases) => Ok(cases()),
            Cases::Placed(PlacedCases { at, .. }) => {
                at(places).into_iter().map(|case| Ok(case?.case())).collect()
            }
        }
    }
}

/// Cases with all forces and moments multiplied by `factor`: a level's share of the load.
pub fn scaled(cases: &[LoadCase], factor: f64) -> Vec<LoadCase> {
    let scale = |case: &LoadCase| LoadCase {
        name: case.name.clone(),
        force_n: case.force_n.map(|f| factor * f),
        moment_nmm: case.moment_nmm.map(|m| factor * m),
    };
    cases.iter().map(scale).collect()
}
