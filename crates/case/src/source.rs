//! A scan on disk as the reader wants it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ossein_scan::{Source, meta_image};

use crate::hash;

/// Headers of detached images are at most this long.
const HEADER_BYTE_COUNT_MAX: u64 = 1 << 20;

/// A folder, or one image file and the file of values that it names.
#[derive(Clone, Debug)]
pub struct DiskSource {
    root: PathBuf,
    names: Vec<String>,
    sizes: Vec<u64>,
}

impl DiskSource {
    /// Lists a folder, or takes one file.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (root, names) = if path.is_dir() {
            (path.to_owned(), hash::files_below(path)?)
        } else {
            let root = path.parent().unwrap_or(Path::new("")).to_owned();
            (root, with_companion(path)?)
        };
        let size = |name: &String| fs::metadata(root.join(name)).map(|m| m.len());
        let sizes = names.iter().map(size).collect::<io::Result<_>>()?;
        Ok(Self { root, names, sizes })
    }

    /// Where the files lie.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.names.iter().map(|name| self.root.join(name)).collect()
    }
}

fn with_companion(path: &Path) -> io::Result<Vec<String>> {
    let mut start = Vec::new();
    File::open(path)?.take(HEADER_BYTE_COUNT_MAX).read_to_end(&mut start)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names = vec![name];
    if start.starts_with(b"ObjectType") || start.starts_with(b"NDims") {
        let plain = |name: &String| !name.contains(['/', '\\']) && !name.is_empty();
        names.extend(meta_image::data_file(&start).filter(plain));
    }
    Ok(names)
}

impl Source for DiskSource {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn byte_count(&self, index: usize) -> u64 {
        self.sizes[index]
    }

    fn read(&self, index: usize) -> io::Result<Vec<u8>> {
        fs::read(self.root.join(&self.names[index]))
    }

    fn read_start(&self, index: usize, byte_count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = File::open(self.root.join(&self.names[index]))?;
        file.take(byte_count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
