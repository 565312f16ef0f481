//! NIfTI-1: the one place that knows RAS.

use ossein_geom::{Finding, Grid, Lps, Volume};

use crate::gzip::{self, Wrapping};
use crate::head::FileHead;
use crate::image::{Image, ImageError};
use crate::raster::{self, Kind, Layout};

/// Why a NIfTI file could not be read.
pub type NiftiError = ImageError;

const HEADER_BYTE_COUNT: usize = 348;
/// Extensions between header and values may take this many bytes.
const OFFSET_MAX: f64 = 1e6;

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
    let compressed = gzip::is_gzip(bytes);
    let inflate = |count: usize| {
        gzip::inflate_start(bytes, Wrapping::Gzip, count).map_err(|_| ImageError::Compressed)
    };
    let start = if compressed { inflate(HEADER_BYTE_COUNT)? } else { Vec::new() };
    let head = Head::new(if compressed { &start } else { bytes })?;
    let (size, kind) = (head.size()?, head.kind()?);
    let layout = Layout { size, kind, compressed };
    let stated = layout.stated_bytes(bytes.len(), byte_count_max)?;
    let offset = head.f32(108);
    if !(352.0..OFFSET_MAX).contains(&offset) {
        return Err(ImageError::Header { field: "vox_offset", found: offset.to_string() });
    }
    let offset = offset as usize;
    let inflated = if compressed { inflate(offset + stated)? } else { Vec::new() };
    let body = if compressed { &inflated } else { bytes }.get(offset..).unwrap_or(&[]);
    let (slope, inter) = (head.f32(112), head.f32(116));
    let plain = slope == 0.0 || !slope.is_finite() || (slope == 1.0 && inter == 0.0);
    let scale = (!plain && inter.is_finite()).then_some((slope, inter));
    let values = raster::values(body, stated, kind, head.big_endian, scale)?;
    let mut findings = Vec::new();
    let grid = head.grid(size, &mut findings)?;
    Ok(Image { format: "NIfTI", grid, values, findings })
}

/// The grid and what reading takes, from the first bytes of a file of `file_byte_count`.
pub(crate) fn head(start: &[u8], file_byte_count: u64) -> Result<FileHead, ImageError> {
    let compressed = gzip::is_gzip(start);
    let inflated = match compressed {
        true => gzip::inflate_start(start, Wrapping::Gzip, HEADER_BYTE_COUNT)
            .map_err(|_| ImageError::Compressed)?,
        false => Vec::new(),
    };
    let head = Head::new(if compressed { &inflated } else { start })?;
    let size = head.size()?;
    let layout = Layout { size, kind: head.kind()?, compressed };
    let byte_count = layout.held_bytes(file_byte_count)?;
    Ok(FileHead { grid: head.grid(size, &mut Vec::new())?, byte_count })
}

struct Head<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Head<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ImageError> {
        let (found, stated) = (bytes.len() as u64, HEADER_BYTE_COUNT as u64);
        let bytes = bytes.get(..HEADER_BYTE_COUNT).ok_or(ImageError::Short { found, stated })?;
        let big_endian = match [bytes[0], bytes[1], bytes[2], bytes[3]] {
            [92, 1, 0, 0] => false,
            [0, 0, 1, 92] => true,
            [28, 2, 0, 0] | [0, 0, 2, 28] => return Err(ImageError::Unsupported("NIfTI-2".into())),
            other => {
                return Err(ImageError::Header {
                    field: "sizeof_hdr",
                    found: format!("{other:?}"),
                });
            }
        };
        if &bytes[344..347] != b"n+1" {
            return Err(ImageError::Unsupported("NIfTI in two files".into()));
        }
        Ok(Self { bytes, big_endian })
    }

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
        raster::grid(to_mm(origin), steps.map(to_mm), size)
    }
}

/// Labels as `.nii.gz`: the same bytes every time.
///
/// # Panics
/// If an axis has more than 32767 voxels, which the format cannot state.
pub fn write_labels(volume: &Volume<u16>) -> Vec<u8> {
    write(&volume.grid, 512, "", 1, volume.values.iter().flat_map(|v| v.to_le_bytes()))
}

/// Hounsfield units as `.nii.gz`: the same bytes every time.
///
/// # Panics
/// If an axis has more than 32767 voxels, which the format cannot state.
pub fn write_hu(volume: &Volume<i16>) -> Vec<u8> {
    write(&volume.grid, 4, "", 1, volume.values.iter().flat_map(|v| v.to_le_bytes()))
}

