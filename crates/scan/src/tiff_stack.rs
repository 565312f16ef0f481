//! TIFF stacks: the pages of one file, or of one file a slice.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use tiff::decoder::ifd::Value;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use crate::head::FileHead;
use crate::image::{Image, ImageError, Values};
use crate::plain;

/// Most slices of a stack.
const SLICE_COUNT_MAX: usize = 65_535;

/// Whether bytes may be a TIFF file.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|m| bytes.starts_with(m))
}

/// Reads grey pages, file after file, each page one slice; plain, deflated or LZW.
///
/// The voxel size is `spacing_mm` (along `i`, `j`, `k`), else what ImageJ wrote beside a unit of
/// length, else 1 mm with a finding: resolutions in inches are the printer's.
///
/// # Errors
/// [`ImageError`]: damaged, not grey, pages of several sizes or types, or larger than
/// `byte_count_max`.
pub fn read(
    files: &[&[u8]],
    spacing_mm: Option<[f64; 3]>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let file_bytes: u64 = files.iter().map(|f| f.len() as u64).sum();
    let room = byte_count_max.saturating_sub(file_bytes);
    let mut stack = Stack { size: None, slice_count: 0, values: None, byte_count_max, room };
    let mut stated = None;
    for bytes in files {
        let mut decoder = Decoder::new(Cursor::new(*bytes)).map_err(fault)?;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = usize::try_from(room).unwrap_or(usize::MAX);
        limits.intermediate_buffer_size = limits.decoding_buffer_size;
        decoder = decoder.with_limits(limits);
        if stated.is_none() {
            stated = imagej_spacing(&mut decoder)?;
        }
        loop {
            stack.page(&mut decoder)?;
            if !decoder.more_images() {
                break;
            }
            decoder.next_image().map_err(fault)?;
        }
    }
    let ([width, height], values) = stack.size.zip(stack.values).ok_or(ImageError::Unknown)?;
    let mut findings = Vec::new();
    let size = [width, height, stack.slice_count];
    let grid = plain::grid(size, spacing_mm.or(stated), &mut findings)?;
    Ok(Image { format: "TIFF", grid, values, findings })
}

/// The grid and what reading takes of a stack in `file_count` files, each of which `open` opens.
///
/// # Errors
/// [`ImageError`]: damaged, pages of several sizes, or what `open` says.
pub fn read_head<R: Read + Seek>(
    file_count: usize,
    mut open: impl FnMut(usize) -> io::Result<R>,
    spacing_mm: Option<[f64; 3]>,
) -> Result<FileHead, ImageError> {
    let unread = |error: io::Error| ImageError::Read(error.to_string());
    let (mut page, mut stated, mut slice_count, mut file_bytes) = (None, None, 0, 0u64);
    for n in 0..file_count {
        let mut from = open(n).map_err(unread)?;
        file_bytes = file_bytes.saturating_add(from.seek(SeekFrom::End(0)).map_err(unread)?);
        from.rewind().map_err(unread)?;
        let mut decoder = Decoder::new(from).map_err(fault)?;
        let size = decoder.dimensions().map_err(fault)?;
        if *page.get_or_insert(size) != size {
            return Err(several_sizes());
        }
        if n == 0 {
            stated = imagej_spacing(&mut decoder)?;
        }
        slice_count += 1;
        while decoder.more_images() && slice_count <= SLICE_COUNT_MAX {
            decoder.next_image().map_err(fault)?;
            slice_count += 1;
        }
    }
    let (width, height) = page.ok_or(ImageError::Unknown)?;
    let size = [width as usize, height as usize, slice_count];
    let needed = held_bytes(u64::from(width) * u64::from(height), slice_count);
    let grid = plain::grid(size, spacing_mm.or(stated), &mut Vec::new())?;
    Ok(FileHead { grid, byte_count: needed.saturating_add(file_bytes) })
}

/// A page as decoded, and the values of so many pages.
fn held_bytes(page_voxel_count: u64, slice_count: usize) -> u64 {
    page_voxel_count.saturating_mul(4 * slice_count as u64 + 8)
}

fn several_sizes() -> ImageError {
    ImageError::Unsupported("a stack of pages of several sizes".into())
}

fn fault(error: TiffError) -> ImageError {
    match error {
        TiffError::UnsupportedError(error) => ImageError::Tiff(error.to_string()),
        TiffError::LimitsExceeded => ImageError::Unsupported("a page larger than allowed".into()),
        other => ImageError::Header { field: "TIFF structure", found: other.to_string() },
    }
}

struct Stack {
    size: Option<[usize; 2]>,
    slice_count: usize,
    values: Option<Values>,
    byte_count_max: u64,
    room: u64,
}

