//! Mesh files: one list of formats, one reader for all of them, one kind of error.

use std::fmt;

use ossein_geom::{Frame, Point, TriMesh};

use crate::{model3mf, obj, ply, stl};

/// No coordinate of a file is larger than this, mm: ten kilometres.
pub const LENGTH_MAX_MM: f64 = 1e7;
/// Characters of a file that an error repeats.
const QUOTE_LENGTH_MAX: usize = 40;

/// A kind of mesh file.
pub struct Format {
    /// The word that chooses it, and the ending of its names.
    pub word: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Whether these bytes look like it.
    pub(crate) is: fn(&[u8]) -> bool,
    pub(crate) read: fn(&[u8]) -> Result<Plain, ReadError>,
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word)
    }
}

/// Every format that is read and written, in the order in which content is tried.
pub const FORMATS: &[&Format] = &[&model3mf::FORMAT, &ply::FORMAT, &stl::FORMAT, &obj::FORMAT];

/// The format whose word is the ending of `name`.
pub fn format_of(name: &str) -> Option<&'static Format> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    FORMATS.iter().find(|f| f.word == ending).copied()
}

/// Reads a mesh file of any listed format, in mm: by its content, and where that does not tell,
/// by the ending of its name. Memory stays within a fixed multiple of the bytes.
///
/// # Errors
/// [`ReadError`] with format and place of the fault.
pub fn read<F: Frame>(bytes: &[u8], name: &str) -> Result<TriMesh<F>, ReadError> {
    let by_content = FORMATS.iter().find(|f| (f.is)(bytes)).copied();
    let format = by_content.or_else(|| format_of(name)).ok_or_else(|| ReadError {
        format: "mesh",
        place: Place::Byte(0),
        fault: Fault::Unknown { start: quote(bytes) },
    })?;
    (format.read)(bytes).map(Plain::into_mesh)
}

/// Reads a mesh file as the format that `word` names, whatever it looks like; `None` where no
/// format has that word.
///
/// # Errors
/// [`ReadError`] with format and place of the fault.
pub fn read_as<F: Frame>(word: &str, bytes: &[u8]) -> Option<Result<TriMesh<F>, ReadError>> {
    let format = FORMATS.iter().find(|f| f.word == word)?;
    Some((format.read)(bytes).map(Plain::into_mesh))
}

/// A mesh file that could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{format} file, {place}: {fault}")]
pub struct ReadError {
    /// Which format it was read as.
    pub format: &'static str,
    /// Where the fault lies.
    pub place: Place,
    /// What it is.
    pub fault: Fault,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes before it.
    Byte(usize),
    /// Number of the line, from 1.
    Line(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No format matches.
    #[error("starts with `{start}`, which no known format does")]
    Unknown {
        /// The first bytes.
        start: String,
    },
    /// The file is cut off.
    #[error("the file ends inside {what}")]
    Ended {
        /// What was being read.
        what: &'static str,
    },
    /// Something else stands there.
    #[error("`{found}` where {what} should stand")]
    Expected {
        /// What should stand there.
        what: &'static str,
        /// What does.
        found: String,
    },
    /// A coordinate is not finite or absurdly large.
    #[error("a coordinate of {value} mm")]
    Coordinate {
        /// The value.
        value: f64,
    },
    /// An index names no vertex.
    #[error("vertex {index} of {count}")]
    Index {
        /// The index as written.
        index: i64,
        /// Vertices that there are.
        count: usize,
    },
    /// More is promised than the file can hold, or may unpack to.
    #[error("{count} {what}, more than the {limit} that such a file may hold")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// A part of the format that this reader does not know and may not skip.
    #[error("{what} is not read")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// The container is broken.
    #[error("the package is damaged: {reason}")]
    Package {
        /// What the unpacker says.
        reason: String,
    },
}

/// Vertices and triangles without a frame, as a file gives them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plain {
    pub vertices: Vec<[f64; 3]>,
    pub triangles: Vec<[u32; 3]>,
}

impl Plain {
    fn into_mesh<F: Frame>(self) -> TriMesh<F> {
        let vertices = self.vertices.into_iter().map(Point::from).collect();
        TriMesh { vertices, triangles: self.triangles }
    }

    /// Adds a polygon as a fan around its first corner.
    pub fn push_polygon(&mut self, corners: &[u32]) {
        for n in 2..corners.len() {
            self.triangles.push([corners[0], corners[n - 1], corners[n]]);
        }
    }
}

/// A coordinate in mm, if it is one.
pub(crate) fn length(value: f64) -> Result<f64, Fault> {
    if value.abs() <= LENGTH_MAX_MM { Ok(value) } else { Err(Fault::Coordinate { value }) }
}

/// The start of what was found, fit for a message.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(QUOTE_LENGTH_MAX)]);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A number written as text.
pub(crate) fn number(word: &[u8], what: &'static str) -> Result<f64, Fault> {
    let parsed = std::str::from_utf8(word).ok().and_then(|w| w.parse().ok());
    parsed.ok_or_else(|| Fault::Expected { what, found: quote(word) })
}

/// Words of a text, each with the number of its line.
pub(crate) struct Words<'a> {
    text: &'a [u8],
    at: usize,
    pub line: usize,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line: 1 }
    }

    pub fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(&byte) = self.text.get(self.at) {
            if !byte.is_ascii_whitespace() {
                break;
            }
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
        let rest = &self.text[self.at..];
        let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    /// Skips to the end of the line.
    pub fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    }
}
