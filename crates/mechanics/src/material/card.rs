//! What an implant can be made of: a card a material, each figure with its source and how well it
//! is known.

use ossein_geom::Mpa;

use super::confidence::Confidence;
use super::titanium::{METALS, Metal};

/// One figure of a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The value to reckon with: the low end where strength is meant.
    pub value: f64,
    /// Lowest and highest that are published, where they differ.
    pub range: Option<[f64; 2]>,
    /// Where it comes from.
    pub source: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
}

/// What a material's strength means, and so which stress is held against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It yields: von Mises' stress.
    Yield,
    /// It breaks without yielding: the largest principal stress.
    Fracture,
}

/// A material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card {
    /// Short fixed name.
    pub id: &'static str,
    /// Name and process for people.
    pub title: &'static str,
    /// Specification for implants.
    pub specification: &'static str,
    /// Young's modulus, MPa.
    pub modulus_mpa: Figure,
    /// Poisson's ratio.
    pub poisson: Figure,
    /// Density, g/cm³.
    pub density_g_per_cm3: Figure,
    /// Proof or flexural strength, MPa.
    pub strength_mpa: Figure,
    /// How it fails.
    pub limit: Limit,
    /// Largest stress that 10 million cycles at R = 0.1 leave whole, MPa; none where nothing
    /// reliable is published.
    pub fatigue_mpa: Option<Figure>,
    /// How much shorter each length becomes in the furnace, percent of the printed length; none
    /// for what is not sintered. Every printer and powder has its own, along each axis.
    pub shrinkage_percent: Option<Figure>,
}

impl Card {
    /// Young's modulus.
    pub fn modulus(&self) -> Mpa {
        Mpa(self.modulus_mpa.value)
    }
}

const fn known(value: f64, source: &'static str) -> Figure {
    Figure { value, range: None, source, confidence: Confidence::High }
}

const fn published(value: f64, range: [f64; 2], source: &'static str) -> Figure {
    Figure { value, range: Some(range), source, confidence: Confidence::Medium }
}

const fn guess(value: f64, range: [f64; 2], source: &'static str) -> Figure {
    Figure { value, range: Some(range), source, confidence: Confidence::Low }
}

const SINTERED: Option<Figure> = Some(published(20.0, [15.0, 30.0], "facts D2.43"));

/// Cobalt-chromium-molybdenum by laser powder bed fusion.
pub const COCR_LPBF: Card = Card {
    id: "cocr_lpbf",
    title: "CoCrMo, laser powder bed fusion",
    specification: "ASTM F75, ISO 5832-4 (minima of the cast alloy)",
    modulus_mpa: published(220_000.0, [210_000.0, 240_000.0], "handbooks of dental alloys"),
    poisson: published(0.30, [0.29, 0.31], "handbooks of dental alloys"),
    density_g_per_cm3: known(8.4, "facts D7.15"),
    strength_mpa: known(450.0, "ASTM F75, ISO 5832-4: 0.2 % proof stress, minimum"),
    limit: Limit::Yield,
    fatigue_mpa: Some(guess(200.0, [200.0, 300.0], "cast ASTM F75 in reviews of hip stems")),
    shrinkage_percent: None,
};

/// PEEK of implant grade, machined from a moulded blank.
pub const PEEK_MACHINED: Card = Card {
    id: "peek_machined",
    title: "PEEK, machined",
    specification: "ASTM F2026",
    modulus_mpa: published(3800.0, [3600.0, 4000.0], "facts D2.24"),
    poisson: published(0.36, [0.36, 0.40], "data sheets of implant grades; facts D1.50"),
    density_g_per_cm3: known(1.30, "facts D7.15"),
    strength_mpa: published(90.0, [90.0, 100.0], "facts D2.24, ASTM F2026"),
    limit: Limit::Yield,
    fatigue_mpa: None,
    shrinkage_percent: None,
};

/// PEEK printed from filament or powder: weaker across its layers.
pub const PEEK_PRINTED: Card = Card {
    id: "peek_printed",
    title: "PEEK, printed",
    strength_mpa: guess(60.0, [60.0, 95.0], "facts D2.24: along the layers, less across"),
    ..PEEK_MACHINED
};

/// PMMA bone cement, moulded.
pub const PMMA: Card = Card {
    id: "pmma",
    title: "PMMA, moulded",
    specification: "ISO 5833",
    modulus_mpa: published(1800.0, [1800.0, 3000.0], "ISO 5833: bending modulus, minimum"),
    poisson: guess(0.36, [0.33, 0.40], "finite-element papers on cement mantles"),
    density_g_per_cm3: published(1.20, [1.18, 1.25], "data sheets of bone cements"),
    strength_mpa: known(50.0, "ISO 5833: bending strength, minimum"),
    limit: Limit::Fracture,
    fatigue_mpa: None,
    shrinkage_percent: None,
};

