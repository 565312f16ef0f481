//! `ossein materials`: the cards of what an implant can be made of.

use ossein_mechanics::material::{Card, Figure, Limit, cards};
use serde_json::{Value, json};

use crate::Exit;
use crate::commands::print_json;

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// One card alone.
    id: Option<String>,
    /// Print the cards as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
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
    })
}
