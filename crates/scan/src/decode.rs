//! Compressed frames to stored words: the codecs, behind a trait.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::dicom::{codec, file::File};

/// Why frames could not be decoded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// The file is no readable DICOM object.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// An encoding that this reader does not know.
    #[error("the encoding {syntax} is not supported: {reason}")]
    Unsupported {
        /// Transfer syntax UID.
        syntax: String,
        /// What about it.
        reason: String,
    },
    /// The codec refused the bytes.
    #[error("frame {frame} could not be decoded: {reason}")]
    Codec {
        /// Number of the frame, from 0.
        frame: usize,
        /// What the codec said.
        reason: String,
    },
    /// The frames would outgrow the limit.
    #[error("the frames need {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that decoding would need.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The process that decodes went away or answered nonsense.
    #[error("the decoding process failed: {0}")]
    Child(String),
}

/// Frames as stored words, before masks, signs and rescaling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedFrames {
    /// Rows of each frame.
    pub rows: u32,
    /// Columns of each frame.
    pub columns: u32,
    /// Words of each frame, row by row.
    pub frames: Vec<Vec<u16>>,
}

/// Decodes compressed frames; an application implements it by a child process, so that a codec
/// that crashes takes nothing with it.
pub trait FrameDecoder: Sync {
    /// All frames of a DICOM file, at most `frame_count_max`.
    ///
    /// # Errors
    /// [`DecodeError`] says what is wrong with the file or its encoding.
    fn decode(&self, file_bytes: &[u8], frame_count_max: u32)
    -> Result<DecodedFrames, DecodeError>;
}

/// Decodes in this process: for tests, and inside the child. A codec that panics is an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl FrameDecoder for InProcess {
    fn decode(
        &self,
        file_bytes: &[u8],
        frame_count_max: u32,
    ) -> Result<DecodedFrames, DecodeError> {
        catch_unwind(AssertUnwindSafe(|| {
            let file = File::parse(file_bytes, 1 << 30)
                .map_err(|e| DecodeError::Damaged(e.to_string()))?;
            codec::decode(&file, frame_count_max)
        }))
        .unwrap_or_else(|_| {
            Err(DecodeError::Codec { frame: 0, reason: "the codec stopped on damaged data".into() })
        })
    }
}
