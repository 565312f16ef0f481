//! CT Image Storage files: a volume as a scanner would have sent it.

use ossein_geom::Volume;

/// What the files say about the series, beyond its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesHeader {
    /// All UIDs are derived from this text.
    pub seed: String,
    /// Stands where a name and an id would: never a real one.
    pub pseudonym: String,
    /// Date of study and series, `YYYYMMDD`.
    pub date: String,
    /// Series number.
    pub series_number: u32,
    /// Series description.
    pub description: String,
    /// Reconstruction kernel.
    pub kernel: String,
    /// Tube voltage in kV.
    pub kvp: f64,
    /// Slice thickness in mm.
    pub slice_thickness_mm: f64,
    /// Maker of the scanner.
    pub manufacturer: String,
}

/// A UID of the form `2.25.<u128>`, the same for the same text.
pub fn uid(seed: &str) -> String {
    let hash = blake3::hash(seed.as_bytes());
    let bytes: [u8; 16] = hash.as_bytes()[..16].try_into().expect("a hash has 32 bytes");
    format!("2.25.{}", u128::from_be_bytes(bytes))
}

const CT_IMAGE_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
const UTF_8: &str = "ISO_IR 192";
/// Window centre and width in which viewers open the images: bone.
const WINDOW_HU: [&str; 2] = ["480", "2500"];
const INTERCEPT_HU: i32 = -1024;

/// One file a slice along `k`, named `IM0001.dcm` and so on: explicit VR little endian, signed
/// 16 bits, rescale intercept -1024.
///
/// # Panics
/// If a slice has more than 65535 columns or rows, which the format cannot state.
pub fn ct_series(volume: &Volume<i16>, header: &SeriesHeader) -> Vec<(String, Vec<u8>)> {
    let [columns, rows, count] = volume.grid.size;
    assert!(columns.max(rows) <= usize::from(u16::MAX), "columns and rows take 16 bits");
    (0..count).map(|k| (format!("IM{:04}.dcm", k + 1), slice(volume, header, k))).collect()
}

fn slice(volume: &Volume<i16>, header: &SeriesHeader, k: usize) -> Vec<u8> {
    let instance = uid(&format!("{}/instance/{k}", header.seed));
    let mut meta = Vec::new();
    element(&mut meta, 0x0002_0001, b"OB", &[0, 1]);
    text(&mut meta, 0x0002_0002, b"UI", CT_IMAGE_STORAGE);
    text(&mut meta, 0x0002_0003, b"UI", &instance);
    text(&mut meta, 0x0002_0010, b"UI", EXPLICIT_LITTLE_ENDIAN);
    text(&mut meta, 0x0002_0012, b"UI", &uid("ossein/implementation"));
    text(&mut meta, 0x0002_0013, b"SH", "OSSEIN");
    let mut out = vec![0u8; 128];
    out.extend(b"DICM");
    element(&mut out, 0x0002_0000, b"UL", &(meta.len() as u32).to_le_bytes());
    out.extend(meta);
    identity(&mut out, header, &instance);
    acquisition(&mut out, header);
    place(&mut out, volume, header, k);
    pixels(&mut out, volume, k);
    out
}

fn identity(out: &mut Vec<u8>, header: &SeriesHeader, instance: &str) {
    text(out, 0x0008_0005, b"CS", UTF_8);
    text(out, 0x0008_0008, b"CS", "DERIVED\\PRIMARY\\AXIAL");
    text(out, 0x0008_0016, b"UI", CT_IMAGE_STORAGE);
    text(out, 0x0008_0018, b"UI", instance);
    for tag in [0x0008_0020, 0x0008_0021, 0x0008_0022, 0x0008_0023] {
        text(out, tag, b"DA", &header.date);
    }
    text(out, 0x0008_0030, b"TM", "000000");
    text(out, 0x0008_0033, b"TM", "000000");
    text(out, 0x0008_0050, b"SH", "");
    text(out, 0x0008_0060, b"CS", "CT");
    words(out, 0x0008_0070, b"LO", &header.manufacturer);
    text(out, 0x0008_0090, b"PN", "");
    words(out, 0x0008_103E, b"LO", &header.description);
    words(out, 0x0010_0010, b"PN", &format!("{}^", header.pseudonym));
    words(out, 0x0010_0020, b"LO", &header.pseudonym);
    text(out, 0x0010_0030, b"DA", "");
    text(out, 0x0010_0040, b"CS", "O");
    text(out, 0x0012_0062, b"CS", "YES");
    text(out, 0x0012_0063, b"LO", "Pseudonym only");
}

fn acquisition(out: &mut Vec<u8>, header: &SeriesHeader) {
    text(out, 0x0018_0050, b"DS", &decimal(header.slice_thickness_mm));
    text(out, 0x0018_0060, b"DS", &decimal(header.kvp));
    text(out, 0x0018_1120, b"DS", "0");
    words(out, 0x0018_1210, b"SH", &header.kernel);
    text(out, 0x0018_5100, b"CS", "HFS");
}

