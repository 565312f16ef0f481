//! Image files of one piece: values on a grid, whatever their type.

use ossein_geom::{Finding, Grid, Lps, Volume};

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

impl Values {
    /// As single-precision numbers.
    pub fn into_f32(self) -> Vec<f32> {
        match self {
            Self::I16(v) => v.into_iter().map(f32::from).collect(),
            Self::I32(v) => v.into_iter().map(|v| v as f32).collect(),
            Self::F32(v) => v,
        }
    }
}

/// An image: values on a grid in LPS.
#[derive(Clone, Debug)]
pub struct Image {
    /// `NIfTI`, `NRRD`, `MetaImage`, `NumPy` or `TIFF`.
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
    #[error("not an image file of a format that is read")]
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
    /// A kind of TIFF that the decoder does not know, in its own words.
    #[error("this TIFF cannot be decoded: {0}")]
    Tiff(String),
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
    /// An archive of arrays without the one that is wanted, or with several and no name.
    #[error("{}", which(wanted.as_deref(), known))]
    Array {
        /// Name of the array that is wanted.
        wanted: Option<String>,
        /// Names of those that there are.
        known: Vec<String>,
    },
    /// The axes are not at right angles.
    #[error("the image axes are not at right angles")]
    Sheared,
    /// A value is no number, or infinite.
    #[error("voxel ({}, {}, {}) is {value}: each must be a number, -1000 for air", .voxel[0], .voxel[1], .voxel[2])]
    NotFinite {
        /// The first one, along x, y, z.
        voxel: [usize; 3],
        /// The value there.
        value: f32,
    },
    /// A label is no whole number from 0 to 65535.
    #[error(
        "voxel ({}, {}, {}) is {value}, which is no label: labels are whole numbers from 0 to 65535; \
         is it an image, or was it resampled with values between labels?",
        .voxel[0], .voxel[1], .voxel[2]
    )]
    NotALabel {
        /// The first one, along x, y, z.
        voxel: [usize; 3],
        /// The value there.
        value: f64,
    },
    /// The bytes could not be fetched.
    #[error("the file cannot be read: {0}")]
    Read(String),
}

fn which(wanted: Option<&str>, known: &[String]) -> String {
    let known = known.join(", ");
    match wanted {
        Some(name) => format!("it holds no array `{name}`; there are {known}"),
        None => format!("it holds the arrays {known}: say which"),
    }
}

impl Image {
    /// Values as Hounsfield units, rounded and held within 16 bits.
    pub fn to_hu(&self) -> Volume<i16> {
        self.clone().into_hu()
    }

    /// The same, without a copy where the values have 16 bits already.
    pub fn into_hu(self) -> Volume<i16> {
        let whole = |v: f64| (v + 0.5).floor().clamp(-32768.0, 32767.0) as i16;
        let values = match self.values {
            Values::I16(v) => v,
            Values::I32(v) => v.into_iter().map(|v| v.clamp(-32768, 32767) as i16).collect(),
            Values::F32(v) => v.into_iter().map(|v| whole(f64::from(v))).collect(),
        };
        Volume::new(self.grid, values)
    }

    /// Values as labels.
    ///
    /// # Errors
    /// [`ImageError::NotALabel`] at the first value that is negative, too large or not whole.
    pub fn to_labels(&self) -> Result<Volume<u16>, ImageError> {
        let label = |(index, value): (usize, f64)| {
            let fits = (0.0..=65535.0).contains(&value) && value.floor() == value;
            let error = || ImageError::NotALabel { voxel: self.grid.voxel(index), value };
            fits.then_some(value as u16).ok_or_else(error)
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

/// The format that a file name states, or else its first bytes.
pub(crate) fn format_of(name: &str, start: &[u8]) -> Option<&'static str> {
    let by_bytes = || {
        if start.starts_with(b"NRRD") {
            Some("NRRD")
        } else if start.starts_with(b"ObjectType") || start.starts_with(b"NDims") {
            Some("MetaImage")
        } else if nifti::looks_like(start) {
            Some("NIfTI")
        } else {
            None
        }
    };
    format(name).or_else(by_bytes)
}

/// Reads an image by the extension of its name, or else by its first bytes.
///
/// # Errors
/// [`ImageError`]: unknown, damaged, larger than `byte_count_max` in memory, or with a value that is
/// no number.
pub fn read_image(name: &str, bytes: &[u8], byte_count_max: u64) -> Result<Image, ImageError> {
    finite(match format_of(name, bytes) {
        Some("NIfTI") => nifti::read(bytes, byte_count_max)?,
        Some("NRRD") => nrrd::read(bytes, byte_count_max)?,
        Some("MetaImage") => meta_image::read(bytes, None, byte_count_max)?,
        _ => return Err(ImageError::Unknown),
    })
}

/// An image of numbers: what is none would be read as some tissue.
fn finite(image: Image) -> Result<Image, ImageError> {
    if let Values::F32(values) = &image.values
        && let Some(at) = values.iter().position(|v| !v.is_finite())
    {
        let (voxel, value) = (image.grid.voxel(at), values[at]);
        return Err(ImageError::NotFinite { voxel, value });
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voxel that is no number would be read as water.
    #[test]
    fn a_voxel_that_is_no_number_is_named() {
        let header = "NRRD0004\ntype: float\ndimension: 3\nsizes: 3 2 2\nencoding: raw\n\
                      endian: little\nspace: left-posterior-superior\n\
                      space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n\n";
        let file = |bad: f32| {
            let mut bytes = header.as_bytes().to_vec();
            (0..12).for_each(|n| bytes.extend(if n == 10 { bad } else { 40.0 }.to_le_bytes()));
            read_image("scan.nrrd", &bytes, 1 << 20)
        };
        assert_eq!(file(40.0).unwrap().into_hu().values, [40; 12]);
        for bad in [f32::NAN, f32::INFINITY] {
            let error = file(bad).unwrap_err();
            assert!(matches!(error, ImageError::NotFinite { voxel: [1, 1, 1], .. }), "{error}");
        }
    }
}