impl Stack {
    fn page(&mut self, decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<(), ImageError> {
        let (width, height) = decoder.dimensions().map_err(fault)?;
        let size = [width as usize, height as usize];
        if *self.size.get_or_insert(size) != size {
            return Err(several_sizes());
        }
        let ColorType::Gray(bits) = decoder.colortype().map_err(fault)? else {
            return Err(ImageError::Unsupported("a stack of colour pages".into()));
        };
        let page = u64::from(width) * u64::from(height);
        let needed = held_bytes(page, self.slice_count + 1);
        if needed > self.room || self.slice_count >= SLICE_COUNT_MAX {
            return Err(ImageError::TooLarge { needed, limit: self.byte_count_max });
        }
        let decoded = match decoder.read_image().map_err(fault)? {
            DecodingResult::U8(packed) if bits < 8 => {
                DecodingResult::U8(unpacked(&packed, usize::from(bits), size))
            }
            decoded => decoded,
        };
        let values = converted(decoded)?;
        let found = match &values {
            Values::I16(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::F32(v) => v.len(),
        };
        if found as u64 != page || page == 0 {
            return Err(ImageError::Short { found: found as u64, stated: page });
        }
        match (&mut self.values, values) {
            (None, values) => self.values = Some(values),
            (Some(Values::I16(all)), Values::I16(some)) => all.extend(some),
            (Some(Values::I32(all)), Values::I32(some)) => all.extend(some),
            (Some(Values::F32(all)), Values::F32(some)) => all.extend(some),
            _ => return Err(ImageError::Unsupported("a stack of pages of several types".into())),
        }
        self.slice_count += 1;
        Ok(())
    }
}

/// Values of less than a byte, the first highest; each row begins with a byte of its own.
fn unpacked(packed: &[u8], bits: usize, [width, height]: [usize; 2]) -> Vec<u8> {
    let row_bytes = (width * bits).div_ceil(8).max(1);
    let rows = packed.chunks_exact(row_bytes).take(height);
    let value = |row: &[u8], at: usize| {
        let shift = 8 - bits - at * bits % 8;
        row[at * bits / 8] >> shift & ((1 << bits) - 1)
    };
    rows.flat_map(|row| (0..width).map(move |at| value(row, at))).collect()
}

fn converted(decoded: DecodingResult) -> Result<Values, ImageError> {
    let held = |v: i128| v.clamp(i128::from(i32::MIN), i128::from(i32::MAX)) as i32;
    Ok(match decoded {
        DecodingResult::U8(v) => Values::I16(v.into_iter().map(i16::from).collect()),
        DecodingResult::I8(v) => Values::I16(v.into_iter().map(i16::from).collect()),
        DecodingResult::I16(v) => Values::I16(v),
        DecodingResult::U16(v) => Values::I32(v.into_iter().map(i32::from).collect()),
        DecodingResult::I32(v) => Values::I32(v),
        DecodingResult::U32(v) => Values::I32(v.into_iter().map(|v| held(v.into())).collect()),
        DecodingResult::I64(v) => Values::I32(v.into_iter().map(|v| held(v.into())).collect()),
        DecodingResult::U64(v) => Values::I32(v.into_iter().map(|v| held(v.into())).collect()),
        DecodingResult::F32(v) => Values::F32(v),
        DecodingResult::F64(v) => Values::F32(v.into_iter().map(|v| v as f32).collect()),
        DecodingResult::F16(v) => Values::F32(v.into_iter().map(f32::from).collect()),
    })
}

/// Voxel size in mm, if ImageJ's description names a unit of length.
fn imagej_spacing<R: Read + Seek>(
    decoder: &mut Decoder<R>,
) -> Result<Option<[f64; 3]>, ImageError> {
    let text = match decoder.find_tag(Tag::ImageDescription).map_err(fault)? {
        Some(Value::Ascii(text)) if text.starts_with("ImageJ=") => text,
        _ => return Ok(None),
    };
    let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('='));
    let page_count = field("images").and_then(|t| t.trim().parse::<usize>().ok()).unwrap_or(1);
    if page_count > 1 && !decoder.more_images() {
        return Err(ImageError::Unsupported(
            "an ImageJ stack without a page for each slice".into(),
        ));
    }
    let unit_mm = match field("unit").map(str::trim) {
        Some("mm") => 1.0,
        Some("cm") => 10.0,
        Some("micron" | "um" | "µm" | "\\u00B5m" | "microns") => 1e-3,
        Some("nm") => 1e-6,
        _ => return Ok(None),
    };
    let mut resolution = |tag: Tag| -> Result<Option<f64>, ImageError> {
        Ok(match decoder.find_tag(tag).map_err(fault)? {
            Some(Value::Rational(n, d)) if n > 0 && d > 0 => {
                Some(f64::from(d) / f64::from(n) * unit_mm)
            }
            _ => None,
        })
    };
    let (x, y) = (resolution(Tag::XResolution)?, resolution(Tag::YResolution)?);
    let deep = field("spacing").and_then(|t| t.trim().parse::<f64>().ok()).map(|z| z * unit_mm);
    Ok(x.zip(y).map(|(x, y)| [x, y, deep.unwrap_or(x)]))
}
