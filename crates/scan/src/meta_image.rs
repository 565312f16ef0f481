//! MetaImage: `.mha`, and `.mhd` with its raw file.

use std::fmt::Write;

use ossein_geom::Volume;

use crate::gzip::{self, Wrapping};
use crate::image::{self, Image, ImageError, Kind};

const HEADER_BYTE_COUNT_MAX: usize = 1 << 16;

/// Header fields, and where the values begin.
fn header(bytes: &[u8]) -> Option<(Vec<(String, String)>, usize)> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < bytes.len().min(HEADER_BYTE_COUNT_MAX) {
        let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n);
        let line = std::str::from_utf8(&bytes[at..end]).ok()?;
        let (key, value) = line.split_once('=')?;
        let (key, value) = (key.trim().to_string(), value.trim().to_string());
        at = (end + 1).min(bytes.len());
        let last = key == "ElementDataFile";
        fields.push((key, value));
        if last {
            return Some((fields, at));
        }
    }
    None
}

/// The file that a header names for its values; `None` if they follow the header.
pub fn data_file(header_bytes: &[u8]) -> Option<String> {
    let (fields, _) = header(header_bytes)?;
    let (_, name) = fields.last()?;
    (name != "LOCAL").then(|| name.clone())
}

/// Reads a header and its values, which follow it or come as `raw`.
///
/// # Errors
/// [`ImageError`]: damaged, not supported, or larger than `byte_count_max`.
pub fn read(
    header_bytes: &[u8],
    raw: Option<&[u8]>,
    byte_count_max: u64,
) -> Result<Image, ImageError> {
    let (fields, start) = header(header_bytes).ok_or(ImageError::Unknown)?;
    let field =
        |names: &[&str]| fields.iter().find(|(k, _)| names.contains(&k.as_str())).map(|f| &f.1);
    let wrong = |field: &'static str, found: Option<&String>| ImageError::Header {
        field,
        found: found.cloned().unwrap_or_default(),
    };
    let numbers = |names: &[&str]| -> Option<Vec<f64>> {
        field(names)?.split_whitespace().map(|t| t.parse().ok()).collect()
    };
    let triple = |names: &[&str]| -> Option<[f64; 3]> { numbers(names)?.try_into().ok() };
    let is_true = |name: &str| field(&[name]).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let dims = triple(&["DimSize"]).ok_or_else(|| wrong("DimSize", field(&["DimSize"])))?;
    if dims.iter().any(|d| !(1.0..=1e6).contains(d)) {
        return Err(wrong("DimSize", field(&["DimSize"])));
    }
    let size = dims.map(|d| d as usize);
    let kind = match field(&["ElementType"]).map(String::as_str) {
        Some("MET_CHAR") => Kind::I8,
        Some("MET_UCHAR") => Kind::U8,
        Some("MET_SHORT") => Kind::I16,
        Some("MET_USHORT") => Kind::U16,
        Some("MET_INT") => Kind::I32,
        Some("MET_UINT") => Kind::U32,
        Some("MET_LONG_LONG") => Kind::I64,
        Some("MET_ULONG_LONG") => Kind::U64,
        Some("MET_FLOAT") => Kind::F32,
        Some("MET_DOUBLE") => Kind::F64,
        _ => return Err(wrong("ElementType", field(&["ElementType"]))),
    };
    let stated = image::stated_bytes(size, kind, byte_count_max)?;
    let local = fields.last().is_some_and(|f| f.1 == "LOCAL");
    let body = if local { &header_bytes[start..] } else { raw.unwrap_or(&[]) };
    let big = is_true("BinaryDataByteOrderMSB") || is_true("ElementByteOrderMSB");
    let inflated;
    let body = if is_true("CompressedData") {
        let how = if gzip::is_gzip(body) { Wrapping::Gzip } else { Wrapping::Zlib };
        inflated = gzip::inflate(body, how, stated as u64).map_err(|_| ImageError::Compressed)?;
        &inflated[..]
    } else {
        match numbers(&["HeaderSize"]).and_then(|n| n.first().copied()) {
            Some(-1.0) => &body[body.len().saturating_sub(stated)..],
            Some(skip) if skip > 0.0 => body.get(skip as usize..).unwrap_or(&[]),
            _ => body,
        }
    };
    let values = image::values(body, stated, kind, big, None)?;
    let spacing = triple(&["ElementSpacing", "ElementSize"]).unwrap_or([1.0; 3]);
    let origin = triple(&["Offset", "Position", "Origin"]).unwrap_or_default();
    let turn = numbers(&["TransformMatrix", "Rotation", "Orientation"])
        .unwrap_or(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    if turn.len() != 9 {
        return Err(wrong("TransformMatrix", field(&["TransformMatrix"])));
    }
    let steps = [0, 1, 2].map(|a| [0, 1, 2].map(|r| turn[3 * a + r] * spacing[a]));
    let grid = image::grid(origin, steps, size)?;
    Ok(Image { format: "MetaImage", grid, values, findings: Vec::new() })
}

/// Hounsfield units as one uncompressed `.mha` file in LPS.
pub fn write(volume: &Volume<i16>) -> Vec<u8> {
    let grid = &volume.grid;
    let join = |v: &[f64]| v.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    let turn: Vec<f64> = grid.axes.iter().flat_map(|a| a.array()).collect();
    let [i, j, k] = grid.size;
    let mut text = String::from("ObjectType = Image\nNDims = 3\nBinaryData = True\n");
    let _ = write!(
        text,
        "BinaryDataByteOrderMSB = False\nCompressedData = False\nTransformMatrix = {}\n\
         Offset = {}\nCenterOfRotation = 0 0 0\nElementSpacing = {}\nDimSize = {i} {j} {k}\n\
         AnatomicalOrientation = RAI\nElementType = MET_SHORT\nElementDataFile = LOCAL\n",
        join(&turn),
        join(&grid.origin.array()),
        join(&grid.spacing),
    );
    let mut out = text.into_bytes();
    out.extend(volume.values.iter().flat_map(|v| v.to_le_bytes()));
    out
}
