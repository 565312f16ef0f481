//! `ossein mesh ...`: what can be done to a surface, one word a file.

mod boolean;
mod compare;
mod info;
mod offset;
mod repair;
mod simplify;

use crate::Exit;

/// What can be done.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Counts, volume, area, pieces, handles, open edges, crossings.
    Info(info::Arguments),
    /// A printable solid from an open or dirty surface.
    Repair(repair::Arguments),
    /// Fewer triangles, within a stated distance.
    Simplify(simplify::Arguments),
    /// The surface at a distance outside or inside.
    Offset(offset::Arguments),
    /// Union, intersection or difference of two bodies.
    Boolean(boolean::Arguments),
    /// How far two surfaces are apart, both ways.
    Compare(compare::Arguments),
}

/// Runs the command.
pub fn run(command: &Command) -> Exit {
    match command {
        Command::Info(arguments) => info::run(arguments),
        Command::Repair(arguments) => repair::run(arguments),
        Command::Simplify(arguments) => simplify::run(arguments),
        Command::Offset(arguments) => offset::run(arguments),
        Command::Boolean(arguments) => boolean::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
    }
}
