//! Named points: 3D Slicer's markups (`.mrk.json`, `.fcsv`) and plain tables (`.csv`).

use ossein_geom::{Lps, Point};
use serde_json::Value;

/// A file of points that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MarkupError {
    /// No text.
    #[error("byte {at} is no text (UTF-8)")]
    Text {
        /// Where.
        at: usize,
    },
    /// No JSON.
    #[error("no JSON: {0}")]
    Json(String),
    /// Something is missing or makes no sense.
    #[error("{place}: {found}; {right}")]
    Wrong {
        /// Which line, or which point.
        place: String,
        /// What stands there.
        found: String,
        /// What would be right.
        right: &'static str,
    },
    /// There is no point.
    #[error("it holds no point")]
    Empty,
    /// A table says nothing of its frame.
    #[error(
        "a table of points has no frame of its own: which is it, LPS or RAS? (Slicer shows RAS)"
    )]
    NoFrame,
    /// More points than anyone places.
    #[error("{count} points; at most {max} are read")]
    TooMany {
        /// Points.
        count: usize,
        /// The limit.
        max: usize,
    },
}

/// A point and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// As the file has it, without blanks at its ends.
    pub name: String,
    /// Where it lies.
    pub point: Point<Lps>,
}

/// Which way the first two axes point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Left, posterior, superior: DICOM's.
    Lps,
    /// Right, anterior, superior: NIfTI's, and what Slicer shows.
    Ras,
}

impl Frame {
    fn point(self, [x, y, z]: [f64; 3]) -> Point<Lps> {
        match self {
            Self::Lps => Point::new(x, y, z),
            Self::Ras => Point::new(-x, -y, z),
        }
    }
}

/// Points of a file at most.
const COUNT_MAX: usize = 100_000;
const THREE: &str = "three finite numbers in mm are needed";

/// Reads named points; `name` is the file's, whose ending tells the format. `frame` is that of a
/// table that says nothing of its own.
///
/// Points that were named and not placed (Slicer's `undefined`) are left out.
///
/// # Errors
/// [`MarkupError`] with the line or the point, what stands there, and what would be right.
pub fn read(name: &str, bytes: &[u8], frame: Option<Frame>) -> Result<Vec<Named>, MarkupError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| MarkupError::Text { at: e.valid_up_to() })?
        .trim_start_matches('\u{feff}');
    let points = if name.to_ascii_lowercase().ends_with(".json") {
        markups(text)?
    } else {
        table(text, frame)?
    };
    match points.len() {
        0 => Err(MarkupError::Empty),
        count if count > COUNT_MAX => Err(MarkupError::TooMany { count, max: COUNT_MAX }),
        _ => Ok(points),
    }
}

fn wrong(place: String, found: impl std::fmt::Display, right: &'static str) -> MarkupError {
    let found: String = found.to_string().chars().take(80).collect();
    MarkupError::Wrong { place, found, right }
}

fn markups(text: &str) -> Result<Vec<Named>, MarkupError> {
    let whole: Value = serde_json::from_str(text).map_err(|e| MarkupError::Json(e.to_string()))?;
    let lists = whole["markups"].as_array().ok_or_else(|| {
        wrong("the file".into(), "no list markups", "Slicer writes { \"markups\": [ ... ] }")
    })?;
    let mut points = Vec::new();
    for (n, list) in lists.iter().enumerate() {
        let frame = match list["coordinateSystem"].as_str() {
            Some("LPS" | "1") | None => Frame::Lps,
            Some("RAS" | "0") => Frame::Ras,
            Some(other) => {
                return Err(wrong(
                    format!("markups {n}"),
                    format!("coordinateSystem {other}"),
                    "LPS or RAS is right",
                ));
            }
        };
        let own = list["controlPoints"].as_array().map_or(&[][..], Vec::as_slice);
        for (m, point) in own.iter().enumerate() {
            if matches!(point["positionStatus"].as_str(), Some("undefined" | "missing")) {
                continue;
            }
            let name = point["label"].as_str().unwrap_or_default().trim().to_owned();
            let at = numbers(&point["position"])
                .ok_or_else(|| wrong(format!("point {m} ({name})"), &point["position"], THREE))?;
            points.push(Named { name, point: frame.point(at) });
        }
    }
    Ok(points)
}

fn numbers(value: &Value) -> Option<[f64; 3]> {
    let list = value.as_array().filter(|list| list.len() == 3)?;
    let at = [0, 1, 2].map(|a| list[a].as_f64().unwrap_or(f64::NAN));
    at.iter().all(|v| v.is_finite()).then_some(at)
}

/// Columns of a table: where name and x stand, y and z after it.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    x: usize,
    /// Where Slicer says whether a point counts.
    status: Option<usize>,
}

