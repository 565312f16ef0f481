//! Sets a dossier from a report and a folder of pictures:
//! `sheets REPORT.json PICTURES OUT.pdf`, each picture in the folder of its section.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use ossein_dossier::{Dossier, Paper, pages, pdf};
use ossein_geom::Job;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [report, folder, out] = arguments.as_slice() else {
        return Err("usage: sheets REPORT.json PICTURES OUT.pdf".into());
    };
    let report = serde_json::from_slice(&std::fs::read(report)?)?;
    let mut pictures = BTreeMap::new();
    for section in std::fs::read_dir(folder)? {
        let section = section?.path();
        for file in std::fs::read_dir(&section)? {
            let file = file?.path();
            pictures.insert(format!("{}/{}", name(&section), name(&file)), std::fs::read(file)?);
        }
    }
    let date = (2026, 1, 15);
    let dossier = Dossier {
        report: &report,
        pictures: &pictures,
        pages: pages::VERTEBRA,
        date,
        paper: Paper::A4,
    };
    let bytes = pdf(&dossier, &Job::quiet())?;
    std::fs::write(out, &bytes)?;
    println!("{} bytes", bytes.len());
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
