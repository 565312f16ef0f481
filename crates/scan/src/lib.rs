//! Image bytes to Hounsfield volumes and back, and the acquisition gate.
//!
//! [`import`] takes a folder as it comes from a scanner, or one NIfTI, NRRD or MetaImage file, and
//! gives a volume in Hounsfield units with a report: accept, warn or reject, and why. Files come
//! through [`Source`]; compressed frames go through [`FrameDecoder`], so that a caller may keep the
//! codecs in a child process ([`child`]). Nothing here touches a disk, and no patient name, id or
//! date of birth leaves the reader.

pub mod child;
mod date;
pub mod decode;
pub mod dicom;
pub mod dicom_write;
mod gate;
mod gzip;
pub mod head;
pub mod image;
mod import;
mod letter;
pub mod markups;
pub mod meta_image;
pub mod nifti;
pub mod npy;
pub mod nrrd;
pub mod plain;
mod raster;
pub mod report;
pub mod resample;
mod series;
mod source;
mod stack;
pub mod tiff_stack;

pub use decode::{DecodeError, DecodedFrames, FrameDecoder, InProcess};
pub use image::{Image, ImageError, Values, read_image};
pub use import::{ImportError, ImportOptions, Imported, import};
pub use letter::letter;
pub use report::{ScanReport, SeriesSummary, Verdict};
pub use source::{MemorySource, Source};
