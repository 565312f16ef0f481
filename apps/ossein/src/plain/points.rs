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

/// A point of one file and its namesake in another.
pub struct Pair {
    /// Their name.
    pub name: String,
    /// In the first file.
    pub first: Point<Lps>,
    /// In the second file.
    pub second: Point<Lps>,
}

/// Points of two files that have one name, in the order of the first.
///
/// # Errors
/// A name that one file has twice; fewer than three pairs.
pub fn pairs(first: &[Named], second: &[Named]) -> Result<Vec<Pair>, AnyError> {
    for list in [first, second] {
        for (n, own) in list.iter().enumerate() {
            if list[..n].iter().any(|other| other.name == own.name) {
                return Err(format!("two points are named {:?}: pairs go by name", own.name).into());
            }
        }
    }
    let partner = |own: &Named| {
        let other = second.iter().find(|other| other.name == own.name)?;
        Some(Pair { name: own.name.clone(), first: own.point, second: other.point })
    };
    let found: Vec<Pair> = first.iter().filter_map(partner).collect();
    match found.len() {
        count @ 0..3 => {
            Err(format!("{count} points have one name in both files; three are needed").into())
        }
        _ => Ok(found),
    }
}
