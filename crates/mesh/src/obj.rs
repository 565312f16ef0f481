//! Wavefront OBJ: vertices and faces; everything else in the file is passed over.

use std::io::{self, Write};

use ossein_geom::{Frame, TriMesh};

use crate::files::{Fault, Format, Place, Plain, ReadError, length, number, quote};

pub(crate) const FORMAT: Format = Format { word: "obj", title: "Wavefront OBJ", is, read };

/// Writes `mesh` as OBJ, with all digits of every coordinate; a comment names frame and unit.
///
/// # Errors
/// What `out` reports.
pub fn write<F: Frame>(mesh: &TriMesh<F>, title: &str, out: &mut impl Write) -> io::Result<()> {
    let name: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    writeln!(out, "# Ossein {name} frame={} unit=mm", F::NAME)?;
    for p in &mesh.vertices {
        writeln!(out, "v {} {} {}", p.x, p.y, p.z)?;
    }
    for t in &mesh.triangles {
        let [a, b, c] = t.map(|v| u64::from(v) + 1);
        writeln!(out, "f {a} {b} {c}")?;
    }
    Ok(())
}

/// Text of which a line among the first starts like a vertex.
fn is(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    let is_vertex = |line: &[u8]| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
        words.next() == Some(b"v") && words.next().is_some_and(|w| number(w, "").is_ok())
    };
    !start.contains(&0) && start.split(|&b| b == b'\n').any(is_vertex)
}

fn read(bytes: &[u8]) -> Result<Plain, ReadError> {
    let mut mesh = Plain::default();
    let mut corners = Vec::new();
    let mut joined = Vec::new();
    for (n, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = line.trim_ascii_end();
        if let Some(part) = line.strip_suffix(b"\\") {
            joined.extend_from_slice(part);
            joined.push(b' ');
            continue;
        }
        joined.extend_from_slice(line);
        statement(&joined, &mut mesh, &mut corners).map_err(|fault| ReadError {
            format: "OBJ",
            place: Place::Line(n + 1),
            fault,
        })?;
        joined.clear();
    }
    Ok(mesh)
}

fn statement(line: &[u8], mesh: &mut Plain, corners: &mut Vec<u32>) -> Result<(), Fault> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    match words.next() {
        Some(b"v") => {
            let mut place = [0.0; 3];
            for value in &mut place {
                let word = words.next().ok_or(Fault::Ended { what: "a vertex" })?;
                *value = length(number(word, "a coordinate")?)?;
            }
            mesh.vertices.push(place);
        }
        Some(b"f") => {
            corners.clear();
            for word in words {
                corners.push(corner(word, mesh.vertices.len())?);
            }
            if corners.len() < 3 {
                let found = quote(line);
                return Err(Fault::Expected { what: "a face of three corners or more", found });
            }
            mesh.push_polygon(corners);
        }
        _ => {}
    }
    Ok(())
}

/// `7`, `7/1`, `7//3`, `-1`: counted from 1, or backwards from the last vertex.
fn corner(word: &[u8], count: usize) -> Result<u32, Fault> {
    let first = word.split(|&b| b == b'/').next().unwrap_or(word);
    let index: i64 = std::str::from_utf8(first)
        .ok()
        .and_then(|w| w.parse().ok())
        .ok_or_else(|| Fault::Expected { what: "the number of a vertex", found: quote(word) })?;
    let from_zero = if index < 0 { index.checked_add(count as i64) } else { index.checked_sub(1) };
    match from_zero.and_then(|i| u32::try_from(i).ok()) {
        Some(v) if (v as usize) < count => Ok(v),
        _ => Err(Fault::Index { index, count }),
    }
}
