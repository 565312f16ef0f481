//! STL, binary and as text: written as a stream, read with its corners welded.

use std::io::{self, Seek, SeekFrom, Write};

use ossein_geom::{Frame, Point, TriMesh, Vector};

use crate::files::{Fault, Format, Place, Plain, ReadError, Words, length, number, quote};
use crate::weld::Welder;

pub(crate) const FORMAT: Format = Format { word: "stl", title: "STL", is, read };

const HEADER: usize = 84;
const RECORD: usize = 50;
/// Triangles turned into bytes at a time.
const CHUNK: usize = 8192;

/// Writes `mesh` as binary STL; the header names frame and unit.
///
/// # Errors
/// What `out` reports, and `InvalidInput` for more triangles than the format can count.
pub fn write<F: Frame>(mesh: &TriMesh<F>, title: &str, out: &mut impl Write) -> io::Result<()> {
    let count = u32::try_from(mesh.triangles.len()).map_err(|_| too_many())?;
    out.write_all(&header::<F>(title, count))?;
    let mut chunk = Vec::with_capacity(RECORD * CHUNK);
    for triangles in mesh.triangles.chunks(CHUNK) {
        chunk.clear();
        triangles.iter().for_each(|&t| push_record(&mut chunk, mesh.corners(t)));
        out.write_all(&chunk)?;
    }
    Ok(())
}

/// Writes triangles as binary STL while they come, in memory that does not grow with their
/// number; the count is filled in at the end.
///
/// # Errors
/// What `out` reports, and `InvalidInput` for more triangles than the format can count.
pub fn write_stream<F: Frame>(
    triangles: impl IntoIterator<Item = [Point<F>; 3]>,
    title: &str,
    out: &mut (impl Write + Seek),
) -> io::Result<u32> {
    let start = out.stream_position()?;
    out.write_all(&header::<F>(title, 0))?;
    let mut count = 0u32;
    let mut chunk = Vec::with_capacity(RECORD * CHUNK);
    for corners in triangles {
        count = count.checked_add(1).ok_or_else(too_many)?;
        push_record(&mut chunk, corners);
        if chunk.len() >= RECORD * CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
    }
    out.write_all(&chunk)?;
    let end = out.stream_position()?;
    out.seek(SeekFrom::Start(start + 80))?;
    out.write_all(&count.to_le_bytes())?;
    out.seek(SeekFrom::Start(end))?;
    Ok(count)
}

/// Writes `mesh` as STL text, with the digits that a single-precision number needs.
///
/// # Errors
/// What `out` reports.
pub fn write_text<F: Frame>(
    mesh: &TriMesh<F>,
    title: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let name: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    writeln!(out, "solid {name}")?;
    for &t in &mesh.triangles {
        let n = normal(mesh.corners(t)).array().map(|v| v as f32);
        writeln!(out, "facet normal {} {} {}\nouter loop", n[0], n[1], n[2])?;
        for p in mesh.corners(t) {
            let [x, y, z] = p.array().map(|v| v as f32);
            writeln!(out, "vertex {x} {y} {z}")?;
        }
        out.write_all(b"endloop\nendfacet\n")?;
    }
    writeln!(out, "endsolid {name}")
}

fn too_many() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "too many triangles for STL")
}

fn header<F: Frame>(title: &str, count: u32) -> [u8; HEADER] {
    let mut header = [b' '; HEADER];
    let text = format!("Ossein {title} frame={} unit=mm", F::NAME);
    let bytes = text.as_bytes();
    let length = bytes.len().min(80);
    header[..length].copy_from_slice(&bytes[..length]);
    header[80..].copy_from_slice(&count.to_le_bytes());
    header
}

fn normal<F: Frame>([a, b, c]: [Point<F>; 3]) -> Vector<F> {
    (b - a).cross(c - a).unit()
}

fn push_record<F: Frame>(chunk: &mut Vec<u8>, corners: [Point<F>; 3]) {
    let (normal, corners) = (normal(corners).array(), corners.map(|p| p.array()));
    for value in normal.iter().chain(corners.iter().flatten()) {
        chunk.extend_from_slice(&(*value as f32).to_le_bytes());
    }
    chunk.extend_from_slice(&[0, 0]);
}

