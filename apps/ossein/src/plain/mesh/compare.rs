//! `ossein mesh compare`.

use std::path::PathBuf;

use ossein_geom::{Lps, Mm};
use ossein_mesh::compare::{CompareOptions, Distances, compare};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::{not_negative, positive};
use crate::plain::part;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The first surface.
    first: PathBuf,
    /// The second surface.
    second: PathBuf,
    /// Samples on a triangle are no farther apart than this.
    #[arg(long, value_name = "MM", default_value_t = 0.2, value_parser = positive)]
    spacing: f64,
    /// The check fails where the greatest distance is larger.
    #[arg(long, value_name = "MM", value_parser = not_negative)]
    limit: Option<f64>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(measure(arguments))
}

fn measure(arguments: &Arguments) -> Result<Exit, AnyError> {
    let (first, second) = (part::read(&arguments.first)?, part::read(&arguments.second)?);
    let job = progress::job().labelled("distances");
    let options = CompareOptions { spacing: Mm(arguments.spacing) };
    let found = compare(&first, &second, &options, &job)?;
    progress::clear();
    let hausdorff = found.hausdorff_mm();
    if arguments.json {
        print_json(&json!({
            "hausdorff_mm": hausdorff,
            "first_to_second": figures(&found.there),
            "second_to_first": figures(&found.back),
        }));
    } else {
        println!("{:<18} {:>10} {:>10} {:>10} {:>10}", "mm", "mean", "rms", "p95", "max");
        for (name, d) in [("first to second", &found.there), ("second to first", &found.back)] {
            let (mean, rms, p95, max) = (d.mean_mm, d.rms_mm, d.p95_mm, d.max_mm);
            println!("{name:<18} {mean:>10.5} {rms:>10.5} {p95:>10.5} {max:>10.5}");
        }
        let p = found.there.max_place;
        println!("farthest at ({:.2}, {:.2}, {:.2})", p.x, p.y, p.z);
    }
    let failed = arguments.limit.is_some_and(|limit| hausdorff > limit);
    Ok(if failed { Exit::CheckFailed } else { Exit::Done })
}

fn figures(d: &Distances<Lps>) -> Value {
    json!({
        "mean_mm": d.mean_mm,
        "rms_mm": d.rms_mm,
        "p50_mm": d.p50_mm,
        "p95_mm": d.p95_mm,
        "p99_mm": d.p99_mm,
        "max_mm": d.max_mm,
        "max_place_mm": d.max_place.array(),
        "sample_count": d.sample_count,
    })
}
