//! Hatches: parallel vectors over a region, in the order in which they are scanned.
//!
//! Every pattern cuts the same spans: the parts of equidistant scan lines that lie in the region.
//! A pattern is one file; this list alone names them.

mod islands;
mod lines;
mod spans;
mod stripes;

pub use spans::{Scanlines, Spans, difference, inside, intersection};

use ossein_geom::{Deg, Mm};
use serde::{Deserialize, Serialize};

/// A straight vector: from, to; x and y in mm.
pub type Vector = [[f64; 2]; 2];

/// How vectors are laid over a region (facts D7.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// Long lines, there and back.
    Lines,
    /// Bands of this width, scanned one after the other by vectors across them.
    Stripes(Mm),
    /// A chessboard of squares of this side; neighbours are scanned at right angles.
    Islands(Mm),
}

/// Choices of a hatch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hatch {
    /// How the vectors are laid.
    pub pattern: Pattern,
    /// Distance between neighbouring vectors.
    pub spacing: Mm,
    /// Direction of the vectors in the first layer, from x towards y.
    pub angle: Deg,
    /// Turn from layer to layer.
    pub rotation: Deg,
}

/// Least spacing, stripe width and island side, mm.
pub const LENGTH_MM_MIN: f64 = 1e-3;

impl Hatch {
    /// Direction in layer `layer_index`, from 0 up to 360 degrees.
    pub fn angle_of(&self, layer_index: usize) -> Deg {
        let turn = (self.rotation.0 * layer_index as f64) % 360.0;
        let angle = (self.angle.0 + turn) % 360.0;
        Deg(if angle < 0.0 { angle + 360.0 } else { angle })
    }

    /// The lengths with their names, to be checked.
    pub(crate) fn lengths(&self) -> Vec<(&'static str, f64)> {
        let mut lengths = vec![("hatch spacing", self.spacing.0)];
        match self.pattern {
            Pattern::Lines => {}
            Pattern::Stripes(width) => lengths.push(("stripe width", width.0)),
            Pattern::Islands(side) => lengths.push(("island side", side.0)),
        }
        lengths
    }

    /// The vectors of layer `layer_index` over a region, given as its spans on any scan lines.
    pub fn vectors(&self, layer_index: usize, region: &dyn Fn(&Scanlines) -> Spans) -> Vec<Vector> {
        let along = Scanlines::new(self.angle_of(layer_index), self.spacing);
        match self.pattern {
            Pattern::Lines => lines::vectors(&along, region),
            Pattern::Stripes(width) => stripes::vectors(&along, width.0, region),
            Pattern::Islands(side) => islands::vectors(&along, side.0, region),
        }
    }
}
