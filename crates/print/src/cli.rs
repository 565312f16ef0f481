//! Common Layer Interface 2.0, text and binary (facts D7.12).

use std::io::{self, Write};

use ossein_geom::{Contour, Layer};

/// How the geometry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Text commands.
    Ascii,
    /// 16-bit commands, 32-bit numbers, little endian.
    Binary,
}

/// What the header says.
#[derive(Clone, Debug)]
pub struct Header {
    /// Name of the part.
    pub label: String,
    /// Number of layers.
    pub layer_count: usize,
    /// Box of the part in mm: x, y, z low and high.
    pub dimension_mm: [[f64; 3]; 2],
}

const LAYER_LONG: u16 = 127;
const POLYLINE_LONG: u16 = 130;
const PART_ID: i32 = 1;

/// Writes layers one by one.
pub struct Writer<W: Write> {
    out: W,
    encoding: Encoding,
    text: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn new(mut out: W, encoding: Encoding, header: &Header) -> io::Result<Self> {
        let kind = match encoding {
            Encoding::Ascii => "ASCII",
            Encoding::Binary => "BINARY",
        };
        let label: String = header
            .label
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' })
            .collect();
        let [a, b] = header.dimension_mm;
        let mut text = format!("$$HEADERSTART\n$${kind}\n$$UNITS/1\n$$VERSION/200\n");
        text += &format!("$$LABEL/{PART_ID},{label}\n");
        text += &format!(
            "$$DIMENSION/{:.4},{:.4},{:.4},{:.4},{:.4},{:.4}\n$$LAYERS/{}\n$$HEADEREND",
            a[0], a[1], a[2], b[0], b[1], b[2], header.layer_count
        );
        if encoding == Encoding::Ascii {
            text += "\n$$GEOMETRYSTART\n";
        }
        out.write_all(text.as_bytes())?;
        Ok(Self { out, encoding, text: Vec::new() })
    }

