//! Reads layers one by one; memory holds no more than the layer at hand.

use std::io::{self, BufRead, Read};

use ossein_geom::{Contour, Layer};

use super::{HATCHES_LONG, HATCHES_SHORT, LAYER_LONG, LAYER_SHORT, POLYLINE_LONG, POLYLINE_SHORT};
use crate::hatch::Vector;

/// Which side of a polyline is solid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Around a hole.
    Clockwise,
    /// Around solid.
    CounterClockwise,
    /// A line.
    Open,
}

/// A polyline; a closed one comes without its first point at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Polyline {
    /// Number of its part or kind.
    pub id: i32,
    /// Which side is solid.
    pub direction: Direction,
    /// x and y in mm.
    pub points: Vec<[f64; 2]>,
}

/// A run of hatch vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Hatches {
    /// Number of their part or kind.
    pub id: i32,
    /// The vectors, mm.
    pub vectors: Vec<Vector>,
}

/// One layer of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Height, mm.
    pub z_mm: f64,
    /// Its polylines, in the file's order.
    pub polylines: Vec<Polyline>,
    /// Its hatches, in the file's order.
    pub hatches: Vec<Hatches>,
}

impl Record {
    /// Its closed curves as a layer.
    pub fn layer(&self) -> Layer {
        let closed = |p: &&Polyline| p.direction != Direction::Open;
        let contour = |p: &Polyline| Contour { points: p.points.clone() };
        Layer {
            z_mm: self.z_mm,
            contours: self.polylines.iter().filter(closed).map(contour).collect(),
        }
    }
}

/// A file that is no CLI file that we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CliError {
    /// The header lacks a line.
    #[error("the header lacks `{0}`")]
    Header(&'static str),
    /// The file asks for something that is not read here.
    #[error("`{0}` is not supported")]
    Unsupported(&'static str),
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
        byte: u64,
        /// What is wrong.
        what: String,
    },
    /// The stream failed.
    #[error("could not read: {0}")]
    Stream(io::ErrorKind),
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Stream(error.kind())
    }
}

const HEADER_BYTES_MAX: usize = 1 << 20;
const LINE_BYTES_MAX: u64 = 1 << 28;
const END: &[u8] = b"$$HEADEREND";

/// Reads all layers of a file in memory.
///
/// # Errors
/// [`CliError`] with the place of the fault.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, CliError> {
    let mut reader = Reader::new(bytes)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next_layer()? {
        records.push(record);
    }
    Ok(records)
}

