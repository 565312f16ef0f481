//! The dossier and its pictures.

mod layers;

use std::collections::BTreeMap;

use ossein_dossier::{Dossier, Paper, pdf};
use ossein_geom::Job;
use ossein_picture::{Image, png};
use serde_json::{Value, json};

use super::road;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Pictures by name: `section/name.png`.
pub type Pictures = BTreeMap<String, Vec<u8>>;

/// The step, after those that it reads.
pub const fn step(needs: &'static [&'static str]) -> StepDef {
    StepDef {
        id: "document",
        title: "dossier",
        version: 3,
        needs,
        params,
        inputs: StepDef::NO_INPUTS,
        run,
    }
}

/// The date of a dossier whose recipe names none: no day that anyone could take for one.
const UNDATED: (i32, u8, u8) = (1, 1, 1);

fn params(recipe: &Recipe) -> Value {
    // The dossier prints the whole recipe.
    json!({ "recipe": recipe.hash() })
}

fn run(context: &mut StepContext<'_>, job: &Job) -> Result<Outcome, StepError> {
    let road = road(context.recipe());
    let mut pictures = (road.pictures)(context, job)?;
    layers::layers(&mut pictures, context)?;
    for (name, bytes) in &pictures {
        let prefixes = ["mechanics/", "judgement/", "ingrowth/"];
        let path = match prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
            Some(rest) => format!("evidence/{rest}"),
            None => format!("pictures/{name}"),
        };
        context.write_bytes(&path, bytes)?;
    }
    if let Some(bytes) = pictures.get("implant/oblique.png") {
        context.write_bytes("implant/preview.png", bytes)?;
    }
    let paper = match context.choices().word("dossier.paper") {
        "letter" => Paper::Letter,
        _ => Paper::A4,
    };
    let date = context.recipe().dossier.day().unwrap_or(UNDATED);
    let mut report = context.report_so_far();
    report["captions"] = (road.captions)();
    let dossier = Dossier { report: &report, pictures: &pictures, pages: road.pages, date, paper };
    let bytes = pdf(&dossier, job)?;
    context.write_bytes("dossier.pdf", &bytes)?;
    Ok(Outcome { findings: Vec::new(), summary: json!({}) })
}

/// Adds a picture as PNG.
pub fn put(pictures: &mut Pictures, name: &str, image: &Image) {
    pictures.insert(name.into(), png(image));
}
