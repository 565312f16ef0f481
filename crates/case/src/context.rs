//! What a step sees of its case.

use std::any::Any;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use ossein_geom::{Choices, Finding};
use ossein_scan::FrameDecoder;
use serde::Serialize;
use serde_json::Value;

use crate::canonical;
use crate::recipe::Recipe;
use crate::record::{FileEntry, StepResult};
use crate::report;
use crate::step::StepError;
use crate::store::{Store, StoreError};

/// A file being written.
pub trait WriteSeek: Write + Seek {}
impl<T: Write + Seek> WriteSeek for T {}

/// Values that later steps of the same process need not parse again.
pub type Cache = BTreeMap<String, Arc<dyn Any + Send + Sync>>;

/// What a step sees of its case.
pub struct StepContext<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) case_dir: &'a Path,
    pub(crate) store: &'a Store,
    pub(crate) done: &'a [StepResult],
    pub(crate) cache: &'a mut Cache,
    pub(crate) decoder: &'a dyn FrameDecoder,
    pub(crate) written: Vec<FileEntry>,
}

impl<'a> StepContext<'a> {
    /// The recipe.
    pub fn recipe(&self) -> &'a Recipe {
        self.recipe
    }

    /// Values of all choices.
    pub fn choices(&self) -> &'a Choices {
        &self.recipe.choices
    }

    /// The case folder.
    pub fn case_dir(&self) -> &'a Path {
        self.case_dir
    }

    /// Short name of the case.
    pub fn case_id(&self) -> &'a str {
        &self.recipe.case.id
    }

    /// Hash of the whole recipe. A step that writes it names the recipe among its parameters.
    pub fn recipe_hash(&self) -> String {
        self.recipe.hash()
    }

    /// Decoder of compressed frames.
    pub fn decoder(&self) -> &'a dyn FrameDecoder {
        self.decoder
    }

    /// The bytes of a file below `out/`, written by this or an earlier step.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, StepError> {
        Ok(self.store.read(name)?)
    }

    /// The bytes of a file that the recipe names.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn read_input(&self, path: &Path) -> Result<Vec<u8>, StepError> {
        let path = self.case_dir.join(path);
        Ok(fs::read(&path).map_err(StoreError::disk(&path))?)
    }

    /// Writes a file below `out/`; whole or not at all.
    ///
    /// # Errors
    /// What the disk or `write` report.
    pub fn write<E: Error + Send + Sync + 'static>(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn WriteSeek) -> Result<(), E>,
    ) -> Result<(), StepError> {
        let written = self.store.write(name, |out| write(out).map_err(StepError::from))?;
        let (hash, byte_count) = written;
        self.written.retain(|entry| entry.path != name);
        self.written.push(FileEntry { path: name.into(), blake3: hash, byte_count });
        Ok(())
    }

    /// Writes bytes as a file below `out/`.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn write_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), StepError> {
        self.write(name, |out| -> io::Result<()> { out.write_all(bytes) })
    }

    /// Writes a value as JSON with sorted keys.
    ///
    /// # Errors
    /// What the disk reports; a value that JSON cannot hold.
    pub fn write_json(&mut self, name: &str, value: &impl Serialize) -> Result<(), StepError> {
        let value = serde_json::to_value(value)?;
        self.write_bytes(name, canonical::pretty(&value).as_bytes())
    }

    fn result(&self, step: &str) -> Option<&'a StepResult> {
        self.done.iter().find(|result| result.step == step)
    }

    /// Summary of an earlier step; null if there is none.
    pub fn summary_of(&self, step: &str) -> &'a Value {
        self.result(step).map_or(&Value::Null, |result| &result.summary)
    }

    /// Findings of an earlier step.
    pub fn findings_of(&self, step: &str) -> &'a [Finding] {
        self.result(step).map_or(&[], |result| &result.findings)
    }

    /// Hash of an earlier step's outputs; empty if there is none.
    pub fn output_hash_of(&self, step: &str) -> &'a str {
        self.result(step).map_or("", |result| &result.output_hash)
    }

    /// Keeps a value for later steps of this process.
    pub fn put<T: Any + Send + Sync>(&mut self, key: &str, value: Arc<T>) {
        self.cache.insert(key.into(), value);
    }

    /// A value that was kept, if it is still there.
    pub fn get<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        self.cache.get(key)?.clone().downcast().ok()
    }

    /// Lets go of a value.
    pub fn forget(&mut self, key: &str) {
        self.cache.remove(key);
    }

    /// The report of all earlier steps: everything but seconds, memory and reuse.
    pub fn report_so_far(&self) -> Value {
        report::without_timings(self.recipe, self.done)
    }
}
