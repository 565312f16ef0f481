//! Image files of one piece: values on a grid, whatever their type.

use ossein_geom::{Finding, Grid, Lps, Point, Vector, Volume};

use crate::{meta_image, nifti, nrrd};

/// Values as the file holds them, after scaling.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers of up to 16 bits, signed.
    I16(Vec<i16>),
    /// Other whole numbers.
    I32(Vec<i32>),
    /// All else.
    F32(Vec<f32>),
}

/// An image: values on a grid in LPS.
#[derive(Clone, Debug)]
pub struct Image {
    /// `NIfTI`, `NRRD` or `MetaImage`.
    pub format: &'static str,
    /// Where the voxels lie.
    pub grid: Grid<Lps>,
    /// `[k][j][i]`, `i` fastest.
    pub values: Values,
    /// What was guessed.
    pub findings: Vec<Finding>,
}

/// Why an image file could not be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImageError {
    /// No format of ours.
    #[error("not a NIfTI, NRRD or MetaImage file")]
    Unknown,
    /// A field of the header is missing or makes no sense.
    #[error("the header field {field} is missing or makes no sense: {found}")]
    Header {
        /// Name of the field.
        field: &'static str,
        /// What it holds.
        found: String,
    },
    /// Something that the format allows and we do not read.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// Fewer bytes than the header states.
    #[error("the file holds {found} of {stated} bytes of values: it is cut short")]
    Short {
        /// Bytes in the file.
        found: u64,
        /// Bytes that the header states.
        stated: u64,
    },
    /// More than is allowed.
    #[error("the values need {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The compressed stream is damaged or outgrows its bound.
    #[error("the compressed values are damaged or larger than stated")]
    Compressed,
    /// The axes are not at right angles.
    #[error("the image axes are not at right angles")]
    Sheared,
    /// A label is no whole number from 0 to 65535.
    #[error("voxel {index} holds {value}, which is no label")]
    NotALabel {
        /// Place in the array.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// The bytes could not be fetched.
    #[error("the file cannot be read: {0}")]
    Read(String),
}

impl Image {
    /// Values as Hounsfield units, rounded and held within 16 bits.
    pub fn to_hu(&self) -> Volume<i16> {
        let whole = |v: f64| (v + 0.5).floor().clamp(-32768.0, 32767.0) as i16;
        let values = match &self.values {
            Values::I16(v) => v.clone(),
            Values::I32(v) => v.iter().map(|&v| v.clamp(-32768, 32767) as i16).collect(),
            Values::F32(v) => v.iter().map(|&v| whole(f64::from(v))).collect(),
        };
        Volume::new(self.grid.clone(), values)
    }

    /// Values as labels.
    ///
    /// # Errors
    /// [`ImageError::NotALabel`] at the first value that is negative, too large or not whole.
    pub fn to_labels(&self) -> Result<Volume<u16>, ImageError> {
        let label = |(index, value): (usize, f64)| {
            let fits = (0.0..=65535.0).contains(&value) && value.floor() == value;
            fits.then_some(value as u16).ok_or(ImageError::NotALabel { index, value })
        };
        let values: Result<Vec<u16>, ImageError> = match &self.values {
            Values::I16(v) => v.iter().map(|&v| f64::from(v)).enumerate().map(label).collect(),
            Values::I32(v) => v.iter().map(|&v| f64::from(v)).enumerate().map(label).collect(),
            Values::F32(v) => v.iter().map(|&v| f64::from(v)).enumerate().map(label).collect(),
        };
        Ok(Volume::new(self.grid.clone(), values?))
    }
}

/// The format that a file name states.
pub(crate) fn format(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&[".nii", ".nii.gz"]) {
        Some("NIfTI")
    } else if ends(&[".nrrd"]) {
        Some("NRRD")
    } else if ends(&[".mha", ".mhd"]) {
        Some("MetaImage")
    } else {
        None
    }
}

/// Reads an image by the extension of its name, or else by its first bytes.
///
/// # Errors
/// [`ImageError`]: unknown, damaged, or larger than `byte_count_max` in memory.
pub fn read_image(name: &str, bytes: &[u8], byte_count_max: u64) -> Result<Image, ImageError> {
    let by_bytes = || {
        if bytes.starts_with(b"NRRD") {
            Some("NRRD")
        } else if bytes.starts_with(b"ObjectType") || bytes.starts_with(b"NDims") {
            Some("MetaImage")
        } else if nifti::looks_like(bytes) {
            Some("NIfTI")
        } else {
            None
        }
    };
    match format(name).or_else(by_bytes) {
        Some("NIfTI") => nifti::read(bytes, byte_count_max),
        Some("NRRD") => nrrd::read(bytes, byte_count_max),
        Some("MetaImage") => meta_image::read(bytes, None, byte_count_max),
        _ => Err(ImageError::Unknown),
    }
}

