//! The landmarks of skull and jaw, and the names under which people write them down.

use serde::Serialize;

/// On which side a landmark lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// In the midline.
    Middle,
    /// The patient's right.
    Right,
    /// The patient's left.
    Left,
}

/// A landmark of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landmark {
    /// Its sign: `N`, `Go`, ...
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Whether there is one on each side.
    pub paired: bool,
}

const fn one(id: &'static str, title: &'static str) -> Landmark {
    Landmark { id, title, paired: false }
}

const fn two(id: &'static str, title: &'static str) -> Landmark {
    Landmark { id, title, paired: true }
}

/// Every landmark that is read.
///
/// # Source
/// Facts D2.27.
pub const LANDMARKS: &[Landmark] = &[
    one("N", "nasion"),
    one("S", "sella"),
    one("Ba", "basion"),
    one("ANS", "anterior nasal spine"),
    one("PNS", "posterior nasal spine"),
    one("A", "A point"),
    one("B", "B point"),
    one("Pog", "pogonion"),
    one("Gn", "gnathion"),
    one("Me", "menton"),
    one("U1", "upper incisor"),
    one("L1", "lower incisor"),
    two("Or", "orbitale"),
    two("Po", "porion"),
    two("Go", "gonion"),
    two("Co", "condylion"),
    two("Zy", "zygion"),
    two("Fz", "frontozygomatic suture"),
    two("U6", "upper first molar"),
    two("L6", "lower first molar"),
    two("MF", "mental foramen"),
    two("Cor", "coronoid process"),
];

/// The landmark of a sign.
pub fn landmark(id: &str) -> Option<&'static Landmark> {
    LANDMARKS.iter().find(|l| l.id == id)
}

/// Landmark and side of a name as people write it: `N`, `Go_L`, `GoR`, `left gonion`, `Or (R)`.
/// None for a name that is none, or a paired one without a side.
pub fn named(name: &str) -> Option<(&'static Landmark, Side)> {
    let mut side = Side::Middle;
    let mut rest = String::new();
    for word in name.split(|c: char| !c.is_alphanumeric()) {
        match word.to_lowercase().as_str() {
            "l" | "left" => side = Side::Left,
            "r" | "right" => side = Side::Right,
            _ => rest += word,
        }
    }
    if side == Side::Middle
        && let Some((landmark, side)) = with_letter(&rest)
    {
        return Some((landmark, side));
    }
    let found = of(&rest)?;
    (found.paired == (side != Side::Middle)).then_some((found, side))
}

/// A paired landmark with a capital letter for its side behind: `GoL`.
fn with_letter(word: &str) -> Option<(&'static Landmark, Side)> {
    let (stem, side) = match word.strip_suffix('L') {
        Some(stem) => (stem, Side::Left),
        None => (word.strip_suffix('R')?, Side::Right),
    };
    Some((of(stem).filter(|l| l.paired)?, side))
}

/// The landmark of a sign or title without blanks, in letters of any size.
fn of(word: &str) -> Option<&'static Landmark> {
    let word = word.to_lowercase();
    let title = |l: &Landmark| l.title.to_lowercase().replace(' ', "");
    LANDMARKS.iter().find(|l| l.id.to_lowercase() == word || title(l) == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        let seen = |name| named(name).map(|(l, side)| (l.id, side));
        assert_eq!(seen("N"), Some(("N", Side::Middle)));
        assert_eq!(seen("a point"), Some(("A", Side::Middle)));
        for name in ["Go_L", "GoL", "Go (L)", "left gonion", "go-l", "Gonion left"] {
            assert_eq!(seen(name), Some(("Go", Side::Left)), "{name}");
        }
        assert_eq!(seen("OrR"), Some(("Or", Side::Right)));
        assert_eq!(seen("Cor_R"), Some(("Cor", Side::Right)));
        assert_eq!(seen("CoR"), Some(("Co", Side::Right)));
        assert_eq!(seen("mental foramen right"), Some(("MF", Side::Right)));
        for name in ["", "Go", "Cor", "N_L", "F-12", "left", "r"] {
            assert_eq!(seen(name), None, "{name}");
        }
    }
}
