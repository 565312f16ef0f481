//! What a file says about itself: everything but the pixels.

use super::data_set::{DataSet, KEPT_BYTE_COUNT};
use super::file::{File, FileError};
use super::tags;

/// Most frames that one file may hold.
pub(crate) const FRAME_COUNT_MAX: usize = 20_000;

/// A frame takes at least this many bytes of a file.
const FRAME_BYTE_COUNT_MIN: usize = 8;

/// How words become Hounsfield units.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Words {
    pub rows: usize,
    pub columns: usize,
    pub frame_count: usize,
    pub samples_per_pixel: u16,
    pub bits_allocated: u16,
    pub bits_stored: u16,
    pub high_bit: u16,
    pub signed: bool,
    pub padding: Option<(i32, i32)>,
    /// Bytes of pixel data in the file, or more where only its start was read.
    pub byte_count: usize,
}

/// Where a frame lies and how it is scaled.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct FrameHeader {
    pub position: Option<[f64; 3]>,
    pub orientation: Option<[f64; 6]>,
    /// Row spacing, column spacing.
    pub pixel_spacing: Option<[f64; 2]>,
    pub thickness: Option<f64>,
    pub slope: Option<f64>,
    pub intercept: Option<f64>,
}

/// A file's header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    pub file: usize,
    pub syntax: String,
    pub words: Words,
    pub frames: Vec<FrameHeader>,
    pub series_uid: String,
    pub series_number: Option<i64>,
    pub description: String,
    pub modality: String,
    pub photometric: String,
    pub image_type: Vec<String>,
    pub kernel: Option<String>,
    pub kvp: Option<f64>,
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub date: Option<String>,
    pub patient_position: Option<String>,
    pub tilt_deg: Option<f64>,
    pub lossy: bool,
    /// Bytes of the inflated data set; 0 if it is not deflated.
    pub inflated: u64,
    /// Most bytes that the parsed elements of the file take.
    pub parsed: u64,
    /// Words that name the patient: kept only to strike them from texts.
    pub secrets: Vec<String>,
}

impl Header {
    /// Reads the header of file number `file`; `Ok(None)` if it holds no image. `bytes` may be the
    /// start of a file of `whole` bytes, if it reaches the pixels.
    pub(crate) fn read(
        file: usize,
        bytes: &[u8],
        whole: u64,
        byte_count_max: u64,
    ) -> Result<Option<Self>, FileError> {
        let parsed = File::parse(bytes, byte_count_max)?;
        let set = parsed.data_set();
        if set.get(tags::SOP_CLASS).is_none() && set.get(tags::MODALITY).is_none() {
            return Err(FileError::NotDicom);
        }
        let secrets = secrets(&set);
        let Some(mut words) = Words::read(&set) else {
            return Ok(None);
        };
        if whole > bytes.len() as u64 {
            words.byte_count = usize::try_from(whole).unwrap_or(usize::MAX);
        }
        let text = |tag| set.text(tag).map(|t| strike(&t, &secrets));
        let shared = set.item(tags::SHARED_GROUPS);
        let recon = [set.item(tags::PER_FRAME_GROUPS), shared]
            .into_iter()
            .flatten()
            .find_map(|g| g.item(tags::CT_RECONSTRUCTION_SEQUENCE));
        let details = [set.item(tags::PER_FRAME_GROUPS), shared]
            .into_iter()
            .flatten()
            .find_map(|g| g.item(tags::CT_XRAY_DETAILS_SEQUENCE));
        Ok(Some(Self {
            file,
            syntax: parsed.syntax.clone(),
            frames: frames(&set, words.frame_count.min(words.byte_count / FRAME_BYTE_COUNT_MIN)),
            series_uid: text(tags::SERIES_UID).unwrap_or_default(),
            series_number: set.number(tags::SERIES_NUMBER).map(|n| n as i64),
            description: text(tags::SERIES_DESCRIPTION).unwrap_or_default(),
            modality: text(tags::MODALITY).unwrap_or_default(),
            photometric: text(tags::PHOTOMETRIC).unwrap_or_default(),
            image_type: text(tags::IMAGE_TYPE)
                .map(|t| t.split('\\').map(|w| w.trim().to_uppercase()).collect())
                .unwrap_or_default(),
            kernel: text(tags::KERNEL).or_else(|| recon?.text(tags::KERNEL)),
            kvp: set.number(tags::KVP).or_else(|| details?.number(tags::KVP)),
            manufacturer: text(tags::MANUFACTURER),
            model: text(tags::MODEL),
            date: [tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE]
                .into_iter()
                .find_map(|tag| set.text(tag)),
            patient_position: text(tags::PATIENT_POSITION),
            tilt_deg: set.number(tags::GANTRY_TILT),
            lossy: set.text(tags::LOSSY).as_deref() == Some("01"),
            inflated: parsed.inflated_byte_count(),
            parsed: set.kept as u64 * KEPT_BYTE_COUNT,
            words,
            secrets,
        }))
    }
}

