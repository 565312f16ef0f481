//! Every kind of implant that we design.

pub mod anatomical_model;
pub mod cranioplasty;
pub mod dental_drill_guide;
pub mod facial_onlay;
pub mod mandible_segment_replacement;
pub mod orbital_floor;
pub mod root_analogue_implant;
pub mod vertebral_body_replacement;

use ossein_field::lattice::{CellFigures, LatticeError, by_name, target};
use ossein_geom::{Choice, Choices, Mm};
use ossein_mechanics::material::{Card, card};

use crate::screws::PLAY_MM;

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

/// Choices that are allowed one by one and not together: the key, and what is wrong.
pub fn at_odds(choices: &Choices) -> Vec<(&'static str, String)> {
    let number = |key: &str| choices.0.contains_key(key).then(|| choices.number(key));
    let mut found = Vec::new();
    for key in ["implant.screw_head_mm", "implant.screw_head_diameter_mm"] {
        let both = number("implant.screw_diameter_mm").zip(number(key));
        if let Some((thread, head)) = both.filter(|(thread, head)| head <= &(thread + PLAY_MM)) {
            let problem = format!(
                "a head of {head} mm falls through the hole of a thread of {thread} mm, which is \
                 {PLAY_MM} mm wider: take a wider head or a thinner screw_diameter_mm"
            );
            found.push((key, problem));
        }
    }
    let chosen = choices.0.contains_key("implant.thickness_from")
        && choices.word("implant.thickness_from") == "chosen";
    let both = number("implant.thickness_mm").zip(number("implant.thickness_max_mm"));
    if let Some((own, most)) = both.filter(|(own, most)| chosen && own > most) {
        let problem = format!("{own} mm is more than thickness_max_mm = {most}: raise that, too");
        found.push(("implant.thickness_mm", problem));
    }
    found
}

/// Whether the sizes beside the planned one get layers, too.
pub(crate) const SIZE_LAYERS: Choice = Choice::flag(
    "print",
    "size_layers",
    false,
    "Write layers of the other sizes too, in build/sizes/; each takes as long as the planned one's.",
);

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

/// Figures of the porous core that was chosen; none for solid metal.
///
/// # Errors
/// A cell that there is not, or that cannot be made.
pub(crate) fn core_figures(choices: &Choices) -> Result<Option<CellFigures>, LatticeError> {
    let cell = choices.word("lattice.cell");
    if cell == "none" {
        return Ok(None);
    }
    let period = Mm(choices.number("lattice.period_mm"));
    let fraction = choices.number("lattice.solid_fraction");
    Ok(Some(target::at(by_name(cell)?, period, fraction)?.figures))
}

/// How much a ceramic shrinks in the furnace along the axes of the build plate.
pub(crate) const SHRINKAGE: [Choice; 3] = [
    Choice::number(
        "print",
        "shrinkage_x_percent",
        "%",
        [0.0, 0.0, 40.0],
        "How much a ceramic shrinks in the furnace along x, across the build plate, as share of the printed length: the green part is larger by it (facts D2.43).",
    ),
    Choice::number(
        "print",
        "shrinkage_y_percent",
        "%",
        [0.0, 0.0, 40.0],
        "How much a ceramic shrinks in the furnace along y, across the build plate, at right angles, as share of the printed length: the green part is larger by it (facts D2.43).",
    ),
    Choice::number(
        "print",
        "shrinkage_z_percent",
        "%",
        [0.0, 0.0, 40.0],
        "How much a ceramic shrinks in the furnace along z, upwards, as share of the printed length: the green part is larger by it (facts D2.43).",
    ),
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
    orbital_floor::KIND,
    root_analogue_implant::KIND,
    dental_drill_guide::KIND,
    anatomical_model::KIND,
];

/// The kind of a name.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}

#[cfg(test)]
mod odds {
    use ossein_geom::Value;

    use super::*;

    /// No kind's defaults are at odds; a head as wide as its thread and a plate above the most are.
    #[test]
    fn choices_at_odds_are_named() {
        for kind in KINDS {
            assert_eq!(at_odds(&Choices::defaults(kind.choices)), [], "{}", kind.id);
        }
        let mut choices = Choices::defaults(cranioplasty::KIND.choices);
        choices.choose("implant.screw_head_mm", Value::Number(2.0));
        choices.choose("implant.screw_diameter_mm", Value::Number(2.0));
        choices.choose("implant.thickness_mm", Value::Number(8.0));
        let keys =
            |choices: &Choices| at_odds(choices).into_iter().map(|odd| odd.0).collect::<Vec<_>>();
        assert_eq!(keys(&choices), ["implant.screw_head_mm"]);
        choices.choose("implant.thickness_from", Value::Word("chosen".into()));
        assert_eq!(keys(&choices), ["implant.screw_head_mm", "implant.thickness_mm"]);
    }
}
