//! A model of anatomy to be printed and held in hand: any labels of a map, at true size.
//!
//! Needs: a label map. Gives: closed bodies, one for each label with its colour; loose parts joined
//! by struts or left loose; a hollow inside with drains; cuts with pegs; engraved letters. Source:
//! facts D2.33 to D2.35, D4.8, D5.36.

mod block;
mod choices;
mod cuts;
mod design;
mod errors;
mod hollow;
mod letters;
mod report;
mod structures;
mod struts;
mod surface;

pub use choices::CHOICES;
pub use cuts::Peg;
pub use design::{Body, Design, Inputs, Piece, design, shapes};
pub use errors::ModelError;
pub use hollow::Drain;
pub use report::{BodyReport, PieceReport, Report, STRUT_COLOR, laid};
pub use structures::{Structure, color_of};
pub use struts::Strut;

use super::Kind;

/// The kind's entry in the list.
pub const KIND: Kind = Kind {
    id: "anatomical_model",
    title: "Anatomical model",
    asks: &["segmentation.table", "segmentation.colors", "plan.cuts"],
    choices: CHOICES,
};
