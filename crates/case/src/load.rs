//! What steps have in common: volumes, labels and anatomy as their files hold them.
//!
//! Values come from the files alone, also in the run that wrote them: a run that goes on after an
//! interruption sees the same numbers.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use ossein_anatomy::Anatomy;
use ossein_geom::Volume;
use ossein_segment::{Segmentation, Structure};
use serde::de::DeserializeOwned;

use crate::standing::Standing;
use crate::step::StepError;
use crate::steps::import;
use crate::steps::vertebra::{anatomy, segment};

/// Most bytes that a volume may take.
pub const BYTE_COUNT_MAX: u64 = 2 << 30;

/// Key of the scan.
pub const VOLUME: &str = "volume";
/// Key of the labels.
pub const SEGMENTATION: &str = "segmentation";
/// Key of the anatomy.
pub const ANATOMY: &str = "anatomy";

/// The scan in HU.
///
/// # Errors
/// What the disk or the reader report.
pub fn volume(standing: &mut Standing<'_>) -> Result<Arc<Volume<i16>>, StepError> {
    kept(standing, VOLUME, |standing| {
        let bytes = standing.read(import::VOLUME_FILE)?;
        let image = ossein_scan::read_image(import::VOLUME_FILE, &bytes, BYTE_COUNT_MAX)?;
        drop(bytes);
        Ok(image.to_hu())
    })
}

/// A label map from a file of the recipe's.
///
/// # Errors
/// What the reader reports, with the file's name.
pub fn label_map(path: &Path, bytes: &[u8]) -> Result<Volume<u16>, StepError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let read = || ossein_scan::read_image(&name, bytes, BYTE_COUNT_MAX)?.to_labels();
    read().map_err(|error| StepError::new(format!("{}: {error}", path.display())))
}

/// The labels and their figures, on the grid of the scan.
///
/// # Errors
/// What the disk or the readers report.
pub fn segmentation(standing: &mut Standing<'_>) -> Result<Arc<Segmentation>, StepError> {
    let hu = volume(standing)?;
    kept(standing, SEGMENTATION, |standing| {
        let bytes = standing.read(segment::LABELS_FILE)?;
        let image = ossein_scan::read_image(segment::LABELS_FILE, &bytes, BYTE_COUNT_MAX)?;
        let labels = image.to_labels()?;
        if labels.grid.size != hu.grid.size {
            return Err(StepError::new("labels and scan differ in size"));
        }
        // NIfTI states places in single precision: the grid is the scan's own.
        let labels = Volume::new(hu.grid.clone(), labels.values);
        let structures: Vec<Structure> = json(standing, segment::STRUCTURES_FILE)?;
        Ok(Segmentation { labels, structures })
    })
}

/// The measured anatomy.
///
/// # Errors
/// What the disk or the parser report.
pub fn anatomy(standing: &mut Standing<'_>) -> Result<Arc<Anatomy>, StepError> {
    kept(standing, ANATOMY, |standing| json(standing, anatomy::FILE))
}

/// A value from a JSON file below `out/`.
///
/// # Errors
/// What the disk or the parser report.
pub fn json<T: DeserializeOwned>(standing: &mut Standing<'_>, name: &str) -> Result<T, StepError> {
    let bytes = standing.read(name)?;
    serde_json::from_slice(&bytes).map_err(|e| StepError::new(format!("out/{name}: {e}")))
}

/// A value from memory, or made and kept there.
///
/// # Errors
/// What making it reports.
pub fn kept<T: Any + Send + Sync>(
    standing: &mut Standing<'_>,
    key: &str,
    read: impl FnOnce(&mut Standing<'_>) -> Result<T, StepError>,
) -> Result<Arc<T>, StepError> {
    if let Some(value) = standing.get::<T>(key) {
        return Ok(value);
    }
    let value = Arc::new(read(standing)?);
    standing.put(key, value.clone());
    Ok(value)
}
