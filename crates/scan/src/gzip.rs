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

/// No deflated stream grows by more than this.
const GROWTH_MAX: usize = 1032;

/// Inflates at most `byte_count_max` bytes; more is an error of kind `FileTooLarge`.
pub(crate) fn inflate(bytes: &[u8], how: Wrapping, byte_count_max: u64) -> io::Result<Vec<u8>> {
    // The size is not known, so the stream is read twice rather than the memory grown by halves.
    let mut stream = reader(bytes, how).take(byte_count_max.saturating_add(1));
    let count = io::copy(&mut stream, &mut io::sink())?;
    if count > byte_count_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    inflate_start(bytes, how, count as usize)
}

/// Inflates the first `byte_count` bytes, or all if there are fewer.
pub(crate) fn inflate_start(bytes: &[u8], how: Wrapping, byte_count: usize) -> io::Result<Vec<u8>> {
    let room = byte_count.min(bytes.len().saturating_mul(GROWTH_MAX));
    let mut out = Vec::with_capacity(room);
    reader(bytes, how).take(byte_count as u64).read_to_end(&mut out)?;
    Ok(out)
}

fn reader<'a>(bytes: &'a [u8], how: Wrapping) -> Box<dyn Read + 'a> {
    match how {
        Wrapping::Gzip => Box::new(MultiGzDecoder::new(bytes)),
        Wrapping::Zlib => Box::new(ZlibDecoder::new(bytes)),
        Wrapping::Raw => Box::new(DeflateDecoder::new(bytes)),
    }
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