fn place(out: &mut Vec<u8>, volume: &Volume<i16>, header: &SeriesHeader, k: usize) {
    let grid = &volume.grid;
    let join = |v: &[f64]| v.iter().map(|v| decimal(*v)).collect::<Vec<_>>().join("\\");
    let corner = grid.center([0, 0, k]).array();
    text(out, 0x0020_000D, b"UI", &uid(&format!("{}/study", header.seed)));
    text(out, 0x0020_000E, b"UI", &uid(&format!("{}/series", header.seed)));
    text(out, 0x0020_0010, b"SH", "1");
    text(out, 0x0020_0011, b"IS", &header.series_number.to_string());
    text(out, 0x0020_0012, b"IS", "1");
    text(out, 0x0020_0013, b"IS", &(k + 1).to_string());
    text(out, 0x0020_0032, b"DS", &join(&corner));
    let [row, column, _] = grid.axes.map(|a| a.array());
    text(out, 0x0020_0037, b"DS", &join(&[row, column].concat()));
    text(out, 0x0020_0052, b"UI", &uid(&format!("{}/frame", header.seed)));
    text(out, 0x0020_0060, b"CS", "");
    text(out, 0x0020_1040, b"LO", "");
}

fn pixels(out: &mut Vec<u8>, volume: &Volume<i16>, k: usize) {
    let [columns, rows, _] = volume.grid.size;
    let word = |out: &mut Vec<u8>, tag: u32, value: usize| {
        element(out, tag, b"US", &(value as u16).to_le_bytes());
    };
    word(out, 0x0028_0002, 1);
    text(out, 0x0028_0004, b"CS", "MONOCHROME2");
    word(out, 0x0028_0010, rows);
    word(out, 0x0028_0011, columns);
    let [x, y, _] = volume.grid.spacing;
    text(out, 0x0028_0030, b"DS", &format!("{}\\{}", decimal(y), decimal(x)));
    word(out, 0x0028_0100, 16);
    word(out, 0x0028_0101, 16);
    word(out, 0x0028_0102, 15);
    word(out, 0x0028_0103, 1);
    text(out, 0x0028_0301, b"CS", "NO");
    text(out, 0x0028_1050, b"DS", WINDOW_HU[0]);
    text(out, 0x0028_1051, b"DS", WINDOW_HU[1]);
    text(out, 0x0028_1052, b"DS", &INTERCEPT_HU.to_string());
    text(out, 0x0028_1053, b"DS", "1");
    text(out, 0x0028_1054, b"LO", "HU");
    text(out, 0x0028_2110, b"CS", "00");
    let slice = &volume.values[k * rows * columns..][..rows * columns];
    let stored = |&hu: &i16| (i32::from(hu) - INTERCEPT_HU).min(i32::from(i16::MAX)) as i16;
    let words: Vec<u8> = slice.iter().flat_map(|v| stored(v).to_le_bytes()).collect();
    element(out, 0x7FE0_0010, b"OW", &words);
}

/// At most 16 characters, as a decimal string must be.
fn decimal(value: f64) -> String {
    let value = value + 0.0; // no minus sign before zero
    let plain = format!("{value}");
    if plain.len() <= 16 {
        return plain;
    }
    (0..=12)
        .rev()
        .map(|digits| format!("{value:.digits$}"))
        .find(|t| t.len() <= 16)
        .unwrap_or_else(|| format!("{value:.6e}"))
}

/// Words that a person chose: cut to the length of their kind, without what parts values.
fn words(out: &mut Vec<u8>, tag: u32, vr: &[u8; 2], value: &str) {
    let length = if vr == b"SH" { 16 } else { 64 };
    let plain = |c: char| if c == '\\' || c.is_control() { ' ' } else { c };
    let value: String = value.chars().map(plain).take(length).collect();
    text(out, tag, vr, value.trim());
}

fn text(out: &mut Vec<u8>, tag: u32, vr: &[u8; 2], value: &str) {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(if vr == b"UI" { 0 } else { b' ' });
    }
    element(out, tag, vr, &bytes);
}

fn element(out: &mut Vec<u8>, tag: u32, vr: &[u8; 2], bytes: &[u8]) {
    out.extend(((tag >> 16) as u16).to_le_bytes());
    out.extend((tag as u16).to_le_bytes());
    out.extend(vr);
    if matches!(vr, b"OB" | b"OW") {
        out.extend([0, 0]);
        out.extend((bytes.len() as u32).to_le_bytes());
    } else {
        out.extend((bytes.len() as u16).to_le_bytes());
    }
    out.extend(bytes);
}
