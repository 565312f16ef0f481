//! Reads the first slice stack of a 3MF file, slice by slice.

use std::io::{self, BufRead, BufReader, Read, Seek};

use ossein_geom::{Contour, Layer};
use zip::ZipArchive;

/// A file whose slices cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Slice3mfError {
    /// Not a ZIP archive, or a damaged one.
    #[error("no 3MF archive: {0}")]
    Archive(String),
    /// No model part.
    #[error("the archive holds no 3D model")]
    NoModel,
    /// A unit that 3MF does not know.
    #[error("`{0}` is no unit of 3MF")]
    Unit(String),
    /// More than is read.
    #[error("{what} takes more than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Most bytes of it.
        limit: u64,
    },
    /// An element that lacks a number or holds a wrong one.
    #[error("slice {slice}: <{element}> has no usable `{attribute}`")]
    Attribute {
        /// Index of the slice.
        slice: usize,
        /// Name of the element.
        element: String,
        /// Name of the attribute.
        attribute: &'static str,
    },
    /// A polygon that does not end where it begins.
    #[error("slice {slice}: polygon {polygon} is not closed")]
    Open {
        /// Index of the slice.
        slice: usize,
        /// Index of the polygon in its slice.
        polygon: usize,
    },
    /// The stream failed, or the caller could not take a layer.
    #[error("could not read: {0}")]
    Stream(#[from] io::Error),
}

const MODEL_BYTES_MAX: u64 = 1 << 34;
const TAG_BYTES_MAX: u64 = 1 << 16;
const SLICE_BYTES_MAX: u64 = 1 << 29;

/// Hands every slice of the first slice stack to `sink`, in the file's order; returns their number.
/// Memory holds one slice.
///
/// # Errors
/// [`Slice3mfError`] with the slice at fault.
pub fn read(
    source: impl Read + Seek,
    mut sink: impl FnMut(Layer) -> io::Result<()>,
) -> Result<usize, Slice3mfError> {
    let mut archive = ZipArchive::new(source).map_err(|e| Slice3mfError::Archive(e.to_string()))?;
    let named = archive.file_names().flatten().find(|name| name.ends_with(".model"));
    let name = named.map(|name| name.into_owned());
    let model = archive
        .by_name(&name.ok_or(Slice3mfError::NoModel)?)
        .map_err(|e| Slice3mfError::Archive(e.to_string()))?;
    let mut tags = Tags { source: BufReader::new(model.take(MODEL_BYTES_MAX)), tag: Vec::new() };
    let mut state = State { unit_mm: 1.0, ..State::default() };
    let mut inside = false;
    while let Some(tag) = tags.next()? {
        match tag.name() {
            "model" => state.unit_mm = unit_mm(tag.attribute("unit").unwrap_or("millimeter"))?,
            "slicestack" => inside = true,
            "/slicestack" => break,
            "slice" if inside => {
                state.begin(&tag)?;
                if tag.closes() {
                    sink(state.end()?)?;
                }
            }
            "/slice" if inside => sink(state.end()?)?,
            "vertex" if inside => state.vertex(&tag)?,
            "polygon" if inside => state.polygon(&tag)?,
            "segment" if inside => state.segment(&tag)?,
            _ => {}
        }
    }
    Ok(state.count)
}

fn unit_mm(name: &str) -> Result<f64, Slice3mfError> {
    Ok(match name {
        "micron" => 0.001,
        "millimeter" => 1.0,
        "centimeter" => 10.0,
        "inch" => 25.4,
        "foot" => 304.8,
        "meter" => 1000.0,
        other => return Err(Slice3mfError::Unit(other.chars().take(40).collect())),
    })
}

/// The slice at hand.
#[derive(Default)]
struct State {
    unit_mm: f64,
    count: usize,
    z_mm: f64,
    bytes: u64,
    vertices: Vec<[f64; 2]>,
    /// Indices of the corners of each polygon, its first one at both ends.
    polygons: Vec<Vec<usize>>,
}

impl State {
    fn number(&self, tag: &Tag<'_>, attribute: &'static str) -> Result<f64, Slice3mfError> {
        let value = tag.attribute(attribute).and_then(|text| text.trim().parse::<f64>().ok());
        value.filter(|v| v.is_finite()).ok_or_else(|| self.fault(tag, attribute))
    }

    fn index(&self, tag: &Tag<'_>, attribute: &'static str) -> Result<usize, Slice3mfError> {
        let value = tag.attribute(attribute).and_then(|text| text.trim().parse::<usize>().ok());
        value.filter(|v| *v < self.vertices.len()).ok_or_else(|| self.fault(tag, attribute))
    }

    fn fault(&self, tag: &Tag<'_>, attribute: &'static str) -> Slice3mfError {
        let element = tag.name().chars().take(40).collect();
        Slice3mfError::Attribute { slice: self.count, element, attribute }
    }

    fn begin(&mut self, tag: &Tag<'_>) -> Result<(), Slice3mfError> {
        self.z_mm = self.number(tag, "ztop")? * self.unit_mm;
        self.bytes = 0;
        self.vertices.clear();
        self.polygons.clear();
        Ok(())
    }

    fn grow(&mut self) -> Result<(), Slice3mfError> {
        self.bytes += 16;
        if self.bytes > SLICE_BYTES_MAX {
            return Err(Slice3mfError::TooLarge { what: "a slice", limit: SLICE_BYTES_MAX });
        }
        Ok(())
    }