impl Header {
    /// Whether words lie in the file as they are.
    pub(crate) fn is_plain(&self) -> bool {
        use super::file::syntax::{BIG_ENDIAN, EXPLICIT, IMPLICIT};
        [BIG_ENDIAN, EXPLICIT, IMPLICIT].contains(&self.syntax.as_str())
    }
}

impl Words {
    pub(crate) fn read(set: &DataSet<'_>) -> Option<Self> {
        let pixels = set.get(tags::PIXEL_DATA)?;
        let bits_allocated = set.u16(tags::BITS_ALLOCATED)?;
        let bits_stored = set.u16(tags::BITS_STORED).unwrap_or(bits_allocated);
        let signed = set.u16(tags::PIXEL_REPRESENTATION) == Some(1);
        let word = |tag| {
            let raw = set.u16(tag)?;
            Some(if signed { i32::from(raw as i16) } else { i32::from(raw) })
        };
        let padding = word(tags::PADDING).map(|a| {
            let b = word(tags::PADDING_LIMIT).unwrap_or(a);
            (a.min(b), a.max(b))
        });
        let byte_count = match &pixels.fragments {
            Some(fragments) => fragments.iter().map(|f| f.len()).sum(),
            None => pixels.bytes.len(),
        };
        Some(Self {
            rows: usize::from(set.u16(tags::ROWS)?),
            columns: usize::from(set.u16(tags::COLUMNS)?),
            frame_count: set.number(tags::FRAME_COUNT).map_or(1, |n| n.clamp(0.0, 1e6) as usize),
            samples_per_pixel: set.u16(tags::SAMPLES_PER_PIXEL).unwrap_or(1),
            bits_allocated,
            bits_stored,
            high_bit: set.u16(tags::HIGH_BIT).unwrap_or(bits_stored.saturating_sub(1)),
            signed,
            padding,
            byte_count,
        })
    }

    /// Words of all frames.
    pub(crate) fn count(&self) -> usize {
        self.rows * self.columns * self.frame_count
    }
}

/// Whether a point lies where a patient may be, within 100 m.
fn near(position: &[f64; 3]) -> bool {
    position.iter().all(|v| v.abs() <= 1e5)
}

fn frames(set: &DataSet<'_>, frame_count: usize) -> Vec<FrameHeader> {
    let shared = set.item(tags::SHARED_GROUPS);
    let own = set.get(tags::PER_FRAME_GROUPS).map_or(&[][..], |e| &e.items);
    (0..frame_count.min(FRAME_COUNT_MAX))
        .map(|n| {
            let places = [own.get(n), shared, None];
            let find = |sequence: u32| {
                places.iter().flatten().find_map(|group| group.item(sequence)).unwrap_or(set)
            };
            let (measures, value) =
                (find(tags::PIXEL_MEASURES_SEQUENCE), find(tags::PIXEL_VALUE_SEQUENCE));
            FrameHeader {
                position: find(tags::PLANE_POSITION_SEQUENCE).array(tags::POSITION).filter(near),
                orientation: find(tags::PLANE_ORIENTATION_SEQUENCE).array(tags::ORIENTATION),
                pixel_spacing: measures.array(tags::PIXEL_SPACING),
                thickness: measures.number(tags::SLICE_THICKNESS).filter(|t| *t > 0.0),
                slope: value.number(tags::SLOPE).filter(|s| *s != 0.0),
                intercept: value.number(tags::INTERCEPT),
            }
        })
        .collect()
}

fn secrets(set: &DataSet<'_>) -> Vec<String> {
    let fields = [
        tags::PATIENT_NAME,
        tags::PATIENT_ID,
        tags::PATIENT_BIRTH_DATE,
        tags::OTHER_PATIENT_IDS,
        tags::OTHER_PATIENT_NAMES,
    ];
    let mut words: Vec<String> = fields
        .into_iter()
        .filter_map(|tag| set.text(tag))
        .flat_map(|t| {
            let whole = t.clone();
            let parts: Vec<String> =
                t.split(['^', '=', '\\', ' ', ',']).map(str::to_string).collect();
            std::iter::once(whole).chain(parts)
        })
        .map(|t| t.to_ascii_lowercase())
        .filter(|t| t.len() >= 3 && t.chars().any(char::is_alphanumeric))
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

/// `text` with every secret word replaced by stars.
pub(crate) fn strike(text: &str, secrets: &[String]) -> String {
    let mut out = text.to_string();
    for secret in secrets {
        while let Some(at) = out.to_ascii_lowercase().find(secret.as_str()) {
            out.replace_range(at..at + secret.len(), "***");
        }
    }
    out
}
