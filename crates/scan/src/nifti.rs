//! NIfTI-1: the one place that knows RAS.

use ossein_geom::{Finding, Grid, Lps, Volume};

use crate::gzip::{self, Wrapping};
use crate::image::{self, Image, ImageError, Kind};

/// Why a NIfTI file could not be read.
pub type NiftiError = ImageError;

const HEADER_BYTE_COUNT: usize = 348;

/// Whether bytes may be a NIfTI file.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    gzip::is_gzip(bytes) || bytes.get(344..347) == Some(b"n+1")
}

/// A patient point or direction of RAS in LPS.
pub fn ras_to_lps(p: [f64; 3]) -> [f64; 3] {
    [-p[0], -p[1], p[2]]
}

/// Reads `.nii` or `.nii.gz`, either byte order; the sform counts before the qform.
///
/// # Errors
/// [`ImageError`]: damaged, not supported, or larger than `byte_count_max`.
pub fn read(bytes: &[u8], byte_count_max: u64) -> Result<Image, NiftiError> {
    let inflated;
    let bytes = if gzip::is_gzip(bytes) {
        inflated = gzip::inflate(bytes, Wrapping::Gzip, byte_count_max.saturating_add(1 << 16))
            .map_err(|_| ImageError::Compressed)?;
        &inflated[..]
    } else {
        bytes
    };
    let head = bytes
        .get(..HEADER_BYTE_COUNT)
        .ok_or(ImageError::Short { found: bytes.len() as u64, stated: HEADER_BYTE_COUNT as u64 })?;
    let big_endian = match [head[0], head[1], head[2], head[3]] {
        [92, 1, 0, 0] => false,
        [0, 0, 1, 92] => true,
        [28, 2, 0, 0] | [0, 0, 2, 28] => return Err(ImageError::Unsupported("NIfTI-2".into())),
        other => {
            return Err(ImageError::Header { field: "sizeof_hdr", found: format!("{other:?}") });
        }
    };
    if &head[344..347] != b"n+1" {
        return Err(ImageError::Unsupported("NIfTI in two files".into()));
    }
    let head = Head { bytes: head, big_endian };
    let size = head.size()?;
    let kind = head.kind()?;
    let stated = image::stated_bytes(size, kind, byte_count_max)?;
    let offset = head.f32(108);
    if !(352.0..1e9).contains(&offset) {
        return Err(ImageError::Header { field: "vox_offset", found: offset.to_string() });
    }
    let body = bytes.get(offset as usize..).unwrap_or(&[]);
    let (slope, inter) = (head.f32(112), head.f32(116));
    let plain = slope == 0.0 || !slope.is_finite() || (slope == 1.0 && inter == 0.0);
    let scale = (!plain && inter.is_finite()).then_some((slope, inter));
    let values = image::values(body, stated, kind, big_endian, scale)?;
    let mut findings = Vec::new();
    let grid = head.grid(size, &mut findings)?;
    Ok(Image { format: "NIfTI", grid, values, findings })
}

