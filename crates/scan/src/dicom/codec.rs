//! The JPEG family. What a codestream states about its size is held against the file's own header
//! before a codec sees it, so that no codec allocates more than the file promises.

use std::borrow::Cow;

use super::file::File;
use super::header::{FRAME_COUNT_MAX, Words};
use super::tags;
use crate::decode::{DecodeError, DecodedFrames};

/// Largest sum of frames that is decoded at once, in bytes.
const BYTE_COUNT_MAX: u64 = 4 << 30;

#[derive(Clone, Copy)]
enum Family {
    Jpeg,
    JpegLs,
    Jpeg2000,
}

fn family(syntax: &str) -> Option<Family> {
    match syntax.strip_prefix("1.2.840.10008.1.2.4.")? {
        "50" | "51" | "53" | "55" | "57" | "70" => Some(Family::Jpeg),
        "80" | "81" => Some(Family::JpegLs),
        "90" | "91" => Some(Family::Jpeg2000),
        _ => None,
    }
}

/// All frames of a compressed file.
pub(crate) fn decode(file: &File<'_>, frame_count_max: u32) -> Result<DecodedFrames, DecodeError> {
    let unsupported = |reason: &str| DecodeError::Unsupported {
        syntax: file.syntax.clone(),
        reason: reason.into(),
    };
    let family = family(&file.syntax).ok_or_else(|| unsupported("unknown transfer syntax"))?;
    let set = file.data_set();
    let damaged = |text: &str| DecodeError::Damaged(text.into());
    let words = Words::read(&set).ok_or_else(|| damaged("it holds no image"))?;
    if words.samples_per_pixel != 1 {
        return Err(unsupported("colour images hold no Hounsfield values"));
    }
    let limit = usize::try_from(frame_count_max).unwrap_or(FRAME_COUNT_MAX).min(FRAME_COUNT_MAX);
    if words.frame_count > limit {
        return Err(damaged("it states more frames than are allowed"));
    }
    let needed = words.count() as u64 * 2;
    if needed > BYTE_COUNT_MAX {
        return Err(DecodeError::TooLarge { needed, limit: BYTE_COUNT_MAX });
    }
    let fragments = set
        .get(tags::PIXEL_DATA)
        .and_then(|e| e.fragments.as_ref())
        .ok_or_else(|| damaged("its pixel data is not encapsulated"))?;
    let streams = frame_streams(fragments, words.frame_count)
        .ok_or_else(|| damaged("its fragments do not make up its frames"))?;
    let frames = streams
        .iter()
        .enumerate()
        .map(|(frame, stream)| {
            frame_words(family, stream, &words)
                .map_err(|reason| DecodeError::Codec { frame, reason })
        })
        .collect::<Result<_, _>>()?;
    Ok(DecodedFrames { rows: words.rows as u32, columns: words.columns as u32, frames })
}

/// The stream of each frame: by one fragment each, by the offset table, or by start marks.
pub(crate) fn frame_streams<'a>(
    fragments: &[&'a [u8]],
    frame_count: usize,
) -> Option<Vec<Cow<'a, [u8]>>> {
    let (table, body) = fragments.split_first()?;
    if frame_count == 0 || body.is_empty() {
        return None;
    }
    if body.len() == frame_count {
        return Some(body.iter().map(|f| Cow::Borrowed(*f)).collect());
    }
    let starts = if frame_count == 1 {
        vec![0]
    } else {
        table_starts(table, body, frame_count).or_else(|| mark_starts(body, frame_count))?
    };
    let ends = starts.iter().skip(1).copied().chain([body.len()]);
    Some(starts.iter().zip(ends).map(|(&a, b)| Cow::Owned(body[a..b].concat())).collect())
}

fn table_starts(table: &[u8], body: &[&[u8]], frame_count: usize) -> Option<Vec<usize>> {
    if table.len() != frame_count * 4 {
        return None;
    }
    let mut offsets = Vec::with_capacity(body.len());
    let mut at = 0usize;
    for fragment in body {
        offsets.push(at);
        at += fragment.len() + 8;
    }
    let wanted = table.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]));
    let starts: Vec<usize> =
        wanted.map(|w| offsets.binary_search(&(w as usize)).ok()).collect::<Option<_>>()?;
    starts.windows(2).all(|w| w[0] < w[1]).then_some(starts)
}