/// A computed field as `.nii.gz`, single precision: the same bytes every time.
///
/// `values` are tuples of `components` numbers, `[k][j][i]`; the file keeps each component as a
/// volume of its own. Components of vectors and tensors run along the axes of the grid. `name` says
/// what they are, with the unit; the format keeps 15 bytes of it.
///
/// # Panics
/// If an axis has more than 32767 voxels, or the numbers do not fill the grid.
pub fn write_field(grid: &Grid<Lps>, name: &str, components: usize, values: &[f32]) -> Vec<u8> {
    assert_eq!(values.len(), components * grid.voxel_count(), "a tuple for each voxel");
    let volume = |c: usize| values.iter().skip(c).step_by(components);
    write(
        grid,
        16,
        name,
        components,
        (0..components).flat_map(volume).flat_map(|v| v.to_le_bytes()),
    )
}

fn write(
    grid: &Grid<Lps>,
    datatype: i16,
    name: &str,
    components: usize,
    values: impl Iterator<Item = u8>,
) -> Vec<u8> {
    assert!(grid.size.iter().all(|s| *s <= 32767), "sizes take 15 bits");
    let bit_count: i16 = if datatype == 16 { 32 } else { 16 };
    let mut out = vec![0u8; 352];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348i32.to_le_bytes());
    // Tuples run along the fifth axis.
    put(40, &(if components == 1 { 3i16 } else { 5 }).to_le_bytes());
    for n in 0..7 {
        let size = if n == 4 { components } else { grid.size.get(n).copied().unwrap_or(1) };
        put(42 + 2 * n, &(size as i16).to_le_bytes());
    }
    if components > 1 {
        put(68, &1007i16.to_le_bytes()); // intent: vector
    }
    put(70, &datatype.to_le_bytes());
    put(72, &bit_count.to_le_bytes());
    for n in 0..3 {
        put(80 + 4 * n, &(grid.spacing[n] as f32).to_le_bytes());
    }
    put(108, &352f32.to_le_bytes());
    put(112, &1f32.to_le_bytes());
    put(123, &[2]); // mm
    put(252, &1i16.to_le_bytes()); // qform: scanner
    put(254, &2i16.to_le_bytes()); // sform: aligned to a scanner frame
    let steps = [0, 1, 2].map(|a| ras_to_lps((grid.axes[a] * grid.spacing[a]).array()));
    let origin = ras_to_lps(grid.origin.array());
    for r in 0..3 {
        for c in 0..4 {
            let v = if c < 3 { steps[c][r] } else { origin[r] };
            put(280 + 16 * r + 4 * c, &(v as f32).to_le_bytes());
        }
    }
    let (turn, handed) = quaternion(grid.axes.map(|a| ras_to_lps(a.array())));
    put(76, &handed.to_le_bytes());
    for (n, v) in [turn[1], turn[2], turn[3], origin[0], origin[1], origin[2]].iter().enumerate() {
        put(256 + 4 * n, &(*v as f32).to_le_bytes());
    }
    let short = name.len().min(15);
    put(328, &name.as_bytes()[..short]); // intent_name
    put(344, b"n+1\0");
    out.extend(values);
    gzip::gzip(&out)
}

/// The turn that three unit columns make, as `w >= 0, x, y, z`, and 1 if they are right-handed or
/// -1 if the third one points the other way.
fn quaternion(columns: [[f64; 3]; 3]) -> ([f64; 4], f32) {
    let [a, b, mut c] = columns;
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let handed = cross[0] * c[0] + cross[1] * c[1] + cross[2] * c[2];
    if handed < 0.0 {
        c = c.map(|v| -v);
    }
    let squares = [
        1.0 + a[0] + b[1] + c[2],
        1.0 + a[0] - b[1] - c[2],
        1.0 - a[0] + b[1] - c[2],
        1.0 - a[0] - b[1] + c[2],
    ];
    let largest = (1..4).fold(0, |best, n| if squares[n] > squares[best] { n } else { best });
    let twice = squares[largest].max(0.0).sqrt();
    // Four times the products of the largest part with each part.
    let products = match largest {
        0 => [squares[0], b[2] - c[1], c[0] - a[2], a[1] - b[0]],
        1 => [b[2] - c[1], squares[1], a[1] + b[0], c[0] + a[2]],
        2 => [c[0] - a[2], a[1] + b[0], squares[2], b[2] + c[1]],
        _ => [a[1] - b[0], c[0] + a[2], b[2] + c[1], squares[3]],
    };
    let sign = if products[0] < 0.0 { -1.0 } else { 1.0 };
    (products.map(|p| sign * p / (2.0 * twice)), if handed < 0.0 { -1.0 } else { 1.0 })
}
