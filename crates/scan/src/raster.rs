//! Stored values of any type to values that we work with, and steps between voxels to a grid.

use half::f16;
use ossein_geom::{Grid, Lps, Point, Vector};

use crate::image::{ImageError, Values};

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
    F16,
    F32,
    F64,
}

impl Kind {
    pub(crate) fn byte_count(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }
}

/// How the values of a file lie in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub size: [usize; 3],
    pub kind: Kind,
    /// Whether the values are inflated before they are read.
    pub compressed: bool,
}

impl Layout {
    /// The bytes that the values take once inflated, if all that is held while they are read fits
    /// the limit: the file, what was inflated, and the values.
    pub(crate) fn stated_bytes(
        self,
        file_byte_count: usize,
        byte_count_max: u64,
    ) -> Result<usize, ImageError> {
        let needed = self.held_bytes(file_byte_count as u64)?;
        if needed > byte_count_max {
            return Err(ImageError::TooLarge { needed, limit: byte_count_max });
        }
        Ok(self.size.iter().product::<usize>() * self.kind.byte_count())
    }

    /// All bytes that are held while the values are read: the file, what was inflated, and the
    /// values.
    pub(crate) fn held_bytes(self, file_byte_count: u64) -> Result<u64, ImageError> {
        let voxels = self.size.iter().fold(1u64, |n, &s| n.saturating_mul(s as u64));
        if voxels == 0 {
            return Err(ImageError::Header { field: "size", found: format!("{:?}", self.size) });
        }
        let kind = self.kind.byte_count() as u64;
        // Scaled values take 4 bytes, and Hounsfield units beside them 2.
        let each = 6 + if self.compressed { kind } else { 0 };
        Ok(voxels.saturating_mul(each).saturating_add(file_byte_count))
    }
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
        Kind::F16 => {
            let (slope, intercept) = scale.unwrap_or((1.0, 0.0));
            Values::F32(words!(f16).map(|v| (v.to_f64() * slope + intercept) as f32).collect())
        }
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
