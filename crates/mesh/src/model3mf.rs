//! 3MF core files (specification 2015/02): meshes written as a stream and read back, strut
//! lattices as beams (extension 2017/02).

mod beams;
mod parts;
mod read;
mod xml;

use std::io::{self, Seek, Write};

use ossein_geom::{Frame, Point, TriMesh};
use rayon::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::files::Format;

pub use beams::{Beam, BeamLattice, write_lattice};
pub use parts::{ColorPart, write_parts};

pub(crate) const FORMAT: Format =
    Format { word: "3mf", title: "3MF", is: read::is, read: read::read };

/// What the file says about itself.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// Title of the model.
    pub title: String,
    /// Further pairs of name and value; names in the file's own `ossein` namespace.
    pub entries: Vec<(String, String)>,
}

const CONTENT_TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" "#,
    r#"ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="model" "#,
    r#"ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>"#
);
const RELATIONSHIPS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Target="/3D/3dmodel.model" Id="rel0" "#,
    r#"Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>"#
);

/// Writes `mesh` as one object of a 3MF file, in millimetres, rounded to 0.1 micrometre.
///
/// # Errors
/// What `out` reports.
pub fn write<F: Frame>(
    mesh: &TriMesh<F>,
    metadata: &Metadata,
    out: impl Write + Seek,
) -> io::Result<()> {
    let (vertices, triangles) = (mesh.vertices.iter().copied(), mesh.triangles.iter().copied());
    write_stream(vertices, triangles, metadata, out)
}

/// Writes one object of a 3MF file while its vertices and then its triangles come, in memory that
/// does not grow with their number.
///
/// # Errors
/// What `out` reports.
pub fn write_stream<F: Frame>(
    vertices: impl IntoIterator<Item = Point<F>>,
    triangles: impl IntoIterator<Item = [u32; 3]>,
    metadata: &Metadata,
    out: impl Write + Seek,
) -> io::Result<()> {
    package(out, |zip| {
        zip.write_all(head::<F>(metadata, "").as_bytes())?;
        zip.write_all(ONE_OBJECT)?;
        write_vertices(vertices, zip)?;
        write_triangles(triangles, zip)?;
        zip.write_all(ONE_BUILT)
    })
}

fn write_triangles(
    triangles: impl IntoIterator<Item = [u32; 3]>,
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(b"<triangles>")?;
    write_rows(triangles, out, |text, t| {
        for (name, v) in ["<triangle v1=\"", "\" v2=\"", "\" v3=\""].iter().zip(t) {
            text.extend_from_slice(name.as_bytes());
            push_whole(text, u64::from(*v), 1);
        }
        text.extend_from_slice(b"\"/>");
    })?;
    out.write_all(b"</triangles>")
}

/// Before and after the mesh of a model with one object.
const ONE_OBJECT: &[u8] = b"<object id=\"1\" type=\"model\"><mesh>";
const ONE_BUILT: &[u8] =
    b"</mesh></object></resources><build><item objectid=\"1\"/></build></model>\n";

/// A package with one model, which `write_model` writes.
fn package<W: Write + Seek>(
    out: W,
    write_model: impl FnOnce(&mut ZipWriter<W>) -> io::Result<()>,
) -> io::Result<()> {
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
    write_model(&mut zip)?;
    zip.finish()?;
    Ok(())
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn head<F: Frame>(metadata: &Metadata, more: &str) -> String {
    let mut text = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "\n",
        r#"<model unit="millimeter" xml:lang="en-US" "#,
        r#"xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" "#,
        r#"xmlns:ossein="urn:ossein:2026""#
    ));
    text.push_str(more);
    text.push('>');
    let mut entry = |name: &str, value: &str| {
        let (name, value) = (escaped(name), escaped(value));
        text.push_str(&format!("<metadata name=\"{name}\">{value}</metadata>"));
    };
    entry("Title", &metadata.title);
    entry("Application", "Ossein");
    entry("ossein:frame", F::NAME);
    for (name, value) in &metadata.entries {
        entry(&format!("ossein:{name}"), value);
    }
    text.push_str("<resources>");
    text
}

/// Vertices or triangles turned into text by one thread at a time.
const CHUNK: usize = 16_384;

fn write_vertices<F: Frame>(
    vertices: impl IntoIterator<Item = Point<F>>,
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(b"<vertices>")?;
    write_rows(vertices, out, |text, p| {
        for (name, value) in [("<vertex x=\"", p.x), ("\" y=\"", p.y), ("\" z=\"", p.z)] {
            text.extend_from_slice(name.as_bytes());
            push_mm(text, value);
        }
        text.extend_from_slice(b"\"/>");
    })?;
    out.write_all(b"</vertices>")
}

/// Turns rows into text on all threads, a few chunks at a time, while those before are packed.
fn write_rows<T: Sync>(
    rows: impl IntoIterator<Item = T>,
    out: &mut impl Write,
    push: impl Fn(&mut Vec<u8>, &T) + Sync,
) -> io::Result<()> {
    let to_text = |chunk: &[T]| {
        let mut text = Vec::with_capacity(48 * chunk.len());
        chunk.iter().for_each(|row| push(&mut text, row));
        text
    };
    let to_texts = |group: &[T]| group.par_chunks(CHUNK).map(to_text).collect();
    let mut rows = rows.into_iter();
    let (mut group, mut texts) = (Vec::new(), Vec::<Vec<u8>>::new());
    loop {
        group.clear();
        group.extend(rows.by_ref().take(4 * CHUNK));
        let mut next = Vec::new();
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = to_texts(&group));
            texts.iter().try_for_each(|text| out.write_all(text))
        })?;
        if next.is_empty() {
            return Ok(());
        }
        texts = next;
    }
}

/// A length with four decimals, without trailing zeros.
fn push_mm(text: &mut Vec<u8>, value: f64) {
    let tenths_of_um = (value * 1e4).round() as i64;
    if tenths_of_um < 0 {
        text.push(b'-');
    }
    let size = tenths_of_um.unsigned_abs();
    push_whole(text, size / 10_000, 1);
    let mut part = size % 10_000;
    if part > 0 {
        text.push(b'.');
        let mut digits = 4;
        while part.is_multiple_of(10) {
            part /= 10;
            digits -= 1;
        }
        push_whole(text, part, digits);
    }
}

fn push_whole(text: &mut Vec<u8>, value: u64, digit_count_min: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = value;
    while rest > 0 || digits.len() - at < digit_count_min {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_to_a_tenth_of_a_micrometre() {
        let text = |value: f64| {
            let mut bytes = Vec::new();
            push_mm(&mut bytes, value);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(text(-12.30456), "-12.3046");
        assert_eq!(text(0.05), "0.05");
        assert_eq!(text(-0.00001), "0");
        assert_eq!(text(100.0), "100");
    }
}
