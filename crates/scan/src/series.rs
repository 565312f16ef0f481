//! Headers to series, and the series that fits best.

use crate::dicom::header::Header;
use crate::report::SeriesSummary;
use crate::stack::{self, Slice};
use ossein_geom::Vector;

/// Frames that share series, size and orientation.
pub(crate) struct Series {
    pub summary: SeriesSummary,
    /// Indices into the headers.
    pub headers: Vec<usize>,
    pub orientation: Option<[f64; 6]>,
    pub pixel_spacing: Option<[f64; 2]>,
    /// No localizer, projection or screen capture.
    pub is_original: bool,
}

/// Groups headers, in the order of their files.
pub(crate) fn group(headers: &[Header]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for (n, header) in headers.iter().enumerate() {
        let first = header.frames.first().cloned().unwrap_or_default();
        let size = [header.words.columns, header.words.rows];
        let found = all.iter_mut().find(|s| {
            s.summary.uid == header.series_uid
                && s.summary.size == size
                && same(s.orientation.as_ref(), first.orientation.as_ref())
                && same(s.pixel_spacing.as_ref(), first.pixel_spacing.as_ref())
        });
        match found {
            Some(series) => series.headers.push(n),
            None => all.push(Series {
                summary: summary(header, size),
                headers: vec![n],
                orientation: first.orientation,
                pixel_spacing: first.pixel_spacing,
                is_original: is_original(header),
            }),
        }
    }
    for series in &mut all {
        measure(series, headers);
    }
    all.sort_by(|a, b| {
        let key = |s: &Series| (s.summary.number, s.summary.uid.clone(), s.headers[0]);
        key(a).cmp(&key(b))
    });
    all
}

fn same<const N: usize>(a: Option<&[f64; N]>, b: Option<&[f64; N]>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.iter().zip(b).all(|(x, y)| (x - y).abs() < 2e-3),
        (None, None) => true,
        _ => false,
    }
}

fn summary(header: &Header, size: [usize; 2]) -> SeriesSummary {
    SeriesSummary {
        uid: header.series_uid.clone(),
        number: header.series_number,
        description: header.description.clone(),
        modality: header.modality.clone(),
        size,
        thickness_mm: header.frames.first().and_then(|f| f.thickness),
        kernel: header.kernel.clone(),
        ..SeriesSummary::default()
    }
}

fn is_original(header: &Header) -> bool {
    let odd = ["LOCALIZER", "SCOUT", "MIP", "MINIP", "PROJECTION", "SCREEN SAVE", "VOLUME_RENDER"];
    !header.image_type.iter().any(|t| odd.contains(&t.as_str()))
}

fn measure(series: &mut Series, headers: &[Header]) {
    let slices = slices(series, headers);
    series.summary.slice_count =
        series.headers.iter().map(|&n| headers[n].frames.len()).sum::<usize>();
    if let Some([row, column]) = series.pixel_spacing {
        series.summary.spacing_mm = [column, row, 0.0];
    }
    let axes = series.orientation.and_then(stack::axes);
    if let (Some(axes), Some(spacing), false) = (axes, series.pixel_spacing, slices.is_empty()) {
        series.summary.axial = axes[2].z.abs() > 0.8;
        let stack = stack::stack(slices, axes, spacing, series.summary.size);
        series.summary.slice_count = stack.slices.len();
        series.summary.spacing_mm[2] = stack.grid.spacing[2];
    }
}

/// All frames of a series that have a place.
pub(crate) fn slices(series: &Series, headers: &[Header]) -> Vec<Slice> {
    let of_header = |&n: &usize| {
        headers[n].frames.iter().enumerate().filter_map(move |(frame, f)| {
            let position = Vector::from(f.position?);
            Some(Slice { file: n, frame, position })
        })
    };
    series.headers.iter().flat_map(of_header).collect()
}

/// The series that is asked for by UID, number or description, or else the one that fits best:
/// CT, not derived by projection, axial, most slices, thinnest, first.
pub(crate) fn choose(all: &[Series], wanted: Option<&str>) -> Option<usize> {
    let indices = 0..all.len();
    let Some(wanted) = wanted else {
        let fit = |n: &usize| {
            let s = &all[*n];
            let summary = &s.summary;
            let thin = -(summary.thickness_mm.unwrap_or(99.0) * 1e4) as i64;
            let is_ct = summary.modality == "CT";
            (is_ct, s.is_original, summary.axial, summary.slice_count, thin, usize::MAX - n)
        };
        return indices.max_by_key(fit);
    };
    let has = |n: &usize| {
        let s = &all[*n].summary;
        s.uid == wanted
            || s.number.is_some_and(|number| number.to_string() == wanted)
            || s.description.eq_ignore_ascii_case(wanted)
    };
    indices.filter(has).max_by_key(|&n| (all[n].summary.slice_count, usize::MAX - n))
}
