//! The wire between a parent and the child process that decodes.
//!
//! A request is `OSQ1`, `frame_count_max: u32`, `byte_count: u64`, the file. A reply is `OSR1`, a
//! status byte, then rows, columns and frame count as `u32` and the words as `u16`, or the length
//! of a message as `u32` and the message. All numbers are little-endian.

use std::io::{self, Read, Write};

use crate::decode::{DecodeError, DecodedFrames, FrameDecoder, InProcess};

const REQUEST: &[u8; 4] = b"OSQ1";
const REPLY: &[u8; 4] = b"OSR1";
const MESSAGE_BYTE_COUNT_MAX: usize = 2_000;

/// Largest file that a child accepts.
pub const FILE_BYTE_COUNT_MAX: u64 = 4 << 30;

/// Writes a request.
///
/// # Errors
/// Whatever the stream says.
pub fn encode_request(
    to: &mut impl Write,
    file_bytes: &[u8],
    frame_count_max: u32,
) -> io::Result<()> {
    to.write_all(REQUEST)?;
    to.write_all(&frame_count_max.to_le_bytes())?;
    to.write_all(&(file_bytes.len() as u64).to_le_bytes())?;
    to.write_all(file_bytes)?;
    to.flush()
}

/// Reads a request: the file's bytes and the highest frame count; `None` at the end of the stream.
///
/// # Errors
/// A stream that is cut or holds anything else.
pub fn decode_request(from: &mut impl Read) -> io::Result<Option<(Vec<u8>, u32)>> {
    let mut magic = [0; 4];
    let first = from.read(&mut magic)?;
    if first == 0 {
        return Ok(None);
    }
    from.read_exact(&mut magic[first..])?;
    if &magic != REQUEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a request"));
    }
    let frame_count_max = read_u32(from)?;
    let mut count = [0; 8];
    from.read_exact(&mut count)?;
    let count = u64::from_le_bytes(count);
    if count > FILE_BYTE_COUNT_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too large"));
    }
    Ok(Some((read_bytes(from, count)?, frame_count_max)))
}

/// Writes a reply.
///
/// # Errors
/// Whatever the stream says.
pub fn encode_reply(
    to: &mut impl Write,
    reply: &Result<DecodedFrames, DecodeError>,
) -> io::Result<()> {
    to.write_all(REPLY)?;
    match reply {
        Ok(decoded) => {
            to.write_all(&[0])?;
            to.write_all(&decoded.rows.to_le_bytes())?;
            to.write_all(&decoded.columns.to_le_bytes())?;
            to.write_all(&(decoded.frames.len() as u32).to_le_bytes())?;
            for frame in &decoded.frames {
                let bytes: Vec<u8> = frame.iter().flat_map(|w| w.to_le_bytes()).collect();
                to.write_all(&bytes)?;
            }
        }
        Err(error) => {
            to.write_all(&[1])?;
            let mut text = error.to_string().into_bytes();
            text.truncate(MESSAGE_BYTE_COUNT_MAX);
            to.write_all(&(text.len() as u32).to_le_bytes())?;
            to.write_all(&text)?;
        }
    }
    to.flush()
}

/// Reads a reply whose words take at most `byte_count_max` bytes.
///
/// # Errors
/// What the child said, or [`DecodeError::Child`] where the stream is cut or makes no sense.
pub fn decode_reply(
    from: &mut impl Read,
    byte_count_max: u64,
) -> Result<DecodedFrames, DecodeError> {
    let broken = |e: io::Error| DecodeError::Child(e.to_string());
    let mut head = [0; 5];
    from.read_exact(&mut head).map_err(broken)?;
    if &head[..4] != REPLY || head[4] > 1 {
        return Err(DecodeError::Child("not a reply".into()));
    }
    if head[4] == 1 {
        let count = u64::from(read_u32(from).map_err(broken)?);
        let bytes = read_bytes(from, count.min(MESSAGE_BYTE_COUNT_MAX as u64)).map_err(broken)?;
        return Err(DecodeError::Damaged(String::from_utf8_lossy(&bytes).into_owned()));
    }
    let rows = read_u32(from).map_err(broken)?;
    let columns = read_u32(from).map_err(broken)?;
    let frame_count = read_u32(from).map_err(broken)?;
    let frame_bytes = u64::from(rows).saturating_mul(u64::from(columns)).saturating_mul(2);
    let needed = frame_bytes.saturating_mul(u64::from(frame_count));
    if needed > byte_count_max || (frame_bytes == 0 && frame_count > 0) {
        return Err(DecodeError::TooLarge { needed, limit: byte_count_max });
    }
    let mut frames = Vec::new();
    for _ in 0..frame_count {
        let bytes = read_bytes(from, frame_bytes).map_err(broken)?;
        let words = bytes.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]]));
        frames.push(words.collect());
    }
    Ok(DecodedFrames { rows, columns, frames })
}

/// The child: answers requests until the stream ends.
///
/// # Errors
/// A stream that is cut or holds anything but requests.
pub fn serve(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    while let Some((bytes, frame_count_max)) = decode_request(&mut from)? {
        encode_reply(&mut to, &InProcess.decode(&bytes, frame_count_max))?;
    }
    Ok(())
}

fn read_u32(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Memory grows with what really arrives, not with what was announced.
fn read_bytes(from: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(count).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_comes_back_as_it_went() {
        let frames = vec![vec![1, 2, 65535, 4, 5, 6], vec![6, 5, 4, 3, 2, 1]];
        let sent = DecodedFrames { rows: 2, columns: 3, frames };
        let mut wire = Vec::new();
        encode_reply(&mut wire, &Ok(sent.clone())).unwrap();
        assert_eq!(decode_reply(&mut &wire[..], 24), Ok(sent));
        assert!(matches!(decode_reply(&mut &wire[..], 23), Err(DecodeError::TooLarge { .. })));
        let cut = decode_reply(&mut &wire[..wire.len() - 1], 24);
        assert!(matches!(cut, Err(DecodeError::Child(_))));
    }

    #[test]
    fn the_child_answers_every_request() {
        let mut asked = Vec::new();
        encode_request(&mut asked, b"nonsense", 1).unwrap();
        encode_request(&mut asked, b"", 1).unwrap();
        let mut answered = Vec::new();
        serve(&asked[..], &mut answered).unwrap();
        let mut replies = &answered[..];
        assert!(decode_reply(&mut replies, 10).is_err());
        assert!(decode_reply(&mut replies, 10).is_err());
        assert!(replies.is_empty());
    }
}
