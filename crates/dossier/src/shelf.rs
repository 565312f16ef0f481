//! The files that Typst may read: the templates, the report, the pictures and the fonts.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::LazyLock;

use serde_json::{Value, json};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::report::{self, Cleaned, Letters};
use crate::{Dossier, Paper};

/// Most pixels of a picture.
const PIXEL_COUNT_MAX: u64 = 64 << 20;
/// Most pictures.
const PICTURE_COUNT_MAX: usize = 200;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        &[$((concat!("/", $name), include_str!(concat!("../template/", $name)))),+]
    };
}

const TEMPLATES: &[(&str, &str)] = templates![
    "main.typ",
    "parts.typ",
    "summary.typ",
    "01-summary.typ",
    "02-prescription.typ",
    "03-scan.typ",
    "04-segmentation.typ",
    "05-plan.typ",
    "06-implant.typ",
    "07-contact.typ",
    "08-screws.typ",
    "09-lattice.typ",
    "10-mechanics.typ",
    "10b-judgement.typ",
    "11-files.typ",
    "12-findings.typ",
    "13-limits.typ",
    "14-provenance.typ",
    "20-summary-plate.typ",
    "21-plan-plate.typ",
    "22-plate.typ",
    "23-plate-mechanics.typ",
    "30-summary-jaw.typ",
    "31-labels.typ",
    "32-plan-jaw.typ",
    "33-jaw.typ",
    "34-guide.typ",
    "35-jaw-mechanics.typ",
    "50-summary-onlay.typ",
    "51-source-onlay.typ",
    "52-blueprint.typ",
    "53-onlay.typ",
    "60-summary-orbit.typ",
    "61-plan-orbit.typ",
    "62-orbit.typ",
    "63-volumes-orbit.typ",
    "40-summary-model.typ",
    "41-model.typ",
    "40-summary-tooth.typ",
    "41-plan-tooth.typ",
    "42-tooth.typ",
    "43-tooth-mechanics.typ",
    "60-summary-drill.typ",
    "61-plan-drill.typ",
    "62-drill-guide.typ",
];

static FONTS: LazyLock<(Vec<Font>, LazyHash<FontBook>)> = LazyLock::new(|| {
    let own = ossein_picture::text::FONTS.into_iter();
    let mut fonts: Vec<Font> = own.flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
    fonts.extend(typst_kit::fonts::embedded().map(|(font, _)| font));
    let book = LazyHash::new(FontBook::from_fonts(&fonts));
    (fonts, book)
});

/// All embedded fonts; the text font comes first.
pub(crate) fn fonts() -> &'static [Font] {
    &FONTS.0
}

/// Everything that a dossier is set from.
pub(crate) struct Shelf {
    library: LazyHash<Library>,
    main: FileId,
    sources: BTreeMap<&'static str, Source>,
    files: BTreeMap<String, Bytes>,
}

impl Shelf {
    /// The files of one dossier.
    pub fn new(dossier: &Dossier, cleaned: &Cleaned) -> Self {
        let mut files = BTreeMap::new();
        let pictures = shelve_pictures(dossier, &mut files);
        let (year, month, day) = dossier.date;
        let meta = json!({
            "date": [year, month, day],
            "paper": match dossier.paper { Paper::A4 => "a4", Paper::Letter => "us-letter" },
            "pictures": pictures,
            "pages": dossier.pages,
            "cut": cleaned.cut,
            "program": format!("Ossein {}", env!("CARGO_PKG_VERSION")),
        });
        let bytes = |value: &Value| Bytes::new(value.to_string().into_bytes());
        files.insert("/report.json".into(), bytes(&cleaned.report));
        files.insert("/meta.json".into(), bytes(&meta));
        let source = |&(name, words): &(&'static str, &str)| {
            (name, Source::new(file_id(name), words.to_string()))
        };
        Self {
            library: LazyHash::new(Library::default()),
            main: file_id("/main.typ"),
            sources: TEMPLATES.iter().map(source).collect(),
            files,
        }
    }
}

fn file_id(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("paths on the shelf are plain names");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// Puts pictures on the shelf under numbers; those that cannot be read have no path.
fn shelve_pictures(dossier: &Dossier, files: &mut BTreeMap<String, Bytes>) -> Vec<Value> {
    let mut list = Vec::new();
    for (number, (name, bytes)) in dossier.pictures.iter().take(PICTURE_COUNT_MAX).enumerate() {
        let path = format!("/picture/{number}.png");
        let size = readable_size(bytes);
        if size.is_some() {
            files.insert(path.clone(), Bytes::new(bytes.clone()));
        }
        list.push(json!({
            "name": report::text(name, Letters::Plain).replace('\u{200b}', ""),
            "path": size.map(|_| path),
            "size": size,
        }));
    }
    list
}

/// Width and height of a PNG file, if all of it can be read.
fn readable_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > PIXEL_COUNT_MAX {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    Some([width, height])
}

impl World for Shelf {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.1
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let path = id.get().vpath().get_with_slash();
        self.sources.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = id.get().vpath().get_with_slash();
        self.files.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.0.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
