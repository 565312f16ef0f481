//! `ossein materials`: the cards of what an implant can be made of.

use ossein_mechanics::material::{BONE_LAWS, Card, Figure, Limit, Metal, Surface, cards, metal};
use serde_json::{Value, json};

use crate::Exit;
use crate::commands::print_json;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// One card alone.
    #[arg(conflicts_with = "laws")]
    id: Option<String>,
    /// The laws from density to the modulus of bone, in place of the cards.
    #[arg(long)]
    laws: bool,
    /// Print the cards as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    if arguments.laws {
        laws(arguments.json);
        return Exit::Done;
    }
    let wanted = |card: &Card| arguments.id.as_ref().is_none_or(|id| card.id == id);
    let chosen: Vec<Card> = cards().into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        let names: Vec<_> = cards().iter().map(|card| card.id).collect();
        let id = arguments.id.as_deref().unwrap_or_default();
        eprintln!("error: there is no material `{id}`; there are {}", names.join(", "));
        return Exit::Failed;
    }
    if arguments.json {
        print_json(&chosen.iter().map(as_json).collect());
        return Exit::Done;
    }
    for card in &chosen {
        print(card);
    }
    Exit::Done
}

/// Name, unit and figure of everything that a card says.
fn figures(card: &Card) -> Vec<(&'static str, &'static str, Figure)> {
    let strength = match card.limit {
        Limit::Yield => "strength (yields)",
        Limit::Fracture => "strength (breaks)",
    };
    let all = [
        ("Young's modulus", "MPa", Some(card.modulus_mpa)),
        ("Poisson's ratio", "", Some(card.poisson)),
        ("density", "g/cm3", Some(card.density_g_per_cm3)),
        (strength, "MPa", Some(card.strength_mpa)),
        ("fatigue, 1e7, R 0.1", "MPa", card.fatigue_mpa),
        ("sintering shrinkage", "%", card.shrinkage_percent),
    ];
    all.into_iter().filter_map(|(name, unit, figure)| Some((name, unit, figure?))).collect()
}

fn print(card: &Card) {
    println!("{}: {} ({})", card.id, card.title, card.specification);
    for (name, unit, figure) in figures(card) {
        let range = figure.range.map_or(String::new(), |[low, high]| format!("{low} to {high}"));
        println!(
            "  {name:<20} {:>8} {unit:<6} {range:<18} {:<7} {}",
            figure.value,
            figure.confidence.word(),
            figure.source
        );
    }
    if let Some(metal) = metal(card.id) {
        print_condition(metal);
    }
}

/// Prints every law of bone.
fn laws(json: bool) {
    if json {
        let one = |law: &ossein_mechanics::material::BoneLaw| {
            json!({
                "id": law.id,
                "site": law.site,
                "density": law.kind.words(),
                "formula": law.formula,
                "fitted_g_per_cm3": law.fitted_g_per_cm3,
                "confidence": law.confidence.word(),
                "source": law.source,
            })
        };
        return print_json(&BONE_LAWS.iter().map(one).collect());
    }
    for law in BONE_LAWS {
        println!("{}: {}, from {}", law.id, law.site, law.kind.words());
        let fitted = law.fitted_g_per_cm3;
        let fitted = fitted.map_or(String::new(), |[a, b]| format!(", fitted to {a} to {b} g/cm3"));
        println!("  {}{fitted}", law.formula);
        println!("  {:<7} {}", law.confidence.word(), law.source);
    }
}

/// What the specification asks of a metal, and what tests usually find.
fn condition(metal: &Metal) -> Value {
    let surface = match metal.surface {
        Surface::AsBuilt => "as built",
        Surface::Machined => "machined",
        Surface::HipMachined => "hot isostatically pressed and machined",
        Surface::Wrought => "machined from bar",
    };
    let usual = metal.usual.map(|usual| {
        json!({
            "proof_mpa": usual.proof_mpa,
            "tensile_mpa": usual.tensile_mpa,
            "elongation_percent": usual.elongation_percent,
            "anisotropy": usual.anisotropy,
        })
    });
    json!({
        "tensile_strength_mpa": metal.tensile_strength.0,
        "elongation_percent": metal.elongation_percent,
        "area_reduction_percent": metal.area_reduction_percent,
        "oxygen_percent_max": metal.oxygen_percent_max,
        "surface": surface,
        "treatment": metal.treatment,
        "usual": usual,
    })
}

/// The same for people.
fn print_condition(metal: &Metal) {
    println!(
        "  specified: tensile strength {} MPa, elongation {} %, reduction of area {} %, oxygen up to \
         {} %",
        metal.tensile_strength.0,
        metal.elongation_percent,
        metal.area_reduction_percent,
        metal.oxygen_percent_max
    );
    println!("  treatment: {}", metal.treatment);
    let Some(usual) = metal.usual else { return };
    let range = |[low, high]: [f64; 2]| format!("{low} to {high}");
    println!(
        "  usual: proof stress {} MPa, tensile strength {} MPa, elongation {} %",
        range(usual.proof_mpa),
        range(usual.tensile_mpa),
        range(usual.elongation_percent)
    );
    if let Some(share) = usual.anisotropy {
        println!("  across the layers weaker by {} %", range(share.map(|part| 100.0 * part)));
    }
}

fn as_json(card: &Card) -> Value {
    let figure = |figure: Figure| {
        json!({
            "value": figure.value,
            "range": figure.range,
            "source": figure.source,
            "confidence": figure.confidence.word(),
        })
    };
    json!({
        "id": card.id,
        "title": card.title,
        "specification": card.specification,
        "fails_by": match card.limit {
            Limit::Yield => "yield",
            Limit::Fracture => "fracture",
        },
        "modulus_mpa": figure(card.modulus_mpa),
        "poisson": figure(card.poisson),
        "density_g_per_cm3": figure(card.density_g_per_cm3),
        "strength_mpa": figure(card.strength_mpa),
        "fatigue_mpa": card.fatigue_mpa.map(figure),
        "shrinkage_percent": card.shrinkage_percent.map(figure),
        "condition": metal(card.id).map(condition),
    })
}
