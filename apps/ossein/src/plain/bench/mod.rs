//! `ossein bench`: measurements that anyone can repeat.

pub mod completion;

use crate::Exit;

/// What is measured.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Missing anatomy completed: known defects are cut, completed, and held against what was cut.
    Completion(completion::Arguments),
}

/// Runs the command.
pub fn run(command: &Command) -> Exit {
    match command {
        Command::Completion(arguments) => completion::run(arguments),
    }
}
