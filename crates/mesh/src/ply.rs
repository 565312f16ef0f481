//! PLY, as text and binary of either byte order: vertices and faces; the rest is passed over.

use std::io::{self, Write};

use ossein_geom::{Frame, TriMesh};

use crate::files::{Fault, Format, Place, Plain, ReadError, Words, length, number, quote};

pub(crate) const FORMAT: Format = Format { word: "ply", title: "PLY", is, read };

/// A header longer than this is none.
const HEADER_MAX: usize = 65_536;
/// Elements, and properties of one, that a header may name.
const NAME_COUNT_MAX: usize = 64;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As text.
    Text,
    /// Binary, lowest byte first.
    LittleEndian,
    /// Binary, highest byte first.
    BigEndian,
}

impl Encoding {
    const ALL: [(&'static str, Self); 3] = [
        ("ascii", Self::Text),
        ("binary_little_endian", Self::LittleEndian),
        ("binary_big_endian", Self::BigEndian),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, e)| *e == self).map_or("", |(word, _)| word)
    }
}

/// Writes `mesh` as PLY, coordinates in double precision; comments name frame and unit.
///
/// # Errors
/// What `out` reports.
pub fn write<F: Frame>(
    mesh: &TriMesh<F>,
    encoding: Encoding,
    title: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    write_header(mesh, encoding, title, "", out)?;
    if encoding == Encoding::Text {
        for p in &mesh.vertices {
            writeln!(out, "{} {} {}", p.x, p.y, p.z)?;
        }
        return mesh.triangles.iter().try_for_each(|[a, b, c]| writeln!(out, "3 {a} {b} {c}"));
    }
    let big = encoding == Encoding::BigEndian;
    let mut bytes = Vec::with_capacity(24 * 4096);
    for chunk in mesh.vertices.chunks(4096) {
        bytes.clear();
        for v in chunk.iter().flat_map(|p| p.array()) {
            bytes.extend_from_slice(&if big { v.to_be_bytes() } else { v.to_le_bytes() });
        }
        out.write_all(&bytes)?;
    }
    write_faces(mesh, big, out)
}

/// The same with a value for each vertex, its property `name` in single precision: what ParaView,
/// MeshLab and `numpy` readers show as colours. Binary, lowest byte first.
///
/// # Errors
/// What `out` reports.
///
/// # Panics
/// If there are not as many values as vertices, or `name` is no word.
pub fn write_valued<F: Frame>(
    mesh: &TriMesh<F>,
    name: &str,
    values: &[f32],
    title: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    assert!(values.len() == mesh.vertices.len());
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    let property = format!("property float {name}\n");
    write_header(mesh, Encoding::LittleEndian, title, &property, out)?;
    for (p, value) in mesh.vertices.iter().zip(values) {
        for v in p.array() {
            out.write_all(&v.to_le_bytes())?;
        }
        out.write_all(&value.to_le_bytes())?;
    }
    write_faces(mesh, false, out)
}

fn write_header<F: Frame>(
    mesh: &TriMesh<F>,
    encoding: Encoding,
    title: &str,
    property: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let name: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    write!(
        out,
        "ply\nformat {} 1.0\ncomment Ossein {name} frame={} unit=mm\nelement vertex {}\n\
         property double x\nproperty double y\nproperty double z\n{property}element face {}\n\
         property list uchar uint vertex_indices\nend_header\n",
        encoding.word(),
        F::NAME,
        mesh.vertices.len(),
        mesh.triangles.len()
    )
}

fn write_faces<F: Frame>(mesh: &TriMesh<F>, big: bool, out: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(13 * 4096);
    for chunk in mesh.triangles.chunks(4096) {
        bytes.clear();
        for t in chunk {
            bytes.push(3);
            for v in t {
                bytes.extend_from_slice(&if big { v.to_be_bytes() } else { v.to_le_bytes() });
            }
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// A number's kind: how many bytes, and how they are read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scalar {
    Signed(usize),
    Unsigned(usize),
    Float(usize),
}

impl Scalar {
    fn named(word: &[u8]) -> Result<Self, Fault> {
        Ok(match word {
            b"char" | b"int8" => Self::Signed(1),
            b"short" | b"int16" => Self::Signed(2),
            b"int" | b"int32" => Self::Signed(4),
            b"uchar" | b"uint8" => Self::Unsigned(1),
            b"ushort" | b"uint16" => Self::Unsigned(2),
            b"uint" | b"uint32" => Self::Unsigned(4),
            b"float" | b"float32" => Self::Float(4),
            b"double" | b"float64" => Self::Float(8),
            _ => return Err(Fault::Expected { what: "a type of number", found: quote(word) }),
        })
    }

    fn size(self) -> usize {
        let (Self::Signed(size) | Self::Unsigned(size) | Self::Float(size)) = self;
        size
    }
}

/// What a property means to us.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Use {
    Coordinate(usize),
    Corners,
    Nothing,
}

#[derive(Debug)]
struct Property {
    /// Type of the count, for a list.
    count: Option<Scalar>,
    item: Scalar,
    used: Use,
}

#[derive(Debug)]
struct Element {
    name: Vec<u8>,
    count: usize,
    properties: Vec<Property>,
}

fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ply\n") || bytes.starts_with(b"ply\r")
}