    fn vertex(&mut self, tag: &Tag<'_>) -> Result<(), Slice3mfError> {
        let p = [self.number(tag, "x")? * self.unit_mm, self.number(tag, "y")? * self.unit_mm];
        self.vertices.push(p);
        self.grow()
    }

    fn polygon(&mut self, tag: &Tag<'_>) -> Result<(), Slice3mfError> {
        self.polygons.push(vec![self.index(tag, "startv")?]);
        self.grow()
    }

    fn segment(&mut self, tag: &Tag<'_>) -> Result<(), Slice3mfError> {
        let index = self.index(tag, "v2")?;
        let fault = self.fault(tag, "v2");
        self.polygons.last_mut().ok_or(fault)?.push(index);
        self.grow()
    }

    fn end(&mut self) -> Result<Layer, Slice3mfError> {
        let mut contours = Vec::with_capacity(self.polygons.len());
        for (n, polygon) in self.polygons.iter().enumerate() {
            if polygon.len() < 4 || polygon.first() != polygon.last() {
                return Err(Slice3mfError::Open { slice: self.count, polygon: n });
            }
            let points = polygon[1..].iter().map(|&v| self.vertices[v]).collect();
            let mut contour = Contour { points };
            contour.points.rotate_right(1);
            contours.push(contour);
        }
        self.count += 1;
        self.polygons.clear();
        Ok(Layer { z_mm: self.z_mm, contours })
    }
}

/// The tags of an XML stream, one at a time; text between them and comments are passed over.
struct Tags<R: BufRead> {
    source: R,
    tag: Vec<u8>,
}

impl<R: BufRead> Tags<R> {
    fn next(&mut self) -> Result<Option<Tag<'_>>, Slice3mfError> {
        loop {
            if self.source.skip_until(b'<')? == 0 {
                return Ok(None);
            }
            self.tag.clear();
            loop {
                let mut limited = (&mut self.source).take(TAG_BYTES_MAX);
                if limited.read_until(b'>', &mut self.tag)? == 0 {
                    return Ok(None);
                }
                if self.tag.len() as u64 >= TAG_BYTES_MAX {
                    return Err(Slice3mfError::TooLarge { what: "a tag", limit: TAG_BYTES_MAX });
                }
                let comment = self.tag.starts_with(b"!--");
                if !comment || self.tag.ends_with(b"-->") {
                    break;
                }
                // Of a comment only its beginning and its last letters matter.
                let tail = self.tag.split_off(self.tag.len() - 1);
                self.tag.truncate(3);
                self.tag.extend(tail);
            }
            if !self.tag.starts_with(b"!--") && !self.tag.starts_with(b"?") {
                break;
            }
        }
        self.tag.pop_if(|last| *last == b'>');
        let text = std::str::from_utf8(&self.tag).unwrap_or_default();
        Ok(Some(Tag { text }))
    }
}

/// What stands between `<` and `>`.
struct Tag<'a> {
    text: &'a str,
}

impl<'a> Tag<'a> {
    /// Its name without prefix; an end tag keeps its stroke.
    fn name(&self) -> &'a str {
        let name = self.text.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let name = if name.len() > 1 { name.strip_suffix('/').unwrap_or(name) } else { name };
        match (name.strip_prefix('/'), name.rsplit_once(':')) {
            (Some(_), Some((_, local))) => match local {
                "slicestack" => "/slicestack",
                "slice" => "/slice",
                _ => "/",
            },
            (None, Some((_, local))) => local,
            (_, None) => name,
        }
    }

    fn closes(&self) -> bool {
        self.text.ends_with('/')
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.text;
        loop {
            let (before, after) = rest.split_once('=')?;
            let key = before.trim_end().rsplit(|c: char| c.is_whitespace()).next()?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'')?;
            let (value, next) = after[1..].split_once(quote)?;
            if key == name {
                return Some(value);
            }
            rest = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::Writer;
    use super::*;

    fn layers() -> Vec<Layer> {
        let outer = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];
        let hole = vec![[1.0, 1.0], [1.0, 2.5], [2.0, 2.0]];
        let contours = [outer, hole].map(|points| Contour { points }).to_vec();
        vec![Layer { z_mm: 0.03, contours }, Layer { z_mm: 0.06, contours: Vec::new() }]
    }

    fn written() -> Vec<u8> {
        let dimension = [[0.0; 3], [4.0, 4.0, 0.06]];
        let mut writer = Writer::new(Cursor::new(Vec::new()), dimension).unwrap();
        layers().iter().for_each(|layer| writer.layer(layer).unwrap());
        writer.finish().unwrap().into_inner()
    }

    fn read_all(bytes: &[u8]) -> Result<Vec<Layer>, Slice3mfError> {
        let mut layers = Vec::new();
        read(Cursor::new(bytes), |layer| {
            layers.push(layer);
            Ok(())
        })?;
        Ok(layers)
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(read_all(&written()).unwrap(), layers());
    }

    #[test]
    fn damaged_files_never_panic() {
        let good = written();
        assert!(matches!(read_all(b"PK"), Err(Slice3mfError::Archive(_))));
        for length in (0..good.len()).step_by(7) {
            assert!(read_all(&good[..length]).is_err());
        }
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0xA5;
            let _ = read_all(&bad);
        }
    }
}