    /// Writes one layer; its height is the top of the layer.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn layer(&mut self, layer: &Layer) -> io::Result<()> {
        self.text.clear();
        match self.encoding {
            Encoding::Ascii => self.ascii(layer),
            Encoding::Binary => self.binary(layer),
        }
        self.out.write_all(&self.text)
    }

    fn ascii(&mut self, layer: &Layer) {
        let text = &mut self.text;
        text.extend_from_slice(format!("$$LAYER/{:.4}\n", layer.z_mm).as_bytes());
        for contour in &layer.contours {
            let count = contour.points.len() + 1;
            let dir = direction(contour);
            text.extend_from_slice(format!("$$POLYLINE/{PART_ID},{dir},{count}").as_bytes());
            for p in contour.points.iter().chain(contour.points.first()) {
                let _ = write!(text, ",{:.4},{:.4}", p[0], p[1]);
            }
            text.push(b'\n');
        }
    }

    fn binary(&mut self, layer: &Layer) {
        let text = &mut self.text;
        text.extend_from_slice(&LAYER_LONG.to_le_bytes());
        text.extend_from_slice(&(layer.z_mm as f32).to_le_bytes());
        for contour in &layer.contours {
            text.extend_from_slice(&POLYLINE_LONG.to_le_bytes());
            let count = contour.points.len() as i32 + 1;
            for number in [PART_ID, direction(contour), count] {
                text.extend_from_slice(&number.to_le_bytes());
            }
            for p in contour.points.iter().chain(contour.points.first()) {
                text.extend_from_slice(&(p[0] as f32).to_le_bytes());
                text.extend_from_slice(&(p[1] as f32).to_le_bytes());
            }
        }
    }

    /// Writes what closes the file and gives the stream back.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn finish(mut self) -> io::Result<W> {
        if self.encoding == Encoding::Ascii {
            self.out.write_all(b"$$GEOMETRYEND\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// 1 counter-clockwise around solid, 0 clockwise around a hole.
fn direction(contour: &Contour) -> i32 {
    i32::from(contour.area_mm2() > 0.0)
}

/// A file that is no CLI file that we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CliError {
    /// The header lacks a line.
    #[error("the header lacks `{0}`")]
    Header(&'static str),
    /// A line that cannot be read.
    #[error("line {line}: `{text}` is no {expected}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// Its text, shortened.
        text: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A binary command that cannot be read.
    #[error("byte {byte}: {what}")]
    Binary {
        /// Place in the file.
        byte: usize,
        /// What is wrong.
        what: String,
    },
}

/// Reads a CLI file of either encoding; hatches are passed over.
///
/// Memory is bounded by the size of `bytes`: counts are held against what is left of the file.
///
/// # Errors
/// [`CliError`] with the place of the fault.
pub fn read(bytes: &[u8]) -> Result<Vec<Layer>, CliError> {
    const END: &[u8] = b"$$HEADEREND";
    let end =
        bytes.windows(END.len()).position(|w| w == END).ok_or(CliError::Header("$$HEADEREND"))?;
    let header = String::from_utf8_lossy(&bytes[..end]);
    let units = header
        .lines()
        .find_map(|line| line.trim().strip_prefix("$$UNITS/"))
        .and_then(|text| text.trim().parse::<f64>().ok())
        .filter(|units| units.is_finite() && *units > 0.0)
        .ok_or(CliError::Header("$$UNITS/"))?;
    let body = end + END.len();
    if header.lines().any(|line| line.trim() == "$$BINARY") {
        read_binary(bytes, body, units)
    } else {
        read_ascii(&bytes[body..], header.lines().count(), units)
    }
}

fn read_ascii(body: &[u8], line_count: usize, units: f64) -> Result<Vec<Layer>, CliError> {
    let text = String::from_utf8_lossy(body);
    let mut layers: Vec<Layer> = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        let fault = |expected| CliError::Line {
            line: line_count + n,
            text: line.chars().take(60).collect(),
            expected,
        };
        if let Some(z) = line.strip_prefix("$$LAYER/") {
            let z: f64 = z.trim().parse().map_err(|_| fault("layer height"))?;
            layers.push(Layer { z_mm: z * units, contours: Vec::new() });
        } else if let Some(rest) = line.strip_prefix("$$POLYLINE/") {
            let numbers: Result<Vec<f64>, _> =
                rest.split(',').map(|t| t.trim().parse::<f64>()).collect();
            let numbers = numbers.map_err(|_| fault("row of numbers"))?;
            if numbers.len() < 3 || numbers.len() != 3 + 2 * numbers[2] as usize {
                return Err(fault("polyline with as many points as it says"));
            }
            let points = numbers[3..].chunks(2).map(|p| [p[0] * units, p[1] * units]).collect();
            let layer = layers.last_mut().ok_or_else(|| fault("polyline inside a layer"))?;
            layer.contours.push(closed(points));
        }
    }
    Ok(layers)
}

fn read_binary(bytes: &[u8], body: usize, units: f64) -> Result<Vec<Layer>, CliError> {
    let mut at = body;
    let mut layers: Vec<Layer> = Vec::new();
    let take = |at: &mut usize, count: usize| -> Result<&[u8], CliError> {
        let short = || CliError::Binary {
            byte: *at,
            what: format!("{count} bytes are due and {} are left", bytes.len() - *at),
        };
        let slice = at.checked_add(count).and_then(|end| bytes.get(*at..end)).ok_or_else(short)?;
        *at += count;
        Ok(slice)
    };
    let word = |at: &mut usize| take(at, 4).map(|b| [b[0], b[1], b[2], b[3]]);
    while at < bytes.len() {
        let opcode = take(&mut at, 2).map(|b| u16::from_le_bytes([b[0], b[1]]))?;
        match opcode {
            LAYER_LONG => {
                let z = f64::from(f32::from_le_bytes(word(&mut at)?)) * units;
                layers.push(Layer { z_mm: z, contours: Vec::new() });
            }
            POLYLINE_LONG => {
                let place = at;
                let fault = |what: String| CliError::Binary { byte: place, what };
                take(&mut at, 8)?;
                let count = i32::from_le_bytes(word(&mut at)?);
                let count = usize::try_from(count).map_err(|_| fault(format!("{count} points")))?;
                let data = take(&mut at, count.saturating_mul(8))?;
                let number = |b: &[u8]| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
                let points = data.chunks(8).map(|p| [number(p) * units, number(&p[4..]) * units]);
                let layer =
                    layers.last_mut().ok_or_else(|| fault("a polyline before a layer".into()))?;
                layer.contours.push(closed(points.collect()));
            }
            other => {
                let what = format!("command {other} is none of {LAYER_LONG}, {POLYLINE_LONG}");
                return Err(CliError::Binary { byte: at - 2, what });
            }
        }
    }
    Ok(layers)
}

fn closed(mut points: Vec<[f64; 2]>) -> Contour {
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    Contour { points }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Layer> {
        let outer = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];
        let hole = vec![[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]];
        let contours = [outer, hole].map(|points| Contour { points }).to_vec();
        vec![Layer { z_mm: 0.5, contours }, Layer { z_mm: 1.0, contours: Vec::new() }]
    }

    fn written(encoding: Encoding) -> Vec<u8> {
        let header = Header {
            label: "part 1".into(),
            layer_count: 2,
            dimension_mm: [[0.0; 3], [4.0, 4.0, 1.0]],
        };
        let mut writer = Writer::new(Vec::new(), encoding, &header).unwrap();
        sample().iter().for_each(|layer| writer.layer(layer).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for encoding in [Encoding::Ascii, Encoding::Binary] {
            assert_eq!(read(&written(encoding)).unwrap(), sample(), "{encoding:?}");
        }
    }

    #[test]
    fn damaged_files_are_refused_and_none_panics() {
        for encoding in [Encoding::Ascii, Encoding::Binary] {
            let good = written(encoding);
            for length in 0..good.len() {
                let _ = read(&good[..length]);
            }
            for place in 0..good.len() {
                let mut bad = good.clone();
                bad[place] ^= 0xA5;
                let _ = read(&bad);
            }
        }
        assert_eq!(read(b"solid"), Err(CliError::Header("$$HEADEREND")));
    }
}
