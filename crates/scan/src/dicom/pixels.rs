//! Stored words to Hounsfield units: masks, signs, padding, rescaling.

use super::codec;
use super::data_set::{DataSet, Element};
use super::file::{File, FileError, syntax};
use super::header::{FRAME_COUNT_MAX, Header, Words};
use super::tags;
use crate::decode::{DecodeError, DecodedFrames, FrameDecoder};

/// What stands where the scanner saw nothing, in HU.
pub(crate) const PADDING_HU: i16 = -1024;

/// Why pixels could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PixelError {
    /// The file is no DICOM file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file holds no image.
    #[error("the file holds no image")]
    NoImage,
    /// Words of a kind that no CT has.
    #[error("{bits_allocated}-bit words with {samples_per_pixel} samples hold no CT image")]
    Words {
        /// Bits of a word.
        bits_allocated: u16,
        /// Samples of a pixel.
        samples_per_pixel: u16,
    },
    /// Fewer bytes than the header states.
    #[error("the pixel data holds {found} of {stated} bytes: the file is cut short")]
    Short {
        /// Bytes in the file.
        found: u64,
        /// Bytes that the header states.
        stated: u64,
    },
    /// More than is allowed.
    #[error("the image needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// Run lengths that make no sense.
    #[error("the run-length data of frame {frame} is damaged")]
    RunLength {
        /// Number of the frame, from 0.
        frame: usize,
    },
    /// A codec refused.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Frames of a file in Hounsfield units.
#[derive(Clone, Debug, PartialEq)]
pub struct HuFrames {
    /// Rows of each frame.
    pub rows: usize,
    /// Columns of each frame.
    pub columns: usize,
    /// Values of each frame, row by row.
    pub frames: Vec<Vec<i16>>,
    /// Number of words that the file marks as padding.
    pub padding_count: usize,
}

/// All frames of one DICOM file in Hounsfield units; padding becomes -1024.
///
/// # Errors
/// [`PixelError`]: damaged, cut, unknown encoding, or larger than `byte_count_max`.
pub fn hu_frames(
    bytes: &[u8],
    decoder: &dyn FrameDecoder,
    byte_count_max: u64,
) -> Result<HuFrames, PixelError> {
    let header =
        Header::read(0, bytes, bytes.len() as u64, byte_count_max)?.ok_or(PixelError::NoImage)?;
    read_hu(bytes, &header, decoder, byte_count_max)
}

/// The same, for a header that was read before.
pub(crate) fn read_hu(
    bytes: &[u8],
    header: &Header,
    decoder: &dyn FrameDecoder,
    byte_count_max: u64,
) -> Result<HuFrames, PixelError> {
    check(header, byte_count_max)?;
    let words = &header.words;
    let stored = stored_words(bytes, words, decoder, byte_count_max)?;
    let mut padding_count = 0;
    let frames = stored
        .frames
        .into_iter()
        .zip(&header.frames)
        .map(|(frame, place)| {
            let slope = place.slope.unwrap_or(1.0);
            let intercept = place.intercept.unwrap_or(0.0);
            let to_hu = |word: u16| {
                let value = words.value(word);
                let is_padding = words.padding.is_some_and(|(a, b)| (a..=b).contains(&value));
                padding_count += usize::from(is_padding);
                let hu = (f64::from(value) * slope + intercept + 0.5).floor();
                if is_padding { PADDING_HU } else { hu.clamp(-32768.0, 32767.0) as i16 }
            };
            frame.into_iter().map(to_hu).collect()
        })
        .collect();
    Ok(HuFrames { rows: words.rows, columns: words.columns, frames, padding_count })
}

impl Words {
    /// The number that a word stands for.
    fn value(&self, word: u16) -> i32 {
        let bits = u32::from(self.bits_stored);
        let shift = u32::from(self.high_bit + 1 - self.bits_stored);
        let value = i32::from(word >> shift) & ((1i32 << bits) - 1);
        if self.signed && value >> (bits - 1) & 1 == 1 { value - (1 << bits) } else { value }
    }
}

/// Whether the words are of a kind that we read, and not too many.
pub(crate) fn check(header: &Header, byte_count_max: u64) -> Result<(), PixelError> {
    let words = &header.words;
    let fits = matches!(words.bits_allocated, 8 | 16)
        && words.samples_per_pixel == 1
        && (1..=words.bits_allocated).contains(&words.bits_stored)
        && (words.bits_stored - 1..words.bits_allocated).contains(&words.high_bit);
    if !fits {
        let Words { bits_allocated, samples_per_pixel, .. } = *words;
        return Err(PixelError::Words { bits_allocated, samples_per_pixel });
    }
    if words.count() == 0 || words.frame_count > FRAME_COUNT_MAX {
        return Err(PixelError::NoImage);
    }
    let needed = words.count() as u64 * 4;
    if needed > byte_count_max {
        return Err(PixelError::TooLarge { needed, limit: byte_count_max });
    }
    // No codec of CT images packs more than some hundred to one: a stated size far beyond the
    // bytes at hand is a mistake or an attack.
    let packed_max = words.byte_count as u64 * 2_000;
    if needed / 2 > packed_max {
        return Err(PixelError::Short { found: words.byte_count as u64, stated: needed / 2 });
    }
    Ok(())
}

