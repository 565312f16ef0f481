//! The command line: from a CT scan to a printed bone implant.

#[macro_use]
mod output;

mod commands;
mod decoder;
mod plain;
mod preview;
mod progress;

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a command says to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// Could not be done.
    Failed = 1,
    /// Done, and a check failed.
    CheckFailed = 2,
}

impl Exit {
    /// The worse of two: what could not be done weighs most.
    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::CheckFailed, _) | (_, Self::CheckFailed) => Self::CheckFailed,
            _ => Self::Done,
        }
    }
}

/// From a CT scan to a printed bone implant. Design and manufacturing record; research use; not
/// for surgical planning.
///
/// Exit status: 0 done, 1 could not be done, 2 done and a check failed.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Threads to use; the results are the same for any number.
    #[arg(long, global = true, value_name = "N")]
    threads: Option<NonZeroU16>,
}

#[derive(Subcommand)]
enum Command {
    /// A phantom patient, end to end.
    Demo {
        /// Folder to write.
        #[arg(default_value = "ossein-demo")]
        dir: PathBuf,
        /// Seed of the scanner's noise.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Last step to run.
        #[arg(long, value_name = "STEP")]
        until: Option<String>,
        /// Print the report on standard output.
        #[arg(long)]
        json: bool,
    },
    /// A commented case.toml to fill in.
    New {
        /// Folder of the new case; its name becomes the case's id.
        case: PathBuf,
        /// Implant kind.
        #[arg(long)]
        kind: String,
        /// The scan: a folder, or one NIfTI, NRRD or MetaImage file.
        #[arg(long)]
        scan: PathBuf,
    },
    /// Recipe and acquisition gate only; nothing is written.
    Check {
        /// The case folder.
        case: PathBuf,
        /// Print recipe and scan report on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Every step that is out of date.
    Run {
        /// Case folders, one after another.
        #[arg(required = true)]
        cases: Vec<PathBuf>,
        /// Last step to run.
        #[arg(long, value_name = "STEP")]
        until: Option<String>,
        /// Print the report on standard output.
        #[arg(long)]
        json: bool,
        /// Say what would run, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// The implant at a coarse step, to look at while choices are tried; nothing in the case changes.
    Preview(preview::Arguments),
    /// Steps, figures, findings.
    Show {
        /// The case folder.
        case: PathBuf,
        /// Print the report on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Layers with contour passes and hatches.
    Slice(plain::slice::Arguments),
    /// What a file of layers holds, and a picture of any layer.
    Layers(plain::layers::Arguments),
    /// Voxel finite elements on an image, as a model.toml describes them.
    Solve(plain::solve::Arguments),
    /// The stiffness of a material made of equal cells: a lattice, or an image.
    Homogenize(plain::homogenize::Arguments),
    /// A body filled with a lattice.
    Lattice(plain::lattice::Arguments),
    /// Cards of what an implant can be made of: figures, sources, how well they are known.
    Materials(plain::materials::Arguments),
    /// Look at a surface, repair it, simplify it, move it, join it, compare it.
    #[command(subcommand)]
    Mesh(plain::mesh::Command),
    /// Thickness, spacing, surface, connectivity, pores and powder of an image.
    Morphometry(plain::morphometry::Arguments),
    /// Creeping flow through the void of a periodic cell.
    Permeability(plain::permeability::Arguments),
    /// Brings one surface onto another: by pairs of points, by itself, or both.
    Register(plain::register::Arguments),
    /// The plane of symmetry of a bone, and how far its sides differ.
    Symmetry(plain::symmetry::Arguments),
    /// Angles, lengths and asymmetry of a face from landmarks.
    Cephalometry(plain::cephalometry::Arguments),
    /// What many bones of a kind have in common: built from a folder, fitted to a bone.
    #[command(subcommand)]
    ShapeModel(plain::shape_model::Command),
    /// Measurements that anyone can repeat.
    #[command(subcommand)]
    Bench(plain::bench::Command),
    /// Decodes frames for a parent process.
    #[command(hide = true)]
    DecodeChild,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go out with 0; a wrong call could not be done.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    if let Some(count) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(count.get()));
        if let Err(error) = pool.build_global() {
            eprintln!("error: could not start {count} threads: {error}");
            return ExitCode::from(Exit::Failed as u8);
        }
    }
    let exit = match arguments.command {
        Command::Demo { dir, seed, until, json } => {
            commands::demo(&dir, seed, until.as_deref(), json)
        }
        Command::New { case, kind, scan } => commands::new(&case, &kind, &scan),
        Command::Check { case, json } => commands::check(&case, json),
        Command::Run { cases, until, json, dry_run } => {
            commands::run(&cases, until.as_deref(), json, dry_run)
        }
        Command::Preview(arguments) => preview::run(&arguments),
        Command::Show { case, json } => commands::show(&case, json),
        Command::Slice(arguments) => plain::slice::run(&arguments),
        Command::Layers(arguments) => plain::layers::run(&arguments),
        Command::Solve(arguments) => plain::solve::run(&arguments),
        Command::Homogenize(arguments) => plain::homogenize::run(&arguments),
        Command::Lattice(arguments) => plain::lattice::run(&arguments),
        Command::Mesh(command) => plain::mesh::run(&command),
        Command::Materials(arguments) => plain::materials::run(&arguments),
        Command::Morphometry(arguments) => plain::morphometry::run(&arguments),
        Command::Permeability(arguments) => plain::permeability::run(&arguments),
        Command::Register(arguments) => plain::register::run(&arguments),
        Command::Symmetry(arguments) => plain::symmetry::run(&arguments),
        Command::Cephalometry(arguments) => plain::cephalometry::run(&arguments),
        Command::ShapeModel(command) => plain::shape_model::run(&command),
        Command::Bench(command) => plain::bench::run(&command),
        Command::DecodeChild => decoder::serve(),
    };
    let exit = match output::lost() {
        Some(error) => {
            eprintln!("error: standard output: {error}");
            Exit::Failed
        }
        None => exit,
    };
    ExitCode::from(exit as u8)
}
