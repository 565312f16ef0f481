//! A task: one piece of work that we and our peers do on the same input.

use std::path::Path;

use crate::meter::Figures;

/// One row of the benchmark.
pub struct Task {
    /// The word that chooses it.
    pub name: &'static str,
    /// What the work is.
    pub what: &'static str,
    /// Writes what all sides read into the folder; runs once, unmeasured.
    pub prepare: fn(&Path) -> Result<(), String>,
    /// Our side: reads the folder, measures its own work, returns its figures.
    pub ours: fn(&Path) -> Result<Figures, String>,
    /// The other sides.
    pub peers: &'static [Peer],
    /// How often each side runs; the medians are compared.
    pub rounds: usize,
}

/// Another program: a script in `benches/peers` that prints one line of JSON with its figures.
pub struct Peer {
    /// Its name and what of it is used.
    pub name: &'static str,
    /// The script's file name; it is called with the folder, then `arguments`.
    pub script: &'static str,
    /// Further words for the script.
    pub arguments: &'static [&'static str],
}

/// Nothing to prepare: the input is made in code by each side.
pub fn nothing(_folder: &Path) -> Result<(), String> {
    Ok(())
}
