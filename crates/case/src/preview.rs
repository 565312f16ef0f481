//! The implant at a coarse step, for the moment in which choices are tried.

use std::path::Path;

use ossein_design::Part;
use ossein_geom::{Job, Lps, TriMesh};
use ossein_mesh::extract;

use crate::recipe::Recipe;
use crate::standing::{Cache, Standing};
use crate::step::StepError;
use crate::steps::road;
use crate::store::Store;

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
    let (store, mut cache) = (Store::new(case_dir), Cache::new());
    let mut standing = Standing { recipe, case_dir, store: &store, cache: &mut cache };
    (road(recipe).preview)(&mut standing, step_mm, job)
}
