//! What stands of a case: its recipe, the files below `out/`, and values kept in memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ossein_geom::Choices;

use crate::recipe::Recipe;
use crate::step::StepError;
use crate::store::{Store, StoreError};

/// Values that need not be read or made again in the same process.
pub type Cache = BTreeMap<String, Arc<dyn Any + Send + Sync>>;

/// What stands of a case: steps and previews read it alike.
pub struct Standing<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) case_dir: &'a Path,
    pub(crate) store: &'a Store,
    pub(crate) cache: &'a mut Cache,
}

impl<'a> Standing<'a> {
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

    /// Keeps a value for those that ask for it later in this process.
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
}
