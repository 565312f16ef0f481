//! `ossein solve model.toml`: voxel finite elements on an image.

mod model;
mod outcome;
mod second;
mod setup;

use std::path::{Path, PathBuf};

use ossein_geom::Finding;
use ossein_mechanics::{
    Islands, LoadCase, Loads, Model, Motion, Solution, SolveOptions, Support, solve_cases,
    solve_motion,
};
use serde_json::json;

use crate::commands::{AnyError, ended, print_json};
use crate::{Exit, progress};
use setup::{Hold, Load, Setup, Solver};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The model: image, materials, supports and loads.
    model: PathBuf,
    /// Folder for the fields, one `.vti` per load; none without it.
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    ended(solve(arguments))
}

fn solve(arguments: &Arguments) -> Result<Exit, AnyError> {
    let path = &arguments.model;
    let bytes = super::file::read(path)?;
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let text = std::str::from_utf8(&bytes).map_err(|e| told(&e))?;
    let setup: Setup = toml::from_str(text).map_err(|e| told(&e))?;
    if setup.load.is_empty() {
        return Err(told(&"no [[load]] says what acts on the model"));
    }
    // Names become names of files.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if let Some(load) = setup.load.iter().find(|l| l.name.is_empty() || !l.name.chars().all(plain))
    {
        return Err(told(&format!("load name {:?}: letters, digits, -, _ and . only", load.name)));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let (image, mut findings) = model::build(&setup, folder)?;
    let options = options(&setup.solver);
    let job = progress::job();
    let mut cases = Vec::new();
    for load in &setup.load {
        let solution = one(&image, &setup, load, &options, &job).map_err(|e| told(&e))?;
        findings.extend(solution.findings.iter().cloned());
        if let Some(out) = &arguments.out {
            outcome::write_fields(out, &image, &solution)?;
        }
        let solve = |model: &Model| one(model, &setup, load, &options, &job);
        let second = match setup.solver.second_resolution {
            true => second::second(&image, &solution, solve).map_err(|e| told(&e))?,
            false => None,
        };
        findings.extend(second.as_ref().and_then(|s| s.finding(&load.name)));
        cases.push(outcome::figures(&image, &solution, second.as_ref()));
    }
    progress::clear();
    findings.dedup();
    findings.iter().for_each(progress::finding);
    if arguments.json {
        print_json(&json!({
            "model": outcome::describe(&image),
            "cases": cases,
            "findings": findings,
        }));
    } else {
        outcome::print(&image, &cases);
    }
    Ok(exit_of(&findings))
}

fn exit_of(findings: &[Finding]) -> Exit {
    let failed = findings.iter().any(|f| f.severity == ossein_geom::Severity::Failure);
    if failed { Exit::CheckFailed } else { Exit::Done }
}

fn options(solver: &Solver) -> SolveOptions {
    SolveOptions {
        tolerance: solver.tolerance,
        islands: if solver.drop_loose { Islands::Drop } else { Islands::Refuse },
        memory_bytes_max: solver.memory_mib_max << 20,
        ..SolveOptions::default()
    }
}

/// One load on the model: a prescribed motion of the top plate, or a force and moment on it.
fn one(
    model: &Model,
    setup: &Setup,
    load: &Load,
    options: &SolveOptions,
    job: &ossein_geom::Job,
) -> Result<Solution, AnyError> {
    let held = |hold: Hold| match hold {
        Hold::Fixed => [true; 3],
        Hold::Sliding => [false, false, true],
    };
    let bottom = Support { nodes: model.bottom_nodes(), axes: held(setup.support.bottom) };
    let mut loads = Loads { supports: vec![bottom], loaded: model.top_nodes() };
    if setup.support.bottom == Hold::Sliding {
        loads.supports.extend(against_drift(model));
    }
    let height_mm = model.size[2] as f64 * model.voxel_mm;
    let shift = match (load.strain, load.displacement_mm) {
        (Some(strain), None) => Some(strain * height_mm),
        (None, shift) => shift,
        (Some(_), Some(_)) => {
            return Err(format!("load `{}`: give strain or displacement_mm", load.name).into());
        }
    };
    let job = job.labelled(&load.name);
    match (shift, load.force_n, load.moment_nmm) {
        (Some(shift), None, None) => {
            let sideways = (setup.support.top == Hold::Fixed).then_some(0.0);
            let motion = Motion {
                name: load.name.clone(),
                translation_mm: [sideways, sideways, Some(shift)],
                rotation_rad: [0.0; 3],
            };
            Ok(solve_motion(model, &loads, &motion, options, &job)?)
        }
        (None, None, None) => Err(format!(
            "load `{}` does nothing: give strain, displacement_mm, force_n or moment_nmm",
            load.name
        )
        .into()),
        (None, force, moment) => {
            let case = LoadCase {
                name: load.name.clone(),
                force_n: force.unwrap_or_default(),
                moment_nmm: moment.unwrap_or_default(),
            };
            Ok(solve_cases(model, &loads, &[case], options, &job)?.swap_remove(0))
        }
        _ => Err(format!("load `{}`: either a motion or a force and moment", load.name).into()),
    }
}

/// A smooth plate leaves two shifts and a turn free: a node held in the plane, and a second one,
/// farthest along x or y from it, held across.
fn against_drift(model: &Model) -> Vec<Support> {
    let nodes = model.bottom_nodes();
    let place = |n: u32| model.node(n as usize);
    let Some(&first) = nodes.first() else { return Vec::new() };
    let far = |axis: usize| {
        nodes.iter().copied().max_by_key(|&n| (place(n)[axis].abs_diff(place(first)[axis]), n))
    };
    let reach = |axis: usize, n: u32| place(n)[axis].abs_diff(place(first)[axis]);
    let (Some(x), Some(y)) = (far(0), far(1)) else { return Vec::new() };
    // A node away along x turns in y, and the other way round.
    let (second, axes) = if reach(0, x) >= reach(1, y) {
        (x, [false, true, false])
    } else {
        (y, [true, false, false])
    };
    vec![
        Support { nodes: vec![first], axes: [true, true, false] },
        Support { nodes: vec![second], axes },
    ]
}
