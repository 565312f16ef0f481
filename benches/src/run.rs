//! Runs tasks in turns, each side in a fresh process, and prints the table of ratios.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;

use crate::meter::Figures;
use crate::task::{Peer, Task};
use crate::tasks;

/// Figures that every side reports.
const COST: [&str; 3] = ["wall_s", "cpu_s", "peak_mib"];

/// Our side of one task in this process: one line of JSON.
pub fn alone(name: &str, folder: &Path) -> ExitCode {
    match find(name).and_then(|task| (task.ours)(folder)) {
        Ok(figures) => {
            println!("{}", Value::Object(figures));
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{name}: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// The named tasks, ours and the peers in turns.
pub fn beside(names: &[&str]) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for name in names {
        if let Err(reason) = find(name).and_then(one) {
            eprintln!("{name}: {reason}");
            status = ExitCode::FAILURE;
        }
    }
    status
}

fn find(name: &str) -> Result<&'static Task, String> {
    let known = || tasks::ALL.iter().map(|t| t.name).collect::<Vec<_>>().join(", ");
    let task = tasks::ALL.iter().find(|t| t.name == name);
    task.copied().ok_or_else(|| format!("no such task; there are {}", known()))
}

fn one(task: &Task) -> Result<(), String> {
    println!("\n{}: {}", task.name, task.what);
    let folder = root().join("target/bench").join(task.name);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    (task.prepare)(&folder)?;
    let mut ours = Vec::new();
    let mut theirs: Vec<Vec<Figures>> = task.peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..task.rounds {
        let us = std::env::current_exe().map_err(|e| e.to_string())?;
        ours.push(figures(Command::new(us).args(["--alone", task.name]).arg(&folder))?);
        for (peer, runs) in task.peers.iter().zip(&mut theirs) {
            match figures(&mut peer_command(peer, &folder)) {
                Ok(run) => runs.push(run),
                Err(reason) => println!("  {}: left out: {reason}", peer.name),
            }
        }
    }
    print_side("ossein", &ours, None);
    for (peer, runs) in task.peers.iter().zip(&theirs) {
        if !runs.is_empty() {
            print_side(peer.name, runs, Some(&ours));
        }
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `OSSEIN_PEERS_PYTHON` names the Python that has the peers; else the one of `peers/setup.sh`.
fn peer_command(peer: &Peer, folder: &Path) -> Command {
    let python = std::env::var_os("OSSEIN_PEERS_PYTHON")
        .map_or_else(|| root().join(".venv-peers/bin/python"), PathBuf::from);
    let mut command = Command::new(python);
    command.arg(root().join("benches/peers").join(peer.script)).arg(folder).args(peer.arguments);
    command
}

fn figures(command: &mut Command) -> Result<Figures, String> {
    let out = command.output().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    let text = String::from_utf8_lossy(&out.stdout);
    let last = text.lines().last().unwrap_or_default();
    match serde_json::from_str(last) {
        Ok(Value::Object(figures)) if out.status.success() => Ok(figures),
        _ => {
            let error = String::from_utf8_lossy(&out.stderr);
            Err(error.lines().last().unwrap_or("it printed no figures").to_owned())
        }
    }
}

fn median(runs: &[Figures], key: &str) -> Option<f64> {
    let mut values: Vec<f64> = runs.iter().filter_map(|r| r.get(key)?.as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn print_side(name: &str, runs: &[Figures], ours: Option<&[Figures]>) {
    print!("  {name:<36}");
    for key in COST {
        let Some(value) = median(runs, key) else { continue };
        let ratio = ours.and_then(|o| median(o, key)).filter(|o| *o > 0.0).map(|o| value / o);
        match ratio {
            Some(ratio) => print!(" {key} {value:.3} ({ratio:.2} x ours) "),
            None => print!(" {key} {value:.3} "),
        }
    }
    println!();
    for (key, value) in runs[0].iter().filter(|(k, _)| !COST.contains(&k.as_str())) {
        println!("    {key:<34} {value}");
    }
}
