//! Reads the core mesh of a 3MF package: every object that is built, placed, in mm.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read};

use zip::ZipArchive;

use super::xml::{Tag, Tags};
use crate::files::{Fault, Place, Plain, ReadError, length, number, quote};

/// Unpacked bytes for each byte of the package, and beyond that many in any case.
const UNPACKED_PER_BYTE: usize = 100;
const UNPACKED_MIN: usize = 16 << 20;
/// Objects within objects.
const DEPTH_MAX: usize = 32;
/// Name spaces that may be required of a reader: what they add does not change the mesh.
const HARMLESS: &[&str] = &[
    "http://schemas.microsoft.com/3dmanufacturing/material/2015/02",
    "http://schemas.microsoft.com/3dmanufacturing/production/2015/06",
    "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07",
];

/// Rows of a linear map, then the shift; points are rows multiplied from the left.
type Transform = [[f64; 3]; 4];
const STAY: Transform = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0; 3]];

#[derive(Default)]
struct Object {
    mesh: Plain,
    parts: Vec<(u32, Transform)>,
}

#[derive(Default)]
struct Model {
    unit_mm: f64,
    objects: BTreeMap<u32, Object>,
    build: Vec<(u32, Transform)>,
}

pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

pub fn read(bytes: &[u8]) -> Result<Plain, ReadError> {
    let fail = |offset, fault| ReadError { format: "3MF", place: Place::Byte(offset), fault };
    let damaged = |e: zip::result::ZipError| fail(0, Fault::Package { reason: e.to_string() });
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let budget = bytes.len().saturating_mul(UNPACKED_PER_BYTE).max(UNPACKED_MIN);
    let name = model_name(&mut package, budget).map_err(|fault| fail(0, fault))?;
    let file = package.by_name(&name).map_err(damaged)?;
    let mut tags = Tags::new(BufReader::new(file), budget);
    let model = parse(&mut tags).map_err(|fault| fail(tags.offset, fault))?;
    placed(model, budget).map_err(|fault| fail(tags.offset, fault))
}

/// The part that the package's relationships name as the model.
fn model_name(package: &mut ZipArchive<Cursor<&[u8]>>, budget: usize) -> Result<String, Fault> {
    let file = package.by_name("_rels/.rels").map_err(|_| Fault::Expected {
        what: "the part `_rels/.rels`",
        found: "a package without it".into(),
    })?;
    let mut tags = Tags::new(BufReader::new(file.take(budget as u64)), budget);
    while let Some(tag) = tags.next()? {
        let is_model = |kind: &[u8]| kind.ends_with(b"/3dmodel");
        if tag.name == b"Relationship" && tag.get("Type").is_some_and(is_model) {
            let target = String::from_utf8_lossy(tag.need("Target")?).into_owned();
            return Ok(target.trim_start_matches('/').to_owned());
        }
    }
    Err(Fault::Expected { what: "a relationship to a model", found: "none".into() })
}

fn parse<R: std::io::BufRead>(tags: &mut Tags<R>) -> Result<Model, Fault> {
    let mut model = Model::default();
    let mut prefix: Option<Vec<u8>> = None;
    let mut current: Option<(u32, Object)> = None;
    while let Some(tag) = tags.next()? {
        let Some(core) = &prefix else {
            if tag.name != b"model" {
                let what = "the element `model`";
                return Err(Fault::Expected { what, found: quote(tag.name) });
            }
            model.unit_mm = unit_mm(tag.get("unit").unwrap_or(b"millimeter"))?;
            check_required(&tag)?;
            prefix = Some(tag.prefix.to_vec());
            continue;
        };
        if tag.name == b"beamlattice" {
            return Err(Fault::Unsupported { what: "a beam lattice".into() });
        }
        if tag.prefix != core.as_slice() {
            continue;
        }
        if tag.name == b"object" {
            let ended = if tag.is_end { current.take() } else { None };
            if let Some((id, object)) = ended {
                model.objects.insert(id, object);
            }
            // Its mesh stands in for slices, often as a box.
            if tag.get("s:meshresolution") == Some(b"lowres") {
                return Err(Fault::Unsupported { what: "a body told by its slices alone".into() });
            }
            if !tag.is_end && !tag.is_empty {
                current = Some((whole(tag.need("id")?)?, Object::default()));
            }
        } else if !tag.is_end {
            element(&tag, &mut model, current.as_mut().map(|(_, object)| object))?;
        }
    }
    match prefix {
        Some(_) => Ok(model),
        None => Err(Fault::Ended { what: "the model" }),
    }
}

fn element(tag: &Tag, model: &mut Model, object: Option<&mut Object>) -> Result<(), Fault> {
    match (tag.name, object) {
        (b"vertex", Some(object)) => {
            let mut place = [0.0; 3];
            for (value, name) in place.iter_mut().zip(["x", "y", "z"]) {
                *value = length(number(tag.need(name)?, "a coordinate")? * model.unit_mm)?;
            }
            object.mesh.vertices.push(place);
        }
        (b"triangle", Some(object)) => {
            let count = object.mesh.vertices.len();
            let mut corners = [0; 3];
            for (corner, name) in corners.iter_mut().zip(["v1", "v2", "v3"]) {
                *corner = whole(tag.need(name)?)?;
                if *corner as usize >= count {
                    return Err(Fault::Index { index: i64::from(*corner), count });
                }
            }
            object.mesh.triangles.push(corners);
        }
        (b"component", Some(object)) => object.parts.push(reference(tag, model.unit_mm)?),
        (b"item", None) => model.build.push(reference(tag, model.unit_mm)?),
        _ => {}
    }
    Ok(())
}