fn read(bytes: &[u8]) -> Result<Plain, ReadError> {
    let limit = bytes.len().min(HEADER_MAX);
    let (encoding, elements, body) = header(&bytes[..limit])?;
    let numbers = match encoding {
        Encoding::Text => Numbers::Text(Words::new(&bytes[body..])),
        _ => Numbers::Binary { bytes, at: body, big: encoding == Encoding::BigEndian },
    };
    let mut reader = Reader { numbers, list: Vec::new(), mesh: Plain::default() };
    let header_lines = bytes[..body].iter().filter(|&&b| b == b'\n').count();
    for element in &elements {
        if let Err(fault) = reader.element(element, bytes.len() - body) {
            let place = match &reader.numbers {
                Numbers::Text(words) => Place::Line(header_lines + words.line),
                Numbers::Binary { at, .. } => Place::Byte(*at),
            };
            return Err(ReadError { format: "PLY", place, fault });
        }
    }
    Ok(reader.mesh)
}

/// Encoding, elements, and where the body begins.
fn header(bytes: &[u8]) -> Result<(Encoding, Vec<Element>, usize), ReadError> {
    let (mut at, mut encoding) = (0, None);
    let mut elements: Vec<Element> = Vec::new();
    for line_number in 1.. {
        let fail = |fault| ReadError { format: "PLY", place: Place::Line(line_number), fault };
        let Some(length) = bytes[at..].iter().position(|&b| b == b'\n') else {
            return Err(fail(Fault::Ended { what: "the header" }));
        };
        let line = bytes[at..at + length].trim_ascii();
        at += length + 1;
        let words: Vec<&[u8]> = line.split(|&b| b == b' ').filter(|w| !w.is_empty()).collect();
        match words.as_slice() {
            [b"format", word, b"1.0"] => {
                let known = Encoding::ALL.iter().find(|(name, _)| name.as_bytes() == *word);
                let what = "ascii, binary_little_endian or binary_big_endian";
                let fault = || fail(Fault::Expected { what, found: quote(word) });
                encoding = Some(known.ok_or_else(fault)?.1);
            }
            [b"element", name, count] => {
                let parsed = std::str::from_utf8(count).ok().and_then(|w| w.parse().ok());
                let what = "a count";
                let count =
                    parsed.ok_or_else(|| fail(Fault::Expected { what, found: quote(count) }))?;
                elements.push(Element { name: name.to_vec(), count, properties: vec![] });
            }
            [b"property", words @ ..] => {
                let element = elements.last_mut().filter(|e| e.properties.len() < NAME_COUNT_MAX);
                let what = "an element before its properties, at most 64 of them";
                let fault = || fail(Fault::Expected { what, found: quote(line) });
                let element = element.ok_or_else(fault)?;
                let property = property(words, &element.name).map_err(fail)?;
                element.properties.push(property);
            }
            [b"end_header"] => {
                let what = "a line `format`";
                let fault = || fail(Fault::Expected { what, found: "end_header".into() });
                return Ok((encoding.ok_or_else(fault)?, elements, at));
            }
            [] | [b"ply"] | [b"comment", ..] | [b"obj_info", ..] => {}
            _ => {
                let what = "a line of a PLY header";
                return Err(fail(Fault::Expected { what, found: quote(line) }));
            }
        }
        if elements.len() > NAME_COUNT_MAX {
            let (count, limit) = (elements.len() as u64, NAME_COUNT_MAX as u64);
            return Err(fail(Fault::TooMany { what: "elements", count, limit }));
        }
    }
    unreachable!("the lines of a header end with it")
}

