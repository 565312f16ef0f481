//! A DICOM file: preamble, meta group, data set; with or without either of the first two.

use std::borrow::Cow;

use super::data_set::{DataSet, Encoding};
use super::tags;
use crate::gzip::{self, Wrapping};

/// Transfer syntaxes that carry plain or run-length words.
pub(crate) mod syntax {
    pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
    pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
    pub(crate) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
    pub(crate) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
    pub(crate) const RLE: &str = "1.2.840.10008.1.2.5";
}

/// Why bytes are no DICOM file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FileError {
    /// Neither preamble nor anything that looks like elements.
    #[error("not a DICOM file")]
    NotDicom,
    /// The deflated data set cannot be inflated.
    #[error("the deflated data set is damaged")]
    Deflated,
    /// The deflated data set outgrows the limit.
    #[error("the deflated data set grows beyond {limit} bytes")]
    TooLarge {
        /// Bytes that are allowed.
        limit: u64,
    },
}

/// The data set's bytes and how they are written.
pub(crate) struct File<'a> {
    pub syntax: String,
    encoding: Encoding,
    data: Cow<'a, [u8]>,
}

impl<'a> File<'a> {
    /// Finds the data set; inflates it if need be, to at most `byte_count_max`.
    pub(crate) fn parse(bytes: &'a [u8], byte_count_max: u64) -> Result<Self, FileError> {
        let body = if bytes.get(128..132) == Some(b"DICM") { &bytes[132..] } else { bytes };
        let (meta, end) = DataSet::parse_meta(body);
        let data = &body[end..];
        let Some(syntax) = meta.text(tags::TRANSFER_SYNTAX) else {
            let encoding = guess(data).ok_or(FileError::NotDicom)?;
            let syntax = match (encoding.explicit, encoding.big_endian) {
                (false, _) => syntax::IMPLICIT,
                (true, false) => syntax::EXPLICIT,
                (true, true) => syntax::BIG_ENDIAN,
            };
            return Ok(Self { syntax: syntax.into(), encoding, data: Cow::Borrowed(data) });
        };
        let syntax = syntax.trim_end_matches('\0').to_string();
        let (encoding, data) = match syntax.as_str() {
            syntax::IMPLICIT => (Encoding::IMPLICIT, Cow::Borrowed(data)),
            syntax::BIG_ENDIAN => (Encoding::BIG, Cow::Borrowed(data)),
            syntax::DEFLATED => {
                let plain =
                    gzip::inflate(data, Wrapping::Raw, byte_count_max).map_err(|e| {
                        match e.kind() {
                            std::io::ErrorKind::FileTooLarge => {
                                FileError::TooLarge { limit: byte_count_max }
                            }
                            _ => FileError::Deflated,
                        }
                    })?;
                (Encoding::EXPLICIT, Cow::Owned(plain))
            }
            _ => (Encoding::EXPLICIT, Cow::Borrowed(data)),
        };
        Ok(Self { syntax, encoding, data })
    }

    /// The elements of the data set.
    pub(crate) fn data_set(&self) -> DataSet<'_> {
        DataSet::parse(&self.data, self.encoding)
    }

    /// Bytes of the data set if it was inflated, or else 0.
    pub(crate) fn inflated_byte_count(&self) -> u64 {
        match &self.data {
            Cow::Owned(data) => data.len() as u64,
            Cow::Borrowed(_) => 0,
        }
    }

    /// Whether frames go through a codec of the JPEG family.
    pub(crate) fn is_compressed(&self) -> bool {
        !matches!(
            self.syntax.as_str(),
            syntax::IMPLICIT
                | syntax::EXPLICIT
                | syntax::DEFLATED
                | syntax::BIG_ENDIAN
                | syntax::RLE
        )
    }
}

/// How a data set without meta group is written: its first tag must lie in group 8.
fn guess(data: &[u8]) -> Option<Encoding> {
    let head = data.get(..8)?;
    let explicit = head[4..6].iter().all(u8::is_ascii_uppercase);
    match (head[0], head[1]) {
        (8, 0) => Some(if explicit { Encoding::EXPLICIT } else { Encoding::IMPLICIT }),
        (0, 8) if explicit => Some(Encoding::BIG),
        _ => None,
    }
}
