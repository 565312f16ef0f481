//! MetaImage: `.mha`, and `.mhd` with its raw file.

use std::fmt::Write;

use ossein_geom::{Grid, Lps, Volume};

use crate::gzip::{self, Wrapping};
use crate::head::FileHead;
use crate::image::{Image, ImageError};
use crate::raster::{self, Kind, Layout};

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
    let fields = Fields(fields);
    let layout = fields.layout()?;
    let Layout { size, kind, compressed } = layout;
    let held = header_bytes.len() + raw.map_or(0, <[u8]>::len);
    let stated = layout.stated_bytes(held, byte_count_max)?;
    let local = fields.0.last().is_some_and(|f| f.1 == "LOCAL");
    let body = if local { &header_bytes[start..] } else { raw.unwrap_or(&[]) };
    let big = fields.is_true("BinaryDataByteOrderMSB") || fields.is_true("ElementByteOrderMSB");
    let inflated;
    let body = if compressed {
        let how = if gzip::is_gzip(body) { Wrapping::Gzip } else { Wrapping::Zlib };
        inflated = gzip::inflate_start(body, how, stated).map_err(|_| ImageError::Compressed)?;
        &inflated[..]
    } else {
        match fields.numbers(&["HeaderSize"]).and_then(|n| n.first().copied()) {
            Some(-1.0) => &body[body.len().saturating_sub(stated)..],
            Some(skip) if skip > 0.0 => body.get(skip as usize..).unwrap_or(&[]),
            _ => body,
        }
    };
    let values = raster::values(body, stated, kind, big, None)?;
    let grid = fields.grid(size)?;
    Ok(Image { format: "MetaImage", grid, values, findings: Vec::new() })
}

/// The grid and what reading takes, from the first bytes of a file of `file_byte_count`.
pub(crate) fn head(start: &[u8], file_byte_count: u64) -> Result<FileHead, ImageError> {
    let (fields, _) = header(start).ok_or(ImageError::Unknown)?;
    let fields = Fields(fields);
    let layout = fields.layout()?;
    let byte_count = layout.held_bytes(file_byte_count)?;
    Ok(FileHead { grid: fields.grid(layout.size)?, byte_count })
}

/// Keys and values of a header.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn layout(&self) -> Result<Layout, ImageError> {
        let compressed = self.is_true("CompressedData");
        Ok(Layout { size: self.size()?, kind: self.kind()?, compressed })
    }

    fn get(&self, names: &[&str]) -> Option<&String> {
        self.0.iter().find(|(k, _)| names.contains(&k.as_str())).map(|f| &f.1)
    }

    fn wrong(&self, field: &'static str) -> ImageError {
        ImageError::Header { field, found: self.get(&[field]).cloned().unwrap_or_default() }
    }

    fn numbers(&self, names: &[&str]) -> Option<Vec<f64>> {
        self.get(names)?.split_whitespace().map(|t| t.parse().ok()).collect()
    }

    fn triple(&self, names: &[&str]) -> Option<[f64; 3]> {
        self.numbers(names)?.try_into().ok()
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(&[name]).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    fn size(&self) -> Result<[usize; 3], ImageError> {
        let dims = self.triple(&["DimSize"]).ok_or_else(|| self.wrong("DimSize"))?;
        if dims.iter().any(|d| !(1.0..=1e6).contains(d)) {
            return Err(self.wrong("DimSize"));
        }
        Ok(dims.map(|d| d as usize))
    }

    fn kind(&self) -> Result<Kind, ImageError> {
        Ok(match self.get(&["ElementType"]).map(String::as_str) {
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
            _ => return Err(self.wrong("ElementType")),
        })
    }

    fn grid(&self, size: [usize; 3]) -> Result<Grid<Lps>, ImageError> {
        let spacing = self.triple(&["ElementSpacing", "ElementSize"]).unwrap_or([1.0; 3]);
        let origin = self.triple(&["Offset", "Position", "Origin"]).unwrap_or_default();
        let turn = self
            .numbers(&["TransformMatrix", "Rotation", "Orientation"])
            .unwrap_or(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        if turn.len() != 9 {
            return Err(self.wrong("TransformMatrix"));
        }
        let steps = [0, 1, 2].map(|a| [0, 1, 2].map(|r| turn[3 * a + r] * spacing[a]));
        raster::grid(origin, steps, size)
    }
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