fn promised(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(80..HEADER)?;
    Some(u32::from_le_bytes(count.try_into().ok()?) as usize)
}

fn is_exact(bytes: &[u8]) -> bool {
    let length = |n: usize| n.checked_mul(RECORD)?.checked_add(HEADER);
    promised(bytes).and_then(length) == Some(bytes.len())
}

/// Binary files may start with "solid" too; those have the right length or bytes beyond text.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    let word = start.get(..5).is_some_and(|w| w.eq_ignore_ascii_case(b"solid"));
    word && !is_exact(bytes) && !bytes[..bytes.len().min(256)].contains(&0)
}

fn is(bytes: &[u8]) -> bool {
    is_text(bytes) || is_exact(bytes)
}

fn read(bytes: &[u8]) -> Result<Plain, ReadError> {
    if is_text(bytes) { read_text(bytes) } else { read_binary(bytes) }
}

fn read_binary(bytes: &[u8]) -> Result<Plain, ReadError> {
    let fail = |offset, fault| ReadError { format: "STL", place: Place::Byte(offset), fault };
    let Some(count) = promised(bytes) else {
        return Err(fail(bytes.len(), Fault::Ended { what: "the header" }));
    };
    let room = (bytes.len() - HEADER) / RECORD;
    if count > room {
        let (count, limit) = (count as u64, room as u64);
        return Err(fail(80, Fault::TooMany { what: "triangles", count, limit }));
    }
    let mut welder = Welder::new();
    let mut triangles = Vec::with_capacity(count);
    for (n, record) in bytes[HEADER..].chunks_exact(RECORD).take(count).enumerate() {
        let mut corners = [0; 3];
        for (i, corner) in corners.iter_mut().enumerate() {
            let mut place = [0.0; 3];
            for (a, value) in place.iter_mut().enumerate() {
                let at = 12 + 12 * i + 4 * a;
                let raw = [record[at], record[at + 1], record[at + 2], record[at + 3]];
                let read = length(f64::from(f32::from_le_bytes(raw)));
                *value = read.map_err(|fault| fail(HEADER + n * RECORD + at, fault))?;
            }
            *corner = welder.number(place);
        }
        triangles.push(corners);
    }
    Ok(Plain { vertices: welder.places(), triangles })
}

fn read_text(bytes: &[u8]) -> Result<Plain, ReadError> {
    let mut words = Words::new(bytes);
    let read = text_triangles(&mut words);
    read.map_err(|fault| ReadError { format: "STL", place: Place::Line(words.line), fault })
}

fn text_triangles(words: &mut Words) -> Result<Plain, Fault> {
    let mut welder = Welder::new();
    let mut triangles = Vec::new();
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().as_slice() {
            b"solid" | b"endsolid" => words.skip_line(),
            b"facet" => triangles.push(facet(words, &mut welder)?),
            _ => return Err(Fault::Expected { what: "`facet`", found: quote(word) }),
        }
    }
    Ok(Plain { vertices: welder.places(), triangles })
}

fn facet(words: &mut Words, welder: &mut Welder) -> Result<[u32; 3], Fault> {
    expect(words, "normal")?;
    for _ in 0..3 {
        // Normals are made anew from the corners: some writers leave nonsense here.
        words.next().ok_or(Fault::Ended { what: "a normal" })?;
    }
    expect(words, "outer")?;
    expect(words, "loop")?;
    let mut corners = [0; 3];
    for corner in &mut corners {
        expect(words, "vertex")?;
        let mut place = [0.0; 3];
        for value in &mut place {
            let word = words.next().ok_or(Fault::Ended { what: "a vertex" })?;
            *value = length(number(word, "a coordinate")?)?;
        }
        *corner = welder.number(place);
    }
    expect(words, "endloop")?;
    expect(words, "endfacet")?;
    Ok(corners)
}

fn expect(words: &mut Words, what: &'static str) -> Result<(), Fault> {
    let word = words.next().ok_or(Fault::Ended { what: "a facet" })?;
    if word.eq_ignore_ascii_case(what.as_bytes()) {
        return Ok(());
    }
    Err(Fault::Expected { what, found: quote(word) })
}