/// Yttria-stabilised tetragonal zirconia, sintered.
pub const ZIRCONIA: Card = Card {
    id: "zirconia",
    title: "3Y-TZP zirconia, printed and sintered",
    specification: "ISO 13356",
    modulus_mpa: published(205_000.0, [200_000.0, 210_000.0], "data sheets of dental zirconia"),
    poisson: published(0.30, [0.29, 0.32], "data sheets of dental zirconia"),
    density_g_per_cm3: known(6.0, "ISO 13356: minimum"),
    strength_mpa: known(500.0, "ISO 13356: biaxial flexure, minimum"),
    limit: Limit::Fracture,
    fatigue_mpa: None,
    shrinkage_percent: SINTERED,
};

/// Dense hydroxyapatite, sintered.
pub const HYDROXYAPATITE: Card = Card {
    id: "hydroxyapatite",
    title: "Hydroxyapatite, printed and sintered",
    specification: "ISO 13779-1",
    modulus_mpa: guess(95_000.0, [35_000.0, 120_000.0], "reviews of dense hydroxyapatite"),
    poisson: guess(0.27, [0.25, 0.28], "reviews of dense hydroxyapatite"),
    density_g_per_cm3: known(3.16, "facts D7.15"),
    strength_mpa: guess(38.0, [38.0, 250.0], "bending, reviews of dense hydroxyapatite"),
    limit: Limit::Fracture,
    fatigue_mpa: None,
    shrinkage_percent: SINTERED,
};

/// Dense beta-tricalcium phosphate, sintered below 1125 degrees (facts D2.43).
pub const BETA_TCP: Card = Card {
    id: "beta_tcp",
    title: "Beta-tricalcium phosphate, printed and sintered",
    specification: "ISO 13175-3",
    modulus_mpa: guess(60_000.0, [20_000.0, 110_000.0], "reviews of calcium phosphates"),
    poisson: guess(0.28, [0.25, 0.30], "reviews of calcium phosphates"),
    density_g_per_cm3: known(3.07, "crystal density of the beta phase"),
    strength_mpa: guess(30.0, [30.0, 150.0], "bending, reviews of calcium phosphates"),
    ..HYDROXYAPATITE
};

/// Polyethylene of ultra-high molecular weight: what articulates, and the blocks of test rigs.
pub const UHMWPE: Card = Card {
    id: "uhmwpe",
    title: "UHMWPE, machined",
    specification: "ISO 5834-2, type 1",
    modulus_mpa: published(800.0, [700.0, 1000.0], "data sheets of implant grades"),
    poisson: published(0.46, [0.40, 0.46], "finite-element papers on inlays"),
    density_g_per_cm3: known(0.94, "facts D7.15, ISO 5834-2"),
    strength_mpa: known(21.0, "ISO 5834-2: tensile stress at yield, minimum"),
    limit: Limit::Yield,
    fatigue_mpa: None,
    shrinkage_percent: None,
};

const OTHERS: [Card; 8] =
    [COCR_LPBF, PEEK_MACHINED, PEEK_PRINTED, PMMA, ZIRCONIA, HYDROXYAPATITE, BETA_TCP, UHMWPE];

/// Every card: titanium in each of its conditions first.
pub fn cards() -> Vec<Card> {
    METALS.iter().map(Card::from).chain(OTHERS).collect()
}

/// The card with this name.
pub fn card(id: &str) -> Option<Card> {
    cards().into_iter().find(|card| card.id == id)
}

impl From<&Metal> for Card {
    fn from(metal: &Metal) -> Self {
        let elastic = "facts D1.41";
        Self {
            id: metal.id,
            title: metal.title,
            specification: metal.specification,
            modulus_mpa: Figure {
                range: Some([110_000.0, 118_000.0]),
                ..known(metal.modulus.0, elastic)
            },
            poisson: Figure { range: Some([0.33, 0.34]), ..known(metal.poisson, elastic) },
            density_g_per_cm3: known(metal.density_g_per_cm3, elastic),
            strength_mpa: Figure {
                confidence: metal.strength_confidence,
                ..known(metal.proof_stress.0, "facts D1.42: 0.2 % proof stress, minimum")
            },
            limit: Limit::Yield,
            fatigue_mpa: Some(Figure {
                value: metal.fatigue.0,
                range: Some(metal.fatigue_range_mpa),
                source: "facts D1.45",
                confidence: metal.fatigue_confidence,
            }),
            shrinkage_percent: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_lies_in_its_range_and_names_its_source() {
        let cards = cards();
        for card in &cards {
            let figures = [
                Some(card.modulus_mpa),
                Some(card.poisson),
                Some(card.density_g_per_cm3),
                Some(card.strength_mpa),
                card.fatigue_mpa,
                card.shrinkage_percent,
            ];
            for figure in figures.into_iter().flatten() {
                assert!(!figure.source.is_empty(), "{}", card.id);
                let [low, high] = figure.range.unwrap_or([figure.value; 2]);
                assert!((low..=high).contains(&figure.value), "{}: {figure:?}", card.id);
            }
            assert!(card.poisson.value < 0.5 && card.modulus_mpa.value > card.strength_mpa.value);
        }
        let mut names: Vec<_> = cards.iter().map(|card| card.id).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
