//! NumPy arrays: `.npy`, and `.npz` archives of them.

use std::io::{self, Cursor, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::head::FileHead;
use crate::image::{Image, ImageError, Values};
use crate::plain;
use crate::raster::{self, Kind, Layout};

pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read, in bytes.
const HEADER_BYTE_COUNT_MAX: usize = 1 << 16;
/// Most files of an archive that are looked at.
const ENTRY_COUNT_MAX: usize = 1000;

/// Reads an array of two or three axes `[k][j][i]` of numbers or truth values, either byte order.
///
/// An array in Fortran's order has the same indices and other bytes. Without `spacing_mm` (along
/// `i`, `j`, `k`) the voxels get 1 mm and a finding.
///
/// # Errors
/// [`ImageError`]: damaged, not supported, or larger than `byte_count_max`.
pub fn read(
    bytes: &[u8],
    spacing_mm: Option<[f64; 3]>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let (text, start) = header(bytes)?;
    let head = Head::parse(text)?;
    let layout = Layout { size: head.size, kind: head.kind, compressed: head.fortran };
    let stated = layout.stated_bytes(bytes.len(), byte_count_max)?;
    let body = &bytes[start..];
    let mut values = raster::values(body, stated, head.kind, head.big_endian, None)?;
    if head.fortran {
        values = match values {
            Values::I16(v) => Values::I16(turned(&v, head.size)),
            Values::I32(v) => Values::I32(turned(&v, head.size)),
            Values::F32(v) => Values::F32(turned(&v, head.size)),
        };
    }
    let mut findings = Vec::new();
    let grid = plain::grid(head.size, spacing_mm, &mut findings)?;
    Ok(Image { format: "NumPy", grid, values, findings })
}

/// Reads the array `name` of an archive; without a name, the only one of two or three axes.
///
/// # Errors
/// [`ImageError`], as for [`read`]; [`ImageError::Array`] if there is no such array, or if there are
/// several and none is named.
pub fn read_npz(
    bytes: &[u8],
    name: Option<&str>,
    spacing_mm: Option<[f64; 3]>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ImageError::Compressed)?;
    let place = chosen(&mut archive, name)?;
    let entry = archive.by_index(place).map_err(|_| ImageError::Compressed)?;
    let room = byte_count_max.saturating_sub(bytes.len() as u64);
    let mut inside = Vec::new();
    let read_count = entry.take(room.saturating_add(1)).read_to_end(&mut inside);
    let read_count = read_count.map_err(|_| ImageError::Compressed)? as u64;
    if read_count > room {
        return Err(ImageError::TooLarge { needed: read_count, limit: byte_count_max });
    }
    read(&inside, spacing_mm, room)
}

/// The grid and what reading takes, from the first bytes of an array of `byte_count` bytes.
pub(crate) fn head(
    start: &[u8],
    byte_count: u64,
    spacing_mm: Option<[f64; 3]>,
) -> Result<FileHead, ImageError> {
    let head = Head::parse(header(start)?.0)?;
    let layout = Layout { size: head.size, kind: head.kind, compressed: head.fortran };
    let byte_count = layout.held_bytes(byte_count)?;
    Ok(FileHead { grid: plain::grid(head.size, spacing_mm, &mut Vec::new())?, byte_count })
}

/// The same of an array of an archive of `file_byte_count` bytes; see [`read_npz`].
pub(crate) fn npz_head<R: Read + Seek>(
    from: R,
    name: Option<&str>,
    file_byte_count: u64,
    spacing_mm: Option<[f64; 3]>,
) -> Result<FileHead, ImageError> {
    let mut archive = ZipArchive::new(from).map_err(|_| ImageError::Compressed)?;
    let place = chosen(&mut archive, name)?;
    let entry = archive.by_index(place).map_err(|_| ImageError::Compressed)?;
    let byte_count = entry.size().saturating_add(file_byte_count);
    head(&start(entry)?, byte_count, spacing_mm)
}

/// The first bytes of an array in an archive: enough for its header.
fn start(entry: impl Read) -> Result<Vec<u8>, ImageError> {
    let mut start = Vec::new();
    let most = (12 + HEADER_BYTE_COUNT_MAX) as u64;
    entry.take(most).read_to_end(&mut start).map_err(|_| ImageError::Compressed)?;
    Ok(start)
}

/// Place in an archive of the array `name`, or of the only one that is an image.
fn chosen<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    name: Option<&str>,
) -> Result<usize, ImageError> {
    let (mut images, mut known) = (Vec::new(), Vec::new());
    let mut reason = ImageError::Unknown;
    for n in 0..archive.len().min(ENTRY_COUNT_MAX) {
        let entry = archive.by_index(n).map_err(|_| ImageError::Compressed)?;
        let own = entry.name().map_err(|_| ImageError::Compressed)?;
        let Some(own) = own.strip_suffix(".npy").map(str::to_owned) else { continue };
        if name == Some(&own) {
            return Ok(n);
        }
        known.push(own);
        if name.is_none() {
            match Head::parse(header(&start(entry)?)?.0) {
                Ok(_) => images.push(n),
                Err(error) => reason = error,
            }
        }
    }
    match (images[..].as_ref(), name) {
        ([one], _) => Ok(*one),
        ([], None) => Err(reason),
        (_, wanted) => Err(ImageError::Array { wanted: wanted.map(str::to_owned), known }),
    }
}

