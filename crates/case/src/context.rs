//! What a step sees of its case.

use std::error::Error;
use std::io::{self, Seek, Write};
use std::ops::{Deref, DerefMut};

use ossein_geom::Finding;
use ossein_scan::FrameDecoder;
use serde::Serialize;
use serde_json::Value;

use crate::canonical;
use crate::record::{FileEntry, StepResult};
use crate::report;
use crate::standing::Standing;
use crate::step::StepError;

/// A file being written.
pub trait WriteSeek: Write + Seek {}
impl<T: Write + Seek> WriteSeek for T {}

/// What a step sees of its case: what stands of it, what earlier steps said, and where to write.
pub struct StepContext<'a> {
    pub(crate) standing: Standing<'a>,
    pub(crate) done: &'a [StepResult],
    pub(crate) decoder: &'a dyn FrameDecoder,
    pub(crate) written: Vec<FileEntry>,
}

impl<'a> Deref for StepContext<'a> {
    type Target = Standing<'a>;

    fn deref(&self) -> &Standing<'a> {
        &self.standing
    }
}

impl<'a> DerefMut for StepContext<'a> {
    fn deref_mut(&mut self) -> &mut Standing<'a> {
        &mut self.standing
    }
}

impl<'a> StepContext<'a> {
    /// Hash of the whole recipe. A step that writes it names the recipe among its parameters.
    pub fn recipe_hash(&self) -> String {
        self.recipe.hash()
    }

    /// Decoder of compressed frames.
    pub fn decoder(&self) -> &'a dyn FrameDecoder {
        self.decoder
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

    /// The report of all earlier steps: everything but seconds, memory and reuse.
    pub fn report_so_far(&self) -> Value {
        report::without_timings(self.recipe, self.done)
    }
}
