//! 3MF slice extension (version 1.0.2): layers as polygons inside a 3MF file.
//!
//! The writer streams: a slice is written as it comes. The object's mesh is the box of the part,
//! marked as of low resolution, as the extension asks where slices carry the shape.

mod read;

pub use read::{Slice3mfError, read};

use std::io::{self, Seek, Write};

use ossein_geom::{Contour, Layer};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::decimal;

const CONTENT_TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" "#,
    r#"ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="model" "#,
    r#"ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>"#
);
const RELATIONSHIPS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Target="/3D/3dmodel.model" Id="rel0" "#,
    r#"Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>"#
);
const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<model unit="millimeter" xml:lang="en-US" requiredextensions="s" "#,
    r#"xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" "#,
    r#"xmlns:s="http://schemas.microsoft.com/3dmanufacturing/slice/2015/07">"#,
    r#"<metadata name="Application">Ossein</metadata><resources>"#,
);

/// Triangles of a box whose corner `n` has its x, y, z high where bits 0, 1, 2 of `n` are set.
const BOX: [[u32; 3]; 12] = [
    [0, 2, 1],
    [1, 2, 3],
    [4, 5, 6],
    [5, 7, 6],
    [0, 1, 4],
    [1, 5, 4],
    [2, 6, 3],
    [3, 6, 7],
    [0, 4, 2],
    [2, 4, 6],
    [1, 3, 5],
    [3, 7, 5],
];

/// Writes slices one by one.
pub struct Writer<W: Write + Seek> {
    zip: ZipWriter<W>,
    dimension_mm: [[f64; 3]; 2],
    text: Vec<u8>,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file; `dimension_mm` is the box of the part: x, y, z low and high.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn new(out: W, dimension_mm: [[f64; 3]; 2]) -> io::Result<Self> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .large_file(true)
            .last_modified_time(DateTime::default());
        let mut zip = ZipWriter::new(out);
        zip.start_file("[Content_Types].xml", options)?;
        zip.write_all(CONTENT_TYPES.as_bytes())?;
        zip.start_file("_rels/.rels", options)?;
        zip.write_all(RELATIONSHIPS.as_bytes())?;
        zip.start_file("3D/3dmodel.model", options)?;
        zip.write_all(HEAD.as_bytes())?;
        let mut text = b"<s:slicestack id=\"1\" zbottom=\"".to_vec();
        decimal::push(&mut text, dimension_mm[0][2]);
        text.extend_from_slice(b"\">\n");
        zip.write_all(&text)?;
        Ok(Self { zip, dimension_mm, text })
    }

    /// Writes the contours of one layer; its height is the top of the layer.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn layer(&mut self, layer: &Layer) -> io::Result<()> {
        let contours: Vec<&Contour> =
            layer.contours.iter().filter(|c| c.points.len() > 2).collect();
        let text = &mut self.text;
        text.clear();
        text.extend_from_slice(b"<s:slice ztop=\"");
        decimal::push(text, layer.z_mm);
        text.push(b'"');
        if contours.is_empty() {
            text.extend_from_slice(b"/>\n");
            return self.zip.write_all(text);
        }
        text.extend_from_slice(b"><s:vertices>");
        for p in contours.iter().flat_map(|c| &c.points) {
            text.extend_from_slice(b"<s:vertex x=\"");
            decimal::push(text, p[0]);
            text.extend_from_slice(b"\" y=\"");
            decimal::push(text, p[1]);
            text.extend_from_slice(b"\"/>");
        }
        text.extend_from_slice(b"</s:vertices>");
        let mut first = 0;
        for contour in contours {
            let _ = write!(text, "<s:polygon startv=\"{first}\">");
            let count = contour.points.len();
            for n in (first + 1..first + count).chain([first]) {
                let _ = write!(text, "<s:segment v2=\"{n}\"/>");
            }
            text.extend_from_slice(b"</s:polygon>");
            first += count;
        }
        text.extend_from_slice(b"</s:slice>\n");
        self.zip.write_all(text)
    }

    /// Writes what closes the file and gives the stream back.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn finish(mut self) -> io::Result<W> {
        let mut text = b"</s:slicestack>\n<object id=\"2\" type=\"model\" s:slicestackid=\"1\" \
            s:meshresolution=\"lowres\"><mesh><vertices>"
            .to_vec();
        for corner in 0..8 {
            text.extend_from_slice(b"<vertex");
            for (axis, name) in ["x", "y", "z"].iter().enumerate() {
                let _ = write!(text, " {name}=\"");
                decimal::push(&mut text, self.dimension_mm[corner >> axis & 1][axis]);
                text.push(b'"');
            }
            text.extend_from_slice(b"/>");
        }
        text.extend_from_slice(b"</vertices><triangles>");
        for [a, b, c] in BOX {
            let _ = write!(text, "<triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\"/>");
        }
        text.extend_from_slice(
            b"</triangles></mesh></object></resources>\
              <build><item objectid=\"2\"/></build></model>\n",
        );
        self.zip.write_all(&text)?;
        Ok(self.zip.finish()?)
    }
}