/// An array to be written: its name, the length of each axis (the last one changes fastest) and its
/// values, [`Values`] of single-precision or whole numbers.
pub struct Array<'a> {
    /// Name in the archive, without `.npy`.
    pub name: &'a str,
    /// Lengths of the axes.
    pub shape: &'a [usize],
    /// As many values as the lengths say.
    pub values: &'a Values,
}

/// An archive of arrays; equal arrays give equal bytes.
///
/// # Errors
/// [`io::Error`] for an array of more than 4 GiB.
///
/// # Panics
/// If an array's values are not as many as its shape says.
pub fn write_npz(arrays: &[Array<'_>]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for array in arrays {
        let (kind, bytes): (&str, Vec<u8>) = match array.values {
            Values::I16(v) => ("<i2", v.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Values::I32(v) => ("<i4", v.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Values::F32(v) => ("<f4", v.iter().flat_map(|v| v.to_le_bytes()).collect()),
        };
        let width = if kind == "<i2" { 2 } else { 4 };
        assert_eq!(bytes.len(), width * array.shape.iter().product::<usize>());
        let axes: String = array.shape.iter().map(|length| format!("{length},")).collect();
        let mut text =
            format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({axes}), }}");
        // Magic, version and length take ten bytes; the whole head ends on a multiple of 64.
        let head = (10 + text.len() + 1).next_multiple_of(64) - 10;
        text.extend(std::iter::repeat_n(' ', head - 1 - text.len()));
        text.push('\n');
        zip.start_file(format!("{}.npy", array.name), options)?;
        zip.write_all(MAGIC)?;
        zip.write_all(&[1, 0])?;
        zip.write_all(&(head as u16).to_le_bytes())?;
        zip.write_all(text.as_bytes())?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The header's text, and where the values begin.
fn header(bytes: &[u8]) -> Result<(&str, usize), ImageError> {
    if !bytes.starts_with(MAGIC) {
        return Err(ImageError::Unknown);
    }
    let short = ImageError::Short { found: bytes.len() as u64, stated: 12 };
    let prefix = bytes.get(..12).ok_or(short)?;
    let (start, count) = match prefix[6] {
        1 => (10, usize::from(u16::from_le_bytes([prefix[8], prefix[9]]))),
        2 | 3 => {
            let four = [prefix[8], prefix[9], prefix[10], prefix[11]];
            (12, u32::from_le_bytes(four) as usize)
        }
        other => return Err(ImageError::Unsupported(format!("NumPy format {other}"))),
    };
    let found = format!("{count} bytes");
    if count > HEADER_BYTE_COUNT_MAX {
        return Err(ImageError::Header { field: "header length", found });
    }
    let text = bytes.get(start..start + count).and_then(|b| std::str::from_utf8(b).ok());
    let text = text.ok_or(ImageError::Header { field: "header length", found })?;
    Ok((text, start + count))
}

struct Head {
    size: [usize; 3],
    kind: Kind,
    big_endian: bool,
    fortran: bool,
}

impl Head {
    /// The header is the text of a Python dictionary with three keys.
    fn parse(text: &str) -> Result<Self, ImageError> {
        let wrong = |field: &'static str| {
            let found: String = text.chars().take(120).collect();
            ImageError::Header { field, found }
        };
        let after = |key: &'static str| {
            let at = text.find(&format!("'{key}'")).ok_or_else(|| wrong(key))?;
            let rest = &text[at + key.len() + 2..];
            rest.trim_start().strip_prefix(':').map(str::trim_start).ok_or_else(|| wrong(key))
        };
        let descr = after("descr")?.strip_prefix('\'').and_then(|t| t.split('\'').next());
        let descr = descr.ok_or_else(|| ImageError::Unsupported("an array of records".into()))?;
        let order = after("fortran_order")?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return Err(wrong("fortran_order"));
        }
        let shape = after("shape")?.strip_prefix('(').and_then(|t| t.split(')').next());
        let shape = shape.ok_or_else(|| wrong("shape"))?;
        let axes = shape.split(',').map(str::trim).filter(|t| !t.is_empty());
        let axes: Result<Vec<usize>, _> = axes.map(|t| t.trim_end_matches('L').parse()).collect();
        let size = match axes.map_err(|_| wrong("shape"))?[..] {
            [j, i] => [i, j, 1],
            [k, j, i] => [i, j, k],
            ref other => {
                let text = format!("an array of {} axes", other.len());
                return Err(ImageError::Unsupported(text));
            }
        };
        let kind = kind(descr)?;
        Ok(Self { size, kind, big_endian: descr.starts_with('>'), fortran })
    }
}

fn kind(descr: &str) -> Result<Kind, ImageError> {
    Ok(match descr.trim_start_matches(['<', '>', '|', '=']) {
        "b1" | "u1" => Kind::U8,
        "i1" => Kind::I8,
        "i2" => Kind::I16,
        "u2" => Kind::U16,
        "i4" => Kind::I32,
        "u4" => Kind::U32,
        "i8" => Kind::I64,
        "u8" => Kind::U64,
        "f2" => Kind::F16,
        "f4" => Kind::F32,
        "f8" => Kind::F64,
        _ => {
            let text: String = descr.chars().take(20).collect();
            return Err(ImageError::Unsupported(format!("numbers of type {text}")));
        }
    })
}

/// From `k` fastest to `i` fastest.
fn turned<T: Copy>(values: &[T], [ni, nj, nk]: [usize; 3]) -> Vec<T> {
    let mut out = Vec::with_capacity(values.len());
    for k in 0..nk {
        for j in 0..nj {
            out.extend((0..ni).map(|i| values[(i * nj + j) * nk + k]));
        }
    }
    out
}