fn mark_starts(body: &[&[u8]], frame_count: usize) -> Option<Vec<usize>> {
    let begins = |f: &[u8]| f.starts_with(&[0xFF, 0xD8, 0xFF]) || f.starts_with(&[0xFF, 0x4F]);
    let starts: Vec<usize> = (0..body.len()).filter(|&n| begins(body[n])).collect();
    (starts.len() == frame_count && starts[0] == 0).then_some(starts)
}

fn frame_words(family: Family, stream: &[u8], words: &Words) -> Result<Vec<u16>, String> {
    let stated = match family {
        Family::Jpeg | Family::JpegLs => jpeg_size(stream),
        Family::Jpeg2000 => jpeg2000_size(stream),
    };
    let wanted = (words.columns, words.rows, 1);
    match stated {
        None => return Err("the codestream has no readable header".into()),
        Some(found) if found != wanted => {
            return Err(format!(
                "the codestream holds {} x {} x {} samples, the header states {} x {} x 1",
                found.0, found.1, found.2, words.columns, words.rows
            ));
        }
        Some(_) => {}
    }
    let out = match family {
        Family::Jpeg => super::jpeg::decode(stream, words.columns, words.rows)?,
        Family::JpegLs => {
            let mut codec = charls::CharLS::default();
            let bytes = codec.decode(stream).map_err(|e| e.to_string())?;
            if bytes.len() == words.columns * words.rows {
                bytes.into_iter().map(u16::from).collect()
            } else {
                bytes.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect()
            }
        }
        Family::Jpeg2000 => jpeg2000(stream)?,
    };
    let (have, want) = (out.len(), words.columns * words.rows);
    if have == want { Ok(out) } else { Err(format!("{have} samples of {want} were decoded")) }
}

fn jpeg2000(stream: &[u8]) -> Result<Vec<u16>, String> {
    let image = jpeg2k::Image::from_bytes(stream).map_err(|e| e.to_string())?;
    let component = image.components().first().ok_or("no component")?;
    Ok(component.data().iter().map(|&v| v as u16).collect())
}

/// Columns, rows and components of a JPEG or JPEG-LS stream.
fn jpeg_size(stream: &[u8]) -> Option<(usize, usize, usize)> {
    let mut at = 2;
    while at + 9 < stream.len() {
        if stream[at] != 0xFF {
            return None;
        }
        let mark = stream[at + 1];
        if mark == 0xFF {
            at += 1;
            continue;
        }
        let two = |n: usize| usize::from(stream[n]) << 8 | usize::from(stream[n + 1]);
        let is_frame = matches!(mark, 0xC0..=0xCF) && !matches!(mark, 0xC4 | 0xC8 | 0xCC);
        if is_frame || mark == 0xF7 {
            return Some((two(at + 7), two(at + 5), usize::from(stream[at + 9])));
        }
        at += 2 + two(at + 2);
    }
    None
}

/// Columns, rows and components of a JPEG 2000 codestream or file.
fn jpeg2000_size(stream: &[u8]) -> Option<(usize, usize, usize)> {
    let head = &stream[..stream.len().min(4096)];
    let at = head.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])? + 2;
    let size = stream.get(at + 6..at + 40)?;
    let four =
        |n: usize| u32::from_be_bytes([size[n], size[n + 1], size[n + 2], size[n + 3]]) as usize;
    let components = usize::from(size[32]) << 8 | usize::from(size[33]);
    // Components and tiles must not be many either: a tile costs memory of its own.
    let (tile_x, tile_y) = (four(16).max(1), four(20).max(1));
    let (columns, rows) = (four(0).checked_sub(four(8))?, four(4).checked_sub(four(12))?);
    let tile_count = columns.div_ceil(tile_x).saturating_mul(rows.div_ceil(tile_y));
    (tile_count <= 4096).then_some((columns, rows, components))
}
