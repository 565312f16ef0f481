//! Files of the plain commands: read whole, written beside their place and renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::commands::AnyError;

/// Largest file that a plain command reads, in bytes.
pub const BYTE_COUNT_MAX: u64 = 16 << 30;

/// The bytes of a file.
///
/// # Errors
/// The path with what the system says, or with its size where that is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, AnyError> {
    let told = |error: io::Error| AnyError::from(format!("{}: {error}", path.display()));
    let size = fs::metadata(path).map_err(told)?.len();
    if size > BYTE_COUNT_MAX {
        let text = format!("{}: {size} bytes; at most {BYTE_COUNT_MAX}", path.display());
        return Err(text.into());
    }
    fs::read(path).map_err(told)
}

/// Checks that a file can be written, before the work whose result it takes: a file is made beside
/// its place, and taken away.
///
/// # Errors
/// The path with what the system says.
pub fn check_writable(path: &Path) -> Result<(), AnyError> {
    let told = |error: io::Error| AnyError::from(format!("{}: {error}", path.display()));
    if path.is_dir() || path.file_name().is_none() {
        return Err(told(io::ErrorKind::IsADirectory.into()));
    }
    let beside = beside(path);
    File::create(&beside).map_err(told)?;
    fs::remove_file(&beside).map_err(told)
}

/// Checks that files can be written into a folder, before the work whose results they take: what
/// of the folder is not there yet is made, and taken away again.
///
/// # Errors
/// The path with what the system says.
pub fn check_folder(path: &Path) -> Result<(), AnyError> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    let made = fs::create_dir_all(path)
        .map_err(|e| AnyError::from(format!("{}: {e}", path.display())))
        .and_then(|()| check_writable(&path.join("file")));
    for folder in missing {
        // What was not made is not there.
        let _ = fs::remove_dir(folder);
    }
    made
}

/// Where a picture goes, on the command line.
///
/// # Errors
/// A name with another ending than `.png`: nothing else is written.
pub fn png(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        true => Ok(path),
        false => Err("pictures are PNG: a name that ends in .png is wanted".into()),
    }
}

/// Where a file stands until it is whole.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    path.with_file_name(name)
}

/// Writes a file whole or not at all: beside its place, synced, renamed.
///
/// # Errors
/// The path with what `fill` or the system says; nothing is left behind.
pub fn write<E: std::fmt::Display>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), AnyError> {
    let beside = beside(path);
    let told =
        |error: &dyn std::fmt::Display| AnyError::from(format!("{}: {error}", path.display()));
    let whole = || -> Result<(), AnyError> {
        let mut to = BufWriter::new(File::create(&beside).map_err(|e| told(&e))?);
        fill(&mut to).map_err(|e| told(&e))?;
        to.flush().map_err(|e| told(&e))?;
        to.get_ref().sync_all().map_err(|e| told(&e))?;
        fs::rename(&beside, path).map_err(|e| told(&e))
    };
    let done = whole();
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}
