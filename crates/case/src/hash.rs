//! Hashes of files, folders and values: BLAKE3, written in hexadecimal.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

/// Most files that a folder may hold.
pub const FILE_COUNT_MAX: usize = 200_000;
/// Deepest nesting of folders that is followed.
pub const DEPTH_MAX: usize = 32;

/// Hash of bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Hash of several texts in order; their borders count.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Hash and size of a file.
///
/// # Errors
/// What the disk reports.
pub fn of_file(path: &Path) -> io::Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let byte_count = io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok((hasher.finalize().to_hex().to_string(), byte_count))
}

/// Hash of a file, or of all files of a folder with their names relative to it.
///
/// # Errors
/// What the disk reports; a folder with more than [`FILE_COUNT_MAX`] files.
pub fn of_path(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return of_file(path).map(|(hash, _)| hash);
    }
    let names = files_below(path)?;
    let hashes: io::Result<Vec<String>> =
        names.par_iter().map(|name| of_file(&path.join(name)).map(|(hash, _)| hash)).collect();
    let hashes = hashes?;
    let parts = names.iter().zip(&hashes).flat_map(|(name, hash)| [name.as_str(), hash]);
    Ok(of_parts(parts))
}

/// Names of all regular files below a folder, with `/`, sorted. Links that lead to files count;
/// links that lead to folders are not followed.
///
/// # Errors
/// What the disk reports; too many files or too deep a nesting.
pub fn files_below(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut open: Vec<(PathBuf, String, usize)> = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = open.pop() {
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                if depth == DEPTH_MAX {
                    return Err(io::Error::other(format!("folders nest deeper than {DEPTH_MAX}")));
                }
                open.push((entry.path(), format!("{name}/"), depth + 1));
            } else if entry.path().is_file() {
                names.push(name);
            }
            if names.len() > FILE_COUNT_MAX {
                let text = format!("the folder holds more than {FILE_COUNT_MAX} files");
                return Err(io::Error::other(text));
            }
        }
    }
    names.sort();
    Ok(names)
}
