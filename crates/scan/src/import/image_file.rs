//! A NIfTI, NRRD or MetaImage file as a scan.

use ossein_geom::Finding;

use super::{ImportError, ImportOptions, Imported, finish};
use crate::image::{self, Image, ImageError};
use crate::report::ScanReport;
use crate::source::Source;
use crate::{gate, meta_image};

/// Reads the image file that is asked for, or the first one.
pub(crate) fn import_image(
    source: &dyn Source,
    options: &ImportOptions,
    mut report: ScanReport,
) -> Result<Imported, ImportError> {
    let names = source.names();
    let images = candidates(names, options);
    let none = || {
        let reason = report.ignored_files.first().map_or(String::new(), |(_, r)| format!(": {r}"));
        ImportError::NoImage { file_count: names.len(), reason }
    };
    let &n = images.first().ok_or_else(none)?;
    let image = read(source, n, options.byte_count_max).map_err(|error| match error {
        ImportError::Image { error: ImageError::Unknown, .. } => none(),
        error => error,
    })?;
    report.format = image.format.into();
    report.ignored_files.retain(|(name, _)| *name != names[n]);
    report.findings.extend(image.findings.iter().cloned());
    if images.len() > 1 {
        let text = format!("{} of {} image files", names[n], images.len());
        report.findings.push(Finding::note("scan.series", "scan", text));
    }
    report.spacing_mm = image.grid.spacing;
    report.size = image.grid.size;
    let thick =
        (0..3).fold(2, |a, b| if report.spacing_mm[b] > report.spacing_mm[a] { b } else { a });
    report.slice_count = report.size[thick];
    gate::figures(&mut report, options.today.as_deref());
    let mut volume = image.into_hu();
    gate::values(&mut volume, &mut report);
    Ok(finish(Some(volume), report))
}

fn candidates(names: &[String], options: &ImportOptions) -> Vec<usize> {
    let mut images: Vec<usize> = (0..names.len())
        .filter(|&n| image::format(&names[n]).is_some())
        .filter(|&n| options.series.as_ref().is_none_or(|s| *s == names[n]) || names.len() == 1)
        .collect();
    if images.is_empty() && names.len() == 1 {
        images.push(0);
    }
    images.sort_by(|&a, &b| names[a].cmp(&names[b]));
    images
}

fn read(source: &dyn Source, n: usize, limit: u64) -> Result<Image, ImportError> {
    let names = source.names();
    let wrap = |error| ImportError::Image { name: names[n].clone(), error };
    let fetch = |n: usize| {
        let needed = source.byte_count(n);
        if needed > limit {
            return Err(ImportError::TooLarge { needed, limit });
        }
        source.read(n).map_err(|e| wrap(ImageError::Read(e.to_string())))
    };
    let bytes = fetch(n)?;
    let raw_name = meta_image::data_file(&bytes).filter(|_| {
        let name = names[n].to_lowercase();
        name.ends_with(".mhd") || name.ends_with(".mha")
    });
    let Some(raw_name) = raw_name else {
        return image::read_image(&names[n], &bytes, limit).map_err(wrap);
    };
    let folder = names[n].rfind('/').map_or("", |at| &names[n][..=at]);
    let wanted = format!("{folder}{raw_name}");
    let raw = names.iter().position(|m| *m == wanted || *m == raw_name);
    let raw = raw.map(fetch).transpose()?;
    meta_image::read(&bytes, raw.as_deref(), limit).map_err(wrap)
}
