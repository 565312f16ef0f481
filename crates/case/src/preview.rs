//! The implant at a coarse step, for the moment in which choices are tried.

use std::path::Path;

use ossein_design::Part;
use ossein_geom::{Job, Lps, TriMesh, Volume};
use ossein_mesh::extract;
use serde::de::DeserializeOwned;

use crate::load::BYTE_COUNT_MAX;
use crate::recipe::Recipe;
use crate::step::StepError;
use crate::steps::{import, road};
use crate::store::{Store, StoreError};

/// Range of the step between samples, mm.
pub const STEP_MM: [f64; 2] = [0.1, 2.0];

/// What the choices make.
pub struct Preview {
    /// Its surface, in place in the patient.
    pub mesh: TriMesh<Lps>,
    /// Height of a body between vertebrae, mm.
    pub height_mm: Option<f64>,
    /// Volume by counting samples, mm³.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
}

impl Preview {
    /// Of a part.
    ///
    /// # Errors
    /// What the extraction reports.
    pub fn of(part: &Part, job: &Job) -> Result<Self, StepError> {
        let mesh = extract(&*part.solid, &part.solid.samples(), job)?;
        Ok(Self {
            mesh: mesh.placed(&part.placement.inverse()),
            height_mm: None,
            volume_mm3: part.volume_mm3(),
            mass_g: part.mass_g(),
        })
    }
}

/// What a preview is made from: the recipe, and what stands below `out/`.
pub struct Stands<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    store: Store,
    case_dir: &'a Path,
}

impl Stands<'_> {
    /// The scan, HU.
    ///
    /// # Errors
    /// What the disk or the reader report.
    pub fn hu(&self) -> Result<Volume<i16>, StepError> {
        let bytes = self.bytes(import::VOLUME_FILE)?;
        Ok(ossein_scan::read_image(import::VOLUME_FILE, &bytes, BYTE_COUNT_MAX)?.to_hu())
    }

    /// The bytes of a file below `out/`.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, StepError> {
        Ok(self.store.read(name)?)
    }

    /// The bytes of a file that the recipe names.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn input(&self, path: &Path) -> Result<Vec<u8>, StepError> {
        let path = self.case_dir.join(path);
        Ok(std::fs::read(&path).map_err(StoreError::disk(&path))?)
    }

    /// A value from a JSON file.
    ///
    /// # Errors
    /// What the disk or the parser report.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, StepError> {
        serde_json::from_slice(&self.store.read(name)?)
            .map_err(|e| StepError::new(format!("out/{name}: {e}")))
    }
}

/// Builds the implant that `recipe` describes on the plan that stands below `out/`, with samples
/// `step_mm` apart; nothing is written.
///
/// # Errors
/// What plan, scan or design report; a step outside [`STEP_MM`].
pub fn preview(
    case_dir: &Path,
    recipe: &Recipe,
    step_mm: f64,
    job: &Job,
) -> Result<Preview, StepError> {
    let [min, max] = STEP_MM;
    if !(min..=max).contains(&step_mm) {
        return Err(StepError::new(format!("a step of {step_mm} mm is not within {min} to {max}")));
    }
    let store = Store::new(case_dir);
    (road(recipe).preview)(&Stands { recipe, store, case_dir }, step_mm, job)
}
