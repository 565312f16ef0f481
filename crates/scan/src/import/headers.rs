//! The headers of all files of a folder, without their pixels.

use ossein_geom::Job;
use rayon::prelude::*;

use super::{ImportError, ImportOptions, budget};
use crate::dicom::data_set::parse_byte_count;
use crate::dicom::file::FileError;
use crate::dicom::header::{FrameHeader, Header};
use crate::report::ScanReport;
use crate::source::Source;

/// A header seldom takes more of a file, in bytes; what does is read whole.
const START_BYTE_COUNT: u64 = 1 << 16;

/// What the start of a file gives.
enum Start {
    Header(Box<Header>),
    /// The pixels lie further on, or the file is deflated.
    Longer,
}

/// Headers in the order of the file names; what is no image goes to the report.
pub(crate) fn read_headers(
    source: &dyn Source,
    options: &ImportOptions,
    report: &mut ScanReport,
    job: &Job,
) -> Result<Vec<Header>, ImportError> {
    let job = job.labelled("headers");
    let limit = options.byte_count_max;
    let names = source.names();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| names[a].cmp(&names[b]));
    let start_cost = |&n: &usize| {
        let count = source.byte_count(n).min(START_BYTE_COUNT);
        count + parse_byte_count(count)
    };
    let costs: Vec<u64> = order.iter().map(start_cost).collect();
    let too_large = |needed| ImportError::TooLarge { needed, limit };
    let mut headers: Vec<Header> = Vec::new();
    let mut held = 0u64;
    for block in budget::blocks(&costs, limit).map_err(too_large)? {
        job.step(block.start, names.len())?;
        let block = &order[block];
        let results: Vec<_> = block.par_iter().map(|&n| read_start(source, n, limit)).collect();
        for (&n, result) in block.iter().zip(results) {
            let header = match result {
                Ok(Start::Header(header)) => Ok(*header),
                Ok(Start::Longer) => read_whole(source, n, limit),
                Err(reason) => Err(reason),
            };
            match header {
                Ok(header) => {
                    held += (header.frames.len() * size_of::<FrameHeader>()) as u64;
                    headers.push(header);
                }
                Err(reason) => report.ignored_files.push((names[n].clone(), reason)),
            }
            if held > limit {
                return Err(too_large(held));
            }
        }
    }
    Ok(headers)
}

fn read_start(source: &dyn Source, n: usize, limit: u64) -> Result<Start, String> {
    let whole = source.byte_count(n);
    let bytes = source
        .read_start(n, whole.min(START_BYTE_COUNT) as usize)
        .map_err(|e| format!("cannot be read: {}", e.kind()))?;
    let is_part = (bytes.len() as u64) < whole;
    match Header::read(n, &bytes, whole, limit) {
        Ok(Some(header)) => Ok(Start::Header(Box::new(header))),
        Err(FileError::NotDicom) => Err(FileError::NotDicom.to_string()),
        Ok(None) | Err(_) if is_part => Ok(Start::Longer),
        Ok(None) => Err("DICOM without an image".to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn read_whole(source: &dyn Source, n: usize, limit: u64) -> Result<Header, String> {
    let count = source.byte_count(n);
    if count.saturating_add(parse_byte_count(count)) > limit {
        return Err(format!("larger than {limit} bytes"));
    }
    let bytes = source.read(n).map_err(|e| format!("cannot be read: {}", e.kind()))?;
    let header = Header::read(n, &bytes, count, limit);
    header.map_err(|e| e.to_string())?.ok_or("DICOM without an image".to_string())
}
