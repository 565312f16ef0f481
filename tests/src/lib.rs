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
