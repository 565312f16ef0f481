//! Where things lie, for tests.

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of the shared data, or `None` (said aloud) where it is absent.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("OSSEIN_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let place = base.join(name);
    if place.exists() {
        return Some(place);
    }
    println!("skipped: {} is absent; set OSSEIN_DATA", place.display());
    None
}

/// The program that this build made.
pub fn program() -> PathBuf {
    // The test binary lies in target/PROFILE/deps; the program two folders up.
    let test = std::env::current_exe().expect("a test has a path");
    test.ancestors().nth(2).expect("target/PROFILE/deps/TEST").join("ossein")
}

/// `PATH` with the program's folder first.
pub fn program_path() -> String {
    let folder = program().parent().expect("a folder").display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap_or_default())
}

/// The commands of a page: the lines of its `sh` blocks, comments left out, lines that end in a
/// backslash joined with the next.
pub fn commands_of(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let joined: Vec<String> = blocks.map(|block| block.replace("\\\n", " ")).collect();
    let lines = joined.iter().flat_map(|block| block.lines());
    lines.filter(|l| !l.trim().is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}
