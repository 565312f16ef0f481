//! What the head of an image file says of its size, before its values are read.

use std::io::{self, Read, Seek, SeekFrom};

use ossein_geom::{Grid, Lps};

use crate::image::{ImageError, format_of};
use crate::plain::{Format, Known, with_spacing};
use crate::{meta_image, nifti, npy, nrrd, tiff_stack};

/// First bytes of a file that hold every head of ours.
const START_BYTE_COUNT: u64 = 1 << 17;

/// The voxels of an image file, and what reading them takes.
#[derive(Clone, Debug)]
pub struct FileHead {
    /// Where the voxels lie.
    pub grid: Grid<Lps>,
    /// Bytes that are held at once while it is read: the file, what is inflated from it, and the
    /// values.
    pub byte_count: u64,
}

/// Reads the head of any image file of ours, by the ending of its name or else by its first bytes.
///
/// # Errors
/// [`ImageError`], as for [`read_plain`](crate::plain::read_plain): unknown, or a damaged head.
pub fn read_head<R: Read + Seek>(
    name: &str,
    from: &mut R,
    known: Known<'_>,
) -> Result<FileHead, ImageError> {
    let unread = |error: io::Error| ImageError::Read(error.to_string());
    let file_byte_count = from.seek(SeekFrom::End(0)).map_err(unread)?;
    from.rewind().map_err(unread)?;
    let mut start = Vec::new();
    from.by_ref().take(START_BYTE_COUNT).read_to_end(&mut start).map_err(unread)?;
    from.rewind().map_err(unread)?;
    let Known { spacing_mm, array } = known;
    let mut once = Some(&mut *from);
    let mut open = |_| once.take().ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
    let head = match Format::of(name, &start) {
        Format::Npy => return npy::head(&start, file_byte_count, spacing_mm),
        Format::Npz => {
            return npy::npz_head(open(0).map_err(unread)?, array, file_byte_count, spacing_mm);
        }
        Format::Tiff => return tiff_stack::read_head(1, &mut open, spacing_mm),
        Format::Other => match format_of(name, &start) {
            Some("NIfTI") => nifti::head(&start, file_byte_count)?,
            Some("NRRD") => nrrd::head(&start, file_byte_count)?,
            Some("MetaImage") => meta_image::head(&start, file_byte_count)?,
            _ => return Err(ImageError::Unknown),
        },
    };
    Ok(FileHead { grid: with_spacing(head.grid, spacing_mm)?, ..head })
}
