//! `ossein solve model.toml`: voxel finite elements on an image or a mesh.

mod blocks;
mod bone;
mod filter;
mod inlay;
mod labels;
mod loads;
mod maps;
mod outcome;
mod picture;
mod plates;
mod refine;
mod regions;
mod repeats;
mod setup;
mod solving;
mod specimen;
mod substance;
mod virtual_test;

use std::path::PathBuf;

use ossein_geom::{Finding, Found, Severity};
use ossein_mechanics::loads::{BalancedClench, LoadSet};
use ossein_mechanics::material::BoneMap;
use ossein_mechanics::{Elements, Islands, Moduli, Orthotropic, SolveOptions};
use serde_json::{Value, json};

use crate::commands::{AnyError, ended, print_json};
use crate::plain::{file, image, memory};
use crate::{Exit, progress};
use refine::{Refinement, Solved, Study, converge};
use setup::{Setup, Solver};
use specimen::{Limits, Plan, build};

/// What the command is given.
#[derive(clap::Args)]
pub struct Arguments {
    /// The model: image, materials, supports and loads.
    model: PathBuf,
    /// Folder for the fields of each load, as `.vti` and NIfTI; none without it.
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A picture of the first load's deformed surface in the colours of its stress, PNG.
    #[arg(long, value_name = "FILE", value_parser = file::png)]
    picture: Option<PathBuf>,
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
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    let bytes = file::read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        told(&"it is no text; a model is a TOML file that names the image and what acts on it")
    })?;
    let setup: Setup = toml::from_str(text).map_err(|e| told(&e))?;
    // Three moduli a voxel do for all but orthotropic materials.
    if substance::has_orthotropic(&setup) {
        solve_as::<Orthotropic>(arguments, &setup)
    } else {
        solve_as::<[f32; 3]>(arguments, &setup)
    }
}

fn solve_as<M: Moduli>(arguments: &Arguments, setup: &Setup) -> Result<Exit, AnyError> {
    let path = &arguments.model;
    let told = |e: &dyn std::fmt::Display| AnyError::from(format!("{}: {e}", path.display()));
    setup.solver.check().map_err(|e| told(&e))?;
    let acts = loads::acts(setup).map_err(|e| told(&e))?;
    outcome::check_places(arguments.out.as_deref(), arguments.picture.as_deref())?;
    let options = options(&setup.solver);
    let plan = Plan::new(setup, path).map_err(|e| told(&e))?;
    let blocks = blocks::chosen(setup).map_err(|e| told(&e))?;
    let (byte_count_max, load_count) = (options.memory_bytes_max, acts.len());
    let limits = Limits { byte_count_max, load_count, blocks };
    let make = |voxel_mm| build::<M>(&plan, voxel_mm, limits);
    let (first, mut findings) = make(None)?;
    solving::check_places(&first, setup, &acts).map_err(|e| told(&e))?;
    let (acts, estimates) = regions::placed(acts, setup, &first).map_err(|e| told(&e))?;
    let set = regions::chosen(setup).map_err(|e| told(&e))?;
    findings.extend(set.and_then(|(set, _)| regions::turned(set, &first)));
    if arguments.out.is_some() {
        outcome::check_size(&first.model)?;
    }
    let job = progress::job();
    let is_mesh = image::is_mesh(&setup.image.path);
    let refinement = Refinement {
        solver: &setup.solver,
        solve: &|s| solving::solve_all(s, setup, &acts, &options, &job),
        finer: &|s| match is_mesh {
            true => Ok(make(Some(0.5 * s.model.voxel_mm))?.0),
            false => Ok(s.finer()),
        },
        is_mesh,
    };
    let (solved, studies) =
        converge(first, &refinement).map_err(|e| told(&solving::explained(&e)))?;
    for (n, solution) in solved.solutions.iter().enumerate() {
        findings.extend(solution.findings.iter().cloned());
        let finding = |s: &Study| s.finding(&solution.name, setup.solver.error_max);
        findings.extend(studies.get(n).and_then(finding));
        findings.extend(outcome::large(&solved.specimen.model, solution));
        if let Some(out) = &arguments.out {
            outcome::write_fields(out, &solved.specimen, solution)?;
        }
    }
    if let (Some(path), Some(first)) = (&arguments.picture, solved.solutions.first()) {
        picture::draw(path, &solved.specimen, first, &job)?;
    }
    let cases = cases(&solved, &studies);
    let test = |block| virtual_test::figures(&solved, block, &cases, refinement.solve);
    let test = blocks.map(test).transpose().map_err(|e| told(&e))?;
    let test = test.map(|(figures, more)| {
        findings.extend(more);
        figures
    });
    progress::clear();
    findings.dedup();
    findings.iter().for_each(progress::finding);
    report(
        arguments,
        &solved.specimen.model,
        &Told { bone: plan.bone.as_ref(), set, estimates, cases, test, findings: &findings },
    );
    let failed = findings.iter().any(|f| f.severity == Severity::Failure);
    Ok(if failed { Exit::CheckFailed } else { Exit::Done })
}

/// The figures of all loads.
fn cases<M: Moduli>(Solved { specimen, solutions }: &Solved<M>, studies: &[Study]) -> Vec<Value> {
    let figures = |(n, solution)| outcome::figures(specimen, solution, studies.get(n));
    solutions.iter().enumerate().map(figures).collect()
}

/// What is told of a model.
struct Told<'a> {
    /// From grey values to moduli.
    bone: Option<&'a Found<BoneMap>>,
    set: Option<(&'static LoadSet, f64)>,
    /// Of a set whose cases are estimated.
    estimates: Vec<BalancedClench>,
    cases: Vec<Value>,
    /// Of a set that brings test blocks.
    test: Option<Value>,
    findings: &'a [Finding],
}

fn report<M: Moduli>(arguments: &Arguments, model: &Elements<M>, told: &Told<'_>) {
    let Told { bone, set, estimates, cases, test, findings } = told;
    if arguments.json {
        print_json(&json!({
            "model": outcome::describe(model),
            "bone": bone.map(|bone| bone::figures(&bone.value)),
            "load_set": set.map(|(set, factor)| json!({
                "id": set.id, "title": set.title, "axes": set.axes, "source": set.source,
                "factor": factor, "estimates": estimates,
            })),
            "virtual_test": test,
            "cases": cases,
            "findings": findings,
        }));
    } else {
        if let Some(Found { value: map, .. }) = bone {
            println!("bone: {}: {}", map.law.id, map.law.summary());
            println!("calibration: {}", map.calibration.summary());
        }
        if let Some((set, factor)) = set {
            println!("{factor} times {}: {} ({})", set.id, set.title, set.source);
            println!("axes: {}", set.axes);
        }
        for estimate in estimates {
            println!("{}: {}", estimate.clench.name, estimate.summary());
        }
        outcome::print(model, cases);
        test.iter().for_each(virtual_test::print);
    }
}

fn options(solver: &Solver) -> SolveOptions {
    let islands = match solver.drop_loose {
        Some(true) => Islands::Drop,
        _ => Islands::Refuse,
    };
    let memory_bytes_max = memory::allowed(solver.memory_mib_max);
    SolveOptions {
        tolerance: solver.tolerance,
        islands,
        memory_bytes_max,
        ..SolveOptions::default()
    }
}
