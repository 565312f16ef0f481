//! DICOM files: elements, headers, stored words, Hounsfield values.

pub(crate) mod codec;
pub(crate) mod data_set;
pub(crate) mod file;
pub(crate) mod header;
mod jpeg;
pub(crate) mod pixels;
pub(crate) mod tags;

pub use file::FileError;
pub use pixels::{HuFrames, PixelError, hu_frames};