const PLAIN: Columns = Columns { name: 0, x: 1, status: None };

fn table(text: &str, frame: Option<Frame>) -> Result<Vec<Named>, MarkupError> {
    let (mut frame, mut columns, mut points) = (frame, PLAIN, Vec::new());
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            if let Some((key, value)) = comment.split_once('=') {
                match key.trim() {
                    "CoordinateSystem" => frame = Some(stated(value.trim(), n)?),
                    "columns" => columns = slicers(value),
                    _ => {}
                }
            }
            continue;
        }
        let separator = if line.contains(';') { ';' } else { ',' };
        let fields: Vec<&str> =
            line.split(separator).map(|f| f.trim().trim_matches('"').trim()).collect();
        if line.is_empty() || heads(&fields, columns, n) {
            continue;
        }
        let of = |a: usize| fields.get(columns.x + a).and_then(|f| f.parse::<f64>().ok());
        let at = [0, 1, 2].map(|a| of(a).filter(|v| v.is_finite()));
        let [Some(x), Some(y), Some(z)] = at else {
            return Err(wrong(format!("line {}", n + 1), line, "name, x, y, z in mm is right"));
        };
        let placed = columns.status.and_then(|s| fields.get(s)).is_none_or(|s| *s != "0");
        let name = fields.get(columns.name).copied().unwrap_or_default().to_owned();
        let own = frame.ok_or(MarkupError::NoFrame)?;
        if placed {
            points.push(Named { name, point: own.point([x, y, z]) });
        }
    }
    Ok(points)
}

/// Whether the first line names the columns.
fn heads(fields: &[&str], columns: Columns, line: usize) -> bool {
    let letter = |f: &&str| ["x", "y", "z"].iter().any(|l| f.to_ascii_lowercase().starts_with(l));
    line == 0 && fields.get(columns.x).is_some_and(letter)
}

fn stated(value: &str, line: usize) -> Result<Frame, MarkupError> {
    match value {
        "LPS" | "1" => Ok(Frame::Lps),
        "RAS" | "0" => Ok(Frame::Ras),
        other => Err(wrong(format!("line {}", line + 1), other, "LPS, RAS, 1 or 0 is right")),
    }
}

fn slicers(value: &str) -> Columns {
    let names: Vec<&str> = value.split(',').map(str::trim).collect();
    let at = |name: &str| names.iter().position(|n| *n == name);
    match (at("label"), at("x")) {
        (Some(name), Some(x)) => Columns { name, x, status: at("vis") },
        _ => PLAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLICER: &str = r#"{ "markups": [ { "type": "Fiducial", "coordinateSystem": "LPS",
        "controlPoints": [
          { "id": "1", "label": " N ", "position": [1.5, -80.0, 20.0], "positionStatus": "defined" },
          { "id": "2", "label": "S", "position": [0, 0, 0], "positionStatus": "undefined" } ] } ] }"#;
    const FCSV: &str = "# Markups fiducial file version = 4.11\n# CoordinateSystem = RAS\n\
        # columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n\
        vtkMRML_0,-1.5,80,20,0,0,0,1,1,1,0,N,,\n";

    #[test]
    fn one_point_in_three_formats_is_one_point() {
        let n = [Named { name: "N".into(), point: Point::new(1.5, -80.0, 20.0) }];
        assert_eq!(read("a.mrk.json", SLICER.as_bytes(), None).unwrap(), n);
        assert_eq!(read("a.fcsv", FCSV.as_bytes(), None).unwrap(), n);
        let csv = "name;x;y;z\nN; -1.5; 80; 20\n";
        assert_eq!(read("a.csv", csv.as_bytes(), Some(Frame::Ras)).unwrap(), n);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |name: &str, text: &str, frame| {
            read(name, text.as_bytes(), frame).unwrap_err().to_string()
        };
        assert!(told("a.csv", "N,1,2,3\n", None).contains("LPS or RAS"));
        assert!(told("a.csv", "N,1,2,3\nS,1,two,3\n", Some(Frame::Lps)).contains("line 2"));
        assert!(told("a.csv", "N,1,2,inf\n", Some(Frame::Lps)).contains("line 1"));
        assert!(told("a.json", "{}", None).contains("markups"));
        let shifted = SLICER.replace("[1.5, -80.0, 20.0]", "[1.5, null, 20.0]");
        assert!(told("a.json", &shifted, None).contains("point 0 (N)"));
        assert!(told("a.json", &SLICER.replace("LPS", "XYZ"), None).contains("XYZ"));
        assert!(told("a.csv", "", Some(Frame::Lps)).contains("no point"));
        assert_eq!(read("a.csv", b"\xff", None), Err(MarkupError::Text { at: 0 }));
    }
}
