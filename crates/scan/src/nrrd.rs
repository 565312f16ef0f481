//! NRRD with attached data: raw, gzip or ascii.

use ossein_geom::Finding;

use crate::gzip::{self, Wrapping};
use crate::image::{self, Image, ImageError, Kind};

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
    if !bytes.starts_with(b"NRRD") {
        return Err(ImageError::Unknown);
    }
    let near = &bytes[..bytes.len().min(HEADER_BYTE_COUNT_MAX)];
    let unix = near.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2));
    let dos = near.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4));
    let (end, start) = [unix, dos].into_iter().flatten().min().ok_or(wrong("end", "none"))?;
    let text = String::from_utf8_lossy(&near[..end]).into_owned();
    let field = |name: &str| {
        text.lines().filter(|l| !l.starts_with('#')).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim().eq_ignore_ascii_case(name) && !value.starts_with('='))
                .then(|| value.trim().to_string())
        })
    };
    if field("data file").or_else(|| field("datafile")).is_some() {
        return Err(ImageError::Unsupported("NRRD with its data in another file".into()));
    }
    let sizes = field("sizes").unwrap_or_default();
    let size: Vec<usize> = sizes.split_whitespace().filter_map(|s| s.parse().ok()).collect();
    let size: [usize; 3] = size.try_into().map_err(|_| wrong("sizes", sizes))?;
    let kind = kind(&field("type").unwrap_or_default())?;
    let stated = image::stated_bytes(size, kind, byte_count_max)?;
    let big_endian = field("endian").is_some_and(|e| e.eq_ignore_ascii_case("big"));
    let body = &bytes[start..];
    let inflated;
    let values = match field("encoding").unwrap_or_default().to_lowercase().as_str() {
        "raw" => image::values(body, stated, kind, big_endian, None)?,
        "gzip" | "gz" => {
            inflated = gzip::inflate(body, Wrapping::Gzip, stated as u64)
                .map_err(|_| ImageError::Compressed)?;
            image::values(&inflated, stated, kind, big_endian, None)?
        }
        "ascii" | "text" | "txt" => {
            let count = stated / kind.byte_count();
            let text = String::from_utf8_lossy(body);
            let values: Vec<f32> =
                text.split_whitespace().take(count).filter_map(|t| t.parse().ok()).collect();
            if values.len() != count {
                let (found, stated) = (values.len() as u64, count as u64);
                return Err(ImageError::Short { found, stated });
            }
            image::Values::F32(values)
        }
        other => return Err(ImageError::Unsupported(format!("NRRD encoding {other}"))),
    };
    let mut findings = Vec::new();
    let flip = match field("space").map(|s| s.to_lowercase()).as_deref() {
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
    let steps = match field("space directions") {
        Some(text) => {
            let vectors = vectors(&text);
            <[[f64; 3]; 3]>::try_from(vectors).map_err(|_| wrong("space directions", text))?
        }
        None => {
            let text = field("spacings").unwrap_or_default();
            let s: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
            let [x, y, z]: [f64; 3] = s.try_into().map_err(|_| wrong("spacings", text))?;
            [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]]
        }
    };
    let origin = field("space origin").and_then(|t| vectors(&t).first().copied());
    let grid = image::grid(turn(origin.unwrap_or_default()), steps.map(turn), size)?;
    Ok(Image { format: "NRRD", grid, values, findings })
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
