//! Load sets: one a file, and this list.

use crate::boundary::LoadCase;

mod lumbar_combined;
mod peak;
mod pure_moments;
mod thoracic_moments;

/// A set of load cases on the upper end of a vertical construct.
///
/// The grid's axes are those of the implant frame: x to the patient's left, y to the back, z to
/// the head.
#[derive(Clone, Copy, Debug)]
pub struct LoadSet {
    /// Short fixed name.
    pub id: &'static str,
    /// Title for menus.
    pub title: &'static str,
    /// Where the magnitudes come from.
    pub source: &'static str,
    /// Its cases.
    pub cases: fn() -> Vec<LoadCase>,
}

/// Every load set, in the order in which menus show them.
pub const LOAD_SETS: &[LoadSet] = &[
    thoracic_moments::LOAD_SET,
    lumbar_combined::LOAD_SET,
    pure_moments::LOAD_SET,
    peak::LOAD_SET,
];

/// The load set with this name.
pub fn load_set(id: &str) -> Option<&'static LoadSet> {
    LOAD_SETS.iter().find(|set| set.id == id)
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
