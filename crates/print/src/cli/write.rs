//! Writes layers and scans as they come.

use std::io::{self, Write};

use ossein_geom::{Contour, Layer};

use super::{
    HATCHES_LONG, HATCHES_SHORT, LAYER_LONG, LAYER_SHORT, POLYLINE_LONG, POLYLINE_SHORT, id,
};
use crate::decimal;
use crate::hatch::Vector;
use crate::scan::{Scan, ScanSink, Skin};

/// How the geometry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Text commands, rounded to 0.1 micrometre.
    Ascii,
    /// 16-bit commands, 32-bit numbers, little endian.
    Binary,
    /// 16-bit commands, 16-bit whole numbers without sign, little endian: half the size, for parts
    /// that lie in the positive quadrant. The unit is the finest of 1, 2, 5, 10 micrometres in
    /// which the part fits.
    BinaryShort,
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

/// A coordinate that the short encoding cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{value_mm} mm does not fit short numbers, which reach from 0 to {limit_mm} mm")]
pub struct RangeError {
    /// The coordinate, mm.
    pub value_mm: f64,
    /// Highest coordinate, mm.
    pub limit_mm: f64,
}

impl From<RangeError> for io::Error {
    fn from(error: RangeError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

const SHORT_UNITS_MM: [f64; 4] = [0.001, 0.002, 0.005, 0.01];
const SHORT_MAX: f64 = u16::MAX as f64;
const CLOCKWISE: i32 = 0;
const COUNTER_CLOCKWISE: i32 = 1;
const OPEN: i32 = 2;

/// Writes layers one by one.
pub struct Writer<W: Write> {
    out: W,
    encoding: Encoding,
    unit_mm: f64,
    text: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes the header of a file of contours.
    ///
    /// # Errors
    /// What `out` reports; [`RangeError`] inside, where the part does not fit short numbers.
    pub fn new(out: W, encoding: Encoding, header: &Header) -> io::Result<Self> {
        Self::begin(out, encoding, header, &[(id::PART, &header.label)])
    }

    /// Writes the header of a file of scans: each kind of vector has a number and a label.
    ///
    /// # Errors
    /// What `out` reports; [`RangeError`] inside, where the part does not fit short numbers.
    pub fn for_scans(out: W, encoding: Encoding, header: &Header) -> io::Result<Self> {
        let labels = [
            (id::PART, header.label.as_str()),
            (id::CONTOUR, "contour"),
            (id::CORE, "hatch"),
            (id::UP_SKIN, "up-skin"),
            (id::DOWN_SKIN, "down-skin"),
        ];
        Self::begin(out, encoding, header, &labels)
    }

    fn begin(
        mut out: W,
        encoding: Encoding,
        header: &Header,
        labels: &[(i32, &str)],
    ) -> io::Result<Self> {
        let [a, b] = header.dimension_mm;
        let (kind, unit_mm) = match encoding {
            Encoding::Ascii => ("ASCII", 1.0),
            Encoding::Binary => ("BINARY", 1.0),
            Encoding::BinaryShort => ("BINARY", short_unit(a, b)?),
        };
        let mut text = format!("$$HEADERSTART\n$${kind}\n$$UNITS/{unit_mm}\n$$VERSION/200\n");
        for (id, label) in labels {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
            let label: String = label.chars().map(|c| if plain(c) { c } else { '_' }).collect();
            text += &format!("$$LABEL/{id},{label}\n");
        }
        text += "$$DIMENSION/";
        for (n, value) in a.into_iter().chain(b).enumerate() {
            text += &format!("{}{:.4}", if n == 0 { "" } else { "," }, value / unit_mm);
        }
        text += &format!("\n$$LAYERS/{}\n$$HEADEREND", header.layer_count);
        if encoding == Encoding::Ascii {
            text += "\n$$GEOMETRYSTART\n";
        }
        out.write_all(text.as_bytes())?;
        Ok(Self { out, encoding, unit_mm, text: Vec::new() })
    }

    /// Writes the contours of one layer; its height is the top of the layer.
    ///
    /// # Errors
    /// What the stream reports; [`RangeError`] inside, where a point does not fit short numbers.
    pub fn layer(&mut self, layer: &Layer) -> io::Result<()> {
        self.height(layer.z_mm)?;
        self.contours(id::PART, &layer.contours)?;
        self.out.write_all(&self.text)
    }

    /// Writes the vectors of one layer in the order in which they are scanned.
    ///
    /// # Errors
    /// What the stream reports; [`RangeError`] inside, where a point does not fit short numbers.
    pub fn scan(&mut self, scan: &Scan) -> io::Result<()> {
        self.height(scan.z_mm)?;
        for pass in &scan.passes {
            self.contours(id::CONTOUR, pass)?;
        }
        for line in &scan.centre_lines {
            self.polyline(id::CONTOUR, OPEN, &line.points)?;
        }
        for (skin, vectors) in &scan.hatches {
            let id = match skin {
                Skin::Core => id::CORE,
                Skin::Up => id::UP_SKIN,
                Skin::Down => id::DOWN_SKIN,
            };
            self.hatches(id, vectors)?;
        }
        self.out.write_all(&self.text)
    }

    fn height(&mut self, z_mm: f64) -> io::Result<()> {
        self.text.clear();
        match self.encoding {
            Encoding::Ascii => {
                self.text.extend_from_slice(b"$$LAYER/");
                decimal::push(&mut self.text, z_mm);
                self.text.push(b'\n');
            }
            Encoding::BinaryShort if z_mm / self.unit_mm <= SHORT_MAX => {
                let z = self.short(z_mm)?;
                self.words(&[LAYER_SHORT, z]);
            }
            _ => {
                self.words(&[LAYER_LONG]);
                self.text.extend_from_slice(&((z_mm / self.unit_mm) as f32).to_le_bytes());
            }
        }
        Ok(())
    }

    fn contours(&mut self, id: i32, contours: &[Contour]) -> io::Result<()> {
        for contour in contours {
            let direction = if contour.area_mm2() > 0.0 { COUNTER_CLOCKWISE } else { CLOCKWISE };
            self.polyline(id, direction, &contour.points)?;
        }
        Ok(())
    }

    /// A line of points; a closed one ends where it began.
    fn polyline(&mut self, id: i32, direction: i32, points: &[[f64; 2]]) -> io::Result<()> {
        let last = if direction == OPEN { None } else { points.first() };
        let count = points.len() + usize::from(last.is_some());
        let head = self.count(count)?;
        let short = self.encoding == Encoding::BinaryShort && count <= usize::from(u16::MAX);
        match self.encoding {
            Encoding::Ascii => {
                let _ = write!(self.text, "$$POLYLINE/{id},{direction},{count}");
            }
            _ if short => self.words(&[POLYLINE_SHORT, id as u16, direction as u16, count as u16]),
            _ => {
                self.words(&[POLYLINE_LONG]);
                self.numbers(&[id, direction, head]);
            }
        }
        self.points(points.iter().chain(last), short)
    }

    fn hatches(&mut self, id: i32, vectors: &[Vector]) -> io::Result<()> {
        // The longest run that a count of either size can name.
        let most = if self.encoding == Encoding::BinaryShort { u16::MAX as usize } else { 1 << 30 };
        for vectors in vectors.chunks(most) {
            let count = self.count(vectors.len())?;
            let short = self.encoding == Encoding::BinaryShort;
            match self.encoding {
                Encoding::Ascii => {
                    let _ = write!(self.text, "$$HATCHES/{id},{count}");
                }
                Encoding::BinaryShort => self.words(&[HATCHES_SHORT, id as u16, count as u16]),
                Encoding::Binary => {
                    self.words(&[HATCHES_LONG]);
                    self.numbers(&[id, count]);
                }
            }
            self.points(vectors.iter().flatten(), short)?;
        }
        Ok(())
    }

    fn points<'a>(
        &mut self,
        points: impl Iterator<Item = &'a [f64; 2]>,
        short: bool,
    ) -> io::Result<()> {
        for p in points {
            for &value in p {
                if self.encoding == Encoding::Ascii {
                    self.text.push(b',');
                    decimal::push(&mut self.text, value);
                } else if short {
                    let value = self.short(value)?;
                    self.words(&[value]);
                } else {
                    self.text.extend_from_slice(&((value / self.unit_mm) as f32).to_le_bytes());
                }
            }
        }
        if self.encoding == Encoding::Ascii {
            self.text.push(b'\n');
        }
        Ok(())
    }

    fn words(&mut self, words: &[u16]) {
        words.iter().for_each(|word| self.text.extend_from_slice(&word.to_le_bytes()));
    }

    fn numbers(&mut self, numbers: &[i32]) {
        numbers.iter().for_each(|number| self.text.extend_from_slice(&number.to_le_bytes()));
    }

    fn count(&self, count: usize) -> io::Result<i32> {
        i32::try_from(count).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))
    }

    fn short(&self, value_mm: f64) -> Result<u16, RangeError> {
        let value = (value_mm / self.unit_mm).round();
        if (0.0..=SHORT_MAX).contains(&value) {
            return Ok(value as u16);
        }
        Err(RangeError { value_mm, limit_mm: SHORT_MAX * self.unit_mm })
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

impl<W: Write> ScanSink for Writer<W> {
    fn take(&mut self, scan: &Scan) -> io::Result<()> {
        self.scan(scan)
    }
}

/// The finest unit in which a box fits short numbers; heights may be long.
fn short_unit(low: [f64; 3], high: [f64; 3]) -> Result<f64, RangeError> {
    let top = high[0].max(high[1]);
    let bottom = low[0].min(low[1]);
    let fits = |unit: &&f64| bottom >= 0.0 && top / **unit <= SHORT_MAX;
    let unit = SHORT_UNITS_MM.iter().find(fits);
    let value_mm = if bottom < 0.0 { bottom } else { top };
    unit.copied().ok_or(RangeError { value_mm, limit_mm: SHORT_MAX * SHORT_UNITS_MM[3] })
}
