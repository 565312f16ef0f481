//! Ossein's kernels beside their peers: the same input, the same run, ratios of cost.
//!
//! `ossein-bench` lists the tasks; `ossein-bench TASK...` runs them. Each side runs in a fresh
//! process of its own, in turns, so that neither inherits the other's memory or warmth.

mod arrays;
mod bandwidth;
mod bone;
mod implant;
mod meter;
mod rough_bone;
mod run;
mod task;
mod tasks;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => list(),
        ["--alone", name, folder] => run::alone(name, folder.as_ref()),
        ref names => run::beside(names),
    }
}

fn list() -> ExitCode {
    for task in tasks::ALL {
        println!("{:<8} {}", task.name, task.what);
    }
    println!("\nossein-bench TASK...    runs them, ours and the peers in turns");
    ExitCode::SUCCESS
}
