//! Where bytes come from: a folder that the caller reads, or memory.

use std::io;

/// Files as they lie in a folder; the caller implements it over a disk.
pub trait Source: Sync {
    /// File names, relative to the folder.
    fn names(&self) -> &[String];
    /// Size of a file in bytes.
    fn byte_count(&self, index: usize) -> u64;
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever the disk says.
    fn read(&self, index: usize) -> io::Result<Vec<u8>>;
    /// The first `byte_count` bytes of a file, or all if it has fewer. A source over a disk should
    /// read no more than that.
    ///
    /// # Errors
    /// Whatever the disk says.
    fn read_start(&self, index: usize, byte_count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(index)?;
        bytes.truncate(byte_count);
        bytes.shrink_to_fit();
        Ok(bytes)
    }
}

/// Files that are held in memory.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    names: Vec<String>,
    files: Vec<Vec<u8>>,
}

impl MemorySource {
    /// From names and bytes.
    pub fn new(files: Vec<(String, Vec<u8>)>) -> Self {
        let (names, files) = files.into_iter().unzip();
        Self { names, files }
    }
}

impl Source for MemorySource {
    fn names(&self) -> &[String] {
        &self.names
    }
    fn byte_count(&self, index: usize) -> u64 {
        self.files[index].len() as u64
    }
    fn read(&self, index: usize) -> io::Result<Vec<u8>> {
        Ok(self.files[index].clone())
    }
    fn read_start(&self, index: usize, byte_count: usize) -> io::Result<Vec<u8>> {
        let file = &self.files[index];
        Ok(file[..file.len().min(byte_count)].to_vec())
    }
}