/// Types of stored values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Kind {
    pub(crate) fn byte_count(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }
}

/// Checks sizes against the limit; gives the bytes that the values take in the file.
pub(crate) fn stated_bytes(
    size: [usize; 3],
    kind: Kind,
    byte_count_max: u64,
) -> Result<usize, ImageError> {
    let voxels = size.iter().fold(1u64, |n, &s| n.saturating_mul(s as u64));
    let needed = voxels.saturating_mul(kind.byte_count().max(4) as u64);
    if voxels == 0 {
        return Err(ImageError::Header { field: "size", found: format!("{size:?}") });
    }
    if needed > byte_count_max {
        return Err(ImageError::TooLarge { needed, limit: byte_count_max });
    }
    Ok(voxels as usize * kind.byte_count())
}

/// Bytes to values; `scale` is slope and intercept.
pub(crate) fn values(
    bytes: &[u8],
    stated: usize,
    kind: Kind,
    big_endian: bool,
    scale: Option<(f64, f64)>,
) -> Result<Values, ImageError> {
    let Some(bytes) = bytes.get(..stated) else {
        return Err(ImageError::Short { found: bytes.len() as u64, stated: stated as u64 });
    };
    macro_rules! words {
        ($t:ty) => {
            bytes.chunks_exact(size_of::<$t>()).map(|c| {
                let c = c.try_into().expect("chunks have this size");
                if big_endian { <$t>::from_be_bytes(c) } else { <$t>::from_le_bytes(c) }
            })
        };
    }
    macro_rules! read {
        ($t:ty, $out:ident, $to:ty) => {
            match scale {
                Some((a, b)) => {
                    Values::F32(words!($t).map(|v| (v as f64 * a + b) as f32).collect())
                }
                None => Values::$out(words!($t).map(|v| v as $to).collect()),
            }
        };
    }
    let held = |v: i128| v.clamp(i128::from(i32::MIN), i128::from(i32::MAX)) as i32;
    Ok(match kind {
        Kind::I8 => read!(i8, I16, i16),
        Kind::U8 => read!(u8, I16, i16),
        Kind::I16 => read!(i16, I16, i16),
        Kind::U16 => read!(u16, I32, i32),
        Kind::I32 => read!(i32, I32, i32),
        Kind::F32 => read!(f32, F32, f32),
        Kind::F64 => read!(f64, F32, f32),
        _ if scale.is_some() => match kind {
            Kind::U32 => read!(u32, I32, i32),
            Kind::I64 => read!(i64, I32, i32),
            _ => read!(u64, I32, i32),
        },
        Kind::U32 => Values::I32(words!(u32).map(|v| held(v.into())).collect()),
        Kind::I64 => Values::I32(words!(i64).map(|v| held(v.into())).collect()),
        Kind::U64 => Values::I32(words!(u64).map(|v| held(v.into())).collect()),
    })
}

/// A grid from its first voxel and the steps between voxels, in LPS and mm.
pub(crate) fn grid(
    origin: [f64; 3],
    steps: [[f64; 3]; 3],
    size: [usize; 3],
) -> Result<Grid<Lps>, ImageError> {
    let steps: [Vector<Lps>; 3] = steps.map(Vector::from);
    let spacing = steps.map(|s| s.norm());
    let finite = origin.iter().chain(&spacing).all(|v| v.is_finite() && v.abs() < 1e6);
    if !finite || spacing.iter().any(|s| *s < 1e-6) {
        return Err(ImageError::Header { field: "spacing", found: format!("{spacing:?}") });
    }
    let [a, b, c] = steps.map(|s| s.unit());
    if [a.dot(b), b.dot(c), a.dot(c)].iter().any(|d| d.abs() > 2e-3) {
        return Err(ImageError::Sheared);
    }
    let b = (b - a * a.dot(b)).unit();
    let normal = a.cross(b);
    let c = if normal.dot(c) > 0.0 { normal } else { -normal };
    Ok(Grid { origin: Point::from(origin), axes: [a, b, c], spacing, size })
}
