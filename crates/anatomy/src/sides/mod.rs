//! Left and right of a head: told from what it is made of, and whether the scan's header agrees.
//!
//! Whoever looks to the front with the crown up has the left where back and up, taken in this
//! order, turn to. A header that has a head turned by half a circle about its height, as LPS taken
//! for RAS does, exchanges both sides and front and back: anatomy knows its front, so it is seen. A
//! head that is mirrored as well is not.

mod arch;
mod skull;

use ossein_geom::{Lps, Vector};
use serde::{Deserialize, Serialize};

pub use skull::of_skull;

/// A side of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
}

impl Side {
    /// For people and files.
    pub fn word(self) -> &'static str {
        if self == Self::Left { "left" } else { "right" }
    }
}

/// Where a head's left is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// Unit, to the patient's left.
    pub left: Vector<Lps>,
    /// Whether the header of the scan or label map has the same side left.
    pub header_agrees: bool,
}

impl Sides {
    /// From the ways to the back and to the crown.
    pub fn new(back: Vector<Lps>, up: Vector<Lps>) -> Self {
        let left = back.cross(up).unit();
        Self { left, header_agrees: left.x > 0.0 }
    }

    /// The side to which a direction goes.
    pub fn side(&self, direction: Vector<Lps>) -> Side {
        if self.left.dot(direction) > 0.0 { Side::Left } else { Side::Right }
    }

    /// `v` or its opposite, whichever goes to the left.
    pub fn to_the_left(&self, v: Vector<Lps>) -> Vector<Lps> {
        if self.side(v) == Side::Left { v } else { -v }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_turn_about_the_height_exchanges_sides() {
        let (back, up) = (Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0));
        let as_header = Sides::new(back, up);
        assert_eq!((as_header.left, as_header.header_agrees), (Vector::new(1.0, 0.0, 0.0), true));
        let turned = Sides::new(-back, up);
        assert!(!turned.header_agrees);
        assert_eq!(turned.side(Vector::new(3.0, 1.0, 0.0)), Side::Right);
        assert_eq!(turned.to_the_left(as_header.left), -as_header.left);
    }
}
