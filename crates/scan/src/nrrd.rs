//! NRRD with attached data: raw, gzip or ascii.

use ossein_geom::{Finding, Grid, Lps};

use crate::gzip::{self, Wrapping};
use crate::head::FileHead;
use crate::image::{Image, ImageError, Values};
use crate::raster::{self, Kind, Layout};

/// Longest header that is looked at.
const HEADER_BYTE_COUNT_MAX: usize = 1 << 16;

fn wrong(field: &'static str, found: impl Into<String>) -> ImageError {
    ImageError::Header { field, found: found.into() }
}

/// Reads a `.nrrd` file; axes and origin come out in LPS.
///
/// # Errors
/// [`ImageError`]: damaged, not supported, or larger than `byte_count_max`.
pub fn read(bytes: &[u8], byte_count_max: u64) -> Result<Image, ImageError> {
    let (fields, start) = Fields::new(bytes)?;
    for name in ["data file", "datafile", "line skip", "lineskip", "byte skip", "byteskip"] {
        if fields.get(name).is_some_and(|v| v != "0") {
            return Err(ImageError::Unsupported(format!("NRRD with the field {name}")));
        }
    }
    let layout = fields.layout()?;
    let Layout { size, kind, compressed } = layout;
    let encoding = fields.encoding();
    let stated = layout.stated_bytes(bytes.len(), byte_count_max)?;
    let big_endian = fields.get("endian").is_some_and(|e| e.eq_ignore_ascii_case("big"));
    let body = &bytes[start..];
    let values = match encoding.as_str() {
        "raw" => raster::values(body, stated, kind, big_endian, None)?,
        "ascii" | "text" | "txt" => ascii(body, stated / kind.byte_count())?,
        _ if compressed => {
            let inflated = gzip::inflate_start(body, Wrapping::Gzip, stated)
                .map_err(|_| ImageError::Compressed)?;
            raster::values(&inflated, stated, kind, big_endian, None)?
        }
        other => return Err(ImageError::Unsupported(format!("NRRD encoding {other}"))),
    };
    let mut findings = Vec::new();
    let grid = fields.grid(size, &mut findings)?;
    Ok(Image { format: "NRRD", grid, values, findings })
}

/// The grid and what reading takes, from the first bytes of a file of `file_byte_count`.
pub(crate) fn head(start: &[u8], file_byte_count: u64) -> Result<FileHead, ImageError> {
    let (fields, _) = Fields::new(start)?;
    let layout = fields.layout()?;
    let byte_count = layout.held_bytes(file_byte_count)?;
    Ok(FileHead { grid: fields.grid(layout.size, &mut Vec::new())?, byte_count })
}

/// Numbers as text, parted by white space.
fn ascii(body: &[u8], count: usize) -> Result<Values, ImageError> {
    let mut values: Vec<f32> = Vec::with_capacity(count.min(body.len() / 2 + 1));
    let words = body.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    let numbers = words.map(|w| std::str::from_utf8(w).ok()?.parse::<f32>().ok());
    values.extend(numbers.take(count).map_while(|v| v));
    if values.len() != count {
        let (found, stated) = (values.len() as u64, count as u64);
        return Err(ImageError::Short { found, stated });
    }
    Ok(Values::F32(values))
}

/// The lines of a header.
struct Fields(String);

impl Fields {
    /// The fields of a header, and where the values begin.
    fn new(bytes: &[u8]) -> Result<(Self, usize), ImageError> {
        if !bytes.starts_with(b"NRRD") {
            return Err(ImageError::Unknown);
        }
        let near = &bytes[..bytes.len().min(HEADER_BYTE_COUNT_MAX)];
        let unix = near.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2));
        let dos = near.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4));
        let (end, start) = [unix, dos].into_iter().flatten().min().ok_or(wrong("end", "none"))?;
        Ok((Self(String::from_utf8_lossy(&near[..end]).into_owned()), start))
    }

    fn encoding(&self) -> String {
        self.get("encoding").unwrap_or_default().to_lowercase()
    }

    fn layout(&self) -> Result<Layout, ImageError> {
        let compressed = matches!(self.encoding().as_str(), "gzip" | "gz");
        let kind = kind(&self.get("type").unwrap_or_default())?;
        Ok(Layout { size: self.size()?, kind, compressed })
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.lines().filter(|l| !l.starts_with('#')).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim().eq_ignore_ascii_case(name) && !value.starts_with('='))
                .then(|| value.trim().to_string())
        })
    }

    fn size(&self) -> Result<[usize; 3], ImageError> {
        let text = self.get("sizes").unwrap_or_default();
        let size: Vec<usize> = text.split_whitespace().filter_map(|s| s.parse().ok()).collect();
        size.try_into().map_err(|_| wrong("sizes", text))
    }

    fn grid(&self, size: [usize; 3], findings: &mut Vec<Finding>) -> Result<Grid<Lps>, ImageError> {
        let flip = match self.get("space").map(|s| s.to_lowercase()).as_deref() {
            Some("left-posterior-superior" | "lps") => [1.0, 1.0, 1.0],
            Some("right-anterior-superior" | "ras") => [-1.0, -1.0, 1.0],
            Some("left-anterior-superior" | "las") => [1.0, -1.0, 1.0],
            Some(other) => return Err(ImageError::Unsupported(format!("NRRD space {other}"))),
            None => {
                let text = "the file states no patient space: its axes were taken as LPS";
                findings.push(Finding::warning("scan.orientation_unknown", "scan", text));
                [1.0, 1.0, 1.0]
            }
        };
        let turn = |v: [f64; 3]| [v[0] * flip[0], v[1] * flip[1], v[2] * flip[2]];
        let steps = match self.get("space directions") {
            Some(text) => {
                let vectors = vectors(&text);
                <[[f64; 3]; 3]>::try_from(vectors).map_err(|_| wrong("space directions", text))?
            }
            None => {
                let text = self.get("spacings").unwrap_or_default();
                let s: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
                let [x, y, z]: [f64; 3] = s.try_into().map_err(|_| wrong("spacings", text))?;
                [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]]
            }
        };
        let origin = self.get("space origin").and_then(|t| vectors(&t).first().copied());
        raster::grid(turn(origin.unwrap_or_default()), steps.map(turn), size)
    }
}

fn vectors(text: &str) -> Vec<[f64; 3]> {
    let parse = |part: &str| -> Option<[f64; 3]> {
        let inner = part.split('(').nth(1)?;
        let numbers: Vec<f64> = inner.split(',').filter_map(|t| t.trim().parse().ok()).collect();
        numbers.try_into().ok()
    };
    text.split(')').filter_map(parse).collect()
}

fn kind(name: &str) -> Result<Kind, ImageError> {
    Ok(match name.to_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Kind::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Kind::U8,
        "short" | "short int" | "signed short" | "int16" | "int16_t" => Kind::I16,
        "ushort" | "unsigned short" | "uint16" | "uint16_t" => Kind::U16,
        "int" | "signed int" | "int32" | "int32_t" => Kind::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Kind::U32,
        "longlong" | "long long" | "int64" | "int64_t" => Kind::I64,
        "ulonglong" | "unsigned long long" | "uint64" | "uint64_t" => Kind::U64,
        "float" => Kind::F32,
        "double" => Kind::F64,
        other => return Err(wrong("type", other)),
    })
}
