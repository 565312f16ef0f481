//! The pixels of a stack: decoded side by side, within the memory that is allowed.

use ossein_geom::{Finding, Job};
use rayon::prelude::*;

use super::{ImportError, ImportOptions, budget};
use crate::decode::FrameDecoder;
use crate::dicom::header::Header;
use crate::dicom::pixels::{self, HuFrames};
use crate::report::ScanReport;
use crate::source::Source;
use crate::stack::Stack;

/// One frame, and where it goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    header: usize,
    frame: usize,
    /// Index of the slice in the stack.
    k: usize,
    /// Whether another frame lies there already.
    is_double: bool,
}

fn places(stack: &Stack) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(stack.slices.len() + stack.doubles.len());
    let slices = stack.slices.iter().enumerate().map(|(k, s)| (k, s, false));
    let doubles = stack.doubles.iter().map(|(k, s)| (*k, s, true));
    for (k, slice, is_double) in slices.chain(doubles) {
        places.push(Place { header: slice.file, frame: slice.frame, k, is_double });
    }
    places.sort_unstable();
    places
}

/// Most bytes that reading one file holds: the file, its elements, its words, and what a codec
/// works with.
fn cost(source: &dyn Source, header: &Header) -> u64 {
    let file = source.byte_count(header.file);
    let frame_size = (header.words.rows * header.words.columns) as u64;
    let words = frame_size * (header.words.frame_count as u64 + 1);
    // Streams in pieces are joined; a codec holds a frame in 32 bits, twice.
    let held = if header.is_plain() { file } else { 2 * file + header.inflated + 16 * frame_size };
    held.saturating_add(header.parsed).saturating_add(2 * words)
}

/// Decodes all slices; `None` with a failure if any cannot be read. `held` bytes are taken.
pub(crate) fn read_slices(
    source: &dyn Source,
    decoder: &dyn FrameDecoder,
    options: &ImportOptions,
    headers: &[Header],
    stack: &Stack,
    held: u64,
    report: &mut ScanReport,
    job: &Job,
) -> Result<Option<Vec<i16>>, ImportError> {
    let job = job.labelled("slices");
    let limit = options.byte_count_max;
    let [ni, nj, nk] = stack.grid.size;
    let slice_size = ni * nj;
    let places = places(stack);
    let mut files: Vec<usize> = places.iter().map(|p| p.header).collect();
    files.dedup();
    let costs: Vec<u64> = files.iter().map(|&n| cost(source, &headers[n])).collect();
    let blocks = budget::blocks(&costs, limit.saturating_sub(held))
        .map_err(|cost| ImportError::TooLarge { needed: held.saturating_add(cost), limit })?;
    let read = |&n: &usize| -> Result<HuFrames, String> {
        let header = &headers[n];
        let bytes =
            source.read(header.file).map_err(|e| format!("cannot be read: {}", e.kind()))?;
        pixels::read_hu(&bytes, header, decoder, limit).map_err(|e| e.to_string())
    };
    let mut values = vec![0i16; slice_size * nk];
    let mut doubles = Vec::new();
    let mut failed = false;
    for block in blocks {
        job.step(block.start, files.len())?;
        let block = &files[block];
        let results: Vec<_> = block.par_iter().map(read).collect();
        for (&n, result) in block.iter().zip(results) {
            let frames = match result {
                Ok(frames) => frames.frames,
                Err(reason) => {
                    let name = source.names()[headers[n].file].clone();
                    tell_damage(report, name, reason);
                    failed = true;
                    continue;
                }
            };
            let start = places.partition_point(|p| p.header < n);
            for place in places[start..].iter().take_while(|p| p.header == n) {
                let pixels = &frames[place.frame];
                if place.is_double {
                    doubles.push((place.k, digest(pixels)));
                } else {
                    values[place.k * slice_size..][..slice_size].copy_from_slice(pixels);
                }
            }
        }
    }
    if failed {
        return Ok(None);
    }
    let is_same = |(k, hash): &&(usize, blake3::Hash)| {
        digest(&values[k * slice_size..][..slice_size]) == *hash
    };
    let same = doubles.iter().filter(is_same).count();
    judge_doubles(same, doubles.len() - same, report);
    Ok(Some(values))
}

fn digest(pixels: &[i16]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in pixels.chunks(512) {
        let mut bytes = [0; 1024];
        for (pair, value) in bytes.chunks_exact_mut(2).zip(part) {
            pair.copy_from_slice(&value.to_le_bytes());
        }
        hasher.update(&bytes[..2 * part.len()]);
    }
    hasher.finalize()
}

fn tell_damage(report: &mut ScanReport, name: String, reason: String) {
    let text = format!("a slice of the series cannot be read: {reason}");
    report.findings.push(Finding::failure("scan.damaged_slice", "series", text));
    report.ignored_files.push((name, reason));
}

fn judge_doubles(same: usize, other: usize, report: &mut ScanReport) {
    if same > 0 {
        let text = format!("{same} slices lie at the place of an equal one and were left out");
        report.findings.push(Finding::note("scan.duplicates", "slices", text));
    }
    if other > 0 {
        let text = format!(
            "{other} slices lie at the place of another with other pixels: which one is right \
             cannot be told"
        );
        let finding = Finding::failure("scan.conflicting_slices", "slices", text);
        report.findings.push(finding.measured(other as f64, 0.0, ""));
    }
}
