//! Memory that a plain command may take.

use std::path::{Path, PathBuf};

/// What the work may take where the machine does not say what it has.
const UNKNOWN_BYTES: u64 = 16 << 30;

/// Bytes that the machine has free, where it says so: more would not be computed but swapped.
pub fn available() -> u64 {
    let free = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib << 10)
    };
    free().unwrap_or(UNKNOWN_BYTES)
}

/// Bytes of a stated number of MiB, or else what the machine has.
pub fn allowed(stated_mib: Option<u64>) -> u64 {
    stated_mib.map_or_else(available, |mib| mib.saturating_mul(1 << 20))
}

/// How much a command may take.
#[derive(Clone, Copy, clap::Args)]
pub struct Memory {
    /// MiB that the work may take; without it, what the machine has free.
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
}

impl Memory {
    /// In bytes.
    pub fn bytes(self) -> u64 {
        allowed(self.memory)
    }
}

/// An image too large for the work that is asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {} voxels need at least {} MiB, and {} MiB are allowed", path.display(),
    size.map(|n| n.to_string()).join(" x "), needed.div_ceil(1 << 20), allowed >> 20)]
pub struct TooLarge {
    /// The image.
    pub path: PathBuf,
    /// Its voxels along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Bytes that are needed at least.
    pub needed: u64,
    /// Bytes that are allowed.
    pub allowed: u64,
}

/// Refuses an image that needs more than is allowed.
///
/// # Errors
/// [`TooLarge`], with its path and its size.
pub fn check(path: &Path, size: [usize; 3], needed: u64, allowed: u64) -> Result<(), TooLarge> {
    match needed > allowed {
        true => Err(TooLarge { path: path.to_owned(), size, needed, allowed }),
        false => Ok(()),
    }
}