struct Head<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Head<'_> {
    fn i16(&self, at: usize) -> i16 {
        let b = [self.bytes[at], self.bytes[at + 1]];
        if self.big_endian { i16::from_be_bytes(b) } else { i16::from_le_bytes(b) }
    }

    fn f32(&self, at: usize) -> f64 {
        let b = [0, 1, 2, 3].map(|n| self.bytes[at + n]);
        f64::from(if self.big_endian { f32::from_be_bytes(b) } else { f32::from_le_bytes(b) })
    }

    fn size(&self) -> Result<[usize; 3], ImageError> {
        let dims: Vec<i16> = (0..8).map(|n| self.i16(40 + 2 * n)).collect();
        let wrong = || ImageError::Header { field: "dim", found: format!("{dims:?}") };
        if !(1..=7).contains(&dims[0]) {
            return Err(wrong());
        }
        let rank = dims[0] as usize;
        let dim = |n: usize| if n <= rank { dims[n] } else { 1 };
        if (1..=3).any(|n| dim(n) < 1) {
            return Err(wrong());
        }
        if (4..8).any(|n| dim(n) > 1) {
            return Err(ImageError::Unsupported("a series of volumes in one file".into()));
        }
        Ok([1, 2, 3].map(|n| dim(n) as usize))
    }

    fn kind(&self) -> Result<Kind, ImageError> {
        Ok(match self.i16(70) {
            2 => Kind::U8,
            4 => Kind::I16,
            8 => Kind::I32,
            16 => Kind::F32,
            64 => Kind::F64,
            256 => Kind::I8,
            512 => Kind::U16,
            768 => Kind::U32,
            1024 => Kind::I64,
            1280 => Kind::U64,
            other => return Err(ImageError::Unsupported(format!("datatype {other}"))),
        })
    }

    fn grid(&self, size: [usize; 3], findings: &mut Vec<Finding>) -> Result<Grid<Lps>, ImageError> {
        let unit = match self.bytes[123] & 7 {
            1 => 1000.0,
            3 => 0.001,
            _ => 1.0,
        };
        let pixdim = [1, 2, 3].map(|n| self.f32(76 + 4 * n).abs());
        let (steps, origin) = if self.i16(254) > 0 {
            let row = |r: usize, c: usize| self.f32(280 + 16 * r + 4 * c);
            let steps = [0, 1, 2].map(|c| [0, 1, 2].map(|r| row(r, c)));
            (steps, [0, 1, 2].map(|r| row(r, 3)))
        } else if self.i16(252) > 0 {
            let [b, c, d] = [256, 260, 264].map(|at| self.f32(at));
            let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
            let flip = if self.f32(76) < 0.0 { -1.0 } else { 1.0 };
            let columns = [
                [a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c)],
                [2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b)],
                [
                    flip * 2.0 * (b * d + a * c),
                    flip * 2.0 * (c * d - a * b),
                    flip * (a * a + d * d - b * b - c * c),
                ],
            ];
            let steps = [0, 1, 2].map(|n| columns[n].map(|v| v * pixdim[n]));
            (steps, [268, 272, 276].map(|at| self.f32(at)))
        } else {
            let text = "the file states no orientation: its axes were taken as right, front, head";
            findings.push(Finding::warning("scan.orientation_unknown", "scan", text));
            let [x, y, z] = pixdim;
            ([[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]], [0.0; 3])
        };
        let to_mm = |p: [f64; 3]| ras_to_lps(p.map(|v| v * unit));
        image::grid(to_mm(origin), steps.map(to_mm), size)
    }
}

/// Labels as `.nii.gz`: the same bytes every time.
pub fn write_labels(volume: &Volume<u16>) -> Vec<u8> {
    write(&volume.grid, 512, volume.values.iter().flat_map(|v| v.to_le_bytes()))
}

/// Hounsfield units as `.nii.gz`: the same bytes every time.
pub fn write_hu(volume: &Volume<i16>) -> Vec<u8> {
    write(&volume.grid, 4, volume.values.iter().flat_map(|v| v.to_le_bytes()))
}

fn write(grid: &Grid<Lps>, datatype: i16, values: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut out = vec![0u8; 352];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348i32.to_le_bytes());
    put(40, &3i16.to_le_bytes());
    for n in 0..7 {
        let size = grid.size.get(n).copied().unwrap_or(1) as i16;
        put(42 + 2 * n, &size.to_le_bytes());
    }
    put(70, &datatype.to_le_bytes());
    put(72, &16i16.to_le_bytes());
    put(76, &1f32.to_le_bytes());
    for n in 0..3 {
        put(80 + 4 * n, &(grid.spacing[n] as f32).to_le_bytes());
    }
    put(108, &352f32.to_le_bytes());
    put(112, &1f32.to_le_bytes());
    put(123, &[2]); // mm
    put(254, &2i16.to_le_bytes()); // sform: aligned to a scanner frame
    let steps = [0, 1, 2].map(|a| ras_to_lps((grid.axes[a] * grid.spacing[a]).array()));
    let origin = ras_to_lps(grid.origin.array());
    for r in 0..3 {
        for c in 0..4 {
            let v = if c < 3 { steps[c][r] } else { origin[r] };
            put(280 + 16 * r + 4 * c, &(v as f32).to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    out.extend(values);
    gzip::gzip(&out)
}
