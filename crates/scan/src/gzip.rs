//! Bounded inflation, and deflation that gives the same bytes every time.

use std::io::{self, Read, Write};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// How bytes were deflated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrapping {
    Gzip,
    Zlib,
    Raw,
}

/// Inflates at most `byte_count_max` bytes; more is an error of kind `FileTooLarge`.
pub(crate) fn inflate(bytes: &[u8], how: Wrapping, byte_count_max: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let limit = byte_count_max.saturating_add(1);
    match how {
        Wrapping::Gzip => MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out)?,
        Wrapping::Zlib => ZlibDecoder::new(bytes).take(limit).read_to_end(&mut out)?,
        Wrapping::Raw => DeflateDecoder::new(bytes).take(limit).read_to_end(&mut out)?,
    };
    if out.len() as u64 > byte_count_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(out)
}

/// A gzip stream without name or time.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(6);
    let mut encoder = flate2::GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::with_capacity(bytes.len() / 4 + 64), level);
    encoder.write_all(bytes).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

/// Whether the bytes begin as a gzip stream does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}
