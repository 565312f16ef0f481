//! The dossier and its pictures.

mod layers;

use std::collections::BTreeMap;

use ossein_dossier::{Dossier, Paper, pdf};
use ossein_geom::Job;
use ossein_picture::{HEADER_DOUBTED, Image, png, remark};
use serde_json::{Value, json};

use super::road;
use crate::recipe::Recipe;
use crate::step::{Outcome, StepContext, StepDef, StepError};

/// Pictures by name: `section/name.png`.
pub type Pictures = BTreeMap<String, Image>;

/// The step, after those that it reads.
pub const fn step(needs: &'static [&'static str]) -> StepDef {
    StepDef {
        id: "document",
        title: "dossier",
        version: 5,
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
    let mut images = (road.pictures)(context, job)?;
    layers::layers(&mut images, context)?;
    let is_doubted = context.findings_of("plan").iter().any(|f| f.code == "plan.header");
    let pictures = files(images, is_doubted);
    for (name, bytes) in &pictures {
        let prefixes = ["mechanics/", "endplates/", "judgement/", "ingrowth/"];
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

/// Pictures as PNG; if the header's directions are doubted, its letters have a remark beside them.
fn files(images: Pictures, is_doubted: bool) -> BTreeMap<String, Vec<u8>> {
    let file = |(name, mut image): (String, Image)| {
        if is_doubted && image.has_header_letters {
            remark(&mut image, &HEADER_DOUBTED);
        }
        (name, png(&image))
    };
    images.into_iter().map(file).collect()
}

/// Adds a picture.
pub fn put(pictures: &mut Pictures, name: &str, image: Image) {
    pictures.insert(name.into(), image);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubted_letters_have_a_remark_and_other_pictures_none() {
        let plain = Image::filled(300, 200, [0, 0, 0, 255]);
        let lettered = Image { has_header_letters: true, ..plain.clone() };
        let images = || {
            let named = [("plain", plain.clone()), ("lettered", lettered.clone())];
            named.map(|(name, image)| (name.to_owned(), image)).into_iter().collect()
        };
        let (agreed, doubted) = (files(images(), false), files(images(), true));
        assert_eq!(agreed["plain"], agreed["lettered"]);
        assert_eq!(agreed["plain"], doubted["plain"]);
        assert_ne!(agreed["lettered"], doubted["lettered"]);
    }
}
