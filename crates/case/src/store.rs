//! Files below `out/`: written beside, synced, renamed. A file is there whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use crate::context::WriteSeek;
use crate::hash;

/// Ending of files that are being written.
const PARTIAL: &str = ".partial";
/// The file whose lock keeps two runs apart.
const LOCK_FILE: &str = ".ossein.lock";

/// A case's files could not be kept:
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process works on the case.
    #[error("another run is at work on {0}: wait for it, or stop it")]
    Busy(PathBuf),
    /// A name that leads out of the folder.
    #[error("`{0}` is no name of a file below out/")]
    Name(String),
    /// The disk failed.
    #[error("{path}: {error}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
}

impl StoreError {
    pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Disk { path: path.to_owned(), error }
    }
}

/// The folder `out/` of a case.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store of a case; nothing is touched yet.
    pub fn new(case_dir: &Path) -> Self {
        Self { root: case_dir.join("out") }
    }

    /// Where a file lies.
    ///
    /// # Errors
    /// [`StoreError::Name`] unless the name is relative, plain and stays below `out/`.
    pub fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let plain = |c: Component| matches!(c, Component::Normal(_));
        let good =
            !name.is_empty() && !name.ends_with(PARTIAL) && Path::new(name).components().all(plain);
        good.then(|| self.root.join(name)).ok_or_else(|| StoreError::Name(name.into()))
    }

    /// Writes a file: beside its place, synced, then renamed. Gives its hash and size.
    ///
    /// # Errors
    /// [`StoreError`] from the disk, or what `write` says. The old file stays then.
    pub fn write<E: From<StoreError>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn WriteSeek) -> Result<(), E>,
    ) -> Result<(String, u64), E> {
        let path = self.path(name)?;
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        fs::create_dir_all(&folder).map_err(StoreError::disk(&folder))?;
        let partial = PathBuf::from(format!("{}{PARTIAL}", path.display()));
        let written = self.write_partial(&partial, write);
        if written.is_err() {
            let _ = fs::remove_file(&partial);
        }
        let entry = written?;
        fs::rename(&partial, &path).map_err(StoreError::disk(&path))?;
        self.sync_folders(&folder)?;
        Ok(entry)
    }

    fn write_partial<E: From<StoreError>>(
        &self,
        partial: &Path,
        write: impl FnOnce(&mut dyn WriteSeek) -> Result<(), E>,
    ) -> Result<(String, u64), E> {
        let file = File::create(partial).map_err(StoreError::disk(partial))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        write(&mut out)?;
        out.flush().map_err(StoreError::disk(partial))?;
        out.get_ref().sync_all().map_err(StoreError::disk(partial))?;
        drop(out);
        Ok(hash::of_file(partial).map_err(StoreError::disk(partial))?)
    }

    /// A folder's own entry lies in the folder above: all of them are synced.
    fn sync_folders(&self, folder: &Path) -> Result<(), StoreError> {
        let above = self.root.parent().unwrap_or(&self.root);
        for folder in folder.ancestors().take_while(|f| f.starts_with(above)) {
            let opened = File::open(folder).map_err(StoreError::disk(folder))?;
            opened.sync_all().map_err(StoreError::disk(folder))?;
        }
        Ok(())
    }

    /// Whether a file is there with this hash.
    pub fn holds(&self, name: &str, hash: &str, byte_count: u64) -> bool {
        let Ok(path) = self.path(name) else { return false };
        let size = fs::metadata(&path).map(|m| m.len());
        size.is_ok_and(|size| size == byte_count)
            && hash::of_file(&path).is_ok_and(|(found, _)| found == hash)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.path(name)?;
        fs::read(&path).map_err(StoreError::disk(&path))
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::disk(&path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what interrupted runs left half-written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clean(&self) -> Result<(), StoreError> {
        if !self.root.exists() {
            return Ok(());
        }
        let names = hash::files_below(&self.root).map_err(StoreError::disk(&self.root))?;
        for name in names.iter().filter(|name| name.ends_with(PARTIAL)) {
            let path = self.root.join(name);
            fs::remove_file(&path).map_err(StoreError::disk(&path))?;
        }
        Ok(())
    }
}

/// Keeps a case to one run; released when dropped, and by the kernel if the process dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough while a child process that just starts holds a copy.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the lock of a case.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process holds it.
    pub fn take(case_dir: &Path) -> Result<Self, StoreError> {
        let path = case_dir.join(LOCK_FILE);
        let mut options = File::options();
        let opened = options.create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(StoreError::disk(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy(case_dir.to_owned())),
            Err(TryLockError::Error(error)) => Err(StoreError::disk(&path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ossein-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let case = folder("whole");
        let store = Store::new(&case);
        let put = |text: &'static str, good: bool| {
            store.write::<StoreError>("a/b.txt", |out| {
                out.write_all(text.as_bytes()).unwrap();
                if good { Ok(()) } else { Err(StoreError::Name("x".into())) }
            })
        };
        let (hash, size) = put("old", true).unwrap();
        assert!(put("new and longer", false).is_err());
        assert!(store.holds("a/b.txt", &hash, size));
        assert_eq!(hash::files_below(&case.join("out")).unwrap(), ["a/b.txt"]);
        fs::write(case.join("out/a/c.partial"), "x").unwrap();
        store.clean().unwrap();
        assert_eq!(hash::files_below(&case.join("out")).unwrap(), ["a/b.txt"]);
        fs::remove_dir_all(case).unwrap();
    }

    #[test]
    fn names_stay_below_out() {
        let store = Store::new(Path::new("case"));
        for name in ["", "/etc/passwd", "../x", "a/../../x", "a.partial", "."] {
            assert!(matches!(store.path(name), Err(StoreError::Name(_))), "{name}");
        }
    }

    #[test]
    fn a_case_has_one_run_at_a_time() {
        let case = folder("lock");
        let first = Lock::take(&case).unwrap();
        assert!(matches!(Lock::take(&case), Err(StoreError::Busy(_))));
        drop(first);
        Lock::take(&case).unwrap();
        fs::remove_dir_all(case).unwrap();
    }
}
