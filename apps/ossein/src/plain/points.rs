//! Files of named points of the plain commands.

use std::path::Path;

use ossein_geom::{Lps, Point};
use ossein_scan::markups::{self, Named};

use super::file;
use crate::commands::AnyError;

/// The frame of a table that says nothing of its own.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Frame {
    /// Left, posterior, superior (DICOM).
    Lps,
    /// Right, anterior, superior (what Slicer shows).
    Ras,
}

impl From<Frame> for markups::Frame {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::Lps => Self::Lps,
            Frame::Ras => Self::Ras,
        }
    }
}

/// Reads named points.
///
/// # Errors
/// The path with what is wrong.
pub fn read(path: &Path, frame: Option<Frame>) -> Result<Vec<Named>, AnyError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = file::read(path)?;
    markups::read(&name, &bytes, frame.map(Into::into))
        .map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Points of two files that have one name, in the order of the first: name, first, second.
///
/// # Errors
/// A name that one file has twice; fewer than three pairs.
pub fn pairs(
    first: &[Named],
    second: &[Named],
) -> Result<Vec<(String, Point<Lps>, Point<Lps>)>, AnyError> {
    for list in [first, second] {
        for (n, own) in list.iter().enumerate() {
            if list[..n].iter().any(|other| other.name == own.name) {
                return Err(format!("two points are named {:?}: pairs go by name", own.name).into());
            }
        }
    }
    let partner = |own: &Named| {
        let other = second.iter().find(|other| other.name == own.name)?;
        Some((own.name.clone(), own.point, other.point))
    };
    let found: Vec<_> = first.iter().filter_map(partner).collect();
    match found.len() {
        0..3 => {
            Err(format!("{} points have one name in both files; three are needed", found.len())
                .into())
        }
        _ => Ok(found),
    }
}
