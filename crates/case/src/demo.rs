//! The patient of `ossein demo`: a phantom, scanned in code, with its truth beside it.

use std::fs;
use std::io;
use std::path::Path;

use ossein_field::Field;
use ossein_geom::{Job, Lps, Value};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::stl;
use ossein_phantom::{Phantom, PhantomOptions, Truth, thoracic};
use ossein_scan::dicom_write::{SeriesHeader, ct_series};
use ossein_scan::nifti;
use ossein_segment::Seed;

use crate::canonical;
use crate::recipe::{Filled, template};
use crate::step::StepError;
use crate::store::StoreError;

/// Distance between samples of the true surfaces.
const STEP_MM: f64 = 0.6;
/// The day on which the phantom was scanned.
const SCAN_DATE: &str = "20260105";

/// Writes `scan/`, `truth/` and at last `case.toml` into a folder.
///
/// # Errors
/// A folder that holds another case; what the disk reports; the job was stopped.
pub fn write_patient(folder: &Path, seed: u64, job: &Job) -> Result<(), StepError> {
    let recipe_path = folder.join("case.toml");
    let mark = format!("# Phantom, seed {seed}.\n");
    match fs::read_to_string(&recipe_path) {
        Ok(text) if text.starts_with(&mark) => return Ok(()),
        Ok(_) => {
            let text = "there is a case.toml of another case: choose another folder";
            return Err(StepError::new(format!("{}: {text}", folder.display())));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(StoreError::disk(&recipe_path)(error).into()),
    }
    let job = job.labelled("phantom");
    let options = PhantomOptions { seed, ..Default::default() };
    let phantom = thoracic(&options, &job)?;
    scan(folder, &phantom, &options)?;
    truth(folder, &phantom, &job)?;
    let text = format!("{mark}{}", template(&recipe(&phantom.truth)));
    put(&recipe_path, text.as_bytes())
}

fn scan(folder: &Path, phantom: &Phantom, options: &PhantomOptions) -> Result<(), StepError> {
    let header = SeriesHeader {
        seed: format!("ossein phantom {}", options.seed),
        pseudonym: "PHANTOM".into(),
        date: SCAN_DATE.into(),
        series_number: 2,
        description: "Spine 1.0 bone".into(),
        kernel: "B60f".into(),
        kvp: 120.0,
        slice_thickness_mm: options.spacing_mm[2],
        manufacturer: "Ossein phantom".into(),
    };
    for (name, bytes) in ct_series(&phantom.hu, &header) {
        put(&folder.join("scan").join(name), &bytes)?;
    }
    Ok(())
}

fn truth(folder: &Path, phantom: &Phantom, job: &Job) -> Result<(), StepError> {
    let folder = folder.join("truth");
    let value = serde_json::to_value(&phantom.truth)?;
    put(&folder.join("truth.json"), canonical::pretty(&value).as_bytes())?;
    put(&folder.join("tumour.nii.gz"), &nifti::write_labels(&phantom.tumour))?;
    for (bones, known) in phantom.bones.iter().zip(&phantom.truth.vertebrae) {
        let parts: [(&str, &dyn Field<Lps>); 2] = [("body", &bones.body), ("arch", &bones.arch)];
        for (part, field) in parts {
            let mesh = extract(field, &samples_around(field, STEP_MM), job)?;
            let name = format!("{} {part}", known.level);
            let mut bytes = Vec::new();
            stl::write(&mesh, &name, &mut bytes)?;
            put(&folder.join(format!("{}_{part}.stl", known.level)), &bytes)?;
        }
    }
    Ok(())
}

/// The vertebra with the lesion is taken out.
fn recipe(truth: &Truth) -> Filled {
    let diseased = truth.vertebrae.iter().filter(|v| v.lesion.is_some());
    let seed = |v: &ossein_phantom::VertebraTruth| {
        let rounded = v.body_center.array().map(|c| (c * 10.0).round() / 10.0 + 0.0);
        Seed { level: v.level, point: rounded.into() }
    };
    Filled {
        id: "demo".into(),
        kind: "vertebral_body_replacement".into(),
        title: "Phantom with a lytic lesion".into(),
        scan: "scan".into(),
        seeds: truth.vertebrae.iter().map(seed).collect(),
        resect: diseased.map(|v| v.level.to_string()).collect(),
        tumour: Some("truth/tumour.nii.gz".into()),
        // The scanner made in code has no calibration phantom.
        chosen: vec![("mechanics.calibration".into(), Value::Word("uncalibrated_preset".into()))],
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), StepError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(StoreError::disk(folder))?;
    }
    Ok(fs::write(path, bytes).map_err(StoreError::disk(path))?)
}