fn stored_words(
    bytes: &[u8],
    words: &Words,
    decoder: &dyn FrameDecoder,
    byte_count_max: u64,
) -> Result<DecodedFrames, PixelError> {
    let file = File::parse(bytes, byte_count_max)?;
    let decoded = if file.is_compressed() {
        decoder.decode(bytes, words.frame_count as u32)?
    } else {
        let set = file.data_set();
        let pixels = set.get(tags::PIXEL_DATA).ok_or(PixelError::NoImage)?;
        let frames = match (&pixels.fragments, file.syntax.as_str()) {
            (Some(fragments), syntax::RLE) => run_lengths(fragments, words)?,
            (None, _) => plain(&set, pixels, words)?,
            _ => return Err(PixelError::NoImage),
        };
        DecodedFrames { rows: words.rows as u32, columns: words.columns as u32, frames }
    };
    let frame_size = words.rows * words.columns;
    let whole = decoded.frames.len() == words.frame_count
        && decoded.frames.iter().all(|f| f.len() == frame_size);
    if !whole {
        return Err(DecodeError::Child("the frames have another size than asked".into()).into());
    }
    Ok(decoded)
}

fn plain(
    set: &DataSet<'_>,
    pixels: &Element<'_>,
    words: &Words,
) -> Result<Vec<Vec<u16>>, PixelError> {
    let word_bytes = usize::from(words.bits_allocated / 8);
    let frame_bytes = words.rows * words.columns * word_bytes;
    let stated = frame_bytes * words.frame_count;
    let found = pixels.bytes.len();
    if found < stated {
        return Err(PixelError::Short { found: found as u64, stated: stated as u64 });
    }
    let to_words = |frame: &[u8]| -> Vec<u16> {
        match (word_bytes, set.encoding.big_endian) {
            (1, _) => frame.iter().map(|&b| u16::from(b)).collect(),
            (_, true) => frame.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect(),
            (_, false) => frame.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect(),
        }
    };
    Ok(pixels.bytes[..stated].chunks_exact(frame_bytes).map(to_words).collect())
}

fn run_lengths(fragments: &[&[u8]], words: &Words) -> Result<Vec<Vec<u16>>, PixelError> {
    let broken = |frame| PixelError::RunLength { frame };
    let streams = codec::frame_streams(fragments, words.frame_count).ok_or(broken(0))?;
    let size = words.rows * words.columns;
    let plane_count = usize::from(words.bits_allocated / 8);
    let mut frames = Vec::new();
    for (n, stream) in streams.iter().enumerate() {
        frames.push(run_length_frame(stream, size, plane_count).ok_or(broken(n))?);
    }
    Ok(frames)
}

/// One frame: byte planes, the highest first, each packed by PackBits.
fn run_length_frame(stream: &[u8], size: usize, plane_count: usize) -> Option<Vec<u16>> {
    let head = |n: usize| {
        let b = stream.get(n * 4..n * 4 + 4)?;
        Some(u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    };
    if head(0)? != plane_count {
        return None;
    }
    let mut frame = vec![0u16; size];
    for plane in 0..plane_count {
        let start = head(plane + 1)?;
        let end = if plane + 1 < plane_count { head(plane + 2)? } else { stream.len() };
        unpack(stream.get(start..end)?, &mut frame)?;
    }
    Some(frame)
}

/// Shifts each word up by a byte and puts the next unpacked byte below.
fn unpack(packed: &[u8], words: &mut [u16]) -> Option<()> {
    let mut out = words.iter_mut();
    let mut bytes = packed.iter().copied();
    let mut left = out.len();
    while left > 0 {
        let control = bytes.next()? as i8;
        let count = match control {
            -128 => continue,
            0.. => usize::from(control as u8) + 1,
            _ => usize::from(control.unsigned_abs()) + 1,
        };
        let repeated = if control < 0 { Some(bytes.next()?) } else { None };
        for _ in 0..count {
            let byte = match repeated {
                Some(byte) => byte,
                None => bytes.next()?,
            };
            if let Some(word) = out.next() {
                *word = *word << 8 | u16::from(byte);
                left -= 1;
            }
        }
    }
    Some(())
}
