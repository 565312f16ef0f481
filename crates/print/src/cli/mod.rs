//! Common Layer Interface 2.0, text and binary (facts D7.12), one layer at a time.

mod read;
mod write;

pub use read::{CliError, Direction, Hatches, Polyline, Reader, Record, read};
pub use write::{Encoding, Header, RangeError, Writer};

const LAYER_LONG: u16 = 127;
const LAYER_SHORT: u16 = 128;
const POLYLINE_SHORT: u16 = 129;
const POLYLINE_LONG: u16 = 130;
const HATCHES_SHORT: u16 = 131;
const HATCHES_LONG: u16 = 132;

/// Numbers by which the vectors of a scan are told apart; a file of contours alone has `PART`.
pub mod id {
    /// Outline of the part.
    pub const PART: i32 = 1;
    /// Contour passes, and middles of thin walls as open lines.
    pub const CONTOUR: i32 = 2;
    /// Hatch of the core.
    pub const CORE: i32 = 3;
    /// Hatch of surfaces that look up.
    pub const UP_SKIN: i32 = 4;
    /// Hatch of surfaces that look down.
    pub const DOWN_SKIN: i32 = 5;
}

#[cfg(test)]
mod tests;
