//! `ossein preview`: a look at the implant while choices are tried.

use std::path::PathBuf;

use ossein_case::preview::preview;
use ossein_case::steps::road;
use ossein_case::{RunOptions, StepError};
use serde_json::json;

use crate::commands::{AnyError, decoder, ended, print_json, read_recipe};
use crate::plain::{file, part};
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The case folder; its plan must stand (`ossein run CASE --until plan`).
    case: PathBuf,
    /// Distance between samples.
    #[arg(long, value_name = "MM", default_value_t = 0.3)]
    step: f64,
    /// A mesh file to write, in the patient's frame.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// A picture of it, PNG.
    #[arg(long, value_parser = file::png)]
    picture: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    if let Some(out) = &arguments.out {
        part::check_name(out)?;
    }
    let recipe = read_recipe(&arguments.case)?;
    let job = progress::job();
    let decoder = decoder()?;
    let options = RunOptions {
        until: Some(road(&recipe).before_design()),
        dry_run: true,
        decoder: &decoder,
        listener: &|_| {},
    };
    let steps = road(&recipe).steps;
    let stands = ossein_case::run(&arguments.case, &recipe, steps, &options, &job)?;
    let mut before = steps.iter().take_while(|step| step.id != "design");
    if let Some(step) = before.find(|step| stands.out_of_date.contains(&step.id)) {
        let (id, case, last) = (step.id, arguments.case.display(), road(&recipe).before_design());
        let text =
            format!("{case}: `{id}` is out of date: `ossein run {case} --until {last}` first");
        return Err(text.into());
    }
    let made =
        preview(&arguments.case, &recipe, arguments.step, &job).map_err(StepError::into_inner)?;
    progress::clear();
    if let Some(out) = &arguments.out {
        part::write(out, &made.mesh)?;
    }
    if let Some(picture) = &arguments.picture {
        part::draw(picture, &made.mesh, Vec::new(), None, &job)?;
    }
    if arguments.json {
        print_json(&json!({
            "step_mm": arguments.step,
            "height_mm": made.height_mm,
            "volume_mm3": made.volume_mm3,
            "mass_g": made.mass_g,
            "triangle_count": made.mesh.triangles.len(),
        }));
    } else {
        let height = made.height_mm.map(|mm| format!("height {mm:.2} mm, ")).unwrap_or_default();
        println!(
            "{height}{:.0} mm3, {:.1} g, {} triangles at {} mm",
            made.volume_mm3,
            made.mass_g,
            made.mesh.triangles.len(),
            arguments.step
        );
    }
    Ok(Exit::Done)
}