fn property(words: &[&[u8]], element: &[u8]) -> Result<Property, Fault> {
    match words {
        [b"list", count, item, name] => {
            let corners = element == b"face" && name.starts_with(b"vertex_ind");
            let used = if corners { Use::Corners } else { Use::Nothing };
            Ok(Property { count: Some(Scalar::named(count)?), item: Scalar::named(item)?, used })
        }
        [item, name] => {
            let axis = [b"x", b"y", b"z"].iter().position(|a| *name == *a);
            let used = match axis {
                Some(axis) if element == b"vertex" => Use::Coordinate(axis),
                _ => Use::Nothing,
            };
            Ok(Property { count: None, item: Scalar::named(item)?, used })
        }
        _ => {
            let found = words.first().map_or(String::new(), |w| quote(w));
            Err(Fault::Expected { what: "type and name of a property", found })
        }
    }
}

/// Where numbers come from.
enum Numbers<'a> {
    Text(Words<'a>),
    Binary { bytes: &'a [u8], at: usize, big: bool },
}

impl Numbers<'_> {
    fn next(&mut self, kind: Scalar) -> Result<f64, Fault> {
        match self {
            Self::Text(words) => {
                let word = words.next().ok_or(Fault::Ended { what: "an element" })?;
                number(word, "a number")
            }
            Self::Binary { bytes, at, big } => {
                let size = kind.size();
                let raw = bytes.get(*at..*at + size).ok_or(Fault::Ended { what: "an element" })?;
                *at += size;
                let mut low = [0u8; 8];
                for (n, &byte) in raw.iter().enumerate() {
                    low[if *big { size - 1 - n } else { n }] = byte;
                }
                let whole = u64::from_le_bytes(low);
                Ok(match kind {
                    Scalar::Unsigned(_) => whole as f64,
                    Scalar::Signed(size) => {
                        let shift = 64 - 8 * size as u32;
                        ((whole << shift) as i64 >> shift) as f64
                    }
                    Scalar::Float(4) => f64::from(f32::from_bits(whole as u32)),
                    Scalar::Float(_) => f64::from_bits(whole),
                })
            }
        }
    }
}

struct Reader<'a> {
    numbers: Numbers<'a>,
    list: Vec<u32>,
    mesh: Plain,
}

impl Reader<'_> {
    fn element(&mut self, element: &Element, byte_count: usize) -> Result<(), Fault> {
        // Each takes a byte at least, and an element without properties nothing at all.
        if element.properties.is_empty() {
            return Ok(());
        }
        if element.count > byte_count {
            let (count, limit) = (element.count as u64, byte_count as u64);
            return Err(Fault::TooMany { what: "elements", count, limit });
        }
        let is_vertex = element.name == b"vertex";
        let is_placed = |a| element.properties.iter().any(|p| p.used == Use::Coordinate(a));
        if is_vertex && !(0..3).all(is_placed) {
            let found = "a vertex".into();
            return Err(Fault::Expected { what: "a vertex with x, y and z", found });
        }
        for _ in 0..element.count {
            let mut place = [0.0; 3];
            for property in &element.properties {
                match (property.used, property.count) {
                    (used, Some(count)) => self.list(used, count, property.item)?,
                    (Use::Coordinate(axis), None) => {
                        place[axis] = length(self.numbers.next(property.item)?)?;
                    }
                    (_, None) => {
                        self.numbers.next(property.item)?;
                    }
                }
            }
            if is_vertex {
                self.mesh.vertices.push(place);
            }
        }
        Ok(())
    }

    fn list(&mut self, used: Use, count: Scalar, item: Scalar) -> Result<(), Fault> {
        let count = self.numbers.next(count)?;
        if !(0.0..=f64::from(u32::MAX)).contains(&count) || count.fract() != 0.0 {
            return Err(Fault::Expected { what: "the length of a list", found: count.to_string() });
        }
        self.list.clear();
        for _ in 0..count as u32 {
            let value = self.numbers.next(item)?;
            if used != Use::Corners {
                continue;
            }
            let vertex_count = self.mesh.vertices.len();
            if !(value >= 0.0 && value < vertex_count as f64 && value.fract() == 0.0) {
                return Err(Fault::Index { index: value as i64, count: vertex_count });
            }
            self.list.push(value as u32);
        }
        if used == Use::Corners {
            if self.list.len() < 3 {
                let found = format!("{} corners", self.list.len());
                return Err(Fault::Expected { what: "a face of three corners or more", found });
            }
            self.mesh.push_polygon(&self.list);
        }
        Ok(())
    }
}
