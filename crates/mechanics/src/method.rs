//! How each figure of judgement comes about: formula, source, and what it cannot say.

use crate::{ingrowth, micromotion, safety, shielding, subsidence, virtual_test};

/// A method as reports and the book print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Short fixed name.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// The formula.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it leaves out.
    pub limits: &'static str,
}

/// Every method, in the order of the report.
pub const METHODS: &[Method] = &[
    safety::STATIC,
    safety::FATIGUE,
    safety::LATTICE_STATIC,
    safety::LATTICE_FATIGUE,
    subsidence::PRESSURE,
    subsidence::INDEX,
    micromotion::METHOD,
    shielding::RESORPTION,
    shielding::STRESS,
    shielding::WINDOWS,
    ingrowth::METHOD,
    virtual_test::F2077,
    virtual_test::F2267,
];

/// The method with this name.
pub fn method(id: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.id == id)
}
