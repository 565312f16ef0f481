//! Every kind of implant that we design.

pub mod anatomical_model;
pub mod cranioplasty;
pub mod facial_onlay;
pub mod mandible_segment_replacement;
pub mod root_analogue_implant;
pub mod vertebral_body_replacement;

use ossein_geom::Choice;
use ossein_mechanics::material::{Card, card};

/// A kind of implant: its name and what can be chosen.
pub struct Kind {
    /// Name in `case.toml`.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Keys of a recipe that are no choices and have a meaning for this kind: `section.key`.
    pub asks: &'static [&'static str],
    /// What can be chosen in its own tables.
    pub choices: &'static [Choice],
}

/// What fills a porous core: a cell whose stiffness is tabulated, or nothing but solid metal.
pub(crate) const CORES: &[&str] = &[
    "none",
    "gyroid",
    "gyroid-sheet",
    "diamond",
    "diamond-sheet",
    "primitive",
    "iwp",
    "bcc",
    "simple-cubic",
    "octet",
];

/// Cards of titanium that a printed part of one piece may have.
pub(crate) const TITANIUM: &[&str] = &[
    "ti64_eli_lpbf_as_built",
    "ti64_eli_lpbf_hip_machined",
    "ti64_eli_lpbf_relieved_machined",
    "ti64_eli_ebm_as_built",
    "ti64_eli_ebm_hip_machined",
];

/// The card of a material's word, and of the titanium where that is the word.
///
/// # Panics
/// For a word that no kind lists.
pub fn material(word: &str, titanium: &str) -> Card {
    let id = match word {
        "titanium" => titanium,
        "peek" => "peek_machined",
        other => other,
    };
    card(id).expect("every word of a list has a card")
}

/// Every kind that we design, in the order in which menus show them.
pub const KINDS: &[Kind] = &[
    vertebral_body_replacement::KIND,
    cranioplasty::KIND,
    mandible_segment_replacement::KIND,
    facial_onlay::KIND,
    root_analogue_implant::KIND,
    anatomical_model::KIND,
];

/// The kind of a name.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}