fn reference(tag: &Tag, unit_mm: f64) -> Result<(u32, Transform), Fault> {
    if tag.get("p:path").is_some() {
        return Err(Fault::Unsupported { what: "a model in several parts".into() });
    }
    let id = whole(tag.need("objectid")?)?;
    let Some(text) = tag.get("transform") else { return Ok((id, STAY)) };
    let mut transform = STAY;
    let mut words = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    for (n, value) in transform.iter_mut().flatten().enumerate() {
        let word = words.next().ok_or(Fault::Ended { what: "a transform" })?;
        *value = length(number(word, "a number")? * if n < 9 { 1.0 } else { unit_mm })?;
    }
    Ok((id, transform))
}

fn whole(word: &[u8]) -> Result<u32, Fault> {
    let parsed = std::str::from_utf8(word).ok().and_then(|w| w.parse().ok());
    parsed.ok_or_else(|| Fault::Expected { what: "a whole number", found: quote(word) })
}

fn unit_mm(word: &[u8]) -> Result<f64, Fault> {
    Ok(match word {
        b"micron" => 1e-3,
        b"millimeter" => 1.0,
        b"centimeter" => 10.0,
        b"inch" => 25.4,
        b"foot" => 304.8,
        b"meter" => 1000.0,
        _ => return Err(Fault::Expected { what: "a unit of length", found: quote(word) }),
    })
}

/// A file that needs an extension which changes the shape must not be read without it.
fn check_required(tag: &Tag) -> Result<(), Fault> {
    let required = String::from_utf8_lossy(tag.get("requiredextensions").unwrap_or(b""));
    for prefix in required.split_whitespace() {
        let space = String::from_utf8_lossy(tag.get(&format!("xmlns:{prefix}")).unwrap_or(b""));
        if !HARMLESS.contains(&space.as_ref()) {
            return Err(Fault::Unsupported {
                what: format!("the extension `{}`", quote(space.as_bytes())),
            });
        }
    }
    Ok(())
}

/// All that is built, each object as often as it is named.
fn placed(mut model: Model, budget: usize) -> Result<Plain, Fault> {
    if model.build.is_empty() {
        model.build = model.objects.keys().map(|&id| (id, STAY)).collect();
        let inner = model.objects.values().flat_map(|o| &o.parts).map(|p| p.0);
        let inner: Vec<u32> = inner.collect();
        model.build.retain(|(id, _)| !inner.contains(id));
    }
    if let [(id, transform)] = model.build[..]
        && transform == STAY
        && model.objects.get(&id).is_some_and(|o| o.parts.is_empty())
    {
        return Ok(model.objects.remove(&id).map(|o| o.mesh).unwrap_or_default());
    }
    let mut out = Plain::default();
    let mut left = budget;
    for &(id, transform) in &model.build {
        place(&model, id, &transform, DEPTH_MAX, &mut out, &mut left)?;
    }
    Ok(out)
}

fn place(
    model: &Model,
    id: u32,
    transform: &Transform,
    depth: usize,
    out: &mut Plain,
    left: &mut usize,
) -> Result<(), Fault> {
    let object = model.objects.get(&id).ok_or_else(|| Fault::Expected {
        what: "the number of an object",
        found: id.to_string(),
    })?;
    // Counted too where it is empty: objects within objects could be named without end.
    let cost = 64 + 24 * object.mesh.vertices.len() + 12 * object.mesh.triangles.len();
    *left = left.checked_sub(cost).ok_or(Fault::TooMany {
        what: "bytes of placed objects",
        count: cost as u64,
        limit: *left as u64,
    })?;
    if depth == 0 {
        let limit = DEPTH_MAX as u64;
        return Err(Fault::TooMany { what: "objects in each other", count: limit + 1, limit });
    }
    let first = out.vertices.len() as u32;
    for &p in &object.mesh.vertices {
        let mut q = apply(p, transform);
        for value in &mut q {
            *value = length(*value)?;
        }
        out.vertices.push(q);
    }
    // A transform that mirrors turns the triangles over.
    let mirrors = determinant(transform) < 0.0;
    out.triangles.extend(object.mesh.triangles.iter().map(|t| {
        let [a, b, c] = t.map(|v| v + first);
        if mirrors { [a, c, b] } else { [a, b, c] }
    }));
    for (part, inner) in &object.parts {
        place(model, *part, &then(inner, transform), depth - 1, out, left)?;
    }
    Ok(())
}

fn apply(p: [f64; 3], t: &Transform) -> [f64; 3] {
    [0, 1, 2].map(|a| p[0] * t[0][a] + p[1] * t[1][a] + p[2] * t[2][a] + t[3][a])
}

fn then(first: &Transform, second: &Transform) -> Transform {
    let mut out = *first;
    for (n, row) in first.iter().enumerate() {
        out[n] = apply(*row, second);
        if n < 3 {
            out[n] = [0, 1, 2].map(|a| out[n][a] - second[3][a]);
        }
    }
    out
}

fn determinant(t: &Transform) -> f64 {
    let [a, b, c, _] = t;
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
}