/// A CLI file of any encoding, layer by layer. Counts in the file reserve nothing: a layer takes
/// the memory of what the file really holds of it.
pub struct Reader<R: BufRead> {
    source: R,
    unit_mm: f64,
    binary: bool,
    /// Lines or bytes read so far.
    place: u64,
    /// Height of the layer whose command was read last, mm.
    height: Option<f64>,
    line: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CliError`] where it lacks an end or units, or asks for 32-bit alignment.
    pub fn new(mut source: R) -> Result<Self, CliError> {
        let mut header = Vec::new();
        while !header.ends_with(END) {
            let mut byte = [0];
            if header.len() > HEADER_BYTES_MAX || source.read(&mut byte)? == 0 {
                return Err(CliError::Header("$$HEADEREND"));
            }
            header.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&header);
        let unit_mm = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("$$UNITS/"))
            .and_then(|text| text.trim().parse::<f64>().ok())
            .filter(|unit| unit.is_finite() && *unit > 0.0)
            .ok_or(CliError::Header("$$UNITS/"))?;
        if text.lines().any(|line| line.trim() == "$$ALIGN") {
            return Err(CliError::Unsupported("$$ALIGN"));
        }
        let binary = text.lines().any(|line| line.trim() == "$$BINARY");
        // The end of the header's last line is still to be read.
        let place = if binary { header.len() } else { text.lines().count() - 1 } as u64;
        let mut reader = Self { source, unit_mm, binary, place, height: None, line: Vec::new() };
        if binary {
            reader.skip_line_end()?;
        }
        Ok(reader)
    }

    /// Some writers end the header with a line end; no command begins with one.
    fn skip_line_end(&mut self) -> Result<(), CliError> {
        while let Some(b'\r' | b'\n') = self.source.fill_buf()?.first() {
            self.source.consume(1);
            self.place += 1;
        }
        Ok(())
    }

    /// The next layer, none at the end.
    ///
    /// # Errors
    /// [`CliError`] with the place of the fault.
    pub fn next_layer(&mut self) -> Result<Option<Record>, CliError> {
        let mut record = self.height.take().map(|z_mm| Record { z_mm, ..Record::default() });
        loop {
            let command = if self.binary { self.binary_command()? } else { self.line_command()? };
            match (command, &mut record) {
                (None, _) => return Ok(record),
                (Some(Command::Layer(z_mm)), None) => {
                    record = Some(Record { z_mm, ..Record::default() });
                }
                (Some(Command::Layer(z_mm)), Some(_)) => {
                    self.height = Some(z_mm);
                    return Ok(record);
                }
                (Some(Command::Polyline(line)), Some(record)) => record.polylines.push(line),
                (Some(Command::Hatches(hatches)), Some(record)) => record.hatches.push(hatches),
                (Some(_), None) => return Err(self.fault("geometry before the first layer")),
            }
        }
    }

    fn fault(&self, expected: &'static str) -> CliError {
        if self.binary {
            return CliError::Binary { byte: self.place, what: expected.into() };
        }
        let text = String::from_utf8_lossy(&self.line);
        let text = text.trim().chars().take(60).collect();
        CliError::Line { line: self.place as usize, text, expected }
    }

    /// The next command of a text file; lines that are none are passed over.
    fn line_command(&mut self) -> Result<Option<Command>, CliError> {
        loop {
            self.line.clear();
            let mut limited = (&mut self.source).take(LINE_BYTES_MAX);
            if limited.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.place += 1;
            if self.line.len() as u64 == LINE_BYTES_MAX {
                return Err(self.fault("line of a length that can be read"));
            }
            let text = String::from_utf8_lossy(&self.line);
            let text = text.trim();
            if let Some(z) = text.strip_prefix("$$LAYER/") {
                let z = number(z).ok_or_else(|| self.fault("layer height"))?;
                return Ok(Some(Command::Layer(z * self.unit_mm)));
            }
            if let Some(rest) = text.strip_prefix("$$POLYLINE/") {
                let polyline = self.polyline_of(rest);
                let what = "polyline with as many points as it says";
                return polyline.map(Some).ok_or_else(|| self.fault(what));
            }
            if let Some(rest) = text.strip_prefix("$$HATCHES/") {
                let hatches = self.hatches_of(rest);
                let what = "run of hatches with as many vectors as it says";
                return hatches.map(Some).ok_or_else(|| self.fault(what));
            }
        }
    }

    fn polyline_of(&self, text: &str) -> Option<Command> {
        let (head, points) = self.points_of::<3>(text)?;
        let [id, direction, count] = head;
        let direction = direction_of(direction)?;
        (usize::try_from(count).ok()? == points.len())
            .then(|| Command::Polyline(polyline(id, direction, points)))
    }

    fn hatches_of(&self, text: &str) -> Option<Command> {
        let ([id, count], points) = self.points_of::<2>(text)?;
        (usize::try_from(count).ok()?.checked_mul(2)? == points.len())
            .then(|| Command::Hatches(Hatches { id, vectors: pairs(&points) }))
    }

    /// `N` whole numbers, then points.
    fn points_of<const N: usize>(&self, text: &str) -> Option<([i32; N], Vec<[f64; 2]>)> {
        let mut words = text.split(',');
        let mut head = [0; N];
        for value in &mut head {
            *value = words.next()?.trim().parse().ok()?;
        }
        let mut points = Vec::new();
        while let Some(x) = words.next() {
            points.push([number(x)? * self.unit_mm, number(words.next()?)? * self.unit_mm]);
        }
        Some((head, points))
    }

    /// The next command of a binary file.
    fn binary_command(&mut self) -> Result<Option<Command>, CliError> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let opcode = self.word()?;
        Ok(Some(match opcode {
            LAYER_LONG => Command::Layer(self.real()?),
            LAYER_SHORT => Command::Layer(f64::from(self.word()?) * self.unit_mm),
            POLYLINE_SHORT | POLYLINE_LONG => {
                let short = opcode == POLYLINE_SHORT;
                let [id, direction, count] = self.head(short)?;
                let direction = direction_of(direction)
                    .ok_or_else(|| self.fault("a direction that is none of 0, 1, 2"))?;
                let points = self.points(count, 1, short)?;
                Command::Polyline(polyline(id, direction, points))
            }
            HATCHES_SHORT | HATCHES_LONG => {
                let short = opcode == HATCHES_SHORT;
                let [id, count] = self.head(short)?;
                let points = self.points(count, 2, short)?;
                Command::Hatches(Hatches { id, vectors: pairs(&points) })
            }
            other => {
                let what = format!("command {other} is none of {LAYER_LONG} to {HATCHES_LONG}");
                return Err(CliError::Binary { byte: self.place - 2, what });
            }
        }))
    }

    fn head<const N: usize>(&mut self, short: bool) -> Result<[i32; N], CliError> {
        let mut head = [0; N];
        for value in &mut head {
            *value =
                if short { i32::from(self.word()?) } else { i32::from_le_bytes(self.bytes()?) };
        }
        Ok(head)
    }

    /// `count` times `each` points, as far as the file really holds them.
    fn points(&mut self, count: i32, each: u64, short: bool) -> Result<Vec<[f64; 2]>, CliError> {
        let count = u64::try_from(count).map_err(|_| self.fault("a count below zero"))?;
        let mut points = Vec::new();
        for _ in 0..count * each {
            let mut p = [0.0; 2];
            for value in &mut p {
                *value = if short { f64::from(self.word()?) * self.unit_mm } else { self.real()? };
            }
            points.push(p);
        }
        Ok(points)
    }

    fn real(&mut self) -> Result<f64, CliError> {
        let value = f64::from(f32::from_le_bytes(self.bytes()?)) * self.unit_mm;
        if value.is_finite() { Ok(value) } else { Err(self.fault("a number that is not finite")) }
    }

    fn word(&mut self) -> Result<u16, CliError> {
        Ok(u16::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], CliError> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.fault("the file ends inside a command"),
            kind => CliError::Stream(kind),
        })?;
        self.place += N as u64;
        Ok(bytes)
    }
}

enum Command {
    Layer(f64),
    Polyline(Polyline),
    Hatches(Hatches),
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|v| v.is_finite())
}

fn direction_of(number: i32) -> Option<Direction> {
    match number {
        0 => Some(Direction::Clockwise),
        1 => Some(Direction::CounterClockwise),
        2 => Some(Direction::Open),
        _ => None,
    }
}

fn polyline(id: i32, direction: Direction, mut points: Vec<[f64; 2]>) -> Polyline {
    if direction != Direction::Open && points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    Polyline { id, direction, points }
}

fn pairs(points: &[[f64; 2]]) -> Vec<Vector> {
    points.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}
