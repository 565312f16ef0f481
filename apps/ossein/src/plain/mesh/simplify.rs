//! `ossein mesh simplify`.

use std::path::PathBuf;

use ossein_geom::Mm;
use ossein_mesh::{SimplifyOptions, simplify};
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::plain::number::positive;
use crate::plain::part;
use crate::{Exit, progress};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The surface.
    part: PathBuf,
    /// No point of either surface is farther from the other.
    #[arg(long, value_name = "MM", default_value_t = 0.01, value_parser = positive)]
    error: f64,
    /// Stop at this many triangles even where the error would allow fewer.
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    triangles: usize,
    /// The file to write.
    #[arg(long, short)]
    out: PathBuf,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(make(arguments))
}

fn make(arguments: &Arguments) -> Result<Exit, AnyError> {
    part::check_name(&arguments.out)?;
    let mesh = part::read(&arguments.part)?;
    let job = progress::job().labelled("triangles");
    let options =
        SimplifyOptions { max_error: Mm(arguments.error), triangle_count_min: arguments.triangles };
    let made = simplify(&mesh, &options, &job)
        .map_err(|e| format!("{}: {e}", arguments.part.display()))?;
    part::write(&arguments.out, &made.mesh)?;
    progress::clear();
    let (before, after) = (mesh.triangles.len(), made.mesh.triangles.len());
    if arguments.json {
        print_json(&json!({
            "triangle_count_before": before,
            "triangle_count": after,
            "max_error_mm": arguments.error,
            "round_count": made.round_count,
            "kept_place_count": made.kept_place_count,
        }));
    } else {
        println!("{before} triangles become {after}, within {} mm", arguments.error);
        if after == before {
            println!("none could go: at every attempt a check failed somewhere");
        }
    }
    Ok(Exit::Done)
}
